//! `estafette outbox`: what has not left this machine, why, and what can still be done about it.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::deferral::{self, DeferralError, Taken};
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::{Cargo, Fate, Message, StoreError};
use crate::view::code_word;
use crate::words::{self, visible};
use clap::{Args, Subcommand};
use estafette_protocol::crypto::Hash;
use serde_json::json;
use std::time::Duration;

/// How long `retry` waits for the outbox to empty.
const RETRY_WAIT: Duration = Duration::from_secs(15);

/// What has not left this machine yet.
#[derive(Debug, Args)]
pub(super) struct Outbox {
    #[command(subcommand)]
    action: Option<OutboxAction>,
}

#[derive(Debug, Subcommand)]
enum OutboxAction {
    /// List it
    List,
    /// Try again now; with ids, also what the relay answered with a fault
    Retry {
        /// Small ids, or beginnings of digests
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// Take back what was never handed to a relay, or is held by it until its time
    Cancel {
        /// Small ids, or beginnings of digests
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

impl Outbox {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        match self.action.unwrap_or(OutboxAction::List) {
            OutboxAction::List => list(context, &unlocked),
            OutboxAction::Retry { ids } => retry(context, &mut unlocked, &ids),
            OutboxAction::Cancel { ids } => cancel(context, &mut unlocked, &ids),
        }
    }
}

fn list(context: &Context, unlocked: &Unlocked) -> Outcome<Exit> {
    let (output, store, now) = (context.output, &unlocked.account.store, clock::now());
    let mut any = false;
    for entry in store.outbox()? {
        let Some(message) = store.message(&entry.subject)? else {
            continue;
        };
        any = true;
        let what = match &entry.cargo {
            Cargo::Envelope => "message",
            Cargo::Statement(_) => "receipt",
        };
        let since = words::duration(now.since(entry.queued_at));
        let tried = if entry.attempted {
            "tried"
        } else {
            "not tried yet"
        };
        output.object(
            "queued",
            json!({
                "id": message.record.id,
                "what": what,
                "queued": words::time_rfc3339(entry.queued_at),
                "attempted": entry.attempted,
                "retry_at": entry.retry_at.map(words::time_rfc3339),
            }),
        );
        let summary = visible(message.record.summary.as_str(), false);
        let id = message.record.id;
        output.line(&format!(
            "{id:>4}  {what:<8} for {since:<12} {tried:<14} {summary}"
        ));
    }
    for message in failed(unlocked)? {
        any = true;
        let id = message.record.id;
        let reason = fault_word(&message);
        output.object("undeliverable", json!({"id": id, "reason": reason}));
        output.line(&format!(
            "{id:>4}  message  {reason:<19} not sent again by itself:  estafette outbox retry {id}"
        ));
    }
    if !any {
        output.talk("The outbox is empty.");
    }
    Ok(Exit::Done)
}

fn failed(unlocked: &Unlocked) -> Outcome<Vec<Message>> {
    let mut messages = unlocked.account.store.messages()?;
    messages.retain(|m| matches!(m.record.fate, Fate::Faulted(_) | Fate::ExpiredHere));
    Ok(messages)
}

fn fault_word(message: &Message) -> &'static str {
    match message.record.fate {
        Fate::Faulted(code) => code_word(code),
        _ => "expired-in-outbox",
    }
}

fn retry(context: &Context, unlocked: &mut Unlocked, ids: &[String]) -> Outcome<Exit> {
    let now = clock::now();
    for message in unlocked.resolve(ids)? {
        if matches!(message.record.fate, Fate::Faulted(_)) {
            let writing = unlocked.account.store.write()?;
            writing.requeue(&message.record.digest, now)?;
        }
    }
    let writing = unlocked.account.store.write()?;
    for mut pending in writing.pending()? {
        if pending.entry.retry_at.take().is_some() {
            writing.set_pending(&pending)?;
        }
    }
    drop(writing);
    let patience = Patience {
        at_most: RETRY_WAIT,
        gives_up: true,
    };
    let mut empty =
        |account: &Account, _: &mut Progress| Ok(account.store.outbox_names()?.is_empty());
    let reach = network::wait(&mut unlocked.account, patience, &mut empty)?;
    let left = unlocked.account.store.outbox_names()?.len();
    context.output.object("outbox", json!({"queued": left}));
    if left == 0 {
        context.output.talk("✓ The outbox is empty.");
        return Ok(Exit::Done);
    }
    match reach.failure(left) {
        Some(failure) => {
            if reach == Reach::Unreachable {
                network::leave_courier(context, unlocked)?;
            }
            Err(failure)
        }
        None => Ok(Exit::Pending),
    }
}

/// Takes back what no relay has, and what the own relay holds until its time.
fn cancel(context: &Context, unlocked: &mut Unlocked, ids: &[String]) -> Outcome<Exit> {
    let mut exit = Exit::Done;
    for message in unlocked.resolve(ids)? {
        let id = message.record.id;
        let taken = deferral::take_back(&unlocked.account, &message, clock::now());
        let end = match taken {
            Err(DeferralError::NotDeferred) => return Err(has_left(unlocked, &message)?),
            Ok(Taken::Asked) => dropped(unlocked, &message.record.digest)?,
            taken => match taken? {
                Taken::Unsent => Dropped::Unsent,
                Taken::Asked | Taken::Dropped => Dropped::ByRelay,
            },
        };
        let said = match end {
            Dropped::Unsent => format!("✓ {id} cancelled, nothing was sent."),
            Dropped::ByRelay => {
                format!("✓ {id} cancelled, your relay dropped it and nobody got it.")
            }
            Dropped::NotYet => {
                exit = Exit::Pending;
                format!(
                    "{id}: your relay is asked to drop it and has not answered.  Watch it:  estafette track {id}"
                )
            }
        };
        let object = match end {
            Dropped::Unsent | Dropped::ByRelay => "cancelled",
            Dropped::NotYet => "cancel-asked",
        };
        context.output.object(object, json!({"id": id}));
        context.output.talk(&said);
    }
    Ok(exit)
}

/// How taking back ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// It had never left.
    Unsent,
    /// The relay has dropped it.
    ByRelay,
    /// The relay was asked, and has not said anything.
    NotYet,
}

