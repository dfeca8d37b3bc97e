//! The index in memory: the reference that every other one is held against.

use std::collections::BTreeMap;

use super::IndexError;
use super::fold::{Change, Fold, State, Table, Visit};

/// An ordered table in memory; gone with the process.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: BTreeMap<Box<[u8]>, Box<[u8]>>,
}

impl Fold<Memory> {
    /// An empty index in memory.
    pub(crate) fn in_memory() -> Self {
        Self::empty(Memory::default())
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.table
            .entries
            .iter()
            .map(|(key, value)| (key.as_ref(), value.as_ref()))
    }
}

impl Table for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self.entries.get(key).map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], visit: Visit<'_>) -> Result<(), IndexError> {
        let bounds = (std::ops::Bound::Included(from), std::ops::Bound::Unbounded);
        for (key, value) in self.entries.range::<[u8], _>(bounds) {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, changes: &[Change], _: &State) -> Result<(), IndexError> {
        for change in changes {
            match &change.new {
                Some(value) => {
                    self.entries
                        .insert(change.key.as_slice().into(), value.as_slice().into());
                }
                None => {
                    self.entries.remove(change.key.as_slice());
                }
            }
        }
        Ok(())
    }

    fn is_grown(&self, _: u64) -> Result<bool, IndexError> {
        Ok(false)
    }
}
