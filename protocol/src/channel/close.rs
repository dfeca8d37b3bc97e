//! Why a channel ended: the errors of this module and the codes that a peer is told.
//!
//! Spec: `spec/channel.md` section 8.

use std::fmt;

use crate::code::ErrorCode;

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
/// The numbers are those of the registry, where 0 is the end in good order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CloseCode(pub u32);

impl CloseCode {
    /// End in good order.
    pub const CLOSED: Self = Self(0);
    /// A handshake message did not authenticate.
    pub const HANDSHAKE_FAILED: Self = Self(80);
    /// A record did not authenticate.
    pub const RECORD_INVALID: Self = Self(81);
    /// A frame above the limit.
    pub const FRAME_OVERSIZED: Self = Self(82);
    /// A stream that is not a lane.
    pub const STREAM_UNEXPECTED: Self = Self(83);
    /// A stream ended without final record.
    pub const STREAM_TRUNCATED: Self = Self(84);
    /// The handshake took too long.
    pub const HANDSHAKE_TIMEOUT: Self = Self(85);
    /// A handshake message has the wrong length.
    pub const HANDSHAKE_MALFORMED: Self = Self(86);
    /// A public key is not canonical or of small order.
    pub const KEY_INVALID: Self = Self(87);
    /// A record length is out of range.
    pub const RECORD_LENGTH: Self = Self(88);
    /// An authentic record breaks the rules.
    pub const RECORD_MALFORMED: Self = Self(89);
    /// A stream id or record counter is used up.
    pub const RECORD_EXHAUSTED: Self = Self(90);
    /// Bytes after the final record.
    pub const STREAM_TRAILING: Self = Self(91);
    /// A frame of length zero.
    pub const FRAME_EMPTY: Self = Self(92);
    /// A lane ended inside a frame.
    pub const FRAME_TRUNCATED: Self = Self(93);

    /// Returns the registered word, or `None` for a number that is not registered.
    #[must_use]
    pub fn word(self) -> Option<&'static str> {
        let of_channel = WORDS
            .iter()
            .find(|(code, _)| *code == self)
            .map(|(_, word)| *word);
        of_channel.or_else(|| {
            let registered = |code: &&ErrorCode| u32::from(code.number()) == self.0;
            ErrorCode::ALL
                .iter()
                .find(registered)
                .map(|code| code.word())
        })
    }
}

impl From<ErrorCode> for CloseCode {
    fn from(code: ErrorCode) -> Self {
        Self(u32::from(code.number()))
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.word() {
            Some(word) => formatter.write_str(word),
            None => write!(formatter, "code {}", self.0),
        }
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CloseCode({self})")
    }
}

const WORDS: [(CloseCode, &str); 15] = [
    (CloseCode::CLOSED, "closed"),
    (CloseCode::HANDSHAKE_FAILED, "handshake-failed"),
    (CloseCode::RECORD_INVALID, "record-invalid"),
    (CloseCode::FRAME_OVERSIZED, "frame-oversized"),
    (CloseCode::STREAM_UNEXPECTED, "stream-unexpected"),
    (CloseCode::STREAM_TRUNCATED, "stream-truncated"),
    (CloseCode::HANDSHAKE_TIMEOUT, "handshake-timeout"),
    (CloseCode::HANDSHAKE_MALFORMED, "handshake-malformed"),
    (CloseCode::KEY_INVALID, "key-invalid"),
    (CloseCode::RECORD_LENGTH, "record-length"),
    (CloseCode::RECORD_MALFORMED, "record-malformed"),
    (CloseCode::RECORD_EXHAUSTED, "record-exhausted"),
    (CloseCode::STREAM_TRAILING, "stream-trailing"),
    (CloseCode::FRAME_EMPTY, "frame-empty"),
    (CloseCode::FRAME_TRUNCATED, "frame-truncated"),
];
