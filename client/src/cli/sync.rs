//! `estafette sync`: everything out, everything in, once.

use super::context::Context;
use super::list;
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::courier::Event;
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::words;
use clap::Args;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

/// Exchange everything with the relay now.
#[derive(Debug, Args)]
pub(super) struct Sync {
    /// Wait so long at most
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration, default_value = "20s")]
    timeout: u64,
}

impl Sync {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        network::require_enrolled(&mut unlocked)?;
        let before: BTreeSet<u64> = ids(&unlocked.account)?;
        let (mut offset_ms, mut synced) = (0, false);
        // Another process that networks is always about to be synced: the outbox tells.
        let locked_elsewhere = unlocked.account.try_lock()?.is_none();
        let mut done = |account: &Account, progress: &mut Progress| {
            for event in &progress.events {
                if let Event::Linked { clock_offset_ms } = event {
                    offset_ms = *clock_offset_ms;
                }
            }
            synced = progress.synced || locked_elsewhere;
            let empty = account.store.is_idle()?;
            Ok(synced && empty && !waits_for_wraps(account, &before)?)
        };
        let patience = Patience {
            at_most: Duration::from_millis(self.timeout),
            gives_up: true,
        };
        let reach = network::wait(&mut unlocked.account, patience, &mut done)?;
        let (output, now) = (context.output, clock::now());
        let queued = unlocked.account.store.outbox_names()?.len();
        if let Some(failure) = reach.failure(queued) {
            if reach == Reach::Unreachable && queued > 0 {
                network::leave_courier(context, &unlocked)?;
            }
            return Err(failure);
        }
        let mut items = unlocked.items()?;
        items.retain(|item| !before.contains(&item.message.record.id));
        list::Listing::new(context, &unlocked, now).print_all(&items)?;
        let offset = offset_ms.unsigned_abs();
        output.object(
            "synced",
            json!({"new": items.len(), "queued": queued, "clock_offset_ms": offset_ms}),
        );
        output.talk(&format!("✓ synced – {} new, {queued} queued.", items.len()));
        if offset > 30_000 {
            output.talk(&format!(
                "Your clock and your relay's differ by {}: deadlines shown here are off.",
                words::duration(offset)
            ));
        }
        Ok(if queued == 0 {
            Exit::Done
        } else {
            Exit::Pending
        })
    }
}

/// Whether a message that came in now still lacks its key.
fn waits_for_wraps(account: &Account, before: &BTreeSet<u64>) -> Outcome<bool> {
    for (id, digest) in account.store.ids()? {
        if before.contains(&id) {
            continue;
        }
        let message = account.store.message(&digest)?;
        let sealed = crate::store::Content::Sealed;
        if message.is_some_and(|m| m.record.content == sealed) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn ids(account: &Account) -> Outcome<BTreeSet<u64>> {
    Ok(account.store.ids()?.into_iter().map(|(id, _)| id).collect())
}
