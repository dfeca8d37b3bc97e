//! What every store must do, whatever it is made of; run here over both kinds of index.
//!
//! Only [`Store`] is used, so that another backend can be held against the same list. What a crash
//! may do to files is in `crash`, random histories against a plain model are in `model`.

use std::path::Path;

use super::{IndexKind, JournalStore, Store, StoreError, StoreOptions};
use crate::index::{Facts, SledOptions, Turn, View, rank};
use crate::journal::{JournalError, JournalOptions};
use crate::record::{Envelope, Leaf, Mailbox, Object, Record, Statement};

/// One check: a fresh folder, and what opens or reopens the store in it.
type Check<S> = fn(&Path, &dyn Fn(&Path) -> S);

/// Checks one kind of store; `make` opens or reopens the one in a folder.
pub(crate) fn check<S: Store>(make: impl Fn(&Path) -> S) {
    let checks: [(&str, Check<S>); 12] = [
        ("leaves are gap-free and bodies return", leaves_and_bodies),
        ("only what was committed survives", only_committed_survives),
        ("a mailbox is served in order", served_in_order),
        (
            "items are settled, handed and queued again",
            settled_and_handed,
        ),
        ("an erased item waits nowhere", erased),
        ("duplicates, references and refusals are found", duplicates),
        ("statements are found by subject", statements),
        ("expiry is due until erased, then forgotten", expiry),
        ("a held item waits for its time", held),
        ("the newest object of each name is found", objects),
        ("a record that can not be written changes nothing", refusals),
        ("time never goes backwards", time),
    ];
    for (name, run) in checks {
        let dir = tempfile::tempdir().unwrap();
        println!("{name}");
        run(dir.path(), &make);
    }
}

pub(crate) fn envelope(seed: u8, precedence: u8, status: u8) -> Envelope {
    Envelope {
        digest: [seed; 32],
        sender: "duty@spoc.police.se".to_owned(),
        reference: [seed; 16],
        precedence,
        status,
        expires_ms: 1000 + u64::from(seed),
    }
}

pub(crate) fn accepted(envelope: Envelope, mailboxes: &[Mailbox]) -> Record {
    Record::Envelope {
        envelope,
        mailboxes: mailboxes.to_vec(),
        await_desks: vec!["duty@spoc.police.no".to_owned()],
    }
}

pub(crate) fn statement(seed: u8, subject: u8, mailboxes: &[Mailbox]) -> Record {
    let statement = Statement {
        hash: [seed; 32],
        subject: [subject; 32],
        signer: [0; 16],
        kind: 3,
        precedence: 0,
        status: 0,
        expires_ms: 1000 + u64::from(subject),
    };
    Record::Statement {
        statement,
        mailboxes: mailboxes.to_vec(),
    }
}

pub(crate) fn device(seed: u8) -> Mailbox {
    Mailbox::Device([seed; 16])
}

pub(crate) fn peer(name: &str) -> Mailbox {
    Mailbox::Peer(name.to_owned())
}

pub(crate) fn settled(leaf: Leaf, seed: u8) -> Record {
    Record::Settled {
        leaf,
        mailbox: device(seed),
    }
}

fn waiting(store: &impl Store, mailbox: &Mailbox) -> Vec<u64> {
    let waiting = store.view().next(mailbox, None, usize::MAX).unwrap();
    assert_eq!(store.view().queued(mailbox), waiting.len() as u64);
    waiting.iter().map(|waiting| waiting.turn.leaf.0).collect()
}

fn now_and_after_reopening<S: Store>(
    mut store: S,
    dir: &Path,
    make: &dyn Fn(&Path) -> S,
    check: impl Fn(&dyn View),
) -> S {
    store.commit().unwrap();
    check(store.view());
    drop(store);
    let store = make(dir);
    check(store.view());
    store
}

/// Covers STO-5, STO-6, STO-8.
fn leaves_and_bodies<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    assert_eq!(store.append(1, Record::Opened, None).unwrap(), None);
    for seed in 0..3_u8 {
        let record = accepted(envelope(seed, 0, 0), &[device(1)]);
        let leaf = store.append(2, record, Some(&[seed; 100])).unwrap();
        assert_eq!(leaf, Some(Leaf(u64::from(seed))));
        assert_eq!(store.read(Leaf(u64::from(seed))).unwrap(), [seed; 100]);
    }
    assert_eq!(store.commit().unwrap().leaves, 3);
    let erased = Record::Erased { leaf: Leaf(1) };
    assert_eq!(store.append(3, erased, None).unwrap(), None);
    assert!(no_body(&store, Leaf(1)));
    store.commit().unwrap();
    drop(store);
    let store = make(dir);
    assert_eq!(store.read(Leaf(2)).unwrap(), [2; 100]);
    assert!(no_body(&store, Leaf(1)));
    assert!(no_body(&store, Leaf(9)));
    let mut records = Vec::new();
    store
        .replay(&mut |entry| records.push(entry.head.clone()))
        .unwrap();
    assert_eq!(records.len(), 5);
    assert_eq!(records[4].record, Record::Erased { leaf: Leaf(1) });
}

