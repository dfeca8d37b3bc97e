//! Wraps that come later, standbys, and messages that nobody can open. Covers HND-20 to HND-24,
//! ADM-17, STA-24.

use super::hostile::COAST;
use super::release::{CHIEF_DESK, DUTY, PATROL, table, with};
use super::*;
use crate::index::Facts;
use estafette_protocol::code::Note;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::Role;
use estafette_protocol::statement::REWRAP_POSITION;

const HEAD: &str = "head@ops.border.xb";
const GATEWAY: &str = "duty@spoc.police.xa";

impl Rig {
    /// The same message with other wraps, signed anew.
    fn rewired(&mut self, from: usize, parsed: &Parsed, change: impl Fn(&mut Vec<Wrap>)) -> Parsed {
        let mut envelope = parsed.envelope().clone();
        change(&mut envelope.wraps);
        for (wrap, position) in envelope.wraps.iter_mut().zip(0..) {
            wrap.position = position;
        }
        let digest = Parsed::from_envelope(envelope.clone()).unwrap().digest();
        // ENV-11
        let label = parsed.header().status.label("signature");
        let message = [&label[..], &[0], &digest.0].concat();
        let key = &self.desks[from].2.device.key;
        envelope.signature = FixedBytes(key.sign(&message));
        Parsed::from_envelope(envelope).unwrap()
    }

    fn heard(&self, desk: usize, claim: &str) -> usize {
        let all = self.desks[desk].2.statements.iter();
        all.filter(|s| s.value().claim.word() == claim).count()
    }

    fn unreadable(&self, at: usize) -> u64 {
        self.relays[at].status(NOW).unwrap().non_compliant
    }
}

/// A wrap for a device, with nothing in it: relays open none.
pub(super) fn wrap_for(device: &TestDevice, addressee: u8) -> Claim {
    Claim::Rewrapped {
        wrap: Box::new(Wrap {
            position: REWRAP_POSITION,
            addressee,
            device: device.key.verifying_key().id(),
            prekey: device.secrets[0].id,
            sealed: FixedBytes([7; 1168]),
        }),
    }
}

#[test]
fn flash_that_a_desk_cannot_read_yet_reaches_it_with_a_later_wrap_against_its_receipt() {
    let mut rig = Rig::memory();
    let (police, border, head) = (rig.desk(0, 0), rig.desk(1, 0), rig.desk(1, 2));
    rig.join();
    let whole = rig.flag(police, &[BORDER, HEAD], "for both");
    let parsed = rig.rewired(police, &whole, |wraps| wraps.retain(|w| w.addressee != 2));
    let digest = rig.submit(police, &parsed);
    let state = |rig: &Rig| {
        let states = track(parsed.header(), &digest, &rig.desks[police].2.statements);
        states[1].clone()
    };
    assert_eq!(state(&rig).problem, Some(Problem::NotYetReadable));
    let (told, not) = (rig.got(border, &parsed), rig.got(head, &parsed));
    assert_eq!((told, not), (1, 0));
    rig.desks[head].2.signs = false;
    let device = rig.desks[head].2.device.clone();
    rig.state(police, digest, wrap_for(&device, 2));
    // No receipt, no key: neither as a wrap nor as a statement.
    let desk = &rig.desks[head].2;
    assert_eq!((rig.got(head, &parsed), desk.wraps.len()), (1, 0));
    assert_eq!(rig.heard(head, "rewrapped"), 0);
    rig.state(head, digest, Claim::Delivered);
    let wraps = &rig.desks[head].2.wraps;
    assert_eq!((wraps.len(), wraps[0].position), (1, REWRAP_POSITION));
    assert_eq!(state(&rig).rung(), Rung::Delivered);
    assert_eq!(state(&rig).problem, None);
    // The other addressed desk is told who else can read it (STA-24).
    assert_eq!(rig.heard(border, "rewrapped"), 1);
    // A device that has signed gets a further wrap at once.
    let mut again = wrap_for(&device, 2);
    if let Claim::Rewrapped { wrap } = &mut again {
        wrap.sealed = FixedBytes([8; 1168]);
    }
    let (at, link, frame) = {
        let (at, link, desk) = &mut rig.desks[police];
        (*at, *link, desk.state_at(NOW.plus(1), digest, again))
    };
    rig.feed(at, link, &frame);
    rig.run();
    let wraps = &rig.desks[head].2.wraps;
    assert_eq!((wraps.len(), wraps[1].sealed.0[0]), (2, 8));
    let mailbox = Mailbox::Device(device.key.verifying_key().id().0);
    assert_eq!(rig.relays[1].store().view().queued(&mailbox), 0);
}

