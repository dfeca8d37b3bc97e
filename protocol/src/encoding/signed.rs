//! Signed objects: the inner object's bytes as received, and signatures over them.

use super::{
    Bytes, EncodingError, FixedBytes, Object, decode, encode, kind, require, require_sorted,
};
use crate::crypto::{Hash, KeyId, SigningKey, VerifyingKey, sha256};
use serde::{Deserialize, Serialize};

/// A signature and the key that made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Identifier of the signing key.
    pub key: KeyId,
    /// The Ed25519 signature.
    pub signature: FixedBytes<64>,
}

/// Inner object and signatures as they stand on the wire. Spec: encoding.md, Signed objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedObject {
    /// The inner object's bytes, never encoded again.
    pub object: Bytes,
    /// Signatures, sorted by key.
    pub signatures: Vec<Signature>,
}

impl Object for SignedObject {
    const KIND: u8 = 1;
    const BYTES_MAX: usize = 1_114_000;

    fn check(&self) -> Result<(), EncodingError> {
        require((1..=16).contains(&self.signatures.len()), "ENC-20")?;
        require_sorted(self.signatures.iter().map(|s| s.key), "ENC-20")
    }
}

/// A decoded object together with the bytes and signatures it came from.
///
/// Holding one says that the bytes are canonical, not that any signature is good: call
/// [`Signed::verify`] with the keys that may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed<T> {
    value: T,
    hash: Hash,
    object: Bytes,
    signatures: Vec<Signature>,
}

impl<T: Object> Signed<T> {
    /// Signs a value with one or more keys.
    ///
    /// # Errors
    /// When the value breaks a rule of its kind, or a key is given twice.
    pub fn sign(value: T, keys: &[&SigningKey]) -> Result<Self, EncodingError> {
        let object = encode(&value)?;
        let message = signing_bytes(T::KIND, &object);
        let mut signatures: Vec<_> = keys
            .iter()
            .map(|key| Signature {
                key: key.verifying_key().id(),
                signature: FixedBytes(key.sign(&message)),
            })
            .collect();
        signatures.sort_by_key(|s| s.key);
        require_sorted(signatures.iter().map(|s| s.key), "ENC-20")?;
        let hash = object_hash(&object);
        Ok(Self {
            value,
            hash,
            object: object.into(),
            signatures,
        })
    }

    /// Adds the signature of a further key; a key that has signed already changes nothing.
    pub fn countersign(&mut self, key: &SigningKey) {
        let id = key.verifying_key().id();
        if self.signatures.iter().any(|s| s.key == id) {
            return;
        }
        let signature = FixedBytes(key.sign(&signing_bytes(T::KIND, self.object.as_slice())));
        self.signatures.push(Signature { key: id, signature });
        self.signatures.sort_by_key(|s| s.key);
    }

    /// Decodes a signed object of this kind.
    ///
    /// # Errors
    /// When the bytes, or those of the inner object, are not canonical.
    pub fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        let signed: SignedObject = decode(bytes)?;
        let value = decode(signed.object.as_slice())?;
        let hash = object_hash(signed.object.as_slice());
        Ok(Self {
            value,
            hash,
            object: signed.object,
            signatures: signed.signatures,
        })
    }

    /// The bytes to store and send.
    ///
    /// # Errors
    /// When there are more than 16 signatures.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        encode(&SignedObject {
            object: self.object.clone(),
            signatures: self.signatures.clone(),
        })
    }

    /// The value. Whether to believe it is for [`Signed::verify`].
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// The hash that names the inner object (ENC-21).
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The signatures, sorted by key.
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// How many different keys of `keys` have made a good signature.
    pub fn signed_by(&self, keys: &[VerifyingKey]) -> usize {
        let message = signing_bytes(T::KIND, self.object.as_slice());
        let mut seen = std::collections::BTreeSet::new();
        keys.iter()
            .filter(|key| seen.insert(key.id()))
            .filter(|key| {
                self.signatures
                    .iter()
                    .any(|s| s.key == key.id() && key.verify(&message, &s.signature.0).is_ok())
            })
            .count()
    }

    /// Whether `key` has made a good signature.
    pub fn verify(&self, key: &VerifyingKey) -> bool {
        self.signed_by(std::slice::from_ref(key)) == 1
    }
}

/// The bytes that a signature over an object covers (ENC-20).
#[must_use]
pub fn signing_bytes(kind: u8, object: &[u8]) -> Vec<u8> {
    let mut message = format!("estafette/1/sign/{kind:02x}\0").into_bytes();
    message.extend_from_slice(object);
    message
}

fn object_hash(object: &[u8]) -> Hash {
    sha256(&[b"estafette/1/object\0", object])
}

impl SignedObject {
    /// Kind of the inner object.
    ///
    /// # Errors
    /// When the inner object has no head.
    pub fn inner_kind(&self) -> Result<u8, EncodingError> {
        kind(self.object.as_slice())
    }
}
