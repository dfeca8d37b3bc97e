//! Cases of `form-decode`: which bytes are a form.

#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::{field, form, input, text};
use crate::json::hex;
use crate::vectors::case::Case;
use estafette_protocol::encoding::encode;
use estafette_protocol::form::{Field, Form, Position, Value};
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// One field of each type.
fn every_type() -> Vec<Field> {
    let place = Position {
        latitude: 149_329_322,
        longitude: 198_068_581,
    };
    vec![
        field(1, text("Łódź")),
        field(2, Value::Integer(u64::MAX)),
        field(3, Value::Code(99)),
        field(4, Value::Time(UnixMillis(1_767_322_445_006))),
        field(5, Value::Duration(300_000)),
        field(6, Value::Position(place)),
        field(
            65_535,
            Value::List(vec![text("a"), Value::Integer(0), text("")]),
        ),
    ]
}

fn place(latitude: u32, longitude: u32) -> Form {
    form(
        1,
        vec![field(
            3,
            Value::Position(Position {
                latitude,
                longitude,
            }),
        )],
    )
}

fn numbers(count: u16) -> Form {
    form(
        1,
        (1..=count)
            .map(|number| field(number, Value::Code(1)))
            .collect(),
    )
}

fn list(values: Vec<Value>) -> Form {
    form(1, vec![field(1, Value::List(values))])
}

pub(super) fn decoding() -> Vec<Case> {
    let frm: &[&str] = &["FRM-7"];
    let all = form(1, every_type());
    let bytes = encode(&all).unwrap();
    let mut cases = vec![
        Case::valid("decode", &["FRM-1", "FRM-7", "ENC-10"], input(&all)),
        Case::valid(
            "decode-unknown-format",
            &["FRM-1"],
            input(&form(65_535, every_type())),
        ),
        Case::valid("decode-128-fields", frm, input(&numbers(128))),
        Case::valid("decode-empty-list", frm, input(&list(vec![]))),
        Case::valid("decode-poles", frm, input(&place(180_000_000, 360_000_000))),
    ];
    let bad = |id, requirements, base, mutation, reason, input| {
        Case::invalid(
            id,
            requirements,
            (base, mutation),
            ("decode", reason),
            input,
        )
    };
    let mut unsorted = every_type();
    unsorted.swap(0, 1);
    let mut twice = every_type();
    twice.insert(0, field(1, text("again")));
    let nested = list(vec![Value::List(vec![Value::Code(1)])]);
    cases.extend([
        bad(
            "decode-no-field",
            frm,
            "decode",
            "no field",
            "FRM-7",
            input(&form(1, vec![])),
        ),
        bad(
            "decode-129-fields",
            frm,
            "decode-128-fields",
            "one more",
            "FRM-7",
            input(&numbers(129)),
        ),
        bad(
            "decode-unsorted",
            &["FRM-7", "ENC-17"],
            "decode",
            "fields 1 and 2 swapped",
            "FRM-7",
            input(&form(1, unsorted)),
        ),
        bad(
            "decode-field-twice",
            &["FRM-7", "ENC-17"],
            "decode",
            "field 1 twice",
            "FRM-7",
            input(&form(1, twice)),
        ),
        bad(
            "decode-nested",
            frm,
            "decode-empty-list",
            "a list in the list",
            "FRM-7",
            input(&nested),
        ),
        bad(
            "decode-4097-values",
            frm,
            "decode-empty-list",
            "4,097 values, where check-4096-values has as many as there may be",
            "FRM-7",
            json!({ "form": ["012301010101", "068120", { "repeat": "0201", "count": 4097 }] }),
        ),
        bad(
            "decode-latitude",
            frm,
            "decode-poles",
            "latitude one more",
            "FRM-7",
            input(&place(180_000_001, 0)),
        ),
        bad(
            "decode-longitude",
            frm,
            "decode-poles",
            "longitude one more",
            "FRM-7",
            input(&place(0, 360_000_001)),
        ),
    ]);
    let raw = |id, requirements, mutation, reason, bytes: &[u8]| {
        bad(
            id,
            requirements,
            "decode",
            mutation,
            reason,
            json!({ "form": hex(bytes) }),
        )
    };
    // A flag of one field, 1, with what follows as its value.
    let one = |value: &[u8]| [&[1, 35, 1, 1, 1, 1], value].concat();
    let long =
        json!({ "form": ["012306010102", "00f9ff1b", { "repeat": "61", "count": 458_745 }] });
    cases.extend([
        raw(
            "decode-cut",
            &["ENC-9"],
            "last byte cut",
            "malformed",
            bytes.split_last().unwrap().1,
        ),
        raw(
            "decode-trailing",
            &["ENC-14"],
            "a zero byte added",
            "trailing",
            &[&bytes[..], &[0]].concat(),
        ),
        raw(
            "decode-tag-8",
            &["ENC-10"],
            "value of tag 8",
            "malformed",
            &one(&[8, 1]),
        ),
        raw(
            "decode-nul",
            &["ENC-6"],
            "text with U+0000",
            "malformed",
            &one(&[0, 2, 0x61, 0]),
        ),
        raw(
            "decode-not-utf8",
            &["ENC-6"],
            "text c3 28",
            "malformed",
            &one(&[0, 2, 0xc3, 0x28]),
        ),
        raw(
            "decode-surrogate",
            &["ENC-6"],
            "text with a surrogate",
            "malformed",
            &one(&[0, 3, 0xed, 0xa0, 0x80]),
        ),
        raw(
            "decode-long-code",
            &["ENC-3"],
            "code 1 as 81 00",
            "not-canonical",
            &one(&[2, 0x81, 0]),
        )
        .also(&["malformed"]),
        raw(
            "decode-wide-code",
            &["ENC-3"],
            "code 65,536",
            "malformed",
            &one(&[2, 0x80, 0x80, 0x04]),
        ),
        raw(
            "decode-huge-text",
            &["ENC-6"],
            "text length of 4,294,967,295",
            "malformed",
            &one(&[0, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ),
        raw(
            "decode-huge-list",
            &["ENC-8"],
            "list count of 4,294,967,295",
            "malformed",
            &one(&[6, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ),
        bad(
            "decode-too-long",
            &["ENC-13"],
            "decode",
            "a text of 458,745 bytes",
            "too-long",
            long,
        ),
    ]);
    cases
}
