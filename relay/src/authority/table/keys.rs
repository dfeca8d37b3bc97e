//! Which keys a file may hold, and which one was probably meant.

use toml::de::{DeTable, DeValue};

use super::span::Source;
use super::{Holder, TableError};
use crate::config::nearest;

pub(super) const HEAD: [&str; 8] = [
    "name",
    "parties",
    "formats",
    "ceiling",
    "days",
    "grace-days",
    "lifetime-days",
    "framework",
];
pub(super) const RULE: [&str; 18] = [
    "name",
    "formats",
    "precedences",
    "statuses",
    "directions",
    "path",
    "release",
    "copies",
    "acknowledge-within",
    "answer-within",
    "escalation",
    "release-within",
    "exceptions",
    "ceiling",
    "lifetime",
    "addressees",
    "body-bytes",
    "rate",
];
const STEP: [&str; 2] = ["after", "to"];
const RATE: [&str; 2] = ["messages", "per"];
const TASK_FORCE: [&str; 2] = ["name", "members"];

/// The keys of a table within a key of the table around it.
fn within(holder: Holder, around: &str, key: &str) -> Option<&'static [&'static str]> {
    match (around, key) {
        ("", "accord") if holder == Holder::Accord => Some(&HEAD),
        ("", "task-force") if holder == Holder::Accord => Some(&TASK_FORCE),
        ("", "rule") => Some(&RULE),
        ("rule", "escalation") => Some(&STEP),
        ("rule", "rate") => Some(&RATE),
        _ => None,
    }
}

/// Refuses the first key that is not known. The reader's structures refuse any other as well.
pub(super) fn check(source: Source<'_>, holder: Holder) -> Result<(), TableError> {
    let table = DeTable::parse(source.text)
        .map_err(|error| source.fault(&error.span().unwrap_or_default(), error.message(), TOML))?;
    let known: &[&str] = match holder {
        Holder::Accord => &["accord", "rule", "task-force"],
        Holder::House => &["rule"],
    };
    walk((source, holder), "", known, table.get_ref())
}

/// What to do about a text that is no TOML.
pub(super) const TOML: &str = "write it as TOML: key = value";

fn walk(
    (source, holder): (Source<'_>, Holder),
    around: &str,
    known: &[&'static str],
    table: &DeTable<'_>,
) -> Result<(), TableError> {
    for (key, value) in table {
        let name: &str = key.get_ref();
        if !known.contains(&name) {
            let remedy = match (holder, name) {
                (Holder::House, "accord" | "task-force") => {
                    "a house has rules alone; this belongs into an accord".to_owned()
                }
                _ => meant(name, known),
            };
            return Err(source.fault(&key.span(), format!("unknown key \"{name}\""), remedy));
        }
        let Some(inner) = within(holder, around, name) else {
            continue;
        };
        let at = (source, holder);
        match value.get_ref() {
            DeValue::Table(table) => walk(at, name, inner, table)?,
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(table) = item.get_ref() {
                        walk(at, name, inner, table)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The word that was probably meant, or all that are known.
pub(super) fn meant(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => format!("known: {}", known.join(", ")),
    }
}
