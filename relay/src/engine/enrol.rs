//! Getting in: invitations, enrolment requests, and what waits for a signature.
//! Spec: identity.md IDN-25 to IDN-29.

use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, sha256};
use estafette_protocol::encoding::{Object, decode, encode};
use estafette_protocol::enrolment::{
    EnrolmentRequest, Invitation, device_fingerprint, show_fingerprint,
};
use estafette_protocol::frame::{Enrolment, Frame};

use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use serde::Serialize;
use std::net::IpAddr;

use super::links::{Peer, decode_kind};
use super::{Engine, EngineError, LinkId};
use crate::hop::{Lane, source};
use crate::record::{self, Record};
use crate::store::Store;

/// Enrolment requests of one source address in a minute (IDN-29).
const REQUESTS_MAX: usize = 3;
/// Source addresses remembered.
const SOURCES_MAX: usize = 4_096;

/// A device that waits to be signed into the roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PendingEnrolment {
    /// The desk it wants to join.
    pub desk: String,
    /// Its signing key, in hexadecimal.
    pub key: String,
    /// Its hop key, in hexadecimal.
    pub hop_key: String,
    /// What the officer reads out.
    pub fingerprint: String,
    /// When it asked, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The signed rotation, in hexadecimal, where a device that is listed wants new keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation: Option<String>,
}

