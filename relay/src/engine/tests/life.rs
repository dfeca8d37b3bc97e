//! How devices and relays leave and change their keys, and what is kept of a fork.

use super::*;
use estafette_protocol::crypto::{HopKey, SigningKey};
use estafette_protocol::encoding::Object;
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::{Device, Revocation, Roster};
use estafette_protocol::rotation::Rotation;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::testing::SeededRng;

fn publish(rig: &mut Rig, from: usize, object: Vec<u8>) {
    let (at, link) = (rig.desks[from].0, rig.desks[from].1);
    let object = object.into();
    rig.feed(at, link, &Frame::Publish { object });
    rig.run();
}

fn signed<T: Object>(object: T, keys: &[&SigningKey]) -> Vec<u8> {
    Signed::sign(object, keys).unwrap().encode().unwrap()
}

pub(super) fn suspension(of: &TestDevice, by: &TestDevice) -> Vec<u8> {
    let suspension = Suspension {
        agency: of.desk.agency(),
        device: of.key.verifying_key().id(),
        desk: of.desk.clone(),
        by: by.desk.clone(),
        reason: 2,
        at: NOW,
    };
    signed(suspension, &[&by.key])
}

/// The next roster of an agency, as `change` has it.
fn next_roster(agency: &mut TestAgency, change: impl FnOnce(&mut Roster)) -> Vec<u8> {
    let held = Signed::sign(agency.roster.clone(), &[&agency.roster_key]).unwrap();
    let mut roster = Roster::next(&held, NOW);
    change(&mut roster);
    agency.roster = roster.clone();
    signed(roster, &[&agency.roster_key])
}

fn public(secret: &Secret) -> HopKey {
    HopKey::from_bytes(&secret.hop_public()).unwrap()
}

/// Covers IDN-22, IDN-23, IDN-40, IDN-41.
#[test]
fn suspended_device_is_out_on_both_sides_within_one_exchange() {
    let mut rig = Rig::memory();
    let (police, stolen) = (rig.desk(0, 0), rig.desk(1, 1));
    let colleague = rig.desk(1, 0);
    rig.join();
    let before = rig.flag(stolen, &["duty@spoc.police.xa"], "still trusted");
    rig.submit(stolen, &before);
    assert_eq!(rig.rung(stolen, &before), Rung::Delivered);

    let (device, by) = (
        rig.desks[stolen].2.device.clone(),
        rig.desks[colleague].2.device.clone(),
    );
    let object = suspension(&device, &by);
    publish(&mut rig, colleague, object.clone());
    let link = rig.desks[stolen].1;
    assert!(rig.closed.contains(&(1, link, ErrorCode::DeviceSuspended)));
    assert!(rig.desks[colleague].2.published.contains(&object));
    assert!(rig.desks[police].2.published.contains(&object));
    let key = device.key.verifying_key().id();
    for relay in &rig.relays {
        let border = &rig.world.border.agency;
        assert!(relay.directory().is_barred(border, &key, NOW));
    }

    // It does not get in again, and nothing that it signs is taken on the other side.
    rig.connect(1, LinkId(90), device.hop.hop_public());
    rig.run();
    let again = (1, LinkId(90), ErrorCode::DeviceSuspended);
    assert!(rig.closed.contains(&again));
    let border = rig.world.border.clone();
    let peer = rig.peer(0, &border);
    let late = rig.flag(stolen, &["duty@spoc.police.xa"], "forged");
    rig.hand_over(peer, Item::Envelope(late.encode().unwrap().into()));
    assert_eq!(refusal(&rig, peer, &late), (5, "ADM-5".to_owned()));
    let police_flag = rig.flag(police, &[BORDER], "for the border");
    let digest = rig.submit(police, &police_flag);
    let Frame::Statement { statement, .. } = rig.desks[stolen].2.state(digest, Claim::Opened)
    else {
        panic!("no statement");
    };
    rig.hand_over(peer, Item::Statement(statement));
    let fault = rig.desks[peer].2.faults.last().unwrap();
    assert_eq!(fault.code, ErrorCode::DeviceSuspended.number());
}

