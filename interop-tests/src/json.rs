//! The protocol's values as the JSON of vectors, both ways. Spec: vectors/README.md.
//!
//! Bytes are lower-case hexadecimal, integers above 2^53 decimal strings, enumerations words. What
//! cannot be read is a fault of the case, never of the implementation under test.

use crate::verdict::Refusal;
use estafette_protocol::encoding::{FixedBytes, Text};
use serde_json::Value;
use std::str::FromStr;

mod envelope;
mod form;
mod frame;
mod header;
mod rules;
mod statement;

pub use envelope::{envelope, read_wrap, wrap};
pub use form::{form, read_form};
pub use frame::{fault, frame, frame_word, role_word};
pub use header::{header, read_header, read_marking};
pub use rules::{read_desk, read_rules, rules};
pub use statement::{judged, signer, statement};

/// Members of a case: those of `in`, then those of `shared`.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    own: &'a Value,
    shared: &'a Value,
}

impl<'a> Input<'a> {
    /// The members of a case.
    #[must_use]
    pub const fn new(shared: &'a Value, own: &'a Value) -> Self {
        Self { own, shared }
    }

    /// The members of one object.
    #[must_use]
    pub const fn of(object: &'a Value) -> Self {
        Self {
            own: object,
            shared: &Value::Null,
        }
    }

    /// A member that is present and not null.
    #[must_use]
    pub fn optional(&self, key: &str) -> Option<&'a Value> {
        let found = self.own.get(key).or_else(|| self.shared.get(key));
        found.filter(|value| !value.is_null())
    }

    /// A member.
    ///
    /// # Errors
    /// When it is missing; so for all readers below, also when it is of another type.
    pub fn member(&self, key: &str) -> Result<&'a Value, Refusal> {
        self.optional(key)
            .ok_or_else(|| Refusal::case(format!("no {key}")))
    }

    /// Bytes.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn bytes(&self, key: &str) -> Result<Vec<u8>, Refusal> {
        read_bytes(self.member(key)?)
    }

    /// Bytes of a fixed length.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn array<const N: usize>(&self, key: &str) -> Result<[u8; N], Refusal> {
        read_array(self.member(key)?)
    }

    /// Bytes of a fixed length, where present.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn optional_array<const N: usize>(
        &self,
        key: &str,
    ) -> Result<Option<FixedBytes<N>>, Refusal> {
        let array = self.optional(key).map(read_array).transpose()?;
        Ok(array.map(FixedBytes))
    }

    /// A number that fits.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn number<T: TryFrom<u64>>(&self, key: &str) -> Result<T, Refusal> {
        read_number(self.member(key)?)
    }

    /// A number, where present.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn optional_number<T: TryFrom<u64>>(&self, key: &str) -> Result<Option<T>, Refusal> {
        self.optional(key).map(read_number).transpose()
    }

    /// Text.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn text(&self, key: &str) -> Result<&'a str, Refusal> {
        let text = self.member(key)?.as_str();
        text.ok_or_else(|| Refusal::case(format!("{key} is no text")))
    }

    /// A value that text names, such as an address or the word of a code.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn parsed<T: FromStr>(&self, key: &str) -> Result<T, Refusal> {
        let parsed = self.text(key)?.parse();
        parsed.map_err(|_| Refusal::case(format!("{key} is no such word")))
    }

    /// A list, each element by `read`; an absent list is empty.
    ///
    /// # Errors
    /// As [`Input::member`].
    pub fn list<T>(
        &self,
        key: &str,
        read: impl Fn(&'a Value) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        match self.optional(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.iter().map(read).collect(),
            Some(_) => Err(Refusal::case(format!("{key} is no list"))),
        }
    }
}

/// Bytes as hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> Value {
    Value::String(hex::encode(bytes))
}

/// Optional bytes.
#[must_use]
pub fn optional_hex<const N: usize>(bytes: Option<&FixedBytes<N>>) -> Value {
    bytes.map_or(Value::Null, |bytes| hex(bytes.as_slice()))
}

/// A number, as decimal text where JSON readers may lose digits.
#[must_use]
pub fn number(value: u64) -> Value {
    const EXACT: u64 = 1 << 53;
    if value > EXACT {
        Value::String(value.to_string())
    } else {
        Value::from(value)
    }
}

/// Bytes: hexadecimal, `{"repeat": hex, "count": n}`, or a list of these, joined.
///
/// # Errors
/// When it is none of these, or longer than 4 MiB.
pub fn read_bytes(value: &Value) -> Result<Vec<u8>, Refusal> {
    const LONGEST: usize = 4 << 20;
    match value {
        Value::String(text) => hex::decode(text).map_err(|_| Refusal::case("no hexadecimal")),
        Value::Array(parts) => {
            let parts: Result<Vec<_>, _> = parts.iter().map(read_bytes).collect();
            Ok(parts?.concat())
        }
        Value::Object(_) => {
            let run = Input::of(value);
            let (bytes, count) = (run.bytes("repeat")?, run.number::<usize>("count")?);
            match bytes.len().checked_mul(count) {
                Some(len) if len <= LONGEST => Ok(bytes.repeat(count)),
                _ => Err(Refusal::case("run too long")),
            }
        }
        _ => Err(Refusal::case("no bytes")),
    }
}

/// Bytes of a fixed length.
///
/// # Errors
/// When they are not.
pub fn read_array<const N: usize>(value: &Value) -> Result<[u8; N], Refusal> {
    let bytes = read_bytes(value)?;
    bytes
        .try_into()
        .map_err(|_| Refusal::case(format!("not {N} bytes")))
}

/// A number, from JSON or decimal text.
///
/// # Errors
/// When it is none or does not fit.
pub fn read_number<T: TryFrom<u64>>(value: &Value) -> Result<T, Refusal> {
    let read = match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    };
    read.and_then(|number: u64| T::try_from(number).ok())
        .ok_or_else(|| Refusal::case("no number that fits"))
}

/// Text without U+0000.
///
/// # Errors
/// When it is none.
pub fn read_text(value: &Value) -> Result<Text, Refusal> {
    let text = value.as_str().ok_or_else(|| Refusal::case("no text"))?;
    Ok(Text::new(text)?)
}