#[test]
fn wrap_is_added_only_for_readers_and_by_those_who_may() {
    let mut rig = Rig::memory();
    let (police, border, head) = (rig.desk(0, 0), rig.desk(1, 0), rig.desk(1, 2));
    rig.join();
    let whole = rig.flag(police, &[BORDER, HEAD], "for both");
    let second = rig.world.border.devices[1].key.verifying_key().id();
    let parsed = rig.rewired(police, &whole, |wraps| wraps.retain(|w| w.device != second));
    let digest = rig.submit(police, &parsed);
    let devices = [border, head].map(|desk| rig.desks[desk].2.device.clone());
    let wrong = [
        // A device of another desk, no device at all, no addressee, another's desk.
        (police, wrap_for(&devices[0], 2)),
        (police, wrap_for(&rig.world.police.devices[0].clone(), 1)),
        (police, wrap_for(&devices[0], 9)),
        (head, wrap_for(&devices[0], 1)),
    ];
    for (by, claim) in wrong {
        let before = rig.desks[by].2.faults.len();
        rig.state(by, digest, claim);
        assert_eq!(rig.desks[by].2.faults.len(), before + 1);
        assert_eq!(rig.last_fault(by), Some(ErrorCode::StatementNotEntitled));
    }
    // Its own desk may.
    rig.state(
        border,
        digest,
        wrap_for(&rig.world.border.devices[1].clone(), 1),
    );
    assert_eq!(rig.desks[border].2.faults, []);
    let colleague = rig.desk(1, 1);
    assert_eq!(rig.desks[colleague].2.wraps[0].position, REWRAP_POSITION);
}

#[test]
fn colleague_cannot_put_a_wrap_in_the_place_of_the_senders() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.flag(police, &[BORDER], "for both devices");
    let digest = rig.submit(police, &parsed);
    let victim = rig.world.border.devices[1].clone();
    rig.state(border, digest, wrap_for(&victim, 1));
    let colleague = rig.desk(1, 1);
    let wraps = &rig.desks[colleague].2.wraps;
    assert_eq!(wraps.len(), 1);
    assert!(parsed.envelope().wraps.contains(&wraps[0]));
    // What the sender's desk adds goes before both.
    rig.state(police, digest, wrap_for(&victim, 1));
    let wraps = &rig.desks[colleague].2.wraps;
    assert_eq!((wraps.len(), wraps[1].position), (2, REWRAP_POSITION));
}

#[test]
fn wrap_that_a_third_agency_adds_for_itself_is_not_handed_around() {
    let mut rig = Rig::of_three();
    let coast = rig.world.others[0].clone();
    let police = rig.desk(0, 0);
    let third = rig.peer(1, &coast);
    rig.join();
    let parsed = rig.flag(police, &[BORDER, COAST], "for both");
    let digest = rig.submit(police, &parsed);
    let device = coast.devices[0].clone();
    let desks = parsed.header().addressees.iter().map(|a| &a.desk);
    let at = desks.zip(1..).find(|(desk, _)| **desk == device.desk);
    let claim = wrap_for(&device, at.unwrap().1);
    let Frame::Statement { statement, .. } = Desk::new(&device).state(digest, claim) else {
        panic!("a statement is a statement");
    };
    rig.hand_over(third, Item::Statement(statement));
    // STA-15: the sender's relay would hold it against the one that passes it on.
    assert_eq!(rig.last_fault(third), Some(ErrorCode::StatementNotEntitled));
    let view = rig.relays[1].store().view();
    let held = view.statements(&digest.0).unwrap();
    let kinds = held
        .into_iter()
        .filter_map(|leaf| match view.item(leaf).unwrap()?.facts {
            Facts::Statement(facts) => Some(facts.kind),
            _ => None,
        });
    assert!(!kinds.collect::<Vec<_>>().contains(&13));
}

#[test]
fn standby_gets_neither_envelope_nor_wrap_and_nobody_waits_for_it() {
    let mut rig = Rig::memory();
    let (police, border, head) = (rig.desk(0, 0), rig.desk(1, 0), rig.desk(1, 2));
    rig.join();
    let device = rig.desks[police].2.device.clone();
    let header = rig.world.header(&device, &[BORDER], Precedence::Priority);
    let parsed = rig.sealed(police, with(header, &[HEAD], Role::Standby));
    let digest = rig.submit(police, &parsed);
    assert_eq!((rig.got(border, &parsed), rig.got(head, &parsed)), (1, 0));
    let theirs = rig.desks[head].2.device.clone();
    rig.state(police, digest, wrap_for(&theirs, 2));
    assert_eq!(rig.got(head, &parsed), 0);
    assert_eq!(rig.desks[head].2.wraps.len(), 0);
    for at in 0..2 {
        rig.tick(at, parsed.header().expires);
    }
    assert_eq!(rig.heard(police, "expired"), 0);
    assert_eq!(rig.rung(police, &parsed), Rung::Delivered);
}

