//! How this implementation answers the receipt chapter.

use crate::json::{self, Input, number};
use crate::verdict::{Answer, Verdict};
use estafette_protocol::encoding::{FixedBytes, decode};
use estafette_protocol::envelope::Header;
use estafette_protocol::escalation::Clock;
use estafette_protocol::receipt::{Receipt, StepTaken, receipts};
use estafette_protocol::statement;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    match operation {
        "receipt" => received(&Input::new(shared, input)).into(),
        _ => Verdict::Unsupported,
    }
}

fn received(input: &Input<'_>) -> Answer {
    let header: Header = decode(&input.bytes("header")?)?;
    let subject = FixedBytes(input.array("subject")?);
    let statements = input.list("statements", |bytes| {
        Ok(statement::decode(&json::read_bytes(bytes)?)?)
    })?;
    let now = UnixMillis(input.number("now")?);
    let receipts = receipts(&header, &subject, &statements, now);
    Ok(json!({ "addressees": receipts.iter().map(receipt).collect::<Vec<_>>() }))
}

fn receipt(receipt: &Receipt) -> Value {
    json!({
        "desk": receipt.state.desk.as_str(),
        "standing": receipt.standing.word(),
        "begin": time(receipt.begin),
        "acknowledge_due": time(receipt.acknowledge_due),
        "answer_due": time(receipt.answer_due),
        "transport_due": time(receipt.transport_due),
        "promise": time(receipt.promise),
        "asked_until": time(receipt.asked_until),
        "referred_to": receipt.referred_to.as_ref().map(|desk| desk.as_str()),
        "overdue": clocks(&receipt.overdue),
        "told": clocks(&receipt.told_overdue),
        "late": clocks(&receipt.late),
        "steps": receipt.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn time(time: Option<UnixMillis>) -> Value {
    time.map_or(Value::Null, |time| number(time.0))
}

fn clocks(clocks: &[Clock]) -> Value {
    clocks.iter().map(|clock| clock.word()).collect()
}

fn step(step: &StepTaken) -> Value {
    json!({
        "step": step.step,
        "to": step.to.as_str(),
        "cause": step.cause.word(),
        "at": number(step.at.0),
    })
}
