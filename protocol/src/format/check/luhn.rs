//! Numbers that end with the check digit of ISO/IEC 7812 (Luhn): IMEI and ICCID.

use super::{Reason, shape};

/// 3GPP TS 23.003.
pub(super) fn imei(text: &str) -> Result<(), Reason> {
    shape::of(text, &"9".repeat(15), "15")?;
    last_digit(text)
}

/// ITU-T E.118.
pub(super) fn iccid(text: &str) -> Result<(), Reason> {
    match text.chars().count() {
        19 => shape::of(text, &"9".repeat(19), "19"),
        _ => shape::of(text, &"9".repeat(20), "19 or 20"),
    }?;
    last_digit(text)
}

fn last_digit(digits: &str) -> Result<(), Reason> {
    let mut values = digits.chars().rev().filter_map(|c| c.to_digit(10));
    let last = values.next().unwrap_or(0);
    let sum: u32 = values
        .enumerate()
        .map(|(at, digit)| match at % 2 {
            // The first before the check digit is doubled, and each second one after it.
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => digit,
        })
        .sum();
    let right = (10 - sum % 10) % 10;
    if right == last {
        return Ok(());
    }
    Err(Reason::Digit {
        place: digits.len(),
        right: char::from_digit(right, 10).unwrap_or('0'),
    })
}
