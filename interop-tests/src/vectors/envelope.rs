//! Vectors of `spec/envelope.md`: headers, envelopes, digests, padding, sealing and opening.
//!
//! Faults are forged by `envelope/draft.rs`, which follows the chapter step by step and shares
//! with the protocol only the primitives.

use super::case::Chapter;
use super::rng::GivenRng;
use crate::json::{self, Input, hex};
use crate::verdict::{Answer, Refusal, Verdict};
use draft::Draft;
use estafette_protocol::crypto::{Secret, SigningKey, VerifyingKey, XWingPublic, XWingSecret};
use estafette_protocol::encoding::{FixedBytes, decode};
use estafette_protocol::envelope::{
    Header, OpenError, Parsed, Reader, SealError, Stage, Wrap, open, pad, seal, unpad,
};
use serde_json::{Value, json};

mod admission;
mod draft;
mod headers;
mod opening;
mod parts;
mod sealing;
mod world;

pub(super) use world::header;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("envelope", answer);
    headers::add(&mut chapter);
    parts::add(&mut chapter);
    sealing::add(&mut chapter);
    opening::add(&mut chapter);
    admission::add(&mut chapter);
    chapter.file()
}

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "header-decode" => header_decode(&input).into(),
        "envelope-decode" => envelope_decode(&input).into(),
        "envelope-digest" => envelope_digest(&input).into(),
        "envelope-seal" => envelope_seal(&input).into(),
        "envelope-open" => envelope_open(&input).into(),
        "admit" => admission::admit(&input).into(),
        "padding" => padding(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn header_decode(input: &Input<'_>) -> Answer {
    let header: Header = decode(&input.bytes("header")?)?;
    Ok(json!({ "header": json::header(&header) }))
}

fn envelope_decode(input: &Input<'_>) -> Answer {
    let parsed = Parsed::decode(&input.bytes("envelope")?)?;
    Ok(json!({ "envelope": json::envelope(parsed.envelope()) }))
}

fn envelope_digest(input: &Input<'_>) -> Answer {
    let parsed = Parsed::decode(&input.bytes("envelope")?)?;
    let wraps = parsed.envelope().wrap_hashes();
    Ok(json!({
        "digest": hex(parsed.digest().as_slice()),
        "header_hash": hex(parsed.header_hash().as_slice()),
        "wrap_hashes": wraps.iter().map(|hash| hex(hash.as_slice())).collect::<Vec<_>>(),
    }))
}

fn padding(input: &Input<'_>) -> Answer {
    let refused = || Refusal::new("body", "padding");
    if input.optional("padded").is_some() {
        let padded = input.bytes("padded")?;
        let form = unpad(&padded).ok_or_else(refused)?;
        return Ok(json!({ "form": hex(form) }));
    }
    let padded = pad(&input.bytes("form")?).map_err(|_| refused())?;
    Ok(json!({ "padded_bytes": padded.len(), "padded_sha256": sha256_hex(&padded) }))
}

fn sha256_hex(bytes: &[u8]) -> Value {
    hex(estafette_protocol::crypto::sha256(&[bytes]).as_slice())
}

fn envelope_seal(input: &Input<'_>) -> Answer {
    let header = json::read_header(input.member("header")?)?;
    let form = json::read_form(input.member("form")?)?;
    let readers = input.list("readers", read_reader)?;
    let key = SigningKey::from_seed(&Secret::from_bytes(input.array("signing_seed")?));
    let mut rng = GivenRng::new(input.bytes("rng")?);
    let sealed = seal(header, &form, &readers, &key, &mut rng).map_err(seal_refusal)?;
    if !rng.is_used_up_exactly() {
        return Err(Refusal::case("rng is of another length"));
    }
    let draft = Draft::retrace(&sealed, &form, &readers);
    let bytes = sealed.parsed.encode()?;
    Ok(json!({
        "envelope": hex(&bytes),
        "digest": hex(sealed.parsed.digest().as_slice()),
        "trace": draft.trace(),
    }))
}

fn read_reader(json: &Value) -> Result<Reader, Refusal> {
    let input = Input::of(json);
    let key = XWingPublic::from_bytes(&input.bytes("key")?);
    Ok(Reader {
        addressee: input.number("addressee")?,
        device: FixedBytes(input.array("device")?),
        prekey: input.number("prekey")?,
        key: key.map_err(|_| Refusal::new("unwrap", "public-key"))?,
    })
}

fn seal_refusal(error: SealError) -> Refusal {
    match error {
        SealError::Encoding(error) => error.into(),
        SealError::Crypto(_) => Refusal::new("body", "too-long"),
        _ => Refusal::new("decode", "ENV-9"),
    }
}

fn envelope_open(input: &Input<'_>) -> Answer {
    let parsed = Parsed::decode(&input.bytes("envelope")?)?;
    if parsed.header().suite != 1 {
        return Err(Refusal::new("decode", "suite-unknown"));
    }
    let keys = input.list("sender_keys", json::read_array)?;
    // CRY-1: what is no acceptable key verifies nothing.
    let mut keys = keys
        .iter()
        .filter_map(|key| VerifyingKey::from_bytes(key).ok());
    let signature = || Refusal::new("signature", "signature-invalid");
    let key = keys
        .find(|key| key.id() == parsed.header().sender_key)
        .ok_or_else(signature)?;
    if !parsed.verify(&key) {
        return Err(signature());
    }
    let unwrap = || Refusal::new("unwrap", "unwrap");
    let device = FixedBytes(input.array("device")?);
    let handed = input.optional("wrap").map(json::read_wrap).transpose()?;
    let own = |wrap: &&Wrap| wrap.device == device;
    let present = parsed.envelope().wraps.iter().find(own).cloned();
    let wrap = handed.or(present).ok_or_else(unwrap)?;
    let prekeys = input.list("prekeys", |prekey| {
        let prekey = Input::of(prekey);
        let seed = Secret::from_bytes(prekey.array("seed")?);
        Ok((prekey.number::<u32>("id")?, XWingSecret::from_seed(seed)))
    })?;
    let secret = prekeys.iter().find(|(id, _)| *id == wrap.prekey);
    let (_, secret) = secret.ok_or_else(unwrap)?;
    let opened = open(&parsed, &key, &wrap, &device, secret).map_err(open_refusal)?;
    Ok(json!({
        "form": json::form(&opened.form),
        "content_key": hex(opened.content_key.expose()),
        "digest": hex(parsed.digest().as_slice()),
    }))
}

fn open_refusal(error: OpenError) -> Refusal {
    match error.stage {
        Stage::Signature => Refusal::new("signature", "signature-invalid"),
        Stage::Commitment => Refusal::new("commit", "commitment"),
        stage => Refusal::new(stage.word(), stage.word()),
    }
}
