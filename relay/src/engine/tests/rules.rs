//! Rates, exercises, exceptions and houses. Covers ADM-28, RTE-20, RTE-23, EXR-1 to EXR-4.

use super::release::{CHIEF, CHIEF_DESK, DUTY, PATROL, table, with};
use super::*;
use estafette_protocol::accord::Accord;
use estafette_protocol::code::Note;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::envelope::Role;
use estafette_protocol::precedence::Status;
use estafette_protocol::roster::{Exercise, Roster};
use estafette_protocol::rules::{Direction, Path as Way, Rate, Rules};
use estafette_protocol::testing::{plain_row, rules};
use estafette_protocol::time::HOUR_MS;

const GATEWAY: &str = "duty@spoc.police.xa";
const EXERCISE: FixedBytes<16> = FixedBytes([5; 16]);

/// One message an hour, of each precedence; exception 1 is allowed, but not for a flash.
fn rated() -> Rules {
    let rows = Precedence::ALL.map(|precedence| {
        let mut row = plain_row(precedence.word(), &[1]).unwrap();
        row.precedences = vec![precedence];
        // RTE-44
        if precedence != Precedence::Flash {
            row.exceptions = vec![1];
        }
        let (messages, per) = (1, HOUR_MS);
        row.rate = Some(Rate { messages, per });
        row
    });
    rules(rows.into())
}

impl Rig {
    pub(super) fn rated() -> Self {
        let world = World::with_rules("rates", NOW, &rated()).unwrap();
        Self::of(world, IndexKind::Memory)
    }

    /// The notes of the receipt of an agency that a desk holds.
    fn notes(&self, desk: usize, agency: &str, parsed: &Parsed) -> Option<Vec<Note>> {
        let all = self.desks[desk].2.statements.iter().map(Signed::value);
        let mut about = all.filter(|s| s.subject == parsed.digest());
        about.find_map(|s| match &s.claim {
            Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. }
                if s.signer.agency.as_str() == agency =>
            {
                Some(judged.notes.clone())
            }
            _ => None,
        })
    }
}

#[test]
fn routine_above_its_rate_waits_and_flash_goes_last_and_is_told() {
    let mut rig = Rig::rated();
    let (duty, chief) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    let (patrol, border) = (rig.desk(0, PATROL), rig.desk(1, 0));
    let first = rig.informing(duty, 1, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &first);
    assert_eq!(rig.said(duty, &first), ["accepted"]);
    let second = rig.informing(duty, 1, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &second);
    assert_eq!(rig.last_fault(duty), Some(ErrorCode::RateExceeded));
    assert_eq!(rig.said(duty, &second), [] as [&str; 0]);
    let flash = [duty, duty, patrol].map(|from| {
        let informed = if from == patrol {
            &[CHIEF_DESK, GATEWAY][..]
        } else {
            &[CHIEF_DESK]
        };
        let parsed = rig.informing(from, 1, Precedence::Flash, informed);
        rig.submit(from, &parsed);
        parsed
    });
    let notes = flash.each_ref().map(|parsed| {
        let from = if parsed.header().sender.as_str() == GATEWAY {
            duty
        } else {
            patrol
        };
        rig.notes(from, "police.xa", parsed).unwrap()
    });
    assert_eq!(notes, [vec![], vec![Note::ABOVE_RATE], vec![]]);
    rig.join();
    let came = rig.desks[border].2.envelopes.iter().map(Parsed::digest);
    let order = [&flash[0], &flash[2], &flash[1], &first];
    let came: Vec<_> = came.collect();
    assert_eq!(came, order.map(Parsed::digest));
    // RTE-23: the gateway of each side has its own relay's receipt.
    let theirs = rig.notes(border, "border.xb", &flash[1]);
    assert_eq!(theirs, Some(vec![Note::ABOVE_RATE]));
    assert_eq!(rig.notes(border, "border.xb", &flash[0]), None);
    assert_eq!(rig.said(chief, &flash[1]), [] as [&str; 0]);
}

