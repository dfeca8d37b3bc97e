//! The vectors of the accord chapter: limits, signatures, roots, force, succession and ceiling.
//!
//! Spec: `spec/accord.md`, `spec/vectors/accord.json`.

#![expect(clippy::too_many_lines, reason = "tables of cases")]

use super::chapter::{self, Group};
use serde_json::Value;

mod answer;
mod force;
mod object;
mod rules;

pub use answer::answer;

const CHAPTER: &str = "accord";

/// Makes the content of `spec/vectors/accord.json`, the same every time.
#[must_use]
pub fn file() -> Value {
    let mut group = Group::new(CHAPTER, "accord", force::shared());
    object::objects(&mut group);
    force::signatures(&mut group);
    force::roots(&mut group);
    force::times(&mut group);
    force::succession(&mut group);
    force::ceilings(&mut group);
    rules::rules(&mut group);
    chapter::file(CHAPTER, answer, vec![group])
}