/// Covers STO-10, STO-11.
fn only_committed_survives<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut position = make(dir).view().position();
    for seed in 0..20_u8 {
        let mut store = make(dir);
        assert_eq!(store.view().position(), position);
        for half in [seed, seed + 100] {
            let record = accepted(envelope(half, 1, 0), &[device(1)]);
            store
                .append(u64::from(seed), record, Some(&[half; 64]))
                .unwrap();
        }
        // Seen at once …
        assert!(store.view().seen(&[seed; 32]).unwrap().is_some());
        if seed % 3 == 0 {
            // … but gone with the process unless committed.
            drop(store);
            let store = make(dir);
            assert_eq!(store.view().position(), position);
            assert_eq!(store.view().seen(&[seed; 32]).unwrap(), None);
            assert!(no_body(&store, Leaf(position.leaves)));
            continue;
        }
        position = store.commit().unwrap();
        assert_eq!(store.commit().unwrap(), position);
        drop(store);
        let store = make(dir);
        assert_eq!(store.view().position(), position);
        let leaf = store.view().seen(&[seed + 100; 32]).unwrap().unwrap();
        assert_eq!(store.read(leaf).unwrap(), [seed + 100; 64]);
        assert_eq!(store.view().queued_total(), position.leaves);
    }
}

/// Covers STO-28.
fn served_in_order<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    let both = [device(1), peer("police.no")];
    let mut expected = Vec::new();
    for (seed, (precedence, status)) in [
        (0, 2),
        (3, 1),
        (1, 0),
        (3, 0),
        (0, 0),
        (3, 2),
        (2, 0),
        (3, 0),
    ]
    .into_iter()
    .enumerate()
    {
        let record = accepted(
            envelope(u8::try_from(seed).unwrap(), precedence, status),
            &both,
        );
        let leaf = store.append(1, record, Some(b"x")).unwrap().unwrap();
        expected.push(Turn {
            rank: rank(precedence, status, false),
            leaf,
        });
    }
    expected.sort();
    assert_eq!(
        expected.iter().map(|turn| turn.leaf.0).collect::<Vec<_>>(),
        [3, 7, 1, 5, 6, 2, 4, 0]
    );
    now_and_after_reopening(store, dir, make, |store| {
        let all = store.next(&device(1), None, 100).unwrap();
        assert_eq!(
            all.iter().map(|waiting| waiting.turn).collect::<Vec<_>>(),
            expected
        );
        assert_eq!(store.next(&both[1], None, 3).unwrap(), all[..3]);
        assert_eq!(
            store.next(&both[1], Some(all[2].turn), 3).unwrap(),
            all[3..6]
        );
        assert_eq!(store.next(&both[1], Some(all[7].turn), 3).unwrap(), []);
        assert_eq!(store.next(&device(2), None, 3).unwrap(), []);
        assert_eq!(store.next(&peer("police.n"), None, 3).unwrap(), []);
        assert_eq!(store.next(&device(1), None, 0).unwrap(), []);
        assert_eq!(store.queued_total(), 16);
    });
}

fn settled_and_handed<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    let record = accepted(envelope(1, 1, 1), &[device(1), device(2)]);
    let leaf = store.append(1, record, Some(b"x")).unwrap().unwrap();
    let mut append = |record| assert_eq!(store.append(2, record, None).unwrap(), None);
    append(Record::Handed {
        leaf,
        mailbox: device(1),
    });
    append(settled(leaf, 2));
    append(settled(leaf, 2));
    append(settled(leaf, 7));
    append(settled(Leaf(77), 1));
    append(Record::Delivered {
        leaf,
        desk: "duty@spoc.police.no".to_owned(),
    });
    let mailboxes = vec![device(3), device(1)];
    let await_desks = vec!["b".to_owned(), "a".to_owned()];
    append(Record::Queued {
        leaf,
        precedence: 3,
        mailboxes,
        await_desks,
    });
    let mut store = now_and_after_reopening(store, dir, make, |view| {
        let item = view.item(leaf).unwrap().unwrap();
        assert_eq!(item.awaited, ["a", "b"]);
        assert_eq!(item.waiting.len(), 2);
        let next = |seed| view.next(&device(seed), None, 9).unwrap();
        assert!(next(1)[0].handed && !next(3)[0].handed);
        assert_eq!(
            next(3)[0].turn,
            Turn {
                rank: rank(3, 1, false),
                leaf
            }
        );
        assert_eq!(next(1)[0].turn, next(3)[0].turn);
        assert_eq!(next(2), []);
        assert_eq!(view.queues(), [(device(1), 1), (device(3), 1)]);
    });
    store.append(3, settled(leaf, 3), None).unwrap();
    assert_eq!(waiting(&store, &device(3)), [] as [u64; 0]);
    assert_eq!(waiting(&store, &device(1)), [0]);
}

