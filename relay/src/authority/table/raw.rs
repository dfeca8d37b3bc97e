//! The file as serde reads it, with the place of everything that may be wrong.

use serde::Deserialize;
use toml::Spanned;

use super::TableError;
use super::keys::TOML;
use super::span::Source;

pub(super) type Texts = Spanned<Vec<Spanned<String>>>;
pub(super) type Words = Spanned<Vec<Spanned<Word>>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct File {
    #[serde(default)]
    pub(super) accord: Head,
    #[serde(default, rename = "rule")]
    pub(super) rules: Vec<Rule>,
    #[serde(default, rename = "task-force")]
    pub(super) task_forces: Vec<TaskForce>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Head {
    pub(super) name: Option<Spanned<String>>,
    pub(super) parties: Option<Texts>,
    pub(super) formats: Option<Words>,
    pub(super) ceiling: Option<Texts>,
    pub(super) days: Option<Spanned<i64>>,
    pub(super) grace_days: Option<Spanned<i64>>,
    pub(super) lifetime_days: Option<Spanned<i64>>,
    pub(super) framework: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Rule {
    pub(super) name: Spanned<String>,
    pub(super) formats: Words,
    pub(super) precedences: Option<Texts>,
    pub(super) statuses: Option<Texts>,
    pub(super) directions: Option<Texts>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) release: Option<Spanned<String>>,
    pub(super) copies: Option<Texts>,
    pub(super) acknowledge_within: Option<Spanned<String>>,
    pub(super) answer_within: Option<Spanned<String>>,
    pub(super) escalation: Option<Spanned<Vec<Spanned<Step>>>>,
    pub(super) release_within: Option<Spanned<String>>,
    pub(super) exceptions: Option<Words>,
    pub(super) ceiling: Option<Texts>,
    pub(super) lifetime: Option<Spanned<String>>,
    pub(super) addressees: Option<Spanned<i64>>,
    pub(super) body_bytes: Option<Spanned<i64>>,
    pub(super) rate: Option<Rate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) after: Spanned<String>,
    pub(super) to: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rate {
    pub(super) messages: Spanned<i64>,
    pub(super) per: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskForce {
    pub(super) name: Spanned<String>,
    pub(super) members: Texts,
}

/// A word of a list, or its number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Word {
    Number(i64),
    Text(String),
}

impl File {
    pub(super) fn parse(source: Source<'_>) -> Result<Self, TableError> {
        toml::from_str(source.text).map_err(|error| {
            let remedy = match error.message().starts_with("missing field") {
                true => "say it",
                false => TOML,
            };
            source.fault(&error.span().unwrap_or_default(), error.message(), remedy)
        })
    }
}
