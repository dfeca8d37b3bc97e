//! Why a hop operation failed or a link ended.
//!
//! Spec: `spec/channel.md` section 8.

use std::io;

use estafette_protocol::channel::{ChannelError, CloseCode};
use quinn::{ConnectionError, TransportErrorCode};

/// What can go wrong between two ends of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HopError {
    /// A UDP socket could not be set up; the address is taken, forbidden or not of this host.
    #[error("cannot bind a UDP socket: {kind}")]
    Bind {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The cryptographic library refused the fixed configuration; a fault of this build.
    #[error("cannot set up TLS")]
    Setup,
    /// The endpoint was closed by its owner.
    #[error("endpoint is closed")]
    EndpointClosed,
    /// No address was given, or none answered at all; try later or another network.
    #[error("no address of the peer answers")]
    Unreachable,
    /// The peer is there and has no capacity for another handshake; try later.
    #[error("peer has no capacity for another connection")]
    Busy,
    /// The peer is no Estafette endpoint, or of another version.
    #[error("peer does not agree on QUIC, TLS, key agreement group or ALPN")]
    Incompatible,
    /// The peer does not hold the expected hop key, or someone sits in the middle of TLS.
    #[error("handshake failed: wrong hop key, or a man in the middle")]
    HandshakeFailed,
    /// The handshake was not complete in time.
    #[error("handshake timed out")]
    HandshakeTimeout,
    /// The peer broke a rule of the channel and the link was closed for it.
    #[error("peer broke the channel: {0}")]
    Channel(ChannelError),
    /// The peer closed the link.
    #[error("closed by peer: {code}")]
    ClosedByPeer {
        /// The reason that the peer gave.
        code: CloseCode,
    },
    /// This side closed the link.
    #[error("closed here: {code}")]
    ClosedHere {
        /// The reason that was given.
        code: CloseCode,
    },
    /// The network or the peer went silent; reconnect.
    #[error("connection lost")]
    Lost,
    /// The queue of the lane is full; wait or drop.
    #[error("send queue is full")]
    QueueFull,
    /// The caller gave a frame that no peer accepts.
    #[error("frame cannot be sent: {0}")]
    FrameRefused(ChannelError),
}

impl HopError {
    /// Orders failures of several addresses: the one that says most about the peer is reported.
    pub(super) const fn weight(self) -> u8 {
        match self {
            Self::HandshakeFailed | Self::Channel(_) => 5,
            Self::ClosedByPeer { .. } => 4,
            Self::Incompatible => 3,
            Self::Busy => 2,
            Self::HandshakeTimeout => 1,
            _ => 0,
        }
    }

    /// Translates the end of a connection during its handshake.
    pub(super) fn during_handshake(error: ConnectionError) -> Self {
        match Self::after_handshake(error) {
            // CHN-16: the peer could not authenticate us, or we are not talking to the peer.
            Self::ClosedByPeer {
                code: CloseCode::HANDSHAKE_FAILED,
            } => Self::HandshakeFailed,
            Self::ClosedByPeer {
                code: CloseCode::HANDSHAKE_TIMEOUT,
            } => Self::HandshakeTimeout,
            Self::Lost => Self::Unreachable,
            other => other,
        }
    }

    /// Translates the end of an authenticated connection.
    pub(super) fn after_handshake(error: ConnectionError) -> Self {
        match error {
            ConnectionError::ApplicationClosed(close) => {
                let code = u32::try_from(close.error_code.into_inner()).unwrap_or(u32::MAX);
                Self::ClosedByPeer {
                    code: CloseCode(code),
                }
            }
            ConnectionError::LocallyClosed => Self::ClosedHere {
                code: CloseCode::CLOSED,
            },
            ConnectionError::ConnectionClosed(close)
                if close.error_code == TransportErrorCode::CONNECTION_REFUSED =>
            {
                Self::Busy
            }
            ConnectionError::ConnectionClosed(_)
            | ConnectionError::TransportError(_)
            | ConnectionError::VersionMismatch => Self::Incompatible,
            ConnectionError::TimedOut | ConnectionError::Reset | ConnectionError::CidsExhausted => {
                Self::Lost
            }
        }
    }
}
