//! Cases of `header-decode`: the table of the header and ENV-1 to ENV-7.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "only on values of our own making"
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
use serde_json::{Value, json};

/// A fault in a header: id, requirements, base, what was changed, reason, how.
type Fault = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    &'static str,
    fn(&mut Header),
);

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
        id,
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

const FIELDS: &[Fault] = &[
    (
        "header-expires-is-created",
        &["ENV-1"],
        "header-1-ms",
        "expires equals created",
        "ENV-1",
        |h| h.expires = h.created,
    ),
    (
        "header-expires-before-created",
        &["ENV-1"],
        "header-1-ms",
        "expires 1 ms before created",
        "ENV-1",
        |h| h.expires = h.created.minus(1),
    ),
    (
        "header-30-days-and-1-ms",
        &["ENV-1"],
        "header-30-days",
        "expires 1 ms later",
        "ENV-1",
        |h| h.expires = h.created.plus(30 * DAY_MS + 1),
    ),
    (
        "header-31-days",
        &["ENV-1"],
        "header-30-days",
        "expires a day later",
        "ENV-1",
        |h| h.expires = h.created.plus(31 * DAY_MS),
    ),
    (
        "header-no-action",
        &["ENV-2"],
        "header",
        "no addressee of role action",
        "ENV-2",
        |h| h.addressees[0].role = Role::Info,
    ),
    (
        "header-only-standby",
        &["ENV-2"],
        "header-domestic",
        "the only addressee is standby",
        "ENV-2",
        |h| h.addressees[0].role = Role::Standby,
    ),
    (
        "header-not-before-early",
        &["ENV-3"],
        "header-full",
        "not_before 1 ms before created",
        "ENV-3",
        |h| h.not_before = Some(h.created.minus(1)),
    ),
    (
        "header-not-before-late",
        &["ENV-3"],
        "header-not-before-expires",
        "not_before 1 ms after expires",
        "ENV-3",
        |h| h.not_before = Some(h.expires.plus(1)),
    ),
    (
        "header-exercise-missing",
        &["ENV-4"],
        "header-exercise",
        "exercise absent",
        "ENV-4",
        |h| h.exercise = None,
    ),
    (
        "header-exercise-in-actual",
        &["ENV-4"],
        "header",
        "exercise present, status actual",
        "ENV-4",
        |h| h.exercise = Some(FixedBytes([0x5e; 16])),
    ),
    (
        "header-exercise-in-test",
        &["ENV-4"],
        "header-exercise",
        "status test",
        "ENV-4",
        |h| h.status = Status::Test,
    ),
    (
        "header-accord-missing",
        &["ENV-5"],
        "header",
        "accord absent",
        "ENV-5",
        |h| h.accord = None,
    ),
    (
        "header-accord-domestic",
        &["ENV-5"],
        "header-domestic",
        "accord present",
        "ENV-5",
        |h| h.accord = Some(FixedBytes([0xac; 32])),
    ),
    (
        "header-rosters-missing",
        &["ENV-7"],
        "header",
        "rosters empty",
        "ENV-7",
        |h| h.rosters.clear(),
    ),
    (
        "header-rosters-of-another",
        &["ENV-7"],
        "header",
        "roster of an agency not addressed",
        "ENV-7",
        |h| h.rosters[0] = roster("customs.xc", 3),
    ),
    (
        "header-rosters-extra",
        &["ENV-7"],
        "header",
        "roster of an agency not addressed added",
        "ENV-7",
        |h| h.rosters.push(roster("customs.xc", 3)),
    ),
    (
        "header-rosters-own",
        &["ENV-7"],
        "header-domestic",
        "roster of the sender's own agency",
        "ENV-7",
        |h| h.rosters.push(roster("police.xa", 3)),
    ),
    (
        "header-body-17",
        &["ENV-14"],
        "header-smallest-body",
        "body_bytes one more than a class",
        "ENV-14",
        |h| h.body_bytes += 1,
    ),
    (
        "header-body-without-tag",
        &["ENV-14"],
        "header-smallest-body",
        "body_bytes a size class",
        "ENV-14",
        |h| h.body_bytes = 256,
    ),
    (
        "header-body-0",
        &["ENV-14"],
        "header-smallest-body",
        "body_bytes 0",
        "ENV-14",
        |h| h.body_bytes = 0,
    ),
    (
        "header-body-128",
        &["ENV-13", "ENV-14"],
        "header-smallest-body",
        "body_bytes of 128 bytes, which is no class",
        "ENV-14",
        |h| h.body_bytes = 128 + 16,
    ),
    (
        "header-body-65536-and-half",
        &["ENV-13", "ENV-14"],
        "header-full",
        "body_bytes of 49,152 bytes, which is no class",
        "ENV-14",
        |h| h.body_bytes = 49_152 + 16,
    ),
    (
        "header-body-largest-and-one",
        &["ENV-13", "ENV-14"],
        "header-full",
        "body_bytes one step above the largest class",
        "ENV-14",
        |h| h.body_bytes = 491_520 + 32_768 + 16,
    ),
];

