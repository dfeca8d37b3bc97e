//! How this implementation answers the encoding chapter.
//!
//! Values are put to the decoder of objects inside an object of a kind that is never on the wire.

use crate::json::{Input, number};
use crate::verdict::{Answer, Refusal, Verdict};
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
pub fn answer(op: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    Verdict::from(match op {
        "encoding-varint" | "encoding-value" => value(input),
        "encoding-object" => object(input),
        _ => return Verdict::Unsupported,
    })
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

fn probe<T: Checked>(bytes: &[u8]) -> Result<T, Refusal> {
    let mut object = vec![encoding::VERSION, Probe::<T>::KIND];
    object.extend_from_slice(bytes);
    Ok(encoding::decode::<Probe<T>>(&object)?.0)
}

fn value(input: Input<'_>) -> Answer {
    let bytes = input.bytes("bytes")?;
    let bytes = bytes.as_slice();
    let value = match input.text("type")? {
        "bool" => json!(probe::<bool>(bytes)?),
        "u8" => json!(probe::<u8>(bytes)?),
        "u16" => number(probe::<u16>(bytes)?.into()),
        "u32" => number(probe::<u32>(bytes)?.into()),
        "u64" | "time" | "duration" => number(probe::<u64>(bytes)?),
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
        _ => return Err(Refusal::case("no such type")),
    };
    Ok(json!({ "value": value }))
}

fn object(input: Input<'_>) -> Answer {
    let bytes = input.bytes("bytes")?;
    match input.number("kind")? {
        SignedObject::KIND => signed(&bytes),
        Charter::KIND => plain::<Charter>(&bytes),
        Suspension::KIND => plain::<Suspension>(&bytes),
        Accord::KIND => plain::<Accord>(&bytes),
        _ => Err(Refusal::case("no such kind")),
    }
}

fn plain<T: Object>(bytes: &[u8]) -> Answer {
    encoding::decode::<T>(bytes)?;
    let hash = sha256(&[b"estafette/1/object\0", bytes]);
    Ok(json!({ "hash": hex::encode(hash.as_slice()) }))
}

fn signed(bytes: &[u8]) -> Answer {
    let outer: SignedObject = encoding::decode(bytes)?;
    let inner = outer.inner_kind()?;
    let hash = match inner {
        Charter::KIND => Signed::<Charter>::decode(bytes).map(|signed| signed.hash()),
        Suspension::KIND => Signed::<Suspension>::decode(bytes).map(|signed| signed.hash()),
        Accord::KIND => Signed::<Accord>::decode(bytes).map(|signed| signed.hash()),
        _ => return Err(Refusal::new("decode", "kind")),
    };
    Ok(json!({ "inner": inner, "hash": hex::encode(hash?.as_slice()) }))
}
