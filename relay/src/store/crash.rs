//! What a crash, a failing disk or an operator may do to the files, and what the store makes of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::contract::{accepted, device, envelope, peer, settled, sled, small, statement};
use super::model::dump;
use super::{IndexKind, JournalStore, Opening, Rebuilt, Store, StoreError, StoreOptions};
use crate::index::SledOptions;
use crate::journal::{self, JournalError, JournalOptions, Position};
use crate::record::{Leaf, Object, Record};

const KINDS: [fn() -> IndexKind; 2] = [|| IndexKind::Memory, sled];

fn open(dir: &Path, index: IndexKind) -> Result<(JournalStore, Opening), StoreError> {
    let journal = JournalOptions {
        segment_bytes: 1500,
        ..JournalOptions::default()
    };
    JournalStore::open(dir, StoreOptions { journal, index })
}

/// With every group in a segment of its own.
fn open_small(dir: &Path) -> Result<(JournalStore, Opening), StoreError> {
    JournalStore::open(dir, small(IndexKind::Memory))
}

/// Appends one group of everything there is and commits it.
fn group(store: &mut JournalStore, seed: u8) -> Position {
    let both = [device(seed % 3), peer("police.no")];
    let first = store.append(
        1,
        accepted(envelope(seed, seed % 4, 0), &both),
        Some(&[seed; 40]),
    );
    let leaf = first.unwrap().unwrap();
    store
        .append(2, statement(seed, seed, &both[..1]), Some(&[seed; 9]))
        .unwrap();
    let object = Object {
        kind: 1,
        name: "a".to_owned(),
        number: 1,
        hash: [seed; 32],
    };
    store
        .append(2, Record::Object(object), Some(&[seed; 5]))
        .unwrap();
    store
        .append(
            3,
            Record::Settled {
                leaf,
                mailbox: peer("police.no"),
            },
            None,
        )
        .unwrap();
    if seed.is_multiple_of(2) {
        store.append(3, Record::Erased { leaf }, None).unwrap();
    }
    store.commit().unwrap()
}

fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).unwrap();
    }
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> = files
        .filter(|path| path.extension().is_some_and(|found| found == "segment"))
        .collect();
    segments.sort();
    segments
}

fn lengths(dir: &Path) -> BTreeMap<PathBuf, u64> {
    let length = |path: PathBuf| (path.clone(), path.metadata().unwrap().len());
    segments(dir).into_iter().map(length).collect()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1 << (at % 8);
    fs::write(path, bytes).unwrap();
}

/// A store with several segments; positions by number of groups; where the last group begins.
struct Scene {
    dir: tempfile::TempDir,
    positions: Vec<Position>,
    last: PathBuf,
    last_at: u64,
}

impl Scene {
    fn new(index: IndexKind) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        let (mut store, _) = open(path, index).unwrap();
        let mut positions = vec![store.view().position()];
        for seed in 0..4 {
            positions.push(group(&mut store, seed));
        }
        let before = lengths(path);
        store
            .append(
                4,
                accepted(envelope(77, 3, 0), &[device(1)]),
                Some(&[77; 10]),
            )
            .unwrap();
        store.append(4, settled(Leaf(3), 1), None).unwrap();
        positions.push(store.commit().unwrap());
        let last = segments(path).pop().unwrap();
        let last_at = before[&last];
        assert!(before.len() > 1);
        Self {
            dir,
            positions,
            last,
            last_at,
        }
    }

    fn copy(&self) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("copy");
        copy(self.dir.path(), &path);
        (dir, path)
    }

    fn last_in(&self, dir: &Path) -> PathBuf {
        dir.join(self.last.file_name().unwrap())
    }
}

/// Covers STO-10, STO-15.
#[test]
fn a_tail_torn_at_any_byte_is_cut_off_and_nothing_else() {
    for (kind, step) in KINDS.iter().zip([1, 13]) {
        let scene = Scene::new(kind());
        let len = scene.last.metadata().unwrap().len();
        let (_guard, dir) = scene.copy();
        for cut in (scene.last_at..=len).step_by(step).chain([len - 1, len]) {
            copy(scene.dir.path(), &dir);
            let file = fs::File::options()
                .write(true)
                .open(scene.last_in(&dir))
                .unwrap();
            file.set_len(cut).unwrap();
            let (mut store, opening) = open(&dir, kind()).unwrap();
            let whole = cut == len;
            let expected = scene.positions[if whole { 5 } else { 4 }];
            assert_eq!(store.view().position(), expected, "cut at {cut}");
            assert_eq!(store.view().seen(&[77; 32]).unwrap().is_some(), whole);
            let torn = opening
                .torn
                .map(|torn| (torn.segment, torn.offset, torn.bytes, torn.complete));
            let tail = cut - scene.last_at;
            let told = (scene.last_in(&dir), scene.last_at, tail, false);
            assert_eq!(torn, (!whole && tail > 0).then_some(told));
            let ahead = !whole && matches!(kind(), IndexKind::Sled(_));
            assert_eq!(
                opening.rebuilt,
                ahead.then_some(Rebuilt::Ahead { records: 2 })
            );
            let position = group(&mut store, 9);
            drop(store);
            let (store, opening) = open(&dir, kind()).unwrap();
            assert_eq!((store.view().position(), opening.torn), (position, None));
        }
    }
}

