//! Frames inside the payloads of a lane: `u32 length ‖ frame`, regardless of record borders.
//!
//! What a frame means is decided elsewhere; here it is bytes with a bound.
//! Spec: `spec/channel.md` section 5.

use std::fmt;

use super::ChannelError;

/// The longest frame of the protocol: 1 MiB and 64 KiB.
// CHN-40
pub const FRAME_BYTES_MAX: usize = 1_114_112;

/// Writes a frame with its length field.
///
/// # Errors
/// [`ChannelError::FrameEmpty`] or [`ChannelError::FrameOversized`].
pub fn frame_bytes(frame: &[u8]) -> Result<Vec<u8>, ChannelError> {
    let length = frame_length(frame.len())?;
    let mut bytes = Vec::with_capacity(LENGTH_BYTES + frame.len());
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(frame);
    Ok(bytes)
}

/// Encodes the length field of a frame that is to be sent.
pub(super) fn frame_length(bytes: usize) -> Result<[u8; 4], ChannelError> {
    check_length(bytes, FRAME_BYTES_MAX)?;
    u32::try_from(bytes)
        .map(u32::to_be_bytes)
        .map_err(|_| ChannelError::FrameOversized {
            found: bytes,
            limit: FRAME_BYTES_MAX,
        })
}

/// Cuts the payloads of one lane into frames, incrementally.
///
/// Push a payload, then poll until `None`.
/// It never holds more than one unfinished frame and what was pushed since the last poll.
pub struct FrameReader {
    held: Vec<u8>,
    start: usize,
    frame_bytes_max: usize,
}

impl FrameReader {
    /// Makes a reader that refuses frames above `frame_bytes_max`, at most [`FRAME_BYTES_MAX`].
    #[must_use]
    pub fn new(frame_bytes_max: usize) -> Self {
        let frame_bytes_max = frame_bytes_max.min(FRAME_BYTES_MAX);
        Self {
            held: Vec::new(),
            start: 0,
            frame_bytes_max,
        }
    }

    /// Takes in the payload of the next data record.
    ///
    /// # Errors
    /// [`ChannelError::InputUnread`] if complete frames wait to be polled beyond the bound.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), ChannelError> {
        let unread = self.held.len() - self.start;
        if unread + payload.len() > self.frame_bytes_max + HELD_BYTES_EXTRA {
            return Err(ChannelError::InputUnread { held: unread });
        }
        self.held.drain(..self.start);
        self.start = 0;
        self.held.extend_from_slice(payload);
        Ok(())
    }

    /// Returns the next complete frame.
    ///
    /// # Errors
    /// [`ChannelError::FrameEmpty`] or [`ChannelError::FrameOversized`], again on every call.
    // CHN-41
    pub fn poll(&mut self) -> Result<Option<Vec<u8>>, ChannelError> {
        let unread = self.held.get(self.start..).unwrap_or_default();
        let Some((length, rest)) = unread.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let bytes = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        check_length(bytes, self.frame_bytes_max)?;
        let Some(frame) = rest.get(..bytes) else {
            return Ok(None);
        };
        let frame = frame.to_vec();
        self.start += LENGTH_BYTES + bytes;
        if self.start == self.held.len() {
            // An idle lane holds no memory.
            self.held = Vec::new();
            self.start = 0;
        }
        Ok(Some(frame))
    }

    /// Checks, when the final record came, that the last frame is complete.
    ///
    /// # Errors
    /// [`ChannelError::FrameTruncated`] if bytes are left over.
    // CHN-43
    pub const fn end(&self) -> Result<(), ChannelError> {
        if self.start == self.held.len() {
            Ok(())
        } else {
            Err(ChannelError::FrameTruncated)
        }
    }
}

impl fmt::Debug for FrameReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FrameReader")
            .field("held_bytes", &(self.held.len() - self.start))
            .field("frame_bytes_max", &self.frame_bytes_max)
            .finish()
    }
}

const fn check_length(bytes: usize, limit: usize) -> Result<(), ChannelError> {
    if bytes == 0 {
        return Err(ChannelError::FrameEmpty);
    }
    if bytes > limit {
        return Err(ChannelError::FrameOversized {
            found: bytes,
            limit,
        });
    }
    Ok(())
}

const LENGTH_BYTES: usize = 4;
/// Room for payloads that are pushed before the reader is polled.
const HELD_BYTES_EXTRA: usize = 65_536;
