//! Messages that are held until they are released. Covers REL-1 to REL-20.

use super::*;
use estafette_protocol::code::Note;
use estafette_protocol::envelope::{Addressee, Role};
use estafette_protocol::roster::Authority;
use estafette_protocol::rules::{Direction, Rate, Release, Row, Rules};
use estafette_protocol::suspension::Suspension;
use estafette_protocol::testing::{plain_row, rules};
use estafette_protocol::time::{HOUR_MS, MINUTE_MS};
use proptest::prelude::*;

pub(super) const DUTY: usize = 0;
pub(super) const CHIEF: usize = 1;
const DEPUTY: usize = 2;
pub(super) const PATROL: usize = 3;
pub(super) const CHIEF_DESK: &str = "chief@hq.police.xa";
pub(super) const DEPUTY_DESK: &str = "deputy@hq.police.xa";
const LATE: UnixMillis = UnixMillis(NOW.0 + HOUR_MS);

pub(super) fn demanding(name: &str, format: u16, release: Release) -> Row {
    Row {
        release,
        copies: vec![],
        release_within: Some(HOUR_MS),
        ..plain_row(name, &[format]).unwrap()
    }
}

/// Format 2 is released by a superior, 3 by two desks, 4 by a gateway, all others by nobody.
pub(super) fn table() -> Rules {
    let mut strict = demanding("urgent", 2, Release::Superior);
    strict.precedences = vec![Precedence::Immediate];
    // What is urgent is asked for an answer.
    strict.acknowledge_within = Some(MINUTE_MS);
    let mut superior = demanding("superior", 2, Release::Superior);
    superior.precedences = vec![Precedence::Routine, Precedence::Priority, Precedence::Flash];
    rules(vec![
        plain_row("plain", &[1, 5, 6, 7]).unwrap(),
        strict,
        superior,
        demanding("two", 3, Release::TwoPerson),
        demanding("gateway", 4, Release::Gateway),
    ])
}

pub(super) fn world() -> World {
    World::with_rules("release", NOW, &table()).unwrap()
}

/// Adds desks that are informed, or stand by.
pub(super) fn with(mut header: Header, desks: &[&str], role: Role) -> Header {
    let more = desks.iter().map(|desk| Addressee {
        desk: desk.parse().unwrap(),
        role,
    });
    header.addressees.extend(more);
    header.addressees.sort();
    header
}

impl Rig {
    pub(super) fn ruled() -> Self {
        Self::of(world(), IndexKind::Memory)
    }

    /// A message of police to border that informs these desks.
    pub(super) fn informing(
        &mut self,
        from: usize,
        format: u16,
        precedence: Precedence,
        informed: &[&str],
    ) -> Parsed {
        let device = self.desks[from].2.device.clone();
        let mut header = self.world.header(&device, &[BORDER], precedence);
        header.format = format;
        self.sealed(from, with(header, informed, Role::Info))
    }

    pub(super) fn sealed(&mut self, from: usize, header: Header) -> Parsed {
        let device = self.desks[from].2.device.clone();
        self.world.seal(&device, header, "text").unwrap().parsed
    }

    pub(super) fn released(&mut self, by: usize, digest: Hash, precedence: Precedence) {
        let remark = None;
        self.state(by, digest, Claim::Released { precedence, remark });
    }

    /// What relays have said of a message to a desk, by its word.
    pub(super) fn said(&self, desk: usize, parsed: &Parsed) -> Vec<&'static str> {
        let all = self.desks[desk].2.statements.iter();
        let about = all.filter(|s| s.value().subject == parsed.digest());
        let relays = about.filter(|s| s.value().signer.desk.is_none());
        relays.map(|s| s.value().claim.word()).collect()
    }

    pub(super) fn clause(&self, desk: usize, parsed: &Parsed) -> Option<String> {
        let statements = &self.desks[desk].2.statements;
        let states = track(parsed.header(), &parsed.digest(), statements);
        states.into_iter().find_map(|state| match state.problem {
            Some(Problem::Refused { clause, .. } | Problem::Held { clause, .. }) => Some(clause),
            _ => None,
        })
    }
}

