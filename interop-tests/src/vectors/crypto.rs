//! Vectors of `spec/crypto.md`.

#![expect(clippy::indexing_slicing, reason = "only on values of our own making")]

use estafette_protocol::crypto::{KeyId, sha256};
use estafette_protocol::encoding::FixedBytes;

/// X25519 values that CRY-2 refuses, as the last 32 bytes of a ciphertext: id, what, value.
pub(super) const WEAK_POINTS: [(&str, &str, &str); 9] = [
    (
        "open-point-0",
        "X25519 part 0, re-signed",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "open-point-1",
        "X25519 part 1, re-signed",
        "0100000000000000000000000000000000000000000000000000000000000000",
    ),
    (
        "open-point-order-8",
        "X25519 part of order 8, re-signed",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    ),
    (
        "open-point-order-8-other",
        "X25519 part the other one of order 8, re-signed",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    ),
    (
        "open-point-p-less-1",
        "X25519 part p - 1, re-signed",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "open-point-p",
        "X25519 part p, re-signed",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "open-point-p-plus-1",
        "X25519 part p + 1, re-signed",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "open-point-largest",
        "X25519 part 2^255 - 1, re-signed",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ),
    (
        "open-point-high-bit",
        "X25519 part 9 with its highest bit set, re-signed",
        "0900000000000000000000000000000000000000000000000000000000000080",
    ),
];

/// The group order of Ed25519, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// A signature with the group order added to S: the same for a verifier that reduces S.
pub(super) fn with_order_added(mut signature: [u8; 64]) -> [u8; 64] {
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    signature
}

/// Identifier of an Ed25519 key, acceptable or not (CRY-7).
pub(super) fn ed25519_id(key: &[u8; 32]) -> KeyId {
    let hash = sha256(&[b"estafette/1/key/ed25519\0", key]);
    FixedBytes(std::array::from_fn(|at| hash.0[at]))
}
