//! The journal: an append-only sequence of records, the only truth a relay has.
//!
//! ```text
//! append ─► buffer ─► commit ─► one write ─► one fdatasync ─► durable
//!                                    └── any failure: poisoned for good
//! ```
//!
//! Decides what is durable, in which order, and where a body stands. It does not decide what a
//! record means (`index`) nor which bodies are still needed (whoever appends `Erased`).
//! Spec: `store.md`.

mod error;
mod folder;
mod group;
mod recover;
mod rewrite;
mod scan;
mod segment;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

pub use self::error::JournalError;
pub use self::folder::Lock;
use self::group::{Known, Pending, Place, Segment};
pub use self::recover::{Repair, Torn, repair};
use self::scan::{Scanner, Step};
pub use self::segment::Position;
use self::segment::{Cursor, HEADER_BYTES, Header, Marker};
use crate::record::{BODY_BYTES_MAX, Head, Leaf, Record, RecordError};

/// How a journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalOptions {
    /// A new segment is begun before a group would pass this. Default: 64 MiB.
    pub segment_bytes: u64,
    /// Below this many free bytes only flash and statements are to be accepted. Default: 256 MiB.
    pub headroom_bytes: u64,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self {
            segment_bytes: 64 * 1024 * 1024,
            headroom_bytes: 256 * 1024 * 1024,
        }
    }
}

/// A record as it went into the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The journal's position after it.
    pub position: Position,
    /// What was written.
    pub head: Head,
}

/// The journal of one relay, exclusively its own.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    options: JournalOptions,
    /// Held, never used.
    _lock: Lock,
    journal_id: [u8; 16],
    segments: BTreeMap<u64, Segment>,
    active: File,
    active_number: u64,
    /// Where bodies stand that are durable and not erased.
    bodies: BTreeMap<Leaf, Place>,
    cursor: Cursor,
    pending: Pending,
    last_at_ms: u64,
    torn: Option<Torn>,
    poisoned: bool,
    /// Closed segments that could not be rewritten, because they are damaged.
    unfit: BTreeSet<u64>,
}

/// The most a group may hold.
pub const GROUP_BYTES_MAX: usize = 64 * 1024 * 1024;

impl Journal {
    /// Opens or creates the journal in the folder locked, and hands every record to `visit`, oldest first.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], and what the system refuses.
    pub fn open(
        lock: Lock,
        options: JournalOptions,
        visit: &mut dyn FnMut(&Entry),
    ) -> Result<Self, JournalError> {
        let dir = lock.dir();
        let mut known = Known::default();
        let examined = recover::examine(dir, &mut |number, group| {
            for record in group.records {
                known.take(number, &record);
                visit(&Entry {
                    position: record.position,
                    head: record.head,
                });
            }
        })?;
        let torn = close_tail(dir, &examined)?;
        for (number, bytes) in &examined.whole {
            known.segments.entry(*number).or_default().bytes = *bytes;
        }
        let journal_id = match examined.journal_id {
            Some(journal_id) => journal_id,
            None => random_id(dir)?,
        };
        let fresh = Cursor {
            group: 1,
            position: Position::genesis(&journal_id),
        };
        let cursor = examined.cursor.unwrap_or(fresh);
        let (active_number, active) = match examined.whole.last() {
            Some((number, _)) => (*number, reopen(&folder::segment_path(dir, *number))?),
            None => (
                1,
                folder::create(
                    dir,
                    Header {
                        number: 1,
                        journal_id,
                        start: cursor,
                    },
                )?,
            ),
        };
        let empty = Segment {
            bytes: HEADER_BYTES as u64,
            erased_bytes: 0,
        };
        known.segments.entry(active_number).or_insert(empty);
        Ok(Self {
            dir: dir.to_owned(),
            options,
            _lock: lock,
            journal_id,
            segments: known.segments,
            active,
            active_number,
            bodies: known.bodies,
            cursor,
            pending: Pending {
                position: cursor.position,
                ..Pending::default()
            },
            last_at_ms: known.last_at_ms,
            torn,
            poisoned: false,
            unfit: BTreeSet::new(),
        })
    }

