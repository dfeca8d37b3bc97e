//! Prekey bundles: limits, who signs, which replaces which, and the prekey that a sender uses.

use super::super::chapter::{Fault, Group};
use super::super::world;
use super::{CHAPTER, arriving, shared, with};
use estafette_protocol::encoding::Object;
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::time::{DAY_MS, UnixMillis, WEEK_MS};
use serde_json::{Value, json};

const KEY: [&str; 1] = ["xa spoc 1"];

fn asked(objects: &[&[u8]], at: UnixMillis) -> Value {
    with(arriving(objects), json!({ "at": at.0 }))
}

fn out(prekey: u32, stale: bool) -> Value {
    json!({ "prekey": prekey, "stale": stale })
}

fn changed(change: impl FnOnce(&mut PrekeyBundle)) -> PrekeyBundle {
    let mut bundle = world::prekeys();
    change(&mut bundle);
    bundle
}

pub(super) fn prekeys() -> Group {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let roster = world::sign(&world::roster("xa"), &["xa roster"]);
    let device = hex::encode(world::id("xa spoc 1").as_slice());
    let shared = with(shared(&[charter, roster]), json!({ "device": device }));
    let mut group = Group::new(CHAPTER, "identity-prekeys", shared);
    let good = world::sign(&world::prekeys(), &KEY);
    choice(&mut group, &good);
    limits(&mut group);
    signers(&mut group, &good);
    group
}

fn choice(group: &mut Group, good: &[u8]) {
    let second = world::WEEK.plus(WEEK_MS);
    let end = second.plus(WEEK_MS);
    let over = end.plus(10 * DAY_MS);
    let req = &["IDN-18"];
    group.valid(
        "first-week",
        &["IDN-16", "IDN-18"],
        asked(&[good], world::NOW),
        out(2_922, false),
    );
    group.valid(
        "first-instant",
        req,
        asked(&[good], world::WEEK),
        out(2_922, false),
    );
    group.valid(
        "second-instant",
        req,
        asked(&[good], second),
        out(2_923, false),
    );
    group.valid("last-instant", req, asked(&[good], end), out(2_923, false));
    let req = &["IDN-19"];
    group.valid(
        "past-the-last",
        req,
        asked(&[good], end.plus(1)),
        out(2_923, true),
    );
    group.valid("end-of-grace", req, asked(&[good], over), out(2_923, true));
    let fault =
        |base, mutation, flag| Fault::new(base, mutation, flag, "freshness", "prekey-unknown");
    let early = fault("first-instant", "asked 1 ms earlier", "Future");
    group.invalid(
        "before-the-first",
        &["IDN-18"],
        early,
        asked(&[good], world::WEEK.minus(1)),
    );
    let late = fault("end-of-grace", "asked 1 ms later", "Expired");
    group.invalid("past-grace", req, late, asked(&[good], over.plus(1)));
    let none = fault("first-week", "no bundle", "NotHeld");
    group.invalid("no-bundle", req, none, asked(&[], world::NOW));
    let newer = changed(|b| {
        b.issued = world::NOW.plus(1);
        b.prekeys = vec![world::prekey(2_922)];
    });
    let bytes = world::sign(&newer, &KEY);
    let both = asked(&[good, &bytes], second);
    group.valid(
        "newer-of-one-week",
        &["IDN-18", "IDN-21"],
        both,
        out(2_922, false),
    );
    let twice = asked(&[good, good], world::NOW);
    group.valid("twice", &["IDN-37"], twice, out(2_922, false));
    let older = |base, mutation| Fault::new(base, mutation, "Older", "freshness", "prekeys-older");
    let back = older("newer-of-one-week", "the first again after the newer");
    group.invalid(
        "first-after-newer",
        &["IDN-21"],
        back,
        asked(&[good, &bytes, good], second),
    );
    let same_time = world::sign(&changed(|b| b.prekeys = vec![world::prekey(2_922)]), &KEY);
    let same = older("newer-of-one-week", "issued as the one before");
    group.invalid(
        "same-time",
        &["IDN-21"],
        same,
        asked(&[good, &same_time], second),
    );
}

