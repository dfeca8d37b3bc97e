//! Keys and signatures that only a careless implementation accepts.

use estafette_protocol::crypto::VerifyingKey;

/// 2^255 - 19, the modulus, little-endian.
const P: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xed;
    bytes[31] = 0x7f;
    bytes
};

/// The group order of Ed25519, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

fn small(value: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = value;
    bytes
}

/// p and a small number.
pub(super) fn above_p(more: u8) -> [u8; 32] {
    let mut bytes = P;
    bytes[0] = bytes[0].saturating_add(more);
    bytes
}

/// An Ed25519 key that is a point once its value is reduced, but is not reduced.
pub(super) fn ed25519_not_canonical() -> [u8; 32] {
    let is_point = |k: &u8| VerifyingKey::from_bytes(&small(*k)).is_ok();
    (2..19).find(is_point).map_or(P, above_p)
}

/// Ed25519 points of small order, each under a name.
pub(super) fn ed25519_small_order() -> [(&'static str, [u8; 32]); 4] {
    let mut minus_one = P;
    minus_one[0] = 0xec;
    let order_8 = [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ];
    [
        ("order-1", small(1)),
        ("order-2", minus_one),
        ("order-4", small(0)),
        ("order-8", order_8),
    ]
}

/// Bytes that are no Ed25519 point.
pub(super) fn ed25519_off_curve() -> [u8; 32] {
    let is_off = |k: &u8| VerifyingKey::from_bytes(&small(*k)).is_err();
    (2..19).find(is_off).map_or(P, small)
}

/// X25519 points of small order, each under a name.
pub(super) fn x25519_small_order() -> [(&'static str, [u8; 32]); 5] {
    let mut minus_one = P;
    minus_one[0] = 0xec;
    let order_8_a = [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
        0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
        0xb8, 0x00,
    ];
    let order_8_b = [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
        0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
        0x11, 0x57,
    ];
    [
        ("zero", small(0)),
        ("one", small(1)),
        ("order-8-a", order_8_a),
        ("order-8-b", order_8_b),
        ("minus-one", minus_one),
    ]
}

/// A signed object whose last signature has the group order added to its S (CRY-1).
pub(super) fn malleated(signed: &[u8]) -> Vec<u8> {
    let mut bytes = signed.to_vec();
    let at = bytes.len().saturating_sub(32);
    let mut carry = 0_u16;
    for (byte, order) in bytes.iter_mut().skip(at).zip(ORDER) {
        let sum = u16::from(*byte)
            .saturating_add(order.into())
            .saturating_add(carry);
        let [low, high] = sum.to_le_bytes();
        *byte = low;
        carry = high.into();
    }
    bytes
}

/// A signed object with one bit of its last signature flipped.
pub(super) fn flipped(signed: &[u8]) -> Vec<u8> {
    let mut bytes = signed.to_vec();
    let at = bytes.len().saturating_sub(40);
    bytes
        .iter_mut()
        .skip(at)
        .take(1)
        .for_each(|byte| *byte ^= 1);
    bytes
}
