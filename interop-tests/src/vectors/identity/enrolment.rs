//! Invitations and enrolment requests.

use super::super::chapter::{Fault, Group};
use super::super::{bad, world};
use super::CHAPTER;
use super::answer::{invitation_fields, request_fields};
use estafette_protocol::crypto::sha256;
use estafette_protocol::encoding::{FixedBytes, encode_unchecked};
use estafette_protocol::enrolment::{
    EnrolmentRequest, Invitation, InvitationSecret, show_fingerprint,
};
use estafette_protocol::time::DAY_MS;
use serde_json::json;

const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

fn secret() -> InvitationSecret {
    let seed = world::seed("invitation");
    InvitationSecret::from_bytes(seed.expose().first_chunk().copied().unwrap_or_default())
}

fn invitation() -> Invitation {
    Invitation {
        agency: world::agency("xa"),
        root: world::hash(&world::charter("xa")),
        addresses: vec![
            world::text("relay.police.example:4870"),
            world::text("[2001:db8::1]:4870"),
        ],
        relay_key: world::hop("xa relay"),
        desk: world::desk("spoc", "xa"),
        expires: world::NOW.plus(DAY_MS),
        secret: secret(),
    }
}

/// Base32 in lower case without padding, as IDN-25 has it.
fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| {
        let byte = bytes.get(at / 8).copied().unwrap_or(0);
        usize::from(byte >> (7 - at % 8) & 1)
    };
    let digits = (bytes.len() * 8).div_ceil(5);
    let digit = |n: usize| (0..5).fold(0, |value, at| value * 2 + bit(n * 5 + at));
    let letter = |n| ALPHABET.get(digit(n)).copied().unwrap_or(b'a');
    (0..digits).map(|n| char::from(letter(n))).collect()
}

/// The text around any bytes, with good check characters.
fn text_of(object: &[u8]) -> String {
    let check = sha256(&[object]);
    let check = check.0.first_chunk::<4>().copied().unwrap_or_default();
    format!("est1{}", base32(&[object, &check].concat()))
}

fn text(invitation: &Invitation) -> String {
    text_of(&encode_unchecked(invitation).unwrap_or_default())
}

pub(super) fn invitations() -> Group {
    let mut group = Group::new(CHAPTER, "identity-invitation", json!({}));
    let good = text(&invitation());
    let fields = json!({ "fields": invitation_fields(&invitation()) });
    let input = |text: &str| json!({ "text": text });
    let req = &["IDN-25"];
    group.valid("written", req, fields.clone(), input(&good));
    group.valid("read", req, input(&good), fields.clone());
    group.valid(
        "upper-case",
        req,
        input(&good.to_ascii_uppercase()),
        fields.clone(),
    );
    let grouped: Vec<_> = good
        .as_bytes()
        .chunks(6)
        .map(String::from_utf8_lossy)
        .collect();
    group.valid("hyphens", req, input(&grouped.join("-")), fields.clone());
    group.valid(
        "line-ends",
        req,
        input(&format!("{}\r\n", grouped.join(" \t\n"))),
        fields,
    );
    let short = good.split_at(good.len() - 1).0;
    let (head, tail) = good.split_at(40);
    let (first, rest) = tail.split_at(1);
    let wrong = if first == "a" { "b" } else { "a" };
    let two: String = rest
        .chars()
        .take(1)
        .chain(first.chars())
        .chain(rest.chars().skip(1))
        .collect();
    let cases = [
        (
            "prefix-missing",
            "no est1",
            good.trim_start_matches("est1").to_owned(),
        ),
        ("prefix-other", "est2", good.replacen("est1", "est2", 1)),
        (
            "letter-wrong",
            "a wrong letter",
            format!("{head}{wrong}{rest}"),
        ),
        (
            "letter-missing",
            "a letter left out",
            format!("{head}{rest}"),
        ),
        (
            "letters-swapped",
            "two letters swapped",
            format!("{head}{two}"),
        ),
        ("last-missing", "the last letter left out", short.to_owned()),
        ("letter-more", "two letters more", format!("{good}aa")),
        (
            "letter-not-base32",
            "a digit 1 in the place of a letter",
            format!("{head}1{rest}"),
        ),
        ("padding", "padding", format!("{good}=")),
        (
            "not-ascii",
            "a letter beyond ASCII",
            format!("{head}ä{rest}"),
        ),
        ("empty", "an empty text", String::new()),
        ("prefix-alone", "nothing after est1", "est1".to_owned()),
    ];
    for (id, mutation, text) in cases {
        let fault = Fault::malformed("read", mutation, "Mistyped");
        group.invalid(id, req, fault, input(&text));
    }
    contents(&mut group);
    group
}

