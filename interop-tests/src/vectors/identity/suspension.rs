//! Suspensions: who may sign one, and for how long it lasts.

use super::super::chapter::{Fault, Group};
use super::super::world;
use super::{CHAPTER, arriving, shared, with};
use estafette_protocol::roster::{Revocation, Roster};
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde_json::{Value, json};

fn asked(objects: &[&[u8]], at: UnixMillis) -> Value {
    with(arriving(objects), json!({ "at": at.0 }))
}

fn out(barred: bool) -> Value {
    json!({ "barred": barred })
}

fn by(unit: &str) -> Suspension {
    Suspension {
        by: world::desk(unit, "xa"),
        ..world::suspension()
    }
}

/// `xa field 1` suspends the device at the head.
fn upward() -> Suspension {
    Suspension {
        device: world::id("xa hq 1"),
        desk: world::desk("hq", "xa"),
        by: world::desk("field", "xa"),
        ..world::suspension()
    }
}

pub(super) fn suspensions() -> Group {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let roster = world::sign(&world::roster("xa"), &["xa roster"]);
    let house = world::sign(&world::house(), &["xa roster"]);
    let device = hex::encode(world::id("xa field 1").as_slice());
    let shared = with(
        shared(&[charter, roster, house]),
        json!({ "device": device }),
    );
    let mut group = Group::new(CHAPTER, "identity-suspension", shared);
    valid(&mut group);
    invalid(&mut group);
    lapse(&mut group);
    group
}

fn valid(group: &mut Group) {
    let req = &["IDN-22", "IDN-23"];
    let cases = [
        ("superior", by("hq"), "xa hq 1"),
        ("gateway", by("spoc"), "xa spoc 1"),
        ("same-desk", by("field"), "xa field 1"),
    ];
    for (id, suspension, signer) in cases {
        let bytes = world::sign(&suspension, &[signer]);
        group.valid(id, req, asked(&[&bytes], world::NOW), out(true));
    }
    group.valid("none", req, asked(&[], world::NOW), out(false));
    let revoked = revoking();
    let input = asked(&[&revoked], world::NOW);
    group.valid("revoked-by-roster", &["IDN-13"], input, out(true));
    let bytes = world::sign(&by("hq"), &["xa hq 1"]);
    let later = world::NOW.plus(30 * DAY_MS);
    let input = asked(&[&bytes, &revoked], later);
    group.valid("confirmed-by-roster", &["IDN-23"], input, out(true));
}

/// A roster that revokes `xa field 1`.
fn revoking() -> Vec<u8> {
    let mut next = Roster::next(
        &world::signed(world::roster("xa"), &["xa roster"]),
        world::NOW.plus(1),
    );
    next.desks
        .retain(|entry| entry.desk != world::desk("field", "xa"));
    next.revoked = vec![Revocation {
        key: world::id("xa field 1"),
        at: world::NOW,
    }];
    world::sign(&next, &["xa roster"])
}