/// A device with new keys, and what its relay has to have for it.
fn rotated(old: &TestDevice) -> (TestDevice, Vec<u8>, Vec<u8>) {
    let mut rng = SeededRng::new("rotated");
    let old = old.clone();
    let (key, hop) = (SigningKey::generate(&mut rng), Secret::generate(&mut rng));
    let rotation = Rotation {
        desk: old.desk.clone(),
        old: old.key.verifying_key().id(),
        key: key.verifying_key(),
        hop_key: public(&hop),
        at: NOW,
    };
    let wish = signed(rotation, &[&old.key, &key]);
    let (desk, id) = (old.desk, key.verifying_key().id());
    let (bundle, secrets) = PrekeyBundle::schedule(desk.clone(), id, NOW, &[], &mut rng).unwrap();
    let bundle = signed(bundle, &[&key]);
    let new = TestDevice {
        desk,
        key,
        hop,
        secrets,
    };
    (new, wish, bundle)
}

/// The roster that puts a device's new keys in the place of the old ones.
fn replacing(agency: &mut TestAgency, old: &TestDevice, new: &TestDevice) -> Vec<u8> {
    let device = Device {
        key: new.key.verifying_key(),
        hop_key: public(&new.hop),
        enrolled: NOW,
    };
    next_roster(agency, |roster| {
        let entry = roster.desks.iter_mut().find(|d| d.desk == new.desk);
        let devices = &mut entry.unwrap().devices;
        devices.retain(|d| d.key != old.key.verifying_key());
        devices.push(device);
        devices.sort_by_key(|d| d.key);
        roster.revoked = [old.key.verifying_key().id(), public(&old.hop).id()]
            .map(|key| Revocation { key, at: NOW })
            .into();
        roster.revoked.sort_by_key(|r| r.key);
    })
}

/// Covers IDN-24, IDN-43.
#[test]
fn mail_for_the_old_key_of_a_device_is_handed_to_the_new_one() {
    let mut rig = Rig::memory();
    let (police, duty) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let (new, wish, bundle) = rotated(&rig.world.border.devices[0]);
    publish(&mut rig, duty, wish.clone());
    assert!(rig.desks[duty].2.published.contains(&wish));
    assert_eq!(rig.relays[1].enrolments().unwrap().len(), 1);
    let link = rig.desks[duty].1;
    rig.relays[1]
        .handle(NOW, Input::Disconnected { link })
        .unwrap();
    let waiting = rig.flag(police, &[BORDER], "while the keys change");
    rig.submit(police, &waiting);
    assert_eq!(rig.rung(police, &waiting), Rung::Relayed);

    let old = rig.world.border.devices[0].clone();
    let roster = replacing(&mut rig.world.border, &old, &new);
    rig.relays[1].publish(NOW, &roster).unwrap();
    rig.run();
    assert_eq!(rig.relays[1].enrolments().unwrap().len(), 0);
    let gone = Mailbox::Device(old.key.verifying_key().id().0);
    assert_eq!(rig.relays[1].store().view().queued(&gone), 0);

    rig.world.border.devices[0] = new.clone();
    let duty = rig.desk(1, 0);
    publish(&mut rig, duty, bundle);
    assert_eq!(rig.rung(police, &waiting), Rung::Delivered);
    let desk = &rig.desks[duty].2;
    let sender = rig.world.police.devices[0].key.verifying_key();
    let (id, secret) = (old.key.verifying_key().id(), &old.secrets[0].secret);
    let opened = open(&desk.envelopes[0], &sender, &desk.wraps[0], &id, secret).unwrap();
    assert_eq!(opened.form.text(5), Some("while the keys change"));

    let after = rig.flag(police, &[BORDER], "after");
    rig.submit(police, &after);
    assert_eq!(rig.rung(police, &after), Rung::Delivered);
    let desk = &rig.desks[duty].2;
    let (id, secret) = (new.key.verifying_key().id(), &new.secrets[0].secret);
    let opened = open(&desk.envelopes[1], &sender, &desk.wraps[1], &id, secret).unwrap();
    assert_eq!(opened.form.text(5), Some("after"));
}

