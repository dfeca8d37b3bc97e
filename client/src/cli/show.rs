//! `estafette show`: a message with its form, or its text byte for byte.

use super::context::{Context, Unlocked};
use super::enclosures;
use super::fields;
use super::list::Listing;
use super::releases;
use super::send::role_word;
use super::track::local;
use crate::clock;
use crate::enclosure::{Enclosed, enclosed, without};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::{Page, Reader};
use crate::search::leaves;
use crate::store::{Message, Record};
use crate::view::{self, Effect, Item, Links, Validity, is_withdrawal};
use crate::words;
use clap::Args;
use estafette_protocol::crypto::{Hash, VerifyingKey};
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::envelope::Parsed;
use estafette_protocol::form::{Form, Value as FormValue};
use estafette_protocol::format::{Catalogue, Check, Recognised, recognise};
use estafette_protocol::precedence::Status;
use serde_json::{Value, json};

/// Show messages.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// The text alone, byte for byte
    #[arg(long, conflicts_with_all = ["verify", "phone"])]
    raw: bool,
    /// Verify signature and digest again
    #[arg(long)]
    verify: bool,
    /// The number to call and the words to compare
    #[arg(long)]
    phone: bool,
    /// Tell the sender that it was opened
    #[arg(long)]
    opened_receipt: bool,
}

/// A message and what is known of it.
struct Shown<'a> {
    message: &'a Message,
    form: Option<&'a Form>,
    verified: Option<bool>,
    links: &'a Links,
    all: &'a [Message],
    /// The messages that it passes on.
    enclosed: Vec<Enclosed>,
}

impl Show {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let mut exit = Exit::Done;
        let messages = unlocked.resolve(&self.ids)?;
        let all = match self.raw || self.phone {
            true => Vec::new(),
            false => unlocked.account.store.messages()?,
        };
        let links = unlocked.links(&all)?;
        for message in &messages {
            let form = unlocked.account.store.form(&message.record.digest)?;
            let verified = match self.verify {
                true => Some(verify(&unlocked, message)?),
                false => None,
            };
            if verified == Some(false) {
                exit = Exit::Trust;
            }
            let shown = Shown {
                message,
                form: form.as_ref(),
                verified,
                links: &links,
                all: &all,
                enclosed: form.as_ref().map_or_else(Vec::new, |form| {
                    let (account, header) = (&unlocked.account, &message.header);
                    enclosed(account, header, form, clock::now())
                }),
            };
            match (self.raw, self.phone) {
                (true, _) => raw(context, unlocked.catalogue(), &shown)?,
                (_, true) => phone(context, unlocked.catalogue(), &shown),
                _ => print(context, &unlocked, &shown)?,
            }
            if form.is_some() {
                self.note_opened(&unlocked, message)?;
            }
        }
        Ok(exit)
    }

    /// Remembers the first showing; tells the sender only where that was asked for.
    fn note_opened(&self, unlocked: &Unlocked, message: &Message) -> Outcome<()> {
        use estafette_protocol::statement::Claim;
        let (account, now) = (&unlocked.account, clock::now());
        let digest = message.record.digest;
        let shown = |record: &mut Record| record.shown_at = record.shown_at.or(Some(now));
        let entitled = account
            .signer()
            .is_entitled(&Claim::Opened, &message.header);
        let said = message.signed_here(&account.device(), "opened").is_some();
        if self.opened_receipt && entitled && !said {
            let statement = crate::courier::state(account, digest, Claim::Opened, now)
                .map_err(crate::courier::CourierError::from)?;
            account.store.write()?.add_own(&statement, shown, now)?;
            return Ok(());
        }
        note_shown(unlocked, message)
    }
}

/// Remembers that a message was shown, the first time that it is.
pub(super) fn note_shown(unlocked: &Unlocked, message: &Message) -> Outcome<()> {
    if message.record.shown_at.is_none() {
        let now = clock::now();
        let shown = |record: &mut Record| record.shown_at = record.shown_at.or(Some(now));
        let digest = message.record.digest;
        unlocked.account.store.write()?.update(&digest, shown)?;
    }
    Ok(())
}

