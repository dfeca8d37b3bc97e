//! An envelope made step by step after `spec/envelope.md`, each step open to a fault.
//!
//! Shares with the protocol the primitives and the encoding, not the sealing, so that a trace made
//! here and an envelope sealed there agree only if both follow the chapter.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use crate::json::hex;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::{
    Hash, KeyId, Secret, SigningKey, XWingPublic, aead_seal, hkdf_expand, hkdf_extract, seal_wrap,
    sha256,
};
use estafette_protocol::encoding::{FixedBytes, encode, encode_unchecked};
use estafette_protocol::envelope::{Envelope, Header, Reader, Sealed, Wrap, pad};
use estafette_protocol::form::Form;
use estafette_protocol::precedence::Status;
use estafette_protocol::testing::SeededRng;
use serde_json::{Value, json};

/// Everything that decides the bytes of an envelope.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) header: Header,
    /// Replaces the commitment that follows from the content key.
    pub(super) commitment: Option<[u8; 32]>,
    pub(super) content_key: Secret,
    pub(super) padded: Vec<u8>,
    pub(super) body_status: Status,
    pub(super) nonce: [u8; 12],
    pub(super) aad: Vec<u8>,
    pub(super) readers: Vec<DraftReader>,
    pub(super) signer: SigningKey,
    pub(super) signed_status: Status,
}

/// One wrap to be.
#[derive(Clone)]
pub(super) struct DraftReader {
    pub(super) addressee: u8,
    pub(super) device: KeyId,
    pub(super) prekey: u32,
    pub(super) key: XWingPublic,
    pub(super) content_key: Secret,
    pub(super) encapsulation: [u8; 64],
    /// What `info` is made of.
    pub(super) info_status: Status,
    pub(super) info_desk: Desk,
    pub(super) info_prekey: u32,
}

impl Draft {
    /// A draft that keeps every rule.
    pub(super) fn new(
        header: Header,
        form: &Form,
        readers: &[Reader],
        signer: &SigningKey,
        rng: &mut SeededRng,
    ) -> Self {
        let content_key = Secret::generate(rng);
        let readers = readers
            .iter()
            .map(|reader| DraftReader {
                addressee: reader.addressee,
                device: reader.device,
                prekey: reader.prekey,
                key: reader.key.clone(),
                content_key: content_key.clone(),
                encapsulation: rng.array(),
                info_status: header.status,
                info_desk: header.desk(reader.addressee).unwrap().clone(),
                info_prekey: reader.prekey,
            })
            .collect();
        Self {
            commitment: None,
            content_key,
            padded: pad(&encode_unchecked(form).unwrap()).unwrap(),
            body_status: header.status,
            nonce: [0; 12],
            aad: Vec::new(),
            readers,
            signer: signer.clone(),
            signed_status: header.status,
            header,
        }
    }

    /// The bytes drawn, in the order of ENV-16.
    pub(super) fn rng(&self) -> Vec<u8> {
        let mut bytes = self.content_key.expose().to_vec();
        for reader in &self.readers {
            bytes.extend_from_slice(&reader.encapsulation);
        }
        bytes
    }

    /// The header with what follows from the rest filled in.
    pub(super) fn finished_header(&self) -> Header {
        let mut header = self.header.clone();
        header.sender_key = self.signer.verifying_key().id();
        header.body_bytes = u32::try_from(self.padded.len() + 16).unwrap();
        let commitment = commitment(header.status, &self.prk(), &header.reference);
        header.commitment = FixedBytes(self.commitment.unwrap_or(commitment));
        header
    }

    /// The envelope with all its wraps, signed.
    pub(super) fn envelope(&self) -> Envelope {
        let header = encode_unchecked(&self.finished_header()).unwrap();
        let hh = header_hash(self.header.status, &header);
        let body = aead_seal(&self.body_key(&hh), &self.nonce, &self.aad, &self.padded).unwrap();
        let wraps = self.readers.iter().enumerate();
        let mut envelope = Envelope {
            header: header.into(),
            signature: FixedBytes([0; 64]),
            wraps: wraps
                .map(|(position, reader)| reader.wrap(position, &hh))
                .collect(),
            withheld: Vec::new(),
            body: body.into(),
        };
        self.sign(&mut envelope);
        envelope
    }

    /// Signs what the envelope now holds.
    pub(super) fn sign(&self, envelope: &mut Envelope) {
        let digest = digest(self.header.status, envelope);
        let message = signed_bytes(self.signed_status, &digest);
        envelope.signature = FixedBytes(self.signer.sign(&message));
    }

