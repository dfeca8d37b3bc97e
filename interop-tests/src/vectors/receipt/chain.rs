//! Histories of a chain: what one of its desks says ends the clocks of the others.

use super::super::statement::forms::{DUTY, EGRESS, HEAD, INGRESS, SENDER, says};
use super::history::{
    CHIEF, CHIEF_AT, HEAD_AT, History, M, acknowledged, answered, declined, escalated,
    escalated_for, extended, referred, retracted,
};
use estafette_protocol::escalation::Cause;
use serde_json::json;

/// A message of which a step has led to the superior.
fn led(id: &'static str, step_at: u64, now: u64) -> History {
    History::relayed(id, &["RCP-11"], now).says(
        step_at,
        INGRESS,
        escalated(1, CHIEF, Cause::Silence),
    )
}

pub(super) fn histories() -> Vec<History> {
    [head(), said_before(), called(), three()]
        .into_iter()
        .flatten()
        .collect()
}

/// Of the head: its time to acknowledge ends after 6 minutes, to answer after 61.
fn head() -> Vec<History> {
    let ack = says(CHIEF, 1, 4 * M, acknowledged(None));
    vec![
        led("chain-acknowledged-in-time", 3 * M, 7 * M)
            .said(ack.clone())
            .stands("waiting")
            .clocks("overdue", &[])
            .clocks("late", &[]),
        led("chain-acknowledged-at-the-last-moment", 3 * M, 7 * M)
            .says(6 * M, CHIEF, acknowledged(None))
            .clocks("late", &[]),
        led("chain-acknowledged-late", 3 * M, 7 * M)
            .says(6 * M + 1, CHIEF, acknowledged(None))
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge"])
            .of(CHIEF_AT, "late", json!([])),
        led("chain-the-earliest-counts", 3 * M, 9 * M)
            .said(ack.clone())
            .says(8 * M, DUTY, acknowledged(None))
            .stands("acknowledged")
            .clocks("late", &[]),
        led("chain-the-own-word-is-earlier", 3 * M, 9 * M)
            .says(2 * M, DUTY, acknowledged(None))
            .says(8 * M, CHIEF, acknowledged(None))
            .clocks("late", &[]),
        led("chain-acknowledged-and-taken-back", 3 * M, 7 * M)
            .said(ack.clone())
            .says(5 * M, CHIEF, retracted(&ack))
            .clocks("overdue", &["acknowledge"]),
        led("chain-taken-back-by-another-desk", 3 * M, 7 * M)
            .said(ack.clone())
            .says(5 * M, DUTY, retracted(&ack))
            .clocks("overdue", &[]),
        led("chain-lapsed-since", 3 * M, 20 * M)
            .says(4 * M, CHIEF, acknowledged(Some(10 * M)))
            .of(CHIEF_AT, "standing", "lapsed")
            .clocks("overdue", &[]),
        led("chain-declined", 3 * M, 7 * M)
            .says(4 * M, CHIEF, declined())
            .clocks("overdue", &["acknowledge"]),
        led("chain-referred", 3 * M, 7 * M)
            .says(4 * M, CHIEF, referred(HEAD))
            .clocks("overdue", &["acknowledge"]),
        led("chain-acknowledged-and-declined", 3 * M, 7 * M)
            .said(ack.clone())
            .says(5 * M, CHIEF, declined())
            .clocks("overdue", &["acknowledge"]),
        led("chain-acknowledged-and-referred", 3 * M, 7 * M)
            .said(ack.clone())
            .says_by(5 * M, CHIEF, 2, referred(HEAD))
            .clocks("overdue", &["acknowledge"]),
        led("chain-acknowledged-declined-and-acknowledged", 3 * M, 9 * M)
            .said(ack.clone())
            .says(5 * M, CHIEF, declined())
            .says(8 * M, CHIEF, acknowledged(None))
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge"]),
        led("chain-answered-in-time", 3 * M, 70 * M)
            .says(5 * M, CHIEF, answered())
            .stands("waiting")
            .clocks("overdue", &[])
            .clocks("late", &[]),
        led("chain-answered-late", 3 * M, 70 * M)
            .said(ack.clone())
            .says(61 * M + 1, CHIEF, answered())
            .clocks("overdue", &[])
            .clocks("late", &["answer"]),
        led("chain-answered-without-a-word-before", 3 * M, 70 * M)
            .says(62 * M, CHIEF, answered())
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge", "answer"]),
        led("chain-answered-within-an-extension", 3 * M, 70 * M)
            .said(ack.clone())
            .says(50 * M, SENDER, extended(DUTY, 90 * M))
            .says(65 * M, CHIEF, answered())
            .clocks("late", &[]),
        led("chain-acknowledged-is-not-answered", 3 * M, 62 * M)
            .said(ack.clone())
            .clocks("overdue", &["answer"]),
        led("chain-promise-is-its-own-desks", 3 * M, 5 * M)
            .says(4 * M, CHIEF, acknowledged(Some(30 * M)))
            .no("promise"),
        History::relayed("chain-of-another-agencys-making", &["RCP-11"], 7 * M)
            .says(3 * M, EGRESS, escalated(1, CHIEF, Cause::Silence))
            .said(ack)
            .clocks("overdue", &["acknowledge"]),
    ]
}

