//! How this implementation answers the encoding chapter.
//!
//! Values are put to the decoder of objects inside an object of a kind that is never on the wire.

use super::super::chapter::{bytes, malformed, number, refuse, settle, text};
use crate::verdict::Verdict;
use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::sha256;
use estafette_protocol::encoding::{
    self, Bytes, EncodingError, Extensions, FixedBytes, Object, Signed, SignedObject, Text,
};
use estafette_protocol::precedence::Status;
use estafette_protocol::suspension::Suspension;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// Answers one case.
#[must_use]
pub fn answer(op: &str, _shared: &Value, input: &Value) -> Verdict {
    match op {
        "encoding-varint" | "encoding-value" => settle(value(input)),
        "encoding-object" => settle(object(input)),
        _ => super::unsupported(),
    }
}

/// A value alone in an object.
#[derive(Debug, Serialize, Deserialize)]
struct Probe<T>(T);

impl<T: Checked> Object for Probe<T> {
    const KIND: u8 = 255;
    const BYTES_MAX: usize = 65_536;

    fn check(&self) -> Result<(), EncodingError> {
        self.0.check()
    }
}

/// What a value must keep to beyond its encoding.
trait Checked: Serialize + DeserializeOwned {
    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}

impl Checked for bool {}
impl Checked for u8 {}
impl Checked for u16 {}
impl Checked for u32 {}
impl Checked for u64 {}
impl Checked for Option<u8> {}
impl Checked for Option<Option<u8>> {}
impl Checked for Bytes {}
impl Checked for Text {}
impl Checked for FixedBytes<4> {}
impl Checked for Vec<u16> {}
impl Checked for (u8, u16, Text) {}
impl Checked for Status {}

impl Checked for Extensions {
    fn check(&self) -> Result<(), EncodingError> {
        Self::check(self)
    }
}

/// A sequence that a table calls sorted.
#[derive(Debug, Serialize, Deserialize)]
struct Sorted(Vec<Text>);

impl Checked for Sorted {
    fn check(&self) -> Result<(), EncodingError> {
        encoding::require_sorted(&self.0, "ENC-17")
    }
}

fn probe<T: Checked>(bytes: &[u8]) -> Result<T, Verdict> {
    let mut object = vec![encoding::VERSION, Probe::<T>::KIND];
    object.extend_from_slice(bytes);
    let probe = encoding::decode::<Probe<T>>(&object).map_err(|error| refused(&error))?;
    Ok(probe.0)
}

fn value(input: &Value) -> Result<Value, Verdict> {
    let bytes = bytes(input, "bytes")?;
    let bytes = bytes.as_slice();
    let value = match text(input, "type")? {
        "bool" => json!(probe::<bool>(bytes)?),
        "u8" => json!(probe::<u8>(bytes)?),
        "u16" => json!(probe::<u16>(bytes)?.to_string()),
        "u32" => json!(probe::<u32>(bytes)?.to_string()),
        "u64" | "time" | "duration" => json!(probe::<u64>(bytes)?.to_string()),
        "option u8" => json!(probe::<Option<u8>>(bytes)?),
        "bytes" => json!(hex::encode(probe::<Bytes>(bytes)?.as_slice())),
        "string" => json!(probe::<Text>(bytes)?.as_str()),
        "[u8; 4]" => json!(hex::encode(probe::<FixedBytes<4>>(bytes)?.as_slice())),
        "seq of u16" => json!(probe::<Vec<u16>>(bytes)?),
        "seq of string, sorted" => {
            let texts = probe::<Sorted>(bytes)?.0;
            json!(texts.iter().map(Text::as_str).collect::<Vec<_>>())
        }
        "structure of u8, u16, string" => {
            let (a, b, c) = probe::<(u8, u16, Text)>(bytes)?;
            json!([a, b, c.as_str()])
        }
        "enumeration of 0, 1, 2" => json!(probe::<Status>(bytes)?.code()),
        "extensions" => {
            let extensions = probe::<Extensions>(bytes)?.0;
            let shown = extensions
                .iter()
                .map(|e| json!([e.id, e.critical, hex::encode(e.value.as_slice())]));
            json!(shown.collect::<Vec<_>>())
        }
        _ => return Err(Verdict::Unsupported),
    };
    Ok(json!({ "value": value }))
}

fn object(input: &Value) -> Result<Value, Verdict> {
    let bytes = bytes(input, "bytes")?;
    let kind = u8::try_from(number(input, "kind")?).map_err(|_| Verdict::Unsupported)?;
    match kind {
        SignedObject::KIND => signed(&bytes),
        Charter::KIND => plain::<Charter>(&bytes),
        Suspension::KIND => plain::<Suspension>(&bytes),
        Accord::KIND => plain::<Accord>(&bytes),
        _ => Err(Verdict::Unsupported),
    }
}

fn plain<T: Object>(bytes: &[u8]) -> Result<Value, Verdict> {
    encoding::decode::<T>(bytes).map_err(|error| refused(&error))?;
    let hash = sha256(&[b"estafette/1/object\0", bytes]);
    Ok(json!({ "hash": hex::encode(hash.as_slice()) }))
}

fn signed(bytes: &[u8]) -> Result<Value, Verdict> {
    let outer: SignedObject = encoding::decode(bytes).map_err(|error| refused(&error))?;
    let inner = outer.inner_kind().map_err(|error| refused(&error))?;
    let hash = match inner {
        Charter::KIND => Signed::<Charter>::decode(bytes).map(|signed| signed.hash()),
        Suspension::KIND => Signed::<Suspension>::decode(bytes).map(|signed| signed.hash()),
        Accord::KIND => Signed::<Accord>::decode(bytes).map(|signed| signed.hash()),
        _ => return Err(malformed()),
    };
    let hash = hash.map_err(|error| refused(&error))?;
    Ok(json!({ "inner": inner, "hash": hex::encode(hash.as_slice()) }))
}

/// Stage and reason of an encoding error.
pub(in crate::vectors) fn refused(error: &EncodingError) -> Verdict {
    match error {
        EncodingError::Version(_) => refuse("version", "malformed"),
        _ => malformed(),
    }
}
