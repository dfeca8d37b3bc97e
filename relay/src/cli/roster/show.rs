//! `roster show`: the draft, and what is signed.

use std::fmt::Write;
use std::path::Path;

use estafette_protocol::enrolment::show_fingerprint;
use serde_json::{Value, json};

use super::relay;
use crate::authority::{Authority, Draft};
use crate::output::{Failure, Output, show_time};

pub(super) fn show(dir: &Path, output: &Output) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let draft = authority.draft();
    let signed = authority.roster().map(|roster| roster.value());
    let fingerprint = show_fingerprint(&authority.root());
    let value = json!({
        "agency": authority.agency(),
        "root": hex::encode(authority.root().as_slice()),
        "fingerprint": fingerprint,
        "roster": signed.map(|roster| json!({
            "number": roster.number,
            "not_after_ms": roster.not_after.0,
        })),
        "units": draft.units,
        "relays": draft.relays.iter().map(relay::value).collect::<Vec<_>>(),
        "desks": desks(draft),
        "exercises": exercises(draft),
        "revoked": draft.revoked.len(),
    });
    let mut lines = format!("{}\n  root  {fingerprint}", authority.agency());
    let signed = match signed {
        Some(roster) => {
            let until = show_time(roster.not_after);
            format!("roster {}, current until {until}", roster.number)
        }
        None => "nothing yet".to_owned(),
    };
    // Writing to a string does not fail.
    let _ = write!(lines, "\n  signed  {signed}\n  draft:");
    for unit in &draft.units {
        let gateway = if unit.gateway { ", gateway" } else { "" };
        let below = unit.superior.as_ref().map_or_else(
            || "the head".to_owned(),
            |superior| format!("below {superior}"),
        );
        let _ = write!(lines, "\n    unit   {} ({below}{gateway})", unit.name);
    }
    for relay in &draft.relays {
        let _ = write!(
            lines,
            "\n    relay  {} at {}",
            relay.name,
            relay.addresses.join(", ")
        );
    }
    lines.push_str(&desk_lines(draft));
    lines.push_str(&exercise_lines(draft));
    if !draft.revoked.is_empty() {
        let _ = write!(lines, "\n    revoked  {} keys", draft.revoked.len());
    }
    output.result("roster", value, lines);
    Ok(())
}

fn desks(draft: &Draft) -> Vec<Value> {
    let devices = |desk: &crate::authority::draft::DraftDesk| -> Vec<Value> {
        let device = |device: &crate::authority::draft::DraftDevice| {
            json!({
                "key": hex::encode(device.key.id().as_slice()),
                "enrolled_ms": device.enrolled.0,
            })
        };
        desk.devices.iter().map(device).collect()
    };
    let desk = |desk| -> Value {
        let desk: &crate::authority::draft::DraftDesk = desk;
        json!({
            "name": desk.name,
            "formats": desk.formats,
            "superior": desk.superior,
            "deputies": desk.deputies,
            "devices": devices(desk),
        })
    };
    draft.desks.iter().map(desk).collect()
}

fn desk_lines(draft: &Draft) -> String {
    let mut lines = String::new();
    for desk in &draft.desks {
        let _ = write!(
            lines,
            "\n    desk   {}: {}",
            desk.name,
            desk.formats.join(" ")
        );
        lines.push_str(&stand_ins(desk));
        for device in &desk.devices {
            let key = hex::encode(device.key.id().as_slice());
            let since = show_time(device.enrolled);
            let _ = write!(lines, "\n      device {key}, since {since}");
        }
    }
    lines
}

fn exercise_lines(draft: &Draft) -> String {
    let mut lines = String::new();
    for exercise in &draft.exercises {
        let id = hex::encode(exercise.id.as_slice());
        let (from, until) = (
            show_time(exercise.not_before),
            show_time(exercise.not_after),
        );
        let desks: Vec<_> = exercise
            .participants
            .iter()
            .map(ToString::to_string)
            .collect();
        let _ = write!(
            lines,
            "\n    exercise  {} ({id})\n      from {from} until {until}: {}",
            exercise.name,
            desks.join(", ")
        );
    }
    lines
}

/// Who stands above a desk and who stands in for it, on lines that begin with a line break.
pub(super) fn stand_ins(desk: &crate::authority::draft::DraftDesk) -> String {
    let mut lines = String::new();
    if let Some(superior) = &desk.superior {
        let _ = write!(lines, "\n      superior {superior}");
    }
    for deputy in &desk.deputies {
        let _ = write!(lines, "\n      deputy {deputy}");
    }
    lines
}

fn exercises(draft: &Draft) -> Vec<Value> {
    let value = |exercise: &crate::authority::draft::DraftExercise| {
        json!({
            "id": hex::encode(exercise.id.as_slice()),
            "name": exercise.name,
            "not_before_ms": exercise.not_before.0,
            "not_after_ms": exercise.not_after.0,
            "participants": exercise.participants,
        })
    };
    draft.exercises.iter().map(value).collect()
}
