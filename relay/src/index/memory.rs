//! The index in memory: the reference that every other one is held against.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::fold::{Change, Fold, State, Table, Visit};
use super::{IndexError, key};
use crate::record::Leaf;

/// An ordered table in memory; gone with the process.
///
/// Items stand apart from the entries that lead to them, most of which have no value: together
/// that saves a third of the memory.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    items: BTreeMap<Leaf, Box<[u8]>>,
    keys: BTreeSet<Box<[u8]>>,
    values: BTreeMap<Box<[u8]>, Box<[u8]>>,
}

impl Fold<Memory> {
    /// An empty index in memory.
    pub(crate) fn in_memory() -> Self {
        Self::empty(Memory::default())
    }
}

impl Memory {
    fn value(&self, key: &[u8]) -> &[u8] {
        self.values.get(key).map_or(&[], |value| value)
    }
}

impl Table for Memory {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        if let Some(leaf) = key::item_leaf(key) {
            return Ok(self.items.get(&leaf).map(|value| value.to_vec()));
        }
        Ok(self.keys.contains(key).then(|| self.value(key).to_vec()))
    }

    fn scan(&self, from: &[u8], visit: Visit<'_>) -> Result<(), IndexError> {
        if let Some(leaf) = key::item_leaf(from) {
            for (leaf, value) in self.items.range(leaf..) {
                if !visit(&key::item(*leaf), value) {
                    break;
                }
            }
            return Ok(());
        }
        for key in self
            .keys
            .range::<[u8], _>((Bound::Included(from), Bound::Unbounded))
        {
            if !visit(key, self.value(key)) {
                break;
            }
        }
        Ok(())
    }

    fn scan_all(&self, visit: Visit<'_>) -> Result<(), IndexError> {
        let items = self
            .items
            .iter()
            .map(|(leaf, value)| (key::item(*leaf), value.as_ref()));
        let keys = self.keys.iter().map(|key| (key.to_vec(), self.value(key)));
        for (key, value) in items.chain(keys) {
            if !visit(&key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, changes: &[Change], _: &State) -> Result<(), IndexError> {
        for Change { key, old, new } in changes {
            match (key::item_leaf(key), new.as_deref()) {
                (Some(leaf), Some(value)) => drop(self.items.insert(leaf, value.into())),
                (Some(leaf), None) => drop(self.items.remove(&leaf)),
                (None, new) => {
                    if old.as_ref().is_some_and(|value| !value.is_empty()) {
                        self.values.remove(key.as_slice());
                    }
                    if let Some(value) = new.filter(|value| !value.is_empty()) {
                        self.values.insert(key.as_slice().into(), value.into());
                    }
                    if new.is_none() {
                        self.keys.remove(key.as_slice());
                    } else if old.is_none() {
                        self.keys.insert(key.as_slice().into());
                    }
                }
            }
        }
        Ok(())
    }

    fn is_grown(&self, _: u64) -> Result<bool, IndexError> {
        Ok(false)
    }
}
