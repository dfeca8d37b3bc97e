//! When a briefing takes place: a rule's days as moments, in the time zone that they follow.
//!
//! A local time that summer time leaves out is the moment that it would have been before the
//! clocks changed, and of one that is there twice the first counts, as RFC 5545 section 3.3.5 has
//! it.

use super::rule::{Rule, RuleError, Until};
use super::{Briefing, CalendarError};
use estafette_protocol::time::UnixMillis;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;

/// One time that a briefing takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// When it starts.
    pub starts: UnixMillis,
    /// When it ends, where the briefing says so.
    pub ends: Option<UnixMillis>,
}

/// The times that a briefing takes place, in order; possibly without end.
#[derive(Debug, Clone)]
pub struct Occurrences {
    starts: UnixMillis,
    length_ms: Option<u64>,
    zone: TimeZone,
    rule: Option<Rule>,
    skipped: BTreeSet<UnixMillis>,
}

impl Occurrences {
    /// Reads rule and time zone of a briefing.
    ///
    /// # Errors
    /// [`CalendarError`] when one of them is not good.
    pub fn of(briefing: &Briefing) -> Result<Self, CalendarError> {
        let rule = briefing.recurrence.as_deref().map(str::parse::<Rule>);
        Ok(Self {
            starts: briefing.starts,
            length_ms: briefing.ends.map(|ends| ends.since(briefing.starts)),
            zone: zone(briefing.time_zone.as_deref())?,
            rule: rule.transpose()?,
            skipped: briefing.skipped.iter().copied().collect(),
        })
    }

    /// Those that are not left out.
    pub fn iter(&self) -> impl Iterator<Item = Occurrence> + '_ {
        self.all()
            .filter(|starts| !self.skipped.contains(starts))
            .map(|starts| Occurrence {
                starts,
                ends: self.length_ms.map(|length| starts.plus(length)),
            })
    }

    /// Those that start in a time, at most `limit`.
    #[must_use]
    pub fn between(&self, from: UnixMillis, to: UnixMillis, limit: usize) -> Vec<Occurrence> {
        self.iter()
            .skip_while(|one| one.starts < from)
            .take_while(|one| one.starts < to)
            .take(limit)
            .collect()
    }

    /// The first that starts after a time.
    #[must_use]
    pub fn next_after(&self, time: UnixMillis) -> Option<Occurrence> {
        self.iter().find(|one| one.starts > time)
    }

    /// Whether one starts at that time, left out or not.
    #[must_use]
    pub fn is_one(&self, time: UnixMillis) -> bool {
        self.all().take_while(|at| *at <= time).any(|at| at == time)
    }

    /// Whether it takes place more than once, as far as the rule goes.
    #[must_use]
    pub const fn is_recurring(&self) -> bool {
        self.rule.is_some()
    }

    pub(super) const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// All, those left out too.
    fn all(&self) -> Box<dyn Iterator<Item = UnixMillis> + '_> {
        let Some(rule) = &self.rule else {
            return Box::new(std::iter::once(self.starts));
        };
        let Some(first) = timestamp(self.starts) else {
            return Box::new(std::iter::empty());
        };
        let local = first.to_zoned(self.zone.clone()).datetime();
        let (date, time) = (local.date(), local.time());
        let count = rule.count.map_or(usize::MAX, |count| {
            usize::try_from(count).unwrap_or(usize::MAX)
        });
        let until = rule.until;
        let at = move |date| self.moment(DateTime::from_parts(date, time));
        let moments = rule.dates(date).map_while(at).take(count);
        let within = move |(local, moment): &(DateTime, Timestamp)| match until {
            None => true,
            Some(Until::Moment(last)) => *moment <= last,
            Some(Until::Local(last)) => *local <= last,
            Some(Until::Day(last)) => local.date() <= last,
        };
        Box::new(
            moments
                .take_while(within)
                .filter_map(|(_, moment)| millis(moment)),
        )
    }

    fn moment(&self, local: DateTime) -> Option<(DateTime, Timestamp)> {
        let zoned = self.zone.to_ambiguous_zoned(local).compatible().ok()?;
        Some((local, zoned.timestamp()))
    }
}

impl Briefing {
    /// Checks rule, time zone, and that the rule names the day on which the briefing starts.
    ///
    /// # Errors
    /// The first fault; whoever writes the briefing can repair it.
    pub fn check(&self) -> Result<(), CalendarError> {
        let occurrences = Occurrences::of(self)?;
        if self.ends.is_some_and(|ends| ends < self.starts) {
            return Err(CalendarError::EndsFirst);
        }
        match occurrences.all().next() {
            Some(first) if first == self.starts => {}
            _ => return Err(CalendarError::StartNotInRule),
        }
        match self.skipped.iter().find(|at| !occurrences.is_one(**at)) {
            Some(at) => Err(CalendarError::NoOccurrence(*at)),
            None => Ok(()),
        }
    }
}

impl From<RuleError> for CalendarError {
    fn from(error: RuleError) -> Self {
        Self::Rule(error)
    }
}

/// A time zone by its name; UTC where there is none.
pub(super) fn zone(name: Option<&str>) -> Result<TimeZone, CalendarError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(TimeZone::UTC);
    };
    TimeZone::get(name).map_err(|_| CalendarError::ZoneUnknown(name.to_owned()))
}

pub(super) fn timestamp(at: UnixMillis) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()
}

pub(super) fn millis(at: Timestamp) -> Option<UnixMillis> {
    u64::try_from(at.as_millisecond()).ok().map(UnixMillis)
}

/// A local time of day on a date, for `--at` and `--every`.
///
/// # Errors
/// [`CalendarError::ZoneUnknown`], or [`CalendarError::Time`] when there is no such moment.
pub fn local_time(local: DateTime, time_zone: &str) -> Result<UnixMillis, CalendarError> {
    let ambiguous = zone(Some(time_zone))?.to_ambiguous_zoned(local);
    let zoned = ambiguous.compatible().map_err(|_| CalendarError::Time)?;
    millis(zoned.timestamp()).ok_or(CalendarError::Time)
}

/// Reads `2026-12-01T09:00`, with a zone such as `Z` or `+01:00`, or without one in `time_zone`.
///
/// # Errors
/// [`CalendarError::Time`] when the text is no time, [`CalendarError::ZoneUnknown`].
pub fn parse_time(text: &str, time_zone: &str) -> Result<UnixMillis, CalendarError> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return millis(moment).ok_or(CalendarError::Time);
    }
    let text = text.trim().replacen(' ', "T", 1);
    match text.parse::<DateTime>() {
        // A date alone names no moment.
        Ok(local) if local.time() != Time::midnight() || text.contains('T') => {
            local_time(local, time_zone)
        }
        _ => Err(CalendarError::Time),
    }
}
