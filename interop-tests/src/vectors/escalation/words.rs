//! Plays of words: what pauses a chain's silence, what lets it go on, and what takes a step at once.

#![expect(
    clippy::cloned_ref_to_slice_refs,
    reason = "a list of one reads like the lists beside it"
)]

use super::super::statement::forms::says;
use super::play::{
    CHIEF, DEPUTY, DUTY, GATE, HOME, M, Play, SENDER, STRANGER, Who, acknowledged, declined,
    header, referred, step, time,
};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::statement::{Claim, decode};
use serde_json::{Value, json};

pub(super) fn plays() -> Vec<Play> {
    [acknowledging(), promising(), declining(), referring()]
        .into_iter()
        .flatten()
        .collect()
}

/// Takes back what was said.
fn retracted(said: &[u8]) -> Claim {
    let hash = decode(said).map(|signed| signed.hash());
    Claim::Retracted {
        acknowledgement: hash.unwrap_or(FixedBytes([0; 32])),
        remark: None,
    }
}

fn acknowledging() -> Vec<Play> {
    let one = step(1, DEPUTY, "silence");
    let ack = |who: Who, at| says(who, 1, at, acknowledged(None));
    let first = ack(DUTY, 2 * M);
    let by_another = |at: u64| {
        let claim = retracted(&ack(DUTY, 2 * M));
        says(DUTY, 2, at, claim)
    };
    vec![
        Play::started("acknowledged", &["ESC-10"])
            .said(2 * M, &[first.clone()], &[])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::started("acknowledged-just-in-time", &["ESC-10"])
            .says(5 * M - 1, DUTY, acknowledged(None), &[])
            .tick(90 * M, &[])
            .quiet(),
        // By then the silence has lasted as long as the step says.
        Play::started("acknowledged-as-the-step-is-due", &["ESC-11"]).says(
            5 * M,
            DUTY,
            acknowledged(None),
            &[one.clone()],
        ),
        Play::started("acknowledged-after-a-step", &["ESC-10"])
            .tick(5 * M, &[one.clone()])
            .says(6 * M, DUTY, acknowledged(None), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("acknowledged-by-the-deputy", &["ESC-10"])
            .tick(5 * M, &[one.clone()])
            .says(6 * M, DEPUTY, acknowledged(None), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("acknowledged-by-the-deputy-before-its-step", &["ESC-10"])
            .says(2 * M, DEPUTY, acknowledged(None), &[])
            .tick(5 * M, &[one.clone()])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("acknowledged-by-a-desk-of-a-later-step", &["ESC-10"])
            .says(2 * M, CHIEF, acknowledged(None), &[])
            .tick(5 * M, &[one.clone()])
            .tick(15 * M, &[step(2, CHIEF, "silence")])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("acknowledged-by-a-stranger", &["ESC-10"])
            .says(2 * M, STRANGER, acknowledged(None), &[])
            .tick(5 * M, &[one.clone()])
            .next(15 * M),
        Play::started("retracted", &["ESC-10"])
            .said(2 * M, &[first.clone()], &[])
            .says(10 * M, DUTY, retracted(&first), &[])
            .tick(13 * M, &[one.clone()])
            .next(23 * M),
        Play::started("retracted-by-its-second-device", &["ESC-10"])
            .said(2 * M, &[first.clone()], &[])
            .said(10 * M, &[by_another(10 * M)], &[])
            .next(13 * M),
        Play::started("retracted-by-another-desk", &["ESC-10"])
            .said(2 * M, &[first.clone()], &[])
            .says(10 * M, DEPUTY, retracted(&first), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("retracted-before-it-came", &["ESC-10"])
            .says(M, DUTY, retracted(&first), &[])
            .said(2 * M, &[first.clone()], &[])
            .tick(5 * M, &[one])
            .next(15 * M),
        Play::started("retracted-and-acknowledged-again", &["ESC-10"])
            .said(2 * M, &[first.clone()], &[])
            .says(3 * M, DUTY, retracted(&first), &[])
            .says(4 * M, DUTY, acknowledged(None), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("retracted-by-one-of-two-devices", &["ESC-10"])
            .said(
                2 * M,
                &[first.clone(), says(DUTY, 2, 2 * M, acknowledged(None))],
                &[],
            )
            .says(3 * M, DUTY, retracted(&first), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("said-twice", &["ESC-10"])
            .said(2 * M, &[first.clone(), first.clone()], &[])
            .said(3 * M, &[first], &[])
            .tick(90 * M, &[])
            .quiet(),
    ]
}

fn answering(within: u64) -> Value {
    let mut header = header(&[
        (CHIEF, "standby"),
        (DEPUTY, "standby"),
        (DUTY, "action"),
        (GATE, "standby"),
    ]);
    header["answer_within"] = within.into();
    header
}

/// A promise that lapses, of a message that wants an answer within two hours.
fn promising() -> Vec<Play> {
    let wanting = || ("header", answering(120 * M));
    let play = |id, requirements| {
        let (key, value) = wanting();
        Play::started(id, requirements).with(key, value)
    };
    let one = step(1, DEPUTY, "silence");
    let until = |at| acknowledged(Some(at));
    let extended = |at: u64| Claim::Extended {
        desk: DUTY
            .1
            .unwrap_or_default()
            .parse()
            .unwrap_or_else(|_| unreachable!()),
        until: time(at),
    };
    vec![
        play("promised", &["ESC-10"])
            .says(2 * M, DUTY, until(40 * M), &[])
            .tick(42 * M, &[])
            .next(43 * M)
            .quiet(),
        play("lapsed", &["ESC-10", "ESC-11"])
            .says(2 * M, DUTY, until(40 * M), &[])
            .tick(43 * M, &[one.clone()])
            .next(53 * M),
        play("promise-without-an-answer-wanted", &["ESC-10"])
            .with("header", header(&[(DEPUTY, "standby"), (DUTY, "action")]))
            .says(2 * M, DUTY, until(40 * M), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        play("promise-beyond-the-answer", &["ESC-10"])
            .says(2 * M, DUTY, until(900 * M), &[])
            .next(123 * M),
        play("no-promise-ends-with-the-answer", &["ESC-10"])
            .says(2 * M, DUTY, acknowledged(None), &[])
            .tick(123 * M, &[one.clone()])
            .next(133 * M),
        play("promise-within-an-extension", &["ESC-10", "ESC-4"])
            .says(2 * M, DUTY, until(200 * M), &[])
            .says(3 * M, SENDER, extended(240 * M), &[])
            .next(203 * M),
        play("promise-of-the-past", &["ESC-10"])
            .says(2 * M, DUTY, until(M), &[])
            .next(5 * M),
        play("promise-renewed", &["ESC-10"])
            .says(2 * M, DUTY, until(10 * M), &[])
            .says(9 * M, DUTY, until(50 * M), &[])
            .next(53 * M),
        play("promise-cut-short-by-the-same-device", &["ESC-10"])
            .says(2 * M, DUTY, until(50 * M), &[])
            .says(4 * M, DUTY, until(10 * M), &[])
            .next(13 * M),
        play("promises-of-two-devices", &["ESC-10"])
            .says(2 * M, DUTY, until(50 * M), &[])
            .said(4 * M, &[says(DUTY, 2, 4 * M, until(10 * M))], &[])
            .next(53 * M),
        play("promise-of-the-deputy-goes-on", &["ESC-10"])
            .says(2 * M, DUTY, until(10 * M), &[])
            .tick(13 * M, &[one.clone()])
            .says(14 * M, DEPUTY, until(30 * M), &[])
            // Six minutes of silence are counted by then, of fifteen.
            .next(39 * M),
        play("promises-with-a-pause", &["ESC-10"])
            .says(2 * M, DUTY, until(10 * M), &[])
            .says(12 * M, DUTY, until(20 * M), &[])
            .tick(21 * M, &[one.clone()])
            .next(31 * M),
        // The deputy's time to answer runs from its step.
        play("promise-of-the-deputy-by-its-own-time", &["ESC-10"])
            .tick(5 * M, &[one])
            .says(6 * M, DEPUTY, acknowledged(None), &[])
            .next(134 * M),
        play("last-promise-there-is", &["ESC-10"])
            .says(
                2 * M,
                DUTY,
                Claim::Acknowledged {
                    until: Some(estafette_protocol::time::UnixMillis(u64::MAX)),
                    remark: None,
                },
                &[],
            )
            .next(123 * M),
    ]
}

fn declining() -> Vec<Play> {
    let one = step(1, DEPUTY, "declined");
    let two = step(2, CHIEF, "declined");
    vec![
        Play::started("declined", &["ESC-12"])
            .says(2 * M, DUTY, declined(), &[one.clone()])
            .next(15 * M),
        Play::started("declined-by-each-in-turn", &["ESC-12"])
            .says(2 * M, DUTY, declined(), &[one.clone()])
            .says(3 * M, DEPUTY, declined(), &[two.clone()])
            .says(4 * M, CHIEF, declined(), &[step(3, GATE, "declined")])
            .says(5 * M, GATE, declined(), &[]),
        Play::started("declined-by-one-of-two", &["ESC-12"])
            .says(2 * M, DUTY, declined(), &[one.clone()])
            .tick(14 * M, &[])
            .next(15 * M)
            .quiet(),
        Play::started("declined-by-the-deputy-before-its-step", &["ESC-12"])
            .says(M, DEPUTY, declined(), &[])
            .says(2 * M, DUTY, declined(), &[one.clone(), two])
            .next(30 * M),
        Play::started("declined-by-the-deputy-alone", &["ESC-12"])
            .tick(5 * M, &[step(1, DEPUTY, "silence")])
            .says(6 * M, DEPUTY, declined(), &[])
            .next(15 * M)
            .quiet(),
        Play::started("declined-then-acknowledged", &["ESC-12", "ESC-10"])
            .says(2 * M, DUTY, declined(), &[one.clone()])
            .says(3 * M, DUTY, acknowledged(None), &[])
            .tick(90 * M, &[])
            .quiet(),
        Play::started("acknowledged-then-declined", &["ESC-12", "ESC-10"])
            .says(2 * M, DUTY, acknowledged(None), &[])
            .says(8 * M, DUTY, declined(), &[one.clone()])
            // Two minutes of silence before, of fifteen.
            .next(21 * M),
        Play::started("declined-out-of-order", &["ESC-12"])
            .said(
                3 * M,
                &[
                    says(DUTY, 1, 2 * M, acknowledged(None)),
                    says(DUTY, 1, M, declined()),
                ],
                &[],
            )
            .tick(90 * M, &[])
            .quiet(),
        Play::started("declined-by-the-second-device", &["ESC-12"])
            .says(2 * M, DUTY, acknowledged(None), &[])
            .said(3 * M, &[says(DUTY, 2, 3 * M, declined())], &[one.clone()])
            .next(16 * M),
        Play::started("declined-twice", &["ESC-12", "ESC-6"])
            .says(2 * M, DUTY, declined(), &[one.clone()])
            .says(3 * M, DUTY, declined(), &[])
            .next(15 * M)
            .quiet(),
        Play::started("declined-as-the-step-is-due", &["ESC-12"])
            .says(5 * M, DUTY, declined(), &[one])
            .next(15 * M),
        Play::started("declined-by-a-stranger", &["ESC-12"])
            .says(2 * M, STRANGER, declined(), &[])
            .next(5 * M)
            .quiet(),
        Play::started("declined-with-no-step-left", &["ESC-12"])
            .with("chains", json!([super::play::chain(&[(1, 5 * M, DEPUTY)])]))
            .tick(5 * M, &[step(1, DEPUTY, "silence")])
            .says(6 * M, DUTY, declined(), &[])
            .says(7 * M, DEPUTY, declined(), &[])
            .quiet(),
    ]
}

fn referring() -> Vec<Play> {
    let by_second = says(DUTY, 2, 2 * M, referred(GATE));
    vec![
        Play::started("referred-to-a-step", &["ESC-12"])
            .says(2 * M, DUTY, referred(GATE), &[step(3, GATE, "referred")])
            .next(5 * M),
        Play::started("referred-by-the-second-device", &["ESC-12"])
            .said(2 * M, &[by_second], &[step(3, GATE, "referred")])
            .next(5 * M),
        Play::started("referred-to-the-next", &["ESC-12"])
            .says(
                2 * M,
                DUTY,
                referred(DEPUTY),
                &[step(1, DEPUTY, "referred")],
            )
            .next(15 * M),
        Play::started("referred-to-nobody-of-the-chain", &["ESC-12"])
            .says(2 * M, DUTY, referred(HOME), &[step(1, DEPUTY, "declined")])
            .next(15 * M),
        Play::started("referred-to-oneself", &["ESC-12"])
            .says(2 * M, DUTY, referred(DUTY), &[step(1, DEPUTY, "declined")])
            .next(15 * M),
        Play::started("referred-back-to-the-head", &["ESC-12"])
            .tick(5 * M, &[step(1, DEPUTY, "silence")])
            .says(6 * M, DEPUTY, referred(DUTY), &[])
            .next(15 * M)
            .quiet(),
        Play::started("referred-to-each-other", &["ESC-12"])
            .says(
                2 * M,
                DUTY,
                referred(DEPUTY),
                &[step(1, DEPUTY, "referred")],
            )
            .says(3 * M, DEPUTY, referred(DUTY), &[step(2, CHIEF, "declined")])
            .next(30 * M),
        Play::started("referred-and-declined-there", &["ESC-12"])
            .says(M, GATE, declined(), &[])
            .says(
                2 * M,
                DUTY,
                referred(GATE),
                &[step(3, GATE, "referred"), step(1, DEPUTY, "declined")],
            )
            .next(15 * M),
        Play::started("referred-on-and-on", &["ESC-12"])
            .says(M, GATE, referred(CHIEF), &[])
            .says(
                2 * M,
                DUTY,
                referred(GATE),
                &[step(3, GATE, "referred"), step(2, CHIEF, "referred")],
            )
            .next(5 * M),
        Play::started("referred-then-acknowledged", &["ESC-12"])
            .said(
                3 * M,
                &[
                    says(DUTY, 1, M, referred(GATE)),
                    says(DUTY, 1, 2 * M, acknowledged(None)),
                ],
                &[],
            )
            .quiet(),
        Play::started("referred-by-whom-nobody-asked", &["ESC-12"])
            .says(2 * M, CHIEF, referred(GATE), &[])
            .next(5 * M)
            .quiet(),
    ]
}
