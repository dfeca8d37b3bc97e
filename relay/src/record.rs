//! What a relay writes down: the records of its journal and what they are called.
//!
//! A record states one fact.
//! Facts stay for ever, in the record's *head*; an optional *body* (the envelope, the statement)
//! stays until an [`Record::Erased`] says that it is no longer needed.
//! Envelopes, statements and objects are *logged*: each is allotted the next leaf of the relay's log.
//! This module decides the shape and the limits of records, not when they are written.
//! Spec: `store.md`, chapter "Record".

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The place of a logged record in the relay's log: gap-free from 0, in the order of the journal.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Leaf(pub u64);

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where an item waits to be taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Mailbox {
    /// A device of this agency, by its key id.
    Device([u8; 16]),
    /// A peer agency, by its name: forwarding uses the same queues.
    Peer(String),
}

/// One fact. The order of the variants is the order of their tags on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// The relay started here; marks restarts for whoever reads the journal.
    Opened,
    /// An envelope was accepted. Body: its bytes as received.
    Envelope {
        /// What is kept of it.
        envelope: Envelope,
        /// Where it waits.
        mailboxes: Vec<Mailbox>,
        /// Addressed desks whose `delivered` is awaited.
        await_desks: Vec<String>,
    },
    /// A statement was accepted or made. Body: its bytes.
    Statement {
        /// What is kept of it.
        statement: Statement,
        /// Where it waits.
        mailboxes: Vec<Mailbox>,
    },
    /// A roster, charter, accord, prekey bundle or the like was taken up. Body: its bytes.
    Object(Object),
    /// An item waits in further mailboxes, or at another precedence in the same ones:
    /// a release, an escalation, a rewrap, or a peer that has to be told again.
    Queued {
        /// The item.
        leaf: Leaf,
        /// The precedence in force for these mailboxes.
        precedence: u8,
        /// The mailboxes it now waits in.
        mailboxes: Vec<Mailbox>,
        /// Desks whose `delivered` is now awaited too.
        await_desks: Vec<String>,
    },
    /// A device has the item and signed for it; its wrap has still to be handed out.
    Handed {
        /// The item.
        leaf: Leaf,
        /// The device.
        mailbox: Mailbox,
    },
    /// A mailbox has taken the item for good.
    Settled {
        /// The item.
        leaf: Leaf,
        /// The mailbox.
        mailbox: Mailbox,
    },
    /// An addressed desk has signed `delivered`.
    Delivered {
        /// The envelope.
        leaf: Leaf,
        /// The desk.
        desk: String,
    },
    /// The statement refuses the envelope it is about, so that a repeat gets the same refusal.
    Refused {
        /// The refusing statement.
        statement: Leaf,
    },
    /// The body is no longer needed, and the item no longer waits anywhere.
    Erased {
        /// The item.
        leaf: Leaf,
    },
    /// An envelope is held back until its time.
    Held {
        /// The envelope.
        leaf: Leaf,
        /// Until when, in milliseconds since the Unix epoch.
        until_ms: u64,
        /// Identifier of the key that signed it, which may be barred by then.
        signer: [u8; 16],
        /// Where it waits from then on.
        mailboxes: Vec<Mailbox>,
    },
    /// A held envelope's time has come: it waits in its mailboxes.
    Released {
        /// The envelope.
        leaf: Leaf,
    },
    /// A held envelope was dropped, because it was taken back or its release refused: it never
    /// waits there, and no desk is awaited.
    Cancelled {
        /// The envelope.
        leaf: Leaf,
    },
    /// An envelope is held back until it is released.
    Detained {
        /// The envelope.
        leaf: Leaf,
        /// When it is to be said that this takes too long, in milliseconds since the Unix epoch.
        due_ms: Option<u64>,
        /// Identifier of the key that signed it, which may be barred by then.
        signer: [u8; 16],
        /// Where it waits from then on.
        mailboxes: Vec<Mailbox>,
    },
    /// A detained envelope was released.
    LetGo {
        /// The envelope.
        leaf: Leaf,
        /// The precedence in force from now on.
        precedence: u8,
        /// Until when it is held back now, in milliseconds since the Unix epoch; absent where its
        /// time has come.
        until_ms: Option<u64>,
    },
    /// It was said that a detained envelope's release takes too long.
    Late {
        /// The envelope.
        leaf: Leaf,
    },
    /// Desks that the envelope is for, and that do not get it before it is escalated to them.
    Standby {
        /// The envelope.
        leaf: Leaf,
        /// The desks.
        desks: Vec<String>,
    },
    /// How an envelope is marked, by its header or by its originator's later word.
    Marked {
        /// The envelope.
        leaf: Leaf,
        /// What says so; what comes later in this order holds.
        by: MarkedBy,
        /// Axis and code, sorted by axis.
        marking: Vec<(u16, u16)>,
    },
    /// An envelope was accepted under rows that have a rate.
    Rated {
        /// The envelope.
        leaf: Leaf,
        /// Name of the accord, or nothing for the house, and name of the row.
        rows: Vec<(String, String)>,
        /// It is above the rate: served last among those of its precedence.
        above: bool,
    },
    /// A device proves that it was sent what nobody can open: counted once for a message.
    NonCompliant {
        /// The envelope.
        leaf: Leaf,
    },
    /// What an envelope passes on, by its header and by what those enclose in turn.
    Encloses {
        /// The envelope.
        leaf: Leaf,
        /// Digests, sorted.
        digests: Vec<[u8; 32]>,
    },
    /// What is watched of an envelope from now on.
    Watched {
        /// The envelope.
        leaf: Leaf,
        /// When something is due, by the clock that never jumps, in milliseconds.
        at_ms: Option<u64>,
        /// The watch; empty when nothing is watched any more.
        watch: Vec<u8>,
    },
    /// The relay's wall clock was moved.
    Stepped {
        /// How far it is ahead of the clock that never jumps, in milliseconds.
        skew_ms: i64,
        /// The relay goes on by the time that it had.
        kept: bool,
        /// How far that time is ahead of the clock that never jumps, in milliseconds.
        trusted_ms: i64,
    },
}

