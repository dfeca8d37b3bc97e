//! Getting in: invitations, enrolment requests and the fingerprints that people compare.
//!
//! Decides the text of an invitation and the proof of a request. Whether an invitation is known,
//! unused and in time is for the relay that issued it. Spec: identity.md, Getting in.

use crate::address::{Agency, Desk};
use crate::crypto::{Hash, HopKey, Secret, VerifyingKey, derive, hkdf_extract, sha256};
use crate::encoding::{EncodingError, FixedBytes, Object, Text, decode, encode, require};
use crate::roster::check_addresses;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

const PREFIX: &str = "est1";
const CHECK_BYTES: usize = 4;
/// Longest text looked at: the base32 of the longest invitation, with room for separators.
const TEXT_BYTES_MAX: usize = 8_192;

/// Why a text is no invitation. Whoever typed or copied it is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvitationError {
    /// It does not begin with `est1`, or holds something else than base32.
    #[error("an invitation begins with est1 and holds a-z and 2-7 alone")]
    Text,
    /// A character is wrong or missing.
    #[error("the check characters do not fit: a character is wrong or missing")]
    Check,
    /// The bytes within are no invitation.
    #[error("not an invitation: {0}")]
    Encoding(#[from] EncodingError),
}

/// The secret of an invitation. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct InvitationSecret([u8; 16]);

impl InvitationSecret {
    /// Takes 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    ///
    /// # Security
    /// For the relay's journal alone; never for output or logs.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl std::fmt::Debug for InvitationSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InvitationSecret(…)")
    }
}

/// What one device needs to ask for a place at a desk. Spec: identity.md, Getting in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The agency.
    pub agency: Agency,
    /// Hash of its charter 0.
    pub root: Hash,
    /// Where its relay listens.
    pub addresses: Vec<Text>,
    /// Hop key of that relay.
    pub relay_key: HopKey,
    /// The desk.
    pub desk: Desk,
    /// Until when it may be used.
    pub expires: UnixMillis,
    /// Proves to the relay that the invitation was held.
    pub secret: InvitationSecret,
}

impl Object for Invitation {
    const KIND: u8 = 22;
    const BYTES_MAX: usize = 1_024;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.desk.agency() == self.agency, "IDN-30")?;
        check_addresses(&self.addresses)
    }
}

impl Invitation {
    /// The invitation as people pass it on (IDN-25).
    ///
    /// # Errors
    /// When a field breaks a rule.
    pub fn to_text(&self) -> Result<String, EncodingError> {
        let mut bytes = encode(self)?;
        let check = sha256(&[&bytes]);
        bytes.extend(check.0.iter().take(CHECK_BYTES));
        let mut text = data_encoding::BASE32_NOPAD.encode(&bytes);
        text.make_ascii_lowercase();
        bytes.zeroize();
        Ok(format!("{PREFIX}{text}"))
    }

    /// Reads what [`Invitation::to_text`] wrote, ignoring case, white space and hyphens (IDN-25).
    ///
    /// # Errors
    /// [`InvitationError`], which says what to look for in the text.
    pub fn from_text(text: &str) -> Result<Self, InvitationError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(InvitationError::Text);
        }
        // IDN-25
        let folded: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n' | '-'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        let base32 = folded.strip_prefix(PREFIX).ok_or(InvitationError::Text)?;
        let bytes = data_encoding::BASE32_NOPAD
            .decode(base32.to_ascii_uppercase().as_bytes())
            .map_err(|_| InvitationError::Text)?;
        let (object, check) = bytes
            .split_last_chunk::<CHECK_BYTES>()
            .ok_or(InvitationError::Check)?;
        if !sha256(&[object]).0.starts_with(check) {
            return Err(InvitationError::Check);
        }
        Ok(decode(object)?)
    }
}

/// A device's request for a place at a desk. Spec: identity.md, Getting in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRequest {
    /// The desk.
    pub desk: Desk,
    /// The device's signing key.
    pub key: VerifyingKey,
    /// The static key of the link that it is sent on.
    pub hop_key: HopKey,
    /// Proof that the device holds the invitation's secret.
    pub proof: FixedBytes<32>,
}

impl Object for EnrolmentRequest {
    const KIND: u8 = 23;
    const BYTES_MAX: usize = 1_024;

    fn check(&self) -> Result<(), EncodingError> {
        Ok(())
    }
}

impl EnrolmentRequest {
    /// A request under an invitation.
    #[must_use]
    pub fn new(desk: Desk, key: VerifyingKey, hop_key: HopKey, secret: &InvitationSecret) -> Self {
        let proof = proof(&desk, &key, &hop_key, secret);
        Self {
            desk,
            key,
            hop_key,
            proof,
        }
    }

