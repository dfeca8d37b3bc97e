//! Charters, rosters and houses: what is numbered and chained by hash.

use super::{
    Applied, Directory, DirectoryError, Held, Proof, RosterShelf, SUPERSEDED_MAX, SUPERSEDED_MS,
    Superseded,
};
use crate::address::Agency;
use crate::charter::Charter;
use crate::crypto::Hash;
use crate::house::House;
use crate::roster::Roster;
use crate::rules::check_house;
use crate::time::UnixMillis;
use std::sync::Arc;

/// Proofs kept for an agency, at most: one convicts, a few show that it was no accident.
const PROOFS_MAX: usize = 4;

/// What an object claims in a numbered chain.
struct Link<'a> {
    agency: &'a Agency,
    number: u64,
    previous: Option<Hash>,
    hash: Hash,
}

impl Link<'_> {
    /// Checks the place after what is held; `Ok(false)` when the same object is held.
    // IDN-9, IDN-10, IDN-11
    fn follows(&self, held: &Self) -> Result<bool, DirectoryError> {
        if self.hash == held.hash {
            return Ok(false);
        }
        if self.number < held.number {
            return Err(DirectoryError::RosterOlder {
                number: self.number,
                held: held.number,
            });
        }
        let next = self.number == held.number.saturating_add(1);
        let forked = self.number == held.number || (next && self.previous != Some(held.hash));
        if forked {
            return Err(DirectoryError::RosterForked {
                agency: self.agency.clone(),
                number: self.number,
            });
        }
        Ok(true)
    }
}

impl Held<Roster> {
    fn link(&self) -> Link<'_> {
        let roster = self.value();
        Link {
            agency: &roster.agency,
            number: roster.number,
            previous: roster.previous,
            hash: self.hash(),
        }
    }
}

impl Held<House> {
    fn link(&self) -> Link<'_> {
        let house = self.value();
        Link {
            agency: &house.agency,
            number: house.number,
            previous: house.previous,
            hash: self.hash(),
        }
    }
}

impl Directory {
    pub(super) fn apply_charter(
        &mut self,
        held: Held<Charter>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let charter = held.value();
        let agency = charter.agency.clone();
        let chain = self.charters.get(&agency).map_or(&[][..], Vec::as_slice);
        let place = usize::try_from(charter.number).unwrap_or(usize::MAX);
        let unknown = || DirectoryError::CharterUnknown(agency.clone());
        let broken = || DirectoryError::CharterChainBroken {
            agency: agency.clone(),
            number: charter.number,
        };
        if let Some(same) = chain.get(place) {
            return if same.hash() == held.hash() {
                Ok(held.applied(agency.as_str(), charter.number.into(), false))
            } else {
                Err(broken())
            };
        }
        match chain.last() {
            // IDN-3
            None if place > 0 || !self.trusts_root(&agency, held.hash()) => return Err(unknown()),
            // IDN-5
            Some(_) if place > chain.len() => return Err(unknown()),
            Some(last) if charter.previous != Some(last.hash()) => return Err(broken()),
            _ => {}
        }
        // IDN-4
        let before = chain.last().map(|last| last.value());
        let signed = charter.is_signed_by_threshold(&held.signed)
            && before.is_none_or(|before| before.is_signed_by_threshold(&held.signed));
        if !signed {
            return Err(DirectoryError::SignatureInvalid);
        }
        let applied = held.applied(agency.as_str(), charter.number.into(), true);
        self.charters
            .entry(agency)
            .or_default()
            .push(Arc::new(held));
        self.refresh_accords(now);
        Ok(applied)
    }

    pub(super) fn apply_roster(
        &mut self,
        held: Held<Roster>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let roster = held.value();
        let agency = roster.agency.clone();
        let shelf = self.rosters.get(&agency);
        if shelf.is_some_and(|shelf| shelf.newest.hash() == held.hash()) {
            return Ok(held.applied(agency.as_str(), roster.number, false));
        }
        let charter = self.newest_charter(&agency)?;
        // IDN-7
        if charter.hash() != roster.charter {
            return Err(DirectoryError::CharterUnknown(agency));
        }
        if !charter.value().is_signed_by_roster_key(&held.signed) {
            return Err(DirectoryError::SignatureInvalid);
        }
        if let Some(newest) = shelf.map(|shelf| Arc::clone(&shelf.newest)) {
            let followed = held.link().follows(&newest.link());
            if matches!(followed, Err(DirectoryError::RosterForked { .. })) {
                self.keep_proof(&agency, &newest, &held);
            }
            followed?;
        }
        // IDN-12
        if now > roster.usable_until() {
            return Err(DirectoryError::RosterExpired);
        }
        let applied = held.applied(agency.as_str(), roster.number, true);
        Arc::make_mut(&mut self.index).list(roster, agency == self.own);
        self.shelve_roster(agency.clone(), Arc::new(held), now);
        self.carry_out_rotations(&agency);
        self.prune_devices(&agency);
        self.prune_duties(&agency);
        Ok(applied)
    }

    // IDN-13
    fn shelve_roster(&mut self, agency: Agency, held: Arc<Held<Roster>>, now: UnixMillis) {
        let Some(shelf) = self.rosters.get_mut(&agency) else {
            let shelf = RosterShelf {
                newest: held,
                superseded: Vec::new(),
            };
            self.rosters.insert(agency, shelf);
            return;
        };
        let replaced = std::mem::replace(&mut shelf.newest, held);
        let superseded = &mut shelf.superseded;
        superseded.retain(|s| now <= s.since.plus(SUPERSEDED_MS));
        superseded.insert(
            0,
            Superseded {
                held: replaced,
                since: now,
            },
        );
        superseded.truncate(SUPERSEDED_MAX);
    }

    // IDN-10
    fn keep_proof(&mut self, agency: &Agency, newest: &Held<Roster>, refused: &Held<Roster>) {
        let proof = Proof {
            agency: agency.clone(),
            held: newest.bytes.clone(),
            refused: refused.bytes.clone(),
        };
        let of_agency = self.proofs.iter().filter(|p| p.agency == *agency).count();
        if of_agency < PROOFS_MAX && !self.proofs.contains(&proof) {
            self.proofs.push(proof);
        }
    }

    pub(super) fn apply_house(&mut self, held: Held<House>) -> Result<Applied, DirectoryError> {
        let house = held.value();
        let agency = house.agency.clone();
        // IDN-15
        if agency != self.own {
            return Err(DirectoryError::HouseForeign(agency));
        }
        let charter = self.newest_charter(&agency)?;
        if !charter.value().is_signed_by_roster_key(&held.signed) {
            return Err(DirectoryError::SignatureInvalid);
        }
        // IDN-35
        let news = match &self.house {
            Some(newest) => held.link().follows(&newest.link())?,
            None => true,
        };
        let applied = held.applied(agency.as_str(), house.number, news);
        if news {
            // RTE-47
            let rules = held.value().rules();
            let rules = rules.map_err(|_| DirectoryError::AccordRulesUnknown)?;
            if let Some(fault) = check_house(&rules).first() {
                return Err(DirectoryError::RulesInvalid(fault.kind.clause()));
            }
            self.house = Some(Arc::new(held));
            self.house_rules = Arc::new(rules);
        }
        Ok(applied)
    }

    pub(super) fn newest_charter(&self, agency: &Agency) -> Result<&Held<Charter>, DirectoryError> {
        let newest = self.charters.get(agency).and_then(|chain| chain.last());
        newest
            .map(AsRef::as_ref)
            .ok_or_else(|| DirectoryError::CharterUnknown(agency.clone()))
    }
}