/// Covers STO-29.
fn erased<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    let record = accepted(envelope(1, 1, 1), &[device(1), device(2)]);
    let leaf = store.append(1, record, Some(b"x")).unwrap().unwrap();
    store.append(3, Record::Erased { leaf }, None).unwrap();
    let await_desks = vec!["c".to_owned()];
    let mailboxes = vec![device(3)];
    let again = Record::Queued {
        leaf,
        precedence: 3,
        mailboxes,
        await_desks,
    };
    store.append(3, again, None).unwrap();
    now_and_after_reopening(store, dir, make, |view| {
        assert_eq!((view.queued_total(), view.queues()), (0, vec![]));
        let item = view.item(leaf).unwrap().unwrap();
        assert!(item.erased && item.awaited.is_empty() && item.waiting.is_empty());
    });
}

/// Covers STO-30.
fn duplicates<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    let mut append = |record| store.append(1, record, Some(b"x")).unwrap();
    let first = append(accepted(envelope(1, 0, 0), &[]));
    append(accepted(envelope(1, 0, 0), &[]));
    let other = Envelope {
        reference: [1; 16],
        ..envelope(2, 0, 0)
    };
    append(accepted(other, &[]));
    let refusing = append(statement(9, 5, &[])).unwrap();
    append(statement(9, 5, &[]));
    store
        .append(
            1,
            Record::Refused {
                statement: refusing,
            },
            None,
        )
        .unwrap();
    store
        .append(1, Record::Refused { statement: Leaf(0) }, None)
        .unwrap();
    now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.seen(&[1; 32]).unwrap(), first);
        assert_eq!(view.seen(&[3; 32]).unwrap(), None);
        let reference = |desk: &str| view.reference(desk, &[1; 16]).unwrap();
        assert_eq!(reference("duty@spoc.police.se"), Some([1; 32]));
        assert_eq!(reference("duty@spoc.police.s"), None);
        assert_eq!(view.statement(&[9; 32]).unwrap(), Some(refusing));
        assert_eq!(view.refusal(&[5; 32]).unwrap(), Some(refusing));
        assert_eq!(view.refusal(&[1; 32]).unwrap(), None);
    });
}

fn statements<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    for (seed, subject) in [(1, 7), (2, 8), (3, 7), (4, 7)] {
        store
            .append(
                1,
                statement(seed, subject, &[peer("police.no")]),
                Some(&[seed]),
            )
            .unwrap();
    }
    let store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(
            view.statements(&[7; 32]).unwrap(),
            [Leaf(0), Leaf(2), Leaf(3)]
        );
        assert_eq!(view.statements(&[9; 32]).unwrap(), []);
        let item = view.item(Leaf(1)).unwrap().unwrap();
        assert!(matches!(item.facts, Facts::Statement(statement) if statement.hash == [2; 32]));
        assert_eq!(view.live(None, 2).unwrap(), [Leaf(0), Leaf(1)]);
        assert_eq!(view.live(Some(Leaf(1)), 9).unwrap(), [Leaf(2), Leaf(3)]);
    });
    assert_eq!(waiting(&store, &peer("police.no")), [0, 1, 2, 3]);
    assert_eq!(store.read(Leaf(2)).unwrap(), [3]);
}

