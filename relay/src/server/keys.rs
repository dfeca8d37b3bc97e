//! The keys of a relay's folder: those in use, those that wait for a roster, and those before.
//!
//! ```text
//!   relay.key.next ──► relay.key ──► relay.key.replaced ──► gone after 90 days
//!       `rotate`         once a roster lists the next ones, on a start
//! ```
//!
//! Decides when a file moves on. Spec: identity.md IDN-47, IDN-49.

use std::fs;
use std::path::Path;
use std::time::Duration;

use estafette_protocol::channel::HopSecret;

use super::ServerError;
use crate::config::Folder;
use crate::key_file::{KeyFileError, RelayKey, move_private, read_relay_key};
use crate::peer::OwnKeys;

/// For how long those are answered who know only the replaced key: the longest grace of a roster.
const REPLACED_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What was found in the folder.
pub(super) struct Found {
    pub(super) key: RelayKey,
    pub(super) next: Option<RelayKey>,
}

/// Reads the keys of a folder.
pub(super) fn read(folder: &Folder) -> Result<Found, KeyFileError> {
    let next = optional(&folder.next_key())?;
    let key = match read_relay_key(&folder.key()) {
        // A start was cut off between the two moves.
        Err(KeyFileError::Missing { .. }) if next.is_some() => {
            read_relay_key(&folder.replaced_key())?
        }
        key => key?,
    };
    Ok(Found { key, next })
}

impl Found {
    /// The keys from now on; where the next ones were taken on, the files follow.
    pub(super) fn settled(self, folder: &Folder, took_on: bool) -> Result<OwnKeys, ServerError> {
        if let (Some(next), true) = (self.next, took_on) {
            tracing::info!("the roster lists the new keys of this relay: they are in use now");
            if folder.key().exists() {
                touch(&folder.key())?;
                move_private(&folder.key(), &folder.replaced_key())?;
            }
            move_private(&folder.next_key(), &folder.key())?;
            return Ok(OwnKeys {
                key: next.hop,
                replaced: Some(self.key.hop),
            });
        }
        Ok(OwnKeys {
            key: self.key.hop,
            replaced: replaced(folder)?,
        })
    }
}

/// The hop key before, until its time is over.
fn replaced(folder: &Folder) -> Result<Option<HopSecret>, ServerError> {
    let path = folder.replaced_key();
    let since = fs::metadata(&path).and_then(|metadata| metadata.modified());
    let age = since.ok().and_then(|since| since.elapsed().ok());
    if age.is_some_and(|age| age > REPLACED_FOR) {
        fs::remove_file(&path).map_err(refused("remove", &path))?;
    }
    Ok(optional(&path)?.map(|key| key.hop))
}

fn optional(path: &Path) -> Result<Option<RelayKey>, KeyFileError> {
    match read_relay_key(path) {
        Err(KeyFileError::Missing { .. }) => Ok(None),
        key => key.map(Some),
    }
}

/// The file's time says since when it is replaced.
fn touch(path: &Path) -> Result<(), KeyFileError> {
    let file = fs::OpenOptions::new().append(true).open(path);
    file.and_then(|file| file.set_modified(std::time::SystemTime::now()))
        .map_err(refused("write", path))
}

fn refused(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> KeyFileError {
    let path = path.to_owned();
    move |error| KeyFileError::Io {
        action,
        path,
        kind: error.kind(),
    }
}
