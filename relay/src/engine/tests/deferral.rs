//! Messages that wait for their time. Covers ENV-20 to ENV-23, STA-20 to STA-22, SES-24, ADM-26,
//! ADM-27.

use super::*;
use estafette_protocol::roster::Roster;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, HOUR_MS};

const THEN: UnixMillis = UnixMillis(NOW.0 + HOUR_MS);
const POLICE: &str = "duty@spoc.police.xa";

impl Rig {
    /// A message of a desk that is to be delivered at `time`.
    fn deferred(
        &mut self,
        from: usize,
        to: &str,
        precedence: Precedence,
        time: UnixMillis,
    ) -> Parsed {
        let device = self.desks[from].2.device.clone();
        let mut header = self.world.header(&device, &[to], precedence);
        header.not_before = Some(time);
        header.expires = time.plus(DAY_MS);
        self.world.seal(&device, header, "later").unwrap().parsed
    }

    /// Ends a relay as a kill would, and folds its journal again.
    pub(super) fn restart(&mut self, at: usize, index: IndexKind) {
        let agency = [&self.world.police, &self.world.border][at];
        drop(self.relays.remove(at));
        let again = opened(agency, self._dirs[at].path(), index, self.now.into());
        self.relays.insert(at, again);
    }

    /// The same in memory, with clocks that differ.
    pub(super) fn restart_at(&mut self, at: usize, now: Moment) {
        let agency = [&self.world.police, &self.world.border][at];
        drop(self.relays.remove(at));
        let again = opened(agency, self._dirs[at].path(), IndexKind::Memory, now);
        self.relays.insert(at, again);
    }

    pub(super) fn state(&mut self, from: usize, subject: Hash, claim: Claim) {
        let (at, link, desk) = &mut self.desks[from];
        let (at, link, frame) = (*at, *link, desk.state(subject, claim));
        self.feed(at, link, &frame);
        self.run();
    }

    pub(super) fn got(&self, desk: usize, parsed: &Parsed) -> usize {
        let all = self.desks[desk].2.envelopes.iter();
        all.filter(|e| e.digest() == parsed.digest()).count()
    }

    pub(super) fn problem(&self, desk: usize, parsed: &Parsed) -> Option<Problem> {
        let statements = &self.desks[desk].2.statements;
        track(parsed.header(), &parsed.digest(), statements)[0]
            .problem
            .clone()
    }

    pub(super) fn last_fault(&self, desk: usize) -> Option<ErrorCode> {
        let fault = self.desks[desk].2.faults.last()?;
        ErrorCode::from_number(fault.code)
    }
}

fn held_over_a_restart(index: IndexKind) {
    let mut rig = Rig::new(index);
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.deferred(police, BORDER, Precedence::Routine, THEN);
    rig.submit(police, &parsed);
    assert_eq!(rig.rung(police, &parsed), Rung::Accepted);
    assert_eq!(rig.relays[0].next_wake(), Some(THEN));
    assert_eq!(
        rig.relays[0].status(NOW).unwrap().held_until_ms,
        Some(THEN.0)
    );
    let peer = Mailbox::Peer("border.xb".to_owned());
    assert_eq!(rig.relays[0].store().view().queued(&peer), 0);
    rig.part();
    rig.restart(0, index);
    rig.join();
    rig.tick(0, THEN.minus(1));
    assert_eq!(rig.got(border, &parsed), 0);
    rig.restart(0, index);
    rig.part();
    rig.join();
    rig.tick(0, THEN);
    rig.relays[1].handle(THEN, Input::Tick).unwrap();
    rig.run();
    assert_eq!(rig.got(border, &parsed), 1);
    rig.tick(0, THEN.plus(1));
    rig.part();
    rig.join();
    assert_eq!(rig.got(border, &parsed), 1);
    let police = rig.desk(0, 0);
    assert_eq!(rig.rung(police, &parsed), Rung::Delivered);
    assert_eq!(rig.problem(police, &parsed), None);
}

#[test]
fn held_message_survives_restarts_and_is_delivered_once_at_its_time() {
    held_over_a_restart(IndexKind::Memory);
}

#[test]
fn held_message_survives_restarts_over_sled_as_well() {
    held_over_a_restart(IndexKind::Sled(SledOptions::default()));
}

#[test]
fn message_whose_time_has_come_is_not_held() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.deferred(police, BORDER, Precedence::Routine, NOW);
    rig.submit(police, &parsed);
    assert_eq!(rig.got(border, &parsed), 1);
}

