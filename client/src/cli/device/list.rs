//! `estafette device list`.

use super::super::context::Context;
use super::{desk_named, short};
use crate::account::Account;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::words;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::KeyId;
use estafette_protocol::encoding::Signed;
use estafette_protocol::format::Catalogue;
use estafette_protocol::roster::Roster;
use estafette_protocol::suspension::SUSPENSION_MS;
use estafette_protocol::time::UnixMillis;
use serde_json::json;
use std::collections::BTreeMap;

/// How a device stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// In use.
    Current,
    /// It has asked for new keys.
    Rotating,
    /// Out until then, by this desk.
    Suspended {
        until: UnixMillis,
        by: Desk,
        reason: u16,
    },
    /// Out for good since then.
    Revoked { at: UnixMillis },
}

impl State {
    const fn word(&self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Rotating => "rotating",
            Self::Suspended { .. } => "suspended",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// A device of a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) key: KeyId,
    pub(super) enrolled: UnixMillis,
    pub(super) state: State,
}

pub(super) fn run(context: &Context, desk: Option<&str>) -> Outcome<Exit> {
    let unlocked = context.unlock()?;
    let (account, output) = (&unlocked.account, context.output);
    let desk = match desk {
        Some(name) => desk_named(account, name)?,
        None => account.desk().clone(),
    };
    let listed = devices(account, &desk, clock::now())?;
    output.line(desk.as_str());
    for device in &listed {
        let is_this = device.key == account.device();
        let (until, by, reason) = match &device.state {
            State::Suspended { until, by, reason } => (
                Some(*until),
                Some(by.as_str()),
                reason_word(context.catalogue, *reason),
            ),
            State::Revoked { at } => (Some(*at), None, None),
            _ => (None, None, None),
        };
        output.object(
            "device",
            json!({
                "desk": desk.as_str(),
                "device": hex::encode(device.key.as_slice()),
                "this": is_this,
                "enrolled": words::time_rfc3339(device.enrolled),
                "state": device.state.word(),
                "until": until.filter(|_| by.is_some()).map(words::time_rfc3339),
                "revoked": until.filter(|_| by.is_none()).map(words::time_rfc3339),
                "by": by,
                "reason": reason,
            }),
        );
        let state = match (&device.state, &reason) {
            (State::Suspended { until, by, .. }, reason) => {
                let until = output.time(*until);
                let reason = reason.as_deref().unwrap_or("?");
                format!("suspended until {until} by {by} ({reason})")
            }
            (State::Revoked { at }, _) => format!("revoked {}", output.time(*at)),
            (state, _) => state.word().to_owned(),
        };
        let this = if is_this { "   this device" } else { "" };
        let enrolled = output.time(device.enrolled);
        let key = short(&device.key);
        output.line(&format!("  {key}  {state}   enrolled {enrolled}{this}"));
    }
    if listed.is_empty() {
        output.talk("No device is listed for this desk.");
    }
    Ok(Exit::Done)
}

/// The devices that the newest roster lists for a desk, then those that older ones listed and the
/// newest revokes.
pub(super) fn devices(account: &Account, desk: &Desk, now: UnixMillis) -> Outcome<Vec<Listed>> {
    let directory = &account.directory;
    let Some(newest) = directory.newest_roster(directory.own()).map(Signed::value) else {
        return Ok(Vec::new());
    };
    let is_rotating = account.store.next_keys()?.is_some();
    let mut listed = Vec::new();
    for device in newest.desk(desk).map_or(&[][..], |entry| &entry.devices) {
        let key = device.key.id();
        let suspension = directory
            .suspension(directory.own(), &key)
            .map(Signed::value);
        let state = match suspension.filter(|s| s.is_in_force(now)) {
            Some(suspension) => State::Suspended {
                until: suspension.at.plus(SUSPENSION_MS),
                by: suspension.by.clone(),
                reason: suspension.reason,
            },
            None if is_rotating && key == account.device() => State::Rotating,
            None => State::Current,
        };
        let enrolled = device.enrolled;
        listed.push(Listed {
            key,
            enrolled,
            state,
        });
    }
    let mut revoked = BTreeMap::new();
    for stored in account.store.objects()? {
        let Ok(older) = Signed::<Roster>::decode(stored.object.as_slice()) else {
            continue;
        };
        for device in older.value().desk(desk).map_or(&[][..], |d| &d.devices) {
            let key = device.key.id();
            let revocation = newest.revoked.iter().find(|revoked| revoked.key == key);
            if let Some(revocation) = revocation {
                revoked.insert(key, (device.enrolled, revocation.at));
            }
        }
    }
    listed.extend(revoked.into_iter().map(|(key, (enrolled, at))| Listed {
        key,
        enrolled,
        state: State::Revoked { at },
    }));
    Ok(listed)
}

fn reason_word(catalogue: &Catalogue, reason: u16) -> Option<String> {
    let list = catalogue.list("suspend-reasons");
    let known = list.and_then(|list| list.code(reason));
    Some(known.map_or_else(|| reason.to_string(), |code| code.word.clone()))
}
