//! The index as a fold over the journal, for any ordered table.
//!
//! Applying a record loads the one item it is about, changes it, and writes the difference between
//! its entries before and after, in one step with the new position.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::item::{Facts, Item};
use super::{Index, IndexError, Turn, View, Waiting, key};
use crate::journal::{Entry, Position};
use crate::record::{Leaf, Mailbox, Object};

/// An ordered table of byte strings.
pub(crate) trait Table {
    /// The value under a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError>;

    /// Visits entries from `from` on in order, as long as `visit` returns true, at least to the
    /// last with the same letter.
    fn scan(&self, from: &[u8], visit: Visit<'_>) -> Result<(), IndexError>;

    /// Visits every entry once, in any order, as long as `visit` returns true.
    fn scan_all(&self, visit: Visit<'_>) -> Result<(), IndexError>;

    /// Applies all changes and the new state in one step.
    fn write(&mut self, changes: &[Change], state: &State) -> Result<(), IndexError>;

    /// Tells whether the table takes far more room than `live_bytes`.
    fn is_grown(&self, live_bytes: u64) -> Result<bool, IndexError>;
}

/// Takes key and value; returns whether to go on.
pub(crate) type Visit<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> bool;

/// One key's value before and after.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) key: Vec<u8>,
    pub(crate) old: Option<Vec<u8>>,
    pub(crate) new: Option<Vec<u8>>,
}

/// What a table keeps beside its entries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) records: u64,
    pub(crate) leaves: u64,
    pub(crate) chain: [u8; 32],
    /// Sum over all entries, so that a table which lost or changed one is recognised.
    pub(crate) sum: u64,
    /// Length of all keys and values.
    pub(crate) live_bytes: u64,
    /// Erased items that expired before are forgotten.
    pub(crate) forgotten_before_ms: u64,
}

/// An index over a table.
#[derive(Debug)]
pub(crate) struct Fold<T> {
    pub(crate) table: T,
    pub(crate) state: State,
    queued: BTreeMap<Mailbox, u64>,
}

impl State {
    fn account(&mut self, change: &Change) {
        if let Some(old) = &change.old {
            self.sum = self.sum.wrapping_sub(digest(&change.key, old));
            self.live_bytes = self.live_bytes.saturating_sub(size(&change.key, old));
        }
        if let Some(new) = &change.new {
            self.sum = self.sum.wrapping_add(digest(&change.key, new));
            self.live_bytes += size(&change.key, new);
        }
    }
}

impl<T: Table> Fold<T> {
    /// An index over an empty table.
    pub(crate) fn empty(table: T) -> Self {
        Self {
            table,
            state: State::default(),
            queued: BTreeMap::new(),
        }
    }

    /// An index over a table with entries, all of which are read and compared with the state.
    // STO-24
    pub(crate) fn load(table: T, state: State) -> Result<Self, IndexError> {
        let mut fold = Self {
            table,
            state,
            queued: BTreeMap::new(),
        };
        let (mut sum, mut live_bytes, mut sound) = (0_u64, 0, true);
        let queued = &mut fold.queued;
        fold.table.scan_all(&mut |key, value| {
            sum = sum.wrapping_add(digest(key, value));
            live_bytes += size(key, value);
            if key.first() == Some(&key::ITEM) {
                match decode(value) {
                    Ok(item) => count(queued, None, Some(&item)),
                    Err(_) => sound = false,
                }
            }
            sound
        })?;
        if !sound || sum != fold.state.sum || live_bytes != fold.state.live_bytes {
            return Err(IndexError::Damaged);
        }
        Ok(fold)
    }

    /// Puts an item in the place of another, or of none.
    fn replace(
        &mut self,
        leaf: Leaf,
        old: Option<&Item>,
        new: Option<&Item>,
        state: State,
    ) -> Result<(), IndexError> {
        let mut state = state;
        let changes = differences(leaf, old, new)?;
        changes.iter().for_each(|change| state.account(change));
        self.table.write(&changes, &state)?;
        count(&mut self.queued, old, new);
        self.state = state;
        Ok(())
    }

