//! What relays read of a message. Spec: envelope.md, Header.

use crate::address::{Agency, Desk};
use crate::crypto::{Hash, KeyId};
use crate::encoding::{
    EncodingError, Extensions, FixedBytes, Object, Text, require, require_sorted,
};
use crate::marking::Marking;
use crate::precedence::{Precedence, Status};
use crate::time::{DAY_MS, UnixMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Header of an envelope. Nothing of it is repeated in the body, and there is no blind copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Cryptographic suite: 1.
    pub suite: u16,
    /// Actual, exercise or test.
    pub status: Status,
    /// Drawn once per form; with the sender it names the message.
    pub reference: FixedBytes<16>,
    /// The sending desk.
    pub sender: Desk,
    /// The device that signs.
    pub sender_key: KeyId,
    /// 1 to 64 desks, sorted.
    pub addressees: Vec<Addressee>,
    /// Format of the form.
    pub format: u16,
    /// Version of the format.
    pub format_version: u16,
    /// How urgent transport is.
    pub precedence: Precedence,
    /// Handling codes, sorted by axis.
    pub marking: Vec<Marking>,
    /// Digest of the message that this one answers.
    pub in_reply_to: Option<Hash>,
    /// Digest of the message that this one replaces.
    pub supersedes: Option<Hash>,
    /// Digests of enclosed messages, sorted.
    pub encloses: Vec<Hash>,
    /// The accord, where an addressee is of another agency.
    pub accord: Option<Hash>,
    /// The sender's agency's roster.
    pub roster: Hash,
    /// The rosters of the other addressed agencies, sorted by agency.
    pub rosters: Vec<RosterNumber>,
    /// When the sender says it was made.
    pub created: UnixMillis,
    /// Not to be delivered before.
    pub not_before: Option<UnixMillis>,
    /// Not to be delivered after; at most 30 days after `created`.
    pub expires: UnixMillis,
    /// Acknowledge within, in milliseconds from `relayed`.
    pub acknowledge_within: Option<u64>,
    /// Answer within, in milliseconds from `relayed`.
    pub answer_within: Option<u64>,
    /// Attachments, sorted by hash.
    pub attachments: Vec<Attachment>,
    /// How long the body may be kept, in milliseconds.
    pub retention: Option<u64>,
    /// The exercise, for status exercise.
    pub exercise: Option<FixedBytes<16>>,
    /// The task force that the addressees were expanded from.
    pub task_force: Option<Text>,
    /// Reason code of a named exception.
    pub exception: Option<u16>,
    /// Length of the sealed body, in bytes.
    pub body_bytes: u32,
    /// Fixes the content key.
    pub commitment: FixedBytes<32>,
    /// Room for growth.
    pub extensions: Extensions,
}

/// An addressed desk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Addressee {
    /// The desk.
    pub desk: Desk,
    /// What it is expected to do.
    pub role: Role,
}

/// What an addressee is expected to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// 0: must act.
    Action,
    /// 1: is informed.
    Info,
    /// 2: may read only once escalated to.
    Standby,
}

/// The roster of an agency that the sender judged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterNumber {
    /// The agency.
    pub agency: Agency,
    /// The roster's number.
    pub number: u64,
}

/// An attachment kept outside the envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Hash of its ciphertext.
    pub hash: Hash,
    /// Length of its ciphertext, in bytes.
    pub bytes: u64,
}

impl Object for Header {
    const KIND: u8 = 33;
    const BYTES_MAX: usize = 16_384;

    fn check(&self) -> Result<(), EncodingError> {
        self.check_addressees()?;
        self.check_times()?;
        require(self.marking.len() <= 8, "ENV-6")?;
        require_sorted(self.marking.iter().map(|m| m.axis), "ENV-6")?;
        require(self.encloses.len() <= 8, "ENC-17")?;
        require_sorted(&self.encloses, "ENC-17")?;
        require(self.attachments.len() <= 32, "ENC-17")?;
        require_sorted(self.attachments.iter().map(|a| a.hash), "ENC-17")?;
        // ENV-4
        require(
            self.exercise.is_some() == (self.status == Status::Exercise),
            "ENV-4",
        )?;
        let names = |t: &Text| (1..=64).contains(&t.as_str().len());
        require(self.task_force.as_ref().is_none_or(names), "ENC-13")?;
        // ENV-14
        let body_bytes = usize::try_from(self.body_bytes).unwrap_or(usize::MAX);
        let padded = body_bytes.checked_sub(16);
        require(padded.is_some_and(super::is_size_class), "ENV-14")?;
        self.extensions.check()
    }
}

impl Header {
    fn check_addressees(&self) -> Result<(), EncodingError> {
        // ENV-2
        require((1..=64).contains(&self.addressees.len()), "ENV-2")?;
        require_sorted(self.addressees.iter().map(|a| &a.desk), "ENV-2")?;
        require(
            self.addressees.iter().any(|a| a.role == Role::Action),
            "ENV-2",
        )?;
        // ENV-7, ENV-5
        let own = self.sender.agency();
        let foreign: BTreeSet<Agency> = self.agencies().filter(|a| *a != own).collect();
        require(
            foreign.iter().eq(self.rosters.iter().map(|r| &r.agency)),
            "ENV-7",
        )?;
        require(self.rosters.len() <= 16, "ENV-7")?;
        require(self.accord.is_some() != foreign.is_empty(), "ENV-5")
    }

    fn check_times(&self) -> Result<(), EncodingError> {
        // ENV-1
        let lifetime = self.expires.since(self.created);
        require((1..=30 * DAY_MS).contains(&lifetime), "ENV-1")?;
        // ENV-3
        let within = |t: UnixMillis| t >= self.created && t <= self.expires;
        require(self.not_before.is_none_or(within), "ENV-3")?;
        require(
            self.acknowledge_within.is_none_or(|d| d <= 30 * DAY_MS),
            "ENC-13",
        )?;
        require(
            self.answer_within.is_none_or(|d| d <= 365 * DAY_MS),
            "ENC-13",
        )
    }

    /// The agencies of the addressees, each once per addressee.
    pub fn agencies(&self) -> impl Iterator<Item = Agency> + '_ {
        self.addressees.iter().map(|a| a.desk.agency())
    }

    /// The desk that a wrap's `addressee` stands for.
    #[must_use]
    pub fn desk(&self, addressee: u8) -> Option<&Desk> {
        match usize::from(addressee).checked_sub(1) {
            None => Some(&self.sender),
            Some(at) => self.addressees.get(at).map(|a| &a.desk),
        }
    }

    /// Whether a desk is addressed.
    #[must_use]
    pub fn is_addressed(&self, desk: &Desk) -> bool {
        self.addressees.iter().any(|a| a.desk == *desk)
    }

    /// Whether a desk of this agency is addressed.
    #[must_use]
    pub fn addresses_agency(&self, agency: &Agency) -> bool {
        self.agencies().any(|a| a == *agency)
    }
}
