//! Charters: limits, roots, thresholds and the chain.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use super::{CHAPTER, arriving, shared};
use estafette_protocol::charter::Charter;
use estafette_protocol::encoding::{Bytes, Extension, Extensions, FixedBytes, Object};
use serde_json::{Value, json};

const OLD: [&str; 2] = ["xa root 1", "xa root 2"];
const BOTH: [&str; 4] = ["xa root 1", "xa root 2", "xa new root 1", "xa new root 2"];

fn out(charter: &Charter) -> Value {
    json!({ "number": charter.number, "hash": world::hex_hash(charter) })
}

fn first() -> Charter {
    world::charter("xa")
}

/// Charter 1, which exchanges every root key.
fn second() -> Charter {
    let mut next = Charter::next(&world::signed(first(), &OLD), world::NOW);
    let labels = ["xa new root 1", "xa new root 2"];
    next.root_keys = labels.map(world::public).to_vec();
    next.root_keys.sort();
    next
}

pub(super) fn charters() -> Group {
    let mut group = Group::new(CHAPTER, "identity-charter", shared(&[]));
    let zero = world::sign(&first(), &OLD);
    valid(&mut group, &zero);
    fields(&mut group);
    trust(&mut group, &zero);
    signatures(&mut group, &zero);
    group
}

fn valid(group: &mut Group, zero: &[u8]) {
    let all = world::sign(&first(), &["xa root 1", "xa root 2", "xa root 3"]);
    let one = world::sign(&second(), &BOTH);
    let signed = world::signed(second(), &BOTH);
    let third = Charter::next(&signed, world::NOW.plus(1));
    let two = world::sign(&third, &["xa new root 1", "xa new root 2"]);
    let req = &["IDN-2", "IDN-3", "IDN-4"];
    group.valid("first", req, arriving(&[zero]), out(&first()));
    group.valid(
        "first-signed-by-all",
        &["IDN-4"],
        arriving(&[&all]),
        out(&first()),
    );
    group.valid(
        "first-twice",
        &["IDN-37"],
        arriving(&[zero, &all]),
        out(&first()),
    );
    let chain = &["IDN-4", "IDN-5"];
    group.valid("second", chain, arriving(&[zero, &one]), out(&second()));
    group.valid("third", chain, arriving(&[zero, &one, &two]), out(&third));
}

fn changed(change: impl FnOnce(&mut Charter)) -> Charter {
    let mut charter = first();
    change(&mut charter);
    charter
}

fn fields(group: &mut Group) {
    let nine: Vec<_> = (1..=9)
        .map(|n| world::public(&format!("many {n}")))
        .collect();
    let mut nine = nine;
    nine.sort();
    let critical = Extension {
        id: 1,
        critical: true,
        value: Bytes::default(),
    };
    let cases = [
        (
            "previous-in-first",
            "IDN-2",
            "a previous hash",
            "Inconsistent",
            changed(|c| c.previous = Some(FixedBytes([0; 32]))),
        ),
        (
            "threshold-0",
            "IDN-4",
            "a threshold of 0",
            "OverLimit",
            changed(|c| c.threshold = 0),
        ),
        (
            "threshold-4",
            "IDN-4",
            "a threshold of 4 with 3 root keys",
            "OverLimit",
            changed(|c| c.threshold = 4),
        ),
        (
            "roster-keys-none",
            "IDN-30",
            "no roster key",
            "OverLimit",
            changed(|c| c.roster_keys.clear()),
        ),
        (
            "accord-keys-none",
            "IDN-30",
            "no accord key",
            "OverLimit",
            changed(|c| c.accord_keys.clear()),
        ),
        (
            "log-keys-9",
            "IDN-30",
            "nine log keys",
            "OverLimit",
            changed(|c| c.log_keys = nine),
        ),
        (
            "root-keys-unsorted",
            "ENC-17",
            "root keys in descending order",
            "Unsorted",
            changed(|c| c.root_keys.reverse()),
        ),
        (
            "extension-critical",
            "ENC-19",
            "a critical extension",
            "CriticalUnknown",
            changed(|c| c.extensions = Extensions(vec![critical])),
        ),
    ];
    for (id, clause, mutation, flag, charter) in cases {
        let fault = Fault::malformed("first", mutation, flag);
        let bytes = world::sign(&charter, &OLD);
        group.invalid(id, &[clause], fault, arriving(&[&bytes]));
    }
    let object = world::object(&first());
    let log = world::public("xa log").to_bytes();
    let spliced =
        |key: &[u8]| world::sign_bytes(Charter::KIND, &world::splice(&object, &log, key), &OLD);
    let fault = Fault::malformed(
        "first",
        "a log key with p added to its y",
        "KeyNotCanonical",
    );
    let bytes = spliced(&bad::ed25519_not_canonical());
    group.invalid("key-not-canonical", &["CRY-1"], fault, arriving(&[&bytes]));
    let fault = Fault::malformed("first", "a log key of order 4", "KeySmallOrder");
    group.invalid(
        "key-small-order",
        &["CRY-1"],
        fault,
        arriving(&[&spliced(&[0; 32])]),
    );
    let trailing = [&object[..], &[0]].concat();
    let bytes = world::sign_bytes(Charter::KIND, &trailing, &OLD);
    let fault = Fault::malformed("first", "a byte after the charter, signed", "Trailing");
    group.invalid("trailing", &["ENC-14"], fault, arriving(&[&bytes]));
    let tail = object.get(1..).unwrap_or_default();
    let bytes = world::sign_bytes(Charter::KIND, &[&[2], tail].concat(), &OLD);
    let fault = Fault::new(
        "first",
        "encoding version 2, signed",
        "WrongVersion",
        "decode",
        "version",
    );
    group.invalid("version-2", &["ENC-13"], fault, arriving(&[&bytes]));
    let mut none = second();
    none.previous = None;
    let fault = Fault::malformed("second", "no previous hash", "Inconsistent");
    let bytes = world::sign(&none, &BOTH);
    let zero = world::sign(&first(), &OLD);
    group.invalid(
        "second-without-previous",
        &["IDN-2"],
        fault,
        arriving(&[&zero, &bytes]),
    );
    let mut far = second();
    far.number = 1_024;
    let fault = Fault::malformed("second", "number 1,024", "OverLimit");
    let bytes = world::sign(&far, &BOTH);
    group.invalid(
        "number-1024",
        &["IDN-30"],
        fault,
        arriving(&[&zero, &bytes]),
    );
}

