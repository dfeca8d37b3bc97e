//! Texts of CAP and values of fields, each from the other. Spec: cap.md.
//!
//! Strict and in whole numbers: what a text means exactly, or nothing.

use super::Reason;
use super::read::WHITE;
use estafette_protocol::form::Position;
use estafette_protocol::time::UnixMillis;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Longest decimal number, as the check `decimal` has it.
const DECIMAL_CHARACTERS_MAX: usize = 20;
const MILLION: i64 = 1_000_000;

/// A time with its offset; nothing without one. Parts of a second are left out.
pub(super) fn time(text: &str) -> Option<(UnixMillis, Option<Reason>)> {
    let is_dated = matches!(
        text.as_bytes(),
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T', ..]
    );
    let at: Timestamp = is_dated.then(|| text.parse().ok())??;
    let ms = u64::try_from(at.as_millisecond()).ok()?;
    let lost = (at.subsec_nanosecond() != 0).then_some(Reason::Fraction);
    Some((UnixMillis(ms - ms % 1000), lost))
}

/// A time as CAP wants it: no fraction, no `Z`.
pub(super) fn time_text(at: UnixMillis) -> Option<String> {
    let at = Timestamp::from_millisecond(i64::try_from(at.0).ok()?).ok()?;
    let zoned = at.to_zoned(TimeZone::UTC);
    let is_four_digits = zoned.year() <= 9999;
    is_four_digits.then(|| zoned.strftime("%Y-%m-%dT%H:%M:%S-00:00").to_string())
}

/// A decimal number without a plus, with digits on both sides of its point.
pub(super) fn decimal(text: &str) -> Option<String> {
    let (is_negative, whole, fraction) = parts(text)?;
    let sign = if is_negative { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { whole };
    let number = match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    };
    (number.len() <= DECIMAL_CHARACTERS_MAX).then_some(number)
}

/// Sign, whole digits and decimals of a number such as `-4.50`.
fn parts(text: &str) -> Option<(bool, &str, &str)> {
    let is_negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_some = !whole.is_empty() || !fraction.is_empty();
    (has_some && is_digits(whole) && is_digits(fraction)).then_some((is_negative, whole, fraction))
}

/// Latitude and longitude with a comma between them.
pub(super) fn position(text: &str) -> Option<(Position, Option<Reason>)> {
    let (latitude, longitude) = text.split_once(',')?;
    let (latitude, one) = shifted(latitude, 90)?;
    let (longitude, other) = shifted(longitude, 180)?;
    let lost = one.or(other);
    Some((
        Position {
            latitude,
            longitude,
        },
        lost,
    ))
}

/// Degrees to millionths of a degree, shifted to be positive; rounds what is finer.
fn shifted(text: &str, half: i64) -> Option<(u32, Option<Reason>)> {
    let (is_negative, whole, fraction) = parts(text)?;
    let mut size: i64 = match whole {
        "" => 0,
        _ => whole.parse().ok()?,
    };
    let mut digits = fraction.bytes().map(|byte| i64::from(byte - b'0'));
    for _ in 0..6 {
        let digit = digits.next().unwrap_or(0);
        size = size.checked_mul(10)?.checked_add(digit)?;
    }
    let next = digits.next().unwrap_or(0);
    let is_finer = next != 0 || digits.any(|digit| digit != 0);
    size = size.checked_add(i64::from(next >= 5))?;
    let size = if is_negative { -size } else { size };
    let shifted = size.checked_add(half * MILLION)?;
    let is_within = (0..=2 * half * MILLION).contains(&shifted);
    let shifted = u32::try_from(shifted).ok().filter(|_| is_within)?;
    Some((shifted, is_finer.then_some(Reason::Digits)))
}

/// A place as CAP wants it, without zeros at the end.
pub(super) fn position_text(position: Position) -> String {
    let latitude = degrees(position.latitude, 90);
    let longitude = degrees(position.longitude, 180);
    format!("{latitude},{longitude}")
}

