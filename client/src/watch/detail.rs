//! A message in full: its form, how far it got with each addressee, and all that was signed of it.

use super::board::Entry;
use crate::enclosure::without;
use crate::render::{Page, Reader, pad};
use crate::store::Message;
use crate::view::Row;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::Role;
use estafette_protocol::form::Form;
use estafette_protocol::receipt::Receipt;
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
    page.gap();
    page.line(&reader.say("watch-addressees"));
    if let Some(since) = entry.unaccepted_since {
        let since = reader.fill("watch-unaccepted", reader.time(since));
        page.line(&format!("  {} {since}", reader.alarm()));
    }
    for (receipt, row) in entry.receipts.iter().zip(&entry.item.rows) {
        addressee(&mut page, &reader, (receipt, row), now);
    }
    page.gap();
    page.line(&reader.say("watch-receipts"));
    timeline(&mut page, &reader, message);
    page.into_lines()
}

/// A desk, how far the message got with it, and how much time is left.
fn addressee(
    page: &mut Page<'_>,
    reader: &Reader<'_>,
    (receipt, row): (&Receipt, &Row),
    now: UnixMillis,
) {
    let state = &receipt.state;
    let mut parts = vec![reader.say(&format!("rung-{}", state.rung().word()))];
    if state.role != Role::Action {
        parts.push(format!("({})", reader.role(state.role)));
    }
    parts.extend(row.sides.iter().map(|side| reader.side(side)));
    let told = !receipt.told_overdue.is_empty() && !receipt.overdue.is_empty();
    parts.extend(told.then(|| reader.say("watch-overdue-signed")));
    let due = match state.rung() {
        Rung::Answered => None,
        Rung::Acknowledged => row.answer_due,
        _ => [row.due, row.answer_due].into_iter().flatten().min(),
    };
    parts.extend(due.map(|due| reader.time_left(due, now)));
    if let Some(until) = receipt.promise {
        parts.push(reader.fill("promised-until", reader.time(until)));
    }
    for step in &receipt.steps {
        let to = reader.fill("watch-escalated-to", &step.to);
        parts.push(format!("{to}, {}", reader.time(step.at)));
    }
    page.line(&format!("  {}  {}", state.desk, parts.join("  ")));
}

/// Everything that was signed of the message, oldest first. The store holds verified ones alone.
fn timeline(page: &mut Page<'_>, reader: &Reader<'_>, message: &Message) {
    let mut said: Vec<&Signed<Statement>> = message.statements.iter().collect();
    said.sort_by_key(|signed| (signed.value().at, signed.hash()));
    let check = if reader.ascii { "ok" } else { "✓" };
    let verified = format!("{check} {}", reader.say("verified"));
    for signed in said {
        let statement = signed.value();
        let by = match &statement.signer.desk {
            Some(desk) => desk.to_string(),
            None => reader.fill("relay-of", &statement.signer.agency),
        };
        let claim = pad(&claim(reader, &statement.claim), CLAIM_COLUMNS);
        let mut parts = vec![reader.time(statement.at), claim, by, verified.clone()];
        parts.extend(details(reader, message, statement));
        page.line(&format!("  {}", parts.join("  ")));
    }
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
