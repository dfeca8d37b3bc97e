//! The two lanes of a channel: frames in, stream bytes out, and back.
//!
//! Both halves are machines without I/O: a driver moves the bytes between them and QUIC.
//! Spec: `spec/channel.md` sections 4 and 5.

use std::fmt;

use super::ChannelError;
use super::buffer::Buffer;
use super::frame::{FrameReader, frame_length};
use super::record::{
    LENGTH_BYTES, RECORD_PAYLOAD_BYTES_MAX, Record, RecordOpener, RecordSealer, record_bytes,
};

/// The most stream bytes a [`LaneReader`] holds that were not polled yet.
pub const LANE_INPUT_BYTES_MAX: usize = 131_072;

/// One of the two frame sequences of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Ordinary traffic.
    Ordinary,
    /// Traffic that must not wait behind ordinary traffic.
    Urgent,
}

impl Lane {
    /// Both lanes, the urgent one first.
    pub const ALL: [Self; 2] = [Self::Urgent, Self::Ordinary];

    /// Returns the QUIC stream id of the lane.
    // CHN-34, CHN-35
    #[must_use]
    pub const fn stream_id(self) -> u64 {
        match self {
            Self::Ordinary => 0,
            Self::Urgent => 4,
        }
    }
}

/// Packs frames into records: push what waits, then flush.
pub struct LaneWriter {
    sealer: RecordSealer,
    payload: Vec<u8>,
}

impl LaneWriter {
    /// Makes the sending half of a lane from the sealer of its stream.
    #[must_use]
    pub const fn new(sealer: RecordSealer) -> Self {
        Self {
            sealer,
            payload: Vec::new(),
        }
    }

    /// Appends the empty data record that opens a lane before there is anything to send.
    ///
    /// # Errors
    /// [`ChannelError::RecordMalformed`] if something was sealed before.
    // CHN-35
    pub fn open(&mut self, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        self.sealer.seal(&[], out)
    }

    /// Takes in a frame and appends every record that became full to `out`.
    ///
    /// # Errors
    /// [`ChannelError::FrameEmpty`] or [`ChannelError::FrameOversized`] with nothing changed;
    /// [`ChannelError::RecordExhausted`] when the connection must be replaced.
    // CHN-44
    pub fn push(&mut self, frame: &[u8], out: &mut Vec<u8>) -> Result<(), ChannelError> {
        let length = frame_length(frame.len())?;
        self.append(&length, out)?;
        self.append(frame, out)
    }

    /// Appends a record with what is left, so that everything pushed is in `out`.
    ///
    /// # Errors
    /// [`ChannelError::RecordExhausted`] when the connection must be replaced.
    pub fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        if !self.payload.is_empty() {
            self.sealer.seal(&self.payload, out)?;
            self.payload.clear();
        }
        Ok(())
    }

    /// Flushes and appends the final record.
    ///
    /// # Errors
    /// [`ChannelError::RecordExhausted`] or [`ChannelError::StreamFinished`].
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        self.flush(out)?;
        self.sealer.finish(out)
    }

    fn append(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) -> Result<(), ChannelError> {
        while !bytes.is_empty() {
            let room = RECORD_PAYLOAD_BYTES_MAX.saturating_sub(self.payload.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.payload.extend_from_slice(now);
            bytes = later;
            if self.payload.len() == RECORD_PAYLOAD_BYTES_MAX {
                self.flush(out)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for LaneWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("LaneWriter")
            .field(&self.sealer)
            .finish()
    }
}

/// Takes stream bytes and yields frames: push, then poll until `None`.
pub struct LaneReader {
    opener: RecordOpener,
    frames: FrameReader,
    held: Buffer,
}

impl LaneReader {
    /// Makes the receiving half of a lane from the opener of its stream.
    #[must_use]
    pub fn new(opener: RecordOpener, frame_bytes_max: usize) -> Self {
        Self {
            opener,
            frames: FrameReader::new(frame_bytes_max),
            held: Buffer::default(),
        }
    }

    /// Takes in bytes of the stream, in order.
    ///
    /// # Errors
    /// [`ChannelError::InputUnread`] if more than [`LANE_INPUT_BYTES_MAX`] would wait.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ChannelError> {
        if !self.held.push(bytes, LANE_INPUT_BYTES_MAX) {
            return Err(ChannelError::InputUnread {
                held: self.held.unread().len(),
            });
        }
        Ok(())
    }

    /// Returns the next frame, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// The code of the broken rule, again on every call; the connection must end.
    pub fn poll(&mut self) -> Result<Option<Vec<u8>>, ChannelError> {
        loop {
            if let Some(frame) = self.frames.poll()? {
                return Ok(Some(frame));
            }
            if !self.read_record()? {
                return Ok(None);
            }
        }
    }

    /// Tells whether the peer has ended the lane in good order.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.opener.is_finished()
    }

    /// Checks, when the QUIC stream ended or was reset, that its end was meant.
    ///
    /// # Errors
    /// [`ChannelError::StreamTruncated`] if there was no final record.
    pub const fn end(&self) -> Result<(), ChannelError> {
        self.opener.end()
    }

    /// Opens the next complete record, if there is one, and keeps its payload.
    fn read_record(&mut self) -> Result<bool, ChannelError> {
        let unread = self.held.unread();
        if self.opener.is_finished() {
            self.frames.end()?;
            if !unread.is_empty() {
                return Err(ChannelError::StreamTrailing);
            }
        }
        let Some((length, _)) = unread.split_first_chunk::<LENGTH_BYTES>() else {
            return Ok(false);
        };
        // CHN-24: judged before the rest of the record is waited for.
        let bytes = record_bytes(usize::from(u16::from_be_bytes(*length)))?;
        let Some(ciphertext) = unread.get(LENGTH_BYTES..bytes) else {
            return Ok(false);
        };
        if let Record::Data(payload) = self.opener.open(ciphertext)? {
            self.frames.push(&payload)?;
        }
        self.held.consume(bytes);
        Ok(true)
    }
}

impl fmt::Debug for LaneReader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("LaneReader")
            .field("opener", &self.opener)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}
