//! Hop keys: X25519 public keys with the strict import of CRY-2.

use super::{CryptoError, KeyId, hop_key_id, is_strict_x25519};
use crate::encoding::FixedBytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The static X25519 key of a relay or device on a hop. One that breaks CRY-2 does not decode.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HopKey([u8; 32]);

impl HopKey {
    /// Takes a public key.
    ///
    /// # Errors
    /// [`CryptoError::PublicKey`] when it breaks CRY-2.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, CryptoError> {
        // CRY-2
        if is_strict_x25519(bytes) {
            Ok(Self(*bytes))
        } else {
            Err(CryptoError::PublicKey)
        }
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key's identifier (CRY-7).
    #[must_use]
    pub fn id(&self) -> KeyId {
        hop_key_id(&self.0)
    }
}

impl std::fmt::Debug for HopKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HopKey({:?})", self.id())
    }
}

impl Serialize for HopKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for HopKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = FixedBytes::<32>::deserialize(deserializer)?;
        Self::from_bytes(&bytes.0).map_err(serde::de::Error::custom)
    }
}
