//! The agencies of the vectors and what they sign, every key from the SHA-256 of its label.
//!
//! `police.xa` and `police.xb` are fictional. A label such as `xa root 1` names a seed; the seeds
//! are printed in the files, so that another implementation can make the same objects.

use estafette_protocol::accord::{AcceptedFormat, Accord, Party};
use estafette_protocol::address::{Agency, Desk, Unit};
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::{
    Hash, HopKey, KeyId, Secret, SigningKey, VerifyingKey, XWingSecret, sha256,
};
use estafette_protocol::encoding::{
    Bytes, Extensions, FixedBytes, Object, Signature, Signed, SignedObject, Text, encode,
    encode_unchecked, signing_bytes,
};
use estafette_protocol::house::{House, UnitEntry};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::prekey::{Prekey, PrekeyBundle, prekey_id};
use estafette_protocol::roster::{Authority, DeskEntry, Device, Roster, RosterRelay};
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, UnixMillis, WEEK_MS};

/// 2026-01-02T02:54:05.006Z, in week 2922.
pub(super) const NOW: UnixMillis = UnixMillis(1_767_322_445_006);

/// When week 2922 begins.
pub(super) const WEEK: UnixMillis = UnixMillis(2_922 * WEEK_MS);

pub(super) fn seed(label: &str) -> Secret {
    Secret::from_bytes(sha256(&[b"estafette vectors ", label.as_bytes()]).0)
}

pub(super) fn key(label: &str) -> SigningKey {
    SigningKey::from_seed(&seed(label))
}

pub(super) fn public(label: &str) -> VerifyingKey {
    key(label).verifying_key()
}

pub(super) fn id(label: &str) -> KeyId {
    public(label).id()
}

pub(super) fn hop(label: &str) -> HopKey {
    let public = seed(&format!("{label} hop")).hop_public();
    HopKey::from_bytes(&public).expect("a made key is strict")
}

pub(super) fn text(text: &str) -> Text {
    Text::new(text).expect("constants hold no NUL")
}

pub(super) fn agency(state: &str) -> Agency {
    let agency = format!("police.{state}").parse();
    agency.expect("constants are addresses")
}

pub(super) fn unit(label: &str, state: &str) -> Unit {
    let unit = format!("{label}.police.{state}").parse();
    unit.expect("constants are addresses")
}

/// The desk `duty` of a unit.
pub(super) fn desk(unit: &str, state: &str) -> Desk {
    let desk = format!("duty@{unit}.police.{state}").parse();
    desk.expect("constants are addresses")
}

/// Bytes of a signed object, signed by the keys of these labels.
pub(super) fn sign<T: Object>(value: &T, labels: &[&str]) -> Vec<u8> {
    let object = encode_unchecked(value).expect("values encode");
    sign_bytes(T::KIND, &object, labels)
}

/// Bytes of a signed object around any bytes, signed as an object of `kind`.
pub(super) fn sign_bytes(kind: u8, object: &[u8], labels: &[&str]) -> Vec<u8> {
    let message = signing_bytes(kind, object);
    let mut signatures: Vec<_> = labels
        .iter()
        .map(|label| Signature {
            key: id(label),
            signature: FixedBytes(key(label).sign(&message)),
        })
        .collect();
    signatures.sort_by_key(|signature| signature.key);
    let signed = SignedObject {
        object: object.into(),
        signatures,
    };
    encode_unchecked(&signed).expect("signed objects encode")
}

pub(super) fn object<T: Object>(value: &T) -> Vec<u8> {
    encode(value).expect("values keep their rules")
}

pub(super) fn hash<T: Object>(value: &T) -> Hash {
    let object = encode_unchecked(value).expect("values encode");
    sha256(&[b"estafette/1/object\0", &object])
}

pub(super) fn hex_hash<T: Object>(value: &T) -> String {
    hex::encode(hash(value).as_slice())
}

/// A signed value, for the makers of drafts.
pub(super) fn signed<T: Object>(value: T, labels: &[&str]) -> Signed<T> {
    let keys: Vec<_> = labels.iter().map(|label| key(label)).collect();
    let keys: Vec<_> = keys.iter().collect();
    Signed::sign(value, &keys).expect("values keep their rules")
}

/// Bytes with the first occurrence of `from` replaced.
pub(super) fn splice(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut windows = bytes.windows(from.len());
    let at = windows.position(|window| window == from);
    let (head, tail) = bytes.split_at(at.expect("what is replaced is there"));
    [head, to, tail.split_at(from.len()).1].concat()
}

fn keys(state: &str, purposes: &[&str]) -> Vec<VerifyingKey> {
    let mut keys: Vec<_> = purposes
        .iter()
        .map(|purpose| public(&format!("{state} {purpose}")))
        .collect();
    keys.sort();
    keys
}

