//! Noticing that something in the store has changed, without reading or decrypting it.
//!
//! A change is a rename into a folder, which changes the folder's time and gives the name another
//! file; so a folder's stamp says whether to look, and the stamps of its items at which.

use super::{Store, StoreError, record_name};
use estafette_protocol::crypto::Hash;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, SystemTime};

/// For how long after a change a further one may have left no other time: file systems keep time
/// in steps.
const STEP: Duration = Duration::from_secs(2);

/// What another version of a file or folder would not have in common with this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    file: u64,
    changed: SystemTime,
}

impl Stamp {
    /// Whether a later change would show in the stamp: its time has passed.
    #[must_use]
    pub fn is_settled(&self, now: SystemTime) -> bool {
        now.duration_since(self.changed)
            .is_ok_and(|since| since > STEP)
    }
}

impl Store {
    /// The stamp of the records of all messages.
    ///
    /// # Errors
    /// What the disk says.
    pub fn stamp(&self) -> Result<Option<Stamp>, StoreError> {
        self.stamp_of("messages")
    }

    /// The stamp of what was published to this device.
    ///
    /// # Errors
    /// What the disk says.
    pub fn directory_stamp(&self) -> Result<Option<Stamp>, StoreError> {
        self.stamp_of("directory")
    }

    /// The stamp of one message's record; `None` when there is no such message.
    ///
    /// # Errors
    /// What the disk says.
    pub fn message_stamp(&self, digest: &Hash) -> Result<Option<Stamp>, StoreError> {
        self.stamp_of(&record_name(digest))
    }

    fn stamp_of(&self, name: &str) -> Result<Option<Stamp>, StoreError> {
        let io = |error| StoreError::io(name, error);
        match std::fs::metadata(self.files.root().join(name)) {
            Ok(found) => Ok(Some(Stamp {
                file: found.ino(),
                changed: found.modified().map_err(io)?,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io(error)),
        }
    }
}
