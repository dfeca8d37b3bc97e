//! In which language one reads, and what the program itself says in it.
//!
//! ```text
//!   --lang  ──►  $ESTAFETTE_LANG  ──►  $LC_ALL, $LC_MESSAGES, $LANG  ──►  English
//! ```
//!
//! Formats, groups and code lists bring their own labels; the rest is in `labels.toml`, so that a
//! further language is data. Decides nothing about how it looks on a terminal.

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use estafette_protocol::format::{Catalogue, Labels};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The language of whoever asks for none that is known.
pub const ENGLISH: &str = "en";

static LABELS: LazyLock<BTreeMap<String, Labels>> =
    LazyLock::new(|| toml::from_str(include_str!("../labels.toml")).unwrap_or_default());

/// What the program says by a word, in a language, else in English, else the word.
#[must_use]
pub fn say<'a>(language: &str, word: &'a str) -> &'a str {
    match LABELS.get(word) {
        Some(labels) => estafette_protocol::format::label(labels, language, word),
        None => word,
    }
}

/// The languages of the definitions.
#[must_use]
pub fn languages(catalogue: &Catalogue) -> BTreeSet<&str> {
    let formats = catalogue.formats().iter().map(|format| &format.labels);
    let groups = catalogue.groups().map(|group| &group.labels);
    let lists = catalogue.lists().map(|list| &list.labels);
    let labels = formats.chain(groups).chain(lists);
    labels
        .flat_map(|labels| labels.keys().map(String::as_str))
        .collect()
}

/// The language asked for, else the first that the environment names and that is known.
///
/// # Errors
/// When one is asked for that is not known.
pub fn choose(asked: Option<&str>, catalogue: &Catalogue) -> Outcome<String> {
    let known = languages(catalogue);
    if let Some(asked) = asked {
        let tag = primary(asked);
        if known.contains(tag.as_str()) {
            return Ok(tag);
        }
        let words: Vec<&str> = known.into_iter().collect();
        return Err(Failure::new(
            Exit::Usage,
            "language-unknown",
            format!("no language {}", crate::words::visible(asked, false)),
            format!("Formats and codes are labelled in {}.", words.join(", ")),
            format!("--lang {}", words.join(" | ")),
        ));
    }
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let locale = locale.into_iter().find_map(named);
    let wanted = [named("ESTAFETTE_LANG"), locale];
    let mut tags = wanted.into_iter().flatten().map(|value| primary(&value));
    let found = tags.find(|tag| known.contains(tag.as_str()));
    Ok(found.unwrap_or_else(|| ENGLISH.to_owned()))
}

/// The language of a tag or locale: `de` of `de-AT` and of `de_AT.UTF-8`.
fn primary(tag: &str) -> String {
    let end = tag.find(['-', '_', '.', '@']).unwrap_or(tag.len());
    let (tag, _) = tag.split_at_checked(end).unwrap_or((tag, ""));
    tag.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::NOTES_KNOWN;
    use crate::view::{Side, Utterance};
    use estafette_protocol::code::Note;
    use estafette_protocol::escalation::{Cause, Clock};
    use estafette_protocol::track::Rung;
    use std::fs;
    use std::path::Path;

    /// Words of the claims that prove no rung.
    const CLAIMS: [&str; 20] = [
        "unreadable",
        "refused",
        "expired",
        "cancelled",
        "released",
        "release-refused",
        "held",
        "rewrapped",
        "granted",
        "reclassified",
        "escalated",
        "overdue",
        "declined",
        "referred",
        "retracted",
        "extension-asked",
        "extended",
        "reminded",
        "escalation-asked",
        "closed",
    ];

    #[test]
    fn every_word_is_said_in_every_language() {
        let languages = languages(Catalogue::built_in());
        assert_eq!(languages, BTreeSet::from(["ar", "de", "en", "es", "fr"]));
        assert!(LABELS.len() > 80);
        for (word, labels) in LABELS.iter() {
            let known: BTreeSet<&str> = labels.keys().map(String::as_str).collect();
            assert_eq!(known, languages, "{word}");
            let places: BTreeSet<usize> =
                labels.values().map(|l| l.matches("{}").count()).collect();
            assert_eq!(places.len(), 1, "{word}");
            for label in labels.values() {
                assert_eq!(*label, crate::words::visible(label, false), "{word}");
            }
        }
    }

    /// Words in the sources are those of the data, and the other way around.
    #[test]
    fn every_word_that_is_asked_for_is_there() {
        let mut asked = BTreeSet::new();
        collect(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut asked,
        );
        for rung in Rung::ALL {
            asked.insert(format!("rung-{}", rung.word()));
        }
        for note in (1..=NOTES_KNOWN).map(Note) {
            asked.insert(format!("note-{}", note.word()));
        }
        for name in Side::NAMES {
            asked.insert(format!("side-{name}"));
        }
        for claim in CLAIMS {
            asked.insert(format!("claim-{claim}"));
        }
        for cause in Cause::ALL {
            asked.insert(format!("cause-{}", cause.word()));
        }
        for clock in Clock::ALL {
            asked.insert(format!("clock-{}", clock.word()));
        }
        for word in Utterance::WORDS {
            asked.insert(format!("said-{word}"));
        }
        // The demo makes some of its words up as it goes.
        let is_of_demo = |word: &&String| word.starts_with("demo-");
        let known: BTreeSet<&String> = LABELS.keys().filter(|w| !is_of_demo(w)).collect();
        let (of_demo, asked): (Vec<&String>, Vec<&String>) = asked.iter().partition(is_of_demo);
        assert_eq!(asked.into_iter().collect::<BTreeSet<_>>(), known);
        assert!(of_demo.iter().all(|word| LABELS.contains_key(*word)));
    }

    fn collect(folder: &Path, asked: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, asked);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for call in ["say(\"", "fill(\""] {
                let parts = text.split(call).skip(1);
                let words = parts.filter_map(|part| part.split('"').next());
                let is_word = |c: char| c.is_ascii_lowercase() || c == '-';
                asked.extend(words.filter(|w| w.chars().all(is_word)).map(str::to_owned));
            }
        }
    }

    #[test]
    fn language_of_a_tag_or_locale_is_its_beginning() {
        for (tag, language) in [
            ("de-AT", "de"),
            ("fr_FR.UTF-8", "fr"),
            ("C.UTF-8", "c"),
            ("", ""),
        ] {
            assert_eq!(primary(tag), language);
        }
        let asked = |tag| choose(Some(tag), Catalogue::built_in());
        assert_eq!(asked("AR").unwrap(), "ar");
        let failure = asked("tlh\u{1b}").unwrap_err();
        assert_eq!(
            (failure.exit, failure.word),
            (Exit::Usage, "language-unknown")
        );
        assert_eq!(failure.what, "no language tlh<U+001B>");
        assert_eq!(failure.next, "--lang ar | de | en | es | fr");
    }
}
