//! Reading a segment group by group, heads only.
//!
//! Checks frames, heads, markers, chain and numbering, and says where the first thing that does
//! not fit stands; whether that is a torn tail or damage is decided in `recover`.
//! Spec: `store.md`, chapter "Recovery".

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::segment::{
    Body, Cursor, FRAME_BYTES, FRAME_TAG, Frame, HEADER_BYTES, Header, MARKER_BYTES, MARKER_TAG,
    Marker, Position,
};
use crate::record::Head;

/// A whole group, as found.
#[derive(Debug)]
pub(crate) struct Group {
    /// Where its first record begins.
    pub(crate) at: u64,
    /// Where its marker ends.
    pub(crate) end: u64,
    /// Where the journal stood before it.
    pub(crate) before: Cursor,
    pub(crate) marker: Marker,
    pub(crate) records: Vec<Scanned>,
}

/// One record, as found.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) frame: Frame,
    pub(crate) head: Head,
    pub(crate) head_bytes: Vec<u8>,
    /// The journal's position after it.
    pub(crate) position: Position,
    /// Where its body begins, or would.
    pub(crate) body_at: u64,
}

/// What comes next in a segment.
#[derive(Debug)]
pub(crate) enum Step {
    Group(Group),
    /// The segment ends after a whole group.
    End,
    /// The group that begins at `group_at` breaks at `at`.
    Broken {
        group_at: u64,
        at: u64,
    },
}

/// Reads one segment.
#[derive(Debug)]
pub(crate) struct Scanner {
    reader: BufReader<File>,
    at: u64,
    len: u64,
    cursor: Cursor,
    journal_id: [u8; 16],
}

impl Group {
    /// Reads the group's bodies and compares their checksums.
    pub(crate) fn bodies_match(&self, file: &File) -> io::Result<bool> {
        for record in &self.records {
            let mut body = vec![0; usize::try_from(record.frame.body_len).unwrap_or_default()];
            file.read_exact_at(&mut body, record.body_at)?;
            if record.frame.body == Body::Present && crc32fast::hash(&body) != record.frame.body_crc
            {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Scanner {
    /// Opens a segment and reads its header; `None` when the header is not one.
    pub(crate) fn open(path: &Path) -> io::Result<Option<(Header, Self)>> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(READ_BYTES, file);
        let mut bytes = [0; HEADER_BYTES];
        if !fill(&mut reader, &mut bytes)? {
            return Ok(None);
        }
        let Some(header) = Header::from_bytes(&bytes) else {
            return Ok(None);
        };
        let (cursor, journal_id) = (header.start, header.journal_id);
        let at = HEADER_BYTES as u64;
        Ok(Some((
            header,
            Self {
                reader,
                at,
                len,
                cursor,
                journal_id,
            },
        )))
    }

    /// Where the next group goes.
    pub(crate) fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Reads the next group.
    pub(crate) fn step(&mut self) -> io::Result<Step> {
        let group_at = self.at;
        if group_at == self.len {
            return Ok(Step::End);
        }
        let mut records = Vec::new();
        let mut position = self.cursor.position;
        loop {
            let at = self.at;
            let mut tag = [0];
            if !fill(&mut self.reader, &mut tag)? {
                return Ok(Step::Broken { group_at, at });
            }
            let read = match tag {
                [FRAME_TAG] => self.record(&position)?,
                [MARKER_TAG] => return self.close(group_at, records, position),
                _ => None,
            };
            let Some(record) = read else {
                return Ok(Step::Broken { group_at, at });
            };
            position = record.position;
            records.push(record);
        }
    }

    fn record(&mut self, before: &Position) -> io::Result<Option<Scanned>> {
        let mut bytes = [FRAME_TAG; FRAME_BYTES];
        let [_, rest @ ..] = &mut bytes;
        if !fill(&mut self.reader, rest)? {
            return Ok(None);
        }
        let Some(frame) = Frame::from_bytes(&bytes) else {
            return Ok(None);
        };
        let mut head_bytes = vec![0; usize::try_from(frame.head_len).unwrap_or_default()];
        if !fill(&mut self.reader, &mut head_bytes)? || !frame.matches(&head_bytes) {
            return Ok(None);
        }
        let Ok(head) = Head::from_bytes(&head_bytes) else {
            return Ok(None);
        };
        let body_at = self.at + FRAME_BYTES as u64 + u64::from(frame.head_len);
        let end = body_at + u64::from(frame.body_len);
        // STO-5
        let expected = head.record.is_logged().then_some(before.leaves);
        if end > self.len || head.leaf.map(|leaf| leaf.0) != expected {
            return Ok(None);
        }
        self.reader.seek_relative(i64::from(frame.body_len))?;
        self.at = end;
        let position = before.advanced(&head_bytes, head.leaf.is_some());
        Ok(Some(Scanned {
            frame,
            head,
            head_bytes,
            position,
            body_at,
        }))
    }

    fn close(&mut self, at: u64, records: Vec<Scanned>, after: Position) -> io::Result<Step> {
        let broken = Step::Broken {
            group_at: at,
            at: self.at,
        };
        let mut bytes = [MARKER_TAG; MARKER_BYTES];
        let [_, rest @ ..] = &mut bytes;
        if !fill(&mut self.reader, rest)? {
            return Ok(broken);
        }
        let expected = Marker {
            journal_id: self.journal_id,
            records: u32::try_from(records.len()).unwrap_or(u32::MAX),
            group: self.cursor.group,
            bytes: self.at - at,
            after,
        };
        // STO-10
        if records.is_empty() || Marker::from_bytes(&bytes) != Some(expected) {
            return Ok(broken);
        }
        self.at += MARKER_BYTES as u64;
        let before = self.cursor;
        self.cursor = Cursor {
            group: before.group + 1,
            position: after,
        };
        Ok(Step::Group(Group {
            at,
            end: self.at,
            before,
            marker: expected,
            records,
        }))
    }
}

/// Fills the buffer, or says that the file ends before.
fn fill(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match reader.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

const READ_BYTES: usize = 65_536;
