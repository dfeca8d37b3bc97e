//! Histories of standing: the table row by row, whichever row it is that comes first.

use super::super::case::Case;
use super::super::statement::forms::{DUTY, HEAD, SENDER, says};
use super::history::{
    CHIEF, CHIEF_AT, CLOSED, HEAD_AT, History, M, acknowledged, answered, declined, escalated,
    referred, retracted,
};
use estafette_protocol::escalation::Cause;
use estafette_protocol::statement::Claim;

pub(super) fn histories() -> Vec<History> {
    [rows(), rank(), devices(), taking_back(), others()]
        .into_iter()
        .flatten()
        .collect()
}

fn rows() -> Vec<History> {
    let relayed = History::relayed;
    let ack = says(DUTY, 1, 3 * M, acknowledged(None));
    vec![
        History::silent("waiting-for-everything", &["RCP-5"], 0).stands("waiting"),
        relayed("waiting", &["RCP-5"], 3 * M).stands("waiting"),
        relayed("waiting-delivered", &["RCP-5"], 3 * M)
            .says(2 * M, DUTY, Claim::Delivered)
            .stands("waiting"),
        relayed("waiting-opened", &["RCP-5"], 3 * M)
            .says(2 * M, DUTY, Claim::Opened)
            .stands("waiting"),
        relayed("waiting-unreadable", &["RCP-5"], 3 * M)
            .says(2 * M, DUTY, Claim::Unreadable { stage: 4 })
            .stands("waiting"),
        relayed("acknowledged", &["RCP-2"], 4 * M)
            .said(ack.clone())
            .stands("acknowledged")
            .no("promise"),
        relayed("acknowledged-until", &["RCP-2", "RCP-3"], 4 * M)
            .says(3 * M, DUTY, acknowledged(Some(30 * M)))
            .stands("acknowledged")
            .time("promise", 30 * M),
        relayed("lapsed", &["RCP-2"], 30 * M + 1)
            .says(3 * M, DUTY, acknowledged(Some(30 * M)))
            .stands("lapsed")
            .time("promise", 30 * M),
        relayed("not-lapsed-yet", &["RCP-2"], 30 * M)
            .says(3 * M, DUTY, acknowledged(Some(30 * M)))
            .stands("acknowledged"),
        relayed("lapsed-with-the-answer", &["RCP-2"], 61 * M + 1)
            .said(ack.clone())
            .stands("lapsed"),
        relayed("not-lapsed-with-the-answer-yet", &["RCP-2"], 61 * M)
            .said(ack.clone())
            .stands("acknowledged"),
        relayed(
            "lapsed-before-a-later-promise",
            &["RCP-2", "RCP-3"],
            61 * M + 1,
        )
        .says(3 * M, DUTY, acknowledged(Some(900 * M)))
        .stands("lapsed")
        .time("promise", 900 * M),
        relayed("retracted", &["RCP-1"], 5 * M)
            .said(ack.clone())
            .says(4 * M, DUTY, retracted(&ack))
            .stands("retracted"),
        relayed("declined", &["RCP-5"], 5 * M)
            .says(3 * M, DUTY, declined())
            .stands("declined"),
        relayed("referred", &["RCP-5"], 5 * M)
            .says(3 * M, DUTY, referred(HEAD))
            .stands("referred")
            .of(1, "referred_to", HEAD.1.unwrap_or_default()),
        relayed(
            "referred-to-a-desk-that-is-not-addressed",
            &["RCP-5"],
            5 * M,
        )
        .says(3 * M, DUTY, referred(SENDER))
        .stands("referred")
        .of(1, "referred_to", SENDER.1.unwrap_or_default()),
        relayed("closed", &["RCP-5"], 5 * M)
            .says(3 * M, SENDER, CLOSED)
            .stands("closed"),
        relayed("answered", &["RCP-5"], 5 * M)
            .says(3 * M, DUTY, answered())
            .stands("answered"),
        History::silent("answered-and-nothing-else-proved", &["RCP-5"], 5 * M)
            .says(3 * M, DUTY, answered())
            .stands("answered"),
    ]
}

