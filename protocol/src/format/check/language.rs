//! Language tags that are well-formed by RFC 5646, section 2.1.

use super::Reason;
use std::iter::Peekable;
use std::str::Split;

/// Tags of before the grammar that it does not cover.
const IRREGULAR: [&str; 17] = [
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
];

type Subtags<'a> = Peekable<Split<'a, char>>;

/// Judges a tag, in any case.
pub(super) fn judge(text: &str) -> Result<(), Reason> {
    let tag = text.to_ascii_lowercase();
    let is_tag = IRREGULAR.contains(&tag.as_str()) || is_regular(&tag);
    let wanted = Reason::Shape("a language tag such as fr or pt-BR");
    is_tag.then_some(()).ok_or(wanted)
}

fn is_regular(tag: &str) -> bool {
    let mut subtags = tag.split('-').peekable();
    if subtags.peek() != Some(&"x") {
        let Some(language) = subtags.next_if(|subtag| is_alpha(subtag, 2, 8)) else {
            return false;
        };
        if language.len() <= 3 {
            several(&mut subtags, 3, |subtag| is_alpha(subtag, 3, 3));
        }
        several(&mut subtags, 1, |subtag| is_alpha(subtag, 4, 4));
        several(&mut subtags, 1, is_region);
        several(&mut subtags, usize::MAX, is_variant);
        while subtags
            .next_if(|s| *s != "x" && is_alphanumeric(s, 1, 1))
            .is_some()
        {
            if several(&mut subtags, usize::MAX, |s| is_alphanumeric(s, 2, 8)) == 0 {
                return false;
            }
        }
    }
    if subtags.next_if_eq(&"x").is_some()
        && several(&mut subtags, usize::MAX, |s| is_alphanumeric(s, 1, 8)) == 0
    {
        return false;
    }
    subtags.next().is_none()
}

/// Takes as many subtags as fit, up to a most, and counts them.
fn several(subtags: &mut Subtags<'_>, most: usize, is_fit: impl Fn(&str) -> bool) -> usize {
    let mut count = 0;
    while count < most && subtags.next_if(|subtag| is_fit(subtag)).is_some() {
        count += 1;
    }
    count
}

fn is_region(subtag: &str) -> bool {
    is_alpha(subtag, 2, 2) || subtag.len() == 3 && subtag.bytes().all(|b| b.is_ascii_digit())
}

fn is_variant(subtag: &str) -> bool {
    let begins_with_digit = subtag.starts_with(|c: char| c.is_ascii_digit());
    is_alphanumeric(subtag, 5, 8) || begins_with_digit && is_alphanumeric(subtag, 4, 4)
}

fn is_alpha(subtag: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_alphanumeric(subtag: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
}
