//! The directory: every charter, roster, accord, prekey bundle and suspension that one holds.
//!
//! Decides which published object is good and what may therefore be used: verifies each by its
//! chapter before it is kept, says which roster and accord stand, finds devices and relays by key,
//! and what another may see and lacks. Does not decide admission, and reads no clock: everything is
//! a function of what was applied and `now`. A clone is shallow, so that a snapshot is cheap.
//! Spec: identity.md, accord.md, session.md SES-11 to SES-13.
//!
//! ```text
//!   pinned root ─► own charter ─► own accord signature ─► root of a peer ─► its charter ─► its roster
//! ```

use crate::accord::Accord;
use crate::address::{Agency, Desk};
use crate::charter::Charter;
use crate::code::Note;
use crate::crypto::{Hash, KeyId};
use crate::duty::Duty;
use crate::encoding::{EncodingError, Object, Signed, SignedObject, decode};
use crate::house::House;
use crate::prekey::PrekeyBundle;
use crate::roster::Roster;
use crate::rotation::Rotation;
use crate::rules::Rules;
use crate::suspension::Suspension;
use crate::time::{HOUR_MS, MINUTE_MS, UnixMillis};
use index::Index;
use std::collections::BTreeMap;
use std::sync::Arc;

mod accords;
mod chain;
mod devices;
mod duty;
mod error;
mod index;
mod lookup;
mod publish;

pub use error::DirectoryError;
pub use publish::{Audience, Holding};

/// How long a replaced roster or accord may still be named (IDN-13, ACC-5).
pub const SUPERSEDED_MS: u64 = 72 * HOUR_MS;

/// How far ahead a time may lie that another clock has set (IDN-33).
pub const CLOCK_AHEAD_MS: u64 = 5 * MINUTE_MS;

/// Replaced rosters kept for an agency, at most.
const SUPERSEDED_MAX: usize = 16;

/// Everything that one holds about agencies. Spec: identity.md, accord.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    own: Agency,
    root: Hash,
    charters: BTreeMap<Agency, Vec<Arc<Held<Charter>>>>,
    rosters: BTreeMap<Agency, RosterShelf>,
    house: Option<Arc<Held<House>>>,
    house_rules: Arc<Rules>,
    accords: BTreeMap<String, AccordShelf>,
    prekeys: BTreeMap<KeyId, PrekeyShelf>,
    /// By agency too, because another agency may list the same key.
    suspensions: BTreeMap<(KeyId, Agency), Arc<Held<Suspension>>>,
    rotations: BTreeMap<KeyId, Arc<Held<Rotation>>>,
    /// The newest of each desk and entry, by the tag of the entry.
    duties: BTreeMap<(Desk, u8), Arc<Held<Duty>>>,
    /// Rotations that a roster has carried out, by the old key.
    successions: BTreeMap<KeyId, Succession>,
    proofs: Vec<Proof>,
    index: Arc<Index>,
}

/// What [`Directory::apply`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Kind of the object.
    pub kind: u8,
    /// Its name, as in a [`Holding`].
    pub name: String,
    /// Its number, as in a [`Holding`].
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
    /// Whether anything changed; not when it was held already.
    pub news: bool,
}

/// How a roster or accord stands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The newest, within its time.
    Current,
    /// The newest, past `not_after` and within its grace.
    Stale,
    /// Replaced at most 72 hours ago.
    Superseded,
}

impl Standing {
    /// The note of a receipt for whoever used a roster of this standing (IDN-12).
    #[must_use]
    pub const fn roster_note(self) -> Option<Note> {
        match self {
            Self::Current => None,
            Self::Stale => Some(Note::STALE_ROSTER),
            Self::Superseded => Some(Note::SUPERSEDED_ROSTER),
        }
    }

    /// The note of a receipt for whoever used an accord of this standing (ACC-4).
    #[must_use]
    pub const fn accord_note(self) -> Option<Note> {
        match self {
            Self::Current => None,
            Self::Stale => Some(Note::STALE_ACCORD),
            Self::Superseded => Some(Note::SUPERSEDED_ACCORD),
        }
    }
}

/// Two signed rosters that cannot both be honest (IDN-10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The agency whose key signed both.
    pub agency: Agency,
    /// The roster held, as received.
    pub held: Vec<u8>,
    /// The roster refused, as received.
    pub refused: Vec<u8>,
}

/// A signed object with the bytes it came in (ENC-16).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held<T> {
    signed: Signed<T>,
    bytes: Vec<u8>,
}

