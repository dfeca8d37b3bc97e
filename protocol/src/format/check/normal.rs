//! From a text that was typed or pasted to the one that is written.

use super::Check;

/// What may stand before a number.
const NAMES: [&str; 8] = ["IBAN", "IMEI", "ICCID", "IMO", "MMSI", "LEI", "VIN", "BIC"];

pub(super) fn normalise(check: Check, text: &str) -> String {
    match check {
        Check::Mrz => mrz(text),
        Check::Phone => phone(text),
        Check::Date | Check::Decimal | Check::Language | Check::Rrule => text.trim().to_owned(),
        Check::Icao24 | Check::Sha1 => text.trim().to_lowercase(),
        Check::Container | Check::Locode => closed_up(text),
        _ => without_name(check, &closed_up(text)).to_owned(),
    }
}

/// Without the name of the number before it.
fn without_name(check: Check, text: &str) -> &str {
    let own = check.word().to_uppercase();
    let Some(name) = NAMES.into_iter().find(|name| *name == own) else {
        return text;
    };
    let mut number = text;
    while let Some(rest) = number.strip_prefix(name) {
        number = rest.trim_start_matches([':', '.']);
    }
    number
}

/// The plate of a vehicle as it is written: in capitals, without spaces, hyphens and points.
#[must_use]
pub fn normalise_plate(text: &str) -> String {
    closed_up(text).replace(['.', '·', '•'], "")
}

/// In capitals, without spaces and hyphens.
fn closed_up(text: &str) -> String {
    let is_between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}');
    let kept: String = text
        .chars()
        .filter(|character| !is_between(*character))
        .collect();
    kept.to_uppercase()
}

/// Without what people write between digits and the trunk prefix in brackets; `00` begins a
/// number as `+` does.
fn phone(text: &str) -> String {
    let text = text.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text).replace("(0)", "");
    let number = closed_up(&text).replace(['.', '/', '(', ')'], "");
    match number.strip_prefix("00") {
        Some(rest) => format!("+{rest}"),
        None => number,
    }
}

/// In capitals, without spaces and empty lines; a zone on one line is cut into its lines.
fn mrz(text: &str) -> String {
    let lines = text.lines().map(closed_up_line);
    let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
    let [line] = lines.as_slice() else {
        return lines.join("\n");
    };
    let characters: Vec<char> = line.chars().collect();
    let length = match characters.len() {
        88 => 44,
        72 => 36,
        90 => 30,
        _ => return line.clone(),
    };
    let lines = characters.chunks(length).map(|line| line.iter().collect());
    lines.collect::<Vec<String>>().join("\n")
}

fn closed_up_line(line: &str) -> String {
    let kept = line.chars().filter(|character| !character.is_whitespace());
    kept.collect::<String>().to_uppercase().replace('«', "<<")
}