/// Covers IDN-43, SES-9.
#[test]
fn mail_handed_to_a_new_key_keeps_its_place_in_the_queue() {
    let mut rig = Rig::rated();
    let (duty, border) = (rig.desk(0, release::DUTY), rig.desk(1, 0));
    rig.join();
    let old = rig.world.border.devices[0].clone();
    let (new, wish, _) = rotated(&old);
    publish(&mut rig, border, wish);
    let link = rig.desks[border].1;
    rig.relays[1]
        .handle(NOW, Input::Disconnected { link })
        .unwrap();
    let precedences = [Precedence::Immediate, Precedence::Flash, Precedence::Flash];
    let sent = precedences.map(|precedence| {
        let parsed = rig.informing(duty, 1, precedence, &[release::CHIEF_DESK]);
        rig.submit(duty, &parsed)
    });
    let all = |rig: &Rig| {
        let view = rig.relays[1].store().view();
        sent.map(|digest| view.seen(&digest.0).unwrap().unwrap())
    };
    let queue = |rig: &Rig, device: &TestDevice| -> Vec<Leaf> {
        let mailbox = Mailbox::Device(device.key.verifying_key().id().0);
        let next = rig.relays[1].store().view().next(&mailbox, None, 64);
        let leaves = next.unwrap().into_iter().map(|waiting| waiting.turn.leaf);
        leaves.filter(|leaf| all(rig).contains(leaf)).collect()
    };
    let expected = [1, 2, 0].map(|at| all(&rig)[at]);
    assert_eq!(
        queue(&rig, &old),
        expected,
        "the second flash is above its rate"
    );
    let roster = replacing(&mut rig.world.border, &old, &new);
    rig.relays[1].publish(NOW, &roster).unwrap();
    rig.run();
    assert_eq!(queue(&rig, &old), []);
    assert_eq!(queue(&rig, &new), expected);
}

/// Covers IDN-43, REL-11.
#[test]
fn releaser_with_a_new_key_gets_what_was_sealed_to_the_old_one() {
    let mut rig = Rig::ruled();
    let (duty, patrol) = (rig.desk(0, release::DUTY), rig.desk(0, release::PATROL));
    let desks = [release::CHIEF_DESK, "patrol@north.police.xa"];
    let parsed = rig.informing(duty, 3, Precedence::Routine, &desks);
    let old = rig.world.police.devices[release::PATROL].clone();
    let (new, wish, bundle) = rotated(&old);
    publish(&mut rig, patrol, wish);
    let roster = replacing(&mut rig.world.police, &old, &new);
    rig.relays[0].publish(NOW, &roster).unwrap();
    rig.world.police.devices[release::PATROL] = new;
    let patrol = rig.desk(0, release::PATROL);
    publish(&mut rig, patrol, bundle);
    rig.submit(duty, &parsed);
    assert_eq!(rig.said(duty, &parsed), ["accepted", "held"]);
    assert_eq!(rig.got(patrol, &parsed), 1);
}

fn reopen(rig: &mut Rig, at: usize) -> Relay {
    let (agency, dir) = match at {
        0 => (&rig.world.police, rig._dirs[0].path()),
        _ => (&rig.world.border, rig._dirs[1].path()),
    };
    let options = StoreOptions {
        journal: JournalOptions::default(),
        index: IndexKind::Memory,
    };
    let (store, _) = JournalStore::open(dir, options).unwrap();
    let identity = RelayIdentity {
        agency: agency.agency.clone(),
        hop_public: agency.relay_hop.hop_public(),
        statement_key: agency.relay_statement.clone(),
    };
    let root = (agency.agency.clone(), agency.root);
    Engine::open(identity, root, store, NOW).unwrap()
}

