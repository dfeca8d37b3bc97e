//! The durable store of a relay: the journal, and an index that follows it.
//!
//! ```text
//! append ─► journal buffer ─► index      looked up at once
//! commit ─► one write, one fdatasync     only now may anything leave the relay
//! ```
//!
//! [`Store`] is what the engine knows; [`JournalStore`] is the store on one machine's disk.
//! Decides how an index is found fit, caught up or built again; what records mean is decided in
//! `index`, what is durable in `journal`. Spec: `store.md`.

mod follow;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod model;

use std::path::{Path, PathBuf};

use thiserror::Error;

use self::follow::{Follower, Found, in_sled, replayed};
use crate::index::{Fold, Index, IndexError, SledOptions, View};
use crate::journal::{Entry, Journal, JournalError, JournalOptions, Lock, Position, Torn};
use crate::record::{Leaf, Record};

/// What a relay keeps, in its own words. One writer; readers look at what it appended.
pub trait Store {
    /// Adds a record to the group being gathered and to the view; returns the leaf allotted.
    ///
    /// # Errors
    /// A record that can not be written changes nothing; after an index error end the process.
    fn append(
        &mut self,
        at_ms: u64,
        record: Record,
        body: Option<&[u8]>,
    ) -> Result<Option<Leaf>, StoreError>;

    /// Makes everything appended durable. Nothing that follows from it may leave before.
    ///
    /// # Errors
    /// After any error end the process.
    fn commit(&mut self) -> Result<Position, StoreError>;

    /// What can be looked up.
    fn view(&self) -> &dyn View;

    /// Reads the body of a leaf.
    ///
    /// # Errors
    /// [`JournalError::NoBody`] and [`JournalError::BodyDamaged`] concern this leaf alone.
    fn read(&self, leaf: Leaf) -> Result<Vec<u8>, StoreError>;

    /// Hands every durable record to `visit`, oldest first.
    ///
    /// # Errors
    /// When the journal can not be read.
    fn replay(&self, visit: &mut dyn FnMut(&Entry)) -> Result<(), StoreError>;

    /// Forgets erased items whose expiry is before `before_ms`, and says how many.
    ///
    /// # Errors
    /// After an error end the process.
    fn forget(&mut self, before_ms: u64) -> Result<u64, StoreError>;

    /// The newest time written, in milliseconds since the Unix epoch; 0 when there is none.
    fn last_at_ms(&self) -> u64;

    /// Tells whether only flash and statements are to be accepted.
    ///
    /// # Errors
    /// When free space can not be found out.
    fn is_short_of_space(&self) -> Result<bool, StoreError>;

    /// Does one piece of housekeeping between commits, and says whether there was one.
    ///
    /// # Errors
    /// A damaged segment is named and left as it is; after another error end the process.
    fn tend(&mut self) -> Result<bool, StoreError>;
}

/// Which table the index is kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexKind {
    /// In memory, built from the journal at every start.
    Memory,
    /// In sled, caught up from the journal at every start.
    Sled(SledOptions),
}

/// How a store is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreOptions {
    /// The journal's.
    pub journal: JournalOptions,
    /// The index's.
    pub index: IndexKind,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            journal: JournalOptions::default(),
            index: IndexKind::Memory,
        }
    }
}

/// What opening found out, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The torn tail that was cut off.
    pub torn: Option<Torn>,
    /// Why the index was built again.
    pub rebuilt: Option<Rebuilt>,
    /// The index could not be written and is kept in memory instead.
    pub unwritable: bool,
}

/// Why an index was built again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rebuilt {
    /// There was none.
    Missing,
    /// It could not be read, or was not what its own sum says.
    Damaged,
    /// It followed another journal, or another past of this one.
    Foreign,
    /// It had applied records that the journal does not hold. They may have been appended and not
    /// committed; unless a crash explains them, the journal has lost what it held.
    Ahead {
        /// How many.
        records: u64,
    },
    /// It had grown far beyond what it holds.
    Grown,
}

/// Why the store did not do as asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The journal's reason.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The index's reason; it is built again at the next start.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The index failed before; the process must end.
    #[error("the store is closed after its index failed")]
    Closed,
}

