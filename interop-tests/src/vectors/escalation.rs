//! Vectors of `spec/escalation.md`: who heads which chain, what a relay watches of a message and
//! what it signs when, event by event.

use super::case::Chapter;
use serde_json::Value;

mod answer;
mod asking;
mod chains;
mod clocks;
mod extension;
mod play;
mod silence;
mod words;

pub use answer::answer;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("escalation", answer);
    chapter.note(
        "Asked",
        "A step that is asked for too early, twice, or by whom it does not concern.",
        "Desks are called that nobody has to call, or whoever is called learns that alarms are cheap.",
    );
    chapter.note(
        "Extension",
        "More time than anybody may give, or of a message that wants no answer.",
        "A clock is stopped for good by whoever finds it inconvenient.",
    );
    chapter.note(
        "Quiet",
        "Something that must not be signed, now or ever.",
        "An officer is woken, or a sender is told of a delay, for nothing; nobody believes the next one.",
    );
    chapter.note(
        "Rule",
        "A chain that the rules do not give.",
        "Silence leads to whoever has no business with the message.",
    );
    chains::add(&mut chapter);
    play::add(&mut chapter);
    extension::add(&mut chapter);
    chapter.file()
}

#[cfg(test)]
mod tests;
