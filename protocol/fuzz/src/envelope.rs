//! Sealed messages: decoding, digest, signature, opening. Spec: envelope.md.
//!
//! The first byte of the input says how: 0, the rest is an envelope; else the rest are choices
//! that change a message of the scene. Some are signed anew, so that the stages behind the
//! signature are reached too.

use crate::scene::scene;
use crate::{Seeds, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::crypto::{Secret, SigningKey, aead_seal, hkdf_expand, hkdf_extract};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::{Envelope, OpenError, Opened, Parsed, Sealed, Stage, open};
use estafette_protocol::testing::TestDevice;

/// Takes an envelope, or changes one.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((0, bytes)) => {
            if let Ok(parsed) = Parsed::decode(bytes) {
                assert_eq!(parsed.encode().as_deref(), Ok(bytes));
                examine(&parsed, bytes.len());
            }
        }
        // Choices that run out end the input.
        Some((_, choices)) => {
            let _ = change(&mut Unstructured::new(choices));
        }
        None => {}
    }
}

fn change(u: &mut Unstructured<'_>) -> Result<()> {
    let sealed = u.choose(&scene().sealed)?;
    let mut envelope = sealed.parsed.envelope().clone();
    let honest = match u.int_in_range(0..=3)? {
        0 => {
            let mut bytes = sealed.parsed.encode().unwrap();
            mutate(&mut bytes, u)?;
            if let Ok(parsed) = Parsed::decode(&bytes) {
                assert_eq!(parsed.encode().as_deref(), Ok(bytes.as_slice()));
                examine(&parsed, u.arbitrary()?);
            }
            return Ok(());
        }
        1 => change_fields(&mut envelope, u)?,
        2 => change_header(&mut envelope, u)?,
        _ => change_plaintext(sealed, &mut envelope, u)?,
    };
    let Ok(parsed) = Parsed::from_envelope(envelope) else {
        assert!(!honest);
        return Ok(());
    };
    let parsed = if u.arbitrary()? {
        sign(&parsed, sender_of(sealed))
    } else {
        parsed
    };
    examine(&parsed, u.arbitrary()?);
    Ok(())
}

fn change_fields(envelope: &mut Envelope, u: &mut Unstructured<'_>) -> Result<bool> {
    let wraps = envelope.wraps.len();
    match u.int_in_range(0..=5)? {
        0 => envelope.signature.0[u.choose_index(64)?] ^= u.arbitrary::<u8>()?,
        1 => {
            envelope.wraps[u.choose_index(wraps)?].sealed.0[u.choose_index(1168)?] ^=
                u.arbitrary::<u8>()?
        }
        2 => envelope.wraps[u.choose_index(wraps)?].addressee = u.arbitrary()?,
        3 => envelope.wraps[u.choose_index(wraps)?].device = FixedBytes(u.arbitrary()?),
        4 => envelope.wraps[u.choose_index(wraps)?].prekey ^= u.arbitrary::<u32>()?,
        _ => {
            let mut body = envelope.body.as_slice().to_vec();
            mutate(&mut body, u)?;
            envelope.body = body.into();
        }
    }
    Ok(false)
}

fn change_header(envelope: &mut Envelope, u: &mut Unstructured<'_>) -> Result<bool> {
    let mut header = envelope.header.as_slice().to_vec();
    mutate(&mut header, u)?;
    envelope.header = header.into();
    Ok(false)
}

/// A hostile sender: good signature, good wraps, and a body of its own making (ENV-14).
fn change_plaintext(
    sealed: &Sealed,
    envelope: &mut Envelope,
    u: &mut Unstructured<'_>,
) -> Result<bool> {
    let parsed = &sealed.parsed;
    let status = parsed.header().status;
    let prk = hkdf_extract(&status.label("content"), sealed.content_key.expose());
    let mut key = [0; 32];
    let (label, hash) = (status.label("body"), parsed.header_hash());
    let info: [&[u8]; 3] = [&label, b"\0", hash.as_slice()];
    hkdf_expand(&prk, &info, &mut key).unwrap();
    let key = Secret::from_bytes(key);
    let body = parsed.envelope().body.as_slice();
    let mut plain = estafette_protocol::crypto::aead_open(&key, &[0; 12], b"", body).unwrap();
    let len = plain.len();
    mutate(&mut plain, u)?;
    plain.resize(len, 0);
    envelope.body = aead_seal(&key, &[0; 12], b"", &plain).unwrap().into();
    Ok(true)
}

