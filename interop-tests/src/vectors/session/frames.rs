//! Cases of `frame-decode`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::{bad, input};
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::encoding::{Bytes, FixedBytes, Text, encode, encode_unchecked};
use estafette_protocol::envelope::Wrap;
use estafette_protocol::frame::{Enrolment, Fault, Frame, Hello, Holding, Item, LinkRole};
use estafette_protocol::time::UnixMillis;
use serde_json::json;

pub(super) fn add(chapter: &mut Chapter) {
    let mut cases = valid();
    cases.extend(invalid());
    chapter.group("frame", "frame-decode", &json!({}), cases);
}

pub(super) fn hello(role: LinkRole, versions: &[u16]) -> Frame {
    let now = UnixMillis(1_767_322_500_000);
    Frame::Hello(Box::new(Hello {
        versions: versions.to_vec(),
        role,
        now,
        have: vec![],
    }))
}

/// One frame of each kind that is neither hello nor taken.
pub(super) fn others() -> Vec<(&'static str, Frame)> {
    let bytes = || Bytes::from(vec![0xbe, 0xef]);
    let fault = Fault {
        code: 1,
        about: Some(FixedBytes([1; 32])),
        retry_after: Some(500),
    };
    vec![
        (
            "submit",
            Frame::Submit {
                number: 1,
                envelope: bytes(),
            },
        ),
        (
            "deliver",
            Frame::Deliver {
                number: 1,
                item: Item::Envelope(bytes()),
            },
        ),
        (
            "statement",
            Frame::Statement {
                number: 1,
                statement: bytes(),
            },
        ),
        ("publish", Frame::Publish { object: bytes() }),
        ("enrol", Frame::Enrol { request: bytes() }),
        (
            "enrolled",
            Frame::Enrolled {
                outcome: Enrolment::Pending,
            },
        ),
        ("fault", Frame::Fault(fault)),
        ("synced", Frame::Synced),
    ]
}

fn holding(name: &str) -> Holding {
    Holding {
        kind: 17,
        name: Text::new(name).unwrap(),
        number: 12,
        hash: FixedBytes([0x0a; 32]),
    }
}

fn hello_with(have: Vec<Holding>, versions: Vec<u16>) -> Frame {
    let now = UnixMillis(1_767_322_500_000);
    Frame::Hello(Box::new(Hello {
        versions,
        role: LinkRole::Relay,
        now,
        have,
    }))
}

fn valid() -> Vec<Case> {
    let ok =
        |id: String, frame: &Frame| Case::valid(id, &["ENC-10"], input(&encode(frame).unwrap()));
    let wrap = Wrap {
        position: 255,
        addressee: 64,
        device: FixedBytes([0xde; 16]),
        prekey: u32::MAX,
        sealed: FixedBytes([0x5e; 1168]),
    };
    let item = |item| Frame::Deliver {
        number: u64::MAX,
        item,
    };
    let longest = "n".repeat(128);
    let mut cases: Vec<Case> = others()
        .iter()
        .map(|(word, frame)| ok(format!("frame-{word}"), frame))
        .collect();
    cases.extend([
        ok("frame-hello".into(), &hello(LinkRole::Device, &[1])),
        ok(
            "frame-hello-stranger".into(),
            &hello(LinkRole::Stranger, &[1, 2, 900]),
        ),
        ok(
            "frame-hello-have".into(),
            &hello_with(vec![holding("police.xa"), holding(&longest)], vec![1]),
        ),
        ok(
            "frame-deliver-statement".into(),
            &item(Item::Statement(Bytes::default())),
        ),
        ok(
            "frame-deliver-wrap".into(),
            &item(Item::Wrap {
                digest: FixedBytes([0xd1; 32]),
                wrap: Box::new(wrap),
            }),
        ),
        ok(
            "frame-deliver-accompanied".into(),
            &item(Item::Accompanied {
                envelope: vec![0xbe, 0xef].into(),
                statements: vec![vec![0xca, 0xfe].into()],
            }),
        ),
        ok(
            "frame-deliver-accompanied-24".into(),
            &item(Item::Accompanied {
                envelope: vec![0xbe, 0xef].into(),
                statements: vec![vec![0xca, 0xfe].into(); 24],
            }),
        ),
        ok("frame-taken".into(), &Frame::Taken { numbers: vec![1] }),
        ok(
            "frame-taken-256".into(),
            &Frame::Taken {
                numbers: (1..=256).collect(),
            },
        ),
        ok(
            "frame-fault-bare".into(),
            &Frame::Fault(Fault {
                code: 9,
                about: None,
                retry_after: None,
            }),
        ),
    ]);
    cases
}

