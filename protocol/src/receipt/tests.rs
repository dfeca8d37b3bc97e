use super::*;
use crate::crypto::SigningKey;
use crate::encoding::{Extensions, FixedBytes};
use crate::envelope::{Addressee, RosterNumber};
use crate::precedence::{Precedence, Status};
use crate::statement::{Judged, Signer, sign};
use crate::testing::SeededRng;
use crate::time::{HOUR_MS, MINUTE_MS};
use proptest::prelude::*;

mod chains;

pub(crate) const SUBJECT: Hash = FixedBytes([3; 32]);
pub(crate) const M: u64 = MINUTE_MS;
pub(crate) const SENDER: &str = "duty@spoc.police.xa";
pub(crate) const CHIEF: &str = "chief@hq.border.xb";
pub(crate) const DEPUTY: &str = "deputy@ops.border.xb";
pub(crate) const DUTY: &str = "duty@ops.border.xb";

/// From the gateway of police.xa: `duty@ops` must act, its deputy and its superior wait.
pub(crate) fn header() -> Header {
    let to = |desk: &str, role| Addressee {
        desk: desk.parse().unwrap(),
        role,
    };
    Header {
        suite: 1,
        status: Status::Actual,
        reference: FixedBytes([7; 16]),
        sender: SENDER.parse().unwrap(),
        sender_key: FixedBytes([0; 16]),
        addressees: vec![
            to(CHIEF, Role::Standby),
            to(DEPUTY, Role::Standby),
            to(DUTY, Role::Action),
        ],
        format: 1,
        format_version: 1,
        precedence: Precedence::Flash,
        marking: vec![],
        in_reply_to: None,
        supersedes: None,
        encloses: vec![],
        accord: Some(FixedBytes([1; 32])),
        roster: FixedBytes([2; 32]),
        rosters: vec![RosterNumber {
            agency: "border.xb".parse().unwrap(),
            number: 3,
        }],
        created: UnixMillis(0),
        not_before: None,
        expires: UnixMillis(24 * HOUR_MS),
        acknowledge_within: Some(5 * M),
        answer_within: Some(HOUR_MS),
        attachments: vec![],
        retention: None,
        exercise: None,
        task_force: None,
        exception: None,
        body_bytes: 272,
        commitment: FixedBytes([0; 32]),
        extensions: Extensions::default(),
    }
}

/// A statement of a desk's device, or of an agency's relay where the name has no `@`.
pub(crate) fn says(who: &str, device: u8, at: u64, claim: Claim) -> Signed<Statement> {
    let key = SigningKey::generate(&mut SeededRng::new(&format!("{who} {device}")));
    let desk: Option<Desk> = who.parse().ok();
    let agency = desk.as_ref().map(Desk::agency);
    let signer = Signer {
        agency: agency.unwrap_or_else(|| who.parse().unwrap()),
        desk,
        key: key.verifying_key().id(),
    };
    let statement = Statement {
        subject: SUBJECT,
        at: UnixMillis(at),
        signer,
        claim,
        extensions: Extensions::default(),
    };
    sign(statement, &key).unwrap()
}

pub(crate) fn relayed(at: u64) -> Signed<Statement> {
    let judged = Judged::default();
    says("border.xb", 1, at, Claim::Relayed { leaf: 9, judged })
}

pub(crate) fn acknowledged(until: Option<u64>) -> Claim {
    Claim::Acknowledged {
        until: until.map(UnixMillis),
        remark: None,
    }
}

pub(crate) fn declined() -> Claim {
    Claim::Declined {
        ground: 1,
        remark: None,
    }
}

pub(crate) fn referred(to: &str) -> Claim {
    Claim::Referred {
        to: to.parse().unwrap(),
        remark: None,
    }
}

pub(crate) fn answered() -> Claim {
    Claim::Answered {
        answer: FixedBytes([0xa5; 32]),
    }
}

