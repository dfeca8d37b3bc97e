//! The file that holds a device's secrets, sealed under a passphrase.
//!
//! ```text
//!   "ESTKEY" ‖ version ‖ Argon2id memory KiB, passes, lanes (u32 LE each) ‖ salt 16 ‖ nonce 12
//!   ‖ ChaCha20-Poly1305(Argon2id(passphrase, salt), nonce, aad = all before, contents)
//! ```
//!
//! Decides the layout, who may read the file (its owner alone) and how costly a guess is. The
//! costs stand in the file and are bounded when read, so that a foreign file cannot exhaust memory.
//! What the secrets are used for is decided elsewhere. There is no way back without passphrase.

use crate::durable;
use estafette_protocol::crypto::{Secret, aead_open, aead_seal};
use estafette_protocol::encoding::{EncodingError, decode, encode};
use rand_core::CryptoRng;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

mod contents;

pub use contents::{Contents, PrekeySeed, SecretBytes};

const MAGIC: &[u8; 6] = b"ESTKEY";
const VERSION: u8 = 1;
const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
/// Magic, version, three costs and the salt.
const FIXED_BYTES: usize = MAGIC.len() + 1 + 12 + SALT_BYTES;
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Why a key file cannot be used. Each says what the person at the keyboard can do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// There is no key file: nobody has joined from this folder.
    #[error("no key file at {}", .0.display())]
    Missing(PathBuf),
    /// There is one already, and it is never overwritten.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// Others than the owner may read it.
    #[error("{} may be read by others (mode {mode:04o})", .path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The passphrase is wrong, or the file was changed: the two cannot be told apart.
    #[error("the passphrase is wrong, or the key file was changed")]
    Passphrase,
    /// Not a key file of this version.
    #[error("not a key file, or one of another version")]
    Format,
    /// The costs in the file are above what this program spends.
    #[error("the key file asks for more memory or time than is allowed")]
    Cost,
    /// The contents do not decode, although the passphrase is right.
    #[error("key file contents: {0}")]
    Contents(#[from] EncodingError),
    /// The disk said no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// How costly one guess of a passphrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        Self {
            memory_kib: 64 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

impl Cost {
    /// Most that a file may ask for: 1 GiB, 16 passes, 4 lanes.
    const MAX: Self = Self {
        memory_kib: 1024 * 1024,
        passes: 16,
        lanes: 4,
    };

    fn derive(self, passphrase: &[u8], salt: &[u8]) -> Result<Secret, KeyFileError> {
        let max = Self::MAX;
        if self.memory_kib > max.memory_kib || self.passes > max.passes || self.lanes > max.lanes {
            return Err(KeyFileError::Cost);
        }
        let params = argon2::Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
            .map_err(|_| KeyFileError::Cost)?;
        let argon =
            argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
        let mut key = Zeroizing::new([0; 32]);
        argon
            .hash_password_into(passphrase, salt, key.as_mut())
            .map_err(|_| KeyFileError::Cost)?;
        Ok(Secret::from_bytes(*key))
    }
}

/// An unlocked key file. Saving needs no passphrase again.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    head: Vec<u8>,
    key: Secret,
    /// The device's secrets.
    pub contents: Contents,
}

