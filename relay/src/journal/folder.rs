//! The journal's folder: its lock, its file names, and how a file appears in it durably.
//! Spec: `store.md`, chapter "Folder".

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use super::segment::Header;

/// The path of segment `number`.
pub(crate) fn segment_path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.{SEGMENT}"))
}

/// The exclusive right to a store's folder, held as long as it lives.
#[derive(Debug)]
pub struct Lock {
    dir: PathBuf,
    /// Held, never used.
    _file: File,
}

impl Lock {
    /// Creates the folder when missing and takes its lock, without waiting.
    ///
    /// # Errors
    /// [`JournalError::Locked`] and what the system refuses.
    // STO-1
    pub fn take(dir: &Path) -> Result<Self, JournalError> {
        fs::create_dir_all(dir).map_err(|source| JournalError::io("create", dir, source))?;
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| JournalError::io("open", &path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                dir: dir.to_owned(),
                _file: file,
            }),
            Err(TryLockError::WouldBlock) => Err(JournalError::Locked {
                dir: dir.to_owned(),
            }),
            Err(TryLockError::Error(source)) => Err(JournalError::io("lock", &path, source)),
        }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Lists the segments' numbers in order and removes what a crash left half made.
pub(crate) fn segments(dir: &Path) -> Result<Vec<u64>, JournalError> {
    let listing = |source| JournalError::io("list", dir, source);
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir).map_err(listing)? {
        let path = entry.map_err(listing)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.ends_with(&format!(".{SEGMENT}.{ASIDE}")) {
            fs::remove_file(&path).map_err(|source| JournalError::io("remove", &path, source))?;
        } else if let Some(number) = name.strip_suffix(&format!(".{SEGMENT}"))
            && let Ok(number) = number.parse()
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Creates an empty segment durably and returns it open for writing.
pub(crate) fn create(dir: &Path, header: Header) -> Result<File, JournalError> {
    let path = segment_path(dir, header.number);
    let mut file = aside(&path)?;
    file.write_all(&header.to_bytes())
        .map_err(|source| JournalError::io("write", &path, source))?;
    publish(dir, &path, &file)?;
    Ok(file)
}

/// Opens the file that will be renamed to `path`.
pub(crate) fn aside(path: &Path) -> Result<File, JournalError> {
    let aside = aside_path(path);
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&aside)
        .map_err(|source| JournalError::io("create", &aside, source))
}

/// Syncs a file made with [`aside`] and gives it its name.
// STO-2
pub(crate) fn publish(dir: &Path, path: &Path, file: &File) -> Result<(), JournalError> {
    file.sync_all()
        .map_err(|source| JournalError::io("sync", path, source))?;
    fs::rename(aside_path(path), path)
        .map_err(|source| JournalError::io("rename", path, source))?;
    sync(dir).map_err(|source| JournalError::io("sync", dir, source))
}

/// Removes what [`aside`] made.
pub(crate) fn discard(path: &Path) {
    // Nothing depends on it: the next opening removes it too.
    drop(fs::remove_file(aside_path(path)));
}

/// Makes the folder's names durable.
pub(crate) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// A free name beside `path` for a damaged segment.
pub(crate) fn damaged_path(path: &Path) -> PathBuf {
    let free = (1_u32..).map(|number| path.with_extension(format!("{SEGMENT}.damaged-{number}")));
    free.into_iter()
        .find(|candidate| !candidate.exists())
        .unwrap_or_else(|| path.to_owned())
}

fn aside_path(path: &Path) -> PathBuf {
    path.with_extension(format!("{SEGMENT}.{ASIDE}"))
}

const SEGMENT: &str = "segment";
const ASIDE: &str = "new";
