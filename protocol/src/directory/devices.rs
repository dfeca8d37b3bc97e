//! What devices sign about themselves and each other: prekeys, suspensions and rotations.

use super::{Applied, CLOCK_AHEAD_MS, Directory, DirectoryError, Held, PrekeyShelf, Succession};
use crate::address::{Agency, Desk};
use crate::crypto::KeyId;
use crate::encoding::{Object, Signed};
use crate::prekey::PrekeyBundle;
use crate::roster::{Device, Roster};
use crate::rotation::Rotation;
use crate::suspension::Suspension;
use crate::time::UnixMillis;
use data_encoding::HEXLOWER;
use std::sync::Arc;

impl Directory {
    pub(super) fn apply_prekeys(
        &mut self,
        held: Held<PrekeyBundle>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let bundle = held.value();
        let (key, issued) = (bundle.device, bundle.issued);
        let name = HEXLOWER.encode(key.as_slice());
        let shelf = self.prekeys.get(&key);
        if shelf.is_some_and(|shelf| shelf.newest.hash() == held.hash()) {
            return Ok(held.applied(name, issued.0, false));
        }
        let agency = bundle.desk.agency();
        let device = self.listed(&bundle.desk, &key)?;
        // IDN-16
        if !held.signed.verify(&device.key) {
            return Err(DirectoryError::SignatureInvalid);
        }
        check_clock(issued, now)?;
        // IDN-21
        if shelf.is_some_and(|shelf| issued <= shelf.newest.value().issued) {
            return Err(DirectoryError::PrekeysOlder);
        }
        let applied = held.applied(name, issued.0, true);
        let shelf = PrekeyShelf {
            agency,
            newest: Arc::new(held),
            previous: shelf.map(|shelf| Arc::clone(&shelf.newest)),
        };
        self.prekeys.insert(key, shelf);
        Ok(applied)
    }

    pub(super) fn apply_suspension(
        &mut self,
        held: Held<Suspension>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let suspension = held.value();
        let (key, at) = (suspension.device, suspension.at);
        let name = suspension_name(&key, &suspension.agency);
        let place = (key, suspension.agency.clone());
        let before = self.suspensions.get(&place);
        if before.is_some_and(|before| before.hash() == held.hash()) {
            return Ok(held.applied(name, at.0, false));
        }
        self.listed(&suspension.desk, &key)?;
        // IDN-22
        self.check_by(&held.signed, (&suspension.desk, &suspension.by), now)?;
        check_clock(at, now)?;
        // IDN-23
        if !suspension.is_in_force(now) {
            return Err(DirectoryError::Expired);
        }
        // Of several suspensions of a device the one that lapses last stands.
        let later = before.is_none_or(|b| (b.value().at, b.hash()) < (at, held.hash()));
        let applied = held.applied(name, at.0, later);
        if later {
            self.suspensions.insert(place, Arc::new(held));
        }
        Ok(applied)
    }

    /// Whether a device of the desk `by` has signed, which may speak of a desk: the desk itself, one
    /// of a superior unit, or a gateway desk.
    // IDN-22, DTY-2
    pub(super) fn check_by<T: Object>(
        &self,
        signed: &Signed<T>,
        (desk, by): (&Desk, &Desk),
        now: UnixMillis,
    ) -> Result<(), DirectoryError> {
        let agency = desk.agency();
        let roster = self.roster_of(&agency)?;
        let entry = roster.desk(by).ok_or(DirectoryError::DeskUnknown)?;
        let mut devices = entry.devices.iter();
        let signer = devices.find(|device| signed.verify(&device.key));
        let signer = signer.ok_or(DirectoryError::SignatureInvalid)?;
        if self.is_barred(&agency, &signer.key.id(), now) {
            return Err(DirectoryError::DeviceSuspended);
        }
        let unit = by.unit();
        // Whoever does not hold the house cannot know superiors and relies on the agency's relay.
        let superior = self.house_of(&agency).is_none_or(|house| {
            let superiors = house.superiors(&desk.unit());
            superiors.contains(&&unit)
        });
        if superior || by == desk || roster.is_gateway(&unit) {
            Ok(())
        } else {
            Err(DirectoryError::AuthorityMissing)
        }
    }

