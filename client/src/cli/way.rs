//! The way that a message takes by the rules, for people and programs: through whom, who is told
//! and why, who has to let it go, and by when; each with its rule and the row that demands it.
//!
//! Decides how a plan is said, nothing about it. Spec: routing.md, release.md.

use super::context::{Context, Unlocked};
use super::duty::staffed;
use super::send::role_word;
use crate::clock;
use crate::compose::{Applied, Clock, Plan, Ruling};
use crate::words;
use estafette_protocol::address::Desk;
use estafette_protocol::routing::{Added, Reason};
use estafette_protocol::rules::{Copies, Path, Release};
use serde_json::{Value, json};

/// Columns of the word at the head of a line.
const HEAD_COLUMNS: usize = 8;

/// What a path means, and its rule.
const fn path(path: Path) -> (&'static str, Option<&'static str>) {
    match path {
        Path::Direct => ("direct", None),
        Path::ByLevel => ("by-level, no unit skipped", Some("RTE-3")),
        Path::ToGateway => ("to-gateway, only to gateway desks abroad", Some("RTE-4")),
        Path::BetweenGateways => ("between-gateways, both ends", Some("RTE-5")),
    }
}

/// Who has to let it go.
const fn release(release: Release) -> &'static str {
    match release {
        Release::None => "nobody",
        Release::Superior => "a desk of your superior unit",
        Release::Gateway => "a gateway desk of your agency",
        Release::TwoPerson => "two other desks of your agency",
    }
}

/// Why somebody was added.
const fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::Member => "member of the task force",
        Reason::Copy(Copies::Superior) => "copy to your superior",
        Reason::Copy(Copies::Skipped) => "copy to a level that is skipped",
        Reason::Copy(Copies::OwnGateway) => "copy to your gateway",
        Reason::Copy(Copies::PeerGateway) => "copy to their gateway",
        Reason::Standby => "where silence leads; it is asked only then",
        Reason::Releaser => "may release it",
    }
}

/// Clause and row, as they stand behind what they demand.
fn behind(clause: &str, row: &str) -> String {
    match row.is_empty() {
        true => format!("({clause})"),
        false => format!("({clause}, {row})"),
    }
}

fn pair(head: &str, text: &str) -> String {
    format!("{head:<HEAD_COLUMNS$} {text}")
}

/// Everybody who is addressed: role, desk, how many devices can read it, and why it was added.
pub(super) fn recipients(context: &Context, plan: &Plan) {
    let output = context.output;
    for (addressee, at) in plan.header.addressees.iter().zip(1_u8..) {
        let devices = plan.readers.iter().filter(|r| r.addressee == at).count();
        let role = role_word(addressee.role);
        let added = reasons(&plan.ruling, &addressee.desk);
        let for_desk = stands_in(plan, &addressee.desk);
        output.object(
            "recipient",
            json!({
                "desk": addressee.desk.as_str(), "role": role, "devices": devices,
                "added": added.iter().map(|one| added_json(one)).collect::<Vec<_>>(),
                "stands_in_for": for_desk.map(|desk| desk.as_str()),
            }),
        );
        let devices = match devices {
            0 => "not yet readable there".to_owned(),
            1 => "1 device".to_owned(),
            n => format!("{n} devices"),
        };
        let mut line = format!(
            "{} ({devices})",
            pair(role, &format!("{} ", addressee.desk))
        );
        for one in added {
            let behind = behind(one.reason.clause(), &one.row);
            line.push_str(&format!("  {} {behind}", why(one.reason)));
        }
        if let Some(desk) = for_desk {
            line.push_str(&format!(
                "  stands in for {desk}, which is not staffed (DTY-12)"
            ));
        }
        output.line(&line);
    }
}

/// The desk that is not staffed and for which this one was addressed.
fn stands_in<'a>(plan: &'a Plan, desk: &Desk) -> Option<&'a Desk> {
    let mut absent = plan.absent.iter();
    let one = absent.find(|one| one.is_added && one.stand_in.as_ref() == Some(desk))?;
    Some(&one.desk)
}

/// That somebody who must act is not there: since when, until when, and who stands in.
// DTY-12
pub(super) fn not_staffed(context: &Context, unlocked: &Unlocked, plan: &Plan) {
    let (output, reader) = (context.output, context.reader());
    for one in &plan.absent {
        let staffed = staffed(&unlocked.account, &one.desk, clock::now());
        let mut what = format!("{}: {}", one.desk, staffed.says(&reader));
        if one.is_added {
            what.push_str(" – addressed as standby, and asked at once");
        }
        let mut object = staffed.json();
        if let Value::Object(fields) = &mut object {
            fields.insert("what".into(), json!(what));
            fields.insert("stand_in_added".into(), json!(one.is_added));
        }
        output.object("warning", object);
        output.talk(&format!("! {}", reader.isolate(&what)));
    }
}

