//! An agency's authority: the keys that sign for it, what they signed, and the draft of what is
//! signed next.
//!
//! Lives in a folder of its own that no relay needs: a relay holds no root, roster or accord secret
//! (IDN-6). Decides how that folder looks and that nothing leaves it which the agency's own
//! directory would refuse. Does not publish: verbs of the command line do. Spec: identity.md.
//!
//! ```text
//!   authority.toml   the draft, readable
//!   house.toml       the domestic rule table of the draft, where one is set
//!   roster.key, accord.key
//!   signed/          charter-0, house-1, roster-1, … as they were signed
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use estafette_protocol::accord::Accord;
use estafette_protocol::address::{Agency, Desk, Unit};
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::{Hash, SigningKey};
use estafette_protocol::directory::{Directory, DirectoryError};
use estafette_protocol::encoding::{EncodingError, Object, Signed};
use estafette_protocol::house::House;
use estafette_protocol::roster::Roster;
use estafette_protocol::rules::Fault;
use estafette_protocol::time::UnixMillis;

use crate::key_file::{self, KeyFileError, Purpose};

pub mod accord;
pub mod bundle;
pub mod draft;
mod house;
mod rotation;
pub mod table;
mod text;

pub use bundle::Bundle;
pub use draft::Draft;
pub use rotation::NewKeys;

/// Longest file that is read.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why the authority did not do as asked. The person at the keyboard has to act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// The folder is no authority's.
    #[error("{} is no authority folder", dir.display())]
    NoAuthority {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder is the authority of another agency.
    #[error("{} is the authority of {found}", dir.display())]
    OtherAgency {
        /// The folder.
        dir: PathBuf,
        /// Whose it is.
        found: Agency,
    },
    /// A file is not what it should be.
    #[error("{} is not {expected}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
    },
    /// The draft holds something that is not as it should be.
    #[error("{}: {message}", path.display())]
    Draft {
        /// The draft.
        path: PathBuf,
        /// What the reader said.
        message: String,
    },
    /// The draft has no such unit.
    #[error("no unit {0} in the draft")]
    UnitUnknown(Unit),
    /// The draft has no such desk.
    #[error("no desk {0} in the draft")]
    DeskUnknown(Desk),
    /// The name is another agency's.
    #[error("{name} is not of {agency}")]
    Elsewhere {
        /// The name given.
        name: String,
        /// The agency of the authority.
        agency: Agency,
    },
    /// A text is neither a format's word nor a number, with a precedence.
    #[error("\"{0}\" is not FORMAT:PRECEDENCE, such as flag:flash")]
    Authority(String),
    /// No device has a key that begins so, or several have.
    #[error("{found} devices have a key that begins with {text}")]
    DeviceUnknown {
        /// What was given.
        text: String,
        /// How many fit.
        found: usize,
    },
    /// The draft has no relay, and a roster needs one.
    #[error("the draft names no relay")]
    NoRelay,
    /// Nothing is signed yet.
    #[error("no roster of {0} is signed yet")]
    NothingSigned(Agency),
    /// A value breaks a rule of the encoding.
    #[error("cannot be signed: {0}")]
    Encoding(#[from] EncodingError),
    /// A signed object would be refused by every relay.
    #[error("refused: {0}")]
    Directory(#[from] DirectoryError),
    /// A root is not the one expected.
    #[error("the root of {agency} is another one")]
    RootDiffers {
        /// Whose root.
        agency: Agency,
    },
    /// A party of an accord has not signed it.
    #[error("{agency} has not signed accord {name}")]
    NotSigned {
        /// The party.
        agency: Agency,
        /// The accord.
        name: String,
    },
    /// The agency is no party of the accord.
    #[error("{agency} is no party of accord {name}")]
    NotAParty {
        /// The agency.
        agency: Agency,
        /// The accord.
        name: String,
    },
    /// The rules of an accord or house contradict themselves, it or its framework.
    #[error(
        "the rules of {name} can not be signed: {}{}",
        faults.first().map(ToString::to_string).unwrap_or_default(),
        others(faults)
    )]
    RulesInvalid {
        /// The accord, or the house.
        name: String,
        /// What is wrong.
        faults: Vec<Fault>,
    },
    /// An annex whose file does not hold its framework.
    #[error("{name} is an annex, and its framework is not in the file")]
    FrameworkMissing {
        /// The annex.
        name: String,
    },
    /// Units lead back to where the way up began.
    #[error("the way up leads round: {}", way(.0))]
    UnitCycle(Vec<Unit>),
    /// Two units have none above them.
    #[error("{0} and {1} both have no unit above them")]
    TwoHeads(Unit, Unit),
    /// A desk can not have that superior or those deputies.
    #[error("{desk} can not have {other} as its {role}: {why}")]
    StandIn {
        /// The desk.
        desk: Desk,
        /// Its superior or deputy.
        other: Desk,
        /// Which of the two.
        role: &'static str,
        /// Why not.
        why: &'static str,
    },
    /// The draft has no such exercise.
    #[error("no exercise {0} in the draft")]
    ExerciseUnknown(String),
    /// An exercise is not as it should be.
    #[error("{name}: {why}")]
    Exercise {
        /// The exercise.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// A file with a rule table is not as it should be.
    #[error(transparent)]
    Table(#[from] table::TableError),
    /// A charter would list more keys of one purpose than it may.
    #[error("a charter lists at most 8 {0} keys")]
    KeysFull(&'static str),
    /// A key can not be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The system refused.
    #[error("cannot {action} {}: {kind}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
}

fn others(faults: &[Fault]) -> String {
    match faults.len().saturating_sub(1) {
        0 => String::new(),
        more => format!("; and {more} more"),
    }
}

fn way(units: &[Unit]) -> String {
    let units: Vec<_> = units.iter().map(ToString::to_string).collect();
    units.join(" → ")
}

impl AuthorityError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io {
            action,
            path,
            kind: error.kind(),
        }
    }
}

