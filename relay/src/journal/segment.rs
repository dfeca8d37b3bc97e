//! The bytes of a segment: header, record frame, commit marker.
//!
//! Encodes and decodes the fixed parts and checks their checksums; it reads no file and judges no
//! sequence. Spec: `store.md`, chapters "Segment", "Record" and "Group".

use sha2::{Digest, Sha256};

use crate::record::{BODY_BYTES_MAX, HEAD_BYTES_MAX};

/// How far a journal, or an index of it, has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Position {
    /// Records so far; the number of the next one.
    pub records: u64,
    /// Leaves so far; the next one.
    pub leaves: u64,
    /// Running hash over every head so far.
    pub chain: [u8; 32],
}

/// Where the next group goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Number of the next group.
    pub(crate) group: u64,
    /// Position before its first record.
    pub(crate) position: Position,
}

/// The fixed part at the start of a segment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) number: u64,
    pub(crate) journal_id: [u8; 16],
    pub(crate) start: Cursor,
}

/// What became of a record's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Never,
    Present,
    Erased,
}

/// The fixed part before a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) body: Body,
    pub(crate) head_len: u32,
    pub(crate) body_len: u32,
    pub(crate) body_crc: u32,
    pub(crate) head_crc: u32,
}

/// The fixed part that closes a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    pub(crate) journal_id: [u8; 16],
    pub(crate) records: u32,
    pub(crate) group: u64,
    pub(crate) bytes: u64,
    pub(crate) after: Position,
}

pub(crate) const HEADER_BYTES: usize = 96;
pub(crate) const FRAME_BYTES: usize = 20;
pub(crate) const MARKER_BYTES: usize = 92;
pub(crate) const FRAME_TAG: u8 = b'R';
pub(crate) const MARKER_TAG: u8 = b'C';
/// Where the journal id stands in a marker.
pub(crate) const MARKER_ID_AT: usize = 8;

const MAGIC: [u8; 8] = *b"ESTAFJNL";
const FORMAT: u16 = 1;
const CHAIN_LABEL: &[u8] = b"estafette journal 1";

impl Position {
    /// The position of an empty journal.
    pub(crate) fn genesis(journal_id: &[u8; 16]) -> Self {
        let chain = Sha256::new()
            .chain_update(CHAIN_LABEL)
            .chain_update(journal_id)
            .finalize();
        Self {
            records: 0,
            leaves: 0,
            chain: chain.into(),
        }
    }

    /// The position after one more head.
    pub(crate) fn advanced(&self, head: &[u8], logged: bool) -> Self {
        let chain = Sha256::new()
            .chain_update(self.chain)
            .chain_update(head)
            .finalize();
        Self {
            records: self.records + 1,
            leaves: self.leaves + u64::from(logged),
            chain: chain.into(),
        }
    }
}

impl Header {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(self.number.to_le_bytes());
        bytes.extend(self.journal_id);
        bytes.extend(self.start.group.to_le_bytes());
        bytes.extend(self.start.position.records.to_le_bytes());
        bytes.extend(self.start.position.leaves.to_le_bytes());
        bytes.extend(self.start.position.chain);
        sealed(bytes)
    }

    /// Decodes a header; `None` when it is not one of this version.
    // STO-3
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(unsealed(bytes, HEADER_BYTES)?);
        if fields.take()? != MAGIC || fields.take()? != FORMAT.to_le_bytes() {
            return None;
        }
        fields.zero::<2>()?;
        let number = fields.u64()?;
        let journal_id = fields.take()?;
        let group = fields.u64()?;
        let (records, leaves) = (fields.u64()?, fields.u64()?);
        let position = Position {
            records,
            leaves,
            chain: fields.take()?,
        };
        Some(Self {
            number,
            journal_id,
            start: Cursor { group, position },
        })
    }
}

impl Frame {
    /// Describes a record about to be written.
    pub(crate) fn new(head: &[u8], body: Option<&[u8]>) -> Self {
        let mut frame = Self {
            body: if body.is_some() {
                Body::Present
            } else {
                Body::Never
            },
            head_len: u32::try_from(head.len()).unwrap_or(u32::MAX),
            body_len: u32::try_from(body.map_or(0, <[u8]>::len)).unwrap_or(u32::MAX),
            body_crc: crc32fast::hash(body.unwrap_or_default()),
            head_crc: 0,
        };
        frame.head_crc = frame.checksum(head);
        frame
    }

    /// The same record without its body.
    pub(crate) fn erased(mut self, head: &[u8]) -> Self {
        if self.body == Body::Present {
            (self.body, self.body_len, self.body_crc) = (Body::Erased, 0, 0);
            self.head_crc = self.checksum(head);
        }
        self
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.prefix();
        bytes.extend(self.head_crc.to_le_bytes());
        bytes
    }

