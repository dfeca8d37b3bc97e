//! A small world of agencies, and what their directories make of each other.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

use super::*;
use crate::accord::{AcceptedFormat, Party};
use crate::address::{Desk, Unit};
use crate::code::ErrorCode;
use crate::crypto::{HopKey, Secret, SigningKey, sha256};
use crate::encoding::{Bytes, Extensions, FixedBytes, Text};
use crate::house::UnitEntry;
use crate::precedence::Precedence;
use crate::prekey::Prekey;
use crate::roster::{Authority, DeskEntry, Device, Revocation, RosterRelay};
use crate::time::{DAY_MS, WEEK_MS};

mod accords;
mod chain;
mod devices;
mod duty;
mod properties;

const NOW: UnixMillis = UnixMillis(2_900 * WEEK_MS);

fn seed(label: &str) -> Secret {
    Secret::from_bytes(sha256(&[label.as_bytes()]).0)
}

fn key(label: &str) -> SigningKey {
    SigningKey::from_seed(&seed(label))
}

fn hop(label: &str) -> HopKey {
    HopKey::from_bytes(&seed(label).hop_public()).unwrap()
}

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn agency(name: &str) -> Agency {
    format!("police.{name}").parse().unwrap()
}

fn desk(label: &str, unit: &str, state: &str) -> Desk {
    format!("{label}@{unit}.police.{state}").parse().unwrap()
}

fn bytes<T: Object>(signed: &Signed<T>) -> Vec<u8> {
    signed.encode().unwrap()
}

fn device(label: &str) -> Device {
    Device {
        key: key(label).verifying_key(),
        hop_key: hop(label),
        enrolled: NOW,
    }
}

fn device_id(label: &str) -> KeyId {
    key(label).verifying_key().id()
}

fn charter(state: &str) -> Charter {
    let keys = |purposes: &[&str]| {
        let mut keys: Vec<_> = purposes
            .iter()
            .map(|purpose| key(&format!("{state} {purpose}")).verifying_key())
            .collect();
        keys.sort();
        keys
    };
    Charter {
        agency: agency(state),
        number: 0,
        previous: None,
        issued: NOW,
        threshold: 2,
        root_keys: keys(&["root 1", "root 2", "root 3"]),
        roster_keys: keys(&["roster"]),
        accord_keys: keys(&["accord"]),
        log_keys: keys(&["log"]),
        extensions: Extensions::default(),
    }
}

fn signed_charter(state: &str) -> Signed<Charter> {
    let (a, b) = (
        key(&format!("{state} root 1")),
        key(&format!("{state} root 2")),
    );
    Signed::sign(charter(state), &[&a, &b]).unwrap()
}

fn roster(state: &str) -> Roster {
    let entry = |label: &str, unit: &str, names: &[&str]| {
        let mut devices: Vec<_> = names
            .iter()
            .map(|n| device(&format!("{state} {n}")))
            .collect();
        devices.sort_by_key(|d| d.key);
        DeskEntry {
            desk: desk(label, unit, state),
            authorities: vec![Authority {
                format: 1,
                precedence: Precedence::Flash,
            }],
            superior: None,
            deputies: vec![],
            devices,
        }
    };
    Roster {
        agency: agency(state),
        number: 1,
        previous: None,
        charter: signed_charter(state).hash(),
        issued: NOW,
        not_after: NOW.plus(30 * DAY_MS),
        grace: 10 * DAY_MS,
        gateways: vec![format!("spoc.police.{state}").parse().unwrap()],
        relays: vec![RosterRelay {
            name: text("relay"),
            hop_key: hop(&format!("{state} relay hop")),
            statement_key: key(&format!("{state} relay")).verifying_key(),
            addresses: vec![text("relay.example:4870")],
        }],
        desks: vec![
            entry("duty", "field", &["field 1"]),
            entry("duty", "hq", &["hq 1"]),
            entry("duty", "other", &["other 1"]),
            entry("duty", "spoc", &["spoc 1", "spoc 2"]),
        ],
        revoked: Vec::new(),
        exercises: vec![],
        extensions: Extensions::default(),
    }
}

fn sign_roster(roster: Roster) -> Signed<Roster> {
    let state = roster.agency.as_str().split_once('.').unwrap().1.to_owned();
    Signed::sign(roster, &[&key(&format!("{state} roster"))]).unwrap()
}

fn house(state: &str) -> House {
    let unit = |name: &str| -> Unit { format!("{name}.police.{state}").parse().unwrap() };
    let entry = |name: &str, superior: Option<&str>| UnitEntry {
        unit: unit(name),
        superior: superior.map(unit),
    };
    House {
        agency: agency(state),
        number: 1,
        previous: None,
        issued: NOW,
        units: vec![
            entry("field", Some("hq")),
            entry("hq", None),
            entry("other", Some("hq")),
            entry("spoc", Some("hq")),
        ],
        rules: Bytes::default(),
        extensions: Extensions::default(),
    }
}

fn sign_house(house: House) -> Signed<House> {
    Signed::sign(house, &[&key("se roster")]).unwrap()
}

