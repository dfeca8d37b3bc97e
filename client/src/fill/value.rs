//! Between a value and the text that people type for it.

use super::error::Wrong;
use super::moment::Moment;
use crate::words;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::Value;
use estafette_protocol::format::{Catalogue, Code, CodeList, FieldDefinition, FieldType};
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

/// Whether a list of such values may be typed with commas between them.
pub(super) const fn is_split_by_comma(definition: &FieldDefinition) -> bool {
    matches!(
        definition.kind,
        FieldType::Code | FieldType::Integer | FieldType::Duration
    )
}

/// Reads one value as it is typed, in the spelling in which it is written.
pub(super) fn read(
    catalogue: &Catalogue,
    definition: &FieldDefinition,
    typed: &str,
    moment: &Moment,
) -> Result<Value, Wrong> {
    let trimmed = typed.trim();
    match definition.kind {
        FieldType::Text => {
            let text = match definition.check {
                Some(check) => check.normalise(typed),
                None => typed.to_owned(),
            };
            let text = Text::new(text).map_err(|_| Wrong::zero_byte())?;
            Ok(Value::Text(text))
        }
        FieldType::Integer => {
            let wrong = || Wrong::value("is no number", "A whole number, such as 42.");
            trimmed.parse().map(Value::Integer).map_err(|_| wrong())
        }
        FieldType::Code => read_code(catalogue, definition, trimmed).map(Value::Code),
        FieldType::Time => {
            let wrong = |error: super::NoTime| Wrong::value("is no time", sentence(&error));
            moment.time(trimmed).map(Value::Time).map_err(wrong)
        }
        FieldType::Duration => {
            let wrong = |error: words::NoDuration| Wrong::value("is no duration", sentence(&error));
            words::parse_duration(trimmed)
                .map(Value::Duration)
                .map_err(wrong)
        }
        FieldType::Position => {
            let position = trimmed.parse().map(Value::Position);
            position.map_err(|error: estafette_protocol::form::CoordinatesError| {
                Wrong::value("is no place on Earth", sentence(&error))
            })
        }
        FieldType::Group => {
            let group = definition
                .group
                .as_deref()
                .and_then(|word| catalogue.group(word));
            let fields = group.map_or(Vec::new(), |group| super::words(&group.fields));
            let right = format!("Name a field of it: {}.", fields.join(", "));
            Err(Wrong::value("is a group of fields", right))
        }
    }
}

fn read_code(
    catalogue: &Catalogue,
    definition: &FieldDefinition,
    typed: &str,
) -> Result<u16, Wrong> {
    let word = definition.codes.as_deref().unwrap_or_default();
    let Some(list) = catalogue.list(word) else {
        return Err(Wrong::value("has no code list", ""));
    };
    let known = list.code_by_word(typed).or_else(|| by_label(list, typed));
    if let Some(code) = known {
        return Ok(code.value);
    }
    let near = list.near(typed);
    let usable = list.codes.iter().filter(|code| !code.retired);
    let likely: Vec<&Code> = match near.is_empty() {
        true => usable.collect(),
        false => near,
    };
    Err(Wrong::Code {
        typed: words::visible(typed, false),
        list: list.word.clone(),
        words: likely.iter().map(|code| code.word.clone()).collect(),
    })
}

/// The code of a label in any language, where only one has it.
fn by_label<'a>(list: &'a CodeList, typed: &str) -> Option<&'a Code> {
    let typed = typed.to_lowercase();
    let has = |code: &&Code| {
        code.labels
            .values()
            .any(|label| label.to_lowercase() == typed)
    };
    let mut codes = list.codes.iter().filter(has);
    match (codes.next(), codes.next()) {
        (Some(code), None) => Some(code),
        _ => None,
    }
}

/// A value as [`read`] reads it again; `None` for lists and groups.
pub(super) fn typed(
    catalogue: &Catalogue,
    definition: &FieldDefinition,
    value: &Value,
) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.as_str().to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Code(code) => {
            let list = definition
                .codes
                .as_deref()
                .and_then(|word| catalogue.list(word));
            let known = list.and_then(|list| list.code(*code));
            known.map_or_else(|| code.to_string(), |code| code.word.clone())
        }
        Value::Time(at) => words::time_rfc3339(*at),
        Value::Duration(ms) => duration(*ms),
        Value::Position(position) => position.decimal(),
        Value::List(_) | Value::Group(_) => return None,
    })
}

/// A duration in all the units that it fills; what is no whole second stays a number.
fn duration(ms: u64) -> String {
    if ms == 0 || !ms.is_multiple_of(SECOND_MS) {
        return ms.to_string();
    }
    let units = [
        (DAY_MS, 'd'),
        (HOUR_MS, 'h'),
        (MINUTE_MS, 'm'),
        (SECOND_MS, 's'),
    ];
    let mut left = ms;
    let mut text = String::new();
    for (size, unit) in units {
        let count = left / size;
        left %= size;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    text
}

/// An error's own words as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}
