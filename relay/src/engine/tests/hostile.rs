//! What a device, a peer or a crash may try, and what must come of it.

use super::*;
use crate::record;
use estafette_protocol::time::{DAY_MS, HOUR_MS};

pub(super) const COAST: &str = "duty@guard.coast.xc";

impl Rig {
    /// Two relays and a third agency, `coast.xc`, under one accord.
    pub(super) fn of_three() -> Self {
        let mut rig = Self::memory();
        let objects = rig.world.join("coast.xc", "guard").unwrap();
        for relay in &mut rig.relays {
            for object in &objects {
                relay.publish(NOW, object).unwrap();
            }
            relay.commit(NOW).unwrap();
        }
        rig
    }

    /// The end of a link from a relay of `agency` to relay `at`, which does as it is told.
    pub(super) fn peer(&mut self, at: usize, agency: &TestAgency) -> usize {
        let link = LinkId(1 + self.desks.len() as u64);
        let mut desk = Desk::new(&agency.devices[0]);
        desk.session = Session::new(LinkRole::Relay, LinkRole::Relay);
        desk.signs = false;
        let hello = desk.session.hello(NOW, vec![]);
        self.desks.push((at, link, desk));
        self.connect(at, link, agency.relay_hop.hop_public());
        self.feed(at, link, &hello);
        self.run();
        self.desks.len() - 1
    }

    /// Hands over an item on the link of a peer.
    pub(super) fn hand_over(&mut self, from: usize, item: Item) {
        let (at, link) = (self.desks[from].0, self.desks[from].1);
        let frame = self.desks[from].2.session.deliver(item, ());
        self.feed(at, link, &frame);
        self.run();
    }

    /// Lets a relay's time come.
    pub(super) fn tick(&mut self, at: usize, now: UnixMillis) {
        self.relays[at].handle(now, Input::Tick).unwrap();
        for action in self.relays[at].commit(now).unwrap() {
            self.act(at, action);
        }
        self.run();
    }

    /// How far a message got at a desk, as another desk can prove it.
    pub(super) fn rung_at(&self, at: &str, desk: usize, parsed: &Parsed) -> Rung {
        let statements = &self.desks[desk].2.statements;
        let states = track(parsed.header(), &parsed.digest(), statements);
        states
            .iter()
            .find(|s| s.desk.as_str() == at)
            .unwrap()
            .rung()
    }

    fn coast(&self) -> TestAgency {
        self.world.others[0].clone()
    }
}

#[test]
fn message_that_a_peer_puts_off_is_offered_again_without_a_push() {
    let mut rig = Rig::memory();
    let border = rig.world.border.clone();
    let (police, peer) = (rig.desk(0, 0), rig.peer(0, &border));
    rig.desks[peer].2.defers = Some(1_000);
    let parsed = rig.flag(police, &[BORDER], "later");
    rig.submit(police, &parsed);
    assert_eq!(rig.relays[0].next_wake(), Some(NOW.plus(1_000)));
    rig.tick(0, NOW.plus(999));
    assert_eq!(rig.desks[peer].2.envelopes.len(), 1);
    rig.tick(0, NOW.plus(1_000));
    assert_eq!(rig.desks[peer].2.envelopes.len(), 2);
}

#[test]
fn peer_that_puts_a_message_off_again_and_again_keeps_its_window() {
    let mut rig = Rig::memory();
    let border = rig.world.border.clone();
    let (police, peer) = (rig.desk(0, 0), rig.peer(0, &border));
    // A wait without end is cut short.
    rig.desks[peer].2.defers = Some(u64::MAX);
    let parsed = rig.flag(police, &[BORDER], "later");
    rig.submit(police, &parsed);
    // One of them is its transport clock.
    for _ in 0..71 {
        let wake = rig.relays[0].next_wake().unwrap();
        rig.tick(0, wake);
    }
    rig.desks[peer].2.defers = None;
    let wake = rig.relays[0].next_wake().unwrap();
    assert!(wake < parsed.header().expires);
    rig.tick(0, wake);
    assert_eq!(rig.desks[peer].2.envelopes.len(), 72);
    let border = Mailbox::Peer("border.xb".to_owned());
    assert_eq!(rig.relays[0].store().view().queued(&border), 0);
}