/// The first row that applies, for neighbours and beyond; RCP-4.
fn rank() -> Vec<History> {
    let relayed = History::relayed;
    let ack = says(DUTY, 1, 3 * M, acknowledged(None));
    vec![
        relayed("answered-before-closed", &["RCP-4"], 9 * M)
            .says(3 * M, DUTY, answered())
            .says(4 * M, SENDER, CLOSED)
            .stands("answered"),
        relayed("answered-after-closed", &["RCP-4"], 9 * M)
            .says(3 * M, SENDER, CLOSED)
            .says(4 * M, DUTY, answered())
            .stands("answered"),
        relayed("answered-then-declined", &["RCP-4"], 9 * M)
            .says(3 * M, DUTY, answered())
            .says(4 * M, DUTY, declined())
            .stands("answered"),
        relayed("answered-then-acknowledged", &["RCP-4"], 9 * M)
            .says(3 * M, DUTY, answered())
            .says(4 * M, DUTY, acknowledged(Some(5 * M)))
            .stands("answered"),
        relayed("answered-then-taken-back", &["RCP-4"], 9 * M)
            .said(ack.clone())
            .says(4 * M, DUTY, answered())
            .says(5 * M, DUTY, retracted(&ack))
            .stands("answered"),
        relayed("closed-then-acknowledged", &["RCP-4"], 9 * M)
            .says(2 * M, SENDER, CLOSED)
            .said(ack.clone())
            .stands("closed"),
        relayed("closed-then-declined", &["RCP-4"], 9 * M)
            .says(2 * M, SENDER, CLOSED)
            .says(3 * M, DUTY, declined())
            .stands("closed"),
        relayed("closed-then-referred", &["RCP-4"], 9 * M)
            .says(2 * M, SENDER, CLOSED)
            .says(3 * M, DUTY, referred(HEAD))
            .stands("closed"),
        relayed("closed-then-taken-back", &["RCP-4"], 9 * M)
            .said(ack.clone())
            .says(4 * M, SENDER, CLOSED)
            .says(5 * M, DUTY, retracted(&ack))
            .stands("closed"),
        relayed("declined-then-acknowledged", &["RCP-2"], 9 * M)
            .says(2 * M, DUTY, declined())
            .said(ack.clone())
            .stands("acknowledged"),
        relayed("acknowledged-then-declined", &["RCP-2"], 9 * M)
            .said(ack.clone())
            .says(4 * M, DUTY, declined())
            .stands("declined"),
        relayed("acknowledged-then-referred", &["RCP-2"], 9 * M)
            .said(ack.clone())
            .says(4 * M, DUTY, referred(HEAD))
            .stands("referred"),
        relayed("declined-then-referred", &["RCP-5"], 9 * M)
            .says(2 * M, DUTY, declined())
            .says(3 * M, DUTY, referred(HEAD))
            .stands("referred"),
        relayed("referred-then-declined", &["RCP-5"], 9 * M)
            .says(2 * M, DUTY, referred(HEAD))
            .says(3 * M, DUTY, declined())
            .stands("declined")
            .no("referred_to"),
        relayed(
            "declined-then-acknowledged-then-taken-back",
            &["RCP-1"],
            9 * M,
        )
        .says(2 * M, DUTY, declined())
        .said(ack.clone())
        .says(4 * M, DUTY, retracted(&ack))
        .stands("declined"),
        relayed("taken-back-then-declined", &["RCP-1"], 9 * M)
            .said(ack.clone())
            .says(4 * M, DUTY, retracted(&ack))
            .says(5 * M, DUTY, declined())
            .stands("declined"),
        relayed("lapsed-then-declined", &["RCP-2"], 40 * M)
            .says(2 * M, DUTY, acknowledged(Some(10 * M)))
            .says(3 * M, DUTY, declined())
            .stands("declined"),
        relayed("declined-and-promised", &["RCP-3"], 9 * M)
            .says(2 * M, DUTY, acknowledged(Some(30 * M)))
            .says(3 * M, DUTY, declined())
            .stands("declined")
            .time("promise", 30 * M),
    ]
}

