//! X-Wing under HPKE base mode, and the strict import of its keys.

use super::{CryptoError, CryptoRng, Secret};
use crate::encoding::FixedBytes;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable, kem::XWing};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Aead = hpke::aead::ChaCha20Poly1305;
type Kdf = hpke::kdf::HkdfSha256;

const PUBLIC_BYTES: usize = 1216;
const ENCAPSULATED_BYTES: usize = 1120;

/// Bytes of a content key sealed for one device: encapsulated key, then key and tag.
pub const WRAP_BYTES: usize = ENCAPSULATED_BYTES + 48;

/// An X-Wing secret, kept as its 32-byte seed (CRY-6).
#[derive(Clone, Debug)]
pub struct XWingSecret(Secret);

impl XWingSecret {
    /// Draws a secret.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret::generate(rng))
    }

    /// Takes a seed.
    #[must_use]
    pub const fn from_seed(seed: Secret) -> Self {
        Self(seed)
    }

    /// The seed, for key files only.
    #[must_use]
    pub const fn seed(&self) -> &Secret {
        &self.0
    }

    /// The public half.
    ///
    /// # Errors
    /// Never for a seed of 32 bytes; the signature says so only because HPKE's import may fail.
    pub fn public(&self) -> Result<XWingPublic, CryptoError> {
        let secret = self.import()?;
        let mut bytes = [0; PUBLIC_BYTES];
        XWing::sk_to_pk(&secret).write_exact(&mut bytes);
        Ok(XWingPublic(Box::new(FixedBytes(bytes))))
    }

    fn import(&self) -> Result<<XWing as Kem>::PrivateKey, CryptoError> {
        <XWing as Kem>::PrivateKey::from_bytes(self.0.expose()).map_err(|_| CryptoError::PublicKey)
    }
}

/// An X-Wing public key that passed CRY-4.
#[derive(Clone, PartialEq, Eq)]
pub struct XWingPublic(Box<FixedBytes<PUBLIC_BYTES>>);

impl XWingPublic {
    /// Takes a public key.
    ///
    /// # Errors
    /// [`CryptoError::PublicKey`] when it breaks CRY-4.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CryptoError> {
        let bytes: [u8; PUBLIC_BYTES] = bytes.try_into().map_err(|_| CryptoError::PublicKey)?;
        // CRY-4: the X25519 part here, the ML-KEM part by the import.
        if !bytes.last_chunk::<32>().is_some_and(is_strict_x25519) {
            return Err(CryptoError::PublicKey);
        }
        <XWing as Kem>::PublicKey::from_bytes(&bytes).map_err(|_| CryptoError::PublicKey)?;
        Ok(Self(Box::new(FixedBytes(bytes))))
    }

    /// The 1,216 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl std::fmt::Debug for XWingPublic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "XWingPublic({:?})", self.0)
    }
}

impl Serialize for XWingPublic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for XWingPublic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = FixedBytes::<PUBLIC_BYTES>::deserialize(deserializer)?;
        Self::from_bytes(bytes.as_slice()).map_err(serde::de::Error::custom)
    }
}

/// Seals a content key for one device. Draws 64 bytes from `rng`.
///
/// # Errors
/// [`CryptoError::PublicKey`] when encapsulation fails.
pub fn seal_wrap(
    to: &XWingPublic,
    info: &[u8],
    content_key: &Secret,
    rng: &mut impl CryptoRng,
) -> Result<FixedBytes<WRAP_BYTES>, CryptoError> {
    let to =
        <XWing as Kem>::PublicKey::from_bytes(to.as_bytes()).map_err(|_| CryptoError::PublicKey)?;
    let (encapsulated, sealed) = hpke::single_shot_seal_with_rng::<Aead, Kdf, XWing>(
        &OpModeS::Base,
        &to,
        info,
        content_key.expose(),
        b"",
        rng,
    )
    .map_err(|_| CryptoError::PublicKey)?;
    let mut wrap = [0; WRAP_BYTES];
    let (head, tail) = wrap.split_at_mut(ENCAPSULATED_BYTES);
    encapsulated.write_exact(head);
    if sealed.len() != tail.len() {
        return Err(CryptoError::Length);
    }
    tail.copy_from_slice(&sealed);
    Ok(FixedBytes(wrap))
}

/// Opens a content key sealed by [`seal_wrap`].
///
/// # Errors
/// [`CryptoError::Open`] whatever the cause, with nothing released.
pub fn open_wrap(
    secret: &XWingSecret,
    info: &[u8],
    wrap: &FixedBytes<WRAP_BYTES>,
) -> Result<Secret, CryptoError> {
    let (encapsulated, sealed) = wrap.0.split_at(ENCAPSULATED_BYTES);
    // CRY-5
    if !encapsulated
        .last_chunk::<32>()
        .is_some_and(is_strict_x25519)
    {
        return Err(CryptoError::Open);
    }
    let encapsulated =
        <XWing as Kem>::EncappedKey::from_bytes(encapsulated).map_err(|_| CryptoError::Open)?;
    let opened = hpke::single_shot_open::<Aead, Kdf, XWing>(
        &OpModeR::Base,
        &secret.import()?,
        &encapsulated,
        info,
        sealed,
        b"",
    )
    .map_err(|_| CryptoError::Open)?;
    let opened = zeroize::Zeroizing::new(opened);
    let key: [u8; 32] = opened
        .as_slice()
        .try_into()
        .map_err(|_| CryptoError::Open)?;
    Ok(Secret::from_bytes(key))
}

/// Whether an X25519 public key is reduced, without its highest bit, and not of small order (CRY-2).
#[must_use]
pub fn is_strict_x25519(key: &[u8; 32]) -> bool {
    // p = 2^255 - 19, little-endian; a key must be below it, which also clears the highest bit.
    const P: [u8; 32] = prime(0xed);
    const SMALL_ORDER: [[u8; 32]; 5] = [
        [0; 32],
        small(1),
        [
            0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f,
            0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16,
            0x5f, 0x49, 0xb8, 0x00,
        ],
        [
            0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83,
            0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd,
            0xd0, 0x9f, 0x11, 0x57,
        ],
        prime(0xec),
    ];
    let below_p = key.iter().rev().lt(P.iter().rev());
    below_p && !SMALL_ORDER.contains(key)
}

const fn prime(lowest: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = lowest;
    bytes[31] = 0x7f;
    bytes
}

const fn small(value: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = value;
    bytes
}