/// Covers STO-3, STO-9, STO-14, STO-16.
#[test]
fn a_flipped_bit_is_never_silent() {
    let scene = Scene::new(IndexKind::Memory);
    let sound = dump(open(scene.dir.path(), IndexKind::Memory).unwrap().0.view());
    let (_guard, dir) = scene.copy();
    let (mut damaged, mut torn, mut bodies, mut found_on_reading) = (0, 0, 0, 0);
    for (file, len) in lengths(&dir) {
        for at in 0..usize::try_from(len).unwrap() {
            copy(scene.dir.path(), &dir);
            flip(&file, at);
            let in_last = file == scene.last_in(&dir) && at as u64 >= scene.last_at;
            match open(&dir, IndexKind::Memory) {
                Err(StoreError::Journal(error @ JournalError::Damaged { .. })) => {
                    let text = error.to_string();
                    assert!(text.contains(file.to_str().unwrap()), "{text}");
                    assert!(
                        text.contains("estafette-relay journal repair --dir"),
                        "{text}"
                    );
                    assert!(!in_last, "at {at}");
                    damaged += 1;
                }
                Err(other) => panic!("{other}"),
                Ok((
                    store,
                    Opening {
                        torn: Some(found), ..
                    },
                )) => {
                    assert!(in_last && found.segment == file, "at {at}");
                    assert_eq!(store.view().position(), scene.positions[4]);
                    torn += 1;
                }
                Ok((store, _)) => {
                    assert!(!in_last);
                    assert_eq!(dump(store.view()), sound);
                    let leaves = (0..store.view().position().leaves).map(Leaf);
                    let damaged = leaves.filter_map(|leaf| match store.read(leaf) {
                        Err(StoreError::Journal(JournalError::BodyDamaged { segment, .. })) => {
                            Some(segment)
                        }
                        _ => None,
                    });
                    let damaged: Vec<_> = damaged.collect();
                    assert!(damaged.iter().all(|segment| *segment == file));
                    found_on_reading += damaged.len();
                    bodies += 1;
                }
            }
        }
    }
    println!("{damaged} refused, {torn} torn, {bodies} in bodies");
    assert_eq!(bodies, 4 * (40 + 9 + 5));
    // Two envelopes are erased: nobody reads their bodies again.
    assert_eq!(found_on_reading, bodies - 2 * 40);
    assert!(torn as u64 == scene.last.metadata().unwrap().len() - scene.last_at);
}

/// Covers STO-17.
#[test]
fn opening_stores_the_last_group_once_more() {
    let scene = Scene::new(IndexKind::Memory);
    let bytes = fs::read(&scene.last).unwrap();
    let file = fs::File::options().write(true).open(&scene.last).unwrap();
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    file.set_modified(long_ago).unwrap();
    open(scene.dir.path(), IndexKind::Memory).unwrap();
    assert_ne!(file.metadata().unwrap().modified().unwrap(), long_ago);
    assert_eq!(fs::read(&scene.last).unwrap(), bytes);
}

/// Covers STO-14.
#[test]
fn a_page_missing_before_the_last_marker_is_a_torn_tail() {
    let scene = Scene::new(IndexKind::Memory);
    let mut bytes = fs::read(&scene.last).unwrap();
    let at = usize::try_from(scene.last_at).unwrap();
    bytes[at..at + 30].fill(0);
    fs::write(&scene.last, bytes).unwrap();
    let (store, opening) = open(scene.dir.path(), IndexKind::Memory).unwrap();
    assert_eq!(store.view().position(), scene.positions[4]);
    assert!(opening.torn.unwrap().complete);
}

