//! Cases of `header-decode`: the table of the header and ENV-1 to ENV-7.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::world::{CREATED, desk, header, text};
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::address::Desk;
use estafette_protocol::encoding::{
    Bytes, Extension, Extensions, FixedBytes, encode, encode_unchecked,
};
use estafette_protocol::envelope::{Addressee, Attachment, Header, Role, RosterNumber};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::time::DAY_MS;
use faults::{FIELDS, Fault, LIMITS, ORDERS};
use serde_json::{Value, json};

mod faults;

pub(super) fn add(chapter: &mut Chapter) {
    let mut cases = valid();
    cases.extend(FIELDS.iter().chain(ORDERS).chain(LIMITS).map(faulty));
    cases.extend(bytes());
    chapter.group("header", "header-decode", &json!({}), cases);
}

fn input(bytes: &[u8]) -> Value {
    json!({ "header": hex(bytes) })
}

fn base(name: &str) -> Header {
    match name {
        "header-domestic" => domestic(),
        "header-exercise" => exercise(),
        "header-full" => full(),
        _ => header(),
    }
}

fn faulty((id, requirements, base_id, mutation, reason, fault): &Fault) -> Case {
    let mut header = base(base_id);
    fault(&mut header);
    let bytes = encode_unchecked(&header).unwrap();
    Case::invalid(
        *id,
        requirements,
        (base_id, mutation),
        ("decode", reason),
        input(&bytes),
    )
}

/// Every option present, every sequence with more than one element.
fn full() -> Header {
    let hash = |byte| FixedBytes([byte; 32]);
    let mut full = header();
    full.addressees
        .push(addressee("spare@ops.border.xb", Role::Standby));
    full.addressees
        .push(addressee("watch@spoc.customs.xc", Role::Info));
    full.rosters.push(roster("customs.xc", u64::MAX));
    full.marking = [1, 2, 3, 4].map(|axis| Marking { axis, code: 3 }).to_vec();
    full.in_reply_to = Some(hash(0x11));
    full.supersedes = Some(hash(0x22));
    full.encloses = vec![hash(0x33), hash(0x34)];
    full.not_before = Some(CREATED.plus(1));
    full.acknowledge_within = Some(30 * DAY_MS);
    full.answer_within = Some(365 * DAY_MS);
    full.attachments = [0x44, 0x45]
        .map(|byte| Attachment {
            hash: hash(byte),
            bytes: 70_000,
        })
        .to_vec();
    full.retention = Some(u64::MAX);
    full.task_force = Some(text("northern-border"));
    full.exception = Some(7);
    full.body_bytes = 491_520 + 16;
    full.extensions = Extensions(vec![extension(1, b""), extension(900, &[0xee; 1024])]);
    full
}

fn domestic() -> Header {
    let mut header = header();
    header.addressees = vec![addressee("head@spoc.police.xa", Role::Action)];
    header.rosters.clear();
    header.accord = None;
    header
}

fn exercise() -> Header {
    let mut header = header();
    header.status = Status::Exercise;
    header.exercise = Some(FixedBytes([0x5e; 16]));
    header
}

fn valid() -> Vec<Case> {
    let ok = |id, requirements, header: &Header| {
        Case::valid(id, requirements, input(&encode(header).unwrap()))
    };
    let with = |change: fn(&mut Header)| {
        let mut header = header();
        change(&mut header);
        header
    };
    vec![
        ok("header", &["ENV-2", "ENV-5", "ENV-6", "ENV-7"], &header()),
        ok(
            "header-full",
            &["ENV-3", "ENV-6", "ENC-17", "ENC-18", "ENC-19"],
            &full(),
        ),
        ok("header-domestic", &["ENV-5", "ENV-7"], &domestic()),
        ok("header-exercise", &["ENV-4"], &exercise()),
        ok(
            "header-test",
            &["ENV-4"],
            &with(|h| h.status = Status::Test),
        ),
        ok(
            "header-30-days",
            &["ENV-1"],
            &with(|h| h.expires = h.created.plus(30 * DAY_MS)),
        ),
        ok(
            "header-1-ms",
            &["ENV-1"],
            &with(|h| h.expires = h.created.plus(1)),
        ),
        ok(
            "header-not-before-expires",
            &["ENV-3"],
            &with(|h| h.not_before = Some(h.expires)),
        ),
        ok(
            "header-routine",
            &["ENV-2"],
            &with(|h| h.precedence = Precedence::Routine),
        ),
        ok(
            "header-unknown-marking",
            &["ENV-6"],
            &with(|h| {
                h.marking = vec![Marking { axis: 1, code: 9 }, Marking { axis: 77, code: 1 }];
            }),
        ),
        ok(
            "header-64-addressees",
            &["ENV-2"],
            &with(|h| h.addressees = many(64)),
        ),
        ok(
            "header-smallest-body",
            &["ENV-14"],
            &with(|h| h.body_bytes = 256 + 16),
        ),
    ]
}

