//! Accords: which are signed by all, in force, replaced, or still waiting for a charter.

use super::{
    AccordEntry, AccordShelf, Applied, Directory, DirectoryError, Held, SUPERSEDED_MS, Standing,
};
use crate::accord::{AcceptedFormat, Accord};
use crate::address::Agency;
use crate::code::ErrorCode;
use crate::crypto::Hash;
use crate::encoding::Signed;
use crate::rules::{Rules, check_accord};
use crate::time::UnixMillis;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Names of accords held, at most.
const NAMES_MAX: usize = 1_024;
/// Accords of one name held, at most.
const NUMBERS_MAX: usize = 16;

impl Directory {
    pub(super) fn apply_accord(
        &mut self,
        held: Held<Accord>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let accord = held.value();
        let rules = self.read_rules(accord)?;
        let name = accord.name.as_str().to_owned();
        let number = accord.number;
        let shelf = self.accords.get(&name);
        let same_number = shelf.and_then(|shelf| shelf.get(&number));
        if same_number.is_some_and(|entry| entry.held.bytes == held.bytes) {
            return Ok(held.applied(name, number.into(), false));
        }
        self.check_roots(accord)?;
        let signatures = self.check_signatures(&held.signed)?;
        // ACC-4
        if now > accord.usable_until() {
            return Err(DirectoryError::Expired);
        }
        if let Some(entry) = same_number {
            // ACC-5
            if entry.held.hash() != held.hash() {
                return Err(DirectoryError::AccordReplaced);
            }
            // The same accord with signatures that charters since known call for.
            if signatures <= self.parties_signed(&entry.held.signed) {
                return Ok(held.applied(name, number.into(), false));
            }
        } else if let Some(shelf) = shelf {
            let replaced = replaced_at(shelf, number).is_some_and(|at| at <= now);
            if replaced {
                return Err(DirectoryError::AccordReplaced);
            }
            let lowest = shelf.first_key_value().is_some_and(|(n, _)| number < *n);
            if lowest && shelf.len() >= NUMBERS_MAX {
                return Err(DirectoryError::TooMany);
            }
        } else if self.accords.len() >= NAMES_MAX {
            return Err(DirectoryError::TooMany);
        }
        let applied = held.applied(name.clone(), number.into(), true);
        let entry = AccordEntry {
            held: Arc::new(held),
            rules: Arc::new(rules),
            complete_since: same_number.and_then(|entry| entry.complete_since),
        };
        let shelf = self.accords.entry(name).or_default();
        shelf.insert(number, entry);
        prune(shelf, now);
        self.refresh_accords(now);
        Ok(applied)
    }

    /// The accord's table, which must not contradict itself, the accord or its framework.
    // ACC-6, RTE-47
    fn read_rules(&self, accord: &Accord) -> Result<Rules, DirectoryError> {
        let rules = accord.rules();
        let rules = rules.map_err(|_| DirectoryError::AccordRulesUnknown)?;
        let framework = match &rules.framework {
            Some(hash) => {
                let base = self.entry_by_hash(hash);
                Some(base.ok_or(DirectoryError::FrameworkUnknown)?)
            }
            None => None,
        };
        let framework = framework.map(|base| (base.held.value(), base.rules.as_ref()));
        match check_accord(&rules, accord, framework).first() {
            None => Ok(rules),
            Some(fault) => Err(DirectoryError::RulesInvalid(fault.kind.clause())),
        }
    }

    fn entry_by_hash(&self, hash: &Hash) -> Option<&AccordEntry> {
        let mut held = self.accords.values().flat_map(|shelf| shelf.values());
        held.find(|entry| entry.held.hash() == *hash)
    }

    /// The rule table of an accord that is held.
    #[must_use]
    pub fn accord_rules(&self, hash: &Hash) -> Option<&Rules> {
        Some(&self.entry_by_hash(hash)?.rules)
    }

    pub(super) fn is_annex(&self, hash: &Hash) -> bool {
        let rules = self.accord_rules(hash);
        rules.is_some_and(|rules| rules.framework.is_some())
    }

