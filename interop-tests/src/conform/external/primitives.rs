//! Wycheproof's cases as calls of `estafette_protocol::crypto`.

use super::Made;
use crate::json::Input;
use estafette_protocol::crypto::{
    Secret, VerifyingKey, XWingPublic, aead_open, aead_seal, hkdf_expand, hkdf_extract, seal_wrap,
    x25519,
};
use estafette_protocol::testing::SeededRng;
use serde_json::Value;

/// Makes of a group and one of its cases what our entry points make of it.
type Primitive = fn(&Value, &Value) -> Made;

/// Files, without `_test.json`, and what they test.
pub(super) const ALL: [(&str, Primitive); 5] = [
    ("x25519", |_, test| agree(test).unwrap_or(Made::Refused)),
    ("ed25519", |group, test| {
        verify(group, test).unwrap_or(Made::Refused)
    }),
    ("mlkem_768", |_, test| {
        encapsulate(test).unwrap_or(Made::Nothing)
    }),
    ("chacha20_poly1305", |_, test| {
        seal_and_open(test).unwrap_or(Made::Refused)
    }),
    ("hkdf_sha256", |_, test| {
        derive(test).unwrap_or(Made::Refused)
    }),
];

fn made(is_right: bool) -> Option<Made> {
    Some(if is_right { Made::Right } else { Made::Wrong })
}

// CRY-2, CRY-3
fn agree(test: &Value) -> Option<Made> {
    let test = Input::of(test);
    let secret = Secret::from_bytes(test.array("private").ok()?);
    let shared = x25519(&secret, &test.array("public").ok()?).ok()?;
    made(shared.expose().as_slice() == test.bytes("shared").ok()?)
}

// CRY-1
fn verify(group: &Value, test: &Value) -> Option<Made> {
    let (group, test) = (Input::of(group.get("publicKey")?), Input::of(test));
    let key = VerifyingKey::from_bytes(&group.array("pk").ok()?).ok()?;
    key.verify(&test.bytes("msg").ok()?, &test.array("sig").ok()?)
        .ok()?;
    made(true)
}

// CRY-4: an ML-KEM key reaches us only as the first part of an X-Wing key, and its secret not at
// all, because X-Wing derives it from a seed of its own.
fn encapsulate(test: &Value) -> Option<Made> {
    const BASE_POINT: [u8; 32] = {
        let mut point = [0; 32];
        point[0] = 9;
        point
    };
    let key = Input::of(test).bytes("ek").ok()?;
    let whole = |key: &[u8]| XWingPublic::from_bytes(&[key, &BASE_POINT].concat());
    let Ok(imported) = whole(&key) else {
        // A case that is invalid for its ciphertext has a good key all the same.
        return Some(Made::Wrong);
    };
    let mut rng = SeededRng::new("external");
    let sealed = seal_wrap(
        &imported,
        b"external",
        &Secret::from_bytes([7; 32]),
        &mut rng,
    );
    // The same key with its first coefficient 4095, and cut by a byte, has to be refused.
    let mut unreduced = key.clone();
    unreduced.get_mut(..2)?.copy_from_slice(&[0xff, 0xff]);
    let cut = key.get(1..)?;
    let strict = whole(&unreduced).is_err() && whole(cut).is_err();
    let is_right = sealed.is_ok() && strict;
    match test["result"].as_str() {
        Some("valid") => made(is_right),
        _ if is_right => Some(Made::Nothing),
        _ => Some(Made::Wrong),
    }
}

fn seal_and_open(test: &Value) -> Option<Made> {
    let test = Input::of(test);
    let key = Secret::from_bytes(test.array("key").ok()?);
    let nonce = test.array("iv").ok()?;
    let (aad, plaintext) = (test.bytes("aad").ok()?, test.bytes("msg").ok()?);
    let expected = [test.bytes("ct").ok()?, test.bytes("tag").ok()?].concat();
    let opened = aead_open(&key, &nonce, &aad, &expected).ok()?;
    let sealed = aead_seal(&key, &nonce, &aad, &plaintext).ok()?;
    made(opened == plaintext && sealed == expected)
}

fn derive(test: &Value) -> Option<Made> {
    let test = Input::of(test);
    let prk = hkdf_extract(&test.bytes("salt").ok()?, &test.bytes("ikm").ok()?);
    let mut out = vec![0; test.number("size").ok()?];
    hkdf_expand(&prk, &[&test.bytes("info").ok()?], &mut out).ok()?;
    made(out == test.bytes("okm").ok()?)
}
