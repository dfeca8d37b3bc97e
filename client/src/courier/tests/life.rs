//! Weeks in the dark, rosters that run out, devices that leave, keys that change: real couriers and
//! relays under a clock of the test.

use super::*;
use crate::compose::ComposeError;
use crate::rotation;
use crate::store::{Fate, Message};
use estafette_protocol::admission::Refusal;
use estafette_protocol::code::Note;
use estafette_protocol::crypto::{HopKey, KeyId};
use estafette_protocol::encoding::Signed;
use estafette_protocol::roster::{Device as RosterDevice, Revocation, Roster};
use estafette_protocol::statement::{Remark, seal_remark};
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, HOUR_MS};

const POLICE: &str = "duty@spoc.police.xa";

impl Net {
    fn flash(&mut self) -> Hash {
        self.flag(0, &[DUTY], Precedence::Flash, true)
    }

    /// Signs the next roster of an agency as `change` has it, and brings it to its relay.
    fn sign(&mut self, relay: usize, change: impl FnOnce(&mut Roster)) {
        let agency = match relay {
            0 => &mut self.world.police,
            _ => &mut self.world.border,
        };
        let held = Signed::sign(agency.roster.clone(), &[&agency.roster_key]).unwrap();
        let mut roster = Roster::next(&held, self.now);
        change(&mut roster);
        agency.roster = roster.clone();
        let signed = Signed::sign(roster, &[&agency.roster_key]).unwrap();
        let engine = &mut self.relays[relay].engine;
        engine.publish(self.now, &signed.encode().unwrap()).unwrap();
        self.settle();
    }

    /// The notes of every receipt of a message, as its sender holds them.
    fn notes(&self, at: usize, digest: &Hash) -> Vec<Note> {
        let message = self.message(at, digest).unwrap();
        let claims = message.statements.iter().map(|s| &s.value().claim);
        let judged = claims.filter_map(|claim| match claim {
            Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => Some(judged),
            _ => None,
        });
        judged.flat_map(|judged| judged.notes.clone()).collect()
    }

    fn refusal(&self, digest: &Hash) -> Option<(ErrorCode, String)> {
        let message = self.message(0, digest).unwrap();
        let mut claims = message.statements.iter().map(|s| &s.value().claim);
        claims.find_map(|claim| match claim {
            Claim::Refused { code, clause, .. } => {
                let code = ErrorCode::from_number(*code).unwrap();
                Some((code, clause.as_str().to_owned()))
            }
            _ => None,
        })
    }

    /// Why the own device does not even seal a flash now.
    fn refused_here(&mut self) -> ComposeError {
        let fields = vec![Field {
            number: 1,
            value: Value::Code(2),
        }];
        let form = Form {
            format: 1,
            version: 1,
            fields,
        };
        let draft = Draft {
            precedence: Precedence::Flash,
            usual_lifetime: crate::compose::FLAG_LIFETIME_MS,
            ..Draft::new(form, vec![DUTY.parse().unwrap()])
        };
        let (account, rng) = (&self.devices[0].account, &mut self.world.rng);
        let planned = plan(account, &draft, true, self.now, rng);
        let sealed =
            planned.and_then(|plan| seal_plan(account, &plan, &draft.form, true, self.now, rng));
        sealed.unwrap_err()
    }

    fn is_open(&self, at: usize, digest: &Hash) -> bool {
        let message = self.message(at, digest);
        message.is_some_and(|m| matches!(m.record.content, Content::Open(_)))
    }

    /// A relay closes the link of each of these devices.
    fn go_dark(&mut self, devices: &[usize]) {
        for at in devices {
            self.disconnect(*at);
        }
        self.settle();
    }

    fn come_back(&mut self, at: usize) {
        self.devices[at].account.reopen();
        self.connect(at);
        self.settle();
    }
}

