//! Vectors of `spec/routing.md`, `spec/release.md` and `spec/handling.md`: what `decide` says, at
//! egress and at ingress, and which tables nobody should sign.
//!
//! Each clause has a scene that passes and refusals that differ from it in one thing.

use super::case::Chapter;
use serde_json::Value;

pub(super) mod answer;
mod copies;
mod handling;
mod limits;
pub mod random;
mod release;
mod rows;
pub(super) mod scene;
mod tables;
mod together;

pub use answer::answer;

/// The chapter's file.
#[must_use]
pub fn file() -> Value {
    let mut chapter = Chapter::new("routing", answer);
    let shared = scene::shared();
    let clauses = [
        rows::clauses(),
        copies::clauses(),
        limits::clauses(),
        together::clauses(),
        handling::clauses(),
        release::clauses(),
    ];
    let cases = clauses.into_iter().flatten().flat_map(scene::Clause::cases);
    chapter.group("routing-decide", "routing-decide", &shared, cases.collect());
    tables::add(&mut chapter);
    chapter.file()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
