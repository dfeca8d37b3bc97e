//! `estafette undo`: takes back the last thing that was said here and has not left yet, or that the
//! own relay still keeps.

use super::context::{Context, Unlocked};
use super::outbox::{Dropped, dropped};
use crate::clock;
use crate::deferral::{self, Taken};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::{Cargo, Entry, Fate, Message, Origin};
use crate::view;
use crate::words::visible;
use clap::Args;
use estafette_protocol::encoding::Bytes;
use estafette_protocol::statement::{self, Claim};
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Problem;
use serde_json::json;

/// Take back the last thing that has not left, or that your relay still keeps.
#[derive(Debug, Args)]
#[command(after_help = "\
What has left is taken back by saying so, which its readers see: estafette correct, withdraw, or
ack --retract.
Examples:
  estafette undo --dry-run
  estafette undo")]
pub(super) struct Undo {
    /// Say what it would be, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Something that can still be taken back.
enum Last {
    /// A message in the outbox, or held by the own relay.
    Message(Box<Message>),
    /// A statement in the outbox, with its word.
    Statement(Box<Message>, Bytes, &'static str),
}

impl Undo {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let Some(last) = last(&unlocked)? else {
            return Err(Failure::new(
                Exit::Failed,
                "nothing-to-undo",
                "nothing of yours is still queued or held",
                "What has left is taken back by saying so, which its readers see.",
                "estafette list sent      then  estafette correct ID  or  withdraw ID",
            ));
        };
        let (id, what, about) = describe(&last);
        let output = context.output;
        if self.dry_run {
            output.object("undo", json!({"id": id, "what": what, "done": false}));
            output.line(&format!("{id:>4}  {what}  {about}"));
            output.talk("Nothing was changed.");
            return Ok(Exit::Done);
        }
        let (exit, says) = match &last {
            Last::Statement(message, bytes, _) => {
                let writing = unlocked.account.store.write()?;
                match writing.unsay(&message.record.digest, bytes)? {
                    true => (Exit::Done, "taken back, nothing was sent"),
                    false => return Err(too_late(id)),
                }
            }
            Last::Message(message) => {
                let asked = deferral::take_back(&unlocked.account, message, clock::now())?;
                let end = match asked {
                    Taken::Unsent => Dropped::Unsent,
                    Taken::Asked | Taken::Dropped => {
                        dropped(&mut unlocked, &message.record.digest)?
                    }
                };
                match end {
                    Dropped::Unsent => (Exit::Done, "taken back, nothing was sent"),
                    Dropped::ByRelay => (
                        Exit::Done,
                        "taken back, your relay dropped it and nobody got it",
                    ),
                    Dropped::NotYet => (
                        Exit::Pending,
                        "your relay is asked to drop it and has not answered",
                    ),
                }
            }
        };
        let done = exit == Exit::Done;
        output.object("undo", json!({"id": id, "what": what, "done": done}));
        let check = if done { "✓ " } else { "" };
        output.talk(&format!(
            "{check}{id} {what}: {says}.  Look:  estafette track {id}"
        ));
        Ok(exit)
    }
}

fn describe(last: &Last) -> (u64, &'static str, String) {
    let (message, what) = match last {
        Last::Message(message) => (message, "message"),
        Last::Statement(message, _, word) => (message, *word),
    };
    let about = visible(message.record.summary.as_str(), false);
    (message.record.id, what, about)
}

fn too_late(id: u64) -> Box<Failure> {
    Failure::new(
        Exit::Failed,
        "too-late",
        format!("what was said of {id} has left in the meantime"),
        "What has left is taken back by saying so, which its readers see.",
        format!("estafette track {id}"),
    )
}

/// The newest of what a person has said here and can take back.
fn last(unlocked: &Unlocked) -> Outcome<Option<Last>> {
    let store = &unlocked.account.store;
    let mut found: Option<(UnixMillis, Last)> = None;
    let mut offer = |at: UnixMillis, last: Last| {
        if found.as_ref().is_none_or(|(newest, _)| *newest <= at) {
            found = Some((at, last));
        }
    };
    for entry in store.outbox()?.into_iter().filter(|entry| !entry.attempted) {
        let Some(message) = store.message(&entry.subject)? else {
            continue;
        };
        if let Some(last) = queued(&entry, message) {
            offer(entry.queued_at, last);
        }
    }
    for message in store.messages()? {
        if is_kept(unlocked, &message) {
            offer(message.record.stored_at, Last::Message(Box::new(message)));
        }
    }
    Ok(found.map(|(_, last)| last))
}

/// What an entry of the outbox is, where a person has made it.
fn queued(entry: &Entry, message: Message) -> Option<Last> {
    let Cargo::Statement(bytes) = &entry.cargo else {
        return Some(Last::Message(Box::new(message)));
    };
    let signed = statement::decode(bytes.as_slice()).ok()?;
    let claim = &signed.value().claim;
    let by_itself = matches!(
        claim,
        Claim::Delivered
            | Claim::Opened
            | Claim::Answered { .. }
            | Claim::Unreadable { .. }
            | Claim::Rewrapped { .. }
            | Claim::Cancelled
    );
    (!by_itself).then(|| Last::Statement(Box::new(message), bytes.clone(), claim.word()))
}

/// Whether the own relay keeps a message of this device until its time, or until it is released.
fn is_kept(unlocked: &Unlocked, message: &Message) -> bool {
    let ours = message.header.sender == *unlocked.desk()
        && message.record.origin == Origin::Sent
        && message.record.fate == Fate::Ordinary;
    let now = clock::now();
    let is_held = |problem: &Option<Problem>| matches!(problem, Some(Problem::Held { .. }));
    let is_asked = view::is_cancel_asked(message) || view::is_dropped(message);
    let rows = view::rows(message, now);
    let kept = rows.iter().all(|row| {
        let waits = row
            .sides
            .iter()
            .any(|side| matches!(side, view::Side::Held { .. }));
        waits || is_held(&row.state.problem)
    });
    ours && !is_asked && kept
}
