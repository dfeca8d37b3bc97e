//! Questions to a directory: who is behind a key, which roster stands, which prekey to use.

use super::index::{Place, Role};
use super::{Directory, Held, RosterShelf, SUPERSEDED_MS, Standing};
use crate::address::Agency;
use crate::charter::Charter;
use crate::code::ErrorCode;
use crate::crypto::{Hash, HopKey, KeyId, VerifyingKey};
use crate::encoding::Signed;
use crate::house::House;
use crate::prekey::{Prekey, PrekeyBundle};
use crate::roster::{DeskEntry, Device, Roster, RosterRelay};
use crate::rotation::Rotation;
use crate::rules::Rules;
use crate::statement::Signer;
use crate::suspension::Suspension;
use crate::time::UnixMillis;

impl Directory {
    /// The newest charter of an agency.
    #[must_use]
    pub fn charter(&self, agency: &Agency) -> Option<&Signed<Charter>> {
        let held = self.newest_charter(agency).ok()?;
        Some(&held.signed)
    }

    /// The newest roster of an agency, whether or not it may still be used.
    #[must_use]
    pub fn newest_roster(&self, agency: &Agency) -> Option<&Signed<Roster>> {
        Some(&self.rosters.get(agency)?.newest.signed)
    }

    /// Agencies of which a roster is held, the own one among them.
    pub fn agencies(&self) -> impl Iterator<Item = &Agency> {
        self.rosters.keys()
    }

    /// The roster of a hash and how it stands (IDN-12, IDN-13).
    ///
    /// # Errors
    /// [`ErrorCode::RosterMissing`] when it is not held: it has not arrived, or was replaced long
    /// ago. [`ErrorCode::RosterStale`] when it may not be used any more.
    pub fn roster_by_hash(
        &self,
        hash: &Hash,
        now: UnixMillis,
    ) -> Result<(&Signed<Roster>, Standing), ErrorCode> {
        for shelf in self.rosters.values() {
            if let Some(found) = in_shelf(shelf, now, |held| held.hash() == *hash) {
                return found;
            }
        }
        Err(ErrorCode::RosterMissing)
    }

    /// The roster of a number and how it stands (IDN-12, IDN-13).
    ///
    /// # Errors
    /// [`ErrorCode::RosterMissing`] for a number above the newest held, else
    /// [`ErrorCode::RosterStale`] when it may not be used any more.
    pub fn roster_by_number(
        &self,
        agency: &Agency,
        number: u64,
        now: UnixMillis,
    ) -> Result<(&Signed<Roster>, Standing), ErrorCode> {
        let shelf = self.rosters.get(agency).ok_or(ErrorCode::RosterMissing)?;
        if number > shelf.newest.value().number {
            return Err(ErrorCode::RosterMissing);
        }
        in_shelf(shelf, now, |held| held.value().number == number)
            .unwrap_or(Err(ErrorCode::RosterStale))
    }

    /// The own agency's house, where it is held.
    #[must_use]
    pub fn house(&self) -> Option<&Signed<House>> {
        Some(&self.house.as_ref()?.signed)
    }

    /// The own agency's house with its rule table, where it is held.
    #[must_use]
    pub fn house_with_rules(&self) -> Option<(&House, &Rules)> {
        Some((self.house()?.value(), self.house_rules.as_ref()))
    }

    /// The device of a signing key's identifier, in the newest roster of any agency.
    #[must_use]
    pub fn device_by_id(&self, key: &KeyId) -> Option<(&Agency, &DeskEntry, &Device)> {
        self.device_at(self.index.signing(key)?)
    }

    /// The device of a hop key, in the newest roster of any agency.
    #[must_use]
    pub fn device_by_hop_key(&self, key: &HopKey) -> Option<(&Agency, &DeskEntry, &Device)> {
        self.device_at(self.index.hop(key)?)
    }

    /// The relay of a hop key, in the newest roster of any agency.
    #[must_use]
    pub fn relay_by_hop_key(&self, key: &HopKey) -> Option<(&Agency, &RosterRelay)> {
        let place = self.index.hop(key)?;
        let Role::Relay(at) = place.role else {
            return None;
        };
        let roster = self.newest_roster(&place.agency)?.value();
        Some((&place.agency, roster.relays.get(at)?))
    }

    /// The key that a statement's signer must have used (STA-1): of a relay of its agency, or of
    /// that very device of that desk.
    #[must_use]
    pub fn signer_key(&self, signer: &Signer) -> Option<VerifyingKey> {
        let Some(desk) = &signer.desk else {
            return self
                .relay_statement_key(&signer.agency, &signer.key)
                .copied();
        };
        // By the roster of the agency named: another may list the same key (IDN-34).
        let roster = self.newest_roster(&signer.agency)?.value();
        Some(roster.desk(desk)?.device(&signer.key)?.key)
    }

