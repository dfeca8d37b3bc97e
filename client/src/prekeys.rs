//! A device's own prekeys: published ahead, and their secrets erased in time.
//!
//! Decides when to publish (IDN-17) and when a secret goes (IDN-20). A secret is durable in the
//! key file before its public half leaves. Spec: identity.md, Prekeys.

use crate::account::{Account, AccountError};
use crate::key_file::{PrekeySeed, SecretBytes};
use crate::store::StoreError;
use estafette_protocol::crypto::{CryptoRng, XWingSecret};
use estafette_protocol::directory::DirectoryError;
use estafette_protocol::encoding::{EncodingError, Object as _, Signed};
use estafette_protocol::envelope::Wrap;
use estafette_protocol::prekey::{Prekey, PrekeyBundle, erase_at};
use estafette_protocol::time::UnixMillis;

/// Why a device's prekeys cannot be kept up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrekeyError {
    /// The disk.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A key could not be made.
    #[error("a prekey cannot be made: {0}")]
    Crypto(#[from] estafette_protocol::crypto::CryptoError),
    /// The bundle breaks a rule.
    #[error("the prekey bundle: {0}")]
    Encoding(#[from] EncodingError),
    /// The own directory refuses the bundle: the clock went back, or the device is not enrolled.
    #[error("the prekey bundle: {0}")]
    Directory(#[from] DirectoryError),
}

/// The secret of a prekey, while it is kept.
#[must_use]
pub fn secret(account: &Account, id: u32) -> Option<XWingSecret> {
    let seeds = &account.keys.contents.prekeys;
    let seed = seeds.iter().find(|seed| seed.id == id)?;
    Some(XWingSecret::from_seed(seed.seed.secret()))
}

/// The secret behind a wrap, for this device's key or one that was replaced (IDN-43).
///
/// # Errors
/// When the store is broken, or what the disk says.
pub fn secret_for(account: &Account, wrap: &Wrap) -> Result<Option<XWingSecret>, StoreError> {
    if wrap.device == account.device() {
        return Ok(secret(account, wrap.prekey));
    }
    let former = account.store.former_keys()?;
    let former = former.iter().filter(|former| former.device == wrap.device);
    let mut seeds = former.flat_map(|former| &former.prekeys);
    let seed = seeds.find(|seed| seed.id == wrap.prekey);
    Ok(seed.map(|seed| XWingSecret::from_seed(seed.seed.secret())))
}

/// Erases secrets whose time is over and, where few weeks are left, makes and signs a new bundle.
///
/// Gives the bytes of a new bundle, to be published. Does nothing for a device that no roster
/// lists yet.
///
/// # Errors
/// [`PrekeyError`]; nothing is published then.
pub fn maintain(
    account: &mut Account,
    now: UnixMillis,
    rng: &mut impl CryptoRng,
) -> Result<Option<Vec<u8>>, PrekeyError> {
    if account.enrolled_at().is_none() {
        return Ok(None);
    }
    erase_due(account, now)?;
    let device = account.device();
    let held = account.directory.prekeys(&device).map(|(newest, _)| newest);
    let known: Vec<Prekey> = held.map_or(Vec::new(), |bundle| {
        let has_secret = |p: &&Prekey| secret(account, p.id).is_some();
        bundle.prekeys.iter().filter(has_secret).cloned().collect()
    });
    let complete = held.is_some_and(|bundle| known.len() == bundle.prekeys.len());
    if complete && held.is_some_and(|bundle| !bundle.is_due(now)) {
        return Ok(None);
    }
    let desk = account.desk().clone();
    let (bundle, secrets) = PrekeyBundle::schedule(desk, device, now, &known, rng)?;
    let seeds = &mut account.keys.contents.prekeys;
    for new in secrets {
        seeds.retain(|seed| seed.id != new.id);
        seeds.push(PrekeySeed {
            id: new.id,
            not_after: new.not_after,
            seed: SecretBytes::from(new.secret.seed()),
        });
    }
    seeds.sort_by_key(|seed| seed.id);
    account.save_keys()?;
    let bytes = Signed::sign(bundle, &[&account.signing_key()])?.encode()?;
    account.apply(&bytes, now)??;
    Ok(Some(bytes))
}

/// The own bundle as it was published last.
#[must_use]
pub fn published(account: &Account) -> Option<&[u8]> {
    let name = hex::encode(account.device().as_slice());
    account.directory.object(PrekeyBundle::KIND, &name)
}

// IDN-20
fn erase_due(account: &mut Account, now: UnixMillis) -> Result<(), AccountError> {
    let own = account.directory.newest_roster(account.directory.own());
    let grace_ms = own.map_or(0, |roster| roster.value().grace);
    for mut former in account.store.former_keys()? {
        let before = former.prekeys.len();
        let keeps = |seed: &PrekeySeed| now <= erase_at(seed.not_after, grace_ms);
        former.prekeys.retain(keeps);
        if former.prekeys.len() < before {
            account.store.write()?.set_former_key(&former)?;
        }
    }
    let seeds = &mut account.keys.contents.prekeys;
    let before = seeds.len();
    seeds.retain(|seed| now <= erase_at(seed.not_after, grace_ms));
    match seeds.len() == before {
        true => Ok(()),
        false => account.save_keys(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;
    use estafette_protocol::time::{DAY_MS, WEEK_MS};

    #[test]
    fn first_bundle_covers_nine_weeks_and_is_not_made_twice() {
        let (mut world, mut account) = testing::enrolled();
        let now = world.now;
        let first = maintain(&mut account, now, &mut world.rng).unwrap();
        assert!(first.is_some());
        assert_eq!(account.keys.contents.prekeys.len(), 9);
        assert_eq!(maintain(&mut account, now, &mut world.rng).unwrap(), None);
        let reopened = testing::reopen(&account);
        assert_eq!(published(&reopened), first.as_deref());
        assert_eq!(reopened.keys.contents, account.keys.contents);
    }

    #[test]
    fn next_bundle_keeps_the_weeks_that_were_published() {
        let (mut world, mut account) = testing::enrolled();
        maintain(&mut account, world.now, &mut world.rng).unwrap();
        let first = account.keys.contents.prekeys.clone();
        let later = world.now.plus(5 * WEEK_MS);
        assert!(
            maintain(&mut account, later, &mut world.rng)
                .unwrap()
                .is_some()
        );
        let kept = account.keys.contents.prekeys.iter();
        let kept: Vec<_> = kept.filter(|seed| first.contains(seed)).collect();
        assert_eq!(kept.len(), 9);
    }

    /// Covers IDN-20.
    #[test]
    fn secret_is_erased_when_no_message_can_need_it() {
        let (mut world, mut account) = testing::enrolled();
        maintain(&mut account, world.now, &mut world.rng).unwrap();
        let first = account.keys.contents.prekeys[0].clone();
        let last = first.not_after.plus(30 * DAY_MS + 7 * DAY_MS + 3_600_000);
        maintain(&mut account, last, &mut world.rng).unwrap();
        assert!(secret(&account, first.id).is_some());
        maintain(&mut account, last.plus(1), &mut world.rng).unwrap();
        assert!(secret(&account, first.id).is_none());
        assert!(secret(&testing::reopen(&account), first.id).is_none());
    }
}
