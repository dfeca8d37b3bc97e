//! Giving space back: writing a closed segment again without its erased bodies.
//!
//! Heads, groups and chain stay as they are, so that the journal can be replayed and checked as
//! before. Spec: `store.md`, chapter "Space".

use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::scan::{Group, Scanner, Step};
use super::segment::{Body, Marker};
use super::{Journal, JournalError, Place, Segment, folder};
use crate::record::Leaf;

impl Journal {
    /// The closed segment that gives back most when rewritten, if one is mostly erased bodies.
    pub fn wasteful(&self) -> Option<u64> {
        let closed = self
            .segments
            .iter()
            .filter(|(number, _)| **number != self.active_number)
            .filter(|(number, _)| !self.unfit.contains(number));
        let wasteful = closed.filter(|(_, segment)| segment.erased_bytes * 2 > segment.bytes);
        wasteful
            .max_by_key(|(_, segment)| segment.erased_bytes)
            .map(|(number, _)| *number)
    }

    /// Writes a closed segment again without its erased bodies and returns the bytes given back.
    ///
    /// # Errors
    /// [`JournalError::NotClosed`]; [`JournalError::Damaged`] and [`JournalError::BodyDamaged`],
    /// which leave the segment as it is; and what the system refuses.
    // STO-19
    pub fn rewrite(&mut self, number: u64) -> Result<u64, JournalError> {
        self.alive()?;
        let before = match self.segments.get(&number) {
            Some(segment) if number != self.active_number => segment.bytes,
            _ => return Err(JournalError::NotClosed { number }),
        };
        let path = folder::segment_path(&self.dir, number);
        let copy = self.copy_without_erased(number, &path);
        if let Err(error) = &copy {
            folder::discard(&path);
            let damaged = matches!(
                error,
                JournalError::Damaged { .. } | JournalError::BodyDamaged { .. }
            );
            // Trying again and again would read all of it each time.
            self.unfit.extend(damaged.then_some(number));
        }
        let copied = copy?;
        folder::publish(&self.dir, &path, &copied.file).inspect_err(|_| {
            // Whether the name already points to the copy is not known: recovery will see.
            self.poisoned = true;
        })?;
        self.bodies.extend(copied.moved);
        self.segments.insert(
            number,
            Segment {
                bytes: copied.bytes,
                erased_bytes: 0,
            },
        );
        Ok(before.saturating_sub(copied.bytes))
    }

    fn copy_without_erased(&self, number: u64, path: &Path) -> Result<Copied, JournalError> {
        let reading = |source| JournalError::io("read", path, source);
        let source = File::open(path).map_err(reading)?;
        let Some((header, mut scanner)) = Scanner::open(path).map_err(reading)? else {
            return Err(self.damaged(path, 0));
        };
        let mut copy = Copy {
            journal: self,
            path,
            source,
            target: BufWriter::new(folder::aside(path)?),
            at: 0,
            moved: Vec::new(),
        };
        copy.write(&header.to_bytes())?;
        loop {
            match scanner.step().map_err(reading)? {
                Step::Group(group) => copy.group(number, &group)?,
                Step::End => break,
                Step::Broken { at, .. } => return Err(self.damaged(path, at)),
            }
        }
        let writing = |source| JournalError::io("write", path, source);
        let file = copy
            .target
            .into_inner()
            .map_err(|error| writing(error.into_error()))?;
        Ok(Copied {
            file,
            moved: copy.moved,
            bytes: copy.at,
        })
    }
}

/// A copy that is complete and not yet published.
struct Copied {
    file: File,
    moved: Vec<(Leaf, Place)>,
    bytes: u64,
}

/// A copy being written.
struct Copy<'a> {
    journal: &'a Journal,
    path: &'a Path,
    source: File,
    target: BufWriter<File>,
    at: u64,
    moved: Vec<(Leaf, Place)>,
}

impl Copy<'_> {
    fn group(&mut self, number: u64, group: &Group) -> Result<(), JournalError> {
        let start = self.at;
        for record in &group.records {
            let leaf = record
                .head
                .leaf
                .filter(|leaf| self.journal.bodies.contains_key(leaf));
            let kept = leaf.filter(|_| record.frame.body == Body::Present);
            let frame = match kept {
                Some(_) => record.frame,
                None => record.frame.erased(&record.head_bytes),
            };
            self.write(&frame.to_bytes())?;
            self.write(&record.head_bytes)?;
            if let Some(leaf) = kept {
                let (len, crc) = (frame.body_len, frame.body_crc);
                let body = self.body(leaf, record.body_at, len, crc)?;
                let place = Place {
                    segment: number,
                    offset: self.at,
                    len,
                    crc,
                };
                self.moved.push((leaf, place));
                self.write(&body)?;
            }
        }
        let marker = Marker {
            bytes: self.at - start,
            ..group.marker
        };
        self.write(&marker.to_bytes())
    }

    fn body(&self, leaf: Leaf, offset: u64, len: u32, crc: u32) -> Result<Vec<u8>, JournalError> {
        let mut body = vec![0; usize::try_from(len).unwrap_or_default()];
        self.source
            .read_exact_at(&mut body, offset)
            .map_err(|source| JournalError::io("read", self.path, source))?;
        if crc32fast::hash(&body) != crc {
            let segment = self.path.to_owned();
            return Err(JournalError::BodyDamaged {
                leaf,
                segment,
                offset,
            });
        }
        Ok(body)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        self.at += bytes.len() as u64;
        self.target
            .write_all(bytes)
            .map_err(|source| JournalError::io("write", self.path, source))
    }
}
