//! The vectors of the encoding chapter: varints, values and objects.
//!
//! Spec: `spec/encoding.md`, `spec/vectors/encoding.json`.

use super::chapter::{self, Group};
use serde_json::Value;

mod answer;
mod object;
mod value;

pub use answer::answer;

const CHAPTER: &str = "encoding";

/// Makes the content of `spec/vectors/encoding.json`, the same every time.
#[must_use]
pub fn file() -> Value {
    let groups: Vec<Group> = vec![value::varints(), value::values(), object::objects()];
    chapter::file(CHAPTER, answer, groups)
}