    /// Whether the proof was made with `secret` for exactly this desk and these keys (IDN-26).
    ///
    /// Takes the same time wherever the proofs differ.
    #[must_use]
    pub fn verify(&self, secret: &InvitationSecret) -> bool {
        let expected = proof(&self.desk, &self.key, &self.hop_key, secret);
        let pairs = expected.0.iter().zip(self.proof.0);
        pairs.fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
    }

    /// The fingerprint that the officer reads out (IDN-28).
    #[must_use]
    pub fn fingerprint(&self) -> Hash {
        device_fingerprint(&self.key, &self.hop_key)
    }
}

// IDN-26
fn proof(
    desk: &Desk,
    key: &VerifyingKey,
    hop_key: &HopKey,
    secret: &InvitationSecret,
) -> FixedBytes<32> {
    let prk: Secret = hkdf_extract(b"estafette/1/enrol", secret.expose());
    let info: [&[u8]; 5] = [
        b"proof\0",
        desk.as_str().as_bytes(),
        b"\0",
        &key.to_bytes(),
        hop_key.as_bytes(),
    ];
    FixedBytes(*derive(&prk, &info).expose())
}

/// What a roster-key holder compares with what the officer reads out before signing (IDN-28).
#[must_use]
pub fn device_fingerprint(key: &VerifyingKey, hop_key: &HopKey) -> Hash {
    let key = key.to_bytes();
    sha256(&[b"estafette/1/device\0", &key, hop_key.as_bytes()])
}

/// A hash as people compare it: its first 16 bytes, in eight groups of four digits (CRY-9).
#[must_use]
pub fn show_fingerprint(hash: &Hash) -> String {
    let groups: Vec<String> = hash
        .0
        .chunks(2)
        .take(8)
        .map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::SigningKey;

    fn invitation() -> Invitation {
        let relay = Secret::from_bytes([3; 32]).hop_public();
        Invitation {
            agency: "police.se".parse().unwrap(),
            root: FixedBytes([1; 32]),
            addresses: vec![Text::new("relay.police.example:4870").unwrap()],
            relay_key: HopKey::from_bytes(&relay).unwrap(),
            desk: "duty@spoc.police.se".parse().unwrap(),
            expires: UnixMillis(1_767_322_445_006),
            secret: InvitationSecret::from_bytes([5; 16]),
        }
    }

    /// Covers IDN-25.
    #[test]
    fn invitation_survives_retyping() {
        let text = invitation().to_text().unwrap();
        assert_eq!(Invitation::from_text(&text), Ok(invitation()));
        let typed: Vec<_> = text.as_bytes().chunks(5).collect();
        let typed = typed.join(&b"-\r\n "[..]).to_ascii_uppercase();
        let typed = String::from_utf8(typed).unwrap();
        assert_eq!(Invitation::from_text(&typed), Ok(invitation()));
    }

    /// Covers IDN-25.
    #[test]
    fn a_wrong_or_missing_character_is_noticed() {
        let text = invitation().to_text().unwrap();
        for at in 0..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(Invitation::from_text(&wrong).is_err(), "{at}");
            assert!(Invitation::from_text(&text[..at]).is_err(), "{at}");
        }
        assert!(Invitation::from_text(&format!("{text}é")).is_err());
    }

    #[test]
    fn debug_hides_the_secret() {
        assert!(!format!("{:?}", invitation()).contains("5, 5"));
    }

    /// Covers IDN-26.
    #[test]
    fn proof_binds_desk_keys_and_secret() {
        let secret = InvitationSecret::from_bytes([5; 16]);
        let key = |seed| SigningKey::from_seed(&Secret::from_bytes([seed; 32])).verifying_key();
        let hop = |seed| HopKey::from_bytes(&Secret::from_bytes([seed; 32]).hop_public()).unwrap();
        let desk: Desk = "duty@spoc.police.se".parse().unwrap();
        let request = EnrolmentRequest::new(desk, key(1), hop(2), &secret);
        assert!(request.verify(&secret));
        assert!(!request.verify(&InvitationSecret::from_bytes([6; 16])));
        let changed = [
            EnrolmentRequest {
                desk: "duty@hq.police.se".parse().unwrap(),
                ..request.clone()
            },
            EnrolmentRequest {
                key: key(3),
                ..request.clone()
            },
            EnrolmentRequest {
                hop_key: hop(3),
                ..request
            },
        ];
        assert!(changed.iter().all(|request| !request.verify(&secret)));
    }

    /// Covers CRY-9.
    #[test]
    fn fingerprint_is_eight_groups_of_four_digits() {
        let mut hash = [0xff; 32];
        (0_u8..16).zip(&mut hash).for_each(|(at, byte)| *byte = at);
        let shown = show_fingerprint(&FixedBytes(hash));
        assert_eq!(shown, "0001 0203 0405 0607 0809 0a0b 0c0d 0e0f");
    }
}