    pub(super) fn apply_rotation(
        &mut self,
        held: Held<Rotation>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let rotation = held.value();
        let (key, at) = (rotation.old, rotation.at);
        let name = HEXLOWER.encode(key.as_slice());
        let before = self.rotations.get(&key);
        if before.is_some_and(|before| before.hash() == held.hash()) {
            return Ok(held.applied(name, at.0, false));
        }
        let device = self.listed(&rotation.desk, &key)?;
        // IDN-24
        if !Rotation::is_signed_by_both(&held.signed, &device.key) {
            return Err(DirectoryError::SignatureInvalid);
        }
        if self.is_barred(&rotation.desk.agency(), &key, now) {
            return Err(DirectoryError::DeviceSuspended);
        }
        check_clock(at, now)?;
        let later = before.is_none_or(|b| (b.value().at, b.hash()) < (at, held.hash()));
        let applied = held.applied(name, at.0, later);
        if later {
            self.rotations.insert(key, Arc::new(held));
        }
        Ok(applied)
    }

    /// The device that the newest roster lists for a desk.
    fn listed(&self, desk: &Desk, key: &KeyId) -> Result<&Device, DirectoryError> {
        let roster = self.roster_of(&desk.agency())?;
        let entry = roster.desk(desk).ok_or(DirectoryError::DeskUnknown)?;
        entry.device(key).ok_or(DirectoryError::DeviceUnknown)
    }

    pub(super) fn roster_of(&self, agency: &Agency) -> Result<&Roster, DirectoryError> {
        self.newest_roster(agency)
            .map(Signed::value)
            .ok_or_else(|| DirectoryError::RosterMissing(agency.clone()))
    }

    /// Notes which rotations the newest roster of an agency carries out, and forgets those whose
    /// new key is gone.
    // IDN-24, IDN-43
    pub(super) fn carry_out_rotations(&mut self, agency: &Agency) {
        let Some(shelf) = self.rosters.get(agency) else {
            return;
        };
        let newest = shelf.newest.value();
        let lists = |desk: &Desk, key: &KeyId| {
            let entry = newest.desk(desk);
            entry.is_some_and(|entry| entry.device(key).is_some())
        };
        for (old, held) in &self.rotations {
            let (desk, key) = (&held.value().desk, held.value().key.id());
            if desk.agency() == *agency && newest.is_revoked(old) && lists(desk, &key) {
                let desk = desk.clone();
                self.successions.insert(*old, Succession { desk, key });
            }
        }
        let ended: Vec<KeyId> = self
            .successions
            .iter()
            .filter(|(_, succession)| succession.desk.agency() == *agency)
            .filter(|(old, succession)| {
                let last = self.successor(old);
                last.is_none_or(|key| !lists(&succession.desk, &key))
            })
            .map(|(old, _)| *old)
            .collect();
        for old in ended {
            self.successions.remove(&old);
        }
    }

    /// Forgets what devices signed that no roster in use lists any more.
    pub(super) fn prune_devices(&mut self, agency: &Agency) {
        let Some(shelf) = self.rosters.get(agency) else {
            return;
        };
        let newest = shelf.newest.value();
        let lists = |roster: &Roster, desk: &Desk, key: &KeyId| {
            let entry = roster.desk(desk);
            entry.is_some_and(|entry| entry.device(key).is_some())
        };
        self.suspensions
            .retain(|(key, of), held| of != agency || lists(newest, &held.value().desk, key));
        self.rotations.retain(|key, held| {
            let desk = &held.value().desk;
            desk.agency() != *agency || lists(newest, desk, key)
        });
        // Wraps under a roster replaced less than 72 hours ago may still name the device.
        self.prekeys.retain(|key, prekeys| {
            let desk = &prekeys.newest.value().desk;
            let superseded = shelf.superseded.iter().map(|s| s.held.value());
            prekeys.agency != *agency
                || std::iter::once(newest)
                    .chain(superseded)
                    .any(|roster| lists(roster, desk, key))
        });
    }
}

/// Name of a suspension in a holding: two agencies may list, and so suspend, one key.
pub(super) fn suspension_name(key: &KeyId, agency: &Agency) -> String {
    format!("{}@{agency}", HEXLOWER.encode(key.as_slice()))
}

// IDN-33
fn check_clock(at: UnixMillis, now: UnixMillis) -> Result<(), DirectoryError> {
    if at > now.plus(CLOCK_AHEAD_MS) {
        Err(DirectoryError::CreatedInFuture)
    } else {
        Ok(())
    }
}
