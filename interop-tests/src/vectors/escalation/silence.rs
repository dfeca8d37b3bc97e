//! Plays of silence: steps by time alone, deferral, restarts, and what ends a chain.

#![expect(
    clippy::cloned_ref_to_slice_refs,
    reason = "a list of one reads like the lists beside it"
)]

use super::super::statement::forms::NOW;
use super::play::{
    CHIEF, DEPUTY, DUTY, GATE, M, Play, SENDER, acknowledged, answered, chain, declined, header,
    step, time,
};
use estafette_protocol::statement::Claim;
use serde_json::json;

pub(super) fn plays() -> Vec<Play> {
    [by_time(), hurried(), deferred(), clocks_moved(), ended()]
        .into_iter()
        .flatten()
        .collect()
}

const CLOSED: Claim = Claim::Closed { remark: None };

fn by_time() -> Vec<Play> {
    let [one, two, three] = [
        step(1, DEPUTY, "silence"),
        step(2, CHIEF, "silence"),
        step(3, GATE, "silence"),
    ];
    vec![
        Play::started("begins", &["ESC-10"]).next(5 * M),
        Play::new("not-begun", &["ESC-10"])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("before-the-first-step", &["ESC-11"])
            .tick(5 * M - 1, &[])
            .next(5 * M)
            .quiet(),
        Play::started("first-step", &["ESC-11"])
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("first-step-late", &["ESC-11"])
            .tick(5 * M + 1, &[one.clone()])
            .next(15 * M),
        Play::started("every-step", &["ESC-11", "ESC-6"])
            .tick(5 * M, &[one.clone()])
            .tick(15 * M, &[two.clone()])
            .tick(30 * M, &[three.clone()]),
        Play::started("nothing-twice", &["ESC-6"])
            .tick(5 * M, &[one.clone()])
            .tick(5 * M, &[])
            .tick(14 * M, &[])
            .next(15 * M)
            .quiet(),
        Play::started("after-the-last-step", &["ESC-6", "ESC-11"])
            .tick(30 * M, &[one.clone(), two.clone(), three.clone()])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::started("all-while-the-relay-was-down", &["ESC-6"])
            .tick(24 * 60 * M, &[one.clone(), two.clone(), three]),
        Play::started("two-while-the-relay-was-down", &["ESC-6"])
            .tick(15 * M, &[one.clone(), two])
            .next(30 * M),
        Play::started("started-twice", &["ESC-6"])
            .tick(5 * M, &[one.clone()])
            .start(6 * M, &[])
            .tick(11 * M, &[])
            .next(15 * M)
            .quiet(),
        Play::started("steps-at-one-time", &["ESC-11"])
            .with(
                "chains",
                json!([chain(&[(1, 5 * M, DEPUTY), (2, 5 * M, GATE)])]),
            )
            .tick(5 * M, &[one.clone(), step(2, GATE, "silence")]),
        Play::started("two-steps-to-one-desk", &["ESC-11"])
            .with(
                "chains",
                json!([chain(&[(1, 5 * M, DEPUTY), (2, 9 * M, DEPUTY)])]),
            )
            .tick(5 * M, &[one])
            .tick(9 * M, &[step(2, DEPUTY, "silence")]),
        Play::started("numbers-with-a-gap", &["ESC-11"])
            .with(
                "chains",
                json!([chain(&[(2, 5 * M, CHIEF), (4, 9 * M, GATE)])]),
            )
            .tick(5 * M, &[step(2, CHIEF, "silence")])
            .next(9 * M),
        Play::started("no-steps", &["ESC-11"])
            .with("chains", json!([]))
            .tick(90 * M, &[])
            .quiet(),
        Play::started("head-that-is-only-informed", &["ESC-10"])
            .with("header", header(&[(DEPUTY, "standby"), (DUTY, "info")]))
            .tick(90 * M, &[])
            .quiet(),
        Play::started("last-time-there-is", &["ESC-11"])
            .with("chains", json!([chain(&[(1, u64::MAX, DEPUTY)])]))
            .tick(90 * M, &[])
            .next(u64::MAX - NOW.0)
            .quiet(),
    ]
}

