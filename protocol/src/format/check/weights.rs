//! Numbers with one check digit from a weighted sum: ships, containers, vehicles.

use super::{Reason, Verdict, shape};

/// IMO ship identification number: weights 7 to 2, the last digit of the sum.
pub(super) fn imo(text: &str) -> Result<(), Reason> {
    shape::of(text, "9999999", "7")?;
    let values = text.chars().filter_map(|c| c.to_digit(10));
    let sum: u32 = values.zip([7, 6, 5, 4, 3, 2]).map(|(v, w)| v * w).sum();
    check_digit(text, 7, digit(sum % 10))
}

/// ISO 6346: letters without multiples of 11, weights 1, 2, 4 and so on.
pub(super) fn container(text: &str) -> Result<(), Reason> {
    shape::of(text, "AAAA9999999", "11")?;
    let sum: u32 = text
        .chars()
        .take(10)
        .filter_map(|character| character.to_digit(36))
        .zip(0..)
        .map(|(value, power)| {
            let value = match value.checked_sub(10) {
                // 11, 22 and 33 are left out.
                Some(letter) => value + letter.div_ceil(10),
                None => value,
            };
            value << power
        })
        .sum();
    check_digit(text, 11, digit(sum % 11 % 10))
}

/// ISO 3779, with the ninth character of 49 CFR 565, which many parts of the world do not use.
pub(super) fn vin(text: &str) -> Verdict {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    if let Err(reason) = shape::of(text, &"V".repeat(17), "17") {
        return Verdict::Refused(reason);
    }
    let sum: u32 = text
        .chars()
        .map(transliterated)
        .zip(WEIGHTS)
        .map(|(v, w)| v * w)
        .sum();
    let right = match sum % 11 {
        10 => 'X',
        remainder => digit(remainder),
    };
    check_digit(text, 9, right).map_or_else(Verdict::Warns, |()| Verdict::Fine)
}

/// A to H are 1 to 8, J to R 1 to 9, S to Z 2 to 9.
fn transliterated(character: char) -> u32 {
    match character.to_digit(36) {
        Some(value @ 0..=9) => value,
        Some(value @ 10..=17) => value - 9,
        Some(value @ 18..=27) => value - 18,
        Some(value) => value - 26,
        None => 0,
    }
}

fn check_digit(text: &str, place: usize, right: char) -> Result<(), Reason> {
    match text.chars().nth(place - 1) == Some(right) {
        true => Ok(()),
        false => Err(Reason::Digit { place, right }),
    }
}

fn digit(value: u32) -> char {
    char::from_digit(value, 10).unwrap_or('0')
}
