//! `estafette list`, and the lines in which lists show messages.

use super::context::{Context, Unlocked};
use super::track::local;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::labels::ENGLISH;
use crate::output::Output;
use crate::render::{Reader, columns, cut, pad, wrap};
use crate::store::Store;
use crate::view::{Item, Side, Turn, lowest_rung};
use crate::words;
use clap::{Args, ValueEnum};
use estafette_protocol::address::Desk;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// Columns before what a message is about.
const INDENT: usize = 9;
/// Columns of how a message stands.
const STATE_COLUMNS: usize = 34;
/// Columns of how a message stands and from whom it is, where it fits on one line with the rest.
const HEAD_COLUMNS: usize = 78;
/// Columns from which on a message is one line.
const ONE_LINE: usize = 120;

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
    /// What was acknowledged and is not answered or over yet
    Acknowledged,
    /// What this desk has sent
    Sent,
    /// What has not left this machine
    Queued,
    /// What will not arrive
    Undeliverable,
    /// What somebody should have acknowledged or answered by now
    Overdue,
    /// What your relay keeps until its time, or until it is released
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
            Some(Which::Acknowledged) => item.turn == Turn::Acknowledged,
            Some(Which::Sent) => item.message.header.sender == desk,
            Some(Which::Queued) => {
                let digest = &item.message.record.digest;
                queued.iter().any(|entry| {
                    entry.subject == *digest && entry.cargo == crate::store::Cargo::Envelope
                })
            }
            Some(Which::Undeliverable) => has(item, Side::is_negative),
            Some(Which::Overdue) => has(item, |side| {
                matches!(
                    side,
                    Side::Overdue | Side::AnswerOverdue | Side::NotRelayed | Side::RelaySilent
                )
            }),
            Some(Which::Held) => has(item, |side| {
                matches!(side, Side::Held { .. } | Side::Unreleased { .. })
            }),
        });
        sort(&mut items);
        let listing = Listing::new(context, &unlocked, clock::now());
        listing.print_all(&items)?;
        if items.is_empty() {
            context.output.talk(&listing.reader.say("nothing"));
        }
        Ok(Exit::Done)
    }
}

fn has(item: &Item, fits: impl Fn(&Side) -> bool) -> bool {
    item.rows.iter().flat_map(|row| &row.sides).any(fits)
}

/// By time left, the overdue ones first and those without a deadline last; then the newest first.
/// What is no exercise or test goes before all that is one.
pub(super) fn sort(items: &mut [Item]) {
    let far = UnixMillis(u64::MAX);
    items.sort_by_key(|item| {
        let id = std::cmp::Reverse(item.message.record.id);
        (item.message.header.status, item.due.unwrap_or(far), id)
    });
}

/// How messages are listed for one reader.
pub(super) struct Listing<'a> {
    output: Output,
    pub(super) reader: Reader<'a>,
    unlocked: &'a Unlocked,
    desk: &'a Desk,
    store: &'a Store,
    now: UnixMillis,
}

impl<'a> Listing<'a> {
    pub(super) fn new(context: &'a Context, unlocked: &'a Unlocked, now: UnixMillis) -> Self {
        Self {
            output: context.output,
            reader: context.reader(),
            unlocked,
            desk: unlocked.desk(),
            store: &unlocked.account.store,
            now,
        }
    }

    pub(super) fn print_all(&self, items: &[Item]) -> Outcome<()> {
        items.iter().try_for_each(|item| self.print(item))
    }

    /// Prints a message as one or two lines, or as one object.
    pub(super) fn print(&self, item: &Item) -> Outcome<()> {
        if self.output.json {
            self.output.object("message", self.json(item));
            return Ok(());
        }
        let head = self.head(item);
        let about = self.about(item)?;
        let is_wide = self.reader.width >= ONE_LINE && columns(&head) <= HEAD_COLUMNS;
        if is_wide {
            let width = self.reader.width - HEAD_COLUMNS - 2;
            let about = self.reader.isolate(&cut(&about, width, self.reader.ascii));
            let line = format!("{}  {about}", pad(&head, HEAD_COLUMNS));
            self.output.line(line.trim_end());
            return Ok(());
        }
        for (at, line) in wrap(&head, self.reader.width - INDENT).iter().enumerate() {
            let indent = if at == 0 { 0 } else { INDENT };
            self.output.line(&format!("{}{line}", " ".repeat(indent)));
        }
        let about = cut(&about, self.reader.width - INDENT, self.reader.ascii);
        let about = self.reader.isolate(&about);
        self.output.line(&format!("{}{about}", " ".repeat(INDENT)));
        Ok(())
    }

