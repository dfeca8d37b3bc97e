//! The roster: what others may see of an agency, namely its relays, desks, devices and authorities.
//!
//! Decides what a roster may hold and answers look-ups within one. Does not decide whether a roster
//! is the newest, signed, or may still be used: that is the directory. Spec: identity.md, Roster.

use crate::address::{Agency, Desk, Unit, check_label};
use crate::crypto::{Hash, HopKey, KeyId, VerifyingKey};
use crate::encoding::{
    EncodingError, Extensions, FixedBytes, Object, Signed, Text, require, require_sorted,
};
use crate::precedence::Precedence;
use crate::time::{DAY_MS, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest grace of a roster or accord.
pub const GRACE_MS_MAX: u64 = 90 * DAY_MS;

const VALIDITY_MS_MAX: u64 = 400 * DAY_MS;
const DESKS_MAX: usize = 4_096;
const REVOKED_MAX: usize = 4_096;
const AUTHORITIES_MAX: usize = 64;
const DEVICES_MAX: usize = 16;
const ADDRESS_BYTES_MAX: usize = 255;
const DEPUTIES_MAX: usize = 4;
const EXERCISES_MAX: usize = 16;
const PARTICIPANTS_MAX: usize = 256;
const WINDOW_MS_MAX: u64 = 90 * DAY_MS;

/// An agency's signed list of what others may see. Spec: identity.md, Roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The agency.
    pub agency: Agency,
    /// Number, from 1.
    pub number: u64,
    /// Hash of the roster before this one; absent in roster 1.
    pub previous: Option<Hash>,
    /// Hash of the charter whose roster key signs.
    pub charter: Hash,
    /// When it was made.
    pub issued: UnixMillis,
    /// Until when it is current.
    pub not_after: UnixMillis,
    /// For how long after that it may still be used, in milliseconds.
    pub grace: u64,
    /// Units that are the agency's single point of contact.
    pub gateways: Vec<Unit>,
    /// The agency's relays.
    pub relays: Vec<RosterRelay>,
    /// Desks that write or are written to.
    pub desks: Vec<DeskEntry>,
    /// Keys that must not be used any more.
    pub revoked: Vec<Revocation>,
    /// Drills that the agency takes part in, sorted by id.
    pub exercises: Vec<Exercise>,
    /// Room for growth.
    pub extensions: Extensions,
}

/// A relay of an agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterRelay {
    /// Label of the relay.
    pub name: Text,
    /// Its static key on every hop.
    pub hop_key: HopKey,
    /// The key that signs its receipts.
    pub statement_key: VerifyingKey,
    /// Where it listens, `host:port`, preferred first.
    pub addresses: Vec<Text>,
}

/// A desk with what it may originate and the devices at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskEntry {
    /// The desk.
    pub desk: Desk,
    /// What it may originate.
    pub authorities: Vec<Authority>,
    /// Whom others may take for its superior.
    pub superior: Option<Desk>,
    /// Desks that stand in for it, in their order.
    pub deputies: Vec<Desk>,
    /// Its devices.
    pub devices: Vec<Device>,
}

/// A format that a desk may originate, up to a precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The format.
    pub format: u16,
    /// The highest precedence.
    pub precedence: Precedence,
}

/// A machine of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The key that signs its envelopes, statements and prekeys.
    pub key: VerifyingKey,
    /// Its static key on the hop.
    pub hop_key: HopKey,
    /// When it was enrolled.
    pub enrolled: UnixMillis,
}

/// A key that must not be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// Identifier of the key, signing or hop.
    pub key: KeyId,
    /// Since when.
    pub at: UnixMillis,
}

/// A registered drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exercise {
    /// The same at every agency that takes part.
    pub id: FixedBytes<16>,
    /// Name for people.
    pub name: Text,
    /// From when messages of it are taken.
    pub not_before: UnixMillis,
    /// Until when.
    pub not_after: UnixMillis,
    /// Desks of the agency that take part, sorted.
    pub participants: Vec<Desk>,
}

impl Object for Roster {
    const KIND: u8 = 17;
    const BYTES_MAX: usize = 1_048_576;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.number >= 1, "IDN-30")?;
        require(self.previous.is_some() == (self.number > 1), "IDN-30")?;
        let validity = self.not_after.since(self.issued);
        require((1..=VALIDITY_MS_MAX).contains(&validity), "IDN-30")?;
        require(self.grace <= GRACE_MS_MAX, "IDN-30")?;
        self.check_gateways()?;
        self.check_relays()?;
        self.check_desks()?;
        require(self.revoked.len() <= REVOKED_MAX, "IDN-30")?;
        require_sorted(self.revoked.iter().map(|r| r.key), "ENC-17")?;
        self.check_keys()?;
        self.check_exercises()?;
        self.extensions.check()
    }
}