fn sign(parsed: &Parsed, key: &SigningKey) -> Parsed {
    let mut envelope = parsed.envelope().clone();
    let label = parsed.header().status.label("signature");
    let message = [label.as_slice(), b"\0", parsed.digest().as_slice()].concat();
    envelope.signature = FixedBytes(key.sign(&message));
    let signed = Parsed::from_envelope(envelope).unwrap();
    assert_eq!(signed.digest(), parsed.digest());
    signed
}

fn devices() -> impl Iterator<Item = &'static TestDevice> {
    let world = &scene().world;
    world.police.devices.iter().chain(&world.border.devices)
}

fn sender_of(sealed: &Sealed) -> &'static SigningKey {
    let sender = sealed.parsed.header().sender_key;
    let device = devices().find(|device| device.key.verifying_key().id() == sender);
    &device.unwrap().key
}

/// What holds of every envelope that decodes.
fn examine(parsed: &Parsed, mask: usize) {
    let envelope = parsed.envelope();
    let hashes = envelope.wrap_hashes();
    assert_eq!(hashes.len(), envelope.wrap_count());
    // ENV-10, ENV-12
    let fewer = envelope.with_wraps(|wrap| mask >> (wrap.position % 64) & 1 == 1);
    assert_eq!(fewer.wrap_hashes(), hashes);
    let fewer = Parsed::from_envelope(fewer).unwrap();
    assert_eq!(fewer.digest(), parsed.digest());
    assert_eq!(
        Parsed::decode(&fewer.encode().unwrap()).as_ref(),
        Ok(&fewer)
    );
    let signer = devices().find(|device| parsed.verify(&device.key.verifying_key()));
    for wrap in &envelope.wraps {
        let secret = devices()
            .find(|device| device.key.verifying_key().id() == wrap.device)
            .and_then(|device| {
                device
                    .secrets
                    .iter()
                    .find(|secret| secret.id == wrap.prekey)
            });
        let (Some(secret), Some(signer)) = (secret, signer) else {
            continue;
        };
        let opened = open(
            parsed,
            &signer.key.verifying_key(),
            wrap,
            &wrap.device,
            &secret.secret,
        );
        judge(parsed, opened);
    }
}

fn judge(parsed: &Parsed, opened: std::result::Result<Opened, OpenError>) {
    match opened {
        Ok(opened) => {
            let form = &opened.form;
            let header = parsed.header();
            assert_eq!(
                (form.format, form.version),
                (header.format, header.format_version)
            );
        }
        // The signature was good, and the bytes are canonical; a suite that nobody knows is not
        // decoded further (ENV-17).
        Err(error) => {
            let unknown_suite = parsed.header().suite != 1;
            assert_eq!(error.stage == Stage::Decode, unknown_suite);
            assert!(error.stage > Stage::Signature || unknown_suite);
        }
    }
}

/// The messages of the scene, whole and without wraps, and choices.
pub fn seeds() -> Seeds {
    let messages = scene().sealed.iter().map(|sealed| &sealed.parsed);
    let all = messages.clone().map(|parsed| parsed.encode().unwrap());
    let bare = messages.map(|parsed| {
        let bare = parsed.envelope().with_wraps(|_| false);
        Parsed::from_envelope(bare).unwrap().encode().unwrap()
    });
    let vectors = crate::vectors()
        .into_iter()
        .filter(|bytes| bytes.starts_with(&[1, 32]));
    let wire = all
        .chain(bare)
        .chain(vectors)
        .map(|bytes| [&[0], bytes.as_slice()].concat());
    let choices =
        (0..32_u8).map(|n| [&[1 + n], noise(&format!("envelope {n}"), 64).as_slice()].concat());
    wire.chain(choices).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_the_scene_open_for_every_reader() {
        for sealed in &scene().sealed {
            let key = sender_of(sealed).verifying_key();
            for wrap in &sealed.parsed.envelope().wraps {
                let device = devices()
                    .find(|d| d.key.verifying_key().id() == wrap.device)
                    .unwrap();
                let secret = &device.secrets[0].secret;
                assert!(open(&sealed.parsed, &key, wrap, &wrap.device, secret).is_ok());
            }
            assert_eq!(sign(&sealed.parsed, sender_of(sealed)), sealed.parsed);
        }
    }
}
