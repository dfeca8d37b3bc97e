//! What a pasted text is: a number with a form of its own, or a place.

use super::check::{Check, Verdict};
use crate::form::Position;
use std::fmt;

/// Longest text that is looked at, in bytes.
const BYTES_MAX: usize = 400;

/// Checks that a text seldom passes without being meant, the surest first.
const TELLING: [Check; 10] = [
    Check::Mrz,
    Check::Iban,
    Check::Lei,
    Check::Container,
    Check::Vin,
    Check::Imei,
    Check::Iccid,
    Check::Phone,
    Check::Imo,
    Check::Mmsi,
];

/// What a text may be. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub enum Recognised {
    /// A text that a check does not refuse.
    Text {
        /// The check.
        check: Check,
        /// The text as it is to be written.
        text: String,
    },
    /// A place.
    Position(Position),
}

impl fmt::Debug for Recognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { check, .. } => write!(f, "Text({check}, …)"),
            Self::Position(_) => f.write_str("Position(…)"),
        }
    }
}

/// Tells what a typed or pasted text may be, the likeliest first; nothing for most texts.
#[must_use]
pub fn recognise(text: &str) -> Vec<Recognised> {
    if text.len() > BYTES_MAX {
        return Vec::new();
    }
    let texts = TELLING.into_iter().filter_map(|check| {
        let text = check.normalise(text);
        let is_one = !matches!(check.judge(&text), Verdict::Refused(_));
        is_one.then_some(Recognised::Text { check, text })
    });
    let position = text.parse().ok().map(Recognised::Position);
    texts.chain(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_texts_are_told_by_what_they_are() {
        for (pasted, check, written) in [
            ("IMO 9074729", Check::Imo, "9074729"),
            (
                "de89 3704 0044 0532 0130 00",
                Check::Iban,
                "DE89370400440532013000",
            ),
            (
                "IBAN: GB82 WEST 1234 5698 7654 32",
                Check::Iban,
                "GB82WEST12345698765432",
            ),
            ("CSQU 305438-3", Check::Container, "CSQU3054383"),
            ("49-015420-323751-8", Check::Imei, "490154203237518"),
            ("VIN 1M8GDM9A-XKP042788", Check::Vin, "1M8GDM9AXKP042788"),
            ("5493001KJTIIGC8Y1R12", Check::Lei, "5493001KJTIIGC8Y1R12"),
            ("+49 (0)30 901820", Check::Phone, "+4930901820"),
            ("0049 30 901820", Check::Phone, "+4930901820"),
            ("MMSI 211331640", Check::Mmsi, "211331640"),
        ] {
            let text = written.to_owned();
            let found = recognise(pasted);
            assert!(
                found.contains(&Recognised::Text { check, text }),
                "{pasted}"
            );
        }
        let zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\r\n\
                    L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        let Some(Recognised::Text { check, text }) = recognise(zone).into_iter().next() else {
            panic!("not recognised");
        };
        assert_eq!((check, text.lines().count()), (Check::Mrz, 2));
    }

    #[test]
    fn coordinates_are_told_and_words_are_not() {
        let place = "52.52, 13.405".parse().unwrap();
        assert_eq!(recognise("52.52, 13.405"), [Recognised::Position(place)]);
        for text in [
            "",
            "red lorry",
            "9074728",
            "tomorrow at 5",
            "Müller, 1 child",
        ] {
            assert_eq!(recognise(text), [], "{text}");
        }
        assert_eq!(recognise(&"9".repeat(1000)), []);
    }
}