fn reasons<'a>(ruling: &'a Ruling, desk: &Desk) -> Vec<&'a Added> {
    let added = ruling.added.iter();
    added.filter(|one| one.desk == *desk).collect()
}

fn added_json(one: &Added) -> Value {
    json!({ "why": why(one.reason), "clause": one.reason.clause(), "row": one.row })
}

/// Rows, paths and releases, line by line.
pub(super) fn lines(ruling: &Ruling) -> Vec<String> {
    let mut lines = Vec::new();
    for one in &ruling.rows {
        let row = one.row.name.as_str();
        let direction = one.direction.word();
        lines.push(pair(
            "row",
            &format!("{row}  of the {}, {direction}", one.source()),
        ));
        let (means, clause) = path(one.row.path);
        let clause = clause.map(|clause| format!("  {}", behind(clause, row)));
        let clause = clause.unwrap_or_default();
        lines.push(pair("path", &format!("{means}{clause}")));
    }
    lines.extend(release_line(ruling));
    lines
}

fn release_line(ruling: &Ruling) -> Option<String> {
    if ruling.releasers.is_empty() {
        return None;
    }
    let rows: Vec<&Applied> = releasing(ruling).collect();
    let by: Vec<&str> = rows.iter().map(|one| release(one.row.release)).collect();
    let names: Vec<&str> = rows.iter().map(|one| one.row.name.as_str()).collect();
    let desks: Vec<&str> = ruling.releasers.iter().map(Desk::as_str).collect();
    let within = ruling.release_within;
    let within = within.map_or_else(String::new, |ms| {
        format!(", within {}", words::duration(ms))
    });
    let text = format!(
        "held until released by {}{within}: {}  {}",
        by.join(" and "),
        desks.join(" or "),
        behind("REL-2", &names.join(", "))
    );
    Some(pair("release", &text))
}

fn releasing(ruling: &Ruling) -> impl Iterator<Item = &Applied> {
    let rows = ruling.rows.iter();
    rows.filter(|one| one.row.release != Release::None)
}

/// The row that demands a deadline, with its rule.
pub(super) fn deadline_of(ruling: &Ruling, clock: Clock, within: Option<u64>) -> Option<String> {
    let rows = ruling.rows.iter();
    let mut demanding = rows.filter(|one| within.is_some() && clock.of(&one.row) == within);
    let one = demanding.next()?;
    Some(behind(clock.clause(), one.row.name.as_str()))
}

/// What of the writer's own words the rules change.
pub(super) fn tightened(context: &Context, ruling: &Ruling) {
    for one in &ruling.tightened {
        let what = match one.clock {
            Clock::Acknowledge => "acknowledged",
            Clock::Answer => "answered",
        };
        let (wanted, within) = (words::duration(one.wanted), words::duration(one.within));
        let behind = behind(one.clock.clause(), &one.row);
        let says = format!("to be {what} within {within}, not {wanted}  {behind}");
        let output = context.output;
        output.object("warning", json!({ "what": says }));
        output.talk(&format!("! {says}"));
    }
}

/// The rows and what they demand, for programs.
pub(super) fn json(ruling: &Ruling) -> Value {
    let rows = ruling.rows.iter().map(|one| {
        let row = &one.row;
        json!({
            "row": row.name.as_str(),
            "table": one.source(),
            "direction": one.direction.word(),
            "path": row.path.word(),
            "path_clause": path(row.path).1,
            "release": row.release.word(),
            "copies": row.copies.iter().map(|copy| copy.word()).collect::<Vec<_>>(),
            "acknowledge_within_ms": row.acknowledge_within,
            "answer_within_ms": row.answer_within,
            "release_within_ms": row.release_within,
            "lifetime_ms": row.lifetime,
            "escalation": row.escalation.iter().map(|step| json!({
                "after_ms": step.after, "to": step.to.word(),
            })).collect::<Vec<_>>(),
        })
    });
    let release = (!ruling.releasers.is_empty()).then(|| {
        let rows = releasing(ruling).map(|one| one.row.name.as_str());
        json!({
            "by": ruling.releasers.iter().map(Desk::as_str).collect::<Vec<_>>(),
            "within_ms": ruling.release_within,
            "clause": "REL-2",
            "rows": rows.collect::<Vec<_>>(),
        })
    });
    json!({ "rows": rows.collect::<Vec<_>>(), "release": release })
}
