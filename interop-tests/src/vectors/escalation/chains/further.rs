//! Chains of messages that are no plain ones: exercises and tests, desks that are not staffed, and
//! addressees of the sender's own agency.

use super::super::super::routing::scene::{
    CITY, CITY_ENTRY, DAY, HEAD, HOUR, MINUTE, NIGHT, OPS, OPS_DEPUTY, OPS_ENTRY, PEER_NIGHT,
    PEER_SPOC, PORT, REGION, SPOC, addressed, row, table,
};
use super::{
    Chains, DEPUTY, GATEWAY, SUPERIOR, at_once, by_steps, chain, chains, escalating, whole, without,
};
use serde_json::{Value, json};

/// ESC-17.
pub(super) fn statuses() -> Vec<Chains> {
    const ID: &str = "00112233445566778899aabbccddeeff";
    let status = |word: &str| ("/header/status", json!(word));
    let allowing = |steps: &[(u64, &str)]| {
        let mut row = escalating(row("base"), steps);
        row["statuses"] = json!(["actual", "exercise", "test"]);
        ("/accord", json!({ "rules": table(vec![row]) }))
    };
    let exercise = |participants: &[&str]| {
        json!([{
            "id": ID,
            "not_before": 0,
            "not_after": DAY,
            "participants": participants,
        }])
    };
    let all = [DEPUTY, SUPERIOR, GATEWAY];
    vec![
        without(
            "status-test",
            &["ESC-17"],
            vec![status("test"), allowing(&all)],
            vec![],
        ),
        without(
            "status-test-not-staffed",
            &["ESC-17", "ESC-13"],
            vec![
                status("test"),
                allowing(&all),
                ("/header/precedence", json!("flash")),
                (
                    "/not_staffed",
                    json!([{ "desk": OPS, "stand_in": OPS_DEPUTY }]),
                ),
            ],
            vec![],
        ),
        chains(
            "status-exercise",
            &["ESC-17"],
            vec![
                status("exercise"),
                allowing(&all),
                ("/header/exercise", json!(ID)),
                (
                    "/rosters/0/exercises",
                    exercise(&[OPS_DEPUTY, OPS, PEER_SPOC, PEER_NIGHT]),
                ),
            ],
            vec![whole()],
        ),
        without(
            "status-exercise-deputy-takes-no-part",
            &["ESC-17"],
            vec![
                status("exercise"),
                allowing(&[DEPUTY, GATEWAY]),
                ("/header/exercise", json!(ID)),
                ("/rosters/0/exercises", exercise(&[OPS, PEER_SPOC])),
            ],
            vec![chain(OPS, &[(2, GATEWAY.0, PEER_SPOC)])],
        ),
        without(
            "status-exercise-stand-in-takes-no-part",
            &["ESC-17", "ESC-13"],
            vec![
                status("exercise"),
                allowing(&[GATEWAY]),
                ("/header/exercise", json!(ID)),
                ("/header/precedence", json!("flash")),
                ("/rosters/0/exercises", exercise(&[OPS, PEER_SPOC])),
                (
                    "/not_staffed",
                    json!([{ "desk": OPS, "stand_in": OPS_DEPUTY }]),
                ),
            ],
            vec![chain(OPS, &[(1, GATEWAY.0, PEER_SPOC)])],
        ),
        without(
            "status-exercise-unknown",
            &["ESC-17"],
            vec![
                status("exercise"),
                allowing(&all),
                ("/header/exercise", json!(ID)),
            ],
            vec![],
        ),
    ]
}