/// What says how an envelope is marked: earliest first, the header before any statement.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct MarkedBy {
    /// Time of the statement, in milliseconds since the Unix epoch; 0 for the header.
    pub at_ms: u64,
    /// Hash of the statement; zeros for the header.
    pub hash: [u8; 32],
}

/// What is kept of an envelope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Names the envelope.
    pub digest: [u8; 32],
    /// The desk that sent it.
    pub sender: String,
    /// Names the message, together with the sender.
    pub reference: [u8; 16],
    /// 0 routine, 1 priority, 2 immediate, 3 flash.
    pub precedence: u8,
    /// 0 actual, 1 exercise, 2 test.
    pub status: u8,
    /// When the message expires, in milliseconds since the Unix epoch.
    pub expires_ms: u64,
}

/// What is kept of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Names the statement.
    pub hash: [u8; 32],
    /// Digest of the envelope it is about.
    pub subject: [u8; 32],
    /// Identifier of the key that signed it.
    pub signer: [u8; 16],
    /// The statement's kind, as registered.
    pub kind: u8,
    /// How urgently it travels: 0 routine, 1 priority, 2 immediate, 3 flash.
    pub precedence: u8,
    /// Status of its subject: 0 actual, 1 exercise, 2 test.
    pub status: u8,
    /// When nobody needs it any more, in milliseconds since the Unix epoch.
    pub expires_ms: u64,
}

/// What is kept of a signed object that replaces an older one of the same kind and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// The object's kind, as registered.
    pub kind: u8,
    /// Whose it is: an agency, a desk, a device.
    pub name: String,
    /// Its number in the sequence of that kind and name.
    pub number: u64,
    /// Names the object.
    pub hash: [u8; 32],
}