fn invalid() -> Vec<Case> {
    let raw = |frame: &Frame| encode_unchecked(frame).unwrap();
    let good = raw(&hello(LinkRole::Device, &[1]));
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let tags: &[&str] = &["ENC-10"];
    let hello: fn(&'static str) -> (&'static str, &'static str) = |fault| ("frame-hello", fault);
    // Head, tag, count of versions, version, role.
    let (tag, version, role) = (2, 4, 5);
    let synced = raw(&Frame::Synced);
    let accompanied = |statements| {
        let item = Item::Accompanied {
            envelope: Bytes::default(),
            statements,
        };
        raw(&Frame::Deliver { number: 1, item })
    };
    vec![
        bad(
            "frame-empty",
            &["ENC-12"],
            hello("no bytes"),
            "malformed",
            &[],
        ),
        bad(
            "frame-head-only",
            &["ENC-12"],
            hello("head only"),
            "malformed",
            &good[..2],
        ),
        bad(
            "frame-cut",
            &["ENC-9"],
            hello("last byte cut"),
            "malformed",
            &good[..good.len() - 1],
        ),
        bad(
            "frame-trailing",
            &["ENC-14"],
            hello("a zero byte added"),
            "trailing",
            &[&good[..], &[0]].concat(),
        ),
        bad(
            "frame-synced-trailing",
            &["ENC-14"],
            ("frame-synced", "a zero byte added"),
            "trailing",
            &[&synced[..], &[0]].concat(),
        ),
        bad(
            "frame-version",
            &["ENC-13"],
            hello("encoding version 2"),
            "version",
            &with(0, 2),
        ),
        bad(
            "frame-kind",
            &["ENC-13"],
            hello("kind of a statement"),
            "kind",
            &with(1, 34),
        ),
        bad(
            "frame-accompanied-alone",
            &["SES-25"],
            ("frame-deliver-accompanied", "no statement"),
            "SES-25",
            &accompanied(vec![]),
        ),
        bad(
            "frame-accompanied-25",
            &["SES-25"],
            ("frame-deliver-accompanied-24", "25 statements"),
            "SES-25",
            &accompanied(vec![Bytes::default(); 25]),
        ),
        bad(
            "frame-accompanied-long",
            &["SES-25"],
            ("frame-deliver-accompanied", "a statement of 4,097 bytes"),
            "SES-25",
            &accompanied(vec![vec![0; 4_097].into()]),
        ),
        bad(
            "frame-item-4",
            &["ENC-10"],
            ("frame-deliver", "an item of tag 4"),
            "malformed",
            &[1, 48, 2, 1, 4, 0],
        ),
        bad(
            "frame-tag-10",
            tags,
            hello("frame of tag 10"),
            "malformed",
            &with(tag, 10),
        ),
        bad(
            "frame-role-3",
            tags,
            hello("role 3"),
            "malformed",
            &with(role, 3),
        ),
        bad(
            "frame-tag-two-bytes",
            &["ENC-3"],
            ("frame-synced", "tag 9 as 89 00"),
            "not-canonical",
            &[1, 48, 0x89, 0],
        )
        .also(&["malformed"]),
        bad(
            "frame-version-wide",
            &["ENC-3"],
            hello("version 65,536"),
            "malformed",
            &[&good[..version], &[0x80, 0x80, 0x04], &good[version + 1..]].concat(),
        ),
        bad(
            "frame-item-3",
            tags,
            ("frame-deliver", "item of tag 3"),
            "malformed",
            &[1, 48, 2, 1, 3, 0],
        ),
        bad(
            "frame-outcome-2",
            tags,
            ("frame-enrolled", "outcome 2"),
            "malformed",
            &[1, 48, 7, 2],
        ),
        bad(
            "frame-option-2",
            &["ENC-5"],
            ("frame-fault-bare", "option byte 2"),
            "malformed",
            &[1, 48, 8, 9, 2, 0],
        ),
        bad(
            "frame-no-version",
            &["SES-1"],
            hello("no version"),
            "SES-1",
            &raw(&hello_with(vec![], vec![])),
        ),
        bad(
            "frame-name-129",
            &["SES-11"],
            ("frame-hello-have", "name of 129 bytes"),
            "SES-11",
            &raw(&hello_with(vec![holding(&"n".repeat(129))], vec![1])),
        ),
        bad(
            "frame-8193-holdings",
            &["SES-11"],
            ("frame-hello-have", "8,193 holdings"),
            "SES-11",
            &raw(&hello_with(vec![holding(""); 8193], vec![1])),
        ),
        bad(
            "frame-taken-none",
            &["SES-8"],
            ("frame-taken", "no number"),
            "SES-8",
            &raw(&Frame::Taken { numbers: vec![] }),
        ),
        bad(
            "frame-taken-257",
            &["SES-8"],
            ("frame-taken-256", "one more"),
            "SES-8",
            &raw(&Frame::Taken {
                numbers: (1..=257).collect(),
            }),
        ),
    ]
}
