//! What an implementation says about one case: yes with a result, no with a stage and a reason, or
//! that it does not know the operation. Spec: adapter.md.
//!
//! The stage has to match a vector's, the reason should; which is which is written in
//! `spec/vectors/README.md`.

use estafette_protocol::encoding::EncodingError;
use serde_json::{Value, json};

/// Answer to one case.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Accepted, with the result.
    Ok(Value),
    /// Refused.
    Err(Refusal),
    /// The operation is not known.
    Unsupported,
}

/// Why a case was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Where it failed: one of the stages of `spec/vectors/README.md`.
    pub stage: String,
    /// Requirement, registered word or other fixed word.
    pub reason: String,
}

/// What a chapter's functions return; becomes a [`Verdict`].
pub type Answer = Result<Value, Refusal>;

impl Refusal {
    /// A refusal at a stage.
    #[must_use]
    pub fn new(stage: &str, reason: impl Into<String>) -> Self {
        Self {
            stage: stage.to_owned(),
            reason: reason.into(),
        }
    }

    /// The case itself cannot be read: never the verdict of a vector.
    #[must_use]
    pub fn case(reason: impl Into<String>) -> Self {
        Self::new("case", reason)
    }
}

impl From<EncodingError> for Refusal {
    fn from(error: EncodingError) -> Self {
        let reason = match error {
            EncodingError::TooLong { .. } => "too-long",
            EncodingError::Version(_) => "version",
            EncodingError::Kind { .. } => "kind",
            EncodingError::Trailing => "trailing",
            EncodingError::NotCanonical => "not-canonical",
            EncodingError::Field(rule) => rule,
            _ => "malformed",
        };
        Self::new("decode", reason)
    }
}

impl From<Answer> for Verdict {
    fn from(answer: Answer) -> Self {
        match answer {
            Ok(value) => Self::Ok(value),
            Err(refusal) => Self::Err(refusal),
        }
    }
}

impl Verdict {
    /// The line that an adapter prints.
    #[must_use]
    pub fn to_json(&self) -> Value {
        match self {
            Self::Ok(value) => json!({ "ok": value }),
            Self::Err(Refusal { stage, reason }) => {
                json!({ "err": { "stage": stage, "reason": reason } })
            }
            Self::Unsupported => json!({ "unsupported": true }),
        }
    }

    /// Reads such a line.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        if let Some(ok) = value.get("ok") {
            return Some(Self::Ok(ok.clone()));
        }
        if value.get("unsupported").is_some() {
            return Some(Self::Unsupported);
        }
        let text = |key: &str| value.get("err")?.get(key)?.as_str();
        let reason = text("reason").unwrap_or_default();
        Some(Self::Err(Refusal::new(text("stage")?, reason)))
    }
}
