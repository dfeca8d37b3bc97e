//! Addresses and key identifiers.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use super::CHAPTER;
use serde_json::{Value, json};

pub(super) fn addresses() -> Group {
    let mut group = Group::new(CHAPTER, "identity-address", json!({}));
    let input = |kind: &str, text: &str| json!({ "kind": kind, "text": text });
    let req = &["IDN-1"];
    let longest = "a".repeat(32);
    let agency = |text: &str| json!({ "agency": text });
    let valid = [
        (
            "agency",
            "agency",
            "police.xa".to_owned(),
            agency("police.xa"),
        ),
        (
            "agency-digits",
            "agency",
            "2-b.xz".to_owned(),
            agency("2-b.xz"),
        ),
        (
            "agency-longest",
            "agency",
            format!("{longest}.xa"),
            agency(&format!("{longest}.xa")),
        ),
        (
            "unit",
            "unit",
            "spoc.police.xa".to_owned(),
            agency("police.xa"),
        ),
        (
            "desk",
            "desk",
            "duty@spoc.police.xa".to_owned(),
            json!({ "agency": "police.xa", "unit": "spoc.police.xa" }),
        ),
        (
            "desk-longest",
            "desk",
            format!("{longest}@{longest}.{longest}.xa"),
            json!({ "agency": format!("{longest}.xa"), "unit": format!("{longest}.{longest}.xa") }),
        ),
    ];
    for (id, kind, text, out) in valid {
        group.valid(id, req, input(kind, &text), out);
    }
    let long = "a".repeat(33);
    let invalid = [
        ("agency-empty", "agency", "", "an empty text"),
        ("agency-no-state", "agency", "police", "no state"),
        ("agency-no-label", "agency", ".xa", "no label"),
        (
            "agency-state-of-three",
            "agency",
            "police.xaa",
            "a state of three letters",
        ),
        (
            "agency-state-digit",
            "agency",
            "police.x1",
            "a digit in the state",
        ),
        (
            "agency-upper-case",
            "agency",
            "Police.xa",
            "a capital letter",
        ),
        (
            "agency-hyphen-first",
            "agency",
            "-police.xa",
            "a hyphen first",
        ),
        (
            "agency-hyphen-last",
            "agency",
            "police-.xa",
            "a hyphen last",
        ),
        ("agency-underscore", "agency", "po_lice.xa", "an underscore"),
        (
            "agency-not-ascii",
            "agency",
            "políce.xa",
            "a letter beyond ASCII",
        ),
        (
            "agency-too-long",
            "agency",
            &format!("{long}.xa"),
            "a label of 33",
        ),
        ("agency-unit", "agency", "spoc.police.xa", "a unit"),
        ("unit-agency", "unit", "police.xa", "an agency"),
        (
            "unit-of-unit",
            "unit",
            "a.spoc.police.xa",
            "a label too many",
        ),
        ("desk-unit", "desk", "spoc.police.xa", "a unit"),
        ("desk-no-label", "desk", "@spoc.police.xa", "no label"),
        (
            "desk-at-agency",
            "desk",
            "duty@police.xa",
            "a desk of an agency",
        ),
        ("desk-two-ats", "desk", "duty@@spoc.police.xa", "a second @"),
        (
            "desk-space",
            "desk",
            "duty@spoc.police.xa ",
            "a space at the end",
        ),
        (
            "desk-dot",
            "desk",
            "duty@spoc.police.xa.",
            "a dot at the end",
        ),
    ];
    for (id, kind, text, mutation) in invalid {
        let fault = Fault::malformed(kind, mutation, "BadAddress");
        group.invalid(id, req, fault, input(kind, text));
    }
    group
}

fn input(algorithm: &str, key: &[u8]) -> Value {
    json!({ "algorithm": algorithm, "key": hex::encode(key) })
}

pub(super) fn keys() -> Group {
    let mut group = Group::new(CHAPTER, "identity-key-id", json!({}));
    let signing = world::public("xa spoc 1");
    let hop = world::hop("xa spoc 1");
    let out = json!({ "id": hex::encode(signing.id().as_slice()) });
    group.valid(
        "ed25519",
        &["CRY-1", "CRY-7"],
        input("ed25519", &signing.to_bytes()),
        out,
    );
    let out = json!({ "id": hex::encode(hop.id().as_slice()) });
    group.valid(
        "x25519",
        &["CRY-2", "CRY-7"],
        input("x25519", hop.as_bytes()),
        out,
    );
    let fault = |mutation, flag| Fault::malformed("ed25519", mutation, flag);
    let not_canonical = bad::ed25519_not_canonical();
    let off_curve = bad::ed25519_off_curve();
    let cases = [
        (
            "ed25519-not-canonical",
            "y with p added",
            "KeyNotCanonical",
            &not_canonical[..],
        ),
        (
            "ed25519-off-curve",
            "a y of no point",
            "KeyNotCanonical",
            &off_curve[..],
        ),
        (
            "ed25519-short",
            "31 bytes",
            "KeyNotCanonical",
            off_curve.split_last().map_or(&[][..], |(_, rest)| rest),
        ),
    ];
    for (id, mutation, flag, key) in cases {
        group.invalid(id, &["CRY-1"], fault(mutation, flag), input("ed25519", key));
    }
    for (name, key) in bad::ed25519_small_order() {
        let fault = fault("a point of small order", "KeySmallOrder");
        group.invalid(
            &format!("ed25519-{name}"),
            &["CRY-1"],
            fault,
            input("ed25519", &key),
        );
    }
    let fault = |mutation, flag| Fault::malformed("x25519", mutation, flag);
    for (name, key) in bad::x25519_small_order() {
        let fault = fault("a point of small order", "KeySmallOrder");
        group.invalid(
            &format!("x25519-{name}"),
            &["CRY-2"],
            fault,
            input("x25519", &key),
        );
    }
    let mut high = *hop.as_bytes();
    high.iter_mut().skip(31).for_each(|byte| *byte |= 0x80);
    let cases = [
        ("x25519-p", "p, which is 0", bad::above_p(0)),
        (
            "x25519-p-plus-9",
            "p and 9, which is the base point",
            bad::above_p(9),
        ),
        ("x25519-highest-bit", "the highest bit set", high),
    ];
    for (id, mutation, key) in cases {
        let fault = fault(mutation, "KeyNotCanonical");
        group.invalid(id, &["CRY-2"], fault, input("x25519", &key));
    }
    group
}
