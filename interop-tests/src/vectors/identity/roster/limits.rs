//! What a roster may hold: limits, orders and keys.

use super::super::super::chapter::{Fault, Group};
use super::super::super::{bad, world};
use super::super::arriving;
use super::{KEY, changed, first};
use estafette_protocol::encoding::{FixedBytes, Object};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::roster::{Authority, Revocation, Roster};
use estafette_protocol::time::DAY_MS;

type Change = Box<dyn FnOnce(&mut Roster)>;

fn refuse_all(group: &mut Group, cases: Vec<(&str, &str, &str, &str, Change)>) {
    for (id, clause, mutation, flag, change) in cases {
        let bytes = world::sign(&changed(change), &KEY);
        let fault = Fault::malformed("first", mutation, flag);
        group.invalid(id, &[clause], fault, arriving(&[&bytes]));
    }
}

pub(super) fn limits(group: &mut Group) {
    let address = |text: &'static str| -> Change {
        Box::new(move |r| {
            for relay in &mut r.relays {
                relay.addresses = vec![world::text(text)];
            }
        })
    };
    let many = |r: &mut Roster| {
        for relay in &mut r.relays {
            relay.addresses = vec![world::text("a:1"); 9];
        }
    };
    refuse_all(
        group,
        vec![
            (
                "number-0",
                "IDN-30",
                "number 0",
                "OverLimit",
                Box::new(|r| r.number = 0),
            ),
            (
                "previous-in-first",
                "IDN-30",
                "a previous hash",
                "Inconsistent",
                Box::new(|r| r.previous = Some(FixedBytes([0; 32]))),
            ),
            (
                "not-after-issued",
                "IDN-30",
                "not_after equal to issued",
                "Inconsistent",
                Box::new(|r| r.not_after = r.issued),
            ),
            (
                "too-long",
                "IDN-30",
                "not_after 400 days and 1 ms after issued",
                "OverLimit",
                Box::new(|r| r.not_after = r.issued.plus(400 * DAY_MS + 1)),
            ),
            (
                "grace-too-long",
                "IDN-30",
                "a grace of 90 days and 1 ms",
                "OverLimit",
                Box::new(|r| r.grace = 90 * DAY_MS + 1),
            ),
            (
                "gateways-none",
                "IDN-30",
                "no gateway",
                "OverLimit",
                Box::new(|r| r.gateways.clear()),
            ),
            (
                "gateway-foreign",
                "IDN-30",
                "a gateway of another agency",
                "Inconsistent",
                Box::new(|r| r.gateways = vec![world::unit("spoc", "xb")]),
            ),
            (
                "relays-none",
                "IDN-30",
                "no relay",
                "OverLimit",
                Box::new(|r| r.relays.clear()),
            ),
            (
                "addresses-none",
                "IDN-30",
                "a relay without address",
                "OverLimit",
                Box::new(|r| {
                    r.relays
                        .iter_mut()
                        .for_each(|relay| relay.addresses.clear())
                }),
            ),
            (
                "addresses-9",
                "IDN-30",
                "a relay of nine addresses",
                "OverLimit",
                Box::new(many),
            ),
            (
                "relay-name",
                "IDN-30",
                "a relay named Relay",
                "BadAddress",
                Box::new(|r| {
                    r.relays
                        .iter_mut()
                        .for_each(|relay| relay.name = world::text("Relay"))
                }),
            ),
            (
                "address-no-port",
                "IDN-31",
                "an address without port",
                "BadAddress",
                address("relay.police.example"),
            ),
            (
                "address-port-0",
                "IDN-31",
                "port 0",
                "BadAddress",
                address("relay.police.example:0"),
            ),
            (
                "address-port-large",
                "IDN-31",
                "port 65536",
                "BadAddress",
                address("relay.police.example:65536"),
            ),
            (
                "address-port-zeros",
                "IDN-31",
                "a leading zero in the port",
                "BadAddress",
                address("relay.police.example:04870"),
            ),
            (
                "address-bare-ipv6",
                "IDN-31",
                "an IPv6 address without brackets",
                "BadAddress",
                address("2001:db8::1:4870"),
            ),
            (
                "address-space",
                "IDN-31",
                "a space in the host",
                "BadAddress",
                address("relay police:4870"),
            ),
            (
                "desk-foreign",
                "IDN-30",
                "a desk of another agency",
                "Inconsistent",
                Box::new(|r| r.desks.push(world::desk_entry("spoc", "xb", &[]))),
            ),
        ],
    );
}

