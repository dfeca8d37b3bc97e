//! Runs the Noise handshake on stream 0 of a fresh QUIC connection.
//!
//! Spec: `spec/channel.md` section 2.

use estafette_protocol::channel::{
    ALPN, Channel, ChannelError, EXPORTER_LABEL, FIRST_MESSAGE_BYTES, HopSecret, Initiator,
    Responder, SECOND_MESSAGE_BYTES, THIRD_MESSAGE_BYTES, check_message_bytes, frame_message,
    prologue,
};
use getrandom::SysRng;
use quinn::{Connection, ReadExactError, RecvStream, SendStream, VarInt, WriteError};
use rand_core::UnwrapErr;

use super::HopError;

/// A connection that is authenticated, with the two halves of its first stream.
pub(super) struct Authenticated {
    pub(super) connection: Connection,
    pub(super) channel: Channel,
    pub(super) send: SendStream,
    pub(super) recv: RecvStream,
}

/// Runs the dialling side; on failure the connection is closed with the registered code.
pub(super) async fn initiate(
    connection: Connection,
    key: &HopSecret,
    responder: &[u8; 32],
) -> Result<Authenticated, HopError> {
    let (mut send, mut recv) = connection
        .open_bi()
        .await
        .map_err(HopError::during_handshake)?;
    let prologue = bound_prologue(&connection)?;
    // CHN-10, CHN-15
    let (initiator, message) = Initiator::start(key, responder, &prologue, &mut UnwrapErr(SysRng))
        .map_err(|error| refuse(&connection, error))?;
    write_message(&mut send, &message).await?;
    let message: [u8; SECOND_MESSAGE_BYTES] = read_message(&connection, &mut recv).await?;
    let (channel, message) = initiator
        .finish(&message)
        .map_err(|error| refuse(&connection, error))?;
    write_message(&mut send, &message).await?;
    Ok(Authenticated {
        connection,
        channel,
        send,
        recv,
    })
}

/// Runs the dialled side as the owner of the first of `keys` that the dialler knows; on failure
/// the connection is closed with the registered code.
pub(super) async fn respond(
    connection: Connection,
    keys: &[HopSecret],
) -> Result<Authenticated, HopError> {
    let (mut send, mut recv) = connection
        .accept_bi()
        .await
        .map_err(HopError::during_handshake)?;
    let prologue = bound_prologue(&connection)?;
    let message: [u8; FIRST_MESSAGE_BYTES] = read_message(&connection, &mut recv).await?;
    // IDN-49
    let start = |key| Responder::start(key, &prologue, &message, &mut UnwrapErr(SysRng));
    let mut started = Err(ChannelError::HandshakeFailed);
    for key in keys {
        started = started.or_else(|_| start(key));
    }
    let (responder, message) = started.map_err(|error| refuse(&connection, error))?;
    write_message(&mut send, &message).await?;
    let message: [u8; THIRD_MESSAGE_BYTES] = read_message(&connection, &mut recv).await?;
    let channel = responder
        .finish(&message)
        .map_err(|error| refuse(&connection, error))?;
    Ok(Authenticated {
        connection,
        channel,
        send,
        recv,
    })
}

// CHN-13, CHN-14
fn bound_prologue(connection: &Connection) -> Result<Vec<u8>, HopError> {
    let mut exporter = [0; 32];
    connection
        .export_keying_material(&mut exporter, EXPORTER_LABEL, b"")
        .map_err(|_| HopError::Setup)?;
    Ok(prologue(ALPN, &exporter))
}

async fn write_message(send: &mut SendStream, message: &[u8]) -> Result<(), HopError> {
    send.write_all(&frame_message(message))
        .await
        .map_err(|error| match error {
            WriteError::ConnectionLost(error) => HopError::during_handshake(error),
            _ => HopError::HandshakeFailed,
        })
}

async fn read_message<const BYTES: usize>(
    connection: &Connection,
    recv: &mut RecvStream,
) -> Result<[u8; BYTES], HopError> {
    let mut length = [0; 2];
    recv.read_exact(&mut length)
        .await
        .map_err(|error| read_failure(connection, error))?;
    // CHN-12
    check_message_bytes(usize::from(u16::from_be_bytes(length)), BYTES)
        .map_err(|error| refuse(connection, error))?;
    let mut message = [0; BYTES];
    recv.read_exact(&mut message)
        .await
        .map_err(|error| read_failure(connection, error))?;
    Ok(message)
}

fn read_failure(connection: &Connection, error: ReadExactError) -> HopError {
    match error {
        ReadExactError::ReadError(quinn::ReadError::ConnectionLost(error)) => {
            HopError::during_handshake(error)
        }
        _ => refuse(connection, ChannelError::StreamTruncated),
    }
}

/// Ends the connection; nothing of a failed handshake is tried again.
// CHN-20, CHN-51
fn refuse(connection: &Connection, error: ChannelError) -> HopError {
    connection.close(VarInt::from_u32(error.close_code().0), b"");
    match error {
        ChannelError::HandshakeFailed => HopError::HandshakeFailed,
        other => HopError::Channel(other),
    }
}
