//! The Noise XK handshake as a typestate: each step consumes the state before it.
//!
//! ```text
//!   Initiator::start   -> 48 bytes ->   Responder::start
//!   Initiator::finish  <- 48 bytes <-
//!        Channel       -> 64 bytes ->   Responder::finish -> Channel
//! ```
//!
//! A failed step leaves nothing behind to try again with, as CHN-20 demands.
//! Spec: `spec/channel.md` section 2.

use rand_core::CryptoRng;
use snow::params::NoiseParams;
use snow::{Builder, HandshakeState};
use zeroize::Zeroizing;

use super::ChannelError;
use super::key::{HopSecret, check_public};
use super::record::Channel;
use super::suite::Suite;

/// Length of the first message: ephemeral key, tag.
pub const FIRST_MESSAGE_BYTES: usize = 48;
/// Length of the second message: ephemeral key, tag.
pub const SECOND_MESSAGE_BYTES: usize = 48;
/// Length of the third message: encrypted static key, tag.
pub const THIRD_MESSAGE_BYTES: usize = 64;

/// The side that dialled, waiting for the second message.
#[derive(Debug)]
pub struct Initiator {
    state: HandshakeState,
}

impl Initiator {
    /// Starts a handshake with the party known as `responder` and returns the first message.
    ///
    /// # Errors
    /// [`ChannelError::KeyInvalid`] if `responder` is no usable key.
    pub fn start(
        key: &HopSecret,
        responder: &[u8; 32],
        prologue: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<u8>), ChannelError> {
        // CHN-17: screened before it is used, wherever it was imported from.
        check_public(responder)?;
        let state = builder(key, prologue, rng)
            .and_then(|builder| builder.remote_public_key(responder)?.build_initiator())
            .map_err(error)?;
        let mut initiator = Self { state };
        let message = write(&mut initiator.state, FIRST_MESSAGE_BYTES)?;
        Ok((initiator, message))
    }

    /// Reads the second message; returns the channel and the third message, to be sent first.
    ///
    /// # Errors
    /// [`ChannelError::HandshakeMalformed`], [`ChannelError::KeyInvalid`] or
    /// [`ChannelError::HandshakeFailed`]; the connection is to be closed.
    pub fn finish(mut self, message: &[u8]) -> Result<(Channel, Vec<u8>), ChannelError> {
        check_message_bytes(message.len(), SECOND_MESSAGE_BYTES)?;
        check_ephemeral(message)?;
        read(&mut self.state, message)?;
        let message = write(&mut self.state, THIRD_MESSAGE_BYTES)?;
        Ok((into_channel(self.state)?, message))
    }
}

/// The side that was dialled, waiting for the third message.
#[derive(Debug)]
pub struct Responder {
    state: HandshakeState,
}

impl Responder {
    /// Reads the first message and returns the second.
    ///
    /// A wrong prologue, and so a man in the middle of TLS, already fails here.
    ///
    /// # Errors
    /// [`ChannelError::HandshakeMalformed`], [`ChannelError::KeyInvalid`] or
    /// [`ChannelError::HandshakeFailed`]; the connection is to be closed.
    pub fn start(
        key: &HopSecret,
        prologue: &[u8],
        message: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<(Self, Vec<u8>), ChannelError> {
        check_message_bytes(message.len(), FIRST_MESSAGE_BYTES)?;
        check_ephemeral(message)?;
        let state = builder(key, prologue, rng)
            .and_then(Builder::build_responder)
            .map_err(error)?;
        let mut responder = Self { state };
        read(&mut responder.state, message)?;
        let message = write(&mut responder.state, SECOND_MESSAGE_BYTES)?;
        Ok((responder, message))
    }

    /// Reads the third message; the initiator's hop key is then proven.
    ///
    /// # Errors
    /// [`ChannelError::HandshakeMalformed`], [`ChannelError::KeyInvalid`] or
    /// [`ChannelError::HandshakeFailed`]; the connection is to be closed.
    pub fn finish(mut self, message: &[u8]) -> Result<Channel, ChannelError> {
        check_message_bytes(message.len(), THIRD_MESSAGE_BYTES)?;
        read(&mut self.state, message)?;
        into_channel(self.state)
    }
}

/// Frames a handshake message for stream 0: `u16 length ‖ message`.
// CHN-11
#[must_use]
pub fn frame_message(message: &[u8]) -> Vec<u8> {
    let len = u16::try_from(message.len()).unwrap_or(u16::MAX);
    [&len.to_be_bytes(), message].concat()
}

/// Checks the length field of a handshake message against the only length it can have.
///
/// # Errors
/// [`ChannelError::HandshakeMalformed`] for any other length.
// CHN-12
pub const fn check_message_bytes(found: usize, expected: usize) -> Result<(), ChannelError> {
    if found == expected {
        Ok(())
    } else {
        Err(ChannelError::HandshakeMalformed { expected, found })
    }
}

fn builder<'key>(
    key: &'key HopSecret,
    prologue: &'key [u8],
    rng: &mut impl CryptoRng,
) -> Result<Builder<'key>, snow::Error> {
    let mut ephemeral = Zeroizing::new([0; 32]);
    rng.fill_bytes(ephemeral.as_mut());
    let params: NoiseParams = NOISE_NAME.parse()?;
    Builder::with_resolver(params, Box::new(Suite { ephemeral }))
        .local_private_key(key.secret())?
        .prologue(prologue)
}

fn check_ephemeral(message: &[u8]) -> Result<(), ChannelError> {
    message
        .first_chunk()
        .ok_or(ChannelError::HandshakeFailed)
        .and_then(check_public)
}

fn write(state: &mut HandshakeState, bytes: usize) -> Result<Vec<u8>, ChannelError> {
    let mut message = vec![0; bytes];
    let written = state.write_message(&[], &mut message).map_err(error)?;
    if written != bytes {
        return Err(ChannelError::HandshakeFailed);
    }
    Ok(message)
}

fn read(state: &mut HandshakeState, message: &[u8]) -> Result<(), ChannelError> {
    // The message lengths leave no room for a payload, so an empty buffer is enough.
    state.read_message(message, &mut []).map_err(error)?;
    Ok(())
}

fn into_channel(state: HandshakeState) -> Result<Channel, ChannelError> {
    let peer_static: [u8; 32] = state
        .get_remote_static()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(ChannelError::HandshakeFailed)?;
    check_public(&peer_static)?;
    let handshake_hash = state
        .get_handshake_hash()
        .try_into()
        .map_err(|_| ChannelError::HandshakeFailed)?;
    let transport = state.into_stateless_transport_mode().map_err(error)?;
    Ok(Channel::new(transport, peer_static, handshake_hash))
}

/// Folds snow's errors into ours: an all-zero result is told apart, all else is one failure.
// CHN-16, CHN-18
fn error(error: snow::Error) -> ChannelError {
    match error {
        snow::Error::Dh => ChannelError::KeyInvalid,
        _ => ChannelError::HandshakeFailed,
    }
}

const NOISE_NAME: &str = "Noise_XK_25519_ChaChaPoly_SHA256";