/// ESC-13: the chain's first step waits for nothing.
fn hurried() -> Vec<Play> {
    let mut hurry = chain(&[(1, 5 * M, DEPUTY), (2, 15 * M, CHIEF)]);
    hurry["at_once"] = json!(1);
    let mut unnamed = chain(&[(0, 0, GATE), (1, 5 * M, CHIEF)]);
    unnamed["at_once"] = json!(0);
    let at_once = step(1, DEPUTY, "not-staffed");
    vec![
        Play::new("not-staffed", &["ESC-13"])
            .with("chains", json!([hurry]))
            .start(0, &[at_once.clone()])
            .next(15 * M),
        Play::new("not-staffed-then-silent", &["ESC-13", "ESC-11"])
            .with("chains", json!([hurry]))
            .start(0, &[at_once.clone()])
            .tick(5 * M, &[])
            .tick(15 * M, &[step(2, CHIEF, "silence")]),
        Play::new("not-staffed-without-a-number", &["ESC-13"])
            .with("chains", json!([unnamed]))
            .start(0, &[step(0, GATE, "not-staffed")])
            .tick(5 * M, &[step(1, CHIEF, "silence")]),
        Play::new("not-staffed-deputy-acknowledges", &["ESC-13", "ESC-10"])
            .with("chains", json!([hurry]))
            .start(0, &[at_once])
            .says(M, DEPUTY, acknowledged(None), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::new("not-staffed-deferred", &["ESC-13"])
            .with("chains", json!([hurry]))
            .with("header", deferring(10 * M))
            .start(0, &[])
            .tick(10 * M - 1, &[])
            .next(10 * M)
            .quiet(),
        Play::new("not-staffed-deferred-and-due", &["ESC-13"])
            .with("chains", json!([hurry]))
            .with("header", deferring(10 * M))
            .start(0, &[])
            .tick(10 * M, &[step(1, DEPUTY, "not-staffed")])
            .next(25 * M),
    ]
}

fn deferring(not_before: u64) -> serde_json::Value {
    let mut header = header(&[
        (CHIEF, "standby"),
        (DEPUTY, "standby"),
        (DUTY, "action"),
        (GATE, "standby"),
    ]);
    header["not_before"] = time(not_before).0.into();
    header
}

fn deferred() -> Vec<Play> {
    let one = step(1, DEPUTY, "silence");
    vec![
        Play::started("deferred", &["ESC-10"])
            .with("header", deferring(60 * M))
            .next(65 * M),
        Play::started("deferred-ticks-meanwhile", &["ESC-10"])
            .with("header", deferring(60 * M))
            .tick(20 * M, &[])
            .tick(59 * M, &[])
            .tick(60 * M, &[])
            .tick(65 * M - 1, &[])
            .next(65 * M)
            .quiet(),
        Play::started("deferred-then-silent", &["ESC-11"])
            .with("header", deferring(60 * M))
            .tick(20 * M, &[])
            .tick(65 * M, &[one.clone()])
            .next(75 * M),
        Play::started("deferred-and-declined-before", &["ESC-12"])
            .with("header", deferring(60 * M))
            .says(M, DUTY, declined(), &[])
            .next(60 * M),
        Play::started("deferred-and-declined-before-and-due", &["ESC-12"])
            .with("header", deferring(60 * M))
            .says(M, DUTY, declined(), &[])
            .tick(60 * M, &[step(1, DEPUTY, "declined")])
            .next(75 * M),
        Play::started("not-before-long-past", &["ESC-11"])
            .with("header", deferring(0))
            .tick(5 * M, &[one])
            .next(15 * M),
    ]
}

/// ESC-1: `at` is of the clock that is not moved.
fn clocks_moved() -> Vec<Play> {
    let one = step(1, DEPUTY, "silence");
    vec![
        Play::started("wall-clock-an-hour-ahead", &["ESC-1"])
            .tick(M, &[])
            .wall(61 * M)
            .tick(5 * M - 1, &[])
            .wall(65 * M)
            .next(5 * M)
            .quiet(),
        Play::started("wall-clock-an-hour-back", &["ESC-1"])
            .tick(M, &[])
            .wall(0)
            .tick(5 * M, &[one.clone()])
            .wall(4 * M)
            .next(15 * M),
        Play::started("wall-clock-forth-and-back", &["ESC-1"])
            .tick(M, &[])
            .wall(61 * M)
            .tick(4 * M, &[])
            .wall(2 * M)
            .tick(5 * M, &[one])
            .wall(90 * M)
            .next(15 * M),
        Play::started("promise-by-the-wall-clock", &["ESC-1", "ESC-10"])
            .with("header", answering(120 * M))
            .says(M, DUTY, acknowledged(Some(41 * M)), &[])
            // An hour ahead: that promise is over at once, and four minutes of silence are left.
            .tick(2 * M, &[])
            .wall(62 * M)
            .next(6 * M),
    ]
}

fn answering(within: u64) -> serde_json::Value {
    let mut header = header(&[
        (CHIEF, "standby"),
        (DEPUTY, "standby"),
        (DUTY, "action"),
        (GATE, "standby"),
    ]);
    header["answer_within"] = within.into();
    header
}

/// ESC-5, ESC-16.
fn ended() -> Vec<Play> {
    let one = step(1, DEPUTY, "silence");
    vec![
        Play::started("answered", &["ESC-16"])
            .says(M, DUTY, answered(), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("answered-by-a-deputy", &["ESC-16"])
            .tick(5 * M, &[one.clone()])
            .says(6 * M, DEPUTY, answered(), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("answered-by-whom-nobody-asked", &["ESC-16"])
            .says(M, CHIEF, answered(), &[])
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("answered-before-its-step", &["ESC-16"])
            .says(M, DEPUTY, answered(), &[])
            .tick(5 * M, &[one.clone()])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("answered-then-declined", &["ESC-16"])
            .says(M, DUTY, answered(), &[])
            .says(2 * M, DUTY, declined(), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("closed", &["ESC-5", "ESC-16"])
            .says(M, SENDER, CLOSED, &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("closed-by-another-desk", &["ESC-5"])
            .says(M, DUTY, CLOSED, &[])
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("superseded", &["ESC-5"])
            .over(M, &[DUTY], &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("superseded-for-another", &["ESC-5"])
            .over(M, &[CHIEF], &[])
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("expired-before-delivery", &["ESC-5"])
            .expired(M, &[], &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("expired-after-delivery", &["ESC-5"])
            .expired(M, &[DUTY], &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::new("over-before-the-start", &["ESC-5"])
            .over(0, &[DUTY], &[])
            .start(M, &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("reminded", &["ESC-10"])
            .says(
                M,
                SENDER,
                Claim::Reminded {
                    desks: DUTY.1.iter().filter_map(|desk| desk.parse().ok()).collect(),
                },
                &[],
            )
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("delivered-and-opened", &["ESC-10"])
            .says(M, DUTY, Claim::Delivered, &[])
            .says(2 * M, DUTY, Claim::Opened, &[])
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("more-time-asked-for", &["ESC-25"])
            .says(
                M,
                DUTY,
                Claim::ExtensionAsked {
                    until: time(90 * M),
                    remark: None,
                },
                &[],
            )
            .tick(5 * M, &[one])
            .next(15 * M),
    ]
}
