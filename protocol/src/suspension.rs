//! The suspension: one device removed at once by another.
//!
//! Decides what a suspension may hold and for how long it lasts. Who may sign one is for the
//! directory, which knows desks and superiors. Spec: identity.md, Suspension.

use crate::address::{Agency, Desk};
use crate::crypto::KeyId;
use crate::encoding::{EncodingError, Object, require};
use crate::time::{DAY_MS, UnixMillis};
use serde::{Deserialize, Serialize};

/// How long a suspension lasts that no roster confirms (IDN-23).
pub const SUSPENSION_MS: u64 = 7 * DAY_MS;

/// The immediate, temporary removal of a device. Spec: identity.md, Suspension.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// The agency of both devices.
    pub agency: Agency,
    /// Identifier of the suspended device's signing key.
    pub device: KeyId,
    /// The suspended device's desk.
    pub desk: Desk,
    /// Desk of the signing device.
    pub by: Desk,
    /// Why: a code of the list `suspend-reasons`.
    pub reason: u16,
    /// When it was signed.
    pub at: UnixMillis,
}

impl Object for Suspension {
    const KIND: u8 = 20;
    const BYTES_MAX: usize = 1_024;

    fn check(&self) -> Result<(), EncodingError> {
        // IDN-22
        require(self.desk.agency() == self.agency, "IDN-22")?;
        require(self.by.agency() == self.agency, "IDN-22")
    }
}

impl Suspension {
    /// Whether it has not lapsed.
    #[must_use]
    pub fn is_in_force(&self, now: UnixMillis) -> bool {
        // IDN-23
        now <= self.at.plus(SUSPENSION_MS)
    }
}
