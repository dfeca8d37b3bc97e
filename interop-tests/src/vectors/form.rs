//! Vectors of `spec/form.md`: forms on the wire, and whether they fill their formats.

#![expect(
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::case::{Case, Chapter};
use crate::json::{self, Input, hex};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::encoding::{Text, decode, encode, encode_unchecked};
use estafette_protocol::form::{Field, Form, Position, Value};
use estafette_protocol::format::{Catalogue, DefinitionError, Kind};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value as Json, json};

mod codes;

const FLAG: &str = include_str!("../../../spec/formats/flag.toml");
const NOTE: &str = include_str!("../../../spec/formats/note.toml");

/// The chapter's file.
#[must_use]
pub fn file() -> Json {
    let mut chapter = Chapter::new("form", answer);
    chapter.group("decode", "form-decode", &json!({}), decoding());
    chapter.group("check", "form-check", &json!({}), checking());
    chapter.group("codes", "form-check", &json!({}), codes::cases());
    chapter.group(
        "definition",
        "form-definition-hash",
        &json!({}),
        definitions(),
    );
    chapter.file()
}

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Json, input: &Json) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "form-decode" => form_decode(&input).into(),
        "form-check" => form_check(&input).into(),
        "form-definition-hash" => form_definition_hash(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn form_decode(input: &Input<'_>) -> Answer {
    let form: Form = decode(&input.bytes("form")?)?;
    Ok(json!({ "form": json::form(&form) }))
}

fn form_check(input: &Input<'_>) -> Answer {
    let form: Form = decode(&input.bytes("form")?)?;
    let catalogue = definitions_of(input, Catalogue::built_in())?;
    let checked = catalogue.check(&form);
    let doubts = checked.map_err(|error| Refusal::new("form", error.fault.clause()))?;
    let doubts = doubts.iter().map(|doubt| doubt.path.numbers());
    Ok(json!({ "doubts": doubts.collect::<Vec<_>>() }))
}

fn form_definition_hash(input: &Input<'_>) -> Answer {
    let text = input.text("toml")?;
    let catalogue = definitions_of(input, &Catalogue::default())?;
    let catalogue = catalogue.extended([(Kind::Format, text)]);
    let catalogue = catalogue.map_err(|_| Refusal::new("form", "FRM-4"))?;
    let format = catalogue.formats().first();
    let format = format.ok_or_else(|| Refusal::case("no format"))?;
    Ok(json!({
        "format": format.format,
        "version": format.version,
        "word": format.word,
        "definition": hex(format.definition.as_slice()),
    }))
}

/// What is known, and the definitions that a case brings.
fn definitions_of(input: &Input<'_>, known: &Catalogue) -> Result<Catalogue, Refusal> {
    let kinds = [
        ("formats", Kind::Format),
        ("groups", Kind::Group),
        ("codes", Kind::CodeList),
    ];
    let mut files = Vec::new();
    for (member, kind) in kinds {
        if input.optional(member).is_some() {
            let text = |json: &Json| json.as_str().map(str::to_owned);
            let text = |json: &Json| text(json).ok_or_else(|| Refusal::case("no text"));
            let texts = input.list(member, text)?;
            files.extend(texts.into_iter().map(|text| (kind, text)));
        }
    }
    let files = files.iter().map(|(kind, text)| (*kind, text.as_str()));
    let refused = |error: DefinitionError| Refusal::new("form", error.kind.clause());
    known.extended(files).map_err(refused)
}

fn field(number: u16, value: Value) -> Field {
    Field { number, value }
}

fn text(text: &str) -> Value {
    Value::Text(Text::new(text).unwrap())
}

fn form(format: u16, fields: Vec<Field>) -> Form {
    Form {
        format,
        version: 1,
        fields,
    }
}

fn input(form: &Form) -> Json {
    json!({ "form": hex(&encode_unchecked(form).unwrap()) })
}

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

fn decoding() -> Vec<Case> {
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
        Case::valid(
            "decode-64-values",
            frm,
            input(&list(vec![Value::Code(1); 64])),
        ),
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
            "decode-65-values",
            frm,
            "decode-64-values",
            "one more",
            "FRM-7",
            input(&list(vec![Value::Code(1); 65])),
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
            "decode-tag-7",
            &["ENC-10"],
            "value of tag 7",
            "malformed",
            &one(&[7, 1]),
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

fn checking() -> Vec<Case> {
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

fn definitions() -> Vec<Case> {
    let input = |toml: &str| json!({ "toml": toml });
    let bad = |id, mutation, toml: &str| {
        let fault = (("definition-flag", mutation), ("form", "FRM-4"));
        Case::invalid(id, &["FRM-4"], fault.0, fault.1, input(toml))
    };
    vec![
        Case::valid("definition-flag", &["FRM-3", "FRM-4"], input(FLAG)),
        Case::valid("definition-note", &["FRM-3", "FRM-4"], input(NOTE)),
        // The hash is of the bytes: a comment changes it.
        Case::valid(
            "definition-comment",
            &["FRM-3"],
            input(&format!("# another\n{FLAG}")),
        ),
        bad(
            "definition-unknown-key",
            "a key that nobody knows",
            &format!("colour = \"red\"\n{FLAG}"),
        ),
        bad(
            "definition-unknown-field-key",
            "such a key in the last field",
            &format!("{FLAG}colour = \"red\"\n"),
        ),
        bad(
            "definition-no-word",
            "word missing",
            &FLAG.replace("word = \"flag\"\n", ""),
        ),
        bad(
            "definition-type",
            "a type that does not exist",
            &FLAG.replace("type = \"position\"", "type = \"polygon\""),
        ),
        bad(
            "definition-format-66000",
            "format 66,000",
            &FLAG.replace("format = 1\n", "format = 66000\n"),
        ),
        bad(
            "definition-not-toml",
            "an equals sign missing",
            &FLAG.replace("version = 1", "version 1"),
        ),
    ]
}