impl Roster {
    /// The entry of a desk.
    #[must_use]
    pub fn desk(&self, desk: &Desk) -> Option<&DeskEntry> {
        let at = self.desks.binary_search_by(|entry| entry.desk.cmp(desk));
        self.desks.get(at.ok()?)
    }

    /// The device of a key identifier, by a walk over all devices; where the desk is known,
    /// [`DeskEntry::device`] is quicker.
    #[must_use]
    pub fn device(&self, key: &KeyId) -> Option<(&DeskEntry, &Device)> {
        self.devices().find(|(_, device)| device.key.id() == *key)
    }

    /// The device of a hop key, by a walk over all devices.
    #[must_use]
    pub fn device_by_hop_key(&self, key: &HopKey) -> Option<(&DeskEntry, &Device)> {
        self.devices().find(|(_, device)| device.hop_key == *key)
    }

    /// Every device with its desk.
    pub fn devices(&self) -> impl Iterator<Item = (&DeskEntry, &Device)> {
        self.desks
            .iter()
            .flat_map(|entry| entry.devices.iter().map(move |device| (entry, device)))
    }

    /// The relay of a statement key's identifier.
    #[must_use]
    pub fn relay_by_statement_key(&self, key: &KeyId) -> Option<&RosterRelay> {
        self.relays.iter().find(|r| r.statement_key.id() == *key)
    }

    /// The relay of a hop key.
    #[must_use]
    pub fn relay_by_hop_key(&self, key: &HopKey) -> Option<&RosterRelay> {
        self.relays.iter().find(|r| r.hop_key == *key)
    }

    /// Whether a key, signing or hop, is revoked.
    #[must_use]
    pub fn is_revoked(&self, key: &KeyId) -> bool {
        self.revoked.binary_search_by(|r| r.key.cmp(key)).is_ok()
    }

    /// Whether the unit is the agency's point of contact.
    #[must_use]
    pub fn is_gateway(&self, unit: &Unit) -> bool {
        self.gateways.binary_search(unit).is_ok()
    }

    /// Whether a desk that it lists is of a gateway unit.
    #[must_use]
    pub fn is_gateway_desk(&self, desk: &Desk) -> bool {
        self.is_gateway(&desk.unit()) && self.desk(desk).is_some()
    }