    /// A draft of what was sealed by the protocol, for its trace; the encapsulation randomness is
    /// not in it.
    pub(super) fn retrace(sealed: &Sealed, form: &Form, readers: &[Reader]) -> Traced {
        let header = sealed.parsed.header();
        let header_bytes = encode(header).unwrap_or_default();
        let padded = encode(form)
            .ok()
            .and_then(|form| pad(&form).ok())
            .unwrap_or_default();
        let hh = header_hash(header.status, &header_bytes);
        let infos = readers.iter().filter_map(|reader| {
            let desk = header.desk(reader.addressee)?;
            Some(info(
                header.status,
                &hh,
                desk,
                &reader.device,
                reader.prekey,
            ))
        });
        let digest = digest(header.status, sealed.parsed.envelope());
        Traced {
            status: header.status,
            content_key: sealed.content_key.clone(),
            reference: header.reference,
            header: header_bytes,
            padded,
            infos: infos.collect(),
            hh,
            digest,
        }
    }

    fn prk(&self) -> Secret {
        prk(self.header.status, &self.content_key)
    }

    fn body_key(&self, hh: &Hash) -> Secret {
        expand(
            &self.prk(),
            &[&self.body_status.label("body"), b"\0", hh.as_slice()],
        )
    }
}

impl DraftReader {
    fn wrap(&self, position: usize, hh: &Hash) -> Wrap {
        let info = info(
            self.info_status,
            hh,
            &self.info_desk,
            &self.device,
            self.info_prekey,
        );
        let mut rng = crate::vectors::rng::GivenRng::new(self.encapsulation.to_vec());
        Wrap {
            position: u8::try_from(position).unwrap(),
            addressee: self.addressee,
            device: self.device,
            prekey: self.prekey,
            sealed: seal_wrap(&self.key, &info, &self.content_key, &mut rng).unwrap(),
        }
    }
}

/// Every intermediate value of one sealing.
pub(super) struct Traced {
    status: Status,
    content_key: Secret,
    reference: FixedBytes<16>,
    header: Vec<u8>,
    padded: Vec<u8>,
    infos: Vec<Vec<u8>>,
    hh: Hash,
    digest: Hash,
}

impl Traced {
    pub(super) fn trace(&self) -> Value {
        let prk = prk(self.status, &self.content_key);
        let body_key = expand(
            &prk,
            &[&self.status.label("body"), b"\0", self.hh.as_slice()],
        );
        json!({
            "content_key": hex(self.content_key.expose()),
            "prk": hex(prk.expose()),
            "commitment": hex(&commitment(self.status, &prk, &self.reference)),
            "header": hex(&self.header),
            "header_hash": hex(self.hh.as_slice()),
            "body_key": hex(body_key.expose()),
            "padded": hex(&self.padded),
            "info": self.infos.iter().map(|info| hex(info)).collect::<Vec<_>>(),
            "digest": hex(self.digest.as_slice()),
            "signed": hex(&signed_bytes(self.status, &self.digest)),
        })
    }
}

fn prk(status: Status, content_key: &Secret) -> Secret {
    hkdf_extract(&status.label("content"), content_key.expose())
}

fn expand(prk: &Secret, info: &[&[u8]]) -> Secret {
    let mut key = [0; 32];
    // 32 bytes are within HKDF's range.
    let _ = hkdf_expand(prk, info, &mut key);
    Secret::from_bytes(key)
}

/// `commitment` of the chapter.
pub(super) fn commitment(status: Status, prk: &Secret, reference: &FixedBytes<16>) -> [u8; 32] {
    *expand(prk, &[&status.label("commit"), b"\0", reference.as_slice()]).expose()
}

/// `commitment` for a content key.
pub(super) fn commitment_of(
    status: Status,
    content_key: &Secret,
    reference: &FixedBytes<16>,
) -> [u8; 32] {
    commitment(status, &prk(status, content_key), reference)
}

fn header_hash(status: Status, header: &[u8]) -> Hash {
    sha256(&[&status.label("header"), b"\0", header])
}

fn info(status: Status, hh: &Hash, desk: &Desk, device: &KeyId, prekey: u32) -> Vec<u8> {
    let desk = desk.as_str().as_bytes();
    let len = u8::try_from(desk.len()).unwrap_or(u8::MAX);
    let label = status.label("wrap");
    let parts: [&[u8]; 7] = [
        &label,
        b"\0",
        hh.as_slice(),
        &[len],
        desk,
        device.as_slice(),
        &prekey.to_be_bytes(),
    ];
    parts.concat()
}

fn digest(status: Status, envelope: &Envelope) -> Hash {
    let hh = header_hash(status, envelope.header.as_slice());
    let hashes = envelope.wrap_hashes();
    let mut message = [&status.label("envelope"), b"\0".as_slice(), hh.as_slice()].concat();
    message.extend_from_slice(sha256(&[envelope.body.as_slice()]).as_slice());
    message.extend_from_slice(
        &u16::try_from(hashes.len())
            .unwrap_or(u16::MAX)
            .to_be_bytes(),
    );
    for hash in hashes {
        message.extend_from_slice(hash.as_slice());
    }
    sha256(&[&message])
}

fn signed_bytes(status: Status, digest: &Hash) -> Vec<u8> {
    [
        &status.label("signature"),
        b"\0".as_slice(),
        digest.as_slice(),
    ]
    .concat()
}