/// What was said before the step, by a desk that was informed, or by the head.
fn said_before() -> Vec<History> {
    let to_head = |id, step_at, now| {
        let step = escalated(1, HEAD, Cause::Silence);
        History::relayed(id, &["RCP-11", "RCP-12"], now).says(step_at, INGRESS, step)
    };
    vec![
        to_head("chain-said-before-the-step", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(None))
            .clocks("overdue", &[])
            .clocks("late", &[]),
        to_head("chain-counts-from-the-step", 6 * M + 1, 7 * M)
            .says(2 * M, HEAD, acknowledged(None))
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge"]),
        to_head("chain-promised-up-to-the-step", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(Some(5 * M)))
            .clocks("overdue", &[]),
        to_head("chain-promise-over-before-the-step", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(Some(5 * M - 1)))
            .clocks("overdue", &["acknowledge"]),
        to_head("chain-declined-before-the-step", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(None))
            .says(3 * M, HEAD, declined())
            .clocks("overdue", &["acknowledge"]),
        to_head("chain-cut-short-before-the-step", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(None))
            .says(3 * M, HEAD, acknowledged(Some(4 * M)))
            .clocks("overdue", &["acknowledge"]),
        to_head("chain-cut-short-after-the-step", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(None))
            .says(6 * M, HEAD, acknowledged(Some(6 * M)))
            .clocks("overdue", &[])
            .clocks("late", &[]),
        to_head("chain-cut-short-by-one-of-two-devices", 5 * M, 7 * M)
            .says(2 * M, HEAD, acknowledged(None))
            .says_by(3 * M, HEAD, 2, acknowledged(Some(4 * M)))
            .clocks("overdue", &[]),
        to_head("chain-answered-before-the-step", 62 * M, 70 * M)
            .says(2 * M, HEAD, answered())
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge", "answer"]),
        to_head("chain-the-first-step-counts", 5 * M, 9 * M)
            .says(8 * M, INGRESS, escalated(2, HEAD, Cause::Silence))
            .says(2 * M, HEAD, acknowledged(Some(6 * M)))
            .clocks("overdue", &[])
            .clocks("late", &[]),
    ]
}

/// Of the desk that a step has led to.
fn called() -> Vec<History> {
    let on_it = |id, step_at, now| {
        let history = led(id, step_at, now);
        history.says(2 * M, DUTY, acknowledged(None))
    };
    let own = |history: History, overdue: &[&str], late: &[&str]| {
        history
            .of(CHIEF_AT, "overdue", json!(overdue))
            .of(CHIEF_AT, "late", json!(late))
    };
    vec![
        own(
            led("called-and-the-head-acknowledges", 7 * M, 13 * M)
                .says(8 * M, DUTY, acknowledged(None))
                .of(CHIEF_AT, "standing", "waiting"),
            &[],
            &[],
        ),
        own(
            led("called-and-the-head-acknowledges-later", 7 * M, 14 * M).says(
                13 * M,
                DUTY,
                acknowledged(None),
            ),
            &[],
            &["acknowledge"],
        ),
        own(
            led("called-and-the-head-declines", 7 * M, 13 * M).says(8 * M, DUTY, declined()),
            &["acknowledge"],
            &[],
        ),
        own(
            led("called-because-the-promise-lapsed", 10 * M, 16 * M).says(
                2 * M,
                DUTY,
                acknowledged(Some(5 * M)),
            ),
            &["acknowledge"],
            &[],
        ),
        own(
            on_it("called-as-the-answer-of-the-head-is-due", 61 * M, 67 * M),
            &[],
            &[],
        ),
        own(
            on_it(
                "called-when-the-answer-of-the-head-was-due",
                61 * M + 1,
                68 * M,
            ),
            &["acknowledge"],
            &[],
        ),
        own(
            on_it("called-because-the-head-declines", 3 * M, 9 * M).says(3 * M, DUTY, declined()),
            &["acknowledge"],
            &[],
        ),
        own(
            on_it("called-while-the-head-is-on-it", 10 * M, 16 * M),
            &[],
            &[],
        ),
        own(
            led("called-and-the-head-answers", 7 * M, 90 * M).says(8 * M, DUTY, answered()),
            &[],
            &[],
        ),
    ]
}