#[test]
fn colleague_cancels_a_held_message_and_nothing_ever_leaves() {
    let mut rig = Rig::memory();
    let (duty, other, police) = (rig.desk(1, 0), rig.desk(1, 1), rig.desk(0, 0));
    rig.join();
    let parsed = rig.deferred(duty, POLICE, Precedence::Routine, THEN);
    let digest = rig.submit(duty, &parsed);
    // ENV-21
    assert_eq!(rig.got(other, &parsed), 1);
    rig.state(other, digest, Claim::Cancelled);
    for desk in [duty, other] {
        assert_eq!(rig.problem(desk, &parsed), Some(Problem::Cancelled));
    }
    // The relay has a wish and its own word; whoever asked has only the latter to get.
    let of = |rig: &Rig, desk: usize| {
        let all = rig.desks[desk].2.statements.iter();
        all.filter(|s| s.value().claim == Claim::Cancelled).count()
    };
    assert_eq!((of(&rig, duty), of(&rig, other)), (2, 1));
    rig.tick(1, THEN);
    rig.tick(1, parsed.header().expires.plus(1));
    assert_eq!(rig.got(police, &parsed), 0);
    assert_eq!(rig.problem(duty, &parsed), Some(Problem::Cancelled));
    rig.state(duty, digest, Claim::Cancelled);
    assert_eq!(rig.last_fault(duty), Some(ErrorCode::NotHeld));
    // The same submission again has no effect.
    rig.submit(duty, &parsed);
    rig.tick(1, THEN.plus(2));
    assert_eq!(rig.got(police, &parsed), 0);
}

#[test]
fn cancelling_comes_too_late_once_the_message_was_let_go() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.deferred(police, BORDER, Precedence::Routine, THEN);
    let digest = rig.submit(police, &parsed);
    rig.tick(0, THEN);
    rig.tick(1, THEN);
    rig.state(police, digest, Claim::Cancelled);
    assert_eq!(rig.last_fault(police), Some(ErrorCode::NotHeld));
    assert_eq!(rig.got(border, &parsed), 1);
    assert_eq!(rig.problem(police, &parsed), None);
    assert_eq!(rig.rung(police, &parsed), Rung::Delivered);
}

#[test]
fn nobody_else_cancels_a_held_message() {
    let mut rig = Rig::memory();
    let (duty, head, police) = (rig.desk(1, 0), rig.desk(1, 2), rig.desk(0, 0));
    rig.join();
    let parsed = rig.deferred(duty, "head@ops.border.xb", Precedence::Routine, THEN);
    let digest = rig.submit(duty, &parsed);
    rig.state(head, digest, Claim::Cancelled);
    assert_eq!(rig.last_fault(head), Some(ErrorCode::StatementNotEntitled));
    // At a relay that knows nothing of it.
    rig.state(police, digest, Claim::Cancelled);
    assert_eq!(rig.last_fault(police), Some(ErrorCode::NotHeld));
    rig.tick(1, THEN);
    assert_eq!(rig.got(head, &parsed), 1);
    assert_eq!(rig.rung(duty, &parsed), Rung::Delivered);
}

#[test]
fn ingress_holds_what_comes_before_its_own_clock_says_so() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.deferred(police, BORDER, Precedence::Routine, THEN);
    rig.submit(police, &parsed);
    rig.tick(0, THEN);
    assert_eq!(rig.rung(police, &parsed), Rung::Relayed);
    assert_eq!(rig.got(border, &parsed), 0);
    rig.restart(1, IndexKind::Memory);
    let border = rig.desk(1, 0);
    assert_eq!(rig.relays[1].next_wake(), Some(THEN));
    rig.tick(1, THEN);
    assert_eq!(rig.got(border, &parsed), 1);
}

#[test]
fn of_what_becomes_due_together_flash_goes_first() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    let order = [
        Precedence::Routine,
        Precedence::Immediate,
        Precedence::Flash,
        Precedence::Priority,
    ];
    for precedence in order {
        let parsed = rig.deferred(police, BORDER, precedence, THEN);
        rig.submit(police, &parsed);
    }
    rig.join();
    rig.tick(1, THEN);
    rig.tick(0, THEN);
    let came = rig.desks[border].2.envelopes.iter();
    let came: Vec<_> = came.map(|e| e.header().precedence).collect();
    let mut sorted = order.to_vec();
    sorted.sort_by_key(|p| std::cmp::Reverse(p.code()));
    assert_eq!(came, sorted);
}