fn degrees(shifted: u32, half: i64) -> String {
    let size = i64::from(shifted) - half * MILLION;
    let sign = if size < 0 { "-" } else { "" };
    let (whole, fraction) = (size.abs() / MILLION, size.abs() % MILLION);
    let fraction = format!("{fraction:06}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// Words between white space; one in double quotes may hold white space.
pub(super) fn words(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = text.trim_matches(WHITE);
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(WHITE).unwrap_or(rest.len())),
        };
        if !after.is_empty() && !after.starts_with(WHITE) {
            return None;
        }
        words.push(word.to_owned());
        rest = after.trim_start_matches(WHITE);
    }
    Some(words)
}

/// Words as CAP wants them; nothing where one cannot be told from two.
pub(super) fn words_text<'a>(words: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        let is_bare = !word.is_empty() && !word.contains(WHITE) && !word.starts_with('"');
        match (is_bare, word.contains('"')) {
            (true, _) => text.push_str(word),
            (false, false) => text.push_str(&format!("\"{word}\"")),
            (false, true) => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_instants_with_an_offset() {
        let at = Some((UnixMillis(1_055_887_020_000), None));
        for text in [
            "2003-06-17T14:57:00-07:00",
            "2003-06-17T21:57:00-00:00",
            "2003-06-17T21:57:00+00:00",
            "2003-06-17T21:57:00Z",
        ] {
            assert_eq!(time(text), at, "{text}");
        }
        let fraction = time("2003-06-17T21:57:00.496Z");
        assert_eq!(
            fraction,
            Some((UnixMillis(1_055_887_020_000), Some(Reason::Fraction)))
        );
        for text in [
            "2003-06-17T14:57:00",
            "2003-06-17 14:57:00Z",
            "20030617T145700Z",
            "2003-06-17",
            "2003-02-30T14:57:00Z",
            "1969-12-31T23:59:59Z",
            "now",
            "",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
        let text = time_text(UnixMillis(1_055_887_020_999));
        assert_eq!(text.as_deref(), Some("2003-06-17T21:57:00-00:00"));
        assert_eq!(time_text(UnixMillis(u64::MAX)), None);
    }

    #[test]
    fn numbers_are_read_exactly() {
        for (text, number) in [
            ("0", "0"),
            ("0.0", "0.0"),
            ("+1500.5", "1500.5"),
            ("-.5", "-0.5"),
            ("5.", "5"),
        ] {
            assert_eq!(decimal(text).as_deref(), Some(number), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "1e3",
            "1,5",
            "0x1",
            "1 2",
            "123456789012345678901",
        ] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn places_are_the_same_after_reading_and_writing() {
        for (text, again, lost) in [
            ("38.47,-120.14", "38.47,-120.14", None),
            ("-16.053,-173.274", "-16.053,-173.274", None),
            ("90,180", "90,180", None),
            ("-90.000,-180.0", "-90,-180", None),
            ("0,-0.0", "0,0", None),
            ("-.000001,+.1", "-0.000001,0.1", None),
            ("1.12345650,2", "1.123457,2", Some(Reason::Digits)),
            ("1.1234564,2", "1.123456,2", Some(Reason::Digits)),
            ("-1.1234565,2", "-1.123457,2", Some(Reason::Digits)),
        ] {
            let (position, digits) = position(text).unwrap();
            assert_eq!(
                (position_text(position).as_str(), digits),
                (again, lost),
                "{text}"
            );
        }
        for text in [
            "90.0000005,0",
            "91,0",
            "0,-180.000001",
            "38.47",
            "38.47,",
            "38.47, 1",
            "1,2,3",
            "99999999999999999999,0",
            "N38,W120",
        ] {
            assert_eq!(position(text), None, "{text}");
        }
    }

    #[test]
    fn words_in_quotes_stay_together() {
        for (text, list) in [
            ("a  b\n\tc", vec!["a", "b", "c"]),
            ("\"Mr Ahl\" duty@xa", vec!["Mr Ahl", "duty@xa"]),
            ("it\"s \"\" x", vec!["it\"s", "", "x"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text).unwrap(), list, "{text}");
            let again = words_text(list.iter().copied()).unwrap();
            assert_eq!(words(&again).unwrap(), list, "{text}");
        }
        for text in ["\"open", "\"a\"b", "a \"b"] {
            assert_eq!(words(text), None, "{text}");
        }
        assert_eq!(words_text(["say \"no\""].into_iter()), None);
    }
}
