//! The chapters of `spec/vectors`: each is made by `file` and answered by `answer`.
//!
//! `answer` uses nothing but the public functions of `estafette-protocol`; the generators forge
//! what those refuse to make.

use crate::verdict::Verdict;
use serde_json::Value;

pub mod accord;
mod apply;
mod bad;
pub mod case;
pub mod channel;
mod chapter;
pub mod crypto;
pub mod duty;
pub mod encoding;
pub mod envelope;
pub mod escalation;
pub mod form;
pub mod identity;
mod notes;
#[cfg(test)]
mod published;
pub mod receipt;
mod rng;
pub mod routing;
pub mod session;
pub mod statement;
#[expect(
    clippy::expect_used,
    reason = "makes good objects from constants; tests run all of it"
)]
mod world;

type Maker = fn() -> Value;

const CHAPTERS: [(&str, Maker, case::AnswerFn); 13] = [
    ("accord", accord::file, accord::answer),
    ("channel", channel::file, channel::answer),
    ("crypto", crypto::file, crypto::answer),
    ("duty", duty::file, duty::answer),
    ("encoding", encoding::file, encoding::answer),
    ("envelope", envelope::file, envelope::answer),
    ("escalation", escalation::file, escalation::answer),
    ("form", form::file, form::answer),
    ("identity", identity::file, identity::answer),
    ("receipt", receipt::file, receipt::answer),
    ("routing", routing::file, routing::answer),
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