/// Covers STO-35. Found by fuzzing: the second opening lost what the first had kept.
#[test]
fn a_damaged_body_before_a_torn_tail_is_damage_and_not_a_longer_tail() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = open(dir.path(), IndexKind::Memory).unwrap();
    group(&mut store, 1);
    group(&mut store, 3);
    drop(store);
    let segment = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&segment).unwrap();
    let body = bytes.windows(40).position(|window| window == [1; 40]);
    bytes[body.unwrap()] ^= 1;
    bytes.pop();
    fs::write(&segment, bytes).unwrap();
    for _ in 0..2 {
        match open(dir.path(), IndexKind::Memory) {
            Err(StoreError::Journal(JournalError::Damaged { segment: named, .. })) => {
                assert_eq!(named, segment);
            }
            unexpected => panic!("{unexpected:?}"),
        }
    }
    let repair = journal::repair(dir.path()).unwrap().unwrap();
    assert_eq!((repair.kept.records, repair.offset), (0, 96));
    assert_eq!(repair.aside.len(), 1);
    let (store, opening) = open(dir.path(), IndexKind::Memory).unwrap();
    assert_eq!((store.view().position().records, opening.torn), (0, None));
}

/// Covers STO-16.
#[test]
fn a_body_that_quotes_a_marker_does_not_turn_a_torn_tail_into_damage() {
    let other = Scene::new(IndexKind::Memory);
    let quoted = fs::read(&other.last).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = open(dir.path(), IndexKind::Memory).unwrap();
    let position = group(&mut store, 1);
    store
        .append(9, accepted(envelope(2, 0, 0), &[]), Some(&quoted))
        .unwrap();
    store.commit().unwrap();
    drop(store);
    let last = segments(dir.path()).pop().unwrap();
    let len = last.metadata().unwrap().len();
    fs::File::options()
        .write(true)
        .open(last)
        .unwrap()
        .set_len(len - 1)
        .unwrap();
    let (store, opening) = open(dir.path(), IndexKind::Memory).unwrap();
    assert_eq!(store.view().position(), position);
    assert!(!opening.torn.unwrap().complete);
}

/// Covers STO-3.
#[test]
fn a_missing_or_foreign_segment_is_refused_and_named() {
    let (scene, other) = (Scene::new(IndexKind::Memory), Scene::new(IndexKind::Memory));
    let refused = |dir: &Path, segment: &Path| match open(dir, IndexKind::Memory) {
        Err(StoreError::Journal(JournalError::Damaged { segment: named, .. })) => {
            assert_eq!(named, segment);
        }
        unexpected => panic!("{unexpected:?}"),
    };
    let (_guard, dir) = scene.copy();
    let all = segments(&dir);
    fs::remove_file(&all[0]).unwrap();
    refused(&dir, &all[1]);
    copy(scene.dir.path(), &dir);
    fs::copy(&segments(other.dir.path())[1], &all[1]).unwrap();
    refused(&dir, &all[1]);
}

/// Covers STO-18.
#[test]
fn repair_keeps_what_is_before_the_damage_and_counts_what_is_lost() {
    let scene = Scene::new(IndexKind::Memory);
    let (_guard, dir) = scene.copy();
    assert_eq!(journal::repair(&dir).unwrap(), None);
    let first = segments(&dir).remove(0);
    flip(&first, 100);
    let damaged = fs::read(&first).unwrap();
    let repair = journal::repair(&dir).unwrap().unwrap();
    assert_eq!(repair.segment, first);
    assert_eq!((repair.kept.records, repair.offset), (0, 96));
    assert_eq!(repair.lost, Some(scene.positions[5]));
    assert_eq!(fs::read(&repair.aside[0]).unwrap(), damaged);
    assert_eq!(repair.aside.len(), lengths(scene.dir.path()).len());
    let (mut store, _) = open(&dir, sled()).unwrap();
    assert_eq!(store.view().position().records, 0);
    group(&mut store, 1);
    drop(store);
    assert_eq!(journal::repair(&dir).unwrap(), None);

    copy(scene.dir.path(), &dir);
    flip(&scene.last_in(&dir), 3);
    let repair = journal::repair(&dir).unwrap().unwrap();
    assert_eq!(repair.offset, 0);
    let (store, opening) = open(&dir, IndexKind::Memory).unwrap();
    assert_eq!(store.view().position(), repair.kept);
    assert_eq!(opening.torn, None);
}

/// Covers STO-1.
#[test]
fn a_second_opener_is_told_who_is_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let (mut first, _) = open(dir.path(), sled()).unwrap();
    group(&mut first, 1);
    let error = open(dir.path(), sled()).unwrap_err();
    assert!(error.to_string().ends_with("is locked by another process"));
    assert!(journal::repair(dir.path()).is_err());
    drop(first);
    // Nor did the second opener touch the index.
    let (_store, opening) = open(dir.path(), sled()).unwrap();
    assert_eq!(
        opening,
        Opening {
            torn: None,
            rebuilt: None,
            unwritable: false
        }
    );
}

