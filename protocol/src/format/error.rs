//! What is wrong with a definition or a form, and what would be right.
//!
//! Nothing here holds content of a form.

use super::catalogue::Kind;
use super::check::{Check, Reason};
use super::definition::FieldType;
use std::fmt;

/// Where in a form a field stands: from the form inwards.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Path(pub Vec<Step>);

/// One field on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Number of the field in its form or group.
    pub number: u16,
    /// Its word, where the definition knows it.
    pub word: Option<String>,
    /// Place of the value in the field's list, from 1.
    pub place: Option<usize>,
}

impl Path {
    /// The path to a field below this one.
    #[must_use]
    pub(super) fn to(&self, number: u16, word: Option<&str>) -> Self {
        let mut path = self.clone();
        path.0.push(Step {
            number,
            word: word.map(str::to_owned),
            place: None,
        });
        path
    }

    /// The path to a value of this path's list.
    #[must_use]
    pub(super) fn at(&self, place: usize) -> Self {
        let mut path = self.clone();
        if let Some(step) = path.0.last_mut() {
            step.place = Some(place);
        }
        path
    }

    /// The path in numbers alone, such as `40[2]/3`.
    #[must_use]
    pub fn numbers(&self) -> String {
        let step = |step: &Step| match step.place {
            Some(place) => format!("{}[{place}]", step.number),
            None => step.number.to_string(),
        };
        self.0.iter().map(step).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            let between = if at == 0 { "" } else { " / " };
            write!(f, "{between}{}", step.number)?;
            if let Some(word) = &step.word {
                write!(f, " {word}")?;
            }
            if let Some(place) = step.place {
                write!(f, "[{place}]")?;
            }
        }
        Ok(())
    }
}

/// Why a form does not fill its format: where, and what. Whoever filled it in is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FormatError {
    /// The field, or the format or group whose rule is broken; empty for the form.
    pub path: Path,
    /// What is wrong there.
    pub fault: Fault,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.0.is_empty() {
            true => write!(f, "{}", self.fault),
            false => write!(f, "field {}: {}", self.path, self.fault),
        }
    }
}

/// What is wrong with a form or one of its fields, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No definition of this format and version is known.
    #[error("format {format} version {version} is not known")]
    FormatUnknown {
        /// Format number.
        format: u16,
        /// Version number.
        version: u16,
    },
    /// A mandatory field is not filled.
    #[error("must be filled")]
    Missing,
    /// The definition lists no such field.
    #[error("is not in the format")]
    FieldUnknown,
    /// The field holds another type of value.
    #[error("wants {}", .wanted.word())]
    Type {
        /// The type that the field has.
        wanted: FieldType,
    },
    /// One value is wanted, no list.
    #[error("wants one value, no list")]
    List,
    /// The list holds too many values.
    #[error("holds {values} values where at most {max} are allowed")]
    TooMany {
        /// Values given.
        values: usize,
        /// Values allowed.
        max: usize,
    },
    /// The code list has no such code.
    #[error("code {code} is not in list {list} ({})", some(.words))]
    CodeUnknown {
        /// The code.
        code: u16,
        /// The list's word.
        list: String,
        /// Words of the codes that may be written.
        words: Vec<String>,
    },
    /// The code may no longer be written.
    #[error("code {word} of list {list} is retired{}", instead(.successor.as_deref()))]
    CodeRetired {
        /// The code's word.
        word: String,
        /// The list's word.
        list: String,
        /// The word to use instead.
        successor: Option<String>,
    },
    /// The text is too long.
    #[error("{bytes} bytes where at most {max} are allowed")]
    TooLong {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The field's check refuses the text.
    #[error("no {}: {reason}{}", .check.title(), instead_of(.override_field.as_deref()))]
    Checked {
        /// The check.
        check: Check,
        /// What is wrong.
        reason: Reason,
        /// Word of the field of the same group that takes a reason to let the text stand.
        override_field: Option<String>,
    },
    /// A field that a code makes necessary is not filled.
    #[error("{missing} must be filled where {when} is {code}")]
    Needed {
        /// Word of the field that is not filled.
        missing: String,
        /// Word of the code field.
        when: String,
        /// Word of the code that it holds.
        code: String,
    },
    /// None of several fields is filled.
    #[error("at least one of {} must be filled", .one_of.join(", "))]
    NoneFilled {
        /// Words of the fields.
        one_of: Vec<String>,
    },
    /// A time is before one that it must not precede.
    #[error("{later} must not be before {earlier}")]
    Disorder {
        /// Word of the field that is to be earlier.
        earlier: String,
        /// Word of the field that is to be later.
        later: String,
    },
    /// The whole form is too long.
    #[error("the form is {bytes} bytes where at most {max} are allowed")]
    FormTooLong {
        /// Bytes of the form.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The form breaks a rule of the encoding.
    #[error("the form breaks rule {0}")]
    Encoding(&'static str),
}

impl Fault {
    /// The requirement that is broken, or `format-unknown`.
    #[must_use]
    pub const fn clause(&self) -> &'static str {
        match self {
            Self::FormatUnknown { .. } => "format-unknown",
            Self::FormTooLong { .. } => "FRM-6",
            Self::Encoding(rule) => rule,
            Self::Needed { .. } | Self::NoneFilled { .. } | Self::Disorder { .. } => "FRM-8",
            Self::Checked { .. } => "FRM-9",
            _ => "FRM-2",
        }
    }
}

/// A text of a form that a check warns of, or refuses and that a reason lets stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// The field.
    pub path: Path,
    /// The check.
    pub check: Check,
    /// What is wrong or unusual.
    pub reason: Reason,
    /// Whether the check refuses the text rather than warns of it.
    pub is_refused: bool,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.is_refused {
            true => "no",
            false => "an unusual",
        };
        let title = self.check.title();
        write!(f, "field {}: {verdict} {title}: {}", self.path, self.reason)
    }
}

