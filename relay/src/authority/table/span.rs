//! Where something stands in a file, and how long a time in it is.

use std::ops::Range;
use std::path::Path;

use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS};

use super::TableError;

/// A file's text under its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// The line at an offset, from 1.
    pub(super) fn line(self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.matches('\n').count().saturating_add(1)
    }

    pub(super) fn fault(
        self,
        span: &Range<usize>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> TableError {
        TableError {
            path: self.path.to_owned(),
            line: self.line(span.start),
            what: what.into(),
            remedy: remedy.into(),
        }
    }
}

/// Units of time, longest first.
const UNITS: [(&str, u64); 5] = [
    ("d", DAY_MS),
    ("h", HOUR_MS),
    ("m", MINUTE_MS),
    ("s", SECOND_MS),
    ("ms", 1),
];

/// Reads `5m`, `8h`, `3d` or `1h30m`: numbers with units, each unit at most once and the longer
/// one first.
#[must_use]
pub fn parse_duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut sum: u64 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|c: char| c.is_ascii_digit());
        let (unit, tail) = tail.split_at_checked(letters.unwrap_or(tail.len()))?;
        // The search goes on behind the unit before.
        let (_, ms) = units.find(|(word, _)| *word == unit)?;
        sum = sum.checked_add(number.parse::<u64>().ok()?.checked_mul(*ms)?)?;
        rest = tail;
    }
    (!text.is_empty()).then_some(sum)
}

/// Writes a time as [`parse_duration`] reads it.
#[must_use]
pub fn duration_text(ms: u64) -> String {
    let mut rest = ms;
    let mut text = String::new();
    for (word, unit) in UNITS {
        let number = rest.checked_div(unit).unwrap_or_default();
        if number > 0 {
            text.push_str(&format!("{number}{word}"));
            rest = rest.checked_rem(unit).unwrap_or_default();
        }
    }
    match text.is_empty() {
        true => "0s".to_owned(),
        false => text,
    }
}