    /// Id, how it stands, and from whom or to whom it is.
    fn head(&self, item: &Item) -> String {
        let (record, header) = (&item.message.record, &item.message.header);
        let reader = &self.reader;
        let alarm = match header.precedence.is_urgent() {
            true => reader.alarm(),
            false => "",
        };
        let who = reader.counterpart(header, self.desk);
        let state = reader.isolate(&self.state(item));
        format!(
            "{} {:>4}  {}  {}",
            pad(alarm, 2),
            record.id,
            pad(&state, STATE_COLUMNS),
            reader.isolate(&who),
        )
    }

    /// How a message stands, and how much time is left.
    fn state(&self, item: &Item) -> String {
        let reader = &self.reader;
        let mut parts = reader.states(item, self.desk);
        if let Some(due) = item.counts_down_to(self.now) {
            parts.push(reader.time_left(due, self.now));
            let zones = self.zones(item);
            parts.extend((!zones.is_empty()).then(|| reader.time_in_zones(due, &zones)));
        }
        parts.join(", ")
    }

    /// The time zones of those concerned, where they are known.
    fn zones(&self, item: &Item) -> Vec<&'a str> {
        let header = &item.message.header;
        let acting = item.rows.iter().filter(|row| row.is_asked());
        let desks = acting.map(|row| &row.state.desk);
        let desks: Vec<Desk> = std::iter::once(&header.sender)
            .chain(desks)
            .cloned()
            .collect();
        self.unlocked.zones(&desks)
    }

    /// Status, format and one line of what it says.
    fn about(&self, item: &Item) -> Outcome<String> {
        // The words of codes in a summary are English ones.
        let form = match self.reader.language == ENGLISH {
            true => None,
            false => self.store.form(&item.message.record.digest)?,
        };
        Ok(self.reader.gist(item, form.as_ref()))
    }

    /// A message for programs, in no language.
    pub(super) fn json(&self, item: &Item) -> serde_json::Value {
        let (record, header) = (&item.message.record, &item.message.header);
        let is_sent = header.sender == *self.desk;
        let own = item.rows.iter().find(|row| row.state.desk == *self.desk);
        let marks = item.marks().into_iter().map(str::to_owned);
        let sides: Vec<String> = marks.chain(item.sides().iter().map(Side::word)).collect();
        let format = self
            .reader
            .catalogue
            .format(header.format, header.format_version);
        json!({
            "id": record.id,
            "digest": hex::encode(record.digest.as_slice()),
            "direction": if is_sent { "sent" } else { "received" },
            "from": header.sender.as_str(),
            "to": header.addressees.iter().map(|a| a.desk.as_str()).collect::<Vec<_>>(),
            "format": format.map_or_else(
                || format!("format {}", header.format),
                |format| format.word.clone(),
            ),
            "precedence": header.precedence.word(),
            "status": header.status.word(),
            "created": words::time_rfc3339(header.created),
            "not_before": header.not_before.map(words::time_rfc3339),
            "stored": words::time_rfc3339(record.stored_at),
            "turn": turn_word(item.turn),
            "awaits_release": item.awaits_release,
            "rung": if is_sent { Some(lowest_rung(&item.rows).word()) } else { None },
            "due": item.due.map(words::time_rfc3339),
            "due_local": local(item.due, &self.zones(item)),
            "standing": own.map(|row| row.standing.word()),
            "sides": sides,
            "summary": record.summary.as_str(),
        })
    }
}

const fn turn_word(turn: Turn) -> &'static str {
    match turn {
        Turn::Ours => "ours",
        Turn::Theirs => "theirs",
        Turn::Problem => "problem",
        Turn::Acknowledged => "acknowledged",
        Turn::Nobody => "nobody",
    }
}
