//! Clocks and silence, over virtual days.

use super::release::{CHIEF_DESK, with};
use super::*;
use estafette_protocol::duty::{Duty, Entry};
use estafette_protocol::encoding::Object;
use estafette_protocol::envelope::Role;
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::rules::{Copies, Row, Rules, Step, StepTo};
use estafette_protocol::testing::{plain_row, rules};
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS};

mod crash;
mod hostile;
mod moved;
mod said;

const HEAD: &str = "head@ops.border.xb";
const WATCH_DESK: &str = "watch@coast.border.xb";

/// Who acts on silence, and after how long: head of the unit, then a desk of the coast.
fn table() -> Rules {
    let mut request = plain_row("request", &[2, 3, 4]).unwrap();
    request.copies = vec![];
    request.acknowledge_within = Some(30 * MINUTE_MS);
    request.answer_within = Some(8 * HOUR_MS);
    request.escalation = vec![
        Step {
            after: 30 * MINUTE_MS,
            to: StepTo::Deputy,
        },
        Step {
            after: 2 * HOUR_MS,
            to: StepTo::Superior,
        },
    ];
    let flag = Row {
        acknowledge_within: Some(5 * MINUTE_MS),
        escalation: vec![Step {
            after: 5 * MINUTE_MS,
            to: StepTo::Deputy,
        }],
        copies: vec![Copies::Skipped, Copies::OwnGateway, Copies::PeerGateway],
        ..plain_row("flag", &[1]).unwrap()
    };
    rules(vec![flag, request])
}

/// `duty@ops` of border is stood in for by `head@ops`, and below `watch@coast`.
fn world() -> World {
    let mut world = World::with_rules("watching", NOW, &table()).unwrap();
    world.enlarge_border(&["watch@coast"]).unwrap();
    world
        .border
        .amend(|roster| {
            let duty = roster.desks.iter_mut().find(|e| e.desk.as_str() == BORDER);
            let duty = duty.unwrap();
            duty.deputies = vec![HEAD.parse().unwrap()];
            duty.superior = Some(WATCH_DESK.parse().unwrap());
        })
        .unwrap();
    world.agree(&table()).unwrap();
    world
}

/// The two relays with the sender's duty, its chief, and three desks of border.
struct Watched {
    rig: Rig,
    police: usize,
    border: usize,
    head: usize,
    coast: usize,
}

impl Watched {
    fn new() -> Self {
        Self::of(IndexKind::Memory)
    }

    fn of(index: IndexKind) -> Self {
        let mut rig = Rig::of(world(), index);
        let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
        let (head, coast) = (rig.desk(1, 2), rig.desk(1, 3));
        rig.join();
        Self {
            rig,
            police,
            border,
            head,
            coast,
        }
    }

    /// A request to border's duty desk, with those standing by to whom silence leads.
    fn request(&mut self) -> Parsed {
        self.request_with(|_| {})
    }

    fn request_with(&mut self, change: impl FnOnce(&mut Header)) -> Parsed {
        let device = self.rig.desks[self.police].2.device.clone();
        let mut header = self
            .rig
            .world
            .header(&device, &[BORDER], Precedence::Priority);
        header.format = 4;
        header.acknowledge_within = Some(30 * MINUTE_MS);
        header.answer_within = Some(8 * HOUR_MS);
        let mut header = with(header, &[HEAD, WATCH_DESK], Role::Standby);
        change(&mut header);
        let parsed = self.rig.sealed(self.police, header);
        self.rig.submit(self.police, &parsed);
        parsed
    }

    /// Lets time pass for both relays, waking each when it asks for it.
    fn wait(&mut self, until: UnixMillis) {
        self.rig.wait(until);
    }

    fn says(&mut self, desk: usize, parsed: &Parsed, claim: Claim) {
        let now = self.rig.now;
        self.rig.state_now(desk, now, parsed.digest(), claim);
    }

    fn acknowledges(&mut self, desk: usize, parsed: &Parsed, until: Option<UnixMillis>) {
        let remark = None;
        self.says(desk, parsed, Claim::Acknowledged { until, remark });
    }

    /// The steps that the sender has been told of.
    fn steps(&self, parsed: &Parsed) -> Vec<(u8, String, Cause)> {
        self.steps_at(self.police, parsed)
    }

    fn steps_at(&self, desk: usize, parsed: &Parsed) -> Vec<(u8, String, Cause)> {
        let all = self.rig.desks[desk].2.statements.iter();
        let about = all.filter(|s| s.value().subject == parsed.digest());
        let steps = about.filter_map(|s| match &s.value().claim {
            Claim::Escalated {
                step, to, cause, ..
            } => Some((*step, to.as_str().to_owned(), *cause)),
            _ => None,
        });
        steps.collect()
    }

