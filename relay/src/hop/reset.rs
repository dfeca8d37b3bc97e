//! What a restarted party says to those who still send on links of before: that they are gone.
//!
//! A stateless reset (RFC 9000, 10.3) ends a link at its other end at once, instead of after the
//! idle timeout. It proves itself by a token that was given when the link began, so the key of
//! these tokens has to outlive the process (CHN-53): it follows from the hop key and the address.
//! Connection identifiers are random, and no packet is passed over because its identifier is not
//! known.

use std::net::SocketAddr;

use estafette_protocol::channel::HopSecret;
use estafette_protocol::crypto::{Secret, hkdf_expand, hkdf_extract};
use quinn::crypto::{CryptoError, HmacKey};
use quinn::{ConnectionId, ConnectionIdGenerator};

const SALT: &str = "estafette stateless reset";
const SIGNATURE_BYTES: usize = 32;
const CONNECTION_ID_BYTES: usize = 8;

/// The key of reset tokens.
pub(super) struct ResetKey(Secret);

impl ResetKey {
    /// One for each socket: what one of a party's sockets does not know, another may.
    pub(super) fn derive(key: &HopSecret, address: SocketAddr) -> Self {
        let salt = format!("{SALT} {address}");
        Self(hkdf_extract(salt.as_bytes(), key.to_bytes().as_slice()))
    }
}

impl HmacKey for ResetKey {
    fn sign(&self, data: &[u8], signature_out: &mut [u8]) {
        // HKDF gives so few bytes always.
        let _ = hkdf_expand(&self.0, &[data], signature_out);
    }

    fn signature_len(&self) -> usize {
        SIGNATURE_BYTES
    }

    fn verify(&self, data: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let mut expected = [0; SIGNATURE_BYTES];
        self.sign(data, &mut expected);
        let pairs = expected.iter().zip(signature);
        let difference = pairs.fold(0, |difference, (a, b)| difference | (a ^ b));
        match signature.len() == SIGNATURE_BYTES && difference == 0 {
            true => Ok(()),
            false => Err(CryptoError),
        }
    }
}

/// Connection identifiers of which a later process cannot tell that they are not its own.
pub(super) struct RandomIds;

impl ConnectionIdGenerator for RandomIds {
    fn generate_cid(&mut self) -> ConnectionId {
        let mut id = [0; CONNECTION_ID_BYTES];
        // Without entropy nothing else of the handshake works either.
        let _ = getrandom::fill(&mut id);
        ConnectionId::new(&id)
    }

    fn cid_len(&self) -> usize {
        CONNECTION_ID_BYTES
    }

    fn cid_lifetime(&self) -> Option<std::time::Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_follows_from_the_hop_key_and_the_address() {
        let key = |byte, port| {
            let key = HopSecret::from_bytes(&[byte; 32]);
            ResetKey::derive(&key, ([127, 0, 0, 1], port).into())
        };
        let mut token = [0; SIGNATURE_BYTES];
        key(7, 1).sign(b"identifier", &mut token);
        assert!(key(7, 1).verify(b"identifier", &token).is_ok());
        assert!(key(7, 1).verify(b"another", &token).is_err());
        assert!(key(7, 1).verify(b"identifier", &token[1..]).is_err());
        assert!(key(8, 1).verify(b"identifier", &token).is_err());
        assert!(key(7, 2).verify(b"identifier", &token).is_err());
    }
}
