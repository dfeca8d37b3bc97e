//! Opening a journal after whatever happened, and repairing it when opening refuses.
//!
//! A broken last group is a torn tail and is cut off; anything broken before something that was
//! once stored is damage, which only `repair` may touch.
//! Spec: `store.md`, chapter "Recovery".

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::scan::{Group, Scanner, Step};
use super::segment::{Cursor, Marker, Position, last_marker_after};
use super::{JournalError, folder};

/// A torn tail that was cut off on opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The segment file.
    pub segment: PathBuf,
    /// Where the torn group began, and the file ends now.
    pub offset: u64,
    /// Bytes cut off.
    pub bytes: u64,
    /// The group's own marker was whole: more likely damage than a power cut, and what was lost
    /// may have been acknowledged.
    pub complete: bool,
}

/// What `repair` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The segment that was cut off.
    pub segment: PathBuf,
    /// Where it ends now.
    pub offset: u64,
    /// The journal's position now.
    pub kept: Position,
    /// The last position that could be made out in what was lost, if any.
    pub lost: Option<Position>,
    /// The files set aside.
    pub aside: Vec<PathBuf>,
}

/// What the segments hold, up to the first thing that does not fit.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    pub(crate) journal_id: Option<[u8; 16]>,
    /// Segments in order, with the length that is whole.
    pub(crate) whole: Vec<(u64, u64)>,
    pub(crate) cursor: Option<Cursor>,
    pub(crate) fault: Option<Fault>,
}

/// The first thing that does not fit.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) segment: PathBuf,
    /// Where the broken group begins; 0 when the whole segment does not fit.
    pub(crate) group_at: u64,
    pub(crate) at: u64,
    pub(crate) marker: Option<Marker>,
    /// Something that was once stored stands behind it.
    pub(crate) damage: bool,
}

/// Takes every whole group with the number of its segment.
pub(crate) type Sink<'a> = dyn FnMut(u64, Group) + 'a;

/// Reads every segment; hands whole groups on, the last one only after its bodies were checked.
pub(crate) fn examine(dir: &Path, sink: &mut Sink<'_>) -> Result<Examined, JournalError> {
    let mut examined = Examined::default();
    let numbers = folder::segments(dir)?;
    let mut held: Option<Group> = None;
    for (index, &number) in numbers.iter().enumerate() {
        let path = folder::segment_path(dir, number);
        let reading = |source| JournalError::io("read", &path, source);
        let opened = Scanner::open(&path).map_err(reading)?;
        let fits = |found: &_| examined.continues(number, found);
        let Some((header, mut scanner)) = opened.filter(|(header, _)| fits(header)) else {
            let fault = Fault {
                segment: path,
                group_at: 0,
                at: 0,
                marker: None,
                damage: true,
            };
            examined.fault = Some(fault);
            break;
        };
        let last = index + 1 == numbers.len();
        examined.journal_id = Some(header.journal_id);
        let mut whole = super::segment::HEADER_BYTES as u64;
        let broken = loop {
            match scanner.step().map_err(reading)? {
                Step::Group(group) => {
                    whole = group.end;
                    if let Some(before) = held.replace(group) {
                        sink(number, before);
                    }
                }
                Step::End => break None,
                Step::Broken { group_at, at } => break Some((group_at, at)),
            }
        };
        examined.cursor = Some(scanner.cursor());
        examined.whole.push((number, whole));
        if let Some((group_at, at)) = broken {
            let id = &header.journal_id;
            let fault = judge(&path, id, scanner.cursor(), (group_at, at), last)?;
            examined.fault = Some(fault);
            if let Some(group) = held.take() {
                match bodies_match(&path, &group)? {
                    true if last => sink(number, group),
                    true => {}
                    false => examined.damaged(&path, &group),
                }
            }
            break;
        }
        let Some(group) = held.take() else { continue };
        // STO-14
        if last && !settle_last(&path, &group)? {
            examined.cut(&path, &group);
        } else {
            sink(number, group);
        }
    }
    Ok(examined)
}