/// An agency's authority folder.
#[derive(Debug)]
pub struct Authority {
    dir: PathBuf,
    draft: Draft,
    charters: Vec<Signed<Charter>>,
    roster: Option<Signed<Roster>>,
    house: Option<Signed<House>>,
}

/// What a signing made.
#[derive(Debug)]
pub struct SignedNow {
    /// The objects to publish, in order.
    pub objects: Vec<Vec<u8>>,
    /// Number of the new roster.
    pub roster: u64,
    /// Number of the house, when it changed.
    pub house: Option<u64>,
    /// Until when the roster is current.
    pub not_after: UnixMillis,
}

impl Authority {
    /// Makes the folder of a new authority: keys, charter 0 and a draft with its gateway unit.
    ///
    /// # Errors
    /// When files can not be written or the folder holds an authority already.
    pub fn create(
        dir: &Path,
        agency: &Agency,
        root_key: &SigningKey,
        gateway: &Unit,
        now: UnixMillis,
    ) -> Result<Self, AuthorityError> {
        let signed = dir.join(SIGNED);
        fs::create_dir_all(&signed).map_err(AuthorityError::io("create", &signed))?;
        let key = |purpose: Purpose| {
            let path = key_path(dir, purpose);
            match key_file::create_agency_key(&path, agency, purpose) {
                // A creation that was interrupted goes on with the keys it had made.
                Err(KeyFileError::Exists { .. }) => {
                    key_file::read_agency_key(&path, agency, purpose)
                }
                made => made,
            }
        };
        let charter = Charter {
            agency: agency.clone(),
            number: 0,
            previous: None,
            issued: now,
            threshold: 1,
            root_keys: vec![root_key.verifying_key()],
            roster_keys: vec![key(Purpose::Roster)?.verifying_key()],
            accord_keys: vec![key(Purpose::Accord)?.verifying_key()],
            log_keys: Vec::new(),
            extensions: Default::default(),
        };
        let charter = Signed::sign(charter, &[root_key])?;
        let mut draft = Draft::new(agency.clone(), charter.hash());
        draft.add_unit(gateway, None, true)?;
        let authority = Self {
            dir: dir.to_owned(),
            draft,
            charters: vec![charter],
            roster: None,
            house: None,
        };
        for charter in &authority.charters {
            authority.keep(charter.value().number.into(), charter)?;
        }
        // Last: a folder without a draft is no authority yet.
        authority.save()?;
        Ok(authority)
    }