/// A record with what the journal added to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The relay's time, in milliseconds since the Unix epoch; never before the previous head's.
    pub at_ms: u64,
    /// The leaf allotted, for logged kinds.
    pub leaf: Option<Leaf>,
    /// The fact.
    pub record: Record,
}

/// Why a record can not be written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The head passes [`HEAD_BYTES_MAX`]. The caller is at fault.
    #[error("record head of {bytes} bytes, at most {HEAD_BYTES_MAX}")]
    HeadTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The body passes [`BODY_BYTES_MAX`]. The caller is at fault.
    #[error("record body of {bytes} bytes, at most {BODY_BYTES_MAX}")]
    BodyTooLong {
        /// Its length.
        bytes: usize,
    },
    /// A body came with a record that has no leaf to find it by. The caller is at fault.
    #[error("body with a record that is not logged")]
    BodyNotLogged,
    /// A precedence above flash or a status above test. The caller is at fault.
    #[error("precedence {precedence} or status {status} out of range")]
    OutOfRange {
        /// The precedence given.
        precedence: u8,
        /// The status given.
        status: u8,
    },
    /// A mailbox or desk name is empty or longer than [`NAME_BYTES_MAX`]. The caller is at fault.
    #[error("name of {bytes} bytes, 1 to {NAME_BYTES_MAX}")]
    Name {
        /// Its length.
        bytes: usize,
    },
    /// Bytes on disk that no version of this relay wrote.
    #[error("head does not decode")]
    Malformed,
}

/// The longest head. 256 mailboxes and 64 desks fit several times.
pub const HEAD_BYTES_MAX: usize = 65_536;
/// The longest body: an object of 1 MiB with room to spare.
pub const BODY_BYTES_MAX: usize = 2_097_152;
/// The longest name of a desk or an agency.
pub const NAME_BYTES_MAX: usize = 255;
/// The highest precedence: flash.
pub const PRECEDENCE_MAX: u8 = 3;
/// The highest status: test.
pub const STATUS_MAX: u8 = 2;

impl Record {
    /// Tells whether the record is allotted a leaf.
    pub fn is_logged(&self) -> bool {
        matches!(
            self,
            Self::Envelope { .. } | Self::Statement { .. } | Self::Object(_)
        )
    }

    /// The leaf of the item that the record is about, when it is not an item itself.
    // STO-6
    pub fn about(&self) -> Option<Leaf> {
        match self {
            Self::Queued { leaf, .. }
            | Self::Handed { leaf, .. }
            | Self::Settled { leaf, .. }
            | Self::Delivered { leaf, .. }
            | Self::Refused { statement: leaf }
            | Self::Erased { leaf }
            | Self::Held { leaf, .. }
            | Self::Released { leaf }
            | Self::Cancelled { leaf }
            | Self::Detained { leaf, .. }
            | Self::LetGo { leaf, .. }
            | Self::Late { leaf }
            | Self::Standby { leaf, .. }
            | Self::Marked { leaf, .. }
            | Self::Rated { leaf, .. }
            | Self::NonCompliant { leaf }
            | Self::Encloses { leaf, .. }
            | Self::Watched { leaf, .. } => Some(*leaf),
            Self::Opened
            | Self::Stepped { .. }
            | Self::Envelope { .. }
            | Self::Statement { .. }
            | Self::Object(_) => None,
        }
    }

