//! `estafette handover`: what is open, signed, to the desk that takes over; and the absence that
//! follows, with that desk as deputy. Spec: duty.md, Hand-over.

use super::context::{Context, Unlocked};
use super::duty;
use super::list::{self, Listing};
use super::send::{Letter, SendOptions, format_named};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::Reader;
use crate::store::Origin;
use crate::view::{Item, Turn};
use crate::words;
use clap::Args;
use estafette_protocol::crypto::Hash;
use estafette_protocol::duty::Entry;
use estafette_protocol::enrolment::show_fingerprint;
use serde_json::json;

/// Hand over to the desk that takes over: what is open, and that yours is absent.
#[derive(Debug, Args)]
#[command(after_help = "\
Handing over moves no clock and makes nobody a reader of an older message: it says what is open. To
another desk it also publishes that yours is absent until then, with that desk as deputy.
Examples:
  estafette handover --print
  estafette handover --to night@spoc.police.xa
  estafette handover --to night@spoc.police.xa --for 10h --dry-run")]
pub(super) struct Handover {
    /// Print what is open, and send nothing
    #[arg(long)]
    print: bool,
    /// How long your desk is absent
    #[arg(
        long = "for", value_name = "TIME", value_parser = words::parse_duration,
        default_value = "12h",
    )]
    time: u64,
    #[command(flatten)]
    options: SendOptions,
}

impl Handover {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let open = open(&unlocked)?;
        let to = match self.options.to.as_slice() {
            [] => None,
            [to] if !self.print => Some(to.clone()),
            [_] => None,
            _ => return Err(one_alone()),
        };
        let Some(to) = to else {
            return print(context, &unlocked, &open);
        };
        let absent = |summary| Entry::Absent {
            until: clock::now().plus(self.time),
            deputy: Some(to.clone()),
            summary,
        };
        super::network::require_enrolled(&mut unlocked)?;
        let own = unlocked.desk().clone();
        // DTY-14: said before anything is sealed.
        duty::judged(&unlocked, &own, absent(None))?;
        let reader = context.reader();
        let letter = Letter {
            text: Some(text(&unlocked, &reader, &open)),
            ..Letter::new(format_named(context, "note")?)
        };
        let letter = letter.with([("subject", Some(reader.say("handover")))]);
        let before = newest(&unlocked)?;
        let sent = self.options.send_from(context, &mut unlocked, letter);
        let note = newest(&unlocked)?;
        if note == before {
            return sent;
        }
        let output = context.output;
        let Some(exit) = under_way(&sent) else {
            output.talk(&format!(
                "✗ {own} is NOT handed over: its note was not taken, and no absence was published."
            ));
            return sent;
        };
        // The note is sealed and goes its way, however far it got while this waited for it.
        let digest = note.map(|(_, digest)| digest);
        duty::publish(context, &mut unlocked, &own, absent(digest))?;
        output.object(
            "handover",
            json!({"desk": own.as_str(), "to": to.as_str(), "open": open.len()}),
        );
        output.talk(&format!(
            "✓ {own} is handed over to {to}, {} open.  Back at the desk:  estafette duty take 8h",
            open.len()
        ));
        Ok(exit)
    }
}

/// How the sending of a sealed note ended, where it goes its way; `None` where it was refused.
const fn under_way(sent: &Outcome<Exit>) -> Option<Exit> {
    match sent {
        Ok(Exit::Refused) | Err(_) => None,
        Ok(exit) => Some(*exit),
    }
}

fn one_alone() -> Box<Failure> {
    Failure::new(
        Exit::Usage,
        "handover",
        "a desk is handed over to one other",
        "Nothing was sent.",
        "the same command with one --to",
    )
}

/// What is open at this desk: whoever's turn it is.
fn open(unlocked: &Unlocked) -> Outcome<Vec<Item>> {
    let mut items = unlocked.items()?;
    items.retain(|item| item.turn != Turn::Nobody);
    list::sort(&mut items);
    Ok(items)
}

/// The newest message that was sealed here.
fn newest(unlocked: &Unlocked) -> Outcome<Option<(u64, Hash)>> {
    let sent = unlocked.account.store.messages()?.into_iter();
    let sent = sent.filter(|message| message.record.origin == Origin::Sent);
    let sent = sent.map(|message| (message.record.id, message.record.digest));
    Ok(sent.max())
}

fn print(context: &Context, unlocked: &Unlocked, open: &[Item]) -> Outcome<Exit> {
    let reader = context.reader();
    let listing = Listing::new(context, unlocked, clock::now());
    for item in open {
        context.output.object("open", listing.json(item));
    }
    for line in text(unlocked, &reader, open).lines() {
        context.output.line(&reader.isolate(line));
    }
    context
        .output
        .talk("Nothing was sent.  Hand over to another desk:  estafette handover --to DESK");
    Ok(Exit::Done)
}

/// One line for each: reference, sender, precedence, how it stands and what is due.
fn text(unlocked: &Unlocked, reader: &Reader<'_>, open: &[Item]) -> String {
    let now = clock::now();
    let head = format!(
        "{}  {}  {}",
        reader.say("handover"),
        unlocked.desk(),
        words::time(now, true)
    );
    let mut lines = vec![head];
    if open.is_empty() {
        lines.push(reader.say("all-quiet"));
    }
    for item in open {
        let (record, header) = (&item.message.record, &item.message.header);
        let sides = item.sides();
        let mut parts = vec![
            reader.format(header.format, header.format_version),
            reader.precedence(header.precedence),
            reader.fill("from-desk", &header.sender),
            reader.summary(record.summary.as_str(), None),
        ];
        let own = item
            .rows
            .iter()
            .find(|row| row.state.desk == *unlocked.desk());
        parts.extend(own.map(|row| reader.say(&format!("rung-{}", row.state.rung().word()))));
        parts.extend(sides.iter().map(|side| reader.side(side)));
        if let Some(due) = item.due {
            let by = reader.fill("due-by", words::time(due, true));
            parts.push(format!("{by} ({})", reader.time_left(due, now)));
        }
        parts.push(show_fingerprint(&record.digest));
        parts.retain(|part| !part.is_empty());
        lines.push(format!("- {}", parts.join(" · ")));
    }
    lines.join("\n")
}