/// Covers IDN-17, IDN-20: the prekeys of eight weeks ahead carry a desk over a month.
#[test]
fn desk_that_was_dark_for_thirty_days_opens_a_flash() {
    let mut net = Net::joined();
    let began = net.now;
    net.go_dark(&[1, 2, 3]);
    let early = net.flag(0, &[DUTY], Precedence::Routine, true);
    net.pass(DAY_MS);
    net.pass(28 * DAY_MS);
    net.pass(DAY_MS - HOUR_MS);
    let flash = net.flash();
    net.settle();
    assert_eq!(net.rung(0, &flash), Rung::Relayed);
    net.pass(HOUR_MS);
    assert_eq!(net.now, began.plus(30 * DAY_MS));
    net.come_back(1);
    assert!(net.is_open(1, &flash));
    let summary = net.message(1, &flash).unwrap().record.summary;
    assert_eq!(summary.as_str(), "pursuit");
    assert_eq!(net.rung(0, &flash), Rung::Delivered);
    assert_eq!(net.notes(0, &flash), []);
    // What expired meanwhile is told, not delivered.
    assert!(net.message(1, &early).is_none());
    let expired = net.message(0, &early).unwrap();
    let mut claims = expired.statements.iter().map(|s| &s.value().claim);
    assert!(claims.any(|claim| matches!(claim, Claim::Expired { .. })));
}

/// Covers IDN-12, ADM-11.
#[test]
fn roster_carries_a_flash_within_its_grace_and_the_receipt_says_so() {
    let mut net = Net::joined();
    net.go_dark(&[2, 3]);
    net.pass(90 * DAY_MS + HOUR_MS);
    let stale = net.flash();
    net.settle();
    assert_eq!(net.rung(0, &stale), Rung::Delivered);
    assert!(net.is_open(1, &stale));
    let notes = net.notes(0, &stale);
    assert_eq!(notes, [Note::STALE_ROSTER, Note::STALE_ROSTER]);
    // Sealed within the grace, handed over after it.
    net.pass(7 * DAY_MS - 2 * HOUR_MS);
    net.go_dark(&[0]);
    let late = net.flash();
    net.pass(2 * HOUR_MS);
    net.come_back(0);
    let reason = (ErrorCode::RosterStale, "ADM-11".to_owned());
    assert_eq!(net.refusal(&late), Some(reason));
    assert_eq!(net.outbox_len(0), 0);
    let here = net.refused_here();
    assert_eq!(
        here,
        ComposeError::Refused(Refusal::new(ErrorCode::RosterStale, "ADM-11"))
    );
    // A new roster ends it.
    for relay in [0, 1] {
        net.sign(relay, |_| ());
    }
    let after = net.flash();
    net.settle();
    assert_eq!(net.rung(0, &after), Rung::Delivered);
    assert_eq!(net.notes(0, &after), []);
}

/// Covers ACC-4, ADM-9.
#[test]
fn accord_carries_a_flash_within_its_grace_and_the_receipt_says_so() {
    let mut net = Net::joined();
    net.go_dark(&[2, 3]);
    net.pass(365 * DAY_MS + HOUR_MS);
    for relay in [0, 1] {
        net.sign(relay, |_| ());
    }
    let stale = net.flash();
    net.settle();
    assert_eq!(net.rung(0, &stale), Rung::Delivered);
    let notes = net.notes(0, &stale);
    assert_eq!(notes, [Note::STALE_ACCORD, Note::STALE_ACCORD]);
    net.pass(30 * DAY_MS - 2 * HOUR_MS);
    net.go_dark(&[0]);
    let late = net.flash();
    net.pass(2 * HOUR_MS);
    net.come_back(0);
    let reason = (ErrorCode::AccordUnknown, "ADM-9".to_owned());
    assert_eq!(net.refusal(&late), Some(reason));
    let here = net.refused_here();
    assert!(matches!(here, ComposeError::NoAccord { .. }), "{here}");
}

fn suspend(net: &Net, by: usize, device: KeyId) {
    let account = &net.devices[by].account;
    let suspension = Suspension {
        agency: account.directory.own().clone(),
        device,
        desk: DUTY.parse().unwrap(),
        by: account.desk().clone(),
        reason: 2,
        at: net.now,
    };
    let signed = Signed::sign(suspension, &[&account.signing_key()]).unwrap();
    let object = signed.encode().unwrap();
    let writing = account.store.write().unwrap();
    writing.add_publication(&object, net.now).unwrap();
}