/// ESC-13, of a flash.
pub(super) fn not_staffed() -> Vec<Chains> {
    let away = |stand_in: Option<&str>| {
        (
            "/not_staffed",
            json!([{ "desk": OPS, "stand_in": stand_in }]),
        )
    };
    let usual = [
        (1, DEPUTY.0, OPS_DEPUTY),
        (2, SUPERIOR.0, PEER_NIGHT),
        (3, GATEWAY.0, PEER_SPOC),
    ];
    vec![
        chains("staffed", &["ESC-13"], vec![], vec![chain(OPS, &usual)]),
        chains(
            "not-staffed",
            &["ESC-13"],
            vec![away(None)],
            vec![at_once(OPS, &usual, 1)],
        ),
        chains(
            "not-staffed-stand-in-is-the-deputy",
            &["ESC-13"],
            vec![away(Some(OPS_DEPUTY))],
            vec![at_once(OPS, &usual, 1)],
        ),
        chains(
            "not-staffed-stand-in-is-another",
            &["ESC-13"],
            vec![away(Some(PEER_SPOC))],
            vec![at_once(
                OPS,
                &[(1, DEPUTY.0, PEER_SPOC), usual[1], usual[2]],
                1,
            )],
        ),
        chains(
            "not-staffed-stand-in-not-addressed",
            &["ESC-13"],
            vec![away(Some("late@ops.border.xb"))],
            vec![at_once(OPS, &usual, 1)],
        ),
        chains(
            "not-staffed-stand-in-is-the-head",
            &["ESC-13"],
            vec![away(Some(OPS))],
            vec![at_once(OPS, &usual, 1)],
        ),
        without(
            "not-staffed-no-flash",
            &["ESC-13"],
            vec![away(None), ("/header/precedence", json!("immediate"))],
            vec![chain(OPS, &usual)],
        ),
        without(
            "not-staffed-another-desk",
            &["ESC-13"],
            vec![(
                "/not_staffed",
                json!([{ "desk": OPS_DEPUTY, "stand_in": null }]),
            )],
            vec![chain(OPS, &usual)],
        ),
        chains(
            "not-staffed-step-to-a-deputy-is-the-second",
            &["ESC-13"],
            vec![away(None), by_steps(&[DEPUTY, (40 * MINUTE, "deputy")])],
            vec![at_once(OPS, &[usual[0], (2, 40 * MINUTE, OPS_DEPUTY)], 1)],
        ),
        chains(
            "not-staffed-deputy-after-the-superior",
            &["ESC-13"],
            vec![
                away(None),
                by_steps(&[(HOUR, "superior"), (2 * HOUR, "deputy")]),
            ],
            vec![at_once(
                OPS,
                &[(1, HOUR, PEER_NIGHT), (2, 2 * HOUR, OPS_DEPUTY)],
                2,
            )],
        ),
        chains(
            "not-staffed-no-step-to-a-deputy",
            &["ESC-13"],
            vec![away(None), by_steps(&[GATEWAY])],
            vec![at_once(
                OPS,
                &[(0, 0, OPS_DEPUTY), (1, GATEWAY.0, PEER_SPOC)],
                0,
            )],
        ),
        chains(
            "not-staffed-no-row",
            &["ESC-13"],
            vec![away(None), ("/accord", json!({ "rules": table(vec![]) }))],
            vec![at_once(OPS, &[(0, 0, OPS_DEPUTY)], 0)],
        ),
        chains(
            "not-staffed-no-steps",
            &["ESC-13"],
            vec![away(Some(PEER_NIGHT)), by_steps(&[])],
            vec![at_once(OPS, &[(0, 0, PEER_NIGHT)], 0)],
        ),
        // The step that leads to nobody by the roster leads to the stand-in.
        chains(
            "not-staffed-no-deputy-but-a-stand-in",
            &["ESC-13"],
            vec![
                away(Some(PEER_NIGHT)),
                by_steps(&[(20 * MINUTE, "superior"), DEPUTY]),
                addressed(&[(OPS, "action"), (PEER_NIGHT, "standby")]),
            ],
            vec![at_once(
                OPS,
                &[(1, 20 * MINUTE, PEER_NIGHT), (2, DEPUTY.0, PEER_NIGHT)],
                2,
            )],
        ),
        without(
            "not-staffed-nobody-addressed",
            &["ESC-13"],
            vec![
                away(Some(OPS_DEPUTY)),
                addressed(&[(OPS, "action"), (PEER_SPOC, "standby")]),
            ],
            vec![chain(OPS, &[(3, GATEWAY.0, PEER_SPOC)])],
        ),
        chains(
            "not-staffed-one-of-two",
            &["ESC-13"],
            vec![
                away(None),
                by_steps(&[DEPUTY]),
                addressed(&[
                    (OPS, "action"),
                    (OPS_DEPUTY, "standby"),
                    (PEER_SPOC, "action"),
                ]),
            ],
            vec![at_once(OPS, &[(1, DEPUTY.0, OPS_DEPUTY)], 1)],
        ),
        without(
            "not-staffed-sender-stands-in",
            &["ESC-13"],
            vec![away(Some(CITY)), addressed(&[(OPS, "action")])],
            vec![],
        ),
        chains(
            "not-staffed-first-addressed-deputy",
            &["ESC-13"],
            vec![
                away(None),
                by_steps(&[DEPUTY]),
                (
                    OPS_ENTRY,
                    json!({
                        "desk": OPS,
                        "authorities": [],
                        "superior": null,
                        "deputies": [PEER_NIGHT, PEER_SPOC],
                    }),
                ),
                addressed(&[(OPS, "action"), (PEER_SPOC, "standby")]),
            ],
            vec![at_once(OPS, &[(1, DEPUTY.0, PEER_SPOC)], 1)],
        ),
    ]
}

