//! Messages that leave later, and taking one back before it does. Spec: envelope.md, Deferral;
//! statement.md, Cancelling.
//!
//! Decides until when a message may wait and what taking it back takes. The own relay does the
//! waiting, and says by a signed statement that it dropped a message.

use crate::account::Account;
use crate::compose::Plan;
use crate::courier::{CourierError, state};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::store::{Cargo, Fate, Message, Record, StoreError};
use crate::view::{is_cancel_asked, is_dropped};
use crate::words;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use estafette_protocol::track::Problem;

/// A message lives so long at most, however long it is held (ENV-1), in milliseconds.
pub const LIFETIME_MAX_MS: u64 = 30 * DAY_MS;
/// What is left for delivery once a held message is let go, at least, in milliseconds.
pub const DELIVERY_MS_MIN: u64 = HOUR_MS;

/// Why a message is not deferred, or not taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeferralError {
    /// The time has passed. The writer names another.
    #[error("that time has passed")]
    Past,
    /// Further ahead than a message lives. The writer names a sooner time, or sends it later.
    #[error("a message lives {} at most, so it cannot wait that long", days(.lifetime_ms))]
    TooFar {
        /// The latest time that can be named.
        latest: UnixMillis,
        /// How long it may live, in milliseconds: by the protocol, or by the accord.
        lifetime_ms: u64,
    },
    /// Another desk's message.
    #[error("only the desk that sent a message takes it back")]
    NotOurs,
    /// It never had to wait.
    #[error("it was not deferred, and has left")]
    NotDeferred,
    /// Its time has come.
    #[error("its time has come; it has left")]
    TooLate,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The statement.
    #[error(transparent)]
    Courier(#[from] CourierError),
}

/// How far taking back got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It had never left this machine, and is not sent.
    Unsent,
    /// The own relay is asked to drop it; [`is_dropped`] says when it has.
    Asked,
    /// The own relay has dropped it.
    Dropped,
}

fn days(ms: &u64) -> String {
    words::duration(*ms)
}

impl From<DeferralError> for Box<Failure> {
    fn from(error: DeferralError) -> Self {
        let what = error.to_string();
        let nothing = "Nothing was sent or changed.";
        match error {
            DeferralError::Store(error) => error.into(),
            DeferralError::Courier(error) => error.into(),
            DeferralError::Past => Failure::new(
                Exit::Usage,
                "time-passed",
                what,
                nothing,
                "name a later time, or leave it out to send now",
            ),
            DeferralError::TooFar { latest, .. } => Failure::new(
                Exit::Usage,
                "too-far-ahead",
                what,
                nothing,
                format!(
                    "name a time until {}, or send it later",
                    words::time(latest, true)
                ),
            ),
            DeferralError::NotOurs => Failure::new(
                Exit::Usage,
                "not-ours",
                what,
                nothing,
                "estafette list held",
            ),
            DeferralError::NotDeferred | DeferralError::TooLate => Failure::new(
                Exit::Failed,
                "too-late",
                what,
                "What has left is taken back by a withdrawal, which its readers see.",
                "estafette list sent",
            ),
        }
    }
}

/// Has a planned message held until a time; its lifetime counts from then, as far as that goes.
///
/// # Errors
/// [`DeferralError::Past`] and [`DeferralError::TooFar`].
pub fn defer(account: &Account, plan: &mut Plan, until: UnixMillis) -> Result<(), DeferralError> {
    let header = &mut plan.header;
    if until <= header.created {
        return Err(DeferralError::Past);
    }
    let lifetime_ms = lifetime_max(account, header.accord.as_ref(), header.created);
    let last = header.created.plus(lifetime_ms);
    let latest = last.minus(DELIVERY_MS_MIN);
    if until > latest {
        return Err(DeferralError::TooFar {
            latest,
            lifetime_ms,
        });
    }
    let lifetime = header.expires.since(header.created);
    header.expires = until.plus(lifetime).min(last);
    header.not_before = Some(until);
    Ok(())
}

/// ENV-1, ADM-16.
fn lifetime_max(account: &Account, accord: Option<&Hash>, now: UnixMillis) -> u64 {
    let accord = accord.and_then(|hash| account.directory.accord_by_hash(hash, now).ok());
    accord.map_or(LIFETIME_MAX_MS, |(signed, _)| {
        signed.value().lifetime.min(LIFETIME_MAX_MS)
    })
}

/// Takes a message back that has not left: out of the outbox, or by asking the own relay.
/// Repeated, it asks no second time.
///
/// # Errors
/// [`DeferralError`], after which nothing was changed.
pub fn take_back(
    account: &Account,
    message: &Message,
    now: UnixMillis,
) -> Result<Taken, DeferralError> {
    let (header, digest) = (&message.header, message.record.digest);
    if header.sender != *account.desk() {
        return Err(DeferralError::NotOurs);
    }
    if is_dropped(message) {
        return Ok(Taken::Dropped);
    }
    if unsend(account, &digest)? {
        return Ok(Taken::Unsent);
    }
    match header.not_before {
        // STA-20: what waits for a release is held too.
        _ if is_held(message) => {}
        None => return Err(DeferralError::NotDeferred),
        Some(until) if until <= now => return Err(DeferralError::TooLate),
        Some(_) => {}
    }
    if !is_cancel_asked(message) {
        let wish = state(account, digest, Claim::Cancelled, now).map_err(CourierError::from)?;
        account.store.write()?.add_own(&wish, |_| (), now)?;
    }
    Ok(Taken::Asked)
}

/// Whether the own relay keeps a message until somebody releases it.
fn is_held(message: &Message) -> bool {
    let states = message.states();
    let held = |problem: &Option<Problem>| matches!(problem, Some(Problem::Held { .. }));
    !states.is_empty() && states.iter().all(|state| held(&state.problem))
}

/// Takes a message out of the outbox that no link was ever given.
fn unsend(account: &Account, digest: &Hash) -> Result<bool, StoreError> {
    let writing = account.store.write()?;
    let pending = writing.pending()?;
    let mut entries = pending.iter();
    let entry = entries.find(|p| p.entry.subject == *digest && p.entry.cargo == Cargo::Envelope);
    let Some(entry) = entry.filter(|entry| !entry.entry.attempted) else {
        return Ok(false);
    };
    writing.update(digest, |record: &mut Record| record.fate = Fate::Cancelled)?;
    writing.remove_pending(&entry.name)?;
    Ok(true)
}

/// What a person is told of a wish that the relay has not met yet: `None` while there is hope.
#[must_use]
pub fn outcome(message: &Message, now: UnixMillis) -> Option<Result<Taken, DeferralError>> {
    if is_dropped(message) {
        return Some(Ok(Taken::Dropped));
    }
    let left = message.statements.iter().map(Signed::value).any(|s| {
        let abroad = matches!(s.claim, Claim::Relayed { .. });
        let by_device = matches!(s.claim, Claim::Delivered);
        let own_copy = s.signer.desk.as_ref() == Some(&message.header.sender);
        abroad || (by_device && !own_copy)
    });
    let over = message.header.not_before.is_none_or(|until| until <= now);
    (left || over && !is_held(message)).then_some(Err(DeferralError::TooLate))
}

#[cfg(test)]
mod tests;
