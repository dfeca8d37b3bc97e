//! Writing a file so that a crash leaves either the old one or the new one.
//!
//! Written aside, synced, renamed, and the folder synced: only then does [`write()`] return. Names
//! that begin with a dot are never data, so that what a crash left aside is passed over.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Writes a file that only its owner may read, durably.
///
/// # Errors
/// What the disk says; the file is then the old one.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (folder, aside) = places(path)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(bytes)?;
    step(&aside);
    file.sync_all()?;
    step(&aside);
    std::fs::rename(&aside, path)?;
    step(path);
    sync_folder(folder)
}

/// Removes a file durably; one that is not there is no error.
///
/// # Errors
/// What the disk says.
pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    }
    step(path);
    sync_folder(places(path)?.0)
}

/// Makes a folder that only its owner may enter, with those above it.
///
/// # Errors
/// What the disk says.
pub fn create_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    match folder.as_os_str().is_empty() {
        true => File::open(".")?.sync_all(),
        false => File::open(folder)?.sync_all(),
    }
}

fn places(path: &Path) -> io::Result<(&Path, PathBuf)> {
    let name = path.file_name().ok_or(ErrorKind::InvalidInput)?;
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    let mut aside = std::ffi::OsString::from(".");
    aside.push(name);
    Ok((folder, folder.join(aside)))
}

/// Where tests look at the disk as a crash at this moment would leave it.
#[cfg(not(test))]
fn step(_path: &Path) {}

#[cfg(test)]
pub(crate) use steps::{observe, step};

#[cfg(test)]
mod steps {
    use std::cell::RefCell;
    use std::path::Path;

    type Observer = Box<dyn FnMut(&Path)>;

    thread_local! {
        static OBSERVER: RefCell<Option<Observer>> = const { RefCell::new(None) };
    }

    /// Calls `observer` after every step that changes the disk, while `work` runs.
    pub(crate) fn observe<T>(observer: impl FnMut(&Path) + 'static, work: impl FnOnce() -> T) -> T {
        OBSERVER.with(|slot| *slot.borrow_mut() = Some(Box::new(observer)));
        let result = work();
        OBSERVER.with(|slot| *slot.borrow_mut() = None);
        result
    }

    pub(crate) fn step(path: &Path) {
        OBSERVER.with(|slot| {
            if let Some(observer) = slot.borrow_mut().as_mut() {
                observer(path);
            }
        });
    }
}
