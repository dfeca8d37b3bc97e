//! An addressee for programs, in no language.

use super::signer;
use crate::cli::send::role_word;
use crate::store::Message;
use crate::view::{Row, Side, Spoken, Utterance};
use crate::words::{clock_in, time_rfc3339};
use estafette_protocol::escalation::Clock;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

/// One row.
pub(super) fn row(message: &Message, row: &Row, zones: &[&str]) -> Value {
    let state = &row.state;
    let rung = state.rung();
    let proof = state.proof(rung);
    let remark = row.remark.as_ref();
    let officer = remark.map(|remark| remark.officer.as_str());
    let text = remark.map(|remark| remark.text.as_str());
    let held = row.sides.iter().find_map(|side| match side {
        Side::Held { until } => Some(*until),
        _ => None,
    });
    let mut value = json!({
        "id": message.record.id,
        "digest": hex::encode(message.record.digest.as_slice()),
        "desk": state.desk.as_str(),
        "role": role_word(state.role),
        "rung": rung.word(),
        "standing": row.standing.word(),
        "at": proof.map(|proof| time_rfc3339(proof.at)),
        "officer": officer.filter(|name| !name.is_empty()),
        "remark": text.filter(|text| !text.is_empty()),
        "until": state.until.map(time_rfc3339),
        "due": row.due.map(time_rfc3339),
        "answer_due": row.answer_due.map(time_rfc3339),
        "held_until": held.map(time_rfc3339),
        "release": release(row),
        "sides": row.sides.iter().map(Side::word).collect::<Vec<_>>(),
        "complete": state.complete,
        "receipts": receipts(message, row),
    });
    if let Value::Object(fields) = &mut value {
        let clocks = clocks(row, zones);
        fields.extend(clocks);
    }
    value
}

/// How the clocks stand, and where silence has led.
fn clocks(row: &Row, zones: &[&str]) -> Vec<(String, Value)> {
    let overdue = row.overdue.iter().map(|clock| {
        json!({
            "clock": clock.word(),
            "due": due_of(row, *clock).map(time_rfc3339),
            "signed": row.told_overdue.contains(clock),
        })
    });
    let late = row.sides.iter().filter_map(Side::late);
    let late = late.map(|(clock, by_ms)| json!({ "clock": clock.word(), "by_ms": by_ms }));
    let steps = row.steps.iter().map(|step| {
        json!({
            "step": step.step, "to": step.to.as_str(), "cause": step.cause.word(),
            "at": time_rfc3339(step.at),
        })
    });
    let fields = [
        ("overdue", overdue.collect()),
        ("late", late.collect()),
        ("steps", steps.collect()),
        ("said", row.words.iter().map(said).collect()),
        ("asked_until", json!(row.asked_until.map(time_rfc3339))),
        ("reminded", json!(row.reminded.map(time_rfc3339))),
        ("deadline", json!(row.deadline().map(time_rfc3339))),
        ("deadline_local", local(row.deadline(), zones)),
    ];
    let fields = fields.into_iter();
    fields
        .map(|(word, value)| (word.to_owned(), value))
        .collect()
}

fn due_of(row: &Row, clock: Clock) -> Option<UnixMillis> {
    match clock {
        Clock::Transport => row.transport_due,
        Clock::Acknowledge => row.due,
        Clock::Answer => row.answer_due,
    }
}

/// A time in the zones of those concerned.
pub(in crate::cli) fn local(at: Option<UnixMillis>, zones: &[&str]) -> Value {
    let in_zone = |zone: &&str| {
        let (day, clock, name) = clock_in(at?, zone)?;
        Some(json!({ "zone": zone, "time": format!("{day} {clock} {name}") }))
    };
    zones.iter().filter_map(in_zone).collect()
}

/// What a device has said.
pub(super) fn said(said: &Spoken) -> Value {
    let (until, to, ground) = match &said.what {
        Utterance::Acknowledged { until } => (*until, None, None),
        Utterance::ExtensionAsked { until } | Utterance::Extended { until, .. } => {
            (Some(*until), None, None)
        }
        Utterance::Declined { ground } => (None, None, Some(*ground)),
        Utterance::Referred { to } | Utterance::Escalated { to, .. } => {
            (None, Some(to.as_str()), None)
        }
        _ => (None, None, None),
    };
    let remark = said.remark.as_ref();
    json!({
        "word": said.what.word(),
        "at": time_rfc3339(said.at),
        "by": signer(&said.by),
        "device": hex::encode(said.by.key.as_slice()),
        "holds": said.holds,
        "officer": remark.map(|remark| remark.officer.as_str()).filter(|text| !text.is_empty()),
        "remark": remark.map(|remark| remark.text.as_str()).filter(|text| !text.is_empty()),
        "until": until.map(time_rfc3339),
        "to": to,
        "ground": ground,
        "statement": hex::encode(said.statement.as_slice()),
    })
}

fn release(row: &Row) -> Option<Value> {
    row.sides.iter().find_map(|side| match side {
        Side::Unreleased { clause, due, late } => Some(json!({
            "clause": clause,
            "due": due.map(time_rfc3339),
            "late": late,
        })),
        _ => None,
    })
}

fn receipts(message: &Message, row: &Row) -> Vec<Value> {
    let proofs = row.state.proofs.iter();
    let proofs = proofs.map(|proof| {
        json!({
            "rung": proof.rung.word(),
            "at": time_rfc3339(proof.at),
            "by": signer(&proof.by),
            "statement": hex::encode(proof.statement.as_slice()),
            "notes": message.notes(&proof.statement).iter()
                .map(|note| note.word()).collect::<Vec<_>>(),
            "verified": true,
        })
    });
    proofs.collect()
}
