//! When and where something is typed: what `18:00` means there.

use crate::words::parse_duration;
use estafette_protocol::time::UnixMillis;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

/// The moment and zone by which times are read.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Now.
    pub now: UnixMillis,
    /// The zone of times that name none.
    pub zone: TimeZone,
}

/// The text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a time is 2026-12-01 18:00, 18:00, tomorrow 18:00, +2h or 2026-12-01T18:00:00Z; a zone may follow, such as Europe/Rome"
)]
pub struct NoTime;

impl Moment {
    /// This machine's zone.
    #[must_use]
    pub fn here(now: UnixMillis) -> Self {
        let zone = TimeZone::system();
        Self { now, zone }
    }

    /// Reads a time as people type it.
    ///
    /// # Errors
    /// [`NoTime`].
    pub fn time(&self, typed: &str) -> Result<UnixMillis, NoTime> {
        let typed = typed.trim();
        if typed.eq_ignore_ascii_case("now") {
            return Ok(self.now);
        }
        if let Some(later) = typed.strip_prefix('+') {
            let later = parse_duration(later).map_err(|_| NoTime)?;
            return Ok(self.now.plus(later));
        }
        if let Ok(timestamp) = typed.parse::<Timestamp>() {
            return millis(timestamp);
        }
        let (rest, zone) = self.split_zone(typed);
        let local = self.local(rest, &zone)?;
        let zoned = local.to_zoned(zone).map_err(|_| NoTime)?;
        millis(zoned.timestamp())
    }

    /// A zone may stand after a space.
    fn split_zone<'a>(&self, typed: &'a str) -> (&'a str, TimeZone) {
        let own = (typed, self.zone.clone());
        let Some((rest, name)) = typed.rsplit_once(' ') else {
            return own;
        };
        match name {
            "UTC" | "utc" | "Z" => (rest.trim_end(), TimeZone::UTC),
            name if name.contains('/') => match TimeZone::get(name) {
                Ok(zone) => (rest.trim_end(), zone),
                Err(_) => own,
            },
            _ => own,
        }
    }

    fn local(&self, typed: &str, zone: &TimeZone) -> Result<DateTime, NoTime> {
        let now = timestamp(self.now)?.to_zoned(zone.clone());
        let today = now.date();
        if let Some((day, time)) = typed.split_once(' ') {
            let date = match day.to_ascii_lowercase().as_str() {
                "today" => Some(today),
                "tomorrow" => today.tomorrow().ok(),
                _ => day.parse::<Date>().ok(),
            };
            let time = clock_time(time.trim_start()).ok_or(NoTime)?;
            return Ok(date.ok_or(NoTime)?.to_datetime(time));
        }
        if let Some(time) = clock_time(typed) {
            // The next time that the clock shows it.
            let date = match time > now.time() {
                true => today,
                false => today.tomorrow().map_err(|_| NoTime)?,
            };
            return Ok(date.to_datetime(time));
        }
        match typed.split_once(['T', 't']) {
            Some(_) => typed.parse().map_err(|_| NoTime),
            None => Err(NoTime),
        }
    }
}

fn clock_time(typed: &str) -> Option<Time> {
    let is_time = typed.contains(':') && typed.bytes().all(|b| b.is_ascii_digit() || b == b':');
    is_time.then(|| typed.parse().ok()).flatten()
}

fn timestamp(at: UnixMillis) -> Result<Timestamp, NoTime> {
    let ms = i64::try_from(at.0).map_err(|_| NoTime)?;
    Timestamp::from_millisecond(ms).map_err(|_| NoTime)
}

fn millis(timestamp: Timestamp) -> Result<UnixMillis, NoTime> {
    let ms = u64::try_from(timestamp.as_millisecond());
    ms.map(UnixMillis).map_err(|_| NoTime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::time_rfc3339;

    #[test]
    fn times_are_read_as_people_type_them() {
        // 2026-01-02 02:54:05 UTC.
        let moment = Moment {
            now: UnixMillis(1_767_322_445_000),
            zone: TimeZone::fixed(jiff::tz::offset(2)),
        };
        for (typed, at) in [
            ("now", "2026-01-02T02:54:05Z"),
            ("+1h30m", "2026-01-02T04:24:05Z"),
            ("18:00", "2026-01-02T16:00:00Z"),
            ("04:00", "2026-01-03T02:00:00Z"),
            ("18:00 UTC", "2026-01-02T18:00:00Z"),
            ("tomorrow 09:30", "2026-01-03T07:30:00Z"),
            ("2026-12-01 18:00", "2026-12-01T16:00:00Z"),
            ("2026-12-01T18:00", "2026-12-01T16:00:00Z"),
            ("2026-12-01 18:00:30 UTC", "2026-12-01T18:00:30Z"),
            ("2026-12-01T18:00:00Z", "2026-12-01T18:00:00Z"),
            ("2026-12-01T18:00:00+01:00", "2026-12-01T17:00:00Z"),
            ("2026-07-01 18:00 Europe/Rome", "2026-07-01T16:00:00Z"),
        ] {
            assert_eq!(
                moment.time(typed).map(time_rfc3339).as_deref(),
                Ok(at),
                "{typed}"
            );
        }
        for typed in [
            "",
            "18",
            "soon",
            "2026-12-01",
            "2026-13-01 18:00",
            "25:00",
            "+",
            "18:00 Mars/Base",
        ] {
            assert_eq!(moment.time(typed), Err(NoTime), "{typed}");
        }
    }
}
