//! The rotation: a device asks to replace its keys.
//!
//! Decides what a rotation may hold and that both keys signed it. It takes effect only through a
//! roster. Spec: identity.md, Rotation.

use crate::address::Desk;
use crate::crypto::{HopKey, KeyId, VerifyingKey};
use crate::encoding::{EncodingError, Object, Signed, require};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// A device's wish to replace its keys. Spec: identity.md, Rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    /// The device's desk.
    pub desk: Desk,
    /// Identifier of the old signing key.
    pub old: KeyId,
    /// New signing key.
    pub key: VerifyingKey,
    /// New hop key.
    pub hop_key: HopKey,
    /// When it was signed.
    pub at: UnixMillis,
}

impl Object for Rotation {
    const KIND: u8 = 24;
    const BYTES_MAX: usize = 1_024;

    fn check(&self) -> Result<(), EncodingError> {
        // IDN-24: one key cannot sign as both.
        require(self.key.id() != self.old, "IDN-24")
    }
}

impl Rotation {
    /// Whether the old key, which `old` must be, and the new key both signed (IDN-24).
    #[must_use]
    pub fn is_signed_by_both(rotation: &Signed<Self>, old: &VerifyingKey) -> bool {
        let value = rotation.value();
        old.id() == value.old && rotation.verify(old) && rotation.verify(&value.key)
    }
}
