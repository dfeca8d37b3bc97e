//! The primitives of `Noise_XK_25519_ChaChaPoly_SHA256`, handed to snow.
//!
//! snow brings its own copies of these primitives and draws its own randomness.
//! Ours are used instead: they are the ones the rest of the crate uses, an all-zero X25519 result
//! is an error, and the ephemeral key is an argument, so that a handshake is a pure function.
//! Spec: `spec/channel.md` section 2.

use chacha20poly1305::{AeadInOut as _, ChaCha20Poly1305, KeyInit as _};
use sha2::{Digest as _, Sha256};
use snow::Error;
use snow::params::{CipherChoice, DHChoice, HashChoice};
use snow::resolvers::CryptoResolver;
use snow::types::{Cipher, Dh, Hash, Random};
use zeroize::Zeroizing;

use crate::crypto::{Secret, x25519};

/// Resolves exactly the primitives of the one suite, with a given ephemeral secret.
pub(super) struct Suite {
    pub(super) ephemeral: Zeroizing<[u8; 32]>,
}

impl CryptoResolver for Suite {
    fn resolve_rng(&self) -> Option<Box<dyn Random>> {
        Some(Box::new(Ephemeral(Some(self.ephemeral.clone()))))
    }

    fn resolve_dh(&self, choice: &DHChoice) -> Option<Box<dyn Dh>> {
        match choice {
            DHChoice::Curve25519 => Some(Box::<X25519>::default()),
            _ => None,
        }
    }

    fn resolve_hash(&self, choice: &HashChoice) -> Option<Box<dyn Hash>> {
        match choice {
            HashChoice::SHA256 => Some(Box::<Sha256Hash>::default()),
            _ => None,
        }
    }

    fn resolve_cipher(&self, choice: &CipherChoice) -> Option<Box<dyn Cipher>> {
        match choice {
            CipherChoice::ChaChaPoly => Some(Box::<ChaChaPoly>::default()),
            _ => None,
        }
    }
}

/// "Randomness" that yields the ephemeral secret once and nothing after it.
struct Ephemeral(Option<Zeroizing<[u8; 32]>>);

impl Random for Ephemeral {
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        // CHN-15: one secret serves one handshake.
        let secret = self.0.take().ok_or(Error::Rng)?;
        if dest.len() != secret.len() {
            return Err(Error::Rng);
        }
        dest.copy_from_slice(secret.as_ref());
        Ok(())
    }
}

struct X25519 {
    secret: Secret,
    public: [u8; 32],
}

impl X25519 {
    fn new(secret: Secret) -> Self {
        let public = secret.hop_public();
        Self { secret, public }
    }
}

impl Default for X25519 {
    fn default() -> Self {
        Self {
            secret: Secret::from_bytes([0; 32]),
            public: [0; 32],
        }
    }
}

impl Dh for X25519 {
    fn name(&self) -> &'static str {
        "25519"
    }

    fn pub_len(&self) -> usize {
        32
    }

    fn priv_len(&self) -> usize {
        32
    }

    fn set(&mut self, privkey: &[u8]) {
        if let Some(secret) = privkey.first_chunk::<32>() {
            *self = Self::new(Secret::from_bytes(*secret));
        }
    }

    fn generate(&mut self, rng: &mut dyn Random) -> Result<(), Error> {
        let mut secret = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(secret.as_mut())?;
        *self = Self::new(Secret::from_bytes(*secret));
        Ok(())
    }

    fn pubkey(&self) -> &[u8] {
        &self.public
    }

    fn privkey(&self) -> &[u8] {
        self.secret.expose()
    }

    fn dh(&self, pubkey: &[u8], out: &mut [u8]) -> Result<(), Error> {
        let public = pubkey.first_chunk::<32>().ok_or(Error::Dh)?;
        let out = out.first_chunk_mut::<32>().ok_or(Error::Dh)?;
        // CHN-18
        let shared = x25519(&self.secret, public).map_err(|_| Error::Dh)?;
        out.copy_from_slice(shared.expose());
        Ok(())
    }
}

#[derive(Default)]
struct Sha256Hash {
    hasher: Sha256,
}

impl Hash for Sha256Hash {
    fn name(&self) -> &'static str {
        "SHA256"
    }

    fn block_len(&self) -> usize {
        64
    }

    fn hash_len(&self) -> usize {
        32
    }

    fn reset(&mut self) {
        self.hasher = Sha256::new();
    }

    fn input(&mut self, data: &[u8]) {
        self.hasher.update(data);
    }

    fn result(&mut self, out: &mut [u8]) {
        let digest: [u8; 32] = std::mem::take(&mut self.hasher).finalize().into();
        if let Some(out) = out.first_chunk_mut::<32>() {
            *out = digest;
        }
    }
}

