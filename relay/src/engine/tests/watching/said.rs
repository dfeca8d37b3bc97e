//! What addressees and senders say, and what it does to clocks and chains.

use super::*;

fn declined() -> Claim {
    Claim::Declined {
        ground: 1,
        remark: None,
    }
}

/// Covers ESC-10, RCP-2.
#[test]
fn acknowledgement_stops_the_silence_until_it_lapses() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.wait(NOW.plus(10 * MINUTE_MS));
    let until = all.rig.now.plus(HOUR_MS);
    all.acknowledges(all.border, &parsed, Some(until));
    all.wait(until.plus(19 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), []);
    // Ten minutes were silent before, twenty are after.
    all.wait(until.plus(20 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
    // The deputy takes it on; the rest of the chain waits for its promise.
    let until = all.rig.now.plus(2 * HOUR_MS);
    all.acknowledges(all.head, &parsed, Some(until));
    all.wait(until.plus(89 * MINUTE_MS));
    assert_eq!(all.steps(&parsed).len(), 1);
    all.wait(until.plus(90 * MINUTE_MS));
    assert_eq!(all.steps(&parsed).len(), 2);
}

/// Covers ESC-2: an acknowledgement in time, and a late answer.
#[test]
fn late_answer_is_told_as_overdue_once_and_then_kept() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.acknowledges(all.border, &parsed, None);
    all.wait(NOW.plus(30 * HOUR_MS));
    let answer = (BORDER.to_owned(), Clock::Answer);
    assert_eq!(
        all.overdue(all.police, &parsed),
        std::slice::from_ref(&answer)
    );
    let digest = parsed.digest();
    all.says(all.border, &parsed, Claim::Answered { answer: digest });
    all.wait(NOW.plus(40 * HOUR_MS));
    assert_eq!(all.overdue(all.police, &parsed), [answer]);
    assert_eq!(all.rig.rung_at(BORDER, all.police, &parsed), Rung::Answered);
}

/// Covers ESC-2, RCP-11: the desk is not staffed, and its deputy acts in time or not at all.
#[test]
fn deputy_who_acts_in_time_spares_the_sender_an_alarm() {
    for acts in [true, false] {
        let mut all = Watched::new();
        all.absent(all.border, Some(HEAD));
        let parsed = all.flash();
        if acts {
            all.acknowledges(all.head, &parsed, None);
        }
        all.wait(NOW.plus(HOUR_MS));
        let late = (BORDER.to_owned(), Clock::Acknowledge);
        let told = if acts { vec![] } else { vec![late] };
        assert_eq!(all.overdue(all.police, &parsed), told);
    }
}

/// Covers ESC-2, RCP-11.
#[test]
fn answer_of_the_deputy_ends_the_answer_clock_of_the_silent_desk() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.wait(NOW.plus(HOUR_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
    let answer = parsed.digest();
    all.says(all.head, &parsed, Claim::Answered { answer });
    all.wait(NOW.plus(30 * HOUR_MS));
    let acknowledge = (BORDER.to_owned(), Clock::Acknowledge);
    assert_eq!(all.overdue(all.police, &parsed), [acknowledge]);
}

/// Covers ESC-15, RCP-11: without the steps no device of the chain knows whose words count for it.
#[test]
fn every_desk_of_a_chain_is_told_of_every_step() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.wait(NOW.plus(2 * HOUR_MS));
    let steps = [
        step(1, HEAD, Cause::Silence),
        step(2, WATCH_DESK, Cause::Silence),
    ];
    for desk in [all.border, all.head, all.coast] {
        let mut told = all.steps_at(desk, &parsed);
        told.sort_by_key(|(number, ..)| *number);
        assert_eq!(told, steps, "{desk}");
    }
}

