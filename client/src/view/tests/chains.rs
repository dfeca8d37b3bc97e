//! Whoever acts in a silent desk's place, and what that leaves to do.

use super::*;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::Addressee;

/// Covers RCP-7, ESC-15: whoever stands in for the silent desk is on it, and what was late stays so.
#[test]
fn deputy_who_takes_it_on_ends_the_alarm_and_the_silence_stays_marked() {
    let mut case = Case::with_deputy();
    let late = 2 * ACK_WITHIN;
    assert_eq!(case.item(SENDER, late).turn, Turn::Problem);
    case.escalated(ACK_WITHIN + 2 * SECOND_MS);
    let item = case.item(SENDER, late);
    assert_eq!(item.turn, Turn::Problem);
    let words: Vec<String> = item.sides().iter().map(Side::word).collect();
    let escalated = "escalated:head@ops.border.xb (silence)";
    assert_eq!(words, ["overdue", escalated, "due-soon"]);
    assert_eq!(case.verdict(Rung::Acknowledged, late), Verdict::Overdue);
    // The desk that silence has led to is asked from then on, by its own clock.
    let theirs = case.item(HEAD, late);
    assert_eq!(theirs.turn, Turn::Ours);
    assert!(theirs.rows[1].is_asked());
    case.head_says(acknowledged(), late);
    assert_eq!(case.item(SENDER, late).turn, Turn::Acknowledged);
    assert_eq!(case.verdict(Rung::Acknowledged, late), Verdict::Reached);
    // RCP-11
    let by_ms = late - ACK_WITHIN - SECOND_MS;
    let sides = &case.rows(late)[0].sides;
    assert!(sides.contains(&Side::CoveredLate { by_ms }) && !sides.contains(&Side::Overdue));
    // The head need not act any more.
    let mut seen = case;
    seen.message.record.shown_at = Some(NOW);
    assert_eq!(seen.item(DUTY, late).turn, Turn::Acknowledged);
}

/// Covers RCP-11: an answer of one desk of a chain is what was wanted of all of it.
#[test]
fn answer_of_the_deputy_leaves_nothing_to_do_and_says_how_late_it_came() {
    let mut case = Case::new(|header| {
        header.addressees[1].role = Role::Standby;
        header.answer_within = Some(2 * ACK_WITHIN);
    });
    case = case.relayed();
    case.escalated(ACK_WITHIN + 2 * SECOND_MS);
    let late = 3 * ACK_WITHIN;
    assert_eq!(case.item(SENDER, late).turn, Turn::Problem);
    let answer = Claim::Answered {
        answer: FixedBytes([1; 32]),
    };
    case.head_says(answer, late);
    case.message.record.shown_at = Some(NOW);
    for desk in [SENDER, DUTY, HEAD] {
        let item = case.item(desk, late);
        assert_eq!((item.turn, item.due), (Turn::Nobody, None), "{desk}");
    }
    let rows = case.rows(late);
    assert_eq!(
        (rows[0].deadline(), rows[0].standing),
        (None, Standing::Waiting)
    );
    let by_ms = late - 2 * ACK_WITHIN - SECOND_MS;
    assert!(rows[0].sides.contains(&Side::AnsweredForLate { by_ms }));
    assert_eq!(case.verdict(Rung::Answered, late), Verdict::Reached);
}

/// Covers RCP-11: whoever was called because the head was silent need not act once the head does.
#[test]
fn head_that_acts_late_ends_the_alarm_of_its_deputy() {
    let mut case = Case::with_deputy();
    case.escalated(ACK_WITHIN + 2 * SECOND_MS);
    let late = 3 * ACK_WITHIN;
    let before = case.item(HEAD, late);
    assert!(before.rows[1].sides.contains(&Side::Overdue));
    case.duty_says(acknowledged(), late);
    case.message.record.shown_at = Some(NOW);
    assert_eq!(case.item(HEAD, late).turn, Turn::Acknowledged);
    let item = case.item(SENDER, late);
    assert_eq!(item.turn, Turn::Acknowledged);
    assert!(item.rows.iter().all(|row| row.overdue.is_empty()));
}

/// Covers RCP-11: what ends the matter for one chain calls nobody off who is asked for another too.
#[test]
fn deputy_of_two_silent_desks_stays_asked_when_one_of_them_answers() {
    let other = "watch@coast.border.xb";
    let mut case = Case::new(|header| {
        header.addressees[1].role = Role::Standby;
        header.addressees.push(Addressee {
            desk: other.parse().unwrap(),
            role: Role::Action,
        });
    });
    case = case.relayed();
    for head in [DUTY, other] {
        let claim = Claim::Escalated {
            desk: head.parse().unwrap(),
            step: 1,
            to: HEAD.parse().unwrap(),
            cause: Cause::Silence,
        };
        case.relay_says(false, claim, ACK_WITHIN + 2 * SECOND_MS);
    }
    let late = 3 * ACK_WITHIN;
    case.message.record.shown_at = Some(NOW);
    assert_eq!(case.item(HEAD, late).turn, Turn::Ours);
    let answer = FixedBytes([1; 32]);
    case.duty_says(Claim::Answered { answer }, late);
    let item = case.item(HEAD, late);
    assert_eq!(item.turn, Turn::Ours);
    assert!(item.rows[1].sides.contains(&Side::Overdue));
}

/// Covers ESC-2, RCP-2: what was taken on and has lapsed is taken on by nobody.
#[test]
fn colleague_who_was_told_is_told_again_when_the_late_acknowledgement_lapses() {
    const SUPERIOR: &str = "superior@hq.police.xa";
    let mut case = Case::new(|header| {
        header.answer_within = Some(60 * MINUTE_MS);
        header.addressees.push(Addressee {
            desk: SUPERIOR.parse().unwrap(),
            role: Role::Info,
        });
    });
    case = case.relayed();
    case.message.record.shown_at = Some(NOW);
    let told = Claim::Overdue {
        sender: SENDER.parse().unwrap(),
        desk: DUTY.parse().unwrap(),
        clock: Clock::Acknowledge,
        precedence: Precedence::Flash,
        due: NOW.plus(SECOND_MS + ACK_WITHIN),
    };
    case.relay_says(true, told, SECOND_MS + ACK_WITHIN);
    let at = |minute| minute * MINUTE_MS;
    assert_eq!(case.item(SUPERIOR, at(16)).turn, Turn::Problem);
    let until = Some(NOW.plus(at(20)));
    let remark = None;
    case.duty_says(Claim::Acknowledged { until, remark }, at(17));
    assert_eq!(case.item(SUPERIOR, at(18)).turn, Turn::Nobody);
    assert_eq!(case.item(SUPERIOR, at(21)).turn, Turn::Problem);
    assert_eq!(case.item(SENDER, at(21)).turn, Turn::Problem);
    assert_eq!(case.item(DUTY, at(21)).turn, Turn::Ours);
}
