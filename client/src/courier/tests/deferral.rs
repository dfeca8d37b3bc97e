//! Deferred messages between real engines, as a person at the sending desk sees them.

use super::*;
use crate::deferral::{DeferralError, Taken, outcome, take_back};
use crate::store::{Fate, Message};
use crate::view::{self, Side, Turn, is_dropped};
use estafette_protocol::time::HOUR_MS;

const POLICE: &str = "duty@spoc.police.xa";

impl Net {
    pub(super) fn message(&self, at: usize, digest: &Hash) -> Option<Message> {
        self.devices[at].account.store.message(digest).unwrap()
    }

    fn take_back(&self, at: usize, digest: &Hash) -> Result<Taken, DeferralError> {
        let message = self.message(at, digest).unwrap();
        take_back(&self.devices[at].account, &message, self.now)
    }

    fn view(&self, at: usize, digest: &Hash) -> view::Item {
        let message = self.message(at, digest).unwrap();
        let links = view::Links::default();
        view::item(message, self.devices[at].account.desk(), &links, self.now)
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.now = self.now.plus(ms);
        for relay in 0..2 {
            self.input(relay, Input::Tick);
        }
        self.settle();
    }
}

#[test]
fn deferred_message_is_held_then_delivered() {
    let mut net = Net::joined();
    let until = net.now.plus(HOUR_MS);
    let digest = net.flag_at(0, &[DUTY], (Precedence::Flash, true), Some(until));
    net.settle();
    net.pass(HOUR_MS / 2);
    let item = net.view(0, &digest);
    assert_eq!(item.rows[0].sides, [Side::Held { until }]);
    assert_eq!(item.turn, Turn::Nobody);
    assert!(net.message(1, &digest).is_none());
    net.pass(HOUR_MS / 2);
    assert_eq!(net.rung(0, &digest), Rung::Delivered);
    let item = net.view(0, &digest);
    assert_eq!(item.turn, Turn::Theirs);
    // The clock of the acknowledgement has begun with the time and not with the sending.
    assert!(!item.rows[0].sides.contains(&Side::Overdue));
    assert!(item.rows[0].due.unwrap() >= until);
    let late = net.take_back(0, &digest);
    assert!(matches!(late, Err(DeferralError::TooLate)));
}

#[test]
fn colleague_takes_a_held_message_back_and_both_devices_know() {
    let mut net = Net::joined();
    let until = net.now.plus(HOUR_MS);
    let digest = net.flag_at(1, &[POLICE], (Precedence::Routine, true), Some(until));
    net.settle();
    assert!(matches!(net.take_back(2, &digest), Ok(Taken::Asked)));
    assert!(outcome(&net.message(2, &digest).unwrap(), net.now).is_none());
    net.settle();
    for at in [1, 2] {
        let message = net.message(at, &digest).unwrap();
        assert!(is_dropped(&message));
        assert!(matches!(
            outcome(&message, net.now),
            Some(Ok(Taken::Dropped))
        ));
        let item = net.view(at, &digest);
        assert_eq!(item.rows[0].sides, [Side::Cancelled]);
        assert_eq!(item.turn, Turn::Nobody);
        assert_eq!(net.outbox_len(at), 0);
    }
    assert!(matches!(net.take_back(1, &digest), Ok(Taken::Dropped)));
    net.pass(2 * HOUR_MS);
    assert!(net.message(0, &digest).is_none());
}

#[test]
fn wish_that_comes_too_late_is_told() {
    let mut net = Net::joined();
    let until = net.now.plus(HOUR_MS);
    let digest = net.flag_at(0, &[DUTY], (Precedence::Routine, true), Some(until));
    net.settle();
    net.disconnect(0);
    assert!(matches!(net.take_back(0, &digest), Ok(Taken::Asked)));
    assert!(
        net.view(0, &digest).rows[0]
            .sides
            .contains(&Side::Cancelling)
    );
    net.pass(HOUR_MS);
    net.connect(0);
    net.settle();
    assert_eq!(net.rung(0, &digest), Rung::Delivered);
    let message = net.message(0, &digest).unwrap();
    assert!(matches!(
        outcome(&message, net.now),
        Some(Err(DeferralError::TooLate))
    ));
    assert!(
        !net.view(0, &digest).rows[0]
            .sides
            .contains(&Side::Cancelling)
    );
    assert_eq!(net.outbox_len(0), 0);
    let faults = net.devices[0].events.iter();
    let not_held = |event: &&Event| {
        matches!(
            event,
            Event::Fault {
                code: Some(ErrorCode::NotHeld),
                id: Some(_)
            }
        )
    };
    assert_eq!(faults.filter(not_held).count(), 1);
}

#[test]
fn deferred_message_that_never_left_is_just_taken_out_of_the_outbox() {
    let mut net = Net::joined();
    net.disconnect(0);
    let until = net.now.plus(HOUR_MS);
    let digest = net.flag_at(0, &[DUTY], (Precedence::Routine, true), Some(until));
    assert!(matches!(net.take_back(0, &digest), Ok(Taken::Unsent)));
    assert_eq!(net.outbox_len(0), 0);
    let message = net.message(0, &digest).unwrap();
    assert_eq!(message.record.fate, Fate::Cancelled);
    net.connect(0);
    net.pass(2 * HOUR_MS);
    assert!(net.message(1, &digest).is_none());
    let meant = net.flag(0, &[DUTY], Precedence::Flash, true);
    net.settle();
    let error = net.take_back(0, &meant);
    assert!(matches!(error, Err(DeferralError::NotDeferred)));
    let error = net.take_back(1, &meant);
    assert!(matches!(error, Err(DeferralError::NotOurs)));
}
