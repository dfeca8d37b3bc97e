//! Who must know, and who stands by: RTE-7 to RTE-15.

use super::scene::{
    CITY_ENTRY, COAST, Clause, HEAD, HOUR, Ingress, MINUTE, NIGHT, OPS, OPS_DEPUTY, OPS_ENTRY,
    PEER_NIGHT, PEER_SPOC, PORT, REGION, SPOC, WARD, addressed, home_row, table,
};
use serde_json::{Value, json};

const COPIES: &str = "/accord/rules/rows/0/copies";
const STEPS: &str = "/accord/rules/rows/0/escalation";

pub(super) fn clauses() -> Vec<Clause> {
    vec![
        superior(),
        superior_shown(),
        skipped(),
        skipped_at_home(),
        own_gateway(),
        peer_gateway(),
        deputy(),
        stand_in_superior(),
        stand_in_gateway(),
        standby(),
    ]
}

fn superior() -> Clause {
    let setup = vec![
        (COPIES, json!(["superior"])),
        addressed(&[(OPS, "action"), (REGION, "info")]),
    ];
    Clause::new("RTE-7", "superior", Ingress::Passes, setup)
        .passes(
            "as-action",
            vec![addressed(&[(OPS, "action"), (REGION, "action")])],
        )
        .passes(
            "head-has-none",
            vec![
                ("/header/sender", json!(HEAD)),
                addressed(&[(OPS, "action")]),
            ],
        )
        .passes(
            "waived",
            vec![
                ("/accord/rules/rows/0/exceptions", json!([1])),
                ("/header/exception", json!(1)),
                addressed(&[(OPS, "action")]),
            ],
        )
        .refuses(
            "removed",
            "the superior is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "other-unit",
            "another unit is informed instead",
            vec![addressed(&[(OPS, "action"), (PORT, "info")])],
        )
}

/// A desk that shows its superior abroad is judged by that at ingress too.
fn superior_shown() -> Clause {
    let entry = json!({
        "desk": super::scene::CITY,
        "authorities": [{ "format": 4, "precedence": "flash" }],
        "superior": REGION,
        "deputies": [],
    });
    let setup = vec![
        (COPIES, json!(["superior"])),
        (CITY_ENTRY, entry),
        addressed(&[(OPS, "action"), (REGION, "info")]),
    ];
    Clause::new("RTE-7", "superior-shown", Ingress::Refuses, setup)
        .refuses(
            "removed",
            "the superior is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "head-instead",
            "the superior's superior is informed instead",
            vec![addressed(&[(OPS, "action"), (HEAD, "info")])],
        )
}

fn skipped() -> Clause {
    let setup = vec![
        (COPIES, json!(["skipped"])),
        addressed(&[(OPS, "action"), (REGION, "info"), (HEAD, "info")]),
    ];
    Clause::new("RTE-8", "skipped", Ingress::Passes, setup)
        .refuses(
            "head-removed",
            "the head is not addressed",
            vec![addressed(&[(OPS, "action"), (REGION, "info")])],
        )
        .refuses(
            "region-removed",
            "the region is not addressed",
            vec![addressed(&[(OPS, "action"), (HEAD, "info")])],
        )
        .refuses(
            "ward",
            "a unit further down whose city is not informed",
            vec![("/header/sender", json!(WARD))],
        )
}

fn skipped_at_home() -> Clause {
    let mut row = home_row("home");
    row["copies"] = json!(["skipped"]);
    let setup = vec![
        ("/accord", Value::Null),
        ("/house/rules", table(vec![row])),
        addressed(&[(HEAD, "action"), (REGION, "info")]),
    ];
    Clause::new("RTE-8", "skipped-at-home", Ingress::None, setup)
        .passes("next-level", vec![addressed(&[(REGION, "action")])])
        .passes(
            "lateral",
            vec![addressed(&[(PORT, "action"), (REGION, "info")])],
        )
        .refuses(
            "up",
            "the region is skipped and not told",
            vec![addressed(&[(HEAD, "action")])],
        )
        .refuses(
            "lateral-up",
            "the region above both is not told",
            vec![addressed(&[(PORT, "action")])],
        )
        .refuses(
            "lateral-far",
            "of region and head, on the way to the gateway, the region is not told",
            vec![addressed(&[(SPOC, "action"), (HEAD, "info")])],
        )
}