fn invalid(group: &mut Group) {
    let mut refuse =
        |id: &str, mutation, flag, stage, reason, suspension: &Suspension, by: &str| {
            let bytes = world::sign(suspension, &[by]);
            let fault = Fault::new("superior", mutation, flag, stage, reason);
            group.invalid(id, &["IDN-22"], fault, asked(&[&bytes], world::NOW));
        };
    let good = by("hq");
    refuse(
        "other-signer",
        "signed by a device of another desk than `by`",
        "WrongSigner",
        "signature",
        "signature-invalid",
        &good,
        "xa spoc 1",
    );
    refuse(
        "relay",
        "signed by the relay",
        "WrongSigner",
        "signature",
        "signature-invalid",
        &good,
        "xa relay",
    );
    refuse(
        "from-below",
        "the head suspended by a desk below it",
        "NotEntitled",
        "policy",
        "authority-missing",
        &upward(),
        "xa field 1",
    );
    let unknown = Suspension {
        device: world::id("stranger"),
        ..by("hq")
    };
    refuse(
        "device-unknown",
        "a device that the roster lacks",
        "NotListed",
        "trust",
        "device-unknown",
        &unknown,
        "xa hq 1",
    );
    let elsewhere = Suspension {
        desk: world::desk("spoc", "xa"),
        ..by("hq")
    };
    refuse(
        "device-elsewhere",
        "another desk than the device's",
        "NotListed",
        "trust",
        "device-unknown",
        &elsewhere,
        "xa hq 1",
    );
    let nowhere = Suspension {
        desk: world::desk("nowhere", "xa"),
        ..by("hq")
    };
    refuse(
        "desk-unknown",
        "a desk that the roster lacks",
        "NotListed",
        "trust",
        "desk-unknown",
        &nowhere,
        "xa hq 1",
    );
    let foreign = Suspension {
        by: world::desk("hq", "xb"),
        ..by("hq")
    };
    refuse(
        "by-foreign",
        "`by` of another agency",
        "Inconsistent",
        "decode",
        "malformed",
        &foreign,
        "xb hq 1",
    );
    let foreign = Suspension {
        desk: world::desk("field", "xb"),
        ..by("hq")
    };
    refuse(
        "desk-foreign",
        "`desk` of another agency",
        "Inconsistent",
        "decode",
        "malformed",
        &foreign,
        "xa hq 1",
    );
    let abroad = Suspension {
        agency: world::agency("xb"),
        desk: world::desk("field", "xb"),
        by: world::desk("hq", "xb"),
        ..world::suspension()
    };
    refuse(
        "roster-missing",
        "an agency whose roster is not held",
        "NotHeld",
        "trust",
        "roster-missing",
        &abroad,
        "xb hq 1",
    );
    // A suspended device suspends nobody, not even itself for longer.
    let first = world::sign(&by("hq"), &["xa hq 1"]);
    let itself = Suspension {
        at: world::NOW.plus(1),
        ..by("field")
    };
    let itself = world::sign(&itself, &["xa field 1"]);
    let fault = Fault::new(
        "superior",
        "then a suspension signed by the suspended device",
        "Barred",
        "policy",
        "device-suspended",
    );
    group.invalid(
        "by-suspended",
        &["IDN-22"],
        fault,
        asked(&[&first, &itself], world::NOW),
    );
}

fn lapse(group: &mut Group) {
    let bytes = world::sign(&by("hq"), &["xa hq 1"]);
    let end = world::NOW.plus(7 * DAY_MS);
    let req = &["IDN-23"];
    group.valid("last-instant", req, asked(&[&bytes], end), out(true));
    group.valid("lapsed", req, asked(&[&bytes], end.plus(1)), out(false));
    let later = Suspension {
        at: world::NOW.plus(300_000),
        ..by("hq")
    };
    let later = world::sign(&later, &["xa hq 1"]);
    let input = asked(&[&later, &bytes], end.plus(1));
    group.valid("latest-stands", req, input, out(true));
    let late = |now: UnixMillis| with(asked(&[&bytes], end), json!({ "now": now.0 }));
    group.valid("received-at-the-end", req, late(end), out(true));
    let fault =
        |base, mutation, flag, reason| Fault::new(base, mutation, flag, "freshness", reason);
    let expired = fault(
        "received-at-the-end",
        "received 1 ms later",
        "Expired",
        "expired",
    );
    group.invalid("received-too-late", req, expired, late(end.plus(1)));
    let ahead = Suspension {
        at: world::NOW.plus(300_001),
        ..by("hq")
    };
    let ahead = world::sign(&ahead, &["xa hq 1"]);
    let future = fault(
        "latest-stands",
        "signed 1 ms further ahead",
        "Future",
        "created-in-future",
    );
    group.invalid("ahead", &["IDN-33"], future, asked(&[&ahead], end));
}
