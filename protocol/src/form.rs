//! Filled-in formats as they stand on the wire. Spec: form.md.
//!
//! Decides which bytes are a form. Whether a form fills its format is for [`crate::format`].

use crate::encoding::{EncodingError, Object, Text, require, require_sorted};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

mod coordinates;
mod nesting;
#[cfg(test)]
mod tests;

pub use coordinates::{CoordinatesError, Position};

/// Most fields of a form or group.
pub const FIELDS_MAX: usize = 128;
/// Most values of a list.
pub const VALUES_MAX: usize = 4096;
/// Most groups that stand within each other.
const GROUPS_MAX: usize = 4;

/// A filled-in format: fields sorted by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Format, such as 1 for a flag.
    pub format: u16,
    /// Version of the format.
    pub version: u16,
    /// Fields, sorted by number, none twice.
    pub fields: Vec<Field>,
}

/// A numbered field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Number within the format or group.
    pub number: u16,
    /// What is filled in.
    pub value: Value,
}

/// What a field holds. `Debug` shows no content: a form is plaintext.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub enum Value {
    /// Text.
    Text(Text),
    /// A number.
    Integer(u64),
    /// A code of the field's code list.
    Code(u16),
    /// A time.
    Time(UnixMillis),
    /// A duration in milliseconds.
    Duration(u64),
    /// A place on Earth.
    Position(Position),
    /// Several values, none of them a list.
    List(Vec<Self>),
    /// Fields that belong together, sorted by number, none twice.
    Group(Vec<Field>),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Integer(_) => "Integer(…)",
            Self::Code(_) => "Code(…)",
            Self::Time(_) => "Time(…)",
            Self::Duration(_) => "Duration(…)",
            Self::Position(_) => "Position(…)",
            Self::List(_) => "List(…)",
            Self::Group(_) => "Group(…)",
        })
    }
}

impl Object for Form {
    const KIND: u8 = 35;
    const BYTES_MAX: usize = 458_752;

    fn check(&self) -> Result<(), EncodingError> {
        check_fields(&self.fields, GROUPS_MAX)
    }
}

impl Form {
    /// What a field holds.
    #[must_use]
    pub fn value(&self, number: u16) -> Option<&Value> {
        value(&self.fields, number)
    }

    /// The text of a text field.
    #[must_use]
    pub fn text(&self, number: u16) -> Option<&str> {
        match self.value(number) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        }
    }
}

/// What a field of a form or group holds.
#[must_use]
pub fn value(fields: &[Field], number: u16) -> Option<&Value> {
    let field = fields.iter().find(|field| field.number == number);
    field.map(|field| &field.value)
}

// FRM-7
fn check_fields(fields: &[Field], groups_left: usize) -> Result<(), EncodingError> {
    require((1..=FIELDS_MAX).contains(&fields.len()), "FRM-7")?;
    require_sorted(fields.iter().map(|field| field.number), "FRM-7")?;
    let mut values = fields.iter().map(|field| &field.value);
    values.try_for_each(|value| value.check(true, groups_left))
}

impl Value {
    /// The values of a list, or the one value.
    #[must_use]
    pub fn values(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            one => std::slice::from_ref(one),
        }
    }

    /// Whether a field with this value is filled (FRM-2).
    #[must_use]
    pub fn is_filled(&self) -> bool {
        match self {
            Self::Text(text) => !text.as_str().is_empty(),
            Self::List(values) => !values.is_empty(),
            _ => true,
        }
    }

    // FRM-7
    fn check(&self, list_allowed: bool, groups_left: usize) -> Result<(), EncodingError> {
        match self {
            Self::Position(position) => require(position.is_on_earth(), "FRM-7"),
            Self::List(values) => {
                require(list_allowed && values.len() <= VALUES_MAX, "FRM-7")?;
                let mut values = values.iter();
                values.try_for_each(|value| value.check(false, groups_left))
            }
            Self::Group(fields) => match groups_left.checked_sub(1) {
                Some(left) => check_fields(fields, left),
                None => Err(EncodingError::Field("FRM-7")),
            },
            Self::Text(_)
            | Self::Integer(_)
            | Self::Code(_)
            | Self::Time(_)
            | Self::Duration(_) => Ok(()),
        }
    }
}
