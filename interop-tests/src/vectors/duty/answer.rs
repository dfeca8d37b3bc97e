//! How this implementation answers the duty chapter.

use super::super::apply::{agency, refused, time};
use crate::json::{Input, number, read_bytes};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::address::Desk;
use estafette_protocol::directory::Directory;
use estafette_protocol::duty::{Duty, Staffing};
use estafette_protocol::encoding::{FixedBytes, Object, Signed, SignedObject, decode};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    match operation {
        "duty" => on_duty(Input::new(shared, input)).into(),
        _ => Verdict::Unsupported,
    }
}

fn on_duty(input: Input<'_>) -> Answer {
    let directory = directory(input)?;
    let (desk, at): (Desk, UnixMillis) = (input.parsed("desk")?, time(input, "at")?);
    let staffing = directory.staffing(&desk, at);
    let (since, until) = match staffing {
        Staffing::Staffed { until } => (None, until),
        Staffing::Absent { since, until } => (Some(since), Some(until)),
        Staffing::OffHours { since, until } => (since, Some(until)),
        Staffing::Unknown => (None, None),
    };
    let stand_in = directory.stand_in(&desk, at);
    let time = |time: Option<UnixMillis>| time.map(|time| number(time.0));
    Ok(json!({
        "staffing": staffing.word(),
        "since": time(since),
        "until": time(until),
        "stand_in": stand_in.as_ref().map(|desk| desk.as_str()),
    }))
}

/// As `apply::directory`; with `judged`, absences are taken up as the desk's own relay does.
fn directory(input: Input<'_>) -> Result<Directory, Refusal> {
    let root = FixedBytes(input.array("root")?);
    let mut directory = Directory::new(agency(input)?, root);
    let before = time(input, "held_since")?;
    for object in input.list("held", read_bytes)? {
        let applied = directory.apply(&object, before);
        applied.map_err(|error| Refusal::case(error.to_string()))?;
    }
    let judged = input.optional("judged").and_then(Value::as_bool);
    let now = time(input, "now")?;
    for object in input.list("objects", read_bytes)? {
        let before = directory.clone();
        directory.apply(&object, now).map_err(|e| refused(&e))?;
        if judged == Some(true) && is_duty(&object)? {
            let duty = Signed::<Duty>::decode(&object)?;
            let judged = before.check_deputy(duty.value());
            judged.map_err(|e| refused(&e))?;
        }
    }
    Ok(directory)
}

fn is_duty(object: &[u8]) -> Result<bool, Refusal> {
    let outer: SignedObject = decode(object)?;
    Ok(outer.inner_kind()? == Duty::KIND)
}
