//! Times, durations and texts as people write and read them.

use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, UnixMillis, WEEK_MS};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use std::str::FromStr;

/// The text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a duration is a number and s, m, h, d or w, such as 15m or 1h30m")]
pub struct NoDuration;

/// Reads a duration such as `15m` or `1h30m`, in milliseconds.
///
/// # Errors
/// [`NoDuration`].
pub fn parse_duration(text: &str) -> Result<u64, NoDuration> {
    let (mut total, mut number) = (0_u64, None::<u64>);
    for character in text.chars().filter(|c| *c != ' ') {
        if let Some(digit) = character.to_digit(10) {
            let before = number.unwrap_or(0).checked_mul(10);
            number = before.and_then(|n| n.checked_add(u64::from(digit)));
            number.ok_or(NoDuration)?;
            continue;
        }
        let unit = match character {
            's' => SECOND_MS,
            'm' => MINUTE_MS,
            'h' => HOUR_MS,
            'd' => DAY_MS,
            'w' => WEEK_MS,
            _ => return Err(NoDuration),
        };
        let part = number.take().and_then(|n| n.checked_mul(unit));
        total = part.and_then(|p| p.checked_add(total)).ok_or(NoDuration)?;
    }
    match (number, total) {
        (None, 1..) => Ok(total),
        _ => Err(NoDuration),
    }
}

/// A duration in the two largest units that it fills.
#[must_use]
pub fn duration(ms: u64) -> String {
    let units = [
        (DAY_MS, "d"),
        (HOUR_MS, "h"),
        (MINUTE_MS, "min"),
        (SECOND_MS, "s"),
    ];
    in_units(ms, &units, 2)
}

/// A duration in the first of these units that it fills and those that follow, `most` in all.
#[must_use]
pub fn in_units<T: std::fmt::Display>(ms: u64, units: &[(u64, T)], most: usize) -> String {
    let mut left = ms;
    let mut words = Vec::new();
    let filled = units.iter().skip_while(|(size, _)| *size > ms);
    for (size, unit) in filled.take(most) {
        let count = left / size;
        left %= size;
        if count > 0 {
            words.push(format!("{count} {unit}"));
        }
    }
    match (words.is_empty(), units.last()) {
        (true, Some((_, unit))) => format!("0 {unit}"),
        _ => words.join(" "),
    }
}

/// How much is left until `due`, or by how much it has passed.
#[must_use]
pub fn time_left(due: UnixMillis, now: UnixMillis) -> String {
    match due >= now {
        true => format!("{} left", duration(due.since(now))),
        false => format!("{} late", duration(now.since(due))),
    }
}

/// A time for people: the local one with its zone, or UTC.
#[must_use]
pub fn time(at: UnixMillis, utc: bool) -> String {
    let zone = match utc {
        true => TimeZone::UTC,
        false => TimeZone::system(),
    };
    let zoned = timestamp(at).to_zoned(zone);
    zoned.strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
}

/// Day, clock and abbreviation of a time in a zone of the IANA database; `None` for a zone that is
/// not known here.
#[must_use]
pub fn clock_in(at: UnixMillis, zone: &str) -> Option<(String, String, String)> {
    let zone = TimeZone::get(zone).ok()?;
    let zoned = timestamp(at).to_zoned(zone);
    let part = |format: &str| zoned.strftime(format).to_string();
    Some((part("%Y-%m-%d"), part("%H:%M"), part("%Z")))
}

/// Whether the zone of this machine is UTC at a time.
#[must_use]
pub fn is_utc(at: UnixMillis) -> bool {
    timestamp(at).to_zoned(TimeZone::system()).offset() == Offset::UTC
}

/// The text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a time is a date such as 2026-01-31, with a time of day such as 2026-01-31T17:30, or how long ago, such as 7d"
)]
pub struct NoTime;

/// A time as people write it. A day alone is where it begins, and where it ends if `ends`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// With its zone.
    At(UnixMillis),
    /// Without a zone.
    Civil(DateTime),
    /// A day without a zone.
    Day(Date),
    /// How long ago, in milliseconds.
    Ago(u64),
}

impl FromStr for Moment {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        let text = text.trim();
        if let Ok(ms) = parse_duration(text) {
            return Ok(Self::Ago(ms));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            let ms = u64::try_from(at.as_millisecond()).map_err(|_| NoTime)?;
            return Ok(Self::At(UnixMillis(ms)));
        }
        match text.len() {
            10 => text.parse().map(Self::Day).map_err(|_| NoTime),
            _ => text.parse().map(Self::Civil).map_err(|_| NoTime),
        }
    }
}

