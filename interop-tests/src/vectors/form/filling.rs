//! Cases of `form-check` by the formats of the edition: whether a form fills its format.

#![expect(
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::{field, form, input, text};
use crate::vectors::case::Case;
use estafette_protocol::form::{Field, Form, Position, Value};

pub(super) fn checking() -> Vec<Case> {
    let kind = || field(1, Value::Code(2));
    let flag = |fields: Vec<Field>| input(&form(1, [vec![kind()], fields].concat()));
    let filling: &[&str] = &["FRM-2"];
    let bad = |id, requirements, base, mutation, reason, input| {
        Case::invalid(id, requirements, (base, mutation), ("form", reason), input)
    };
    let full = vec![
        field(2, text("E6, km 112")),
        field(
            3,
            Value::Position(Position {
                latitude: 149_329_322,
                longitude: 198_068_581,
            }),
        ),
        field(4, text("+46 10 555 01")),
        field(5, text("white van")),
    ];
    let note = |text_bytes: usize| input(&form(6, vec![field(2, text(&"n".repeat(text_bytes)))]));
    // Type, place, call-back and text as long as each may be: 120 + 64 + 280 and their heads.
    let longest = vec![
        field(2, text(&"p".repeat(120))),
        field(4, text(&"c".repeat(64))),
        field(5, text(&"t".repeat(280))),
    ];
    vec![
        Case::valid("check-flag", filling, flag(vec![])),
        Case::valid("check-flag-full", filling, flag(full)),
        Case::valid("check-flag-longest", &["FRM-2", "FRM-6"], flag(longest)),
        Case::valid("check-note", filling, note(1)),
        bad(
            "check-mandatory",
            filling,
            "check-flag-full",
            "field 1 missing",
            "FRM-2",
            input(&form(1, vec![field(5, text("white van"))])),
        ),
        bad(
            "check-note-mandatory",
            filling,
            "check-note",
            "field 2 missing, field 1 present",
            "FRM-2",
            input(&form(6, vec![field(1, text("subject"))])),
        ),
        bad(
            "check-field-unknown",
            filling,
            "check-flag",
            "a field 6 added",
            "FRM-2",
            flag(vec![field(6, text("x"))]),
        ),
        bad(
            "check-code-unknown",
            filling,
            "check-flag",
            "code 77",
            "FRM-2",
            input(&form(1, vec![field(1, Value::Code(77))])),
        ),
        bad(
            "check-type",
            filling,
            "check-flag",
            "an integer where a code is wanted",
            "FRM-2",
            input(&form(1, vec![field(1, Value::Integer(2))])),
        ),
        bad(
            "check-type-time",
            filling,
            "check-flag-full",
            "a duration where a text is wanted",
            "FRM-2",
            flag(vec![field(5, Value::Duration(1))]),
        ),
        bad(
            "check-list",
            filling,
            "check-flag",
            "a list where one code is wanted",
            "FRM-2",
            input(&form(1, vec![field(1, Value::List(vec![Value::Code(2)]))])),
        ),
        bad(
            "check-place-121",
            filling,
            "check-flag-longest",
            "place of 121 bytes",
            "FRM-2",
            flag(vec![field(2, text(&"p".repeat(121)))]),
        ),
        bad(
            "check-text-281-bytes",
            filling,
            "check-flag-longest",
            "text of 141 letters in 282 bytes",
            "FRM-2",
            flag(vec![field(5, text(&"é".repeat(141)))]),
        ),
        bad(
            "check-format-unknown",
            &["FRM-2", "FRM-4"],
            "check-flag",
            "format 99",
            "format-unknown",
            input(&form(99, vec![kind()])),
        ),
        bad(
            "check-version-unknown",
            &["FRM-2", "FRM-4"],
            "check-flag",
            "version 2",
            "format-unknown",
            input(&Form {
                version: 2,
                ..form(1, vec![kind()])
            }),
        ),
    ]
}
