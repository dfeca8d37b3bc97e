//! Objects: head, limits, order, extensions and signed objects.

use super::super::chapter::{Fault, Group};
use super::super::world;
use super::CHAPTER;
use estafette_protocol::charter::Charter;
use estafette_protocol::encoding::{Bytes, Extension, Extensions, Object};
use estafette_protocol::suspension::Suspension;
use serde_json::{Value, json};

fn input(kind: u8, bytes: &[u8]) -> Value {
    json!({ "kind": kind, "bytes": hex::encode(bytes) })
}

fn extension(id: u16, critical: bool, len: usize) -> Extension {
    Extension {
        id,
        critical,
        value: Bytes::from(vec![0; len]),
    }
}

fn extended(extensions: Vec<Extension>) -> Charter {
    Charter {
        extensions: Extensions(extensions),
        ..world::charter("xa")
    }
}

fn unchecked(charter: &Charter) -> Vec<u8> {
    // The inner object of a signed one is encoded without its checks.
    estafette_protocol::encoding::encode_unchecked(charter).unwrap_or_default()
}

pub(super) fn objects() -> Group {
    let mut group = Group::new(CHAPTER, "encoding-object", json!({}));
    heads(&mut group);
    extensions(&mut group);
    orders(&mut group);
    signed(&mut group);
    group
}

fn heads(group: &mut Group) {
    let kind = Suspension::KIND;
    let good = world::object(&world::suspension());
    let hash = world::hex_hash(&world::suspension());
    group.valid(
        "suspension",
        &["ENC-12", "ENC-21"],
        input(kind, &good),
        json!({ "hash": hash }),
    );
    let with_head = |version: u8, kind: u8| {
        let tail = good.get(2..).unwrap_or_default();
        [&[version, kind][..], tail].concat()
    };
    let version =
        |mutation| Fault::new("suspension", mutation, "WrongVersion", "decode", "version");
    for (id, number) in [("version-0", 0), ("version-2", 2)] {
        let bytes = with_head(number, kind);
        group.invalid(
            id,
            &["ENC-12", "ENC-13"],
            version("another version byte"),
            input(kind, &bytes),
        );
    }
    let fault = |mutation, flag| Fault::malformed("suspension", mutation, flag);
    let other = with_head(1, 24);
    let wrong = fault("the kind byte of a rotation", "WrongKind");
    group.invalid("kind-other", &["ENC-13"], wrong, input(kind, &other));
    let trailing = [&good[..], &[0]].concat();
    let req = &["ENC-14"];
    group.invalid(
        "trailing",
        req,
        fault("a byte more", "Trailing"),
        input(kind, &trailing),
    );
    let short = good.split_last().map_or(&[][..], |(_, rest)| rest);
    let truncated = fault("the last byte is missing", "Truncated");
    group.invalid("truncated", &["ENC-13"], truncated, input(kind, short));
    let no_head = fault("nothing but the version byte", "Truncated");
    group.invalid("head-alone", &["ENC-12"], no_head, input(kind, &[1]));
    group.invalid(
        "empty",
        &["ENC-12"],
        fault("no byte at all", "Truncated"),
        input(kind, &[]),
    );
    let padded = world::splice(&good, b"\x09police.xa", b"\x89\x00police.xa");
    let not_canonical = fault("the first length in two bytes", "NonMinimal");
    group.invalid(
        "not-canonical",
        &["ENC-15"],
        not_canonical,
        input(kind, &padded),
    );
}

fn extensions(group: &mut Group) {
    let kind = Charter::KIND;
    let good = extended(vec![extension(1, false, 3), extension(300, false, 0)]);
    let hash = json!({ "hash": world::hex_hash(&good) });
    let req = &["ENC-18", "ENC-19"];
    group.valid(
        "charter-extended",
        req,
        input(kind, &world::object(&good)),
        hash,
    );
    let full = extended((1..=7).map(|id| extension(id, false, 1_024)).collect());
    let hash = json!({ "hash": world::hex_hash(&full) });
    group.valid(
        "charter-long",
        &["ENC-13"],
        input(kind, &world::object(&full)),
        hash,
    );
    let cases = [
        (
            "extensions-unsorted",
            "ids descend",
            "Unsorted",
            "ENC-18",
            vec![extension(300, false, 0), extension(1, false, 3)],
        ),
        (
            "extension-twice",
            "an id twice",
            "Duplicate",
            "ENC-18",
            vec![extension(1, false, 3), extension(1, false, 3)],
        ),
        (
            "extension-critical",
            "the second is critical",
            "CriticalUnknown",
            "ENC-19",
            vec![extension(1, false, 3), extension(300, true, 0)],
        ),
        (
            "extension-too-long",
            "a value of 1,025 bytes",
            "OverLimit",
            "ENC-18",
            vec![extension(1, false, 1_025), extension(300, false, 0)],
        ),
    ];
    for (id, mutation, flag, clause, list) in cases {
        let bytes = unchecked(&extended(list));
        let fault = Fault::malformed("charter-extended", mutation, flag);
        group.invalid(id, &[clause], fault, input(kind, &bytes));
    }
    let long = extended((1..=8).map(|id| extension(id, false, 1_024)).collect());
    let fault = Fault::malformed(
        "charter-long",
        "an eighth extension: above 8,192 bytes",
        "OverLimit",
    );
    group.invalid(
        "charter-too-long",
        &["ENC-13"],
        fault,
        input(kind, &unchecked(&long)),
    );
}