pub(super) fn home() -> Vec<Chains> {
    let usual = chain(
        PORT,
        &[
            (1, DEPUTY.0, NIGHT),
            (2, SUPERIOR.0, REGION),
            (3, GATEWAY.0, SPOC),
        ],
    );
    vec![
        chains("at-home", &["RTE-14"], vec![], vec![usual.clone()]),
        without(
            "at-home-before-the-other-side",
            &["ESC-11"],
            vec![("/side", json!("ingress"))],
            vec![],
        ),
        without(
            "at-home-house-not-held",
            &["ESC-11"],
            vec![("/house", Value::Null)],
            vec![],
        ),
        without(
            "at-home-row-of-another-direction",
            &["ESC-11"],
            vec![("/house/rules/rows/0/directions", json!(["down"]))],
            vec![],
        ),
        chains(
            "at-home-sender-is-passed-over",
            &["RTE-14"],
            vec![
                ("/header/sender", json!(SPOC)),
                addressed(&[(PORT, "action"), (NIGHT, "standby"), (REGION, "standby")]),
            ],
            vec![chain(
                PORT,
                &[
                    (1, DEPUTY.0, NIGHT),
                    (2, SUPERIOR.0, REGION),
                    (3, GATEWAY.0, NIGHT),
                ],
            )],
        ),
        without(
            "at-home-superior-is-the-sender",
            &["RTE-14"],
            vec![
                ("/header/sender", json!(REGION)),
                addressed(&[(PORT, "action"), (NIGHT, "standby"), (SPOC, "standby")]),
            ],
            vec![chain(PORT, &[(1, DEPUTY.0, NIGHT), (3, GATEWAY.0, SPOC)])],
        ),
        // The accord's row is for the desk abroad, the house's for the one at home.
        chains(
            "at-home-beside-one-abroad",
            &["RTE-22"],
            vec![
                by_steps(&[GATEWAY]),
                (
                    "/house/rules/rows/0/directions",
                    json!(["cross-border", "lateral"]),
                ),
                addressed(&[
                    (OPS, "action"),
                    (PORT, "action"),
                    (NIGHT, "standby"),
                    (REGION, "standby"),
                    (SPOC, "standby"),
                ]),
            ],
            vec![usual],
        ),
        without(
            "at-home-desk-abroad-is-not-ours",
            &["ESC-11"],
            vec![
                by_steps(&[GATEWAY]),
                addressed(&[(OPS, "action"), (PEER_SPOC, "standby")]),
            ],
            vec![],
        ),
        chains(
            "at-home-superior-of-the-house-alone",
            &["RTE-14"],
            vec![
                ("/rosters/2/desks/2/superior", Value::Null),
                (
                    CITY_ENTRY,
                    json!({
                        "desk": CITY, "authorities": [], "superior": HEAD, "deputies": [],
                    }),
                ),
            ],
            vec![chain(PORT, &[(1, DEPUTY.0, NIGHT), (3, GATEWAY.0, SPOC)])],
        ),
    ]
}
