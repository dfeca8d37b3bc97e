//! Vectors of `spec/receipt.md`: what sets of statements come to at a time, for each addressee.

use super::case::Chapter;
use serde_json::Value;

mod answer;
mod chain;
mod clocks;
mod history;
mod passing;
mod standing;
mod time;

pub use answer::answer;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("receipt", answer);
    chapter.note(
        "SetOnly",
        "The same statements in another order, or some of them twice.",
        "Two screens show two states of one message.",
    );
    chapter.note(
        "PassedOver",
        "A statement by somebody who may not make it, or about something else.",
        "Whoever can sign anything makes a message look answered, closed or in time.",
    );
    chapter.note(
        "BadBytes",
        "Bytes that are no statement or no header.",
        "A state is shown that no signature stands behind.",
    );
    history::add(&mut chapter);
    chapter.file()
}

#[cfg(test)]
mod tests;