/// Covers STO-32.
#[test]
fn an_index_that_can_not_be_written_is_kept_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = open(dir.path(), sled()).unwrap();
    group(&mut store, 1);
    let expected = dump(store.view());
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    fs::write(dir.path().join("index"), b"in the way").unwrap();
    let (store, opening) = open(dir.path(), sled()).unwrap();
    assert!(opening.unwritable);
    assert_eq!(dump(store.view()), expected);
}

/// Covers STO-12.
#[test]
fn a_failed_write_closes_the_journal_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let (mut store, _) = open_small(&path).unwrap();
    let position = group(&mut store, 1);
    let aside = dir.path().join("aside");
    fs::rename(&path, &aside).unwrap();
    store
        .append(9, accepted(envelope(2, 0, 0), &[]), Some(&[0; 600]))
        .unwrap();
    assert!(matches!(
        store.commit(),
        Err(StoreError::Journal(JournalError::Io { .. }))
    ));
    fs::rename(&aside, &path).unwrap();
    let poisoned = |error| matches!(error, StoreError::Journal(JournalError::Poisoned));
    assert!(poisoned(store.commit().unwrap_err()));
    assert!(poisoned(store.append(9, Record::Opened, None).unwrap_err()));
    assert!(poisoned(store.read(Leaf(0)).unwrap_err()));
    drop(store);
    let (store, _) = open_small(&path).unwrap();
    assert_eq!(store.view().position(), position);
}

/// Covers STO-2, STO-4, STO-8, STO-19.
#[test]
fn rewriting_gives_space_back_and_changes_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = open_small(dir.path()).unwrap();
    for seed in 0..12 {
        let record = accepted(envelope(seed, 0, 0), &[device(1)]);
        store.append(1, record, Some(&[seed; 400])).unwrap();
        store.commit().unwrap();
    }
    assert_eq!(segments(dir.path()).len(), 12);
    for leaf in (0..12).filter(|leaf| leaf % 3 != 0) {
        store
            .append(2, Record::Erased { leaf: Leaf(leaf) }, None)
            .unwrap();
    }
    // Erased, but not durably: the bodies stay.
    assert!(!store.tend().unwrap());
    store.commit().unwrap();
    let (before, expected) = (store.journal().bytes(), dump(store.view()));
    let mut rewritten = 0;
    while store.tend().unwrap() {
        rewritten += 1;
    }
    assert!(rewritten >= 4 && before - store.journal().bytes() == 8 * 400);
    assert_eq!(
        lengths(dir.path()).values().sum::<u64>(),
        store.journal().bytes()
    );
    let check = |store: &JournalStore| {
        assert_eq!(dump(store.view()), expected);
        for leaf in 0..12 {
            let body = store.read(Leaf(leaf)).ok();
            let kept = vec![u8::try_from(leaf).unwrap(); 400];
            assert_eq!(body, leaf.is_multiple_of(3).then_some(kept));
        }
    };
    check(&store);
    drop(store);
    // What a crash leaves beside a segment goes away.
    let half = dir.path().join("0000000001.segment.new");
    fs::write(&half, b"half").unwrap();
    let (mut store, opening) = open_small(dir.path()).unwrap();
    assert_eq!(
        opening,
        Opening {
            torn: None,
            rebuilt: None,
            unwritable: false
        }
    );
    assert!(!half.exists());
    check(&store);
    assert!(!store.tend().unwrap());
}

/// Covers STO-19.
#[test]
fn a_damaged_body_is_not_rewritten_away() {
    let dir = tempfile::tempdir().unwrap();
    let (mut store, _) = open_small(dir.path()).unwrap();
    for seed in 0..3 {
        store
            .append(1, accepted(envelope(seed, 0, 0), &[]), Some(&[seed; 10]))
            .unwrap();
    }
    store
        .append(1, statement(9, 1, &[]), Some(&[9; 3000]))
        .unwrap();
    store.commit().unwrap();
    let first = segments(dir.path()).remove(0);
    let bytes = fs::read(&first).unwrap();
    let at = bytes
        .windows(10)
        .position(|window| window == [2; 10])
        .unwrap();
    // The digest and the reference are the same bytes, before the body.
    let at = at
        + bytes[at..]
            .windows(10)
            .rposition(|window| window == [2; 10])
            .unwrap();
    store
        .append(1, Record::Erased { leaf: Leaf(3) }, None)
        .unwrap();
    store.commit().unwrap();
    flip(&first, at);
    let before = fs::read(&first).unwrap();
    let error = store.tend().unwrap_err().to_string();
    assert!(
        error.contains("body of leaf 2") && error.contains("0000000001.segment"),
        "{error}"
    );
    assert_eq!(fs::read(&first).unwrap(), before);
    assert!(!dir.path().join("0000000001.segment.new").exists());
    // It is named once, and not read through again at every commit.
    assert!(!store.tend().unwrap());
}