pub(super) fn lists(group: &mut Group) {
    let seventeen: Vec<String> = (1..=17).map(|n| format!("many {n}")).collect();
    let authority = |format| Authority {
        format,
        precedence: Precedence::Flash,
    };
    let revocation = |label| Revocation {
        key: world::id(label),
        at: world::NOW,
    };
    refuse_all(
        group,
        vec![
            (
                "gateways-twice",
                "ENC-17",
                "a gateway twice",
                "Duplicate",
                Box::new(|r| r.gateways = vec![world::unit("spoc", "xa"); 2]),
            ),
            (
                "gateways-unsorted",
                "ENC-17",
                "gateways in descending order",
                "Unsorted",
                Box::new(|r| r.gateways = vec![world::unit("spoc", "xa"), world::unit("hq", "xa")]),
            ),
            (
                "desks-unsorted",
                "ENC-17",
                "desks in descending order",
                "Unsorted",
                Box::new(|r| r.desks.reverse()),
            ),
            (
                "desk-twice",
                "ENC-17",
                "a desk a second time, without devices",
                "Duplicate",
                Box::new(|r| r.desks.insert(1, world::desk_entry("field", "xa", &[]))),
            ),
            (
                "devices-unsorted",
                "ENC-17",
                "devices in descending order",
                "Unsorted",
                Box::new(|r| r.desks.iter_mut().for_each(|d| d.devices.reverse())),
            ),
            (
                "devices-17",
                "IDN-30",
                "seventeen devices at a desk",
                "OverLimit",
                Box::new(move |r| {
                    let labels: Vec<&str> = seventeen.iter().map(String::as_str).collect();
                    r.desks.insert(2, world::desk_entry("many", "xa", &labels));
                }),
            ),
            (
                "authorities-unsorted",
                "ENC-17",
                "authorities in descending order",
                "Unsorted",
                Box::new(move |r| {
                    r.desks
                        .iter_mut()
                        .for_each(|d| d.authorities = vec![authority(2), authority(1)])
                }),
            ),
            (
                "authority-twice",
                "ENC-17",
                "an authority twice",
                "Duplicate",
                Box::new(move |r| {
                    r.desks
                        .iter_mut()
                        .for_each(|d| d.authorities = vec![authority(1); 2])
                }),
            ),
            (
                "revoked-unsorted",
                "ENC-17",
                "revocations in descending order",
                "Unsorted",
                Box::new(move |r| {
                    r.revoked = vec![revocation("xa gone 1"), revocation("xa gone 2")];
                    r.revoked
                        .sort_by_key(|revocation| std::cmp::Reverse(revocation.key));
                }),
            ),
            (
                "revoked-twice",
                "ENC-17",
                "a revocation twice",
                "Duplicate",
                Box::new(move |r| r.revoked = vec![revocation("xa gone 1"); 2]),
            ),
        ],
    );
}

pub(super) fn keys(group: &mut Group) {
    let revoke = |key| -> Change {
        let at = world::NOW;
        Box::new(move |r: &mut Roster| r.revoked = vec![Revocation { key, at }])
    };
    refuse_all(
        group,
        vec![
            (
                "hop-key-twice",
                "IDN-8",
                "a device with the relay's hop key",
                "Duplicate",
                Box::new(|r| {
                    r.desks
                        .iter_mut()
                        .take(1)
                        .flat_map(|d| &mut d.devices)
                        .for_each(|d| d.hop_key = world::hop("xa relay"))
                }),
            ),
            (
                "signing-key-twice",
                "IDN-8",
                "a device with the relay's statement key",
                "Duplicate",
                Box::new(|r| {
                    r.desks
                        .iter_mut()
                        .take(1)
                        .flat_map(|d| &mut d.devices)
                        .for_each(|d| d.key = world::public("xa relay"))
                }),
            ),
            (
                "device-at-two-desks",
                "IDN-8",
                "a device at a second desk",
                "Duplicate",
                Box::new(|r| r.desks.push(world::desk_entry("watch", "xa", &["hq 1"]))),
            ),
            (
                "device-revoked",
                "IDN-8",
                "the key of a device revoked",
                "Inconsistent",
                revoke(world::id("xa hq 1")),
            ),
            (
                "device-hop-revoked",
                "IDN-8",
                "the hop key of a device revoked",
                "Inconsistent",
                revoke(world::hop("xa hq 1").id()),
            ),
            (
                "relay-revoked",
                "IDN-8",
                "the statement key of a relay revoked",
                "Inconsistent",
                revoke(world::id("xa relay")),
            ),
        ],
    );
    let object = world::object(&first());
    let fault = |mutation, flag| Fault::malformed("first", mutation, flag);
    let splice = |from: &[u8], to: &[u8]| {
        world::sign_bytes(Roster::KIND, &world::splice(&object, from, to), &KEY)
    };
    let hop = world::hop("xa hq 1");
    for (name, key) in bad::x25519_small_order() {
        let bytes = splice(hop.as_bytes(), &key);
        let fault = fault("a device's hop key of small order", "KeySmallOrder");
        group.invalid(
            &format!("hop-key-{name}"),
            &["CRY-2"],
            fault,
            arriving(&[&bytes]),
        );
    }
    let bytes = splice(hop.as_bytes(), &bad::above_p(9));
    let not_reduced = fault("a device's hop key of p and 9", "KeyNotCanonical");
    group.invalid(
        "hop-key-p-plus-9",
        &["CRY-2"],
        not_reduced,
        arriving(&[&bytes]),
    );
    let signing = world::public("xa relay").to_bytes();
    let bytes = splice(&signing, &bad::ed25519_not_canonical());
    let not_canonical = fault("a statement key with p added to its y", "KeyNotCanonical");
    group.invalid(
        "statement-key-not-canonical",
        &["CRY-1"],
        not_canonical,
        arriving(&[&bytes]),
    );
    let bytes = splice(&[1, 1, 3, 0, 0], &[1, 1, 4, 0, 0]);
    let precedence = fault("an authority up to precedence 4", "OverLimit");
    group.invalid("precedence-4", &["ENC-10"], precedence, arriving(&[&bytes]));
}
