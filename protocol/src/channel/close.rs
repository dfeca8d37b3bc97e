//! Why a channel ended: the errors of this module and the codes that a peer is told.
//!
//! Spec: `spec/channel.md` section 8.

use std::fmt;

/// What can go wrong on a channel.
///
/// Every error but the last three is the peer's fault or the network's and ends the connection
/// with [`ChannelError::close_code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// A handshake message did not authenticate: wrong hop key, or a man in the middle of TLS.
    #[error("handshake message does not authenticate")]
    HandshakeFailed,
    /// A handshake message has not the one length it can have; the peer is broken.
    #[error("handshake message is {found} bytes long, not {expected}")]
    HandshakeMalformed {
        /// The only valid length in bytes.
        expected: usize,
        /// The length in bytes that was found.
        found: usize,
    },
    /// A public key of the peer is not canonical or has small order; never use that key.
    #[error("public key is not a canonical point of large order")]
    KeyInvalid,
    /// A record length field is out of range; the peer is broken.
    #[error("record length {found} is out of range")]
    RecordLength {
        /// The length in bytes that was found.
        found: usize,
    },
    /// A record did not authenticate; the peer or the path is hostile.
    #[error("record does not authenticate")]
    RecordInvalid,
    /// An authentic record breaks the rules; the peer is broken.
    #[error("record is authentic but malformed")]
    RecordMalformed,
    /// A stream id or record counter is used up; reconnect.
    #[error("stream id or record counter is exhausted")]
    RecordExhausted,
    /// A stream ended without a final record; what it carried may be incomplete.
    #[error("stream ended without its final record")]
    StreamTruncated,
    /// Bytes follow a final record; the peer is broken.
    #[error("bytes follow the final record")]
    StreamTrailing,
    /// A stream is used that is no lane, or a stream is used twice.
    #[error("stream {stream_id} is not expected")]
    StreamUnexpected {
        /// The QUIC stream id.
        stream_id: u64,
    },
    /// A frame of length zero; the peer is broken.
    #[error("frame is empty")]
    FrameEmpty,
    /// A frame is longer than the limit; the peer is broken or hostile.
    #[error("frame of {found} bytes exceeds the limit of {limit}")]
    FrameOversized {
        /// The length in bytes that was found.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A lane ended inside a frame; the peer is broken.
    #[error("lane ended inside a frame")]
    FrameTruncated,
    /// The caller sealed more than one record can hold.
    #[error("payload of {found} bytes does not fit into one record")]
    PayloadOversized {
        /// The length in bytes that was given.
        found: usize,
    },
    /// The caller sealed a record after the final one.
    #[error("stream is already finished")]
    StreamFinished,
    /// The caller pushed more input than a reader holds without being polled.
    #[error("reader holds {held} bytes and must be polled first")]
    InputUnread {
        /// The bytes already held.
        held: usize,
    },
}

impl ChannelError {
    /// Returns the code that the peer is told when this error ends the connection.
    #[must_use]
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::HandshakeFailed => CloseCode::HANDSHAKE_FAILED,
            Self::HandshakeMalformed { .. } => CloseCode::HANDSHAKE_MALFORMED,
            Self::KeyInvalid => CloseCode::KEY_INVALID,
            Self::RecordLength { .. } => CloseCode::RECORD_LENGTH,
            Self::RecordInvalid => CloseCode::RECORD_INVALID,
            Self::RecordMalformed => CloseCode::RECORD_MALFORMED,
            Self::RecordExhausted => CloseCode::RECORD_EXHAUSTED,
            Self::StreamTruncated => CloseCode::STREAM_TRUNCATED,
            Self::StreamTrailing => CloseCode::STREAM_TRAILING,
            Self::StreamUnexpected { .. } => CloseCode::STREAM_UNEXPECTED,
            Self::FrameEmpty => CloseCode::FRAME_EMPTY,
            Self::FrameOversized { .. } => CloseCode::FRAME_OVERSIZED,
            Self::FrameTruncated => CloseCode::FRAME_TRUNCATED,
            Self::PayloadOversized { .. } | Self::StreamFinished | Self::InputUnread { .. } => {
                CloseCode::CLOSED
            }
        }
    }
}

/// A QUIC application error code: why one side closed a channel.
///
/// Numbers below 256 are named here; the session chapter names its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u32);

impl CloseCode {
    /// End in good order.
    pub const CLOSED: Self = Self(0);
    /// A handshake message did not authenticate.
    pub const HANDSHAKE_FAILED: Self = Self(1);
    /// A handshake message has the wrong length.
    pub const HANDSHAKE_MALFORMED: Self = Self(2);
    /// The handshake took too long.
    pub const HANDSHAKE_TIMEOUT: Self = Self(3);
    /// A public key is not canonical or of small order.
    pub const KEY_INVALID: Self = Self(4);
    /// A record length is out of range.
    pub const RECORD_LENGTH: Self = Self(5);
    /// A record did not authenticate.
    pub const RECORD_INVALID: Self = Self(6);
    /// An authentic record breaks the rules.
    pub const RECORD_MALFORMED: Self = Self(7);
    /// A stream id or record counter is used up.
    pub const RECORD_EXHAUSTED: Self = Self(8);
    /// A stream ended without final record.
    pub const STREAM_TRUNCATED: Self = Self(9);
    /// Bytes after the final record.
    pub const STREAM_TRAILING: Self = Self(10);
    /// A stream that is not a lane.
    pub const STREAM_UNEXPECTED: Self = Self(11);
    /// A frame of length zero.
    pub const FRAME_EMPTY: Self = Self(12);
    /// A frame above the limit.
    pub const FRAME_OVERSIZED: Self = Self(13);
    /// A lane ended inside a frame.
    pub const FRAME_TRUNCATED: Self = Self(14);

    /// Returns the registered name, or `None` for a number this chapter does not name.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        let index = usize::try_from(self.0).ok()?;
        NAMES.get(index).copied()
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => formatter.write_str(name),
            None => write!(formatter, "code {}", self.0),
        }
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CloseCode({self})")
    }
}

const NAMES: [&str; 15] = [
    "closed",
    "handshake-failed",
    "handshake-malformed",
    "handshake-timeout",
    "key-invalid",
    "record-length",
    "record-invalid",
    "record-malformed",
    "record-exhausted",
    "stream-truncated",
    "stream-trailing",
    "stream-unexpected",
    "frame-empty",
    "frame-oversized",
    "frame-truncated",
];