pub(crate) fn retracted(said: &Signed<Statement>) -> Claim {
    Claim::Retracted {
        acknowledgement: said.hash(),
        remark: None,
    }
}

pub(crate) fn extended(desk: &str, until: u64) -> Claim {
    Claim::Extended {
        desk: desk.parse().unwrap(),
        until: UnixMillis(until),
    }
}

pub(crate) fn closed() -> Claim {
    Claim::Closed { remark: None }
}

/// What the desk that must act has come to, relayed after a minute.
fn of_duty(more: &[Signed<Statement>], now: u64) -> Receipt {
    let said = [&[relayed(M)], more].concat();
    let mut receipts = receipts(&header(), &SUBJECT, &said, UnixMillis(now));
    receipts.pop().unwrap()
}

fn standing(more: &[Signed<Statement>], now: u64) -> Standing {
    of_duty(more, now).standing
}

fn ack(at: u64, until: Option<u64>) -> Signed<Statement> {
    says(DUTY, 1, at, acknowledged(until))
}

/// Covers RCP-5.
#[test]
fn desk_that_has_said_nothing_is_waited_for() {
    assert_eq!(standing(&[], 2 * M), Standing::Waiting);
    let opened = [says(DUTY, 1, 2 * M, Claim::Opened)];
    assert_eq!(standing(&opened, 3 * M), Standing::Waiting);
}

/// Covers RCP-2.
#[test]
fn acknowledgement_is_in_force_up_to_its_until_and_not_longer() {
    let said = [ack(2 * M, Some(30 * M))];
    assert_eq!(standing(&said, 30 * M), Standing::Acknowledged);
    assert_eq!(standing(&said, 30 * M + 1), Standing::Lapsed);
}

/// Covers RCP-2.
#[test]
fn acknowledgement_is_in_force_no_longer_than_its_answer_is_due() {
    for until in [None, Some(900 * M)] {
        let said = [ack(2 * M, until)];
        assert_eq!(standing(&said, 61 * M), Standing::Acknowledged);
        assert_eq!(standing(&said, 61 * M + 1), Standing::Lapsed);
    }
}

/// Covers RCP-1.
#[test]
fn desk_that_took_back_all_it_has_acknowledged_is_retracted() {
    let ack = ack(2 * M, None);
    let said = [ack.clone(), says(DUTY, 2, 3 * M, retracted(&ack))];
    assert_eq!(standing(&said, 4 * M), Standing::Retracted);
    let other = [ack.clone(), says(DEPUTY, 1, 3 * M, retracted(&ack))];
    assert_eq!(standing(&other, 4 * M), Standing::Acknowledged);
}

#[test]
fn last_word_of_a_desk_decides_between_declined_and_referred() {
    let said = [
        says(DUTY, 1, 2 * M, declined()),
        says(DUTY, 2, 3 * M, referred(DEPUTY)),
    ];
    assert_eq!(standing(&said[..1], 4 * M), Standing::Declined);
    assert_eq!(standing(&said, 4 * M), Standing::Referred);
    let to = of_duty(&said, 4 * M).referred_to;
    assert_eq!(to, Some(DEPUTY.parse().unwrap()));
}

/// Covers RCP-4.
#[test]
fn what_is_closed_stays_closed_whatever_is_said_but_an_answer() {
    let mut said = vec![says(SENDER, 1, 2 * M, closed()), ack(3 * M, None)];
    said.push(says(DUTY, 1, 4 * M, declined()));
    assert_eq!(standing(&said, 5 * M), Standing::Closed);
    said.push(says(DUTY, 1, 5 * M, answered()));
    assert_eq!(standing(&said, 6 * M), Standing::Answered);
}

/// Covers RCP-4.
#[test]
fn what_is_answered_stays_answered() {
    let ack = ack(2 * M, None);
    let said = [
        ack.clone(),
        says(DUTY, 1, 3 * M, answered()),
        says(DUTY, 2, 4 * M, declined()),
        says(DUTY, 2, 5 * M, retracted(&ack)),
        says(SENDER, 1, 6 * M, closed()),
    ];
    assert_eq!(standing(&said, 7 * M), Standing::Answered);
}