#[test]
fn what_one_desk_may_have_held_is_bounded() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let device = rig.desks[police].2.device.clone();
    let first = rig.deferred(police, BORDER, Precedence::Routine, THEN);
    for _ in 0..crate::engine::deferral::HELD_PER_DESK_MAX {
        let next = rig.world.again(&device, &first).unwrap();
        rig.submit(police, &next);
    }
    assert_eq!(rig.desks[police].2.faults.len(), 0);
    rig.submit(police, &first);
    assert_eq!(rig.last_fault(police), Some(ErrorCode::TooManyWaiting));
    assert_eq!(rig.rung(police, &first), Rung::Queued);
    // What is not deferred still goes.
    let flag = rig.flag(police, &[BORDER], "now");
    rig.submit(police, &flag);
    assert_eq!(rig.rung(police, &flag), Rung::Accepted);
    rig.tick(0, THEN);
    rig.submit(police, &first);
    assert_eq!(rig.rung(police, &first), Rung::Accepted);
}

#[test]
fn held_message_of_a_device_that_was_suspended_is_cancelled_at_its_time() {
    let mut rig = Rig::memory();
    let (duty, other, head) = (rig.desk(1, 0), rig.desk(1, 1), rig.desk(1, 2));
    let parsed = rig.deferred(duty, "head@ops.border.xb", Precedence::Routine, THEN);
    rig.submit(duty, &parsed);
    let (device, by) = (&rig.desks[duty].2.device, &rig.desks[other].2.device);
    let suspension = Suspension {
        agency: device.desk.agency(),
        device: device.key.verifying_key().id(),
        desk: device.desk.clone(),
        by: by.desk.clone(),
        reason: 1,
        at: NOW,
    };
    let signed = Signed::sign(suspension, &[&by.key]).unwrap();
    rig.relays[1]
        .publish(NOW, &signed.encode().unwrap())
        .unwrap();
    rig.tick(1, THEN);
    assert_eq!(rig.got(head, &parsed), 0);
    assert_eq!(rig.problem(other, &parsed), Some(Problem::Cancelled));
}

#[test]
fn held_message_that_has_expired_while_its_relay_was_down_is_told_and_not_sent() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    let parsed = rig.deferred(police, BORDER, Precedence::Routine, THEN);
    rig.submit(police, &parsed);
    rig.tick(0, parsed.header().expires);
    rig.join();
    assert_eq!(rig.got(border, &parsed), 0);
    assert_eq!(rig.problem(police, &parsed), Some(Problem::Expired));
    assert_eq!(rig.relays[0].store().view().next_held_ms().unwrap(), None);
}

#[test]
fn message_that_outlived_the_rosters_it_names_is_judged_by_the_newest() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let then = NOW.plus(80 * HOUR_MS);
    let parsed = rig.deferred(police, BORDER, Precedence::Routine, then);
    rig.submit(police, &parsed);
    // Border replaces its roster; one of the two devices with a wrap has gone.
    let agency = &rig.world.border;
    let first = Signed::sign(agency.roster.clone(), &[&agency.roster_key]).unwrap();
    let gone = agency.devices[1].key.verifying_key().id();
    let mut roster: Roster = agency.roster.clone();
    (roster.number, roster.previous) = (2, Some(first.hash()));
    for desk in &mut roster.desks {
        desk.devices.retain(|device| device.key.id() != gone);
    }
    let roster = Signed::sign(roster, &[&agency.roster_key]).unwrap();
    let roster = roster.encode().unwrap();
    rig.relays[1].publish(NOW, &roster).unwrap();
    rig.run();
    rig.tick(1, then);
    rig.tick(0, then);
    assert_eq!(rig.problem(police, &parsed), None);
    assert_eq!(rig.got(border, &parsed), 1);
    let relayed = rig.desks[police].2.statements.iter().find_map(|s| {
        let Claim::Relayed { judged, .. } = &s.value().claim else {
            return None;
        };
        Some(judged.clone())
    });
    let judged = relayed.unwrap();
    assert_eq!(judged.rosters[0].number, 2);
    assert_eq!(
        judged.notes,
        [estafette_protocol::code::Note::SUPERSEDED_ROSTER]
    );
}
