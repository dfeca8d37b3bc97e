//! Rosters: limits, keys, signatures, numbers and standing.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use super::{CHAPTER, arriving, shared, with};
use estafette_protocol::charter::Charter;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::roster::{Revocation, Roster};
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use serde_json::{Value, json};

mod duties;
mod limits;

const KEY: [&str; 1] = ["xa roster"];

fn out(roster: &Roster, standing: &str) -> Value {
    let hash = world::hex_hash(roster);
    json!({ "number": roster.number, "hash": hash, "standing": standing })
}

fn first() -> Roster {
    world::roster("xa")
}

fn second() -> Roster {
    Roster::next(&world::signed(first(), &KEY), world::NOW.plus(HOUR_MS))
}

fn changed(change: impl FnOnce(&mut Roster)) -> Roster {
    let mut roster = first();
    change(&mut roster);
    roster
}

fn late(objects: &[&[u8]], now: UnixMillis) -> Value {
    with(arriving(objects), json!({ "now": now.0 }))
}

fn asked(objects: &[&[u8]], number: u64, at: UnixMillis) -> Value {
    with(arriving(objects), json!({ "number": number, "at": at.0 }))
}

pub(super) fn rosters() -> Group {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let mut group = Group::new(CHAPTER, "identity-roster", shared(&[charter]));
    valid(&mut group);
    limits::limits(&mut group);
    limits::lists(&mut group);
    limits::keys(&mut group);
    duties::duties(&mut group);
    signatures(&mut group);
    numbers(&mut group);
    standing(&mut group);
    group
}

fn valid(group: &mut Group) {
    let one = world::sign(&first(), &KEY);
    let two = world::sign(&second(), &KEY);
    group.valid(
        "first",
        &["IDN-7", "IDN-12"],
        arriving(&[&one]),
        out(&first(), "current"),
    );
    group.valid(
        "first-twice",
        &["IDN-37"],
        arriving(&[&one, &one]),
        out(&first(), "current"),
    );
    let extra = world::sign(&first(), &["xa roster", "xa log"]);
    let req = &["IDN-7"];
    group.valid(
        "first-and-another-key",
        req,
        arriving(&[&extra]),
        out(&first(), "current"),
    );
    let chain = &["IDN-9", "IDN-11"];
    group.valid(
        "second",
        chain,
        arriving(&[&one, &two]),
        out(&second(), "current"),
    );
    let mut ninth = second();
    ninth.number = 9;
    ninth.previous = Some(FixedBytes([9; 32]));
    let nine = world::sign(&ninth, &KEY);
    group.valid(
        "ninth-after-first",
        &["IDN-11"],
        arriving(&[&one, &nine]),
        out(&ninth, "current"),
    );
    group.valid(
        "ninth-alone",
        &["IDN-11"],
        arriving(&[&nine]),
        out(&ninth, "current"),
    );
    let revoked = changed(|r| {
        r.revoked = vec![Revocation {
            key: world::id("xa gone 1"),
            at: world::NOW,
        }];
    });
    let bytes = world::sign(&revoked, &KEY);
    group.valid(
        "revocation",
        &["IDN-8"],
        arriving(&[&bytes]),
        out(&revoked, "current"),
    );
    let over = world::NOW.plus(40 * DAY_MS);
    group.valid(
        "first-at-the-end",
        &["IDN-12"],
        late(&[&one], over),
        out(&first(), "stale"),
    );
}

fn signatures(group: &mut Group) {
    let good = world::sign(&first(), &KEY);
    let fault =
        |mutation, flag| Fault::new("first", mutation, flag, "signature", "signature-invalid");
    let wrong = world::sign(&first(), &["xa accord"]);
    let signer = fault("signed by an accord key", "WrongSigner");
    group.invalid("wrong-signer", &["IDN-7"], signer, arriving(&[&wrong]));
    let stranger = world::sign(&first(), &["stranger"]);
    let unknown = fault("signed by a key of nobody", "WrongSigner");
    group.invalid("stranger", &["IDN-7"], unknown, arriving(&[&stranger]));
    let flipped = fault("a bit of the signature flipped", "BadSignature");
    group.invalid(
        "bit-flipped",
        &["CRY-1"],
        flipped,
        arriving(&[&bad::flipped(&good)]),
    );
    let malleated = fault("the group order added to S", "Malleable");
    group.invalid(
        "malleated",
        &["CRY-1"],
        malleated,
        arriving(&[&bad::malleated(&good)]),
    );
    let house = world::sign_bytes(18, &world::object(&first()), &KEY);
    let cross = fault("signed as a house", "CrossKind");
    group.invalid("cross-kind", &["ENC-20"], cross, arriving(&[&house]));
    let trust =
        |base, mutation| Fault::new(base, mutation, "WrongCharter", "trust", "charter-unknown");
    let elsewhere = world::sign(&changed(|r| r.charter = FixedBytes([0; 32])), &KEY);
    let other = trust("first", "the hash of no charter held");
    group.invalid(
        "charter-unknown",
        &["IDN-7"],
        other,
        arriving(&[&elsewhere]),
    );
    let labels = ["xa root 1", "xa root 2"];
    let next = Charter::next(&world::signed(world::charter("xa"), &labels), world::NOW);
    let next_bytes = world::sign(&next, &labels);
    let renewed = changed(|r| r.charter = world::hash(&next));
    let bytes = world::sign(&renewed, &KEY);
    let req = &["IDN-7", "IDN-38"];
    let current = out(&renewed, "current");
    group.valid(
        "first-under-second-charter",
        req,
        arriving(&[&next_bytes, &bytes]),
        current,
    );
    let stale = trust(
        "first-under-second-charter",
        "the hash of the charter before",
    );
    group.invalid(
        "charter-replaced",
        &["IDN-7"],
        stale,
        arriving(&[&next_bytes, &good]),
    );
    let kept = out(&first(), "current");
    group.valid(
        "first-before-second-charter",
        &["IDN-38"],
        arriving(&[&good, &next_bytes]),
        kept,
    );
    let foreign = world::sign(&world::roster("xb"), &["xb roster"]);
    let unknown = trust("first", "the roster of an agency whose charter is not held");
    group.invalid("agency-unknown", &["IDN-7"], unknown, arriving(&[&foreign]));
}

