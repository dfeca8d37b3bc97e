//! Segments on a disk: recovery, repair, and the index that follows. Spec: store.md.
//!
//! The first byte of the input says how: 0, the rest is the one segment; else the rest are choices
//! that write segments by the chapter (a second implementation of it), with wrong values under
//! right checksums, and then spoil bytes as a disk would.

use crate::record::records;
use crate::{Seeds, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_relay::index::View;
use estafette_relay::journal::{Journal, JournalError, JournalOptions, Lock, repair};
use estafette_relay::record::{Head, Leaf, Record};
use estafette_relay::store::{JournalStore, Store, StoreOptions};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Takes a segment, or writes some.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((0, segment)) => {
            let dir = folder();
            fs::write(name(dir.path(), 1), segment).unwrap();
            recover(dir.path(), None);
        }
        // Choices that run out end the input.
        Some((_, choices)) => {
            let _ = write(&mut Unstructured::new(choices));
        }
        None => {}
    }
}

/// A folder for one input, in memory where there is such a file system.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    tempfile::Builder::new()
        .prefix("estafette-fuzz-")
        .tempdir_in(parent)
        .unwrap()
}

fn name(dir: &Path, number: u64) -> std::path::PathBuf {
    dir.join(format!("{number:010}.segment"))
}

/// Opens what is on the disk, repairing it where that is needed, and goes on.
///
/// `written` are the heads that were once there, where every damage is visible by a checksum.
fn recover(dir: &Path, written: Option<&[Head]>) {
    let (found, journal) = match open(dir) {
        Ok(opened) => opened,
        Err(JournalError::Damaged { .. }) => {
            assert!(repair(dir).unwrap().is_some(), "STO-18");
            open(dir).unwrap()
        }
        Err(error) => panic!("{error}"),
    };
    assert!(
        written.is_none_or(|written| written.starts_with(&found)),
        "STO-10"
    );
    drop(journal);
    let (again, mut journal) = open(dir).unwrap();
    assert_eq!(again, found);
    assert!(journal.torn().is_none());
    for leaf in 0..journal.position().leaves {
        let body = journal.read_body(Leaf(leaf));
        assert_eq!(
            journal.has_body(Leaf(leaf)),
            !matches!(body, Err(JournalError::NoBody { .. }))
        );
    }
    let entry = journal.append(1, Record::Opened, None).unwrap();
    journal.commit().unwrap();
    while let Some(number) = journal.wasteful() {
        if journal.rewrite(number).is_err() {
            break;
        }
    }
    drop(journal);
    let (more, journal) = open(dir).unwrap();
    assert_eq!(more.split_last(), Some((&entry.head, found.as_slice())));
    drop(journal);
    index(dir);
}

fn open(dir: &Path) -> std::result::Result<(Vec<Head>, Journal), JournalError> {
    let mut heads = Vec::new();
    let mut leaves = 0;
    let mut visit = |entry: &estafette_relay::journal::Entry| {
        // STO-5
        if let Some(leaf) = entry.head.leaf {
            assert_eq!(leaf.0, leaves);
            leaves += 1;
        }
        assert_eq!(entry.position.leaves, leaves);
        heads.push(entry.head.clone());
        assert_eq!(entry.position.records, heads.len() as u64);
    };
    let journal = Journal::open(Lock::take(dir)?, JournalOptions::default(), &mut visit)?;
    Ok((heads, journal))
}

/// The index follows whatever the journal holds, and answers.
fn index(dir: &Path) {
    let (mut store, opening) = JournalStore::open(dir, StoreOptions::default()).unwrap();
    assert!(opening.torn.is_none());
    let record = records().swap_remove(1);
    store.append(1, record, Some(b"envelope")).unwrap();
    store.commit().unwrap();
    let view = store.view();
    assert_eq!(view.position(), store.journal().position());
    let mut total = 0;
    for (mailbox, queued) in view.queues() {
        let waiting = view.next(&mailbox, None, usize::MAX).unwrap();
        assert_eq!(waiting.len() as u64, queued);
        assert!(waiting.is_sorted_by(|a, b| a.turn < b.turn), "STO-28");
        total += queued;
    }
    assert_eq!(view.queued_total(), total);
    examine(view);
    store.forget(u64::MAX).unwrap();
}

fn examine(view: &dyn View) {
    for (leaf, object) in view.objects().unwrap() {
        let history = view.object_history(object.kind, &object.name).unwrap();
        assert!(history.contains(&(leaf, object)));
    }
    for leaf in view.live(None, usize::MAX).unwrap() {
        // STO-29
        assert!(view.item(leaf).unwrap().is_some_and(|item| !item.erased));
    }
    let due = view.due(u64::MAX, usize::MAX).unwrap();
    assert_eq!(due.is_empty(), view.next_due_ms().unwrap().is_none());
}

/// Where the writer stands.
#[derive(Clone)]
struct Writer {
    id: [u8; 16],
    group: u64,
    records: u64,
    leaves: u64,
    chain: [u8; 32],
    heads: Vec<Head>,
}

