//! The index: what a relay looks up, derived from its journal and never the truth.
//!
//! An index is an ordered table of entries, each derived from one *item*: a leaf, and what later
//! records made of it. It carries the position it has applied, so that one which is stale, ahead
//! or of another journal is recognised and built again.
//! The table in memory is the reference; sled is one implementation behind it.
//! Spec: `store.md`, chapter "Index".

mod fold;
mod item;
mod key;
mod memory;
mod sled;

use std::io;

use thiserror::Error;

pub(crate) use self::fold::Fold;
pub use self::item::{Detention, Facts, Hold, Item, Slot, Watching};
pub(crate) use self::memory::Memory;
pub(crate) use self::sled::Sled;
pub use self::sled::SledOptions;
use crate::journal::{Entry, Position};
use crate::record::{Leaf, Mailbox, Object};

/// What can be looked up. Everything appended is seen at once, durable or not.
pub trait View {
    /// The position after the last record applied.
    fn position(&self) -> Position;

    /// The first envelope accepted with this digest.
    ///
    /// # Errors
    /// When the index can not be read.
    fn seen(&self, digest: &[u8; 32]) -> Result<Option<Leaf>, IndexError>;

    /// The digest first accepted under this desk's reference.
    ///
    /// # Errors
    /// When the index can not be read.
    fn reference(&self, desk: &str, reference: &[u8; 16]) -> Result<Option<[u8; 32]>, IndexError>;

    /// The statement that refused this digest.
    ///
    /// # Errors
    /// When the index can not be read.
    fn refusal(&self, digest: &[u8; 32]) -> Result<Option<Leaf>, IndexError>;

    /// The statement with this hash.
    ///
    /// # Errors
    /// When the index can not be read.
    fn statement(&self, hash: &[u8; 32]) -> Result<Option<Leaf>, IndexError>;

    /// The statements about this digest, in the order of the journal.
    ///
    /// # Errors
    /// When the index can not be read.
    fn statements(&self, subject: &[u8; 32]) -> Result<Vec<Leaf>, IndexError>;

    /// What is known of an item: its facts, where it waits, which desks it awaits.
    ///
    /// # Errors
    /// When the index can not be read.
    fn item(&self, leaf: Leaf) -> Result<Option<Item>, IndexError>;

    /// The next items of a mailbox in the order they are served, after the turn given.
    ///
    /// # Errors
    /// When the index can not be read.
    fn next(
        &self,
        mailbox: &Mailbox,
        after: Option<Turn>,
        limit: usize,
    ) -> Result<Vec<Waiting>, IndexError>;

    /// How many items wait in a mailbox.
    fn queued(&self, mailbox: &Mailbox) -> u64;

    /// How many items wait in all mailboxes; one that waits in two counts twice.
    fn queued_total(&self) -> u64;

    /// The mailboxes in which something waits, and how much.
    fn queues(&self) -> Vec<(Mailbox, u64)>;