/// Covers IDN-10, IDN-48.
#[test]
fn fork_is_kept_as_proof_over_restarts_whoever_brings_it() {
    let mut rig = Rig::memory();
    let border = rig.world.border.clone();
    let fork = |grace: u64| {
        let mut roster = border.roster.clone();
        roster.grace = grace;
        signed(roster, &[&border.roster_key])
    };
    let peer = rig.peer(0, &border);
    publish(&mut rig, peer, fork(1));
    assert!(rig.relays[0].publish(NOW, &fork(2)).is_err());
    rig.run();
    let proofs = rig.relays[0].proofs().unwrap();
    assert_eq!(proofs.len(), 2);
    assert_eq!(proofs[0].agency, "border.xb");
    assert_eq!(proofs[0].held.number, proofs[0].refused.number);
    assert_ne!(proofs[0].held.hash, proofs[0].refused.hash);
    assert_eq!(proofs[1].refused.object, hex::encode(fork(2)));
    assert_eq!(rig.relays[0].status(NOW).unwrap().proofs["border.xb"], 2);
    // The chain goes on past the fork, and the proof stays.
    let mut border = border.clone();
    let next = next_roster(&mut border, |_| ());
    publish(&mut rig, peer, next);
    rig.relays.remove(0);
    let again = reopen(&mut rig, 0);
    assert_eq!(again.proofs().unwrap(), proofs);
    assert_eq!(again.status(NOW).unwrap().rosters["border.xb"], 2);
}

/// Covers IDN-47.
#[test]
fn relay_takes_on_new_keys_once_listed_and_repeats_receipts_of_the_old_ones() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    rig.join();
    let before = rig.flag(police, &[BORDER], "before");
    rig.submit(police, &before);
    let mut rng = SeededRng::new("relay");
    let (hop, key) = (Secret::generate(&mut rng), SigningKey::generate(&mut rng));
    let identity = RelayIdentity {
        agency: rig.world.police.agency.clone(),
        hop_public: hop.hop_public(),
        statement_key: key.clone(),
    };
    assert!(!rig.relays[0].take_on(identity.clone()));
    let roster = next_roster(&mut rig.world.police, |roster| {
        roster.relays[0].hop_key = public(&hop);
        roster.relays[0].statement_key = key.verifying_key();
    });
    rig.relays[0].publish(NOW, &roster).unwrap();
    rig.run();
    assert!(!rig.relays[0].status(NOW).unwrap().listed);
    assert!(rig.closed.contains(&(1, JOIN, ErrorCode::Replaced)));
    assert!(rig.relays[0].take_on(identity));
    assert!(rig.relays[0].status(NOW).unwrap().listed);
    rig.part();
    rig.world.police.relay_hop = hop;
    rig.join();
    // A receipt under way, signed with the old key, still verifies at the other relay.
    let old = rig.world.police.relay_statement.verifying_key();
    let directory = rig.relays[1].directory();
    let agency = &rig.world.police.agency;
    assert!(directory.relay_statement_key(agency, &old.id()).is_some());
    rig.submit(police, &before);
    let receipts = rig.desks[police].2.statements.iter();
    let accepted = receipts.filter(|s| s.value().subject == before.digest());
    let accepted: Vec<_> = accepted
        .filter(|s| matches!(s.value().claim, Claim::Accepted { .. }))
        .collect();
    assert_eq!(accepted.len(), 2);
    assert_eq!(accepted[0].hash(), accepted[1].hash());
    let after = rig.flag(police, &[BORDER], "after");
    rig.submit(police, &after);
    let receipts = &rig.desks[police].2.statements;
    let newest = receipts
        .iter()
        .find(|s| s.value().subject == after.digest());
    assert!(newest.unwrap().verify(&key.verifying_key()));
}