fn contents(group: &mut Group) {
    let object = world::object(&invitation());
    let relay = world::hop("xa relay");
    let foreign = Invitation {
        desk: world::desk("spoc", "xb"),
        ..invitation()
    };
    let unreachable = Invitation {
        addresses: Vec::new(),
        ..invitation()
    };
    let cases = [
        (
            "trailing",
            "ENC-14",
            "a byte after the object, with its check",
            "Trailing",
            text_of(&[&object[..], &[0]].concat()),
        ),
        (
            "desk-foreign",
            "IDN-30",
            "a desk of another agency",
            "Inconsistent",
            text(&foreign),
        ),
        (
            "addresses-none",
            "IDN-30",
            "no address",
            "OverLimit",
            text(&unreachable),
        ),
        (
            "relay-key-zero",
            "CRY-2",
            "a relay key of zeros",
            "KeySmallOrder",
            text_of(&world::splice(&object, relay.as_bytes(), &[0; 32])),
        ),
    ];
    for (id, clause, mutation, flag, text) in cases {
        let fault = Fault::malformed("read", mutation, flag);
        group.invalid(id, &[clause], fault, json!({ "text": text }));
    }
}

fn request() -> EnrolmentRequest {
    let label = "xa spoc 3";
    EnrolmentRequest::new(
        world::desk("spoc", "xa"),
        world::public(label),
        world::hop(label),
        &secret(),
    )
}

pub(super) fn enrolments() -> Group {
    let mut group = Group::new(CHAPTER, "identity-enrolment", json!({}));
    let secret = hex::encode(secret().expose());
    let fields = request_fields(&request());
    let object = world::object(&request());
    let good = hex::encode(&object);
    let made = json!({ "fields": fields, "secret": secret });
    group.valid("made", &["IDN-26"], made, json!({ "request": good }));
    let shown = show_fingerprint(&request().fingerprint());
    let out = json!({ "fields": fields, "fingerprint": shown });
    let input = |bytes: &[u8]| json!({ "request": hex::encode(bytes), "secret": secret });
    group.valid("read", &["IDN-26", "IDN-28", "CRY-9"], input(&object), out);
    let fault = |mutation| {
        Fault::new(
            "read",
            mutation,
            "WrongProof",
            "signature",
            "invitation-unknown",
        )
    };
    let other = json!({ "request": good, "secret": "00".repeat(16) });
    group.invalid("other-secret", &["IDN-26"], fault("another secret"), other);
    let cases = [
        (
            "other-desk",
            "another desk under the same proof",
            EnrolmentRequest {
                desk: world::desk("hq", "xa"),
                ..request()
            },
        ),
        (
            "other-key",
            "another key under the same proof",
            EnrolmentRequest {
                key: world::public("stranger"),
                ..request()
            },
        ),
        (
            "other-hop-key",
            "another hop key under the same proof",
            EnrolmentRequest {
                hop_key: world::hop("stranger"),
                ..request()
            },
        ),
        (
            "no-proof",
            "a proof of zeros",
            EnrolmentRequest {
                proof: FixedBytes([0; 32]),
                ..request()
            },
        ),
    ];
    for (id, mutation, request) in cases {
        group.invalid(
            id,
            &["IDN-26"],
            fault(mutation),
            input(&world::object(&request)),
        );
    }
    let hop = world::hop("xa spoc 3");
    let key = world::public("xa spoc 3").to_bytes();
    let cases = [
        (
            "trailing",
            "ENC-14",
            "a byte more",
            "Trailing",
            [&object[..], &[0]].concat(),
        ),
        (
            "hop-key-zero",
            "CRY-2",
            "a hop key of zeros",
            "KeySmallOrder",
            world::splice(&object, hop.as_bytes(), &[0; 32]),
        ),
        (
            "key-not-canonical",
            "CRY-1",
            "a key with p added to its y",
            "KeyNotCanonical",
            world::splice(&object, &key, &bad::ed25519_not_canonical()),
        ),
    ];
    for (id, clause, mutation, flag, bytes) in cases {
        let fault = Fault::malformed("read", mutation, flag);
        group.invalid(id, &[clause], fault, input(&bytes));
    }
    group
}
