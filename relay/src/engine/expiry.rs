//! The end of custody: what was not delivered in time is said, and bodies go. Spec: envelope.md
//! ENV-1, statement.md.

use estafette_protocol::address::Desk;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::statement::{self, Claim};
use estafette_protocol::time::{DAY_MS, HOUR_MS};

use super::{Engine, EngineError};
use crate::index::Facts;
use crate::record::{Leaf, Record};
use crate::store::Store;

/// Items handled at one tick.
const DUE_MAX: usize = 256;
/// How long after expiry digest and reference are remembered, in milliseconds (ADM-22).
const REMEMBER_MS: u64 = 90 * DAY_MS + HOUR_MS;

impl<S: Store> Engine<S> {
    /// Expires what is due: says so for every desk that did not get it, then erases the body.
    pub(super) fn expire(&mut self) -> Result<(), EngineError> {
        for leaf in self.store.view().due(self.now.0, DUE_MAX)? {
            let Some(item) = self.store.view().item(leaf)? else {
                continue;
            };
            self.held.remove(&leaf);
            if let Facts::Envelope(facts) = &item.facts {
                self.lapse(leaf, &FixedBytes(facts.digest), &item.awaited)?;
                self.expire_watch(leaf)?;
            }
            self.append(Record::Erased { leaf }, None)?;
            self.make_room()?;
        }
        self.store.forget(self.now.minus(REMEMBER_MS).0)?;
        Ok(())
    }

    fn lapse(
        &mut self,
        leaf: Leaf,
        digest: &estafette_protocol::crypto::Hash,
        awaited: &[String],
    ) -> Result<(), EngineError> {
        let Ok(bytes) = self.store.read(leaf) else {
            return Ok(());
        };
        let parsed = Parsed::decode(&bytes)?;
        let header = parsed.header();
        for desk in awaited.iter().filter_map(|desk| desk.parse::<Desk>().ok()) {
            if self.is_refused_for(digest, &desk)? {
                continue;
            }
            let mailboxes = self.sender_mailboxes(header);
            self.state(header, digest, Claim::Expired { desk }, mailboxes)?;
        }
        Ok(())
    }

    fn is_refused_for(
        &self,
        digest: &estafette_protocol::crypto::Hash,
        desk: &Desk,
    ) -> Result<bool, EngineError> {
        for leaf in self.store.view().statements(&digest.0)? {
            let Ok(bytes) = self.store.read(leaf) else {
                continue;
            };
            let Ok(signed) = statement::decode(&bytes) else {
                continue;
            };
            let value = signed.value();
            let refused = matches!(value.claim, Claim::Refused { .. });
            if refused && value.signer.agency == desk.agency() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn sender_mailboxes(&self, header: &Header) -> Vec<crate::record::Mailbox> {
        let agency = header.sender.agency();
        match agency == self.identity.agency {
            true => self.desk_mailboxes(&header.sender),
            false => self.towards(&agency),
        }
    }
}
