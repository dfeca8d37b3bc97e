//! The vectors of the encoding chapter: varints, values and objects.
//!
//! Spec: `spec/encoding.md`, `spec/vectors/encoding.json`.

use super::chapter::{self, Group};
use crate::verdict::Verdict;
use serde_json::Value;

mod answer;
mod object;
mod value;

pub use answer::answer;
pub(super) use answer::refused;

const CHAPTER: &str = "encoding";

const OPERATIONS: &[(&str, &str)] = &[
    (
        "encoding-varint",
        "in: type (u16, u32, u64) and bytes, which must be exactly one varint; out: value, in decimal, as a string.",
    ),
    (
        "encoding-value",
        "in: type and bytes, which must be exactly one value of that type; out: value, with bytes in hexadecimal, numbers of 64 bits as decimal strings, an absent option as null, and structures and sequences as lists.",
    ),
    (
        "encoding-object",
        "in: kind, that is expected, and bytes; out: hash, as ENC-21 names the object; for kind 1 also inner, the kind of the inner object, which is then decoded as well, and whose hash it is. Signatures are not verified.",
    ),
];

const NOTES: &[(&str, &str)] = &[
    ("NonMinimal", "A varint is longer than its value needs."),
    ("TooLarge", "A varint's value does not fit its type."),
    ("Truncated", "The bytes end early."),
    ("Trailing", "Bytes are left over."),
    ("BadTag", "A tag that the table does not list."),
    ("BadText", "A string that is not UTF-8, or holds U+0000."),
    (
        "HugeLength",
        "A length or count far beyond the bytes: nothing may be reserved for it.",
    ),
    ("WrongLength", "A fixed array of another length."),
    ("Unsorted", "Elements not in ascending order."),
    ("Duplicate", "An element twice."),
    ("OverLimit", "More than the limit."),
    ("CriticalUnknown", "A critical extension that is not known."),
    ("WrongVersion", "Another encoding version."),
    ("WrongKind", "Another kind of object."),
    ("NotCanonical", "Another encoding of the same value."),
];

/// Makes the content of `spec/vectors/encoding.json`, the same every time.
#[must_use]
pub fn file() -> Value {
    let groups: Vec<Group> = vec![value::varints(), value::values(), object::objects()];
    chapter::file(CHAPTER, OPERATIONS, NOTES, groups)
}

/// Named by [`answer`] for an op of another chapter.
const fn unsupported() -> Verdict {
    Verdict::Unsupported
}