/// Covers RCP-2.
#[test]
fn acknowledgement_is_not_in_force_while_the_last_word_is_another() {
    let said = [ack(2 * M, Some(30 * M)), says(DUTY, 2, 3 * M, declined())];
    let of_desk: Vec<(Hash, &Statement)> = said.iter().map(|s| (s.hash(), s.value())).collect();
    let wanted = Wanted::Answer(Some(UnixMillis(61 * M)));
    let words = Words::of(&DUTY.parse().unwrap(), &of_desk, wanted, UnixMillis(4 * M));
    assert_eq!(words.in_force, None);
    assert_eq!(words.promise, Some(UnixMillis(30 * M)));
}

/// Covers RCP-7 and RCP-8.
#[test]
fn refusal_after_the_answer_was_due_is_late() {
    let said = [ack(2 * M, None), says(DUTY, 1, 62 * M, declined())];
    let receipt = of_duty(&said, 70 * M);
    assert_eq!(receipt.overdue, []);
    assert_eq!(receipt.late, [Clock::Answer]);
}

/// Covers RCP-7.
#[test]
fn answer_is_wanted_again_of_a_desk_that_acknowledges_after_declining() {
    let said = [says(DUTY, 1, 2 * M, declined()), ack(3 * M, None)];
    assert_eq!(of_duty(&said, 62 * M).overdue, [Clock::Answer]);
}

/// Covers RCP-6.
#[test]
fn times_at_the_end_of_time_do_not_overflow() {
    let said = [says(SENDER, 1, 2 * M, extended(DUTY, u64::MAX))];
    let receipt = of_duty(&said, u64::MAX);
    assert_eq!(receipt.answer_due, Some(UnixMillis(u64::MAX)));
    assert_eq!(receipt.overdue, [Clock::Acknowledge]);
    let late = receipts(&header(), &SUBJECT, &[relayed(u64::MAX)], UnixMillis(0));
    assert_eq!(late[2].acknowledge_due, Some(UnixMillis(u64::MAX)));
}

/// Everything that anybody may say, and some of what nobody may.
fn pool() -> Vec<Signed<Statement>> {
    let first = ack(2 * M, Some(30 * M));
    let second = says(DUTY, 2, 3 * M, acknowledged(Some(20 * M)));
    let escalated = |step, to: &str, at| {
        let claim = Claim::Escalated {
            desk: DUTY.parse().unwrap(),
            step,
            to: to.parse().unwrap(),
            cause: Cause::Silence,
        };
        says("border.xb", 1, at, claim)
    };
    vec![
        relayed(M),
        first.clone(),
        second.clone(),
        says(DUTY, 1, 4 * M, retracted(&first)),
        says(DUTY, 1, 5 * M, retracted(&second)),
        says(DUTY, 2, 6 * M, declined()),
        says(DUTY, 1, 6 * M, referred(DEPUTY)),
        says(DUTY, 1, 50 * M, answered()),
        says(SENDER, 1, 40 * M, closed()),
        says(SENDER, 2, 41 * M, extended(DUTY, 90 * M)),
        says(DEPUTY, 1, 7 * M, acknowledged(None)),
        says(DEPUTY, 1, 8 * M, closed()),
        escalated(1, DEPUTY, 6 * M),
        escalated(2, CHIEF, 6 * M),
    ]
}

