//! What a look at the deadlines costs: how many entries are visited, whatever the machine.

use std::cell::Cell;

use super::*;
use crate::index::Memory;
use crate::record::{Envelope, Head, Record};

const PENDING: u64 = 10_000;

/// A table that counts the entries that its scans visit.
#[derive(Debug, Default)]
struct Counting {
    table: Memory,
    visited: Cell<usize>,
}

impl Table for Counting {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        self.table.get(key)
    }

    fn scan(&self, from: &[u8], visit: Visit<'_>) -> Result<(), IndexError> {
        self.table.scan(from, &mut |key, value| {
            self.visited.set(self.visited.get() + 1);
            visit(key, value)
        })
    }

    fn scan_all(&self, visit: Visit<'_>) -> Result<(), IndexError> {
        self.visited.set(usize::MAX);
        self.table.scan_all(visit)
    }

    fn write(&mut self, changes: &[Change], state: &State) -> Result<(), IndexError> {
        self.table.write(changes, state)
    }

    fn is_grown(&self, live_bytes: u64) -> Result<bool, IndexError> {
        self.table.is_grown(live_bytes)
    }
}

fn apply(fold: &mut Fold<Counting>, leaf: Option<Leaf>, record: Record) {
    let before = fold.position();
    let position = Position {
        records: before.records + 1,
        leaves: before.leaves + u64::from(leaf.is_some()),
        chain: before.chain,
    };
    let head = Head {
        at_ms: 0,
        leaf,
        record,
    };
    fold.apply(&Entry { position, head }).unwrap();
}

fn envelope(leaf: u64) -> Record {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&leaf.to_be_bytes());
    let envelope = Envelope {
        digest,
        sender: "duty@spoc.police.xa".to_owned(),
        reference: [0; 16],
        precedence: 0,
        status: 0,
        expires_ms: u64::MAX,
    };
    Record::Envelope {
        envelope,
        mailboxes: vec![],
        await_desks: vec![],
    }
}

/// Covers STO-41: a tick looks at what is due and at no other.
#[test]
fn looking_for_what_is_due_visits_that_and_one_entry_more() {
    let mut fold = Fold::empty(Counting::default());
    for leaf in 0..PENDING {
        apply(&mut fold, Some(Leaf(leaf)), envelope(leaf));
        let (at_ms, watch) = (Some(1_000 + leaf), vec![1]);
        let leaf = Leaf(leaf);
        apply(&mut fold, None, Record::Watched { leaf, at_ms, watch });
    }
    let visited = |look: &dyn Fn(&Fold<Counting>)| {
        fold.table.visited.set(0);
        look(&fold);
        fold.table.visited.get()
    };
    let next = visited(&|fold| assert_eq!(fold.next_watched_ms().unwrap(), Some(1_000)));
    assert_eq!(next, 1);
    let none = visited(&|fold| assert_eq!(fold.watched(999, 256).unwrap(), []));
    assert_eq!(none, 1);
    let three = visited(&|fold| assert_eq!(fold.watched(1_002, 256).unwrap().len(), 3));
    assert_eq!(three, 4);
}
