//! Secrets on disk: one readable file each, for its owner alone.
//!
//! Decides how a key file looks, that it is written once and durably, and that one which others
//! may read is refused. Does not decide which keys there are: a relay has one file (hop and
//! statement key), an agency's authority one for each purpose. Keys are never shown or logged.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use estafette_protocol::address::Agency;
use estafette_protocol::channel::HopSecret;
use estafette_protocol::crypto::{Secret, SigningKey};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

const FORMAT: u32 = 1;
const BYTES_MAX: u64 = 4_096;

/// Why a key file can not be used. The person who keeps the file has to act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Others than its owner may read the file: treat the key as known to them.
    #[error("{} may be read by others (mode {mode:o})", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is there already; a key is never written over.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{} is not there", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is no key file of this purpose.
    #[error("{} is no {purpose} key file", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        purpose: &'static str,
    },
    /// The key is another agency's.
    #[error("{} holds a key of {found}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whose key it is.
        found: Agency,
    },
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

/// A relay's two secrets.
#[derive(Debug)]
pub struct RelayKey {
    /// Proves on the hop who the relay is.
    pub hop: HopSecret,
    /// Signs the relay's receipts.
    pub statement: SigningKey,
}

/// What an agency's key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Charters.
    Root,
    /// Rosters and houses.
    Roster,
    /// Accords.
    Accord,
}

impl Purpose {
    /// The word in the file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Roster => "roster",
            Self::Accord => "accord",
        }
    }

    const fn remark(self) -> &'static str {
        match self {
            Self::Root => "Keep it offline, in two places; it signs charters and nothing else.",
            Self::Roster => "Signs rosters. Never copy it to a relay.",
            Self::Accord => "Signs accords. Never copy it to a relay.",
        }
    }
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct AgencyKeyText {
    format: u32,
    purpose: String,
    #[zeroize(skip)]
    agency: Agency,
    seed: String,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(deny_unknown_fields)]
struct RelayKeyText {
    format: u32,
    purpose: String,
    hop: String,
    statement: String,
}

const RELAY: &str = "relay";

/// Draws a relay's keys and writes them to a new file.
///
/// # Errors
/// [`KeyFileError::Exists`], or the system's refusal.
pub fn create_relay_key(path: &Path) -> Result<RelayKey, KeyFileError> {
    let hop = HopSecret::from_bytes(random(path)?.expose());
    let statement = SigningKey::from_seed(&random(path)?);
    let key = RelayKey { hop, statement };
    write_private(path, relay_text(path, &key)?.as_bytes())?;
    Ok(key)
}

/// Reads a relay's keys.
///
/// # Errors
/// [`KeyFileError`], also when others may read the file.
pub fn read_relay_key(path: &Path) -> Result<RelayKey, KeyFileError> {
    let malformed = || KeyFileError::Malformed {
        path: path.to_owned(),
        purpose: RELAY,
    };
    let text: RelayKeyText = toml::from_str(&read(path)?).map_err(|_| malformed())?;
    if text.format != FORMAT || text.purpose != RELAY {
        return Err(malformed());
    }
    let hop = secret(&text.hop).ok_or_else(malformed)?;
    let statement = secret(&text.statement).ok_or_else(malformed)?;
    Ok(RelayKey {
        hop: HopSecret::from_bytes(hop.expose()),
        statement: SigningKey::from_seed(&statement),
    })
}

/// Draws a key of an agency and writes it to a new file.
///
/// # Errors
/// [`KeyFileError::Exists`], or the system's refusal.
pub fn create_agency_key(
    path: &Path,
    agency: &Agency,
    purpose: Purpose,
) -> Result<SigningKey, KeyFileError> {
    let key = SigningKey::from_seed(&random(path)?);
    let text = AgencyKeyText {
        format: FORMAT,
        purpose: purpose.word().to_owned(),
        agency: agency.clone(),
        seed: hex::encode(key.to_seed().expose()),
    };
    write_private(path, file_text(path, purpose.remark(), &text)?.as_bytes())?;
    Ok(key)
}

/// Reads a key of an agency.
///
/// # Errors
/// [`KeyFileError`], also when others may read the file or it is another agency's.
pub fn read_agency_key(
    path: &Path,
    agency: &Agency,
    purpose: Purpose,
) -> Result<SigningKey, KeyFileError> {
    let malformed = || KeyFileError::Malformed {
        path: path.to_owned(),
        purpose: purpose.word(),
    };
    let text: AgencyKeyText = toml::from_str(&read(path)?).map_err(|_| malformed())?;
    if text.format != FORMAT || text.purpose != purpose.word() {
        return Err(malformed());
    }
    if text.agency != *agency {
        return Err(KeyFileError::Foreign {
            path: path.to_owned(),
            found: text.agency.clone(),
        });
    }
    let seed = secret(&text.seed).ok_or_else(malformed)?;
    Ok(SigningKey::from_seed(&seed))
}

