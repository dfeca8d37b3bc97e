//! Vectors of `spec/crypto.md`: keys, signatures, X25519, X-Wing and labels.

use super::case::Chapter;
use super::rng::GivenRng;
use crate::json::{Input, hex};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::crypto::{
    CryptoError, Secret, VerifyingKey, XWingPublic, XWingSecret, hop_key_id, is_strict_x25519,
    open_wrap, seal_wrap, x25519,
};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::precedence::Status;
use serde_json::{Value, json};

mod points;
mod signing;
mod wrapping;

pub(super) use points::WEAK_POINTS;
pub(super) use signing::{ed25519_id, with_order_added};

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("crypto", answer);
    signing::add(&mut chapter);
    points::add(&mut chapter);
    wrapping::add(&mut chapter);
    chapter.file()
}

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "crypto-key-id" => key_id(&input).into(),
        "crypto-ed25519-verify" => ed25519_verify(&input).into(),
        "crypto-x25519" => agree(&input).into(),
        "crypto-xwing-import" => xwing_import(&input).into(),
        "crypto-xwing-public" => xwing_public(&input).into(),
        "crypto-wrap-seal" => wrap_seal(&input).into(),
        "crypto-wrap-open" => wrap_open(&input).into(),
        "crypto-label" => label(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn refused(error: CryptoError) -> Refusal {
    match error {
        CryptoError::PublicKey => Refusal::new("decode", "public-key"),
        CryptoError::Signature => Refusal::new("signature", "signature-invalid"),
        _ => Refusal::new("unwrap", "unwrap"),
    }
}

fn key_id(input: &Input<'_>) -> Answer {
    let key = input.array("key")?;
    let id = match input.text("algorithm")? {
        "ed25519" => VerifyingKey::from_bytes(&key).map_err(refused)?.id(),
        "x25519" if is_strict_x25519(&key) => hop_key_id(&key),
        "x25519" => return Err(refused(CryptoError::PublicKey)),
        _ => return Err(Refusal::case("no algorithm")),
    };
    Ok(json!({ "id": hex(id.as_slice()) }))
}

fn ed25519_verify(input: &Input<'_>) -> Answer {
    let key = VerifyingKey::from_bytes(&input.array("key")?);
    // CRY-1 speaks of the signature, whether its key or its values are at fault.
    let key = key.map_err(|_| Refusal::new("signature", "public-key"))?;
    key.verify(&input.bytes("message")?, &input.array("signature")?)
        .map_err(refused)?;
    Ok(json!({}))
}

fn agree(input: &Input<'_>) -> Answer {
    let secret = Secret::from_bytes(input.array("secret")?);
    let shared = x25519(&secret, &input.array("public")?).map_err(refused)?;
    Ok(json!({ "shared": hex(shared.expose()) }))
}

fn xwing_import(input: &Input<'_>) -> Answer {
    let key = XWingPublic::from_bytes(&input.bytes("key")?).map_err(refused)?;
    Ok(json!({ "key": hex(key.as_bytes()) }))
}

fn xwing_public(input: &Input<'_>) -> Answer {
    let secret = XWingSecret::from_seed(Secret::from_bytes(input.array("seed")?));
    let key = secret.public().map_err(refused)?;
    Ok(json!({ "key": hex(key.as_bytes()) }))
}

fn wrap_seal(input: &Input<'_>) -> Answer {
    let key = XWingPublic::from_bytes(&input.bytes("key")?).map_err(refused)?;
    let content_key = Secret::from_bytes(input.array("content_key")?);
    let mut rng = GivenRng::new(input.bytes("rng")?);
    let sealed = seal_wrap(&key, &input.bytes("info")?, &content_key, &mut rng);
    let sealed = sealed.map_err(refused)?;
    if !rng.is_used_up_exactly() {
        return Err(Refusal::case("rng is of another length"));
    }
    Ok(json!({ "sealed": hex(sealed.as_slice()) }))
}

fn wrap_open(input: &Input<'_>) -> Answer {
    let secret = XWingSecret::from_seed(Secret::from_bytes(input.array("seed")?));
    let sealed = FixedBytes(input.array("sealed")?);
    let key = open_wrap(&secret, &input.bytes("info")?, &sealed).map_err(refused)?;
    Ok(json!({ "content_key": hex(key.expose()) }))
}

fn label(input: &Input<'_>) -> Answer {
    let status: Status = input.parsed("status")?;
    Ok(json!({ "label": hex(&status.label(input.text("purpose")?)) }))
}
