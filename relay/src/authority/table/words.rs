//! Words of lists that a catalogue defines, and of markings, for their numbers and back.

use estafette_protocol::format::{Catalogue, Format};
use estafette_protocol::marking::Marking;

/// The code list of exceptions.
const EXCEPTIONS: &str = "exceptions";

/// The word of a format, or its number.
#[must_use]
pub fn format_text(number: u16, catalogue: &Catalogue) -> String {
    let known = newest(number, catalogue);
    known.map_or_else(|| number.to_string(), |format| format.word.clone())
}

/// The newest definition of a format.
pub(super) fn newest(number: u16, catalogue: &Catalogue) -> Option<&Format> {
    let all = catalogue.formats().iter();
    all.filter(|format| format.format == number)
        .max_by_key(|format| format.version)
}

/// The word of an exception, or its number.
#[must_use]
pub fn exception_text(number: u16, catalogue: &Catalogue) -> String {
    let list = catalogue.list(EXCEPTIONS);
    let known = list.and_then(|list| list.code(number));
    known.map_or_else(|| number.to_string(), |code| code.word.clone())
}

pub(super) fn exception(word: &str, catalogue: &Catalogue) -> Option<u16> {
    let list = catalogue.list(EXCEPTIONS)?;
    Some(list.code_by_word(word)?.value)
}

/// Every word of the list of exceptions.
pub(super) fn exceptions(catalogue: &Catalogue) -> Vec<&str> {
    let list = catalogue.list(EXCEPTIONS);
    let codes = list.into_iter().flat_map(|list| &list.codes);
    codes.map(|code| code.word.as_str()).collect()
}

/// Reads a marking as [`Marking::words`] writes it, with numbers for what has no word.
pub(super) fn marking(words: &str) -> Option<Marking> {
    if let Some(marking) = Marking::from_words(words) {
        return Some(marking);
    }
    let (axis, code) = words.split_once(':')?;
    let code = code.parse().ok()?;
    let named = Marking::known().find(|known| {
        let words = known.words();
        words.split_once(':').is_some_and(|(word, _)| word == axis)
    });
    let axis = named.map_or_else(|| axis.parse().ok(), |known| Some(known.axis))?;
    Some(Marking { axis, code })
}

/// Every marking that has words.
pub(super) fn markings() -> Vec<String> {
    Marking::known().map(Marking::words).collect()
}
