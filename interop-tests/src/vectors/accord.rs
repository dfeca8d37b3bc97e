//! The vectors of the accord chapter: limits, signatures, roots, force, succession and ceiling.
//!
//! Spec: `spec/accord.md`, `spec/vectors/accord.json`.

use super::chapter::{self, Group};
use serde_json::Value;

mod answer;
mod force;
mod object;

pub use answer::answer;

const CHAPTER: &str = "accord";

const OPERATIONS: &[(&str, &str)] = &[(
    "accord",
    "shared: agency, whose directory it is, root, the pinned hash of its charter 0, and objects, signed, that it holds since now. in: objects, signed, that arrive in turn at now; the first one refused decides. out: in_force and pending, lists of hashes. With at, in_force is at that time. With accord, a hash, the accord of a header is asked for: out: number and standing (current, stale, superseded); and with marking, a list of [axis, code], whether its ceiling allows them.",
)];

const NOTES: &[(&str, &str)] = &[
    ("OverLimit", "A field outside its limit."),
    ("Inconsistent", "Fields that contradict each other."),
    ("Unsorted", "Elements not in ascending order."),
    ("Duplicate", "An element twice."),
    ("CriticalUnknown", "A critical extension that is not known."),
    ("Trailing", "Bytes are left over."),
    ("RulesUnknown", "Rules, which edition 1 does not know."),
    ("NotAParty", "The receiver's agency is no party."),
    ("RootOther", "Another root than that of the charter held."),
    (
        "RootUnknown",
        "A charter 0 whose hash nobody has vouched for.",
    ),
    ("Unsigned", "No good signature of a party."),
    ("WrongSigner", "Signed well, by a key that may not sign it."),
    ("BadSignature", "A signature that is not good."),
    ("Expired", "Its time has passed."),
    ("Future", "Its time has not come."),
    ("Replaced", "A later accord of the name has replaced it."),
    ("Forked", "A second accord of a name and number."),
    ("NotInForce", "Not in force for the receiver."),
    ("AboveCeiling", "A marking above the ceiling."),
];

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
    chapter::file(CHAPTER, OPERATIONS, NOTES, vec![group])
}