    /// Checks what the types leave open.
    ///
    /// # Errors
    /// [`RecordError::OutOfRange`] and [`RecordError::Name`].
    pub fn check(&self) -> Result<(), RecordError> {
        match self {
            Self::Envelope {
                envelope,
                mailboxes,
                await_desks,
            } => {
                check_range(envelope.precedence, envelope.status)?;
                check_name(&envelope.sender)?;
                check_names(mailboxes, await_desks)
            }
            Self::Statement {
                statement,
                mailboxes,
            } => {
                check_range(statement.precedence, statement.status)?;
                check_names(mailboxes, &[])
            }
            Self::Object(object) => check_name(&object.name),
            Self::Queued {
                precedence,
                mailboxes,
                await_desks,
                ..
            } => {
                check_range(*precedence, 0)?;
                check_names(mailboxes, await_desks)
            }
            Self::Handed { mailbox, .. } | Self::Settled { mailbox, .. } => check_mailbox(mailbox),
            Self::Delivered { desk, .. } => check_name(desk),
            Self::Held { mailboxes, .. } | Self::Detained { mailboxes, .. } => {
                check_names(mailboxes, &[])
            }
            Self::Standby { desks, .. } => check_names(&[], desks),
            Self::LetGo { precedence, .. } => check_range(*precedence, 0),
            Self::Opened
            | Self::Refused { .. }
            | Self::Erased { .. }
            | Self::Released { .. }
            | Self::Cancelled { .. }
            | Self::Late { .. }
            | Self::Marked { .. }
            | Self::Rated { .. }
            | Self::NonCompliant { .. }
            | Self::Encloses { .. }
            | Self::Watched { .. }
            | Self::Stepped { .. } => Ok(()),
        }
    }
}

