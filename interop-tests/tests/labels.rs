//! Every label is a translation, or is rightly the English word: `spec/labels.exceptions.toml`.

use std::collections::{BTreeMap, BTreeSet};

use crate::{files, root};

const LANGUAGES: [&str; 4] = ["fr", "es", "de", "ar"];

/// Labels of one definition by word: its own and those of its fields or codes.
type Labelled = BTreeMap<String, BTreeMap<String, String>>;

/// All definitions by `folder/word`.
fn definitions() -> BTreeMap<String, Labelled> {
    let folders = ["codes", "formats", "groups"];
    let texts = folders
        .iter()
        .flat_map(|folder| files(&format!("spec/{folder}"), "toml"));
    texts.map(|(name, text)| labelled(&name, &text)).collect()
}

fn labelled(name: &str, text: &str) -> (String, Labelled) {
    let table: toml::Table = text.parse().unwrap();
    let parts = ["code", "field"].iter().filter_map(|key| table.get(*key));
    let parts = parts.flat_map(|parts| parts.as_array().unwrap());
    let parts = parts.map(|part| part.as_table().unwrap());
    let labelled = parts
        .chain([&table])
        .map(|part| {
            let word = part["word"].as_str().unwrap().to_owned();
            let labels = part["labels"].as_table().unwrap().iter();
            let label = |(language, label): (&String, &toml::Value)| {
                (language.clone(), label.as_str().unwrap().to_owned())
            };
            (word, labels.map(label).collect())
        })
        .collect();
    let name = name.trim_start_matches("../").trim_start_matches("spec/");
    (name.trim_end_matches(".toml").to_owned(), labelled)
}

/// The exceptions, by file and language.
fn exceptions() -> BTreeMap<(String, String), BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join("spec/labels.exceptions.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for exception in table["exception"].as_array().unwrap() {
        let text = |key: &str| exception[key].as_str().unwrap().to_owned();
        assert!(!text("reason").is_empty());
        let words = exception["words"].as_array().unwrap().iter();
        found
            .entry((text("file"), text("language")))
            .or_default()
            .extend(words.map(|word| word.as_str().unwrap().to_owned()));
    }
    found
}

#[test]
fn labels_are_translated_but_for_the_exceptions_reviewed() {
    let exceptions = exceptions();
    for language in LANGUAGES {
        let mut same = Vec::new();
        let mut all = 0_usize;
        for (file, labelled) in definitions() {
            let excepted = exceptions.get(&(file.clone(), language.to_owned()));
            for (word, labels) in labelled {
                assert!(!labels[language].is_empty(), "{file}: {word}");
                all += 1;
                let is_excepted = excepted.is_some_and(|words| words.contains(&word));
                if labels[language] == labels["en"] && !is_excepted {
                    same.push(format!("{file}: {word}"));
                }
            }
        }
        assert!(
            same.len() * 20 <= all,
            "{language}: {} of {all}: {same:#?}",
            same.len()
        );
    }
}

#[test]
fn every_exception_names_a_label_that_is_spelt_as_in_english() {
    let definitions = definitions();
    for ((file, language), words) in exceptions() {
        let labelled = &definitions[&file];
        for word in words {
            let labels = &labelled[&word];
            assert_eq!(labels[&language], labels["en"], "{file}: {word}");
        }
    }
}

#[test]
fn arabic_labels_are_in_arabic() {
    for (file, labelled) in definitions() {
        for (word, labels) in labelled {
            let arabic = labels["ar"]
                .chars()
                .any(|c| ('\u{600}'..='\u{6ff}').contains(&c));
            let excepted = exceptions()
                .get(&(file.clone(), "ar".to_owned()))
                .is_some_and(|words| words.contains(&word));
            assert!(arabic || excepted, "{file}: {word}");
        }
    }
}
