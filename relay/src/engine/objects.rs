//! Published objects: verified by the directory, journalled, and shared with whom they concern.
//! Spec: session.md SES-11 to SES-13.

use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::directory::{Applied, DirectoryError};
use estafette_protocol::encoding::{Object, SignedObject, decode};
use estafette_protocol::enrolment::{EnrolmentRequest, Invitation};
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::Roster;
use estafette_protocol::rotation::Rotation;
use estafette_protocol::session::frame_hash;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::UnixMillis;
use std::sync::Arc;

use super::links::Peer;
use super::{Action, Engine, EngineError, LinkId};
use crate::index::Facts;
use crate::record::{self, Leaf, Record};
use crate::store::Store;

/// Why an object of the administrator was not taken up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The object is not good; whoever made it is at fault.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The engine cannot go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl<S: Store> Engine<S> {
    /// Takes up an object that the administrator brings.
    ///
    /// # Errors
    /// [`PublishError::Directory`] leaves everything as it was; any other is final.
    pub fn publish(&mut self, now: UnixMillis, object: &[u8]) -> Result<Applied, PublishError> {
        self.now = self.now.max(now);
        let applied = Arc::make_mut(&mut self.directory).apply(object, self.now)?;
        self.took_up(&applied, object)?;
        Ok(applied)
    }

    /// A device or a peer publishes.
    pub(super) fn published(&mut self, link: LinkId, object: &[u8]) -> Result<(), EngineError> {
        let Some(peer) = self.peer(link) else {
            return Ok(());
        };
        let about = frame_hash(object);
        let Ok(signed) = decode::<SignedObject>(object) else {
            self.fault(link, ErrorCode::Malformed, Some(about), None);
            return Ok(());
        };
        if !may_publish(&peer, signed.inner_kind().unwrap_or_default()) {
            self.fault(link, ErrorCode::ObjectUnknown, Some(about), None);
            return Ok(());
        }
        match Arc::make_mut(&mut self.directory).apply(object, self.now) {
            Ok(applied) => {
                if let Some(state) = self.links.get_mut(&link) {
                    note_holding(&mut state.have, &applied);
                }
                self.took_up(&applied, object)
            }
            Err(error) => {
                tracing::debug!(%error, "a published object is refused");
                self.fault(link, error.code(), Some(about), None);
                Ok(())
            }
        }
    }

    fn took_up(&mut self, applied: &Applied, object: &[u8]) -> Result<(), EngineError> {
        if !applied.news {
            return Ok(());
        }
        let record = Record::Object(record::Object {
            kind: applied.kind,
            name: applied.name.clone(),
            number: applied.number,
            hash: applied.hash.0,
        });
        self.append(record, Some(object))?;
        self.actions.push(Action::Directory(self.directory()));
        if [Roster::KIND, Suspension::KIND, Accord::KIND].contains(&applied.kind) {
            self.recognise_again();
        }
        let links: Vec<LinkId> = self.links.keys().copied().collect();
        for link in links {
            self.share(link);
        }
        Ok(())
    }

    /// Applies every object of the journal again, at the time it was journalled.
    pub(super) fn reload_objects(&mut self) -> Result<(), EngineError> {
        let mut leaves: Vec<(Leaf, u64)> = Vec::new();
        self.store.replay(&mut |entry| {
            if let (Record::Object(_), Some(leaf)) = (&entry.head.record, entry.head.leaf) {
                leaves.push((leaf, entry.head.at_ms));
            }
        })?;
        for (leaf, at_ms) in leaves {
            let Some(item) = self.store.view().item(leaf)? else {
                continue;
            };
            let (Facts::Object(object), false) = (&item.facts, item.erased) else {
                continue;
            };
            let bytes = self.store.read(leaf)?;
            match object.kind {
                Invitation::KIND => self.reload_invitation(&bytes),
                EnrolmentRequest::KIND => {}
                _ => {
                    let applied =
                        Arc::make_mut(&mut self.directory).apply(&bytes, UnixMillis(at_ms));
                    if let Err(error) = applied {
                        tracing::warn!(leaf = leaf.0, %error, "a journalled object no longer holds");
                    }
                }
            }
        }
        Ok(())
    }
}

/// SES-12, seen from the receiver.
fn may_publish(peer: &Peer, kind: u8) -> bool {
    match peer {
        Peer::Device { .. } => {
            [PrekeyBundle::KIND, Suspension::KIND, Rotation::KIND].contains(&kind)
        }
        Peer::Relay { .. } => {
            let kinds = [
                Charter::KIND,
                Roster::KIND,
                PrekeyBundle::KIND,
                Suspension::KIND,
                Accord::KIND,
            ];
            kinds.contains(&kind)
        }
        Peer::Stranger => false,
    }
}

fn note_holding(have: &mut Vec<estafette_protocol::frame::Holding>, applied: &Applied) {
    have.retain(|held| held.kind != applied.kind || held.name.as_str() != applied.name);
    if let Ok(name) = estafette_protocol::encoding::Text::new(applied.name.clone()) {
        let (kind, number, hash) = (applied.kind, applied.number, applied.hash);
        have.push(estafette_protocol::frame::Holding {
            kind,
            name,
            number,
            hash,
        });
    }
}
