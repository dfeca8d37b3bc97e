//! The messages of the store, kept in memory and read again only where they have changed.

use crate::store::{Message, Stamp, Store, StoreError};
use estafette_protocol::crypto::Hash;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// The messages of one store.
#[derive(Debug, Default)]
pub struct Archive {
    seen: Option<Stamp>,
    stamps: BTreeMap<Hash, Stamp>,
    /// Oldest first.
    messages: Vec<Message>,
}

impl Archive {
    /// Looks at the store, and says whether any message is new or another than before.
    ///
    /// Costs one look at a folder while nothing changes, and otherwise one at each message; only
    /// what has changed is read and decrypted.
    ///
    /// # Errors
    /// When a record is broken, or what the disk says; what was read before is kept.
    pub fn look(&mut self, store: &Store, now: SystemTime) -> Result<bool, StoreError> {
        // Taken before the look: what changes meanwhile shows at the next one.
        let stamp = store.stamp()?;
        let is_settled = stamp.is_some_and(|stamp| stamp.is_settled(now));
        if is_settled && self.seen == stamp {
            return Ok(false);
        }
        let fresh = self.fresh(store)?;
        let has_changed = !fresh.is_empty();
        for (stamp, message) in fresh {
            let digest = message.record.digest;
            self.stamps.insert(digest, stamp);
            let mut known = self.messages.iter_mut();
            match known.find(|known| known.record.digest == digest) {
                Some(known) => *known = message,
                None => self.messages.push(message),
            }
        }
        self.seen = stamp.filter(|_| is_settled);
        Ok(has_changed)
    }

    fn fresh(&self, store: &Store) -> Result<Vec<(Stamp, Message)>, StoreError> {
        let mut fresh = Vec::new();
        for (_, digest) in store.ids()? {
            let Some(stamp) = store.message_stamp(&digest)? else {
                continue;
            };
            if self.stamps.get(&digest) == Some(&stamp) {
                continue;
            }
            let message = store.message(&digest)?;
            fresh.extend(message.map(|message| (stamp, message)));
        }
        Ok(fresh)
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::testing::Scene;
    use std::time::Duration;

    #[test]
    fn changes_are_seen_once_and_what_is_unchanged_is_not_read_again() {
        let mut scene = Scene::new();
        let later = || SystemTime::now() + Duration::from_secs(60);
        let mut archive = Archive::default();
        assert!(!archive.look(&scene.store, later()).unwrap());
        let digest = scene.flag("one");
        assert!(archive.look(&scene.store, later()).unwrap());
        assert!(!archive.look(&scene.store, later()).unwrap());
        assert_eq!(archive.messages().len(), 1);
        let shown = |record: &mut crate::store::Record| record.shown_at = Some(scene.now);
        let writing = scene.store.write().unwrap();
        writing.update(&digest, shown).unwrap();
        drop(writing);
        assert!(archive.look(&scene.store, later()).unwrap());
        assert_eq!(archive.messages()[0].record.shown_at, Some(scene.now));
    }

    /// Within a step of the file system's clock a folder may change without another time.
    #[test]
    fn folder_that_has_just_changed_is_looked_at_again() {
        let mut scene = Scene::new();
        scene.flag("one");
        let mut archive = Archive::default();
        assert!(archive.look(&scene.store, SystemTime::now()).unwrap());
        assert_eq!(archive.seen, None);
        scene.flag("two");
        assert!(archive.look(&scene.store, SystemTime::now()).unwrap());
        assert_eq!(archive.messages().len(), 2);
    }
}