/// Covers STO-22, STO-23, STO-24, STO-26.
#[test]
fn an_index_that_does_not_fit_is_caught_up_or_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let index = path.join("index");
    let stale = dir.path().join("stale");
    let mut store = open(&path, sled()).unwrap().0;
    for seed in 0..20 {
        if seed == 10 {
            drop(store);
            copy(&index, &stale);
            store = open(&path, sled()).unwrap().0;
        }
        group(&mut store, seed);
    }
    let expected = dump(store.view());
    drop(store);
    let reopened = |rebuilt| {
        let (store, opening) = open(&path, sled()).unwrap();
        assert_eq!(
            opening,
            Opening {
                torn: None,
                rebuilt,
                unwritable: false
            }
        );
        assert_eq!(dump(store.view()), expected);
    };
    reopened(None);
    fs::remove_dir_all(&index).unwrap();
    reopened(Some(Rebuilt::Missing));
    copy(&stale, &index);
    reopened(None);
    fs::write(index.join("CURRENT"), "seven").unwrap();
    reopened(Some(Rebuilt::Damaged));
    fs::write(index.join("CURRENT"), "77\n").unwrap();
    reopened(Some(Rebuilt::Damaged));

    let other = dir.path().join("other");
    let mut store = open(&other, sled()).unwrap().0;
    group(&mut store, 3);
    drop(store);
    copy(&other.join("index"), &index);
    reopened(Some(Rebuilt::Foreign));
    assert_eq!(
        dump(open(&path, IndexKind::Memory).unwrap().0.view()),
        expected
    );
}

/// Covers STO-24.
#[test]
fn a_flipped_bit_in_the_index_changes_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let mut store = open(&path, sled()).unwrap().0;
    for seed in 0..30 {
        group(&mut store, seed);
    }
    let expected = dump(store.view());
    drop(store);
    let sound = dir.path().join("sound");
    copy(&path.join("index"), &sound);
    let generation = fs::read_to_string(sound.join("CURRENT")).unwrap();
    let files: Vec<_> = fs::read_dir(sound.join(generation.trim()))
        .unwrap()
        .collect();
    let mut rebuilt = 0;
    for file in files {
        let file = file.unwrap().path();
        if !file.is_file() {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        let used: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for at in used.iter().step_by(used.len() / 25 + 1) {
            copy(&sound, &path.join("index"));
            flip(
                &path.join("index").join(file.strip_prefix(&sound).unwrap()),
                *at,
            );
            let (store, opening) = open(&path, sled()).unwrap();
            assert_eq!(dump(store.view()), expected, "{} at {at}", file.display());
            rebuilt += u32::from(opening.rebuilt.is_some());
        }
    }
    assert!(rebuilt > 0);
}

/// Covers STO-27.
#[test]
fn a_grown_index_is_built_again() {
    let dir = tempfile::tempdir().unwrap();
    let options = SledOptions {
        grown_bytes: 0,
        cache_bytes: 1 << 20,
    };
    let journal = JournalOptions::default();
    let options = StoreOptions {
        journal,
        index: IndexKind::Sled(options),
    };
    let (mut store, _) = JournalStore::open(dir.path(), options).unwrap();
    group(&mut store, 1);
    store
        .append(9, Record::Erased { leaf: Leaf(0) }, None)
        .unwrap();
    store.commit().unwrap();
    assert_eq!(store.forget(1002).unwrap(), 1);
    let expected = dump(store.view());
    assert!(store.tend().unwrap());
    assert_eq!(dump(store.view()), expected);
    drop(store);
    let (_store, opening) = JournalStore::open(dir.path(), options).unwrap();
    assert_eq!(opening.rebuilt, Some(Rebuilt::Grown));
}

/// Covers STO-20.
#[test]
fn a_store_short_of_space_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let short = |headroom_bytes| {
        let journal = JournalOptions {
            headroom_bytes,
            ..JournalOptions::default()
        };
        let options = StoreOptions {
            journal,
            index: IndexKind::Memory,
        };
        let (store, _) = JournalStore::open(dir.path(), options).unwrap();
        store.is_short_of_space().unwrap()
    };
    assert!(short(u64::MAX) && !short(0));
}