impl Head {
    /// Encodes the head as it stands on disk.
    ///
    /// # Errors
    /// [`RecordError::HeadTooLong`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        let bytes = postcard::to_stdvec(self).map_err(|_| RecordError::Malformed)?;
        if bytes.len() > HEAD_BYTES_MAX {
            return Err(RecordError::HeadTooLong { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// Decodes a head read from disk.
    ///
    /// # Errors
    /// [`RecordError::Malformed`], also when bytes are left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        match postcard::take_from_bytes(bytes) {
            Ok((head, [])) => Ok(head),
            _ => Err(RecordError::Malformed),
        }
    }
}

fn check_range(precedence: u8, status: u8) -> Result<(), RecordError> {
    if precedence > PRECEDENCE_MAX || status > STATUS_MAX {
        return Err(RecordError::OutOfRange { precedence, status });
    }
    Ok(())
}

fn check_names(mailboxes: &[Mailbox], desks: &[String]) -> Result<(), RecordError> {
    mailboxes.iter().try_for_each(check_mailbox)?;
    desks.iter().try_for_each(|desk| check_name(desk))
}

fn check_mailbox(mailbox: &Mailbox) -> Result<(), RecordError> {
    match mailbox {
        Mailbox::Device(_) => Ok(()),
        Mailbox::Peer(agency) => check_name(agency),
    }
}

fn check_name(name: &str) -> Result<(), RecordError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(RecordError::Name { bytes: name.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(record: Record) -> Vec<u8> {
        let (at_ms, leaf) = (300, None);
        let head = Head {
            at_ms,
            leaf,
            record,
        };
        head.to_bytes().unwrap()
    }

    #[test]
    fn heads_have_the_bytes_of_the_specification() {
        assert_eq!(hex::encode(head(Record::Opened)), "ac020000");
        let device = Mailbox::Device([7; 16]);
        let settled = Record::Settled {
            leaf: Leaf(5),
            mailbox: device,
        };
        assert_eq!(
            hex::encode(head(settled)),
            format!("ac0200060500{}", "07".repeat(16))
        );
        assert_eq!(
            hex::encode(head(Record::Refused { statement: Leaf(1) })),
            "ac02000801"
        );
        assert_eq!(
            hex::encode(head(Record::Erased { leaf: Leaf(1) })),
            "ac02000901"
        );
        let held = Record::Held {
            leaf: Leaf(1),
            until_ms: 300,
            signer: [7; 16],
            mailboxes: vec![Mailbox::Peer("a".to_owned())],
        };
        assert_eq!(
            hex::encode(head(held)),
            format!("ac02000a01ac02{}01010161", "07".repeat(16))
        );
        assert_eq!(
            hex::encode(head(Record::Released { leaf: Leaf(1) })),
            "ac02000b01"
        );
        assert_eq!(
            hex::encode(head(Record::Cancelled { leaf: Leaf(1) })),
            "ac02000c01"
        );
        let object = Object {
            kind: 1,
            name: "a".to_owned(),
            number: 2,
            hash: [9; 32],
        };
        let logged = Head {
            at_ms: 1,
            leaf: Some(Leaf(4)),
            record: Record::Object(object),
        };
        let bytes = logged.to_bytes().unwrap();
        assert_eq!(
            hex::encode(&bytes),
            format!("01010403010161{}{}", "02", "09".repeat(32))
        );
        assert_eq!(Head::from_bytes(&bytes), Ok(logged));
    }

    #[test]
    fn heads_about_release_and_readers_have_the_bytes_of_the_specification() {
        let detained = Record::Detained {
            leaf: Leaf(1),
            due_ms: Some(300),
            signer: [7; 16],
            mailboxes: vec![],
        };
        assert_eq!(
            hex::encode(head(detained)),
            format!("ac02000d0101ac02{}00", "07".repeat(16))
        );
        let let_go = Record::LetGo {
            leaf: Leaf(1),
            precedence: 2,
            until_ms: None,
        };
        assert_eq!(hex::encode(head(let_go)), "ac02000e010200");
        assert_eq!(
            hex::encode(head(Record::Late { leaf: Leaf(1) })),
            "ac02000f01"
        );
        let standby = Record::Standby {
            leaf: Leaf(1),
            desks: vec!["a".to_owned()],
        };
        assert_eq!(hex::encode(head(standby)), "ac02001001010161");
        let marked = Record::Marked {
            leaf: Leaf(1),
            by: MarkedBy::default(),
            marking: vec![(1, 2)],
        };
        assert_eq!(
            hex::encode(head(marked)),
            format!("ac0200110100{}010102", "00".repeat(32))
        );
        let rated = Record::Rated {
            leaf: Leaf(1),
            rows: vec![("a".to_owned(), "b".to_owned())],
            above: true,
        };
        assert_eq!(
            hex::encode(head(rated)),
            "ac020012010101610162".to_owned() + "01"
        );
        assert_eq!(
            hex::encode(head(Record::NonCompliant { leaf: Leaf(1) })),
            "ac02001301"
        );
        let encloses = Record::Encloses {
            leaf: Leaf(1),
            digests: vec![[7; 32]],
        };
        assert_eq!(
            hex::encode(head(encloses)),
            format!("ac0200140101{}", "07".repeat(32))
        );
        let watched = Record::Watched {
            leaf: Leaf(1),
            at_ms: Some(300),
            watch: vec![7, 8],
        };
        assert_eq!(hex::encode(head(watched)), "ac0200150101ac02020708");
        let stepped = Record::Stepped {
            skew_ms: -150,
            kept: true,
            trusted_ms: 2,
        };
        assert_eq!(hex::encode(head(stepped)), "ac020016ab020104");
    }

    #[test]
    fn head_refuses_trailing_bytes_and_unknown_tags() {
        assert_eq!(Head::from_bytes(&[1, 0, 0, 0]), Err(RecordError::Malformed));
        assert_eq!(Head::from_bytes(&[1, 0, 23]), Err(RecordError::Malformed));
        assert_eq!(Head::from_bytes(&[]), Err(RecordError::Malformed));
    }

    #[test]
    fn check_refuses_what_the_index_could_not_order() {
        let queued = |precedence| Record::Queued {
            leaf: Leaf(0),
            precedence,
            mailboxes: vec![],
            await_desks: vec![],
        };
        assert!(queued(3).check().is_ok());
        assert!(matches!(
            queued(4).check(),
            Err(RecordError::OutOfRange { .. })
        ));
        let long = Record::Delivered {
            leaf: Leaf(0),
            desk: "x".repeat(256),
        };
        assert_eq!(long.check(), Err(RecordError::Name { bytes: 256 }));
    }
}
