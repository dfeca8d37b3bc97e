//! The entries of an index: byte strings whose order is the order of the answers.
//!
//! Each begins with a letter for what it answers and ends with the leaf, so that no two items
//! share one; numbers are big-endian, names carry their length, so that no key begins another.

use super::item::{Facts, Item};
use crate::record::{Leaf, Mailbox};

/// One entry that an item puts into the index.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

/// Letter of items by leaf.
pub(crate) const ITEM: u8 = b'i';
/// Letter of items not erased, by expiry.
pub(crate) const DUE: u8 = b'e';
/// Letter of erased items, by expiry.
pub(crate) const REMEMBERED: u8 = b'm';
/// Letter of held items, by the time until which they are.
pub(crate) const HELD: u8 = b'w';
/// Letter of detained items, by the time at which their release is due.
pub(crate) const LATE: u8 = b'l';
/// Letter of watched items, by the time at which something is due.
pub(crate) const WATCHED: u8 = b'c';
/// Letter of objects.
pub(crate) const OBJECT: u8 = b'o';

/// Value of a place in a queue once the device has the item.
pub(crate) const HANDED: u8 = 1;

/// Every entry of an item but the item itself.
pub(crate) fn entries(leaf: Leaf, item: &Item) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(5 + item.waiting.len());
    let mut add = |prefix: Vec<u8>, value: Vec<u8>| entries.push((ended(prefix, leaf), value));
    match &item.facts {
        Facts::Envelope(envelope) => {
            add(seen(&envelope.digest), Vec::new());
            add(reference(&envelope.sender, &envelope.reference), Vec::new());
        }
        Facts::Statement(statement) => {
            add(statement_hash(&statement.hash), Vec::new());
            add(subject(&statement.subject), Vec::new());
            if item.refuses {
                add(refusal(&statement.subject), Vec::new());
            }
        }
        Facts::Object(object) => {
            let mut key = object_name(object.kind, &object.name);
            key.extend(object.number.to_be_bytes());
            add(key, Vec::new());
        }
    }
    if let Some(expires_ms) = item.expires_ms() {
        add(
            expiry(if item.erased { REMEMBERED } else { DUE }, expires_ms),
            Vec::new(),
        );
    }
    // STO-34
    if let Some(hold) = &item.held {
        let mut key = expiry(HELD, hold.until_ms);
        key.push(item.rank());
        add(key, Vec::new());
    }
    // STO-37
    if let Some(detained) = &item.detained
        && let Some(due_ms) = detained.due_ms
        && !detained.late
    {
        add(expiry(LATE, due_ms), Vec::new());
    }
    // STO-41
    if let Some(at_ms) = item.watching.as_ref().and_then(|watching| watching.at_ms) {
        add(expiry(WATCHED, at_ms), Vec::new());
    }
    if (item.held.is_some() || item.detained.is_some())
        && let Facts::Envelope(envelope) = &item.facts
    {
        add(held_by(&envelope.sender), Vec::new());
    }
    for slot in &item.waiting {
        let mut key = queue(&slot.mailbox);
        key.push(slot.rank);
        add(
            key,
            if slot.handed {
                vec![HANDED]
            } else {
                Vec::new()
            },
        );
    }
    entries
}

pub(crate) fn item(leaf: Leaf) -> Vec<u8> {
    ended(vec![ITEM], leaf)
}

/// The leaf of a key that is an item's.
pub(crate) fn item_leaf(key: &[u8]) -> Option<Leaf> {
    let (letter, rest) = key.split_first()?;
    let leaf = rest.try_into().ok().filter(|_| *letter == ITEM)?;
    Some(Leaf(u64::from_be_bytes(leaf)))
}

pub(crate) fn seen(digest: &[u8; 32]) -> Vec<u8> {
    lettered(b'd', digest)
}

pub(crate) fn statement_hash(hash: &[u8; 32]) -> Vec<u8> {
    lettered(b'h', hash)
}

pub(crate) fn subject(digest: &[u8; 32]) -> Vec<u8> {
    lettered(b's', digest)
}

pub(crate) fn refusal(digest: &[u8; 32]) -> Vec<u8> {
    lettered(b'f', digest)
}

pub(crate) fn reference(desk: &str, reference: &[u8; 16]) -> Vec<u8> {
    let mut key = named(vec![b'r'], desk);
    key.extend(reference);
    key
}

pub(crate) fn object_name(kind: u8, name: &str) -> Vec<u8> {
    named(vec![OBJECT, kind], name)
}

/// Before the leaves of what is held for a desk.
pub(crate) fn held_by(desk: &str) -> Vec<u8> {
    named(vec![b'n'], desk)
}

/// The time in the key of a held item.
pub(crate) fn held_until(key: &[u8]) -> Option<u64> {
    let (letter, rest) = key.split_first()?;
    let until = rest.first_chunk().filter(|_| *letter == HELD)?;
    Some(u64::from_be_bytes(*until))
}

pub(crate) fn expiry(letter: u8, at_ms: u64) -> Vec<u8> {
    lettered(letter, &at_ms.to_be_bytes())
}

pub(crate) fn queue(mailbox: &Mailbox) -> Vec<u8> {
    match mailbox {
        Mailbox::Device(key_id) => {
            let mut key = vec![b'q', 0];
            key.extend(key_id);
            key
        }
        Mailbox::Peer(agency) => named(vec![b'q', 1], agency),
    }
}

/// The key after `prefix` that an item with this leaf has.
pub(crate) fn ended(mut prefix: Vec<u8>, leaf: Leaf) -> Vec<u8> {
    prefix.extend(leaf.0.to_be_bytes());
    prefix
}

/// The leaf at the end of a key.
pub(crate) fn leaf(key: &[u8]) -> Option<Leaf> {
    key.last_chunk()
        .map(|bytes| Leaf(u64::from_be_bytes(*bytes)))
}

/// The number that stands in a key before the leaf.
pub(crate) fn number(key: &[u8]) -> Option<u64> {
    let before = key.len().checked_sub(8)?;
    key.get(..before)?
        .last_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))
}

/// The byte that stands in a key before the leaf.
pub(crate) fn rank(key: &[u8]) -> Option<u8> {
    key.get(key.len().checked_sub(9)?).copied()
}

fn lettered(letter: u8, bytes: &[u8]) -> Vec<u8> {
    let mut key = Vec::with_capacity(bytes.len() + 9);
    key.push(letter);
    key.extend(bytes);
    key
}

fn named(mut key: Vec<u8>, name: &str) -> Vec<u8> {
    // Longer names are refused by `Record::check`.
    key.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    key.extend(name.as_bytes());
    key
}
