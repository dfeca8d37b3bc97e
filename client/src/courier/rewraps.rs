//! Wraps for devices that joined after a message was sealed, made and used.
//! Spec: handling.md, Readers.
//!
//! Decides which desk still lacks a reader and which device may now be one (HND-22). The device
//! that sealed a message does so by itself; any other one of its desk where a person asks for it.

use super::envelopes::try_open;
use super::{Courier, CourierError, state};
use crate::account::Account;
use crate::store::{Content, Message, StoreError};
use estafette_protocol::address::Desk;
use estafette_protocol::code::Note;
use estafette_protocol::crypto::{CryptoRng, KeyId};
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::{Parsed, Reader, Role, SealError, Wrap, rewrap};
use estafette_protocol::statement::{Claim, Statement};
use estafette_protocol::time::UnixMillis;
use std::collections::BTreeSet;

/// Most wraps that are added to one message (STA-17).
const REWRAPS_MAX: usize = 64;

/// Devices of the desks that a message is for, or was sent by, that have no wrap and could use one.
///
/// # Errors
/// What the disk says.
pub fn missing_readers(
    account: &Account,
    message: &Message,
    now: UnixMillis,
) -> Result<Vec<Reader>, StoreError> {
    let Some(bytes) = account.store.envelope(&message.record.digest)? else {
        return Ok(Vec::new());
    };
    let Ok(parsed) = Parsed::decode(&bytes) else {
        return Ok(Vec::new());
    };
    let has = readers_of(message, &parsed);
    let header = &message.header;
    let desks = std::iter::once(&header.sender).chain(header.addressees.iter().map(|a| &a.desk));
    let mut readers = Vec::new();
    for (desk, addressee) in desks.zip(0..=u8::MAX) {
        for device in devices(account, desk, now) {
            let is_new = !has.contains(&(addressee, device));
            let prekey = account.directory.prekey_for(&device, now);
            if let (true, Ok((prekey, _))) = (is_new, prekey) {
                readers.push(Reader {
                    addressee,
                    device,
                    prekey: prekey.id,
                    key: prekey.key.clone(),
                });
            }
        }
    }
    Ok(readers)
}

/// Who has a wrap, as far as it is known here: those of the envelope and those that were added.
fn readers_of(message: &Message, parsed: &Parsed) -> BTreeSet<(u8, KeyId)> {
    let wraps = parsed.envelope().wraps.iter();
    let own = message.record.wrap.iter().map(AsRef::as_ref);
    let added = message.statements.iter().filter_map(|signed| {
        let Claim::Rewrapped { wrap } = &signed.value().claim else {
            return None;
        };
        Some(wrap.as_ref())
    });
    let all = wraps.chain(own).chain(added);
    all.map(|wrap| (wrap.addressee, wrap.device)).collect()
}

fn devices(account: &Account, desk: &Desk, now: UnixMillis) -> Vec<KeyId> {
    let agency = desk.agency();
    let roster = account.directory.newest_roster(&agency).map(Signed::value);
    let entry = roster.and_then(|roster| roster.desk(desk));
    let devices = entry.map_or(&[][..], |entry| &entry.devices);
    let ids = devices.iter().map(|device| device.key.id());
    ids.filter(|id| !account.directory.is_barred(&agency, id, now))
        .collect()
}

/// The statement that adds a reader to a message; `None` for a message that is not readable here.
///
/// # Errors
/// When what is stored is broken, or the prekey does not work.
pub fn state_rewrap(
    account: &Account,
    message: &Message,
    reader: &Reader,
    (now, rng): (UnixMillis, &mut impl CryptoRng),
) -> Result<Option<Signed<Statement>>, CourierError> {
    let digest = message.record.digest;
    let bytes = account.store.envelope(&digest)?;
    let (Some(bytes), Some(key)) = (bytes, message.content_key()) else {
        return Ok(None);
    };
    let parsed = Parsed::decode(&bytes)?;
    let wrap = match rewrap(&parsed, &key, reader, rng) {
        Ok(wrap) => Box::new(wrap),
        Err(SealError::Encoding(error)) => return Err(error.into()),
        // A prekey that does not work: the device will publish another one.
        Err(_) => return Ok(None),
    };
    let claim = Claim::Rewrapped { wrap };
    Ok(Some(state(account, digest, claim, now)?))
}

/// The desks of which a relay has said that nobody can read the message yet.
#[must_use]
pub fn without_reader(message: &Message) -> Vec<&Desk> {
    let states = message.states();
    let agencies: BTreeSet<_> = message
        .statements
        .iter()
        .map(Signed::value)
        .filter(|said| match &said.claim {
            Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => {
                judged.notes.contains(&Note::NOT_YET_READABLE)
            }
            _ => false,
        })
        .map(|said| &said.signer.agency)
        .collect();
    let addressees = message.header.addressees.iter().zip(states);
    addressees
        .filter(|(a, _)| a.role != Role::Standby && agencies.contains(&a.desk.agency()))
        .filter(|(_, state)| state.proofs.iter().all(|p| p.rung <= RELAYED))
        .map(|(addressee, _)| &addressee.desk)
        .collect()
}

const RELAYED: estafette_protocol::track::Rung = estafette_protocol::track::Rung::Relayed;

impl Courier {
    /// Adds readers to what this device sealed, where a desk had none and now has a device.
    // HND-22
    pub(super) fn rewrap_due(
        &mut self,
        account: &Account,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<(), CourierError> {
        if !self.may_rewrap || !self.synced {
            return Ok(());
        }
        self.may_rewrap = false;
        let device = account.device();
        for message in account.store.messages()? {
            let is_ours = message.header.sender_key == device && now < message.header.expires;
            let lacking = match is_ours {
                true => without_reader(&message),
                false => Vec::new(),
            };
            if lacking.is_empty() {
                continue;
            }
            let lacks = |reader: &Reader| {
                let desk = message.header.desk(reader.addressee);
                desk.is_some_and(|desk| lacking.contains(&desk))
            };
            let readers = missing_readers(account, &message, now)?;
            for reader in readers.iter().filter(|r| lacks(r)).take(REWRAPS_MAX) {
                let said = state_rewrap(account, &message, reader, (now, rng))?;
                if let Some(said) = said {
                    account.store.write()?.add_own(&said, |_| (), now)?;
                }
            }
        }
        Ok(())
    }

    /// Opens a message with a wrap that a statement brings, where nothing else has opened it.
    pub(super) fn use_rewrap(
        &mut self,
        account: &Account,
        (message, wrap): (&Message, &Wrap),
        by_sender: bool,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        if wrap.device != account.device() || message.record.content != Content::Sealed {
            return Ok(());
        }
        // HND-21: what a colleague wraps wrongly is no fault of the sender's.
        if !by_sender && try_open(account, message, wrap)?.is_err() {
            return Ok(());
        }
        account
            .store
            .write()?
            .add_wrap(&message.record.digest, wrap)?;
        self.open_with(account, message, wrap, now)
    }
}

/// Whether a wrap is one that a verified statement of this message brings.
pub(super) fn is_stated(message: &Message, wrap: &Wrap) -> bool {
    let mut statements = message.statements.iter().map(Signed::value);
    statements.any(|said| match &said.claim {
        Claim::Rewrapped { wrap: held } => **held == *wrap,
        _ => false,
    })
}