    /// Items not erased whose expiry is not after `now_ms`, soonest first.
    ///
    /// # Errors
    /// When the index can not be read.
    fn due(&self, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError>;

    /// The soonest expiry of an item that is not erased.
    ///
    /// # Errors
    /// When the index can not be read.
    fn next_due_ms(&self) -> Result<Option<u64>, IndexError>;

    /// Envelopes held until a time not after `now_ms`: by that time, then by rank, then by leaf.
    ///
    /// # Errors
    /// When the index can not be read.
    fn held(&self, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError>;

    /// The soonest time until which an envelope is held.
    ///
    /// # Errors
    /// When the index can not be read.
    fn next_held_ms(&self) -> Result<Option<u64>, IndexError>;

    /// Envelopes whose release was due at a time not after `now_ms`, soonest first, of which it was
    /// not yet said that they are late.
    ///
    /// # Errors
    /// When the index can not be read.
    fn late(&self, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError>;

    /// The soonest time at which a release is due.
    ///
    /// # Errors
    /// When the index can not be read.
    fn next_late_ms(&self) -> Result<Option<u64>, IndexError>;

    /// Envelopes of which something is due at a time not after `at_ms`, by the clock that never
    /// jumps, soonest first.
    ///
    /// # Errors
    /// When the index can not be read.
    fn watched(&self, at_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError>;

    /// The soonest time at which something is due of a watched envelope, by the same clock.
    ///
    /// # Errors
    /// When the index can not be read.
    fn next_watched_ms(&self) -> Result<Option<u64>, IndexError>;

    /// How many envelopes of a desk are held or detained, counted up to `limit`.
    ///
    /// # Errors
    /// When the index can not be read.
    fn held_by(&self, desk: &str, limit: usize) -> Result<usize, IndexError>;

    /// Envelopes and statements not erased, by leaf, after the leaf given.
    ///
    /// # Errors
    /// When the index can not be read.
    fn live(&self, after: Option<Leaf>, limit: usize) -> Result<Vec<Leaf>, IndexError>;

    /// The object with the highest number of each kind and name.
    ///
    /// # Errors
    /// When the index can not be read.
    fn objects(&self) -> Result<Vec<(Leaf, Object)>, IndexError>;

    /// Every object of this kind and name that is not erased, by number, then by leaf.
    ///
    /// # Errors
    /// When the index can not be read.
    fn object_history(&self, kind: u8, name: &str) -> Result<Vec<(Leaf, Object)>, IndexError>;
}

/// A view that follows the journal.
pub trait Index: View {
    /// Applies the record that follows [`View::position`].
    ///
    /// # Errors
    /// When the index can not be read or written; it is then of no more use.
    fn apply(&mut self, entry: &Entry) -> Result<(), IndexError>;

    /// Forgets erased items whose expiry is before `before_ms`, with all that was looked up by
    /// them, and says how many.
    ///
    /// # Errors
    /// When the index can not be read or written; it is then of no more use.
    fn forget(&mut self, before_ms: u64) -> Result<u64, IndexError>;

    /// The latest time given to [`Index::forget`].
    fn forgotten_before_ms(&self) -> u64;

    /// Tells whether the index takes so much more room than it needs that it should be built
    /// again.
    ///
    /// # Errors
    /// When its size can not be found out.
    fn is_grown(&self) -> Result<bool, IndexError>;
}

/// A place in a mailbox's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// 0 is served first: see [`rank`].
    pub rank: u8,
    /// Within a rank, the order of the journal.
    pub leaf: Leaf,
}

/// An item that waits in a mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the order.
    pub turn: Turn,
    /// The device has it and signed for it; only its wrap has still to be handed out.
    pub handed: bool,
}

/// Why an index did not do as asked. It can always be built again from the journal.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IndexError {
    /// Its entries make no sense.
    #[error("the index is damaged")]
    Damaged,
    /// A record was applied out of order; the caller is at fault.
    #[error("record {found} applied to an index at record {expected}")]
    OutOfOrder {
        /// The position the index expected.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// The system refused.
    #[error("could not reach the index: {source}")]
    Io {
        /// What the system said.
        #[from]
        source: io::Error,
    },
}

/// Ranks of one precedence: one for each status, and one for what is above a rate.
const RANKS: u8 = crate::record::STATUS_MAX + 2;

/// The order within a mailbox: flash first; within a precedence actual, exercise, test, and last
/// what is above its desk's rate.
// STO-28
pub fn rank(precedence: u8, status: u8, above_rate: bool) -> u8 {
    use crate::record::{PRECEDENCE_MAX, STATUS_MAX};
    let within = match above_rate {
        true => STATUS_MAX + 1,
        false => status.min(STATUS_MAX),
    };
    PRECEDENCE_MAX.saturating_sub(precedence) * RANKS + within
}

/// The precedence that a rank is of.
pub fn precedence_of(rank: u8) -> u8 {
    crate::record::PRECEDENCE_MAX.saturating_sub(rank / RANKS)
}

/// Whether a rank is of flash or immediate.
pub fn is_urgent(rank: u8) -> bool {
    rank < 2 * RANKS
}
