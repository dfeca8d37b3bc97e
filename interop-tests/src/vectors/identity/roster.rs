//! Rosters: limits, keys, signatures, numbers and standing.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use super::{CHAPTER, arriving, shared, with};
use estafette_protocol::charter::Charter;
use estafette_protocol::encoding::{FixedBytes, Object};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::roster::{Authority, Revocation, Roster};
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use serde_json::{Value, json};

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
    limits(&mut group);
    lists(&mut group);
    keys(&mut group);
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

type Change = Box<dyn FnOnce(&mut Roster)>;

fn refuse_all(group: &mut Group, cases: Vec<(&str, &str, &str, &str, Change)>) {
    for (id, clause, mutation, flag, change) in cases {
        let bytes = world::sign(&changed(change), &KEY);
        let fault = Fault::malformed("first", mutation, flag);
        group.invalid(id, &[clause], fault, arriving(&[&bytes]));
    }
}

fn limits(group: &mut Group) {
    let address = |text: &'static str| -> Change {
        Box::new(move |r| {
            for relay in &mut r.relays {
                relay.addresses = vec![world::text(text)];
            }
        })
    };
    let many = |r: &mut Roster| {
        for relay in &mut r.relays {
            relay.addresses = vec![world::text("a:1"); 9];
        }
    };
    refuse_all(
        group,
        vec![
            (
                "number-0",
                "IDN-30",
                "number 0",
                "OverLimit",
                Box::new(|r| r.number = 0),
            ),
            (
                "previous-in-first",
                "IDN-30",
                "a previous hash",
                "Inconsistent",
                Box::new(|r| r.previous = Some(FixedBytes([0; 32]))),
            ),
            (
                "not-after-issued",
                "IDN-30",
                "not_after equal to issued",
                "Inconsistent",
                Box::new(|r| r.not_after = r.issued),
            ),
            (
                "too-long",
                "IDN-30",
                "not_after 400 days and 1 ms after issued",
                "OverLimit",
                Box::new(|r| r.not_after = r.issued.plus(400 * DAY_MS + 1)),
            ),
            (
                "grace-too-long",
                "IDN-30",
                "a grace of 90 days and 1 ms",
                "OverLimit",
                Box::new(|r| r.grace = 90 * DAY_MS + 1),
            ),
            (
                "gateways-none",
                "IDN-30",
                "no gateway",
                "OverLimit",
                Box::new(|r| r.gateways.clear()),
            ),
            (
                "gateway-foreign",
                "IDN-30",
                "a gateway of another agency",
                "Inconsistent",
                Box::new(|r| r.gateways = vec![world::unit("spoc", "xb")]),
            ),
            (
                "relays-none",
                "IDN-30",
                "no relay",
                "OverLimit",
                Box::new(|r| r.relays.clear()),
            ),
            (
                "addresses-none",
                "IDN-30",
                "a relay without address",
                "OverLimit",
                Box::new(|r| {
                    r.relays
                        .iter_mut()
                        .for_each(|relay| relay.addresses.clear())
                }),
            ),
            (
                "addresses-9",
                "IDN-30",
                "a relay of nine addresses",
                "OverLimit",
                Box::new(many),
            ),
            (
                "relay-name",
                "IDN-30",
                "a relay named Relay",
                "BadAddress",
                Box::new(|r| {
                    r.relays
                        .iter_mut()
                        .for_each(|relay| relay.name = world::text("Relay"))
                }),
            ),
            (
                "address-no-port",
                "IDN-31",
                "an address without port",
                "BadAddress",
                address("relay.police.example"),
            ),
            (
                "address-port-0",
                "IDN-31",
                "port 0",
                "BadAddress",
                address("relay.police.example:0"),
            ),
            (
                "address-port-large",
                "IDN-31",
                "port 65536",
                "BadAddress",
                address("relay.police.example:65536"),
            ),
            (
                "address-port-zeros",
                "IDN-31",
                "a leading zero in the port",
                "BadAddress",
                address("relay.police.example:04870"),
            ),
            (
                "address-bare-ipv6",
                "IDN-31",
                "an IPv6 address without brackets",
                "BadAddress",
                address("2001:db8::1:4870"),
            ),
            (
                "address-space",
                "IDN-31",
                "a space in the host",
                "BadAddress",
                address("relay police:4870"),
            ),
            (
                "desk-foreign",
                "IDN-30",
                "a desk of another agency",
                "Inconsistent",
                Box::new(|r| r.desks.push(world::desk_entry("spoc", "xb", &[]))),
            ),
        ],
    );
}