/// Cuts off what is broken, keeps copies, and says what was lost.
///
/// # Errors
/// [`JournalError::Locked`] while a relay runs on the folder, and input or output errors.
// STO-18
pub fn repair(dir: &Path) -> Result<Option<Repair>, JournalError> {
    let _lock = folder::Lock::take(dir)?;
    let examined = examine(dir, &mut |_, _| {})?;
    let Some(fault) = &examined.fault else {
        return Ok(None);
    };
    let doing = |source| JournalError::io("repair", &fault.segment, source);
    let mut aside = Vec::new();
    let mut lost = fault.marker.map(|marker| marker.after);
    for number in folder::segments(dir)? {
        let path = folder::segment_path(dir, number);
        if path <= fault.segment {
            continue;
        }
        lost = last_position(&path, &examined)?.or(lost);
        let target = folder::damaged_path(&path);
        fs::rename(&path, &target).map_err(doing)?;
        aside.push(target);
    }
    let target = folder::damaged_path(&fault.segment);
    if fault.group_at == 0 {
        fs::rename(&fault.segment, &target).map_err(doing)?;
    } else {
        fs::copy(&fault.segment, &target).map_err(doing)?;
        File::open(&target)
            .and_then(|file| file.sync_all())
            .map_err(doing)?;
        cut(&fault.segment, fault.group_at)?;
    }
    aside.insert(0, target);
    folder::sync(dir).map_err(doing)?;
    Ok(Some(Repair {
        segment: fault.segment.clone(),
        offset: fault.group_at,
        kept: examined
            .cursor
            .map(|cursor| cursor.position)
            .unwrap_or_default(),
        lost,
        aside,
    }))
}

/// Shortens a file durably.
pub(crate) fn cut(path: &Path, len: u64) -> Result<(), JournalError> {
    let cutting = |source| JournalError::io("cut off", path, source);
    let file = OpenOptions::new().write(true).open(path).map_err(cutting)?;
    file.set_len(len)
        .and_then(|()| file.sync_all())
        .map_err(cutting)
}

impl Examined {
    // STO-3
    fn continues(&self, number: u64, header: &super::segment::Header) -> bool {
        let expected = self.whole.last().map_or(1, |(last, _)| last + 1);
        let start = self.cursor.unwrap_or(Cursor {
            group: 1,
            position: Position::genesis(&header.journal_id),
        });
        let id = self.journal_id.unwrap_or(header.journal_id);
        number == expected
            && header.number == number
            && header.start == start
            && header.journal_id == id
    }

    /// Takes back the last whole group: something broken stands behind it, which was begun only
    /// after this one was stored, so that wrong bodies here are damage.
    // STO-35
    fn damaged(&mut self, path: &Path, group: &Group) {
        let later = self.fault.take().and_then(|fault| fault.marker);
        self.cut(path, group);
        if let Some(fault) = &mut self.fault {
            fault.damage = true;
            fault.marker = later.or(fault.marker);
        }
    }

    /// Takes back the last group, whose bodies are not what its heads say.
    fn cut(&mut self, path: &Path, group: &Group) {
        if let (Some(first), Some((_, whole)), Some(cursor)) = (
            group.records.first(),
            self.whole.last_mut(),
            self.cursor.as_mut(),
        ) {
            *whole = group.at;
            let at = first.body_at;
            let (group_at, marker) = (group.at, Some(group.marker));
            let segment = path.to_owned();
            self.fault = Some(Fault {
                segment,
                group_at,
                at,
                marker,
                damage: false,
            });
            *cursor = group.before;
        }
    }
}

fn judge(
    path: &Path,
    id: &[u8; 16],
    cursor: Cursor,
    (group_at, at): (u64, u64),
    last: bool,
) -> Result<Fault, JournalError> {
    let mut rest = Vec::new();
    let mut file = File::open(path).map_err(|source| JournalError::io("read", path, source))?;
    std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(group_at))
        .and_then(|_| file.read_to_end(&mut rest))
        .map_err(|source| JournalError::io("read", path, source))?;
    // The broken group's own marker proves nothing; one of a later group does.
    let marker = last_marker_after(&rest, id, cursor.group.saturating_sub(1));
    let later = marker.is_some_and(|marker| marker.group > cursor.group);
    Ok(Fault {
        segment: path.to_owned(),
        group_at,
        at,
        marker,
        damage: !last || later,
    })
}

fn bodies_match(path: &Path, group: &Group) -> Result<bool, JournalError> {
    let reading = |source| JournalError::io("read", path, source);
    let file = File::open(path).map_err(reading)?;
    group.bodies_match(&file).map_err(reading)
}

/// Checks the bodies of the very last group, and stores it once more.
fn settle_last(path: &Path, group: &Group) -> Result<bool, JournalError> {
    let settling = |source| JournalError::io("settle", path, source);
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .map_err(settling)?;
    if !group.bodies_match(&file).map_err(settling)? {
        return Ok(false);
    }
    // STO-17
    let mut bytes = vec![0; usize::try_from(group.end - group.at).unwrap_or_default()];
    file.read_exact_at(&mut bytes, group.at).map_err(settling)?;
    file.write_all_at(&bytes, group.at)
        .and_then(|()| file.sync_all())
        .map_err(settling)?;
    Ok(true)
}

fn last_position(path: &Path, examined: &Examined) -> Result<Option<Position>, JournalError> {
    let reading = |source| JournalError::io("read", path, source);
    let Some(id) = examined.journal_id else {
        return Ok(None);
    };
    let bytes = fs::read(path).map_err(reading)?;
    Ok(last_marker_after(&bytes, &id, 0).map(|marker| marker.after))
}