    /// Adds a record to the group being gathered. Nothing of it is durable before [`Self::commit`].
    ///
    /// The time written is never before that of the record before.
    ///
    /// # Errors
    /// [`JournalError::Record`], [`JournalError::GroupFull`] and [`JournalError::Poisoned`];
    /// the journal is then as before.
    pub fn append(
        &mut self,
        at_ms: u64,
        record: Record,
        body: Option<&[u8]>,
    ) -> Result<Entry, JournalError> {
        self.alive()?;
        record.check()?;
        let logged = record.is_logged();
        let body_bytes = body.map_or(0, <[u8]>::len);
        if body_bytes > BODY_BYTES_MAX {
            return Err(RecordError::BodyTooLong { bytes: body_bytes }.into());
        }
        if body.is_some() && !logged {
            return Err(RecordError::BodyNotLogged.into());
        }
        // STO-5
        let leaf = logged.then_some(Leaf(self.pending.position.leaves));
        // STO-7
        let head = Head {
            at_ms: at_ms.max(self.last_at_ms),
            leaf,
            record,
        };
        let bytes = head.to_bytes()?;
        // STO-13
        let after = self.pending.bytes.len() + segment::FRAME_BYTES + bytes.len() + body_bytes;
        if after + segment::MARKER_BYTES > GROUP_BYTES_MAX {
            return Err(JournalError::GroupFull);
        }
        self.last_at_ms = head.at_ms;
        let position = self.pending.position.advanced(&bytes, logged);
        self.pending.push(&head, &bytes, body, position);
        Ok(Entry { position, head })
    }

    /// Makes everything appended durable: one write, one `fdatasync`.
    ///
    /// # Errors
    /// After any error but [`JournalError::Poisoned`] the journal is poisoned: end the process.
    // STO-11
    pub fn commit(&mut self) -> Result<Position, JournalError> {
        self.alive()?;
        if self.pending.records == 0 {
            return Ok(self.cursor.position);
        }
        // STO-12
        let outcome = self.write_group();
        self.poisoned = outcome.is_err();
        outcome?;
        self.absorb_group();
        Ok(self.cursor.position)
    }

    /// Reads the body of a leaf, durable or only appended.
    ///
    /// # Errors
    /// [`JournalError::NoBody`], [`JournalError::BodyDamaged`], and what the system refuses.
    // STO-9
    pub fn read_body(&self, leaf: Leaf) -> Result<Vec<u8>, JournalError> {
        self.alive()?;
        if self.pending.erased.contains(&leaf) {
            return Err(JournalError::NoBody { leaf });
        }
        if let Some(body) = self.pending.body(leaf) {
            return Ok(body.to_vec());
        }
        let place = self
            .bodies
            .get(&leaf)
            .ok_or(JournalError::NoBody { leaf })?;
        let path = folder::segment_path(&self.dir, place.segment);
        let reading = |source| JournalError::io("read", &path, source);
        let mut body = vec![0; usize::try_from(place.len).unwrap_or_default()];
        let read = match place.segment == self.active_number {
            true => self.active.read_exact_at(&mut body, place.offset),
            false => File::open(&path)
                .map_err(reading)?
                .read_exact_at(&mut body, place.offset),
        };
        match read {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(reading(error)),
            Ok(()) if crc32fast::hash(&body) == place.crc => Ok(body),
            _ => Err(JournalError::BodyDamaged {
                leaf,
                offset: place.offset,
                segment: path,
            }),
        }
    }

    /// Tells whether a leaf still has its body.
    pub fn has_body(&self, leaf: Leaf) -> bool {
        !self.pending.erased.contains(&leaf)
            && (self.bodies.contains_key(&leaf) || self.pending.body(leaf).is_some())
    }

    /// Hands every durable record to `visit`, oldest first.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] and what the system refuses.
    pub fn replay(&self, visit: &mut dyn FnMut(&Entry)) -> Result<(), JournalError> {
        self.alive()?;
        for number in self.segments.keys() {
            let path = folder::segment_path(&self.dir, *number);
            let reading = |source| JournalError::io("read", &path, source);
            let Some((_, mut scanner)) = Scanner::open(&path).map_err(reading)? else {
                return Err(self.damaged(&path, 0));
            };
            loop {
                match scanner.step().map_err(reading)? {
                    Step::Group(group) => {
                        for record in group.records {
                            visit(&Entry {
                                position: record.position,
                                head: record.head,
                            });
                        }
                    }
                    Step::End => break,
                    Step::Broken { at, .. } => return Err(self.damaged(&path, at)),
                }
            }
        }
        Ok(())
    }

    /// The position after the last durable record.
    pub fn position(&self) -> Position {
        self.cursor.position
    }

    /// The position after the last record appended, durable or not.
    pub fn pending_position(&self) -> Position {
        self.pending.position
    }

    /// The newest time written, in milliseconds since the Unix epoch; 0 when there is none.
    pub fn last_at_ms(&self) -> u64 {
        self.last_at_ms
    }

    /// The torn tail that opening cut off, if any.
    pub fn torn(&self) -> Option<&Torn> {
        self.torn.as_ref()
    }

    /// Bytes that all segments take.
    pub fn bytes(&self) -> u64 {
        self.segments.values().map(|segment| segment.bytes).sum()
    }