#[test]
fn third_agency_cannot_have_a_message_refused_that_it_was_sent_too() {
    let mut rig = Rig::of_three();
    let coast = rig.coast();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    let thief = rig.peer(1, &coast);
    let parsed = rig.flag(police, &[BORDER, COAST], "for both");
    let theirs = parsed.envelope().with_wraps(|wrap| wrap.addressee == 1);
    let stolen = encode(&theirs).unwrap();
    rig.hand_over(thief, Item::Envelope(stolen.into()));
    rig.join();
    rig.submit(police, &parsed);
    assert_eq!(rig.rung_at(BORDER, police, &parsed), Rung::Delivered);
    assert_eq!(rig.desks[border].2.envelopes.len(), 1);
    let thief = &rig.desks[thief].2;
    assert!(thief.statements.is_empty());
    assert_eq!(thief.faults[0].code, ErrorCode::SenderUnknown.number());
}

#[test]
fn device_cannot_have_a_message_refused_that_another_sent() {
    let mut rig = Rig::memory();
    let (duty, other) = (rig.desk(1, 0), rig.desk(1, 1));
    let parsed = rig.flag(duty, &["head@ops.border.xb"], "mine");
    rig.submit(other, &parsed);
    rig.submit(duty, &parsed);
    assert_eq!(rig.rung(duty, &parsed), Rung::Relayed);
    assert!(rig.desks[other].2.envelopes.len() == 1);
}

#[test]
fn message_submitted_without_its_wraps_can_still_be_submitted_with_them() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let parsed = rig.flag(police, &[BORDER], "whole");
    let bare = Parsed::from_envelope(parsed.envelope().with_wraps(|_| false)).unwrap();
    rig.submit(police, &bare);
    rig.submit(police, &parsed);
    assert_eq!(rig.rung(police, &parsed), Rung::Accepted);
}

#[test]
fn third_agency_cannot_turn_one_peer_against_another() {
    let mut rig = Rig::of_three();
    let coast = rig.coast();
    let (police, _) = (rig.desk(0, 0), rig.desk(1, 0));
    let third = rig.peer(1, &coast);
    rig.join();
    let parsed = rig.flag(police, &[BORDER, COAST], "for both");
    let digest = rig.submit(police, &parsed);
    for at in 0..40 {
        let frame = rig.desks[third]
            .2
            .state_at(NOW.plus(at), digest, Claim::Opened);
        let Frame::Statement { statement, .. } = frame else {
            panic!("{frame:?}");
        };
        rig.hand_over(third, Item::Statement(statement));
    }
    assert!(!rig.closed.iter().any(|(_, link, _)| *link == JOIN));
    assert_eq!(rig.rung_at(BORDER, police, &parsed), Rung::Delivered);
}

#[test]
fn acknowledgement_after_expiry_still_reaches_the_sender() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.flag(police, &[BORDER], "answer when you can");
    let digest = rig.submit(police, &parsed);
    let later = parsed.header().expires.plus(DAY_MS);
    rig.tick(0, later);
    rig.tick(1, later);
    let acknowledged = Claim::Acknowledged {
        until: None,
        remark: None,
    };
    let frame = rig.desks[border].2.state_at(later, digest, acknowledged);
    let (at, link) = (rig.desks[border].0, rig.desks[border].1);
    rig.feed(at, link, &frame);
    rig.run();
    assert_eq!(rig.rung(police, &parsed), Rung::Acknowledged);
}

/// The next roster of an agency, as `change` makes it.
pub(super) fn next_roster(
    agency: &TestAgency,
    change: impl Fn(&mut estafette_protocol::roster::Roster),
) -> Vec<u8> {
    let mut roster = agency.roster.clone();
    let held = Signed::sign(roster.clone(), &[&agency.roster_key]).unwrap();
    roster.number += 1;
    roster.previous = Some(held.hash());
    change(&mut roster);
    let signed = Signed::sign(roster, &[&agency.roster_key]).unwrap();
    signed.encode().unwrap()
}

