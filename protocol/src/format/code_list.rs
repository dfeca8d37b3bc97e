//! Code lists: versioned, translated enumerations.

use super::definition::{Labels, label};
use super::error::DefinitionFault;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A versioned, translated enumeration (FRM-5).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// Word by which fields name the list.
    pub word: String,
    /// Version.
    pub version: u16,
    /// Where the list comes from.
    pub source: Option<String>,
    /// Labels by language.
    pub labels: Labels,
    /// Codes.
    #[serde(rename = "code")]
    pub codes: Vec<Code>,
    /// The definition's text.
    #[serde(skip)]
    pub(super) text: String,
}

/// One code of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Value on the wire.
    pub value: u16,
    /// Word for people and JSON.
    pub word: String,
    /// Its spelling where the list comes from.
    pub term: Option<String>,
    /// The time that it stands for, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Labels by language.
    pub labels: Labels,
    /// Whether it may no longer be written.
    #[serde(default)]
    pub retired: bool,
    /// The value to use instead of a retired one.
    pub successor: Option<u16>,
}

impl CodeList {
    /// The code of a value.
    #[must_use]
    pub fn code(&self, value: u16) -> Option<&Code> {
        self.codes.iter().find(|code| code.value == value)
    }

    /// The code of a word or a term, without regard to case.
    // FRM-5
    #[must_use]
    pub fn code_by_word(&self, word: &str) -> Option<&Code> {
        let wanted = word.to_lowercase();
        let by_word = |code: &&Code| code.word.to_lowercase() == wanted;
        let by_term = |code: &&Code| code.term_folded() == Some(wanted.clone());
        let codes = || self.codes.iter();
        codes().find(by_word).or_else(|| codes().find(by_term))
    }

    /// What the list is called in a language.
    #[must_use]
    pub fn label(&self, language: &str) -> &str {
        label(&self.labels, language, &self.word)
    }

    /// The codes that a mistyped word, term or label may stand for, the likeliest first: those
    /// that begin with it, then those that hold it, then those at most two letters away.
    #[must_use]
    pub fn near(&self, typed: &str) -> Vec<&Code> {
        let typed = typed.to_lowercase();
        let usable = self.codes.iter().filter(|code| !code.retired);
        let mut near: Vec<(usize, &Code)> = usable
            .filter_map(|code| {
                let labels = code.labels.values().map(|label| label.to_lowercase());
                let names = [Some(code.word.to_lowercase()), code.term_folded()];
                let names = names.into_iter().flatten().chain(labels);
                let best = names.filter_map(|name| resemblance(&typed, &name)).min();
                best.map(|best| (best, code))
            })
            .collect();
        near.sort_by_key(|(distance, _)| *distance);
        near.into_iter().map(|(_, code)| code).collect()
    }

    // FRM-5
    pub(super) fn hold(&self) -> Result<(), DefinitionFault> {
        let mut values = BTreeSet::new();
        let mut words = BTreeSet::new();
        let mut terms = BTreeSet::new();
        for code in &self.codes {
            if !values.insert(code.value) {
                return Err(DefinitionFault::NumberTwice(code.value));
            }
            if !words.insert(code.word.to_lowercase()) {
                return Err(DefinitionFault::WordTwice(code.word.clone()));
            }
            if let Some(term) = code.term_folded()
                && !terms.insert(term.clone())
            {
                return Err(DefinitionFault::WordTwice(term));
            }
        }
        let mut successors = self.codes.iter().filter_map(|code| code.successor);
        match successors.find(|value| !values.contains(value)) {
            Some(value) => Err(DefinitionFault::SuccessorUnknown(value)),
            None => Ok(()),
        }
    }

    /// Whether every code of an older version still means the same here.
    // FRM-5
    pub(super) fn keeps(&self, older: &Self) -> Result<(), DefinitionFault> {
        let kept = |code: &&Code| self.code(code.value).is_some_and(|c| c.word == code.word);
        match older.codes.iter().find(|code| !kept(code)) {
            Some(code) => Err(DefinitionFault::MeaningChanged(code.value)),
            None => Ok(()),
        }
    }
}

impl Code {
    /// What the code is called in a language.
    #[must_use]
    pub fn label(&self, language: &str) -> &str {
        label(&self.labels, language, &self.word)
    }

    fn term_folded(&self) -> Option<String> {
        self.term.as_ref().map(|term| term.to_lowercase())
    }
}

/// How far a name is from what was typed, where it is near enough to be meant.
fn resemblance(typed: &str, name: &str) -> Option<usize> {
    if typed.is_empty() {
        return None;
    }
    if name.starts_with(typed) {
        return Some(0);
    }
    if typed.chars().count() > 2 && name.contains(typed) {
        return Some(1);
    }
    let allowed = typed.chars().count().div_ceil(3).min(2);
    let distance = distance(typed, name);
    (distance <= allowed).then_some(1 + distance)
}

/// Edits of one character that turn one text into the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, from) in from.chars().take(64).enumerate() {
        let mut left = at + 1;
        let mut corner = std::mem::replace(row.first_mut().unwrap_or(&mut 0), left);
        for (other, cell) in to.iter().zip(row.iter_mut().skip(1)) {
            let replaced = corner + usize::from(from != *other);
            corner = *cell;
            left = replaced.min(left + 1).min(corner + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}
