//! What stands in a key file.

use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::crypto::{Hash, Secret};
use estafette_protocol::encoding::{
    EncodingError, FixedBytes, Object, Text, require, require_sorted,
};
use estafette_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of `N` bytes on disk. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes<const N: usize>(FixedBytes<N>);

impl<const N: usize> SecretBytes<N> {
    /// Takes a secret's bytes.
    #[must_use]
    pub const fn new(bytes: [u8; N]) -> Self {
        Self(FixedBytes(bytes))
    }

    /// The bytes.
    ///
    /// # Security
    /// For key files and key derivation only; never for output or logs.
    #[must_use]
    pub const fn expose(&self) -> &[u8; N] {
        &self.0.0
    }
}

impl SecretBytes<32> {
    /// The secret for use.
    #[must_use]
    pub const fn secret(&self) -> Secret {
        Secret::from_bytes(self.0.0)
    }
}

impl From<&Secret> for SecretBytes<32> {
    fn from(secret: &Secret) -> Self {
        Self::new(*secret.expose())
    }
}

impl<const N: usize> Drop for SecretBytes<N> {
    fn drop(&mut self) {
        self.0.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for SecretBytes<N> {}

impl<const N: usize> std::fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

impl<const N: usize> Serialize for SecretBytes<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, const N: usize> Deserialize<'de> for SecretBytes<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        FixedBytes::deserialize(deserializer).map(Self)
    }
}

/// Who a device is, where its relay is, and every secret that it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// The agency.
    pub agency: Agency,
    /// Hash of its charter 0, pinned when joining (IDN-3).
    pub root: Hash,
    /// The desk that the device belongs to.
    pub desk: Desk,
    /// Where the agency's relay listened when the device joined.
    pub relay_addresses: Vec<Text>,
    /// Hop key of that relay.
    pub relay_key: FixedBytes<32>,
    /// Seed of the key that signs envelopes, statements and prekeys.
    pub signing: SecretBytes<32>,
    /// Static key of the hop.
    pub hop: SecretBytes<32>,
    /// Key of everything at rest.
    pub storage: SecretBytes<32>,
    /// Secret of the invitation, until the roster lists the device.
    pub invitation: Option<SecretBytes<16>>,
    /// Secrets of prekeys, sorted by id.
    pub prekeys: Vec<PrekeySeed>,
}

/// The secret of one week's prekey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeySeed {
    /// Identifier under which wraps name it.
    pub id: u32,
    /// End of its week.
    pub not_after: UnixMillis,
    /// The seed.
    pub seed: SecretBytes<32>,
}

impl Object for Contents {
    // Kinds from 224 on are files of one device and never travel.
    const KIND: u8 = 224;
    const BYTES_MAX: usize = 16_384;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.desk.agency() == self.agency, "IDN-1")?;
        require(self.relay_addresses.len() <= 8, "IDN-25")?;
        require_sorted(self.prekeys.iter().map(|p| p.id), "ENC-17")
    }
}
