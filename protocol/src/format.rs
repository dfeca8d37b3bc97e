//! Formats and code lists, read from the data in `spec/formats` and `spec/codes`. Spec: form.md.
//!
//! Decides whether a form fills its format. A new format or code is a new file, not new code here.

use crate::crypto::{Hash, sha256};
use crate::encoding::encode;
use crate::form::{Form, Value};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Labels by language tag.
pub type Labels = BTreeMap<String, String>;

/// Why a form does not fill its format. Whoever filled it in is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// No definition of this format and version is known.
    #[error("format {format} version {version} is not known")]
    Unknown {
        /// Format number.
        format: u16,
        /// Version number.
        version: u16,
    },
    /// A mandatory field is missing.
    #[error("field {number} ({word}) is mandatory")]
    Missing {
        /// Field number.
        number: u16,
        /// Field word.
        word: String,
    },
    /// The definition lists no such field.
    #[error("field {number} is not in the format")]
    FieldUnknown {
        /// Field number.
        number: u16,
    },
    /// The field holds another type of value.
    #[error("field {number} ({word}) wants {wanted}")]
    Type {
        /// Field number.
        number: u16,
        /// Field word.
        word: String,
        /// The type's word.
        wanted: &'static str,
    },
    /// The code list has no such code, or it is retired.
    #[error("field {number} ({word}): code {code} is not in list {list}")]
    Code {
        /// Field number.
        number: u16,
        /// Field word.
        word: String,
        /// The code.
        code: u16,
        /// The list's word.
        list: String,
    },
    /// The text is too long.
    #[error("field {number} ({word}): {bytes} bytes where at most {max} are allowed")]
    TooLong {
        /// Field number.
        number: u16,
        /// Field word.
        word: String,
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The whole form is too long, or breaks a rule of the encoding.
    #[error("the form is longer than its {max} bytes or not encodable")]
    Form {
        /// Bytes allowed.
        max: usize,
    },
}

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
    /// Labels by language.
    pub labels: Labels,
    /// Fields, in order of number.
    #[serde(rename = "field")]
    pub fields: Vec<FieldDefinition>,
    /// Hash of the definition's bytes (FRM-3).
    #[serde(skip, default = "no_hash")]
    pub definition: Hash,
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
    /// Longest text, in bytes.
    pub bytes_max: Option<usize>,
    /// Most values, where a list is allowed.
    pub list_max: Option<usize>,
    /// Labels by language.
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
}

impl FieldType {
    /// The type's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a number",
            Self::Code => "a code",
            Self::Time => "a time",
            Self::Duration => "a duration",
            Self::Position => "a position",
        }
    }

    const fn fits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Text, Value::Text(_))
                | (Self::Integer, Value::Integer(_))
                | (Self::Code, Value::Code(_))
                | (Self::Time, Value::Time(_))
                | (Self::Duration, Value::Duration(_))
                | (Self::Position, Value::Position(_))
        )
    }
}

/// A versioned, translated enumeration (FRM-5).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeList {
    /// Word by which fields name the list.
    pub word: String,
    /// Version.
    pub version: u16,
    /// Labels by language.
    pub labels: Labels,
    /// Codes.
    #[serde(rename = "code")]
    pub codes: Vec<Code>,
}

/// One code of a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Value on the wire.
    pub value: u16,
    /// Word for people and JSON.
    pub word: String,
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

    /// The code of a word.
    #[must_use]
    pub fn code_by_word(&self, word: &str) -> Option<&Code> {
        self.codes.iter().find(|code| code.word == word)
    }
}

/// Formats and code lists that one knows.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    formats: Vec<Format>,
    lists: Vec<CodeList>,
}

/// The definitions of this edition.
static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| {
    let formats = [
        include_str!("../../spec/formats/flag.toml"),
        include_str!("../../spec/formats/note.toml"),
    ];
    let lists = [include_str!("../../spec/codes/flag-types.toml")];
    // A definition that does not parse is left out here and named by the test below.
    Catalogue {
        formats: formats
            .into_iter()
            .filter_map(|text| Format::from_toml(text).ok())
            .collect(),
        lists: lists
            .into_iter()
            .filter_map(|text| toml::from_str(text).ok())
            .collect(),
    }
});

impl Format {
    /// Reads a definition.
    ///
    /// # Errors
    /// When the text is not TOML or has an unknown or missing key.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        let mut format: Self = toml::from_str(text)?;
        format.definition = sha256(&[text.as_bytes()]);
        Ok(format)
    }

    /// A field's definition by number.
    #[must_use]
    pub fn field(&self, number: u16) -> Option<&FieldDefinition> {
        self.fields.iter().find(|field| field.number == number)
    }

    /// A field's definition by word.
    #[must_use]
    pub fn field_by_word(&self, word: &str) -> Option<&FieldDefinition> {
        self.fields.iter().find(|field| field.word == word)
    }
}

impl Catalogue {
    /// The definitions of this edition.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// All formats.
    #[must_use]
    pub fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// A format by number and version.
    #[must_use]
    pub fn format(&self, format: u16, version: u16) -> Option<&Format> {
        self.formats
            .iter()
            .find(|f| f.format == format && f.version == version)
    }

