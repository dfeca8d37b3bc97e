//! Frames inside the payloads of a lane: `u32 length ‖ frame`, regardless of record borders.
//!
//! What a frame means is decided elsewhere; here it is bytes with a bound.
//! Spec: `spec/channel.md` section 5.

use std::fmt;

use super::ChannelError;
use super::buffer::Buffer;

/// The longest frame of the protocol: 1 MiB and 64 KiB.
// CHN-40
pub const FRAME_BYTES_MAX: usize = 1_114_112;

/// Writes a frame with its length field.
///
/// # Errors
/// [`ChannelError::FrameEmpty`] or [`ChannelError::FrameOversized`].
pub fn frame_bytes(frame: &[u8]) -> Result<Vec<u8>, ChannelError> {
    let length = frame_length(frame.len())?;
    Ok([&length, frame].concat())
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
    held: Buffer,
    frame_bytes_max: usize,
}

impl FrameReader {
    /// Makes a reader that refuses frames above `frame_bytes_max`, at most [`FRAME_BYTES_MAX`].
    // CHN-42
    #[must_use]
    pub fn new(frame_bytes_max: usize) -> Self {
        let frame_bytes_max = frame_bytes_max.min(FRAME_BYTES_MAX);
        Self {
            held: Buffer::default(),
            frame_bytes_max,
        }
    }

    /// Takes in the payload of the next data record.
    ///
    /// # Errors
    /// [`ChannelError::InputUnread`] if complete frames wait to be polled beyond the bound.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), ChannelError> {
        let bytes_max = self.frame_bytes_max.saturating_add(HELD_BYTES_EXTRA);
        if !self.held.push(payload, bytes_max) {
            return Err(ChannelError::InputUnread {
                held: self.held.unread().len(),
            });
        }
        Ok(())
    }

    /// Returns the next complete frame.
    ///
    /// # Errors
    /// [`ChannelError::FrameEmpty`] or [`ChannelError::FrameOversized`], again on every call.
    // CHN-41
    pub fn poll(&mut self) -> Result<Option<Vec<u8>>, ChannelError> {
        let Some((length, rest)) = self.held.unread().split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let bytes = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        check_length(bytes, self.frame_bytes_max)?;
        let Some(frame) = rest.get(..bytes) else {
            return Ok(None);
        };
        let frame = frame.to_vec();
        self.held.consume(LENGTH_BYTES.saturating_add(bytes));
        Ok(Some(frame))
    }

    /// Checks, when the final record came, that the last frame is complete.
    ///
    /// # Errors
    /// [`ChannelError::FrameTruncated`] if bytes are left over.
    // CHN-43
    pub fn end(&self) -> Result<(), ChannelError> {
        if self.held.unread().is_empty() {
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
            .field("held_bytes", &self.held.unread().len())
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
