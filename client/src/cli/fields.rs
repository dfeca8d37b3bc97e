//! Forms in words: labels from the format's definition, codes from their lists.

use crate::words;
use estafette_protocol::form::{Field, Form, Value};
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
        Value::Position(position) => position.decimal(),
        Value::List(values) => {
            let words = values
                .iter()
                .map(|value| value_words(value, definition, utc));
            words.collect::<Vec<_>>().join("; ")
        }
        Value::Group(fields) => {
            let words = fields.iter().map(|field| {
                let inner = in_group(definition, field);
                let label = match inner {
                    Some(inner) => inner.label("en").to_owned(),
                    None => format!("field {}", field.number),
                };
                format!("{label}: {}", value_words(&field.value, inner, utc))
            });
            words.collect::<Vec<_>>().join(", ")
        }
    }
}

/// The definition of a field of a group.
fn in_group(group: Option<&FieldDefinition>, field: &Field) -> Option<&'static FieldDefinition> {
    let group = Catalogue::built_in().group(group?.group.as_deref()?)?;
    group.field(field.number)
}

/// The fields of a form for programs, by word or, where unknown, number.
pub(super) fn json(form: &Form) -> Json {
    let format = Catalogue::built_in().format(form.format, form.version);
    fields_json(&form.fields, |field| format?.field(field.number))
}

fn fields_json<'a>(
    fields: &[Field],
    definition: impl Fn(&Field) -> Option<&'a FieldDefinition>,
) -> Json {
    let fields = fields.iter().map(|field| {
        let definition = definition(field);
        let word = definition.map_or_else(|| field.number.to_string(), |d| d.word.clone());
        (word, value_json(&field.value, definition))
    });
    Json::Object(fields.collect::<Map<_, _>>())
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
        Value::Group(fields) => fields_json(fields, |field| in_group(definition, field)),
    }
}
