//! Texts of fixed characters without check digits.

use super::Reason;

/// Whether a text has the shape of a pattern: a class of characters for each character.
pub(super) fn of(text: &str, pattern: &str, wanted: &'static str) -> Result<(), Reason> {
    let found = text.chars().count();
    if found != pattern.len() {
        return Err(Reason::Length { found, wanted });
    }
    for (at, (character, class)) in text.chars().zip(pattern.chars()).enumerate() {
        if let Some(wanted) = wanted_instead(character, class) {
            let place = at + 1;
            return Err(Reason::Character { place, wanted });
        }
    }
    Ok(())
}

/// What a class wants where a character is not of it.
fn wanted_instead(character: char, class: char) -> Option<&'static str> {
    let digit = character.is_ascii_digit();
    let capital = character.is_ascii_uppercase();
    let (is_fit, wanted) = match class {
        'A' => (capital, "A to Z"),
        '9' => (digit, "a digit"),
        'N' => (capital || digit, "A to Z or a digit"),
        'H' => (character.is_ascii_hexdigit(), "a hexadecimal digit"),
        'L' => (
            capital || matches!(character, '2'..='9'),
            "A to Z or 2 to 9",
        ),
        'V' => (
            digit || capital && !matches!(character, 'I' | 'O' | 'Q'),
            "a digit or a capital other than I, O and Q",
        ),
        // What the pattern itself has.
        _ => (character == class, "+"),
    };
    (!is_fit).then_some(wanted)
}

/// ITU-T E.164.
pub(super) fn phone(text: &str) -> Result<(), Reason> {
    let found = text.chars().count();
    if !(8..=16).contains(&found) {
        let wanted = "+ and 7 to 15 digits";
        return Err(Reason::Length { found, wanted });
    }
    of(text, &format!("+{}", "9".repeat(found - 1)), "8 to 16")
}

/// ISO 9362.
pub(super) fn bic(text: &str) -> Result<(), Reason> {
    match text.chars().count() {
        8 => of(text, "NNNNAANN", "8"),
        _ => of(text, "NNNNAANNNNN", "8 or 11"),
    }
}

/// Optional minus, digits, optionally a point and digits.
pub(super) fn decimal(text: &str) -> Result<(), Reason> {
    if text.len() > 20 {
        let (found, wanted) = (text.chars().count(), "at most 20");
        return Err(Reason::Length { found, wanted });
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let size = text.strip_prefix('-').unwrap_or(text);
    let is_decimal = match size.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(size),
    };
    let wanted = Reason::Shape("a number such as -12.5");
    is_decimal.then_some(()).ok_or(wanted)
}
