//! Cases of `crypto-key-id`, `crypto-ed25519-verify` and `crypto-label`.

#![expect(
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use estafette_protocol::crypto::{KeyId, Secret, SigningKey, sha256};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::testing::SeededRng;
use serde_json::{Value, json};

/// The group order of Ed25519, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Key of the seed 42 repeated 32 times; the constructed signatures below are for it.
const KEY: &str = "2152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12";
/// The same point plus one of order 8.
const MIXED_KEY: &str = "70800703461b8dcbf9a4a6661ef74b8f946a38ccda26da8f3a8a8f5fcd945766";
const ORDER_8: &str = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";

/// Constructed signatures that fit the equation, or fit it once multiplied by the cofactor: id,
/// mutation, key, message, signature.
const CONSTRUCTED: [(&str, &str, &str, &str, &str); 6] = [
    (
        "verify-r-neutral",
        "R is the neutral element, S fits",
        KEY,
        "657374616665747465",
        "010000000000000000000000000000000000000000000000000000000000000050509306518c6336e02c83025b4a96d3c25f3169037d96147da961bee63f6101",
    ),
    (
        "verify-r-order-8",
        "R is of order 8, S fits once multiplied by the cofactor",
        KEY,
        "657374616665747465",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a1a24ccee33d44295928f301366126ef102e03f0c16a351f9caeecc72ab9f7901",
    ),
    (
        "verify-r-not-canonical",
        "R is the neutral element as y = p + 1, S fits",
        KEY,
        "657374616665747465",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fd8a756c4971d3ccf0a322f7e61c681fa848f825fe5fa80f87b84766645d4ef01",
    ),
    (
        "verify-r-mixed-order",
        "a point of order 8 added to R, S fits once multiplied by the cofactor",
        KEY,
        "657374616665747465",
        "40a4cf5c611d737a2f1c6fcca84d9cabfed80987f186a5a6c57e629bff1af27f7d357a4ac164e3e203817544b7c62b21e73c996e1f3101056f80bd039ed9c008",
    ),
    (
        "verify-key-mixed-order",
        "a point of order 8 added to the key, S fits once multiplied by the cofactor",
        MIXED_KEY,
        "6573746166657474652030",
        "ef4f62f8479733ad879cfaced3c89a9c39dd4fc795ef2efa1c3eafe4d729a0814462b2e69682405291d2f9e222811da2f7eba63baff1a436eb1f1159097c6409",
    ),
    (
        "verify-key-order-8",
        "the key is of order 8, S fits for this message",
        ORDER_8,
        "6573746166657474652031",
        "49a952edb48c7da2f21d414b599effb38939769dbbe12d83a9a1496f81d856770a03000000000000000000000000000000000000000000000000000000000000",
    ),
];

pub(super) fn add(chapter: &mut Chapter) {
    chapter.note(
        "WeakKey",
        "A key or point of small order, or not canonical.",
        "One signature is good for many messages, or a secret is known to everybody.",
    );
    chapter.note(
        "Malleable",
        "Another signature of the same message, made without the key.",
        "Two byte strings pass as the same statement, so that hashes and logs disagree.",
    );
    chapter.group("key-id", "crypto-key-id", &json!({}), identifiers());
    chapter.group("ed25519", "crypto-ed25519-verify", &json!({}), verifying());
    chapter.group("label", "crypto-label", &json!({}), labels());
}

/// A signature with the group order added to S: the same for a verifier that reduces S.
pub(in crate::vectors) fn with_order_added(mut signature: [u8; 64]) -> [u8; 64] {
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}

/// Identifier of an Ed25519 key, acceptable or not (CRY-7).
pub(in crate::vectors) fn ed25519_id(key: &[u8; 32]) -> KeyId {
    let hash = sha256(&[b"estafette/1/key/ed25519\0", key]);
    FixedBytes(std::array::from_fn(|at| hash.0[at]))
}

fn identifiers() -> Vec<Case> {
    let input = |algorithm: &str, key: &str| json!({ "algorithm": algorithm, "key": key });
    let nine = "0900000000000000000000000000000000000000000000000000000000000000";
    let neutral = "0100000000000000000000000000000000000000000000000000000000000000";
    let off_curve = "0200000000000000000000000000000000000000000000000000000000000000";
    let bad = |id, requirements, base, mutation, input| {
        let verdict = ("decode", "public-key");
        Case::invalid(id, requirements, (base, mutation), verdict, input).flag("WeakKey")
    };
    vec![
        Case::valid("key-id-ed25519", &["CRY-7"], input("ed25519", KEY)),
        Case::valid("key-id-x25519", &["CRY-7"], input("x25519", nine)),
        bad(
            "key-id-neutral",
            &["CRY-1"],
            "key-id-ed25519",
            "neutral element",
            input("ed25519", neutral),
        ),
        bad(
            "key-id-order-8",
            &["CRY-1"],
            "key-id-ed25519",
            "point of order 8",
            input("ed25519", ORDER_8),
        ),
        bad(
            "key-id-off-curve",
            &["CRY-1"],
            "key-id-ed25519",
            "y = 2, which no point has",
            input("ed25519", off_curve),
        ),
        bad(
            "key-id-x25519-1",
            &["CRY-2"],
            "key-id-x25519",
            "value 1",
            input("x25519", neutral),
        ),
    ]
}