#[test]
fn what_a_mandatory_superior_cannot_open_is_told_to_both_gateways_and_counted() {
    let world = World::with_rules("garbage", NOW, &table()).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, patrol) = (rig.desk(0, DUTY), rig.desk(0, PATROL));
    let chief = rig.desk(0, release::CHIEF);
    let (border, head) = (rig.desk(1, 0), rig.desk(1, 2));
    rig.join();
    let device = rig.desks[patrol].2.device.clone();
    let header = rig
        .world
        .header(&device, &[BORDER, HEAD], Precedence::Flash);
    let whole = rig.sealed(patrol, with(header, &[CHIEF_DESK, GATEWAY], Role::Info));
    let parsed = rig.rewired(patrol, &whole, |wraps| {
        // The superior at home, and the head abroad.
        let garbage = wraps.iter_mut().filter(|w| [1, 4].contains(&w.addressee));
        garbage.for_each(|wrap| wrap.sealed = FixedBytes([0; 1168]));
    });
    let digest = rig.submit(patrol, &parsed);
    let desks: Vec<_> = parsed
        .header()
        .addressees
        .iter()
        .map(|a| a.desk.as_str())
        .collect();
    assert_eq!(desks, [CHIEF_DESK, BORDER, GATEWAY, HEAD]);
    assert_eq!((rig.unreadable(0), rig.unreadable(1)), (0, 0));
    rig.state(chief, digest, Claim::Unreadable { stage: 3 });
    // HND-24: sender, own gateway, and the gateway of every addressed agency.
    for desk in [patrol, duty, border, head] {
        assert_eq!(rig.heard(desk, "unreadable"), 1);
    }
    assert_eq!((rig.unreadable(0), rig.unreadable(1)), (1, 0));
    rig.state(head, digest, Claim::Unreadable { stage: 4 });
    for desk in [patrol, duty, border] {
        assert_eq!(rig.heard(desk, "unreadable"), 2);
    }
    // Counted once for a message at each relay that it concerns.
    assert_eq!((rig.unreadable(0), rig.unreadable(1)), (1, 1));
    let problems = track(parsed.header(), &digest, &rig.desks[patrol].2.statements);
    let proved = problems.iter().filter_map(|s| s.problem.as_ref());
    assert_eq!(proved.filter(|p| p.is_non_compliance()).count(), 2);
    rig.part();
    rig.restart(0, IndexKind::Memory);
    assert_eq!(rig.unreadable(0), 1);
    assert_eq!(rig.desks[border].2.faults.len(), 0);
}

#[test]
fn sender_passes_proofs_on_and_a_peer_that_cannot_check_them_does_not_complain() {
    let mut rig = Rig::of_three();
    let coast = rig.world.others[0].clone();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    let third = rig.peer(0, &coast);
    rig.join();
    let parsed = rig.flag(police, &[BORDER, COAST], "for both");
    let digest = rig.submit(police, &parsed);
    rig.state(border, digest, Claim::Unreadable { stage: 5 });
    assert_eq!(rig.heard(third, "unreadable"), 1);
    // And so it takes what A passes on, from A alone, and says nothing to what it cannot check.
    let device = coast.devices[0].clone();
    let mut desk = Desk::new(&device);
    let Frame::Statement { statement, .. } = desk.state(digest, Claim::Unreadable { stage: 5 })
    else {
        panic!("a statement is a statement");
    };
    let police_relay = rig.world.police.clone();
    rig.part();
    let peer = rig.peer(1, &police_relay);
    let mut forged = statement.as_slice().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    for bytes in [forged, statement.as_slice().to_vec()] {
        rig.hand_over(peer, Item::Statement(bytes.into()));
    }
    assert_eq!(rig.desks[peer].2.faults, []);
    // Only what is good reaches the gateway.
    let theirs = rig.desks[border].2.statements.iter();
    let by_coast = theirs.filter(|s| s.value().signer.agency.as_str() == "coast.xc");
    assert_eq!(by_coast.count(), 1);
    assert_eq!(rig.unreadable(1), 1, "its own device's proof");
}

#[test]
fn receipt_without_a_wrap_says_so() {
    let mut rig = Rig::memory();
    let (police, _) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let whole = rig.flag(police, &[BORDER], "for nobody yet");
    let parsed = rig.rewired(police, &whole, |wraps| wraps.retain(|w| w.addressee == 0));
    rig.submit(police, &parsed);
    let notes = rig.desks[police]
        .2
        .statements
        .iter()
        .find_map(|s| match &s.value().claim {
            Claim::Relayed { judged, .. } => Some(judged.notes.clone()),
            _ => None,
        });
    assert_eq!(notes, Some(vec![Note::NOT_YET_READABLE]));
}

#[test]
fn proof_about_a_message_that_is_held_reaches_other_agencies_with_it_and_not_before() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (
        rig.desk(0, DUTY),
        rig.desk(0, release::CHIEF),
        rig.desk(1, 0),
    );
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    rig.state(chief, digest, Claim::Unreadable { stage: 6 });
    assert_eq!((rig.heard(duty, "unreadable"), rig.unreadable(0)), (1, 1));
    let peer = Mailbox::Peer("border.xb".to_owned());
    assert_eq!(
        rig.relays[1].store().view().statements(&digest.0).unwrap(),
        []
    );
    assert_eq!(rig.relays[0].store().view().queued(&peer), 0);
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(
        (rig.got(border, &parsed), rig.heard(border, "unreadable")),
        (1, 1)
    );
}