fn trust(group: &mut Group, zero: &[u8]) {
    let fault = |base, mutation, flag, reason| Fault::new(base, mutation, flag, "trust", reason);
    let unknown = |base, mutation| fault(base, mutation, "RootUnknown", "charter-unknown");
    let later = changed(|c| c.issued = world::NOW);
    let bytes = world::sign(&later, &OLD);
    let other_root = unknown("first", "issued later, so that its hash is not the root");
    group.invalid("other-root", &["IDN-3"], other_root, arriving(&[&bytes]));
    let foreign = world::sign_charter(&world::charter("xb"), "xb");
    let other_agency = unknown("first", "the charter of an agency that no accord names");
    group.invalid(
        "other-agency",
        &["IDN-3"],
        other_agency,
        arriving(&[&foreign]),
    );
    let one = world::sign(&second(), &BOTH);
    let missing = |base, mutation| fault(base, mutation, "ChainBroken", "charter-unknown");
    let alone = missing("second", "charter 0 left out");
    group.invalid("second-alone", &["IDN-5"], alone, arriving(&[&one]));
    let third = Charter::next(&world::signed(second(), &BOTH), world::NOW.plus(1));
    let two = world::sign(&third, &BOTH);
    let skipped = missing("third", "charter 1 left out");
    group.invalid(
        "third-after-first",
        &["IDN-5"],
        skipped,
        arriving(&[zero, &two]),
    );
    let broken = |base, mutation, flag| fault(base, mutation, flag, "charter-chain-broken");
    let mut elsewhere = second();
    elsewhere.previous = Some(FixedBytes([0; 32]));
    let bytes = world::sign(&elsewhere, &BOTH);
    let other = broken("second", "another previous hash", "ChainBroken");
    group.invalid(
        "second-after-another",
        &["IDN-5"],
        other,
        arriving(&[zero, &bytes]),
    );
    let mut fork = second();
    fork.issued = world::NOW.plus(1);
    let bytes = world::sign(&fork, &BOTH);
    let forked = broken("second", "a second charter 1 after it", "Forked");
    group.invalid(
        "second-forked",
        &["IDN-5"],
        forked,
        arriving(&[zero, &one, &bytes]),
    );
}

fn signatures(group: &mut Group, zero: &[u8]) {
    let fault =
        |base, mutation, flag| Fault::new(base, mutation, flag, "signature", "signature-invalid");
    let one = world::sign(&first(), &["xa root 1"]);
    let few = fault("first", "one signature below the threshold", "Unsigned");
    group.invalid("first-below-threshold", &["IDN-4"], few, arriving(&[&one]));
    let wrong = world::sign(&first(), &["xa root 1", "xa roster"]);
    let signer = fault(
        "first",
        "a roster key in the place of a root key",
        "WrongSigner",
    );
    group.invalid(
        "first-wrong-signer",
        &["IDN-4"],
        signer,
        arriving(&[&wrong]),
    );
    let flipped = fault("first", "a bit of a signature flipped", "BadSignature");
    group.invalid(
        "first-bit-flipped",
        &["CRY-1"],
        flipped,
        arriving(&[&bad::flipped(zero)]),
    );
    let malleated = fault("first", "the group order added to an S", "Malleable");
    group.invalid(
        "first-malleated",
        &["CRY-1"],
        malleated,
        arriving(&[&bad::malleated(zero)]),
    );
    let cross = world::sign_bytes(17, &world::object(&first()), &OLD);
    let kind = fault("first", "signed as a roster", "CrossKind");
    group.invalid("first-cross-kind", &["ENC-20"], kind, arriving(&[&cross]));
    let cases = [
        ("second-old-alone", "no signature of the new root keys", OLD),
        (
            "second-new-alone",
            "no signature of the old root keys",
            ["xa new root 1", "xa new root 2"],
        ),
    ];
    for (id, mutation, labels) in cases {
        let bytes = world::sign(&second(), &labels);
        let fault = fault("second", mutation, "Unsigned");
        group.invalid(id, &["IDN-4"], fault, arriving(&[zero, &bytes]));
    }
    let bytes = world::sign(&second(), &["xa root 1", "xa new root 1", "xa new root 2"]);
    let few = fault(
        "second",
        "one old signature below the threshold",
        "Unsigned",
    );
    group.invalid(
        "second-old-below-threshold",
        &["IDN-4"],
        few,
        arriving(&[zero, &bytes]),
    );
}
