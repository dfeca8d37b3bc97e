//! Who must let a message go: REL-1 to REL-9.

use super::scene::{
    CITY, Clause, HEAD, HOUR, Ingress, NIGHT, NOW, OPS, PORT, REGION, SPOC, SPOC_ENTRY, addressed,
    released, row, table,
};
use serde_json::{Value, json};

const RELEASE: &str = "/accord/rules/rows/0/release";

pub(super) fn clauses() -> Vec<Clause> {
    vec![
        addressed_releaser(),
        superior(),
        missing(),
        own_desk(),
        authority(),
        not_addressed(),
        raised(),
        two_persons(),
        refused(),
        both_tables(),
    ]
}

fn told(statements: &[Value]) -> (&'static str, Value) {
    ("/statements", statements.into())
}

/// The gateway has released what the city wrote.
fn by_gateway() -> Vec<(&'static str, Value)> {
    vec![
        (RELEASE, json!("gateway")),
        addressed(&[(OPS, "action"), (SPOC, "info"), (REGION, "info")]),
        told(&[released(SPOC, "routine")]),
    ]
}

fn entry(desk: &str, format: u16, precedence: &str) -> Value {
    json!({
        "desk": desk,
        "authorities": [{ "format": format, "precedence": precedence }],
        "superior": null,
        "deputies": [],
    })
}

fn addressed_releaser() -> Clause {
    Clause::new("REL-1", "releaser", Ingress::Refuses, by_gateway())
        .passes(
            "gateway-itself",
            vec![
                ("/header/sender", json!(SPOC)),
                addressed(&[(OPS, "action")]),
                told(&[]),
            ],
        )
        .refuses(
            "removed",
            "no gateway desk is addressed",
            vec![addressed(&[(OPS, "action"), (REGION, "info")])],
        )
        .refuses(
            "no-authority",
            "the gateway desk that is addressed has no authority for the format",
            vec![(SPOC_ENTRY, entry(SPOC, 5, "flash"))],
        )
        .refuses(
            "one-of-two",
            "two-person, and one desk besides the sender at home",
            vec![
                (RELEASE, json!("two-person")),
                addressed(&[(OPS, "action"), (SPOC, "info")]),
            ],
        )
}

fn superior() -> Clause {
    let setup = vec![
        (RELEASE, json!("superior")),
        addressed(&[(OPS, "action"), (REGION, "info")]),
        told(&[released(REGION, "routine")]),
    ];
    Clause::new("REL-1", "superior", Ingress::Passes, setup)
        .passes(
            "head",
            vec![
                ("/header/sender", json!(HEAD)),
                addressed(&[(OPS, "action")]),
                told(&[]),
            ],
        )
        .refuses(
            "removed",
            "the superior is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "head-instead",
            "the superior's superior is addressed instead",
            vec![addressed(&[(OPS, "action"), (HEAD, "info")])],
        )
}

fn missing() -> Clause {
    let grant = json!({
        "desk": SPOC, "at": NOW, "claim": "granted", "subject": "00".repeat(32),
        "use": "onward", "to": ["border.xb"], "until": null,
    });
    let receipt = json!({ "desk": SPOC, "at": NOW, "claim": "acknowledged" });
    Clause::new("REL-2", "missing", Ingress::Alone, by_gateway())
        .refuses("none", "nobody has released it", vec![told(&[])])
        .refuses("grant", "a grant is no release", vec![told(&[grant])])
        .refuses(
            "acknowledged",
            "an acknowledgement is no release",
            vec![told(&[receipt])],
        )
}

fn own_desk() -> Clause {
    Clause::new("REL-3", "own-desk", Ingress::Alone, by_gateway())
        .passes(
            "beside",
            vec![told(&[
                released(CITY, "routine"),
                released(SPOC, "routine"),
            ])],
        )
        .refuses(
            "alone",
            "released by the sender's desk",
            vec![told(&[released(CITY, "routine")])],
        )
        .refuses(
            "twice",
            "released by the sender's desk, twice",
            vec![told(&[
                released(CITY, "routine"),
                released(CITY, "priority"),
            ])],
        )
}

fn authority() -> Clause {
    Clause::new("REL-4", "authority", Ingress::Alone, by_gateway())
        .passes(
            "lower",
            vec![
                ("/header/precedence", json!("flash")),
                (SPOC_ENTRY, entry(SPOC, 4, "priority")),
                told(&[released(SPOC, "priority")]),
            ],
        )
        .refuses(
            "precedence",
            "released at a precedence above its authority",
            vec![
                ("/header/precedence", json!("flash")),
                (SPOC_ENTRY, entry(SPOC, 4, "priority")),
                told(&[released(SPOC, "flash")]),
            ],
        )
        .refuses(
            "not-named",
            "released by the superior, who is no gateway desk",
            vec![told(&[released(REGION, "routine")])],
        )
        .refuses(
            "foreign",
            "released by the addressee",
            vec![told(&[released(OPS, "routine")])],
        )
}