/// Covers STO-30, STO-31.
fn expiry<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    for seed in [3, 1, 2] {
        store
            .append(1, accepted(envelope(seed, 0, 0), &[device(1)]), Some(b"x"))
            .unwrap();
    }
    store.append(1, statement(9, 1, &[]), Some(b"y")).unwrap();
    let mut store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.due(1000, 9).unwrap(), []);
        assert_eq!(view.due(1002, 9).unwrap(), [Leaf(1), Leaf(3), Leaf(2)]);
        assert_eq!(view.due(u64::MAX, 2).unwrap(), [Leaf(1), Leaf(3)]);
        assert_eq!(view.next_due_ms().unwrap(), Some(1001));
    });
    assert_eq!(store.forget(u64::MAX).unwrap(), 0);
    for leaf in [1, 3, 0] {
        store
            .append(2, Record::Erased { leaf: Leaf(leaf) }, None)
            .unwrap();
    }
    let mut store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.due(u64::MAX, 9).unwrap(), [Leaf(2)]);
        assert_eq!(view.next_due_ms().unwrap(), Some(1002));
        assert_eq!(view.seen(&[1; 32]).unwrap(), Some(Leaf(1)));
    });
    assert_eq!(store.forget(1001).unwrap(), 0);
    assert_eq!(store.forget(1002).unwrap(), 2);
    let view = store.view();
    assert_eq!(view.seen(&[1; 32]).unwrap(), None);
    assert_eq!(
        view.reference("duty@spoc.police.se", &[1; 16]).unwrap(),
        None
    );
    assert_eq!(view.statements(&[1; 32]).unwrap(), []);
    assert_eq!(view.item(Leaf(1)).unwrap(), None);
    assert_eq!(view.seen(&[3; 32]).unwrap(), Some(Leaf(0)));
    // A digest that was forgotten is new when it comes again.
    let again = store
        .append(3, accepted(envelope(1, 0, 0), &[]), Some(b"x"))
        .unwrap();
    assert_eq!(store.view().seen(&[1; 32]).unwrap(), again);
}

pub(crate) fn hold(leaf: Leaf, until_ms: u64, mailboxes: &[Mailbox]) -> Record {
    Record::Held {
        leaf,
        until_ms,
        signer: [5; 16],
        mailboxes: mailboxes.to_vec(),
    }
}

/// Covers STO-33, STO-34.
fn held<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    // Routine, flash and immediate for one time, and one for a sooner one.
    for (seed, precedence, until_ms) in [(1, 0, 500), (2, 3, 500), (3, 2, 500), (4, 0, 499)] {
        let record = accepted(envelope(seed, precedence, 0), &[device(9)]);
        let leaf = store.append(1, record, Some(b"x")).unwrap().unwrap();
        let mailboxes = [device(1), peer("police.no")];
        store
            .append(1, hold(leaf, until_ms, &mailboxes), None)
            .unwrap();
    }
    let mut store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.next_held_ms().unwrap(), Some(499));
        assert_eq!(view.held(498, 9).unwrap(), []);
        assert_eq!(view.held(499, 9).unwrap(), [Leaf(3)]);
        let order = [Leaf(3), Leaf(1), Leaf(2), Leaf(0)];
        assert_eq!(view.held(500, 9).unwrap(), order);
        assert_eq!(view.held(u64::MAX, 2).unwrap(), order[..2]);
        assert_eq!(view.held_by("duty@spoc.police.se", 9).unwrap(), 4);
        assert_eq!(view.held_by("duty@spoc.police.se", 3).unwrap(), 3);
        assert_eq!(view.held_by("duty@spoc.police.s", 9).unwrap(), 0);
        assert_eq!(
            (view.queued(&peer("police.no")), view.queued(&device(9))),
            (0, 4)
        );
    });
    for leaf in [0, 1] {
        let released = Record::Released { leaf: Leaf(leaf) };
        store.append(2, released, None).unwrap();
    }
    let cancelled = Record::Cancelled { leaf: Leaf(2) };
    store.append(2, cancelled, None).unwrap();
    store
        .append(2, Record::Erased { leaf: Leaf(3) }, None)
        .unwrap();
    // Neither of these fits any more.
    for leaf in [0, 2, 3] {
        let leaf = Leaf(leaf);
        store.append(3, Record::Released { leaf }, None).unwrap();
        store.append(3, Record::Cancelled { leaf }, None).unwrap();
    }
    let store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.held(u64::MAX, 9).unwrap(), []);
        assert_eq!(view.next_held_ms().unwrap(), None);
        assert_eq!(view.held_by("duty@spoc.police.se", 9).unwrap(), 0);
        let awaited = |leaf| view.item(Leaf(leaf)).unwrap().unwrap().awaited;
        assert_eq!(awaited(0), ["duty@spoc.police.no"]);
        assert_eq!(awaited(2), [""; 0]);
        let dropped = [0, 1, 2, 3].map(|leaf| view.item(Leaf(leaf)).unwrap().unwrap().dropped);
        assert_eq!(dropped, [false, false, true, true]);
    });
    assert_eq!(waiting(&store, &peer("police.no")), [1, 0]);
    assert_eq!(waiting(&store, &device(9)), [1, 2, 0]);
}

