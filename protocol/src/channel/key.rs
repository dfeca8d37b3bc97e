//! The secret halves of hop keys, the X25519 keys that name the two ends of a channel.
//!
//! A hop key signs nothing and opens no envelope; it only proves who is on the line.
//! Spec: `spec/channel.md` CHN-17 and section 6.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::ChannelError;
use crate::crypto::{Secret, is_strict_x25519};

/// The secret half of a hop key; erased on drop and never shown.
#[derive(Clone)]
pub struct HopSecret {
    secret: Secret,
    public: [u8; 32],
}

impl HopSecret {
    /// Draws a new hop key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self::new(Secret::generate(rng))
    }

    /// Restores a hop key from its 32 secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self::new(Secret::from_bytes(*secret))
    }

    /// Returns the secret bytes, to be stored where only their owner can read them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(*self.secret.expose())
    }

    /// Returns the public half, by which others know this party.
    #[must_use]
    pub const fn public(&self) -> [u8; 32] {
        self.public
    }

    pub(super) const fn secret(&self) -> &[u8; 32] {
        self.secret.expose()
    }

    fn new(secret: Secret) -> Self {
        let public = secret.hop_public();
        Self { secret, public }
    }
}

impl fmt::Debug for HopSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HopSecret(redacted)")
    }
}

/// Checks that a public key is a canonical encoding of a point of large order.
///
/// Noise leaves this check to the application and libraries differ, so it is explicit here.
///
/// # Errors
/// [`ChannelError::KeyInvalid`] for a value of 2^255 - 19 or above, also when only bit 255 makes
/// it so, and for the five canonical encodings of small order.
// CHN-17
pub fn check_public(public: &[u8; 32]) -> Result<(), ChannelError> {
    if is_strict_x25519(public) {
        Ok(())
    } else {
        Err(ChannelError::KeyInvalid)
    }
}