    /// The clocks of which a desk was told that they ran out.
    fn overdue(&self, desk: usize, parsed: &Parsed) -> Vec<(String, Clock)> {
        let all = self.rig.desks[desk].2.statements.iter();
        let about = all.filter(|s| s.value().subject == parsed.digest());
        let clocks = about.filter_map(|s| match &s.value().claim {
            Claim::Overdue { desk, clock, .. } => Some((desk.as_str().to_owned(), *clock)),
            _ => None,
        });
        clocks.collect()
    }

    fn fault(&self, desk: usize) -> Option<ErrorCode> {
        self.rig.last_fault(desk)
    }
}

impl Rig {
    /// Lets time pass, waking every relay when it asks for it, a few times each moment at most.
    pub(super) fn wait(&mut self, until: UnixMillis) {
        for _ in 0..1_000 {
            let wakes = self.relays.iter().filter_map(Engine::next_wake);
            let next = wakes.min().filter(|wake| *wake <= until);
            self.now = next.unwrap_or(until).max(self.now);
            for relay in &mut self.relays {
                relay.handle(self.now, Input::Tick).unwrap();
            }
            self.run();
            if next.is_none() {
                return;
            }
        }
        panic!("a relay asks to be woken for ever");
    }

    pub(super) fn state_now(&mut self, from: usize, at: UnixMillis, subject: Hash, claim: Claim) {
        let (relay, link, desk) = &mut self.desks[from];
        let (relay, link, frame) = (*relay, *link, desk.state_at(at, subject, claim));
        self.feed(relay, link, &frame);
        self.run();
    }
}

fn step(number: u8, to: &str, cause: Cause) -> (u8, String, Cause) {
    (number, to.to_owned(), cause)
}

/// Covers ESC-10, ESC-11, ESC-14, ESC-15, HND-23.
fn silence_leads_on(index: IndexKind) {
    let mut all = Watched::of(index);
    let parsed = all.request();
    assert_eq!(all.rig.got(all.border, &parsed), 1);
    assert_eq!(all.rig.got(all.head, &parsed), 0);
    all.wait(NOW.plus(30 * MINUTE_MS - 1));
    assert_eq!(all.steps(&parsed), []);
    all.wait(NOW.plus(30 * MINUTE_MS));
    let first = step(1, HEAD, Cause::Silence);
    assert_eq!(all.steps(&parsed), std::slice::from_ref(&first));
    // The desk gets envelope and wrap, and both desks are told.
    assert_eq!(all.rig.got(all.head, &parsed), 1);
    assert_eq!(all.rig.desks[all.head].2.wraps.len(), 1);
    for desk in [all.border, all.head] {
        assert_eq!(all.steps_at(desk, &parsed), std::slice::from_ref(&first));
    }
    assert_eq!(all.steps_at(all.coast, &parsed), []);
    all.wait(NOW.plus(2 * HOUR_MS));
    let second = step(2, WATCH_DESK, Cause::Silence);
    assert_eq!(all.steps(&parsed), [first, second]);
    assert_eq!(all.rig.got(all.coast, &parsed), 1);
    all.wait(NOW.plus(20 * HOUR_MS));
    assert_eq!(all.steps(&parsed).len(), 2);
    assert_eq!(
        all.overdue(all.police, &parsed),
        [
            (BORDER.to_owned(), Clock::Acknowledge),
            (BORDER.to_owned(), Clock::Answer)
        ]
    );
}

#[test]
fn silence_leads_to_the_deputy_and_then_to_the_superior_each_once() {
    silence_leads_on(IndexKind::Memory);
}

#[test]
fn silence_leads_on_alike_with_the_index_in_sled() {
    silence_leads_on(IndexKind::Sled(SledOptions::default()));
}

/// Covers ESC-2, ESC-6.
#[test]
fn dead_relay_is_told_of_by_ones_own_within_the_transport_clock() {
    let mut all = Watched::new();
    let chief = all.rig.desk(0, 1);
    all.rig.part();
    let parsed = all.request();
    all.wait(NOW.plus(HOUR_MS - 1));
    assert_eq!(all.overdue(all.police, &parsed), []);
    all.wait(NOW.plus(HOUR_MS));
    let transport = [(BORDER.to_owned(), Clock::Transport)];
    // The sender is its agency's gateway, and chief@hq its superior.
    assert_eq!(all.overdue(all.police, &parsed), transport);
    assert_eq!(all.overdue(chief, &parsed), transport);
    all.wait(NOW.plus(20 * HOUR_MS));
    assert_eq!(all.overdue(all.police, &parsed), transport);
}