/// Writes a new file that only its owner may read, durably.
///
/// # Errors
/// [`KeyFileError::Exists`], or the system's refusal.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists {
                path: path.to_owned(),
            },
            _ => refused("create", path)(error),
        })?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(refused("write", path))?;
    if let Some(folder) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(refused("sync", folder))?;
    }
    Ok(())
}

/// Moves a file within its folder, in the place of what is there, durably.
///
/// # Errors
/// The system's refusal.
pub fn move_private(from: &Path, to: &Path) -> Result<(), KeyFileError> {
    fs::rename(from, to).map_err(refused("write", to))?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(refused("sync", folder))
}

/// Draws 32 random bytes from the system.
fn random(path: &Path) -> Result<Secret, KeyFileError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|_| refused("draw a key for", path)(io::ErrorKind::Other.into()))?;
    Ok(Secret::from_bytes(*bytes))
}

fn relay_text(path: &Path, key: &RelayKey) -> Result<Zeroizing<String>, KeyFileError> {
    let text = RelayKeyText {
        format: FORMAT,
        purpose: RELAY.to_owned(),
        hop: hex::encode(key.hop.to_bytes().as_slice()),
        statement: hex::encode(key.statement.to_seed().expose()),
    };
    let remark = "Keys of one relay: hop and statements. Never share or copy them.";
    file_text(path, remark, &text)
}

fn file_text(
    path: &Path,
    remark: &str,
    text: &impl Serialize,
) -> Result<Zeroizing<String>, KeyFileError> {
    let body = toml::to_string(text)
        .map_err(|_| refused("write", path)(io::ErrorKind::InvalidData.into()))?;
    let body = Zeroizing::new(body);
    Ok(Zeroizing::new(format!("# {remark}\n{}", body.as_str())))
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing {
            path: path.to_owned(),
        },
        _ => refused("open", path)(error),
    })?;
    let metadata = file.metadata().map_err(refused("read", path))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = Zeroizing::new(String::new());
    let reading = file.take(BYTES_MAX).read_to_string(&mut text);
    reading.map_err(refused("read", path))?;
    Ok(text)
}

fn secret(text: &str) -> Option<Secret> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, bytes.as_mut_slice()).ok()?;
    Some(Secret::from_bytes(*bytes))
}

fn refused(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> KeyFileError {
    let path = path.to_owned();
    move |error| KeyFileError::Io {
        action,
        path,
        kind: error.kind(),
    }
}

/// Replaces a file at once: its old or its new content is there, never a part.
///
/// # Errors
/// The system's refusal.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeyFileError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = Path::new(&aside);
    let writing = File::create(aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    writing
        .and_then(|()| fs::rename(aside, path))
        .map_err(refused("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relay_key_reads_back_and_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.key");
        let made = create_relay_key(&path).unwrap();
        let read = read_relay_key(&path).unwrap();
        assert_eq!(made.hop.public(), read.hop.public());
        assert_eq!(
            made.statement.verifying_key(),
            read.statement.verifying_key()
        );
        let again = create_relay_key(&path);
        assert!(matches!(again, Err(KeyFileError::Exists { .. })));
    }

    #[test]
    fn key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("relay.key");
        create_relay_key(&path).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let read = read_relay_key(&path);
            assert!(matches!(read, Err(KeyFileError::Exposed { mode: m, .. }) if m == mode));
        }
    }

    #[test]
    fn agency_key_is_for_one_agency_and_purpose() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("roster.key");
        let agency: Agency = "police.xa".parse().unwrap();
        let made = create_agency_key(&path, &agency, Purpose::Roster).unwrap();
        let read = read_agency_key(&path, &agency, Purpose::Roster).unwrap();
        assert_eq!(made.verifying_key(), read.verifying_key());
        let other = read_agency_key(&path, &agency, Purpose::Accord);
        assert!(matches!(other, Err(KeyFileError::Malformed { .. })));
        let foreign = read_agency_key(&path, &"police.xb".parse().unwrap(), Purpose::Roster);
        assert!(matches!(foreign, Err(KeyFileError::Foreign { .. })));
    }
}
