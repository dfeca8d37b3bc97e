//! Hop keys: the X25519 keys that name the two ends of a channel.
//!
//! A hop key signs nothing and opens no envelope; it only proves who is on the line.
//! Spec: `spec/channel.md` CHN-17 and section 6.

use std::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::{ChannelError, suite};

/// The secret half of a hop key; erased on drop and never shown.
#[derive(Clone)]
pub struct HopKey {
    secret: Zeroizing<[u8; 32]>,
    public: [u8; 32],
}

impl HopKey {
    /// Draws a new hop key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut());
        Self::new(secret)
    }

    /// Restores a hop key from its 32 secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self::new(Zeroizing::new(*secret))
    }

    /// Returns the secret bytes, to be stored where only their owner can read them.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        self.secret.clone()
    }

    /// Returns the public half, by which others know this party.
    #[must_use]
    pub const fn public(&self) -> [u8; 32] {
        self.public
    }

    pub(super) fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let public = suite::public_key(&secret);
        Self { secret, public }
    }
}

impl fmt::Debug for HopKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HopKey(redacted)")
    }
}

/// Checks that a public key is a canonical encoding of a point of large order.
///
/// Noise leaves this check to the application and libraries differ, so it is explicit here.
/// Use it also when a key is imported into a roster.
///
/// # Errors
/// [`ChannelError::KeyInvalid`] for a value of 2^255 - 19 or above, also when only bit 255 makes
/// it so, and for the five canonical encodings of small order.
// CHN-17
pub fn check_public(public: &[u8; 32]) -> Result<(), ChannelError> {
    let canonical = public.iter().rev().lt(FIELD_PRIME.iter().rev());
    if !canonical || SMALL_ORDER.contains(public) {
        return Err(ChannelError::KeyInvalid);
    }
    Ok(())
}

/// 2^255 - 19, little-endian.
const FIELD_PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// The canonical u-coordinates of order 1, 2, 4 and 8 on the curve and its twist.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32],
    [
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0,
    ],
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0x7f,
    ],
];
