//! Which accord is in force, for whom and when.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use serde_json::{Value, json};

pub(super) const BOTH: [&str; 2] = ["xa accord", "xb accord"];

/// Another accord of the same parties, held from the start, so that the peer's root is trusted.
pub(super) fn held() -> Accord {
    Accord {
        name: world::text("first-contact"),
        not_before: world::NOW.minus(20 * DAY_MS),
        not_after: world::NOW.minus(10 * DAY_MS),
        ..good()
    }
}

/// What every case starts from: the own charter, and an accord that ends with this instant.
pub(super) fn shared() -> Value {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let held = world::sign(&held(), &BOTH);
    json!({
        "agency": "police.xa",
        "root": world::hex_hash(&world::charter("xa")),
        "held": [hex::encode(charter), hex::encode(held)],
        "held_since": world::NOW.minus(DAY_MS).0,
    })
}

pub(super) fn good() -> Accord {
    world::accord(&["xa", "xb"])
}

/// The peer's charter 0.
pub(super) fn peer() -> Vec<u8> {
    world::sign_charter(&world::charter("xb"), "xb")
}

/// Objects that arrive 1 ms after the accord held from the start is over.
pub(super) fn arriving(objects: &[&[u8]]) -> Value {
    let objects: Vec<_> = objects.iter().map(hex::encode).collect();
    json!({ "objects": objects, "now": world::NOW.plus(1).0 })
}

fn with(mut input: Value, members: Value) -> Value {
    if let (Value::Object(input), Value::Object(members)) = (&mut input, members) {
        input.extend(members);
    }
    input
}

fn at(objects: &[&[u8]], at: UnixMillis) -> Value {
    with(arriving(objects), json!({ "at": at.0 }))
}

fn asked(objects: &[&[u8]], accord: &Accord, when: UnixMillis) -> Value {
    with(
        at(objects, when),
        json!({ "accord": world::hex_hash(accord) }),
    )
}

/// The answer when these are in force and none is pending.
pub(super) fn in_force(accords: &[&Accord]) -> Value {
    let hashes: Vec<_> = accords.iter().map(|a| world::hex_hash(*a)).collect();
    json!({ "in_force": hashes, "pending": [] })
}

fn pending(accords: &[&Accord]) -> Value {
    let hashes: Vec<_> = accords.iter().map(|a| world::hex_hash(*a)).collect();
    json!({ "in_force": [], "pending": hashes })
}

fn standing(number: u32, standing: &str) -> Value {
    json!({ "number": number, "standing": standing })
}

pub(super) fn signatures(group: &mut Group) {
    let both = world::sign(&good(), &BOTH);
    let poor = world::sign(&good(), &["xa accord"]);
    group.valid(
        "twice",
        &["ACC-10"],
        arriving(&[&peer(), &both, &both]),
        in_force(&[&good()]),
    );
    let req = &["ACC-1", "ACC-9"];
    let accords = [&held(), &good()];
    group.valid(
        "peer-charter-missing",
        req,
        arriving(&[&both]),
        pending(&accords),
    );
    let half = json!({ "in_force": [], "pending": [world::hex_hash(&good())] });
    group.valid(
        "signed-by-one",
        &["ACC-1"],
        arriving(&[&poor, &peer()]),
        half,
    );
    let input = arriving(&[&poor, &peer(), &both]);
    group.valid(
        "signed-again-by-both",
        &["ACC-10"],
        input,
        in_force(&[&good()]),
    );
    let fault =
        |base, mutation, flag| Fault::new(base, mutation, flag, "signature", "accord-not-signed");
    let cases: [(&str, &str, &str, &[&str]); 3] = [
        (
            "own-signature-missing",
            "no signature of the own agency",
            "Unsigned",
            &["xb accord"],
        ),
        (
            "peer-signature-missing",
            "no signature of the peer",
            "Unsigned",
            &["xa accord"],
        ),
        (
            "peer-wrong-signer",
            "a roster key of the peer",
            "WrongSigner",
            &["xa accord", "xb roster"],
        ),
    ];
    for (id, mutation, flag, labels) in cases {
        let bytes = world::sign(&good(), labels);
        let fault = fault("good", mutation, flag);
        group.invalid(id, &["ACC-9"], fault, arriving(&[&peer(), &bytes]));
    }
    let flipped = bad::flipped(&both);
    let bit = fault("good", "a bit of a signature flipped", "BadSignature");
    group.invalid(
        "bit-flipped",
        &["ACC-9"],
        bit,
        arriving(&[&peer(), &flipped]),
    );
    let missing = fault(
        "signed-by-one",
        "no signature of the own agency",
        "Unsigned",
    );
    let bytes = world::sign(&good(), &["xb accord"]);
    group.invalid(
        "pending-unsigned",
        &["ACC-9"],
        missing,
        arriving(&[&bytes, &peer()]),
    );
    renewed(group, &both);
}

