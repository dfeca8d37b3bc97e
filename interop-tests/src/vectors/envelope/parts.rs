//! Cases of `envelope-decode`, `envelope-digest` and `padding`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::draft::Draft;
use super::world::{World, bytes};
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::{Envelope, pad};
use serde_json::{Value, json};

pub(super) fn add(chapter: &mut Chapter) {
    let mut world = World::new();
    let draft = world.draft();
    chapter.group("decode", "envelope-decode", &json!({}), decoding(&draft));
    chapter.group("digest", "envelope-digest", &json!({}), digests(&draft));
    chapter.group("padding", "padding", &json!({}), paddings());
}

fn input(envelope: &Envelope) -> Value {
    json!({ "envelope": hex(&bytes(envelope)) })
}

fn decoding(draft: &Draft) -> Vec<Case> {
    let good = draft.envelope();
    let bare = good.with_wraps(|_| false);
    let withheld = |count: u16| {
        let mut envelope = bare.clone();
        let hash = |n: u16| {
            let mut bytes = [0; 32];
            bytes[..2].copy_from_slice(&n.to_be_bytes());
            FixedBytes(bytes)
        };
        envelope.withheld = (0..count).map(hash).collect();
        draft.sign(&mut envelope);
        envelope
    };
    let mut cases = vec![
        Case::valid("decode", &["ENV-9"], input(&good)),
        Case::valid("decode-withheld", &["ENV-10"], input(&bare)),
        Case::valid("decode-256-wraps", &["ENV-9"], input(&withheld(256))),
    ];
    let mut fault = |id, requirements, base, mutation, reason, change: &dyn Fn(&mut Envelope)| {
        let mut envelope = good.clone();
        change(&mut envelope);
        draft.sign(&mut envelope);
        let fault = ((base, mutation), ("decode", reason));
        cases.push(Case::invalid(
            id,
            requirements,
            fault.0,
            fault.1,
            input(&envelope),
        ));
    };
    fault(
        "decode-no-wrap",
        &["ENV-9"],
        "decode",
        "no wrap at all, re-signed",
        "ENV-9",
        &|e| {
            e.wraps.clear();
        },
    );
    fault(
        "decode-257-wraps",
        &["ENV-9"],
        "decode-256-wraps",
        "one more withheld, re-signed",
        "ENV-9",
        &|e| *e = withheld(257),
    );
    fault(
        "decode-wraps-unsorted",
        &["ENV-9"],
        "decode",
        "wraps[0] and wraps[1] swapped, re-signed",
        "ENV-9",
        &|e| e.wraps.swap(0, 1),
    );
    fault(
        "decode-position-twice",
        &["ENV-9"],
        "decode",
        "both wraps at position 0, re-signed",
        "ENV-9",
        &|e| e.wraps[1].position = 0,
    );
    fault(
        "decode-position-beyond",
        &["ENV-9"],
        "decode",
        "wraps[1] at position 2, re-signed",
        "ENV-9",
        &|e| e.wraps[1].position = 2,
    );
    fault(
        "decode-addressee-beyond",
        &["ENV-9"],
        "decode",
        "wraps[1] for addressee 3 of 2, re-signed",
        "ENV-9",
        &|e| e.wraps[1].addressee = 3,
    );
    fault(
        "decode-body-longer",
        &["ENV-14"],
        "decode",
        "a byte added to the body, re-signed",
        "ENV-14",
        &|e| e.body = [e.body.as_slice(), &[0]].concat().into(),
    );
    fault(
        "decode-body-cut",
        &["ENV-14"],
        "decode",
        "last byte of the body cut, re-signed",
        "ENV-14",
        &|e| e.body = e.body.as_slice()[..271].into(),
    );
    fault(
        "decode-header-trailing",
        &["ENC-14"],
        "decode",
        "a byte added to the header, re-signed",
        "trailing",
        &|e| e.header = [e.header.as_slice(), &[0]].concat().into(),
    );
    cases.extend(raw(&bytes(&good)));
    cases
}

fn raw(good: &[u8]) -> Vec<Case> {
    let case = |id, requirements, mutation, reason, envelope: Value| {
        let fault = (("decode", mutation), ("decode", reason));
        Case::invalid(
            id,
            requirements,
            fault.0,
            fault.1,
            json!({ "envelope": envelope }),
        )
    };
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.to_vec();
        bytes[at] = byte;
        hex(&bytes)
    };
    let zeros = json!([hex(good), { "repeat": "00", "count": 524_289 - good.len() }]);
    vec![
        case(
            "decode-empty",
            &["ENC-12"],
            "no bytes",
            "malformed",
            hex(&[]),
        ),
        case(
            "decode-cut",
            &["ENC-9"],
            "last byte cut",
            "malformed",
            hex(&good[..good.len() - 1]),
        ),
        case(
            "decode-trailing",
            &["ENC-14"],
            "a zero byte added",
            "trailing",
            hex(&[good, &[0]].concat()),
        ),
        case(
            "decode-version",
            &["ENC-13"],
            "encoding version 2",
            "version",
            changed(0, 2),
        ),
        case(
            "decode-kind",
            &["ENC-13"],
            "kind of a header",
            "kind",
            changed(1, 33),
        ),
        case(
            "decode-header-length",
            &["ENC-3", "ENC-15"],
            "header length in three bytes",
            "not-canonical",
            hex(&[&good[..3], &[good[3] | 0x80, 0x00], &good[4..]].concat()),
        )
        .also(&["malformed"]),
        case(
            "decode-header-huge",
            &["ENC-6"],
            "header length of 4,294,967,295",
            "malformed",
            hex(&[&good[..2], &[0xff, 0xff, 0xff, 0xff, 0x0f], &good[4..]].concat()),
        ),
        case(
            "decode-too-long",
            &["ENC-13"],
            "zeros added up to 524,289 bytes",
            "too-long",
            zeros,
        ),
    ]
}

