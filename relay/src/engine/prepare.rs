//! What can be decided about a frame without the engine: decoding and signatures.
//!
//! Runs in the link's own task, so that the engine thread spends its time on what must be in order.

use bytes::Bytes;
use estafette_protocol::crypto::{Hash, KeyId, VerifyingKey};
use estafette_protocol::directory::Directory;
use estafette_protocol::encoding::{EncodingError, Signed, decode};
use estafette_protocol::envelope::Parsed;
use estafette_protocol::frame::{Frame, Item};
use estafette_protocol::session::frame_hash;
use estafette_protocol::statement::{self, Statement};

/// A frame, and what was found out about it.
#[derive(Debug)]
pub struct Prepared {
    /// The frame, or the hash of bytes that are none.
    pub(super) frame: Result<Frame, Hash>,
    /// What was found out about its content.
    pub(super) check: Check,
}

/// What was found out about a frame's content.
#[derive(Debug)]
pub(super) enum Check {
    /// Nothing to find out.
    None,
    /// An envelope.
    Envelope(CheckedEnvelope),
    /// A statement.
    Statement(CheckedStatement),
    /// An envelope and the statements that came with it.
    Accompanied(CheckedEnvelope, Vec<CheckedStatement>),
}

impl Check {
    /// What was found out about an envelope that came alone.
    pub(super) fn envelope(self) -> Option<CheckedEnvelope> {
        match self {
            Self::Envelope(envelope) => Some(envelope),
            _ => None,
        }
    }
}

/// An envelope, and the key under which its signature is good.
pub(super) type CheckedEnvelope = (Result<Box<Parsed>, EncodingError>, Option<VerifyingKey>);

/// A statement, and the key under which its signature is good.
pub(super) type CheckedStatement = (
    Result<Box<Signed<Statement>>, EncodingError>,
    Option<VerifyingKey>,
);

/// Decodes a frame and verifies the signature of the envelope or statement in it, by a directory
/// that may be a little older than the engine's; what it does not know, the engine tries again.
#[must_use]
pub fn prepare(bytes: &Bytes, directory: &Directory) -> Prepared {
    let Ok(frame) = decode::<Frame>(bytes) else {
        return Prepared {
            frame: Err(frame_hash(bytes)),
            check: Check::None,
        };
    };
    let check = match &frame {
        Frame::Submit { envelope, .. }
        | Frame::Deliver {
            item: Item::Envelope(envelope),
            ..
        } => Check::Envelope(checked_envelope(envelope.as_slice(), directory)),
        Frame::Deliver {
            item:
                Item::Accompanied {
                    envelope,
                    statements,
                },
            ..
        } => {
            let statements = statements.iter();
            Check::Accompanied(
                checked_envelope(envelope.as_slice(), directory),
                statements
                    .map(|bytes| checked_statement(bytes.as_slice(), directory))
                    .collect(),
            )
        }
        Frame::Statement { statement, .. }
        | Frame::Deliver {
            item: Item::Statement(statement),
            ..
        } => Check::Statement(checked_statement(statement.as_slice(), directory)),
        _ => Check::None,
    };
    Prepared {
        frame: Ok(frame),
        check,
    }
}

fn checked_envelope(bytes: &[u8], directory: &Directory) -> CheckedEnvelope {
    let parsed = Parsed::decode(bytes);
    let key = parsed.as_ref().ok().and_then(|parsed| {
        let key = device_key(directory, &parsed.header().sender_key)?;
        parsed.verify(&key).then_some(key)
    });
    (parsed.map(Box::new), key)
}

fn checked_statement(bytes: &[u8], directory: &Directory) -> CheckedStatement {
    let signed = statement::decode(bytes);
    let key = signed.as_ref().ok().and_then(|signed| {
        let key = directory.signer_key(&signed.value().signer)?;
        signed.verify(&key).then_some(key)
    });
    (signed.map(Box::new), key)
}

fn device_key(directory: &Directory, key: &KeyId) -> Option<VerifyingKey> {
    directory.device_by_id(key).map(|(_, _, device)| device.key)
}