/// The peer's charter 1 has another accord key.
fn renewed(group: &mut Group, both: &[u8]) {
    let labels = ["xb root 1", "xb root 2"];
    let mut next = Charter::next(&world::signed(world::charter("xb"), &labels), world::NOW);
    next.accord_keys = vec![world::public("xb accord 2")];
    let next = world::sign(&next, &labels);
    let ended = json!({
        "in_force": [],
        "pending": [world::hex_hash(&held()), world::hex_hash(&good())],
    });
    let input = arriving(&[&peer(), both, &next]);
    group.valid("key-dropped", &["ACC-1"], input, ended);
    let again = world::sign(&good(), &["xa accord", "xb accord", "xb accord 2"]);
    let input = arriving(&[&peer(), both, &next, &again]);
    let renewed = json!({
        "in_force": [world::hex_hash(&good())],
        "pending": [world::hex_hash(&held())],
    });
    group.valid(
        "signed-again-with-new-key",
        &["ACC-1", "ACC-10"],
        input,
        renewed,
    );
    let fault = Fault::new(
        "signed-again-with-new-key",
        "signed with the old key alone after the peer's charter 1",
        "WrongSigner",
        "signature",
        "accord-not-signed",
    );
    let input = arriving(&[&peer(), &next, both]);
    group.invalid("old-key-alone", &["ACC-1", "ACC-9"], fault, input);
}

pub(super) fn roots(group: &mut Group) {
    let fault =
        |base, mutation, flag, stage, reason| Fault::new(base, mutation, flag, stage, reason);
    let wrong_root = |agency: &str| {
        let mut accord = good();
        for party in &mut accord.parties {
            if party.agency.as_str() == agency {
                party.root = FixedBytes([0; 32]);
            }
        }
        world::sign(&accord, &BOTH)
    };
    let own = fault(
        "good",
        "another root of the own agency",
        "RootOther",
        "trust",
        "charter-unknown",
    );
    let input = arriving(&[&peer(), &wrong_root("police.xa")]);
    group.invalid("own-root-other", &["ACC-2"], own, input);
    let theirs = fault(
        "good",
        "another root of the peer",
        "RootOther",
        "trust",
        "charter-unknown",
    );
    let input = arriving(&[&peer(), &wrong_root("police.xb")]);
    group.invalid("peer-root-other", &["ACC-2"], theirs, input);
    let others = world::sign(&world::accord(&["xb", "xc"]), &["xb accord", "xc accord"]);
    let foreign = fault(
        "good",
        "the parties two other agencies",
        "NotAParty",
        "policy",
        "not-a-party",
    );
    group.invalid(
        "not-a-party",
        &["ACC-9"],
        foreign,
        arriving(&[&peer(), &others]),
    );
    let mut later = world::charter("xb");
    later.issued = world::NOW;
    let bytes = world::sign_charter(&later, "xb");
    let both = world::sign(&good(), &BOTH);
    let unknown = fault(
        "good",
        "another charter 0 of the peer",
        "RootUnknown",
        "trust",
        "charter-unknown",
    );
    group.invalid(
        "peer-charter-other",
        &["ACC-2", "IDN-3"],
        unknown,
        arriving(&[&bytes, &both]),
    );
    let three = world::accord(&["xa", "xb", "xc"]);
    let bytes = world::sign(&three, &["xa accord", "xb accord", "xc accord"]);
    let third = world::sign_charter(&world::charter("xc"), "xc");
    let input = arriving(&[&peer(), &bytes, &third]);
    group.valid(
        "third-party",
        &["ACC-1", "ACC-9", "IDN-3"],
        input,
        in_force(&[&three]),
    );
    let early = fault(
        "third-party",
        "the third party's charter before the accord",
        "RootUnknown",
        "trust",
        "charter-unknown",
    );
    group.invalid(
        "third-charter-first",
        &["IDN-3"],
        early,
        arriving(&[&peer(), &third, &bytes]),
    );
}

pub(super) fn times(group: &mut Group) {
    let both = world::sign(&good(), &BOTH);
    let objects: [&[u8]; 2] = [&peer(), &both];
    let (start, end) = (good().not_before, good().not_after);
    let over = end.plus(10 * DAY_MS);
    let req = &["ACC-4"];
    let ask = |when| asked(&objects, &good(), when);
    group.valid("first-instant", req, ask(start), standing(1, "current"));
    group.valid("last-instant", req, ask(end), standing(1, "current"));
    group.valid("stale", req, ask(end.plus(1)), standing(1, "stale"));
    group.valid("end-of-grace", req, ask(over), standing(1, "stale"));
    let fault =
        |base, mutation, flag, reason| Fault::new(base, mutation, flag, "freshness", reason);
    let early = fault(
        "first-instant",
        "asked 1 ms earlier",
        "Future",
        "accord-unknown",
    );
    group.invalid("too-early", req, early, ask(start.minus(1)));
    let late = fault(
        "end-of-grace",
        "asked 1 ms later",
        "Expired",
        "accord-unknown",
    );
    group.invalid("too-late", req, late, ask(over.plus(1)));
    let receive = |now: UnixMillis| with(arriving(&objects), json!({ "now": now.0 }));
    group.valid(
        "received-at-the-end",
        req,
        receive(over),
        in_force(&[&good()]),
    );
    let expired = fault(
        "received-at-the-end",
        "received 1 ms later",
        "Expired",
        "expired",
    );
    group.invalid("received-too-late", req, expired, receive(over.plus(1)));
    let none = asked(&[&both], &good(), start);
    let waiting = fault(
        "first-instant",
        "the peer's charter missing",
        "NotInForce",
        "accord-unknown",
    );
    group.invalid("asked-while-pending", &["ACC-1"], waiting, none);
}

