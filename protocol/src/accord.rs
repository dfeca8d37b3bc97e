//! The accord: what agencies have agreed on, and what they therefore accept from each other.
//!
//! Decides what an accord may hold and answers questions of one accord. Does not decide whether it
//! is signed by all and in force here: that is the directory. Spec: accord.md.

use crate::address::Agency;
use crate::crypto::Hash;
use crate::encoding::{
    Bytes, EncodingError, Extensions, Object, Signed, Text, require, require_sorted,
};
use crate::marking::Marking;
use crate::roster::GRACE_MS_MAX;
use crate::rules::{Rules, read_rules};
use crate::time::{DAY_MS, MINUTE_MS, UnixMillis};
use serde::{Deserialize, Serialize};

const NAME_BYTES_MAX: usize = 64;

/// The agreement between agencies. Spec: accord.md.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accord {
    /// Name, the same in every edition of the accord.
    pub name: Text,
    /// Number, from 1.
    pub number: u32,
    /// Hash of the accord before this one; absent in number 1.
    pub previous: Option<Hash>,
    /// The agencies that sign.
    pub parties: Vec<Party>,
    /// What they accept.
    pub formats: Vec<AcceptedFormat>,
    /// The strictest marking on each axis.
    pub ceiling: Vec<Marking>,
    /// From when it may be used.
    pub not_before: UnixMillis,
    /// Until when it is current.
    pub not_after: UnixMillis,
    /// For how long after that it may still be used, in milliseconds.
    pub grace: u64,
    /// The longest time from `created` to `expires` of a message, in milliseconds.
    pub lifetime: u64,
    /// The rule table, encoded; empty for none.
    pub rules: Bytes,
    /// Room for growth.
    pub extensions: Extensions,
}

/// A party and the root that it is known by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The agency.
    pub agency: Agency,
    /// Hash of its charter 0.
    pub root: Hash,
}

/// A format that the parties accept, pinned to its definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedFormat {
    /// The format.
    pub format: u16,
    /// Its version.
    pub version: u16,
    /// Hash of its definition (FRM-3).
    pub definition: Hash,
}

impl Object for Accord {
    const KIND: u8 = 21;
    const BYTES_MAX: usize = 65_536;

    /// Rules are not checked here: they are a matter of policy (ACC-6), not of encoding.
    fn check(&self) -> Result<(), EncodingError> {
        let name = self.name.as_str();
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        require((1..=NAME_BYTES_MAX).contains(&name.len()), "ACC-8")?;
        require(name.bytes().all(plain), "ACC-8")?;
        require(self.number >= 1, "ACC-8")?;
        require(self.previous.is_some() == (self.number > 1), "ACC-8")?;
        require((2..=16).contains(&self.parties.len()), "ACC-8")?;
        require_sorted(self.parties.iter().map(|p| &p.agency), "ENC-17")?;
        require((1..=64).contains(&self.formats.len()), "ACC-8")?;
        require_sorted(self.formats.iter().map(|f| (f.format, f.version)), "ENC-17")?;
        require(self.ceiling.len() <= 8, "ACC-8")?;
        require_sorted(self.ceiling.iter().map(|m| m.axis), "ENC-17")?;
        require(self.not_before < self.not_after, "ACC-8")?;
        require(self.grace <= GRACE_MS_MAX, "ACC-8")?;
        require((MINUTE_MS..=30 * DAY_MS).contains(&self.lifetime), "ACC-8")?;
        self.extensions.check()
    }
}

impl Accord {
    /// The party of an agency.
    #[must_use]
    pub fn party(&self, agency: &Agency) -> Option<&Party> {
        self.parties.iter().find(|party| party.agency == *agency)
    }

    /// Whether every one of `agencies` is a party.
    #[must_use]
    pub fn binds<'a>(&self, agencies: impl IntoIterator<Item = &'a Agency>) -> bool {
        agencies.into_iter().all(|a| self.party(a).is_some())
    }

    /// The entry of a format and version.
    #[must_use]
    pub fn accepted(&self, format: u16, version: u16) -> Option<&AcceptedFormat> {
        self.formats
            .iter()
            .find(|f| f.format == format && f.version == version)
    }

    /// The highest accepted version of a format, for a new draft.
    #[must_use]
    pub fn newest_version(&self, format: u16) -> Option<&AcceptedFormat> {
        self.formats.iter().rfind(|f| f.format == format)
    }

    /// The rule table.
    ///
    /// # Errors
    /// When `rules` are no canonical table (RTE-40); whoever drafted the accord is at fault.
    pub fn rules(&self) -> Result<Rules, EncodingError> {
        read_rules(&self.rules)
    }

    /// Whether the ceiling allows every marking (ACC-3).
    #[must_use]
    pub fn allows(&self, markings: &[Marking]) -> bool {
        markings.iter().all(|m| m.is_within(&self.ceiling))
    }

    /// The last moment at which it may be used at all (ACC-4).
    #[must_use]
    pub const fn usable_until(&self) -> UnixMillis {
        self.not_after.plus(self.grace)
    }

    /// A draft of the accord that follows under the same name.
    #[must_use]
    pub fn next(held: &Signed<Self>) -> Self {
        let mut accord = held.value().clone();
        accord.number = accord.number.saturating_add(1);
        accord.previous = Some(held.hash());
        accord
    }
}