fn held_and_released(index: IndexKind) {
    let mut rig = Rig::of(world(), index);
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    assert_eq!(rig.said(duty, &parsed), ["accepted", "held"]);
    assert_eq!(rig.clause(duty, &parsed).as_deref(), Some("REL-2"));
    assert_eq!((rig.got(chief, &parsed), rig.got(border, &parsed)), (1, 0));
    assert_eq!(rig.said(chief, &parsed), ["held"]);
    assert_eq!(rig.desks[chief].2.wraps.len(), 1);
    let peer = Mailbox::Peer("border.xb".to_owned());
    assert_eq!(rig.relays[0].store().view().queued(&peer), 0);
    // A restart in between forgets nothing.
    rig.part();
    rig.restart(0, index);
    let (duty, chief) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    rig.join();
    assert_eq!(rig.got(border, &parsed), 0);
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.desks[chief].2.faults, []);
    assert_eq!(rig.got(border, &parsed), 1);
    assert_eq!(rig.rung_at(BORDER, duty, &parsed), Rung::Delivered);
    assert_eq!(rig.problem(duty, &parsed), None);
    assert_eq!(rig.said(duty, &parsed), ["released", "relayed"]);
    // REL-13, REL-15: the releaser's word goes to the sender and to the addressee.
    for desk in [duty, border] {
        let all = rig.desks[desk].2.statements.iter();
        let by =
            all.filter(|s| s.value().signer.desk.as_ref().map(|d| d.as_str()) == Some(CHIEF_DESK));
        let words: Vec<_> = by.map(|s| s.value().claim.word()).collect();
        assert!(words.contains(&"released"), "{words:?}");
    }
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.last_fault(chief), None, "the same statement again");
    rig.released(chief, digest, Precedence::Priority);
    assert_eq!(rig.last_fault(chief), Some(ErrorCode::NotHeld));
}

#[test]
fn held_message_goes_with_its_release_and_not_before() {
    held_and_released(IndexKind::Memory);
}

#[test]
fn held_message_goes_with_its_release_over_sled_as_well() {
    held_and_released(IndexKind::Sled(SledOptions::default()));
}

#[test]
fn message_whose_release_is_refused_is_dropped_and_says_so() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    let (reason, remark) = (1, None);
    rig.state(chief, digest, Claim::ReleaseRefused { reason, remark });
    assert_eq!(refusal(&rig, duty, &parsed), (118, "REL-8".to_owned()));
    assert_eq!(rig.got(border, &parsed), 0);
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.last_fault(chief), Some(ErrorCode::NotHeld));
    // The same again gets the same refusal, also after a restart, and nothing expires later.
    rig.part();
    rig.restart(0, IndexKind::Memory);
    let duty = rig.desk(0, DUTY);
    rig.submit(duty, &parsed);
    assert_eq!(refusal(&rig, duty, &parsed).1, "REL-8");
    rig.tick(0, parsed.header().expires.plus(1));
    assert!(!rig.said(duty, &parsed).contains(&"expired"));
}

#[test]
fn two_persons_are_two_desks() {
    let mut rig = Rig::ruled();
    let (duty, chief, deputy) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(0, DEPUTY));
    let border = rig.desk(1, 0);
    rig.join();
    let parsed = rig.informing(duty, 3, Precedence::Routine, &[CHIEF_DESK, DEPUTY_DESK]);
    let digest = rig.submit(duty, &parsed);
    rig.released(chief, digest, Precedence::Routine);
    rig.released(chief, digest, Precedence::Priority);
    assert_eq!(rig.desks[chief].2.faults, []);
    assert_eq!(rig.got(border, &parsed), 0);
    rig.released(deputy, digest, Precedence::Flash);
    assert_eq!(rig.got(border, &parsed), 1);
    // REL-14
    let last = rig.desks[duty].2.statements.iter().rev();
    let effective = last.into_iter().find_map(|s| match s.value() {
        Statement {
            claim: Claim::Released { precedence, .. },
            signer: Signer { desk: None, .. },
            ..
        } => Some(*precedence),
        _ => None,
    });
    assert_eq!(effective, Some(Precedence::Routine));
}

#[test]
fn release_that_does_not_count_is_answered_with_its_clause_and_changes_nothing() {
    let mut world = world();
    world
        .police
        .amend(|roster| {
            for entry in &mut roster.desks {
                if entry.desk.as_str() == CHIEF_DESK {
                    entry.authorities = vec![Authority {
                        format: 2,
                        precedence: Precedence::Routine,
                    }];
                }
            }
        })
        .unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, chief) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    let (deputy, border) = (rig.desk(0, DEPUTY), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    let wrong = [
        // REL-4, REL-5, REL-3
        (chief, Precedence::Flash, ErrorCode::AuthorityMissing),
        (deputy, Precedence::Routine, ErrorCode::ReleaseInvalid),
        (duty, Precedence::Routine, ErrorCode::ReleaseInvalid),
    ];
    for (by, precedence, code) in wrong {
        rig.released(by, digest, precedence);
        assert_eq!(rig.last_fault(by), Some(code));
    }
    let (reason, remark) = (1, None);
    rig.state(deputy, digest, Claim::ReleaseRefused { reason, remark });
    assert_eq!(rig.last_fault(deputy), Some(ErrorCode::ReleaseInvalid));
    // A wish from abroad, handed to the relay that holds it.
    rig.released(border, digest, Precedence::Routine);
    assert_eq!(rig.last_fault(border), Some(ErrorCode::NotHeld));
    assert_eq!(rig.got(border, &parsed), 0);
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.got(border, &parsed), 1);
}