    fn scan_prefix(&self, prefix: &[u8], from: &[u8], visit: Visit<'_>) -> Result<(), IndexError> {
        self.table.scan(from, &mut |key, value| {
            key.starts_with(prefix) && visit(key, value)
        })
    }

    fn first(&self, prefix: &[u8]) -> Result<Option<Leaf>, IndexError> {
        Ok(self.leaves(prefix, 1)?.first().copied())
    }

    fn leaves(&self, prefix: &[u8], limit: usize) -> Result<Vec<Leaf>, IndexError> {
        let mut leaves = Vec::new();
        self.scan_prefix(prefix, prefix, &mut |key, _| {
            if leaves.len() < limit {
                leaves.extend(key::leaf(key));
            }
            leaves.len() < limit
        })?;
        Ok(leaves)
    }

    /// The leaves under a letter whose time is not after `now_ms`.
    fn until(&self, letter: u8, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError> {
        let mut leaves = Vec::new();
        self.scan_prefix(&[letter], &[letter], &mut |key, _| {
            let due = leaves.len() < limit && key::number(key).is_some_and(|at| at <= now_ms);
            leaves.extend(key::leaf(key).filter(|_| due));
            due
        })?;
        Ok(leaves)
    }

    /// The first time under a letter.
    fn soonest(&self, letter: u8) -> Result<Option<u64>, IndexError> {
        let mut soonest = None;
        self.scan_prefix(&[letter], &[letter], &mut |key, _| {
            soonest = key::number(key);
            false
        })?;
        Ok(soonest)
    }

    fn with_objects(&self, leaves: Vec<Leaf>) -> Result<Vec<(Leaf, Object)>, IndexError> {
        let mut objects = Vec::new();
        for leaf in leaves {
            if let Some(Item {
                facts: Facts::Object(object),
                ..
            }) = self.item(leaf)?
            {
                objects.push((leaf, object));
            }
        }
        Ok(objects)
    }
}

impl<T: Table> Index for Fold<T> {
    fn apply(&mut self, entry: &Entry) -> Result<(), IndexError> {
        let found = entry.position.records;
        if found != self.state.records + 1 {
            return Err(IndexError::OutOfOrder {
                expected: self.state.records,
                found,
            });
        }
        let Position {
            records,
            leaves,
            chain,
        } = entry.position;
        let state = State {
            records,
            leaves,
            chain,
            ..self.state.clone()
        };
        if let Some(leaf) = entry.head.leaf {
            let item = Item::begun_by(&entry.head);
            return self.replace(leaf, None, item.as_ref(), state);
        }
        let about = entry.head.record.about();
        let old = about.map_or(Ok(None), |leaf| self.item(leaf))?;
        let new = old.clone().and_then(|mut item| {
            item.apply(&entry.head.record);
            let gone = item.erased && matches!(item.facts, Facts::Object(_));
            (!gone).then_some(item)
        });
        self.replace(about.unwrap_or_default(), old.as_ref(), new.as_ref(), state)
    }

    // STO-30
    fn forget(&mut self, before_ms: u64) -> Result<u64, IndexError> {
        let mut leaves = Vec::new();
        self.scan_prefix(&[key::REMEMBERED], &[key::REMEMBERED], &mut |key, _| {
            let forgotten = key::number(key).is_some_and(|at_ms| at_ms < before_ms);
            leaves.extend(key::leaf(key).filter(|_| forgotten));
            forgotten
        })?;
        let forgotten_before_ms = before_ms.max(self.state.forgotten_before_ms);
        for leaf in &leaves {
            let old = self.item(*leaf)?;
            let state = State {
                forgotten_before_ms,
                ..self.state.clone()
            };
            self.replace(*leaf, old.as_ref(), None, state)?;
        }
        Ok(leaves.len() as u64)
    }

    fn forgotten_before_ms(&self) -> u64 {
        self.state.forgotten_before_ms
    }

    fn is_grown(&self) -> Result<bool, IndexError> {
        self.table.is_grown(self.state.live_bytes)
    }
}

impl<T: Table> View for Fold<T> {
    fn position(&self) -> Position {
        let State {
            records,
            leaves,
            chain,
            ..
        } = self.state;
        Position {
            records,
            leaves,
            chain,
        }
    }