pub(super) fn charter(state: &str) -> Charter {
    Charter {
        agency: agency(state),
        number: 0,
        previous: None,
        issued: NOW.minus(DAY_MS),
        threshold: 2,
        root_keys: keys(state, &["root 1", "root 2", "root 3"]),
        roster_keys: keys(state, &["roster"]),
        accord_keys: keys(state, &["accord"]),
        log_keys: keys(state, &["log"]),
        extensions: Extensions::default(),
    }
}

pub(super) fn sign_charter(charter: &Charter, state: &str) -> Vec<u8> {
    let labels = [format!("{state} root 1"), format!("{state} root 2")];
    sign(charter, &labels.each_ref().map(String::as_str))
}

pub(super) fn device(label: &str) -> Device {
    Device {
        key: public(label),
        hop_key: hop(label),
        enrolled: NOW.minus(DAY_MS),
    }
}

pub(super) fn desk_entry(unit: &str, state: &str, devices: &[&str]) -> DeskEntry {
    let label = |device: &&str| format!("{state} {device}");
    let mut devices: Vec<_> = devices.iter().map(|d| device(&label(d))).collect();
    devices.sort_by_key(|device| device.key);
    let authority = Authority {
        format: 1,
        precedence: Precedence::Flash,
    };
    DeskEntry {
        desk: desk(unit, state),
        authorities: vec![authority],
        superior: None,
        deputies: vec![],
        devices,
    }
}

pub(super) fn roster(state: &str) -> Roster {
    let relay = format!("{state} relay");
    Roster {
        agency: agency(state),
        number: 1,
        previous: None,
        charter: hash(&charter(state)),
        issued: NOW,
        not_after: NOW.plus(30 * DAY_MS),
        grace: 10 * DAY_MS,
        gateways: vec![unit("spoc", state)],
        relays: vec![RosterRelay {
            name: text("relay"),
            hop_key: hop(&relay),
            statement_key: public(&relay),
            addresses: vec![text("relay.police.example:4870")],
        }],
        desks: vec![
            desk_entry("field", state, &["field 1"]),
            desk_entry("hq", state, &["hq 1"]),
            desk_entry("spoc", state, &["spoc 1", "spoc 2"]),
        ],
        revoked: Vec::new(),
        exercises: vec![],
        extensions: Extensions::default(),
    }
}

pub(super) fn house() -> House {
    let entry = |label: &str, superior: Option<&str>| UnitEntry {
        unit: unit(label, "xa"),
        superior: superior.map(|label| unit(label, "xa")),
    };
    House {
        agency: agency("xa"),
        number: 1,
        previous: None,
        issued: NOW,
        units: vec![
            entry("field", Some("region")),
            entry("hq", None),
            entry("region", Some("hq")),
            entry("spoc", Some("hq")),
        ],
        rules: Bytes::default(),
        extensions: Extensions::default(),
    }
}

pub(super) fn prekey(week: u64) -> Prekey {
    let secret = XWingSecret::from_seed(seed(&format!("prekey {week}")));
    let not_before = UnixMillis(week.saturating_mul(WEEK_MS));
    Prekey {
        id: prekey_id(not_before),
        key: secret.public().expect("a seed gives a key"),
        not_before,
        not_after: not_before.plus(WEEK_MS),
    }
}

/// The bundle of `xa spoc 1` for two weeks from the one that runs.
pub(super) fn prekeys() -> PrekeyBundle {
    PrekeyBundle {
        desk: desk("spoc", "xa"),
        device: id("xa spoc 1"),
        issued: NOW,
        prekeys: vec![prekey(2_922), prekey(2_923)],
    }
}

/// `xa hq 1` suspends `xa field 1`.
pub(super) fn suspension() -> Suspension {
    Suspension {
        agency: agency("xa"),
        device: id("xa field 1"),
        desk: desk("field", "xa"),
        by: desk("hq", "xa"),
        reason: 1,
        at: NOW,
    }
}

pub(super) fn accord(states: &[&str]) -> Accord {
    let party = |state: &&str| Party {
        agency: agency(state),
        root: hash(&charter(state)),
    };
    Accord {
        name: text("two-borders"),
        number: 1,
        previous: None,
        parties: states.iter().map(party).collect(),
        formats: vec![
            AcceptedFormat {
                format: 1,
                version: 1,
                definition: sha256(&[b"flag"]),
            },
            AcceptedFormat {
                format: 6,
                version: 1,
                definition: sha256(&[b"note"]),
            },
        ],
        ceiling: vec![Marking { axis: 1, code: 3 }, Marking { axis: 2, code: 2 }],
        not_before: NOW,
        not_after: NOW.plus(100 * DAY_MS),
        grace: 10 * DAY_MS,
        lifetime: DAY_MS,
        rules: Bytes::default(),
        extensions: Extensions::default(),
    }
}