#[test]
fn message_without_anybody_to_release_it_is_refused_at_once() {
    let mut rig = Rig::ruled();
    let duty = rig.desk(0, DUTY);
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[]);
    rig.submit(duty, &parsed);
    assert_eq!(refusal(&rig, duty, &parsed), (114, "REL-1".to_owned()));
    // A release is not demanded of a gateway itself.
    let parsed = rig.informing(duty, 4, Precedence::Routine, &[]);
    rig.submit(duty, &parsed);
    assert_eq!(rig.problem(duty, &parsed), None);
}

#[test]
fn late_release_is_told_once_to_sender_and_releaser_over_a_restart() {
    let mut rig = Rig::ruled();
    let (duty, _) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &parsed);
    assert_eq!(rig.relays[0].next_wake(), Some(LATE));
    rig.restart(0, IndexKind::Memory);
    assert_eq!(rig.relays[0].next_wake(), Some(LATE));
    let (duty2, chief2) = (rig.desk(0, DUTY), rig.desk(0, CHIEF));
    rig.tick(0, LATE.minus(1));
    assert_eq!(rig.said(duty2, &parsed), [] as [&str; 0]);
    rig.tick(0, LATE);
    for desk in [duty2, chief2] {
        assert_eq!(rig.said(desk, &parsed), ["held"]);
    }
    let statements = [duty, duty2].map(|d| rig.desks[d].2.statements.clone());
    let state = track(parsed.header(), &parsed.digest(), &statements.concat());
    let clause = "REL-2".to_owned();
    let (due, late) = (Some(LATE), true);
    assert_eq!(state[0].problem, Some(Problem::Held { clause, due, late }));
    rig.tick(0, LATE.plus(HOUR_MS));
    rig.restart(0, IndexKind::Memory);
    let chief3 = rig.desk(0, CHIEF);
    rig.tick(0, LATE.plus(2 * HOUR_MS));
    assert_eq!(rig.said(chief3, &parsed), [] as [&str; 0]);
    assert_eq!(rig.relays[0].next_wake(), Some(parsed.header().expires));
}

#[test]
fn effective_precedence_is_what_the_message_is_served_by() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    let lowered = rig.informing(duty, 2, Precedence::Flash, &[CHIEF_DESK]);
    let raised = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let between = rig.informing(duty, 5, Precedence::Priority, &[CHIEF_DESK]);
    for parsed in [&lowered, &raised, &between] {
        rig.submit(duty, parsed);
    }
    rig.released(chief, lowered.digest(), Precedence::Routine);
    rig.released(chief, raised.digest(), Precedence::Flash);
    // REL-6: at immediate the row asks for a deadline that the header lacks.
    let other = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &other);
    rig.released(chief, other.digest(), Precedence::Immediate);
    assert_eq!(rig.last_fault(chief), Some(ErrorCode::Replan));
    rig.join();
    let came: Vec<Hash> = rig.desks[border]
        .2
        .envelopes
        .iter()
        .map(Parsed::digest)
        .collect();
    assert_eq!(came, [raised.digest(), between.digest(), lowered.digest()]);
}

#[test]
fn released_message_whose_time_lies_ahead_is_deferred_and_can_still_be_cancelled() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let then = NOW.plus(2 * HOUR_MS);
    let mut deferred = || {
        let mut header = rig
            .informing(duty, 2, Precedence::Routine, &[CHIEF_DESK])
            .header()
            .clone();
        header.not_before = Some(then);
        header.reference = estafette_protocol::encoding::FixedBytes(rig.world.rng.array());
        let parsed = rig.sealed(duty, header);
        rig.submit(duty, &parsed);
        parsed
    };
    let (goes, stays) = (deferred(), deferred());
    for parsed in [&goes, &stays] {
        rig.released(chief, parsed.digest(), Precedence::Routine);
        assert_eq!(rig.said(duty, parsed), ["accepted", "held", "released"]);
        assert_eq!(rig.got(border, parsed), 0);
    }
    assert_eq!(rig.relays[0].next_wake(), Some(then));
    rig.part();
    rig.restart(0, IndexKind::Memory);
    let duty = rig.desk(0, DUTY);
    rig.join();
    rig.state(duty, stays.digest(), Claim::Cancelled);
    assert_eq!(rig.problem(duty, &stays), Some(Problem::Cancelled));
    rig.tick(1, then);
    rig.tick(0, then);
    assert_eq!((rig.got(border, &goes), rig.got(border, &stays)), (1, 0));
    let words: Vec<_> = rig.desks[border]
        .2
        .statements
        .iter()
        .map(|s| s.value().claim.word())
        .collect();
    assert_eq!(words, ["released"]);
}