const ORDERS: &[Fault] = &[
    (
        "header-addressees-unsorted",
        &["ENV-2", "ENC-17"],
        "header",
        "addressees swapped",
        "ENV-2",
        |h| h.addressees.swap(0, 1),
    ),
    (
        "header-addressee-twice",
        &["ENV-2"],
        "header",
        "the same desk as action and info",
        "ENV-2",
        |h| h.addressees[1].desk = h.addressees[0].desk.clone(),
    ),
    (
        "header-rosters-unsorted",
        &["ENV-7", "ENC-17"],
        "header-full",
        "rosters swapped",
        "ENV-7",
        |h| h.rosters.swap(0, 1),
    ),
    (
        "header-rosters-twice",
        &["ENV-7", "ENC-17"],
        "header",
        "the same agency twice",
        "ENV-7",
        |h| h.rosters.push(roster("border.xb", 4)),
    ),
    (
        "header-marking-unsorted",
        &["ENV-6", "ENC-17"],
        "header",
        "markings swapped",
        "ENV-6",
        |h| h.marking.swap(0, 1),
    ),
    (
        "header-marking-twice",
        &["ENV-6", "ENC-17"],
        "header",
        "two markings of one axis",
        "ENV-6",
        |h| h.marking[1].axis = 1,
    ),
    (
        "header-encloses-unsorted",
        &["ENC-17"],
        "header-full",
        "encloses swapped",
        "ENC-17",
        |h| h.encloses.swap(0, 1),
    ),
    (
        "header-encloses-twice",
        &["ENC-17"],
        "header-full",
        "one digest twice",
        "ENC-17",
        |h| h.encloses[1] = h.encloses[0],
    ),
    (
        "header-attachments-unsorted",
        &["ENC-17"],
        "header-full",
        "attachments swapped",
        "ENC-17",
        |h| h.attachments.swap(0, 1),
    ),
    (
        "header-attachment-twice",
        &["ENC-17"],
        "header-full",
        "one attachment twice",
        "ENC-17",
        |h| h.attachments[1] = h.attachments[0].clone(),
    ),
    (
        "header-extensions-unsorted",
        &["ENC-18"],
        "header-full",
        "extensions swapped",
        "ENC-18",
        |h| h.extensions.0.swap(0, 1),
    ),
    (
        "header-extension-twice",
        &["ENC-18"],
        "header-full",
        "one id twice",
        "ENC-18",
        |h| h.extensions.0[0].id = 900,
    ),
];

const LIMITS: &[Fault] = &[
    (
        "header-no-addressee",
        &["ENV-2"],
        "header-domestic",
        "no addressee",
        "ENV-2",
        |h| h.addressees.clear(),
    ),
    (
        "header-65-addressees",
        &["ENV-2"],
        "header-64-addressees",
        "one more",
        "ENV-2",
        |h| h.addressees = many(65),
    ),
    (
        "header-17-rosters",
        &["ENV-7"],
        "header",
        "17 agencies addressed and named",
        "ENV-7",
        |h| {
            let names = || (b'a'..=b'q').map(|c| format!("{}.xb", char::from(c)));
            h.addressees = names()
                .map(|agency| addressee(&format!("duty@ops.{agency}"), Role::Action))
                .collect();
            h.rosters = names().map(|agency| roster(&agency, 1)).collect();
        },
    ),
    (
        "header-9-markings",
        &["ENV-6"],
        "header",
        "nine markings",
        "ENV-6",
        |h| h.marking = (1..=9).map(|axis| Marking { axis, code: 0 }).collect(),
    ),
    (
        "header-9-enclosed",
        &["ENC-17"],
        "header-full",
        "nine digests enclosed",
        "ENC-17",
        |h| h.encloses = (1..=9).map(|byte| FixedBytes([byte; 32])).collect(),
    ),
    (
        "header-33-attachments",
        &["ENC-17"],
        "header-full",
        "33 attachments",
        "ENC-17",
        |h| {
            let one = |byte| Attachment {
                hash: FixedBytes([byte; 32]),
                bytes: 1,
            };
            h.attachments = (1..=33).map(one).collect();
        },
    ),
    (
        "header-acknowledge-31-days",
        &["ENC-13"],
        "header-full",
        "acknowledge_within 1 ms above 30 days",
        "ENC-13",
        |h| h.acknowledge_within = Some(30 * DAY_MS + 1),
    ),
    (
        "header-answer-366-days",
        &["ENC-13"],
        "header-full",
        "answer_within 1 ms above 365 days",
        "ENC-13",
        |h| h.answer_within = Some(365 * DAY_MS + 1),
    ),
    (
        "header-task-force-empty",
        &["ENC-13"],
        "header-full",
        "task_force empty",
        "ENC-13",
        |h| h.task_force = Some(text("")),
    ),
    (
        "header-task-force-65",
        &["ENC-13"],
        "header-full",
        "task_force of 65 bytes",
        "ENC-13",
        |h| h.task_force = Some(text(&"t".repeat(65))),
    ),
    (
        "header-17-extensions",
        &["ENC-18"],
        "header-full",
        "17 extensions",
        "ENC-18",
        |h| h.extensions = Extensions((1..=17).map(|id| extension(id, b"")).collect()),
    ),
    (
        "header-extension-1025",
        &["ENC-18"],
        "header-full",
        "an extension of 1,025 bytes",
        "ENC-18",
        |h| h.extensions.0[1].value = Bytes::from(vec![0xee; 1025]),
    ),
    (
        "header-extension-critical",
        &["ENC-19"],
        "header-full",
        "an unknown extension is critical",
        "ENC-19",
        |h| h.extensions.0[0].critical = true,
    ),
];

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