fn addressee(desk: &str, role: Role) -> Addressee {
    Addressee {
        desk: self::desk(desk),
        role,
    }
}

fn many(count: usize) -> Vec<Addressee> {
    (0..count)
        .map(|n| addressee(&format!("d{n:02}@ops.border.xb"), Role::Action))
        .collect()
}

fn roster(agency: &str, number: u64) -> RosterNumber {
    RosterNumber {
        agency: agency.parse().unwrap(),
        number,
    }
}

fn extension(id: u16, value: &[u8]) -> Extension {
    Extension {
        id,
        critical: false,
        value: Bytes::from(value),
    }
}

/// Faults in the bytes themselves.
fn bytes() -> Vec<Case> {
    let good = encode(&header()).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    // Head, suite, status, reference, sender: where the first fields stand.
    let (suite, status, sender) = (2, 3, 20);
    let role = sender
        + 1
        + header().sender.as_str().len()
        + 16
        + 1
        + 1
        + header().addressees[0].desk.as_str().len();
    let longer = [&good[..suite], &[0x81, 0x00], &good[suite + 1..]].concat();
    let big = {
        let mut header = full();
        header.extensions = Extensions((1..=16).map(|id| extension(id, &[0; 1024])).collect());
        encode_unchecked(&header).unwrap()
    };
    let case = |id, requirements, mutation, reason, bytes: &[u8]| {
        let fault = (("header", mutation), ("decode", reason));
        Case::invalid(id, requirements, fault.0, fault.1, input(bytes))
    };
    let mut cases = vec![
        case("header-empty", &["ENC-12"], "no bytes", "malformed", &[]),
        case(
            "header-head-only",
            &["ENC-12"],
            "head only",
            "malformed",
            &good[..2],
        ),
        case(
            "header-cut",
            &["ENC-9"],
            "last byte cut",
            "malformed",
            &good[..good.len() - 1],
        ),
        case(
            "header-trailing",
            &["ENC-14"],
            "a zero byte added",
            "trailing",
            &[&good[..], &[0]].concat(),
        ),
        case(
            "header-version-0",
            &["ENC-13"],
            "encoding version 0",
            "version",
            &changed(0, 0),
        ),
        case(
            "header-version-2",
            &["ENC-13"],
            "encoding version 2",
            "version",
            &changed(0, 2),
        ),
        case(
            "header-kind",
            &["ENC-13"],
            "kind of a form",
            "kind",
            &changed(1, 35),
        ),
        case(
            "header-suite-2-bytes",
            &["ENC-3", "ENC-15"],
            "suite as 81 00",
            "not-canonical",
            &longer,
        )
        .also(&["malformed"]),
        case(
            "header-status-3",
            &["ENC-10"],
            "status 3",
            "malformed",
            &changed(status, 3),
        ),
        case(
            "header-role-3",
            &["ENC-10"],
            "role 3",
            "malformed",
            &changed(role, 3),
        ),
        case(
            "header-too-long",
            &["ENC-13"],
            "16 extensions of 1,024 bytes",
            "too-long",
            &big,
        ),
    ];
    for (id, mutation, wrong) in [
        ("header-sender-upper-case", "sender in upper case", b'D'),
        ("header-sender-nul", "U+0000 in sender", 0),
        ("header-sender-not-utf8", "ff in sender", 0xff),
    ] {
        cases.push(case(
            id,
            &["IDN-1", "ENC-6"],
            mutation,
            "malformed",
            &changed(sender + 1, wrong),
        ));
    }
    let _: Desk = header().sender;
    cases
}
