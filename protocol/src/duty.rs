//! Who stands behind a desk now: hours, taken, absent. Spec: duty.md.
//!
//! Decides what a duty may hold and what the entries of a desk come to at a time. Who may sign one,
//! and who stands in for whom, is for the directory, which knows desks and superiors.

use crate::address::Desk;
use crate::crypto::Hash;
use crate::encoding::{EncodingError, Extensions, Object, Text, require};
use crate::time::{DAY_MS, UnixMillis};
use serde::{Deserialize, Serialize};

/// Shifts of a desk's hours, at most.
pub const SHIFTS_MAX: usize = 512;
/// The longest that a desk may be taken, or absent, at once, in milliseconds.
pub const UNTIL_MS_MAX: u64 = 31 * DAY_MS;

/// A device's word on whether a desk is staffed. Spec: duty.md, Duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// The desk.
    pub desk: Desk,
    /// Desk of the signing device.
    pub by: Desk,
    /// When it was signed.
    pub issued: UnixMillis,
    /// What it says.
    pub entry: Entry,
    /// Room for growth.
    pub extensions: Extensions,
}

/// What a duty says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// When the desk is staffed.
    Hours {
        /// The desk's time zone, for people.
        zone: Text,
        /// Sorted, none beginning before the one before it ends.
        shifts: Vec<Shift>,
    },
    /// Somebody is at the desk, whatever its hours say.
    Taken {
        /// Until when.
        until: UnixMillis,
    },
    /// Nobody is.
    Absent {
        /// Until when.
        until: UnixMillis,
        /// Who stands in.
        deputy: Option<Desk>,
        /// Digest of the note that hands over.
        summary: Option<Hash>,
    },
}

/// One time for which a desk is staffed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shift {
    /// Its beginning.
    pub from: UnixMillis,
    /// Its end, which is not of it.
    pub until: UnixMillis,
}

impl Shift {
    /// Whether a time is within it.
    #[must_use]
    pub const fn covers(&self, at: UnixMillis) -> bool {
        self.from.0 <= at.0 && at.0 < self.until.0
    }
}

impl Entry {
    /// All words, in order of their tags.
    pub const WORDS: [&str; 3] = ["hours", "taken", "absent"];

    /// The word that people, JSON and holdings see.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Hours { .. } => "hours",
            Self::Taken { .. } => "taken",
            Self::Absent { .. } => "absent",
        }
    }

    /// The tag on the wire.
    #[must_use]
    pub const fn tag(&self) -> u8 {
        match self {
            Self::Hours { .. } => 0,
            Self::Taken { .. } => 1,
            Self::Absent { .. } => 2,
        }
    }
}

impl Object for Duty {
    const KIND: u8 = 26;
    const BYTES_MAX: usize = 16_384;

    fn check(&self) -> Result<(), EncodingError> {
        let agency = self.desk.agency();
        require(self.by.agency() == agency, "DTY-1")?;
        let ahead = |until: UnixMillis| {
            let length = until.since(self.issued);
            require((1..=UNTIL_MS_MAX).contains(&length), "DTY-1")
        };
        match &self.entry {
            Entry::Hours { zone, shifts } => {
                require((1..=64).contains(&zone.as_str().len()), "DTY-1")?;
                check_shifts(shifts)?;
            }
            Entry::Taken { until } => ahead(*until)?,
            Entry::Absent { until, deputy, .. } => {
                ahead(*until)?;
                let fits = |d: &Desk| *d != self.desk && d.agency() == agency;
                require(deputy.as_ref().is_none_or(fits), "DTY-1")?;
            }
        }
        self.extensions.check()
    }
}

fn check_shifts(shifts: &[Shift]) -> Result<(), EncodingError> {
    require((1..=SHIFTS_MAX).contains(&shifts.len()), "DTY-1")?;
    let mut end = UnixMillis(0);
    for shift in shifts {
        require(shift.from >= end && shift.from < shift.until, "DTY-1")?;
        end = shift.until;
    }
    Ok(())
}

/// Whether somebody is at a desk. Spec: duty.md, Staffed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Staffing {
    /// Somebody is; until then, where it is known.
    Staffed {
        /// The end of what says so.
        until: Option<UnixMillis>,
    },
    /// Nobody is.
    Absent {
        /// Since when.
        since: UnixMillis,
        /// Until when.
        until: UnixMillis,
    },
    /// It is outside the desk's hours: a gap.
    OffHours {
        /// Since when, where an earlier shift is known.
        since: Option<UnixMillis>,
        /// When the next shift begins.
        until: UnixMillis,
    },
    /// Nothing is known.
    Unknown,
}

impl Staffing {
    /// Whether the desk counts as staffed (DTY-10).
    #[must_use]
    pub const fn is_staffed(self) -> bool {
        matches!(self, Self::Staffed { .. } | Self::Unknown)
    }

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Staffed { .. } => "staffed",
            Self::Absent { .. } => "absent",
            Self::OffHours { .. } => "off-hours",
            Self::Unknown => "unknown",
        }
    }
}

/// The newest duties of one desk, one of each entry.
#[derive(Debug, Clone, Copy, Default)]
pub struct Duties<'a> {
    /// Its hours.
    pub hours: Option<&'a Duty>,
    /// That it was taken.
    pub taken: Option<&'a Duty>,
    /// That it is absent.
    pub absent: Option<&'a Duty>,
}

impl<'a> Duties<'a> {
    /// The absence in force at a time.
    // DTY-8
    #[must_use]
    pub fn absence(&self, at: UnixMillis) -> Option<&'a Duty> {
        let absent = self.absent?;
        let Entry::Absent { until, .. } = absent.entry else {
            return None;
        };
        let newest = self.taken.is_none_or(|taken| taken.issued <= absent.issued);
        (newest && at < until).then_some(absent)
    }

    /// What they come to at a time.
    #[must_use]
    pub fn staffing(&self, at: UnixMillis) -> Staffing {
        if let Some(absent) = self.absence(at)
            && let Entry::Absent { until, .. } = absent.entry
        {
            let since = absent.issued;
            return Staffing::Absent { since, until };
        }
        let later = |taken: &&Duty| {
            self.absent
                .is_none_or(|absent| absent.issued < taken.issued)
        };
        let taken = self.taken.filter(later).map(|taken| &taken.entry);
        if let Some(Entry::Taken { until }) = taken
            && at < *until
        {
            let until = Some(*until);
            return Staffing::Staffed { until };
        }
        match self.hours.map(|hours| &hours.entry) {
            Some(Entry::Hours { shifts, .. }) => by_hours(shifts, at),
            _ => Staffing::Unknown,
        }
    }
}

fn by_hours(shifts: &[Shift], at: UnixMillis) -> Staffing {
    let next = shifts.iter().find(|shift| at < shift.until);
    let before = shifts.iter().rev().find(|shift| shift.until <= at);
    match next {
        Some(shift) if shift.covers(at) => Staffing::Staffed {
            until: Some(shift.until),
        },
        Some(shift) => Staffing::OffHours {
            since: before.map(|shift| shift.until),
            until: shift.from,
        },
        None => Staffing::Unknown,
    }
}

#[cfg(test)]
mod tests;