/// Covers IDN-40, IDN-41.
#[test]
fn suspended_device_is_cut_off_and_nobody_seals_for_it() {
    let mut net = Net::joined();
    let device = net.devices[2].account.device();
    suspend(&net, 1, device);
    net.settle();
    assert!(net.devices[2].courier.is_none());
    assert!(net.devices[1].account.store.is_idle().unwrap());
    for at in [0, 1, 3] {
        let directory = &net.devices[at].account.directory;
        let border = &net.world.border.agency;
        assert!(directory.is_barred(border, &device, net.now), "device {at}");
    }
    let flash = net.flash();
    net.settle();
    assert_eq!(net.rung(0, &flash), Rung::Delivered);
    let sealed = net.devices[0].account.store.envelope(&flash).unwrap();
    let sealed = estafette_protocol::envelope::Parsed::decode(&sealed.unwrap()).unwrap();
    let readers = &sealed.envelope().wraps;
    assert!(readers.iter().all(|wrap| wrap.device != device));
    net.connect(2);
    net.settle();
    assert!(net.devices[2].courier.is_none());
    assert!(net.message(2, &flash).is_none());
    // It lapses by itself, since no roster has revoked the device.
    net.pass(7 * DAY_MS + 1);
    net.come_back(2);
    assert!(net.devices[2].courier.is_some());
}

#[test]
fn suspension_that_the_relay_refuses_is_kept_with_the_reason() {
    let mut net = Net::joined();
    // Of another desk: the relay knows no such device at the desk that is named.
    let elsewhere = net.devices[3].account.device();
    suspend(&net, 1, elsewhere);
    net.settle();
    let publications = net.devices[1].account.store.publications().unwrap();
    let code = ErrorCode::DeviceUnknown.number();
    assert_eq!(publications[0].refused, Some(code));
    assert!(net.devices[1].account.store.is_idle().unwrap());
    assert!(net.devices[3].courier.is_some());
}

fn connect_as_next(net: &mut Net, at: usize) {
    let device = &mut net.devices[at];
    let next = device.account.store.next_keys().unwrap().unwrap();
    let (courier, actions) = Courier::open_as_next(&device.account, net.now).unwrap();
    device.courier = Some(courier);
    device.out.clear();
    let relay = device.relay;
    net.input(relay, connected(link_of(at), next.hop_key().public()));
    net.perform(at, actions);
    net.settle();
}

/// Lists the new keys of device 1 in the place of its old ones.
fn approve(net: &mut Net) {
    let account = &net.devices[1].account;
    let next = account.store.next_keys().unwrap().unwrap();
    let (desk, old, now) = (account.desk().clone(), account.device(), net.now);
    let old_hop = HopKey::from_bytes(&account.hop_key().public()).unwrap();
    let device = RosterDevice {
        key: next.signing_key().verifying_key(),
        hop_key: HopKey::from_bytes(&next.hop_key().public()).unwrap(),
        enrolled: now,
    };
    net.sign(1, |roster| {
        let entry = roster.desks.iter_mut().find(|entry| entry.desk == desk);
        let devices = &mut entry.unwrap().devices;
        devices.retain(|listed| listed.key.id() != old);
        devices.push(device);
        devices.sort_by_key(|listed| listed.key);
        roster.revoked = [old, old_hop.id()]
            .map(|key| Revocation { key, at: now })
            .into();
        roster.revoked.sort_by_key(|revoked| revoked.key);
    });
}

fn acknowledge(net: &mut Net, at: usize, digest: &Hash) {
    let account = &net.devices[at].account;
    let message: Message = account.store.message(digest).unwrap().unwrap();
    let remark = Remark {
        officer: "Insp. Ahl".to_owned(),
        text: "on our way".to_owned(),
    };
    let key = message.content_key().unwrap();
    let about = (message.header.status, digest, &key);
    let sealed = seal_remark(&remark, about, (&account.device(), 4), &mut net.world.rng);
    let claim = Claim::Acknowledged {
        until: None,
        remark: Some(sealed.unwrap()),
    };
    let statement = state(account, *digest, claim, net.now).unwrap();
    let writing = account.store.write().unwrap();
    writing.add_own(&statement, |_| (), net.now).unwrap();
}

