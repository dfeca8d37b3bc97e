//! The hop: channels over real sockets, for relays and clients alike.
//!
//! An [`Endpoint`] binds UDP sockets, accepts and dials; a [`Link`] is one authenticated
//! connection that carries frames in both directions on two lanes.
//! Which bytes that takes is decided in [`estafette_protocol::channel`]; this module moves them,
//! keeps time and bounds everything a peer can make us hold.
//! Who may connect is not decided here: a link names its peer's hop key, the caller judges it.
//! Spec: `spec/channel.md`.

mod admission;
mod endpoint;
mod error;
mod handshake;
mod lane;
mod link;
mod reset;
mod tls;

use std::time::Duration;

use estafette_protocol::channel::FRAME_BYTES_MAX;
pub use estafette_protocol::channel::{CloseCode, HopSecret, Lane};

pub(crate) use admission::source;
pub use endpoint::Endpoint;
pub use error::HopError;
pub use link::{Link, LinkSender};

/// The limits of an endpoint and of its links; the defaults are those of the specification.
#[derive(Clone, Copy, Debug)]
pub struct HopConfig {
    /// Time for a whole handshake, TLS included. Default 10 s.
    pub handshake_timeout: Duration,
    /// Handshakes accepted at a time, in total. Default 256.
    pub handshakes_max: usize,
    /// Handshakes accepted at a time from one address or IPv6 /64. Default 16.
    pub handshakes_per_source_max: usize,
    /// Silence from the peer that counts as loss of the connection. Default 30 s.
    pub idle_timeout: Duration,
    /// Interval of QUIC keep-alives. Default 10 s.
    pub keep_alive_interval: Duration,
    /// Longest frame accepted from a peer. Default, and at most, 1,114,112 bytes.
    pub frame_bytes_max: usize,
    /// Frames that wait in one lane and direction. Default 256.
    pub queue_len_max: usize,
    /// Bytes of frames that wait in one lane and direction. Default 4 MiB.
    pub queue_bytes_max: usize,
    /// Send and receive buffer asked for on each UDP socket. Default 4 MiB.
    pub socket_buffer_bytes: usize,
}

impl Default for HopConfig {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(10),
            handshakes_max: 256,
            handshakes_per_source_max: 16,
            idle_timeout: Duration::from_secs(30),
            keep_alive_interval: Duration::from_secs(10),
            frame_bytes_max: FRAME_BYTES_MAX,
            queue_len_max: 256,
            queue_bytes_max: 4 * 1024 * 1024,
            socket_buffer_bytes: 4 * 1024 * 1024,
        }
    }
}
