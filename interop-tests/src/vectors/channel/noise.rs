//! Noise XK written from the specification, without snow: it makes the vectors, so that they do
//! not merely repeat what the tested code does, and it can say things an honest peer never says.
//!
//! Spec: `spec/channel.md` sections 2 and 3.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use hkdf::Hkdf;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

/// The protocol name is 32 bytes long, so it is the first handshake hash as it stands.
const NAME: &[u8; 32] = b"Noise_XK_25519_ChaChaPoly_SHA256";

/// Hashes bytes, to draw secrets from names.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A key pair, or a public key for which there is no secret.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) secret: Option<[u8; 32]>,
    pub(super) public: [u8; 32],
}

impl Pair {
    pub(super) fn named(name: &str) -> Self {
        Self::of(sha256(
            format!("estafette/1/vectors/channel/{name}").as_bytes(),
        ))
    }

    pub(super) fn of(secret: [u8; 32]) -> Self {
        Self {
            secret: Some(secret),
            public: x25519(secret, X25519_BASEPOINT_BYTES),
        }
    }

    pub(super) const fn without_secret(public: [u8; 32]) -> Self {
        Self {
            secret: None,
            public,
        }
    }
}

/// Everything that determines a handshake.
#[derive(Clone)]
pub(super) struct Cast {
    pub(super) prologue: Vec<u8>,
    pub(super) initiator_static: Pair,
    pub(super) initiator_ephemeral: Pair,
    pub(super) responder_static: Pair,
    pub(super) responder_ephemeral: Pair,
    /// The payload of the first message; anything but empty is against the rules.
    pub(super) first_payload: Vec<u8>,
}

/// Everything that a handshake yields.
pub(super) struct Transcript {
    pub(super) messages: [Vec<u8>; 3],
    pub(super) handshake_hash: [u8; 32],
    /// Initiator to responder, then responder to initiator.
    pub(super) keys: [[u8; 32]; 2],
    pub(super) trace: Value,
}

impl Cast {
    /// Plays the handshake; who lacks a secret has it computed from the other side.
    pub(super) fn play(&self) -> Transcript {
        let mut state = Symmetric::new();
        state.mix_hash("prologue", &self.prologue);
        state.mix_hash("responder_static", &self.responder_static.public);

        let mut first = self.initiator_ephemeral.public.to_vec();
        state.mix_hash("e", &self.initiator_ephemeral.public);
        state.mix_key("es", agree(self.initiator_ephemeral, self.responder_static));
        first.extend(state.seal("payload_1", &self.first_payload));

        let mut second = self.responder_ephemeral.public.to_vec();
        state.mix_hash("re", &self.responder_ephemeral.public);
        state.mix_key(
            "ee",
            agree(self.initiator_ephemeral, self.responder_ephemeral),
        );
        second.extend(state.seal("payload_2", &[]));

        let mut third = state.seal("s", &self.initiator_static.public);
        state.mix_key("se", agree(self.initiator_static, self.responder_ephemeral));
        third.extend(state.seal("payload_3", &[]));

        let keys = state.derive(&[]);
        Transcript {
            messages: [first, second, third],
            handshake_hash: state.hash,
            keys,
            trace: json!({
                "steps": state.trace,
                "initiator_to_responder": hex::encode(keys[0]),
                "responder_to_initiator": hex::encode(keys[1]),
            }),
        }
    }
}

/// Seals one record as a peer would, correct or not: any nonce, any plaintext, any data.
pub(super) fn seal_record(key: &[u8; 32], nonce: u64, plaintext: &[u8]) -> Vec<u8> {
    let ciphertext = seal(key, &nonce_bytes(nonce), &[], plaintext);
    frame_record(&ciphertext)
}

/// Puts the length field before a ciphertext.
pub(super) fn frame_record(ciphertext: &[u8]) -> Vec<u8> {
    let length = u16::try_from(ciphertext.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes(), ciphertext].concat()
}

/// ChaCha20-Poly1305; fails for no input that fits into memory.
pub(super) fn seal(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let payload = Payload {
        msg: plaintext,
        aad,
    };
    ChaCha20Poly1305::new(key.into())
        .encrypt(nonce.into(), payload)
        .unwrap_or_default()
}

/// Four zero bytes, then the nonce little-endian.
pub(super) fn nonce_bytes(nonce: u64) -> [u8; 12] {
    let [a, b, c, d, e, f, g, h] = nonce.to_le_bytes();
    [0, 0, 0, 0, a, b, c, d, e, f, g, h]
}

fn agree(one: Pair, other: Pair) -> [u8; 32] {
    match (one.secret, other.secret) {
        (Some(secret), _) => x25519(secret, other.public),
        (None, Some(secret)) => x25519(secret, one.public),
        (None, None) => [0; 32],
    }
}

/// Noise's `SymmetricState`, with a trace of every step.
struct Symmetric {
    chaining_key: [u8; 32],
    hash: [u8; 32],
    key: [u8; 32],
    trace: Vec<Value>,
}

impl Symmetric {
    fn new() -> Self {
        Self {
            chaining_key: *NAME,
            hash: *NAME,
            key: [0; 32],
            trace: Vec::new(),
        }
    }

    fn mix_hash(&mut self, step: &str, data: &[u8]) {
        self.hash = sha256(&[&self.hash, data].concat());
        self.note(step, []);
    }

    fn mix_key(&mut self, step: &str, shared: [u8; 32]) {
        [self.chaining_key, self.key] = self.derive(&shared);
        let entries = [
            ("shared", shared),
            ("ck", self.chaining_key),
            ("k", self.key),
        ];
        self.note(step, entries);
    }

    /// Seals under the current key; only the key of `ee` encrypts twice, last the static key.
    fn seal(&mut self, step: &str, plaintext: &[u8]) -> Vec<u8> {
        let nonce = u64::from(step == "s");
        let sealed = seal(&self.key, &nonce_bytes(nonce), &self.hash, plaintext);
        self.mix_hash(step, &sealed);
        sealed
    }

    fn derive(&self, input: &[u8]) -> [[u8; 32]; 2] {
        let mut output = [0; 64];
        // Only an output above 8,160 bytes can fail.
        let _ = Hkdf::<Sha256>::new(Some(&self.chaining_key), input).expand(&[], &mut output);
        let (first, second) = output.split_at(32);
        let half = |bytes: &[u8]| bytes.try_into().unwrap_or([0; 32]);
        [half(first), half(second)]
    }

    fn note<const N: usize>(&mut self, step: &str, entries: [(&str, [u8; 32]); N]) {
        let mut note = Map::new();
        note.insert("step".to_owned(), step.into());
        note.insert("h".to_owned(), hex::encode(self.hash).into());
        for (name, bytes) in entries {
            note.insert(name.to_owned(), hex::encode(bytes).into());
        }
        self.trace.push(note.into());
    }
}