/// Covers IDN-24, IDN-42, IDN-43, IDN-44.
#[test]
fn device_changes_its_keys_and_loses_nothing() {
    let mut net = Net::joined();
    net.go_dark(&[2, 3]);
    let before = net.flash();
    net.settle();
    let old = net.devices[1].account.device();
    let rng = &mut net.world.rng;
    let next = rotation::begin(&net.devices[1].account, net.now, rng).unwrap();
    net.settle();
    assert!(net.devices[1].account.store.is_idle().unwrap());
    // Until a roster says otherwise, the old keys are in use.
    assert_eq!(net.devices[1].account.device(), old);
    net.pass(HOUR_MS);
    net.go_dark(&[1]);
    let during = net.flash();
    net.settle();
    acknowledge(&mut net, 1, &before);
    approve(&mut net);
    // The old hop key opens nothing any more; the new one does.
    net.connect(1);
    net.settle();
    assert!(net.devices[1].courier.is_none());
    connect_as_next(&mut net, 1);

    let new = next.signing_key().verifying_key().id();
    assert_eq!(net.devices[1].account.device(), new);
    assert_eq!(net.devices[1].account.store.next_keys().unwrap(), None);
    assert_eq!(net.rung(0, &before), Rung::Acknowledged);
    let remark = net.message(0, &before).unwrap();
    let rows = crate::view::rows(&remark, net.now);
    assert_eq!(rows[0].remark.as_ref().unwrap().officer, "Insp. Ahl");
    assert!(net.is_open(1, &during));
    assert_eq!(net.rung(0, &during), Rung::Delivered);
    let after = net.flash();
    net.settle();
    assert!(net.is_open(1, &after));
    assert_eq!(net.rung(0, &after), Rung::Delivered);
    let back = net.flag(1, &[POLICE], Precedence::Flash, true);
    net.settle();
    assert_eq!(net.rung(1, &back), Rung::Delivered);
    assert_eq!(net.outbox_len(1), 0);

    net.come_back(1);
    for digest in [&before, &during, &after] {
        assert!(net.is_open(1, digest));
        assert!(net.devices[1].account.store.form(digest).unwrap().is_some());
    }
    // Secrets of the old prekeys go when no message can need them any more.
    assert_eq!(net.devices[1].account.store.former_keys().unwrap().len(), 1);
    let grace_ms = net.world.border.roster.grace;
    net.now = net
        .now
        .plus(9 * 7 * DAY_MS + 30 * DAY_MS + grace_ms + 2 * HOUR_MS);
    let rng = &mut net.world.rng;
    prekeys::maintain(&mut net.devices[1].account, net.now, rng).unwrap();
    assert_eq!(net.devices[1].account.store.former_keys().unwrap().len(), 0);
}

#[test]
fn change_of_keys_that_was_cut_off_is_finished_by_the_next_process() {
    let mut net = Net::joined();
    net.go_dark(&[2, 3]);
    let rng = &mut net.world.rng;
    let next = rotation::begin(&net.devices[1].account, net.now, rng).unwrap();
    net.settle();
    net.go_dark(&[1]);
    approve(&mut net);
    connect_as_next(&mut net, 1);
    // As if the power had gone between the key file and what follows it.
    let writing = net.devices[1].account.store.write().unwrap();
    writing.set_next_keys(&next).unwrap();
    drop(writing);
    net.devices[1].account.refresh().unwrap();
    assert_eq!(net.devices[1].account.store.next_keys().unwrap(), None);
    let flash = net.flash();
    net.settle();
    assert!(net.is_open(1, &flash));
}

/// A message that was sealed with the old key and stayed behind is refused, and says so.
#[test]
fn message_left_behind_by_a_change_of_keys_is_not_lost_silently() {
    let mut net = Net::joined();
    net.go_dark(&[2, 3]);
    let rng = &mut net.world.rng;
    rotation::begin(&net.devices[1].account, net.now, rng).unwrap();
    net.settle();
    net.go_dark(&[1]);
    let left = net.flag(1, &[POLICE], Precedence::Flash, true);
    approve(&mut net);
    connect_as_next(&mut net, 1);
    let fate = net.message(1, &left).unwrap().record.fate;
    assert_eq!(fate, Fate::Faulted(ErrorCode::SenderUnknown.number()));
    assert_eq!(net.outbox_len(1), 0);
}
