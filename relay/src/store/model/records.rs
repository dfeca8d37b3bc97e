//! Random records, small enough that they meet each other.

use proptest::prelude::*;

use crate::record::{Envelope, Leaf, Mailbox, MarkedBy, Object, Record, Statement};

fn mailbox() -> impl Strategy<Value = Mailbox> {
    prop_oneof![
        (0..3_u8).prop_map(|seed| Mailbox::Device([seed; 16])),
        prop::sample::select(vec!["a", "aa", "b"]).prop_map(|name| Mailbox::Peer(name.to_owned())),
    ]
}

fn desk() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["x", "y", "z"]).prop_map(str::to_owned)
}

pub(super) fn record() -> impl Strategy<Value = Record> {
    let mailboxes = || prop::collection::vec(mailbox(), 0..3);
    let desks = || prop::collection::vec(desk(), 0..3);
    let leaf = || (0..12_u64).prop_map(Leaf);
    let sender = "duty@spoc.police.se".to_owned();
    let envelope = (0..6_u8, 0..6_u8, 0..4_u8, 0..3_u8, 0..5_u64).prop_map(
        move |(digest, reference, precedence, status, expires_ms)| Envelope {
            digest: [digest; 32],
            sender: sender.clone(),
            reference: [reference; 16],
            precedence,
            status,
            expires_ms,
        },
    );
    let statement = (0..6_u8, 0..6_u8, 0..4_u8, 0..5_u64).prop_map(
        |(hash, subject, precedence, expires_ms)| Statement {
            hash: [hash; 32],
            subject: [subject; 32],
            signer: [0; 16],
            kind: 1,
            precedence,
            status: 0,
            expires_ms,
        },
    );
    let object = (0..2_u8, desk(), 0..3_u64, any::<u8>()).prop_map(|(kind, name, number, hash)| {
        Record::Object(Object {
            kind,
            name,
            number,
            hash: [hash; 32],
        })
    });
    prop_oneof![
        4 => (envelope, mailboxes(), desks()).prop_map(|(envelope, mailboxes, await_desks)| {
            Record::Envelope { envelope, mailboxes, await_desks }
        }),
        2 => (statement, mailboxes())
            .prop_map(|(statement, mailboxes)| Record::Statement { statement, mailboxes }),
        1 => object,
        1 => (leaf(), 0..4_u8, mailboxes(), desks()).prop_map(
            |(leaf, precedence, mailboxes, await_desks)| {
                Record::Queued { leaf, precedence, mailboxes, await_desks }
            }
        ),
        1 => (leaf(), mailbox()).prop_map(|(leaf, mailbox)| Record::Handed { leaf, mailbox }),
        3 => (leaf(), mailbox()).prop_map(|(leaf, mailbox)| Record::Settled { leaf, mailbox }),
        2 => (leaf(), desk()).prop_map(|(leaf, desk)| Record::Delivered { leaf, desk }),
        1 => leaf().prop_map(|statement| Record::Refused { statement }),
        2 => leaf().prop_map(|leaf| Record::Erased { leaf }),
        2 => (leaf(), 0..5_u64, mailboxes()).prop_map(|(leaf, until_ms, mailboxes)| {
            Record::Held { leaf, until_ms, signer: [0; 16], mailboxes }
        }),
        1 => leaf().prop_map(|leaf| Record::Released { leaf }),
        1 => leaf().prop_map(|leaf| Record::Cancelled { leaf }),
        2 => (leaf(), prop::option::of(0..5_u64), mailboxes()).prop_map(
            |(leaf, due_ms, mailboxes)| Record::Detained {
                leaf,
                due_ms,
                signer: [0; 16],
                mailboxes,
            }
        ),
        2 => (leaf(), 0..4_u8, prop::option::of(0..5_u64))
            .prop_map(|(leaf, precedence, until_ms)| Record::LetGo { leaf, precedence, until_ms }),
        1 => about(leaf().boxed(), desks().boxed()),
        1 => Just(Record::Opened),
    ]
}

/// Records that say something about an envelope and queue nothing.
fn about(
    leaf: BoxedStrategy<Leaf>,
    desks: BoxedStrategy<Vec<String>>,
) -> impl Strategy<Value = Record> {
    let marked = (leaf.clone(), 0..3_u64, 0..3_u16).prop_map(|(leaf, at_ms, code)| {
        let hash = [0; 32];
        let (by, marking) = (MarkedBy { at_ms, hash }, vec![(1, code)]);
        Record::Marked { leaf, by, marking }
    });
    prop_oneof![
        leaf.clone().prop_map(|leaf| Record::Late { leaf }),
        (leaf.clone(), desks).prop_map(|(leaf, desks)| Record::Standby { leaf, desks }),
        marked,
        (leaf.clone(), any::<bool>()).prop_map(|(leaf, above)| {
            let rows = vec![];
            Record::Rated { leaf, rows, above }
        }),
        (leaf.clone(), any::<u8>()).prop_map(|(leaf, digest)| {
            let digests = vec![[digest; 32]];
            Record::Encloses { leaf, digests }
        }),
        (
            leaf.clone(),
            prop::option::of(0..5_u64),
            prop::collection::vec(any::<u8>(), 0..3)
        )
            .prop_map(|(leaf, at_ms, watch)| Record::Watched { leaf, at_ms, watch }),
        (-3..3_i64, any::<bool>(), -3..3_i64).prop_map(|(skew_ms, kept, trusted_ms)| {
            Record::Stepped {
                skew_ms,
                kept,
                trusted_ms,
            }
        }),
        leaf.prop_map(|leaf| Record::NonCompliant { leaf }),
    ]
}
