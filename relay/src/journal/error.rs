//! Why a journal did not do as asked.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::GROUP_BYTES_MAX;
use crate::record::{Leaf, RecordError};

/// Why the journal did not do as asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Another process runs on the folder; stop it first.
    #[error("{} is locked by another process", dir.display())]
    Locked {
        /// The folder.
        dir: PathBuf,
    },
    /// Something that was once stored can not be read. Restore a backup, or repair and accept the
    /// loss.
    #[error(
        "{} is damaged at byte {offset}; restore it, or run `estafette-relay journal repair --dir {}`",
        segment.display(), dir.display()
    )]
    Damaged {
        /// The segment file.
        segment: PathBuf,
        /// Where it begins to make no sense.
        offset: u64,
        /// The journal's folder.
        dir: PathBuf,
    },
    /// A body is not what was written; everything else can still be used.
    #[error("body of leaf {leaf} in {} is damaged at byte {offset}", segment.display())]
    BodyDamaged {
        /// Whose body.
        leaf: Leaf,
        /// The segment file.
        segment: PathBuf,
        /// Where the body begins.
        offset: u64,
    },
    /// The leaf never had a body, or it was erased.
    #[error("leaf {leaf} has no body")]
    NoBody {
        /// Whose body.
        leaf: Leaf,
    },
    /// The disk is full; the process must end. Free space and start again.
    #[error("no space left to write {}", path.display())]
    Full {
        /// What was written.
        path: PathBuf,
    },
    /// A write or sync failed before; the process must end.
    #[error("the journal is closed after a failed write")]
    Poisoned,
    /// The caller appends without committing.
    #[error("group would pass {GROUP_BYTES_MAX} bytes; commit first")]
    GroupFull,
    /// The caller asks to rewrite a segment that is still written to, or that is not there.
    #[error("segment {number} is not closed")]
    NotClosed {
        /// The segment.
        number: u64,
    },
    /// The record can not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The system refused.
    #[error("could not {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl JournalError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        // STO-21
        if matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        ) {
            return Self::Full {
                path: path.to_owned(),
            };
        }
        Self::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers STO-21.
    #[test]
    fn a_full_disk_is_its_own_error() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = JournalError::io("write", Path::new("a"), full);
        assert!(matches!(error, JournalError::Full { .. }));
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let error = JournalError::io("write", Path::new("a"), denied);
        assert_eq!(error.to_string(), "could not write a: permission denied");
    }
}
