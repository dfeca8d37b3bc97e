//! One sealed file per item: the only code that knows how items stand on disk.
//!
//! ```text
//!   "ESTDAT" ‖ version ‖ kind ‖ nonce 12 ‖ ChaCha20-Poly1305(storage key, nonce, aad, object)
//!   aad = all before the nonce ‖ 00 ‖ the file's name within the store
//! ```
//!
//! Name and kind are authenticated, so that no file can be put in another's place. What this does
//! not hide from who holds the disk: how many items there are, their sizes and their names.

use super::StoreError;
use crate::durable;
use estafette_protocol::crypto::{Secret, aead_open, aead_seal};
use estafette_protocol::encoding::{Object, decode, encode};
use getrandom::SysRng;
use rand_core::{Rng as _, UnwrapErr};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const MAGIC: &[u8; 6] = b"ESTDAT";
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const HEAD_BYTES: usize = MAGIC.len() + 2;

/// The sealed files below one folder.
#[derive(Debug, Clone)]
pub(super) struct Files {
    root: PathBuf,
    key: Secret,
}

impl Files {
    /// The files below `root`, sealed under `key`.
    pub(super) const fn new(root: PathBuf, key: Secret) -> Self {
        Self { root, key }
    }

    /// The folder of all.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Writes an item durably, replacing the one of that name.
    pub(super) fn write<T: Object>(&self, name: &str, item: &T) -> Result<(), StoreError> {
        let plain = Zeroizing::new(encode(item)?);
        let mut nonce = [0; NONCE_BYTES];
        UnwrapErr(SysRng).fill_bytes(&mut nonce);
        let mut bytes = head::<T>();
        let sealed = aead_seal(&self.key, &nonce, &aad(&bytes, name), &plain)
            .map_err(|_| StoreError::broken(name))?;
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&sealed);
        durable::write(&self.root.join(name), &bytes).map_err(|e| StoreError::io(name, e))
    }

    /// Writes an empty file whose name says all.
    pub(super) fn mark(&self, name: &str) -> Result<(), StoreError> {
        durable::write(&self.root.join(name), b"").map_err(|e| StoreError::io(name, e))
    }

    /// Reads an item; `None` when there is none of that name.
    pub(super) fn read<T: Object>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let bytes = match std::fs::read(self.root.join(name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(name, error)),
        };
        let broken = || StoreError::broken(name);
        let (found, rest) = bytes.split_at_checked(HEAD_BYTES).ok_or_else(broken)?;
        if found != head::<T>() {
            return Err(broken());
        }
        let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or_else(broken)?;
        let plain = aead_open(&self.key, nonce, &aad(found, name), sealed).map_err(|_| broken())?;
        Ok(Some(decode(&Zeroizing::new(plain))?))
    }

    /// Removes an item durably.
    pub(super) fn remove(&self, name: &str) -> Result<(), StoreError> {
        durable::remove(&self.root.join(name)).map_err(|e| StoreError::io(name, e))
    }

    /// The names of the items of a folder, sorted.
    pub(super) fn list(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let io = |e| StoreError::io(folder, e);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(self.root.join(folder)).map_err(io)? {
            let name = entry.map_err(io)?.file_name();
            // What a crash left aside begins with a dot.
            if let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) {
                names.push(name.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

fn head<T: Object>() -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&[VERSION, T::KIND]);
    head
}

fn aad(head: &[u8], name: &str) -> Vec<u8> {
    [head, b"\0", name.as_bytes()].concat()
}
