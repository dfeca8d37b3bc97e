//! What was said of letting a message go, as `track` and `show` say it.

use super::context::Context;
use crate::render::Reader;
use crate::store::Message;
use crate::view::{self, Row, Said, Side, Step};
use crate::words;
use estafette_protocol::address::Desk;
use serde_json::{Value, json};

/// Code list of the reasons against a release.
const REASONS: &str = "release-reasons";

/// Prints whom a message waits for, and who has said what.
pub(super) fn print(
    context: &Context,
    reader: &Reader<'_>,
    (message, rows, releasers): (&Message, &[Row], &[Desk]),
) {
    let output = context.output;
    let said = view::releases(message);
    let is_held = rows
        .iter()
        .flat_map(|row| &row.sides)
        .any(|side| matches!(side, Side::Unreleased { .. }));
    if said.is_empty() && !is_held {
        return;
    }
    output.object(
        "release",
        json!({
            "id": message.record.id,
            "held": is_held,
            "waits_for": match is_held {
                true => releasers.iter().map(Desk::as_str).collect::<Vec<_>>(),
                false => Vec::new(),
            },
            "precedence": view::effective_precedence(message).word(),
            "said": said.iter().map(|one| value(reader, one)).collect::<Vec<_>>(),
        }),
    );
    for line in said.iter().map(|one| line(reader, one)) {
        output.line(&format!("  {}", reader.isolate(&line)));
    }
    if is_held && !releasers.is_empty() {
        let desks: Vec<&str> = releasers.iter().map(Desk::as_str).collect();
        let mut due = rows.iter().flat_map(|row| &row.sides);
        let due = due.find_map(|side| match side {
            Side::Unreleased { due, .. } => *due,
            _ => None,
        });
        let until = due.map(|due| reader.fill("until", reader.time(due)));
        let waits = reader.fill("waits-for", desks.join(", "));
        let line: Vec<String> = [waits].into_iter().chain(until).collect();
        let line = line.join("  ");
        output.line(&format!("  {}", reader.isolate(&line)));
    }
}

fn value(reader: &Reader<'_>, one: &Said) -> Value {
    let precedence = match one.what {
        Step::Released(precedence) => Some(precedence.word()),
        _ => None,
    };
    let reason = match one.what {
        Step::Refused(reason) => Some(reason),
        _ => None,
    };
    let list = reader.catalogue.list(REASONS);
    let word = reason.and_then(|value| list?.code(value));
    json!({
        "what": one.what.word(),
        "at": words::time_rfc3339(one.at),
        "by": by(reader, one, true),
        "precedence": precedence,
        "reason": word.map(|code| code.word.as_str()),
        "officer": one.remark.as_ref().map(|remark| remark.officer.as_str()),
        "remark": one.remark.as_ref().map(|remark| remark.text.as_str()),
    })
}

/// Who said it; for programs the same in every language.
fn by(reader: &Reader<'_>, one: &Said, is_plain: bool) -> String {
    match (&one.by.desk, is_plain) {
        (Some(desk), _) => desk.to_string(),
        (None, true) => format!("relay of {}", one.by.agency),
        (None, false) => reader.fill("relay-of", &one.by.agency),
    }
}

/// One thing that was said, in one line.
pub(super) fn line(reader: &Reader<'_>, one: &Said) -> String {
    let by = by(reader, one, false);
    let is_relay = one.by.desk.is_none();
    // The time first: what follows may be broken into lines.
    let mut parts = vec![reader.time(one.at)];
    parts.push(match one.what {
        Step::Held { late: false } => reader.fill("held-by", by),
        Step::Held { late: true } => {
            format!("{}, {}", reader.fill("held-by", by), reader.say("late"))
        }
        Step::Released(precedence) => {
            let said = match is_relay {
                true => reader.fill("let-go-by", by),
                false => reader.fill("released-by", by),
            };
            format!("{said} ({})", reader.precedence(precedence))
        }
        Step::Refused(reason) => {
            let reason = reader.code(reader.catalogue.list(REASONS), reason);
            format!("{}: {reason}", reader.fill("not-released-by", by))
        }
    });
    if let Some(remark) = &one.remark {
        let texts = [&remark.officer, &remark.text];
        let texts = texts.into_iter().filter(|text| !text.is_empty());
        parts.extend(texts.map(|text| reader.foreign(text)));
    }
    parts.join("  ")
}