#[test]
fn message_that_only_a_replaced_device_could_read_is_refused() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let device = rig.desks[police].2.device.clone();
    let head = "head@ops.border.xb";
    let header = rig.world.header(&device, &[head], Precedence::Routine);
    let parsed = rig
        .world
        .seal(&device, header, "who reads this?")
        .unwrap()
        .parsed;
    rig.submit(police, &parsed);
    let gone = rig.world.border.devices[2].key.verifying_key().id();
    let roster = next_roster(&rig.world.border, |roster| {
        for entry in &mut roster.desks {
            entry.devices.retain(|device| device.key.id() != gone);
        }
        let at = NOW;
        roster.revoked = vec![estafette_protocol::roster::Revocation { key: gone, at }];
    });
    rig.relays[1].publish(NOW, &roster).unwrap();
    rig.join();
    assert_eq!(refusal(&rig, police, &parsed), (17, "ADM-17".to_owned()));
}

#[test]
fn one_device_cannot_fill_the_journals_with_one_claim() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.flag(police, &[BORDER], "read me");
    let digest = rig.submit(police, &parsed);
    let (at, link) = (rig.desks[border].0, rig.desks[border].1);
    for ms in 0..14 {
        let frame = rig.desks[border]
            .2
            .state_at(NOW.plus(ms), digest, Claim::Opened);
        rig.feed(at, link, &frame);
    }
    rig.run();
    let opened = rig.desks[police].2.statements.iter();
    let opened = opened.filter(|s| s.value().claim == Claim::Opened).count();
    assert_eq!(opened, 8);
    // What it says else, and what others say, is still heard.
    let acknowledged = Claim::Acknowledged {
        until: None,
        remark: None,
    };
    let frame = rig.desks[border].2.state(digest, acknowledged);
    rig.feed(at, link, &frame);
    rig.run();
    assert_eq!(rig.rung(police, &parsed), Rung::Acknowledged);
}

#[test]
fn statement_that_its_signer_may_not_make_counts_as_a_fault() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    let parsed = rig.flag(police, &[BORDER], "not for the sender to open");
    let digest = rig.submit(police, &parsed);
    let frame = rig.desks[police].2.state(digest, Claim::Opened);
    let (at, link) = (rig.desks[police].0, rig.desks[police].1);
    rig.feed(at, link, &frame);
    rig.run();
    let code = ErrorCode::StatementNotEntitled.number();
    assert_eq!(rig.desks[police].2.faults[0].code, code);
    assert!(rig.desks[border].2.faults.is_empty());
}

#[test]
fn held_statements_are_counted_only_as_long_as_they_are_held() {
    let mut rig = Rig::memory();
    let border = rig.desk(1, 0);
    let (at, link) = (rig.desks[border].0, rig.desks[border].1);
    for subject in 0..3 {
        let subject = estafette_protocol::encoding::FixedBytes([subject; 32]);
        let frame = rig.desks[border].2.state(subject, Claim::Delivered);
        rig.feed(at, link, &frame);
    }
    rig.run();
    assert_eq!(rig.relays[1].held.len(), 3);
    rig.tick(1, NOW.plus(25 * HOUR_MS));
    assert_eq!(rig.relays[1].held.len(), 0);
}

#[test]
fn refusal_is_forgotten_however_far_the_message_claims_to_reach() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let device = rig.desks[police].2.device.clone();
    let mut header = rig.world.header(&device, &[BORDER], Precedence::Flash);
    header.created = UnixMillis(u64::MAX - 2 * DAY_MS);
    header.expires = UnixMillis(u64::MAX - DAY_MS);
    let parsed = rig
        .world
        .seal(&device, header, "from the future")
        .unwrap()
        .parsed;
    let digest = rig.submit(police, &parsed);
    let refusal = |rig: &Rig| rig.relays[0].store().view().refusal(&digest.0).unwrap();
    assert!(refusal(&rig).is_some());
    for days in [61, 200] {
        rig.tick(0, NOW.plus(days * DAY_MS));
    }
    assert!(refusal(&rig).is_none());
}

#[test]
fn repeats_of_a_message_do_not_grow_the_journal() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let parsed = rig.flag(police, &[BORDER], "again and again");
    rig.submit(police, &parsed);
    let records = |rig: &Rig| rig.relays[0].store().view().position().records;
    let before = records(&rig);
    for _ in 0..20 {
        rig.submit(police, &parsed);
    }
    assert_eq!(rig.desks[police].2.statements.len(), 21);
    assert_eq!(records(&rig), before);
}

