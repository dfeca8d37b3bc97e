//! A random text and every form in which it could lie in a file.
//!
//! Decides what counts as having found it: UTF-8, UTF-16 in both byte orders, base64 at all three
//! alignments and hexadecimal digits in both cases. Not what is compressed or enciphered.

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use rand_core::Rng;

/// Letters and digits of a planted text.
const TEXT_LEN: usize = 32;
const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJ";

/// A planted text in one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle {
    /// Where it was planted, and the form: what a finding is called.
    pub name: String,
    /// The bytes to look for.
    pub bytes: Vec<u8>,
}

/// Draws a text that nobody else writes.
#[must_use]
pub fn draw(rng: &mut impl Rng) -> String {
    let mut bytes = [0; TEXT_LEN];
    rng.fill_bytes(&mut bytes);
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    bytes.into_iter().map(letter).collect()
}

/// Every form of a text.
#[must_use]
pub fn needles(place: &str, text: &str) -> Vec<Needle> {
    let bytes = text.as_bytes();
    let forms = [
        ("UTF-8", bytes.to_vec()),
        (
            "UTF-16LE",
            text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        (
            "UTF-16BE",
            text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        ),
        ("base64 at 0", base64(bytes, 0)),
        ("base64 at 1", base64(bytes, 1)),
        ("base64 at 2", base64(bytes, 2)),
        ("hex", HEXLOWER.encode(bytes).into_bytes()),
        ("HEX", HEXUPPER.encode(bytes).into_bytes()),
    ];
    let named = |(form, bytes)| Needle {
        name: format!("{place} in {form}"),
        bytes,
    };
    forms.into_iter().map(named).collect()
}

/// What of a base64 text depends on `bytes` alone when `before` bytes, of three, precede them.
fn base64(bytes: &[u8], before: usize) -> Vec<u8> {
    let padded = [&[0; 2][..before], bytes].concat();
    let encoded = BASE64.encode(&padded).into_bytes();
    // Six bits a digit: the first and last may hold bits of a neighbour.
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    encoded[first..last].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use estafette_protocol::testing::SeededRng;

    #[test]
    fn base64_form_stands_in_the_text_whatever_surrounds_it() {
        let text = draw(&mut SeededRng::new("needle"));
        for before in 0..3 {
            for (left, right) in [("\0\0", "\0\0\0"), ("ÿÿ", "ÿÿÿ"), ("{\"", "\"}")] {
                let left = &left.as_bytes()[..before];
                let whole = [left, text.as_bytes(), right.as_bytes()].concat();
                let encoded = BASE64.encode(&whole);
                let form = String::from_utf8(base64(text.as_bytes(), before)).unwrap();
                assert!(encoded.contains(&form), "{before}: {form} in {encoded}");
                assert!(form.len() >= TEXT_LEN * 4 / 3 - 2);
            }
        }
    }
}
