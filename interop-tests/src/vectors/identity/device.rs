//! Rotations: a device asks to replace its keys.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use super::{CHAPTER, arriving, shared};
use estafette_protocol::encoding::Object;
use estafette_protocol::roster::{Revocation, Roster};
use estafette_protocol::rotation::Rotation;
use serde_json::{Value, json};

const BOTH: [&str; 2] = ["xa field 1", "xa field 2"];

fn rotation() -> Rotation {
    Rotation {
        desk: world::desk("field", "xa"),
        old: world::id("xa field 1"),
        key: world::public("xa field 2"),
        hop_key: world::hop("xa field 2"),
        at: world::NOW,
    }
}

fn out(pending: &[&str]) -> Value {
    let pending: Vec<_> = pending
        .iter()
        .map(|label| hex::encode(world::id(label).as_slice()))
        .collect();
    json!({ "pending": pending })
}

pub(super) fn rotations() -> Group {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let roster = world::sign(&world::roster("xa"), &["xa roster"]);
    let mut group = Group::new(CHAPTER, "identity-rotation", shared(&[charter, roster]));
    let good = world::sign(&rotation(), &BOTH);
    let req = &["IDN-24"];
    group.valid("pending", req, arriving(&[&good]), out(&["xa field 1"]));
    group.valid(
        "twice",
        &["IDN-37"],
        arriving(&[&good, &good]),
        out(&["xa field 1"]),
    );
    let input = arriving(&[&good, &carrying_out()]);
    group.valid("carried-out", req, input, out(&[]));
    signatures(&mut group);
    fields(&mut group);
    group
}

/// A roster that lists the new key and revokes the old one.
fn carrying_out() -> Vec<u8> {
    let held = world::signed(world::roster("xa"), &["xa roster"]);
    let mut next = Roster::next(&held, world::NOW.plus(1));
    next.desks
        .retain(|entry| entry.desk != world::desk("field", "xa"));
    next.desks
        .insert(0, world::desk_entry("field", "xa", &["field 2"]));
    next.revoked = vec![Revocation {
        key: world::id("xa field 1"),
        at: world::NOW,
    }];
    world::sign(&next, &["xa roster"])
}

fn signatures(group: &mut Group) {
    let fault =
        |mutation, flag| Fault::new("pending", mutation, flag, "signature", "signature-invalid");
    let cases: [(&str, &str, &str, &[&str]); 3] = [
        (
            "old-alone",
            "no signature of the new key",
            "Unsigned",
            &["xa field 1"],
        ),
        (
            "new-alone",
            "no signature of the old key",
            "Unsigned",
            &["xa field 2"],
        ),
        (
            "desk-mate",
            "another device in the place of the old key",
            "WrongSigner",
            &["xa spoc 1", "xa field 2"],
        ),
    ];
    for (id, mutation, flag, labels) in cases {
        let bytes = world::sign(&rotation(), labels);
        group.invalid(id, &["IDN-24"], fault(mutation, flag), arriving(&[&bytes]));
    }
    let bytes = bad::flipped(&world::sign(&rotation(), &BOTH));
    let flipped = fault("a bit of a signature flipped", "BadSignature");
    group.invalid("bit-flipped", &["CRY-1"], flipped, arriving(&[&bytes]));
}

fn fields(group: &mut Group) {
    let elsewhere = Rotation {
        desk: world::desk("hq", "xa"),
        ..rotation()
    };
    let bytes = world::sign(&elsewhere, &BOTH);
    let fault = Fault::new(
        "pending",
        "another desk than the device's",
        "NotListed",
        "trust",
        "device-unknown",
    );
    group.invalid("other-desk", &["IDN-24"], fault, arriving(&[&bytes]));
    let same = Rotation {
        key: world::public("xa field 1"),
        ..rotation()
    };
    let bytes = world::sign(&same, &["xa field 1"]);
    let fault = Fault::malformed("pending", "the old key as the new one", "Inconsistent");
    group.invalid("same-key", &["IDN-24"], fault, arriving(&[&bytes]));
    let ahead = Rotation {
        at: world::NOW.plus(300_001),
        ..rotation()
    };
    let bytes = world::sign(&ahead, &BOTH);
    let fault = Fault::new(
        "pending",
        "signed 5 minutes and 1 ms ahead",
        "Future",
        "freshness",
        "created-in-future",
    );
    group.invalid("ahead", &["IDN-33"], fault, arriving(&[&bytes]));
    let suspended = world::sign(&world::suspension(), &["xa hq 1"]);
    let bytes = world::sign(&rotation(), &BOTH);
    let fault = Fault::new(
        "pending",
        "the old key suspended before",
        "Barred",
        "policy",
        "device-suspended",
    );
    group.invalid(
        "suspended",
        &["IDN-24"],
        fault,
        arriving(&[&suspended, &bytes]),
    );
    let object = world::object(&rotation());
    let hop = world::hop("xa field 2");
    let object = world::splice(&object, hop.as_bytes(), &[0; 32]);
    let bytes = world::sign_bytes(Rotation::KIND, &object, &BOTH);
    let fault = Fault::malformed("pending", "a hop key of zeros", "KeySmallOrder");
    group.invalid("hop-key-zero", &["CRY-2"], fault, arriving(&[&bytes]));
}
