//! The vectors of the identity chapter: keys, charters, rosters, houses, devices and enrolment.
//!
//! Objects that are published are put to a directory that holds the group's shared objects.
//! Spec: `spec/identity.md`, `spec/vectors/identity.json`.

#![expect(clippy::too_many_lines, reason = "tables of cases")]

use super::chapter::{self, Group};
use super::world::{self, NOW};
use serde_json::{Value, json};

mod answer;
mod charter;
mod device;
mod enrolment;
mod house;
mod name;
mod prekey;
mod roster;
mod suspension;

pub use answer::answer;

const CHAPTER: &str = "identity";

/// Makes the content of `spec/vectors/identity.json`, the same every time.
#[must_use]
pub fn file() -> Value {
    let groups: Vec<Group> = vec![
        name::addresses(),
        name::keys(),
        charter::charters(),
        roster::rosters(),
        house::houses(),
        prekey::prekeys(),
        suspension::suspensions(),
        device::rotations(),
        enrolment::invitations(),
        enrolment::enrolments(),
    ];
    chapter::file(CHAPTER, answer, groups)
}

/// What a group of published objects shares.
fn shared(objects: &[Vec<u8>]) -> Value {
    json!({
        "agency": "police.xa",
        "root": world::hex_hash(&world::charter("xa")),
        "held": objects.iter().map(hex::encode).collect::<Vec<_>>(),
        "held_since": NOW.0,
    })
}

/// The input of objects that arrive now.
fn arriving(objects: &[&[u8]]) -> Value {
    let objects: Vec<_> = objects.iter().map(hex::encode).collect();
    json!({ "objects": objects, "now": NOW.0 })
}

/// An input with further members.
fn with(mut input: Value, members: Value) -> Value {
    if let (Value::Object(input), Value::Object(members)) = (&mut input, members) {
        input.extend(members);
    }
    input
}
