//! Numbers with two check digits of ISO/IEC 7064 MOD 97-10: IBAN and LEI.

use super::{Reason, shape};

/// ISO 13616: the first four characters are judged as if they stood at the end.
pub(super) fn iban(text: &str) -> Result<(), Reason> {
    let found = text.chars().count();
    let wanted = "15 to 34";
    if !(15..=34).contains(&found) {
        return Err(Reason::Length { found, wanted });
    }
    shape::of(text, &format!("AA99{}", "N".repeat(found - 4)), wanted)?;
    let (head, account) = text.split_at_checked(4).unwrap_or_default();
    let country = head.get(..2).unwrap_or_default();
    let without =
        |digits: &str| remainder(account.chars().chain(country.chars()).chain(digits.chars()));
    if without(head.get(2..).unwrap_or_default()) == 1 {
        return Ok(());
    }
    let right = 98 - without("00");
    Err(Reason::Digits { place: 3, right })
}

/// ISO 17442.
pub(super) fn lei(text: &str) -> Result<(), Reason> {
    shape::of(text, &format!("{}99", "N".repeat(18)), "20")?;
    if remainder(text.chars()) == 1 {
        return Ok(());
    }
    let entity = text.chars().take(18);
    let right = 98 - remainder(entity.chain("00".chars()));
    Err(Reason::Digits { place: 19, right })
}

/// The remainder by 97 of the number that the characters make, A standing for 10 and Z for 35.
fn remainder(characters: impl Iterator<Item = char>) -> u8 {
    let remainder = characters
        .filter_map(|character| character.to_digit(36))
        .fold(0, |sum: u32, value| match value {
            0..=9 => (sum * 10 + value) % 97,
            _ => (sum * 100 + value) % 97,
        });
    u8::try_from(remainder).unwrap_or(0)
}
