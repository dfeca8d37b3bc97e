//! What is wrong with what was filled in: the field, what is wrong there, what would be right.

use estafette_protocol::format::{Catalogue, Fault, Format, FormatError, Path};

/// Most words that are listed where one of them would be right.
const WORDS_MAX: usize = 12;

/// What is wrong with what was filled in, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FillError {
    /// The field; empty for the whole form.
    pub path: Path,
    /// What is wrong there.
    pub wrong: Wrong,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// The format has no such field.
    Unknown {
        /// What was typed for it.
        typed: String,
        /// Words of the fields that there are, the likeliest first.
        words: Vec<String>,
    },
    /// The code list has no such code.
    Code {
        /// What was typed.
        typed: String,
        /// The list's word.
        list: String,
        /// Words of the codes, the likeliest first.
        words: Vec<String>,
    },
    /// The text is no value of the field's type.
    Value {
        /// What it is not.
        what: String,
        /// What would be right.
        right: String,
    },
    /// A place in a list beyond its end.
    Place {
        /// The place.
        place: usize,
        /// The first place that is free.
        free: usize,
    },
    /// The format has no field for a text without a name.
    NoText {
        /// Words of its fields.
        fields: Vec<String>,
    },
    /// A pasted text is nothing that is known.
    Unrecognised,
    /// The format has no place for what a pasted text is.
    Homeless {
        /// What it is.
        what: String,
    },
    /// The document is no document.
    Document(String),
    /// The form does not fill its format.
    Format(Fault),
}

impl Wrong {
    pub(super) fn value(what: impl Into<String>, right: impl Into<String>) -> Self {
        Self::Value {
            what: what.into(),
            right: right.into(),
        }
    }

    pub(super) fn zero_byte() -> Self {
        Self::value("holds a zero byte", "Text is UTF-8 without it.")
    }

    /// Stable word for scripts.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unknown { .. } | Self::Format(Fault::FieldUnknown) => "field-unknown",
            Self::Code { .. } | Self::Format(Fault::CodeUnknown { .. }) => "code-unknown",
            Self::Format(Fault::CodeRetired { .. }) => "code-retired",
            Self::Format(Fault::Missing | Fault::Needed { .. } | Fault::NoneFilled { .. }) => {
                "field-missing"
            }
            Self::Format(Fault::TooLong { .. } | Fault::FormTooLong { .. }) => "text-too-long",
            Self::Format(Fault::Disorder { .. }) => "times-in-disorder",
            Self::Format(Fault::FormatUnknown { .. }) => "format-unknown",
            Self::Document(_) => "document",
            Self::Unrecognised | Self::Homeless { .. } => "not-recognised",
            _ => "field-value",
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Unknown { typed, .. } => format!("there is no field {typed}"),
            Self::Code { typed, list, .. } => format!("{typed} is not in list {list}"),
            Self::Value { what, .. } => what.clone(),
            Self::Place { place, .. } => format!("there is no place {place} in the list yet"),
            Self::NoText { .. } => "this format has no field for a text without a name".into(),
            Self::Unrecognised => "the pasted text is nothing that is known".into(),
            Self::Homeless { what } => format!("this format has no field for {what}"),
            Self::Document(what) => format!("the document does not read: {what}"),
            Self::Format(Fault::CodeUnknown { code, list, .. }) => {
                format!("code {code} is not in list {list}")
            }
            Self::Format(fault) => fault.to_string(),
        }
    }

    /// What would be right: a sentence, or nothing where [`Self::what`] says it.
    #[must_use]
    pub fn right(&self) -> String {
        match self {
            Self::Unknown { words, .. } => format!("Fields: {}.", some(words)),
            Self::Code { words, .. } => one_of(words),
            Self::Format(Fault::CodeUnknown { words, .. }) => one_of(words),
            Self::Value { right, .. } => right.clone(),
            Self::Place { free, .. } => format!("The next one is {free}."),
            Self::NoText { fields } => {
                format!("Name the field:  --set FIELD=TEXT with {}.", some(fields))
            }
            Self::Unrecognised => {
                "Known are MRZ, IBAN, IMO, MMSI, VIN, IMEI, ICCID, LEI, container and telephone \
                 numbers, plates and coordinates."
                    .into()
            }
            Self::Homeless { .. } => {
                "Another format may have one, such as alert or request.".into()
            }
            Self::Format(Fault::CodeRetired {
                successor: Some(successor),
                ..
            }) => format!("Its successor is {successor}."),
            Self::Format(Fault::TooLong { bytes, max }) => {
                format!("Shorten it by {} bytes.", bytes.saturating_sub(*max))
            }
            _ => String::new(),
        }
    }
}

impl FillError {
    pub(super) const fn at(path: Path, wrong: Wrong) -> Self {
        Self { path, wrong }
    }

    /// Something wrong with the whole form.
    #[must_use]
    pub fn whole(wrong: Wrong) -> Self {
        Self::at(Path::default(), wrong)
    }

    /// What is wrong, with the field by number and label.
    #[must_use]
    pub fn what(&self, catalogue: &Catalogue, format: &Format, language: &str) -> String {
        let what = self.wrong.what();
        match self.path.0.is_empty() {
            true => what,
            false => {
                let name = super::name(catalogue, format, &self.path, language);
                format!("field {name}: {what}")
            }
        }
    }

    /// The path as `--set` takes it, where a field is at fault.
    #[must_use]
    pub fn set_path(&self) -> Option<String> {
        let mut path = self.path.clone();
        let further = match &self.wrong {
            Wrong::Format(Fault::Needed { missing, .. }) => Some(missing.as_str()),
            Wrong::Format(Fault::NoneFilled { one_of }) => one_of.first().map(String::as_str),
            Wrong::Format(Fault::Disorder { later, .. }) => Some(later.as_str()),
            Wrong::Unknown { .. } => Some("FIELD"),
            _ => None,
        };
        path.0
            .extend(further.map(|word| super::path::step(0, word)));
        let steps = path.0.iter().map(|step| {
            let word = step.word.clone().unwrap_or_else(|| step.number.to_string());
            match step.place {
                Some(place) => format!("{word}.{place}"),
                None => word,
            }
        });
        let steps: Vec<String> = steps.collect();
        (!steps.is_empty()).then(|| steps.join("."))
    }
}

impl From<FormatError> for FillError {
    fn from(error: FormatError) -> Self {
        Self::at(error.path, Wrong::Format(error.fault))
    }
}

fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => format!("Did you mean {one}?"),
        words => format!("One of: {}.", some(words)),
    }
}

fn some(words: &[String]) -> String {
    let shown: Vec<&str> = words.iter().take(WORDS_MAX).map(String::as_str).collect();
    match words.len().saturating_sub(WORDS_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