    /// Opens an authority's folder and verifies everything that it signed.
    ///
    /// # Errors
    /// [`AuthorityError::NoAuthority`], or what is wrong with its files.
    pub fn open(dir: &Path) -> Result<Self, AuthorityError> {
        let draft = Draft::load(&dir.join(DRAFT)).map_err(|error| match error {
            AuthorityError::Io {
                kind: io::ErrorKind::NotFound,
                ..
            } => AuthorityError::NoAuthority {
                dir: dir.to_owned(),
            },
            error => error,
        })?;
        let authority = Self {
            charters: read_signed(dir, "charter")?,
            roster: read_signed(dir, "roster")?.pop(),
            house: read_signed(dir, "house")?.pop(),
            dir: dir.to_owned(),
            draft,
        };
        authority.settle_keys()?;
        authority.directory(UnixMillis(0))?;
        Ok(authority)
    }

    /// Whether a folder holds an authority.
    #[must_use]
    pub fn is_there(dir: &Path) -> bool {
        dir.join(DRAFT).exists()
    }

    /// The agency.
    #[must_use]
    pub fn agency(&self) -> &Agency {
        &self.draft.agency
    }

    /// The hash that people compare.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.draft.root
    }

    /// What is signed next.
    #[must_use]
    pub const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// What is signed next, to be changed; [`Authority::save`] keeps it.
    pub const fn draft_mut(&mut self) -> &mut Draft {
        &mut self.draft
    }

    /// The newest roster, once there is one.
    #[must_use]
    pub const fn roster(&self) -> Option<&Signed<Roster>> {
        self.roster.as_ref()
    }

    /// Writes the draft.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn save(&self) -> Result<(), AuthorityError> {
        let path = self.dir.join(DRAFT);
        Ok(key_file::replace(&path, self.draft.to_text().as_bytes())?)
    }

    /// Signs the draft as the next roster and, where it changed, the next house.
    ///
    /// # Errors
    /// When the draft breaks a rule; nothing is signed then.
    pub fn sign(&mut self, now: UnixMillis, days: u64) -> Result<SignedNow, AuthorityError> {
        let path = key_path(&self.dir, Purpose::Roster);
        let key = key_file::read_agency_key(&path, self.agency(), Purpose::Roster)?;
        let charter = self.charters.last().map(Signed::hash);
        let charter = charter.ok_or_else(|| AuthorityError::NoAuthority {
            dir: self.dir.clone(),
        })?;
        let roster = self
            .draft
            .roster(self.roster.as_ref(), charter, now, days)?;
        let roster = Signed::sign(roster, &[&key])?;
        // RTE-47
        self.take_rules()?;
        // IDN-45: a house under a key that the charter dropped would be refused by whoever is new.
        let good = |house: &Signed<House>| {
            let newest = self.charters.last();
            newest.is_some_and(|charter| charter.value().is_signed_by_roster_key(house))
        };
        let anew = self.house.as_ref().is_some_and(|house| !good(house));
        let house = match self.draft.house(self.house.as_ref(), anew, now) {
            Some(house) => Some(Signed::sign(house, &[&key])?),
            None => None,
        };
        // What a relay would refuse is not kept. What was signed before may have run out by now.
        let mut directory = self.directory(UnixMillis(0))?;
        directory.apply(&roster.encode()?, now)?;
        if let Some(house) = &house {
            directory.apply(&house.encode()?, now)?;
        }
        self.keep(roster.value().number, &roster)?;
        let signed = SignedNow {
            roster: roster.value().number,
            house: house.as_ref().map(|house| house.value().number),
            not_after: roster.value().not_after,
            objects: Vec::new(),
        };
        self.roster = Some(roster);
        if let Some(house) = house {
            self.keep(house.value().number, &house)?;
            self.house = Some(house);
        }
        Ok(SignedNow {
            objects: self.objects()?,
            ..signed
        })
    }

    /// Everything signed that a relay of the agency needs, in order.
    ///
    /// # Errors
    /// When an object can not be encoded.
    pub fn objects(&self) -> Result<Vec<Vec<u8>>, AuthorityError> {
        // A charter that no roster names yet comes last, since the roster is under the one before.
        let named = self.roster.as_ref().map(|roster| roster.value().charter);
        let follows = self.charters.iter().position(|c| Some(c.hash()) == named);
        let split = follows.map_or(self.charters.len(), |at| at.saturating_add(1));
        let (before, after) = self.charters.split_at_checked(split).unwrap_or_default();
        let mut objects = Vec::new();
        for charter in before {
            objects.push(charter.encode()?);
        }
        if let Some(roster) = &self.roster {
            objects.push(roster.encode()?);
        }
        if let Some(house) = &self.house {
            objects.push(house.encode()?);
        }
        for charter in after {
            objects.push(charter.encode()?);
        }
        Ok(objects)
    }

    /// What the agency shows to others: charters and newest roster.
    ///
    /// # Errors
    /// [`AuthorityError::NothingSigned`] before the first roster.
    pub fn bundle(&self) -> Result<Bundle, AuthorityError> {
        let roster = self.roster.as_ref();
        let roster = roster.ok_or_else(|| AuthorityError::NothingSigned(self.agency().clone()))?;
        Bundle::new(&self.charters, roster)
    }

    /// The agency's own view of what it signed.
    ///
    /// # Errors
    /// When an object is not good.
    pub fn directory(&self, now: UnixMillis) -> Result<Directory, AuthorityError> {
        let mut directory = Directory::new(self.agency().clone(), self.root());
        for object in self.objects()? {
            directory.apply(&object, now)?;
        }
        Ok(directory)
    }

    /// Adds the agency's signature to an accord.
    ///
    /// # Errors
    /// When the agency is no party of it under this root, or its key can not be used.
    pub fn sign_accord(&self, file: &mut accord::AccordFile) -> Result<(), AuthorityError> {
        self.check_party(file.accord())?;
        // RTE-47
        file.check_rules()?;
        let path = key_path(&self.dir, Purpose::Accord);
        let key = key_file::read_agency_key(&path, self.agency(), Purpose::Accord)?;
        file.sign(&key)?;
        file.put_bundle(self.bundle()?);
        Ok(())
    }

    fn check_party(&self, accord: &Accord) -> Result<(), AuthorityError> {
        let party = accord.party(self.agency());
        let party = party.ok_or_else(|| AuthorityError::NotAParty {
            agency: self.agency().clone(),
            name: accord.name.as_str().to_owned(),
        })?;
        if party.root == self.root() {
            Ok(())
        } else {
            Err(AuthorityError::RootDiffers {
                agency: self.agency().clone(),
            })
        }
    }

    fn keep<T: Object>(&self, number: u64, signed: &Signed<T>) -> Result<(), AuthorityError> {
        let kind = match T::KIND {
            Charter::KIND => "charter",
            Roster::KIND => "roster",
            _ => "house",
        };
        let path = self.dir.join(SIGNED).join(format!("{kind}-{number}"));
        Ok(key_file::replace(&path, &signed.encode()?)?)
    }
}