    /// The statement key of an agency's relay, in its newest roster or one that is still kept
    /// (STA-1).
    #[must_use]
    pub fn relay_statement_key(&self, agency: &Agency, key: &KeyId) -> Option<&VerifyingKey> {
        let shelf = self.rosters.get(agency)?;
        let superseded = shelf.superseded.iter().map(|s| &s.held);
        std::iter::once(&shelf.newest)
            .chain(superseded)
            .find_map(|held| held.value().relay_by_statement_key(key))
            .map(|relay| &relay.statement_key)
    }

    /// Whether a device's key is revoked by its agency's newest roster or suspended (IDN-13).
    #[must_use]
    pub fn is_barred(&self, agency: &Agency, key: &KeyId, now: UnixMillis) -> bool {
        let revoked = self
            .newest_roster(agency)
            .is_some_and(|roster| roster.value().is_revoked(key));
        let suspended = self.suspension(agency, key);
        revoked || suspended.is_some_and(|s| s.value().is_in_force(now))
    }

    /// The suspension of an agency's device, in force or lapsed.
    #[must_use]
    pub fn suspension(&self, agency: &Agency, key: &KeyId) -> Option<&Signed<Suspension>> {
        Some(&self.suspensions.get(&(*key, agency.clone()))?.signed)
    }

    /// Rotations that no roster has carried out yet.
    pub fn rotations_pending(&self) -> impl Iterator<Item = &Signed<Rotation>> {
        self.rotations.values().map(|held| &held.signed)
    }

    /// The key that a device has now in the place of an old one, where rosters have carried out its
    /// rotations (IDN-43).
    #[must_use]
    pub fn successor(&self, old: &KeyId) -> Option<KeyId> {
        let mut key = self.successions.get(old)?.key;
        // A circle would need one key twice; it ends all the same.
        for _ in 0..self.successions.len() {
            match self.successions.get(&key) {
                Some(next) => key = next.key,
                None => break,
            }
        }
        Some(key)
    }

    /// The keys in whose place a device has this one (IDN-43).
    pub fn predecessors(&self, key: &KeyId) -> impl Iterator<Item = KeyId> {
        let olds = self.successions.keys().copied();
        olds.filter(|old| self.successor(old) == Some(*key))
    }

    /// Every rotation carried out: the old key and the one that is in its place now.
    pub fn successions(&self) -> impl Iterator<Item = (KeyId, KeyId)> {
        let olds = self.successions.keys();
        olds.filter_map(|old| Some((*old, self.successor(old)?)))
    }

    /// A device's newest prekey bundle, and the one before it.
    #[must_use]
    pub fn prekeys(&self, key: &KeyId) -> Option<(&PrekeyBundle, Option<&PrekeyBundle>)> {
        let shelf = self.prekeys.get(key)?;
        let previous = shelf.previous.as_ref().map(|held| held.value());
        Some((shelf.newest.value(), previous))
    }

    /// The prekey that a sender uses for a device, and whether it is stale (IDN-18, IDN-19).
    ///
    /// # Errors
    /// [`ErrorCode::DeviceUnknown`] when no roster lists the device; [`ErrorCode::PrekeyUnknown`]
    /// when it has no bundle, or none of its prekeys may be used at `now`.
    pub fn prekey_for(&self, key: &KeyId, now: UnixMillis) -> Result<(&Prekey, bool), ErrorCode> {
        let (agency, _, _) = self.device_by_id(key).ok_or(ErrorCode::DeviceUnknown)?;
        let roster = self.newest_roster(agency);
        let grace_ms = roster.map_or(0, |roster| roster.value().grace);
        let (bundle, _) = self.prekeys(key).ok_or(ErrorCode::PrekeyUnknown)?;
        bundle
            .current(now, grace_ms)
            .ok_or(ErrorCode::PrekeyUnknown)
    }

    pub(super) fn house_of(&self, agency: &Agency) -> Option<&House> {
        let house = self.house()?.value();
        (house.agency == *agency).then_some(house)
    }

    fn device_at<'a>(
        &'a self,
        place: &'a Place,
    ) -> Option<(&'a Agency, &'a DeskEntry, &'a Device)> {
        let Role::Device { desk, device } = place.role else {
            return None;
        };
        let entry = self.newest_roster(&place.agency)?.value().desks.get(desk)?;
        Some((&place.agency, entry, entry.devices.get(device)?))
    }
}

/// The roster of a shelf that fits, and how it stands.
fn in_shelf(
    shelf: &RosterShelf,
    now: UnixMillis,
    fits: impl Fn(&Held<Roster>) -> bool,
) -> Option<Result<(&Signed<Roster>, Standing), ErrorCode>> {
    let (held, standing) = if fits(&shelf.newest) {
        let stale = now > shelf.newest.value().not_after;
        let standing = if stale {
            Standing::Stale
        } else {
            Standing::Current
        };
        (&shelf.newest, standing)
    } else {
        let found = shelf.superseded.iter().find(|s| fits(&s.held))?;
        if now > found.since.plus(SUPERSEDED_MS) {
            return Some(Err(ErrorCode::RosterStale));
        }
        (&found.held, Standing::Superseded)
    };
    if now > held.value().usable_until() {
        return Some(Err(ErrorCode::RosterStale));
    }
    Some(Ok((&held.signed, standing)))
}
