//! Which row matches, and through whom a message goes: RTE-1 to RTE-6.

use super::scene::{
    CITY, Clause, HEAD, Ingress, OPS, PEER_NIGHT, PEER_SPOC, PORT, REGION, SPOC, WARD, addressed,
    home_row, row, table,
};
use serde_json::{Value, json};

const PATH: &str = "/accord/rules/rows/0/path";

pub(super) fn clauses() -> Vec<Clause> {
    vec![
        matching(),
        at_home(),
        by_level(),
        to_gateway(),
        between(),
        exception(),
    ]
}

fn matching() -> Clause {
    let mut urgent = row("urgent");
    urgent["formats"] = json!([5]);
    Clause::new("RTE-1", "row", Ingress::Refuses, vec![])
        .passes("no-rows", vec![("/accord/rules/rows", json!([]))])
        .passes("another-row-too", vec![("/accord/rules/rows/-", urgent)])
        .refuses(
            "format",
            "a format that no row matches",
            vec![("/header/format", json!(5))],
        )
        .refuses(
            "precedence",
            "a precedence that no row matches",
            vec![("/accord/rules/rows/0/precedences", json!(["priority"]))],
        )
        .refuses(
            "status",
            "a status that no row matches",
            vec![("/header/status", json!("test"))],
        )
}

fn at_home() -> Clause {
    let mut abroad = row("abroad");
    abroad["formats"] = json!([4, 5]);
    let house = |rows: Vec<Value>| ("/house/rules", table(rows));
    Clause::new("RTE-1", "house", Ingress::Passes, vec![house(vec![abroad])])
        .refuses(
            "no-direction",
            "the house has rows for messages at home alone",
            vec![house(vec![home_row("home")])],
        )
        .refuses(
            "second-direction",
            "a second addressee at home, for whom the house has no row",
            vec![addressed(&[(OPS, "action"), (REGION, "action")])],
        )
}

/// A message that stays at home, by the rows of the house.
fn at_home_with(path: &str, to: &str) -> Vec<(&'static str, Value)> {
    let mut row = home_row("home");
    row["path"] = json!(path);
    vec![
        ("/accord", Value::Null),
        ("/house/rules", table(vec![row])),
        addressed(&[(to, "action")]),
    ]
}

fn by_level() -> Clause {
    Clause::new(
        "RTE-3",
        "by-level",
        Ingress::None,
        at_home_with("by-level", REGION),
    )
    .passes("a-level-down", vec![addressed(&[(WARD, "action")])])
    .passes(
        "copy-may-skip",
        vec![addressed(&[(REGION, "action"), (HEAD, "info")])],
    )
    .passes(
        "direct-may-skip",
        vec![
            ("/house/rules/rows/0/path", json!("direct")),
            addressed(&[(HEAD, "action")]),
        ],
    )
    .refuses(
        "up",
        "skips the region",
        vec![addressed(&[(HEAD, "action")])],
    )
    .refuses(
        "down",
        "skips the city",
        vec![
            ("/header/sender", json!(REGION)),
            addressed(&[(WARD, "action")]),
        ],
    )
    .refuses(
        "lateral",
        "skips the region above both",
        vec![addressed(&[(PORT, "action")])],
    )
    .refuses(
        "second-addressee",
        "one of two addressees is two levels up",
        vec![addressed(&[(REGION, "action"), (HEAD, "action")])],
    )
}

fn to_gateway() -> Clause {
    let setup = vec![
        (PATH, json!("to-gateway")),
        addressed(&[(PEER_SPOC, "action")]),
    ];
    Clause::new("RTE-4", "to-gateway", Ingress::Refuses, setup)
        .passes(
            "copy-beside",
            vec![addressed(&[(PEER_SPOC, "action"), (OPS, "info")])],
        )
        .passes(
            "any-gateway-desk",
            vec![addressed(&[(PEER_NIGHT, "action")])],
        )
        .refuses(
            "other-desk",
            "to a desk of another unit",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "second-desk",
            "one of two addressees is no gateway desk",
            vec![addressed(&[(PEER_SPOC, "action"), (OPS, "action")])],
        )
        .refuses(
            "not-listed",
            "a desk of the gateway unit that the roster does not list",
            vec![addressed(&[("clerk@spoc.border.xb", "action")])],
        )
}

fn between() -> Clause {
    let setup = vec![
        (PATH, json!("between-gateways")),
        ("/header/sender", json!(SPOC)),
        addressed(&[(PEER_SPOC, "action")]),
    ];
    Clause::new("RTE-5", "between-gateways", Ingress::Refuses, setup)
        .refuses(
            "city",
            "sent by the city",
            vec![("/header/sender", json!(CITY))],
        )
        .refuses(
            "head",
            "sent by the head of the agency",
            vec![("/header/sender", json!(HEAD))],
        )
}

fn exception() -> Clause {
    let setup = vec![
        ("/accord/rules/rows/0/copies", json!(["own-gateway"])),
        ("/accord/rules/rows/0/exceptions", json!([1, 2])),
        ("/header/exception", json!(1)),
    ];
    Clause::new("RTE-6", "exception", Ingress::Refuses, setup)
        .passes(
            "copied-all-the-same",
            vec![addressed(&[(OPS, "action"), (SPOC, "info")])],
        )
        .refuses(
            "code",
            "an exception that the row does not list",
            vec![("/header/exception", json!(3))],
        )
        .refuses(
            "none-listed",
            "the row lists no exception",
            vec![("/accord/rules/rows/0/exceptions", json!([]))],
        )
        .refuses(
            "no-rows",
            "no row is there that could allow it",
            vec![("/accord/rules/rows", json!([]))],
        )
}
