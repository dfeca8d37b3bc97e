//! Machine-readable zones of ICAO Doc 9303: passports (part 4), cards of two sizes (parts 5 and
//! 6) and visas (part 7).

use super::Reason;
use std::ops::Range;

/// A check digit: its line and place, and what it is computed over. All count from 0.
struct Digit {
    line: usize,
    place: usize,
    over: &'static [(usize, Range<usize>)],
    /// Whether a filler stands for 0 where there is nothing to check.
    may_be_filler: bool,
}

const fn digit(line: usize, place: usize, over: &'static [(usize, Range<usize>)]) -> Digit {
    Digit {
        line,
        place,
        over,
        may_be_filler: false,
    }
}

/// Number, birth, expiry, personal number and composite of a passport: two lines of 44.
const PASSPORT: &[Digit] = &[
    digit(1, 9, &[(1, 0..9)]),
    digit(1, 19, &[(1, 13..19)]),
    digit(1, 27, &[(1, 21..27)]),
    Digit {
        may_be_filler: true,
        ..digit(1, 42, &[(1, 28..42)])
    },
    digit(1, 43, &[(1, 0..10), (1, 13..20), (1, 21..43)]),
];

/// Number, birth, expiry and composite of a larger card: two lines of 36.
const CARD_OF_TWO: &[Digit] = &[
    digit(1, 9, &[(1, 0..9)]),
    digit(1, 19, &[(1, 13..19)]),
    digit(1, 27, &[(1, 21..27)]),
    digit(1, 35, &[(1, 0..10), (1, 13..20), (1, 21..35)]),
];

/// The same of a card of three lines of 30.
const CARD_OF_THREE: &[Digit] = &[
    digit(0, 14, &[(0, 5..14)]),
    digit(1, 6, &[(1, 0..6)]),
    digit(1, 14, &[(1, 8..14)]),
    digit(1, 29, &[(0, 5..30), (1, 0..7), (1, 8..15), (1, 18..29)]),
];

/// Number, birth and expiry of a visa; there is no composite one.
const VISA: &[Digit] = &[
    digit(1, 9, &[(1, 0..9)]),
    digit(1, 19, &[(1, 13..19)]),
    digit(1, 27, &[(1, 21..27)]),
];

/// Judges lines joined by a line feed.
pub(super) fn judge(text: &str) -> Result<(), Reason> {
    let lines: Vec<&str> = text.split('\n').collect();
    let lengths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
    let is_visa = text.starts_with('V');
    let digits = match *lengths.as_slice() {
        [44, 44] | [36, 36] if is_visa => VISA,
        [44, 44] => PASSPORT,
        [36, 36] => CARD_OF_TWO,
        [30, 30, 30] => CARD_OF_THREE,
        _ => return Err(Reason::Lines),
    };
    for (line, text) in lines.iter().enumerate() {
        let is_fit = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '<';
        if let Some(place) = text.chars().position(|character| !is_fit(character)) {
            return Err(Reason::LineCharacter {
                line: line + 1,
                place: place + 1,
                wanted: "A to Z, a digit or <",
            });
        }
    }
    // From here on every character is one byte.
    digits.iter().try_for_each(|digit| digit.judge(&lines))
}

impl Digit {
    fn judge(&self, lines: &[&str]) -> Result<(), Reason> {
        let part = |line: usize, range: Range<usize>| {
            let line = lines.get(line).and_then(|line| line.get(range));
            line.unwrap_or_default()
        };
        let found = part(self.line, self.place..self.place + 1);
        let over: String = self
            .over
            .iter()
            .map(|(line, range)| part(*line, range.clone()))
            .collect();
        if found == "<" {
            if self.may_be_filler && over.bytes().all(|byte| byte == b'<') {
                return Ok(());
            }
            if let Some((number, optional)) = self.long_number(lines) {
                return self.judge_long_number(number, optional);
            }
        }
        let right = right_digit(&over);
        match found.starts_with(right) {
            true => Ok(()),
            false => Err(self.wrong(self.place, right)),
        }
    }

    /// A card's document number that goes on in the optional data, where this is its check digit.
    fn long_number<'a>(&self, lines: &[&'a str]) -> Option<(&'a str, &'a str)> {
        let line = lines.get(self.line)?;
        match (self.line, self.place, line.len()) {
            (0, 14, 30) => Some((line.get(5..14)?, line.get(15..)?)),
            (1, 9, 36) if !lines.first()?.starts_with('V') => {
                Some((line.get(..9)?, line.get(28..35)?))
            }
            _ => None,
        }
    }

    fn judge_long_number(&self, number: &str, optional: &str) -> Result<(), Reason> {
        let rest = optional.split('<').next().unwrap_or_default();
        let Some((rest, found)) = rest
            .len()
            .checked_sub(1)
            .and_then(|at| rest.split_at_checked(at))
        else {
            return Err(self.wrong(self.place, right_digit(number)));
        };
        let right = right_digit(&format!("{number}{rest}"));
        // The optional data begins right after the filler, or after birth, sex and expiry.
        let begins = if self.line == 0 { 15 } else { 28 };
        match found.starts_with(right) {
            true => Ok(()),
            false => Err(self.wrong(begins + rest.len(), right)),
        }
    }

    const fn wrong(&self, place: usize, right: char) -> Reason {
        Reason::LineDigit {
            line: self.line + 1,
            place: place + 1,
            right,
        }
    }
}

/// Weights 7, 3 and 1, A standing for 10, Z for 35 and a filler for 0.
pub(super) fn right_digit(over: &str) -> char {
    let values = over
        .chars()
        .map(|character| character.to_digit(36).unwrap_or(0));
    let weights = [7, 3, 1].into_iter().cycle();
    let sum: u32 = values
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    char::from_digit(sum % 10, 10).unwrap_or('0')
}
