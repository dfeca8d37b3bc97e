//! What defines a format: its fields, their types and limits, its groups.

use super::check::Check;
use super::rule::Rule;
use crate::crypto::Hash;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Labels by language tag.
pub type Labels = BTreeMap<String, String>;

/// Longest text where its field does not say, in bytes.
pub(super) const TEXT_BYTES_MAX: usize = 4096;

/// Definition of a format (FRM-4).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Format {
    /// Number on the wire.
    pub format: u16,
    /// Version on the wire.
    pub version: u16,
    /// Word for people and JSON.
    pub word: String,
    /// Longest form, in bytes.
    pub form_bytes_max: usize,
    /// Word of the text field that takes what is written without naming a field.
    pub text: Option<String>,
    /// Labels by language.
    pub labels: Labels,
    /// Fields.
    #[serde(rename = "field")]
    pub fields: Vec<FieldDefinition>,
    /// Rules between fields.
    #[serde(rename = "rule", default)]
    pub rules: Vec<Rule>,
    /// Hash of the bytes of the definition and its groups (FRM-3).
    #[serde(skip, default = "no_hash")]
    pub definition: Hash,
    /// The definition's text.
    #[serde(skip)]
    pub(super) source: String,
}

/// Definition of a group: fields that belong together and that several formats use.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Word by which fields name the group.
    pub word: String,
    /// Labels by language.
    pub labels: Labels,
    /// Word of the field that, filled with a reason, lets texts stand that their checks refuse.
    #[serde(rename = "override")]
    pub override_field: Option<String>,
    /// Fields.
    #[serde(rename = "field")]
    pub fields: Vec<FieldDefinition>,
    /// Rules between fields.
    #[serde(rename = "rule", default)]
    pub rules: Vec<Rule>,
    /// The definition's text.
    #[serde(skip)]
    pub(super) source: String,
}

/// Definition of a field.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDefinition {
    /// Number on the wire.
    pub number: u16,
    /// Word for people and JSON.
    pub word: String,
    /// Type of value.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Whether a form without it is refused.
    #[serde(default)]
    pub mandatory: bool,
    /// Word of the code list, for codes.
    pub codes: Option<String>,
    /// Word of the group, for groups.
    pub group: Option<String>,
    /// What a text is checked for.
    pub check: Option<Check>,
    /// Longest text, in bytes.
    pub bytes_max: Option<usize>,
    /// Most values, where a list is allowed.
    pub list_max: Option<usize>,
    /// Labels by language.
    #[serde(default)]
    pub labels: Labels,
    /// One sentence for whoever fills it in, by language.
    #[serde(default)]
    pub help: Labels,
}

/// Types of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Text.
    Text,
    /// A number.
    Integer,
    /// A code of a list.
    Code,
    /// A time.
    Time,
    /// A duration.
    Duration,
    /// A place on Earth.
    Position,
    /// Fields of a group.
    Group,
}

impl Format {
    /// A field's definition by number.
    #[must_use]
    pub fn field(&self, number: u16) -> Option<&FieldDefinition> {
        by_number(&self.fields, number)
    }

    /// A field's definition by word.
    #[must_use]
    pub fn field_by_word(&self, word: &str) -> Option<&FieldDefinition> {
        by_word(&self.fields, word)
    }

    /// The field that takes a text which is given without a field's name.
    #[must_use]
    pub fn text_field(&self) -> Option<&FieldDefinition> {
        self.field_by_word(self.text.as_deref()?)
    }

    /// What the format is called in a language.
    #[must_use]
    pub fn label(&self, language: &str) -> &str {
        label(&self.labels, language, &self.word)
    }
}

impl Group {
    /// A field's definition by number.
    #[must_use]
    pub fn field(&self, number: u16) -> Option<&FieldDefinition> {
        by_number(&self.fields, number)
    }

    /// A field's definition by word.
    #[must_use]
    pub fn field_by_word(&self, word: &str) -> Option<&FieldDefinition> {
        by_word(&self.fields, word)
    }

    /// What the group is called in a language.
    #[must_use]
    pub fn label(&self, language: &str) -> &str {
        label(&self.labels, language, &self.word)
    }
}

impl FieldDefinition {
    /// What the field is called in a language.
    #[must_use]
    pub fn label(&self, language: &str) -> &str {
        label(&self.labels, language, &self.word)
    }

    /// Longest text, in bytes.
    #[must_use]
    pub fn text_bytes_max(&self) -> usize {
        self.bytes_max.unwrap_or(TEXT_BYTES_MAX)
    }
}

impl FieldType {
    /// What a value of the type is called.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a number",
            Self::Code => "a code",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Position => "a position",
            Self::Group => "a group",
        }
    }
}

/// The label in a language, else in English, else the word.
#[must_use]
pub fn label<'a>(labels: &'a Labels, language: &str, word: &'a str) -> &'a str {
    let label = labels.get(language).or_else(|| labels.get("en"));
    label.map_or(word, String::as_str)
}

pub(super) fn by_number(fields: &[FieldDefinition], number: u16) -> Option<&FieldDefinition> {
    fields.iter().find(|field| field.number == number)
}

pub(super) fn by_word<'a>(
    fields: &'a [FieldDefinition],
    word: &str,
) -> Option<&'a FieldDefinition> {
    fields.iter().find(|field| field.word == word)
}

const fn no_hash() -> Hash {
    crate::encoding::FixedBytes([0; 32])
}
