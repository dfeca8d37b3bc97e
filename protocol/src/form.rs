//! Filled-in formats as they stand on the wire. Spec: form.md.
//!
//! Decides which bytes are a form. Whether a form fills its format is for [`crate::format`].

use crate::encoding::{EncodingError, Object, Text, require, require_sorted};
use crate::time::UnixMillis;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Number within the format.
    pub number: u16,
    /// What is filled in.
    pub value: Value,
}

/// What a field holds. `Debug` shows no text: a form is plaintext.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(deserialize_with = "elements")]
    List(Vec<Self>),
}

/// A value of a list while it is decoded. `L` stands where a further list does, so that hostile
/// bytes nest no deeper than the types: [`Value`] alone would nest as deep as they are long.
#[derive(Deserialize)]
enum Element<L> {
    Text(Text),
    Integer(u64),
    Code(u16),
    Time(UnixMillis),
    Duration(u64),
    Position(Position),
    List(L),
}

/// No list at all.
struct NoList;

impl<'de> Deserialize<'de> for NoList {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("list in a list in a list"))
    }
}

impl From<NoList> for Vec<Value> {
    fn from(_: NoList) -> Self {
        Self::new()
    }
}

impl<L: Into<Vec<Self>>> From<Element<L>> for Value {
    fn from(element: Element<L>) -> Self {
        match element {
            Element::Text(text) => Self::Text(text),
            Element::Integer(number) => Self::Integer(number),
            Element::Code(code) => Self::Code(code),
            Element::Time(time) => Self::Time(time),
            Element::Duration(duration) => Self::Duration(duration),
            Element::Position(position) => Self::Position(position),
            Element::List(values) => Self::List(values.into()),
        }
    }
}

/// Values without a list below them.
struct Flat(Vec<Value>);

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<Element<NoList>>::deserialize(deserializer)?;
        Ok(Self(values.into_iter().map(Value::from).collect()))
    }
}

impl From<Flat> for Vec<Value> {
    fn from(flat: Flat) -> Self {
        flat.0
    }
}

/// The values of a list. One list among them is left to [`Object::check`] to refuse; what nests
/// deeper is malformed.
fn elements<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Value>, D::Error> {
    let values = Vec::<Element<Flat>>::deserialize(deserializer)?;
    Ok(values.into_iter().map(Value::from).collect())
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
        })
    }
}

/// Latitude and longitude in millionths of a degree, shifted to be positive.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Latitude plus 90 degrees: 0 to 180,000,000.
    pub latitude: u32,
    /// Longitude plus 180 degrees: 0 to 360,000,000.
    pub longitude: u32,
}

impl std::fmt::Debug for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Position(…)")
    }
}

impl Object for Form {
    const KIND: u8 = 35;
    const BYTES_MAX: usize = 458_752;

    fn check(&self) -> Result<(), EncodingError> {
        require((1..=128).contains(&self.fields.len()), "FRM-7")?;
        require_sorted(self.fields.iter().map(|f| f.number), "FRM-7")?;
        self.fields
            .iter()
            .try_for_each(|field| field.value.check(true))
    }
}

impl Form {
    /// What a field holds.
    #[must_use]
    pub fn value(&self, number: u16) -> Option<&Value> {
        self.fields
            .iter()
            .find(|f| f.number == number)
            .map(|f| &f.value)
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

impl Value {
    fn check(&self, list_allowed: bool) -> Result<(), EncodingError> {
        match self {
            Self::Position(p) => {
                let within = p.latitude <= 180_000_000 && p.longitude <= 360_000_000;
                require(within, "FRM-7")
            }
            Self::List(values) => {
                require(list_allowed && values.len() <= 64, "FRM-7")?;
                values.iter().try_for_each(|value| value.check(false))
            }
            Self::Text(_)
            | Self::Integer(_)
            | Self::Code(_)
            | Self::Time(_)
            | Self::Duration(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::decode;

    /// A form of one field: a list of one list of one list …, the innermost empty.
    fn lists_in_lists(depth: usize) -> Vec<u8> {
        let nested = format!("{}0600", "0601".repeat(depth - 1));
        hex::decode(format!("012301010101{nested}")).unwrap()
    }

    /// Covers FRM-7.
    #[test]
    fn lists_in_lists_are_refused_however_deep() {
        assert!(decode::<Form>(&lists_in_lists(1)).is_ok());
        assert_eq!(
            decode::<Form>(&lists_in_lists(2)),
            Err(EncodingError::Field("FRM-7"))
        );
        for depth in [3, 4, 1_000, 229_000] {
            assert_eq!(
                decode::<Form>(&lists_in_lists(depth)),
                Err(EncodingError::Malformed)
            );
        }
    }
}