/// The table of the chapter, read from below: what the desk's words alone come to.
fn by_the_table(said: &[Signed<Statement>], now: u64) -> Standing {
    let own: Vec<&Statement> = said.iter().map(Signed::value).collect();
    let of_desk = |desk: &str| {
        let desk: Desk = desk.parse().unwrap();
        move |s: &&&Statement| s.signer.desk.as_ref() == Some(&desk)
    };
    let has = |who: &str, fits: fn(&Claim) -> bool| {
        own.iter().filter(of_desk(who)).any(|s| fits(&s.claim))
    };
    if has(DUTY, |c| matches!(c, Claim::Answered { .. })) {
        return Standing::Answered;
    }
    if has(SENDER, |c| matches!(c, Claim::Closed { .. })) {
        return Standing::Closed;
    }
    let taken_back = |hash: Hash| {
        own.iter().filter(of_desk(DUTY)).any(|s| {
            matches!(&s.claim, Claim::Retracted { acknowledgement, .. } if *acknowledgement == hash)
        })
    };
    let mut words: Vec<(UnixMillis, Hash, &Claim)> = Vec::new();
    let mut retracted = false;
    for one in said.iter().filter(|s| of_desk(DUTY)(&&s.value())) {
        match &one.value().claim {
            Claim::Acknowledged { .. } if taken_back(one.hash()) => retracted = true,
            claim @ (Claim::Acknowledged { .. }
            | Claim::Declined { .. }
            | Claim::Referred { .. }) => words.push((one.value().at, one.hash(), claim)),
            _ => {}
        }
    }
    words.sort_by_key(|(at, hash, _)| (*at, *hash));
    let in_force = words.iter().any(|(_, _, claim)| {
        matches!(claim, Claim::Acknowledged { until: Some(until), .. } if now <= until.0)
    });
    match words.last() {
        Some((_, _, Claim::Declined { .. })) => Standing::Declined,
        Some((_, _, Claim::Referred { .. })) => Standing::Referred,
        Some(_) if in_force => Standing::Acknowledged,
        Some(_) => Standing::Lapsed,
        None if retracted => Standing::Retracted,
        None => Standing::Waiting,
    }
}

fn subset() -> impl Strategy<Value = Vec<Signed<Statement>>> {
    let pool = pool();
    let all = pool.len();
    prop::sample::subsequence(pool, 0..=all)
}

proptest! {
    /// Covers RCP-5 and STA-3.
    #[test]
    fn order_and_repetition_make_no_difference(
        (said, mixed) in subset().prop_flat_map(|said| {
            let twice = [said.clone(), said.clone()].concat();
            (Just(said), Just(twice).prop_shuffle())
        }),
        now in 0..100 * M,
    ) {
        let now = UnixMillis(now);
        let (one, other) = (
            receipts(&header(), &SUBJECT, &said, now),
            receipts(&header(), &SUBJECT, &mixed, now),
        );
        prop_assert_eq!(one, other);
    }

    #[test]
    fn standing_is_what_the_table_says(said in subset(), now in 0..60 * M) {
        let receipts = receipts(&header(), &SUBJECT, &said, UnixMillis(now));
        prop_assert_eq!(receipts[2].standing, by_the_table(&said, now));
    }

    /// Covers RCP-4.
    #[test]
    fn nothing_reopens_what_is_answered_or_closed(
        said in subset(),
        more in subset(),
        now in 0..100 * M,
    ) {
        let standing = |said: &[Signed<Statement>]| {
            receipts(&header(), &SUBJECT, said, UnixMillis(now))[2].standing
        };
        let (before, after) = (standing(&said), standing(&[said.clone(), more].concat()));
        if before >= Standing::Closed {
            prop_assert!(after >= before);
        }
    }

    /// Covers RCP-7: what is overdue stays so, with time alone.
    #[test]
    fn time_alone_makes_nothing_less_overdue(
        said in subset(),
        now in 0..100 * M,
        later in 0..100 * M,
    ) {
        let at = |now| receipts(&header(), &SUBJECT, &said, UnixMillis(now));
        for (before, after) in at(now).into_iter().zip(at(now + later)) {
            prop_assert!(before.overdue.iter().all(|clock| after.overdue.contains(clock)));
            prop_assert_eq!(before.late, after.late);
        }
    }
}