const DRAFT: &str = "authority.toml";
const SIGNED: &str = "signed";

fn key_path(dir: &Path, purpose: Purpose) -> PathBuf {
    dir.join(format!("{}.key", purpose.word()))
}

/// Reads the signed objects of a kind, lowest number first.
fn read_signed<T: Object>(dir: &Path, kind: &str) -> Result<Vec<Signed<T>>, AuthorityError> {
    let folder = dir.join(SIGNED);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(AuthorityError::io("list", &folder))? {
        let path = entry.map_err(AuthorityError::io("list", &folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let number = name
            .and_then(|name| name.strip_prefix(kind))
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|number| number.parse::<u64>().ok());
        let Some(number) = number else { continue };
        let bytes = read_file(&path)?;
        let signed = Signed::decode(&bytes).map_err(|_| AuthorityError::Malformed {
            path: path.clone(),
            expected: "a signed object",
        })?;
        found.push((number, signed));
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found.into_iter().map(|(_, signed)| signed).collect())
}

/// Reads a file of bounded length.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, AuthorityError> {
    let length = fs::metadata(path)
        .map_err(AuthorityError::io("read", path))?
        .len();
    if length > FILE_BYTES_MAX {
        return Err(AuthorityError::Malformed {
            path: path.to_owned(),
            expected: "a file of at most 16 MiB",
        });
    }
    fs::read(path).map_err(AuthorityError::io("read", path))
}

#[cfg(test)]
mod tests;
