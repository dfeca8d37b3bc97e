use super::*;
use crate::encoding::Signed;
use crate::receipt::tests::{
    CHIEF, DEPUTY, DUTY, M, SENDER, acknowledged, answered, closed, declined, extended, header,
    referred, retracted, says,
};
use crate::time::DAY_MS;
use proptest::prelude::*;
use std::collections::BTreeSet;

mod agree;

/// When the tests begin.
const START: u64 = 1_000 * DAY_MS;

fn desk(text: &str) -> Desk {
    text.parse().unwrap()
}

fn border() -> Agency {
    "border.xb".parse().unwrap()
}

fn police() -> Agency {
    "police.xa".parse().unwrap()
}

fn at(after: u64) -> Moment {
    UnixMillis(START + after).into()
}

/// To the deputy after 5 minutes of silence, to the chief after 15.
fn plan() -> ChainPlan {
    let step = |number, after, to| PlannedStep {
        number,
        after,
        to: desk(to),
    };
    ChainPlan {
        head: desk(DUTY),
        steps: vec![step(1, 5 * M, DEPUTY), step(2, 15 * M, CHIEF)],
        at_once: None,
    }
}

fn ingress() -> Watch {
    Watch::new(&header(), &border(), Side::Ingress, Precedence::Flash)
}

fn started() -> Watch {
    let mut watch = ingress();
    assert_eq!(watch.start(&border(), vec![plan()], None, at(0)), []);
    watch
}

fn egress() -> Watch {
    let mut watch = Watch::new(&header(), &police(), Side::Egress, Precedence::Flash);
    assert_eq!(watch.start(&police(), vec![], None, at(0)), []);
    watch
}

fn step(number: u8, to: &str, cause: Cause) -> Effect {
    Effect::Escalate {
        desk: desk(DUTY),
        step: number,
        to: desk(to),
        cause,
    }
}

fn overdue(clock: Clock, due: u64) -> Effect {
    Effect::Overdue {
        desk: desk(DUTY),
        clock,
        due: UnixMillis(START + due),
    }
}

/// A device of the desk says it so long after the start.
fn said(who: &str, after: u64, claim: Claim) -> Signed<Statement> {
    says(who, 1, START + after, claim)
}

fn until(after: u64) -> Claim {
    acknowledged(Some(START + after))
}

/// Ticks every minute of so many days and gives what was signed, with the minute.
fn run(watch: &mut Watch, said: &[Signed<Statement>], minutes: u64) -> Vec<(u64, Effect)> {
    let ticks = (0..=minutes).flat_map(|minute| {
        let effects = watch.advance(said, at(minute * M));
        effects.into_iter().map(move |effect| (minute, effect))
    });
    ticks.collect()
}

/// Covers ESC-11 and ESC-6.
#[test]
fn each_step_is_taken_once_in_three_days_of_silence() {
    let mut watch = started();
    let taken = run(&mut watch, &[], 3 * 24 * 60);
    let expected = [
        (5, step(1, DEPUTY, Cause::Silence)),
        (15, step(2, CHIEF, Cause::Silence)),
    ];
    assert_eq!(taken, expected);
    assert_eq!(watch.poll_timeout(), None);
}

/// Covers ESC-2 and ESC-6.
#[test]
fn each_clock_is_told_once_in_three_days() {
    let mut watch = egress();
    assert_eq!(
        watch.advance(&[], at(2 * M)),
        [overdue(Clock::Transport, 2 * M)]
    );
    watch.relayed(&border(), None, at(3 * M));
    let told = run(&mut watch, &[], 3 * 24 * 60);
    let expected = [
        (8, overdue(Clock::Acknowledge, 8 * M)),
        (63, overdue(Clock::Answer, 63 * M)),
    ];
    assert_eq!(told, expected);
    assert!(watch.is_over());
}

