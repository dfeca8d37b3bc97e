//! What is wrong with a CAP file, by name and line, and what to do about it. Spec: cap.md.
//!
//! Names elements and lines, never what stands in them: an alert may be confidential.

use crate::exit::Exit;
use crate::failure::Failure;

/// Why a file is not read as a CAP alert, or a form not written as one. Whoever made the file is
/// at fault, for the last variant whoever filled in the form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CapError {
    /// The file is larger than an alert may be: ask for a shorter one.
    #[error("the file has more than {max} bytes")]
    TooLarge {
        /// Bytes allowed.
        max: usize,
    },
    /// Elements stand in each other deeper than those of CAP do.
    #[error("line {line}: elements nest deeper than {max}")]
    TooDeep {
        /// Line of the file.
        line: usize,
        /// Depth allowed.
        max: usize,
    },
    /// There are more elements, or attributes of one, than an alert may have.
    #[error("line {line}: more than {max} {what}")]
    TooMany {
        /// Line of the file.
        line: usize,
        /// How many are allowed.
        max: usize,
        /// Of what.
        what: &'static str,
    },
    /// The encoding that the file declares is not known.
    #[error("the file declares an encoding that is not known")]
    EncodingUnknown,
    /// The bytes are not what the file declares, or begins, to be.
    #[error("the file is not in the encoding {encoding} that it declares")]
    EncodingWrong {
        /// The encoding's name.
        encoding: &'static str,
    },
    /// The file is not well-formed XML.
    #[error("line {line}: not well-formed XML")]
    NotXml {
        /// Line of the file.
        line: usize,
    },
    /// The file has a document type, by which entities and other files could be drawn in.
    #[error("line {line}: a DOCTYPE is never read: it could draw in entities and other files")]
    DocumentType {
        /// Line of the file.
        line: usize,
    },
    /// An entity other than the five of XML.
    #[error("line {line}: an entity that XML does not predefine")]
    Entity {
        /// Line of the file.
        line: usize,
    },
    /// XML, but no CAP alert.
    #[error("the file holds no CAP alert")]
    NotCap,
    /// An alert of another version than 1.0, 1.1 and 1.2.
    #[error("the alert is of no CAP version that is known: 1.0, 1.1 and 1.2 are")]
    Version,
    /// An EDXL distribution, which may enclose alerts.
    #[error("the file is an EDXL-DE distribution, which is not supported")]
    Edxl,
    /// A mandatory element is not there or holds nothing.
    #[error("line {line}: {path} is mandatory and is missing or empty")]
    Missing {
        /// Line of the element in which it should stand.
        line: usize,
        /// Where it should stand, such as `info/area/areaDesc`.
        path: String,
    },
    /// An element that may stand once stands twice.
    #[error("line {line}: {path} stands twice")]
    Twice {
        /// Line of the second one.
        line: usize,
        /// Where it stands.
        path: String,
    },
    /// An element that is to hold text holds elements.
    #[error("line {line}: {path} holds elements where text is wanted")]
    Markup {
        /// Line of the file.
        line: usize,
        /// Where it stands.
        path: String,
    },
    /// An element holds something else than CAP wants there.
    #[error("line {line}: {path} is not {wanted}")]
    Value {
        /// Line of the element.
        line: usize,
        /// Where it stands.
        path: String,
        /// What CAP wants.
        wanted: &'static str,
    },
    /// An element holds a code that CAP does not have.
    #[error("line {line}: {path} is none of {codes}")]
    Code {
        /// Line of the element.
        line: usize,
        /// Where it stands.
        path: String,
        /// The codes that there are.
        codes: String,
    },
    /// A draft, which is shown and never sent.
    #[error("the alert is a draft (status Draft), and a draft is never sent")]
    Draft,
    /// The form is of another format than those that have a CAP counterpart.
    #[error("the message is no alert, and only an alert becomes a CAP alert")]
    NotAnAlert,
    /// A field that CAP cannot hold as it is.
    #[error("field {word} cannot be written as CAP: it is not {wanted}")]
    Field {
        /// The field's word.
        word: &'static str,
        /// What CAP wants.
        wanted: &'static str,
    },
}

impl CapError {
    /// The stable word for scripts.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "cap-too-large",
            Self::TooDeep { .. } => "cap-too-deep",
            Self::TooMany { .. } => "cap-too-many",
            Self::EncodingUnknown | Self::EncodingWrong { .. } => "cap-encoding",
            Self::NotXml { .. } => "cap-not-xml",
            Self::DocumentType { .. } => "cap-doctype",
            Self::Entity { .. } => "cap-entity",
            Self::NotCap => "cap-not-cap",
            Self::Version => "cap-version",
            Self::Edxl => "cap-edxl",
            Self::Missing { .. } => "cap-missing",
            Self::Twice { .. } => "cap-twice",
            Self::Markup { .. } => "cap-markup",
            Self::Value { .. } => "cap-value",
            Self::Code { .. } => "cap-code",
            Self::Draft => "cap-draft",
            Self::NotAnAlert => "cap-not-an-alert",
            Self::Field { .. } => "cap-field",
        }
    }
}

impl From<CapError> for Box<Failure> {
    fn from(error: CapError) -> Self {
        let (word, what) = (error.word(), error.to_string());
        let again = "estafette cap FILE";
        let (exit, why, next) = match error {
            CapError::TooLarge { .. } | CapError::TooDeep { .. } | CapError::TooMany { .. } => (
                Exit::Failed,
                "Nothing was converted; no alert needs as much.",
                "ask its sender for a shorter alert, then:  estafette cap FILE",
            ),
            CapError::EncodingUnknown | CapError::EncodingWrong { .. } => (
                Exit::Failed,
                "Nothing was converted; a wrong letter could change what an alert says.",
                "iconv -f ENCODING -t UTF-8 FILE      then correct its first line:  estafette cap FILE",
            ),
            CapError::DocumentType { .. } | CapError::Entity { .. } => (
                Exit::Failed,
                "Nothing was converted and nothing was fetched. CAP needs no DOCTYPE and no entities.",
                "ask its sender for the alert without them, then:  estafette cap FILE",
            ),
            CapError::Edxl => (
                Exit::Failed,
                "Nothing was converted. The alerts that it may enclose are files of their own elsewhere.",
                "take the <alert> out of it into a file, then:  estafette cap FILE",
            ),
            CapError::NotCap | CapError::Version => (
                Exit::Failed,
                "Nothing was converted. A CAP alert is an <alert> in a namespace of CAP 1.0, 1.1 or 1.2.",
                "estafette note --text-file FILE --to DESK      sends it as it is",
            ),
            CapError::NotXml { .. }
            | CapError::Missing { .. }
            | CapError::Twice { .. }
            | CapError::Markup { .. }
            | CapError::Value { .. }
            | CapError::Code { .. } => (
                Exit::Failed,
                "Nothing was converted; what is missing or wrong is never guessed.",
                again,
            ),
            CapError::Draft => (
                Exit::Refused,
                "Nothing was sent. Its author has not finished it.",
                "estafette cap FILE      shows it",
            ),
            CapError::NotAnAlert => (
                Exit::Failed,
                "Nothing was written.",
                "estafette list      shows which messages are alerts",
            ),
            CapError::Field { .. } => (Exit::Failed, "Nothing was written.", "estafette show ID"),
        };
        let next = match next == again {
            true => "correct the file at that line, then:  estafette cap FILE",
            false => next,
        };
        Failure::new(exit, word, what, why, next)
    }
}