#[test]
fn rate_is_remembered_over_a_restart_and_runs_out() {
    let mut rig = Rig::rated();
    let duty = rig.desk(0, DUTY);
    let first = rig.informing(duty, 1, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &first);
    rig.restart(0, IndexKind::Memory);
    let duty = rig.desk(0, DUTY);
    let second = rig.informing(duty, 1, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &second);
    assert_eq!(rig.last_fault(duty), Some(ErrorCode::RateExceeded));
    rig.tick(0, NOW.plus(HOUR_MS));
    rig.submit(duty, &second);
    assert_eq!(rig.desks[duty].2.faults.len(), 2);
    rig.tick(0, NOW.plus(HOUR_MS + 1));
    rig.submit(duty, &second);
    assert_eq!(rig.said(duty, &second), ["accepted"]);
}

#[test]
fn message_under_a_stricter_accord_does_not_make_room_under_the_one_it_replaced() {
    let table = |messages| {
        let mut row = plain_row("row", &[1]).unwrap();
        row.rate = Some(Rate {
            messages,
            per: HOUR_MS,
        });
        rules(vec![row])
    };
    let mut rig = Rig::of(
        World::with_rules("replaced", NOW, &table(2)).unwrap(),
        IndexKind::Memory,
    );
    let held = Signed::<Accord>::decode(&rig.world.accord).unwrap();
    let mut next = held.value().clone();
    (next.number, next.previous) = (2, Some(held.hash()));
    next.rules = table(1).to_bytes().unwrap();
    let keys = [&rig.world.police.accord_key, &rig.world.border.accord_key];
    let next = Signed::sign(next, &keys).unwrap();
    rig.relays[0].publish(NOW, &next.encode().unwrap()).unwrap();
    let duty = rig.desk(0, DUTY);
    let device = rig.desks[duty].2.device.clone();
    let [first, second, stricter, third] = [&held, &held, &next, &held].map(|accord| {
        let mut header = rig.world.header(&device, &[BORDER], Precedence::Routine);
        header.accord = Some(accord.hash());
        let parsed = rig.sealed(duty, with(header, &[CHIEF_DESK], Role::Info));
        rig.submit(duty, &parsed);
        rig.said(duty, &parsed).len()
    });
    assert_eq!((first, second, stricter), (1, 1, 0));
    assert_eq!(third, 0, "the third within the hour, where two may go");
}

#[test]
fn exception_stands_in_for_copies_and_gateways_are_told() {
    let mut rig = Rig::rated();
    let (duty, patrol) = (rig.desk(0, DUTY), rig.desk(0, PATROL));
    let border = rig.desk(1, 0);
    rig.join();
    let device = rig.desks[patrol].2.device.clone();
    let mut header = rig.world.header(&device, &[BORDER], Precedence::Immediate);
    header.exception = Some(2);
    let parsed = rig.sealed(patrol, header.clone());
    rig.submit(patrol, &parsed);
    assert_eq!(refusal(&rig, patrol, &parsed), (102, "RTE-6".to_owned()));
    header.exception = Some(1);
    header.reference = FixedBytes([9; 16]);
    let parsed = rig.sealed(patrol, header);
    rig.submit(patrol, &parsed);
    let told = Some(vec![Note::EXCEPTION_USED]);
    for desk in [patrol, duty] {
        assert_eq!(rig.notes(desk, "police.xa", &parsed), told);
    }
    assert_eq!(rig.notes(border, "border.xb", &parsed), told);
}

