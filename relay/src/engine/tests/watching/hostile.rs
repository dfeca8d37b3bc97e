//! What devices and peers may try against clocks and chains, and what must come of it.

use super::super::life::suspension;
use super::*;
use crate::store::Store;

impl Watched {
    /// A statement of border's relay that its engine did not make, as police's relay gets it.
    fn forge(&mut self, parsed: &Parsed, claim: Claim) {
        let border = &self.rig.world.border;
        let key = border.relay_statement.clone();
        let signer = Signer {
            agency: border.agency.clone(),
            desk: None,
            key: key.verifying_key().id(),
        };
        let extensions = Extensions::default();
        let (subject, at) = (parsed.digest(), self.rig.now);
        let forged = Statement {
            subject,
            at,
            signer,
            claim,
            extensions,
        };
        let signed = statement::sign(forged, &key).unwrap();
        let item = Item::Statement(signed.encode().unwrap().into());
        // Far from the numbers that border's relay has used on this link.
        let number = 1_000_000 + self.rig.now.since(NOW);
        self.rig.feed(0, JOIN, &Frame::Deliver { number, item });
        self.rig.run();
    }

    /// Says something of these messages as often as one key may, at different times.
    fn insists(&mut self, desk: usize, messages: &[&Parsed], claim: &Claim) {
        for parsed in messages {
            for _ in 0..8 {
                self.rig.now = self.rig.now.plus(1_000);
                self.says(desk, parsed, claim.clone());
            }
        }
    }

    /// How often a relay has written down what it watches.
    fn written(&self, at: usize) -> usize {
        let mut written = 0;
        self.rig.relays[at]
            .store()
            .replay(&mut |entry| {
                let watched = matches!(entry.head.record, Record::Watched { .. });
                written += usize::from(watched);
            })
            .unwrap();
        written
    }
}

/// Covers ESC-20, ESC-22: what the relay that passes it on cannot know is no fault of that relay.
#[test]
fn device_that_asks_for_steps_that_there_are_not_cannot_have_the_link_to_a_peer_closed() {
    let mut all = Watched::new();
    let (first, second) = (all.request(), all.request());
    let ask = Claim::EscalationAsked {
        desk: BORDER.parse().unwrap(),
        step: Some(200),
    };
    all.insists(all.police, &[&first, &second], &ask);
    assert_eq!(all.rig.closed, []);
    let third = all.request();
    assert_eq!(all.rig.got(all.border, &third), 1);
}

/// Covers STA-16, ESC-25: the desks of other agencies are not known any more when the body is gone.
#[test]
fn reminder_of_what_has_expired_is_no_fault_of_the_relay_that_passes_it_on() {
    let mut all = Watched::new();
    let hour = NOW.plus(HOUR_MS);
    let change = |header: &mut Header| {
        header.expires = hour;
        *header = with(header.clone(), &[CHIEF_DESK], Role::Info);
    };
    let (first, second) = (all.request_with(change), all.request_with(change));
    all.wait(NOW.plus(2 * HOUR_MS));
    let mut desks: Vec<_> = [BORDER, CHIEF_DESK].map(|d| d.parse().unwrap()).into();
    desks.sort();
    all.insists(all.police, &[&first, &second], &Claim::Reminded { desks });
    assert_eq!(all.rig.closed, []);
    let said = all.rig.desks[all.border].2.statements.iter();
    let reminded = said.filter(|s| matches!(s.value().claim, Claim::Reminded { .. }));
    assert_eq!(reminded.count(), 16);
}

/// Covers ESC-5: the relay of an addressee cannot end clocks by what it says of a message that its
/// desk has.
#[test]
fn peer_that_calls_a_delivered_message_expired_stops_no_clock() {
    let mut all = Watched::new();
    let parsed = all.request();
    assert_eq!(
        all.rig.rung_at(BORDER, all.police, &parsed),
        Rung::Delivered
    );
    let desk = BORDER.parse().unwrap();
    all.forge(&parsed, Claim::Expired { desk });
    all.wait(NOW.plus(9 * HOUR_MS));
    let clocks = [Clock::Acknowledge, Clock::Answer].map(|clock| (BORDER.to_owned(), clock));
    assert_eq!(all.overdue(all.police, &parsed), clocks);
}

/// Covers ESC-5, STA-13: nor by refusing what it has said it has.
#[test]
fn peer_that_refuses_a_message_that_it_has_relayed_stops_no_clock() {
    let mut all = Watched::new();
    let parsed = all.request();
    let refused = Claim::Refused {
        code: ErrorCode::NoRoute.number(),
        clause: estafette_protocol::encoding::Text::new("ADM-5").unwrap(),
        first: None,
    };
    all.forge(&parsed, refused);
    all.wait(NOW.plus(9 * HOUR_MS));
    let clocks = [Clock::Acknowledge, Clock::Answer].map(|clock| (BORDER.to_owned(), clock));
    assert_eq!(all.overdue(all.police, &parsed), clocks);
}

