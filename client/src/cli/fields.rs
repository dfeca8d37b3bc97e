//! Forms for programs: fields by word, codes by word, groups as objects.

use crate::words;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, FieldDefinition};
use serde_json::{Map, Value as Json, json};

/// The fields of a form for programs, by word or, where unknown, number.
// FRM-1
pub(super) fn json(form: &Form, catalogue: &Catalogue) -> Json {
    let format = catalogue.format(form.format, form.version);
    fields_json(&form.fields, catalogue, |field| format?.field(field.number))
}

fn fields_json<'a>(
    fields: &[Field],
    catalogue: &'a Catalogue,
    definition: impl Fn(&Field) -> Option<&'a FieldDefinition>,
) -> Json {
    let fields = fields.iter().map(|field| {
        let definition = definition(field);
        let word = definition.map_or_else(|| field.number.to_string(), |d| d.word.clone());
        (word, value_json(&field.value, catalogue, definition))
    });
    Json::Object(fields.collect::<Map<_, _>>())
}

fn value_json(value: &Value, catalogue: &Catalogue, definition: Option<&FieldDefinition>) -> Json {
    match value {
        Value::Text(text) => json!(text.as_str()),
        Value::Integer(number) | Value::Duration(number) => json!(number),
        Value::Code(code) => {
            let list = definition.and_then(|d| catalogue.list(d.codes.as_deref()?));
            let known = list.and_then(|list| list.code(*code));
            known.map_or_else(|| json!(code), |code| json!(code.word))
        }
        Value::Time(at) => json!(words::time_rfc3339(*at)),
        Value::Position(position) => json!(position.decimal()),
        Value::List(values) => {
            let values = values.iter();
            let values = values.map(|value| value_json(value, catalogue, definition));
            values.collect()
        }
        Value::Group(fields) => {
            let group = definition.and_then(|d| catalogue.group(d.group.as_deref()?));
            fields_json(fields, catalogue, |field| group?.field(field.number))
        }
    }
}
