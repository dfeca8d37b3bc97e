//! What stands on disk about a message, in the outbox, of held statements and of the directory.
//!
//! A record holds all that changes about a message, so that every change is one rename.

use super::StoreError;
use crate::key_file::SecretBytes;
use estafette_protocol::address::Desk;
use estafette_protocol::code::Note;
use estafette_protocol::crypto::{Hash, KeyId, Secret};
use estafette_protocol::encoding::{
    Bytes, EncodingError, FixedBytes, Object, Signed, Text, decode, require,
};
use estafette_protocol::envelope::{Header, Role, Stage, Wrap};
use estafette_protocol::statement::{self, Claim, Statement};
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::{AddresseeState, track};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most statements kept about one message.
pub const STATEMENTS_MAX: usize = 2_048;

/// Where a message in the archive comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Sealed on this device.
    Sent,
    /// Received; the sender may be another device of the own desk.
    Received,
}

/// Whether the form is readable here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// The wrap has not come yet.
    Sealed,
    /// The form is in the archive; the key opens and seals remarks.
    Open(SecretBytes<32>),
    /// It does not open: code of the stage that failed.
    Unreadable(u8),
}

/// What only this device knows of a message's fate. Nothing of it is shown as a rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// Nothing out of the ordinary.
    Ordinary,
    /// Taken back before it was ever sent.
    Cancelled,
    /// The own relay answered with this code instead of a receipt; not sent again by itself.
    Faulted(u16),
    /// It expired in the outbox.
    ExpiredHere,
}

const fn notes_of(claim: &Claim) -> &[Note] {
    match claim {
        Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => judged.notes.as_slice(),
        _ => &[],
    }
}

/// What stands on disk about one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Small number, given once per account.
    pub id: u64,
    /// The envelope's digest.
    pub digest: Hash,
    /// Where it comes from.
    pub origin: Origin,
    /// The header's bytes.
    pub header: Bytes,
    /// The key by which the signature was found good.
    pub sender_key: FixedBytes<32>,
    /// When it was stored here.
    pub stored_at: UnixMillis,
    /// Whether it is readable.
    pub content: Content,
    /// This device's wrap, where one came.
    pub wrap: Option<Box<Wrap>>,
    /// One line for lists.
    pub summary: Text,
    /// When it was first shown here.
    pub shown_at: Option<UnixMillis>,
    /// What only this device knows.
    pub fate: Fate,
    /// Verified statements, sorted by hash.
    pub statements: Vec<Bytes>,
}

impl Object for Record {
    const KIND: u8 = 225;
    const BYTES_MAX: usize = 9_437_184;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.statements.len() <= STATEMENTS_MAX, "STA-4")
    }
}

/// A message of the archive: its record and what follows from it.
#[derive(Debug, Clone)]
pub struct Message {
    /// What stands on disk.
    pub record: Record,
    /// The header.
    pub header: Header,
    /// The verified statements, sorted by hash.
    pub statements: Vec<Signed<Statement>>,
}

impl Message {
    /// What the relay remarked in a receipt.
    #[must_use]
    pub fn notes(&self, receipt: &Hash) -> &[Note] {
        let receipt = self.statements.iter().find(|s| s.hash() == *receipt);
        receipt.map_or(&[], |receipt| notes_of(&receipt.value().claim))
    }

    /// What relays remarked in all receipts, each remark once.
    #[must_use]
    pub fn all_notes(&self) -> BTreeSet<Note> {
        let claims = self.statements.iter().map(|s| &s.value().claim);
        claims.flat_map(notes_of).copied().collect()
    }

    pub(super) fn from_record(record: Record) -> Result<Self, StoreError> {
        let header = decode(record.header.as_slice())?;
        let statements = record.statements.iter();
        let statements = statements.map(|bytes| statement::decode(bytes.as_slice()));
        let statements = statements.collect::<Result<_, _>>()?;
        Ok(Self {
            record,
            header,
            statements,
        })
    }

    /// What is proved for each addressee, from the statements alone (STA-9).
    #[must_use]
    pub fn states(&self) -> Vec<AddresseeState> {
        track(&self.header, &self.record.digest, &self.statements)
    }

    /// The content key, where the message is readable.
    #[must_use]
    pub const fn content_key(&self) -> Option<Secret> {
        match &self.record.content {
            Content::Open(key) => Some(key.secret()),
            Content::Sealed | Content::Unreadable(_) => None,
        }
    }

    /// The stage at which opening failed.
    #[must_use]
    pub fn unreadable_at(&self) -> Option<Stage> {
        match self.record.content {
            Content::Unreadable(code) => Stage::from_code(code),
            _ => None,
        }
    }

    /// The role that the header gives a desk.
    #[must_use]
    pub fn role_of(&self, desk: &Desk) -> Option<Role> {
        let addressee = self.header.addressees.iter().find(|a| a.desk == *desk)?;
        Some(addressee.role)
    }

    /// Whether the sender's relay has taken or refused it, so that it need not be sent again.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let own = self.header.sender.agency();
        self.statements.iter().map(Signed::value).any(|s| {
            let by_egress = s.signer.agency == own && s.signer.desk.is_none();
            by_egress && matches!(s.claim, Claim::Accepted { .. } | Claim::Refused { .. })
        })
    }

    /// The statement of a kind that this device has signed.
    pub fn signed_here(&self, device: &KeyId, word: &str) -> Option<&Signed<Statement>> {
        self.statements
            .iter()
            .find(|s| s.value().signer.key == *device && s.value().claim.word() == word)
    }
}

/// What an outbox entry carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cargo {
    /// The envelope of the subject.
    Envelope,
    /// A statement about the subject.
    Statement(Bytes),
}

/// Something that the relay has yet to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Digest of the message.
    pub subject: Hash,
    /// What is sent.
    pub cargo: Cargo,
    /// Code of the message's precedence.
    pub precedence: u8,
    /// When it was queued.
    pub queued_at: UnixMillis,
    /// Whether it was ever handed to a link: from then on the relay may have it.
    pub attempted: bool,
    /// Not to be sent before, after a retriable fault.
    pub retry_at: Option<UnixMillis>,
}

impl Object for Entry {
    const KIND: u8 = 226;
    const BYTES_MAX: usize = 8_192;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.precedence <= 3, "ENC-10")
    }
}

/// Statements that cannot be judged yet: their message or their signer is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// When the first came.
    pub since: UnixMillis,
    /// The statements' bytes.
    pub statements: Vec<Bytes>,
}

impl Object for Held {
    const KIND: u8 = 227;
    const BYTES_MAX: usize = 524_288;

    fn check(&self) -> Result<(), EncodingError> {
        require(
            self.statements.len() <= super::HELD_PER_SUBJECT_MAX,
            "STA-4",
        )
    }
}

/// A published object as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredObject {
    /// When it came.
    pub received_at: UnixMillis,
    /// The signed object's bytes.
    pub object: Bytes,
}

impl Object for StoredObject {
    const KIND: u8 = 228;
    const BYTES_MAX: usize = 1_114_112;

    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}

/// A document kept on a shelf: a template or a draft. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What it is called.
    pub name: Text,
    /// When it was kept.
    pub kept_at: UnixMillis,
    /// The document.
    pub text: Text,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept(…)")
    }
}

impl Object for Kept {
    const KIND: u8 = 230;
    const BYTES_MAX: usize = 2_097_152;

    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}

/// Bytes kept as they are: envelopes and forms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blob {
    /// The bytes.
    pub bytes: Bytes,
}

impl Object for Blob {
    const KIND: u8 = 229;
    const BYTES_MAX: usize = 540_672;

    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}