#[test]
fn sender_cancels_while_its_message_is_held_and_everybody_who_has_it_knows() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    rig.state(duty, digest, Claim::Cancelled);
    let all = track(parsed.header(), &digest, &rig.desks[duty].2.statements);
    assert!(
        all.iter().all(|s| s.problem == Some(Problem::Cancelled)),
        "{all:?}"
    );
    assert_eq!(rig.said(chief, &parsed), ["held", "cancelled"]);
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.last_fault(chief), Some(ErrorCode::NotHeld));
    rig.tick(0, parsed.header().expires.plus(1));
    assert_eq!(rig.got(border, &parsed), 0);
}

#[test]
fn release_that_was_not_durable_when_the_relay_ended_has_not_happened() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    let remark = None;
    let precedence = Precedence::Routine;
    let (_, link, desk) = &mut rig.desks[chief];
    let frame = desk.state(digest, Claim::Released { precedence, remark });
    let link = *link;
    let directory = rig.relays[0].directory();
    let frame = Box::new(prepare(&encode(&frame).unwrap().into(), &directory));
    rig.relays[0]
        .handle(NOW, Input::Frame { link, frame })
        .unwrap();
    rig.part();
    rig.restart(0, IndexKind::Memory);
    let chief = rig.desk(0, CHIEF);
    rig.join();
    assert_eq!(rig.got(border, &parsed), 0);
    assert_eq!(
        rig.relays[0].status(NOW).unwrap().release_due_ms,
        Some(LATE.0)
    );
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.got(border, &parsed), 1);
}

#[test]
fn released_message_of_a_device_that_was_suspended_is_cancelled() {
    let mut rig = Rig::ruled();
    let (patrol, chief, border) = (rig.desk(0, PATROL), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(patrol, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(patrol, &parsed);
    let (device, by) = (&rig.desks[patrol].2.device, &rig.desks[chief].2.device);
    let suspension = Suspension {
        agency: device.desk.agency(),
        device: device.key.verifying_key().id(),
        desk: device.desk.clone(),
        by: by.desk.clone(),
        reason: 1,
        at: NOW,
    };
    let signed = Signed::sign(suspension, &[&by.key]).unwrap();
    let signed = signed.encode().unwrap();
    rig.relays[0].publish(NOW, &signed).unwrap();
    rig.released(chief, digest, Precedence::Routine);
    assert_eq!(rig.got(border, &parsed), 0);
    assert_eq!(rig.said(chief, &parsed), ["held", "cancelled"]);
}

#[test]
fn wrap_that_is_added_while_a_message_is_held_is_for_those_who_may_release_it() {
    let mut rig = Rig::ruled();
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let digest = rig.submit(duty, &parsed);
    for (to, addressee) in [(chief, 1), (border, 2)] {
        let device = rig.desks[to].2.device.clone();
        rig.state(duty, digest, readers::wrap_for(&device, addressee));
    }
    assert_eq!(rig.desks[duty].2.faults, []);
    assert_eq!(
        (rig.desks[chief].2.wraps.len(), rig.got(border, &parsed)),
        (2, 0)
    );
    rig.released(chief, digest, Precedence::Routine);
    let wraps = &rig.desks[border].2.wraps;
    assert_eq!(
        (wraps.len(), wraps[0].position),
        (1, statement::REWRAP_POSITION)
    );
}

#[test]
fn message_within_one_agency_is_relayed_only_when_it_was_released() {
    let mut world = world();
    let mut row = demanding("sideways", 2, Release::Superior);
    row.directions = vec![Direction::Lateral];
    world.police.rule(&rules(vec![row])).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, chief, patrol) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(0, PATROL));
    let device = rig.desks[duty].2.device.clone();
    let desk = "patrol@north.police.xa";
    let mut header = rig.world.header(&device, &[desk], Precedence::Priority);
    header.format = 2;
    let parsed = rig.sealed(duty, with(header, &[CHIEF_DESK], Role::Info));
    let digest = rig.submit(duty, &parsed);
    assert_eq!(rig.rung_at(desk, duty, &parsed), Rung::Accepted);
    assert_eq!(rig.got(patrol, &parsed), 0);
    rig.released(chief, digest, Precedence::Priority);
    assert_eq!(rig.rung_at(desk, duty, &parsed), Rung::Delivered);
    assert_eq!(
        (rig.got(patrol, &parsed), rig.problem(duty, &parsed)),
        (1, None)
    );
    let words = rig.desks[patrol].2.statements.iter();
    let words: Vec<_> = words.map(|s| s.value().claim.word()).collect();
    assert_eq!(words, ["released"]);
}

