//! Cases of `escalation-extension`: how much more time anybody may give.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::super::case::{Case, Chapter};
use super::super::envelope::header;
use super::super::statement::forms::{DUTY, NOW, SENDER, says};
use crate::json::hex;
use estafette_protocol::encoding::encode;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use serde_json::{Value, json};

pub(super) fn add(chapter: &mut Chapter) {
    let mut asking = header();
    asking.answer_within = Some(HOUR_MS);
    let shared = json!({ "header": hex(&encode(&asking).unwrap()) });
    chapter.group("extension", "escalation-extension", &shared, cases());
}

/// Given at an hour after the others' now.
fn extended(until: u64) -> Value {
    let claim = Claim::Extended {
        desk: DUTY.1.unwrap().parse().unwrap(),
        until: UnixMillis(until),
    };
    json!({ "statement": hex(&says(SENDER, 1, HOUR_MS, claim)) })
}

fn cases() -> Vec<Case> {
    let at = NOW.0 + HOUR_MS;
    let good = |id, until| Case::valid(id, &["ESC-24"], extended(until));
    let bad = |id, mutation, input| {
        let fault = ("extension-by-a-day", mutation);
        Case::invalid(id, &["ESC-24"], fault, ("policy", "ESC-24"), input).flag("Extension")
    };
    let mut unwanted = extended(at + DAY_MS);
    unwanted["header"] = hex(&encode(&header()).unwrap());
    vec![
        good("extension-by-a-day", at + DAY_MS),
        good("extension-by-a-millisecond", at + 1),
        good("extension-by-a-year", at + 365 * DAY_MS),
        bad("extension-by-nothing", "until is at", extended(at)),
        bad("extension-back", "until lies before at", extended(at - 1)),
        bad("extension-to-the-epoch", "until is 0", extended(0)),
        bad(
            "extension-by-more-than-a-year",
            "365 days and a millisecond",
            extended(at + 365 * DAY_MS + 1),
        ),
        bad(
            "extension-for-ever",
            "until is the last time there is",
            extended(u64::MAX),
        ),
        bad(
            "extension-of-nothing",
            "the message wants no answer",
            unwanted,
        ),
    ]
}
