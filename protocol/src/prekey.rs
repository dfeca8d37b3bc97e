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

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]
mod tests {
    use super::*;
    use crate::encoding::{FixedBytes, encode};
    use std::convert::Infallible;

    /// Counts, so that keys differ and tests repeat.
    struct Counter(u64);

    impl rand_core::TryRng for Counter {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            rand_core::utils::next_word_via_fill(self)
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            rand_core::utils::next_word_via_fill(self)
        }
        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            self.0 += 1;
            let block = crate::crypto::sha256(&[&self.0.to_le_bytes()]);
            let source = block.0.iter().cycle();
            bytes
                .iter_mut()
                .zip(source)
                .for_each(|(to, from)| *to = *from);
            Ok(())
        }
    }

    impl rand_core::TryCryptoRng for Counter {}

    /// Covers IDN-17, IDN-32.
    #[test]
    fn schedule_covers_nine_weeks_and_keeps_published_keys() {
        let desk: Desk = "duty@spoc.police.se".parse().unwrap();
        let device = FixedBytes([1; 16]);
        let now = UnixMillis(2_940 * WEEK_MS + 5);
        let rng = &mut Counter(0);
        let (first, secrets) = PrekeyBundle::schedule(desk.clone(), device, now, &[], rng).unwrap();
        assert!(encode(&first).is_ok());
        assert_eq!((first.prekeys.len(), secrets.len()), (9, 9));
        assert_eq!(
            first.current(now, 0).map(|(p, s)| (p.id, s)),
            Some((2_940, false))
        );
        assert!(!first.is_due(now.plus(4 * WEEK_MS)));
        let later = now.plus(5 * WEEK_MS);
        assert!(first.is_due(later));
        let (second, new) =
            PrekeyBundle::schedule(desk, device, later, &first.prekeys, rng).unwrap();
        assert_eq!(second.prekeys[..4], first.prekeys[5..]);
        let ids: Vec<u32> = new.iter().map(|secret| secret.id).collect();
        assert_eq!(ids, [2_949, 2_950, 2_951, 2_952, 2_953]);
    }

    #[test]
    fn prekey_of_another_week_or_length_is_refused() {
        let desk: Desk = "duty@spoc.police.se".parse().unwrap();
        let device = FixedBytes([1; 16]);
        let now = UnixMillis(2_940 * WEEK_MS);
        let (good, _) = PrekeyBundle::schedule(desk, device, now, &[], &mut Counter(0)).unwrap();
        let mut wrong_id = good.clone();
        wrong_id.prekeys[8].id += 1;
        let mut longer = good.clone();
        longer.prekeys[0].not_after = longer.prekeys[0].not_after.plus(1);
        let mut none = good;
        none.prekeys.clear();
        for bad in [wrong_id, longer, none] {
            assert_eq!(bad.check(), Err(EncodingError::Field("IDN-30")));
        }
    }
}
