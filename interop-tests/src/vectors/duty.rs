//! Vectors of `spec/duty.md`: what a duty may hold, who may sign it, and what the duties of a desk
//! come to at a time.

use super::case::Chapter;
use serde_json::Value;

mod answer;
mod form;
mod scene;
mod signer;
mod staffing;
mod stand_in;

pub use answer::answer;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("duty", answer);
    chapter.note(
        "OverLimit",
        "A field outside its limit.",
        "A desk is taken for ever, or a relay keeps what means nothing.",
    );
    chapter.note(
        "NotEntitled",
        "Signed by whom the desk is no business of.",
        "Somebody empties a desk, or makes it look staffed, from outside.",
    );
    chapter.note(
        "Deputy",
        "A deputy that nobody can reach.",
        "A flash goes to an empty room, or round and round.",
    );
    chapter.note(
        "Older",
        "A duty that is not later than the one held, or from the future.",
        "An absence that is over comes back, or one from a broken clock outlasts all others.",
    );
    chapter.note(
        "Gap",
        "A time that nobody covers, or of which nothing is known.",
        "What is not known is taken for an absence, or an absence for a staffed desk.",
    );
    scene::add(&mut chapter);
    chapter.file()
}

#[cfg(test)]
mod tests;