fn accord(name: &str, states: &[&str]) -> Accord {
    let mut parties: Vec<_> = states
        .iter()
        .map(|state| Party {
            agency: agency(state),
            root: signed_charter(state).hash(),
        })
        .collect();
    parties.sort_by(|a, b| a.agency.cmp(&b.agency));
    Accord {
        name: text(name),
        number: 1,
        previous: None,
        parties,
        formats: vec![AcceptedFormat {
            format: 1,
            version: 1,
            definition: FixedBytes([7; 32]),
        }],
        ceiling: Vec::new(),
        not_before: NOW,
        not_after: NOW.plus(100 * DAY_MS),
        grace: 10 * DAY_MS,
        lifetime: DAY_MS,
        rules: Bytes::default(),
        extensions: Extensions::default(),
    }
}

fn sign_accord(accord: Accord) -> Signed<Accord> {
    let keys: Vec<_> = accord
        .parties
        .iter()
        .map(|p| {
            key(&format!(
                "{} accord",
                p.agency.as_str().split_once('.').unwrap().1
            ))
        })
        .collect();
    Signed::sign(accord, &keys.iter().collect::<Vec<_>>()).unwrap()
}

/// A bundle with keys that any device may repeat: X-Wing keys are slow to make in tests.
fn prekeys(label: &str, desk: Desk, issued: UnixMillis) -> Signed<PrekeyBundle> {
    static PUBLIC: std::sync::OnceLock<crate::crypto::XWingPublic> = std::sync::OnceLock::new();
    let public = PUBLIC.get_or_init(|| {
        let secret = crate::crypto::XWingSecret::from_seed(seed("prekey"));
        secret.public().unwrap()
    });
    let prekeys = (0..2)
        .map(|week| {
            let not_before = NOW.plus(week * WEEK_MS);
            Prekey {
                id: crate::prekey::prekey_id(not_before),
                key: public.clone(),
                not_before,
                not_after: not_before.plus(WEEK_MS),
            }
        })
        .collect();
    let bundle = PrekeyBundle {
        desk,
        device: device_id(label),
        issued,
        prekeys,
    };
    Signed::sign(bundle, &[&key(label)]).unwrap()
}

fn suspension(of: &str, of_unit: &str, by: &str, by_unit: &str) -> Suspension {
    let state = of.split_once(' ').unwrap().0;
    assert!(by.starts_with(state));
    Suspension {
        agency: agency(state),
        device: device_id(of),
        desk: desk("duty", of_unit, state),
        by: desk("duty", by_unit, state),
        reason: 1,
        at: NOW,
    }
}

fn rotation(label: &str, desk: Desk) -> Rotation {
    let new = format!("{label} new");
    Rotation {
        desk,
        old: device_id(label),
        key: key(&new).verifying_key(),
        hop_key: hop(&new),
        at: NOW,
    }
}

/// Everything that the directory of `police.se` may hold of `police.se` and `police.no`.
fn everything() -> Vec<Vec<u8>> {
    let both = accord("nordic", &["no", "se"]);
    let suspended = suspension("se other 1", "other", "se hq 1", "hq");
    let rotated = rotation("se field 1", desk("duty", "field", "se"));
    let rotation_keys = [key("se field 1"), key("se field 1 new")];
    vec![
        bytes(&signed_charter("se")),
        bytes(&sign_accord(both)),
        bytes(&signed_charter("no")),
        bytes(&sign_roster(roster("se"))),
        bytes(&sign_roster(roster("no"))),
        bytes(&sign_house(house("se"))),
        bytes(&prekeys("se spoc 1", desk("duty", "spoc", "se"), NOW)),
        bytes(&prekeys("no spoc 1", desk("duty", "spoc", "no"), NOW)),
        bytes(&Signed::sign(suspended, &[&key("se hq 1")]).unwrap()),
        bytes(&Signed::sign(rotated, &rotation_keys.each_ref()).unwrap()),
    ]
}

/// A directory of `police.se` that trusts its own root and holds nothing.
fn empty() -> Directory {
    Directory::new(agency("se"), signed_charter("se").hash())
}

fn full() -> Directory {
    let mut directory = empty();
    for object in everything() {
        directory.apply(&object, NOW).unwrap();
    }
    directory
}

/// Applies and requires the error; the state must stay as it was, but for proofs.
fn refused<T: Object>(directory: &mut Directory, object: &Signed<T>, code: ErrorCode) {
    refused_at(directory, object, NOW, code);
}

fn refused_at<T: Object>(
    directory: &mut Directory,
    object: &Signed<T>,
    now: UnixMillis,
    code: ErrorCode,
) {
    let before = directory.clone();
    let error = directory.apply(&bytes(object), now).unwrap_err();
    assert_eq!(error.code(), code, "{error}");
    let mut after = directory.clone();
    after.proofs.clone_from(&before.proofs);
    assert_eq!(after, before);
}

fn applied<T: Object>(directory: &mut Directory, object: &Signed<T>) -> Applied {
    directory.apply(&bytes(object), NOW).unwrap()
}
