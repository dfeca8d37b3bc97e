//! Which keys a configuration may hold, and which one was probably meant.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::ConfigError;

/// Every key, with its table. The reader's structures refuse any other as well.
pub(super) const KNOWN: [&str; 11] = [
    "agency",
    "name",
    "listen",
    "addresses",
    "root",
    "index",
    "journal.segment_bytes",
    "journal.headroom_bytes",
    "log.format",
    "log.level",
    "limits.links_max",
];

/// Refuses the first key that is not known.
pub(super) fn check(path: &Path, text: &str) -> Result<(), ConfigError> {
    let table = DeTable::parse(text).map_err(|error| ConfigError::Malformed {
        path: path.to_owned(),
        message: error.to_string().trim_end().replace('\n', "\n  "),
    })?;
    walk(path, text, "", table.get_ref())
}

fn walk(path: &Path, text: &str, prefix: &str, table: &DeTable<'_>) -> Result<(), ConfigError> {
    for (key, value) in table {
        let name = format!("{prefix}{}", key.get_ref());
        if let DeValue::Table(inner) = value.get_ref()
            && KNOWN
                .iter()
                .any(|known| known.starts_with(&format!("{name}.")))
        {
            walk(path, text, &format!("{name}."), inner)?;
        } else if !KNOWN.contains(&name.as_str()) {
            let before = text.get(..key.span().start).unwrap_or_default();
            return Err(ConfigError::UnknownKey {
                path: path.to_owned(),
                line: before.matches('\n').count() + 1,
                nearest: nearest(&name, &KNOWN),
                key: name,
            });
        }
    }
    Ok(())
}

/// The known word that takes the fewest changes, unless it takes too many to be meant.
#[must_use]
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let scored = known.iter().map(|known| (distance(word, known), *known));
    let (changes, found) = scored.min()?;
    (changes <= 2 + word.len() / 4).then_some(found)
}

/// Fewest insertions, removals and replacements from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (at, a) in from.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        let mut next = vec![left];
        for (b, above) in to.chars().zip(row.iter().skip(1)) {
            let replaced = diagonal + usize::from(a != b);
            left = replaced.min(left + 1).min(above + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
