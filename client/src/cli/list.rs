//! `estafette list`, and the lines in which lists show messages.

use super::context::Context;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;
use crate::view::{Item, Side, Turn, lowest_rung};
use crate::words::{self, visible};
use clap::{Args, ValueEnum};
use estafette_protocol::address::Desk;
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// List messages.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Which; all where it is left out
    #[arg(value_enum)]
    which: Option<Which>,
}

/// Which messages are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// What waits for this desk
    NeedsMe,
    /// What this desk has sent
    Sent,
    /// What has not left this machine
    Queued,
    /// What will not arrive
    Undeliverable,
    /// What somebody should have acknowledged by now
    Overdue,
    /// What your relay keeps until its time
    Held,
}

impl List {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let unlocked = context.unlock()?;
        let queued: Vec<_> = match self.which {
            Some(Which::Queued) => unlocked.account.store.outbox()?,
            _ => Vec::new(),
        };
        let desk = unlocked.desk().clone();
        let mut items = unlocked.items()?;
        items.retain(|item| match self.which {
            None => true,
            Some(Which::NeedsMe) => item.turn == Turn::Ours,
            Some(Which::Sent) => item.message.header.sender == desk,
            Some(Which::Queued) => {
                let digest = &item.message.record.digest;
                queued.iter().any(|entry| {
                    entry.subject == *digest && entry.cargo == crate::store::Cargo::Envelope
                })
            }
            Some(Which::Undeliverable) => has(item, Side::is_negative),
            Some(Which::Overdue) => has(item, |side| *side == Side::Overdue),
            Some(Which::Held) => held_until(item).is_some(),
        });
        sort(&mut items);
        let now = clock::now();
        for item in &items {
            print(context.output, item, &desk, now);
        }
        if items.is_empty() {
            context.output.talk("Nothing.");
        }
        Ok(Exit::Done)
    }
}

fn has(item: &Item, fits: impl Fn(&Side) -> bool) -> bool {
    item.rows.iter().flat_map(|row| &row.sides).any(fits)
}

/// Until when a message of ours is kept by our relay.
fn held_until(item: &Item) -> Option<UnixMillis> {
    let sides = item.rows.iter().flat_map(|row| &row.sides);
    let mut times = sides.filter_map(|side| match side {
        Side::Held { until } => Some(*until),
        _ => None,
    });
    times.next()
}

/// By time left, then the newest first.
pub(super) fn sort(items: &mut [Item]) {
    let far = UnixMillis(u64::MAX);
    items.sort_by_key(|item| {
        let id = std::cmp::Reverse(item.message.record.id);
        (item.message.header.status, item.due.unwrap_or(far), id)
    });
}

/// Prints a message as one line, or as one object.
pub(super) fn print(output: Output, item: &Item, desk: &Desk, now: UnixMillis) {
    let (record, header) = (&item.message.record, &item.message.header);
    let sent = header.sender == *desk;
    let rung = lowest_rung(&item.rows);
    let sides = sides(item);
    output.object(
        "message",
        json!({
            "id": record.id,
            "digest": hex::encode(record.digest.as_slice()),
            "direction": if sent { "sent" } else { "received" },
            "from": header.sender.as_str(),
            "to": header.addressees.iter().map(|a| a.desk.as_str()).collect::<Vec<_>>(),
            "format": format_word(item),
            "precedence": header.precedence.word(),
            "status": header.status.word(),
            "created": words::time_rfc3339(header.created),
            "not_before": header.not_before.map(words::time_rfc3339),
            "stored": words::time_rfc3339(record.stored_at),
            "turn": turn_word(item.turn),
            "rung": if sent { Some(rung.word()) } else { None },
            "due": item.due.map(words::time_rfc3339),
            "sides": sides,
            "summary": record.summary.as_str(),
        }),
    );
    let alarm = match header.precedence.is_urgent() {
        true => output.symbols().alarm,
        false => " ",
    };
    let mark = match header.status {
        Status::Actual => String::new(),
        other => format!("{} ", other.word().to_uppercase()),
    };
    let who = match sent {
        true => {
            let first = header.addressees.first();
            let first = first.map_or(String::new(), |a| a.desk.to_string());
            let more = header.addressees.len().saturating_sub(1);
            match more {
                0 => format!("to {first}"),
                more => format!("to {first} +{more}"),
            }
        }
        false => format!("from {}", header.sender),
    };
    let state = match (sent, item.turn) {
        _ if !sides.is_empty() => sides.join(", "),
        (true, _) => rung.word().to_owned(),
        (false, Turn::Ours) if record.shown_at.is_none() => "new".to_owned(),
        (false, Turn::Ours) => "to acknowledge".to_owned(),
        (false, _) => own_rung(item, desk),
    };
    let state = match (held_until(item), item.due) {
        (Some(until), _) => format!("{state} until {}", output.time(until)),
        (None, Some(due)) => format!("{state}, {}", words::time_left(due, now)),
        (None, None) => state,
    };
    let line = format!(
        "{alarm} {:>4}  {:<5} {who:<26}  {state:<32}  {mark}{}",
        record.id,
        format_word(item).to_uppercase(),
        visible(record.summary.as_str(), false),
    );
    output.line(line.trim_end());
}

fn own_rung(item: &Item, desk: &Desk) -> String {
    let own = item.rows.iter().find(|row| row.state.desk == *desk);
    own.map_or_else(
        || "copy".to_owned(),
        |row| row.state.rung().word().to_owned(),
    )
}

/// What is out of the ordinary with any addressee, each thing once.
fn sides(item: &Item) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if let Some(stage) = item.message.unreadable_at() {
        words.push(format!("unreadable:{}", stage.word()));
    }
    for side in item.rows.iter().flat_map(|row| &row.sides) {
        let word = side.word();
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words
}

const fn turn_word(turn: Turn) -> &'static str {
    match turn {
        Turn::Ours => "ours",
        Turn::Theirs => "theirs",
        Turn::Problem => "problem",
        Turn::Nobody => "nobody",
    }
}

fn format_word(item: &Item) -> String {
    let header = &item.message.header;
    let format = Catalogue::built_in().format(header.format, header.format_version);
    format.map_or_else(|| format!("format {}", header.format), |f| f.word.clone())
}