fn limits(group: &mut Group) {
    let cases: [(&str, &str, &str, &str, PrekeyBundle); 6] = [
        (
            "none",
            "IDN-30",
            "no prekey",
            "OverLimit",
            changed(|b| b.prekeys.clear()),
        ),
        (
            "ten",
            "IDN-30",
            "ten prekeys",
            "OverLimit",
            changed(|b| b.prekeys = (2_922..2_932).map(world::prekey).collect()),
        ),
        (
            "unsorted",
            "ENC-17",
            "the weeks swapped",
            "Unsorted",
            changed(|b| b.prekeys.reverse()),
        ),
        (
            "week-twice",
            "ENC-17",
            "a week twice",
            "Duplicate",
            changed(|b| b.prekeys = vec![world::prekey(2_922), world::prekey(2_922)]),
        ),
        (
            "other-week",
            "IDN-30",
            "the identifier of another week",
            "Inconsistent",
            changed(|b| b.prekeys.iter_mut().skip(1).for_each(|p| p.id = 2_924)),
        ),
        (
            "longer-week",
            "IDN-30",
            "a prekey of 7 days and 1 ms",
            "OverLimit",
            changed(|b| {
                b.prekeys
                    .iter_mut()
                    .for_each(|p| p.not_after = p.not_after.plus(1))
            }),
        ),
    ];
    for (id, clause, mutation, flag, bundle) in cases {
        let bytes = world::sign(&bundle, &KEY);
        let fault = Fault::malformed("first-week", mutation, flag);
        group.invalid(id, &[clause], fault, asked(&[&bytes], world::NOW));
    }
    let object = world::object(&world::prekeys());
    let key = world::prekey(2_922).key;
    let mut not_reduced = key.as_bytes().to_vec();
    not_reduced
        .iter_mut()
        .zip([0xff, 0x0f])
        .for_each(|(to, from)| *to = from);
    let mut low_order = key.as_bytes().to_vec();
    low_order.iter_mut().skip(1_184).for_each(|byte| *byte = 0);
    let cases = [
        (
            "ml-kem-not-reduced",
            "a first coefficient of 4095",
            "KeyNotReduced",
            not_reduced,
        ),
        (
            "x25519-zero",
            "an X25519 part of zeros",
            "KeySmallOrder",
            low_order,
        ),
    ];
    for (id, mutation, flag, to) in cases {
        let object = world::splice(&object, key.as_bytes(), &to);
        let bytes = world::sign_bytes(PrekeyBundle::KIND, &object, &KEY);
        let fault = Fault::malformed("first-week", mutation, flag);
        group.invalid(id, &["CRY-4"], fault, asked(&[&bytes], world::NOW));
    }
    let short = key
        .as_bytes()
        .split_last()
        .map_or(&[][..], |(_, rest)| rest);
    let object = world::splice(&object, key.as_bytes(), short);
    let bytes = world::sign_bytes(PrekeyBundle::KIND, &object, &KEY);
    let fault = Fault::malformed("first-week", "a key of 1,215 bytes", "OverLimit");
    group.invalid("key-short", &["ENC-7"], fault, asked(&[&bytes], world::NOW));
}

fn signers(group: &mut Group, good: &[u8]) {
    let mut refuse =
        |id: &str, mutation, flag, stage, reason, bundle: &PrekeyBundle, by: &[&str]| {
            let bytes = world::sign(bundle, by);
            let fault = Fault::new("first-week", mutation, flag, stage, reason);
            group.invalid(id, &["IDN-16"], fault, asked(&[&bytes], world::NOW));
        };
    let bundle = world::prekeys();
    refuse(
        "other-device",
        "signed by the other device of the desk",
        "WrongSigner",
        "signature",
        "signature-invalid",
        &bundle,
        &["xa spoc 2"],
    );
    refuse(
        "relay",
        "signed by the relay",
        "WrongSigner",
        "signature",
        "signature-invalid",
        &bundle,
        &["xa relay"],
    );
    let elsewhere = changed(|b| b.desk = world::desk("hq", "xa"));
    refuse(
        "other-desk",
        "another desk of the roster",
        "NotListed",
        "trust",
        "device-unknown",
        &elsewhere,
        &KEY,
    );
    let nowhere = changed(|b| b.desk = world::desk("nowhere", "xa"));
    refuse(
        "desk-unknown",
        "a desk that the roster lacks",
        "NotListed",
        "trust",
        "desk-unknown",
        &nowhere,
        &KEY,
    );
    let stranger = changed(|b| b.device = world::id("stranger"));
    refuse(
        "device-unknown",
        "a device that the roster lacks",
        "NotListed",
        "trust",
        "device-unknown",
        &stranger,
        &["stranger"],
    );
    let foreign = changed(|b| b.desk = world::desk("spoc", "xb"));
    refuse(
        "roster-missing",
        "a desk of an agency whose roster is not held",
        "NotHeld",
        "trust",
        "roster-missing",
        &foreign,
        &KEY,
    );
    let ahead = changed(|b| b.issued = world::NOW.plus(300_001));
    let bytes = world::sign(&ahead, &KEY);
    let fault = Fault::new(
        "first-week",
        "issued 5 minutes and 1 ms ahead",
        "Future",
        "freshness",
        "created-in-future",
    );
    group.invalid("ahead", &["IDN-33"], fault, asked(&[&bytes], world::NOW));
    let bytes = super::super::bad::flipped(good);
    let fault = Fault::new(
        "first-week",
        "a bit of the signature flipped",
        "BadSignature",
        "signature",
        "signature-invalid",
    );
    group.invalid(
        "bit-flipped",
        &["CRY-1"],
        fault,
        asked(&[&bytes], world::NOW),
    );
}