/// Words of two devices of one desk.
fn devices() -> Vec<History> {
    let relayed = History::relayed;
    let ack = |device, at, until| says(DUTY, device, at, acknowledged(until));
    let mut at_once = [
        says(DUTY, 1, 3 * M, acknowledged(None)),
        says(DUTY, 2, 3 * M, declined()),
    ];
    at_once.sort_by_key(|bytes| {
        let hash = estafette_protocol::statement::decode(bytes).map(|signed| signed.hash());
        hash.ok()
    });
    let declined_last = at_once[1] == says(DUTY, 2, 3 * M, declined());
    vec![
        relayed("device-renews-its-promise", &["RCP-2", "RCP-3"], 20 * M)
            .said(ack(1, 2 * M, Some(10 * M)))
            .said(ack(1, 5 * M, Some(30 * M)))
            .stands("acknowledged")
            .time("promise", 30 * M),
        relayed("device-shortens-its-promise", &["RCP-2", "RCP-3"], 20 * M)
            .said(ack(1, 2 * M, Some(30 * M)))
            .said(ack(1, 5 * M, Some(10 * M)))
            .stands("lapsed")
            .time("promise", 10 * M),
        relayed("device-drops-its-promise", &["RCP-2", "RCP-3"], 20 * M)
            .said(ack(1, 2 * M, Some(10 * M)))
            .said(ack(1, 5 * M, None))
            .stands("acknowledged")
            .no("promise"),
        relayed("second-device-promises-less", &["RCP-2", "RCP-3"], 20 * M)
            .said(ack(1, 2 * M, Some(30 * M)))
            .said(ack(2, 5 * M, Some(10 * M)))
            .stands("acknowledged")
            .time("promise", 30 * M),
        relayed("second-device-promises-more", &["RCP-2", "RCP-3"], 20 * M)
            .said(ack(1, 2 * M, Some(10 * M)))
            .said(ack(2, 5 * M, Some(30 * M)))
            .stands("acknowledged")
            .time("promise", 30 * M),
        relayed("second-device-declines", &["RCP-2"], 20 * M)
            .said(ack(1, 2 * M, Some(30 * M)))
            .says_by(5 * M, DUTY, 2, declined())
            .stands("declined"),
        relayed("second-device-answers", &["RCP-4"], 20 * M)
            .said(ack(1, 2 * M, Some(30 * M)))
            .says_by(5 * M, DUTY, 2, answered())
            .stands("answered"),
        relayed("both-lapsed", &["RCP-2"], 31 * M)
            .said(ack(1, 2 * M, Some(30 * M)))
            .said(ack(2, 5 * M, Some(10 * M)))
            .stands("lapsed"),
        relayed(
            "first-in-force-again-after-the-second-declined",
            &["RCP-2"],
            20 * M,
        )
        .said(ack(1, 2 * M, Some(30 * M)))
        .says_by(5 * M, DUTY, 2, declined())
        .said(ack(2, 6 * M, Some(10 * M)))
        .stands("acknowledged")
        .time("promise", 30 * M),
        relayed("words-of-one-time-go-by-hash", &["RCP-5"], 5 * M)
            .said(at_once[0].clone())
            .said(at_once[1].clone())
            .stands(if declined_last {
                "declined"
            } else {
                "acknowledged"
            }),
    ]
}

/// RCP-1.
fn taking_back() -> Vec<History> {
    let relayed = History::relayed;
    let first = says(DUTY, 1, 3 * M, acknowledged(Some(30 * M)));
    let second = says(DUTY, 2, 4 * M, acknowledged(Some(20 * M)));
    let earlier = says(DUTY, 1, 2 * M, acknowledged(Some(25 * M)));
    let refusal = says(DUTY, 1, 3 * M, declined());
    let other = says(HEAD, 1, 3 * M, acknowledged(None));
    vec![
        relayed("taken-back-by-the-second-device", &["RCP-1"], 9 * M)
            .said(first.clone())
            .says_by(5 * M, DUTY, 2, retracted(&first))
            .stands("retracted")
            .no("promise"),
        relayed("one-of-two-taken-back", &["RCP-1", "RCP-3"], 9 * M)
            .said(first.clone())
            .said(second.clone())
            .says(5 * M, DUTY, retracted(&first))
            .stands("acknowledged")
            .time("promise", 20 * M),
        relayed("both-taken-back", &["RCP-1"], 9 * M)
            .said(first.clone())
            .said(second.clone())
            .says(5 * M, DUTY, retracted(&first))
            .says(6 * M, DUTY, retracted(&second))
            .stands("retracted"),
        relayed("the-earlier-holds-again", &["RCP-1", "RCP-2"], 9 * M)
            .said(earlier)
            .said(first.clone())
            .says(5 * M, DUTY, retracted(&first))
            .stands("acknowledged")
            .time("promise", 25 * M),
        relayed("taken-back-twice", &["RCP-1"], 9 * M)
            .said(first.clone())
            .says(5 * M, DUTY, retracted(&first))
            .says_by(6 * M, DUTY, 2, retracted(&first))
            .stands("retracted"),
        relayed("taken-back-at-an-earlier-time", &["RCP-1"], 9 * M)
            .says(2 * M, DUTY, retracted(&first))
            .said(first.clone())
            .stands("retracted"),
        relayed("taken-back-and-not-there", &["RCP-1"], 9 * M)
            .says(5 * M, DUTY, retracted(&first))
            .stands("waiting"),
        relayed("refusal-cannot-be-taken-back", &["RCP-1"], 9 * M)
            .said(refusal.clone())
            .says(5 * M, DUTY, retracted(&refusal))
            .stands("declined"),
        relayed("acknowledged-again", &["RCP-1"], 9 * M)
            .said(first.clone())
            .says(5 * M, DUTY, retracted(&first))
            .says(6 * M, DUTY, acknowledged(Some(40 * M)))
            .stands("acknowledged")
            .time("promise", 40 * M),
        relayed("another-desk-s-acknowledgement", &["RCP-1"], 9 * M)
            .said(first.clone())
            .said(other.clone())
            .says(5 * M, DUTY, retracted(&other))
            .stands("acknowledged")
            .of(HEAD_AT, "standing", "acknowledged"),
        relayed("another-desk-takes-it-back", &["RCP-1"], 9 * M)
            .said(first.clone())
            .says(5 * M, HEAD, retracted(&first))
            .stands("acknowledged")
            .of(HEAD_AT, "standing", "waiting"),
    ]
}

