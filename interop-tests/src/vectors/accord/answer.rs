//! How this implementation answers the accord chapter.

use super::super::apply::{directory, stale, time, word};
use crate::json::Input;
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::accord::Accord;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::{FixedBytes, Signed};
use estafette_protocol::marking::Marking;
use serde_json::{Value, json};

/// Answers one case.
#[must_use]
pub fn answer(op: &str, shared: &Value, input: &Value) -> Verdict {
    match op {
        "accord" => accord(Input::new(shared, input)).into(),
        _ => Verdict::Unsupported,
    }
}

fn accord(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let at = match input.optional("at") {
        Some(_) => time(input, "at")?,
        None => time(input, "now")?,
    };
    if input.optional("accord").is_some() {
        let found = directory.accord_by_hash(&FixedBytes(input.array("accord")?), at);
        let (signed, standing) = found.map_err(stale)?;
        // ACC-3
        if !signed.value().allows(&markings(input)?) {
            let word = ErrorCode::MarkingAboveCeiling.word();
            return Err(Refusal::new("policy", word));
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

fn markings(input: Input<'_>) -> Result<Vec<Marking>, Refusal> {
    input.list("marking", |marking| {
        let marking: Option<(u16, u16)> = serde_json::from_value(marking.clone()).ok();
        let (axis, code) = marking.ok_or_else(|| Refusal::case("no marking"))?;
        Ok(Marking { axis, code })
    })
}
