//! Cases of `crypto-x25519`, and the values that CRY-2 refuses.

use crate::vectors::case::{Case, Chapter};
use serde_json::json;

/// X25519 values that CRY-2 refuses: id, what, value.
pub(in crate::vectors) const WEAK_POINTS: [(&str, &str, &str); 9] = [
    (
        "point-0",
        "X25519 value 0",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "point-1",
        "X25519 value 1",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "point-order-8",
        "X25519 value of order 8",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    ),
    (
        "point-order-8-other",
        "the other X25519 value of order 8",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ),
    (
        "point-p-less-1",
        "X25519 value p - 1",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "point-p",
        "X25519 value p",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "point-p-plus-1",
        "X25519 value p + 1",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "point-largest",
        "X25519 value 2^255 - 1",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "point-high-bit",
        "X25519 value 9 with the highest bit set",
        "0900000000000000000000000000000000000000000000000000000000000080",
    ),
];

pub(super) fn add(chapter: &mut Chapter) {
    let secret = "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4";
    let input = |public: &str| json!({ "secret": secret, "public": public });
    let rfc = "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c";
    let nine = "0900000000000000000000000000000000000000000000000000000000000000";
    // 2 is no abscissa of the curve but one of its twist, whose points of large order are good.
    let twist = "0200000000000000000000000000000000000000000000000000000000000000";
    // The largest values below p.
    let below = "ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f";
    let mut cases = vec![
        Case::valid("x25519", &["CRY-2"], input(rfc)),
        Case::valid("x25519-base", &["CRY-2"], input(nine)),
        Case::valid("x25519-twist", &["CRY-2"], input(twist)),
        Case::valid("x25519-below-p", &["CRY-2"], input(below)),
    ];
    for (id, mutation, point) in WEAK_POINTS {
        let verdict = ("decode", "public-key");
        let case = Case::invalid(
            id,
            &["CRY-2", "CRY-3"],
            ("x25519", mutation),
            verdict,
            input(point),
        );
        cases.push(case.flag("WeakKey"));
    }
    chapter.group("x25519", "crypto-x25519", &json!({}), cases);
}