/// Desks beside the one that must act.
fn others() -> Vec<History> {
    let relayed = History::relayed;
    vec![
        relayed("informed-desk-acknowledges", &["RCP-2"], 900 * M)
            .says(3 * M, HEAD, acknowledged(None))
            .stands("waiting")
            // Nothing is due of it, so that nothing ends it.
            .of(HEAD_AT, "standing", "acknowledged"),
        relayed("informed-desk-declines", &["RCP-5"], 9 * M)
            .says(3 * M, HEAD, declined())
            .stands("waiting")
            .of(HEAD_AT, "standing", "declined"),
        relayed("standby-desk-before-its-step", &["RCP-2"], 9 * M)
            .says(3 * M, CHIEF, acknowledged(None))
            .of(CHIEF_AT, "standing", "acknowledged"),
        relayed(
            "standby-desk-after-its-step",
            &["RCP-2", "RCP-6"],
            70 * M + 1,
        )
        .says(
            10 * M,
            super::super::statement::forms::INGRESS,
            escalated(1, CHIEF, Cause::Silence),
        )
        .says(11 * M, CHIEF, acknowledged(None))
        .of(CHIEF_AT, "standing", "lapsed"),
        relayed("answer-of-one-is-not-the-other-s", &["RCP-5"], 9 * M)
            .says(3 * M, HEAD, answered())
            .stands("waiting")
            .of(HEAD_AT, "standing", "answered"),
        relayed("closed-for-all", &["RCP-5"], 9 * M)
            .says(3 * M, SENDER, CLOSED)
            .of(CHIEF_AT, "standing", "closed")
            .of(HEAD_AT, "standing", "closed"),
        relayed("reminded", &["RCP-5"], 9 * M)
            .says(
                3 * M,
                SENDER,
                Claim::Reminded {
                    desks: DUTY.1.iter().filter_map(|d| d.parse().ok()).collect(),
                },
            )
            .stands("waiting"),
    ]
}

/// RCP-5: histories of many statements in three other orders each.
pub(super) fn orders() -> Vec<Case> {
    let first = says(DUTY, 1, 3 * M, acknowledged(Some(30 * M)));
    let full = History::relayed("full", &["RCP-5"], 20 * M)
        .says(2 * M, DUTY, Claim::Delivered)
        .said(first.clone())
        .says_by(4 * M, DUTY, 2, acknowledged(Some(25 * M)))
        .says(5 * M, DUTY, retracted(&first))
        .says(6 * M, HEAD, declined());
    let acknowledged_once = full.clone().stands("acknowledged").time("promise", 25 * M);
    let refused = full
        .clone()
        .says(7 * M, DUTY, declined())
        .stands("declined");
    let answered_at_last = full
        .clone()
        .says(7 * M, DUTY, declined())
        .says(8 * M, SENDER, CLOSED)
        .says_by(9 * M, DUTY, 2, answered())
        .stands("answered");
    let closed = full
        .says(7 * M, DUTY, referred(HEAD))
        .says(8 * M, SENDER, CLOSED)
        .stands("closed");
    [
        acknowledged_once.in_other_orders([
            "order-acknowledged-reversed",
            "order-acknowledged-turned",
            "order-acknowledged-twice",
        ]),
        refused.in_other_orders([
            "order-declined-reversed",
            "order-declined-turned",
            "order-declined-twice",
        ]),
        answered_at_last.in_other_orders([
            "order-answered-reversed",
            "order-answered-turned",
            "order-answered-twice",
        ]),
        closed.in_other_orders([
            "order-closed-reversed",
            "order-closed-turned",
            "order-closed-twice",
        ]),
    ]
    .concat()
}
