//! Statements as JSON; a claim is an object whose `claim` names it.

use super::header::{extensions, rosters};
use super::{hex, number, optional_hex};
use estafette_protocol::statement::{Claim, Judged, Signer, Statement};
use serde_json::{Value, json};

/// A statement as JSON.
#[must_use]
pub fn statement(statement: &Statement) -> Value {
    json!({
        "subject": hex(statement.subject.as_slice()),
        "at": number(statement.at.0),
        "signer": signer(&statement.signer),
        "claim": claim(&statement.claim),
        "extensions": extensions(&statement.extensions),
    })
}

/// A signer as JSON.
#[must_use]
pub fn signer(signer: &Signer) -> Value {
    json!({
        "agency": signer.agency.as_str(),
        "desk": signer.desk.as_ref().map(|desk| desk.as_str()),
        "key": hex(signer.key.as_slice()),
    })
}

fn claim(claim: &Claim) -> Value {
    let word = claim.word();
    match claim {
        Claim::Accepted { leaf, judged } | Claim::Relayed { leaf, judged } => {
            json!({ "claim": word, "leaf": number(*leaf), "judged": self::judged(judged) })
        }
        Claim::Delivered | Claim::Opened | Claim::Cancelled => json!({ "claim": word }),
        Claim::Acknowledged { until, remark } => json!({
            "claim": word,
            "until": until.map(|until| number(until.0)),
            "remark": remark.as_ref().map(|remark| hex(remark.as_slice())),
        }),
        Claim::Answered { answer } => json!({ "claim": word, "answer": hex(answer.as_slice()) }),
        Claim::Unreadable { stage } => json!({ "claim": word, "stage": stage }),
        Claim::Refused {
            code,
            clause,
            first,
        } => json!({
            "claim": word,
            "code": code,
            "clause": clause.as_str(),
            "first": optional_hex(first.as_ref()),
        }),
        Claim::Released { precedence, remark } => json!({
            "claim": word,
            "precedence": precedence.word(),
            "remark": remark.as_ref().map(|remark| hex(remark.as_slice())),
        }),
        Claim::ReleaseRefused { reason, remark } => json!({
            "claim": word,
            "reason": reason,
            "remark": remark.as_ref().map(|remark| hex(remark.as_slice())),
        }),
        Claim::Held { clause, due, late } => json!({
            "claim": word,
            "clause": clause.as_str(),
            "due": due.map(|due| number(due.0)),
            "late": late,
        }),
        Claim::Rewrapped { wrap } => json!({ "claim": word, "wrap": super::wrap(wrap) }),
        Claim::Granted { on, to, until } => json!({
            "claim": word,
            "use": on.word(),
            "to": to.iter().map(estafette_protocol::address::Agency::as_str).collect::<Vec<_>>(),
            "until": until.map(|until| number(until.0)),
        }),
        Claim::Reclassified { marking } => {
            json!({ "claim": word, "marking": super::header::markings(marking) })
        }
        Claim::Expired { desk } => json!({ "claim": word, "desk": desk.as_str() }),
        _ => later_claim(claim),
    }
}

/// The claims of chapters escalation and receipt.
fn later_claim(claim: &Claim) -> Value {
    let word = claim.word();
    let remark = claim.remark().map(|remark| hex(remark.as_slice()));
    match claim {
        Claim::Escalated {
            desk,
            step,
            to,
            cause,
        } => json!({
            "claim": word,
            "desk": desk.as_str(),
            "step": step,
            "to": to.as_str(),
            "cause": cause.word(),
        }),
        Claim::Overdue {
            sender,
            desk,
            clock,
            precedence,
            due,
        } => json!({
            "claim": word,
            "sender": sender.as_str(),
            "desk": desk.as_str(),
            "clock": clock.word(),
            "precedence": precedence.word(),
            "due": number(due.0),
        }),
        Claim::Declined { ground, .. } => {
            json!({ "claim": word, "ground": ground, "remark": remark })
        }
        Claim::Referred { to, .. } => json!({ "claim": word, "to": to.as_str(), "remark": remark }),
        Claim::Retracted {
            acknowledgement, ..
        } => json!({
            "claim": word,
            "acknowledgement": hex(acknowledgement.as_slice()),
            "remark": remark,
        }),
        Claim::ExtensionAsked { until, .. } => {
            json!({ "claim": word, "until": number(until.0), "remark": remark })
        }
        Claim::Extended { desk, until } => {
            json!({ "claim": word, "desk": desk.as_str(), "until": number(until.0) })
        }
        Claim::Reminded { desks } => {
            let desks: Vec<&str> = desks.iter().map(|desk| desk.as_str()).collect();
            json!({ "claim": word, "desks": desks })
        }
        Claim::EscalationAsked { desk, step } => {
            json!({ "claim": word, "desk": desk.as_str(), "step": step })
        }
        _ => json!({ "claim": word, "remark": remark }),
    }
}

/// What a relay judged by, as JSON.
#[must_use]
pub fn judged(judged: &Judged) -> Value {
    json!({
        "accord": optional_hex(judged.accord.as_ref()),
        "rosters": rosters(&judged.rosters),
        "notes": judged.notes.iter().map(|note| note.0).collect::<Vec<_>>(),
    })
}
