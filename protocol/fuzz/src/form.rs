//! Forms and the definitions that they fill. Spec: form.md.
//!
//! An input that begins as an object is a form; any other is the text of a definition, and one
//! that a check may be asked about.

use crate::{Seeds, scene::NOW};
use estafette_protocol::encoding::{Text, decode, encode, kind};
use estafette_protocol::form::{Field, Form, Position, Value};
use estafette_protocol::format::{Catalogue, Check, Kind, recognise};

/// Takes a form or a definition.
pub fn run(data: &[u8]) {
    if kind(data).is_ok() {
        if let Ok(form) = decode::<Form>(data) {
            assert_eq!(encode(&form).as_deref(), Ok(data));
            examine(&form);
        }
    } else if let Ok(text) = std::str::from_utf8(data) {
        define(text);
        judge(text);
    }
}

fn examine(form: &Form) {
    let catalogue = Catalogue::built_in();
    let checked = catalogue.check(form);
    // FRM-2
    let known = catalogue.format(form.format, form.version);
    assert!(checked.is_err() || known.is_some());
    for field in &form.fields {
        assert_eq!(form.value(field.number), Some(&field.value));
        let _ = form.text(field.number);
        if checked.is_ok() {
            assert!(known.is_some_and(|format| format.field(field.number).is_some()));
        }
        keeps_limits(&field.value, true, 4);
    }
    let doubts = catalogue.doubts(form);
    for doubt in &doubts {
        assert!(!doubt.to_string().is_empty());
    }
    // FRM-9
    match checked {
        Ok(known) => assert_eq!(known, doubts),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    drop(format!("{form:?}"));
}

// FRM-7
fn keeps_limits(value: &Value, list_allowed: bool, groups_left: usize) {
    match value {
        Value::List(values) => {
            assert!(list_allowed && values.len() <= 4096);
            for value in values {
                keeps_limits(value, false, groups_left);
            }
        }
        Value::Group(fields) => {
            assert!(groups_left > 0 && (1..=128).contains(&fields.len()));
            for field in fields {
                keeps_limits(&field.value, true, groups_left - 1);
            }
        }
        _ => {}
    }
}

fn define(text: &str) {
    for kind in [Kind::Format, Kind::Group, Kind::CodeList] {
        let known = Catalogue::built_in();
        let Ok(catalogue) = known.extended([(kind, text)]) else {
            continue;
        };
        for format in catalogue.formats() {
            for field in &format.fields {
                assert!(format.field(field.number).is_some());
                assert!(format.field_by_word(&field.word).is_some());
            }
        }
        let again = catalogue.extended([(kind, text)]).unwrap();
        let hashes = |catalogue: &Catalogue| {
            let formats = catalogue.formats().iter();
            formats.map(|format| format.definition).collect::<Vec<_>>()
        };
        assert_eq!(hashes(&again), hashes(&catalogue));
    }
}

fn judge(text: &str) {
    for check in Check::ALL {
        let _ = check.judge(text);
        let written = check.normalise(text);
        assert_eq!(check.normalise(&written), written);
    }
    for recognised in recognise(text) {
        drop(format!("{recognised:?}"));
    }
}

/// Forms of every type of value, and lists in lists.
pub fn forms() -> Seeds {
    let field = |number, value| Field { number, value };
    let form = |format, fields| {
        encode(&Form {
            format,
            version: 1,
            fields,
        })
    };
    let text = || Value::Text(Text::new("red lorry").unwrap());
    let position = Value::Position(Position {
        latitude: 90_000_000,
        longitude: 180_000_000,
    });
    let all = vec![
        field(1, Value::Code(1)),
        field(2, text()),
        field(3, Value::Integer(70_000)),
        field(4, Value::Time(NOW)),
        field(5, Value::Duration(60_000)),
        field(6, position),
        field(7, Value::List(vec![text(), Value::Code(2)])),
        field(8, Value::Group(vec![field(1, text())])),
    ];
    let flag = vec![field(1, Value::Code(1)), field(5, text())];
    let mut forms = vec![form(1, flag).unwrap(), form(99, all).unwrap()];
    for depth in [2, 100, 200_000] {
        forms.push(lists_in_lists(depth));
    }
    forms
}

/// One field that holds a list of a list of a list; the innermost is empty.
fn lists_in_lists(depth: usize) -> Vec<u8> {
    let mut bytes = vec![1, 35, 1, 1, 1, 1];
    for _ in 1..depth {
        bytes.extend([6, 1]);
    }
    bytes.extend([6, 0]);
    bytes
}

/// Forms, the definitions of this edition and the vectors.
pub fn seeds() -> Seeds {
    let mut seeds = forms();
    let definitions = Catalogue::files().iter();
    seeds.extend(definitions.map(|(_, _, text)| text.as_bytes().to_vec()));
    seeds.extend(
        crate::vectors()
            .into_iter()
            .filter(|bytes| bytes.starts_with(&[1, 35])),
    );
    seeds
}