/// Covers ESC-15: it has the message already, and not what was said of it.
#[test]
fn informed_desk_that_is_called_is_told_what_was_said_before() {
    let mut all = Watched::new();
    let informed = |header: &mut Header| {
        let head = header.addressees.iter_mut();
        let mut head = head.filter(|one| one.desk.as_str() == HEAD);
        head.next().unwrap().role = Role::Info;
    };
    let parsed = all.request_with(informed);
    let until = NOW.plus(10 * MINUTE_MS);
    all.acknowledges(all.border, &parsed, Some(until));
    let heard = |all: &Watched| {
        let said = all.rig.desks[all.head].2.statements.iter();
        let about = said.filter(|s| s.value().subject == parsed.digest());
        let words: Vec<&str> = about.map(|s| s.value().claim.word()).collect();
        words.contains(&"acknowledged")
    };
    all.wait(until);
    assert!(!heard(&all));
    all.wait(until.plus(30 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
    assert!(heard(&all));
}

/// Covers ESC-2, RCP-11: the desk is not staffed, and nobody acts.
#[test]
fn deputy_that_acknowledges_and_declines_spares_the_sender_no_alarm() {
    let mut all = Watched::new();
    all.absent(all.border, Some(HEAD));
    let parsed = all.flash();
    all.acknowledges(all.head, &parsed, None);
    all.rig.now = all.rig.now.plus(1_000);
    all.says(all.head, &parsed, declined());
    all.wait(NOW.plus(HOUR_MS));
    let late = (BORDER.to_owned(), Clock::Acknowledge);
    assert_eq!(all.overdue(all.police, &parsed), [late]);
}

/// Covers RCP-1.
#[test]
fn retracted_acknowledgement_lets_the_silence_go_on() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.wait(NOW.plus(20 * MINUTE_MS));
    all.acknowledges(all.border, &parsed, None);
    let statements = &all.rig.desks[all.police].2.statements;
    let acknowledgement = statements.last().unwrap().hash();
    all.wait(NOW.plus(3 * HOUR_MS));
    assert_eq!(all.steps(&parsed), []);
    let remark = None;
    let retracted = Claim::Retracted {
        acknowledgement,
        remark,
    };
    all.says(all.border, &parsed, retracted);
    // The acknowledge clock ran out meanwhile, and nobody has acknowledged any more.
    let acknowledge = (BORDER.to_owned(), Clock::Acknowledge);
    assert_eq!(all.overdue(all.police, &parsed), [acknowledge]);
    all.wait(NOW.plus(3 * HOUR_MS + 10 * MINUTE_MS));
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Silence)]);
}

/// Covers ESC-12, ESC-15, ESC-16.
#[test]
fn declining_and_referring_take_the_next_step_at_once() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.says(all.border, &parsed, declined());
    assert_eq!(all.steps(&parsed), [step(1, HEAD, Cause::Declined)]);
    // The one called in sees why.
    let words = |all: &Watched, desk: usize| -> Vec<&'static str> {
        let statements = all.rig.desks[desk].2.statements.iter();
        statements.map(|s| s.value().claim.word()).collect()
    };
    assert!(words(&all, all.head).contains(&"declined"));
    let to = WATCH_DESK.parse().unwrap();
    let remark = None;
    all.says(all.head, &parsed, Claim::Referred { to, remark });
    let referred = step(2, WATCH_DESK, Cause::Referred);
    assert_eq!(all.steps(&parsed)[1..], [referred]);
    assert!(words(&all, all.border).contains(&"referred"));
    let digest = parsed.digest();
    all.says(all.coast, &parsed, Claim::Answered { answer: digest });
    all.wait(NOW.plus(9 * HOUR_MS));
    assert_eq!(all.steps(&parsed).len(), 2);
}

/// Covers ESC-20 to ESC-23, ESC-25.
#[test]
fn step_is_taken_by_hand_by_who_may_and_when() {
    let mut all = Watched::new();
    let parsed = all.request();
    let ask = |step| Claim::EscalationAsked {
        desk: BORDER.parse().unwrap(),
        step,
    };
    // Too early for the sender: the other relay leaves it aside.
    all.says(all.police, &parsed, ask(None));
    assert_eq!(all.steps(&parsed), []);
    // A desk that only stands by has no say.
    all.says(all.coast, &parsed, ask(None));
    assert_eq!(all.fault(all.coast), Some(ErrorCode::StatementNotEntitled));
    all.says(all.border, &parsed, ask(Some(2)));
    assert_eq!(all.steps(&parsed), [step(2, WATCH_DESK, Cause::Asked)]);
    all.wait(NOW.plus(1_000));
    all.says(all.border, &parsed, ask(Some(2)));
    assert_eq!(all.fault(all.border), Some(ErrorCode::StepUnknown));
    all.says(all.border, &parsed, ask(Some(9)));
    assert_eq!(all.fault(all.border), Some(ErrorCode::StepUnknown));
    all.wait(NOW.plus(30 * MINUTE_MS));
    assert_eq!(all.steps(&parsed)[1..], [step(1, HEAD, Cause::Silence)]);
    assert_eq!(all.steps(&parsed).len(), 2);
}