/// Covers ESC-2 and RCP-11: once a step has led to its deputy, whoever of the two acts has acted.
#[test]
fn word_of_the_desk_that_a_step_led_to_ends_the_clocks_of_the_head() {
    let escalated = Claim::Escalated {
        desk: desk(DUTY),
        step: 1,
        to: desk(DEPUTY),
        cause: Cause::Silence,
    };
    let escalated = says("border.xb", 1, START + 3 * M, escalated);
    let acknowledged = said(DEPUTY, 4 * M, acknowledged(None));
    let answered = said(DEPUTY, 50 * M, answered());
    let told = |heard: &[&Signed<Statement>]| {
        let mut watch = egress();
        watch.relayed(&border(), None, at(M));
        let heard: Vec<_> = heard.iter().copied().cloned().collect();
        run(&mut watch, &heard, 24 * 60)
    };
    let acknowledge = (6, overdue(Clock::Acknowledge, 6 * M));
    let answer = (61, overdue(Clock::Answer, 61 * M));
    let both = [acknowledge, answer.clone()];
    assert_eq!(told(&[&acknowledged, &answered]), both);
    assert_eq!(told(&[&escalated]), both);
    assert_eq!(told(&[&escalated, &acknowledged]), [answer]);
    assert_eq!(told(&[&answered, &escalated]), []);
}

/// Covers ESC-2, RCP-11: a desk that acknowledges and then gives it up has silenced nothing.
#[test]
fn deputy_that_acknowledges_and_then_declines_leaves_the_clock_of_the_head_to_run() {
    let escalated = Claim::Escalated {
        desk: desk(DUTY),
        step: 1,
        to: desk(DEPUTY),
        cause: Cause::Silence,
    };
    let mut heard = vec![says("border.xb", 1, START + 3 * M, escalated)];
    let mut watch = egress();
    watch.relayed(&border(), None, at(M));
    heard.push(said(DEPUTY, 4 * M, acknowledged(None)));
    assert_eq!(watch.advance(&heard, at(4 * M)), []);
    heard.push(said(DEPUTY, 5 * M, declined()));
    assert_eq!(watch.advance(&heard, at(5 * M)), []);
    let late = overdue(Clock::Acknowledge, 6 * M);
    assert_eq!(watch.poll_timeout(), Some(at(6 * M).steady));
    assert_eq!(watch.advance(&heard, at(6 * M)), [late]);
}

/// Covers RCP-11: within one agency the relay knows its own steps.
#[test]
fn word_said_before_the_relay_s_own_step_ends_the_clock_from_the_step_on() {
    let mut header = header();
    header.sender = desk("desk@port.border.xb");
    let mut watch = Watch::new(&header, &border(), Side::Egress, Precedence::Flash);
    let mut plan = plan();
    plan.steps[0].after = 4 * M;
    assert_eq!(watch.start(&border(), vec![plan], None, at(0)), []);
    let heard = [said(DEPUTY, M, acknowledged(None))];
    assert_eq!(watch.advance(&heard, at(M)), []);
    assert_eq!(watch.poll_timeout(), Some(at(4 * M).steady));
    let first = step(1, DEPUTY, Cause::Silence);
    assert_eq!(watch.advance(&heard, at(4 * M)), [first]);
    assert_eq!(watch.poll_timeout(), Some(at(60 * M).steady));
}

/// Covers ESC-3.
#[test]
fn transport_clock_is_the_precedence_s() {
    let times = [
        (Precedence::Flash, 2),
        (Precedence::Immediate, 15),
        (Precedence::Priority, 60),
        (Precedence::Routine, 480),
    ];
    for (precedence, minutes) in times {
        assert_eq!(transport_ms(precedence), minutes * M);
    }
}

/// Covers ESC-6.
#[test]
fn what_ran_out_while_the_relay_was_down_is_told_at_once_and_once() {
    let mut watch = started();
    let expected = [
        step(1, DEPUTY, Cause::Silence),
        step(2, CHIEF, Cause::Silence),
    ];
    assert_eq!(watch.advance(&[], at(9 * DAY_MS)), expected);
    assert_eq!(watch.advance(&[], at(9 * DAY_MS)), []);
}

/// Covers ESC-10.
#[test]
fn silence_of_a_deferred_message_is_not_counted_before_its_time() {
    let mut watch = ingress();
    let not_before = Some(UnixMillis(START + 60 * M));
    assert_eq!(watch.start(&border(), vec![plan()], not_before, at(0)), []);
    let taken = run(&mut watch, &[], 80);
    let expected = [
        (65, step(1, DEPUTY, Cause::Silence)),
        (75, step(2, CHIEF, Cause::Silence)),
    ];
    assert_eq!(taken, expected);
}

