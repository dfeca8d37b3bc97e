//! Checks of texts that have a form of their own: numbers with check digits, dates, tags (FRM-9).
//!
//! Pure functions of the text. What a check refuses may still be written where its group lets a
//! reason override it; that is decided with the rest of the form.

use serde::Deserialize;
use std::fmt;

mod calendar;
mod language;
mod luhn;
mod modulo97;
mod mrz;
mod normal;
mod shape;
#[cfg(test)]
mod tests;
mod weights;

pub use normal::normalise_plate;

/// What a text is checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Check {
    /// Machine-readable zone of a passport or another travel document.
    Mrz,
    /// Number of a ship.
    Imo,
    /// International bank account number.
    Iban,
    /// Number of a mobile device.
    Imei,
    /// Number of a SIM card.
    Iccid,
    /// Number of a freight container.
    Container,
    /// Legal entity identifier.
    Lei,
    /// Vehicle identification number.
    Vin,
    /// Number of a radio station at sea.
    Mmsi,
    /// Address of an aircraft's transponder.
    Icao24,
    /// Telephone number.
    Phone,
    /// Business identifier code.
    Bic,
    /// Code of a place of trade.
    Locode,
    /// Date, complete or not.
    Date,
    /// Decimal number.
    Decimal,
    /// Language tag.
    Language,
    /// Recurrence rule.
    Rrule,
    /// SHA-1 digest.
    #[serde(rename = "sha-1")]
    Sha1,
}

/// What a check says of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is wrong.
    Fine,
    /// It is unusual; it may be right all the same.
    Warns(Reason),
    /// It is wrong.
    Refused(Reason),
}

/// What is wrong with a text, and what would be right. Holds no content but a check digit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Too short or too long.
    #[error("{found} characters where {wanted} are wanted")]
    Length {
        /// Characters found.
        found: usize,
        /// How many there must be.
        wanted: &'static str,
    },
    /// A character that must not stand at its place.
    #[error("character {place} must be {wanted}")]
    Character {
        /// Its place, from 1.
        place: usize,
        /// What must stand there.
        wanted: &'static str,
    },
    /// A wrong check digit.
    #[error("check digit {right} would be right at character {place}")]
    Digit {
        /// Its place, from 1.
        place: usize,
        /// The digit that would be right for the rest of the text.
        right: char,
    },
    /// Two wrong check digits.
    #[error("check digits {right:02} would be right at character {place}")]
    Digits {
        /// The place of the first, from 1.
        place: usize,
        /// The digits that would be right for the rest of the text.
        right: u8,
    },
    /// A wrong number of lines, or a line of another length than the first.
    #[error("two lines of 44 or of 36 characters or three of 30 are wanted")]
    Lines,
    /// A character of a line that must not stand at its place.
    #[error("character {place} of line {line} must be {wanted}")]
    LineCharacter {
        /// The line, from 1.
        line: usize,
        /// The place in the line, from 1.
        place: usize,
        /// What must stand there.
        wanted: &'static str,
    },
    /// A wrong check digit in a line.
    #[error("check digit {right} would be right at character {place} of line {line}")]
    LineDigit {
        /// The line, from 1.
        line: usize,
        /// The place in the line, from 1.
        place: usize,
        /// The digit that would be right for the rest of the text.
        right: char,
    },
    /// Of another shape.
    #[error("{0} is wanted")]
    Shape(&'static str),
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 18] = [
        Self::Mrz,
        Self::Imo,
        Self::Iban,
        Self::Imei,
        Self::Iccid,
        Self::Container,
        Self::Lei,
        Self::Vin,
        Self::Mmsi,
        Self::Icao24,
        Self::Phone,
        Self::Bic,
        Self::Locode,
        Self::Date,
        Self::Decimal,
        Self::Language,
        Self::Rrule,
        Self::Sha1,
    ];

    /// Judges a text as it is to be written.
    // FRM-9
    #[must_use]
    pub fn judge(self, text: &str) -> Verdict {
        let judged = match self {
            Self::Mrz => mrz::judge(text),
            Self::Imo => weights::imo(text),
            Self::Iban => modulo97::iban(text),
            Self::Imei => luhn::imei(text),
            Self::Iccid => luhn::iccid(text),
            Self::Container => weights::container(text),
            Self::Lei => modulo97::lei(text),
            Self::Vin => return weights::vin(text),
            Self::Mmsi => shape::of(text, "999999999", "9"),
            Self::Icao24 => shape::of(text, "HHHHHH", "6"),
            Self::Phone => shape::phone(text),
            Self::Bic => shape::bic(text),
            Self::Locode => shape::of(text, "AALLL", "5"),
            Self::Date => calendar::date(text),
            Self::Decimal => shape::decimal(text),
            Self::Language => language::judge(text),
            Self::Rrule => calendar::rrule(text),
            Self::Sha1 => shape::of(text, &"H".repeat(40), "40"),
        };
        judged.map_or_else(Verdict::Refused, |()| Verdict::Fine)
    }

    /// The text as it is to be written, from one that was typed or pasted: without spaces,
    /// hyphens and the name of the number, in capitals. Says nothing of whether it is right.
    #[must_use]
    pub fn normalise(self, text: &str) -> String {
        normal::normalise(self, text)
    }

    /// The check's word in definitions.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.names().0
    }

    /// What a text that the check finds fine is called.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Mrz => ("mrz", "machine-readable zone"),
            Self::Imo => ("imo", "IMO number"),
            Self::Iban => ("iban", "IBAN"),
            Self::Imei => ("imei", "IMEI"),
            Self::Iccid => ("iccid", "ICCID"),
            Self::Container => ("container", "container number"),
            Self::Lei => ("lei", "LEI"),
            Self::Vin => ("vin", "VIN"),
            Self::Mmsi => ("mmsi", "MMSI"),
            Self::Icao24 => ("icao24", "ICAO address"),
            Self::Phone => ("phone", "telephone number"),
            Self::Bic => ("bic", "BIC"),
            Self::Locode => ("locode", "UN/LOCODE"),
            Self::Date => ("date", "date"),
            Self::Decimal => ("decimal", "decimal number"),
            Self::Language => ("language", "language tag"),
            Self::Rrule => ("rrule", "recurrence rule"),
            Self::Sha1 => ("sha-1", "SHA-1 digest"),
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