fn objects<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let object = |kind, name: &str, number, hash| Object {
        kind,
        name: name.to_owned(),
        number,
        hash: [hash; 32],
    };
    let all = [
        object(1, "police.se", 4, 1),
        object(1, "police.se", 300, 2),
        object(1, "police.se", 300, 3),
        object(1, "police.se", 5, 4),
        object(1, "police.s", 9, 5),
        object(2, "police.se", 1, 6),
    ];
    let mut store = make(dir);
    for object in all.clone() {
        let body = [object.hash[0]; 8];
        store
            .append(1, Record::Object(object), Some(&body))
            .unwrap();
    }
    let at = |index: usize| (Leaf(index as u64), all[index].clone());
    let mut store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.objects().unwrap(), [at(4), at(1), at(5)]);
        let history = view.object_history(1, "police.se").unwrap();
        assert_eq!(history, [at(0), at(3), at(1), at(2)]);
        assert_eq!(view.live(None, 9).unwrap(), []);
    });
    store
        .append(1, Record::Erased { leaf: Leaf(1) }, None)
        .unwrap();
    let store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.objects().unwrap(), [at(4), at(2), at(5)]);
        assert_eq!(view.item(Leaf(1)).unwrap(), None);
    });
    assert_eq!(store.read(Leaf(2)).unwrap(), [3; 8]);
}

fn refusals<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    let before = store.view().position();
    assert!(
        store
            .append(1, accepted(envelope(1, 4, 0), &[]), None)
            .is_err()
    );
    assert!(
        store
            .append(1, accepted(envelope(1, 0, 3), &[]), None)
            .is_err()
    );
    assert!(
        store
            .append(1, accepted(envelope(1, 0, 0), &[peer("")]), None)
            .is_err()
    );
    assert!(store.append(1, Record::Opened, Some(b"x")).is_err());
    let long = vec![0; crate::record::BODY_BYTES_MAX + 1];
    assert!(
        store
            .append(1, accepted(envelope(1, 0, 0), &[]), Some(&long))
            .is_err()
    );
    let many: Vec<_> = (0..300).map(|n| peer(&format!("{n:0255}"))).collect();
    assert!(
        store
            .append(1, accepted(envelope(1, 0, 0), &many), None)
            .is_err()
    );
    assert_eq!(store.view().position(), before);
    let most = vec![7; crate::record::BODY_BYTES_MAX];
    for seed in 0..40 {
        // Covers STO-13.
        if store
            .append(1, accepted(envelope(seed, 0, 0), &[]), Some(&most))
            .is_err()
        {
            assert!(seed > 20);
            assert_eq!(store.commit().unwrap().leaves, u64::from(seed));
            break;
        }
    }
    assert_eq!(
        store.append(1, statement(1, 1, &[]), None).unwrap(),
        Some(Leaf(31))
    );
    assert!(no_body(&store, Leaf(31)));
    let store = now_and_after_reopening(store, dir, make, |view| {
        assert_eq!(view.position().leaves, 32);
    });
    assert_eq!(store.read(Leaf(30)).unwrap(), most);
}

/// Covers STO-7.
fn time<S: Store>(dir: &Path, make: &dyn Fn(&Path) -> S) {
    let mut store = make(dir);
    assert_eq!(store.last_at_ms(), 0);
    for at_ms in [5, 3, 9, 1] {
        store.append(at_ms, Record::Opened, None).unwrap();
    }
    store.commit().unwrap();
    drop(store);
    let store = make(dir);
    assert_eq!(store.last_at_ms(), 9);
    let mut times = Vec::new();
    store
        .replay(&mut |entry| times.push(entry.head.at_ms))
        .unwrap();
    assert_eq!(times, [5, 5, 9, 9]);
}

fn no_body(store: &impl Store, leaf: Leaf) -> bool {
    let error = store.read(leaf).unwrap_err();
    matches!(error, StoreError::Journal(JournalError::NoBody { leaf: missing }) if missing == leaf)
}

/// Options small enough that every test crosses segments.
pub(crate) fn small(index: IndexKind) -> StoreOptions {
    let journal = JournalOptions {
        segment_bytes: 600,
        ..JournalOptions::default()
    };
    StoreOptions { journal, index }
}

pub(crate) fn sled() -> IndexKind {
    IndexKind::Sled(SledOptions {
        cache_bytes: 1 << 20,
        ..SledOptions::default()
    })
}

#[test]
fn journal_with_index_in_memory_keeps_the_contract() {
    check(|dir| JournalStore::open(dir, small(IndexKind::Memory)).unwrap().0);
}

#[test]
fn journal_with_index_in_sled_keeps_the_contract() {
    check(|dir| JournalStore::open(dir, small(sled())).unwrap().0);
}
