//! Shelves of documents: templates to begin with, drafts that were begun and not sent.
//!
//! Sealed like everything else; not even the names of templates can be read on disk.

use super::record::Kept;
use super::writing::Writing;
use super::{Store, StoreError};
use estafette_protocol::crypto::sha256;
use estafette_protocol::encoding::Text;
use estafette_protocol::time::UnixMillis;

/// Bytes of the hash that is a template's file name.
const NAME_BYTES: usize = 16;

/// Where a document is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Documents to begin with, by name.
    Templates,
    /// Documents begun and not sent, by number.
    Drafts,
}

impl Shelf {
    const fn folder(self) -> &'static str {
        match self {
            Self::Templates => "templates",
            Self::Drafts => "drafts",
        }
    }

    fn path(self, name: &str) -> String {
        let file = match self {
            Self::Templates => {
                let hash = sha256(&[b"template", name.as_bytes()]);
                hex::encode(hash.0.get(..NAME_BYTES).unwrap_or_default())
            }
            Self::Drafts => format!("{name:0>8}"),
        };
        format!("{}/{file}", self.folder())
    }
}

impl Store {
    /// The documents of a shelf, in the order of their names.
    ///
    /// # Errors
    /// When one is broken, or what the disk says.
    pub fn shelf(&self, shelf: Shelf) -> Result<Vec<Kept>, StoreError> {
        let folder = shelf.folder();
        let read = |name: &String| self.files.read(&format!("{folder}/{name}")).transpose();
        let names = self.files.list(folder)?;
        let kept: Result<Vec<Kept>, _> = names.iter().filter_map(read).collect();
        let mut kept = kept?;
        if shelf == Shelf::Templates {
            kept.sort_by(|a, b| a.name.as_str().cmp(b.name.as_str()));
        }
        Ok(kept)
    }

    /// A document of a shelf by its name.
    ///
    /// # Errors
    /// When it is broken, or what the disk says.
    pub fn kept(&self, shelf: Shelf, name: &str) -> Result<Option<Kept>, StoreError> {
        let is_number = name.len() <= 8 && name.bytes().all(|b| b.is_ascii_digit());
        match shelf {
            Shelf::Drafts if !is_number || name.is_empty() => Ok(None),
            _ => self.files.read(&shelf.path(name)),
        }
    }
}

impl Writing<'_> {
    /// Keeps a document under a name, in place of the one of that name.
    ///
    /// # Errors
    /// When it is too long, or what the disk says.
    pub fn keep(
        &self,
        shelf: Shelf,
        name: &str,
        text: Text,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        let kept = Kept {
            name: Text::new(name)?,
            kept_at: now,
            text,
        };
        self.files().write(&shelf.path(name), &kept)
    }

    /// Keeps a document as a new draft, unless the newest one is the same; gives its number.
    ///
    /// # Errors
    /// When it is too long, or what the disk says.
    pub fn keep_draft(&self, text: Text, now: UnixMillis) -> Result<u64, StoreError> {
        let folder = Shelf::Drafts.folder();
        let names = self.files().list(folder)?;
        let last = names.last();
        let number: u64 = last.and_then(|name| name.parse().ok()).unwrap_or(0);
        if let Some(name) = last {
            let newest: Option<Kept> = self.files().read(&format!("{folder}/{name}"))?;
            if newest.is_some_and(|kept| kept.text == text) {
                return Ok(number);
            }
        }
        let number = number.saturating_add(1);
        self.keep(Shelf::Drafts, &number.to_string(), text, now)?;
        Ok(number)
    }

    /// Takes a document off its shelf.
    ///
    /// # Errors
    /// What the disk says.
    pub fn discard(&self, shelf: Shelf, name: &str) -> Result<(), StoreError> {
        self.files().remove(&shelf.path(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use estafette_protocol::crypto::Secret;

    #[test]
    fn documents_are_kept_sealed_and_come_back_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), Secret::from_bytes([7; 32])).unwrap();
        let text = |text: &str| Text::new(text).unwrap();
        let now = UnixMillis(5);
        let writing = store.write().unwrap();
        writing
            .keep(Shelf::Templates, "weekly", text("one"), now)
            .unwrap();
        writing
            .keep(Shelf::Templates, "weekly", text("two"), now)
            .unwrap();
        assert_eq!(writing.keep_draft(text("a"), now).unwrap(), 1);
        assert_eq!(writing.keep_draft(text("a"), now).unwrap(), 1);
        assert_eq!(writing.keep_draft(text("b"), now).unwrap(), 2);
        writing.discard(Shelf::Drafts, "1").unwrap();
        drop(writing);
        let weekly = store.kept(Shelf::Templates, "weekly").unwrap().unwrap();
        assert_eq!(weekly.text.as_str(), "two");
        let drafts = store.shelf(Shelf::Drafts).unwrap();
        assert_eq!(drafts.len(), 1);
        assert_eq!(drafts[0].name.as_str(), "2");
        assert_eq!(store.kept(Shelf::Drafts, "../x").unwrap(), None);
        assert_eq!(store.kept(Shelf::Drafts, "1").unwrap(), None);
    }
}
