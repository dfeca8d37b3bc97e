//! What was said of a message after it went, line by line: every word of every device, those that
//! were taken back included.

use super::hanging;
use crate::cli::context::Context;
use crate::render::{Reader, pad};
use crate::store::Message;
use crate::view::{Spoken, Utterance, spoken};

/// Columns of the word at the head of a line.
const WORD_COLUMNS: usize = 16;

/// Prints what was said, where anything was.
pub(super) fn print(context: &Context, reader: &Reader<'_>, message: &Message) {
    let output = context.output;
    let said = spoken(message);
    if output.json || said.is_empty() {
        return;
    }
    output.line(&format!("  {}", reader.isolate(&reader.say("said"))));
    for one in &said {
        for line in lines(reader, one) {
            output.line(&line);
        }
    }
}

fn lines(reader: &Reader<'_>, said: &Spoken) -> Vec<String> {
    let word = reader.isolate(&reader.say(&format!("said-{}", said.what.word())));
    let head = format!("    {} ", pad(&word, WORD_COLUMNS));
    let by = match &said.by.desk {
        Some(desk) => desk.to_string(),
        None => reader.fill("relay-of", &said.by.agency),
    };
    let mut parts = vec![reader.time(said.at), reader.isolate(&by)];
    parts.extend(object(reader, &said.what).map(|text| reader.isolate(&text)));
    if !said.holds {
        parts.push(reader.isolate(&reader.say("taken-back")));
    }
    if let Some(remark) = &said.remark {
        let name = Some(&remark.officer).filter(|name| !name.is_empty());
        parts.extend(name.map(|name| reader.isolate(&reader.fill("by", reader.foreign(name)))));
        let text = Some(&remark.text).filter(|text| !text.is_empty());
        parts.extend(text.map(|text| reader.isolate(&reader.quote(text))));
    }
    hanging(reader, &head, &parts)
}

/// Of whom, to whom or until when.
fn object(reader: &Reader<'_>, what: &Utterance) -> Option<String> {
    Some(match what {
        Utterance::Acknowledged { until } => reader.fill("promised-until", reader.time((*until)?)),
        Utterance::ExtensionAsked { until } => reader.fill("until", reader.time(*until)),
        Utterance::Extended { desk, until } => {
            format!("{desk} {}", reader.fill("until", reader.time(*until)))
        }
        Utterance::Declined { ground } => reader.ground(*ground),
        Utterance::Referred { to } => reader.fill("to-desk", to),
        Utterance::Reminded { desks } => {
            let desks: Vec<&str> = desks.iter().map(|desk| desk.as_str()).collect();
            desks.join(", ")
        }
        Utterance::EscalationAsked { desk } => desk.to_string(),
        Utterance::Escalated { desk, to, cause } => {
            format!("{desk} → {to}: {}", reader.cause(*cause))
        }
        Utterance::Overdue { desk, clock } => {
            format!("{desk}: {}", reader.say(&format!("clock-{}", clock.word())))
        }
        Utterance::Answered | Utterance::Retracted | Utterance::Closed => return None,
    })
}