/// Covers ESC-12: a relay that let it go early has let its desk decline early.
#[test]
fn step_that_a_word_before_the_beginning_has_made_due_is_waited_for_until_then() {
    let mut watch = ingress();
    let not_before = Some(UnixMillis(START + 60 * M));
    assert_eq!(watch.start(&border(), vec![plan()], not_before, at(0)), []);
    let said = [said(DUTY, M, declined())];
    assert_eq!(watch.advance(&said, at(M)), []);
    assert_eq!(watch.poll_timeout(), Some(at(60 * M).steady));
    let first = step(1, DEPUTY, Cause::Declined);
    assert_eq!(watch.advance(&said, at(60 * M)), [first]);
}

/// Covers ESC-13.
#[test]
fn step_of_a_desk_that_is_not_staffed_waits_for_nothing_but_the_beginning() {
    let hurried = ChainPlan {
        at_once: Some(1),
        ..plan()
    };
    let mut watch = ingress();
    let taken = watch.start(&border(), vec![hurried.clone()], None, at(0));
    assert_eq!(taken, [step(1, DEPUTY, Cause::NotStaffed)]);
    let mut watch = ingress();
    let later = Some(UnixMillis(START + 10 * M));
    assert_eq!(watch.start(&border(), vec![hurried], later, at(0)), []);
    assert_eq!(watch.poll_timeout(), Some(UnixMillis(START + 10 * M)));
    let taken = run(&mut watch, &[], 12);
    assert_eq!(taken, [(10, step(1, DEPUTY, Cause::NotStaffed))]);
}

/// Covers ESC-10.
#[test]
fn silence_goes_on_where_a_promise_lapses() {
    let mut watch = started();
    let said = [said(DUTY, 2 * M, until(40 * M))];
    assert_eq!(watch.advance(&[], at(2 * M)), []);
    assert_eq!(watch.advance(&said, at(2 * M)), []);
    let next = UnixMillis(START + 43 * M);
    assert_eq!(watch.poll_timeout(), Some(next));
    let taken = run(&mut watch, &said, 43);
    assert_eq!(taken, [(43, step(1, DEPUTY, Cause::Silence))]);
}

/// Covers ESC-15.
#[test]
fn responders_hear_of_an_answer_that_ends_their_chain() {
    let mut watch = started();
    watch.advance(&[], at(5 * M));
    let said = [said(DEPUTY, 6 * M, answered())];
    assert_eq!(watch.advance(&said, at(6 * M)), []);
    assert_eq!(watch.fellows(&desk(DEPUTY)), [desk(DUTY)]);
    assert_eq!(watch.fellows(&desk(CHIEF)), []);
    assert!(watch.is_over());
}

/// Covers ESC-20 and ESC-22.
#[test]
fn step_that_is_asked_for_is_taken_once() {
    let mut watch = started();
    let duty = desk(DUTY);
    watch.can_ask((&duty, None), &duty, at(M)).unwrap();
    let taken = watch.ask(&duty, None, at(M));
    assert_eq!(taken, Some(step(1, DEPUTY, Cause::Asked)));
    assert_eq!(watch.ask(&duty, Some(1), at(M)), None);
    let again = watch.can_ask((&duty, Some(1)), &duty, at(M));
    assert_eq!(again, Err((ErrorCode::StepUnknown, "ESC-22")));
    let taken = run(&mut watch, &[], 60);
    assert_eq!(taken, [(15, step(2, CHIEF, Cause::Silence))]);
}

/// Covers ESC-21 and ESC-23.
#[test]
fn sender_asks_after_silence_and_others_only_as_responders() {
    let watch = started();
    let (duty, sender, deputy) = (desk(DUTY), desk(SENDER), desk(DEPUTY));
    let asks = |by: &Desk, after| watch.can_ask((&duty, None), by, at(after));
    let early = Err((ErrorCode::StepEarly, "ESC-21"));
    assert_eq!(asks(&sender, 5 * M - 1), early);
    assert_eq!(asks(&sender, 5 * M), Ok(()));
    let stranger = Err((ErrorCode::StatementNotEntitled, "ESC-23"));
    assert_eq!(asks(&deputy, 9 * M), stranger);
    assert_eq!(asks(&duty, 0), Ok(()));
}

