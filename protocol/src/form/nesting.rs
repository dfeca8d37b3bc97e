//! Decoding of values with a budget of levels, so that hostile bytes nest no deeper than it.
//!
//! Decides only how deep a decoder goes; what may stand in what is for [`super::Value::check`],
//! which refuses by name what the budget just lets through.

use super::{Field, Position, Value};
use crate::encoding::Text;
use crate::time::UnixMillis;
use serde::de::{DeserializeSeed, EnumAccess, Error, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// Levels of lists and groups that are followed: a list of each of five groups, one more group
/// than FRM-7 allows, and a list in the innermost.
const LEVELS_MAX: u8 = 11;

const VARIANTS: &[&str] = &[
    "Text", "Integer", "Code", "Time", "Duration", "Position", "List", "Group",
];

/// A value below which so many levels are left.
#[derive(Clone, Copy)]
struct ValueSeed(u8);

/// A field below which so many levels are left.
#[derive(Clone, Copy)]
struct FieldSeed(u8);

/// Any number of what the seed reads.
#[derive(Clone, Copy)]
struct Sequence<S>(S);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ValueSeed(LEVELS_MAX).deserialize(deserializer)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FieldSeed(LEVELS_MAX).deserialize(deserializer)
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_enum("Value", VARIANTS, self)
    }
}

impl ValueSeed {
    /// The levels left within a list or group.
    fn below<E: Error>(self) -> Result<u8, E> {
        let left = self.0.checked_sub(1);
        left.ok_or_else(|| E::custom("values nest too deep"))
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, content) = data.variant::<u32>()?;
        Ok(match tag {
            0 => Value::Text(content.newtype_variant::<Text>()?),
            1 => Value::Integer(content.newtype_variant()?),
            2 => Value::Code(content.newtype_variant()?),
            3 => Value::Time(content.newtype_variant::<UnixMillis>()?),
            4 => Value::Duration(content.newtype_variant()?),
            5 => Value::Position(content.newtype_variant::<Position>()?),
            6 => {
                let seed = Sequence(Self(self.below()?));
                Value::List(content.newtype_variant_seed(seed)?)
            }
            7 => {
                let seed = Sequence(FieldSeed(self.below()?));
                Value::Group(content.newtype_variant_seed(seed)?)
            }
            _ => return Err(Error::custom("no such value")),
        })
    }
}

impl<'de> DeserializeSeed<'de> for FieldSeed {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        deserializer.deserialize_struct("Field", &["number", "value"], self)
    }
}

impl<'de> Visitor<'de> for FieldSeed {
    type Value = Field;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number and a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Field, A::Error> {
        let number = seq.next_element()?;
        let value = seq.next_element_seed(ValueSeed(self.0))?;
        match (number, value) {
            (Some(number), Some(value)) => Ok(Field { number, value }),
            _ => Err(Error::invalid_length(2, &self)),
        }
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> DeserializeSeed<'de> for Sequence<S> {
    type Value = Vec<S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for Sequence<S> {
    type Value = Vec<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        // Nothing is reserved: a count is a peer's word.
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(self.0)? {
            elements.push(element);
        }
        Ok(elements)
    }
}
