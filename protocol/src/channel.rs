//! The protected connection between two parties that know each other's hop keys.
//!
//! ```text
//!   frames      LaneWriter / LaneReader      u32 length ‖ frame, two lanes
//!   records     RecordSealer / RecordOpener  u16 length ‖ ciphertext, implicit nonces
//!   handshake   Initiator / Responder        Noise XK, bound to TLS by its exporter
//!   (QUIC)      elsewhere: the driver moves the bytes
//! ```
//!
//! This module decides every byte of a channel and touches no socket.
//! It does not decide who may connect: it proves which hop key the peer holds.
//! Only the files of this module name `snow`.
//! Spec: `spec/channel.md`.

mod buffer;
mod close;
mod frame;
mod handshake;
mod key;
mod lane;
mod record;
mod suite;

pub use close::{ChannelError, CloseCode};
pub use frame::{FRAME_BYTES_MAX, FrameReader, frame_bytes};
pub use handshake::{
    FIRST_MESSAGE_BYTES, Initiator, Responder, SECOND_MESSAGE_BYTES, THIRD_MESSAGE_BYTES,
    check_message_bytes, frame_message,
};
pub use key::{HopSecret, check_public};
pub use lane::{LANE_INPUT_BYTES_MAX, Lane, LaneReader, LaneWriter};
pub use record::{
    Channel, RECORD_BYTES_MAX, RECORD_PAYLOAD_BYTES_MAX, Record, RecordOpener, RecordSealer,
    record_bytes,
};

/// The ALPN protocol of every channel.
// CHN-2
pub const ALPN: &[u8] = b"estafette/1";

/// The label under which both sides take 32 bytes from the TLS exporter, with empty context.
// CHN-14
pub const EXPORTER_LABEL: &[u8] = b"EXPORTER-estafette-hop-1";

/// Builds the Noise prologue that ties a handshake to one TLS session.
///
/// A protocol name longer than 255 bytes cannot be negotiated by TLS; its length saturates.
// CHN-13
#[must_use]
pub fn prologue(alpn: &[u8], exporter: &[u8; 32]) -> Vec<u8> {
    let alpn_len = u8::try_from(alpn.len()).unwrap_or(u8::MAX);
    [PROLOGUE_NAME, &[0, alpn_len], alpn, exporter].concat()
}

const PROLOGUE_NAME: &[u8] = b"estafette/1/hop";

#[cfg(test)]
mod tests;
