//! The bundle: an agency's charters and newest roster in one file, for the agencies it deals with.
//!
//! Public from end to end: whoever reads it compares the root's fingerprint with what the other
//! agency says aloud. Decides the file's shape and that what it holds is good under its own root.

use std::path::Path;

use estafette_protocol::address::Agency;
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::Hash;
use estafette_protocol::directory::Directory;
use estafette_protocol::encoding::{Signed, SignedObject, decode};
use estafette_protocol::roster::Roster;
use estafette_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};

use super::{AuthorityError, read_file, text};

const VERSION: u32 = 1;
const KIND: &str = "estafette-bundle";

/// An agency's charters and newest roster.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    v: u32,
    #[serde(rename = "type")]
    kind: String,
    agency: Agency,
    #[serde(with = "text::hash")]
    root: Hash,
    /// Signed objects in hexadecimal, in an order in which each can be verified.
    objects: Vec<String>,
}

impl Bundle {
    /// Takes what an agency shows to others.
    ///
    /// # Errors
    /// When an object can not be encoded, or there is no charter.
    pub fn new(
        charters: &[Signed<Charter>],
        roster: &Signed<Roster>,
    ) -> Result<Self, AuthorityError> {
        let agency = roster.value().agency.clone();
        let first = charters.first();
        let first = first.ok_or_else(|| AuthorityError::NothingSigned(agency.clone()))?;
        let mut objects = Vec::new();
        for charter in charters {
            objects.push(hex::encode(charter.encode()?));
        }
        objects.push(hex::encode(roster.encode()?));
        Ok(Self {
            v: VERSION,
            kind: KIND.to_owned(),
            root: first.hash(),
            agency,
            objects,
        })
    }

    /// Reads a bundle and verifies it under its own root.
    ///
    /// # Errors
    /// When the file is no bundle, or what it holds is not good.
    pub fn load(path: &Path, now: UnixMillis) -> Result<Self, AuthorityError> {
        let bytes = read_file(path)?;
        let malformed = || AuthorityError::Malformed {
            path: path.to_owned(),
            expected: "a bundle that `roster export` wrote",
        };
        let bundle: Self = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        if bundle.v != VERSION || bundle.kind != KIND {
            return Err(malformed());
        }
        bundle.directory(now)?;
        Ok(bundle)
    }

    /// The bundle as a file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The agency.
    #[must_use]
    pub const fn agency(&self) -> &Agency {
        &self.agency
    }

    /// The hash that people compare.
    #[must_use]
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// The signed objects.
    ///
    /// # Errors
    /// When the file does not hold hexadecimal digits.
    pub fn objects(&self) -> Result<Vec<Vec<u8>>, AuthorityError> {
        let read = |text: &String| hex::decode(text).map_err(|_| self.malformed());
        self.objects.iter().map(read).collect()
    }

    /// The signed objects of a kind.
    ///
    /// # Errors
    /// When an object is not one.
    pub fn objects_of(&self, kind: u8) -> Result<Vec<Vec<u8>>, AuthorityError> {
        let mut found = Vec::new();
        for object in self.objects()? {
            if decode::<SignedObject>(&object)?.inner_kind()? == kind {
                found.push(object);
            }
        }
        Ok(found)
    }

    /// What the agency says of itself, verified under the bundle's root.
    ///
    /// # Errors
    /// When an object is not good, or the roster is missing.
    pub fn directory(&self, now: UnixMillis) -> Result<Directory, AuthorityError> {
        let mut directory = Directory::new(self.agency.clone(), self.root);
        for object in self.objects()? {
            directory.apply(&object, now)?;
        }
        let roster = directory.newest_roster(&self.agency);
        if roster.is_none() {
            return Err(AuthorityError::NothingSigned(self.agency.clone()));
        }
        Ok(directory)
    }

    fn malformed(&self) -> AuthorityError {
        AuthorityError::Malformed {
            path: format!("bundle of {}", self.agency).into(),
            expected: "in hexadecimal digits",
        }
    }
}
