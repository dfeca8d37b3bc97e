//! What was published while the relay did not run: a folder of files, taken up in order of name.
//!
//! `published/` holds `TIME-N.object` (a signed object) and `TIME-N.invitation`. What the relay
//! takes up is removed once it is in the journal; what it refuses is renamed to `.refused`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use estafette_protocol::encoding::{EncodingError, decode, encode};
use estafette_protocol::enrolment::Invitation;
use estafette_protocol::time::UnixMillis;

use super::now;
use crate::config::Folder;
use crate::engine::{Engine, EngineError, PublishError};
use crate::key_file::{KeyFileError, write_private};
use crate::store::Store;

const OBJECT: &str = "object";
const INVITATION: &str = "invitation";
/// Files taken up at one time: well within one group of the journal.
const FILES_MAX: usize = 32;
/// Longest file: a signed object and nothing more.
const BYTES_MAX: u64 = 1_114_000;

/// Leaves a signed object for a relay that does not run.
///
/// # Errors
/// The system's refusal.
pub fn queue_object(folder: &Folder, object: &[u8]) -> Result<PathBuf, KeyFileError> {
    queue(folder, OBJECT, object)
}

/// Leaves an invitation for a relay that does not run.
///
/// # Errors
/// The system's refusal, or an invitation that breaks a rule.
pub fn queue_invitation(folder: &Folder, invitation: &Invitation) -> Result<PathBuf, KeyFileError> {
    let malformed = |_: EncodingError| KeyFileError::Malformed {
        path: folder.published(),
        purpose: INVITATION,
    };
    queue(folder, INVITATION, &encode(invitation).map_err(malformed)?)
}

fn queue(folder: &Folder, kind: &str, bytes: &[u8]) -> Result<PathBuf, KeyFileError> {
    let dir = folder.published();
    fs::create_dir_all(&dir).map_err(|error| KeyFileError::Io {
        action: "create",
        path: dir.clone(),
        kind: error.kind(),
    })?;
    let time = now().0;
    for count in 0..10_000 {
        // The name sorts by time; a file appears under it only when it is whole.
        let path = dir.join(format!("{time:015}-{count:04}.{kind}"));
        let aside = path.with_extension("new");
        if path.exists() {
            continue;
        }
        match write_private(&aside, bytes) {
            Err(KeyFileError::Exists { .. }) => continue,
            written => written?,
        }
        return match fs::rename(&aside, &path) {
            Ok(()) => Ok(path),
            Err(error) => Err(KeyFileError::Io {
                action: "write",
                path,
                kind: error.kind(),
            }),
        };
    }
    Err(KeyFileError::Exists { path: dir })
}

/// A file that was taken up, and why not where it was refused.
#[derive(Debug)]
pub(super) struct Taken {
    path: PathBuf,
    refused: Option<String>,
}

/// Takes up what is in the folder, at most [`FILES_MAX`] files at one time.
///
/// # Errors
/// Only when the store fails.
pub(super) fn take_in<S: Store>(
    engine: &mut Engine<S>,
    folder: &Folder,
    now: UnixMillis,
) -> Result<Vec<Taken>, EngineError> {
    let files = list(&folder.published()).unwrap_or_else(|error| {
        tracing::warn!(kind = %error.kind(), "published folder can not be read");
        Vec::new()
    });
    let mut taken = Vec::new();
    for path in files {
        let refused = match read(&path) {
            Ok(bytes) if is(&path, OBJECT) => match engine.publish(now, &bytes) {
                Ok(_) => None,
                Err(PublishError::Directory(error)) => Some(error.to_string()),
                Err(PublishError::Engine(error)) => return Err(error),
            },
            Ok(bytes) => match decode::<Invitation>(&bytes) {
                Ok(invitation) => {
                    engine.invite(now, invitation)?;
                    None
                }
                Err(error) => Some(error.to_string()),
            },
            Err(error) => Some(error.kind().to_string()),
        };
        taken.push(Taken { path, refused });
    }
    Ok(taken)
}

/// Removes files whose content is in the journal, and sets aside those that were refused.
pub(super) fn settle(taken: Vec<Taken>) {
    for Taken { path, refused } in taken {
        let file = path.display();
        let done = match refused {
            None => fs::remove_file(&path),
            Some(why) => {
                tracing::warn!(%file, why, "published file is refused");
                fs::rename(&path, path.with_extension("refused"))
            }
        };
        match done {
            Ok(()) => tracing::info!(%file, "published file is done with"),
            // Another order may have been quicker.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(%file, kind = %error.kind(), "file stays"),
        }
    }
}

fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if is(&path, OBJECT) || is(&path, INVITATION) {
            files.push(path);
        }
    }
    files.sort();
    files.truncate(FILES_MAX);
    Ok(files)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    fs::read(path)
}

fn is(path: &Path, kind: &str) -> bool {
    path.extension().is_some_and(|extension| extension == kind)
}