fn write(u: &mut Unstructured<'_>) -> Result<()> {
    let id = [6; 16];
    let chain = Sha256::new()
        .chain_update(b"estafette journal 1")
        .chain_update(id)
        .finalize();
    let mut writer = Writer {
        id,
        group: 1,
        records: 0,
        leaves: 0,
        chain: chain.into(),
        heads: Vec::new(),
    };
    // Wrong values under right checksums.
    let lies = u.ratio(1, 2)?;
    let dir = folder();
    for number in 1..=u.int_in_range(1..=3)? {
        let mut segment = writer.header(number, lies, u)?;
        for _ in 0..u.int_in_range(0..=3)? {
            let group = writer.group(lies, u)?;
            segment.extend(group);
        }
        if u.ratio(1, 4)? {
            mutate(&mut segment, u)?;
        }
        if u.ratio(15, 16)? {
            fs::write(name(dir.path(), number), segment).unwrap();
        }
    }
    recover(dir.path(), (!lies).then_some(writer.heads.as_slice()));
    Ok(())
}

impl Writer {
    fn header(&self, number: u64, lies: bool, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let mut bytes = b"ESTAFJNL\x01\0\0\0".to_vec();
        bytes.extend(number.to_le_bytes());
        bytes.extend(self.id);
        bytes.extend(self.group.to_le_bytes());
        bytes.extend(self.records.to_le_bytes());
        bytes.extend(self.leaves.to_le_bytes());
        bytes.extend(self.chain);
        sealed(bytes, lies, u)
    }

    fn group(&mut self, lies: bool, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let before = self.records;
        for _ in 0..u.int_in_range(1..=4)? {
            bytes.extend(self.record(lies, u)?);
        }
        let mut marker = b"C\0\0\0".to_vec();
        marker.extend(u32::try_from(self.records - before).unwrap().to_le_bytes());
        marker.extend(self.id);
        marker.extend(self.group.to_le_bytes());
        marker.extend((bytes.len() as u64).to_le_bytes());
        marker.extend(self.records.to_le_bytes());
        marker.extend(self.leaves.to_le_bytes());
        marker.extend(self.chain);
        bytes.extend(sealed(marker, lies, u)?);
        self.group += 1;
        Ok(bytes)
    }

    fn record(&mut self, lies: bool, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let record = u.choose(&records())?.clone();
        let record = aim(record, u.int_in_range(0..=3)?);
        let logged = record.is_logged();
        let head = Head {
            at_ms: self.records,
            leaf: logged.then_some(Leaf(self.leaves)),
            record,
        };
        let mut head_bytes = head.to_bytes().unwrap();
        if lies && u.ratio(1, 8)? {
            mutate(&mut head_bytes, u)?;
        }
        let body = if logged {
            vec![5; u.int_in_range(0..=400)?]
        } else {
            Vec::new()
        };
        // Some bodies were erased, as after a rewrite.
        let kept = logged && u.ratio(7, 8)?;
        let body = if kept { body } else { Vec::new() };
        let state = if kept { 1 } else { 2 * u8::from(logged) };
        let mut prefix = vec![b'R', state, 0, 0];
        prefix.extend(u32::try_from(head_bytes.len()).unwrap().to_le_bytes());
        prefix.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        prefix.extend(crc32fast::hash(&body).to_le_bytes());
        if lies && u.ratio(1, 16)? {
            mutate(&mut prefix, u)?;
        }
        let checksum = crc32fast::hash(&[prefix.as_slice(), &head_bytes].concat());
        self.records += 1;
        self.leaves += u64::from(logged);
        let chain = Sha256::new()
            .chain_update(self.chain)
            .chain_update(&head_bytes);
        self.chain = chain.finalize().into();
        self.heads.push(head);
        Ok([prefix, checksum.to_le_bytes().to_vec(), head_bytes, body].concat())
    }
}

/// The same record about another leaf.
fn aim(mut record: Record, to: u64) -> Record {
    match &mut record {
        Record::Queued { leaf, .. }
        | Record::Handed { leaf, .. }
        | Record::Settled { leaf, .. }
        | Record::Delivered { leaf, .. }
        | Record::Refused { statement: leaf }
        | Record::Erased { leaf } => *leaf = Leaf(to),
        _ => {}
    }
    record
}

fn sealed(mut bytes: Vec<u8>, lies: bool, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    if lies && u.ratio(1, 16)? {
        mutate(&mut bytes, u)?;
    }
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    Ok(bytes)
}

/// A segment as the relay writes it, an empty file, and choices.
pub fn seeds() -> Seeds {
    let dir = folder();
    let (_, mut journal) = open(dir.path()).unwrap();
    for record in records() {
        let body = record.is_logged().then_some(b"body".as_slice());
        journal.append(5, record, body).unwrap();
        journal.commit().unwrap();
    }
    let segment = fs::read(name(dir.path(), 1)).unwrap();
    let choices =
        (1..64_u8).map(|n| [&[n], noise(&format!("journal {n}"), 256).as_slice()].concat());
    [vec![0], [&[0], segment.as_slice()].concat()]
        .into_iter()
        .chain(choices)
        .collect()
}