fn orders(group: &mut Group) {
    let kind = Charter::KIND;
    let good = world::charter("xa");
    let hash = json!({ "hash": world::hex_hash(&good) });
    group.valid(
        "charter",
        &["ENC-17", "ENC-21"],
        input(kind, &world::object(&good)),
        hash,
    );
    let mut swapped = good.clone();
    swapped.root_keys.reverse();
    let fault = Fault::malformed("charter", "root keys in descending order", "Unsorted");
    group.invalid(
        "keys-unsorted",
        &["ENC-17"],
        fault,
        input(kind, &unchecked(&swapped)),
    );
    let mut twice = good;
    twice.root_keys = vec![world::public("xa root 1"); 3];
    let fault = Fault::malformed("charter", "one root key three times", "Duplicate");
    group.invalid(
        "keys-twice",
        &["ENC-17"],
        fault,
        input(kind, &unchecked(&twice)),
    );
}

fn signed(group: &mut Group) {
    let charter = world::charter("xa");
    let two = world::sign(&charter, &["xa root 1", "xa root 2"]);
    let three = world::sign(&charter, &["xa root 1", "xa root 2", "xa root 3"]);
    let out = json!({ "inner": Charter::KIND, "hash": world::hex_hash(&charter) });
    let req = &["ENC-20", "ENC-21"];
    group.valid("signed", req, input(1, &two), out.clone());
    group.valid(
        "signed-once-more",
        &["ENC-21"],
        input(1, &three),
        out.clone(),
    );
    let labels: Vec<String> = (1..=17).map(|n| format!("signer {n}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let sixteen = labels.split_last().map_or(&[][..], |(_, rest)| rest);
    let most = world::sign(&charter, sixteen);
    group.valid("signed-by-16", &["ENC-20"], input(1, &most), out);
    let over = world::sign(&charter, &labels);
    let fault = Fault::malformed("signed-by-16", "a seventeenth signature", "OverLimit");
    group.invalid("signed-by-17", &["ENC-20"], fault, input(1, &over));
    let fault = |mutation, flag| Fault::malformed("signed", mutation, flag);
    let none = world::sign(&charter, &[]);
    group.invalid(
        "unsigned",
        &["ENC-20"],
        fault("no signature", "OverLimit"),
        input(1, &none),
    );
    let double = world::sign(&charter, &["xa root 1", "xa root 1"]);
    let twice = fault("the same signature twice", "Duplicate");
    group.invalid("signed-twice", &["ENC-20"], twice, input(1, &double));
    let (head, tail) = two.split_at(two.len().saturating_sub(160));
    let (first, second) = tail.split_at(tail.len() / 2);
    let swapped = [head, second, first].concat();
    let unsorted = fault("the signatures swapped", "Unsorted");
    group.invalid(
        "signatures-unsorted",
        &["ENC-20"],
        unsorted,
        input(1, &swapped),
    );
    let mut inner = world::object(&charter);
    inner.push(0);
    let bytes = world::sign_bytes(Charter::KIND, &inner, &["xa root 1", "xa root 2"]);
    let trailing = fault("a byte after the inner object, signed", "Trailing");
    group.invalid("inner-trailing", &["ENC-14"], trailing, input(1, &bytes));
    let cut = inner.get(..1).unwrap_or_default();
    let bytes = world::sign_bytes(Charter::KIND, cut, &["xa root 1", "xa root 2"]);
    let cut = fault("nothing but a version byte within, signed", "Truncated");
    group.invalid("inner-head-alone", &["ENC-12"], cut, input(1, &bytes));
}
