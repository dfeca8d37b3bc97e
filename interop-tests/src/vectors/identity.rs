//! The vectors of the identity chapter: keys, charters, rosters, houses, devices and enrolment.
//!
//! Objects that are published are put to a directory that holds the group's shared objects.
//! Spec: `spec/identity.md`, `spec/vectors/identity.json`.

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

const APPLY: &str = "shared: agency, whose directory it is, root, the pinned hash of its charter 0, and objects, signed, that it holds since now. in: objects, signed, that arrive in turn at now; the first one refused decides.";

const OPERATIONS: &[(&str, &str)] = &[
    (
        "identity-address",
        "in: kind (agency, unit, desk) and text; out: agency, and unit for a desk.",
    ),
    (
        "identity-key-id",
        "in: algorithm (ed25519, x25519) and key; out: id.",
    ),
    (
        "identity-charter",
        "As said under objects. out: number and hash of the newest charter.",
    ),
    (
        "identity-roster",
        "As said under objects; in has number and at where a roster is asked for: out: number, hash and standing (current, stale, superseded) of the one asked for, else of the newest.",
    ),
    (
        "identity-house",
        "As said under objects; in has unit where superiors are asked for. out: number, hash, superiors, nearest first.",
    ),
    (
        "identity-prekeys",
        "As said under objects. in has at, when a sender seals for shared's device. out: prekey and stale.",
    ),
    (
        "identity-suspension",
        "As said under objects. in has at. out: barred, whether shared's device is, at that time.",
    ),
    (
        "identity-rotation",
        "As said under objects. out: pending, the identifiers of old keys of rotations that no roster has carried out.",
    ),
    (
        "identity-invitation",
        "in: text; out: fields. Or in: fields; out: text.",
    ),
    (
        "identity-enrolment",
        "in: request and the invitation's secret; out: fields, and fingerprint as people read it. Or in: fields and secret; out: request.",
    ),
    ("objects", APPLY),
];

const NOTES: &[(&str, &str)] = &[
    ("BadAddress", "A text off the grammar of addresses."),
    (
        "KeyNotCanonical",
        "A public key that is not the canonical encoding of a point.",
    ),
    (
        "KeySmallOrder",
        "A public key of small order: secrets or signatures under it bind nobody.",
    ),
    (
        "KeyNotReduced",
        "An ML-KEM key with a coefficient of 3329 or more.",
    ),
    ("OverLimit", "A field outside its limit."),
    ("Inconsistent", "Fields that contradict each other."),
    ("Unsorted", "Elements not in ascending order."),
    ("Duplicate", "An element or key twice."),
    ("CriticalUnknown", "A critical extension that is not known."),
    ("Trailing", "Bytes are left over."),
    ("WrongVersion", "Another encoding version."),
    (
        "NotPublished",
        "An object of a kind that is not published, or not to this receiver.",
    ),
    (
        "RootUnknown",
        "A charter 0 whose hash nobody has vouched for.",
    ),
    (
        "ChainBroken",
        "The object before it is missing or another one.",
    ),
    (
        "WrongCharter",
        "A roster under another charter than the newest.",
    ),
    (
        "Unsigned",
        "Too few signatures, or none of a key that may sign.",
    ),
    ("WrongSigner", "Signed well, by a key that may not sign it."),
    ("BadSignature", "A signature that is not good."),
    (
        "Malleable",
        "A signature whose S is not below the group order.",
    ),
    ("CrossKind", "A signature made for another kind of object."),
    ("Older", "An older object than the one held."),
    ("Forked", "A second object for one place."),
    ("Expired", "Its time has passed."),
    ("Future", "Its time has not come."),
    ("NotHeld", "What is asked for has not arrived."),
    (
        "NotListed",
        "A desk or device that the roster does not list.",
    ),
    ("NotEntitled", "A desk that may not do this."),
    ("Barred", "A device that is revoked or suspended."),
    ("Tree", "Units that form no tree."),
    (
        "Mistyped",
        "A text with a wrong, missing or further character.",
    ),
    (
        "WrongProof",
        "A proof made with another secret or for other fields.",
    ),
];

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
    chapter::file(CHAPTER, OPERATIONS, NOTES, groups)
}

/// What a group of published objects shares.
fn shared(objects: &[Vec<u8>]) -> Value {
    json!({
        "agency": "police.xa",
        "root": world::hex_hash(&world::charter("xa")),
        "objects": objects.iter().map(hex::encode).collect::<Vec<_>>(),
        "now": NOW.0,
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
