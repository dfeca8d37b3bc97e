//! A message in full: its form, how far it got with each addressee, and all that was signed of it.

use super::board::Entry;
use crate::enclosure::without;
use crate::render::{Page, Reader, columns, pad, wrap};
use crate::store::Message;
use crate::view::Row;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::Role;
use estafette_protocol::form::Form;
use estafette_protocol::statement::{Claim, Remark, Statement, open_remark};
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Rung;

/// Columns of what a statement says.
const CLAIM_COLUMNS: usize = 18;

/// The lines of a message in the columns of the reader.
#[must_use]
pub fn lines(
    reader: Reader<'_>,
    entry: &Entry,
    form: Option<&Form>,
    now: UnixMillis,
) -> Vec<String> {
    let message = &entry.item.message;
    let header = &message.header;
    let mut page = Page::new(reader);
    page.line(&entry.about);
    page.pair(&reader.say("from"), header.sender.as_str());
    page.pair(
        &reader.say("precedence"),
        &reader.precedence(header.precedence),
    );
    page.pair(&reader.say("created"), &reader.time_in_full(header.created));
    page.gap();
    match (form, message.unreadable_at()) {
        (Some(form), _) => page.form(&without(form, reader.catalogue)),
        (None, Some(stage)) => page.line(&reader.fill("does-not-open", stage.word())),
        (None, None) => page.line(&reader.say("no-key")),
    }
    let mut lines = page.into_lines();
    lines.extend([String::new(), reader.say("watch-addressees")]);
    for row in &entry.item.rows {
        let parts = addressee(&reader, row, now);
        let head = format!("  {}  ", row.state.desk);
        lines.extend(hanging(&reader, &head, &parts.join("  ")));
    }
    lines.extend([String::new(), reader.say("watch-receipts")]);
    lines.extend(timeline(&reader, message));
    lines
}

/// A head and a text that is wrapped to the right of it.
fn hanging(reader: &Reader<'_>, head: &str, text: &str) -> Vec<String> {
    let left = columns(head);
    let mut head = head.to_owned();
    let lines = wrap(text, reader.width.saturating_sub(left)).into_iter();
    let lines = lines.map(|line| {
        let line = format!("{head}{line}");
        head = " ".repeat(left);
        line
    });
    lines.collect()
}

/// How far the message got with a desk, what it said, and how much time is left.
fn addressee(reader: &Reader<'_>, row: &Row, now: UnixMillis) -> Vec<String> {
    let state = &row.state;
    let mut parts = vec![reader.say(&format!("rung-{}", state.rung().word()))];
    if state.role != Role::Action {
        parts.push(format!("({})", reader.role(state.role)));
    }
    parts.extend(row.sides.iter().map(|side| reader.side(side)));
    // RCP-9
    if !row.overdue.is_empty() {
        let is_signed = row.overdue.iter().all(|one| row.told_overdue.contains(one));
        parts.push(match is_signed {
            true => reader.say("overdue-signed"),
            false => reader.say("overdue-unsigned"),
        });
    }
    let due = row.deadline().filter(|_| row.is_asked());
    parts.extend(due.map(|due| reader.time_left(due, now)));
    if let Some(until) = state.until {
        parts.push(reader.fill("promised-until", reader.time(until)));
    }
    parts
}

/// Everything that was signed of the message, oldest first. The store holds verified ones alone.
fn timeline(reader: &Reader<'_>, message: &Message) -> Vec<String> {
    let mut said: Vec<&Signed<Statement>> = message.statements.iter().collect();
    said.sort_by_key(|signed| (signed.value().at, signed.hash()));
    let check = if reader.ascii { "ok" } else { "✓" };
    let verified = format!("{check} {}", reader.say("verified"));
    let lines = said.into_iter().flat_map(|signed| {
        let statement = signed.value();
        let by = match &statement.signer.desk {
            Some(desk) => desk.to_string(),
            None => reader.fill("relay-of", &statement.signer.agency),
        };
        let claim = pad(&claim(reader, &statement.claim), CLAIM_COLUMNS);
        let mut parts = vec![claim, by, verified.clone()];
        parts.extend(details(reader, message, statement));
        let head = format!("  {}  ", reader.time(statement.at));
        hanging(reader, &head, &parts.join("  "))
    });
    lines.collect()
}

fn claim(reader: &Reader<'_>, claim: &Claim) -> String {
    let word = claim.word();
    match Rung::ALL.iter().any(|rung| rung.word() == word) {
        true => reader.say(&format!("rung-{word}")),
        false => reader.say(&format!("claim-{word}")),
    }
}

/// What a statement says beyond its claim: where to, until when, and in whose words.
fn details(reader: &Reader<'_>, message: &Message, statement: &Statement) -> Vec<String> {
    let (to, until) = match &statement.claim {
        Claim::Escalated { to, .. } | Claim::Referred { to, .. } => (Some(to.as_str()), None),
        Claim::Overdue { desk, .. } | Claim::Expired { desk } => (Some(desk.as_str()), None),
        Claim::Extended { desk, until } => (Some(desk.as_str()), Some(*until)),
        Claim::ExtensionAsked { until, .. } => (None, Some(*until)),
        Claim::Acknowledged { until, .. } => (None, *until),
        _ => (None, None),
    };
    let mut details: Vec<String> = to.map(str::to_owned).into_iter().collect();
    details.extend(until.map(|until| reader.fill("until", reader.time(until))));
    if let Some(remark) = remark(message, statement) {
        let officer = reader.foreign(&remark.officer);
        details.extend((!officer.is_empty()).then(|| reader.fill("by", officer)));
        let text = reader.foreign(&remark.text);
        details.extend((!text.is_empty()).then(|| format!("\"{text}\"")));
    }
    details
}

fn remark(message: &Message, statement: &Statement) -> Option<Remark> {
    let sealed = statement.claim.remark()?;
    let key = message.content_key()?;
    let subject: (_, &Hash, _) = (message.header.status, &message.record.digest, &key);
    let signer = (&statement.signer.key, statement.claim.tag());
    open_remark(sealed, subject, signer).ok()
}