fn lists(group: &mut Group) {
    let seventeen: Vec<String> = (1..=17).map(|n| format!("many {n}")).collect();
    let authority = |format| Authority {
        format,
        precedence: Precedence::Flash,
    };
    let revocation = |label| Revocation {
        key: world::id(label),
        at: world::NOW,
    };
    refuse_all(
        group,
        vec![
            (
                "gateways-twice",
                "ENC-17",
                "a gateway twice",
                "Duplicate",
                Box::new(|r| r.gateways = vec![world::unit("spoc", "xa"); 2]),
            ),
            (
                "gateways-unsorted",
                "ENC-17",
                "gateways in descending order",
                "Unsorted",
                Box::new(|r| r.gateways = vec![world::unit("spoc", "xa"), world::unit("hq", "xa")]),
            ),
            (
                "desks-unsorted",
                "ENC-17",
                "desks in descending order",
                "Unsorted",
                Box::new(|r| r.desks.reverse()),
            ),
            (
                "desk-twice",
                "ENC-17",
                "a desk a second time, without devices",
                "Duplicate",
                Box::new(|r| r.desks.insert(1, world::desk_entry("field", "xa", &[]))),
            ),
            (
                "devices-unsorted",
                "ENC-17",
                "devices in descending order",
                "Unsorted",
                Box::new(|r| r.desks.iter_mut().for_each(|d| d.devices.reverse())),
            ),
            (
                "devices-17",
                "IDN-30",
                "seventeen devices at a desk",
                "OverLimit",
                Box::new(move |r| {
                    let labels: Vec<&str> = seventeen.iter().map(String::as_str).collect();
                    r.desks.insert(2, world::desk_entry("many", "xa", &labels));
                }),
            ),
            (
                "authorities-unsorted",
                "ENC-17",
                "authorities in descending order",
                "Unsorted",
                Box::new(move |r| {
                    r.desks
                        .iter_mut()
                        .for_each(|d| d.authorities = vec![authority(2), authority(1)])
                }),
            ),
            (
                "authority-twice",
                "ENC-17",
                "an authority twice",
                "Duplicate",
                Box::new(move |r| {
                    r.desks
                        .iter_mut()
                        .for_each(|d| d.authorities = vec![authority(1); 2])
                }),
            ),
            (
                "revoked-unsorted",
                "ENC-17",
                "revocations in descending order",
                "Unsorted",
                Box::new(move |r| {
                    r.revoked = vec![revocation("xa gone 1"), revocation("xa gone 2")];
                    r.revoked
                        .sort_by_key(|revocation| std::cmp::Reverse(revocation.key));
                }),
            ),
            (
                "revoked-twice",
                "ENC-17",
                "a revocation twice",
                "Duplicate",
                Box::new(move |r| r.revoked = vec![revocation("xa gone 1"); 2]),
            ),
        ],
    );
}

fn keys(group: &mut Group) {
    let revoke = |key| -> Change {
        let at = world::NOW;
        Box::new(move |r: &mut Roster| r.revoked = vec![Revocation { key, at }])
    };
    refuse_all(
        group,
        vec![
            (
                "hop-key-twice",
                "IDN-8",
                "a device with the relay's hop key",
                "Duplicate",
                Box::new(|r| {
                    r.desks
                        .iter_mut()
                        .take(1)
                        .flat_map(|d| &mut d.devices)
                        .for_each(|d| d.hop_key = world::hop("xa relay"))
                }),
            ),
            (
                "signing-key-twice",
                "IDN-8",
                "a device with the relay's statement key",
                "Duplicate",
                Box::new(|r| {
                    r.desks
                        .iter_mut()
                        .take(1)
                        .flat_map(|d| &mut d.devices)
                        .for_each(|d| d.key = world::public("xa relay"))
                }),
            ),
            (
                "device-at-two-desks",
                "IDN-8",
                "a device at a second desk",
                "Duplicate",
                Box::new(|r| r.desks.push(world::desk_entry("watch", "xa", &["hq 1"]))),
            ),
            (
                "device-revoked",
                "IDN-8",
                "the key of a device revoked",
                "Inconsistent",
                revoke(world::id("xa hq 1")),
            ),
            (
                "device-hop-revoked",
                "IDN-8",
                "the hop key of a device revoked",
                "Inconsistent",
                revoke(world::hop("xa hq 1").id()),
            ),
            (
                "relay-revoked",
                "IDN-8",
                "the statement key of a relay revoked",
                "Inconsistent",
                revoke(world::id("xa relay")),
            ),
        ],
    );
    let object = world::object(&first());
    let fault = |mutation, flag| Fault::malformed("first", mutation, flag);
    let splice = |from: &[u8], to: &[u8]| {
        world::sign_bytes(Roster::KIND, &world::splice(&object, from, to), &KEY)
    };
    let hop = world::hop("xa hq 1");
    for (name, key) in bad::x25519_small_order() {
        let bytes = splice(hop.as_bytes(), &key);
        let fault = fault("a device's hop key of small order", "KeySmallOrder");
        group.invalid(
            &format!("hop-key-{name}"),
            &["CRY-2"],
            fault,
            arriving(&[&bytes]),
        );
    }
    let bytes = splice(hop.as_bytes(), &bad::above_p(9));
    let not_reduced = fault("a device's hop key of p and 9", "KeyNotCanonical");
    group.invalid(
        "hop-key-p-plus-9",
        &["CRY-2"],
        not_reduced,
        arriving(&[&bytes]),
    );
    let signing = world::public("xa relay").to_bytes();
    let bytes = splice(&signing, &bad::ed25519_not_canonical());
    let not_canonical = fault("a statement key with p added to its y", "KeyNotCanonical");
    group.invalid(
        "statement-key-not-canonical",
        &["CRY-1"],
        not_canonical,
        arriving(&[&bytes]),
    );
    let bytes = splice(&[1, 1, 3, 1], &[1, 1, 4, 1]);
    let precedence = fault("an authority up to precedence 4", "OverLimit");
    group.invalid("precedence-4", &["ENC-10"], precedence, arriving(&[&bytes]));
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