    // ACC-2
    fn check_roots(&self, accord: &Accord) -> Result<(), DirectoryError> {
        let own = accord.party(&self.own).ok_or(DirectoryError::NotAParty)?;
        if own.root != self.root {
            return Err(DirectoryError::CharterUnknown(self.own.clone()));
        }
        self.newest_charter(&self.own)?;
        for party in &accord.parties {
            let first = self.charters.get(&party.agency).and_then(|c| c.first());
            if first.is_some_and(|charter| charter.hash() != party.root) {
                return Err(DirectoryError::CharterUnknown(party.agency.clone()));
            }
        }
        Ok(())
    }

    /// Verifies the signature of every party whose charter is held, and counts them.
    fn check_signatures(&self, signed: &Signed<Accord>) -> Result<usize, DirectoryError> {
        let mut good = 0_usize;
        for party in &signed.value().parties {
            match self.newest_charter(&party.agency) {
                Ok(charter) if charter.value().is_signed_by_accord_key(signed) => {
                    good = good.saturating_add(1);
                }
                Ok(_) => return Err(DirectoryError::AccordNotSigned(party.agency.clone())),
                Err(_) => {}
            }
        }
        Ok(good)
    }

    fn parties_signed(&self, signed: &Signed<Accord>) -> usize {
        let good = |agency| {
            self.newest_charter(agency)
                .is_ok_and(|charter| charter.value().is_signed_by_accord_key(signed))
        };
        let parties = &signed.value().parties;
        parties.iter().filter(|party| good(&party.agency)).count()
    }

    /// Whether a hash is the root of an agency: pinned, or named by an accord that the own agency
    /// signed.
    // IDN-3
    pub(super) fn trusts_root(&self, agency: &Agency, hash: Hash) -> bool {
        if *agency == self.own {
            return self.root == hash;
        }
        let Ok(own) = self.newest_charter(&self.own) else {
            return false;
        };
        let mut held = self.accords.values().flat_map(|shelf| shelf.values());
        held.any(|entry| {
            let named = entry.held.value().party(agency);
            named.is_some_and(|party| party.root == hash)
                && own.value().is_signed_by_accord_key(&entry.held.signed)
        })
    }

    /// Judges again which accords every party has signed.
    // ACC-1
    pub(super) fn refresh_accords(&mut self, now: UnixMillis) {
        let mut accords = std::mem::take(&mut self.accords);
        for entry in accords.values_mut().flat_map(|shelf| shelf.values_mut()) {
            let signed = &entry.held.signed;
            let complete = self.parties_signed(signed) == signed.value().parties.len();
            entry.complete_since = complete.then(|| entry.complete_since.unwrap_or(now));
        }
        self.accords = accords;
    }

    /// The accord of a hash and how it stands.
    ///
    /// # Errors
    /// [`ErrorCode::AccordUnknown`] when it is not held, not signed by all, not begun, past its
    /// grace, or replaced more than 72 hours ago.
    pub fn accord_by_hash(
        &self,
        hash: &Hash,
        now: UnixMillis,
    ) -> Result<(&Signed<Accord>, Standing), ErrorCode> {
        self.standing_accords(now)
            .find(|(signed, _)| signed.hash() == *hash)
            .ok_or(ErrorCode::AccordUnknown)
    }

    /// The accords in force, each with how it stands: those replaced are not among them.
    pub fn accords_in_force(
        &self,
        now: UnixMillis,
    ) -> impl Iterator<Item = (&Signed<Accord>, Standing)> {
        self.standing_accords(now)
            .filter(|(_, standing)| *standing != Standing::Superseded)
    }

    /// The accord for a draft: binds all `agencies`, accepts the format, and of several the
    /// current before the stale, then the one of the fewest parties, the latest end and the first
    /// name.
    #[must_use]
    pub fn accord_between(
        &self,
        agencies: &[Agency],
        format: u16,
        now: UnixMillis,
    ) -> Option<(&Signed<Accord>, &AcceptedFormat, Standing)> {
        self.accords_in_force(now)
            .filter(|(signed, _)| signed.value().binds(agencies))
            .filter_map(|(signed, standing)| {
                let accepted = signed.value().newest_version(format)?;
                Some((signed, accepted, standing))
            })
            .min_by_key(|(signed, _, standing)| {
                let accord = signed.value();
                let end = Reverse(accord.not_after);
                (*standing, accord.parties.len(), end, &accord.name)
            })
    }

