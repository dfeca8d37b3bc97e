//! Letting an index follow the journal while that is opened: finding out whether it fits, catching
//! it up, or building it again. Spec: `store.md`, chapter "Index".

use std::path::Path;

use super::{Followed, IndexKind, Rebuilt, StoreError};
use crate::index::{Fold, Index, Memory, Sled, SledOptions, View};
use crate::journal::{Entry, Journal};

/// The index that was found, before anything is known of the journal.
pub(super) enum Found {
    Memory(Fold<Memory>),
    Sled(Fold<Sled>),
}

/// Lets an index follow the journal while that is opened, and finds out whether it fits.
pub(super) struct Follower {
    found: Found,
    pub(super) rebuilt: Option<Rebuilt>,
}

impl Follower {
    pub(super) fn new(found: Found) -> Self {
        Self {
            found,
            rebuilt: None,
        }
    }

    pub(super) fn find(dir: &Path, options: SledOptions) -> Self {
        let reason = match Fold::<Sled>::open(dir, options) {
            Ok(Some(fold)) if matches!(fold.is_grown(), Ok(false)) => {
                return Self::new(Found::Sled(fold));
            }
            Ok(Some(_)) => Rebuilt::Grown,
            Ok(None) => Rebuilt::Missing,
            Err(_) => Rebuilt::Damaged,
        };
        let mut follower = Self::new(Found::Memory(Fold::in_memory()));
        follower.rebuilt = Some(reason);
        follower
    }

    // STO-22, STO-23
    pub(super) fn visit(&mut self, entry: &Entry) {
        let outcome = match &mut self.found {
            Found::Memory(fold) => fold.apply(entry),
            Found::Sled(_) if self.rebuilt.is_some() => return,
            Found::Sled(fold) => {
                let applied = fold.position();
                if entry.position.records < applied.records {
                    return;
                }
                if entry.position.records == applied.records {
                    if entry.position.chain != applied.chain {
                        self.rebuilt = Some(Rebuilt::Foreign);
                    }
                    return;
                }
                fold.apply(entry)
            }
        };
        if outcome.is_err() && matches!(self.found, Found::Sled(_)) {
            self.rebuilt = Some(Rebuilt::Damaged);
        }
    }

    pub(super) fn finish(&mut self, journal: &Journal) {
        if let Found::Sled(fold) = &self.found
            && self.rebuilt.is_none()
        {
            let ahead = fold
                .position()
                .records
                .saturating_sub(journal.position().records);
            self.rebuilt = (ahead > 0).then_some(Rebuilt::Ahead { records: ahead });
        }
    }

    pub(super) fn into_index(
        self,
        journal: &Journal,
        kind: IndexKind,
        dir: &Path,
    ) -> Result<(Followed, bool), StoreError> {
        let memory = match self.found {
            Found::Sled(fold) if self.rebuilt.is_none() => return Ok((Box::new(fold), false)),
            Found::Memory(memory) => memory,
            Found::Sled(unfit) => {
                // Closed before its folder is removed.
                drop(unfit);
                replayed(journal)?
            }
        };
        match kind {
            IndexKind::Memory => Ok((Box::new(memory), false)),
            IndexKind::Sled(options) => Ok(in_sled(dir, options, memory)),
        }
    }
}

/// Moves an index into sled; when that can not be written, it stays in memory, because a full disk
/// must not keep a relay from starting.
// STO-32
pub(super) fn in_sled(dir: &Path, options: SledOptions, memory: Fold<Memory>) -> (Followed, bool) {
    match Fold::<Sled>::build(dir, options, &memory) {
        Ok(fold) => (Box::new(fold), false),
        Err(_) => (Box::new(memory), true),
    }
}

/// The index in memory after the whole journal.
pub(super) fn replayed(journal: &Journal) -> Result<Fold<Memory>, StoreError> {
    let mut memory = Fold::in_memory();
    let mut outcome = Ok(());
    journal.replay(&mut |entry| {
        if outcome.is_ok() {
            outcome = memory.apply(entry);
        }
    })?;
    outcome?;
    Ok(memory)
}
