//! From envelope to form, in the order of the stages. Spec: envelope.md, Opening.

use super::seal::{body_key, commitment, content_prk, wrap_info};
use super::{Parsed, Wrap, padding};
use crate::crypto::{KeyId, Secret, VerifyingKey, XWingSecret, aead_open, open_wrap};
use crate::encoding::decode;
use crate::form::Form;
use crate::statement::REWRAP_POSITION;

/// Where opening failed; what an `unreadable` statement says (ENV-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Not a canonical envelope.
    Decode,
    /// The signature is not good.
    Signature,
    /// No wrap, no prekey, or it does not open.
    Unwrap,
    /// The commitment differs.
    Commitment,
    /// The body does not open, or its padding is wrong.
    Body,
    /// Not a canonical form, or not the one that the header announces.
    Form,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] = [
        Self::Decode,
        Self::Signature,
        Self::Unwrap,
        Self::Commitment,
        Self::Body,
        Self::Form,
    ];

    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Decode => 1,
            Self::Signature => 2,
            Self::Unwrap => 3,
            Self::Commitment => 4,
            Self::Body => 5,
            Self::Form => 6,
        }
    }

    /// The word that people, JSON and vectors see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Signature => "signature",
            Self::Unwrap => "unwrap",
            Self::Commitment => "commitment",
            Self::Body => "body",
            Self::Form => "form",
        }
    }

    /// The stage of a code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.code() == code)
    }
}

/// An envelope that does not open, with the stage and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message does not open: {}", .stage.word())]
pub struct OpenError {
    /// Where it failed.
    pub stage: Stage,
}

/// An opened message.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The form, in clear.
    pub form: Form,
    /// The content key, for remarks and enclosures.
    pub content_key: Secret,
}

/// Opens a message with one device's wrap and the secret of the prekey that the wrap names.
///
/// # Errors
/// The first stage that fails (ENV-17); nothing of the body is released.
pub fn open(
    parsed: &Parsed,
    sender_key: &VerifyingKey,
    wrap: &Wrap,
    device: &KeyId,
    secret: &XWingSecret,
) -> Result<Opened, OpenError> {
    let at = |stage| OpenError { stage };
    check(parsed, sender_key)?;
    // The wrap must be the one that the signature covers.
    let covered = parsed
        .envelope()
        .wrap_hashes()
        .get(usize::from(wrap.position))
        .copied();
    if covered != Some(wrap.hash()) || wrap.device != *device {
        return Err(at(Stage::Unwrap));
    }
    open_enclosed(parsed, unwrap(parsed, wrap, device, secret)?)
}

/// Opens a message with a wrap that was added later. The statement that brings it is the caller's to
/// verify: its signature covers the wrap, as that of the envelope covers the others (HND-20).
///
/// # Errors
/// The first stage that fails, as for [`open`].
pub fn open_rewrapped(
    parsed: &Parsed,
    sender_key: &VerifyingKey,
    wrap: &Wrap,
    device: &KeyId,
    secret: &XWingSecret,
) -> Result<Opened, OpenError> {
    check(parsed, sender_key)?;
    if wrap.position != REWRAP_POSITION || wrap.device != *device {
        return Err(OpenError {
            stage: Stage::Unwrap,
        });
    }
    open_enclosed(parsed, unwrap(parsed, wrap, device, secret)?)
}

/// Suite and signature.
fn check(parsed: &Parsed, sender_key: &VerifyingKey) -> Result<(), OpenError> {
    let at = |stage| OpenError { stage };
    // A device that does not know the suite must not read the message as one of another.
    if parsed.header().suite != 1 {
        return Err(at(Stage::Decode));
    }
    if !parsed.verify(sender_key) {
        return Err(at(Stage::Signature));
    }
    Ok(())
}

fn unwrap(
    parsed: &Parsed,
    wrap: &Wrap,
    device: &KeyId,
    secret: &XWingSecret,
) -> Result<Secret, OpenError> {
    let at = |stage| OpenError { stage };
    let header = parsed.header();
    let desk = header.desk(wrap.addressee).ok_or(at(Stage::Unwrap))?;
    let hh = parsed.header_hash();
    let info = wrap_info(header.status, &hh, desk, device, wrap.prekey);
    open_wrap(secret, &info, &wrap.sealed).map_err(|_| at(Stage::Unwrap))
}

/// Opens a message with its content key, as a reader of what encloses it does (ENV-26). Whether its
/// signature can be checked is the caller's to say.
///
/// # Errors
/// The first stage that fails, from the commitment on.
pub fn open_enclosed(parsed: &Parsed, content_key: Secret) -> Result<Opened, OpenError> {
    let at = |stage| OpenError { stage };
    let header = parsed.header();
    let status = header.status;
    if header.suite != 1 {
        return Err(at(Stage::Decode));
    }
    // ENV-18
    let prk = content_prk(status, &content_key);
    if commitment(status, &prk, &header.reference) != header.commitment {
        return Err(at(Stage::Commitment));
    }
    let key = body_key(status, &prk, &parsed.header_hash());
    let padded = aead_open(&key, &[0; 12], b"", parsed.envelope().body.as_slice());
    let padded = zeroize::Zeroizing::new(padded.map_err(|_| at(Stage::Body))?);
    let form = padding::unpad(&padded).ok_or(at(Stage::Body))?;
    let form: Form = decode(form).map_err(|_| at(Stage::Form))?;
    if (form.format, form.version) != (header.format, header.format_version) {
        return Err(at(Stage::Form));
    }
    Ok(Opened { form, content_key })
}
