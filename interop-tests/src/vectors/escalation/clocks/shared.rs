//! Plays of clocks that another desk of the chain ends (RCP-11).

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::super::super::statement::forms::says;
use super::super::play::{
    CHIEF, DEPUTY, DUTY, GATE, M, Play, Who, acknowledged, answered, chain, declined, header,
    overdue, step,
};
use super::{asking, under_way};
use estafette_protocol::escalation::Cause;
use estafette_protocol::statement::{Claim, decode};
use serde_json::json;

/// The relay of the desk that must act.
const INGRESS: Who = ("border.xb", None);
const EGRESS: Who = ("police.xa", None);

fn escalated(number: u8, to: Who) -> Claim {
    Claim::Escalated {
        desk: DUTY.1.unwrap().parse().unwrap(),
        step: number,
        to: to.1.unwrap().parse().unwrap(),
        cause: Cause::Silence,
    }
}

pub(super) fn plays() -> Vec<Play> {
    [acknowledging(), answering(), both_sides()]
        .into_iter()
        .flatten()
        .collect()
}

/// Its time to acknowledge ends after 7 minutes.
fn acknowledging() -> Vec<Play> {
    let late = overdue(DUTY, "acknowledge", 7 * M);
    let led =
        |id, to| under_way(id, &["ESC-2", "RCP-11"]).says(3 * M, INGRESS, escalated(1, to), &[]);
    let first = says(DEPUTY, 1, 4 * M, acknowledged(None));
    let taken_back = Claim::Retracted {
        acknowledgement: decode(&first).unwrap().hash(),
        remark: None,
    };
    vec![
        led("shared-acknowledged", DEPUTY)
            .said(4 * M, &[first.clone()], &[])
            .tick(9_000 * M, &[])
            .quiet(),
        led("shared-acknowledged-at-the-last-moment", DEPUTY)
            .says(7 * M, DEPUTY, acknowledged(None), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        led("shared-acknowledged-late", DEPUTY)
            .tick(7 * M, &[late.clone()])
            .says(8 * M, DEPUTY, acknowledged(None), &[])
            .tick(9_000 * M, &[]),
        led("shared-acknowledged-and-taken-back", DEPUTY)
            .said(4 * M, &[first.clone()], &[])
            .says(5 * M, DEPUTY, taken_back.clone(), &[])
            .tick(7 * M, &[late.clone()]),
        led("shared-acknowledged-and-taken-back-late", DEPUTY)
            .said(4 * M, &[first], &[])
            .tick(8 * M, &[])
            .says(9 * M, DEPUTY, taken_back, &[late.clone()]),
        led("shared-acknowledged-and-declined", DEPUTY)
            .says(4 * M, DEPUTY, acknowledged(None), &[])
            .says(5 * M, DEPUTY, declined(), &[])
            .tick(7 * M, &[late.clone()]),
        led("shared-acknowledged-and-declined-late", DEPUTY)
            .says(4 * M, DEPUTY, acknowledged(None), &[])
            .tick(8 * M, &[])
            .says(9 * M, DEPUTY, declined(), &[late.clone()]),
        under_way("shared-cut-short-before-the-step", &["ESC-2", "RCP-12"])
            .says(3 * M, GATE, acknowledged(None), &[])
            .says(4 * M, GATE, acknowledged(Some(5 * M)), &[])
            .says(6 * M, INGRESS, escalated(1, GATE), &[])
            .tick(7 * M, &[late.clone()]),
        led("shared-declined", DEPUTY)
            .says(4 * M, DEPUTY, declined(), &[])
            .tick(7 * M, &[late.clone()]),
        led("shared-by-a-desk-that-no-step-led-to", DEPUTY)
            .says(4 * M, GATE, acknowledged(None), &[])
            .tick(7 * M, &[late.clone()]),
        under_way("shared-said-before-the-step", &["ESC-2", "RCP-11"])
            .says(3 * M, GATE, acknowledged(None), &[])
            .says(6 * M, INGRESS, escalated(1, GATE), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        under_way("shared-promise-over-before-the-step", &["ESC-2", "RCP-11"])
            .says(3 * M, GATE, acknowledged(Some(5 * M)), &[])
            .says(6 * M, INGRESS, escalated(1, GATE), &[])
            .tick(7 * M, &[late.clone()]),
        // What ran out before the step is heard is told before it.
        under_way("shared-step-heard-too-late", &["ESC-6", "RCP-11"])
            .says(3 * M, GATE, acknowledged(None), &[])
            .said(
                8 * M,
                &[says(INGRESS, 1, 6 * M, escalated(1, GATE))],
                &[late.clone()],
            ),
        under_way("shared-step-by-the-wrong-relay", &["ESC-2", "RCP-11"])
            .says(3 * M, EGRESS, escalated(1, GATE), &[])
            .says(4 * M, GATE, acknowledged(None), &[])
            .tick(7 * M, &[late]),
        led("shared-head-that-must-act-itself", GATE)
            .with("header", header(&[(DUTY, "action"), (GATE, "action")]))
            .says(4 * M, DUTY, acknowledged(None), &[])
            .tick(7 * M, &[overdue(GATE, "acknowledge", 7 * M)]),
        led("shared-called-desk-that-must-act-itself", GATE)
            .with("header", header(&[(DUTY, "action"), (GATE, "action")]))
            .says(4 * M, GATE, acknowledged(None), &[])
            .tick(7 * M, &[]),
    ]
}

/// Its time to answer ends after 62 minutes.
fn answering() -> Vec<Play> {
    let led = |id| {
        under_way(id, &["ESC-2", "RCP-11"])
            .with("header", asking())
            .says(3 * M, INGRESS, escalated(1, DEPUTY), &[])
            .says(4 * M, DEPUTY, acknowledged(Some(30 * M)), &[])
    };
    vec![
        led("shared-answered")
            .says(62 * M, DEPUTY, answered(), &[])
            .tick(9_000 * M, &[])
            .quiet(),
        led("shared-acknowledged-is-not-answered").tick(62 * M, &[overdue(DUTY, "answer", 62 * M)]),
        led("shared-answered-late")
            .tick(62 * M, &[overdue(DUTY, "answer", 62 * M)])
            .says(63 * M, DEPUTY, answered(), &[])
            .tick(9_000 * M, &[]),
        under_way(
            "shared-answered-without-a-word-before",
            &["ESC-2", "RCP-11"],
        )
        .with("header", asking())
        .says(3 * M, INGRESS, escalated(1, DEPUTY), &[])
        .says(5 * M, DEPUTY, answered(), &[])
        .tick(9_000 * M, &[])
        .quiet(),
    ]
}

/// Within one agency, where the relay takes the steps itself.
fn both_sides() -> Vec<Play> {
    let all = [
        (CHIEF, "info"),
        (DEPUTY, "standby"),
        (DUTY, "action"),
        (GATE, "standby"),
    ];
    let chains = json!([chain(&[(1, 3 * M, DEPUTY), (2, 4 * M, CHIEF)])]);
    let play = |id| {
        Play::new(id, &["ESC-2", "RCP-11"])
            .with("own", json!("border.xb"))
            .with("header", {
                let mut header = header(&all);
                header["sender"] = json!("desk@port.border.xb");
                header
            })
            .with("chains", chains.clone())
            .start(0, &[])
    };
    let one = step(1, DEPUTY, "silence");
    vec![
        play("shared-within-an-agency")
            .tick(3 * M, &[one.clone()])
            .says(4 * M - 1, DEPUTY, acknowledged(None), &[])
            .tick(9_000 * M, &[]),
        // The superior has taken note of it before anybody asks it to act.
        play("shared-within-an-agency-said-before")
            .says(M, CHIEF, acknowledged(None), &[])
            .tick(3 * M, &[one.clone()])
            .tick(4 * M, &[step(2, CHIEF, "silence")]),
        play("shared-within-an-agency-promise-over-before")
            .says(M, CHIEF, acknowledged(Some(2 * M)), &[])
            .tick(4 * M, &[one, step(2, CHIEF, "silence")])
            .next(5 * M),
        play("shared-within-an-agency-as-the-clock-runs-out")
            .with("chains", json!([chain(&[(1, 5 * M, CHIEF)])]))
            .says(M, CHIEF, acknowledged(None), &[])
            .tick(
                5 * M,
                &[
                    overdue(DUTY, "acknowledge", 5 * M),
                    step(1, CHIEF, "silence"),
                ],
            ),
    ]
}
