//! Forms as JSON: each value an object of one member, named by its type.

use super::{Input, number, read_bytes, read_number, read_text};
use crate::verdict::Refusal;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Field, Form, Position, Value};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value as Json, json};

/// A form as JSON.
#[must_use]
pub fn form(form: &Form) -> Json {
    json!({ "format": form.format, "version": form.version, "fields": fields(&form.fields) })
}

fn fields(fields: &[Field]) -> Vec<Json> {
    let field = |field: &Field| json!({ "number": field.number, "value": value(&field.value) });
    fields.iter().map(field).collect()
}

/// A form from JSON.
///
/// # Errors
/// When it is none.
pub fn read_form(json: &Json) -> Result<Form, Refusal> {
    let input = Input::of(json);
    Ok(Form {
        format: input.number("format")?,
        version: input.number("version")?,
        fields: input.list("fields", read_field)?,
    })
}

fn read_field(json: &Json) -> Result<Field, Refusal> {
    let field = Input::of(json);
    Ok(Field {
        number: field.number("number")?,
        value: read_value(field.member("value")?)?,
    })
}

fn value(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!({ "text": text.as_str() }),
        Value::Integer(integer) => json!({ "integer": number(*integer) }),
        Value::Code(code) => json!({ "code": code }),
        Value::Time(time) => json!({ "time": number(time.0) }),
        Value::Duration(duration) => json!({ "duration": number(*duration) }),
        Value::Position(at) => {
            json!({ "position": { "latitude": at.latitude, "longitude": at.longitude } })
        }
        Value::List(values) => {
            json!({ "list": values.iter().map(self::value).collect::<Vec<_>>() })
        }
        Value::Group(group) => json!({ "group": fields(group) }),
    }
}

fn read_value(json: &Json) -> Result<Value, Refusal> {
    let object = json.as_object().filter(|object| object.len() == 1);
    let (kind, inner) = object
        .and_then(|object| object.iter().next())
        .ok_or_else(|| Refusal::case("no value of a field"))?;
    Ok(match kind.as_str() {
        "text" => Value::Text(read_long_text(inner)?),
        "integer" => Value::Integer(read_number(inner)?),
        "code" => Value::Code(read_number(inner)?),
        "time" => Value::Time(UnixMillis(read_number(inner)?)),
        "duration" => Value::Duration(read_number(inner)?),
        "position" => {
            let at = Input::of(inner);
            Value::Position(Position {
                latitude: at.number("latitude")?,
                longitude: at.number("longitude")?,
            })
        }
        "list" => Value::List(Input::of(json).list("list", read_value)?),
        "group" => Value::Group(Input::of(json).list("group", read_field)?),
        _ => return Err(Refusal::case("no type of value")),
    })
}

/// Text, or a run of bytes that is text.
fn read_long_text(json: &Json) -> Result<Text, Refusal> {
    if json.is_string() {
        return read_text(json);
    }
    let text = String::from_utf8(read_bytes(json)?).map_err(|_| Refusal::case("no UTF-8"))?;
    Ok(Text::new(text)?)
}
