//! What a machine-readable zone says, by the places of ICAO 9303 parts 4 to 6.

use estafette_protocol::time::UnixMillis;

/// The parts of a zone that has been checked already; an empty one is not filled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Zone {
    /// First letter of the kind of document.
    pub(super) kind: char,
    /// Who issued it.
    pub(super) issuer: String,
    /// Its number.
    pub(super) number: String,
    /// The holder's family name.
    pub(super) family_name: String,
    /// The holder's given names.
    pub(super) given_names: String,
    /// The holder's nationality.
    pub(super) nationality: String,
    /// `YYYY-MM-DD`.
    pub(super) born: String,
    /// `M`, `F` or nothing.
    pub(super) sex: String,
    /// `YYYY-MM-DD`.
    pub(super) valid_until: String,
}

/// Where the parts stand: line and first character, both from 0.
struct Layout {
    number: (usize, usize),
    nationality: (usize, usize),
    born: (usize, usize),
    sex: (usize, usize),
    valid_until: (usize, usize),
    names: (usize, usize),
}

const BOOK: Layout = Layout {
    number: (1, 0),
    nationality: (1, 10),
    born: (1, 13),
    sex: (1, 20),
    valid_until: (1, 21),
    names: (0, 5),
};
const CARD: Layout = Layout {
    number: (0, 5),
    nationality: (1, 15),
    born: (1, 0),
    sex: (1, 7),
    valid_until: (1, 8),
    names: (2, 0),
};

/// Reads a zone in the spelling of its check; `None` where it has other lines.
pub(super) fn read(zone: &str, now: UnixMillis) -> Option<Zone> {
    let lines: Vec<&str> = zone.lines().collect();
    let layout = match lines.len() {
        2 => BOOK,
        3 => CARD,
        _ => return None,
    };
    let part = |(line, at): (usize, usize), length: usize| {
        let line = lines.get(line)?;
        line.get(at..at + length)
    };
    let filled = |text: &str| text.trim_matches('<').to_owned();
    let names = lines.get(layout.names.0)?.get(layout.names.1..)?;
    let (family, given) = names.split_once("<<").unwrap_or((names, ""));
    let spaced = |text: &str| filled(text).replace('<', " ");
    let century = now.0 / 1_000 / 31_556_952 + 1970;
    Some(Zone {
        kind: zone.chars().next()?,
        issuer: filled(part((0, 2), 3)?),
        number: filled(part(layout.number, 9)?),
        family_name: spaced(family),
        given_names: spaced(given),
        nationality: filled(part(layout.nationality, 3)?),
        born: date(part(layout.born, 6)?, century, false),
        sex: filled(part(layout.sex, 1)?),
        valid_until: date(part(layout.valid_until, 6)?, century, true),
    })
}

/// A date of six digits; its century is the one that makes a birth past and an end near.
fn date(digits: &str, year_now: u64, is_end: bool) -> String {
    let (Some(year), Some(month), Some(day)) = (digits.get(..2), digits.get(2..4), digits.get(4..))
    else {
        return String::new();
    };
    let Ok(short) = year.parse::<u64>() else {
        return String::new();
    };
    let this_century = year_now / 100 * 100 + short;
    let latest = if is_end { year_now + 50 } else { year_now };
    let year = match this_century > latest {
        true => this_century - 100,
        false => this_century,
    };
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(month), is_number(day)) {
        (true, true) => format!("{year}-{month}-{day}"),
        (true, false) => format!("{year}-{month}"),
        _ => year.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passport_and_card_give_their_parts() {
        let now = UnixMillis(1_767_322_445_000);
        let book = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\n\
                    L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        let zone = read(book, now).unwrap();
        assert_eq!(
            (zone.family_name.as_str(), zone.given_names.as_str()),
            ("ERIKSSON", "ANNA MARIA")
        );
        assert_eq!(
            (zone.number.as_str(), zone.issuer.as_str()),
            ("L898902C3", "UTO")
        );
        assert_eq!(
            (zone.born.as_str(), zone.valid_until.as_str()),
            ("1974-08-12", "2012-04-15")
        );
        assert_eq!((zone.sex.as_str(), zone.kind), ("F", 'P'));
        let card = "I<UTOD231458907<<<<<<<<<<<<<<<\n\
                    7408122F1204159UTO<<<<<<<<<<<6\n\
                    ERIKSSON<<ANNA<MARIA<<<<<<<<<<";
        let zone = read(card, now).unwrap();
        assert_eq!(
            (zone.number.as_str(), zone.nationality.as_str()),
            ("D23145890", "UTO")
        );
        assert_eq!(
            (zone.born.as_str(), zone.given_names.as_str()),
            ("1974-08-12", "ANNA MARIA")
        );
        assert_eq!(read("one line", now), None);
    }
}
