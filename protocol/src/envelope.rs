//! A sealed message as it travels: header, signature, wraps, body. Spec: envelope.md.
//!
//! Decides what an envelope is and how it is named. Sealing and opening are in `envelope/seal.rs`
//! and `envelope/open.rs`; whether a relay takes one is for [`crate::admission`].

use crate::crypto::{Hash, VerifyingKey, WRAP_BYTES, sha256};
use crate::encoding::{
    Bytes, EncodingError, FixedBytes, Object, decode, encode, require, require_sorted,
};
use crate::precedence::Status;
use serde::{Deserialize, Serialize};

mod header;
mod open;
mod padding;
mod seal;

pub use header::{Addressee, Attachment, Header, Role, RosterNumber};
pub use open::{OpenError, Opened, Stage, open, open_enclosed, open_rewrapped};
pub use padding::{is_size_class, pad, size_class, unpad};
pub(crate) use seal::content_prk;
pub use seal::{Reader, SealError, Sealed, rewrap, seal};

/// Most wraps of a message.
pub const WRAPS_MAX: usize = 256;

/// Envelope: the same layout on every hop, with more or fewer of its wraps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The header's bytes, never encoded again.
    pub header: Bytes,
    /// Signature of the sending device.
    pub signature: FixedBytes<64>,
    /// Wraps present, sorted by position.
    pub wraps: Vec<Wrap>,
    /// Hashes of the wraps that are not, in order of position.
    pub withheld: Vec<Hash>,
    /// The sealed form.
    pub body: Bytes,
}

/// The content key sealed for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrap {
    /// Place among all wraps, from 0.
    pub position: u8,
    /// 0 for the sender's desk, n for the n-th addressee.
    pub addressee: u8,
    /// The device that opens it.
    pub device: FixedBytes<16>,
    /// The prekey that it is sealed to.
    pub prekey: u32,
    /// Encapsulated key and sealed content key.
    pub sealed: FixedBytes<WRAP_BYTES>,
}

impl Object for Envelope {
    const KIND: u8 = 32;
    const BYTES_MAX: usize = 524_288;

    fn check(&self) -> Result<(), EncodingError> {
        // ENV-9
        let count = self.wrap_count();
        require((1..=WRAPS_MAX).contains(&count), "ENV-9")?;
        require_sorted(self.wraps.iter().map(|w| w.position), "ENV-9")?;
        require(
            self.wraps.iter().all(|w| usize::from(w.position) < count),
            "ENV-9",
        )
    }
}

impl Wrap {
    /// The wrap's hash, which stands in for it where it is withheld.
    #[must_use]
    pub fn hash(&self) -> Hash {
        // A wrap has no variable part, so that its encoding cannot fail.
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        sha256(&[b"estafette/1/wrap\0", &bytes])
    }
}

impl Envelope {
    /// Number of wraps, present or withheld.
    #[must_use]
    pub fn wrap_count(&self) -> usize {
        self.wraps.len().saturating_add(self.withheld.len())
    }

    /// Hashes of all wraps, in order of position.
    #[must_use]
    pub fn wrap_hashes(&self) -> Vec<Hash> {
        let mut present = self.wraps.iter().peekable();
        let mut withheld = self.withheld.iter();
        let mut hashes = Vec::with_capacity(self.wrap_count());
        for position in 0..self.wrap_count() {
            match present.next_if(|w| usize::from(w.position) == position) {
                Some(wrap) => hashes.push(wrap.hash()),
                None => hashes.extend(withheld.next().copied()),
            }
        }
        hashes
    }

    /// The same envelope with only the wraps that `keep` names; the others become hashes (ENV-10).
    #[must_use]
    pub fn with_wraps(&self, keep: impl Fn(&Wrap) -> bool) -> Self {
        let hashes = self.wrap_hashes();
        let wraps: Vec<Wrap> = self
            .wraps
            .iter()
            .filter(|wrap| keep(wrap))
            .cloned()
            .collect();
        let kept = |at: usize| wraps.iter().any(|w| usize::from(w.position) == at);
        let withheld = hashes
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !kept(*at))
            .map(|(_, hash)| hash);
        let withheld = withheld.collect();
        let (header, body) = (self.header.clone(), self.body.clone());
        Self {
            header,
            signature: self.signature,
            wraps,
            withheld,
            body,
        }
    }
}

/// A decoded envelope with its header, digest and the bytes it came from.
///
/// Holding one says that the bytes are canonical and the sizes agree; the signature is checked by
/// [`Parsed::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    envelope: Envelope,
    header: Header,
    header_hash: Hash,
    digest: Hash,
}

impl Parsed {
    /// Decodes an envelope and its header.
    ///
    /// # Errors
    /// When either is not canonical, breaks a limit, or `body_bytes` disagrees with the body.
    pub fn decode(bytes: &[u8]) -> Result<Self, EncodingError> {
        Self::from_envelope(decode(bytes)?)
    }

    /// Takes a decoded envelope.
    ///
    /// # Errors
    /// As for [`Parsed::decode`].
    pub fn from_envelope(envelope: Envelope) -> Result<Self, EncodingError> {
        let header: Header = decode(envelope.header.as_slice())?;
        let body_bytes = u32::try_from(envelope.body.as_slice().len()).unwrap_or(u32::MAX);
        // ENV-14
        require(header.body_bytes == body_bytes, "ENV-14")?;
        let most = header.addressees.len();
        require(
            envelope
                .wraps
                .iter()
                .all(|w| usize::from(w.addressee) <= most),
            "ENV-9",
        )?;
        let header_hash = header_hash(header.status, envelope.header.as_slice());
        let digest = digest(header.status, &header_hash, &envelope);
        Ok(Self {
            envelope,
            header,
            header_hash,
            digest,
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The hash that binds wraps and body to the header.
    #[must_use]
    pub const fn header_hash(&self) -> Hash {
        self.header_hash
    }

    /// The name of the envelope (ENV-12).
    #[must_use]
    pub const fn digest(&self) -> Hash {
        self.digest
    }

    /// The envelope.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Whether the signature is good under the sending device's key (ENV-11).
    #[must_use]
    pub fn verify(&self, key: &VerifyingKey) -> bool {
        let message = signed_bytes(self.header.status, &self.digest);
        self.header.sender_key == key.id()
            && key.verify(&message, &self.envelope.signature.0).is_ok()
    }

    /// The envelope's bytes, with the wraps that it holds.
    ///
    /// # Errors
    /// Never for what was decoded or sealed.
    pub fn encode(&self) -> Result<Vec<u8>, EncodingError> {
        encode(&self.envelope)
    }
}

fn header_hash(status: Status, header: &[u8]) -> Hash {
    sha256(&[&status.label("header"), b"\0", header])
}

fn digest(status: Status, header_hash: &Hash, envelope: &Envelope) -> Hash {
    let hashes = envelope.wrap_hashes();
    let count = u16::try_from(hashes.len())
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let body = sha256(&[envelope.body.as_slice()]);
    let label = status.label("envelope");
    let mut parts: Vec<&[u8]> = vec![
        &label,
        b"\0",
        header_hash.as_slice(),
        body.as_slice(),
        &count,
    ];
    parts.extend(hashes.iter().map(FixedBytes::as_slice));
    sha256(&parts)
}

pub(crate) fn signed_bytes(status: Status, digest: &Hash) -> Vec<u8> {
    [
        &status.label("signature"),
        b"\0".as_slice(),
        digest.as_slice(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;
