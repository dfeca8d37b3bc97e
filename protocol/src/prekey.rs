//! Prekeys: a device's public X-Wing keys, one a week, under its signature.
//!
//! Decides what a bundle may hold, which prekey a sender uses, and how a device keeps its schedule.
//! Does not decide whether a device is entitled to publish: that is the directory. Spec:
//! identity.md, Prekeys.

use crate::address::Desk;
use crate::crypto::{CryptoError, CryptoRng, KeyId, XWingPublic, XWingSecret};
use crate::encoding::{EncodingError, Object, require, require_sorted};
use crate::time::{DAY_MS, HOUR_MS, UnixMillis, WEEK_MS};
use serde::{Deserialize, Serialize};

/// Most prekeys of a bundle: the week that runs and eight ahead (IDN-17).
const PREKEYS_MAX: usize = 9;

/// With fewer prekeys than these ahead, a device publishes again (IDN-17).
const AHEAD_MIN: usize = 4;

/// A device's signed prekeys. Spec: identity.md, Prekeys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrekeyBundle {
    /// The device's desk.
    pub desk: Desk,
    /// Identifier of the device's signing key.
    pub device: KeyId,
    /// When it was made; a later one replaces an earlier one.
    pub issued: UnixMillis,
    /// The prekeys.
    pub prekeys: Vec<Prekey>,
}

/// A public X-Wing key for one week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prekey {
    /// Number of whole weeks from the epoch to `not_before`.
    pub id: u32,
    /// The public key.
    pub key: XWingPublic,
    /// When its week begins.
    pub not_before: UnixMillis,
    /// When its week ends.
    pub not_after: UnixMillis,
}

impl Object for PrekeyBundle {
    const KIND: u8 = 19;
    const BYTES_MAX: usize = 16_384;

    fn check(&self) -> Result<(), EncodingError> {
        require((1..=PREKEYS_MAX).contains(&self.prekeys.len()), "IDN-30")?;
        require_sorted(self.prekeys.iter().map(|p| p.id), "ENC-17")?;
        for prekey in &self.prekeys {
            require(prekey.id == prekey_id(prekey.not_before), "IDN-30")?;
            require(
                prekey.not_after == prekey.not_before.plus(WEEK_MS),
                "IDN-30",
            )?;
        }
        Ok(())
    }
}

/// The identifier of the prekey that begins at `not_before`: whole weeks from the epoch.
#[must_use]
pub fn prekey_id(not_before: UnixMillis) -> u32 {
    u32::try_from(not_before.0 / WEEK_MS).unwrap_or(u32::MAX)
}

/// When a prekey's secret must be gone, given the grace of the agency's roster (IDN-20).
#[must_use]
pub const fn erase_at(not_after: UnixMillis, grace_ms: u64) -> UnixMillis {
    not_after.plus(30 * DAY_MS).plus(grace_ms).plus(HOUR_MS)
}

/// The secret of a prekey, by the identifier under which wraps name it.
#[derive(Debug, Clone)]
pub struct PrekeySecret {
    /// Identifier of the prekey.
    pub id: u32,
    /// End of the prekey's week, from which [`erase_at`] counts.
    pub not_after: UnixMillis,
    /// The secret.
    pub secret: XWingSecret,
}

impl PrekeyBundle {
    /// A bundle for the week that runs and eight ahead, with the secrets that are new.
    ///
    /// Weeks that `published` (the bundle published before) covers keep their key, so that one
    /// identifier never stands for two keys (IDN-32).
    ///
    /// # Errors
    /// [`CryptoError`] when a key cannot be made.
    pub fn schedule(
        desk: Desk,
        device: KeyId,
        now: UnixMillis,
        published: &[Prekey],
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<PrekeySecret>), CryptoError> {
        let mut prekeys = Vec::with_capacity(PREKEYS_MAX);
        let mut secrets = Vec::new();
        let mut not_before = UnixMillis(now.0.saturating_sub(now.0 % WEEK_MS));
        while prekeys.len() < PREKEYS_MAX {
            let id = prekey_id(not_before);
            // IDN-32
            if let Some(kept) = published.iter().find(|p| p.id == id) {
                prekeys.push(kept.clone());
            } else {
                let not_after = not_before.plus(WEEK_MS);
                let secret = XWingSecret::generate(rng);
                prekeys.push(Prekey {
                    id,
                    key: secret.public()?,
                    not_before,
                    not_after,
                });
                secrets.push(PrekeySecret {
                    id,
                    not_after,
                    secret,
                });
            }
            not_before = not_before.plus(WEEK_MS);
        }
        let bundle = Self {
            desk,
            device,
            issued: now,
            prekeys,
        };
        Ok((bundle, secrets))
    }

    /// Whether fewer than four prekeys are left ahead (IDN-17).
    #[must_use]
    pub fn is_due(&self, now: UnixMillis) -> bool {
        self.prekeys.iter().filter(|p| p.not_before > now).count() < AHEAD_MIN
    }

    /// The prekey of an identifier.
    #[must_use]
    pub fn prekey(&self, id: u32) -> Option<&Prekey> {
        self.prekeys.iter().find(|prekey| prekey.id == id)
    }

    /// The prekey that a sender uses, and whether its week is over (IDN-18, IDN-19).
    ///
    /// `None` when none has begun, or the last one ended longer than `grace_ms` ago.
    #[must_use]
    pub fn current(&self, now: UnixMillis, grace_ms: u64) -> Option<(&Prekey, bool)> {
        // IDN-18
        let begun = self.prekeys.iter().filter(|p| p.not_before <= now);
        let prekey = begun.max_by_key(|p| p.not_before)?;
        // IDN-19
        let stale = now > prekey.not_after;
        (now <= prekey.not_after.plus(grace_ms)).then_some((prekey, stale))
    }
}