impl Moment {
    /// The time that is meant, in UTC or the zone of this machine.
    ///
    /// # Errors
    /// [`NoTime`] where no clock could show it.
    pub fn at(self, now: UnixMillis, utc: bool, ends: bool) -> Result<UnixMillis, NoTime> {
        let zone = match utc {
            true => TimeZone::UTC,
            false => TimeZone::system(),
        };
        let civil = match self {
            Self::At(at) => return Ok(at),
            Self::Ago(ms) => return Ok(now.minus(ms)),
            Self::Civil(civil) => civil,
            Self::Day(day) if ends => day.at(23, 59, 59, 999_000_000),
            Self::Day(day) => day.at(0, 0, 0, 0),
        };
        let zoned = civil.to_zoned(zone).map_err(|_| NoTime)?;
        let ms = zoned.timestamp().as_millisecond();
        u64::try_from(ms).map(UnixMillis).map_err(|_| NoTime)
    }
}

/// A time for programs: RFC 3339, UTC.
#[must_use]
pub fn time_rfc3339(at: UnixMillis) -> String {
    timestamp(at).to_string()
}

fn timestamp(at: UnixMillis) -> Timestamp {
    let ms = i64::try_from(at.0).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

/// A foreign text as it may be shown on a terminal: whatever could move the cursor, change colours
/// or reorder what is read is replaced by its name. Line ends and tabs stay only where `lines`.
#[must_use]
pub fn visible(text: &str, lines: bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let keeps = lines && matches!(character, '\n' | '\t');
        if !keeps && (character.is_control() || is_treacherous(character)) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(character)));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Characters that are not control characters and yet do not show as what they are: marks and
/// overrides of direction, invisible letters and separators, tags and the byte order mark.
const fn is_treacherous(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0100}'..='\u{e01ef}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_said() {
        for (text, ms, said) in [
            ("15m", 900_000, "15 min"),
            ("1h30m", 5_400_000, "1 h 30 min"),
            ("1h 30m", 5_400_000, "1 h 30 min"),
            ("7d", 604_800_000, "7 d"),
            ("45s", 45_000, "45 s"),
            ("2w", 1_209_600_000, "14 d"),
        ] {
            assert_eq!(parse_duration(text), Ok(ms), "{text}");
            assert_eq!(duration(ms), said);
        }
        for bad in [
            "",
            "15",
            "m",
            "0s",
            "-5m",
            "5 minutes",
            "99999999999999999999d",
        ] {
            assert_eq!(parse_duration(bad), Err(NoDuration), "{bad}");
        }
        assert_eq!(duration(90_061_000), "1 d 1 h");
        assert_eq!(duration(86_401_000), "1 d");
        assert_eq!(duration(999), "0 s");
        assert_eq!(
            in_units(61_001, &[(60_000, "min"), (1_000, "s"), (1, "ms")], 9),
            "1 min 1 s 1 ms"
        );
    }

    #[test]
    fn time_left_turns_into_late() {
        let (now, min) = (UnixMillis(1_000_000), 60_000);
        assert_eq!(
            time_left(now.plus(3 * min + 10_000), now),
            "3 min 10 s left"
        );
        assert_eq!(time_left(now.minus(14 * min), now), "14 min late");
    }

    #[test]
    fn nothing_invisible_gets_through() {
        let text = "a\u{1b}[31mb\r\u{202e}c\u{200f}\u{7}\u{9b}d\ne\tf";
        let shown = "a<U+001B>[31mb<U+000D><U+202E>c<U+200F><U+0007><U+009B>d";
        assert_eq!(visible(text, false), format!("{shown}<U+000A>e<U+0009>f"));
        assert_eq!(visible(text, true), format!("{shown}\ne\tf"));
        assert_eq!(visible("Überfall — مطاردة", false), "Überfall — مطاردة");
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let now = UnixMillis(1_767_322_445_006);
        let read = |text: &str, ends| text.parse::<Moment>().and_then(|m| m.at(now, true, ends));
        for (text, begins, ends) in [
            (
                "2026-01-02",
                "2026-01-02T00:00:00Z",
                "2026-01-02T23:59:59.999Z",
            ),
            (
                "2026-01-02T03:04",
                "2026-01-02T03:04:00Z",
                "2026-01-02T03:04:00Z",
            ),
            (
                "2026-01-02 03:04:05",
                "2026-01-02T03:04:05Z",
                "2026-01-02T03:04:05Z",
            ),
            (
                "2026-01-02T03:04:05+01:00",
                "2026-01-02T02:04:05Z",
                "2026-01-02T02:04:05Z",
            ),
            ("1d", "2026-01-01T02:54:05.006Z", "2026-01-01T02:54:05.006Z"),
        ] {
            assert_eq!(read(text, false).map(time_rfc3339).unwrap(), begins);
            assert_eq!(read(text, true).map(time_rfc3339).unwrap(), ends);
        }
        for bad in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-01-32",
            "1969-12-31",
            "-1d",
            "9999999999999",
        ] {
            assert_eq!(read(bad, false), Err(NoTime), "{bad}");
        }
    }

    #[test]
    fn times_are_said_in_utc_and_rfc_3339() {
        let at = UnixMillis(1_767_322_445_006);
        assert_eq!(time(at, true), "2026-01-02 02:54:05 UTC");
        assert_eq!(time_rfc3339(at), "2026-01-02T02:54:05.006Z");
    }
}
