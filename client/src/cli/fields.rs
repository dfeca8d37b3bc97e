//! Forms in words: labels from the format's definition, codes from their lists.

use crate::words;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::{Catalogue, FieldDefinition};
use serde_json::{Map, Value as Json, json};

/// A field as it is shown.
pub(super) struct Shown {
    pub(super) label: String,
    pub(super) value: String,
}

/// The fields of a form in order; unknown ones by number (FRM-1).
pub(super) fn shown(form: &Form, utc: bool) -> Vec<Shown> {
    let format = Catalogue::built_in().format(form.format, form.version);
    let fields = form.fields.iter();
    fields
        .map(|field| {
            let definition = format.and_then(|format| format.field(field.number));
            let label = definition.and_then(|d| d.labels.get("en").cloned());
            Shown {
                label: label.unwrap_or_else(|| format!("Field {}", field.number)),
                value: value_words(&field.value, definition, utc),
            }
        })
        .collect()
}

fn value_words(value: &Value, definition: Option<&FieldDefinition>, utc: bool) -> String {
    match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Code(code) => {
            let list = definition.and_then(|d| Catalogue::built_in().list(d.codes.as_deref()?));
            let known = list.and_then(|list| list.code(*code));
            let label = known.and_then(|code| code.labels.get("en").cloned());
            label.unwrap_or_else(|| format!("code {code}"))
        }
        Value::Time(at) => words::time(*at, utc),
        Value::Duration(ms) => words::duration(*ms),
        Value::Position(p) => {
            let degrees = |shifted: u32, by: f64| f64::from(shifted) / 1_000_000.0 - by;
            format!(
                "{:.6}, {:.6}",
                degrees(p.latitude, 90.0),
                degrees(p.longitude, 180.0)
            )
        }
        Value::List(values) => {
            let words = values
                .iter()
                .map(|value| value_words(value, definition, utc));
            words.collect::<Vec<_>>().join("; ")
        }
    }
}

/// The fields of a form for programs, by word or, where unknown, number.
pub(super) fn json(form: &Form) -> Json {
    let format = Catalogue::built_in().format(form.format, form.version);
    let mut fields = Map::new();
    for field in &form.fields {
        let definition = format.and_then(|format| format.field(field.number));
        let word = definition.map_or_else(|| field.number.to_string(), |d| d.word.clone());
        fields.insert(word, value_json(&field.value, definition));
    }
    Json::Object(fields)
}

fn value_json(value: &Value, definition: Option<&FieldDefinition>) -> Json {
    match value {
        Value::Text(text) => json!(text.as_str()),
        Value::Integer(number) | Value::Duration(number) => json!(number),
        Value::Code(code) => {
            let list = definition.and_then(|d| Catalogue::built_in().list(d.codes.as_deref()?));
            let known = list.and_then(|list| list.code(*code));
            known.map_or_else(|| json!(code), |code| json!(code.word))
        }
        Value::Time(at) => json!(words::time_rfc3339(*at)),
        Value::Position(_) => json!(value_words(value, None, true)),
        Value::List(values) => {
            let values = values.iter().map(|value| value_json(value, definition));
            values.collect()
        }
    }
}
