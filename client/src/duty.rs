//! When a desk is staffed, as people say it: weekly hours or a plan of shifts, and the gaps in them.
//!
//! ```text
//!   'Mon-Fri 08:00-18:00', a zone, weeks ─┐
//!                                         ├─► shifts (plain times) ─► gaps
//!   a calendar file ──────────────────────┘
//! ```
//!
//! Pure functions of texts, zones and now. Who may sign a duty, and what it comes to, is
//! [`estafette_protocol::duty`]'s and the directory's. Spec: duty.md.

use crate::calendar::{CalendarError, ImportError, Occurrences, all_from_ics};
use estafette_protocol::duty::{SHIFTS_MAX, Shift};
use estafette_protocol::time::{DAY_MS, UnixMillis};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

#[cfg(test)]
mod tests;

/// How long a shift of a calendar that says no end lasts, in milliseconds.
const SHIFT_MS: u64 = 8 * estafette_protocol::time::HOUR_MS;

/// Why hours cannot be read. Whoever wrote them is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HoursError {
    /// Not as hours are written.
    #[error("hours are written such as 'Mon-Fri 08:00-18:00, Sat 09:00-12:00'")]
    Written,
    /// No time zone of this name.
    #[error("no time zone {0}; one is named such as Europe/Rome")]
    Zone(String),
    /// Two shifts at one time.
    #[error("two of the hours are at the same time")]
    Overlap,
    /// More than 512 shifts.
    #[error("these are {0} shifts, at most 512 can be published; name fewer weeks")]
    TooMany(usize),
    /// No shift.
    #[error("no shift lies ahead")]
    Nothing,
    /// The calendar file.
    #[error(transparent)]
    File(#[from] ImportError),
    /// A rule in the calendar file.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// A time zone by its name in the IANA database.
///
/// # Errors
/// [`HoursError::Zone`].
pub fn zone(name: &str) -> Result<TimeZone, HoursError> {
    let unknown = |_| HoursError::Zone(crate::words::visible(name, false));
    TimeZone::get(name).map_err(unknown)
}

/// Days of the week, and a time on each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    days: Vec<Weekday>,
    from: Time,
    /// At or before `from` it is of the next day.
    until: Time,
}

/// The shifts of some weeks from now on.
///
/// # Errors
/// [`HoursError`].
pub fn weekly(
    hours: &str,
    zone: &TimeZone,
    weeks: u32,
    now: UnixMillis,
) -> Result<Vec<Shift>, HoursError> {
    let slots = hours.split(',').map(slot).collect::<Result<Vec<_>, _>>()?;
    let today = timestamp(now)?.to_zoned(zone.clone()).date();
    let mut shifts = Vec::new();
    // What began yesterday may still last.
    for ahead in -1..i64::from(weeks) * 7 {
        let day = today.checked_add(ahead.days());
        let day = day.map_err(|_| HoursError::Written)?;
        for slot in slots
            .iter()
            .filter(|slot| slot.days.contains(&day.weekday()))
        {
            shifts.push(slot.on(day, zone)?);
        }
    }
    in_order(shifts, now)
}

/// The shifts of a calendar file, of some weeks from now on, and the zone that it is written in.
///
/// # Errors
/// [`HoursError`].
pub fn imported(
    text: &str,
    weeks: u32,
    now: UnixMillis,
) -> Result<(Vec<Shift>, Option<String>), HoursError> {
    let events = all_from_ics(text)?;
    let to = now.plus(u64::from(weeks) * 7 * DAY_MS);
    let mut shifts = Vec::new();
    for event in &events {
        let occurrences = Occurrences::of(&event.briefing)?;
        // What began a day ago may still last.
        for one in occurrences.between(now.minus(DAY_MS), to, SHIFTS_MAX + 1) {
            let until = one.ends.unwrap_or(one.starts.plus(SHIFT_MS));
            shifts.push(Shift {
                from: one.starts,
                until,
            });
        }
    }
    let zone = events
        .into_iter()
        .find_map(|event| event.briefing.time_zone);
    Ok((in_order(shifts, now)?, zone))
}

/// The times between shifts, from now until then; what lies after the last shift is one of them.
// DTY-13
#[must_use]
pub fn gaps(shifts: &[Shift], now: UnixMillis, until: UnixMillis) -> Vec<Shift> {
    let mut gaps = Vec::new();
    let mut covered = now;
    for shift in shifts {
        let end = shift.from.min(until);
        if covered < end {
            gaps.push(Shift {
                from: covered,
                until: end,
            });
        }
        covered = covered.max(shift.until);
    }
    if covered < until {
        gaps.push(Shift {
            from: covered,
            until,
        });
    }
    gaps
}

/// Sorted, those that are over left out, those that follow without a break as one.
fn in_order(mut shifts: Vec<Shift>, now: UnixMillis) -> Result<Vec<Shift>, HoursError> {
    shifts.retain(|shift| shift.until > now);
    shifts.sort();
    let mut joined: Vec<Shift> = Vec::new();
    for shift in shifts {
        match joined.last_mut() {
            Some(last) if shift.from < last.until => return Err(HoursError::Overlap),
            Some(last) if shift.from == last.until => last.until = shift.until,
            _ => joined.push(shift),
        }
    }
    match joined.len() {
        0 => Err(HoursError::Nothing),
        1..=SHIFTS_MAX => Ok(joined),
        many => Err(HoursError::TooMany(many)),
    }
}

impl Slot {
    fn on(&self, day: Date, zone: &TimeZone) -> Result<Shift, HoursError> {
        let end = match self.until <= self.from {
            true => day.tomorrow().map_err(|_| HoursError::Written)?,
            false => day,
        };
        Ok(Shift {
            from: at(day, self.from, zone)?,
            until: at(end, self.until, zone)?,
        })
    }
}

fn at(day: Date, time: Time, zone: &TimeZone) -> Result<UnixMillis, HoursError> {
    let zoned = day.to_datetime(time).to_zoned(zone.clone());
    let zoned = zoned.map_err(|_| HoursError::Written)?;
    let ms = zoned.timestamp().as_millisecond();
    u64::try_from(ms)
        .map(UnixMillis)
        .map_err(|_| HoursError::Written)
}

fn timestamp(at: UnixMillis) -> Result<Timestamp, HoursError> {
    let ms = i64::try_from(at.0).map_err(|_| HoursError::Written)?;
    Timestamp::from_millisecond(ms).map_err(|_| HoursError::Written)
}

fn slot(text: &str) -> Result<Slot, HoursError> {
    let (days, times) = text.trim().rsplit_once(' ').ok_or(HoursError::Written)?;
    let (from, until) = times.split_once('-').ok_or(HoursError::Written)?;
    Ok(Slot {
        days: self::days(days.trim())?,
        from: clock(from)?,
        until: clock(until)?,
    })
}

fn clock(text: &str) -> Result<Time, HoursError> {
    match text {
        "24:00" => Ok(Time::midnight()),
        text => Time::strptime("%H:%M", text).map_err(|_| HoursError::Written),
    }
}

/// `Mon`, `Mon-Fri`, `daily`.
fn days(text: &str) -> Result<Vec<Weekday>, HoursError> {
    if text.eq_ignore_ascii_case("daily") {
        return Ok(Weekday::Monday.cycle_forward().take(7).collect());
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (weekday(first)?, weekday(last)?);
    let count = usize::try_from(first.until(last)).unwrap_or(0) + 1;
    Ok(first.cycle_forward().take(count).collect())
}

fn weekday(text: &str) -> Result<Weekday, HoursError> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return Err(HoursError::Written),
    })
}
