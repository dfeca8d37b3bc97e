//! Where a key stands: from key to agency, desk and device or relay, over all newest rosters.
//!
//! A key that two agencies list stays with the own agency, else with the one that listed it first
//! (IDN-34), so that nobody takes over another's link by listing its key.

use crate::address::Agency;
use crate::crypto::{HopKey, KeyId};
use crate::roster::Roster;
use std::collections::BTreeMap;

/// What a key is, by positions in the newest roster of its agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Device { desk: usize, device: usize },
    Relay(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) agency: Agency,
    pub(super) role: Role,
}

/// Keys of all newest rosters. Devices and relays alike, signing and hop keys apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Index {
    signing: BTreeMap<KeyId, Vec<Place>>,
    hop: BTreeMap<HopKey, Vec<Place>>,
}

impl Index {
    /// Puts the keys of a roster in the place of those that its agency listed before.
    pub(super) fn list(&mut self, roster: &Roster, is_own: bool) {
        let mut signing = BTreeMap::new();
        let mut hop = BTreeMap::new();
        for (at, relay) in roster.relays.iter().enumerate() {
            signing.insert(relay.statement_key.id(), Role::Relay(at));
            hop.insert(relay.hop_key, Role::Relay(at));
        }
        for (desk, entry) in roster.desks.iter().enumerate() {
            for (device, keys) in entry.devices.iter().enumerate() {
                signing.insert(keys.key.id(), Role::Device { desk, device });
                hop.insert(keys.hop_key, Role::Device { desk, device });
            }
        }
        merge(&mut self.signing, signing, &roster.agency, is_own);
        merge(&mut self.hop, hop, &roster.agency, is_own);
    }

    pub(super) fn signing(&self, key: &KeyId) -> Option<&Place> {
        self.signing.get(key)?.first()
    }

    pub(super) fn hop(&self, key: &HopKey) -> Option<&Place> {
        self.hop.get(key)?.first()
    }
}

// IDN-34
fn merge<K: Ord>(
    places: &mut BTreeMap<K, Vec<Place>>,
    listed: BTreeMap<K, Role>,
    agency: &Agency,
    is_own: bool,
) {
    places.retain(|key, places| {
        places.retain(|place| place.agency != *agency || listed.contains_key(key));
        !places.is_empty()
    });
    for (key, role) in listed {
        let places = places.entry(key).or_default();
        let agency = agency.clone();
        match places.iter_mut().find(|place| place.agency == agency) {
            Some(place) => place.role = role,
            None if is_own => places.insert(0, Place { agency, role }),
            None => places.push(Place { agency, role }),
        }
    }
}
