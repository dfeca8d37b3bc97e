//! What this device signed for its relay to publish, and its keys while they change.
//!
//! Kept until the relay has said that it holds it (IDN-41), whichever process signed it and
//! whichever one is on the network. Decides nothing about when keys change: that is
//! [`crate::rotation`].

use super::writing::Writing;
use super::{Store, StoreError, hex};
use crate::key_file::{PrekeySeed, SecretBytes};
use estafette_protocol::crypto::{Hash, KeyId};
use estafette_protocol::encoding::{Bytes, EncodingError, Object, require_sorted};
use estafette_protocol::session::frame_hash;
use estafette_protocol::time::UnixMillis;
use serde::{Deserialize, Serialize};

const PUBLISH: &str = "publish";
const KEYS: &str = "keys";
const NEXT: &str = "keys/next";

/// A signed object that the relay has yet to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// When it was signed.
    pub at: UnixMillis,
    /// The signed object.
    pub object: Bytes,
    /// Code with which the relay refused it for good.
    pub refused: Option<u16>,
}

impl Object for Publication {
    const KIND: u8 = 231;
    const BYTES_MAX: usize = 20_480;

    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}

/// Keys that wait for a roster to list them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextKeys {
    /// When they were drawn.
    pub at: UnixMillis,
    /// Seed of the signing key.
    pub signing: SecretBytes<32>,
    /// Static key of the hop.
    pub hop: SecretBytes<32>,
}

impl Object for NextKeys {
    const KIND: u8 = 232;
    const BYTES_MAX: usize = 256;

    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}

/// What is kept of a key that was replaced: enough to open what was sealed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerKey {
    /// Identifier of the signing key.
    pub device: KeyId,
    /// Secrets of its prekeys, sorted by id.
    pub prekeys: Vec<PrekeySeed>,
}

impl Object for FormerKey {
    const KIND: u8 = 233;
    const BYTES_MAX: usize = 8_192;

    fn check(&self) -> Result<(), EncodingError> {
        require_sorted(self.prekeys.iter().map(|p| p.id), "ENC-17")
    }
}

fn publication_path(hash: &Hash) -> String {
    format!("{PUBLISH}/{}", hex(hash))
}

fn former_path(device: &KeyId) -> String {
    format!("{KEYS}/former-{}", hex(device))
}

impl Store {
    /// Names of what has yet to be published, for noticing a change; decrypts nothing.
    ///
    /// # Errors
    /// What the disk says.
    pub fn publication_names(&self) -> Result<Vec<String>, StoreError> {
        self.files.list(PUBLISH)
    }

    /// Whether nothing waits for the relay: neither in the outbox nor to be published.
    ///
    /// # Errors
    /// When an item is broken, or what the disk says.
    pub fn is_idle(&self) -> Result<bool, StoreError> {
        let waits = |publication: &Publication| publication.refused.is_none();
        Ok(self.outbox_names()?.is_empty() && !self.publications()?.iter().any(waits))
    }

    /// What has yet to be published, oldest first, with what was refused.
    ///
    /// # Errors
    /// When an item is broken, or what the disk says.
    pub fn publications(&self) -> Result<Vec<Publication>, StoreError> {
        let names = self.files.list(PUBLISH)?;
        let read = |name: &String| self.files.read(&format!("{PUBLISH}/{name}")).transpose();
        let found: Result<Vec<Publication>, _> = names.iter().filter_map(read).collect();
        let mut found = found?;
        found.sort_by_key(|publication| publication.at);
        Ok(found)
    }

    /// A publication by its object's hash; `None` once the relay holds it.
    ///
    /// # Errors
    /// When it is broken, or what the disk says.
    pub fn publication(&self, hash: &Hash) -> Result<Option<Publication>, StoreError> {
        self.files.read(&publication_path(hash))
    }

    /// Keys that wait for a roster to list them.
    ///
    /// # Errors
    /// When the item is broken, or what the disk says.
    pub fn next_keys(&self) -> Result<Option<NextKeys>, StoreError> {
        self.files.read(NEXT)
    }

    /// The keys that were replaced and may still be needed.
    ///
    /// # Errors
    /// When an item is broken, or what the disk says.
    pub fn former_keys(&self) -> Result<Vec<FormerKey>, StoreError> {
        let names = self.files.list(KEYS)?;
        let former = names.iter().filter(|name| name.starts_with("former-"));
        let read = |name: &String| self.files.read(&format!("{KEYS}/{name}")).transpose();
        former.filter_map(read).collect()
    }
}

impl Writing<'_> {
    /// Keeps a signed object until the relay holds it; gives the hash that names it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn add_publication(&self, object: &[u8], now: UnixMillis) -> Result<Hash, StoreError> {
        let hash = frame_hash(object);
        let publication = Publication {
            at: now,
            object: object.into(),
            refused: None,
        };
        self.files().write(&publication_path(&hash), &publication)?;
        Ok(hash)
    }

    /// Notes that the relay refused an object for good.
    ///
    /// # Errors
    /// What the disk says.
    pub fn refuse_publication(&self, hash: &Hash, code: u16) -> Result<(), StoreError> {
        let path = publication_path(hash);
        let Some(known) = self.files().read::<Publication>(&path)? else {
            return Ok(());
        };
        let refused = Some(code);
        self.files().write(&path, &Publication { refused, ..known })
    }

    /// Forgets an object: the relay holds it, or somebody has read why not.
    ///
    /// # Errors
    /// What the disk says.
    pub fn remove_publication(&self, hash: &Hash) -> Result<(), StoreError> {
        self.files().remove(&publication_path(hash))
    }

    /// Keeps keys until a roster lists them.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_next_keys(&self, keys: &NextKeys) -> Result<(), StoreError> {
        self.files().write(NEXT, keys)
    }

    /// Forgets the keys that waited.
    ///
    /// # Errors
    /// What the disk says.
    pub fn remove_next_keys(&self) -> Result<(), StoreError> {
        self.files().remove(NEXT)
    }

    /// Keeps what is needed of a key that was replaced; nothing where no prekey is left.
    ///
    /// # Errors
    /// What the disk says.
    pub fn set_former_key(&self, former: &FormerKey) -> Result<(), StoreError> {
        let path = former_path(&former.device);
        match former.prekeys.is_empty() {
            true => self.files().remove(&path),
            false => self.files().write(&path, former),
        }
    }
}