/// Covers ESC-21.
#[test]
fn sender_asks_for_the_next_step_once_the_time_to_acknowledge_is_over() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.wait(NOW.plus(31 * MINUTE_MS));
    let (desk, step_wanted) = (BORDER.parse().unwrap(), None);
    let ask = Claim::EscalationAsked {
        desk,
        step: step_wanted,
    };
    all.says(all.police, &parsed, ask);
    assert_eq!(all.steps(&parsed)[1..], [step(2, WATCH_DESK, Cause::Asked)]);
}

/// Covers ESC-4, ESC-24, ESC-25.
#[test]
fn sender_alone_extends_and_the_answer_clock_waits() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.acknowledges(all.border, &parsed, None);
    let until = NOW.plus(12 * HOUR_MS);
    let extended = |until| Claim::Extended {
        desk: BORDER.parse().unwrap(),
        until,
    };
    all.says(all.border, &parsed, extended(until));
    assert_eq!(all.fault(all.border), Some(ErrorCode::StatementNotEntitled));
    all.says(all.police, &parsed, extended(NOW));
    assert_eq!(all.fault(all.police), Some(ErrorCode::ExtensionInvalid));
    let asked = Claim::ExtensionAsked {
        until,
        remark: None,
    };
    all.says(all.border, &parsed, asked);
    all.says(all.police, &parsed, extended(until));
    let words = all.rig.desks[all.border].2.statements.iter();
    let words: Vec<_> = words.map(|s| s.value().claim.word()).collect();
    assert!(words.contains(&"extended"), "{words:?}");
    all.wait(NOW.plus(12 * HOUR_MS - 1));
    assert_eq!(all.overdue(all.police, &parsed), []);
    all.wait(NOW.plus(12 * HOUR_MS));
    let answer = (BORDER.to_owned(), Clock::Answer);
    assert_eq!(all.overdue(all.police, &parsed), [answer]);
}

/// Covers ESC-5, STA-24.
#[test]
fn closing_ends_every_clock_on_both_sides_and_is_told() {
    let mut all = Watched::new();
    let parsed = all.request();
    all.wait(NOW.plus(30 * MINUTE_MS));
    let remark = None;
    all.says(all.police, &parsed, Claim::Closed { remark });
    for desk in [all.border, all.head] {
        let words = all.rig.desks[desk].2.statements.iter();
        assert!(
            words
                .into_iter()
                .any(|s| s.value().claim.word() == "closed")
        );
    }
    // A desk that nothing was escalated to hears nothing.
    assert_eq!(all.rig.desks[all.coast].2.statements.len(), 0);
    all.wait(NOW.plus(20 * HOUR_MS));
    assert_eq!(all.steps(&parsed).len(), 1);
    let answered = (BORDER.to_owned(), Clock::Answer);
    assert!(!all.overdue(all.police, &parsed).contains(&answered));
}

/// Covers STA-2, ESC-25: what a relay or desk says that has no say.
#[test]
fn forged_escalation_is_refused_with_the_clause() {
    let mut all = Watched::new();
    let parsed = all.request();
    let escalated = Claim::Escalated {
        desk: BORDER.parse().unwrap(),
        step: 1,
        to: HEAD.parse().unwrap(),
        cause: Cause::Silence,
    };
    // A device is no relay.
    all.says(all.border, &parsed, escalated.clone());
    assert_eq!(all.fault(all.border), Some(ErrorCode::StatementNotEntitled));
    // The sender's own desk neither.
    all.says(all.police, &parsed, escalated);
    assert_eq!(all.fault(all.police), Some(ErrorCode::StatementNotEntitled));
    // Who was not addressed does not acknowledge.
    let stranger = all.rig.desk(0, 1);
    all.acknowledges(stranger, &parsed, None);
    assert_eq!(all.fault(stranger), Some(ErrorCode::StatementNotEntitled));
    assert_eq!(all.steps(&parsed), []);
    assert_eq!(all.rig.got(all.head, &parsed), 0);
}
