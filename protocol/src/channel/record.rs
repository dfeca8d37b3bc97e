//! Noise transport records: sealing and opening them, one nonce sequence per stream and direction.
//!
//! A [`Channel`] hands out each stream once, so no nonce can be used twice by construction.
//! The sealers and openers share the keys and can work in different tasks.
//! Spec: `spec/channel.md` section 3.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use snow::StatelessTransportState;

use super::ChannelError;

/// The most payload bytes one record holds.
// CHN-23
pub const RECORD_PAYLOAD_BYTES_MAX: usize = 16_384;

/// The most bytes one record takes on a stream, its length field included.
pub const RECORD_BYTES_MAX: usize = LENGTH_BYTES + CIPHERTEXT_BYTES_MAX;

/// An authenticated connection: who the peer is, and the keys of both directions.
pub struct Channel {
    keys: Arc<StatelessTransportState>,
    peer_static: [u8; 32],
    handshake_hash: [u8; 32],
    streams: BTreeSet<u32>,
}

impl Channel {
    /// Returns the hop key that the peer has proven to hold.
    #[must_use]
    pub const fn peer_static(&self) -> &[u8; 32] {
        &self.peer_static
    }

    /// Returns the Noise handshake hash, equal on both sides and unique to this channel.
    #[must_use]
    pub const fn handshake_hash(&self) -> &[u8; 32] {
        &self.handshake_hash
    }

    /// Takes the two directions of one stream; each stream can be taken once.
    ///
    /// # Errors
    /// [`ChannelError::RecordExhausted`] for a stream id of 2^32 or above,
    /// [`ChannelError::StreamUnexpected`] for one that was taken before.
    pub fn stream(&mut self, stream_id: u64) -> Result<(RecordSealer, RecordOpener), ChannelError> {
        // CHN-27
        let id = u32::try_from(stream_id).map_err(|_| ChannelError::RecordExhausted)?;
        if !self.streams.insert(id) {
            return Err(ChannelError::StreamUnexpected { stream_id });
        }
        // CHN-26
        let sequence = Sequence {
            stream_id: id,
            counter: 0,
            ended: false,
        };
        let sealer = RecordSealer {
            keys: Arc::clone(&self.keys),
            sequence,
        };
        let opener = RecordOpener {
            keys: Arc::clone(&self.keys),
            sequence,
        };
        Ok((sealer, opener))
    }

    pub(super) fn new(
        keys: StatelessTransportState,
        peer_static: [u8; 32],
        handshake_hash: [u8; 32],
    ) -> Self {
        Self {
            keys: Arc::new(keys),
            peer_static,
            handshake_hash,
            streams: BTreeSet::new(),
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Channel")
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

/// An opened record.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// A piece of the stream's content.
    Data(Vec<u8>),
    /// The true end of the stream.
    Final,
}

// CHN-52
impl fmt::Debug for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(payload) => write!(formatter, "Data({} bytes)", payload.len()),
            Self::Final => formatter.write_str("Final"),
        }
    }
}

/// Seals the records of one stream in the sending direction.
pub struct RecordSealer {
    keys: Arc<StatelessTransportState>,
    sequence: Sequence,
}

impl RecordSealer {
    /// Appends one data record to `out`.
    ///
    /// # Errors
    /// [`ChannelError::PayloadOversized`], [`ChannelError::StreamFinished`],
    /// [`ChannelError::RecordMalformed`] for an empty payload that is not the first, or
    /// [`ChannelError::RecordExhausted`]; nothing is appended then.
    pub fn seal(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), ChannelError> {
        if payload.len() > RECORD_PAYLOAD_BYTES_MAX {
            return Err(ChannelError::PayloadOversized {
                found: payload.len(),
            });
        }
        // CHN-32
        if payload.is_empty() && self.sequence.counter != 0 {
            return Err(ChannelError::RecordMalformed);
        }
        self.append(TYPE_DATA, payload, out)
    }

    /// Appends the final record to `out`; nothing can be sealed after it.
    ///
    /// # Errors
    /// [`ChannelError::StreamFinished`] or [`ChannelError::RecordExhausted`].
    // CHN-29
    pub fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), ChannelError> {
        self.append(TYPE_FINAL, &[], out)?;
        self.sequence.ended = true;
        Ok(())
    }

    /// Continues at another counter, to reach the end of the range in tests.
    #[doc(hidden)]
    pub const fn set_counter_for_testing_only(&mut self, counter: u32) {
        self.sequence.counter = counter;
    }

    /// Seals whatever it is given, to make the records that receivers must refuse.
    #[doc(hidden)]
    pub fn seal_plaintext_for_testing_only(
        &mut self,
        plaintext: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), ChannelError> {
        let nonce = self.sequence.nonce()?;
        let ciphertext_bytes = plaintext.len().saturating_add(TAG_BYTES);
        let length =
            u16::try_from(ciphertext_bytes).map_err(|_| ChannelError::PayloadOversized {
                found: plaintext.len(),
            })?;
        let mut ciphertext = vec![0; ciphertext_bytes];
        let written = self
            .keys
            .write_message(nonce, plaintext, &mut ciphertext)
            .map_err(|_| ChannelError::RecordExhausted)?;
        if written != ciphertext_bytes {
            return Err(ChannelError::RecordExhausted);
        }
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&ciphertext);
        self.sequence.advance();
        Ok(())
    }

    fn append(
        &mut self,
        record_type: u8,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), ChannelError> {
        if self.sequence.ended {
            return Err(ChannelError::StreamFinished);
        }
        let plaintext = [&[record_type], payload].concat();
        self.seal_plaintext_for_testing_only(&plaintext, out)
    }
}