/// Covers ESC-5.
#[test]
fn closing_ends_every_clock_for_good() {
    let said = [said(SENDER, M, closed())];
    for mut watch in [started(), egress()] {
        assert_eq!(watch.advance(&said, at(M)), []);
        assert!(watch.is_over());
        watch.relayed(&border(), None, at(2 * M));
        assert_eq!(watch.advance(&[], at(9 * DAY_MS)), []);
        assert_eq!(watch.poll_timeout(), None);
    }
}

/// Covers ESC-24.
#[test]
fn more_time_lies_ahead_within_a_year_and_of_an_answer_that_is_wanted() {
    let year = 365 * DAY_MS;
    let allowed = |header: &Header, until| {
        let signed = said(SENDER, 0, extended(DUTY, until));
        check_extension(header, signed.value()).is_ok()
    };
    let asking = header();
    let tried = [
        0,
        START,
        START + 1,
        START + year,
        START + year + 1,
        u64::MAX,
    ];
    let allowed_of_asking = tried.map(|until| allowed(&asking, until));
    assert_eq!(allowed_of_asking, [false, false, true, true, false, false]);
    let undemanding = Header {
        answer_within: None,
        ..header()
    };
    assert!(!allowed(&undemanding, START + 1));
}

#[test]
fn chain_of_255_steps_at_the_end_of_time_overflows_nothing() {
    let steps = (1..=u8::MAX).map(|number| PlannedStep {
        number,
        after: u64::MAX - u64::from(number % 2),
        to: desk(DEPUTY),
    });
    let plan = ChainPlan {
        steps: steps.collect(),
        ..plan()
    };
    let mut watch = ingress();
    let last: Moment = UnixMillis(u64::MAX).into();
    watch.start(&border(), vec![plan], None, UnixMillis(0).into());
    assert_eq!(watch.advance(&[], last).len(), 255);
    assert_eq!(watch.poll_timeout(), None);
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Event {
    Start { not_before: u64 },
    Relayed,
    Say(usize),
    Ask(Option<u8>),
    Over,
    Expired { had: bool },
    Tick,
}

/// What may be said, each at most once.
fn sayings() -> Vec<Signed<Statement>> {
    let ack = said(DUTY, M, until(20 * M));
    let escalated = Claim::Escalated {
        desk: desk(DUTY),
        step: 1,
        to: desk(DEPUTY),
        cause: Cause::Silence,
    };
    vec![
        ack.clone(),
        said(DUTY, 2 * M, retracted(&ack)),
        said(DUTY, 3 * M, acknowledged(None)),
        said(DUTY, 4 * M, declined()),
        said(DUTY, 5 * M, referred(CHIEF)),
        said(DEPUTY, 6 * M, until(30 * M)),
        said(DEPUTY, 7 * M, declined()),
        said(DEPUTY, 8 * M, referred(DUTY)),
        said(CHIEF, 9 * M, acknowledged(None)),
        said(SENDER, 10 * M, extended(DUTY, START + 90 * M)),
        said(SENDER, 11 * M, extended(DUTY, u64::MAX)),
        said(DEPUTY, 12 * M, answered()),
        said(DUTY, 13 * M, answered()),
        said(SENDER, 14 * M, closed()),
        says("border.xb", 1, START + 6 * M, escalated),
        said(DEPUTY, 15 * M, acknowledged(None)),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => prop_oneof![Just(0), 0..60 * M].prop_map(|not_before| Event::Start { not_before }),
        2 => Just(Event::Relayed),
        6 => (0..16_usize).prop_map(Event::Say),
        2 => prop::option::of(0..4_u8).prop_map(Event::Ask),
        1 => Just(Event::Over),
        1 => any::<bool>().prop_map(|had| Event::Expired { had }),
        8 => Just(Event::Tick),
    ]
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let after = prop_oneof![Just(0), 0..10 * M, 0..DAY_MS];
    prop::collection::vec((after, event()), 1..24)
}

/// A relay that watches, and what it has been told.
struct Relay {
    watch: Watch,
    own: Agency,
    said: Vec<Signed<Statement>>,
}

impl Relay {
    fn new(own: Agency, side: Side) -> Self {
        Self {
            watch: Watch::new(&header(), &own, side, Precedence::Flash),
            own,
            said: Vec::new(),
        }
    }

    fn take(&mut self, event: &Event, now: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Start { not_before } => {
                let not_before = Some(UnixMillis(START + not_before));
                let plans = vec![plan()];
                effects.extend(self.watch.start(&self.own, plans, not_before, now));
            }
            Event::Relayed => self.watch.relayed(&border(), None, now),
            Event::Say(number) => {
                let sayings = sayings();
                self.said.push(sayings[*number].clone());
            }
            Event::Ask(step) => effects.extend(self.watch.ask(&desk(DUTY), *step, now)),
            Event::Over => self.watch.end(|of| *of == desk(DUTY)),
            Event::Expired { had } => self.watch.expire(|_| *had),
            Event::Tick => {}
        }
        effects.extend(self.watch.advance(&self.said, now));
        effects
    }

    fn restart(&mut self) {
        let bytes = postcard::to_allocvec(&self.watch).unwrap();
        self.watch = postcard::from_bytes(&bytes).unwrap();
    }
}