fn numbers(group: &mut Group) {
    let one = world::sign(&first(), &KEY);
    let two = world::sign(&second(), &KEY);
    let fault =
        |base, mutation, flag, reason| Fault::new(base, mutation, flag, "freshness", reason);
    let older = fault(
        "second",
        "the first again after the second",
        "Older",
        "roster-older",
    );
    group.invalid(
        "first-after-second",
        &["IDN-9"],
        older,
        arriving(&[&one, &two, &one]),
    );
    let fork = world::sign(&changed(|r| r.grace = 0), &KEY);
    let forked = fault(
        "first",
        "another roster 1 after it",
        "Forked",
        "roster-forked",
    );
    group.invalid(
        "first-forked",
        &["IDN-10"],
        forked,
        arriving(&[&one, &fork]),
    );
    let mut elsewhere = second();
    elsewhere.previous = Some(FixedBytes([0; 32]));
    let bytes = world::sign(&elsewhere, &KEY);
    let broken = fault(
        "second",
        "another previous hash",
        "ChainBroken",
        "roster-forked",
    );
    group.invalid(
        "second-after-another",
        &["IDN-11"],
        broken,
        arriving(&[&one, &bytes]),
    );
    let over = world::NOW.plus(40 * DAY_MS + 1);
    let expired = fault(
        "first-at-the-end",
        "received 1 ms later",
        "Expired",
        "roster-expired",
    );
    group.invalid(
        "first-past-grace",
        &["IDN-12"],
        expired,
        late(&[&one], over),
    );
}

fn standing(group: &mut Group) {
    let one = world::sign(&first(), &KEY);
    let two = world::sign(&second(), &KEY);
    let end = first().not_after;
    let over = end.plus(10 * DAY_MS);
    let req = &["IDN-12"];
    group.valid(
        "asked-at-the-end",
        req,
        asked(&[&one], 1, end),
        out(&first(), "current"),
    );
    group.valid(
        "asked-after-the-end",
        req,
        asked(&[&one], 1, end.plus(1)),
        out(&first(), "stale"),
    );
    group.valid(
        "asked-at-the-end-of-grace",
        req,
        asked(&[&one], 1, over),
        out(&first(), "stale"),
    );
    let fault =
        |base, mutation, flag, reason| Fault::new(base, mutation, flag, "freshness", reason);
    let expired = fault(
        "asked-at-the-end-of-grace",
        "asked 1 ms later",
        "Expired",
        "roster-stale",
    );
    group.invalid(
        "asked-past-grace",
        req,
        expired,
        asked(&[&one], 1, over.plus(1)),
    );
    let last = world::NOW.plus(72 * HOUR_MS);
    let req = &["IDN-13"];
    let both: [&[u8]; 2] = [&one, &two];
    let superseded = out(&first(), "superseded");
    group.valid(
        "replaced-72-hours-ago",
        req,
        asked(&both, 1, last),
        superseded,
    );
    let replaced = fault(
        "replaced-72-hours-ago",
        "asked 1 ms later",
        "Expired",
        "roster-stale",
    );
    group.invalid(
        "replaced-too-long-ago",
        req,
        replaced,
        asked(&both, 1, last.plus(1)),
    );
    let above = fault(
        "asked-at-the-end",
        "a number above the newest held",
        "NotHeld",
        "roster-missing",
    );
    group.invalid(
        "asked-above-newest",
        &["ADM-11"],
        above,
        asked(&[&one], 2, end),
    );
}
