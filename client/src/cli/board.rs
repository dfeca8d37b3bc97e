//! Bare `estafette`: what needs this desk, what it waits for, what is wrong, what was taken on.
//! Never networks.

use super::context::Context;
use super::list::{self, Listing};
use crate::calendar::{agenda, reminders_due};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::render::{Reader, cut};
use crate::store::Store;
use crate::view::{Item, Turn};
use crate::words::time_rfc3339;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::envelope::Stage;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde_json::{Value, json};

/// Most messages of one part of the board.
const ITEMS_MAX: usize = 20;
/// How long a gateway is shown what it was told, in milliseconds.
const NOTICE_MS: u64 = 7 * DAY_MS;

pub(super) fn run(context: &Context) -> Outcome<Exit> {
    let unlocked = context.unlock()?;
    let (output, now) = (context.output, clock::now());
    let mut items = unlocked.items()?;
    list::sort(&mut items);
    // What expired a day ago is nothing to act on any more; lists still show it.
    let is_over = |item: &Item| {
        let is_due = item.due.is_some_and(|due| due > now);
        now > item.message.header.expires.plus(DAY_MS) && !is_due
    };
    let of = |turn: Turn| -> Vec<&Item> {
        let fits = |item: &&Item| item.turn == turn && (turn == Turn::Ours || !is_over(item));
        items.iter().filter(fits).collect()
    };
    let listing = Listing::new(context, &unlocked, now);
    let reader = listing.reader;
    let parts = [
        (reader.say("needs-you"), of(Turn::Ours)),
        (reader.say("waiting-for-others"), of(Turn::Theirs)),
        (reader.say("problems"), of(Turn::Problem)),
        (reader.say("taken-on"), of(Turn::Acknowledged)),
    ];
    let queued = unlocked.account.store.outbox_names()?.len();
    let enrolled = unlocked.account.enrolled_at().is_some();
    let counts: Vec<usize> = parts.iter().map(|(_, items)| items.len()).collect();
    output.object(
        "board",
        json!({
            "desk": unlocked.desk().as_str(),
            "enrolled": enrolled,
            "needs_you": counts.first(),
            "waiting": counts.get(1),
            "problems": counts.get(2),
            "acknowledged": counts.get(3),
            "queued": queued,
        }),
    );
    output.line(&format!(
        "{}   {}   {}",
        unlocked.desk(),
        output.time(now),
        reader.isolate(&reader.fill("queued", queued)),
    ));
    if !enrolled {
        output.line("");
        output.line(&reader.isolate(&reader.say("not-enrolled")));
        output.line("→ estafette join --wait");
        return Ok(Exit::Done);
    }
    remind(context, &unlocked.account.store, now)?;
    notices(context, &unlocked.account.store, now)?;
    for (title, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        output.line("");
        output.line(&format!("{} ({})", reader.isolate(title), part.len()));
        for item in part.iter().take(ITEMS_MAX) {
            listing.print(item)?;
        }
        if let more @ 1.. = part.len().saturating_sub(ITEMS_MAX) {
            let more = reader.isolate(&reader.fill("more", more));
            output.line(&format!("  … {more}   → estafette list"));
        }
    }
    if counts.iter().all(|count| *count == 0) {
        empty(context);
    }
    Ok(Exit::Done)
}

fn empty(context: &Context) {
    let (output, reader) = (context.output, context.reader());
    output.line("");
    output.line(&reader.isolate(&reader.say("all-quiet")));
    let hints = [
        ("estafette flag TEXT --to DESK", reader.say("raise-a-flag")),
        ("estafette sync", reader.say("look-for-new")),
    ];
    for (command, what) in hints {
        output.line(&format!("→ {command:<32}  {}", reader.isolate(&what)));
    }
}

/// That a message of a colleague's desk is overdue, in words.
fn overdue(reader: &Reader<'_>, claim: &Claim, now: UnixMillis) -> String {
    let Claim::Overdue {
        sender,
        desk,
        clock,
        precedence,
        due,
    } = claim
    else {
        return String::new();
    };
    let arrow = if reader.ascii { "->" } else { "→" };
    format!(
        "{sender} {arrow} {desk}  {}  {}: {}, {}",
        reader.precedence(*precedence),
        reader.say("side-overdue"),
        reader.say(&format!("clock-{}", clock.word())),
        reader.time_left(*due, now),
    )
}

fn overdue_json(claim: &Claim) -> Option<Value> {
    match claim {
        Claim::Overdue {
            sender,
            desk,
            clock,
            precedence,
            due,
        } => Some(json!({
            "sender": sender.as_str(), "desk": desk.as_str(), "clock": clock.word(),
            "precedence": precedence.word(), "due": time_rfc3339(*due),
        })),
        _ => None,
    }
}

/// What this desk is told of messages that it does not have.
// ESC-2, HND-25, RTE-23
fn notices(context: &Context, store: &Store, now: UnixMillis) -> Outcome<()> {
    let (output, reader) = (context.output, context.reader());
    let mut told = store.notices()?;
    told.retain(|signed| now.since(signed.value().at) < NOTICE_MS);
    if !told.is_empty() {
        output.line("");
        output.line(&reader.isolate(&reader.say("notices")));
    }
    for signed in told.iter().take(ITEMS_MAX) {
        let said = signed.value();
        let by = match &said.signer.desk {
            Some(desk) => desk.to_string(),
            None => reader.fill("relay-of", &said.signer.agency),
        };
        let (word, says) = match &said.claim {
            Claim::Unreadable { stage } => {
                let stage = Stage::from_code(*stage).map_or("unknown", Stage::word);
                let says = reader.say("side-non-compliance");
                ("non-compliance", format!("{says}: {stage}"))
            }
            Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => {
                let notes: Vec<String> = judged.notes.iter().map(|note| note.word()).collect();
                ("receipt", notes.join(", "))
            }
            Claim::Overdue { .. } => ("overdue", overdue(&reader, &said.claim, now)),
            _ => continue,
        };
        let digest = show_fingerprint(&said.subject);
        let mut notice = json!({
            "notice": word, "digest": hex::encode(said.subject.as_slice()),
            "by": by, "at": time_rfc3339(said.at), "says": says,
        });
        if let (Value::Object(fields), Some(Value::Object(more))) =
            (&mut notice, overdue_json(&said.claim))
        {
            fields.extend(more);
        }
        output.object("notice", notice);
        let line = format!(
            "  {}  {says}  {by}  {}",
            reader.alarm(),
            reader.time(said.at)
        );
        output.line(&cut(&line, reader.width, reader.ascii));
        output.line(&format!("      {digest}"));
    }
    Ok(())
}

/// The briefings that one wants to be reminded of now.
fn remind(context: &Context, store: &Store, now: UnixMillis) -> Outcome<()> {
    let (output, reader) = (context.output, context.reader());
    let entries = agenda(store)?;
    let reminders = reminders_due(&entries, now);
    if !reminders.is_empty() {
        output.line("");
        output.line(&reader.isolate(&reader.say("reminders")));
    }
    for reminder in reminders {
        let starts = reminder.occurrence.starts;
        let entry = entries.iter().find(|e| e.message.record.id == reminder.id);
        let title = entry.and_then(|entry| entry.briefing.title.as_deref());
        let title = reader.foreign(title.unwrap_or_default());
        output.object(
            "reminder",
            json!({"id": reminder.id, "starts": time_rfc3339(starts), "title": title}),
        );
        let line = format!("  {:>4}  {}  {title}", reminder.id, reader.time(starts));
        output.line(&cut(&line, reader.width, reader.ascii));
    }
    Ok(())
}