fn verifying() -> Vec<Case> {
    let key = SigningKey::from_seed(&Secret::from_bytes([0x42; 32]));
    let message = b"estafette";
    let signature = key.sign(message);
    let input = |key: &str, message: &[u8], signature: &[u8]| json!({ "key": key, "message": hex(message), "signature": hex(signature) });
    let other = SigningKey::generate(&mut SeededRng::new("crypto"));
    let other_key = hex::encode(other.verifying_key().to_bytes());
    let mut cases = vec![
        Case::valid("verify", &["CRY-1"], input(KEY, message, &signature)),
        Case::valid("verify-empty", &["CRY-1"], input(KEY, b"", &key.sign(b""))),
        Case::valid(
            "verify-long",
            &["CRY-1"],
            input(&other_key, &[0xa5; 1000], &other.sign(&[0xa5; 1000])),
        ),
        // Not of small order, and the challenge happens to be a multiple of 8.
        Case::valid(
            "verify-key-mixed-order-fits",
            &["CRY-1"],
            json!({
                "key": MIXED_KEY,
                "message": "6573746166657474652039",
                "signature": "2de5bf3f9c28339f088e343f97dcc548f817ecb0010d997d4d51f250d6589396\
                              d28d5e9c7dd551c6908c69116deaa004fe73272e9392e11637194f40bf9e3601",
            }),
        ),
    ];
    let bad = |id, mutation, input: Value| {
        let verdict = ("signature", "signature-invalid");
        Case::invalid(id, &["CRY-1"], ("verify", mutation), verdict, input).also(&["public-key"])
    };
    let flipped = |at: usize, mask: u8| {
        let mut bytes = signature;
        bytes[at] ^= mask;
        bytes
    };
    let order = {
        let mut bytes = signature;
        bytes[32..].copy_from_slice(&ORDER);
        bytes
    };
    cases.extend([
        bad(
            "verify-other-message",
            "last letter of the message",
            input(KEY, b"estafettf", &signature),
        ),
        bad(
            "verify-other-key",
            "another key",
            input(&other_key, message, &signature),
        ),
        bad(
            "verify-r-bit",
            "lowest bit of R",
            input(KEY, message, &flipped(0, 1)),
        ),
        bad(
            "verify-s-bit",
            "lowest bit of S",
            input(KEY, message, &flipped(32, 1)),
        ),
        bad(
            "verify-s-top-bit",
            "highest bit of S",
            input(KEY, message, &flipped(63, 0x80)),
        )
        .flag("Malleable"),
        bad(
            "verify-s-plus-order",
            "the group order added to S",
            input(KEY, message, &with_order_added(signature)),
        )
        .flag("Malleable"),
        bad(
            "verify-s-is-order",
            "S is the group order",
            input(KEY, message, &order),
        )
        .flag("Malleable"),
        bad(
            "verify-zeros",
            "signature of zeros",
            input(KEY, message, &[0; 64]),
        ),
        bad(
            "verify-key-off-curve",
            "a key that is no point",
            input(&format!("02{}", "00".repeat(31)), message, &signature),
        )
        .flag("WeakKey"),
        bad(
            "verify-key-zeros",
            "a key of zeros, which is of order 4",
            input(&"00".repeat(32), message, &signature),
        )
        .flag("WeakKey"),
    ]);
    let neutral = format!("01{}", "00".repeat(31));
    let fits = [&[1], [0; 63].as_slice()].concat();
    for (id, mutation, key) in [
        (
            "verify-key-neutral",
            "the neutral element as key and R, S = 0",
            neutral,
        ),
        (
            "verify-key-not-canonical",
            "the same with the key as y = p + 1",
            format!("ee{}7f", "ff".repeat(30)),
        ),
        (
            "verify-key-sign-of-zero",
            "the same with the sign of x = 0 set",
            format!("01{}80", "00".repeat(30)),
        ),
    ] {
        cases.push(bad(id, mutation, input(&key, message, &fits)).flag("WeakKey"));
    }
    for (id, mutation, key, message, signature) in CONSTRUCTED {
        let input = json!({ "key": key, "message": message, "signature": signature });
        cases.push(bad(id, mutation, input).flag("WeakKey"));
    }
    cases
}

fn labels() -> Vec<Case> {
    let case = |id, status: &str, purpose: &str| {
        Case::valid(
            id,
            &["CRY-8"],
            json!({ "status": status, "purpose": purpose }),
        )
    };
    vec![
        case("label-actual", "actual", "header"),
        case("label-exercise", "exercise", "signature"),
        case("label-test", "test", "remark"),
    ]
}