fn own_gateway() -> Clause {
    let setup = vec![
        (COPIES, json!(["own-gateway"])),
        addressed(&[(OPS, "action"), (SPOC, "info")]),
    ];
    Clause::new("RTE-9", "own-gateway", Ingress::Refuses, setup)
        .passes(
            "other-desk-of-it",
            vec![addressed(&[(OPS, "action"), (NIGHT, "info")])],
        )
        .passes(
            "is-the-sender",
            vec![
                ("/header/sender", json!(SPOC)),
                addressed(&[(OPS, "action")]),
            ],
        )
        .passes(
            "no-desk-there",
            vec![
                ("/rosters/2/gateways", json!(["empty.police.xa"])),
                addressed(&[(OPS, "action")]),
            ],
        )
        .refuses(
            "removed",
            "the gateway is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "head-instead",
            "the head is informed instead",
            vec![addressed(&[(OPS, "action"), (HEAD, "info")])],
        )
        .refuses(
            "not-listed",
            "a desk of the gateway that the roster does not list",
            vec![addressed(&[
                (OPS, "action"),
                ("clerk@spoc.police.xa", "info"),
            ])],
        )
}

fn peer_gateway() -> Clause {
    let setup = vec![
        (COPIES, json!(["peer-gateway"])),
        addressed(&[(OPS, "action"), (PEER_SPOC, "info")]),
    ];
    Clause::new("RTE-10", "peer-gateway", Ingress::Refuses, setup)
        .passes("to-the-gateway", vec![addressed(&[(PEER_NIGHT, "action")])])
        .passes(
            "third-agency",
            vec![addressed(&[
                (OPS, "action"),
                (PEER_SPOC, "info"),
                (COAST, "action"),
            ])],
        )
        .refuses(
            "removed",
            "the gateway is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "own-instead",
            "the sender's gateway is informed instead",
            vec![addressed(&[(OPS, "action"), (SPOC, "info")])],
        )
        .refuses(
            "third-alone",
            "of two agencies one has its gateway told",
            vec![addressed(&[(OPS, "action"), (COAST, "info")])],
        )
        .refuses(
            "not-waived",
            "an exception waives copies at home alone",
            vec![
                (COPIES, json!(["own-gateway", "peer-gateway"])),
                ("/accord/rules/rows/0/exceptions", json!([1])),
                ("/header/exception", json!(1)),
                addressed(&[(OPS, "action")]),
            ],
        )
}

fn escalating(to: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("/accord/rules/rows/0/acknowledge_within", json!(HOUR)),
        ("/header/acknowledge_within", json!(5 * MINUTE)),
        (STEPS, json!([{ "after": HOUR, "to": to }])),
    ]
}

fn deputy() -> Clause {
    let mut setup = escalating("deputy");
    setup.push(addressed(&[(OPS, "action"), (OPS_DEPUTY, "standby")]));
    Clause::new("RTE-14", "deputy", Ingress::Refuses, setup)
        .passes(
            "informed-already",
            vec![addressed(&[(OPS, "action"), (OPS_DEPUTY, "info")])],
        )
        .passes("has-none", vec![addressed(&[(PEER_SPOC, "action")])])
        .refuses(
            "removed",
            "no deputy is addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "gateway-instead",
            "the gateway stands by instead",
            vec![addressed(&[(OPS, "action"), (PEER_SPOC, "standby")])],
        )
}

fn stand_in_superior() -> Clause {
    let mut setup = escalating("superior");
    let entry = json!({
        "desk": OPS,
        "authorities": [{ "format": 4, "precedence": "flash" }],
        "superior": PEER_NIGHT,
        "deputies": [],
    });
    setup.push((OPS_ENTRY, entry));
    setup.push(addressed(&[(OPS, "action"), (PEER_NIGHT, "standby")]));
    Clause::new("RTE-14", "superior", Ingress::Refuses, setup)
        .refuses(
            "removed",
            "its superior is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "unit-mate",
            "another desk of the superior's unit stands by",
            vec![addressed(&[(OPS, "action"), (PEER_SPOC, "standby")])],
        )
}

fn stand_in_gateway() -> Clause {
    let mut setup = escalating("gateway");
    setup.push(addressed(&[(OPS, "action"), (PEER_SPOC, "standby")]));
    Clause::new("RTE-14", "gateway", Ingress::Refuses, setup)
        .passes(
            "gateway-for-gateway",
            vec![addressed(&[(PEER_SPOC, "action"), (PEER_NIGHT, "standby")])],
        )
        .refuses(
            "removed",
            "no gateway desk is addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "itself",
            "a gateway desk does not stand in for itself",
            vec![addressed(&[(PEER_SPOC, "action")])],
        )
}

fn standby() -> Clause {
    let setup = vec![addressed(&[(OPS, "action"), (PEER_NIGHT, "standby")])];
    Clause::new("RTE-15", "standby", Ingress::Refuses, setup)
        .refuses(
            "at-home",
            "a standby of the sender's agency, where nobody must act",
            vec![addressed(&[(OPS, "action"), (REGION, "standby")])],
        )
        .refuses(
            "third-agency",
            "a standby of an agency where nobody must act",
            vec![addressed(&[(OPS, "action"), (COAST, "standby")])],
        )
        .refuses(
            "informed-only",
            "the agency of the standby is only informed",
            vec![addressed(&[
                (OPS, "action"),
                (HEAD, "info"),
                (REGION, "standby"),
            ])],
        )
}