pub(super) fn succession(group: &mut Group) {
    let first = world::sign(&good(), &BOTH);
    let begins = world::NOW.plus(DAY_MS);
    let second = Accord {
        not_before: begins,
        ..Accord::next(&world::signed(good(), &BOTH))
    };
    let next = world::sign(&second, &BOTH);
    let objects: [&[u8]; 3] = [&peer(), &first, &next];
    let req = &["ACC-5"];
    let before = at(&objects, begins.minus(1));
    group.valid("before-the-next", req, before, in_force(&[&good()]));
    group.valid(
        "from-the-next",
        req,
        at(&objects, begins),
        in_force(&[&second]),
    );
    let last = begins.plus(72 * HOUR_MS);
    let ask = |when| asked(&objects, &good(), when);
    group.valid(
        "replaced-72-hours-ago",
        req,
        ask(last),
        standing(1, "superseded"),
    );
    let fault =
        |base, mutation, flag| Fault::new(base, mutation, flag, "freshness", "accord-unknown");
    let replaced = fault("replaced-72-hours-ago", "asked 1 ms later", "Replaced");
    group.invalid("replaced-too-long-ago", req, replaced, ask(last.plus(1)));
    let mut fork = good();
    fork.lifetime = HOUR_MS;
    let bytes = world::sign(&fork, &BOTH);
    let forked = fault(
        "twice",
        "another accord of the name and number after it",
        "Forked",
    );
    group.invalid("forked", req, forked, arriving(&[&peer(), &first, &bytes]));
    let both: [&[u8]; 3] = [&peer(), &next, &first];
    group.valid(
        "older-before-the-next",
        req,
        at(&both, begins),
        in_force(&[&second]),
    );
    let now = begins.0;
    let older = fault(
        "older-before-the-next",
        "received when the next has begun",
        "Replaced",
    );
    let input = with(arriving(&both), json!({ "now": now }));
    group.invalid("older-after-the-next", req, older, input);
    let alone = Accord {
        not_before: world::NOW,
        ..second
    };
    let unsigned = world::sign(&alone, &["xa accord"]);
    let waiting = json!({
        "in_force": [],
        "pending": [world::hex_hash(&held()), world::hex_hash(&good()), world::hex_hash(&alone)],
    });
    group.valid("next-pending", req, arriving(&[&first, &unsigned]), waiting);
    let half = json!({
        "in_force": [world::hex_hash(&good())],
        "pending": [world::hex_hash(&alone)],
    });
    let input = arriving(&[&first, &unsigned, &peer()]);
    group.valid("next-signed-by-one", req, input, half);
}

pub(super) fn ceilings(group: &mut Group) {
    let both = world::sign(&good(), &BOTH);
    let objects: [&[u8]; 2] = [&peer(), &both];
    let input = |marking: Value| {
        let input = asked(&objects, &good(), world::NOW.plus(1));
        with(input, json!({ "marking": marking }))
    };
    let req = &["ACC-3"];
    let current = standing(1, "current");
    group.valid("unmarked", req, input(json!([])), current.clone());
    group.valid(
        "at-the-ceiling",
        req,
        input(json!([[1, 3], [2, 2]])),
        current.clone(),
    );
    group.valid(
        "code-0-anywhere",
        req,
        input(json!([[3, 0], [4, 0]])),
        current,
    );
    let cases = [
        (
            "above-the-ceiling",
            "TLP red above amber+strict",
            json!([[1, 4], [2, 2]]),
        ),
        ("above-on-one-axis", "H3 above H2", json!([[1, 3], [2, 3]])),
        (
            "axis-not-listed",
            "a classification, which the ceiling lacks",
            json!([[1, 3], [4, 1]]),
        ),
        ("axis-unknown", "an unknown axis", json!([[1, 3], [9, 1]])),
    ];
    for (id, mutation, marking) in cases {
        let fault = Fault::new(
            "at-the-ceiling",
            mutation,
            "AboveCeiling",
            "policy",
            "marking-above-ceiling",
        );
        group.invalid(id, req, fault, input(marking));
    }
}
