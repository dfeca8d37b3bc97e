//! `estafette device rotate`: new keys for this device.

use super::super::context::Context;
use super::super::network;
use super::{Taken, hand_over, not_yet, short};
use crate::account::Account;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::rotation::{RotationError, begin};
use crate::store::Cargo;
use crate::view;
use estafette_protocol::crypto::HopKey;
use estafette_protocol::enrolment::{device_fingerprint, show_fingerprint};
use serde_json::json;

pub(super) fn run(context: &Context) -> Outcome<Exit> {
    let mut unlocked = context.unlock()?;
    network::require_enrolled(&mut unlocked)?;
    require_empty(&unlocked.account)?;
    let next = begin(&unlocked.account, clock::now(), &mut clock::random());
    let next = next.map_err(failed)?;
    let hop_key = HopKey::from_bytes(&next.hop_key().public());
    let key = next.signing_key().verifying_key();
    let fingerprint = hop_key.map(|hop_key| device_fingerprint(&key, &hop_key));
    let fingerprint = fingerprint.map_or_else(|_| String::new(), |hash| show_fingerprint(&hash));
    let publications = unlocked.account.store.publications()?;
    let wishes = publications.iter().filter(|p| p.at == next.at);
    let objects = wishes.map(|p| p.object.as_slice());
    let hashes: Vec<_> = objects
        .map(estafette_protocol::session::frame_hash)
        .collect();
    let taken = hand_over(context, &mut unlocked, &hashes)?;
    let output = context.output;
    if let Taken::Refused(code) = taken {
        unlocked.account.store.write()?.remove_next_keys()?;
        return Err(Failure::new(
            Exit::Refused,
            code.map_or("refused", estafette_protocol::code::ErrorCode::word),
            "your relay does not take the rotation",
            "The keys in use stay in use; the new ones were thrown away.",
            "estafette device list      and ask your administrator",
        ));
    }
    let is_held = matches!(taken, Taken::Held);
    let state = if is_held { "pending" } else { "queued" };
    output.object(
        "rotation",
        json!({
            "state": state,
            "desk": unlocked.account.desk().as_str(),
            "fingerprint": fingerprint,
            "old": hex::encode(unlocked.account.device().as_slice()),
            "new": hex::encode(key.id().as_slice()),
        }),
    );
    output.line(&fingerprint);
    if let Taken::Waiting(reach) = taken {
        return Err(not_yet(reach));
    }
    let held = held(&unlocked.account)?;
    if held > 0 {
        output.talk(&format!(
            "{held} of your messages are held by your relay until their time, signed with the old keys:\n\
             once the new ones are approved it drops them and says so; send them again then."
        ));
    }
    output.talk(&format!(
        "✓ {} – new keys asked for. Read the line above aloud to the holder of the roster key, who\n  \
         approves it:  estafette-relay roster approve\n  \
         The old keys ({}) stay in use until then; mail that you have stays readable.",
        unlocked.account.desk(),
        short(&unlocked.account.device()),
    ));
    Ok(Exit::Done)
}

/// What is sealed under the old key and not handed over would be refused later (IDN-44).
fn require_empty(account: &Account) -> Outcome<()> {
    let outbox = account.store.outbox()?;
    let waiting = outbox.iter().filter(|entry| entry.cargo == Cargo::Envelope);
    match waiting.count() {
        0 => Ok(()),
        waiting => Err(Failure::new(
            Exit::Failed,
            "outbox-not-empty",
            format!("{waiting} of your messages have not left this machine"),
            "They are signed with the key that would go, and would be refused. Nothing was changed.",
            "estafette sync      then the same command again",
        )),
    }
}

/// How many messages of this device its relay holds until their time (ENV-23).
fn held(account: &Account) -> Outcome<usize> {
    let (device, now) = (account.device(), clock::now());
    let messages = account.store.messages()?;
    let held = messages.iter().filter(|message| {
        let header = &message.header;
        let is_early = header.not_before.is_some_and(|until| until > now);
        is_early && header.sender_key == device && !view::is_dropped(message)
    });
    Ok(held.count())
}

fn failed(error: RotationError) -> Box<Failure> {
    match error {
        RotationError::Account(error) => error.into(),
        RotationError::Store(error) => error.into(),
        RotationError::Encoding(_) => Failure::new(
            Exit::Failed,
            "rotation",
            error.to_string(),
            "The keys in use stay in use.",
            "estafette device rotate",
        ),
    }
}
