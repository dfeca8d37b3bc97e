//! One device's account: a folder with its key file, its store and its directory.
//!
//! ```text
//!   key              secrets, under the passphrase      key_file.rs
//!   store/           archive, outbox, directory         store.rs
//!   account.lock     held by the one process that is on the network
//!   courier.sock     where that process is told of something new
//!   definitions/     formats, groups and code lists of one's own   definitions.rs
//! ```
//!
//! Decides where an account lives, who this device is, and which process may network. The
//! directory is what was published to this device: applied again, and verified again, each time an
//! account is opened.

use crate::clock;
use crate::durable;
use crate::key_file::{Contents, Cost, KeyFile, KeyFileError};
use crate::rotation;
use crate::store::{self, Store, StoreError};
use estafette_protocol::address::Desk;
use estafette_protocol::channel;
use estafette_protocol::crypto::{KeyId, SigningKey};
use estafette_protocol::directory::{Directory, DirectoryError};
use estafette_protocol::format::Catalogue;
use estafette_protocol::roster::DeskEntry;
use estafette_protocol::statement::Signer;
use estafette_protocol::time::UnixMillis;
use etcetera::BaseStrategy as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Why an account cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The system names no home folder and none was given.
    #[error("no home folder is known")]
    NoHome,
    /// The key file.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The folder of an account: the one given, else `$XDG_DATA_HOME/estafette`.
///
/// # Errors
/// [`AccountError::NoHome`].
pub fn home(given: Option<PathBuf>) -> Result<PathBuf, AccountError> {
    if let Some(home) = given {
        return Ok(home);
    }
    let folders = etcetera::base_strategy::Xdg::new().map_err(|_| AccountError::NoHome)?;
    Ok(folders.data_dir().join("estafette"))
}

/// An unlocked account.
#[derive(Debug)]
pub struct Account {
    home: PathBuf,
    /// The device's secrets; see [`Account::save_keys`].
    pub keys: KeyFile,
    /// Archive and outbox.
    pub store: Store,
    /// What was published to this device.
    pub directory: Directory,
    /// The definitions by which forms are checked and shown.
    pub catalogue: &'static Catalogue,
}

impl Account {
    /// Makes an account in a folder that has none.
    ///
    /// # Errors
    /// [`KeyFileError::Exists`], or what the disk says.
    pub fn create(
        home: &Path,
        contents: Contents,
        passphrase: &[u8],
        cost: Cost,
    ) -> Result<Self, AccountError> {
        durable::create_folder(home).map_err(|source| AccountError::Io {
            path: home.to_owned(),
            source,
        })?;
        let path = key_path(home);
        let keys = KeyFile::create(&path, contents, passphrase, cost, &mut clock::random())?;
        Self::with_keys(home, keys)
    }

    /// Unlocks the account of a folder.
    ///
    /// # Errors
    /// [`AccountError`]; a wrong passphrase is [`KeyFileError::Passphrase`].
    pub fn open(home: &Path, passphrase: &[u8]) -> Result<Self, AccountError> {
        Self::with_keys(home, KeyFile::open(&key_path(home), passphrase)?)
    }

    fn with_keys(home: &Path, keys: KeyFile) -> Result<Self, AccountError> {
        let contents = &keys.contents;
        let store = Store::open(&store::folder(home), contents.storage.secret())?;
        let directory = load_directory(contents, &store)?;
        Ok(Self {
            home: home.to_owned(),
            keys,
            store,
            directory,
            catalogue: Catalogue::built_in(),
        })
    }

    /// The account's folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The desk that this device belongs to.
    #[must_use]
    pub const fn desk(&self) -> &Desk {
        &self.keys.contents.desk
    }

    /// The key that signs envelopes, statements and prekeys.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_seed(&self.keys.contents.signing.secret())
    }

    /// Identifier of that key.
    #[must_use]
    pub fn device(&self) -> KeyId {
        self.signing_key().verifying_key().id()
    }

    /// The static key of the hop.
    #[must_use]
    pub fn hop_key(&self) -> channel::HopSecret {
        channel::HopSecret::from_bytes(self.keys.contents.hop.expose())
    }

    /// This device, as the signer of statements.
    #[must_use]
    pub fn signer(&self) -> Signer {
        Signer {
            agency: self.keys.contents.agency.clone(),
            desk: Some(self.desk().clone()),
            key: self.device(),
        }
    }

    /// The entry of the own desk in the newest roster, where that lists this device.
    #[must_use]
    pub fn enrolled_at(&self) -> Option<&DeskEntry> {
        let roster = self.directory.newest_roster(self.directory.own())?.value();
        let entry = roster.desk(self.desk())?;
        entry.device(&self.device()).map(|_| entry)
    }

    /// Makes changed secrets durable.
    ///
    /// # Errors
    /// What the disk says.
    pub fn save_keys(&self) -> Result<(), AccountError> {
        Ok(self.keys.save(&mut clock::random())?)
    }

    /// Verifies a published object, keeps it durably, and says whether anything changed.
    ///
    /// # Errors
    /// The outer one is of the disk; the inner one is the object's.
    pub fn apply(
        &mut self,
        object: &[u8],
        now: UnixMillis,
    ) -> Result<Result<bool, DirectoryError>, AccountError> {
        match self.directory.apply(object, now) {
            Ok(applied) => {
                if applied.news {
                    let name = (applied.kind, applied.name.as_str(), applied.number);
                    self.store.write()?.add_object(name, object, now)?;
                }
                Ok(Ok(applied.news))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Takes the right to network with this account; `None` while another process has it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn try_lock(&self) -> Result<Option<NetworkLock>, AccountError> {
        let path = self.home.join("account.lock");
        let io = |source| AccountError::Io {
            path: path.clone(),
            source,
        };
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(NetworkLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(io(source)),
        }
    }

    /// Where the networking process listens for other processes of this account.
    #[must_use]
    pub fn socket_path(&self) -> PathBuf {
        self.home.join("courier.sock")
    }

    /// Reads keys and directory again, which another process may have changed. Whoever takes the
    /// lock calls this first.
    ///
    /// # Errors
    /// What the disk says.
    pub fn refresh(&mut self) -> Result<(), AccountError> {
        self.reload()?;
        rotation::settle(self, &mut clock::random())?;
        Ok(())
    }

    /// Reads keys and directory again and leaves both as they are: for whoever goes on while
    /// another one networks.
    ///
    /// # Errors
    /// What the disk says.
    pub fn reload(&mut self) -> Result<(), AccountError> {
        self.keys.reload()?;
        self.directory = load_directory(&self.keys.contents, &self.store)?;
        Ok(())
    }
}

/// The right to network with an account, held until dropped or the process ends.
#[derive(Debug)]
pub struct NetworkLock {
    _file: File,
}

/// The key file of an account's folder.
#[must_use]
pub fn key_path(home: &Path) -> PathBuf {
    home.join("key")
}

/// Applies the stored objects; each may need another one first, so until none is taken any more.
fn load_directory(contents: &Contents, store: &Store) -> Result<Directory, StoreError> {
    let mut directory = Directory::new(contents.agency.clone(), contents.root);
    let mut waiting = store.objects()?;
    loop {
        let before = waiting.len();
        waiting.retain(|stored| {
            let applied = directory.apply(stored.object.as_slice(), stored.received_at);
            applied.is_err()
        });
        if waiting.is_empty() || waiting.len() == before {
            return Ok(directory);
        }
    }
}