#[test]
fn more_than_one_group_holds_does_not_end_the_relay() {
    let mut rig = Rig::memory();
    let body = vec![0; 2_000_000];
    for number in 0..40 {
        let object = record::Object {
            kind: 255,
            name: "large".to_owned(),
            number,
            hash: [0; 32],
        };
        rig.relays[0]
            .append(Record::Object(object), Some(&body))
            .unwrap();
        rig.relays[0].handle(NOW, Input::Tick).unwrap();
    }
    rig.relays[0].commit(NOW).unwrap();
}

#[test]
fn link_that_closes_over_faults_still_says_what_it_took() {
    let mut rig = Rig::memory();
    let border = rig.world.border.clone();
    let (police, peer) = (rig.desk(0, 0), rig.peer(0, &border));
    let parsed = rig.flag(police, &[BORDER], "who may say what");
    let digest = rig.submit(police, &parsed);
    let (at, link) = (rig.desks[peer].0, rig.desks[peer].1);
    for ms in 0..16 {
        let refused = Claim::Expired {
            desk: "head@ops.border.xb".parse().unwrap(),
        };
        let frame = rig.desks[peer].2.state_at(NOW.plus(ms), digest, refused);
        let Frame::Statement { number, statement } = frame else {
            panic!("{frame:?}");
        };
        let item = Item::Statement(statement);
        rig.feed(at, link, &Frame::Deliver { number, item });
    }
    rig.run();
    assert_eq!(rig.closed.len(), 1);
    assert_eq!(rig.desks[peer].2.session.outstanding().count(), 0);
}

#[test]
fn agency_that_lists_the_key_of_another_does_not_silence_it() {
    let mut world = World::new("squatter", NOW).unwrap();
    let objects = world.join("coast.xc", "guard").unwrap();
    let device = world.border.devices[0].clone();
    let coast = &world.others[0];
    let mut directory = Directory::new(world.police.agency.clone(), world.police.root);
    for object in &world.police.published {
        directory.apply(object, NOW).unwrap();
    }
    for object in &objects {
        directory.apply(object, NOW).unwrap();
    }
    let squats = next_roster(coast, |roster| {
        roster.desks[0].devices[0].key = device.key.verifying_key();
    });
    directory.apply(&squats, NOW).unwrap();
    for object in &world.border.published {
        directory.apply(object, NOW).unwrap();
    }
    let subject = estafette_protocol::encoding::FixedBytes([1; 32]);
    let frame = Desk::new(&device).state(subject, Claim::Delivered);
    let Frame::Statement { statement, .. } = frame else {
        panic!("{frame:?}");
    };
    let signed = statement::decode(statement.as_slice()).unwrap();
    let key = directory.signer_key(&signed.value().signer);
    assert_eq!(key, Some(device.key.verifying_key()));
}

#[test]
fn peer_cannot_publish_for_another_agency() {
    let mut rig = Rig::of_three();
    let coast = rig.coast();
    let border = rig.world.border.clone();
    let stolen = border.devices[0].key.verifying_key().id();
    let suspension = estafette_protocol::suspension::Suspension {
        agency: border.agency.clone(),
        device: stolen,
        desk: border.devices[0].desk.clone(),
        by: border.devices[2].desk.clone(),
        reason: 1,
        at: NOW,
    };
    let signed = Signed::sign(suspension, &[&border.devices[2].key]).unwrap();
    let object = signed.encode().unwrap();
    let publish = Frame::Publish {
        object: object.into(),
    };
    let third = rig.peer(0, &coast);
    let (at, link) = (rig.desks[third].0, rig.desks[third].1);
    rig.feed(at, link, &publish);
    rig.run();
    let barred = |rig: &Rig| {
        rig.relays[0]
            .directory()
            .is_barred(&border.agency, &stolen, NOW)
    };
    assert!(!barred(&rig));
    assert_eq!(
        rig.desks[third].2.faults[0].code,
        ErrorCode::ObjectUnknown.number()
    );
    let themselves = rig.peer(0, &border);
    let (at, link) = (rig.desks[themselves].0, rig.desks[themselves].1);
    rig.feed(at, link, &publish);
    rig.run();
    assert!(barred(&rig));
}