#[test]
fn house_binds_at_egress_alone() {
    let mut world = World::with_rules("house", NOW, &table()).unwrap();
    let mut lateral = plain_row("lateral", &[1]).unwrap();
    lateral.directions = vec![Direction::Down, Direction::Lateral];
    lateral.copies = vec![];
    lateral.precedences = vec![Precedence::Routine];
    let mut abroad = plain_row("abroad", &[1]).unwrap();
    abroad.path = Way::BetweenGateways;
    abroad.statuses = vec![Status::Test];
    abroad.copies = vec![];
    world.police.rule(&rules(vec![lateral, abroad])).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let police = rig.world.police.clone();
    let patrol = rig.desk(0, PATROL);
    let peer = rig.peer(1, &police);
    let device = rig.desks[patrol].2.device.clone();
    let mut header = rig.world.header(&device, &[BORDER], Precedence::Routine);
    header = with(header, &[CHIEF_DESK, GATEWAY], Role::Info);
    header.status = Status::Test;
    let parsed = rig.sealed(patrol, header);
    rig.submit(patrol, &parsed);
    assert_eq!(rig.clause(patrol, &parsed).as_deref(), Some("RTE-5"));
    let theirs = parsed.envelope().with_wraps(|wrap| wrap.addressee == 2);
    rig.hand_over(peer, Item::Envelope(encode(&theirs).unwrap().into()));
    assert_eq!(rig.said(peer, &parsed), ["relayed"]);
    // A direction for which the house has no row.
    let up = rig
        .world
        .header(&device, &[CHIEF_DESK], Precedence::Routine);
    let up = rig.sealed(patrol, up);
    rig.submit(patrol, &up);
    assert_eq!(refusal(&rig, patrol, &up), (100, "RTE-1".to_owned()));
}

/// An exercise of two desks that begins in an hour and lasts one.
fn exercise(roster: &mut Roster, participants: &[&str]) {
    let participants = participants.iter().map(|desk| desk.parse().unwrap());
    roster.exercises = vec![Exercise {
        id: EXERCISE,
        name: Text::new("north wind").unwrap(),
        not_before: NOW.plus(HOUR_MS),
        not_after: NOW.plus(2 * HOUR_MS),
        participants: participants.collect(),
    }];
}

#[test]
fn exercise_is_kept_to_its_window_and_its_participants_on_both_sides() {
    let mut world = World::new("exercise", NOW).unwrap();
    world.police.amend(|r| exercise(r, &[GATEWAY])).unwrap();
    world.border.amend(|r| exercise(r, &[BORDER])).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let police = rig.world.police.clone();
    let duty = rig.desk(0, 0);
    let peer = rig.peer(1, &police);
    let device = rig.desks[duty].2.device.clone();
    let sealed = |rig: &mut Rig, to: &[&str]| {
        let mut header = rig.world.header(&device, to, Precedence::Routine);
        (header.status, header.exercise) = (Status::Exercise, Some(EXERCISE));
        rig.sealed(duty, header)
    };
    let both = |rig: &mut Rig, parsed: &Parsed| {
        rig.submit(duty, parsed);
        let theirs = parsed.envelope().with_wraps(|wrap| wrap.addressee != 0);
        rig.hand_over(peer, Item::Envelope(encode(&theirs).unwrap().into()));
        [duty, peer].map(|desk| rig.clause(desk, parsed).unwrap_or_default())
    };
    let early = sealed(&mut rig, &[BORDER]);
    assert_eq!(both(&mut rig, &early), ["EXR-2", "EXR-2"]);
    for at in 0..2 {
        rig.tick(at, NOW.plus(HOUR_MS));
    }
    let stranger = sealed(&mut rig, &["head@ops.border.xb"]);
    assert_eq!(both(&mut rig, &stranger), ["EXR-4", "EXR-4"]);
    let good = sealed(&mut rig, &[BORDER]);
    assert_eq!(both(&mut rig, &good), ["", ""]);
    // Replayed as if it were meant: no signature covers that label.
    let mut header = good.header().clone();
    (header.status, header.exercise) = (Status::Actual, None);
    let mut envelope = good.envelope().clone();
    envelope.header = encode(&header).unwrap().into();
    let replayed = Parsed::from_envelope(envelope).unwrap();
    assert_eq!(both(&mut rig, &replayed), ["ADM-6", "ADM-6"]);
    for at in 0..2 {
        rig.tick(at, NOW.plus(2 * HOUR_MS + 1));
    }
    let late = sealed(&mut rig, &[BORDER]);
    assert_eq!(both(&mut rig, &late), ["EXR-2", "EXR-2"]);
}
