//! What commands that sign a statement share: the sealed remark, and waiting until the relay has it.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::courier::{CourierError, state};
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::{Cargo, Entry, Message, Record};
use estafette_protocol::encoding::Bytes;
use estafette_protocol::statement::{Claim, Remark, seal_remark};
use std::time::Duration;

/// How long a command waits for the relay to take what it says.
const TAKEN_WAIT: Duration = Duration::from_secs(8);
/// Most bytes of an officer's name and text together (STA-8).
const REMARK_BYTES_MAX: usize = 1_021;

/// How far what was said got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// The relay has it.
    pub(super) sent: bool,
    /// A process goes on trying.
    pub(super) is_watched: bool,
}

impl Taken {
    /// The end of a line that says so.
    pub(super) const fn says(self) -> &'static str {
        match (self.sent, self.is_watched) {
            (true, _) => "your relay has it",
            (false, true) => "queued here, relay unreachable, will keep trying",
            (false, false) => "queued here, relay unreachable, goes out with the next command",
        }
    }
}

/// Officer's name and text as a sealed remark; `None` where there is neither.
pub(super) fn remark(
    unlocked: &Unlocked,
    message: &Message,
    tag: u8,
    (officer, text): (Option<&str>, Option<&str>),
) -> Outcome<Option<Bytes>> {
    let wrong = |what: String| {
        Failure::new(
            Exit::Usage,
            "remark",
            what,
            "Nothing was said.",
            format!("estafette track {}", message.record.id),
        )
    };
    let parts = [officer, text];
    let len: usize = parts.iter().flatten().map(|part| part.len()).sum();
    if parts.iter().flatten().any(|part| part.contains('\n')) || len > REMARK_BYTES_MAX {
        let what = "name and text are one line each, 1,021 bytes together";
        return Err(wrong(what.to_owned()));
    }
    let Some(key) = message.content_key().filter(|_| len > 0) else {
        return Ok(None);
    };
    let remark = Remark {
        officer: officer.unwrap_or_default().to_owned(),
        text: text.unwrap_or_default().to_owned(),
    };
    let subject = (message.header.status, &message.record.digest, &key);
    let signer = (&unlocked.account.device(), tag);
    let sealed = seal_remark(&remark, subject, signer, &mut clock::random());
    sealed.map(Some).map_err(|error| wrong(error.to_string()))
}

/// Signs what is said of a message, stores and queues it; gives its bytes.
pub(super) fn sign(unlocked: &Unlocked, message: &Message, claim: Claim) -> Outcome<Bytes> {
    let (account, now) = (&unlocked.account, clock::now());
    let statement = state(account, message.record.digest, claim, now);
    let statement = statement.map_err(CourierError::from)?;
    let shown = |record: &mut Record| {
        record.shown_at = record.shown_at.or(Some(now));
    };
    account.store.write()?.add_own(&statement, shown, now)?;
    let bytes = statement.encode().map_err(CourierError::from)?;
    Ok(bytes.into())
}

/// Waits until the relay has taken these statements, or refused them.
pub(super) fn hand_over(
    context: &Context,
    unlocked: &mut Unlocked,
    statements: &[Bytes],
) -> Outcome<Taken> {
    let patience = Patience {
        at_most: TAKEN_WAIT,
        gives_up: true,
    };
    let mut taken = |account: &Account, _: &mut Progress| {
        let outbox = account.store.outbox()?;
        let waits = |entry: &Entry| match &entry.cargo {
            Cargo::Statement(bytes) => statements.contains(bytes),
            Cargo::Envelope => false,
        };
        Ok(!outbox.iter().any(waits))
    };
    let reach = network::wait(&mut unlocked.account, patience, &mut taken)?;
    let sent = reach == Reach::Reached;
    let is_watched = !sent && network::leave_courier(context, unlocked)?;
    Ok(Taken { sent, is_watched })
}

/// Whether a statement of this device still stands: one that the relay refuses does not.
pub(super) fn stands(unlocked: &Unlocked, message: &Message, bytes: &Bytes) -> Outcome<bool> {
    let held = unlocked.account.store.message(&message.record.digest)?;
    Ok(held.is_some_and(|held| held.record.statements.contains(bytes)))
}
