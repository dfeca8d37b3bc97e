//! The charter: an agency's root document, from which everything that it signs follows.
//!
//! Decides what a charter may hold and which signatures make one good. Does not decide which
//! charter 0 to trust: that is the directory, by a pinned hash or an accord. Spec: identity.md,
//! Charter.

use crate::address::Agency;
use crate::crypto::{Hash, VerifyingKey};
use crate::encoding::{EncodingError, Extensions, Object, Signed, require, require_sorted};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Most keys of one purpose.
const KEYS_MAX: usize = 8;

/// Highest number: the whole chain is kept and handed to newcomers, so it is bounded.
const NUMBER_MAX: u32 = 1_023;

/// An agency's root document. Spec: identity.md, Charter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charter {
    /// The agency.
    pub agency: Agency,
    /// Place in the chain, from 0.
    pub number: u32,
    /// Hash of the charter before this one; absent in charter 0.
    pub previous: Option<Hash>,
    /// When it was made.
    pub issued: UnixMillis,
    /// How many root keys must sign.
    pub threshold: u8,
    /// Keys that sign charters.
    pub root_keys: Vec<VerifyingKey>,
    /// Keys that sign rosters and houses.
    pub roster_keys: Vec<VerifyingKey>,
    /// Keys that sign accords.
    pub accord_keys: Vec<VerifyingKey>,
    /// Keys that sign checkpoints.
    pub log_keys: Vec<VerifyingKey>,
    /// Room for growth.
    pub extensions: Extensions,
}

impl Object for Charter {
    const KIND: u8 = 16;
    const BYTES_MAX: usize = 8_192;

    fn check(&self) -> Result<(), EncodingError> {
        // IDN-2
        require(self.previous.is_some() == (self.number > 0), "IDN-2")?;
        require(self.number <= NUMBER_MAX, "IDN-30")?;
        let threshold = usize::from(self.threshold);
        // IDN-4
        require((1..=self.root_keys.len()).contains(&threshold), "IDN-4")?;
        for keys in [&self.root_keys, &self.roster_keys, &self.accord_keys] {
            require(!keys.is_empty(), "IDN-30")?;
        }
        for keys in [
            &self.root_keys,
            &self.roster_keys,
            &self.accord_keys,
            &self.log_keys,
        ] {
            require(keys.len() <= KEYS_MAX, "IDN-30")?;
            require_sorted(keys, "ENC-17")?;
        }
        self.extensions.check()
    }
}

impl Charter {
    /// Whether enough of this charter's root keys signed `charter` (IDN-4).
    #[must_use]
    pub fn is_signed_by_threshold(&self, charter: &Signed<Self>) -> bool {
        charter.signed_by(&self.root_keys) >= usize::from(self.threshold)
    }

    /// Whether a roster key of this charter signed `object`.
    #[must_use]
    pub fn is_signed_by_roster_key<T: Object>(&self, object: &Signed<T>) -> bool {
        object.signed_by(&self.roster_keys) > 0
    }

    /// Whether an accord key of this charter signed `object`.
    #[must_use]
    pub fn is_signed_by_accord_key<T: Object>(&self, object: &Signed<T>) -> bool {
        object.signed_by(&self.accord_keys) > 0
    }

    /// A draft of the charter that follows, with the same keys until the caller changes them.
    #[must_use]
    pub fn next(held: &Signed<Self>, issued: UnixMillis) -> Self {
        let mut charter = held.value().clone();
        charter.number = charter.number.saturating_add(1);
        charter.previous = Some(held.hash());
        charter.issued = issued;
        charter
    }
}