    fn seen(&self, digest: &[u8; 32]) -> Result<Option<Leaf>, IndexError> {
        self.first(&key::seen(digest))
    }

    fn reference(&self, desk: &str, reference: &[u8; 16]) -> Result<Option<[u8; 32]>, IndexError> {
        let Some(leaf) = self.first(&key::reference(desk, reference))? else {
            return Ok(None);
        };
        match self.item(leaf)?.map(|item| item.facts) {
            Some(Facts::Envelope(envelope)) => Ok(Some(envelope.digest)),
            _ => Err(IndexError::Damaged),
        }
    }

    fn refusal(&self, digest: &[u8; 32]) -> Result<Option<Leaf>, IndexError> {
        self.first(&key::refusal(digest))
    }

    fn statement(&self, hash: &[u8; 32]) -> Result<Option<Leaf>, IndexError> {
        self.first(&key::statement_hash(hash))
    }

    fn statements(&self, subject: &[u8; 32]) -> Result<Vec<Leaf>, IndexError> {
        self.leaves(&key::subject(subject), usize::MAX)
    }

    fn item(&self, leaf: Leaf) -> Result<Option<Item>, IndexError> {
        self.table
            .get(&key::item(leaf))?
            .map(|bytes| decode(&bytes))
            .transpose()
    }

    // STO-28
    fn next(
        &self,
        mailbox: &Mailbox,
        after: Option<Turn>,
        limit: usize,
    ) -> Result<Vec<Waiting>, IndexError> {
        let prefix = key::queue(mailbox);
        let mut from = prefix.clone();
        if let Some(turn) = after {
            from.push(turn.rank);
            // One byte more makes it the first key after.
            from = key::ended(from, turn.leaf);
            from.push(0);
        }
        let mut waiting = Vec::new();
        self.scan_prefix(&prefix, &from, &mut |key, value| {
            if waiting.len() < limit
                && let (Some(rank), Some(leaf)) = (key::rank(key), key::leaf(key))
            {
                let handed = value.first() == Some(&key::HANDED);
                waiting.push(Waiting {
                    turn: Turn { rank, leaf },
                    handed,
                });
            }
            waiting.len() < limit
        })?;
        Ok(waiting)
    }

    fn queued(&self, mailbox: &Mailbox) -> u64 {
        self.queued.get(mailbox).copied().unwrap_or_default()
    }

    fn queued_total(&self) -> u64 {
        self.queued.values().sum()
    }

    fn queues(&self) -> Vec<(Mailbox, u64)> {
        self.queued
            .iter()
            .map(|(mailbox, queued)| (mailbox.clone(), *queued))
            .collect()
    }