// CHN-21
#[derive(Default)]
struct ChaChaPoly {
    key: Zeroizing<[u8; 32]>,
}

impl ChaChaPoly {
    fn cipher(&self) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new((&*self.key).into())
    }
}

impl Cipher for ChaChaPoly {
    fn name(&self) -> &'static str {
        "ChaChaPoly"
    }

    fn set(&mut self, key: &[u8; 32]) {
        self.key = Zeroizing::new(*key);
    }

    /// Returns the ciphertext length, or 0 with nothing written if `out` cannot hold it.
    fn encrypt(&self, nonce: u64, authtext: &[u8], plaintext: &[u8], out: &mut [u8]) -> usize {
        let len = plaintext.len().saturating_add(TAG_BYTES);
        let Some((text, tag)) = out
            .get_mut(..len)
            .and_then(|out| out.split_at_mut_checked(plaintext.len()))
        else {
            return 0;
        };
        text.copy_from_slice(plaintext);
        let nonce = nonce_bytes(nonce);
        match self
            .cipher()
            .encrypt_inout_detached((&nonce).into(), authtext, text.into())
        {
            Ok(computed) => {
                tag.copy_from_slice(&computed);
                len
            }
            Err(_) => {
                text.fill(0);
                0
            }
        }
    }

    fn decrypt(
        &self,
        nonce: u64,
        authtext: &[u8],
        ciphertext: &[u8],
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (text, tag) = ciphertext
            .split_last_chunk::<TAG_BYTES>()
            .ok_or(Error::Decrypt)?;
        let out = out.get_mut(..text.len()).ok_or(Error::Decrypt)?;
        out.copy_from_slice(text);
        let nonce = nonce_bytes(nonce);
        self.cipher()
            .decrypt_inout_detached((&nonce).into(), authtext, (&mut *out).into(), tag.into())
            .map_err(|_| {
                out.fill(0);
                Error::Decrypt
            })?;
        Ok(text.len())
    }
}

/// Lays out a Noise nonce as ChaCha20-Poly1305 wants it: four zero bytes, then little-endian.
fn nonce_bytes(nonce: u64) -> [u8; 12] {
    let mut bytes = [0; 12];
    if let Some(tail) = bytes.last_chunk_mut::<8>() {
        *tail = nonce.to_le_bytes();
    }
    bytes
}

const TAG_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// Covers CHN-18: the last line of defence, behind the screening of CHN-17.
    #[test]
    fn all_zero_results_are_refused() {
        let mut dh = X25519::default();
        dh.set(&[1; 32]);
        let mut one = [0; 32];
        one[0] = 1;
        let mut out = [0; 32];
        assert_eq!(dh.dh(&[0; 32], &mut out), Err(Error::Dh));
        assert_eq!(dh.dh(&one, &mut out), Err(Error::Dh));
        assert_eq!(
            dh.dh(&Secret::from_bytes([2; 32]).hop_public(), &mut out),
            Ok(())
        );
    }

    /// Covers CHN-15.
    #[test]
    fn ephemeral_secret_is_given_out_once() {
        let mut rng = Ephemeral(Some(Zeroizing::new([7; 32])));
        let mut bytes = [0; 32];
        assert_eq!(rng.try_fill_bytes(&mut bytes), Ok(()));
        assert_eq!(bytes, [7; 32]);
        assert_eq!(rng.try_fill_bytes(&mut bytes), Err(Error::Rng));
    }

    /// Covers CHN-28: what did not authenticate is not left in the buffer.
    #[test]
    fn failed_decryption_leaves_no_plaintext() {
        let mut cipher = ChaChaPoly::default();
        cipher.set(&[1; 32]);
        let mut sealed = [0; 20];
        assert_eq!(cipher.encrypt(7, b"", b"text", &mut sealed), 20);
        let mut out = [0xff; 4];
        assert_eq!(
            cipher.decrypt(8, b"", &sealed, &mut out),
            Err(Error::Decrypt)
        );
        assert_ne!(&out, b"text");
        assert_eq!(cipher.decrypt(7, b"", &sealed, &mut out), Ok(4));
        assert_eq!(&out, b"text");
        assert_eq!(cipher.encrypt(7, b"", b"text", &mut [0; 19]), 0);
    }
}
