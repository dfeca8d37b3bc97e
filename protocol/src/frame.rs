//! What one end of a channel says to the other. Spec: session.md.

use crate::crypto::Hash;
use crate::encoding::{Bytes, EncodingError, Object, Text, require};
use crate::envelope::Wrap;
use crate::statement::Statement;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Statements that accompany an envelope, at most.
pub const ACCOMPANYING_MAX: usize = 24;

/// The only protocol version.
pub const VERSION: u16 = 1;

/// A frame. The channel authenticates it; it is not signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// First frame of each side.
    Hello(Box<Hello>),
    /// A device hands its relay a sealed message.
    Submit {
        /// Counts from 1 per link and direction.
        number: u64,
        /// The envelope's bytes.
        envelope: Bytes,
    },
    /// A relay hands over what waited.
    Deliver {
        /// Counts from 1 per link and direction.
        number: u64,
        /// What waited.
        item: Item,
    },
    /// Numbered frames whose content is now durable here.
    Taken {
        /// Their numbers.
        numbers: Vec<u64>,
    },
    /// A device makes a statement.
    Statement {
        /// Counts from 1 per link and direction, together with submissions.
        number: u64,
        /// The signed statement's bytes.
        statement: Bytes,
    },
    /// A charter, roster, accord, prekey bundle, suspension or rotation.
    Publish {
        /// The signed object's bytes.
        object: Bytes,
    },
    /// A stranger asks to be enrolled.
    Enrol {
        /// The enrolment request's bytes.
        request: Bytes,
    },
    /// How an enrolment stands.
    Enrolled {
        /// Waiting for the roster, or done.
        outcome: Enrolment,
    },
    /// One frame could not be taken; the link survives.
    Fault(Fault),
    /// All that waited at the time of the hello has been sent once.
    Synced,
}

/// First frame of each side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Protocol versions spoken.
    pub versions: Vec<u16>,
    /// What the sender claims to be.
    pub role: LinkRole,
    /// The sender's clock.
    pub now: UnixMillis,
    /// The newest objects that the sender holds.
    pub have: Vec<Holding>,
}

/// What an end of a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LinkRole {
    /// A device of the relay's own roster.
    Device,
    /// A relay.
    Relay,
    /// A key that no roster lists.
    Stranger,
}

/// The newest object of a kind and name that one holds. Spec: session.md, Frame.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holding {
    /// Kind of object.
    pub kind: u8,
    /// The agency of a charter or roster, an accord's name, or a device's key identifier in
    /// hexadecimal for its prekeys, with `@` and the agency behind it for its suspension.
    pub name: Text,
    /// The object's number; `issued` of prekeys and `at` of suspensions.
    pub number: u64,
    /// Hash of the object.
    pub hash: Hash,
}

/// What a relay hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// An envelope's bytes.
    Envelope(Bytes),
    /// A signed statement's bytes.
    Statement(Bytes),
    /// A device's wrap, against its `delivered`.
    Wrap {
        /// Digest of the message.
        digest: Hash,
        /// The wrap.
        wrap: Box<Wrap>,
    },
    /// An envelope to a peer, with the statements that it is judged by.
    Accompanied {
        /// The envelope's bytes.
        envelope: Bytes,
        /// Signed statements' bytes: releases of it, and grants about what it encloses.
        statements: Vec<Bytes>,
    },
}

/// How an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Enrolment {
    /// A roster-key holder has yet to sign.
    Pending,
    /// The roster lists the device.
    Done,
}

/// An unsigned answer about one frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Registered code.
    pub code: u16,
    /// Hash or digest of what it is about.
    pub about: Option<Hash>,
    /// When to try again, in milliseconds from now.
    pub retry_after: Option<u64>,
}

impl Object for Frame {
    const KIND: u8 = 48;
    const BYTES_MAX: usize = 1_114_112;

    fn check(&self) -> Result<(), EncodingError> {
        match self {
            Self::Hello(hello) => {
                require((1..=16).contains(&hello.versions.len()), "SES-1")?;
                require(hello.have.len() <= 8192, "SES-11")?;
                require(
                    hello.have.iter().all(|h| h.name.as_str().len() <= 128),
                    "SES-11",
                )
            }
            Self::Deliver {
                item: Item::Accompanied { statements, .. },
                ..
            } => {
                let fits = |statement: &Bytes| statement.as_slice().len() <= Statement::BYTES_MAX;
                require((1..=ACCOMPANYING_MAX).contains(&statements.len()), "SES-25")?;
                require(statements.iter().all(fits), "SES-25")
            }
            Self::Taken { numbers } => require((1..=256).contains(&numbers.len()), "SES-8"),
            _ => Ok(()),
        }
    }
}
