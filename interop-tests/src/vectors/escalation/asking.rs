//! Plays of steps that are asked for by hand.

use super::play::{
    CHIEF, DEPUTY, DUTY, GATE, HOME, M, Play, SENDER, STRANGER, Who, acknowledged, answered,
    header, step,
};
use serde_json::{Value, json};

pub(super) fn plays() -> Vec<Play> {
    [granted(), refused()].into_iter().flatten().collect()
}

fn without_acknowledgement() -> Value {
    let mut header = header(&[(DEPUTY, "standby"), (DUTY, "action")]);
    header["acknowledge_within"] = Value::Null;
    header
}

/// A chain that is slower than the time in which an acknowledgement is wanted.
fn slow() -> Value {
    json!([super::play::chain(&[
        (1, 15 * M, DEPUTY),
        (2, 20 * M, CHIEF),
        (3, 30 * M, GATE)
    ])])
}

fn granted() -> Vec<Play> {
    let slow = |id, requirements| Play::started(id, requirements).with("chains", slow());
    vec![
        slow("asked-by-the-sender", &["ESC-20", "ESC-21"])
            .asks(5 * M, SENDER, None, &[step(1, DEPUTY, "asked")])
            .next(20 * M),
        slow("asked-by-the-sender-for-a-step", &["ESC-20", "ESC-21"])
            .asks(6 * M, SENDER, Some(3), &[step(3, GATE, "asked")])
            .next(15 * M),
        slow("asked-by-the-head", &["ESC-20", "ESC-23"])
            .asks(M, DUTY, None, &[step(1, DEPUTY, "asked")])
            .next(20 * M),
        slow("asked-by-a-responder", &["ESC-20", "ESC-23"])
            .asks(M, DUTY, None, &[step(1, DEPUTY, "asked")])
            .asks(2 * M, DEPUTY, Some(2), &[step(2, CHIEF, "asked")])
            .next(30 * M),
        slow("asked-while-acknowledged", &["ESC-20", "ESC-23"])
            .says(M, DUTY, acknowledged(None), &[])
            .asks(2 * M, DUTY, None, &[step(1, DEPUTY, "asked")]),
        slow("asked-for-every-step", &["ESC-20"])
            .asks(M, DUTY, None, &[step(1, DEPUTY, "asked")])
            .asks(M, DUTY, None, &[step(2, CHIEF, "asked")])
            .asks(M, DUTY, None, &[step(3, GATE, "asked")])
            .tick(90 * M, &[]),
        slow("asked-step-is-not-taken-again", &["ESC-6", "ESC-20"])
            .asks(M, DUTY, Some(2), &[step(2, CHIEF, "asked")])
            .tick(15 * M, &[step(1, DEPUTY, "silence")])
            .tick(20 * M, &[])
            .next(30 * M)
            .quiet(),
        slow("asked-without-a-time-to-acknowledge", &["ESC-21"])
            .with("header", without_acknowledgement())
            .asks(0, SENDER, None, &[step(1, DEPUTY, "asked")])
            .next(20 * M),
        // Two minutes before the promise, three after it.
        slow("asked-after-a-promise", &["ESC-21"])
            .with("header", {
                let mut header = header(&[(DEPUTY, "standby"), (DUTY, "action")]);
                header["answer_within"] = json!(60 * M);
                header
            })
            .says(2 * M, DUTY, acknowledged(Some(10 * M)), &[])
            .asks(13 * M, SENDER, None, &[step(1, DEPUTY, "asked")])
            .next(28 * M),
        // What is due beside it is told too.
        Play::started("asked-when-others-are-due", &["ESC-20"]).asks(
            15 * M,
            SENDER,
            Some(3),
            &[
                step(1, DEPUTY, "silence"),
                step(3, GATE, "asked"),
                step(2, CHIEF, "silence"),
            ],
        ),
    ]
}

