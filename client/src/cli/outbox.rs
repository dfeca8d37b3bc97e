//! `estafette outbox`: what has not left this machine, why, and what can still be done about it.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::{Cargo, Fate, Message, Record};
use crate::view::code_word;
use crate::words::{self, visible};
use clap::{Args, Subcommand};
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
    /// Take back what was never handed to a relay
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
            OutboxAction::Cancel { ids } => cancel(context, &unlocked, &ids),
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

fn cancel(context: &Context, unlocked: &Unlocked, ids: &[String]) -> Outcome<Exit> {
    for message in unlocked.resolve(ids)? {
        let (id, digest) = (message.record.id, message.record.digest);
        let writing = unlocked.account.store.write()?;
        let pending = writing.pending()?;
        let entry = pending
            .iter()
            .find(|p| p.entry.subject == digest && p.entry.cargo == Cargo::Envelope);
        let failure = |word, what: String, why| {
            Failure::new(
                Exit::Failed,
                word,
                what,
                why,
                format!("estafette track {id}"),
            )
        };
        let Some(entry) = entry else {
            let what = format!("{id} is not in the outbox");
            return Err(failure("not-queued", what, "Nothing was changed."));
        };
        if entry.entry.attempted {
            let what = format!("{id} was handed to your relay, which may have it");
            let why = "What may have left cannot be taken back; it stays in the outbox.";
            return Err(failure("already-tried", what, why));
        }
        let cancelled = |record: &mut Record| record.fate = Fate::Cancelled;
        writing.update(&digest, cancelled)?;
        writing.remove_pending(&entry.name)?;
        context.output.object("cancelled", json!({"id": id}));
        context
            .output
            .talk(&format!("✓ {id} cancelled, nothing was sent."));
    }
    Ok(Exit::Done)
}
