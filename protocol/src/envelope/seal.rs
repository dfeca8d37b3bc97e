//! From form to envelope. Spec: envelope.md, Sealing.

use super::{Envelope, Header, Parsed, WRAPS_MAX, Wrap, header_hash, padding, signed_bytes};
use crate::address::Desk;
use crate::crypto::{
    CryptoError, CryptoRng, Hash, KeyId, Secret, SigningKey, XWingPublic, aead_seal, derive,
    hkdf_extract, seal_wrap,
};
use crate::encoding::{EncodingError, FixedBytes, encode};
use crate::form::Form;
use crate::precedence::Status;
use crate::statement::REWRAP_POSITION;

/// A device that shall read a message.
#[derive(Debug, Clone)]
pub struct Reader {
    /// 0 for the sender's desk, n for the n-th addressee of the header.
    pub addressee: u8,
    /// The device.
    pub device: KeyId,
    /// Number of the prekey.
    pub prekey: u32,
    /// The prekey.
    pub key: XWingPublic,
}

/// Why a form could not be sealed. The caller is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Header or form break a rule.
    #[error("header or form: {0}")]
    Encoding(#[from] EncodingError),
    /// Form too long, or a prekey that does not work.
    #[error("sealing: {0}")]
    Crypto(#[from] CryptoError),
    /// No reader, more than 256, or one for a desk that the header does not name.
    #[error("readers must be 1 to 256 devices of the desks that the header names")]
    Readers,
}

/// A sealed message and what its sender keeps of it.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// The envelope with all its wraps.
    pub parsed: Parsed,
    /// The content key, for remarks and enclosures.
    pub content_key: Secret,
}

/// Seals a form for its readers.
///
/// `header.body_bytes`, `header.commitment` and `header.sender_key` are filled in here. Draws the
/// content key (32 bytes), then 64 bytes for each reader in order (ENV-16).
///
/// # Errors
/// See [`SealError`]; nothing is drawn twice for the same form unless the caller seals it again,
/// which it must not (design: a form is never resealed).
pub fn seal(
    mut header: Header,
    form: &Form,
    readers: &[Reader],
    key: &SigningKey,
    rng: &mut impl CryptoRng,
) -> Result<Sealed, SealError> {
    if readers.is_empty() || readers.len() > WRAPS_MAX {
        return Err(SealError::Readers);
    }
    let padded = zeroize::Zeroizing::new(padding::pad(&encode(form)?)?);
    let content_key = Secret::generate(rng);
    let status = header.status;
    let prk = content_prk(status, &content_key);
    header.sender_key = key.verifying_key().id();
    header.body_bytes = u32::try_from(padded.len().saturating_add(16)).unwrap_or(u32::MAX);
    header.commitment = commitment(status, &prk, &header.reference);
    let header_bytes = encode(&header)?;
    let hh = header_hash(status, &header_bytes);
    let body = aead_seal(&body_key(status, &prk, &hh), &[0; 12], b"", &padded)?;

    let mut wraps = Vec::with_capacity(readers.len());
    for (position, reader) in readers.iter().enumerate() {
        let desk = header.desk(reader.addressee).ok_or(SealError::Readers)?;
        let info = wrap_info(status, &hh, desk, &reader.device, reader.prekey);
        wraps.push(Wrap {
            position: u8::try_from(position).map_err(|_| SealError::Readers)?,
            addressee: reader.addressee,
            device: reader.device,
            prekey: reader.prekey,
            sealed: seal_wrap(&reader.key, &info, &content_key, rng)?,
        });
    }
    let mut envelope = Envelope {
        header: header_bytes.into(),
        signature: FixedBytes([0; 64]),
        wraps,
        withheld: Vec::new(),
        body: body.into(),
    };
    let digest = super::digest(status, &hh, &envelope);
    envelope.signature = FixedBytes(key.sign(&signed_bytes(status, &digest)));
    // Checks the limit of the whole.
    encode(&envelope)?;
    Ok(Sealed {
        parsed: Parsed::from_envelope(envelope)?,
        content_key,
    })
}

/// Wraps the content key of a sealed message for one more device, with the position 255 (HND-20).
///
/// # Errors
/// When the header does not name the reader's desk, or its prekey does not work.
pub fn rewrap(
    parsed: &Parsed,
    content_key: &Secret,
    reader: &Reader,
    rng: &mut impl CryptoRng,
) -> Result<Wrap, SealError> {
    let header = parsed.header();
    let desk = header.desk(reader.addressee).ok_or(SealError::Readers)?;
    let hh = parsed.header_hash();
    let info = wrap_info(header.status, &hh, desk, &reader.device, reader.prekey);
    Ok(Wrap {
        position: REWRAP_POSITION,
        addressee: reader.addressee,
        device: reader.device,
        prekey: reader.prekey,
        sealed: seal_wrap(&reader.key, &info, content_key, rng)?,
    })
}

/// The pseudo-random key behind commitment, body and remarks.
pub(crate) fn content_prk(status: Status, content_key: &Secret) -> Secret {
    hkdf_extract(&status.label("content"), content_key.expose())
}

pub(super) fn commitment(
    status: Status,
    prk: &Secret,
    reference: &FixedBytes<16>,
) -> FixedBytes<32> {
    let secret = derive(prk, &[&status.label("commit"), b"\0", reference.as_slice()]);
    FixedBytes(*secret.expose())
}

pub(super) fn body_key(status: Status, prk: &Secret, header_hash: &Hash) -> Secret {
    derive(prk, &[&status.label("body"), b"\0", header_hash.as_slice()])
}

pub(super) fn wrap_info(
    status: Status,
    header_hash: &Hash,
    desk: &Desk,
    device: &KeyId,
    prekey: u32,
) -> Vec<u8> {
    let desk = desk.as_str().as_bytes();
    let len = u8::try_from(desk.len()).unwrap_or(u8::MAX);
    let label = status.label("wrap");
    let parts: [&[u8]; 7] = [
        &label,
        b"\0",
        header_hash.as_slice(),
        &[len],
        desk,
        device.as_slice(),
        &prekey.to_be_bytes(),
    ];
    parts.concat()
}