#[test]
fn held_message_that_nobody_releases_expires() {
    let mut rig = Rig::ruled();
    let duty = rig.desk(0, DUTY);
    let parsed = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    rig.submit(duty, &parsed);
    rig.tick(0, parsed.header().expires);
    assert!(rig.said(duty, &parsed).contains(&"expired"));
    assert_eq!(rig.relays[0].store().view().next_late_ms().unwrap(), None);
}

#[test]
fn released_message_keeps_the_note_of_its_rate_and_counts_once() {
    let mut table = table();
    for row in &mut table.rows {
        let (messages, per) = (1, HOUR_MS);
        row.rate = Some(Rate { messages, per });
    }
    let world = World::with_rules("rated", NOW, &table).unwrap();
    let mut rig = Rig::of(world, IndexKind::Memory);
    let (duty, chief, border) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(1, 0));
    rig.join();
    let first = rig.informing(duty, 2, Precedence::Routine, &[CHIEF_DESK]);
    let second = rig.informing(duty, 2, Precedence::Flash, &[CHIEF_DESK]);
    for parsed in [&first, &second] {
        rig.submit(duty, parsed);
        rig.released(chief, parsed.digest(), Precedence::Routine);
        assert_eq!(
            rig.got(border, parsed),
            1,
            "{:?}",
            rig.desks[chief].2.faults
        );
    }
    let above = rig.desks[duty]
        .2
        .statements
        .iter()
        .any(|s| match &s.value().claim {
            Claim::Accepted { judged, .. } => {
                s.value().subject == second.digest() && judged.notes.contains(&Note::ABOVE_RATE)
            }
            _ => false,
        });
    assert!(above);
}

/// What a relay makes of a two-person message when desks say this in this order.
fn outcome(order: &[usize]) -> (Option<Problem>, Rung, usize) {
    let mut rig = Rig::ruled();
    let (duty, chief, deputy) = (rig.desk(0, DUTY), rig.desk(0, CHIEF), rig.desk(0, DEPUTY));
    let border = rig.desk(1, 0);
    let parsed = rig.informing(duty, 3, Precedence::Priority, &[CHIEF_DESK, DEPUTY_DESK]);
    let digest = rig.submit(duty, &parsed);
    let remark = None;
    let release = |precedence| Claim::Released {
        precedence,
        remark: remark.clone(),
    };
    let granted = Claim::Granted {
        on: statement::Use::Onward,
        to: vec!["border.xb".parse().unwrap()],
        until: None,
    };
    let marking = |code| Claim::Reclassified {
        marking: vec![Marking { axis: 1, code }],
    };
    let said = [
        (chief, NOW, release(Precedence::Routine)),
        (deputy, NOW, release(Precedence::Flash)),
        (duty, NOW, granted),
        (duty, NOW, marking(2)),
        (duty, NOW.plus(1), marking(1)),
        (duty, NOW, Claim::Delivered),
    ];
    for at in order {
        let (by, at, claim) = said[*at].clone();
        let (relay, link) = (rig.desks[by].0, rig.desks[by].1);
        let frame = rig.desks[by].2.state_at(at, digest, claim);
        rig.feed(relay, link, &frame);
        rig.run();
    }
    rig.join();
    let came = rig.desks[border].2.statements.len();
    let leaf = rig.relays[1]
        .store()
        .view()
        .seen(&digest.0)
        .unwrap()
        .unwrap();
    let item = rig.relays[1].store().view().item(leaf).unwrap().unwrap();
    assert_eq!((item.precedence(), item.marking), (0, vec![(1, 1)]));
    let rung = rig.rung_at(BORDER, duty, &parsed);
    (rig.problem(duty, &parsed), rung, came)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_order_statements_come_in_the_state_is_the_same(
        order in Just((0..6).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        // Two releases, a grant and two markings reach the addressee.
        prop_assert_eq!(outcome(&order), (None, Rung::Delivered, 5));
    }
}