/// Why a definition does not hold. Whoever wrote the file is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {word}: {fault} ({})", .kind.clause())]
pub struct DefinitionError {
    /// What the file defines.
    pub kind: Kind,
    /// The word that it defines, as far as it can be read.
    pub word: String,
    /// What is wrong.
    pub fault: DefinitionFault,
}

/// What is wrong with a definition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionFault {
    /// No TOML, or an unknown, missing or mistyped key.
    #[error("{0}")]
    Unreadable(String),
    /// A number stands twice.
    #[error("number {0} stands twice")]
    NumberTwice(u16),
    /// A word stands twice.
    #[error("word {0} stands twice")]
    WordTwice(String),
    /// A field has a key that its type has no use for.
    #[error("field {field} has no use for {key}")]
    KeyUseless {
        /// Word of the field.
        field: String,
        /// The key.
        key: &'static str,
    },
    /// A field lacks a key that its type needs.
    #[error("field {field} needs {key}")]
    KeyMissing {
        /// Word of the field.
        field: String,
        /// The key.
        key: &'static str,
    },
    /// There is no such field.
    #[error("there is no field {0}")]
    FieldUnknown(String),
    /// There is no such code list.
    #[error("there is no code list {0}")]
    ListUnknown(String),
    /// There is no such group.
    #[error("there is no group {0}")]
    GroupUnknown(String),
    /// The field's list has no such code.
    #[error("there is no code {0}")]
    CodeUnknown(String),
    /// A rule names a field of another type than it speaks of.
    #[error("field {0} is of another type than the rule speaks of")]
    RuleType(String),
    /// A group stands within itself.
    #[error("group {0} names itself, directly or through another")]
    Circle(String),
    /// A code names a successor that is not in the list.
    #[error("there is no code {0} to succeed another")]
    SuccessorUnknown(u16),
    /// A newer version of a list drops a code or gives it another word.
    #[error("code {0} of the version before is missing or has another word")]
    MeaningChanged(u16),
    /// Another definition of the same number and version, or of the same word, is known.
    #[error("another definition of it is known")]
    Conflict,
}

/// The first few words of a list.
fn some(words: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<_> = words.iter().take(SHOWN).map(String::as_str).collect();
    match words.len().checked_sub(SHOWN) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn instead(successor: Option<&str>) -> String {
    successor.map_or_else(String::new, |word| format!(", use {word}"))
}

fn instead_of(field: Option<&str>) -> String {
    field.map_or_else(String::new, |word| format!("; or say in {word} why it is"))
}
