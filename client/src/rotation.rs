//! A device's change of keys: drawn, asked for, and taken on once a roster lists them.
//!
//! ```text
//!   begin ──► publication of the rotation ──► (a roster-key holder signs) ──► settle
//!   old keys in use ────────────────────────────────────────────────────────► new keys in use
//! ```
//!
//! Decides when the new keys replace the old ones, and that nothing is lost with these: prekey
//! secrets are kept as long as a message may need them, and statements that were not handed over
//! are signed anew. Spec: identity.md IDN-42 to IDN-44.

use crate::account::{Account, AccountError};
use crate::key_file::SecretBytes;
use crate::store::{Cargo, FormerKey, Message, NextKeys, StoreError};
use estafette_protocol::channel::HopSecret;
use estafette_protocol::crypto::{CryptoRng, HopKey, KeyId, SigningKey};
use estafette_protocol::encoding::{EncodingError, Extensions, Signed};
use estafette_protocol::rotation::Rotation;
use estafette_protocol::statement::{self, Claim, Statement, open_remark, seal_remark};
use estafette_protocol::time::UnixMillis;

/// Why keys could not be changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The disk.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rotation breaks a rule.
    #[error("the rotation: {0}")]
    Encoding(#[from] EncodingError),
}

impl NextKeys {
    /// The signing key.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_seed(&self.signing.secret())
    }

    /// The static key of the hop.
    #[must_use]
    pub fn hop_key(&self) -> HopSecret {
        HopSecret::from_bytes(self.hop.expose())
    }
}

/// Draws new keys and leaves the signed rotation to be published; those drawn before stay, and
/// are asked for again.
///
/// # Errors
/// [`RotationError`]; the keys in use are as before.
pub fn begin(
    account: &Account,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<NextKeys, RotationError> {
    let known = account.store.next_keys()?;
    let next = known.unwrap_or_else(|| NextKeys {
        at: now,
        signing: SecretBytes::from(&SigningKey::generate(rng).to_seed()),
        hop: SecretBytes::new(*HopSecret::generate(rng).to_bytes()),
    });
    let key = next.signing_key();
    let hop_key = HopKey::from_bytes(&next.hop_key().public());
    let rotation = Rotation {
        desk: account.desk().clone(),
        old: account.device(),
        key: key.verifying_key(),
        hop_key: hop_key.map_err(|_| EncodingError::Field("CHN-10"))?,
        at: next.at,
    };
    let object = Signed::sign(rotation, &[&account.signing_key(), &key])?.encode()?;
    let writing = account.store.write()?;
    // A rotation without its keys could be carried out and would end the device.
    writing.set_next_keys(&next)?;
    writing.add_publication(&object, next.at)?;
    Ok(next)
}

/// Takes on the new keys if the newest roster lists them; says whether it did. Only for the
/// process that is on the network.
///
/// # Errors
/// [`AccountError`]; what was done is done, and a later call does the rest.
// IDN-42
pub fn settle(account: &mut Account, rng: &mut impl CryptoRng) -> Result<bool, AccountError> {
    let Some(next) = account.store.next_keys()? else {
        return Ok(false);
    };
    let (old, new) = (account.device(), next.signing_key().verifying_key().id());
    if old != new {
        if !is_carried_out(account, &old, &new) {
            return Ok(false);
        }
        let contents = &mut account.keys.contents;
        let former = FormerKey {
            device: old,
            prekeys: contents.prekeys.clone(),
        };
        account.store.write()?.set_former_key(&former)?;
        contents.signing = next.signing;
        contents.hop = next.hop;
        contents.prekeys.clear();
        account.save_keys()?;
    }
    sign_anew(account, rng)?;
    account.store.write()?.remove_next_keys()?;
    Ok(true)
}

fn is_carried_out(account: &Account, old: &KeyId, new: &KeyId) -> bool {
    let roster = account.directory.newest_roster(account.directory.own());
    roster.map(Signed::value).is_some_and(|roster| {
        let entry = roster.desk(account.desk());
        roster.is_revoked(old) && entry.is_some_and(|entry| entry.device(new).is_some())
    })
}

/// Signs the statements of the outbox with the key of now.
// IDN-44
fn sign_anew(account: &Account, rng: &mut impl CryptoRng) -> Result<(), AccountError> {
    let writing = account.store.write()?;
    for pending in writing.pending()? {
        let Cargo::Statement(bytes) = &pending.entry.cargo else {
            continue;
        };
        let Ok(signed) = statement::decode(bytes.as_slice()) else {
            continue;
        };
        let value = signed.value();
        if value.signer.key == account.device() {
            continue;
        }
        let statement = Statement {
            subject: value.subject,
            at: value.at,
            signer: account.signer(),
            claim: claim_anew(account, &pending.message, value, rng),
            extensions: Extensions::default(),
        };
        let signed = statement::sign(statement, &account.signing_key());
        let signed = signed.map_err(StoreError::from)?;
        writing.add_own(&signed, |_| (), pending.entry.queued_at)?;
        writing.remove_pending(&pending.name)?;
    }
    Ok(())
}

/// The same claim; what it seals is bound to the key that signs it.
fn claim_anew(
    account: &Account,
    message: &Message,
    value: &Statement,
    rng: &mut impl CryptoRng,
) -> Claim {
    let Claim::Acknowledged { until, remark } = &value.claim else {
        return value.claim.clone();
    };
    let key = message.content_key();
    let tag = value.claim.tag();
    let sealed = remark.as_ref().zip(key.as_ref()).and_then(|(remark, key)| {
        let about = (message.header.status, &value.subject, key);
        let opened = open_remark(remark, about, (&value.signer.key, tag)).ok()?;
        seal_remark(&opened, about, (&account.device(), tag), rng).ok()
    });
    Claim::Acknowledged {
        until: *until,
        remark: sealed,
    }
}