fn not_addressed() -> Clause {
    Clause::new("REL-5", "addressed", Ingress::Alone, by_gateway())
        .refuses(
            "other-desk",
            "released by the other desk of the gateway",
            vec![told(&[released(NIGHT, "routine")])],
        )
        .refuses(
            "swapped",
            "the other desk is addressed, and this one releases",
            vec![addressed(&[
                (OPS, "action"),
                (NIGHT, "info"),
                (REGION, "info"),
            ])],
        )
}

fn raised() -> Clause {
    let mut setup = by_gateway();
    let mut urgent = row("urgent");
    urgent["precedences"] = json!(["immediate", "flash"]);
    urgent["copies"] = json!(["own-gateway"]);
    let mut calm = row("base");
    calm["precedences"] = json!(["routine", "priority"]);
    calm["release"] = json!("gateway");
    setup.push(("/accord/rules/rows", json!([calm, urgent])));
    setup.push(told(&[released(SPOC, "immediate")]));
    Clause::new("REL-6", "raised", Ingress::Alone, setup)
        .passes(
            "lowered",
            vec![
                ("/header/precedence", json!("priority")),
                told(&[released(SPOC, "routine")]),
            ],
        )
        .refuses(
            "copy-missing",
            "the row of the raised precedence wants a copy that is not there",
            vec![("/accord/rules/rows/1/copies", json!(["peer-gateway"]))],
        )
        .refuses(
            "no-row",
            "there is no row for the raised precedence",
            vec![("/accord/rules/rows/1/precedences", json!(["flash"]))],
        )
        .passes(
            "same-release",
            vec![("/accord/rules/rows/1/release", json!("gateway"))],
        )
        .refuses(
            "stricter-release",
            "the row of the raised precedence wants two persons",
            vec![("/accord/rules/rows/1/release", json!("two-person"))],
        )
        .refuses(
            "deadline",
            "the row of the raised precedence wants a deadline",
            vec![("/accord/rules/rows/1/acknowledge_within", json!(HOUR))],
        )
}

fn two_persons() -> Clause {
    let setup = vec![
        (RELEASE, json!("two-person")),
        addressed(&[(OPS, "action"), (SPOC, "info"), (REGION, "info")]),
        told(&[released(SPOC, "routine"), released(REGION, "priority")]),
    ];
    Clause::new("REL-7", "two-person", Ingress::Alone, setup)
        .passes(
            "other-order",
            vec![told(&[
                released(REGION, "priority"),
                released(SPOC, "routine"),
            ])],
        )
        .refuses(
            "one",
            "one release",
            vec![told(&[released(SPOC, "routine")])],
        )
        .refuses(
            "same-desk",
            "two releases of one desk",
            vec![told(&[
                released(SPOC, "routine"),
                released(SPOC, "priority"),
            ])],
        )
}

fn refused() -> Clause {
    let refusal = |desk: &str| json!({ "desk": desk, "at": NOW, "claim": "release-refused" });
    Clause::new("REL-8", "refused", Ingress::Refuses, by_gateway())
        .passes(
            "by-nobody",
            vec![told(&[released(SPOC, "routine"), refusal(PORT)])],
        )
        .refuses(
            "by-releaser",
            "the gateway has refused",
            vec![told(&[refusal(SPOC)])],
        )
        .refuses(
            "and-released",
            "the gateway has released and refused",
            vec![told(&[released(SPOC, "routine"), refusal(SPOC)])],
        )
}

/// The house wants the superior, the accord the gateway.
fn both_tables() -> Clause {
    let mut house = row("abroad");
    house["release"] = json!("superior");
    house["release_within"] = json!(HOUR);
    let mut setup = by_gateway();
    setup.push(("/house/rules", table(vec![house])));
    setup.push(told(&[
        released(SPOC, "routine"),
        released(REGION, "routine"),
    ]));
    Clause::new("REL-9", "both-tables", Ingress::Passes, setup)
        .passes("held-for-house", vec![told(&[released(SPOC, "routine")])])
        .passes(
            "lowest",
            vec![
                ("/header/precedence", json!("immediate")),
                told(&[released(SPOC, "immediate"), released(REGION, "priority")]),
            ],
        )
}
