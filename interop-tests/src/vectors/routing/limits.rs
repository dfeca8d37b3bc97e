//! Deadlines, limits and rates: RTE-12, RTE-13, RTE-16 to RTE-20.

use super::scene::{
    Clause, DAY, HOUR, Ingress, MINUTE, NOW, OPS, PEER_NIGHT, PEER_SPOC, SPOC, addressed, home_row,
    table,
};
use serde_json::{Value, json};

pub(super) fn clauses() -> Vec<Clause> {
    vec![
        deadline(
            "RTE-12",
            "acknowledge",
            [
                "/accord/rules/rows/0/acknowledge_within",
                "/header/acknowledge_within",
            ],
        ),
        deadline(
            "RTE-13",
            "answer",
            [
                "/accord/rules/rows/0/answer_within",
                "/header/answer_within",
            ],
        ),
        deadline_at_home(),
        lifetime(),
        addressees(),
        body(),
        ceiling(),
        rate(),
        rate_of_house(),
    ]
}

fn deadline(id: &'static str, title: &'static str, [row, header]: [&'static str; 2]) -> Clause {
    let setup = vec![(row, json!(HOUR)), (header, json!(HOUR))];
    Clause::new(id, title, Ingress::Refuses, setup)
        .passes("shorter", vec![(header, json!(MINUTE))])
        .refuses("absent", "the header has none", vec![(header, Value::Null)])
        .refuses(
            "longer",
            "a millisecond too long",
            vec![(header, json!(HOUR + 1))],
        )
}

fn deadline_at_home() -> Clause {
    let mut row = home_row("home");
    row["acknowledge_within"] = json!(MINUTE);
    let setup = vec![
        ("/house/rules", table(vec![row])),
        ("/accord", Value::Null),
        ("/header/acknowledge_within", json!(MINUTE)),
        addressed(&[(SPOC, "action")]),
    ];
    Clause::new("RTE-22", "house", Ingress::None, setup)
}

fn lifetime() -> Clause {
    let created = NOW - 1_000;
    let setup = vec![
        ("/accord/rules/rows/0/lifetime", json!(DAY)),
        ("/header/expires", json!(created + DAY)),
    ];
    Clause::new("RTE-16", "lifetime", Ingress::Refuses, setup)
        .refuses(
            "longer",
            "a millisecond too long",
            vec![("/header/expires", json!(created + DAY + 1))],
        )
        .refuses(
            "month",
            "thirty days",
            vec![("/header/expires", json!(created + 30 * DAY))],
        )
}

fn addressees() -> Clause {
    let setup = vec![
        ("/accord/rules/rows/0/addressees", json!(2)),
        addressed(&[(OPS, "action"), (PEER_SPOC, "info")]),
    ];
    Clause::new("RTE-17", "addressees", Ingress::Refuses, setup)
        .refuses(
            "three",
            "three where two are allowed",
            vec![addressed(&[
                (OPS, "action"),
                (PEER_SPOC, "info"),
                (SPOC, "info"),
            ])],
        )
        .refuses(
            "standby-counts",
            "the third stands by",
            vec![addressed(&[
                (OPS, "action"),
                (PEER_SPOC, "info"),
                (PEER_NIGHT, "standby"),
            ])],
        )
}

fn body() -> Clause {
    let setup = vec![
        ("/accord/rules/rows/0/body_bytes", json!(528)),
        ("/header/body_bytes", json!(528)),
    ];
    Clause::new("RTE-18", "body", Ingress::Refuses, setup)
        .refuses(
            "next-class",
            "the next size class",
            vec![("/header/body_bytes", json!(1040))],
        )
        .refuses(
            "largest",
            "the largest size class",
            vec![("/header/body_bytes", json!(491_536))],
        )
}

fn ceiling() -> Clause {
    let setup = vec![
        (
            "/accord/rules/rows/0/ceiling",
            json!([{ "axis": 1, "code": 2 }]),
        ),
        ("/header/marking", json!([{ "axis": 1, "code": 2 }])),
    ];
    Clause::new("RTE-19", "ceiling", Ingress::Refuses, setup)
        .passes("unmarked", vec![("/header/marking", json!([]))])
        .passes(
            "axis-at-zero",
            vec![("/header/marking", json!([{ "axis": 4, "code": 0 }]))],
        )
        .refuses(
            "stricter",
            "TLP amber+strict above amber",
            vec![("/header/marking", json!([{ "axis": 1, "code": 3 }]))],
        )
        .refuses(
            "other-axis",
            "an axis that the ceiling does not list",
            vec![(
                "/header/marking",
                json!([{ "axis": 1, "code": 2 }, { "axis": 4, "code": 1 }]),
            )],
        )
        .refuses(
            "nothing-above-zero",
            "a ceiling without any axis",
            vec![("/accord/rules/rows/0/ceiling", json!([]))],
        )
}

fn sent(table: &str, row: &str, messages: u64) -> (&'static str, Value) {
    (
        "/sent",
        json!([{ "table": table, "row": row, "messages": messages }]),
    )
}

fn rate() -> Clause {
    let setup = vec![
        (
            "/accord/rules/rows/0/rate",
            json!({ "messages": 3, "per": HOUR }),
        ),
        sent("accord", "base", 2),
    ];
    Clause::new("RTE-20", "rate", Ingress::Refuses, setup)
        .passes(
            "flash-above",
            vec![
                ("/header/precedence", json!("flash")),
                sent("accord", "base", 3),
            ],
        )
        .passes("other-row", vec![sent("accord", "other", 9)])
        .refuses(
            "reached",
            "the fourth within the hour",
            vec![sent("accord", "base", 3)],
        )
        .refuses(
            "far-above",
            "an immediate, far above the rate",
            vec![
                ("/header/precedence", json!("immediate")),
                sent("accord", "base", 4_000_000_000),
            ],
        )
}

fn rate_of_house() -> Clause {
    let mut row = super::scene::row("abroad");
    row["rate"] = json!({ "messages": 1, "per": DAY });
    let setup = vec![
        ("/house/rules", table(vec![row])),
        sent("house", "abroad", 0),
    ];
    Clause::new("RTE-20", "house", Ingress::Passes, setup)
        .refuses(
            "reached",
            "the second of the day",
            vec![sent("house", "abroad", 1)],
        )
        .refuses(
            "above",
            "the third of the day",
            vec![sent("house", "abroad", 2)],
        )
}
