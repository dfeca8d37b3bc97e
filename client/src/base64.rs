//! Bytes as text: RFC 4648 section 4, with padding, in one line.
//!
//! Reads only what it would write itself, so that one thing has one spelling. Spec: form.md,
//! Enclosures.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of bytes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let [first, second, third] = [0, 1, 2].map(|at| chunk.get(at).copied().unwrap_or(0));
        let joined = u32::from_be_bytes([0, first, second, third]);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = usize::try_from((joined >> shift) & 63).unwrap_or(0);
            let letter = ALPHABET.get(digit).copied().unwrap_or(b'=');
            text.push(if at <= chunk.len() {
                char::from(letter)
            } else {
                '='
            });
        }
    }
    text
}

/// The bytes of a text; `None` where it is not spelt as [`encode`] would.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for chunk in text.as_bytes().chunks(4) {
        let mut joined = 0_u32;
        for letter in chunk {
            let digit = match letter {
                b'=' => Some(0),
                letter => ALPHABET.iter().position(|known| known == letter),
            };
            joined = (joined << 6) | u32::try_from(digit?).ok()?;
        }
        let padding = chunk.iter().filter(|letter| **letter == b'=').count();
        let [_, triple @ ..] = joined.to_be_bytes();
        bytes.extend(triple.iter().take(3_usize.checked_sub(padding)?));
    }
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_every_length_come_back_and_are_spelt_in_one_way() {
        let bytes: Vec<u8> = (0..=255).collect();
        for len in 0..bytes.len() {
            let text = encode(&bytes[..len]);
            assert_eq!(decode(&text).as_deref(), Some(&bytes[..len]), "{len}");
        }
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(encode(bytes.as_bytes()), text);
        }
        for text in [
            "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm8\n", "Zm-_", "ü===",
        ] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
