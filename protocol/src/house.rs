//! The house: an agency's domestic tree, never exported.
//!
//! Decides what a house may hold and who is superior to whom. Does not decide who may see it: that
//! is the directory's publication (IDN-15). Spec: identity.md, House.

use crate::address::{Agency, Unit};
use crate::crypto::Hash;
use crate::encoding::{Bytes, EncodingError, Extensions, Object, Signed, require, require_sorted};
use crate::rules::{Rules, read_rules};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

const UNITS_MAX: usize = 1_024;

/// An agency's domestic tree. Spec: identity.md, House.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// The agency.
    pub agency: Agency,
    /// Number, from 1.
    pub number: u64,
    /// Hash of the house before this one; absent in house 1.
    pub previous: Option<Hash>,
    /// When it was made.
    pub issued: UnixMillis,
    /// The units.
    pub units: Vec<UnitEntry>,
    /// The rule table, encoded; empty for none.
    pub rules: Bytes,
    /// Room for growth.
    pub extensions: Extensions,
}

/// A unit and the one above it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitEntry {
    /// The unit.
    pub unit: Unit,
    /// The unit above it; absent for the head.
    pub superior: Option<Unit>,
}

impl Object for House {
    const KIND: u8 = 18;
    const BYTES_MAX: usize = 262_144;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.number >= 1, "IDN-30")?;
        require(self.previous.is_some() == (self.number > 1), "IDN-30")?;
        require((1..=UNITS_MAX).contains(&self.units.len()), "IDN-30")?;
        require_sorted(self.units.iter().map(|u| &u.unit), "ENC-17")?;
        let own = |entry: &UnitEntry| entry.unit.agency() == self.agency;
        require(self.units.iter().all(own), "IDN-30")?;
        self.check_tree()?;
        self.extensions.check()
    }
}

impl House {
    /// The entry of a unit.
    #[must_use]
    pub fn unit(&self, unit: &Unit) -> Option<&UnitEntry> {
        let at = self.units.binary_search_by(|entry| entry.unit.cmp(unit));
        self.units.get(at.ok()?)
    }

    /// The rule table.
    ///
    /// # Errors
    /// When `rules` are no canonical table (RTE-40); whoever drafted the house is at fault.
    pub fn rules(&self) -> Result<Rules, EncodingError> {
        read_rules(&self.rules)
    }

    /// The units above a unit, nearest first.
    #[must_use]
    pub fn superiors(&self, unit: &Unit) -> Vec<&Unit> {
        let above = |unit: &Unit| self.unit(unit).and_then(|entry| entry.superior.as_ref());
        // A tree is never deeper than it has units, which also ends a value that was not checked.
        std::iter::successors(above(unit), |unit| above(unit))
            .take(self.units.len())
            .collect()
    }

    /// A draft of the house that follows.
    #[must_use]
    pub fn next(held: &Signed<Self>, issued: UnixMillis) -> Self {
        let mut house = held.value().clone();
        house.number = house.number.saturating_add(1);
        house.previous = Some(held.hash());
        house.issued = issued;
        house
    }

    // IDN-14
    fn check_tree(&self) -> Result<(), EncodingError> {
        let mut heads = self.units.iter().filter(|entry| entry.superior.is_none());
        let (Some(head), None) = (heads.next(), heads.next()) else {
            return Err(EncodingError::Field("IDN-14"));
        };
        for entry in &self.units {
            let reaches =
                entry.superior.is_none() || self.superiors(&entry.unit).last() == Some(&&head.unit);
            require(reaches, "IDN-14")?;
        }
        Ok(())
    }
}