    /// The newest version of a format by its word.
    #[must_use]
    pub fn format_by_word(&self, word: &str) -> Option<&Format> {
        self.formats
            .iter()
            .filter(|f| f.word == word)
            .max_by_key(|f| f.version)
    }

    /// A code list by its word.
    #[must_use]
    pub fn list(&self, word: &str) -> Option<&CodeList> {
        self.lists.iter().find(|list| list.word == word)
    }

    /// Checks that a form fills its format (FRM-2, FRM-6).
    ///
    /// # Errors
    /// The first [`FormatError`] in order of field number.
    pub fn check(&self, form: &Form) -> Result<(), FormatError> {
        let unknown = FormatError::Unknown {
            format: form.format,
            version: form.version,
        };
        let format = self.format(form.format, form.version).ok_or(unknown)?;
        for field in &format.fields {
            if field.mandatory && form.value(field.number).is_none() {
                return Err(FormatError::Missing {
                    number: field.number,
                    word: field.word.clone(),
                });
            }
        }
        for field in &form.fields {
            let number = field.number;
            let definition = format
                .field(number)
                .ok_or(FormatError::FieldUnknown { number })?;
            self.check_value(definition, &field.value)?;
        }
        let max = format.form_bytes_max;
        match encode(form) {
            Ok(bytes) if bytes.len() <= max => Ok(()),
            _ => Err(FormatError::Form { max }),
        }
    }

    fn check_value(&self, field: &FieldDefinition, value: &Value) -> Result<(), FormatError> {
        let (number, word) = (field.number, field.word.clone());
        match (value, field.list_max) {
            (Value::List(values), Some(max)) if values.len() <= max => {
                return values
                    .iter()
                    .try_for_each(|value| self.check_value(field, value));
            }
            _ if !field.kind.fits(value) => {
                return Err(FormatError::Type {
                    number,
                    word,
                    wanted: field.kind.word(),
                });
            }
            _ => {}
        }
        match value {
            Value::Text(text) => {
                let (bytes, max) = (text.as_str().len(), field.bytes_max.unwrap_or(4096));
                let fits = bytes <= max;
                fits.then_some(()).ok_or(FormatError::TooLong {
                    number,
                    word,
                    bytes,
                    max,
                })
            }
            Value::Code(code) => {
                let list = field.codes.clone().unwrap_or_default();
                let known = self.list(&list).and_then(|list| list.code(*code));
                let usable = known.is_some_and(|code| !code.retired);
                usable.then_some(()).ok_or(FormatError::Code {
                    number,
                    word,
                    code: *code,
                    list,
                })
            }
            _ => Ok(()),
        }
    }
}

const fn no_hash() -> Hash {
    crate::encoding::FixedBytes([0; 32])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::Text;
    use crate::form::Field;

    fn field(number: u16, value: Value) -> Field {
        Field { number, value }
    }

    fn flag(fields: Vec<Field>) -> Form {
        Form {
            format: 1,
            version: 1,
            fields,
        }
    }

    #[test]
    fn every_definition_parses_with_labels_in_five_languages() {
        for text in [
            include_str!("../../spec/formats/flag.toml"),
            include_str!("../../spec/formats/note.toml"),
        ] {
            let format = Format::from_toml(text).unwrap();
            for labels in format
                .fields
                .iter()
                .map(|f| &f.labels)
                .chain([&format.labels])
            {
                assert_eq!(
                    labels.keys().collect::<Vec<_>>(),
                    ["ar", "de", "en", "es", "fr"]
                );
            }
        }
        let catalogue = Catalogue::built_in();
        assert_eq!((catalogue.formats.len(), catalogue.lists.len()), (2, 1));
        for field in catalogue.formats.iter().flat_map(|f| &f.fields) {
            let list = field
                .codes
                .as_deref()
                .map(|word| catalogue.list(word).is_some());
            assert_ne!(list, Some(false), "{}", field.word);
        }
    }

    #[test]
    fn form_must_fill_its_format() {
        let catalogue = Catalogue::built_in();
        let text = |t: &str| Value::Text(Text::new(t).unwrap());
        assert!(
            catalogue
                .check(&flag(vec![field(1, Value::Code(2))]))
                .is_ok()
        );
        let wrong = [
            flag(vec![field(5, text("only text"))]),
            flag(vec![field(1, Value::Code(77))]),
            flag(vec![field(1, Value::Integer(1))]),
            flag(vec![field(1, Value::Code(1)), field(9, Value::Integer(1))]),
            flag(vec![
                field(1, Value::Code(1)),
                field(5, text(&"x".repeat(281))),
            ]),
            flag(vec![field(1, Value::List(vec![Value::Code(1)]))]),
            Form {
                format: 99,
                version: 1,
                fields: vec![field(1, Value::Code(1))],
            },
        ];
        for form in wrong {
            assert!(catalogue.check(&form).is_err(), "{form:?}");
        }
    }

    #[test]
    fn unknown_key_in_a_definition_is_refused() {
        let text = include_str!("../../spec/formats/flag.toml");
        assert!(Format::from_toml(&format!("colour = 1\n{text}")).is_err());
    }
}
