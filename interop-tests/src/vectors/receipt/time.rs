//! Histories of begin and due: relayed, deferred, let go, escalated, extended, asked for.

use super::super::statement::chain::{held, released};
use super::super::statement::forms::{DUTY, EGRESS, HEAD, INGRESS, NOW, SENDER, accepted, relayed};
use super::history::{
    CHIEF, CHIEF_AT, HEAD_AT, HOME, History, M, acknowledged, asked, at, escalated, extended,
};
use estafette_protocol::escalation::Cause;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

pub(super) fn histories() -> Vec<History> {
    [begins(), extensions(), steps()]
        .into_iter()
        .flatten()
        .collect()
}

fn begins() -> Vec<History> {
    let accepted = |id| History::silent(id, &["RCP-6"], 9 * M).says(0, EGRESS, accepted(1));
    vec![
        accepted("begins-nowhere")
            .no("begin")
            .no("acknowledge_due")
            .no("answer_due"),
        accepted("begins-with-relayed")
            .says(M, INGRESS, relayed(9))
            .time("begin", M)
            .time("acknowledge_due", 6 * M)
            .time("answer_due", 61 * M)
            .of(HEAD_AT, "begin", Value::Null)
            .of(HEAD_AT, "transport_due", at(2 * M).0)
            .of(CHIEF_AT, "begin", Value::Null)
            .of(CHIEF_AT, "transport_due", Value::Null),
        accepted("begins-with-the-first-relayed")
            .says(3 * M, INGRESS, relayed(10))
            .says(M, INGRESS, relayed(9))
            .time("begin", M),
        accepted("begins-without-delivered")
            .says(M, DUTY, Claim::Delivered)
            .no("begin"),
        accepted("begins-of-a-standby-desk-with-its-step")
            .says(M, INGRESS, relayed(9))
            .says(7 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .time("begin", M)
            .of(CHIEF_AT, "begin", at(7 * M).0)
            .of(CHIEF_AT, "acknowledge_due", at(12 * M).0)
            .of(CHIEF_AT, "answer_due", at(67 * M).0),
        accepted("begins-of-a-standby-desk-with-its-first-step")
            .says(M, INGRESS, relayed(9))
            .says(8 * M, INGRESS, escalated(2, CHIEF, Cause::Asked))
            .says(7 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .of(CHIEF_AT, "begin", at(7 * M).0),
        accepted("begins-of-an-informed-desk-with-its-step")
            .says(M, INGRESS, relayed(9))
            .says(7 * M, INGRESS, escalated(1, HEAD, Cause::Declined))
            .of(HEAD_AT, "begin", at(7 * M).0)
            .of(HEAD_AT, "acknowledge_due", at(12 * M).0)
            .of(HEAD_AT, "transport_due", at(2 * M).0),
        History::silent("begins-at-the-last-time-there-is", &["RCP-6"], 9 * M)
            .says(u64::MAX - NOW.0, INGRESS, relayed(9))
            .of(1, "begin", json!(u64::MAX.to_string()))
            .of(1, "answer_due", json!(u64::MAX.to_string())),
    ]
}

fn extensions() -> Vec<History> {
    let busy = |id| History::relayed(id, &["RCP-6"], 9 * M).says(3 * M, DUTY, acknowledged(None));
    let last = Claim::Extended {
        desk: super::history::desk(DUTY),
        until: UnixMillis(u64::MAX),
    };
    vec![
        busy("extended")
            .says(4 * M, SENDER, extended(DUTY, 90 * M))
            .time("answer_due", 90 * M)
            .time("acknowledge_due", 6 * M),
        busy("extended-to-earlier")
            .says(4 * M, SENDER, extended(DUTY, 60 * M))
            .time("answer_due", 61 * M),
        busy("extended-twice")
            .says(4 * M, SENDER, extended(DUTY, 120 * M))
            .says_by(5 * M, SENDER, 2, extended(DUTY, 90 * M))
            .time("answer_due", 120 * M),
        busy("extended-for-ever").says(4 * M, SENDER, last).of(
            1,
            "answer_due",
            json!(u64::MAX.to_string()),
        ),
        History::silent("extended-before-relayed", &["RCP-6"], 9 * M)
            .says(0, EGRESS, accepted(1))
            .says(4 * M, SENDER, extended(DUTY, 90 * M))
            .no("answer_due"),
        busy("promise-within-an-extension")
            .says(4 * M, SENDER, extended(DUTY, 90 * M))
            .stands("acknowledged"),
        busy("asked-for-more-time")
            .says(4 * M, DUTY, asked(90 * M))
            .time("asked_until", 90 * M)
            .time("answer_due", 61 * M),
        busy("asked-for-less-time")
            .says(4 * M, DUTY, asked(50 * M))
            .no("asked_until"),
        busy("asked-for-as-much-time")
            .says(4 * M, DUTY, asked(61 * M))
            .no("asked_until"),
        busy("asked-and-given")
            .says(4 * M, DUTY, asked(90 * M))
            .says(5 * M, SENDER, extended(DUTY, 90 * M))
            .no("asked_until")
            .time("answer_due", 90 * M),
        busy("asked-and-given-less")
            .says(4 * M, DUTY, asked(90 * M))
            .says(5 * M, SENDER, extended(DUTY, 80 * M))
            .time("asked_until", 90 * M)
            .time("answer_due", 80 * M),
        busy("asked-twice")
            .says(4 * M, DUTY, asked(90 * M))
            .says_by(5 * M, DUTY, 2, asked(80 * M))
            .time("asked_until", 90 * M),
        busy("asked-by-another-desk")
            .says(4 * M, HEAD, asked(90 * M))
            .no("asked_until")
            .of(HEAD_AT, "asked_until", at(90 * M).0),
    ]
}

fn steps() -> Vec<History> {
    let relayed = |id| History::relayed(id, &["ESC-15"], 60 * M);
    let step = |number: u8, to: &str, cause: &str, after: u64| json!({ "step": number, "to": to, "cause": cause, "at": at(after).0 });
    let (chief, head) = (CHIEF.1.unwrap_or_default(), HEAD.1.unwrap_or_default());
    vec![
        relayed("no-steps").of(1, "steps", json!([])),
        relayed("one-step")
            .says(6 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .of(1, "steps", json!([step(1, chief, "silence", 6 * M)]))
            .of(CHIEF_AT, "steps", json!([])),
        relayed("steps-in-the-order-of-their-numbers")
            .says(6 * M, INGRESS, escalated(2, CHIEF, Cause::Referred))
            .says(7 * M, INGRESS, escalated(0, HEAD, Cause::NotStaffed))
            .says(8 * M, INGRESS, escalated(1, HEAD, Cause::Asked))
            .of(
                1,
                "steps",
                json!([
                    step(0, head, "not-staffed", 7 * M),
                    step(1, head, "asked", 8 * M),
                    step(2, chief, "referred", 6 * M),
                ]),
            ),
        relayed("one-step-told-twice")
            .says(7 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .says(6 * M, INGRESS, escalated(1, CHIEF, Cause::Declined))
            .of(
                1,
                "steps",
                json!([
                    step(1, chief, "declined", 6 * M),
                    step(1, chief, "silence", 7 * M),
                ]),
            ),
        relayed("step-255")
            .says(7 * M, INGRESS, escalated(255, CHIEF, Cause::Silence))
            .of(1, "steps", json!([step(255, chief, "silence", 7 * M)])),
    ]
}

/// With a `not_before` of ten minutes.
pub(super) fn deferred() -> Vec<History> {
    let relayed = |id, now| History::relayed(id, &["RCP-6", "RCP-7"], now);
    vec![
        relayed("deferred-begins-with-its-time", 9 * M)
            .time("begin", 10 * M)
            .time("acknowledge_due", 15 * M)
            .time("answer_due", 70 * M)
            .time("transport_due", 12 * M)
            .clocks("late", &[]),
        relayed("deferred-is-not-overdue", 15 * M).clocks("overdue", &[]),
        relayed("deferred-is-overdue-in-the-end", 15 * M + 1).clocks("overdue", &["acknowledge"]),
        History::silent("deferred-and-relayed-after-it", &["RCP-6"], 20 * M)
            .says(0, EGRESS, accepted(1))
            .says(11 * M, INGRESS, super::super::statement::forms::relayed(9))
            .time("begin", 11 * M)
            .time("transport_due", 12 * M)
            .clocks("late", &[]),
        History::silent("deferred-transport-overdue", &["RCP-7"], 12 * M + 1)
            .says(0, EGRESS, accepted(1))
            .clocks("overdue", &["transport"]),
        History::silent("deferred-transport-not-overdue", &["RCP-7"], 12 * M)
            .says(0, EGRESS, accepted(1))
            .clocks("overdue", &[]),
    ]
}

/// A routine message, whose precedence a release may change.
pub(super) fn slow() -> Vec<History> {
    let accepted =
        |id, requirements| History::silent(id, requirements, 9 * M).says(0, EGRESS, accepted(1));
    let of_precedence = |id, precedence, due| {
        accepted(id, &["RCP-7", "ESC-3"])
            .says(M, EGRESS, held(false))
            .says(2 * M, EGRESS, released(precedence))
            .time("transport_due", 2 * M + due)
    };
    vec![
        accepted("transport-of-the-header", &["RCP-7", "ESC-3"]).time("transport_due", 480 * M),
        of_precedence("transport-released-flash", Precedence::Flash, 2 * M),
        of_precedence(
            "transport-released-immediate",
            Precedence::Immediate,
            15 * M,
        ),
        of_precedence("transport-released-priority", Precedence::Priority, 60 * M),
        of_precedence("transport-released-routine", Precedence::Routine, 480 * M),
        accepted("transport-held-and-not-let-go", &["RCP-7"])
            .says(M, EGRESS, held(false))
            .time("transport_due", 480 * M)
            .clocks("overdue", &[]),
    ]
}

/// A header without times: only transport is due.
pub(super) fn undemanding() -> Vec<History> {
    let relayed = |id| History::relayed(id, &["RCP-6"], 9_000 * M);
    vec![
        relayed("nothing-is-due")
            .time("begin", M)
            .no("acknowledge_due")
            .no("answer_due")
            .clocks("overdue", &[]),
        relayed("nothing-is-extended")
            .says(4 * M, SENDER, extended(DUTY, 90 * M))
            .no("answer_due"),
        History::relayed("nothing-lapses", &["RCP-2", "RCP-3"], 9_000 * M)
            .says(3 * M, DUTY, acknowledged(Some(10 * M)))
            .stands("acknowledged")
            .time("promise", 10 * M),
        relayed("asked-for-time-where-none-is-due")
            .says(4 * M, DUTY, asked(90 * M))
            .time("asked_until", 90 * M),
    ]
}

/// Within one agency `accepted` is what begins, and `released` where it was held.
pub(super) fn at_home() -> Vec<History> {
    let accepted =
        |id| History::silent(id, &["RCP-6", "RCP-7"], 20 * M).says(0, EGRESS, accepted(1));
    vec![
        accepted("home-begins-with-accepted")
            .of(0, "begin", at(0).0)
            .of(0, "acknowledge_due", at(5 * M).0)
            .of(0, "transport_due", Value::Null)
            .of(0, "overdue", json!(["acknowledge"])),
        accepted("home-held-has-not-begun")
            .says(M, EGRESS, held(false))
            .of(0, "begin", Value::Null)
            .of(0, "overdue", json!([])),
        accepted("home-begins-when-it-is-let-go")
            .says(M, EGRESS, held(false))
            .says(4 * M, EGRESS, released(Precedence::Flash))
            .of(0, "begin", at(4 * M).0)
            .of(0, "answer_due", at(64 * M).0),
        accepted("home-acknowledged")
            .says(5 * M, HOME, acknowledged(None))
            .of(0, "standing", "acknowledged")
            .of(0, "overdue", json!([])),
        History::silent("home-has-nothing-from-other-relays", &["RCP-6"], 20 * M)
            .says(0, EGRESS, relayed(1))
            .of(0, "begin", Value::Null),
    ]
}
