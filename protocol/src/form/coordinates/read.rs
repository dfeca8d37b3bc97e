//! Coordinates as people write them, read into whole numbers.

use super::{CoordinatesError, DEGREE, LATITUDE_SHIFT, LONGITUDE_SHIFT, Position};
use std::cmp::Ordering;

/// Billionths: what a number is counted in while it is read.
const BILLION: u64 = 1_000_000_000;
/// Longest text that is looked at, in bytes.
const BYTES_MAX: usize = 100;

/// One thing of coordinates.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A number in billionths, and whether it is written with a point.
    Number(u64, bool),
    /// A sign, and whether it is a minus.
    Sign(bool),
    /// North, south, east or west.
    Side(char),
    /// What stands between latitude and longitude.
    Comma,
}

/// One half of coordinates: an angle and the side that was named.
struct Half {
    /// In billionths of a degree.
    size: u64,
    is_negative: bool,
    side: Option<char>,
}

/// Reads a place.
pub(super) fn position(text: &str) -> Result<Position, CoordinatesError> {
    let text = text.trim();
    let text = text.strip_prefix("geo:").unwrap_or(text);
    if text.len() > BYTES_MAX {
        return Err(CoordinatesError::Shape);
    }
    let tokens = tokens(&with_points(text))?;
    let (first, second) = halves(&tokens).ok_or(CoordinatesError::Shape)?;
    let (first, second) = (half(first)?, half(second)?);
    let (latitude, longitude) = match (first.side, second.side) {
        (None, None) | (Some('N' | 'S'), Some('E' | 'W')) => (first, second),
        (Some('E' | 'W'), Some('N' | 'S')) => (second, first),
        _ => return Err(CoordinatesError::Shape),
    };
    Ok(Position {
        latitude: shifted(&latitude, LATITUDE_SHIFT)?,
        longitude: shifted(&longitude, LONGITUDE_SHIFT)?,
    })
}

/// The text with decimal points where it has decimal commas: two of them, each between digits,
/// and nothing else that could be a point.
fn with_points(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_decimal = |window: &[char]| match window {
        [before, ',', after] => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    };
    let decimal = characters.windows(3).filter(|w| is_decimal(w)).count();
    let commas = characters.iter().filter(|c| **c == ',').count();
    if decimal == 2 && commas == 2 && !text.contains('.') {
        return text.replace(',', ".");
    }
    text.to_owned()
}

fn tokens(text: &str) -> Result<Vec<Token>, CoordinatesError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if character.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
            let (digits, after) = rest.split_at(end.unwrap_or(rest.len()));
            tokens.push(number(digits)?);
            rest = after;
            continue;
        }
        match character {
            '+' => tokens.push(Token::Sign(false)),
            '-' | '\u{2212}' => tokens.push(Token::Sign(true)),
            ',' | ';' | '/' => tokens.push(Token::Comma),
            'N' | 'S' | 'E' | 'W' | 'n' | 's' | 'e' | 'w' => {
                tokens.push(Token::Side(character.to_ascii_uppercase()));
            }
            '°' | 'º' | '\'' | '"' | '′' | '″' | '’' | '”' => {}
            _ if character.is_whitespace() => {}
            _ => return Err(CoordinatesError::Shape),
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
    }
    Ok(tokens)
}

/// A number such as `31.2`; what is finer than a billionth is left out.
fn number(digits: &str) -> Result<Token, CoordinatesError> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.contains('.') || digits.ends_with('.') {
        return Err(CoordinatesError::Shape);
    }
    let whole: u64 = whole.parse().unwrap_or(u64::MAX);
    let billionths = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(9)
        .filter_map(|digit| digit.to_digit(10))
        .fold(0, |sum, digit| sum * 10 + u64::from(digit));
    // Nothing of coordinates is as great as this.
    if whole > 1000 {
        return Err(CoordinatesError::Range);
    }
    Ok(Token::Number(
        whole * BILLION + billionths,
        !fraction.is_empty(),
    ))
}

/// Splits at the comma, before the second leading side, after the first trailing one, or in the
/// middle.
fn halves(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let is_side = |token: &Token| matches!(token, Token::Side(_));
    let is_comma = |token: &Token| *token == Token::Comma;
    let second_sign = tokens
        .iter()
        .skip(1)
        .position(|t| matches!(t, Token::Sign(_)));
    if let Some(at) = tokens.iter().position(is_comma) {
        let (first, second) = tokens.split_at_checked(at)?;
        let second = second.get(1..)?;
        return (!second.iter().any(is_comma)).then_some((first, second));
    }
    let at = if tokens.first().is_some_and(is_side) {
        tokens.iter().skip(1).position(is_side)? + 1
    } else if let Some(at) = tokens.iter().position(is_side) {
        at + 1
    } else if let Some(at) = second_sign {
        at + 1
    } else {
        tokens.len().is_multiple_of(2).then_some(tokens.len() / 2)?
    };
    tokens.split_at_checked(at)
}

fn half(tokens: &[Token]) -> Result<Half, CoordinatesError> {
    let shape = CoordinatesError::Shape;
    let (side, tokens) = match tokens {
        [Token::Side(side), rest @ ..] | [rest @ .., Token::Side(side)] => (Some(*side), rest),
        _ => (None, tokens),
    };
    let (sign, tokens) = match tokens {
        [Token::Sign(is_negative), rest @ ..] => (Some(*is_negative), rest),
        _ => (None, tokens),
    };
    if side.is_some() && sign.is_some() {
        return Err(shape);
    }
    let mut size = 0;
    let mut unit = 3600;
    for (at, token) in tokens.iter().enumerate() {
        let Token::Number(billionths, has_point) = *token else {
            return Err(shape);
        };
        if unit == 0 || (has_point && at + 1 < tokens.len()) {
            return Err(shape);
        }
        if at > 0 && billionths >= 60 * BILLION {
            return Err(CoordinatesError::Sixty);
        }
        size += billionths * unit;
        unit /= 60;
    }
    if tokens.is_empty() {
        return Err(shape);
    }
    Ok(Half {
        size: size / 3600,
        is_negative: sign.unwrap_or(matches!(side, Some('S' | 'W'))),
        side,
    })
}

/// Rounds to millionths of a degree and shifts.
fn shifted(half: &Half, shift: u32) -> Result<u32, CoordinatesError> {
    let billionths = half.size;
    let step = BILLION / u64::from(DEGREE);
    let size = (billionths + step / 2) / step;
    let size = u32::try_from(size).map_err(|_| CoordinatesError::Range)?;
    match (size.cmp(&shift), half.is_negative) {
        (Ordering::Greater, _) => Err(CoordinatesError::Range),
        (_, true) => Ok(shift - size),
        (_, false) => Ok(shift + size),
    }
}
