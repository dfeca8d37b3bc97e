//! How this implementation answers the accord chapter.

use super::super::apply::{directory, fixed, stale, time, word};
use super::super::chapter::{refuse, settle};
use crate::verdict::Verdict;
use estafette_protocol::accord::Accord;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::Signed;
use estafette_protocol::marking::Marking;
use serde_json::{Value, json};

/// Answers one case.
#[must_use]
pub fn answer(op: &str, shared: &Value, input: &Value) -> Verdict {
    match op {
        "accord" => settle(accord(shared, input)),
        _ => Verdict::Unsupported,
    }
}

fn accord(shared: &Value, input: &Value) -> Result<Value, Verdict> {
    let directory = directory(shared, input)?;
    let at = match input.get("at") {
        Some(_) => time(input, "at")?,
        None => time(input, "now")?,
    };
    if input.get("accord").is_some() {
        let found = directory.accord_by_hash(&fixed(input, "accord")?, at);
        let (signed, standing) = found.map_err(stale)?;
        // ACC-3
        if !signed.value().allows(&markings(input)?) {
            return Err(refuse("policy", ErrorCode::MarkingAboveCeiling.word()));
        }
        let number = signed.value().number;
        return Ok(json!({ "number": number, "standing": word(standing) }));
    }
    let hash = |signed: &Signed<Accord>| hex::encode(signed.hash().as_slice());
    let in_force = directory.accords_in_force(at);
    let in_force: Vec<_> = in_force.map(|(signed, _)| hash(signed)).collect();
    let pending: Vec<_> = directory.accords_pending().map(hash).collect();
    Ok(json!({ "in_force": in_force, "pending": pending }))
}

fn markings(input: &Value) -> Result<Vec<Marking>, Verdict> {
    let Some(markings) = input.get("marking") else {
        return Ok(Vec::new());
    };
    let markings: Vec<(u16, u16)> =
        serde_json::from_value(markings.clone()).map_err(|_| Verdict::Unsupported)?;
    let markings = markings.into_iter();
    Ok(markings
        .map(|(axis, code)| Marking { axis, code })
        .collect())
}