fn digests(draft: &Draft) -> Vec<Case> {
    let good = draft.envelope();
    let keeping =
        |keep: &'static [u8]| input(&good.with_wraps(|wrap| keep.contains(&wrap.position)));
    let mut relabelled = good.clone();
    relabelled.wraps[1].prekey += 1;
    vec![
        Case::valid("digest", &["ENV-12"], keeping(&[0, 1])),
        Case::valid("digest-first", &["ENV-10", "ENV-12"], keeping(&[0])),
        Case::valid("digest-second", &["ENV-10", "ENV-12"], keeping(&[1])),
        Case::valid("digest-none", &["ENV-10", "ENV-12"], keeping(&[])),
        // Says that every part of a wrap is in its hash.
        Case::valid("digest-other-prekey", &["ENV-12"], input(&relabelled)),
        Case::invalid(
            "digest-position-beyond",
            &["ENV-9"],
            ("digest-second", "the first hash left out"),
            ("decode", "ENV-9"),
            input(&{
                let mut envelope = good.with_wraps(|wrap| wrap.position == 1);
                envelope.withheld.clear();
                envelope
            }),
        ),
    ]
}

fn paddings() -> Vec<Case> {
    let run = |count: usize| json!({ "form": { "repeat": "61", "count": count } });
    let padded = |bytes: &[u8]| json!({ "padded": hex(bytes) });
    let good = pad(&[0x61; 252]).unwrap();
    let short = pad(b"form").unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = short.clone();
        bytes[at] = byte;
        padded(&bytes)
    };
    let wide = |to: usize| {
        let mut bytes = short.clone();
        bytes.resize(to, 0);
        padded(&bytes)
    };
    let bad = |id, base, mutation, input| {
        Case::invalid(
            id,
            &["ENV-13", "ENV-14"],
            (base, mutation),
            ("body", "padding"),
            input,
        )
    };
    vec![
        Case::valid("pad-1", &["ENV-13"], run(1)),
        Case::valid("pad-252", &["ENV-13"], run(252)),
        Case::valid("pad-253", &["ENV-13"], run(253)),
        Case::valid("pad-16380", &["ENV-13"], run(16_380)),
        Case::valid("pad-16381", &["ENV-13"], run(16_381)),
        Case::valid("pad-32764", &["ENV-13"], run(32_764)),
        Case::valid("pad-32765", &["ENV-13"], run(32_765)),
        Case::valid("pad-65533", &["ENV-13"], run(65_533)),
        Case::valid("pad-458752", &["ENV-13"], run(458_752)),
        Case::valid("pad-largest", &["ENV-13"], run(491_516)),
        Case::valid("unpad", &["ENV-14"], padded(&short)),
        Case::valid("unpad-no-zeros", &["ENV-14"], padded(&good)),
        bad("pad-too-long", "pad-largest", "one byte more", run(491_517)),
        bad(
            "unpad-first-zero",
            "unpad",
            "first byte after the form is 1",
            changed(8, 1),
        ),
        bad(
            "unpad-last-zero",
            "unpad",
            "last byte is 1",
            changed(255, 1),
        ),
        bad(
            "unpad-last-bit",
            "unpad",
            "highest bit of the last byte set",
            changed(255, 0x80),
        ),
        bad(
            "unpad-wide",
            "unpad",
            "zeros up to the next class",
            wide(512),
        ),
        bad("unpad-no-class", "unpad", "zeros up to no class", wide(300)),
        bad("unpad-cut", "unpad", "last zero cut", wide(255)),
        bad(
            "unpad-length-beyond",
            "unpad",
            "length 253 of 252",
            changed(3, 253),
        ),
        bad(
            "unpad-length-huge",
            "unpad",
            "length 4,278,190,084",
            changed(0, 0xff),
        ),
        bad("unpad-empty", "unpad", "no bytes", padded(&[])),
        bad("unpad-three", "unpad", "three bytes", padded(&[0; 3])),
        bad(
            "unpad-little-endian",
            "unpad",
            "length written little-endian",
            {
                let mut bytes = short.clone();
                bytes[..4].copy_from_slice(&4u32.to_le_bytes());
                padded(&bytes)
            },
        ),
    ]
}
