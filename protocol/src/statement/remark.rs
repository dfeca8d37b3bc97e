//! Officer's name and free text, for those only who can read the message. Spec: statement.md.

use crate::crypto::{CryptoRng, Hash, KeyId, Secret, aead_open, aead_seal, derive};
use crate::encoding::Bytes;
use crate::envelope::content_prk;
use crate::precedence::Status;

const SALT_BYTES: usize = 16;
const CLASSES: [usize; 4] = [128, 256, 512, 1024];

/// What an officer adds to an acknowledgement. `Debug` shows nothing: it is plaintext.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Remark {
    /// The officer's name, possibly empty.
    pub officer: String,
    /// Free text, possibly empty.
    pub text: String,
}

impl std::fmt::Debug for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remark(…)")
    }
}

/// Why a remark cannot be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemarkError {
    /// Name and text are longer than 1,021 bytes together, or hold a line end. The writer's fault.
    #[error("a remark is one line, with the name at most 1,021 bytes")]
    Text,
    /// It does not open. The signer's fault.
    #[error("the remark does not open")]
    Open,
}

/// What a remark is bound to.
struct Binding<'a> {
    status: Status,
    signer: &'a KeyId,
    claim: u8,
}

impl Binding<'_> {
    fn key(&self, content_key: &Secret, salt: &[u8]) -> Secret {
        let label = self.status.label("remark");
        let prk = content_prk(self.status, content_key);
        derive(
            &prk,
            &[&label, b"\0", salt, self.signer.as_slice(), &[self.claim]],
        )
    }
}

/// Seals a remark for a claim about a message.
///
/// # Errors
/// [`RemarkError::Text`].
pub fn seal_remark(
    remark: &Remark,
    (status, subject, content_key): (Status, &Hash, &Secret),
    (signer, claim): (&KeyId, u8),
    rng: &mut impl CryptoRng,
) -> Result<Bytes, RemarkError> {
    // STA-8
    if remark.officer.contains('\n') || remark.text.contains('\n') {
        return Err(RemarkError::Text);
    }
    let text = format!("{}\n{}", remark.officer, remark.text);
    let len = u16::try_from(text.len()).map_err(|_| RemarkError::Text)?;
    let wanted = text.len().saturating_add(2);
    let class = CLASSES
        .into_iter()
        .find(|c| *c >= wanted)
        .ok_or(RemarkError::Text)?;
    let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(class));
    plain.extend_from_slice(&len.to_be_bytes());
    plain.extend_from_slice(text.as_bytes());
    plain.resize(class, 0);

    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let key = Binding {
        status,
        signer,
        claim,
    }
    .key(content_key, &salt);
    let sealed =
        aead_seal(&key, &[0; 12], subject.as_slice(), &plain).map_err(|_| RemarkError::Text)?;
    Ok([salt.as_slice(), &sealed].concat().into())
}

/// Opens a remark.
///
/// # Errors
/// [`RemarkError::Open`] whatever the cause.
pub fn open_remark(
    remark: &Bytes,
    (status, subject, content_key): (Status, &Hash, &Secret),
    (signer, claim): (&KeyId, u8),
) -> Result<Remark, RemarkError> {
    let (salt, sealed) = remark
        .as_slice()
        .split_at_checked(SALT_BYTES)
        .ok_or(RemarkError::Open)?;
    let key = Binding {
        status,
        signer,
        claim,
    }
    .key(content_key, salt);
    let plain = aead_open(&key, &[0; 12], subject.as_slice(), sealed);
    let plain = zeroize::Zeroizing::new(plain.map_err(|_| RemarkError::Open)?);
    let text = unpad(&plain).ok_or(RemarkError::Open)?;
    let (officer, text) = text.split_once('\n').ok_or(RemarkError::Open)?;
    if text.contains('\n') {
        return Err(RemarkError::Open);
    }
    Ok(Remark {
        officer: officer.to_owned(),
        text: text.to_owned(),
    })
}

fn unpad(plain: &[u8]) -> Option<&str> {
    let (len, rest) = plain.split_first_chunk::<2>()?;
    let (text, zeros) = rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))?;
    let wanted = text.len().checked_add(2)?;
    let smallest = CLASSES.into_iter().find(|c| *c >= wanted)? == plain.len();
    let text = std::str::from_utf8(text).ok()?;
    (smallest && zeros.iter().all(|b| *b == 0)).then_some(text)
}
