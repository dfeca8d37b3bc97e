//! Frames as JSON; a frame is an object whose `frame` names it.

use super::envelope::wrap;
use super::{hex, number, optional_hex};
use estafette_protocol::frame::{Enrolment, Fault, Frame, Hello, Holding, Item, LinkRole};
use serde_json::{Value, json};

/// A frame as JSON.
#[must_use]
pub fn frame(frame: &Frame) -> Value {
    let word = frame_word(frame);
    match frame {
        Frame::Hello(greeting) => hello(greeting),
        Frame::Submit {
            number: n,
            envelope,
        } => {
            json!({ "frame": word, "number": number(*n), "envelope": hex(envelope.as_slice()) })
        }
        Frame::Deliver { number: n, item } => {
            json!({ "frame": word, "number": number(*n), "item": self::item(item) })
        }
        Frame::Taken { numbers } => {
            json!({ "frame": word, "numbers": numbers.iter().map(|n| number(*n)).collect::<Vec<_>>() })
        }
        Frame::Statement {
            number: n,
            statement,
        } => {
            json!({ "frame": word, "number": number(*n), "statement": hex(statement.as_slice()) })
        }
        Frame::Publish { object } => json!({ "frame": word, "object": hex(object.as_slice()) }),
        Frame::Enrol { request } => json!({ "frame": word, "request": hex(request.as_slice()) }),
        Frame::Enrolled { outcome } => {
            let outcome = match outcome {
                Enrolment::Pending => "pending",
                Enrolment::Done => "done",
            };
            json!({ "frame": word, "outcome": outcome })
        }
        Frame::Fault(answer) => {
            let mut json = fault(answer);
            if let Some(members) = json.as_object_mut() {
                members.insert("frame".to_owned(), word.into());
            }
            json
        }
        Frame::Synced => json!({ "frame": word }),
    }
}

/// The word of a frame, from the table of `spec/session.md`.
#[must_use]
pub const fn frame_word(frame: &Frame) -> &'static str {
    match frame {
        Frame::Hello(_) => "hello",
        Frame::Submit { .. } => "submit",
        Frame::Deliver { .. } => "deliver",
        Frame::Taken { .. } => "taken",
        Frame::Statement { .. } => "statement",
        Frame::Publish { .. } => "publish",
        Frame::Enrol { .. } => "enrol",
        Frame::Enrolled { .. } => "enrolled",
        Frame::Fault(_) => "fault",
        Frame::Synced => "synced",
    }
}

/// A fault as JSON.
#[must_use]
pub fn fault(fault: &Fault) -> Value {
    json!({
        "code": fault.code,
        "about": optional_hex(fault.about.as_ref()),
        "retry_after": fault.retry_after.map(number),
    })
}

/// The word of a role.
#[must_use]
pub const fn role_word(role: LinkRole) -> &'static str {
    match role {
        LinkRole::Device => "device",
        LinkRole::Relay => "relay",
        LinkRole::Stranger => "stranger",
    }
}

fn hello(hello: &Hello) -> Value {
    json!({
        "frame": "hello",
        "versions": hello.versions,
        "role": role_word(hello.role),
        "now": number(hello.now.0),
        "have": hello.have.iter().map(holding).collect::<Vec<_>>(),
    })
}

fn holding(holding: &Holding) -> Value {
    json!({
        "kind": holding.kind,
        "name": holding.name.as_str(),
        "number": number(holding.number),
        "hash": hex(holding.hash.as_slice()),
    })
}

fn item(item: &Item) -> Value {
    match item {
        Item::Envelope(envelope) => json!({ "envelope": hex(envelope.as_slice()) }),
        Item::Statement(statement) => json!({ "statement": hex(statement.as_slice()) }),
        Item::Wrap {
            digest,
            wrap: inner,
        } => {
            json!({ "digest": hex(digest.as_slice()), "wrap": wrap(inner) })
        }
        Item::Accompanied {
            envelope,
            statements,
        } => json!({
            "envelope": hex(envelope.as_slice()),
            "statements": statements.iter().map(|s| hex(s.as_slice())).collect::<Vec<_>>(),
        }),
    }
}
