//! Dates of ISO 8601, complete or not, and recurrence rules of RFC 5545.

use super::Reason;
use std::collections::BTreeSet;

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Result<(), Reason> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_date = match *parts.as_slice() {
        [year] => digits(year, 4).is_some(),
        [year, month] => digits(year, 4).is_some() && is_month(month),
        [year, month, day] => is_day(year, month, day),
        _ => false,
    };
    let wanted = Reason::Shape("a day that there is, as YYYY, YYYY-MM or YYYY-MM-DD,");
    is_date.then_some(()).ok_or(wanted)
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn is_month(month: &str) -> bool {
    digits(month, 2).is_some_and(|month| (1..=12).contains(&month))
}

fn is_day(year: &str, month: &str, day: &str) -> bool {
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// RFC 5545, section 3.3.10: FREQ, INTERVAL, COUNT, UNTIL and BYDAY, in capitals.
pub(super) fn rrule(text: &str) -> Result<(), Reason> {
    let mut names = BTreeSet::new();
    let mut frequency = "";
    for part in text.split(';') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if !names.insert(name) {
            return Err(Reason::Shape("each part of a recurrence rule once"));
        }
        let is_fit = match name {
            "FREQ" => {
                frequency = value;
                FREQUENCIES.contains(&value)
            }
            "INTERVAL" | "COUNT" => is_count(value),
            "UNTIL" => is_until(value),
            "BYDAY" => value.split(',').all(|day| weekday(day).is_some()),
            _ => return Err(Reason::Shape("FREQ, INTERVAL, COUNT, UNTIL or BYDAY")),
        };
        if !is_fit {
            return Err(Reason::Shape(part_wanted(name)));
        }
    }
    if !names.contains("FREQ") {
        return Err(Reason::Shape("FREQ"));
    }
    if names.contains("COUNT") && names.contains("UNTIL") {
        return Err(Reason::Shape("COUNT or UNTIL, not both,"));
    }
    let is_numbered = text.split(';').any(|part| {
        let days = part.strip_prefix("BYDAY=");
        days.is_some_and(|days| days.bytes().any(|byte| byte.is_ascii_digit()))
    });
    if is_numbered && !matches!(frequency, "MONTHLY" | "YEARLY") {
        return Err(Reason::Shape("a weekday without a number"));
    }
    Ok(())
}

const FREQUENCIES: [&str; 7] = [
    "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
];

fn part_wanted(name: &str) -> &'static str {
    match name {
        "FREQ" => "FREQ of DAILY, WEEKLY, MONTHLY or another frequency of RFC 5545",
        "UNTIL" => "UNTIL as YYYYMMDD or YYYYMMDDTHHMMSSZ",
        "BYDAY" => "BYDAY of MO, TU, WE, TH, FR, SA or SU",
        _ => "a number from 1",
    }
}

fn is_count(value: &str) -> bool {
    let is_number = (1..=9).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit());
    is_number && value.bytes().any(|byte| byte != b'0')
}

fn is_until(value: &str) -> bool {
    let (day, time) = match value.split_once('T') {
        Some((day, time)) => (day, Some(time.strip_suffix('Z').unwrap_or(time))),
        None => (value, None),
    };
    let part =
        |text: &str, from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let below = |text: &str, from, most| {
        digits(&part(text, from, from + 2), 2).is_some_and(|number| number <= most)
    };
    let is_time = |time: &str| {
        time.len() == 6 && below(time, 0, 23) && below(time, 2, 59) && below(time, 4, 60)
    };
    let (year, month, date) = (part(day, 0, 4), part(day, 4, 6), part(day, 6, 8));
    day.len() == 8 && is_day(&year, &month, &date) && time.is_none_or(is_time)
}

/// A weekday, with or without which one of the month or year it is.
fn weekday(text: &str) -> Option<()> {
    let at = text.len().checked_sub(2)?;
    let (number, day) = text.split_at_checked(at)?;
    let is_weekday = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"].contains(&day);
    let unsigned = number.strip_prefix(['+', '-']).unwrap_or(number);
    let is_number = (1..=2).contains(&unsigned.len())
        && unsigned.bytes().all(|byte| byte.is_ascii_digit())
        && unsigned
            .parse()
            .is_ok_and(|number: u8| (1..=53).contains(&number));
    (is_weekday && (number.is_empty() || is_number)).then_some(())
}
