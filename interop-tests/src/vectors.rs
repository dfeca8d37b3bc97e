//! The chapters of `spec/vectors`: each is made by `file` and answered by `answer`.
//!
//! `answer` uses nothing but the public functions of `estafette-protocol`; the generators forge
//! what those refuse to make.

use crate::verdict::Verdict;
use serde_json::Value;

pub mod case;
pub mod crypto;
pub mod envelope;
pub mod form;
mod rng;
pub mod session;
pub mod statement;

type Maker = fn() -> Value;

const CHAPTERS: [(&str, Maker, case::AnswerFn); 5] = [
    ("crypto", crypto::file, crypto::answer),
    ("envelope", envelope::file, envelope::answer),
    ("form", form::file, form::answer),
    ("session", session::file, session::answer),
    ("statement", statement::file, statement::answer),
];

/// All chapters' files by name.
#[must_use]
pub fn files() -> Vec<(&'static str, Value)> {
    CHAPTERS
        .iter()
        .map(|(name, file, _)| (*name, file()))
        .collect()
}

/// Answers a case of any chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    CHAPTERS
        .iter()
        .map(|(_, _, answer)| answer(operation, shared, input))
        .find(|verdict| *verdict != Verdict::Unsupported)
        .unwrap_or(Verdict::Unsupported)
}