/// Waits for the relay's word on a message that it was asked to drop.
pub(super) fn dropped(unlocked: &mut Unlocked, digest: &Hash) -> Outcome<Dropped> {
    let answer = |account: &Account| {
        let message = account.store.message(digest)?;
        Ok::<_, StoreError>(message.and_then(|m| deferral::outcome(&m, clock::now())))
    };
    let patience = Patience {
        at_most: RETRY_WAIT,
        gives_up: true,
    };
    let mut answered = |account: &Account, _: &mut Progress| Ok(answer(account)?.is_some());
    network::wait(&mut unlocked.account, patience, &mut answered)?;
    Ok(match answer(&unlocked.account)?.transpose()? {
        Some(Taken::Unsent) => Dropped::Unsent,
        Some(Taken::Asked | Taken::Dropped) => Dropped::ByRelay,
        None => Dropped::NotYet,
    })
}

/// Why a message that never had to wait is not taken back.
fn has_left(unlocked: &Unlocked, message: &Message) -> Outcome<Box<Failure>> {
    let (id, digest) = (message.record.id, message.record.digest);
    let outbox = unlocked.account.store.outbox()?;
    let mut entries = outbox.iter();
    let is_here = entries.any(|entry| entry.subject == digest && entry.cargo == Cargo::Envelope);
    let (word, what, why) = match is_here {
        false => (
            "not-queued",
            format!("{id} is not in the outbox"),
            "Nothing was changed.",
        ),
        true => (
            "already-tried",
            format!("{id} was handed to your relay, which may have it"),
            "What may have left cannot be taken back; it stays in the outbox.",
        ),
    };
    let next = format!("estafette track {id}");
    Ok(Failure::new(Exit::Failed, word, what, why, next))
}
