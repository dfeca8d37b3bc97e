//! Histories with statements that must make no difference, and bytes that are none.

use super::super::case::Case;
use super::super::statement::forms::{
    DUTY, EGRESS, HEAD, INGRESS, OTHER_DESK, OTHER_RELAY, SENDER, accepted, key, relayed, says,
    signed, statement,
};
use super::history::{
    CHIEF, CHIEF_AT, CLOSED, HOME, History, M, acknowledged, answered, declined, desk, escalated,
    extended, overdue, retracted,
};
use crate::json::hex;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::statement::Claim;
use serde_json::{Value, json};

pub(super) fn histories() -> Vec<History> {
    let passed = |id, requirements| History::relayed(id, requirements, 9 * M).flag("PassedOver");
    [words(passed), sender_s(passed), relays(passed)]
        .into_iter()
        .flatten()
        .collect()
}

type Passed = fn(&'static str, &'static [&'static str]) -> History;

fn words(passed: Passed) -> Vec<History> {
    let ack = says(DUTY, 1, 3 * M, acknowledged(None));
    let other_subject = {
        let mut statement = statement(DUTY, 1, 3 * M, answered());
        statement.subject = FixedBytes([0x5c; 32]);
        signed(&statement, &[&key(DUTY, 1)])
    };
    vec![
        passed("answer-of-another-message", &["RCP-5"])
            .said(other_subject)
            .stands("waiting")
            .clocks("overdue", &["acknowledge"]),
        passed("answer-of-a-stranger", &["RCP-5"])
            .says(3 * M, OTHER_DESK, answered())
            .stands("waiting"),
        passed("acknowledgement-of-the-sender", &["RCP-2"])
            .says(3 * M, SENDER, acknowledged(None))
            .stands("waiting"),
        passed("acknowledgement-of-a-relay", &["RCP-2"])
            .says(3 * M, INGRESS, acknowledged(None))
            .stands("waiting"),
        passed("acknowledgement-of-an-informed-desk", &["RCP-2"])
            .says(3 * M, HEAD, acknowledged(None))
            .stands("waiting"),
        passed("refusal-of-the-sender", &["RCP-5"])
            .says(3 * M, SENDER, declined())
            .stands("waiting"),
        passed("taken-back-by-the-sender", &["RCP-1"])
            .said(ack.clone())
            .says(4 * M, SENDER, retracted(&ack))
            .stands("acknowledged"),
        passed("taken-back-by-a-stranger", &["RCP-1"])
            .said(ack.clone())
            .says(4 * M, OTHER_DESK, retracted(&ack))
            .stands("acknowledged"),
        passed("taken-back-by-a-relay", &["RCP-1"])
            .said(ack.clone())
            .says(4 * M, INGRESS, retracted(&ack))
            .stands("acknowledged"),
    ]
}

fn sender_s(passed: Passed) -> Vec<History> {
    vec![
        passed("closed-by-the-addressee", &["ESC-25", "RCP-4"])
            .says(3 * M, DUTY, CLOSED)
            .stands("waiting")
            .clocks("overdue", &["acknowledge"]),
        passed("closed-by-a-colleague-of-the-sender", &["ESC-25"])
            .says(3 * M, HOME, CLOSED)
            .stands("waiting"),
        passed("closed-by-the-sender-s-relay", &["ESC-25"])
            .says(3 * M, EGRESS, CLOSED)
            .stands("waiting"),
        passed("extended-by-the-addressee", &["ESC-25", "RCP-6"])
            .says(3 * M, DUTY, extended(DUTY, 90 * M))
            .time("answer_due", 61 * M),
        passed(
            "extended-by-a-colleague-of-the-sender",
            &["ESC-25", "RCP-6"],
        )
        .says(3 * M, HOME, extended(DUTY, 90 * M))
        .time("answer_due", 61 * M),
        passed("extended-for-another-desk", &["RCP-6"])
            .says(3 * M, SENDER, extended(HEAD, 90 * M))
            .time("answer_due", 61 * M),
        passed("extended-for-a-standby-desk", &["RCP-6"])
            .says(7 * M, INGRESS, escalated(1, CHIEF, Cause::Silence))
            .says(8 * M, SENDER, extended(CHIEF, 190 * M))
            .of(CHIEF_AT, "answer_due", super::history::at(67 * M).0),
        passed("asked-for-more-time-by-the-sender", &["RCP-6"])
            .says(
                3 * M,
                SENDER,
                Claim::ExtensionAsked {
                    until: super::history::at(90 * M),
                    remark: None,
                },
            )
            .no("asked_until"),
    ]
}

fn relays(passed: Passed) -> Vec<History> {
    let late = |id| History::silent(id, &["RCP-7"], 3 * M).flag("PassedOver");
    let to_itself = Claim::Escalated {
        desk: desk(DUTY),
        step: 1,
        to: desk(DUTY),
        cause: Cause::Silence,
    };
    let abroad = Claim::Escalated {
        desk: desk(DUTY),
        step: 1,
        to: desk(SENDER),
        cause: Cause::Silence,
    };
    let of_informed = Claim::Escalated {
        desk: desk(HEAD),
        step: 1,
        to: desk(CHIEF),
        cause: Cause::Silence,
    };
    vec![
        late("relayed-by-another-relay")
            .says(0, EGRESS, accepted(1))
            .says(M, OTHER_RELAY, relayed(9))
            .no("begin")
            .clocks("overdue", &["transport"]),
        late("accepted-by-another-relay")
            .says(0, INGRESS, accepted(1))
            .no("transport_due"),
        passed("escalated-by-the-sender-s-relay", &["RCP-6"])
            .says(7 * M, EGRESS, escalated(1, CHIEF, Cause::Silence))
            .of(1, "steps", json!([]))
            .of(CHIEF_AT, "begin", Value::Null),
        passed("escalated-by-a-device", &["RCP-6"])
            .says(7 * M, DUTY, escalated(1, CHIEF, Cause::Silence))
            .of(1, "steps", json!([])),
        passed("escalated-to-itself", &["RCP-6"])
            .says(7 * M, INGRESS, to_itself)
            .of(1, "steps", json!([])),
        passed("escalated-to-another-agency", &["RCP-6"])
            .says(7 * M, INGRESS, abroad)
            .of(1, "steps", json!([])),
        passed("escalated-from-an-informed-desk", &["RCP-6"])
            .says(7 * M, INGRESS, of_informed)
            .of(2, "steps", json!([]))
            .of(CHIEF_AT, "begin", Value::Null),
        passed("overdue-by-the-other-side", &["RCP-9"])
            .says(7 * M, INGRESS, overdue(DUTY, Clock::Acknowledge, 6 * M))
            .clocks("told", &[]),
        passed("overdue-of-another-sender", &["RCP-9"])
            .says(
                7 * M,
                EGRESS,
                Claim::Overdue {
                    sender: desk(HOME),
                    desk: desk(DUTY),
                    clock: Clock::Acknowledge,
                    precedence: estafette_protocol::precedence::Precedence::Flash,
                    due: super::history::at(6 * M),
                },
            )
            .clocks("told", &[]),
    ]
}

/// Bytes that cannot be read.
pub(super) fn bad() -> Vec<Case> {
    let good = says(DUTY, 1, 3 * M, acknowledged(None));
    let input =
        |bytes: &[u8]| json!({ "statements": [hex(bytes)], "now": super::history::at(9 * M).0 });
    let shorter = good.get(..good.len() - 1).unwrap_or_default();
    let bad = |id, mutation, reason, bytes: &[u8]| {
        let (fault, verdict) = (("good-bytes", mutation), ("decode", reason));
        Case::invalid(id, &["RCP-5"], fault, verdict, input(bytes)).flag("BadBytes")
    };
    let by_two = signed(
        &statement(DUTY, 1, 3 * M, acknowledged(None)),
        &[&key(DUTY, 1), &key(DUTY, 2)],
    );
    let mut header = input(&good);
    header["header"] = json!("0121");
    vec![
        Case::valid("good-bytes", &["RCP-2"], input(&good)),
        bad("statement-cut", "last byte cut", "malformed", shorter),
        bad(
            "statement-trailing",
            "a zero byte added",
            "trailing",
            &[&good[..], &[0]].concat(),
        ),
        bad("statement-empty", "no bytes", "malformed", &[]),
        bad(
            "statement-of-two-devices",
            "a second signature",
            "STA-1",
            &by_two,
        ),
        Case::invalid(
            "header-cut",
            &["RCP-5"],
            ("good-bytes", "two bytes for a header"),
            ("decode", "malformed"),
            header,
        )
        .flag("BadBytes"),
    ]
}
