//! Forms and the definitions that they fill. Spec: form.md.
//!
//! An input that begins as an object is a form; any other is the text of a definition.

use crate::{Seeds, scene::NOW};
use estafette_protocol::encoding::{Text, decode, encode, kind};
use estafette_protocol::form::{Field, Form, Position, Value};
use estafette_protocol::format::{Catalogue, Format};

/// Takes a form or a definition.
pub fn run(data: &[u8]) {
    if kind(data).is_ok() {
        if let Ok(form) = decode::<Form>(data) {
            assert_eq!(encode(&form).as_deref(), Ok(data));
            examine(&form);
        }
    } else if let Ok(text) = std::str::from_utf8(data) {
        define(text);
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
        // FRM-7
        if let Value::List(values) = &field.value {
            assert!(values.len() <= 64);
            assert!(!values.iter().any(|value| matches!(value, Value::List(_))));
        }
    }
    // What people are told holds no text of the form.
    drop(checked.map_err(|error| error.to_string()));
    drop(format!("{form:?}"));
}

fn define(text: &str) {
    let Ok(format) = Format::from_toml(text) else {
        return;
    };
    for field in &format.fields {
        assert!(format.field(field.number).is_some());
        assert!(format.field_by_word(&field.word).is_some());
    }
    let again = Format::from_toml(text).map(|format| format.definition);
    assert_eq!(again.as_ref(), Ok(&format.definition));
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
    let definitions = [
        include_str!("../../../spec/formats/flag.toml"),
        include_str!("../../../spec/formats/note.toml"),
        include_str!("../../../spec/codes/flag-types.toml"),
    ];
    seeds.extend(definitions.map(|text| text.as_bytes().to_vec()));
    seeds.extend(
        crate::vectors()
            .into_iter()
            .filter(|bytes| bytes.starts_with(&[1, 35])),
    );
    seeds
}
