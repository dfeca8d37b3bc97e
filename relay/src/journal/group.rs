//! The group being gathered, and where the bodies of those before stand.

use std::collections::BTreeMap;

use super::scan::Scanned;
use super::segment::{Body, Frame, Position};
use crate::record::{Head, Leaf, Record};

/// What is known of a segment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Segment {
    pub(crate) bytes: u64,
    pub(crate) erased_bytes: u64,
}

/// Where a body stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) segment: u64,
    pub(crate) offset: u64,
    pub(crate) len: u32,
    pub(crate) crc: u32,
}

/// The group being gathered.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: u32,
    pub(crate) position: Position,
    /// Bodies, with offsets into `bytes`.
    pub(crate) bodies: Vec<(Leaf, Place)>,
    pub(crate) erased: Vec<Leaf>,
}

impl Pending {
    pub(crate) fn push(
        &mut self,
        head: &Head,
        bytes: &[u8],
        body: Option<&[u8]>,
        position: Position,
    ) {
        let frame = Frame::new(bytes, body);
        self.bytes.extend(frame.to_bytes());
        self.bytes.extend(bytes);
        if let (Some(body), Some(leaf)) = (body, head.leaf) {
            let offset = self.bytes.len() as u64;
            let (len, crc) = (frame.body_len, frame.body_crc);
            self.bodies.push((
                leaf,
                Place {
                    segment: 0,
                    offset,
                    len,
                    crc,
                },
            ));
            self.bytes.extend(body);
        }
        // STO-8
        if let Record::Erased { leaf } = head.record {
            self.erased.push(leaf);
        }
        self.records += 1;
        self.position = position;
    }

    pub(crate) fn body(&self, leaf: Leaf) -> Option<&[u8]> {
        let index = self
            .bodies
            .binary_search_by_key(&leaf, |(leaf, _)| *leaf)
            .ok()?;
        let (_, place) = self.bodies.get(index)?;
        let start = usize::try_from(place.offset).ok()?;
        self.bytes
            .get(start..start.checked_add(usize::try_from(place.len).ok()?)?)
    }
}

/// What replay finds out about bodies.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) segments: BTreeMap<u64, Segment>,
    pub(crate) bodies: BTreeMap<Leaf, Place>,
    pub(crate) last_at_ms: u64,
}

impl Known {
    pub(crate) fn take(&mut self, number: u64, record: &Scanned) {
        self.last_at_ms = self.last_at_ms.max(record.head.at_ms);
        if let (Some(leaf), Body::Present) = (record.head.leaf, record.frame.body) {
            let (len, crc) = (record.frame.body_len, record.frame.body_crc);
            let place = Place {
                segment: number,
                offset: record.body_at,
                len,
                crc,
            };
            self.bodies.insert(leaf, place);
        }
        if let Record::Erased { leaf } = record.head.record
            && let Some(place) = self.bodies.remove(&leaf)
        {
            self.segments.entry(place.segment).or_default().erased_bytes += u64::from(place.len);
        }
    }
}
