//! Cases of `crypto-xwing-import`, `crypto-xwing-public`, `crypto-wrap-seal` and
//! `crypto-wrap-open`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tables of cases, on values of our own making"
)]

use super::points::WEAK_POINTS;
use crate::json::hex;
use crate::vectors::case::{Case, Chapter};
use crate::vectors::rng::GivenRng;
use estafette_protocol::crypto::{Secret, XWingSecret, seal_wrap};
use estafette_protocol::testing::SeededRng;
use serde_json::json;

/// Where the X25519 part of a public key and of an encapsulated key starts.
const PUBLIC_POINT: usize = 1184;
const ENCAPSULATED_POINT: usize = 1088;

pub(super) fn add(chapter: &mut Chapter) {
    let mut rng = SeededRng::new("crypto/wrap");
    let secret = XWingSecret::generate(&mut rng);
    let other = XWingSecret::generate(&mut rng);
    let content_key = Secret::generate(&mut rng);
    let randomness: [u8; 64] = rng.array();
    let public = secret.public().unwrap();
    let seed = |secret: &XWingSecret| json!({ "seed": hex(secret.seed().expose()) });
    chapter.group(
        "xwing-public",
        "crypto-xwing-public",
        &json!({}),
        vec![
            Case::valid("xwing-public", &["CRY-4", "CRY-6"], seed(&secret)),
            Case::valid(
                "xwing-public-zeros",
                &["CRY-6"],
                json!({ "seed": "00".repeat(32) }),
            ),
        ],
    );
    chapter.group(
        "xwing-import",
        "crypto-xwing-import",
        &json!({}),
        importing(public.as_bytes()),
    );

    let info = b"estafette/1/actual/wrap\0 and what it binds";
    let input = json!({
        "key": hex(public.as_bytes()),
        "info": hex(info),
        "content_key": hex(content_key.expose()),
        "rng": hex(&randomness),
    });
    let sealing = Case::valid("wrap-seal", &["CRY-4"], input).derand();
    chapter.group("wrap-seal", "crypto-wrap-seal", &json!({}), vec![sealing]);

    let mut rng = GivenRng::new(randomness.to_vec());
    let sealed = seal_wrap(&public, info, &content_key, &mut rng).unwrap().0;
    chapter.group(
        "wrap-open",
        "crypto-wrap-open",
        &json!({}),
        opening(&secret, &other, info, &sealed),
    );
}

fn importing(good: &[u8]) -> Vec<Case> {
    let input = |key: &[u8]| json!({ "key": hex(key) });
    let bad = |id: &str, mutation: &str, key: &[u8]| {
        let verdict = ("decode", "public-key");
        let case = Case::invalid(
            id,
            &["CRY-4"],
            ("xwing-import", mutation),
            verdict,
            input(key),
        );
        case.flag("WeakKey")
    };
    // Coefficients are 12 bits, little-endian: two in three bytes.
    let coefficient = |at: usize, value: u16| {
        let mut key = good.to_vec();
        let (byte, [low, high]) = (at / 2 * 3, value.to_le_bytes());
        if at.is_multiple_of(2) {
            key[byte] = low;
            key[byte + 1] = (key[byte + 1] & 0xf0) | high;
        } else {
            key[byte + 1] = (key[byte + 1] & 0x0f) | (low << 4);
            key[byte + 2] = (low >> 4) | (high << 4);
        }
        key
    };
    let mut cases = vec![
        Case::valid("xwing-import", &["CRY-4"], input(good)),
        Case::valid(
            "xwing-import-3328",
            &["CRY-4"],
            input(&coefficient(0, 3328)),
        ),
        bad(
            "xwing-3329-first",
            "first coefficient 3329",
            &coefficient(0, 3329),
        ),
        bad(
            "xwing-3329-second",
            "second coefficient 3329",
            &coefficient(1, 3329),
        ),
        bad(
            "xwing-3329-last",
            "last coefficient 3329",
            &coefficient(767, 3329),
        ),
        bad("xwing-4095", "coefficient 4095", &coefficient(300, 4095)),
        bad("xwing-short", "last byte cut", &good[..1215]),
        bad("xwing-long", "a byte added", &[good, &[0]].concat()),
        bad("xwing-empty", "no bytes", &[]),
    ];
    for (id, mutation, point) in WEAK_POINTS {
        let mut key = good.to_vec();
        key[PUBLIC_POINT..].copy_from_slice(&hex::decode(point).unwrap());
        cases.push(bad(&format!("xwing-{id}"), mutation, &key));
    }
    cases
}

fn opening(secret: &XWingSecret, other: &XWingSecret, info: &[u8], sealed: &[u8]) -> Vec<Case> {
    let input = |secret: &XWingSecret, info: &[u8], sealed: &[u8]| {
        json!({
            "seed": hex(secret.seed().expose()),
            "info": hex(info),
            "sealed": hex(sealed),
        })
    };
    let bad = |id: &str, requirements, mutation, input| {
        Case::invalid(
            id,
            requirements,
            ("wrap-open", mutation),
            ("unwrap", "unwrap"),
            input,
        )
    };
    let flipped = |at: usize| {
        let mut sealed = sealed.to_vec();
        sealed[at] ^= 1;
        input(secret, info, &sealed)
    };
    let mut cases = vec![
        Case::valid("wrap-open", &["CRY-4"], input(secret, info, sealed)),
        bad(
            "wrap-other-key",
            &["CRY-4"],
            "another secret",
            input(other, info, sealed),
        ),
        bad(
            "wrap-other-info",
            &["CRY-4"],
            "last letter of info cut",
            input(secret, &info[..info.len() - 1], sealed),
        ),
        bad(
            "wrap-kem-bit",
            &["CRY-4"],
            "a bit of the ML-KEM ciphertext",
            flipped(0),
        ),
        bad(
            "wrap-point-bit",
            &["CRY-4"],
            "a bit of the X25519 part",
            flipped(ENCAPSULATED_POINT),
        ),
        bad(
            "wrap-key-bit",
            &["CRY-4"],
            "a bit of the sealed key",
            flipped(1120),
        ),
        bad(
            "wrap-tag-bit",
            &["CRY-4"],
            "a bit of the tag",
            flipped(1167),
        ),
    ];
    for (id, mutation, point) in WEAK_POINTS {
        let mut sealed = sealed.to_vec();
        let point = hex::decode(point).unwrap();
        sealed[ENCAPSULATED_POINT..ENCAPSULATED_POINT + 32].copy_from_slice(&point);
        cases.push(
            bad(
                &format!("wrap-{id}"),
                &["CRY-5"],
                mutation,
                input(secret, info, &sealed),
            )
            .flag("WeakKey"),
        );
    }
    cases
}