/// Whether the stored envelope is what its sender signed, and is this message.
fn verify(unlocked: &Unlocked, message: &Message) -> Outcome<bool> {
    let bytes = unlocked.account.store.envelope(&message.record.digest)?;
    let parsed = bytes.and_then(|bytes| Parsed::decode(&bytes).ok());
    let key = VerifyingKey::from_bytes(&message.record.sender_key.0).ok();
    Ok(match (parsed, key) {
        (Some(parsed), Some(key)) => {
            parsed.digest() == message.record.digest && parsed.verify(&key)
        }
        _ => false,
    })
}

fn raw(context: &Context, catalogue: &Catalogue, shown: &Shown<'_>) -> Outcome<()> {
    let id = shown.message.record.id;
    match shown.form.and_then(|form| text(form, catalogue)) {
        Some(text) => {
            context.output.raw(text.as_bytes());
            Ok(())
        }
        None => Err(Failure::new(
            Exit::Failed,
            "no-text",
            format!("{id} holds no text that can be read here"),
            "Nothing was changed.",
            format!("estafette show {id}"),
        )),
    }
}

/// The text of a form: of the field that its format names.
fn text<'a>(form: &'a Form, catalogue: &Catalogue) -> Option<&'a str> {
    let format = catalogue.format(form.format, form.version)?;
    form.text(format.text_field()?.number)
}

/// The number to call back: the first text that is checked for being one, else the first that
/// is one.
fn call_back<'a>(form: &'a Form, catalogue: &'a Catalogue) -> Option<&'a str> {
    let leaves = leaves(form, catalogue);
    let texts = leaves.iter().filter_map(|leaf| match leaf.value {
        FormValue::Text(text) => Some((leaf.definition.and_then(|d| d.check), text.as_str())),
        _ => None,
    });
    let is_phone = |found: &Recognised| {
        matches!(
            found,
            Recognised::Text {
                check: Check::Phone,
                ..
            }
        )
    };
    let checked = texts
        .clone()
        .find(|(check, _)| *check == Some(Check::Phone));
    let is_one = |(check, text): &(Option<Check>, &str)| {
        check.is_none() && recognise(text).iter().any(is_phone)
    };
    checked
        .or_else(|| texts.clone().find(is_one))
        .map(|(_, text)| text)
}

fn phone(context: &Context, catalogue: &Catalogue, shown: &Shown<'_>) {
    let record = &shown.message.record;
    let reader = context.reader();
    let number = shown.form.and_then(|form| call_back(form, catalogue));
    let compare = show_fingerprint(&record.digest);
    context.output.object(
        "phone",
        json!({"id": record.id, "call_back": number, "compare": compare}),
    );
    let number = number.map_or_else(|| reader.say("no-number"), |n| reader.foreign(n));
    let mut page = Page::new(reader);
    page.pair(&reader.say("call"), &number);
    page.pair(&reader.say("compare"), &compare);
    print_page(context, page);
}

fn print_page(context: &Context, page: Page<'_>) {
    for line in page.into_lines() {
        context.output.line(&line);
    }
}

fn print(context: &Context, unlocked: &Unlocked, shown: &Shown<'_>) -> Outcome<()> {
    if context.output.json {
        print_json(context, unlocked, shown);
        return Ok(());
    }
    let reader = context.reader();
    let mut page = Page::new(reader);
    banner(&mut page, reader, shown);
    head(&mut page, reader, shown);
    clocks(&mut page, reader, (unlocked, shown));
    page.gap();
    match (shown.form, shown.message.unreadable_at()) {
        (Some(form), _) => {
            page.form(&without(form, reader.catalogue));
            enclosures::lay_out(&mut page, reader, &shown.enclosed);
        }
        (None, Some(stage)) => page.line(&reader.fill("does-not-open", stage.word())),
        (None, None) => page.line(&format!("{}  estafette sync", reader.say("no-key"))),
    }
    let answers = answers(unlocked, shown);
    if !answers.is_empty() {
        page.gap();
        page.line(&reader.say("answers"));
    }
    print_page(context, page);
    Listing::new(context, unlocked, clock::now()).print_all(&answers)
}

