//! What an administrator may know of a running relay: no content, no names of cases.

use serde::Serialize;
use std::collections::BTreeMap;

use super::links::Peer;
use super::{Engine, EngineError};
use crate::record::Mailbox;
use crate::store::Store;
use estafette_protocol::directory::Proof;
use estafette_protocol::encoding::Signed;
use estafette_protocol::roster::Roster;
use estafette_protocol::time::UnixMillis;

/// A running relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Its agency.
    pub agency: String,
    /// Its time, in milliseconds since the Unix epoch.
    pub now_ms: u64,
    /// Number of the newest roster of each agency known.
    pub rosters: BTreeMap<String, u64>,
    /// Names of the accords in force.
    pub accords: Vec<String>,
    /// Links that are up.
    pub links: Vec<LinkStatus>,
    /// Mailboxes in which something waits.
    pub queues: Vec<QueueStatus>,
    /// Items that wait, one that waits in two mailboxes counted twice.
    pub queued: u64,
    /// The soonest time for which a message is held.
    pub held_until_ms: Option<u64>,
    /// The soonest time at which a release is due.
    pub release_due_ms: Option<u64>,
    /// Messages of which a device has proved that nobody there can open them.
    pub non_compliant: u64,
    /// Records in the journal.
    pub records: u64,
    /// Devices that wait to be signed into the roster, or for new keys.
    pub enrolments: usize,
    /// Whether the agency's newest roster lists this relay's keys.
    pub listed: bool,
    /// Agencies that signed two rosters for one place, and how many proofs of it are kept.
    pub proofs: BTreeMap<String, usize>,
    /// Whether only flash and statements are accepted for want of disk space.
    pub short_of_space: bool,
}

/// A link that is up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkStatus {
    /// `device`, `relay` or `stranger`.
    pub role: &'static str,
    /// The desk or agency; empty for a stranger.
    pub name: String,
}

/// A mailbox in which something waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueueStatus {
    /// The peer agency, or the device's key identifier in hexadecimal.
    pub mailbox: String,
    /// Items that wait.
    pub queued: u64,
}

/// Two rosters that an agency signed for one place (IDN-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForkProof {
    /// The agency whose key signed both.
    pub agency: String,
    /// Number of the roster that was refused.
    pub number: u64,
    /// The roster that is held.
    pub held: ForkSide,
    /// The roster that was refused.
    pub refused: ForkSide,
}

/// One of the two rosters of a proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForkSide {
    /// Its number.
    pub number: u64,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// When it says that it was made, in milliseconds since the Unix epoch.
    pub issued_ms: u64,
    /// The signed object as received, in hexadecimal.
    pub object: String,
}

impl<S: Store> Engine<S> {
    /// The proofs that an agency signed two rosters for one place.
    ///
    /// # Errors
    /// When a proof does not decode, which nothing but a fault of this program can cause.
    // IDN-48
    pub fn proofs(&self) -> Result<Vec<ForkProof>, EngineError> {
        let side = |bytes: &[u8]| -> Result<ForkSide, EngineError> {
            let signed = Signed::<Roster>::decode(bytes)?;
            Ok(ForkSide {
                number: signed.value().number,
                hash: hex::encode(signed.hash().as_slice()),
                issued_ms: signed.value().issued.0,
                object: hex::encode(bytes),
            })
        };
        let proofs = self.directory.proofs().iter();
        let read = proofs.map(|proof| {
            let refused = side(&proof.refused)?;
            Ok(ForkProof {
                agency: proof.agency.as_str().to_owned(),
                number: refused.number,
                held: side(&proof.held)?,
                refused,
            })
        });
        read.collect()
    }

    /// How the relay stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn status(&self, now: UnixMillis) -> Result<Status, EngineError> {
        let now = self.now.max(now);
        let numbers = self.directory.agencies().filter_map(|agency| {
            let roster = self.directory.newest_roster(agency)?;
            Some((agency.as_str().to_owned(), roster.value().number))
        });
        let accords = self.directory.accords_in_force(now);
        let view = self.store.view();
        let queues = view.queues().into_iter().map(|(mailbox, queued)| {
            let mailbox = match mailbox {
                Mailbox::Device(key) => hex::encode(key),
                Mailbox::Peer(agency) => agency,
            };
            QueueStatus { mailbox, queued }
        });
        Ok(Status {
            agency: self.identity.agency.as_str().to_owned(),
            now_ms: now.0,
            rosters: numbers.collect(),
            accords: accords
                .map(|(a, _)| a.value().name.as_str().to_owned())
                .collect(),
            links: self
                .links
                .values()
                .map(|state| link_status(&state.peer))
                .collect(),
            queues: queues.collect(),
            queued: view.queued_total(),
            held_until_ms: view.next_held_ms()?,
            release_due_ms: view.next_late_ms()?,
            non_compliant: self.non_compliant,
            records: view.position().records,
            enrolments: self.enrolments()?.len(),
            listed: self.is_listed(),
            proofs: proofs_by_agency(self.directory.proofs()),
            short_of_space: self.short_of_space,
        })
    }
}

fn proofs_by_agency(proofs: &[Proof]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for proof in proofs {
        let count: &mut usize = counts.entry(proof.agency.as_str().to_owned()).or_default();
        *count = count.saturating_add(1);
    }
    counts
}

fn link_status(peer: &Peer) -> LinkStatus {
    let (role, name) = match peer {
        Peer::Device { desk, .. } => ("device", desk.as_str().to_owned()),
        Peer::Relay { agency } => ("relay", agency.as_str().to_owned()),
        Peer::Stranger => ("stranger", String::new()),
    };
    LinkStatus { role, name }
}