impl<T: Object> Held<T> {
    fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        Ok(Self {
            signed: Signed::decode(bytes)?,
            bytes: bytes.to_vec(),
        })
    }

    const fn value(&self) -> &T {
        self.signed.value()
    }

    const fn hash(&self) -> Hash {
        self.signed.hash()
    }

    fn applied(&self, name: impl Into<String>, number: u64, news: bool) -> Applied {
        Applied {
            kind: T::KIND,
            name: name.into(),
            number,
            hash: self.hash(),
            news,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct RosterShelf {
    newest: Arc<Held<Roster>>,
    superseded: Vec<Superseded>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Superseded {
    held: Arc<Held<Roster>>,
    since: UnixMillis,
}

/// The accords of one name, by number.
type AccordShelf = BTreeMap<u32, AccordEntry>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct AccordEntry {
    held: Arc<Held<Accord>>,
    rules: Arc<Rules>,
    /// Since when every party's signature is verified; `None` while it is pending.
    complete_since: Option<UnixMillis>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct PrekeyShelf {
    agency: Agency,
    newest: Arc<Held<PrekeyBundle>>,
    previous: Option<Arc<Held<PrekeyBundle>>>,
}

/// Which key a device has in the place of an old one (IDN-43).
#[derive(Debug, Clone, PartialEq, Eq)]
struct Succession {
    desk: Desk,
    key: KeyId,
}

impl Directory {
    /// An empty directory of an agency, which trusts nothing but its root hash.
    #[must_use]
    pub fn new(own: Agency, root: Hash) -> Self {
        Self {
            own,
            root,
            charters: BTreeMap::new(),
            rosters: BTreeMap::new(),
            house: None,
            house_rules: Arc::default(),
            accords: BTreeMap::new(),
            prekeys: BTreeMap::new(),
            suspensions: BTreeMap::new(),
            rotations: BTreeMap::new(),
            duties: BTreeMap::new(),
            successions: BTreeMap::new(),
            proofs: Vec::new(),
            index: Arc::default(),
        }
    }

    /// The agency whose directory this is.
    #[must_use]
    pub const fn own(&self) -> &Agency {
        &self.own
    }

    /// Hash of the own agency's charter 0.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Verifies a published object and keeps it.
    ///
    /// `now` is when it was received; a journal that is replayed passes the journalled time, and so
    /// reaches the same state.
    ///
    /// # Errors
    /// [`DirectoryError`], after which the state is as before, but for the proof that
    /// [`DirectoryError::RosterForked`] adds to [`Directory::proofs`].
    pub fn apply(
        &mut self,
        signed_bytes: &[u8],
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let signed: SignedObject = decode(signed_bytes)?;
        match signed.inner_kind()? {
            Charter::KIND => self.apply_charter(Held::decode(signed_bytes)?, now),
            Roster::KIND => self.apply_roster(Held::decode(signed_bytes)?, now),
            House::KIND => self.apply_house(Held::decode(signed_bytes)?),
            Accord::KIND => self.apply_accord(Held::decode(signed_bytes)?, now),
            PrekeyBundle::KIND => self.apply_prekeys(Held::decode(signed_bytes)?, now),
            Suspension::KIND => self.apply_suspension(Held::decode(signed_bytes)?, now),
            Rotation::KIND => self.apply_rotation(Held::decode(signed_bytes)?, now),
            Duty::KIND => self.apply_duty(Held::decode(signed_bytes)?, now),
            kind => Err(DirectoryError::ObjectUnknown(kind)),
        }
    }

    /// The agency that a charter, roster, prekey bundle, suspension or duty speaks for, whether or not it
    /// is good.
    #[must_use]
    pub fn agency_of(signed_bytes: &[u8]) -> Option<Agency> {
        let signed: SignedObject = decode(signed_bytes).ok()?;
        let inner = signed.object.as_slice();
        Some(match signed.inner_kind().ok()? {
            Charter::KIND => decode::<Charter>(inner).ok()?.agency,
            Roster::KIND => decode::<Roster>(inner).ok()?.agency,
            PrekeyBundle::KIND => decode::<PrekeyBundle>(inner).ok()?.desk.agency(),
            Suspension::KIND => decode::<Suspension>(inner).ok()?.agency,
            Duty::KIND => decode::<Duty>(inner).ok()?.desk.agency(),
            _ => return None,
        })
    }

    /// Proofs of agencies that signed two rosters for one place, at most four for each (IDN-10).
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }
}

#[cfg(test)]
mod tests;