/// The messages that answer this one.
fn answers(unlocked: &Unlocked, shown: &Shown<'_>) -> Vec<Item> {
    let (desk, now) = (unlocked.desk(), clock::now());
    let digests = shown.links.answers(&shown.message.record.digest);
    let answers = shown
        .all
        .iter()
        .filter(|m| digests.contains(&m.record.digest));
    answers
        .map(|m| view::item(m.clone(), desk, shown.links, now))
        .collect()
}

/// What must be seen first: that it is no real message, or does not hold any more.
fn banner(page: &mut Page<'_>, reader: Reader<'_>, shown: &Shown<'_>) {
    let header = &shown.message.header;
    let alarm = reader.alarm();
    if header.status != Status::Actual {
        let status = reader.status(header.status).to_uppercase();
        page.line(&format!("*** {status} ***"));
    }
    let (label, id) = match shown.links.validity(&shown.message.record.digest) {
        Validity::Holds => return,
        Validity::Superseded(id) => (reader.say("superseded-by"), id),
        Validity::Withdrawn(id) => (reader.say("withdrawn-by"), id),
        Validity::InPart(id) => (reader.say("in-part-withdrawn-by"), id),
    };
    page.line(&format!("{alarm} {label} {id}   → estafette show {id}"));
    page.gap();
}

/// The header in pairs of label and value.
fn head(page: &mut Page<'_>, reader: Reader<'_>, shown: &Shown<'_>) {
    let (record, header) = (&shown.message.record, &shown.message.header);
    let compare = show_fingerprint(&record.digest);
    page.pair(
        &reader.say("message"),
        &format!("{}   {compare}", record.id),
    );
    page.pair(&reader.say("from"), header.sender.as_str());
    for addressee in &header.addressees {
        let role = reader.role(addressee.role);
        page.pair(&reader.say("to"), &format!("{} ({role})", addressee.desk));
    }
    let format = reader.format(header.format, header.format_version);
    page.pair(&reader.say("format"), &format);
    page.pair(
        &reader.say("precedence"),
        &reader.precedence(header.precedence),
    );
    for (marking, at) in header.marking.iter().zip(0..) {
        let label = if at == 0 {
            reader.say("marking")
        } else {
            String::new()
        };
        page.pair(&label, &reader.marking(*marking));
    }
    handling(page, reader, shown);
    page.pair(&reader.say("created"), &reader.time_in_full(header.created));
    if let Some(until) = header.not_before {
        page.pair(&reader.say("held-until"), &reader.time_in_full(until));
    }
    page.pair(&reader.say("expires"), &reader.time_in_full(header.expires));
    let durations = [
        (reader.say("acknowledge-in"), header.acknowledge_within),
        (reader.say("answer-in"), header.answer_within),
        (reader.say("keep-for"), header.retention),
    ];
    for (label, ms) in durations {
        if let Some(ms) = ms {
            page.pair(&label, &reader.duration(ms));
        }
    }
    let reference = hex::encode(header.reference.as_slice());
    page.pair(&reader.say("reference"), &reference);
    relations(page, reader, shown);
    for (note, at) in shown.message.all_notes().into_iter().zip(0..) {
        let label = if at == 0 {
            reader.say("remarks")
        } else {
            String::new()
        };
        page.pair(&label, &format!("{} {}", reader.alarm(), reader.note(note)));
    }
    if let Some(good) = shown.verified {
        let words = match (good, reader.ascii) {
            (true, true) => format!("ok {}", reader.say("signature-good")),
            (true, false) => format!("✓ {}", reader.say("signature-good")),
            (false, _) => reader.say("signature-bad"),
        };
        page.pair(&reader.say("signature"), &words);
    }
}