/// Covers RCP-10, ESC-10: relays and devices count the same statements.
#[test]
fn acknowledgement_counts_on_when_its_device_is_suspended_and_a_colleague_takes_it_back() {
    let mut all = Watched::new();
    let colleague = all.rig.desk(1, 1);
    let parsed = all.request();
    all.acknowledges(all.border, &parsed, None);
    let statements = &all.rig.desks[all.police].2.statements;
    let acknowledgement = statements.last().unwrap().hash();
    let device = |all: &Watched, desk: usize| all.rig.desks[desk].2.device.clone();
    let object = suspension(&device(&all, all.border), &device(&all, colleague));
    all.publishes(colleague, object);
    // Something else is said, so that both relays look again.
    let (desk, until) = (BORDER.parse().unwrap(), NOW.plus(9 * HOUR_MS));
    all.says(all.police, &parsed, Claim::Extended { desk, until });
    all.wait(NOW.plus(HOUR_MS));
    assert_eq!(all.steps(&parsed), []);
    assert_eq!(all.overdue(all.police, &parsed), []);
    let remark = None;
    let retracted = Claim::Retracted {
        acknowledgement,
        remark,
    };
    all.says(colleague, &parsed, retracted);
    all.wait(NOW.plus(90 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
}

/// Covers ESC-5, ESC-6.
#[test]
fn nobody_is_called_to_a_message_that_expired_while_the_relay_was_down() {
    let mut all = Watched::new();
    let parsed = all.request_with(|header| header.expires = NOW.plus(HOUR_MS));
    all.rig.now = NOW.plus(2 * HOUR_MS);
    all.rig.restart(1, IndexKind::Memory);
    all.rig.tick(1, all.rig.now);
    let view = all.rig.relays[1].store().view();
    let said = view.statements(&parsed.digest().0).unwrap();
    let read = |leaf| statement::decode(&all.rig.relays[1].store().read(leaf).unwrap()).unwrap();
    let said: Vec<_> = said.into_iter().map(read).collect();
    let words: Vec<_> = said.iter().map(|s| s.value().claim.word()).collect();
    assert!(!words.contains(&"escalated"), "{words:?}");
}

/// Covers ESC-5, ESC-22: nor by what is said before the tick that tells that it has expired.
#[test]
fn nobody_is_called_to_what_has_expired_by_what_is_said_before_that_is_told() {
    let mut all = Watched::new();
    let parsed = all.request_with(|header| header.expires = NOW.plus(HOUR_MS));
    all.rig.now = NOW.plus(2 * HOUR_MS);
    let (desk, until) = (BORDER.parse().unwrap(), NOW.plus(9 * HOUR_MS));
    all.says(all.police, &parsed, Claim::Extended { desk, until });
    let ask = Claim::EscalationAsked {
        desk: BORDER.parse().unwrap(),
        step: None,
    };
    all.says(all.border, &parsed, ask);
    assert_eq!(all.fault(all.border), Some(ErrorCode::StepUnknown));
    assert_eq!(all.steps(&parsed), []);
    assert_eq!(all.rig.got(all.head, &parsed), 0);
}

/// Covers STA-24: what was said while a message was kept back follows it.
#[test]
fn extension_that_was_given_before_a_message_goes_reaches_its_addressees() {
    let mut all = Watched::new();
    let parsed = all.request_with(|header| header.not_before = Some(NOW.plus(HOUR_MS)));
    let (desk, until) = (BORDER.parse().unwrap(), NOW.plus(20 * HOUR_MS));
    all.says(all.police, &parsed, Claim::Extended { desk, until });
    // There is no chain yet of which a step could be taken.
    let ask = Claim::EscalationAsked {
        desk: BORDER.parse().unwrap(),
        step: None,
    };
    all.says(all.police, &parsed, ask);
    assert_eq!(all.fault(all.police), Some(ErrorCode::StepUnknown));
    all.wait(NOW.plus(HOUR_MS));
    let said = all.rig.desks[all.border].2.statements.iter();
    let words: Vec<_> = said.map(|s| s.value().claim.word()).collect();
    assert!(words.contains(&"extended"), "{words:?}");
}

/// Covers ESC-18: who has not got a message has nothing to say of it.
#[test]
fn standby_has_no_word_before_its_step() {
    let mut all = Watched::new();
    let parsed = all.request();
    let digest = parsed.digest();
    let remark = None;
    let words = [
        Claim::Acknowledged {
            until: None,
            remark: None,
        },
        Claim::Answered { answer: digest },
        Claim::Declined { ground: 1, remark },
    ];
    for word in words {
        all.rig.desks[all.head].2.faults.clear();
        all.says(all.head, &parsed, word);
        assert_eq!(all.fault(all.head), Some(ErrorCode::StatementNotEntitled));
    }
    assert_eq!(all.rig.rung_at(HEAD, all.police, &parsed), Rung::Relayed);
    all.wait(NOW.plus(30 * MINUTE_MS));
    all.rig.desks[all.head].2.faults.clear();
    all.acknowledges(all.head, &parsed, None);
    assert_eq!(all.fault(all.head), None);
    assert_eq!(
        all.rig.rung_at(HEAD, all.police, &parsed),
        Rung::Acknowledged
    );
}

/// A watch is as long as its addressees are many: what changes nothing writes nothing.
#[test]
fn statement_that_changes_no_clock_makes_no_relay_write_its_watch_again() {
    let mut all = Watched::new();
    let parsed = all.request();
    let before = [all.written(0), all.written(1)];
    for minute in 1..=6 {
        all.wait(NOW.plus(minute * MINUTE_MS));
        let (desk, until) = (BORDER.parse().unwrap(), NOW.plus(HOUR_MS));
        all.says(all.police, &parsed, Claim::Extended { desk, until });
    }
    assert_eq!([all.written(0), all.written(1)], before);
    all.wait(NOW.plus(30 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
}
