//! What is expected of Wycheproof, by flag.
//!
//! Wycheproof calls some X25519 cases `acceptable`, because RFC 7748 leaves them open. CRY-2 and
//! CRY-3 do not: of these, points of small order and values that are not reduced, the highest bit
//! included, are refused; all others, points of the twist among them, are accepted with the result
//! that the file says.
//!
//! An ML-KEM case applies as far as its key goes: `estafette_protocol::crypto::XWingPublic` takes
//! it as the first part of an X-Wing key. Cases about secrets or ciphertexts do not apply.

/// Flags whose `acceptable` cases have to be refused.
pub(super) const REFUSED_THOUGH_ACCEPTABLE: [&str; 3] =
    ["LowOrderPublic", "NonCanonicalPublic", "ZeroSharedSecret"];

/// File, flag (`-` for none), and how many cases are accepted, refused, not applicable.
pub(super) const TABLE: &[(&str, &str, [usize; 3])] = &[
    ("x25519", "EdgeCaseMultiplication", [389, 5, 0]),
    ("x25519", "EdgeCasePrivateKey", [7, 0, 0]),
    ("x25519", "EdgeCaseShared", [14, 0, 0]),
    ("x25519", "Ktv", [3, 0, 0]),
    ("x25519", "LowOrderPublic", [0, 31, 0]),
    ("x25519", "NonCanonicalPublic", [0, 19, 0]),
    ("x25519", "Normal", [1, 0, 0]),
    ("x25519", "SmallPublicKey", [0, 8, 0]),
    ("x25519", "SpecialPublicKey", [54, 25, 0]),
    ("x25519", "Twist", [210, 11, 0]),
    ("x25519", "ZeroSharedSecret", [0, 31, 0]),
    ("ed25519", "CompressedSignature", [0, 4, 0]),
    ("ed25519", "InvalidEncoding", [0, 22, 0]),
    ("ed25519", "InvalidKtv", [0, 1, 0]),
    ("ed25519", "InvalidSignature", [0, 20, 0]),
    ("ed25519", "Ktv", [38, 0, 0]),
    ("ed25519", "SignatureMalleability", [0, 8, 0]),
    ("ed25519", "SignatureWithGarbage", [0, 5, 0]),
    ("ed25519", "TinkOverflow", [32, 0, 0]),
    ("ed25519", "TruncatedSignature", [0, 3, 0]),
    ("ed25519", "Valid", [18, 0, 0]),
    ("mlkem_768", "-", [152, 0, 40]),
    ("mlkem_768", "Strcmp", [1, 0, 0]),
    ("chacha20_poly1305", "EdgeCaseCiphertext", [24, 0, 0]),
    ("chacha20_poly1305", "EdgeCasePoly1305", [84, 0, 0]),
    ("chacha20_poly1305", "EdgeCasePolyKey", [20, 0, 0]),
    ("chacha20_poly1305", "EdgeCaseTag", [7, 0, 0]),
    ("chacha20_poly1305", "InvalidNonceSize", [0, 9, 0]),
    ("chacha20_poly1305", "Ktv", [1, 0, 0]),
    ("chacha20_poly1305", "ModifiedTag", [0, 60, 0]),
    ("chacha20_poly1305", "Pseudorandom", [120, 0, 0]),
    ("hkdf_sha256", "-", [2, 0, 0]),
    ("hkdf_sha256", "EmptySalt", [23, 0, 0]),
    ("hkdf_sha256", "MaximalOutputSize", [3, 0, 0]),
    ("hkdf_sha256", "Normal", [66, 0, 0]),
    ("hkdf_sha256", "OutputCollision", [11, 0, 0]),
    ("hkdf_sha256", "SizeTooLarge", [0, 3, 0]),
];