/// Two desks that steps have led to.
fn three() -> Vec<History> {
    let two =
        |id, now| led(id, 3 * M, now).says(8 * M, INGRESS, escalated(2, HEAD, Cause::Silence));
    vec![
        two("called-both-and-the-second-acknowledges", 20 * M)
            .says(9 * M, HEAD, acknowledged(None))
            .clocks("late", &["acknowledge"])
            .of(CHIEF_AT, "overdue", json!([]))
            .of(CHIEF_AT, "late", json!(["acknowledge"])),
        two("called-both-and-the-first-acknowledges", 20 * M)
            .says(4 * M, CHIEF, acknowledged(Some(7 * M)))
            .of(HEAD_AT, "overdue", json!(["acknowledge"])),
        two("called-both-and-the-first-is-on-it", 20 * M)
            .says(4 * M, CHIEF, acknowledged(None))
            .of(HEAD_AT, "overdue", json!([])),
    ]
}

/// Two desks that must act: a step leads from one to the other.
pub(super) fn acting() -> Vec<History> {
    let led = |id, now| {
        let step = escalated(1, HEAD, Cause::Silence);
        History::relayed(id, &["RCP-11"], now).says(3 * M, INGRESS, step)
    };
    let twice = |id, now| {
        let (first, then) = (
            escalated(1, CHIEF, Cause::Silence),
            escalated_for(HEAD, 1, CHIEF, Cause::Silence),
        );
        let history = History::relayed(id, &["RCP-11"], now);
        history
            .says(3 * M, INGRESS, first)
            .says(4 * M, INGRESS, then)
    };
    vec![
        led("acting-word-of-the-called-desk", 7 * M)
            .says(4 * M, HEAD, acknowledged(None))
            .clocks("overdue", &[])
            .of(HEAD_AT, "overdue", json!([])),
        led("acting-word-of-the-head", 7 * M)
            .says(4 * M, DUTY, acknowledged(None))
            .clocks("overdue", &[])
            .of(HEAD_AT, "overdue", json!(["acknowledge"])),
        led("acting-answer-of-the-head", 70 * M)
            .says(4 * M, DUTY, answered())
            .of(HEAD_AT, "overdue", json!(["acknowledge", "answer"])),
        twice("called-for-two-of-whom-one-acts", 9 * M)
            .says(5 * M, DUTY, acknowledged(None))
            .of(CHIEF_AT, "overdue", json!(["acknowledge"])),
        twice("called-for-two-who-both-act", 9 * M)
            .says(5 * M, DUTY, acknowledged(None))
            .says(6 * M, HEAD, acknowledged(None))
            .of(CHIEF_AT, "overdue", json!([]))
            .of(CHIEF_AT, "late", json!([])),
        twice("called-for-two-of-whom-one-acts-late", 10 * M)
            .says(5 * M, DUTY, acknowledged(None))
            .says(9 * M, HEAD, acknowledged(None))
            .of(CHIEF_AT, "late", json!(["acknowledge"])),
        twice("called-for-two-and-on-it", 9 * M)
            .says(5 * M, CHIEF, acknowledged(None))
            .clocks("overdue", &[])
            .of(HEAD_AT, "overdue", json!([])),
        History::relayed("acting-without-a-step", &["RCP-11"], 7 * M)
            .says(4 * M, HEAD, acknowledged(None))
            .clocks("overdue", &["acknowledge"]),
    ]
}