/// An index that follows the journal.
type Followed = Box<dyn Index + Send>;

/// The store on one machine's disk.
pub struct JournalStore {
    journal: Journal,
    index: Followed,
    kind: IndexKind,
    index_dir: PathBuf,
    closed: bool,
}

impl std::fmt::Debug for JournalStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JournalStore")
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}

impl JournalStore {
    /// Opens or creates the store in `dir`.
    ///
    /// # Errors
    /// As [`Journal::open`]; an index is never a reason not to open.
    pub fn open(dir: &Path, options: StoreOptions) -> Result<(Self, Opening), StoreError> {
        // Before the index is touched: it may be in use.
        let lock = Lock::take(dir)?;
        let index_dir = dir.join("index");
        let mut follower = match options.index {
            IndexKind::Memory => Follower::new(Found::Memory(Fold::in_memory())),
            IndexKind::Sled(sled) => Follower::find(&index_dir, sled),
        };
        let journal = Journal::open(lock, options.journal, &mut |entry| follower.visit(entry))?;
        follower.finish(&journal);
        let rebuilt = follower.rebuilt;
        let (index, unwritable) = follower.into_index(&journal, options.index, &index_dir)?;
        let torn = journal.torn().cloned();
        let opening = Opening {
            torn,
            rebuilt,
            unwritable,
        };
        let kind = options.index;
        Ok((
            Self {
                journal,
                index,
                kind,
                index_dir,
                closed: false,
            },
            opening,
        ))
    }

    /// The journal, for what only an operator asks.
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    fn open_or_closed(&self) -> Result<(), StoreError> {
        if self.closed {
            Err(StoreError::Closed)
        } else {
            Ok(())
        }
    }

    /// Builds the index again into a fresh generation.
    fn rebuild(&mut self) -> Result<(), StoreError> {
        let IndexKind::Sled(options) = self.kind else {
            return Ok(());
        };
        let mut memory = replayed(&self.journal)?;
        memory.forget(self.index.forgotten_before_ms())?;
        // The old generation is closed before its folder is removed.
        self.index = Box::new(Fold::in_memory());
        (self.index, _) = in_sled(&self.index_dir, options, memory);
        Ok(())
    }
}

impl Store for JournalStore {
    fn append(
        &mut self,
        at_ms: u64,
        record: Record,
        body: Option<&[u8]>,
    ) -> Result<Option<Leaf>, StoreError> {
        self.open_or_closed()?;
        let entry = self.journal.append(at_ms, record, body)?;
        self.index
            .apply(&entry)
            .inspect_err(|_| self.closed = true)?;
        Ok(entry.head.leaf)
    }

    fn commit(&mut self) -> Result<Position, StoreError> {
        self.open_or_closed()?;
        Ok(self.journal.commit()?)
    }

    fn view(&self) -> &dyn View {
        self.index.as_ref()
    }

    fn read(&self, leaf: Leaf) -> Result<Vec<u8>, StoreError> {
        Ok(self.journal.read_body(leaf)?)
    }

    fn replay(&self, visit: &mut dyn FnMut(&Entry)) -> Result<(), StoreError> {
        Ok(self.journal.replay(visit)?)
    }

    fn forget(&mut self, before_ms: u64) -> Result<u64, StoreError> {
        self.open_or_closed()?;
        Ok(self
            .index
            .forget(before_ms)
            .inspect_err(|_| self.closed = true)?)
    }

    fn last_at_ms(&self) -> u64 {
        self.journal.last_at_ms()
    }

    fn is_short_of_space(&self) -> Result<bool, StoreError> {
        Ok(self.journal.is_short_of_space()?)
    }

    fn tend(&mut self) -> Result<bool, StoreError> {
        self.open_or_closed()?;
        if let Some(number) = self.journal.wasteful() {
            self.journal.rewrite(number)?;
            return Ok(true);
        }
        let settled = self.journal.pending_position() == self.journal.position();
        if settled && self.index.is_grown()? {
            self.rebuild().inspect_err(|_| self.closed = true)?;
            return Ok(true);
        }
        Ok(false)
    }
}
