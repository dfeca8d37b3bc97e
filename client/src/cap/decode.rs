//! Which characters the bytes of a file are. Spec: cap.md.
//!
//! Decides by the byte order mark and the XML declaration alone, and refuses bytes that are not
//! what these say: a guessed letter could change what an alert says. Nothing is replaced.

use super::error::CapError;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// Largest file that is read.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Where an XML declaration must have ended.
const DECLARATION_BYTES_MAX: usize = 512;

/// The text of a file, without its byte order mark.
///
/// # Errors
/// [`CapError::TooLarge`], [`CapError::EncodingUnknown`], [`CapError::EncodingWrong`], and
/// [`CapError::NotXml`] for a character that XML does not allow.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, CapError> {
    let max = FILE_BYTES_MAX;
    if bytes.len() > max {
        return Err(CapError::TooLarge { max });
    }
    let (begun, mark) = begins(bytes)?;
    let rest = bytes.get(mark..).unwrap_or_default();
    let encoding = match begun {
        Some(encoding) => encoding,
        None => declared(rest)?.unwrap_or(UTF_8),
    };
    let is_wide = encoding == UTF_16LE || encoding == UTF_16BE;
    let wrong = CapError::EncodingWrong {
        encoding: encoding.name(),
    };
    if is_wide && begun.is_none() {
        // Its declaration was read byte by byte.
        return Err(wrong);
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(rest);
    let text = text.ok_or_else(|| wrong.clone())?;
    if begun.is_some() {
        // What is declared must be what the file begins as, or not be declared.
        let said = declared(text.as_bytes())?;
        let agrees = |said| said == encoding || (said == UTF_16LE && encoding == UTF_16BE);
        if !said.is_none_or(agrees) {
            return Err(wrong);
        }
    }
    match text.chars().position(|c| !is_character(c)) {
        None => Ok(text),
        Some(at) => Err(CapError::NotXml {
            line: 1 + text.chars().take(at).filter(|c| *c == '\n').count(),
        }),
    }
}

/// Whether XML 1.0 allows a character.
pub(super) const fn is_character(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The encoding that the first bytes prove, and the length of the byte order mark.
fn begins(bytes: &[u8]) -> Result<(Option<&'static Encoding>, usize), CapError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => Ok((Some(UTF_8), 3)),
        // UTF-32, and other orders of four bytes.
        [0, 0, ..] | [_, _, 0, 0, ..] => Err(CapError::EncodingUnknown),
        [0xFE, 0xFF, ..] => Ok((Some(UTF_16BE), 2)),
        [0xFF, 0xFE, ..] => Ok((Some(UTF_16LE), 2)),
        [0, _, ..] => Ok((Some(UTF_16BE), 0)),
        [_, 0, ..] => Ok((Some(UTF_16LE), 0)),
        _ => Ok((None, 0)),
    }
}

/// The encoding that the declaration of a text in an extension of ASCII names.
fn declared(bytes: &[u8]) -> Result<Option<&'static Encoding>, CapError> {
    let head = bytes.get(..DECLARATION_BYTES_MAX).unwrap_or(bytes);
    let Some(declaration) = head.strip_prefix(b"<?xml") else {
        return Ok(None);
    };
    let end = declaration.windows(2).position(|two| two == b"?>");
    let declaration = end.and_then(|end| declaration.get(..end));
    let declaration = declaration.ok_or(CapError::NotXml { line: 1 })?;
    let declaration = str::from_utf8(declaration).map_err(|_| CapError::EncodingUnknown)?;
    let Some((_, after)) = declaration.split_once("encoding") else {
        return Ok(None);
    };
    let value = after.trim_start().strip_prefix('=').map(str::trim_start);
    let quote = value.and_then(|value| value.chars().next());
    let label = match (value, quote) {
        (Some(value), Some(quote @ ('"' | '\''))) => value.split(quote).nth(1),
        _ => None,
    };
    let label = label.ok_or(CapError::NotXml { line: 1 })?;
    let encoding = Encoding::for_label_no_replacement(label.as_bytes());
    let encoding = encoding.ok_or(CapError::EncodingUnknown)?;
    // This label means ASCII here, not the superset that browsers take it for.
    let is_ascii = ["us-ascii", "ascii"].contains(&label.to_ascii_lowercase().as_str());
    if is_ascii && !bytes.is_ascii() {
        return Err(CapError::EncodingWrong {
            encoding: "US-ASCII",
        });
    }
    Ok(Some(encoding))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(label: &str) -> String {
        format!("<?xml version='1.0' encoding='{label}'?><a>\u{e9}</a>")
    }

    fn utf_16(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        let units = mark.into_iter().chain(text.encode_utf16());
        let bytes = units.flat_map(|unit| match big {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        });
        bytes.collect()
    }

    #[test]
    fn declared_encodings_are_read() {
        let latin = |label| {
            let document = document(label);
            document.chars().map(|c| c as u8).collect::<Vec<u8>>()
        };
        for (bytes, text) in [
            (document("UTF-8").into_bytes(), document("UTF-8")),
            (
                b"\xEF\xBB\xBF<a>\xC3\xA9</a>".to_vec(),
                "<a>\u{e9}</a>".into(),
            ),
            (b"<a>\xC3\xA9</a>".to_vec(), "<a>\u{e9}</a>".into()),
            (latin("ISO-8859-1"), document("ISO-8859-1")),
            (latin("iso-8859-15"), document("iso-8859-15")),
            (latin("windows-1252"), document("windows-1252")),
            (utf_16(&document("UTF-16"), true, true), document("UTF-16")),
            (utf_16(&document("UTF-16"), false, true), document("UTF-16")),
            (
                utf_16(&document("utf-16le"), false, false),
                document("utf-16le"),
            ),
            (
                utf_16(&document("utf-16be"), true, false),
                document("utf-16be"),
            ),
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok(text.as_str()));
        }
    }

    #[test]
    fn bytes_that_are_not_what_they_are_said_to_be_are_refused() {
        let wrong = |encoding| CapError::EncodingWrong { encoding };
        let long = vec![b' '; FILE_BYTES_MAX + 1];
        for (bytes, error) in [
            (b"<a>\xE9</a>".to_vec(), wrong("UTF-8")),
            (
                b"<?xml version='1.0' encoding='utf-8'?><a>\xE9</a>".to_vec(),
                wrong("UTF-8"),
            ),
            (document("us-ascii").into_bytes(), wrong("US-ASCII")),
            (document("UTF-16").into_bytes(), wrong("UTF-16LE")),
            (
                [
                    b"\xEF\xBB\xBF".to_vec(),
                    document("ISO-8859-1").into_bytes(),
                ]
                .concat(),
                wrong("UTF-8"),
            ),
            (utf_16(&document("UTF-8"), false, true), wrong("UTF-16LE")),
            (document("klingon").into_bytes(), CapError::EncodingUnknown),
            (document("utf-7").into_bytes(), CapError::EncodingUnknown),
            (
                vec![0xFF, 0xFE, 0, 0, b'<', 0, 0, 0],
                CapError::EncodingUnknown,
            ),
            (b"<a>\n\x01</a>".to_vec(), CapError::NotXml { line: 2 }),
            (
                long,
                CapError::TooLarge {
                    max: FILE_BYTES_MAX,
                },
            ),
        ] {
            let head = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
            let got = decode(&bytes);
            assert_eq!(got, Err(error), "{head}");
        }
    }
}
