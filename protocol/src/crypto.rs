//! The one suite of `spec/crypto.md`, behind types of our own.
//!
//! This file and `crypto/` are the only ones that name the crates behind the primitives; `channel`
//! alone names snow. Secrets are wiped when dropped and never shown by `Debug`.

use crate::encoding::FixedBytes;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, aead::Aead};
use hkdf::Hkdf;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

mod hop;
mod kem;
mod sign;

pub use hop::HopKey;
pub use kem::{WRAP_BYTES, XWingPublic, XWingSecret, is_strict_x25519, open_wrap, seal_wrap};
pub use rand_core::CryptoRng;
pub use sign::{SigningKey, VerifyingKey};

/// A SHA-256 hash.
pub type Hash = FixedBytes<32>;

/// First 16 bytes of the hash of a public key (CRY-7).
pub type KeyId = FixedBytes<16>;

/// Why a cryptographic operation failed.
///
/// # Security
/// Opening and verifying fail with one undifferentiated variant each, so that an error tells a
/// peer nothing about secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoError {
    /// Not an acceptable public key (CRY-1, CRY-2, CRY-4, CRY-5).
    #[error("public key is not acceptable")]
    PublicKey,
    /// The signature is not good.
    #[error("signature is not good")]
    Signature,
    /// The ciphertext does not open under this key and context.
    #[error("ciphertext does not open")]
    Open,
    /// The caller asked for more than the primitive gives.
    #[error("length is out of range")]
    Length,
}

/// SHA-256 over the parts, joined.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    FixedBytes(hasher.finalize().into())
}

/// Identifier of a public key (CRY-7).
pub(crate) fn key_id(algorithm: &[u8], key: &[u8; 32]) -> KeyId {
    let hash = sha256(&[b"estafette/1/key/", algorithm, b"\0", key]);
    let mut id = [0; 16];
    id.iter_mut().zip(hash.0).for_each(|(to, from)| *to = from);
    FixedBytes(id)
}

/// Identifier of an X25519 public key, as hop keys are named (CRY-7).
#[must_use]
pub fn hop_key_id(key: &[u8; 32]) -> KeyId {
    key_id(b"x25519", key)
}

/// A 32-byte secret: content key, derived key or shared secret.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Draws a secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// Takes a secret's bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    ///
    /// # Security
    /// For key files and enclosures only; never for output or logs.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public X25519 key, where this secret is a hop key.
    #[must_use]
    pub fn hop_public(&self) -> [u8; 32] {
        x25519_dalek::PublicKey::from(&x25519_dalek::StaticSecret::from(self.0)).to_bytes()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// X25519 with the checks of CRY-2 and CRY-3.
///
/// # Errors
/// [`CryptoError::PublicKey`] for a point of small order, a value that is not reduced, or a result
/// of all zeros.
pub fn x25519(secret: &Secret, public: &[u8; 32]) -> Result<Secret, CryptoError> {
    if !is_strict_x25519(public) {
        return Err(CryptoError::PublicKey);
    }
    let secret = x25519_dalek::StaticSecret::from(secret.0);
    let shared = secret.diffie_hellman(&x25519_dalek::PublicKey::from(*public));
    if shared.was_contributory() {
        Ok(Secret(shared.to_bytes()))
    } else {
        Err(CryptoError::PublicKey)
    }
}

/// HKDF-Extract with SHA-256.
#[must_use]
pub fn hkdf_extract(salt: &[u8], secret: &[u8]) -> Secret {
    let (prk, _) = Hkdf::<Sha256>::extract(Some(salt), secret);
    Secret(prk.into())
}

/// HKDF-Expand with SHA-256.
///
/// # Errors
/// [`CryptoError::Length`] when `out` is longer than 8,160 bytes.
pub fn hkdf_expand(prk: &Secret, info: &[&[u8]], out: &mut [u8]) -> Result<(), CryptoError> {
    let hkdf = Hkdf::<Sha256>::from_prk(&prk.0).map_err(|_| CryptoError::Length)?;
    hkdf.expand_multi_info(info, out)
        .map_err(|_| CryptoError::Length)
}

/// A 32-byte key from HKDF-Expand, which cannot fail at this length.
pub(crate) fn derive(prk: &Secret, info: &[&[u8]]) -> Secret {
    let mut key = Secret([0; 32]);
    // 32 bytes are within HKDF's range, and the pseudo-random key has SHA-256's length.
    let _ = hkdf_expand(prk, info, &mut key.0);
    key
}

/// Seals with ChaCha20-Poly1305.
///
/// # Errors
/// [`CryptoError::Length`] when the plaintext is too long for the cipher.
///
/// # Security
/// A key and nonce must never be used for two plaintexts.
pub fn aead_seal(
    key: &Secret,
    nonce: &[u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let payload = chacha20poly1305::aead::Payload {
        msg: plaintext,
        aad,
    };
    ChaCha20Poly1305::new(&key.0.into())
        .encrypt(&(*nonce).into(), payload)
        .map_err(|_| CryptoError::Length)
}

/// Opens what [`aead_seal`] sealed.
///
/// # Errors
/// [`CryptoError::Open`], with nothing released.
pub fn aead_open(
    key: &Secret,
    nonce: &[u8; 12],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    let payload = chacha20poly1305::aead::Payload {
        msg: ciphertext,
        aad,
    };
    ChaCha20Poly1305::new(&key.0.into())
        .decrypt(&(*nonce).into(), payload)
        .map_err(|_| CryptoError::Open)
}

#[cfg(test)]
mod tests;
