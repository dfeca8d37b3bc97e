//! Published objects: verified by the directory, journalled, and shared with whom they concern.
//! Spec: session.md SES-11 to SES-13.

use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::directory::{Applied, Directory, DirectoryError};
use estafette_protocol::duty::Duty;
use estafette_protocol::encoding::{Object, Signed, SignedObject, decode};
use estafette_protocol::enrolment::{EnrolmentRequest, Invitation};
use estafette_protocol::frame::Frame;
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::Roster;
use estafette_protocol::rotation::Rotation;
use estafette_protocol::session::frame_hash;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{HOUR_MS, UnixMillis};
use std::collections::BTreeMap;
use std::sync::Arc;

use super::links::Peer;
use super::{Action, Engine, EngineError, LinkId};
use crate::hop::Lane;
use crate::index::Facts;
use crate::record::{self, Leaf, Mailbox, Record};
use crate::store::Store;

/// Bytes of objects that a device may have taken up in an hour (SES-22).
const DEVICE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of objects that a peer may have taken up in an hour (SES-22).
const PEER_BYTES_MAX: usize = 64 * 1024 * 1024;

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
        let proofs = self.directory.proofs().len();
        match Arc::make_mut(&mut self.directory).apply(object, self.now) {
            Ok(applied) => {
                self.took_up(&applied, object)?;
                Ok(applied)
            }
            Err(error) => {
                self.keep_proof(proofs, object)?;
                Err(error.into())
            }
        }
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
        // SES-21
        if let Peer::Relay { agency } = &peer
            && Directory::agency_of(object).is_some_and(|of| of != *agency)
        {
            self.fault(link, ErrorCode::ObjectUnknown, Some(about), None);
            return Ok(());
        }
        if let Err(wait_ms) = self.publishing.admit(&peer, object.len(), self.now) {
            let code = ErrorCode::TooManyRequests;
            self.fault(link, code, Some(about), Some(wait_ms));
            return Ok(());
        }
        if let Err(error) = self.check_duty(&peer, object) {
            self.fault(link, error.code(), Some(about), None);
            return Ok(());
        }
        let proofs = self.directory.proofs().len();
        match Arc::make_mut(&mut self.directory).apply(object, self.now) {
            Ok(applied) => {
                if applied.news {
                    self.publishing.spend(&peer, object.len());
                }
                if let Some(state) = self.links.get_mut(&link) {
                    note_holding(&mut state.have, &applied);
                }
                if [Suspension::KIND, Rotation::KIND, Duty::KIND].contains(&applied.kind) {
                    self.confirm(link, &peer, object);
                }
                self.took_up(&applied, object)
            }
            Err(error) => {
                tracing::debug!(%error, "a published object is refused");
                self.keep_proof(proofs, object)?;
                self.fault(link, error.code(), Some(about), None);
                Ok(())
            }
        }
    }

    /// Judges whom an absence of one of our desks names.
    // DTY-7
    fn check_duty(&self, peer: &Peer, object: &[u8]) -> Result<(), DirectoryError> {
        let duty = Signed::<Duty>::decode(object);
        match (peer, duty) {
            (Peer::Device { .. }, Ok(signed)) => self.directory.check_deputy(signed.value()),
            _ => Ok(()),
        }
    }

    /// Says to a device that what it published is held: it leaves with the commit, and before the
    /// link is closed on account of it.
    // IDN-41
    fn confirm(&mut self, link: LinkId, peer: &Peer, object: &[u8]) {
        if matches!(peer, Peer::Device { .. }) {
            let object = object.into();
            self.send(link, Lane::Ordinary, &Frame::Publish { object });
        }
    }

    /// Journals the roster that has just become a proof, if one has: a proof of misbehaviour is
    /// worth nothing if it is gone with the process.
    // IDN-48
    fn keep_proof(&mut self, held_before: usize, object: &[u8]) -> Result<(), EngineError> {
        let Some(proof) = self.directory.proofs().get(held_before) else {
            return Ok(());
        };
        let signed = Signed::<Roster>::decode(&proof.refused)?;
        let record = Record::Object(record::Object {
            kind: Roster::KIND,
            name: proof.agency.as_str().to_owned(),
            number: signed.value().number,
            hash: signed.hash().0,
        });
        self.append(record, Some(object))?;
        Ok(())
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
        if applied.kind == Roster::KIND {
            self.hand_on()?;
        }
        if [Charter::KIND, Roster::KIND, Suspension::KIND, Accord::KIND].contains(&applied.kind) {
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
                    // A forked roster stands in the journal as the proof that it is.
                    if let Err(error) = applied
                        && !matches!(error, DirectoryError::RosterForked { .. })
                    {
                        tracing::warn!(leaf = leaf.0, %error, "a journalled object no longer holds");
                    }
                }
            }
        }
        Ok(())
    }
}

/// What each device and each peer has had taken up in the hour that runs, so that none can fill
/// the journal, and every other link, with objects that replace each other (SES-22).
#[derive(Debug, Default)]
pub(super) struct Publishing {
    since: UnixMillis,
    spent: BTreeMap<Mailbox, usize>,
}

impl Publishing {
    /// Whether an object of this length may be taken up, or how long to wait, in milliseconds.
    fn admit(&mut self, peer: &Peer, bytes: usize, now: UnixMillis) -> Result<(), u64> {
        let passed = now.since(self.since);
        if passed >= HOUR_MS {
            self.since = now;
            self.spent.clear();
        }
        let most = match peer {
            Peer::Relay { .. } => PEER_BYTES_MAX,
            _ => DEVICE_BYTES_MAX,
        };
        let mailbox = peer.mailbox();
        let spent = mailbox.and_then(|mailbox| self.spent.get(&mailbox).copied());
        if spent.unwrap_or(0).saturating_add(bytes) <= most {
            Ok(())
        } else {
            Err(HOUR_MS.saturating_sub(passed))
        }
    }

    fn spend(&mut self, peer: &Peer, bytes: usize) {
        if let Some(mailbox) = peer.mailbox() {
            let spent = self.spent.entry(mailbox).or_default();
            *spent = spent.saturating_add(bytes);
        }
    }
}

/// SES-12, seen from the receiver.
fn may_publish(peer: &Peer, kind: u8) -> bool {
    match peer {
        Peer::Device { .. } => {
            let kinds = [
                PrekeyBundle::KIND,
                Suspension::KIND,
                Rotation::KIND,
                Duty::KIND,
            ];
            kinds.contains(&kind)
        }
        Peer::Relay { .. } => {
            let kinds = [
                Charter::KIND,
                Roster::KIND,
                PrekeyBundle::KIND,
                Suspension::KIND,
                Duty::KIND,
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