impl KeyFile {
    /// Makes a key file where there is none.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], or what the disk says.
    pub fn create(
        path: &Path,
        contents: Contents,
        passphrase: &[u8],
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyFileError> {
        if path.exists() {
            return Err(KeyFileError::Exists(path.to_owned()));
        }
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        let key = cost.derive(passphrase, &salt)?;
        let file = Self {
            path: path.to_owned(),
            head: head(cost, &salt),
            key,
            contents,
        };
        file.save(rng)?;
        Ok(file)
    }

    /// Unlocks a key file.
    ///
    /// # Errors
    /// [`KeyFileError`]; nothing is released unless all of it is authentic.
    pub fn open(path: &Path, passphrase: &[u8]) -> Result<Self, KeyFileError> {
        let bytes = read_private(path, FILE_BYTES_MAX)?;
        let (head, rest) = bytes
            .split_at_checked(FIXED_BYTES)
            .ok_or(KeyFileError::Format)?;
        let (cost, salt) = parse_head(head)?;
        let key = cost.derive(passphrase, salt)?;
        let contents = unseal(&key, head, rest)?;
        Ok(Self {
            path: path.to_owned(),
            head: head.to_vec(),
            key,
            contents,
        })
    }

    /// Reads the contents again, which another process may have saved since.
    ///
    /// # Errors
    /// As for [`KeyFile::open`]; the contents are then as before.
    pub fn reload(&mut self) -> Result<(), KeyFileError> {
        let bytes = read_private(&self.path, FILE_BYTES_MAX)?;
        // Another salt would mean another passphrase.
        let rest = bytes
            .strip_prefix(self.head.as_slice())
            .ok_or(KeyFileError::Passphrase)?;
        self.contents = unseal(&self.key, &self.head, rest)?;
        Ok(())
    }

    /// Writes the contents as they now are, durably and at once or not at all.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save(&self, rng: &mut impl CryptoRng) -> Result<(), KeyFileError> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let plain = Zeroizing::new(encode(&self.contents)?);
        let mut bytes = [self.head.as_slice(), &nonce].concat();
        let sealed =
            aead_seal(&self.key, &nonce, &bytes, &plain).map_err(|_| KeyFileError::Format)?;
        bytes.extend_from_slice(&sealed);
        durable::write(&self.path, &bytes).map_err(|source| KeyFileError::Io {
            path: self.path.clone(),
            source,
        })
    }
}

fn unseal(key: &Secret, head: &[u8], rest: &[u8]) -> Result<Contents, KeyFileError> {
    let (nonce, ciphertext) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(KeyFileError::Format)?;
    let aad = [head, nonce].concat();
    let plain = aead_open(key, nonce, &aad, ciphertext).map_err(|_| KeyFileError::Passphrase)?;
    Ok(decode(&Zeroizing::new(plain))?)
}

/// Reads a file that only its owner may read: key files and passphrase files.
///
/// # Errors
/// [`KeyFileError::Missing`], [`KeyFileError::TooOpen`], [`KeyFileError::Format`] when it is
/// longer than `bytes_max`, or what the disk says.
pub fn read_private(path: &Path, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let io = |source: io::Error| match source.kind() {
        ErrorKind::NotFound => KeyFileError::Missing(path.to_owned()),
        _ => KeyFileError::Io {
            path: path.to_owned(),
            source,
        },
    };
    let file = std::fs::File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::TooOpen {
            path: path.to_owned(),
            mode,
        });
    }
    if metadata.size() > bytes_max {
        return Err(KeyFileError::Format);
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(bytes_max).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn head(cost: Cost, salt: &[u8; SALT_BYTES]) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.push(VERSION);
    for number in [cost.memory_kib, cost.passes, cost.lanes] {
        head.extend_from_slice(&number.to_le_bytes());
    }
    head.extend_from_slice(salt);
    head
}

fn parse_head(head: &[u8]) -> Result<(Cost, &[u8]), KeyFileError> {
    let rest = head
        .strip_prefix(MAGIC)
        .and_then(|rest| rest.strip_prefix(&[VERSION]))
        .ok_or(KeyFileError::Format)?;
    let (memory, rest) = number(rest)?;
    let (passes, rest) = number(rest)?;
    let (lanes, salt) = number(rest)?;
    let cost = Cost {
        memory_kib: memory,
        passes,
        lanes,
    };
    Ok((cost, salt))
}

fn number(bytes: &[u8]) -> Result<(u32, &[u8]), KeyFileError> {
    let (number, rest) = bytes.split_first_chunk::<4>().ok_or(KeyFileError::Format)?;
    Ok((u32::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests;