    /// Bytes that are free for this user on the journal's file system.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn free_bytes(&self) -> Result<u64, JournalError> {
        let space = rustix::fs::statvfs(&self.dir)
            .map_err(|error| JournalError::io("measure", &self.dir, error.into()))?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// Tells whether free space has fallen below the headroom.
    ///
    /// # Errors
    /// What the system refuses.
    // STO-20
    pub fn is_short_of_space(&self) -> Result<bool, JournalError> {
        Ok(self.free_bytes()? < self.options.headroom_bytes)
    }

    fn alive(&self) -> Result<(), JournalError> {
        if self.poisoned {
            Err(JournalError::Poisoned)
        } else {
            Ok(())
        }
    }

    fn damaged(&self, segment: &Path, offset: u64) -> JournalError {
        JournalError::Damaged {
            segment: segment.to_owned(),
            offset,
            dir: self.dir.clone(),
        }
    }

    fn write_group(&mut self) -> Result<(), JournalError> {
        let marker = Marker {
            journal_id: self.journal_id,
            records: self.pending.records,
            group: self.cursor.group,
            bytes: self.pending.bytes.len() as u64,
            after: self.pending.position,
        };
        self.pending.bytes.extend(marker.to_bytes());
        let len = self.pending.bytes.len() as u64;
        let mut at = self
            .segments
            .get(&self.active_number)
            .map_or(0, |segment| segment.bytes);
        // STO-4
        if at > HEADER_BYTES as u64 && at + len > self.options.segment_bytes {
            at = self.begin_segment()?;
        }
        let path = folder::segment_path(&self.dir, self.active_number);
        self.active
            .write_all_at(&self.pending.bytes, at)
            .map_err(|source| JournalError::io("write", &path, source))?;
        self.active
            .sync_data()
            .map_err(|source| JournalError::io("sync", &path, source))
    }

    fn begin_segment(&mut self) -> Result<u64, JournalError> {
        let number = self.active_number + 1;
        let header = Header {
            number,
            journal_id: self.journal_id,
            start: self.cursor,
        };
        self.active = folder::create(&self.dir, header)?;
        self.active_number = number;
        let bytes = HEADER_BYTES as u64;
        self.segments.insert(
            number,
            Segment {
                bytes,
                erased_bytes: 0,
            },
        );
        Ok(bytes)
    }

    /// Takes over what has just become durable.
    fn absorb_group(&mut self) {
        let segment = self.segments.entry(self.active_number).or_default();
        for (leaf, place) in self.pending.bodies.drain(..) {
            let offset = segment.bytes + place.offset;
            self.bodies.insert(
                leaf,
                Place {
                    segment: self.active_number,
                    offset,
                    ..place
                },
            );
        }
        segment.bytes += self.pending.bytes.len() as u64;
        self.pending.bytes.clear();
        self.pending.bytes.shrink_to(BUFFER_BYTES);
        self.pending.records = 0;
        self.cursor = Cursor {
            group: self.cursor.group + 1,
            position: self.pending.position,
        };
        for leaf in self.pending.erased.drain(..) {
            if let Some(place) = self.bodies.remove(&leaf)
                && let Some(segment) = self.segments.get_mut(&place.segment)
            {
                segment.erased_bytes += u64::from(place.len);
            }
        }
    }
}

/// Refuses damage; cuts a torn tail off.
// STO-15, STO-16
fn close_tail(dir: &Path, examined: &recover::Examined) -> Result<Option<Torn>, JournalError> {
    let Some(fault) = &examined.fault else {
        return Ok(None);
    };
    let segment = fault.segment.clone();
    if fault.damage {
        return Err(JournalError::Damaged {
            segment,
            offset: fault.at,
            dir: dir.to_owned(),
        });
    }
    let len = segment
        .metadata()
        .map_err(|source| JournalError::io("measure", &segment, source))?;
    recover::cut(&segment, fault.group_at)?;
    let bytes = len.len().saturating_sub(fault.group_at);
    Ok(Some(Torn {
        segment,
        offset: fault.group_at,
        bytes,
        complete: fault.marker.is_some(),
    }))
}

fn reopen(path: &Path) -> Result<File, JournalError> {
    let opening = |source| JournalError::io("open", path, source);
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(opening)
}

fn random_id(dir: &Path) -> Result<[u8; 16], JournalError> {
    let mut journal_id = [0; 16];
    getrandom::fill(&mut journal_id)
        .map_err(|error| JournalError::io("draw a random id for", dir, error.into()))?;
    Ok(journal_id)
}

/// What the group buffer keeps between commits.
const BUFFER_BYTES: usize = 4 * 1024 * 1024;