impl<S: Store> Engine<S> {
    /// Remembers an invitation, so that one device may ask to join under it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn invite(&mut self, now: UnixMillis, invitation: Invitation) -> Result<(), EngineError> {
        self.now = self.now.max(now);
        let bytes = encode(&invitation)?;
        let name = invitation_name(&invitation);
        let number = invitation.expires.0;
        let hash = sha256(&[&bytes]).0;
        let object = record::Object {
            kind: Invitation::KIND,
            name: name.clone(),
            number,
            hash,
        };
        self.append(Record::Object(object), Some(&bytes))?;
        self.invitations.insert(name, invitation);
        Ok(())
    }

    pub(super) fn reload_invitation(&mut self, bytes: &[u8]) {
        if let Some(invitation) = decode_kind::<Invitation>(bytes) {
            self.invitations
                .insert(invitation_name(&invitation), invitation);
        }
    }

    /// Devices that wait to be signed into the roster, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn enrolments(&self) -> Result<Vec<PendingEnrolment>, EngineError> {
        let mut pending = Vec::new();
        for (leaf, object) in self.store.view().objects()? {
            if object.kind != EnrolmentRequest::KIND {
                continue;
            }
            let request: EnrolmentRequest = decode(&self.store.read(leaf)?)?;
            let listed = self.directory.device_by_id(&request.key.id()).is_some();
            if !listed {
                let fingerprint = show_fingerprint(&request.fingerprint());
                pending.push(PendingEnrolment {
                    desk: request.desk.as_str().to_owned(),
                    key: hex::encode(request.key.to_bytes()),
                    hop_key: hex::encode(request.hop_key.as_bytes()),
                    fingerprint,
                    at_ms: object.number,
                    rotation: None,
                });
            }
        }
        pending.extend(self.rotations());
        pending.sort_by_key(|p| p.at_ms);
        Ok(pending)
    }

    /// Devices that wait for new keys (IDN-24).
    fn rotations(&self) -> impl Iterator<Item = PendingEnrolment> {
        self.directory.rotations_pending().filter_map(|signed| {
            let rotation = signed.value();
            let fingerprint = device_fingerprint(&rotation.key, &rotation.hop_key);
            Some(PendingEnrolment {
                desk: rotation.desk.as_str().to_owned(),
                key: hex::encode(rotation.key.to_bytes()),
                hop_key: hex::encode(rotation.hop_key.as_bytes()),
                fingerprint: show_fingerprint(&fingerprint),
                at_ms: rotation.at.0,
                rotation: Some(hex::encode(signed.encode().ok()?)),
            })
        })
    }

    /// A stranger asks to join (IDN-27).
    pub(super) fn enrol(&mut self, link: LinkId, bytes: &[u8]) -> Result<(), EngineError> {
        let about = sha256(&[bytes]);
        let Some(state) = self.links.get(&link) else {
            return Ok(());
        };
        let (remote, peer_static) = (state.remote, state.peer_static);
        if !self.within_rate(remote) {
            self.fault(
                link,
                ErrorCode::TooManyRequests,
                Some(about),
                Some(MINUTE_MS),
            );
            return Ok(());
        }
        let Ok(request) = decode::<EnrolmentRequest>(bytes) else {
            self.fault(link, ErrorCode::Malformed, Some(about), None);
            return Ok(());
        };
        if *request.hop_key.as_bytes() != peer_static {
            self.fault(link, ErrorCode::InvitationUnknown, Some(about), None);
            return Ok(());
        }
        match self.admit_device(&request, bytes)? {
            Ok(()) => {
                let frame = Frame::Enrolled {
                    outcome: Enrolment::Pending,
                };
                self.send(link, Lane::Ordinary, &frame);
            }
            Err(code) => self.fault(link, code, Some(about), None),
        }
        Ok(())
    }

    fn admit_device(
        &mut self,
        request: &EnrolmentRequest,
        bytes: &[u8],
    ) -> Result<Result<(), ErrorCode>, EngineError> {
        let now = self.now;
        let fits = |i: &Invitation| i.desk == request.desk && now < i.expires;
        let found = self
            .invitations
            .iter()
            .find(|(_, i)| fits(i) && request.verify(&i.secret));
        let Some((name, _)) = found else {
            return Ok(Err(ErrorCode::InvitationUnknown));
        };
        let name = name.clone();
        let hash = sha256(&[bytes]);
        let used = self
            .store
            .view()
            .object_history(EnrolmentRequest::KIND, &name)?;
        if let Some((_, object)) = used.last() {
            let same = object.hash == hash.0;
            return Ok(if same {
                Ok(())
            } else {
                Err(ErrorCode::InvitationUsed)
            });
        }
        let kind = EnrolmentRequest::KIND;
        let object = record::Object {
            kind,
            name,
            number: now.0,
            hash: hash.0,
        };
        self.append(Record::Object(object), Some(bytes))?;
        Ok(Ok(()))
    }

    // IDN-29
    pub(super) fn within_rate(&mut self, remote: IpAddr) -> bool {
        let (now, source) = (self.now, source(remote));
        self.enrolment_times.retain(|_, times| {
            times.retain(|at| now.since(*at) < MINUTE_MS);
            !times.is_empty()
        });
        if self.enrolment_times.len() >= SOURCES_MAX {
            return false;
        }
        let times = self.enrolment_times.entry(source).or_default();
        if times.len() >= REQUESTS_MAX {
            return false;
        }
        times.push(now);
        true
    }

    /// A link whose key changed its role: a stranger that was signed in is told; every other is
    /// closed and comes back as what it is now.
    pub(super) fn regreet(&mut self, link: LinkId) {
        let Some(state) = self.links.get(&link) else {
            return;
        };
        let welcome = state.peer == Peer::Stranger && state.session.is_open();
        // IDN-40
        let barred = match &state.peer {
            Peer::Device { key, .. } => {
                let own = &self.identity.agency;
                self.directory.is_barred(own, key, self.now)
            }
            _ => false,
        };
        if welcome {
            let frame = Frame::Enrolled {
                outcome: Enrolment::Done,
            };
            self.send(link, Lane::Ordinary, &frame);
        }
        let code = match barred {
            true => ErrorCode::DeviceSuspended,
            false => ErrorCode::Replaced,
        };
        self.close(link, code);
    }
}

/// Name of an invitation in the journal: says nothing of its secret.
fn invitation_name(invitation: &Invitation) -> String {
    let hash: Hash = sha256(&[b"estafette/1/invitation\0", invitation.secret.expose()]);
    hex::encode(hash.as_slice())
}