fn sides() -> [(Agency, Side); 2] {
    [(border(), Side::Ingress), (police(), Side::Egress)]
}

/// What an effect is told once of (ESC-6).
fn key(effect: &Effect) -> (Desk, u8, Option<Clock>) {
    match effect {
        Effect::Escalate { desk, step, .. } => (desk.clone(), *step, None),
        Effect::Overdue { desk, clock, .. } => (desk.clone(), 0, Some(*clock)),
    }
}

proptest! {
    /// Covers ESC-6.
    #[test]
    fn nothing_is_told_twice_and_what_is_next_lies_ahead(events in events()) {
        for (own, side) in sides() {
            let mut relay = Relay::new(own, side);
            let (mut told, mut now) = (BTreeSet::new(), 0);
            for (after, event) in &events {
                now += after;
                for effect in relay.take(event, at(now)) {
                    prop_assert!(told.insert(key(&effect)), "{effect:?} twice");
                }
                let next = relay.watch.poll_timeout();
                prop_assert!(next.is_none_or(|next| next > UnixMillis(START + now)), "{next:?}");
            }
        }
    }

    /// Covers ESC-6: a relay that follows `poll_timeout` misses nothing that one sees which looks
    /// every moment.
    #[test]
    fn nothing_is_due_between_now_and_the_next_timeout(events in events(), part in 1..100_u64) {
        for (own, side) in sides() {
            let mut relay = Relay::new(own, side);
            let mut now = 0;
            for (after, event) in &events {
                now += after;
                relay.take(event, at(now));
            }
            let next = relay.watch.poll_timeout();
            let ahead = next.map_or(DAY_MS, |next| next.0 - START - now);
            let before = now + (ahead.saturating_sub(1)).min(9 * DAY_MS) / 100 * part;
            prop_assert_eq!(relay.watch.advance(&relay.said, at(before)), []);
        }
    }

    /// Covers ESC-1.
    #[test]
    fn watch_that_is_written_down_and_read_back_goes_on_the_same(events in events()) {
        for (own, side) in sides() {
            let (mut kept, mut restarted) = (Relay::new(own.clone(), side), Relay::new(own, side));
            let mut now = 0;
            for (after, event) in &events {
                now += after;
                restarted.restart();
                prop_assert_eq!(kept.take(event, at(now)), restarted.take(event, at(now)));
                prop_assert_eq!(&kept.watch, &restarted.watch);
            }
        }
    }

    /// Covers ESC-1: at which steady times steps are taken and clocks told does not depend on a wall
    /// clock that jumps an hour either way, where nobody has named a time of it.
    #[test]
    fn wall_clock_that_jumps_moves_no_step(
        ticks in prop::collection::vec((0..20 * M, -60..=60_i64), 1..24),
    ) {
        let side = |own: Agency, side| {
            let (mut steady, mut jumping) = (Relay::new(own.clone(), side), Relay::new(own, side));
            let start = Event::Start { not_before: 0 };
            prop_assert_eq!(steady.take(&start, at(0)), jumping.take(&start, at(0)));
            let mut now = 0;
            for (after, minutes) in &ticks {
                now += after;
                let wall = (START + now).saturating_add_signed(minutes * 60_000);
                let moved = Moment { wall: UnixMillis(wall), ..at(now) };
                let (one, other) = (steady.take(&Event::Tick, at(now)), jumping.take(&Event::Tick, moved));
                prop_assert_eq!(one, other);
                prop_assert_eq!(steady.watch.poll_timeout(), jumping.watch.poll_timeout());
            }
            Ok(())
        };
        for (own, of) in sides() {
            side(own, of)?;
        }
    }
}
