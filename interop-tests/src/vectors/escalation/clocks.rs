//! Plays of the sender's relay: the clocks transport, acknowledge and answer.

#![expect(
    clippy::cloned_ref_to_slice_refs,
    reason = "a list of one reads like the lists beside it"
)]

use super::super::statement::forms::says;
use super::play::{
    COAST, DEPUTY, DUTY, GATE, HOME, M, Play, SENDER, Who, acknowledged, answered, declined,
    header, overdue, referred, time,
};
use estafette_protocol::statement::{Claim, decode};
use serde_json::{Value, json};

pub(super) fn plays() -> Vec<Play> {
    let groups = [transport(), acknowledging(), answer(), at_home(), ended()];
    let plays = groups.into_iter().flatten();
    plays.chain(shared::plays()).collect()
}

mod shared;

/// The message reaches `border.xb` after two minutes.
fn under_way(id: &'static str, requirements: &'static [&'static str]) -> Play {
    Play::started(id, requirements).relayed(2 * M, "border.xb", &[])
}

fn asking() -> Value {
    let mut header = header(&[(DEPUTY, "standby"), (DUTY, "action"), (GATE, "info")]);
    header["answer_within"] = json!(60 * M);
    header
}

fn transport() -> Vec<Play> {
    let both = |due| {
        let of = |who| overdue(who, "transport", due);
        [of(DUTY), of(GATE)]
    };
    let of_precedence = |id, word, due: u64| {
        Play::started(id, &["ESC-2", "ESC-3"])
            .with("precedence", json!(word))
            .tick(due - 1, &[])
            .tick(due, &both(due))
    };
    let far = || header(&[(DUTY, "action"), (COAST, "action"), (HOME, "info")]);
    vec![
        of_precedence("transport-flash", "flash", 2 * M),
        of_precedence("transport-immediate", "immediate", 15 * M),
        of_precedence("transport-priority", "priority", 60 * M),
        of_precedence("transport-routine", "routine", 8 * 60 * M),
        Play::new("transport-not-started", &["ESC-1"])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::started("transport-relayed", &["ESC-2"])
            .relayed(59 * M, "border.xb", &[])
            .next(64 * M),
        Play::started("transport-relayed-as-it-is-due", &["ESC-2"])
            .relayed(60 * M, "border.xb", &[])
            .next(65 * M)
            .quiet(),
        Play::started("transport-relayed-late", &["ESC-2"])
            .tick(60 * M, &both(60 * M))
            .relayed(61 * M, "border.xb", &[])
            .next(66 * M),
        Play::started("transport-told-once", &["ESC-6"])
            .tick(60 * M, &both(60 * M))
            .tick(61 * M, &[])
            .start(62 * M, &[])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::started("transport-one-agency-has-it", &["ESC-2"])
            .with("header", far())
            .relayed(2 * M, "border.xb", &[])
            .tick(7 * M, &[overdue(DUTY, "acknowledge", 7 * M)])
            .tick(60 * M, &[overdue(COAST, "transport", 60 * M)]),
        Play::started("transport-told-while-the-relay-was-down", &["ESC-6"])
            .tick(9_000 * M, &both(60 * M)),
        Play::started("transport-deferred", &["ESC-2"])
            .with("header", {
                let mut header = asking();
                header["not_before"] = time(90 * M).0.into();
                header
            })
            .tick(150 * M - 1, &[])
            .next(150 * M)
            .quiet(),
        Play::started("transport-wall-clock-ahead", &["ESC-1"])
            .tick(M, &[])
            .wall(100 * M)
            .next(60 * M)
            .quiet(),
        Play::started("transport-refused", &["ESC-5"])
            .over(M, &[DUTY, GATE], &[])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::new("relayed-before-the-start", &["ESC-2"])
            .relayed(0, "border.xb", &[])
            .start(M, &[])
            .tick(5 * M, &[overdue(DUTY, "acknowledge", 5 * M)])
            .tick(9_000 * M, &[]),
    ]
}

fn acknowledging() -> Vec<Play> {
    let late = overdue(DUTY, "acknowledge", 7 * M);
    let first = says(DUTY, 1, 3 * M, acknowledged(None));
    let retracted = Claim::Retracted {
        acknowledgement: decode(&first)
            .map(|s| s.hash())
            .unwrap_or_else(|_| unreachable!()),
        remark: None,
    };
    let met = |id, claim| {
        under_way(id, &["ESC-2"])
            .says(7 * M, DUTY, claim, &[])
            .tick(9_000 * M, &[])
            .quiet()
    };
    let not_met = |id, who: Who, claim| {
        under_way(id, &["ESC-2"])
            .says(3 * M, who, claim, &[])
            .tick(7 * M, &[late.clone()])
    };
    vec![
        under_way("acknowledge-before-its-time", &["ESC-2"])
            .tick(7 * M - 1, &[])
            .next(7 * M)
            .quiet(),
        under_way("acknowledge-at-its-time", &["ESC-2"]).tick(7 * M, &[late.clone()]),
        under_way("acknowledge-after-its-time", &["ESC-2"]).tick(7 * M + 1, &[late.clone()]),
        under_way("acknowledge-told-once", &["ESC-6"])
            .tick(7 * M, &[late.clone()])
            .relayed(8 * M, "border.xb", &[])
            .tick(9_000 * M, &[])
            .quiet(),
        met("acknowledged-in-time", acknowledged(None)),
        met("acknowledged-by-an-answer", answered()),
        met("acknowledged-by-declining", declined()),
        met("acknowledged-by-referring", referred(GATE)),
        not_met("acknowledge-delivered", DUTY, Claim::Delivered),
        not_met("acknowledge-opened", DUTY, Claim::Opened),
        not_met("acknowledge-by-the-deputy", DEPUTY, acknowledged(None)),
        not_met("acknowledge-by-an-informed-desk", GATE, acknowledged(None)),
        not_met(
            "acknowledge-more-time-asked-for",
            DUTY,
            Claim::ExtensionAsked {
                until: time(900 * M),
                remark: None,
            },
        ),
        under_way("acknowledge-retracted-in-time", &["ESC-2"])
            .said(3 * M, &[first.clone()], &[])
            .says(4 * M, DUTY, retracted.clone(), &[])
            .tick(7 * M, &[late.clone()]),
        under_way("acknowledge-retracted-late", &["ESC-2"])
            .said(3 * M, &[first], &[])
            .tick(8 * M, &[])
            .says(9 * M, DUTY, retracted, &[late.clone()]),
        Play::started("acknowledged-before-relayed", &["ESC-2"])
            .with("header", asking())
            .says(M, DUTY, acknowledged(None), &[])
            .relayed(2 * M, "border.xb", &[])
            .next(62 * M),
        Play::started("acknowledge-not-relayed", &["ESC-2"])
            .tick(59 * M, &[])
            .next(60 * M)
            .quiet(),
        under_way("acknowledge-not-wanted", &["ESC-2"])
            .with("header", {
                let mut header = header(&[(DUTY, "action")]);
                header["acknowledge_within"] = Value::Null;
                header
            })
            .tick(9_000 * M, &[])
            .quiet(),
        under_way("acknowledge-two-desks", &["ESC-2"])
            .with("header", header(&[(DEPUTY, "action"), (DUTY, "action")]))
            .says(3 * M, DEPUTY, acknowledged(None), &[])
            .tick(7 * M, &[late]),
        under_way("acknowledge-two-desks-in-order", &["ESC-2"])
            .with("header", header(&[(DEPUTY, "action"), (DUTY, "action")]))
            .tick(
                7 * M,
                &[
                    overdue(DEPUTY, "acknowledge", 7 * M),
                    overdue(DUTY, "acknowledge", 7 * M),
                ],
            ),
    ]
}

fn answer() -> Vec<Play> {
    let play = |id, requirements| {
        under_way(id, requirements).with("header", asking()).says(
            3 * M,
            DUTY,
            acknowledged(None),
            &[],
        )
    };
    let late = |due| overdue(DUTY, "answer", due);
    let extended = |desk: Who, at| Claim::Extended {
        desk: desk
            .1
            .unwrap_or_default()
            .parse()
            .unwrap_or_else(|_| unreachable!()),
        until: time(at),
    };
    vec![
        play("answer-before-its-time", &["ESC-2"])
            .tick(62 * M - 1, &[])
            .next(62 * M)
            .quiet(),
        play("answer-at-its-time", &["ESC-2"]).tick(62 * M, &[late(62 * M)]),
        play("answer-given", &["ESC-2"])
            .says(62 * M, DUTY, answered(), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        play("answer-late", &["ESC-2", "ESC-6"])
            .tick(62 * M, &[late(62 * M)])
            .says(63 * M, DUTY, answered(), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        play("answer-declined", &["ESC-2"])
            .says(50 * M, DUTY, declined(), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        play("answer-referred", &["ESC-2"])
            .says(50 * M, DUTY, referred(GATE), &[])
            .tick(62 * M, &[late(62 * M)]),
        play("answer-declined-then-acknowledged", &["ESC-2"])
            .says(40 * M, DUTY, declined(), &[])
            .says(50 * M, DUTY, acknowledged(None), &[])
            .tick(62 * M, &[late(62 * M)]),
        play("answer-declined-then-acknowledged-late", &["ESC-2"])
            .says(40 * M, DUTY, declined(), &[])
            .tick(62 * M, &[])
            .says(70 * M, DUTY, acknowledged(None), &[late(62 * M)]),
        play("answer-by-another-desk", &["ESC-2"])
            .says(50 * M, DEPUTY, answered(), &[])
            .tick(62 * M, &[late(62 * M)]),
        play("answer-extended", &["ESC-4"])
            .says(50 * M, SENDER, extended(DUTY, 90 * M), &[])
            .tick(62 * M, &[])
            .next(90 * M)
            .quiet(),
        play("answer-extended-and-due", &["ESC-4"])
            .says(50 * M, SENDER, extended(DUTY, 90 * M), &[])
            .tick(90 * M, &[late(90 * M)]),
        play("answer-extended-twice", &["ESC-4"])
            .says(50 * M, SENDER, extended(DUTY, 120 * M), &[])
            .says(55 * M, SENDER, extended(DUTY, 90 * M), &[])
            .next(120 * M),
        play("answer-extended-to-earlier", &["ESC-4"])
            .says(50 * M, SENDER, extended(DUTY, 55 * M), &[])
            .next(62 * M),
        play("answer-extended-for-another", &["ESC-4"])
            .says(50 * M, SENDER, extended(DEPUTY, 120 * M), &[])
            .next(62 * M),
        play("answer-extended-by-a-colleague", &["ESC-4", "ESC-25"])
            .says(50 * M, HOME, extended(DUTY, 120 * M), &[])
            .next(62 * M),
        play("answer-extended-when-told", &["ESC-4", "ESC-6"])
            .tick(62 * M, &[late(62 * M)])
            .says(63 * M, SENDER, extended(DUTY, 120 * M), &[])
            .tick(120 * M, &[])
            .quiet(),
        play("answer-extended-as-it-is-due", &["ESC-4"])
            .says(62 * M, SENDER, extended(DUTY, 120 * M), &[])
            .next(120 * M),
        play("answer-more-time-asked-for", &["ESC-25"])
            .says(
                50 * M,
                DUTY,
                Claim::ExtensionAsked {
                    until: time(900 * M),
                    remark: None,
                },
                &[],
            )
            .next(62 * M),
        under_way("answer-both-clocks-at-once", &["ESC-2", "ESC-6"])
            .with("header", asking())
            .tick(90 * M, &[overdue(DUTY, "acknowledge", 7 * M), late(62 * M)]),
        Play::started("all-clocks-while-the-relay-was-down", &["ESC-6"])
            .with("header", asking())
            .relayed(
                61 * M,
                "border.xb",
                &[
                    overdue(DUTY, "transport", 60 * M),
                    overdue(GATE, "transport", 60 * M),
                ],
            )
            .tick(
                9_000 * M,
                &[overdue(DUTY, "acknowledge", 66 * M), late(121 * M)],
            ),
    ]
}

/// A desk of the sender's own agency.
fn at_home() -> Vec<Play> {
    let home = || header(&[(HOME, "action")]);
    let chain = json!([{
        "head": HOME.1,
        "steps": [{ "number": 1, "after": 5 * M, "to": "chief@hq.police.xa" }],
        "at_once": null,
    }]);
    let taken = json!({ "escalate": {
        "desk": HOME.1, "step": 1, "to": "chief@hq.police.xa", "cause": "silence",
    } });
    vec![
        Play::started("home-begins-at-once", &["ESC-2"])
            .with("header", home())
            .next(5 * M),
        Play::started("home-has-no-transport-clock", &["ESC-2"])
            .with("header", home())
            .tick(5 * M, &[overdue(HOME, "acknowledge", 5 * M)])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::started("home-overdue-before-the-step", &["ESC-2", "ESC-11"])
            .with("header", home())
            .with("chains", chain)
            .tick(5 * M, &[overdue(HOME, "acknowledge", 5 * M), taken]),
        Play::started("home-deferred", &["ESC-2"])
            .with("header", {
                let mut header = home();
                header["not_before"] = time(30 * M).0.into();
                header
            })
            .tick(20 * M, &[])
            .tick(35 * M, &[overdue(HOME, "acknowledge", 35 * M)]),
    ]
}

fn ended() -> Vec<Play> {
    let asked = |id, requirements| under_way(id, requirements).with("header", asking());
    vec![
        asked("clocks-closed", &["ESC-5"])
            .says(3 * M, SENDER, Claim::Closed { remark: None }, &[])
            .tick(9_000 * M, &[])
            .quiet(),
        Play::started("clocks-closed-before-relayed", &["ESC-5"])
            .says(M, SENDER, Claim::Closed { remark: None }, &[])
            .relayed(2 * M, "border.xb", &[])
            .tick(9_000 * M, &[])
            .quiet(),
        asked("clocks-superseded", &["ESC-5"])
            .over(3 * M, &[DUTY], &[])
            .relayed(4 * M, "border.xb", &[])
            .tick(9_000 * M, &[])
            .quiet(),
        asked("clocks-expired-before-delivery", &["ESC-5"])
            .expired(3 * M, &[], &[])
            .tick(9_000 * M, &[])
            .quiet(),
        asked("clocks-outlive-expiry-after-delivery", &["ESC-5"])
            .expired(3 * M, &[DUTY], &[])
            .tick(7 * M, &[overdue(DUTY, "acknowledge", 7 * M)])
            .next(62 * M),
    ]
}