    // STO-31
    fn due(&self, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError> {
        self.until(key::DUE, now_ms, limit)
    }

    fn next_due_ms(&self) -> Result<Option<u64>, IndexError> {
        self.soonest(key::DUE)
    }

    // STO-34
    fn held(&self, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError> {
        let mut leaves = Vec::new();
        self.scan_prefix(&[key::HELD], &[key::HELD], &mut |key, _| {
            let due = leaves.len() < limit && key::held_until(key).is_some_and(|at| at <= now_ms);
            leaves.extend(key::leaf(key).filter(|_| due));
            due
        })?;
        Ok(leaves)
    }

    fn next_held_ms(&self) -> Result<Option<u64>, IndexError> {
        let mut soonest = None;
        self.scan_prefix(&[key::HELD], &[key::HELD], &mut |key, _| {
            soonest = key::held_until(key);
            false
        })?;
        Ok(soonest)
    }

    // STO-37
    fn late(&self, now_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError> {
        self.until(key::LATE, now_ms, limit)
    }

    fn next_late_ms(&self) -> Result<Option<u64>, IndexError> {
        self.soonest(key::LATE)
    }

    // STO-41
    fn watched(&self, at_ms: u64, limit: usize) -> Result<Vec<Leaf>, IndexError> {
        self.until(key::WATCHED, at_ms, limit)
    }

    fn next_watched_ms(&self) -> Result<Option<u64>, IndexError> {
        self.soonest(key::WATCHED)
    }

    fn held_by(&self, desk: &str, limit: usize) -> Result<usize, IndexError> {
        Ok(self.leaves(&key::held_by(desk), limit)?.len())
    }

    fn live(&self, after: Option<Leaf>, limit: usize) -> Result<Vec<Leaf>, IndexError> {
        let from = after.map_or(Leaf(0), |leaf| Leaf(leaf.0.saturating_add(1)));
        let (mut leaves, mut outcome) = (Vec::new(), Ok(()));
        self.scan_prefix(&[key::ITEM], &key::item(from), &mut |key, value| {
            match decode(value) {
                Ok(item) if leaves.len() < limit => {
                    let live = !item.erased && item.expires_ms().is_some();
                    leaves.extend(key::leaf(key).filter(|_| live));
                }
                Ok(_) => {}
                Err(error) => outcome = Err(error),
            }
            leaves.len() < limit && outcome.is_ok()
        })?;
        outcome.map(|()| leaves)
    }

    fn objects(&self) -> Result<Vec<(Leaf, Object)>, IndexError> {
        let all = self.with_objects(self.leaves(&[key::OBJECT], usize::MAX)?)?;
        let mut newest: Vec<(Leaf, Object)> = Vec::new();
        for (leaf, object) in all {
            match newest.last_mut() {
                Some((_, last)) if last.kind == object.kind && last.name == object.name => {
                    // Of two with the same number, the first in the journal stays.
                    if object.number > last.number {
                        newest.pop();
                        newest.push((leaf, object));
                    }
                }
                _ => newest.push((leaf, object)),
            }
        }
        Ok(newest)
    }

    fn object_history(&self, kind: u8, name: &str) -> Result<Vec<(Leaf, Object)>, IndexError> {
        self.with_objects(self.leaves(&key::object_name(kind, name), usize::MAX)?)
    }
}

/// The entries that differ between an item before and after.
fn differences(
    leaf: Leaf,
    old: Option<&Item>,
    new: Option<&Item>,
) -> Result<Vec<Change>, IndexError> {
    let all = |item: Option<&Item>| -> Result<BTreeMap<Vec<u8>, Vec<u8>>, IndexError> {
        let Some(item) = item else {
            return Ok(BTreeMap::new());
        };
        let mut entries: BTreeMap<_, _> = key::entries(leaf, item).into_iter().collect();
        let value = postcard::to_stdvec(item).map_err(|_| IndexError::Damaged)?;
        entries.insert(key::item(leaf), value);
        Ok(entries)
    };
    let (mut old, new) = (all(old)?, all(new)?);
    let mut changes = Vec::new();
    for (key, value) in new {
        let before = old.remove(&key);
        if before.as_ref() != Some(&value) {
            changes.push(Change {
                key,
                old: before,
                new: Some(value),
            });
        }
    }
    changes.extend(old.into_iter().map(|(key, old)| Change {
        key,
        old: Some(old),
        new: None,
    }));
    Ok(changes)
}

fn decode(bytes: &[u8]) -> Result<Item, IndexError> {
    match postcard::take_from_bytes(bytes) {
        Ok((item, [])) => Ok(item),
        _ => Err(IndexError::Damaged),
    }
}

fn count(queued: &mut BTreeMap<Mailbox, u64>, old: Option<&Item>, new: Option<&Item>) {
    for slot in new.iter().flat_map(|item| &item.waiting) {
        *queued.entry(slot.mailbox.clone()).or_default() += 1;
    }
    for slot in old.iter().flat_map(|item| &item.waiting) {
        if let Some(waiting) = queued.get_mut(&slot.mailbox) {
            *waiting = waiting.saturating_sub(1);
            if *waiting == 0 {
                queued.remove(&slot.mailbox);
            }
        }
    }
}

fn digest(key: &[u8], value: &[u8]) -> u64 {
    let mut low = crc32fast::Hasher::new();
    low.update(key);
    low.update(value);
    let mut high = crc32fast::Hasher::new();
    high.update(value);
    high.update(b"|");
    high.update(key);
    u64::from(high.finalize()) << 32 | u64::from(low.finalize())
}

fn size(key: &[u8], value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}

#[cfg(test)]
mod tests;