    /// The agencies, but for the own one, with which an accord is in force (ACC-7).
    #[must_use]
    pub fn parties(&self, now: UnixMillis) -> BTreeSet<Agency> {
        self.accords_in_force(now)
            .flat_map(|(signed, _)| signed.value().parties.iter())
            .map(|party| &party.agency)
            .filter(|agency| **agency != self.own)
            .cloned()
            .collect()
    }

    /// Accords that wait for a party's charter or signature.
    pub fn accords_pending(&self) -> impl Iterator<Item = &Signed<Accord>> {
        let held = self.accords.values().flat_map(|shelf| shelf.values());
        held.filter(|entry| entry.complete_since.is_none())
            .map(|entry| &entry.held.signed)
    }

    fn standing_accords(
        &self,
        now: UnixMillis,
    ) -> impl Iterator<Item = (&Signed<Accord>, Standing)> {
        // ACC-11
        let has_framework = move |entry: &AccordEntry| {
            let framework = entry.rules.framework;
            framework.is_none_or(|hash| {
                let mut standing = self.standing_entries(now);
                standing.any(|(entry, _)| entry.held.hash() == hash)
            })
        };
        self.standing_entries(now)
            .filter(move |(entry, _)| has_framework(entry))
            .map(|(entry, standing)| (&entry.held.signed, standing))
    }

    fn standing_entries(&self, now: UnixMillis) -> impl Iterator<Item = (&AccordEntry, Standing)> {
        self.accords.values().flat_map(move |shelf| {
            shelf.iter().filter_map(move |(number, entry)| {
                let replaced = replaced_at(shelf, *number).filter(|at| *at <= now);
                Some((entry, standing(entry, replaced, now)?))
            })
        })
    }

    /// Accords signed by all that are neither over nor replaced, begun or not, as published.
    pub(super) fn accords_to_publish(
        &self,
        now: UnixMillis,
    ) -> impl Iterator<Item = &Held<Accord>> {
        self.accords.values().flat_map(move |shelf| {
            shelf.iter().filter_map(move |(number, entry)| {
                let replaced = replaced_at(shelf, *number).is_some_and(|at| at <= now);
                let over = now > entry.held.value().usable_until();
                let publish = entry.complete_since.is_some() && !replaced && !over;
                publish.then_some(entry.held.as_ref())
            })
        })
    }
}

/// When an accord is replaced: once a higher number of its name is signed by all and has begun.
// ACC-5
fn replaced_at(shelf: &AccordShelf, number: u32) -> Option<UnixMillis> {
    shelf
        .range(number.saturating_add(1)..)
        .filter_map(|(_, later)| {
            let begun = later.held.value().not_before;
            later.complete_since.map(|since| since.max(begun))
        })
        .min()
}

// ACC-4, ACC-5
fn standing(
    entry: &AccordEntry,
    replaced: Option<UnixMillis>,
    now: UnixMillis,
) -> Option<Standing> {
    let accord = entry.held.value();
    entry.complete_since?;
    if now < accord.not_before || now > accord.usable_until() {
        return None;
    }
    match replaced {
        Some(at) if now > at.plus(SUPERSEDED_MS) => None,
        Some(_) => Some(Standing::Superseded),
        None if now > accord.not_after => Some(Standing::Stale),
        None => Some(Standing::Current),
    }
}

/// Forgets accords that nobody may name any more, and the lowest numbers beyond the bound.
fn prune(shelf: &mut AccordShelf, now: UnixMillis) {
    let done =
        |number: u32| replaced_at(shelf, number).is_some_and(|at| now > at.plus(SUPERSEDED_MS));
    let numbers: Vec<u32> = shelf.keys().copied().filter(|n| done(*n)).collect();
    for number in numbers {
        shelf.remove(&number);
    }
    while shelf.len() > NUMBERS_MAX {
        shelf.pop_first();
    }
}
