//! One value, one encoding: the strict profile of postcard in `spec/encoding.md`.
//!
//! Decides which bytes are an object of a kind. Does not decide what a field may hold: that is
//! [`Object::check`], written beside each object.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

mod bytes;
mod signed;

pub use bytes::{Bytes, FixedBytes};
pub use signed::{Signature, Signed, SignedObject, signing_bytes};

/// The only encoding version. Spec: encoding.md ENC-12.
pub const VERSION: u8 = 1;

/// Why bytes are not an object. The peer or file that supplied the bytes is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// More bytes than the kind allows.
    #[error("{len} bytes where at most {max} are allowed")]
    TooLong {
        /// Bytes given.
        len: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The bytes end early, or a tag, length or varint is impossible.
    #[error("malformed bytes")]
    Malformed,
    /// Another encoding version than 1.
    #[error("encoding version {0} is not known")]
    Version(u8),
    /// Another kind of object than expected.
    #[error("object of kind {found} where kind {expected} is expected")]
    Kind {
        /// Kind found.
        found: u8,
        /// Kind expected.
        expected: u8,
    },
    /// Bytes follow the object.
    #[error("bytes left over after the object")]
    Trailing,
    /// Not the one encoding of the value.
    #[error("not the shortest encoding of the value")]
    NotCanonical,
    /// A field breaks the rule named.
    #[error("field breaks rule {0}")]
    Field(&'static str),
}

/// A value that is hashed, signed, stored or sent on its own. Spec: encoding.md, Objects.
pub trait Object: Serialize + DeserializeOwned {
    /// Kind byte, as listed in `spec/registry.md`.
    const KIND: u8;
    /// Longest encoding, in bytes, head included.
    const BYTES_MAX: usize;

    /// Checks the limits and orders of fields that the encoding alone does not.
    ///
    /// # Errors
    /// [`EncodingError::Field`] with the requirement that is broken.
    fn check(&self) -> Result<(), EncodingError>;
}

/// Encodes an object.
///
/// # Errors
/// When a field breaks a rule or the result is longer than the kind allows: the caller's fault.
pub fn encode<T: Object>(value: &T) -> Result<Vec<u8>, EncodingError> {
    value.check()?;
    let bytes = encode_unchecked(value)?;
    match bytes.len() {
        len if len > T::BYTES_MAX => Err(EncodingError::TooLong {
            len,
            max: T::BYTES_MAX,
        }),
        _ => Ok(bytes),
    }
}

/// Encodes without [`Object::check`]: for vectors that must break a rule.
///
/// # Errors
/// When serialisation itself fails.
pub fn encode_unchecked<T: Object>(value: &T) -> Result<Vec<u8>, EncodingError> {
    write(value, USUAL_BYTES)
}

/// Most objects fit: a statement, a header, a short envelope.
const USUAL_BYTES: usize = 512;

/// Encodes into a buffer that holds `capacity` bytes before it grows.
fn write<T: Object>(value: &T, capacity: usize) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::with_capacity(capacity);
    bytes.extend([VERSION, T::KIND]);
    postcard::to_extend(value, bytes).map_err(|_| EncodingError::Malformed)
}

/// Decodes an object, refusing every other encoding of the same value.
///
/// # Errors
/// See [`EncodingError`]; the supplier of the bytes is at fault.
pub fn decode<T: Object>(bytes: &[u8]) -> Result<T, EncodingError> {
    // ENC-13
    if bytes.len() > T::BYTES_MAX {
        return Err(EncodingError::TooLong {
            len: bytes.len(),
            max: T::BYTES_MAX,
        });
    }
    let (kind, rest) = split_head(bytes)?;
    if kind != T::KIND {
        return Err(EncodingError::Kind {
            found: kind,
            expected: T::KIND,
        });
    }
    let (value, left) =
        postcard::take_from_bytes::<T>(rest).map_err(|_| EncodingError::Malformed)?;
    // ENC-14
    if !left.is_empty() {
        return Err(EncodingError::Trailing);
    }
    // ENC-15
    if write(&value, bytes.len())? != bytes {
        return Err(EncodingError::NotCanonical);
    }
    value.check()?;
    Ok(value)
}

/// The kind of an object, from its head.
///
/// # Errors
/// When the head is missing or of another version.
pub fn kind(bytes: &[u8]) -> Result<u8, EncodingError> {
    split_head(bytes).map(|(kind, _)| kind)
}

fn split_head(bytes: &[u8]) -> Result<(u8, &[u8]), EncodingError> {
    match bytes {
        [VERSION, kind, rest @ ..] => Ok((*kind, rest)),
        [version, _, ..] => Err(EncodingError::Version(*version)),
        _ => Err(EncodingError::Malformed),
    }
}

/// Requires `elements` in ascending order with no two equal (ENC-17).
///
/// # Errors
/// [`EncodingError::Field`] with `rule`.
pub fn require_sorted<T: Ord>(
    elements: impl IntoIterator<Item = T>,
    rule: &'static str,
) -> Result<(), EncodingError> {
    let mut elements = elements.into_iter();
    let Some(mut last) = elements.next() else {
        return Ok(());
    };
    for element in elements {
        if last >= element {
            return Err(EncodingError::Field(rule));
        }
        last = element;
    }
    Ok(())
}

/// Requires a rule to hold.
///
/// # Errors
/// [`EncodingError::Field`] with `rule`.
pub fn require(holds: bool, rule: &'static str) -> Result<(), EncodingError> {
    if holds {
        Ok(())
    } else {
        Err(EncodingError::Field(rule))
    }
}

/// Room for growth at the end of an object. Spec: encoding.md, Extensions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Extensions(pub Vec<Extension>);

/// One extension. Spec: encoding.md, Extensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Number, from `spec/registry.md`.
    pub id: u16,
    /// Whether a receiver that does not know it must refuse the object.
    pub critical: bool,
    /// Content, at most 1,024 bytes.
    pub value: Bytes,
}

impl Extensions {
    /// Checks order, size and that no critical one is unknown (none is known in edition 1).
    ///
    /// # Errors
    /// [`EncodingError::Field`] with ENC-18 or ENC-19.
    pub fn check(&self) -> Result<(), EncodingError> {
        require(self.0.len() <= 16, "ENC-18")?;
        require_sorted(self.0.iter().map(|e| e.id), "ENC-18")?;
        require(
            self.0.iter().all(|e| e.value.as_slice().len() <= 1024),
            "ENC-18",
        )?;
        require(!self.0.iter().any(|e| e.critical), "ENC-19")
    }
}

/// UTF-8 text without U+0000 (ENC-6).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(String);

impl Text {
    /// Takes text.
    ///
    /// # Errors
    /// [`EncodingError::Field`] with ENC-6 when it holds U+0000.
    pub fn new(text: impl Into<String>) -> Result<Self, EncodingError> {
        let text = text.into();
        require(!text.contains('\0'), "ENC-6")?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
