//! Texts in the columns of a terminal: how wide they are, and where they are broken or cut.

use unicode_width::UnicodeWidthChar as _;

/// Fewest columns that a text is wrapped to.
const COLUMNS_MIN: usize = 8;

/// Which way a text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// From left to right.
    LeftToRight,
    /// From right to left, at least in part.
    HasRightToLeft,
}

/// Whether some of a text runs from right to left.
#[must_use]
pub fn script(text: &str) -> Script {
    let right_to_left = |c: char| {
        matches!(c,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    match text.chars().any(right_to_left) {
        true => Script::HasRightToLeft,
        false => Script::LeftToRight,
    }
}

/// Columns that a text takes, letter by letter: few terminals join letters into one column.
#[must_use]
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text and spaces up to `width` columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The text, or its beginning and dots, in at most `width` columns.
#[must_use]
pub fn cut(text: &str, width: usize, ascii: bool) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let dots = if ascii { "..." } else { "…" };
    let (kept, _) = split_at_columns(text, width.saturating_sub(columns(dots)));
    format!("{}{dots}", kept.trim_end())
}

/// One line of text in lines of at most `width` columns: broken at spaces, and within a word
/// only where the word alone is too long.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(COLUMNS_MIN);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut line_columns = 0;
    for word in text.split_inclusive(' ') {
        let mut word = word;
        if line_columns > 0 && line_columns + columns(word.trim_end()) > width {
            lines.push(line.trim_end().to_owned());
            line.clear();
            line_columns = 0;
        }
        while columns(word.trim_end()) > width {
            let (head, rest) = split_at_columns(word, width);
            lines.push(head.to_owned());
            word = rest;
        }
        line.push_str(word);
        line_columns += columns(word);
    }
    if lines.is_empty() || !line.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The longest beginning of at most `width` columns, yet at least one character, and the rest.
fn split_at_columns(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        used += character.width().unwrap_or(0);
        if used > width && at > 0 {
            return text.split_at_checked(at).unwrap_or((text, ""));
        }
    }
    (text, "")
}

/// A text as it is compared: in small letters, without accents, each gap one space.
#[must_use]
pub fn fold(text: &str) -> String {
    let small = without_accents(&text.to_lowercase());
    small.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text with letters that have accents, ligatures or vowel signs as plain ones.
pub(super) fn without_accents(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match plain_letters(character) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(character),
        }
    }
    plain
}

const fn plain_letters(character: char) -> Option<&'static str> {
    Some(match character {
        // Accents and vowel signs that stand beside their letter, and the Arabic line that
        // stretches a word.
        '\u{300}'..='\u{36f}' | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' => "",
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' | 'Ǎ' => "A",
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'Æ' => "AE",
        'æ' => "ae",
        'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'Ď' | 'Đ' | 'Ð' => "D",
        'ď' | 'đ' | 'ð' => "d",
        'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => "E",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'Ĥ' | 'Ħ' => "H",
        'ĥ' | 'ħ' => "h",
        'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => "I",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'Ķ' => "K",
        'ķ' => "k",
        'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "L",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'Ñ' | 'Ń' | 'Ņ' | 'Ň' => "N",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' => "O",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'Œ' => "OE",
        'œ' => "oe",
        'Ŕ' | 'Ŗ' | 'Ř' => "R",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "S",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'Ţ' | 'Ť' | 'Ŧ' | 'Ț' => "T",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'Þ' => "TH",
        'þ' => "th",
        'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' => "U",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'Ŵ' => "W",
        'ŵ' => "w",
        'Ý' | 'Ÿ' | 'Ŷ' => "Y",
        'ý' | 'ÿ' | 'ŷ' => "y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'ź' | 'ż' | 'ž' => "z",
        // Arabic letters that are written one for the other.
        'آ' | 'أ' | 'إ' | 'ٱ' => "ا",
        'ى' => "ي",
        'ة' => "ه",
        // Dashes, quotes and the narrow space of French.
        '\u{a0}' | '\u{202f}' => " ",
        '\u{2010}'..='\u{2015}' => "-",
        '’' | '‘' => "'",
        '“' | '”' | '«' | '»' => "\"",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_keep_their_words_and_their_width() {
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrap("abcdefghijklm no", 8), ["abcdefgh", "ijklm no"]);
        let text = "Überfall مطاردة 車両追跡中 n\u{303} ".repeat(20);
        for width in 8..40 {
            let lines = wrap(&text, width);
            assert!(lines.iter().all(|line| columns(line) <= width), "{width}");
            let kept = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            assert_eq!(kept(&lines.concat()), kept(&text));
        }
    }

    #[test]
    fn what_is_cut_says_so_and_fits() {
        assert_eq!(cut("pursuit", 7, false), "pursuit");
        assert_eq!(cut("pursuit", 6, false), "pursu…");
        assert_eq!(cut("pursuit", 6, true), "pur...");
        assert_eq!(cut("車両追跡中", 6, false), "車両…");
        assert_eq!(pad("車両", 6), "車両  ");
        assert_eq!(columns("م\u{64f}"), 1);
        assert_eq!(columns("لا"), 2);
    }

    #[test]
    fn texts_are_compared_without_case_accents_and_vowel_signs() {
        for (text, folded) in [
            ("  MÜLLER\t Straße ", "muller strasse"),
            ("Mu\u{308}ller", "muller"),
            ("Œuvre, Łódź, Škoda", "oeuvre, lodz, skoda"),
            ("أُسامَة", "اسامه"),
            ("ИВАНОВ", "иванов"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