/// Covers ESC-5.
#[test]
fn superseded_message_is_watched_no_more_for_whom_the_new_one_addresses() {
    let mut all = Watched::new();
    let parsed = all.request();
    let before = parsed.digest();
    let after = all.request_with(|header| header.supersedes = Some(before));
    all.wait(NOW.plus(9 * HOUR_MS));
    assert_eq!(all.steps(&parsed), []);
    assert_eq!(all.overdue(all.police, &parsed), []);
    assert_eq!(all.steps(&after).len(), 2);
    assert_eq!(all.overdue(all.police, &after).len(), 2);
}

/// Covers ESC-17.
#[test]
fn test_message_is_not_escalated() {
    let mut all = Watched::new();
    let parsed =
        all.request_with(|header| header.status = estafette_protocol::precedence::Status::Test);
    assert_eq!(all.rig.got(all.border, &parsed), 1);
    all.wait(NOW.plus(9 * HOUR_MS));
    assert_eq!(all.steps(&parsed), []);
}

/// Covers ESC-5: what was not delivered when the message expires is not watched any more.
#[test]
fn expired_message_is_not_escalated_and_its_answer_is_awaited_of_who_has_it() {
    let mut all = Watched::new();
    let parsed = all.request_with(|header| header.expires = NOW.plus(HOUR_MS));
    all.wait(NOW.plus(9 * HOUR_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
    let clocks = all.overdue(all.police, &parsed);
    assert_eq!(clocks.last(), Some(&(BORDER.to_owned(), Clock::Answer)));
}

/// A duty signed by a device.
fn duty(of: &TestDevice, desk: &str, at: UnixMillis, entry: Entry) -> Vec<u8> {
    let duty = Duty {
        desk: desk.parse().unwrap(),
        by: of.desk.clone(),
        issued: at,
        entry,
        extensions: Extensions::default(),
    };
    Signed::sign(duty, &[&of.key]).unwrap().encode().unwrap()
}

impl Watched {
    fn publishes(&mut self, desk: usize, object: Vec<u8>) {
        let (at, link) = (self.rig.desks[desk].0, self.rig.desks[desk].1);
        let object = object.into();
        self.rig.feed(at, link, &Frame::Publish { object });
        self.rig.run();
    }

    fn absent(&mut self, desk: usize, deputy: Option<&str>) {
        let device = self.rig.desks[desk].2.device.clone();
        let name = device.desk.as_str().to_owned();
        let entry = Entry::Absent {
            until: self.rig.now.plus(DAY_MS),
            deputy: deputy.map(|desk| desk.parse().unwrap()),
            summary: None,
        };
        let object = duty(&device, &name, self.rig.now, entry);
        self.publishes(desk, object);
    }

    fn flash(&mut self) -> Parsed {
        self.request_with(|header| {
            header.format = 1;
            header.precedence = Precedence::Flash;
            header.acknowledge_within = Some(5 * MINUTE_MS);
            header.answer_within = None;
            header.addressees.retain(|a| a.desk.as_str() != WATCH_DESK);
            *header = with(header.clone(), &[CHIEF_DESK], Role::Info);
        })
    }
}

/// Covers ESC-13, DTY-9, DTY-10.
#[test]
fn flash_to_a_desk_that_is_not_staffed_goes_to_its_deputy_at_once() {
    let mut all = Watched::new();
    all.absent(all.border, Some(HEAD));
    // The other agency's devices are told, and so is who signed.
    for desk in [all.police, all.border] {
        let got = all.rig.desks[desk].2.published.iter();
        let duties = got.filter(|o| {
            let signed: estafette_protocol::encoding::SignedObject = decode(o).unwrap();
            signed.inner_kind().unwrap() == Duty::KIND
        });
        assert_eq!(duties.count(), 1);
    }
    let parsed = all.flash();
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::NotStaffed)]);
    assert_eq!(all.rig.got(all.head, &parsed), 1);
    all.wait(NOW.plus(HOUR_MS));
    assert_eq!(all.steps(&parsed).len(), 1);
    // What is not a flash takes its time.
    let request = all.request();
    assert_eq!(all.steps(&request), []);
}

/// Covers DTY-4 to DTY-7.
#[test]
fn absence_is_refused_whose_deputy_is_not_there_or_leads_back() {
    let mut all = Watched::new();
    all.absent(all.head, None);
    assert_eq!(all.fault(all.head), None);
    all.absent(all.border, Some(HEAD));
    assert_eq!(all.fault(all.border), Some(ErrorCode::NotStaffed));
    all.absent(all.border, Some("nobody@ops.border.xb"));
    assert_eq!(all.fault(all.border), Some(ErrorCode::DeputyUnknown));
    let mut all = Watched::new();
    all.absent(all.border, Some(HEAD));
    all.absent(all.head, Some(BORDER));
    assert_eq!(all.fault(all.head), Some(ErrorCode::DeputyCycle));
    let directory = all.rig.relays[1].directory();
    let head = HEAD.parse().unwrap();
    assert!(directory.staffing(&head, NOW).is_staffed());
}
