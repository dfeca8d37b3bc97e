//! Vectors of `spec/session.md`: frames, and what one end of a link makes of them.

use super::case::{Case, Chapter};
use crate::json::{self, Input, hex, number, role_word};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::decode;
use estafette_protocol::frame::{Frame, Item, LinkRole};
use estafette_protocol::session::{Received, Session, frame_hash};
use serde_json::{Value, json};

mod frames;
mod links;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("session", answer);
    frames::add(&mut chapter);
    links::add(&mut chapter);
    chapter.file()
}

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "frame-decode" => frame_decode(&input).into(),
        "session" => session(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn frame_decode(input: &Input<'_>) -> Answer {
    let frame: Frame = decode(&input.bytes("frame")?)?;
    Ok(json!({ "frame": json::frame(&frame) }))
}

fn session(input: &Input<'_>) -> Answer {
    let mut session = Session::<u64>::new(role(input, "own")?, role(input, "peer")?);
    let mut next = 1;
    let events = input.list("steps", Ok)?;
    let events: Result<Vec<Value>, Refusal> = events
        .into_iter()
        .map(|one| step(&mut session, &mut next, &Input::of(one)))
        .collect();
    Ok(json!({ "events": events? }))
}

fn role(input: &Input<'_>, key: &str) -> Result<LinkRole, Refusal> {
    let all = [LinkRole::Device, LinkRole::Relay, LinkRole::Stranger];
    let word = input.text(key)?;
    let role = all.into_iter().find(|role| role_word(*role) == word);
    role.ok_or_else(|| Refusal::case("no role"))
}

fn step(session: &mut Session<u64>, next: &mut u64, step: &Input<'_>) -> Answer {
    if step.optional("frame").is_none() {
        return queue(session, next, step);
    }
    let bytes = step.bytes("frame")?;
    let frame = decode::<Frame>(&bytes).map_err(|_| frame_hash(&bytes));
    Ok(match session.handle(frame) {
        Received::Hello(hello) => json!({ "hello": role_word(hello.role) }),
        Received::Frame(frame) => json!({ "frame": json::frame_word(&frame) }),
        Received::Taken(numbers) => {
            json!({ "taken": numbers.into_iter().map(number).collect::<Vec<_>>() })
        }
        Received::Fault(fault) => json!({ "fault": json::fault(&fault) }),
        Received::Close(code) => return Err(closed(code)),
        _ => return Err(Refusal::case("an event that this adapter does not know")),
    })
}

/// Sends of what waits as much as the window has room for (SES-7).
fn queue(session: &mut Session<u64>, next: &mut u64, step: &Input<'_>) -> Answer {
    let waiting: usize = step.number("waiting")?;
    let urgent = step.member("urgent")?.as_bool();
    let urgent = urgent.ok_or_else(|| Refusal::case("urgent is no bool"))?;
    let mut sent = Vec::new();
    while sent.len() < waiting && session.room(urgent) > 0 {
        let frame = session.deliver(Item::Statement(Vec::new().into()), *next);
        *next = next.saturating_add(1);
        if let Frame::Deliver { number: given, .. } = frame {
            sent.push(number(given));
        }
    }
    Ok(json!({ "sent": sent }))
}

fn closed(code: ErrorCode) -> Refusal {
    let stage = match code {
        ErrorCode::VersionUnknown => "version",
        ErrorCode::Malformed => "decode",
        _ => "policy",
    };
    Refusal::new(stage, code.word())
}

/// A case's input from the bytes of one frame.
fn input(frame: &[u8]) -> Value {
    json!({ "frame": hex(frame) })
}

/// A case that expects a frame to be refused.
fn bad(
    id: &str,
    requirements: &'static [&'static str],
    fault: (&str, &str),
    reason: &str,
    frame: &[u8],
) -> Case {
    Case::invalid(id, requirements, fault, ("decode", reason), input(frame))
}
