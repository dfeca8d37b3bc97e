//! Archive and outbox of one account, sealed at rest.
//!
//! ```text
//!   messages/<digest>            record: header, wrap, state, statements     what lists read
//!   ids/00000112-<digest>        empty: the small id, given once
//!   envelopes/<digest>           the envelope's bytes, never changed
//!   forms/<digest>               the form in clear (under the storage key), never changed
//!   outbox/000000000007-<hash>   what the relay has yet to take
//!   held/<digest>                statements that cannot be judged yet
//!   notices/<time>-<hash>        what gateways are told of messages that they do not have
//!   drafts/<number>              documents begun and not sent
//!   templates/<hash>             documents to begin with
//!   directory/<kind>-<name>-<n>  charters, rosters, accords, prekeys as published
//!   publish/<hash>               what this device signed for its relay to publish
//!   keys/                        keys that wait for a roster, and what is kept of old ones
//! ```
//!
//! The rename of a record commits: what was written before it for the same message, an outbox
//! entry included, counts only if the record says so, and is swept away otherwise. Several
//! processes may write, one at a time by a lock held for a moment; readers take no lock.
//! Decides nothing about the content of what it stores.

use estafette_protocol::crypto::{Hash, Secret};
use estafette_protocol::encoding::{EncodingError, FixedBytes};
use estafette_protocol::form::Form;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

mod files;
mod keys;
mod notices;
mod record;
mod shelf;
mod stamps;
mod writing;

use crate::durable;
use files::Files;
pub use keys::{FormerKey, NextKeys, Publication};
pub use record::{
    Blob, Cargo, Content, Entry, Fate, Held, Kept, Message, Origin, Record, STATEMENTS_MAX,
    StoredObject,
};
pub use shelf::Shelf;
pub use stamps::Stamp;
pub use writing::{Pending, Received, Sent, Writing};

/// Statements held for one message (STA-4).
pub const HELD_PER_SUBJECT_MAX: usize = 64;
/// Messages for which statements are held: 65,536 statements in all (STA-4).
pub const HELD_SUBJECTS_MAX: usize = 1_024;

const FOLDERS: [&str; 12] = [
    "messages",
    "ids",
    "envelopes",
    "forms",
    "outbox",
    "held",
    "directory",
    "notices",
    "drafts",
    "templates",
    "publish",
    "keys",
];

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk said no; what was there before is unchanged.
    #[error("{name}: {source}")]
    Io {
        /// The item.
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// An item was changed, moved, or sealed under another key.
    #[error("{name} does not open under this account's storage key")]
    Broken {
        /// The item.
        name: String,
    },
    /// An item opens but does not decode: written by another version.
    #[error("an item of the store does not decode: {0}")]
    Encoding(#[from] EncodingError),
    /// No message of this digest.
    #[error("no such message")]
    Missing,
    /// A bound of the store is reached.
    #[error("too many statements")]
    Full,
}

impl StoreError {
    fn io(name: &str, source: std::io::Error) -> Self {
        Self::Io {
            name: name.to_owned(),
            source,
        }
    }

    fn broken(name: &str) -> Self {
        Self::Broken {
            name: name.to_owned(),
        }
    }
}

/// Archive and outbox of one account.
#[derive(Debug, Clone)]
pub struct Store {
    files: Files,
}

impl Store {
    /// Opens the store in a folder, making it where there is none.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(root: &Path, key: Secret) -> Result<Self, StoreError> {
        for folder in FOLDERS {
            durable::create_folder(&root.join(folder)).map_err(|e| StoreError::io(folder, e))?;
        }
        Ok(Self {
            files: Files::new(root.to_owned(), key),
        })
    }

    /// Takes the lock for a change; waits while another process holds it, which is for moments.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&self) -> Result<Writing<'_>, StoreError> {
        let io = |e| StoreError::io("lock", e);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let lock: File = options.open(self.files.root().join("lock")).map_err(io)?;
        lock.lock().map_err(io)?;
        Ok(Writing::new(&self.files, lock))
    }

    /// Small id and digest of every message, oldest first. Decrypts nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn ids(&self) -> Result<Vec<(u64, Hash)>, StoreError> {
        let names = self.files.list("ids")?;
        Ok(names.iter().filter_map(|name| parse_name(name)).collect())
    }

    /// A message by its digest.
    ///
    /// # Errors
    /// When its record is broken, or what the disk says.
    pub fn message(&self, digest: &Hash) -> Result<Option<Message>, StoreError> {
        read_message(&self.files, digest)
    }

    /// All messages, oldest first. Reads records alone, never envelopes or forms.
    ///
    /// # Errors
    /// When a record is broken, or what the disk says.
    pub fn messages(&self) -> Result<Vec<Message>, StoreError> {
        let ids = self.ids()?;
        ids.iter()
            .filter_map(|(_, digest)| self.message(digest).transpose())
            .collect()
    }

    /// The envelope's bytes of a message.
    ///
    /// # Errors
    /// When the file is broken, or what the disk says.
    pub fn envelope(&self, digest: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        self.blob("envelopes", digest)
    }

    /// The form of a message, where it was opened.
    ///
    /// # Errors
    /// When the file is broken, or what the disk says.
    pub fn form(&self, digest: &Hash) -> Result<Option<Form>, StoreError> {
        let bytes = self.blob("forms", digest)?.map(zeroize::Zeroizing::new);
        let form = bytes.map(|bytes| estafette_protocol::encoding::decode(&bytes));
        Ok(form.transpose()?)
    }

    /// The names of what is in the outbox, for noticing a change; decrypts nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn outbox_names(&self) -> Result<Vec<String>, StoreError> {
        self.files.list("outbox")
    }

    /// What is in the outbox, in the order in which it was queued.
    ///
    /// # Errors
    /// When an entry is broken, or what the disk says.
    pub fn outbox(&self) -> Result<Vec<Entry>, StoreError> {
        let names = self.files.list("outbox")?;
        let read = |name: &String| self.files.read(&format!("outbox/{name}")).transpose();
        names.iter().filter_map(read).collect()
    }

    /// The published objects, charters before rosters before accords and so on.
    ///
    /// # Errors
    /// When one is broken, or what the disk says.
    pub fn objects(&self) -> Result<Vec<StoredObject>, StoreError> {
        let names = self.files.list("directory")?;
        let read = |name: &String| self.files.read(&format!("directory/{name}")).transpose();
        names.iter().filter_map(read).collect()
    }

    fn blob(&self, folder: &str, digest: &Hash) -> Result<Option<Vec<u8>>, StoreError> {
        let blob: Option<Blob> = self.files.read(&format!("{folder}/{}", hex(digest)))?;
        Ok(blob.map(|blob| blob.bytes.into_vec()))
    }
}

fn hex<const N: usize>(bytes: &FixedBytes<N>) -> String {
    hex::encode(bytes.as_slice())
}

fn record_name(digest: &Hash) -> String {
    format!("messages/{}", hex(digest))
}

fn read_message(files: &Files, digest: &Hash) -> Result<Option<Message>, StoreError> {
    let record: Option<Record> = files.read(&record_name(digest))?;
    record.map(Message::from_record).transpose()
}

fn parse_name(name: &str) -> Option<(u64, Hash)> {
    let (id, digest) = name.split_once('-')?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(digest, &mut bytes).ok()?;
    Some((id.parse().ok()?, FixedBytes(bytes)))
}

/// The folder of the store within an account's folder.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("store")
}

#[cfg(test)]
mod tests;
