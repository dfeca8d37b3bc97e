//! In which clock a file's times are written, and what a file says of that clock.
//!
//! A briefing that recurs follows its time zone, and the file then describes the zone: each change
//! of its clocks from before the first occurrence to the last. Spec: RFC 5545 section 3.6.5.

use super::Briefing;
use super::occurrences::{Occurrences, timestamp};
use estafette_protocol::time::{DAY_MS, UnixMillis};
use icalendar::Property;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use std::fmt::Write as _;

/// How far ahead the changes of summer time are written out for a rule without end.
const ZONE_MS_MAX: u64 = 10 * 366 * DAY_MS;
/// Changes of a time zone that are written out, at most.
const CHANGES_MAX: usize = 64;
/// Occurrences looked at for the last one.
const OCCURRENCES_MAX: usize = 4_096;

/// In which clock times are written.
pub(super) struct Clock {
    /// The name, where it is not UTC.
    pub(super) zone: Option<(String, TimeZone)>,
}

impl Clock {
    /// A single briefing is a moment; one that recurs follows its zone.
    pub(super) fn of(briefing: &Briefing, occurrences: &Occurrences) -> Self {
        let zone = occurrences.zone();
        let name = briefing
            .time_zone
            .clone()
            .filter(|_| *zone != TimeZone::UTC);
        let zone = name.filter(|_| occurrences.is_recurring());
        Self {
            zone: zone.map(|name| (name, occurrences.zone().clone())),
        }
    }

    pub(super) fn property(&self, key: &str, at: UnixMillis) -> Property {
        let at = timestamp(at).unwrap_or(Timestamp::MIN);
        match &self.zone {
            None => Property::new(key, utc(at)),
            Some((name, zone)) => {
                let local = at.to_zoned(zone.clone()).datetime();
                let mut property = Property::new(key, plain(local));
                property.add_parameter("TZID", name);
                property
            }
        }
    }

    /// A VTIMEZONE with each change of the clocks from before the first occurrence to the last.
    pub(super) fn component(
        &self,
        briefing: &Briefing,
        occurrences: &Occurrences,
    ) -> Option<String> {
        let (name, zone) = self.zone.as_ref()?;
        let first = timestamp(briefing.starts)?;
        let last = occurrences
            .iter()
            .take(OCCURRENCES_MAX)
            .map(|one| one.starts)
            .take_while(|at| *at <= briefing.starts.plus(ZONE_MS_MAX))
            .last()
            .unwrap_or(briefing.starts);
        let last = timestamp(last.plus(DAY_MS))?;
        let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{name}\r\n");
        let mut from = zone.to_offset(first);
        let before = zone.preceding(first).next();
        let start = match &before {
            Some(change) => {
                let past = change.timestamp().checked_sub(jiff::Span::new().seconds(1));
                from = zone.to_offset(past.ok()?);
                change.timestamp()
            }
            None => Timestamp::UNIX_EPOCH,
        };
        let mut add = |at: Timestamp, from: Offset, to: Offset, is_summer: bool, word: &str| {
            let kind = if is_summer { "DAYLIGHT" } else { "STANDARD" };
            // Never fails on a String.
            let _ = write!(
                text,
                "BEGIN:{kind}\r\nDTSTART:{}\r\nTZOFFSETFROM:{}\r\nTZOFFSETTO:{}\r\n\
                 TZNAME:{word}\r\nEND:{kind}\r\n",
                plain(from.to_datetime(at)),
                offset(from),
                offset(to),
            );
        };
        let info = zone.to_offset_info(first);
        add(
            start,
            from,
            info.offset(),
            info.dst().is_dst(),
            info.abbreviation(),
        );
        let mut from = info.offset();
        let changes = zone.following(first).take(CHANGES_MAX);
        for change in changes.take_while(|change| change.timestamp() <= last) {
            let (at, to) = (change.timestamp(), change.offset());
            add(at, from, to, change.dst().is_dst(), change.abbreviation());
            from = to;
        }
        text.push_str("END:VTIMEZONE\r\n");
        Some(text)
    }
}

pub(super) fn utc(at: Timestamp) -> String {
    format!("{}Z", plain(Offset::UTC.to_datetime(at)))
}

fn plain(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (all / 3_600, all / 60 % 60, all % 60);
    match seconds {
        0 => format!("{sign}{hours:02}{minutes:02}"),
        _ => format!("{sign}{hours:02}{minutes:02}{seconds:02}"),
    }
}
