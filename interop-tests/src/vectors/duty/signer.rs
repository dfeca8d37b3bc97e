//! Cases of DTY-2 and DTY-3: who may sign, and when.

use super::super::case::Case;
use super::super::world::{self, NOW};
use super::scene::{H, absent, after, duty, input, post, roster, said, says, sign, taken, with};
use estafette_protocol::duty::Duty;
use estafette_protocol::roster::{Revocation, Roster};
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::UnixMillis;
use serde_json::Value;

const FIVE_MINUTES: u64 = 300_000;

pub(super) fn cases() -> Vec<Case> {
    [signers(), times()].into_iter().flatten().collect()
}

/// That the field desk is taken, says another desk.
fn by(unit: &str) -> Duty {
    Duty {
        by: post(unit),
        ..duty("field", taken(8 * H))
    }
}

/// `xa field 1` is suspended by the head.
fn suspended() -> Vec<u8> {
    let suspension = Suspension {
        device: world::id("xa field 1"),
        desk: post("field"),
        by: post("hq"),
        ..world::suspension()
    };
    world::sign(&suspension, &["xa hq 1"])
}

/// A roster after the first, changed.
fn next(change: impl FnOnce(&mut Roster)) -> Vec<u8> {
    let mut next = Roster::next(&world::signed(roster(), &["xa roster"]), NOW.plus(1));
    change(&mut next);
    world::sign(&next, &["xa roster"])
}

fn signers() -> Vec<Case> {
    let good = |id, duty: &Duty, device| {
        Case::valid(id, &["DTY-2"], input(&[sign(duty, device)]))
            .expect("/staffing", "staffed".into())
    };
    let bad = |id, mutation, (stage, reason), objects: &[Vec<u8>]| {
        let fault = ("by-the-desk", mutation);
        Case::invalid(id, &["DTY-2"], fault, (stage, reason), input(objects)).flag("NotEntitled")
    };
    let signature = ("signature", "signature-invalid");
    let unknown = ("trust", "desk-unknown");
    let entitled = ("policy", "authority-missing");
    let nowhere = Duty {
        desk: post("nowhere"),
        ..by("hq")
    };
    let gone = next(|roster| {
        roster.desks.retain(|entry| entry.desk != post("field"));
        roster.revoked = vec![Revocation {
            key: world::id("xa field 1"),
            at: NOW,
        }];
    });
    let mut flipped = sign(&by("field"), "xa field 1");
    let at = flipped.len().saturating_sub(40);
    flipped
        .iter_mut()
        .skip(at)
        .take(1)
        .for_each(|byte| *byte ^= 1);
    vec![
        good("by-the-desk", &by("field"), "xa field 1"),
        good("by-a-superior-desk", &by("hq"), "xa hq 1"),
        good("by-a-gateway-desk", &by("spoc"), "xa spoc 1"),
        good(
            "by-the-second-device-of-a-gateway-desk",
            &by("spoc"),
            "xa spoc 2",
        ),
        bad(
            "by-a-desk-beside",
            "by a desk that is neither superior nor a gateway's",
            entitled,
            &[sign(&by("north"), "xa north 1")],
        ),
        bad(
            "by-a-desk-below",
            "about the head, by the field desk",
            entitled,
            &[sign(
                &Duty {
                    desk: post("hq"),
                    ..by("field")
                },
                "xa field 1",
            )],
        ),
        bad(
            "signed-by-another-desk",
            "by a device of the head in the field desk's name",
            signature,
            &[sign(&by("field"), "xa hq 1")],
        ),
        bad(
            "signed-by-the-relay",
            "by the relay",
            signature,
            &[sign(&by("field"), "xa relay")],
        ),
        bad(
            "signed-by-a-stranger",
            "by a device that the roster does not list",
            signature,
            &[sign(&by("field"), "xa stranger")],
        ),
        bad(
            "signature-bit",
            "a bit of the signature",
            signature,
            &[flipped],
        ),
        bad(
            "desk-not-listed",
            "about a desk that the roster does not list",
            unknown,
            &[sign(&nowhere, "xa hq 1")],
        ),
        bad(
            "by-not-listed",
            "by a desk that the roster does not list",
            unknown,
            &[sign(&by("nowhere"), "xa field 1")],
        ),
        bad(
            "device-suspended",
            "the device is suspended",
            ("policy", "device-suspended"),
            &[suspended(), sign(&by("field"), "xa field 1")],
        ),
        bad(
            "desk-no-longer-listed",
            "a newer roster does not list the desk",
            unknown,
            &[gone.clone(), sign(&by("field"), "xa field 1")],
        ),
        Case::valid(
            "forgotten-with-its-desk",
            &["DTY-2"],
            input(&[says("field", taken(8 * H)), gone]),
        )
        .expect("/staffing", "unknown".into()),
    ]
}

fn times() -> Vec<Case> {
    let issued = |at: UnixMillis| {
        let duty = Duty {
            issued: at,
            ..duty("field", taken(8 * H))
        };
        sign(&duty, "xa field 1")
    };
    let good = |id, objects: &[Vec<u8>], word: &str| {
        Case::valid(id, &["DTY-3"], input(objects)).expect("/staffing", word.into())
    };
    let bad = |id, base, mutation, reason, objects: &[Vec<u8>]| {
        let (fault, verdict) = ((base, mutation), ("freshness", reason));
        Case::invalid(id, &["DTY-3"], fault, verdict, input(objects)).flag("Older")
    };
    let later: Value = with(input(&[issued(after(FIVE_MINUTES))]), "at", after(H).0);
    vec![
        Case::valid("five-minutes-ahead", &["DTY-3"], later).expect("/staffing", "staffed".into()),
        bad(
            "more-than-five-minutes-ahead",
            "five-minutes-ahead",
            "a millisecond more",
            "created-in-future",
            &[issued(after(FIVE_MINUTES + 1))],
        ),
        good(
            "a-later-one-replaces-it",
            &[said("field", 2, taken(H)), says("field", taken(8 * H))],
            "staffed",
        ),
        good(
            "the-same-again",
            &[says("field", taken(8 * H)), says("field", taken(8 * H))],
            "staffed",
        ),
        bad(
            "an-older-one",
            "a-later-one-replaces-it",
            "in the other order",
            "duty-older",
            &[says("field", taken(8 * H)), said("field", 2, taken(H))],
        ),
        bad(
            "another-of-the-same-time",
            "the-same-again",
            "another end, signed at the same time",
            "duty-older",
            &[says("field", taken(8 * H)), says("field", taken(9 * H))],
        ),
        good(
            "older-of-another-entry",
            &[
                says("field", taken(8 * H)),
                said("field", 2, absent(H, None)),
            ],
            "staffed",
        ),
        good(
            "older-of-another-desk",
            &[says("north", taken(8 * H)), said("field", 2, taken(H))],
            "staffed",
        ),
    ]
}