fn refused() -> Vec<Play> {
    let slow = |id, requirements| Play::started(id, requirements).with("chains", slow());
    let by_stranger = |id, by: Who, mutation| {
        slow(id, &["ESC-23"]).asks(6 * M, by, None, &[]).refused(
            "ESC-23",
            "asked-by-the-head",
            mutation,
        )
    };
    vec![
        slow("asked-too-early", &["ESC-21"])
            .asks(5 * M - 1, SENDER, None, &[])
            .refused("ESC-21", "asked-by-the-sender", "a millisecond earlier"),
        slow("asked-while-somebody-is-on-it", &["ESC-21"])
            .says(M, DUTY, acknowledged(None), &[])
            .asks(60 * M, SENDER, None, &[])
            .refused(
                "ESC-21",
                "asked-by-the-sender",
                "the desk has acknowledged after a minute",
            ),
        slow("asked-before-it-begins", &["ESC-21"])
            .with("header", {
                let mut header = without_acknowledgement();
                header["not_before"] = super::play::time(10 * M).0.into();
                header
            })
            .asks(10 * M - 1, SENDER, None, &[])
            .refused(
                "ESC-21",
                "asked-without-a-time-to-acknowledge",
                "the message is deferred for longer",
            ),
        slow("asked-for-a-step-that-was-taken", &["ESC-22"])
            .asks(M, DUTY, Some(1), &[step(1, DEPUTY, "asked")])
            .asks(2 * M, DUTY, Some(1), &[])
            .refused("ESC-22", "asked-for-every-step", "the first step once more"),
        slow("asked-for-a-step-beyond-the-last", &["ESC-22"])
            .asks(M, DUTY, Some(4), &[])
            .refused("ESC-22", "asked-by-the-head", "a step that is not there"),
        slow("asked-for-step-255", &["ESC-22"])
            .asks(M, DUTY, Some(255), &[])
            .refused("ESC-22", "asked-by-the-head", "a step that is not there"),
        slow("asked-for-step-0", &["ESC-22"])
            .asks(6 * M, SENDER, Some(0), &[])
            .refused("ESC-22", "asked-by-the-sender", "a step that is not there"),
        slow("asked-with-no-step-left", &["ESC-22"])
            .tick(30 * M, &[])
            .asks(31 * M, DUTY, None, &[])
            .refused("ESC-22", "asked-for-every-step", "once more"),
        slow("asked-after-the-answer", &["ESC-22"])
            .says(M, DUTY, answered(), &[])
            .asks(6 * M, SENDER, None, &[])
            .refused("ESC-22", "asked-by-the-sender", "the desk has answered"),
        slow("asked-after-it-was-superseded", &["ESC-22"])
            .over(M, &[DUTY], &[])
            .asks(6 * M, SENDER, None, &[])
            .refused("ESC-22", "asked-by-the-sender", "the message is superseded"),
        slow("asked-after-it-expired", &["ESC-22"])
            .expired(M, &[DUTY], &[])
            .asks(6 * M, SENDER, None, &[])
            .refused(
                "ESC-22",
                "asked-by-the-sender",
                "the message has expired, and the desk has it",
            ),
        Play::new("asked-before-the-start", &["ESC-22"])
            .with("chains", self::slow())
            .asks(6 * M, SENDER, None, &[])
            .refused("ESC-22", "asked-by-the-sender", "nothing runs yet"),
        Play::started("asked-of-a-desk-without-a-chain", &["ESC-22"])
            .with("chains", json!([]))
            .asks(6 * M, SENDER, None, &[])
            .refused("ESC-22", "asked-by-the-sender", "nobody was agreed upon"),
        by_stranger(
            "asked-by-a-desk-of-a-later-step",
            CHIEF,
            "by a desk that nobody has asked yet",
        ),
        by_stranger(
            "asked-by-a-stranger",
            STRANGER,
            "by a desk that is not addressed",
        ),
        by_stranger(
            "asked-by-a-colleague-of-the-sender",
            HOME,
            "by another desk of the sender's agency",
        ),
    ]
}