/// What is due next, and how it stands with those who are to act.
fn clocks(page: &mut Page<'_>, reader: Reader<'_>, (unlocked, shown): (&Unlocked, &Shown<'_>)) {
    let now = clock::now();
    let item = view::item(shown.message.clone(), unlocked.desk(), shown.links, now);
    if let Some(due) = item.due {
        let rows = item.rows.iter().filter(|row| row.is_asked());
        let desks = rows.map(|row| &row.state.desk);
        let zones = unlocked.zones(std::iter::once(&item.message.header.sender).chain(desks));
        let left = reader.time_left(due, now);
        let text = format!("{left}  {}", reader.time_in_zones(due, &zones));
        page.pair(&reader.say("deadline"), &text);
    }
    let sides = item.sides();
    if !sides.is_empty() {
        let sides: Vec<String> = sides.iter().map(|side| reader.side(side)).collect();
        page.pair(&reader.say("standing"), &sides.join(", "));
    }
}

/// The marking where it has changed, and what was said of letting the message go.
fn handling(page: &mut Page<'_>, reader: Reader<'_>, shown: &Shown<'_>) {
    let header = &shown.message.header;
    let now = view::effective_marking(shown.message);
    if now != header.marking.as_slice() {
        let words: Vec<String> = now.iter().map(|marking| reader.marking(*marking)).collect();
        page.pair(&reader.say("marking-now"), &words.join(", "));
    }
    if let Some(name) = &header.task_force {
        page.pair(&reader.say("task-force"), &reader.foreign(name.as_str()));
    }
    if let Some(code) = header.exception {
        let code = reader.code(reader.catalogue.list("exceptions"), code);
        page.pair(&reader.say("exception"), &code);
    }
    for (said, at) in view::releases(shown.message).iter().zip(0..) {
        let label = if at == 0 {
            reader.say("release")
        } else {
            String::new()
        };
        page.pair(&label, &releases::line(&reader, said));
    }
}

/// What the header says of other messages, and what comes of it.
fn relations(page: &mut Page<'_>, reader: Reader<'_>, shown: &Shown<'_>) {
    let header = &shown.message.header;
    let known = |digest: &Hash| shown.all.iter().find(|m| m.record.digest == *digest);
    if let Some(parent) = header.in_reply_to {
        let parent = match known(&parent) {
            Some(message) => message.record.id.to_string(),
            None => format!("{}, {}", show_fingerprint(&parent), reader.say("not-here")),
        };
        page.pair(&reader.say("in-reply-to"), &parent);
    }
    let Some(replaced) = header.supersedes else {
        return;
    };
    let label = match is_withdrawal(shown.message) {
        true => reader.say("withdraws"),
        false => reader.say("supersedes"),
    };
    let alarm = reader.alarm();
    let value = match shown.links.effect(&shown.message.record.digest) {
        Some(Effect::Replaces(id)) => id.to_string(),
        Some(Effect::NotYet(id)) => {
            let until = header.not_before.unwrap_or(header.created);
            format!("{id}  {}", reader.fill("side-held", reader.time(until)))
        }
        Some(Effect::OtherDesk(id)) => format!("{alarm} {}", reader.fill("other-desk", id)),
        Some(Effect::NotSent(id)) => format!("{id}  {alarm} {}", reader.say("not-sent")),
        Some(Effect::NotHere) | None => {
            format!(
                "{}, {}",
                show_fingerprint(&replaced),
                reader.say("not-here")
            )
        }
    };
    page.pair(&label, &value);
}

fn print_json(context: &Context, unlocked: &Unlocked, shown: &Shown<'_>) {
    let catalogue = unlocked.catalogue();
    let (record, header) = (&shown.message.record, &shown.message.header);
    let hex = |digest: &Hash| hex::encode(digest.as_slice());
    let (superseded, withdrawn, in_part) = match shown.links.validity(&record.digest) {
        Validity::Holds => (None, None, None),
        Validity::Superseded(id) => (Some(id), None, None),
        Validity::Withdrawn(id) => (None, Some(id), None),
        Validity::InPart(id) => (None, None, Some(id)),
    };
    let effect = shown.links.effect(&record.digest);
    let answers = shown.links.answers(&record.digest);
    let answers = shown
        .all
        .iter()
        .filter(|m| answers.contains(&m.record.digest));
    let mut object = json!({
        "id": record.id,
        "digest": hex(&record.digest),
        "reference": hex::encode(header.reference.as_slice()),
        "from": header.sender.as_str(),
        "to": header.addressees.iter().map(|a| json!({
            "desk": a.desk.as_str(), "role": role_word(a.role),
        })).collect::<Vec<_>>(),
        "format": header.format,
        "format_version": header.format_version,
        "precedence": header.precedence.word(),
        "status": header.status.word(),
        "marking": header.marking.iter().map(|m| m.words()).collect::<Vec<_>>(),
        "marking_now": view::effective_marking(shown.message).iter().map(|m| m.words())
            .collect::<Vec<_>>(),
        "task_force": header.task_force.as_ref().map(|name| name.as_str()),
        "exception": header.exception,
        "precedence_now": view::effective_precedence(shown.message).word(),
        "created": words::time_rfc3339(header.created),
        "not_before": header.not_before.map(words::time_rfc3339),
        "expires": words::time_rfc3339(header.expires),
        "acknowledge_within_ms": header.acknowledge_within,
        "answer_within_ms": header.answer_within,
        "retention_ms": header.retention,
        "in_reply_to": header.in_reply_to.as_ref().map(hex),
        "supersedes": header.supersedes.as_ref().map(hex),
        "without_effect": effect.is_some_and(Effect::is_none),
        "superseded_by": superseded,
        "withdrawn_by": withdrawn,
        "withdrawn_in_part_by": in_part,
        "encloses": shown.enclosed.iter()
            .map(|one| enclosures::json(one, catalogue)).collect::<Vec<_>>(),
        "answers": answers.map(|m| m.record.id).collect::<Vec<_>>(),
        "unreadable": shown.message.unreadable_at().map(|stage| stage.word()),
        "verified": shown.verified,
        "notes": shown.message.all_notes().iter()
            .map(|note| note.word()).collect::<Vec<_>>(),
        "form": shown.form.map(|form| fields::json(&without(form, catalogue), catalogue)),
    });
    if let Value::Object(fields) = &mut object {
        fields.extend(standing_json(unlocked, shown));
    }
    context.output.object("message", object);
}

/// What is due next, what is out of the ordinary, and which values fail their check.
fn standing_json(unlocked: &Unlocked, shown: &Shown<'_>) -> [(String, Value); 4] {
    let desk = unlocked.desk();
    let item = view::item(shown.message.clone(), desk, shown.links, clock::now());
    let zones = unlocked.zones([&shown.message.header.sender, desk]);
    let sides: Vec<String> = item.sides().iter().map(view::Side::word).collect();
    let catalogue = unlocked.catalogue();
    let doubts = shown
        .form
        .map_or_else(Vec::new, |form| catalogue.doubts(form));
    let doubts = doubts.iter().map(|doubt| {
        json!({
            "field": doubt.path.numbers(),
            "check": doubt.check.word(),
            "refused": doubt.is_refused,
        })
    });
    [
        ("deadline".into(), json!(item.due.map(words::time_rfc3339))),
        ("deadline_local".into(), local(item.due, &zones)),
        ("sides".into(), json!(sides)),
        ("doubts".into(), doubts.collect()),
    ]
}