impl fmt::Debug for RecordSealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("RecordSealer")
            .field(&self.sequence)
            .finish()
    }
}

/// Opens the records of one stream in the receiving direction.
pub struct RecordOpener {
    keys: Arc<StatelessTransportState>,
    sequence: Sequence,
}

impl RecordOpener {
    /// Opens one ciphertext, given without its length field.
    ///
    /// # Errors
    /// The code of the broken rule; the opener is then unchanged and the connection must end.
    pub fn open(&mut self, ciphertext: &[u8]) -> Result<Record, ChannelError> {
        // CHN-31
        if self.sequence.ended {
            return Err(ChannelError::StreamTrailing);
        }
        record_bytes(ciphertext.len())?;
        let nonce = self.sequence.nonce()?;
        let mut plaintext = vec![0; ciphertext.len().saturating_sub(TAG_BYTES)];
        // CHN-28
        self.keys
            .read_message(nonce, ciphertext, &mut plaintext)
            .map_err(|_| ChannelError::RecordInvalid)?;
        let record = parse(plaintext, self.sequence.counter)?;
        self.sequence.ended = record == Record::Final;
        self.sequence.advance();
        Ok(record)
    }

    /// Tells whether the final record was opened.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.sequence.ended
    }

    /// Checks, when the QUIC stream ended or was reset, that its end was meant.
    ///
    /// # Errors
    /// [`ChannelError::StreamTruncated`] if there was no final record.
    // CHN-30
    pub const fn end(&self) -> Result<(), ChannelError> {
        if self.sequence.ended {
            Ok(())
        } else {
            Err(ChannelError::StreamTruncated)
        }
    }

    /// Continues at another counter, to reach the end of the range in tests.
    #[doc(hidden)]
    pub const fn set_counter_for_testing_only(&mut self, counter: u32) {
        self.sequence.counter = counter;
    }
}

impl fmt::Debug for RecordOpener {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("RecordOpener")
            .field(&self.sequence)
            .finish()
    }
}

/// Checks a record's length field and returns the length of the whole record on the stream.
///
/// # Errors
/// [`ChannelError::RecordLength`] if it is out of range.
// CHN-24
pub const fn record_bytes(ciphertext_bytes: usize) -> Result<usize, ChannelError> {
    if ciphertext_bytes < CIPHERTEXT_BYTES_MIN || ciphertext_bytes > CIPHERTEXT_BYTES_MAX {
        return Err(ChannelError::RecordLength {
            found: ciphertext_bytes,
        });
    }
    Ok(LENGTH_BYTES.saturating_add(ciphertext_bytes))
}

/// Reads the plaintext of the record with number `counter`.
// CHN-22, CHN-33
fn parse(mut plaintext: Vec<u8>, counter: u32) -> Result<Record, ChannelError> {
    match plaintext.first() {
        Some(&TYPE_DATA) if plaintext.len() > 1 || counter == 0 => {
            plaintext.remove(0);
            Ok(Record::Data(plaintext))
        }
        Some(&TYPE_FINAL) if plaintext.len() == 1 => Ok(Record::Final),
        _ => Err(ChannelError::RecordMalformed),
    }
}

/// The position of one direction of one stream.
#[derive(Clone, Copy, Debug)]
struct Sequence {
    stream_id: u32,
    counter: u32,
    ended: bool,
}

impl Sequence {
    // CHN-25, CHN-27
    fn nonce(self) -> Result<u64, ChannelError> {
        if self.counter == u32::MAX {
            return Err(ChannelError::RecordExhausted);
        }
        Ok(u64::from(self.stream_id) << 32 | u64::from(self.counter))
    }

    const fn advance(&mut self) {
        // `nonce` refuses the last value, so this cannot wrap around to a used one.
        self.counter = self.counter.saturating_add(1);
    }
}

const TYPE_DATA: u8 = 0;
const TYPE_FINAL: u8 = 1;
pub(super) const LENGTH_BYTES: usize = 2;
const TAG_BYTES: usize = 16;
const CIPHERTEXT_BYTES_MIN: usize = 1 + TAG_BYTES;
const CIPHERTEXT_BYTES_MAX: usize = 1 + RECORD_PAYLOAD_BYTES_MAX + TAG_BYTES;