    /// The registered exercise of an id.
    #[must_use]
    pub fn exercise(&self, id: &FixedBytes<16>) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.id == *id)
    }

    /// The last moment at which it may be used at all (IDN-12).
    #[must_use]
    pub const fn usable_until(&self) -> UnixMillis {
        self.not_after.plus(self.grace)
    }

    /// A draft of the roster that follows, issued now and valid as long as the one held.
    #[must_use]
    pub fn next(held: &Signed<Self>, issued: UnixMillis) -> Self {
        let mut roster = held.value().clone();
        let validity_ms = roster.not_after.since(roster.issued);
        roster.number = roster.number.saturating_add(1);
        roster.previous = Some(held.hash());
        roster.issued = issued;
        roster.not_after = issued.plus(validity_ms);
        roster
    }

    fn check_gateways(&self) -> Result<(), EncodingError> {
        require((1..=8).contains(&self.gateways.len()), "IDN-30")?;
        require_sorted(&self.gateways, "ENC-17")?;
        let own = |unit: &Unit| unit.agency() == self.agency;
        require(self.gateways.iter().all(own), "IDN-30")
    }

    fn check_relays(&self) -> Result<(), EncodingError> {
        require((1..=8).contains(&self.relays.len()), "IDN-30")?;
        require_sorted(self.relays.iter().map(|r| &r.name), "ENC-17")?;
        for relay in &self.relays {
            require(check_label(relay.name.as_str()).is_ok(), "IDN-30")?;
            check_addresses(&relay.addresses)?;
        }
        Ok(())
    }

    fn check_desks(&self) -> Result<(), EncodingError> {
        require(self.desks.len() <= DESKS_MAX, "IDN-30")?;
        require_sorted(self.desks.iter().map(|d| &d.desk), "ENC-17")?;
        for entry in &self.desks {
            require(entry.desk.agency() == self.agency, "IDN-30")?;
            require(entry.authorities.len() <= AUTHORITIES_MAX, "IDN-30")?;
            require_sorted(entry.authorities.iter().map(|a| a.format), "ENC-17")?;
            require(entry.devices.len() <= DEVICES_MAX, "IDN-30")?;
            require_sorted(entry.devices.iter().map(|d| d.key), "ENC-17")?;
            self.check_stand_ins(entry)?;
        }
        Ok(())
    }

    // IDN-39
    fn check_stand_ins(&self, entry: &DeskEntry) -> Result<(), EncodingError> {
        let other = |desk: &Desk| *desk != entry.desk && self.desk(desk).is_some();
        require(entry.deputies.len() <= DEPUTIES_MAX, "IDN-30")?;
        let once: BTreeSet<&Desk> = entry.deputies.iter().collect();
        require(once.len() == entry.deputies.len(), "IDN-30")?;
        require(entry.deputies.iter().all(other), "IDN-39")?;
        require(entry.superior.as_ref().is_none_or(other), "IDN-39")?;
        let above = |desk: &Desk| self.desk(desk).and_then(|entry| entry.superior.as_ref());
        // Bounded, because another desk may lead into a circle that this one is no part of.
        let mut chain = std::iter::successors(above(&entry.desk), |desk| above(desk));
        let back = chain
            .by_ref()
            .take(self.desks.len())
            .any(|d| *d == entry.desk);
        require(!back, "IDN-39")
    }

    fn check_exercises(&self) -> Result<(), EncodingError> {
        require(self.exercises.len() <= EXERCISES_MAX, "IDN-30")?;
        require_sorted(self.exercises.iter().map(|e| e.id), "ENC-17")?;
        for exercise in &self.exercises {
            let name = exercise.name.as_str().len();
            require((1..=64).contains(&name), "IDN-30")?;
            let window = exercise.not_after.since(exercise.not_before);
            require((1..=WINDOW_MS_MAX).contains(&window), "IDN-30")?;
            let participants = exercise.participants.len();
            require((1..=PARTICIPANTS_MAX).contains(&participants), "IDN-30")?;
            require_sorted(&exercise.participants, "ENC-17")?;
            let own = |desk: &Desk| desk.agency() == self.agency;
            require(exercise.participants.iter().all(own), "IDN-30")?;
        }
        Ok(())
    }

    // IDN-8
    fn check_keys(&self) -> Result<(), EncodingError> {
        let mut seen = BTreeSet::new();
        let relays = self.relays.iter().map(|r| (r.statement_key, r.hop_key));
        let devices = self.devices().map(|(_, d)| (d.key, d.hop_key));
        for (signing, hop) in relays.chain(devices) {
            let alone = seen.insert(signing.to_bytes()) && seen.insert(*hop.as_bytes());
            require(alone, "IDN-8")?;
            if !self.revoked.is_empty() {
                let revoked = self.is_revoked(&signing.id()) || self.is_revoked(&hop.id());
                require(!revoked, "IDN-8")?;
            }
        }
        Ok(())
    }
}

impl DeskEntry {
    /// The device of a key identifier.
    #[must_use]
    pub fn device(&self, key: &KeyId) -> Option<&Device> {
        self.devices.iter().find(|device| device.key.id() == *key)
    }

    /// Whether the desk may originate a format at a precedence.
    #[must_use]
    pub fn may_originate(&self, format: u16, precedence: Precedence) -> bool {
        self.authorities
            .iter()
            .any(|a| a.format == format && a.precedence >= precedence)
    }
}

/// Checks 1 to 8 addresses of `host:port`, of rosters and invitations alike.
///
/// # Errors
/// [`EncodingError::Field`] with IDN-31.
pub fn check_addresses(addresses: &[Text]) -> Result<(), EncodingError> {
    require((1..=8).contains(&addresses.len()), "IDN-30")?;
    let good = |address: &Text| is_host_and_port(address.as_str());
    require(addresses.iter().all(good), "IDN-31")
}

/// Whether a text is `host:port`: a DNS name, an IPv4 address, or an IPv6 address in brackets.
// IDN-31
#[must_use]
pub fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else {
        return false;
    };
    let bracketed = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_is_good = match bracketed {
        Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b);
            !host.is_empty() && host.bytes().all(plain)
        }
    };
    let digits = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    let port_is_good = digits && port.parse::<u16>().is_ok();
    address.len() <= ADDRESS_BYTES_MAX && host_is_good && port_is_good
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers IDN-31.
    #[test]
    fn addresses_are_host_and_port() {
        for good in [
            "relay.police.example:4870",
            "192.0.2.1:1",
            "[2001:db8::1]:65535",
            "localhost:4870",
        ] {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in [
            "",
            "relay",
            ":4870",
            "relay:",
            "relay:0",
            "relay:04870",
            "relay:+1",
            "relay:65536",
            "relay police:1",
            "Relay:1",
            "2001:db8::1:4870",
            "[relay]:1",
            "[2001:db8::1]",
        ] {
            assert!(!is_host_and_port(bad), "{bad}");
        }
        assert!(!is_host_and_port(&format!("{}:1", "a".repeat(254))));
    }
}