#[test]
fn device_cannot_fill_the_journal_with_prekeys() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let device = rig.desks[police].2.device.clone();
    let id = device.key.verifying_key().id();
    let (at, link) = (rig.desks[police].0, rig.desks[police].1);
    let (held, _) = rig.relays[0]
        .directory()
        .prekeys(&id)
        .map(|(h, p)| (h.clone(), p.cloned()))
        .unwrap();
    for ms in 1..60 {
        let mut bundle = held.clone();
        bundle.issued = NOW.plus(ms);
        let object = Signed::sign(bundle, &[&device.key])
            .unwrap()
            .encode()
            .unwrap();
        rig.feed(
            at,
            link,
            &Frame::Publish {
                object: object.into(),
            },
        );
    }
    rig.run();
    let taken = rig.relays[0].directory().prekeys(&id).unwrap().0.issued;
    assert!(taken > NOW.plus(8) && taken < NOW.plus(40), "{taken:?}");
    let slow = rig.desks[police].2.faults.last().unwrap();
    assert_eq!(slow.code, ErrorCode::TooManyRequests.number());
    assert!(slow.retry_after.is_some_and(|ms| ms <= HOUR_MS));
}

#[test]
fn proof_of_a_forked_roster_outlives_the_relay() {
    let mut rig = Rig::memory();
    let border = rig.world.border.clone();
    let fork = next_roster(&border, |roster| {
        roster.number = border.roster.number;
        roster.previous = None;
        roster.not_after = roster.not_after.plus(1);
    });
    let peer = rig.peer(0, &border);
    let (at, link) = (rig.desks[peer].0, rig.desks[peer].1);
    rig.feed(
        at,
        link,
        &Frame::Publish {
            object: fork.into(),
        },
    );
    rig.run();
    assert_eq!(rig.relays[0].directory().proofs().len(), 1);
    let mut again = Directory::new(rig.world.police.agency.clone(), rig.world.police.root);
    std::mem::swap(Arc::make_mut(&mut rig.relays[0].directory), &mut again);
    rig.relays[0].reload_objects().unwrap();
    assert_eq!(*rig.relays[0].directory(), again);
}

#[test]
fn refusals_take_none_of_the_last_space() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let device = rig.desks[police].2.device.clone();
    let mut header = rig.world.header(&device, &[BORDER], Precedence::Routine);
    header.format = 2;
    let parsed = rig.world.seal(&device, header, "no room").unwrap().parsed;
    let records = rig.relays[0].store().view().position().records;
    rig.relays[0].short_of_space = true;
    rig.submit(police, &parsed);
    let code = ErrorCode::LowSpace.number();
    assert_eq!(rig.desks[police].2.faults[0].code, code);
    assert_eq!(rig.relays[0].store().view().position().records, records);
}

#[test]
fn requests_of_one_network_count_together() {
    let mut rig = Rig::memory();
    let outcomes: Vec<bool> = (1..=5)
        .map(|host| rig.relays[0].within_rate(format!("2001:db8::{host}").parse().unwrap()))
        .collect();
    assert_eq!(outcomes, [true, true, true, false, false]);
    assert!(rig.relays[0].within_rate("2001:db8:0:1::1".parse().unwrap()));
}

#[test]
fn flash_is_offered_however_much_a_peer_has_put_off() {
    let mut rig = Rig::memory();
    let border = rig.world.border.clone();
    let (police, peer) = (rig.desk(0, 0), rig.peer(0, &border));
    rig.desks[peer].2.defers = Some(60_000);
    let device = rig.desks[police].2.device.clone();
    for _ in 0..257 {
        let header = rig.world.header(&device, &[BORDER], Precedence::Routine);
        let parsed = rig.world.seal(&device, header, "routine").unwrap().parsed;
        rig.submit(police, &parsed);
    }
    assert_eq!(rig.desks[peer].2.envelopes.len(), 256);
    let flash = rig.flag(police, &[BORDER], "flash");
    rig.submit(police, &flash);
    let last = rig.desks[peer].2.envelopes.last().unwrap();
    assert_eq!(last.digest(), flash.digest());
}
