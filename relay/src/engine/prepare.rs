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
    /// An envelope, and the key under which its signature is good.
    Envelope(Result<Box<Parsed>, EncodingError>, Option<VerifyingKey>),
    /// A statement, and the key under which its signature is good.
    Statement(
        Result<Box<Signed<Statement>>, EncodingError>,
        Option<VerifyingKey>,
    ),
}

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
        } => {
            let parsed = Parsed::decode(envelope.as_slice());
            let key = parsed.as_ref().ok().and_then(|parsed| {
                let key = device_key(directory, &parsed.header().sender_key)?;
                parsed.verify(&key).then_some(key)
            });
            Check::Envelope(parsed.map(Box::new), key)
        }
        Frame::Statement { statement, .. }
        | Frame::Deliver {
            item: Item::Statement(statement),
            ..
        } => {
            let signed = statement::decode(statement.as_slice());
            let key = signed.as_ref().ok().and_then(|signed| {
                let key = directory.signer_key(&signed.value().signer)?;
                signed.verify(&key).then_some(key)
            });
            Check::Statement(signed.map(Box::new), key)
        }
        _ => Check::None,
    };
    Prepared {
        frame: Ok(frame),
        check,
    }
}

fn device_key(directory: &Directory, key: &KeyId) -> Option<VerifyingKey> {
    directory.device_by_id(key).map(|(_, _, device)| device.key)
}
