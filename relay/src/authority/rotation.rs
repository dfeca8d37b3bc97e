//! New keys of an agency: the charter that names them, and the roster that names the charter.
//!
//! Decides which keys a charter goes on listing and in which order files are written, so that a
//! rotation that was cut off is finished by the next signing. Spec: identity.md IDN-4, IDN-38,
//! IDN-45, IDN-46.

use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::{SigningKey, VerifyingKey};
use estafette_protocol::encoding::Signed;
use estafette_protocol::time::UnixMillis;

use super::{Authority, AuthorityError, SignedNow, key_path};
use crate::key_file::{self, KeyFileError, Purpose, move_private};

/// Most keys of one purpose in a charter.
const KEYS_MAX: usize = 8;

/// Which keys are drawn anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewKeys {
    /// The key that signs rosters and houses.
    pub roster: bool,
    /// The key that signs accords.
    pub accord: bool,
    /// Others may know the old accord key: it is dropped, and the accords under it end (IDN-46).
    pub is_compromised: bool,
}

impl Authority {
    /// Draws new keys, signs the charter that names them with root keys, and the next roster and
    /// house with the new roster key.
    ///
    /// # Errors
    /// When too few of the root keys are the charter's, or files can not be written.
    pub fn rotate_keys(
        &mut self,
        roots: &[SigningKey],
        new: NewKeys,
        (now, days): (UnixMillis, u64),
    ) -> Result<SignedNow, AuthorityError> {
        let mut charter = self.next_charter(now)?;
        if new.roster {
            charter.roster_keys = vec![self.draw(Purpose::Roster)?];
        }
        if new.accord {
            let key = self.draw(Purpose::Accord)?;
            if new.is_compromised {
                charter.accord_keys.clear();
            }
            if charter.accord_keys.len() >= KEYS_MAX {
                return Err(AuthorityError::KeysFull("accord"));
            }
            charter.accord_keys.push(key);
            charter.accord_keys.sort();
        }
        self.issue(charter, roots)?;
        self.sign(now, days)
    }

    /// Signs the charter that names other root keys, with the old and the new ones, and the next
    /// roster.
    ///
    /// # Errors
    /// When too few of the keys are the charter's, or files can not be written.
    // IDN-4
    pub fn rotate_root(
        &mut self,
        roots: &[SigningKey],
        (new, threshold): (&[SigningKey], u8),
        (now, days): (UnixMillis, u64),
    ) -> Result<SignedNow, AuthorityError> {
        let mut charter = self.next_charter(now)?;
        charter.root_keys = new.iter().map(SigningKey::verifying_key).collect();
        charter.root_keys.sort();
        charter.threshold = threshold;
        let signers = [roots, new].concat();
        self.issue(charter, &signers)?;
        self.sign(now, days)
    }

    /// Number of the newest charter.
    #[must_use]
    pub fn charter_number(&self) -> u32 {
        self.charters.last().map_or(0, |c| c.value().number)
    }

    fn next_charter(&self, now: UnixMillis) -> Result<Charter, AuthorityError> {
        let held = self.charters.last();
        let held = held.ok_or_else(|| AuthorityError::NoAuthority {
            dir: self.dir.clone(),
        })?;
        Ok(Charter::next(held, now))
    }

    /// A new key beside the one in use; one that an earlier try drew is used up first.
    fn draw(&self, purpose: Purpose) -> Result<VerifyingKey, AuthorityError> {
        let aside = key_path(&self.dir, purpose).with_extension("key.new");
        let key = match key_file::create_agency_key(&aside, self.agency(), purpose) {
            Err(KeyFileError::Exists { .. }) => {
                key_file::read_agency_key(&aside, self.agency(), purpose)
            }
            key => key,
        };
        Ok(key?.verifying_key())
    }

    fn issue(&mut self, charter: Charter, roots: &[SigningKey]) -> Result<(), AuthorityError> {
        let roots: Vec<&SigningKey> = roots.iter().collect();
        let charter = Signed::sign(charter, &roots)?;
        let mut directory = self.directory(UnixMillis(0))?;
        directory.apply(&charter.encode()?, charter.value().issued)?;
        self.keep(charter.value().number.into(), &charter)?;
        self.charters.push(charter);
        self.settle_keys()
    }

    /// Puts new keys that the newest charter names in the place of the old ones.
    pub(super) fn settle_keys(&self) -> Result<(), AuthorityError> {
        let Some(charter) = self.charters.last().map(Signed::value) else {
            return Ok(());
        };
        let purposes = [
            (Purpose::Roster, &charter.roster_keys),
            (Purpose::Accord, &charter.accord_keys),
        ];
        for (purpose, named) in purposes {
            let path = key_path(&self.dir, purpose);
            let aside = path.with_extension("key.new");
            if !aside.exists() {
                continue;
            }
            let key = key_file::read_agency_key(&aside, self.agency(), purpose)?;
            if named.contains(&key.verifying_key()) {
                move_private(&aside, &path)?;
            }
        }
        Ok(())
    }
}