    /// Decodes a frame; its checksum can only be judged with the head.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(bytes);
        if fields.take()? != [FRAME_TAG] {
            return None;
        }
        let body = match fields.take()? {
            [0] => Body::Never,
            [1] => Body::Present,
            [2] => Body::Erased,
            _ => return None,
        };
        fields.zero::<2>()?;
        let (head_len, body_len) = (fields.u32()?, fields.u32()?);
        let (body_crc, head_crc) = (fields.u32()?, fields.u32()?);
        let fits = usize::try_from(head_len).is_ok_and(|len| len <= HEAD_BYTES_MAX)
            && usize::try_from(body_len).is_ok_and(|len| len <= BODY_BYTES_MAX)
            && (body == Body::Present || body_len == 0);
        fits.then_some(Self {
            body,
            head_len,
            body_len,
            body_crc,
            head_crc,
        })
    }

    pub(crate) fn matches(&self, head: &[u8]) -> bool {
        self.checksum(head) == self.head_crc
    }

    fn checksum(&self, head: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&self.prefix());
        hasher.update(head);
        hasher.finalize()
    }

    fn prefix(&self) -> Vec<u8> {
        let body = match self.body {
            Body::Never => 0,
            Body::Present => 1,
            Body::Erased => 2,
        };
        let mut bytes = Vec::with_capacity(FRAME_BYTES);
        bytes.extend([FRAME_TAG, body, 0, 0]);
        bytes.extend(self.head_len.to_le_bytes());
        bytes.extend(self.body_len.to_le_bytes());
        bytes.extend(self.body_crc.to_le_bytes());
        bytes
    }
}

impl Marker {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MARKER_BYTES);
        bytes.extend([MARKER_TAG, 0, 0, 0]);
        bytes.extend(self.records.to_le_bytes());
        bytes.extend(self.journal_id);
        bytes.extend(self.group.to_le_bytes());
        bytes.extend(self.bytes.to_le_bytes());
        bytes.extend(self.after.records.to_le_bytes());
        bytes.extend(self.after.leaves.to_le_bytes());
        bytes.extend(self.after.chain);
        sealed(bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields(unsealed(bytes, MARKER_BYTES)?);
        if fields.take()? != [MARKER_TAG] {
            return None;
        }
        fields.zero::<3>()?;
        let records = fields.u32()?;
        let journal_id = fields.take()?;
        let (group, bytes) = (fields.u64()?, fields.u64()?);
        let (total, leaves) = (fields.u64()?, fields.u64()?);
        let after = Position {
            records: total,
            leaves,
            chain: fields.take()?,
        };
        Some(Self {
            journal_id,
            records,
            group,
            bytes,
            after,
        })
    }
}

/// Finds the last marker of this journal in `bytes` that closes a group after `group`.
///
/// The journal id, which no sender knows, keeps a crafted body from looking like one.
// STO-16
pub(crate) fn last_marker_after(bytes: &[u8], id: &[u8; 16], group: u64) -> Option<Marker> {
    let mut found = None;
    let mut rest = bytes;
    while rest.len() >= MARKER_BYTES {
        let candidate = rest.get(MARKER_ID_AT..MARKER_ID_AT + id.len()) == Some(id.as_slice());
        if candidate
            && let Some(marker) = rest.get(..MARKER_BYTES).and_then(Marker::from_bytes)
            && marker.group > group
        {
            found = Some(marker);
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    found
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

fn unsealed(bytes: &[u8], len: usize) -> Option<&[u8]> {
    let (rest, checksum) = bytes.get(..len)?.split_last_chunk()?;
    (crc32fast::hash(rest) == u32::from_le_bytes(*checksum)).then_some(rest)
}

/// Takes fixed fields from the front.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }

    fn zero<const N: usize>(&mut self) -> Option<()> {
        (self.take::<N>()? == [0; N]).then_some(())
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_part_returns_as_written_and_refuses_a_flipped_bit() {
        let position = Position {
            records: 5,
            leaves: 3,
            chain: [9; 32],
        };
        let start = Cursor { group: 4, position };
        let header = Header {
            number: 2,
            journal_id: [7; 16],
            start,
        };
        let bytes = header.to_bytes();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(Header::from_bytes(&bytes), Some(header));

        let marker = Marker {
            journal_id: [7; 16],
            records: 1,
            group: 4,
            bytes: 30,
            after: position,
        };
        let sealed = marker.to_bytes();
        assert_eq!(sealed.len(), MARKER_BYTES);
        assert_eq!(Marker::from_bytes(&sealed), Some(marker));
        for bit in 0..MARKER_BYTES * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Marker::from_bytes(&flipped), None);
        }
        for bit in 0..HEADER_BYTES * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::from_bytes(&flipped), None);
        }
    }

    #[test]
    fn frame_refuses_a_flipped_bit_before_or_in_the_head() {
        let head = b"head";
        let frame = Frame::new(head, Some(b"body"));
        let bytes = frame.to_bytes();
        assert_eq!(bytes.len(), FRAME_BYTES);
        assert_eq!(Frame::from_bytes(&bytes), Some(frame));
        for bit in 0..FRAME_BYTES * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!Frame::from_bytes(&flipped).is_some_and(|frame| frame.matches(head)));
        }
        assert!(!frame.matches(b"Head"));
        assert!(frame.erased(head).matches(head));
    }

    #[test]
    fn a_marker_of_another_journal_is_not_found() {
        let after = Position::genesis(&[1; 16]);
        let marker = Marker {
            journal_id: [1; 16],
            records: 1,
            group: 9,
            bytes: 0,
            after,
        };
        let mut bytes = vec![0; 13];
        bytes.extend(marker.to_bytes());
        assert_eq!(last_marker_after(&bytes, &[1; 16], 8), Some(marker));
        assert_eq!(last_marker_after(&bytes, &[1; 16], 9), None);
        assert_eq!(last_marker_after(&bytes, &[2; 16], 8), None);
    }
}
