//! Histories of clocks: each before, at and after its due, met in time, late, and met by what does
//! not meet it.

use super::super::statement::chain::{held, released};
use super::super::statement::forms::{
    DUTY, EGRESS, HEAD, INGRESS, SENDER, accepted, expired, refused, relayed, says,
};
use super::history::{
    CHIEF, CHIEF_AT, CLOSED, HEAD_AT, History, M, acknowledged, answered, declined, escalated,
    extended, overdue, referred, retracted,
};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;
use serde_json::json;

pub(super) fn histories() -> Vec<History> {
    [
        transport(),
        acknowledging(),
        answer(),
        late_of_two_kinds(),
        told(),
        stopped(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn transport() -> Vec<History> {
    let accepted = |id, now| History::silent(id, &["RCP-7"], now).says(0, EGRESS, accepted(1));
    vec![
        accepted("transport-before-its-time", 2 * M - 1)
            .time("transport_due", 2 * M)
            .clocks("overdue", &[]),
        accepted("transport-at-its-time", 2 * M).clocks("overdue", &[]),
        accepted("transport-after-its-time", 2 * M + 1)
            .clocks("overdue", &["transport"])
            .of(HEAD_AT, "overdue", json!(["transport"]))
            .of(CHIEF_AT, "overdue", json!([])),
        accepted("transport-met-at-its-time", 9 * M)
            .says(2 * M, INGRESS, relayed(9))
            .clocks("late", &[]),
        accepted("transport-met-late", 3 * M)
            .says(2 * M + 1, INGRESS, relayed(9))
            .clocks("overdue", &[])
            .clocks("late", &["transport"])
            .of(HEAD_AT, "late", json!(["transport"]))
            .of(CHIEF_AT, "late", json!([])),
        accepted("transport-below-relayed-but-delivered", 3 * M)
            .says(2 * M, DUTY, Claim::Delivered)
            .clocks("overdue", &[])
            .of(HEAD_AT, "overdue", json!(["transport"])),
        History::silent("transport-not-accepted", &["RCP-7"], 900 * M)
            .no("transport_due")
            .clocks("overdue", &[]),
    ]
}

fn acknowledging() -> Vec<History> {
    let relayed = History::relayed;
    let ack = says(DUTY, 1, 3 * M, acknowledged(None));
    let met = |id, claim| {
        relayed(id, &["RCP-7"], 7 * M)
            .says(6 * M, DUTY, claim)
            .clocks("overdue", &[])
            .clocks("late", &[])
    };
    let late = |id, claim| {
        relayed(id, &["RCP-8"], 7 * M)
            .says(6 * M + 1, DUTY, claim)
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge"])
    };
    vec![
        relayed(
            "acknowledge-before-its-time",
            &["RCP-6", "RCP-7"],
            6 * M - 1,
        )
        .time("acknowledge_due", 6 * M)
        .clocks("overdue", &[]),
        relayed("acknowledge-at-its-time", &["RCP-7"], 6 * M).clocks("overdue", &[]),
        relayed("acknowledge-after-its-time", &["RCP-7"], 6 * M + 1)
            .clocks("overdue", &["acknowledge"])
            .of(HEAD_AT, "overdue", json!([]))
            .of(CHIEF_AT, "overdue", json!([])),
        met("acknowledge-met-by-acknowledging", acknowledged(None)),
        met("acknowledge-met-by-answering", answered()),
        met("acknowledge-met-by-declining", declined()),
        met("acknowledge-met-by-referring", referred(HEAD)),
        late("acknowledge-late-by-acknowledging", acknowledged(None)),
        late("acknowledge-late-by-answering", answered()),
        late("acknowledge-late-by-declining", declined()),
        late("acknowledge-late-by-referring", referred(HEAD)),
        relayed("acknowledge-not-met-by-opening", &["RCP-7"], 7 * M)
            .says(3 * M, DUTY, Claim::Opened)
            .clocks("overdue", &["acknowledge"]),
        relayed("acknowledge-not-met-by-another-desk", &["RCP-7"], 7 * M)
            .says(3 * M, HEAD, acknowledged(None))
            .clocks("overdue", &["acknowledge"]),
        relayed(
            "acknowledge-not-met-by-what-is-taken-back",
            &["RCP-1", "RCP-7"],
            7 * M,
        )
        .said(ack.clone())
        .says(4 * M, DUTY, retracted(&ack))
        .clocks("overdue", &["acknowledge"]),
        relayed(
            "acknowledge-late-because-the-first-is-taken-back",
            &["RCP-1", "RCP-8"],
            9 * M,
        )
        .said(ack.clone())
        .says(4 * M, DUTY, retracted(&ack))
        .says(8 * M, DUTY, acknowledged(None))
        .clocks("late", &["acknowledge"]),
        relayed("acknowledge-met-by-the-first-of-two", &["RCP-8"], 9 * M)
            .said(ack)
            .says_by(8 * M, DUTY, 2, acknowledged(None))
            .clocks("late", &[]),
        relayed("acknowledge-lapsed-is-not-overdue", &["RCP-7"], 30 * M)
            .says(3 * M, DUTY, acknowledged(Some(10 * M)))
            .stands("lapsed")
            .clocks("overdue", &[]),
    ]
}

fn answer() -> Vec<History> {
    let busy = |id, requirements, now| {
        History::relayed(id, requirements, now).says(3 * M, DUTY, acknowledged(None))
    };
    vec![
        busy("answer-before-its-time", &["RCP-6", "RCP-7"], 61 * M - 1)
            .time("answer_due", 61 * M)
            .clocks("overdue", &[]),
        busy("answer-at-its-time", &["RCP-7"], 61 * M).clocks("overdue", &[]),
        busy("answer-after-its-time", &["RCP-7"], 61 * M + 1).clocks("overdue", &["answer"]),
        busy("answer-given-at-its-time", &["RCP-7"], 70 * M)
            .says(61 * M, DUTY, answered())
            .clocks("overdue", &[])
            .clocks("late", &[]),
        busy("answer-given-late", &["RCP-8"], 70 * M)
            .says(61 * M + 1, DUTY, answered())
            .clocks("overdue", &[])
            .clocks("late", &["answer"]),
        busy("answer-declined-at-its-time", &["RCP-7"], 70 * M)
            .says(61 * M, DUTY, declined())
            .clocks("overdue", &[])
            .clocks("late", &[]),
        busy("answer-declined-late", &["RCP-8"], 70 * M)
            .says(61 * M + 1, DUTY, declined())
            .clocks("overdue", &[])
            .clocks("late", &["answer"]),
        busy("answer-not-given-by-referring", &["RCP-7"], 70 * M)
            .says(50 * M, DUTY, referred(HEAD))
            .clocks("overdue", &["answer"]),
        busy("answer-wanted-again-after-declining", &["RCP-7"], 70 * M)
            .says(50 * M, DUTY, declined())
            .says(51 * M, DUTY, acknowledged(None))
            .clocks("overdue", &["answer"]),
        busy("answer-after-declining-in-time", &["RCP-8"], 90 * M)
            .says(50 * M, DUTY, declined())
            .says(80 * M, DUTY, answered())
            .clocks("overdue", &[])
            .clocks("late", &[]),
        busy("answer-twice", &["RCP-8"], 90 * M)
            .says(50 * M, DUTY, answered())
            .says_by(80 * M, DUTY, 2, answered())
            .clocks("late", &[]),
        busy("answer-extended-not-due", &["RCP-6", "RCP-7"], 70 * M)
            .says(50 * M, SENDER, extended(DUTY, 120 * M))
            .time("answer_due", 120 * M)
            .clocks("overdue", &[]),
        busy(
            "answer-extended-and-overdue",
            &["RCP-6", "RCP-7"],
            120 * M + 1,
        )
        .says(50 * M, SENDER, extended(DUTY, 120 * M))
        .clocks("overdue", &["answer"]),
        busy("answer-extended-and-given", &["RCP-6", "RCP-8"], 130 * M)
            .says(50 * M, SENDER, extended(DUTY, 120 * M))
            .says(120 * M, DUTY, answered())
            .clocks("late", &[]),
        // A later extension makes an answer good that was late.
        busy(
            "answer-extended-when-it-was-late",
            &["RCP-6", "RCP-8"],
            130 * M,
        )
        .says(80 * M, DUTY, answered())
        .says(90 * M, SENDER, extended(DUTY, 120 * M))
        .clocks("late", &[]),
        busy("answer-given-by-another-desk", &["RCP-7"], 62 * M)
            .says(50 * M, HEAD, answered())
            .clocks("overdue", &["answer"]),
    ]
}

fn late_of_two_kinds() -> Vec<History> {
    vec![
        History::silent("late-of-each-kind", &["RCP-8"], 90 * M)
            .says(0, EGRESS, accepted(1))
            .says(3 * M, INGRESS, relayed(9))
            .says(70 * M, DUTY, answered())
            .clocks("late", &["transport", "acknowledge", "answer"]),
        History::silent("late-and-overdue", &["RCP-7", "RCP-8"], 90 * M)
            .says(0, EGRESS, accepted(1))
            .says(3 * M, INGRESS, relayed(9))
            .says(9 * M, DUTY, acknowledged(None))
            .clocks("late", &["transport", "acknowledge"])
            .clocks("overdue", &["answer"]),
        History::relayed("overdue-of-both-kinds", &["RCP-7"], 90 * M)
            .clocks("overdue", &["acknowledge", "answer"]),
        History::relayed("overdue-of-a-standby-desk", &["RCP-6", "RCP-7"], 16 * M)
            .says(10 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .of(CHIEF_AT, "acknowledge_due", super::history::at(15 * M).0)
            .of(CHIEF_AT, "overdue", json!(["acknowledge"])),
        History::relayed("late-of-a-standby-desk", &["RCP-6", "RCP-8"], 20 * M)
            .says(10 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .says(16 * M, CHIEF, acknowledged(None))
            .of(CHIEF_AT, "late", json!(["acknowledge"])),
        History::relayed("standby-desk-said-it-before", &["RCP-8"], 20 * M)
            .says(5 * M, CHIEF, acknowledged(None))
            .says(10 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .of(CHIEF_AT, "late", json!([]))
            .of(CHIEF_AT, "overdue", json!([])),
    ]
}

fn told() -> Vec<History> {
    let told = |clock, due| overdue(DUTY, clock, due);
    vec![
        History::relayed("told-of-one", &["RCP-9"], 7 * M)
            .says(6 * M, EGRESS, told(Clock::Acknowledge, 6 * M))
            .clocks("told", &["acknowledge"])
            .clocks("overdue", &["acknowledge"])
            .of(HEAD_AT, "told", json!([])),
        History::relayed("told-of-each-in-their-order", &["RCP-9"], 90 * M)
            .says(6 * M, EGRESS, told(Clock::Answer, 61 * M))
            .says(7 * M, EGRESS, told(Clock::Transport, 2 * M))
            .says(8 * M, EGRESS, told(Clock::Acknowledge, 6 * M))
            .clocks("told", &["transport", "acknowledge", "answer"]),
        History::relayed("told-twice", &["RCP-9"], 9 * M)
            .says(6 * M, EGRESS, told(Clock::Acknowledge, 6 * M))
            .says(7 * M, EGRESS, told(Clock::Acknowledge, 6 * M))
            .clocks("told", &["acknowledge"]),
        History::relayed("told-and-met-since", &["RCP-8", "RCP-9"], 9 * M)
            .says(6 * M, EGRESS, told(Clock::Acknowledge, 6 * M))
            .says(7 * M, DUTY, acknowledged(None))
            .clocks("told", &["acknowledge"])
            .clocks("overdue", &[])
            .clocks("late", &["acknowledge"]),
        History::relayed("overdue-and-not-told", &["RCP-9"], 7 * M)
            .clocks("told", &[])
            .clocks("overdue", &["acknowledge"]),
        History::relayed("told-and-not-overdue", &["RCP-9"], 5 * M)
            .says(4 * M, EGRESS, told(Clock::Acknowledge, 4 * M))
            .clocks("told", &["acknowledge"])
            .clocks("overdue", &[]),
    ]
}

/// RCP-7: nothing is overdue of these.
fn stopped() -> Vec<History> {
    let accepted = |id| History::silent(id, &["RCP-7"], 900 * M).says(0, EGRESS, accepted(1));
    let of_all = |history: History| {
        history
            .clocks("overdue", &[])
            .of(HEAD_AT, "overdue", json!([]))
            .of(CHIEF_AT, "overdue", json!([]))
    };
    let duty = DUTY.1.unwrap_or_default();
    vec![
        of_all(accepted("refused-by-egress").says(M, EGRESS, refused(13, "ADM-13"))),
        of_all(accepted("refused-by-ingress").says(M, INGRESS, refused(18, "ADM-18"))),
        of_all(accepted("cancelled").says(M, EGRESS, Claim::Cancelled)),
        of_all(accepted("held").says(M, EGRESS, held(false))),
        of_all(accepted("closed-by-the-sender").says(M, SENDER, CLOSED)),
        accepted("expired-before-delivery")
            .says(M, EGRESS, expired(duty))
            .clocks("overdue", &[])
            .of(HEAD_AT, "overdue", json!(["transport"])),
        accepted("expired-after-delivery")
            .says(M, INGRESS, relayed(9))
            .says(2 * M, DUTY, Claim::Delivered)
            .says(3 * M, INGRESS, expired(duty))
            .clocks("overdue", &["acknowledge", "answer"]),
        accepted("held-and-let-go")
            .says(M, EGRESS, held(false))
            .says(4 * M, EGRESS, released(Precedence::Flash))
            .time("transport_due", 6 * M)
            .clocks("overdue", &["transport"]),
        accepted("closed-keeps-what-was-late")
            .says(3 * M, INGRESS, relayed(9))
            .says(9 * M, DUTY, acknowledged(None))
            .says(10 * M, SENDER, CLOSED)
            .clocks("overdue", &[])
            .clocks("late", &["transport", "acknowledge"]),
        accepted("refused-and-relayed-is-a-contradiction")
            .says(M, INGRESS, relayed(9))
            .says(2 * M, INGRESS, refused(18, "ADM-18"))
            .clocks("overdue", &["acknowledge", "answer"]),
    ]
}
