//! The agency of the duty cases: `police.xa` with a gateway, a field unit and five posts.
//!
//! The field unit's deputies are north and south, in this order; north's is south, and the others
//! have none. The house puts the field unit below the head.

use super::super::case::{Case, Chapter};
use super::super::world::{self, NOW};
use super::{form, signer, staffing, stand_in};
use crate::json::hex;
use estafette_protocol::address::Desk;
use estafette_protocol::duty::{Duty, Entry, Shift};
use estafette_protocol::encoding::Extensions;
use estafette_protocol::roster::Roster;
use estafette_protocol::time::{HOUR_MS, UnixMillis};
use serde_json::{Value, json};

pub(super) const H: u64 = HOUR_MS;
const POSTS: [&str; 5] = ["east", "far", "north", "south", "west"];

pub(super) fn add(chapter: &mut Chapter) {
    let mut group = |id, cases: Vec<Case>| {
        chapter.group(id, "duty", &shared(), cases);
    };
    group("form", form::cases());
    group("signer", signer::cases());
    group("staffed", staffing::cases());
    group("stand-in", stand_in::cases());
}

fn shared() -> Value {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let roster = world::sign(&roster(), &["xa roster"]);
    let house = world::sign(&world::house(), &["xa roster"]);
    let held = [charter, roster, house];
    json!({
        "agency": "police.xa",
        "root": world::hex_hash(&world::charter("xa")),
        "held": held.iter().map(|bytes| hex(bytes)).collect::<Vec<_>>(),
        "held_since": NOW.0,
        "now": NOW.0,
        "desk": post("field").as_str(),
        "at": NOW.0,
    })
}

pub(super) fn roster() -> Roster {
    let mut roster = world::roster("xa");
    for post in POSTS {
        let device = format!("{post} 1");
        roster.desks.push(world::desk_entry(post, "xa", &[&device]));
    }
    roster.desks.sort_by(|a, b| a.desk.cmp(&b.desk));
    for entry in &mut roster.desks {
        if entry.desk == post("field") {
            entry.deputies = vec![post("north"), post("south")];
        }
        if entry.desk == post("north") {
            entry.deputies = vec![post("south")];
        }
    }
    roster
}

/// The desk of a unit of `police.xa`.
pub(super) fn post(unit: &str) -> Desk {
    world::desk(unit, "xa")
}

/// A time so long after the cases' now.
pub(super) const fn after(ms: u64) -> UnixMillis {
    NOW.plus(ms)
}

/// What a desk says of itself now.
pub(super) fn duty(unit: &str, entry: Entry) -> Duty {
    Duty {
        desk: post(unit),
        by: post(unit),
        issued: NOW,
        entry,
        extensions: Extensions::default(),
    }
}

pub(super) fn sign(duty: &Duty, device: &str) -> Vec<u8> {
    world::sign(duty, &[device])
}

/// Said by the first device of the desk.
pub(super) fn says(unit: &str, entry: Entry) -> Vec<u8> {
    sign(&duty(unit, entry), &format!("xa {unit} 1"))
}

/// The same, signed so long before now.
pub(super) fn said(unit: &str, before: u64, entry: Entry) -> Vec<u8> {
    let duty = Duty {
        issued: NOW.minus(before),
        ..duty(unit, entry)
    };
    sign(&duty, &format!("xa {unit} 1"))
}

pub(super) const fn taken(until: u64) -> Entry {
    let until = after(until);
    Entry::Taken { until }
}

pub(super) fn absent(until: u64, deputy: Option<&str>) -> Entry {
    Entry::Absent {
        until: after(until),
        deputy: deputy.map(post),
        summary: None,
    }
}

/// Shifts from and until hours after a day before now.
pub(super) fn hours(shifts: &[(u64, u64)]) -> Entry {
    let shifts = shifts.iter().map(|(from, until)| Shift {
        from: shift(*from),
        until: shift(*until),
    });
    Entry::Hours {
        zone: world::text("Europe/Brussels"),
        shifts: shifts.collect(),
    }
}

/// An hour of those.
pub(super) const fn shift(hour: u64) -> UnixMillis {
    UnixMillis(NOW.0 - 24 * H + hour * H)
}

/// Hours outside of which now is.
pub(super) fn off_hours() -> Entry {
    hours(&[(0, 8), (40, 48)])
}

pub(super) fn input(objects: &[Vec<u8>]) -> Value {
    json!({ "objects": objects.iter().map(|bytes| hex(bytes)).collect::<Vec<_>>() })
}

/// An input with another member.
pub(super) fn with(mut input: Value, key: &str, value: impl Into<Value>) -> Value {
    input[key] = value.into();
    input
}
