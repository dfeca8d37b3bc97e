//! Keys that were replaced: what waits for an old one, and the relay's own.
//!
//! Decides that nothing is lost with a device's old key: its queue goes on to the key that a roster
//! put in its place. Spec: identity.md IDN-43, IDN-47.

use estafette_protocol::crypto::{HopKey, KeyId};

use super::{Engine, EngineError, RelayIdentity};
use crate::index::precedence_of;
use crate::record::{Mailbox, Record};
use crate::store::Store;

/// Items looked at in one step.
const STEP_MAX: usize = 1_024;

impl<S: Store> Engine<S> {
    /// Lets what waits for keys that were replaced wait for those in their place.
    // IDN-43
    pub(super) fn hand_on(&mut self) -> Result<(), EngineError> {
        let successions: Vec<_> = self.directory.successions().collect();
        for (old, new) in successions {
            self.hand_on_from(old, new)?;
        }
        Ok(())
    }

    fn hand_on_from(&mut self, old: KeyId, new: KeyId) -> Result<(), EngineError> {
        let (from, to) = (Mailbox::Device(old.0), Mailbox::Device(new.0));
        loop {
            let step = self.store.view().next(&from, None, STEP_MAX)?;
            if step.is_empty() {
                break;
            }
            for waiting in step {
                let leaf = waiting.turn.leaf;
                let queued = Record::Queued {
                    leaf,
                    precedence: precedence_of(waiting.turn.rank),
                    mailboxes: vec![to.clone()],
                    await_desks: Vec::new(),
                };
                self.append(queued, None)?;
                let mailbox = from.clone();
                self.append(Record::Settled { leaf, mailbox }, None)?;
            }
        }
        self.stir(&[to]);
        Ok(())
    }

    /// Whether the agency's newest roster lists the relay's hop key: until it does, nobody finds
    /// the relay by its roster.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.lists(&self.identity.hop_public)
    }

    /// Takes on new keys, if the agency's newest roster lists them; says whether it does.
    // IDN-47
    pub fn take_on(&mut self, identity: RelayIdentity) -> bool {
        let listed = self.lists(&identity.hop_public);
        if listed {
            self.identity = identity;
        }
        listed
    }

    fn lists(&self, hop_public: &[u8; 32]) -> bool {
        let key = HopKey::from_bytes(hop_public).ok();
        let roster = self.directory.newest_roster(&self.identity.agency);
        let relay = key.and_then(|key| roster?.value().relay_by_hop_key(&key));
        relay.is_some()
    }
}
