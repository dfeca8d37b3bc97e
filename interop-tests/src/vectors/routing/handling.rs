//! Forwards, replies and what supersedes: HND-1 to HND-9.

use super::scene::{CITY, Clause, Ingress, NOW, OPS, PEER_SPOC, PORT, REGION, addressed};
use serde_json::{Value, json};

const FIRST: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const SECOND: &str = "2222222222222222222222222222222222222222222222222222222222222222";

pub(super) fn clauses() -> Vec<Clause> {
    vec![
        enclosure_known(),
        not_known_at_ingress(),
        granted(),
        own_message(),
        marking_kept(),
        red(),
        strict(),
        reply(),
        forward_status(),
        superseding(),
    ]
}

fn known(digest: &str, sender: &str, marking: Value) -> Value {
    json!({ "digest": digest, "sender": sender, "status": "actual", "marking": marking })
}

fn grant(digest: &str, desk: &str, to: &[&str]) -> Value {
    json!({
        "desk": desk, "at": NOW, "claim": "granted", "subject": digest,
        "use": "onward", "to": to, "until": null,
    })
}

/// The port passes on what the operations desk has told the city.
fn forwarding(marking: Value) -> Vec<(&'static str, Value)> {
    vec![
        ("/header/encloses", json!([FIRST])),
        ("/header/marking", marking.clone()),
        ("/known", json!([known(FIRST, PORT, marking)])),
        ("/statements", json!([grant(FIRST, PORT, &["border.xb"])])),
    ]
}

fn enclosure_known() -> Clause {
    Clause::new("HND-1", "known", Ingress::Passes, forwarding(json!([])))
        .refuses(
            "none",
            "the enclosed message is not known",
            vec![("/known", json!([]))],
        )
        .refuses(
            "one-of-two",
            "of two enclosed messages one is not known",
            vec![("/header/encloses", json!([FIRST, SECOND]))],
        )
}

fn not_known_at_ingress() -> Clause {
    let mut setup = forwarding(json!([{ "axis": 1, "code": 4 }]));
    setup.push((
        "/known",
        json!([known(FIRST, CITY, json!([{ "axis": 1, "code": 4 }]))]),
    ));
    Clause::new("HND-9", "own-red", Ingress::Passes, setup)
        .passes("without-grant", vec![("/statements", json!([]))])
}

fn granted() -> Clause {
    let only = |grant: Value| vec![("/statements", json!([grant]))];
    let edited = |key: &str, value: Value| {
        let mut grant = grant(FIRST, PORT, &["border.xb"]);
        grant[key] = value;
        only(grant)
    };
    Clause::new("HND-2", "granted", Ingress::Refuses, forwarding(json!([])))
        .passes("until-now", edited("until", json!(NOW)))
        .passes("to-more", edited("to", json!(["border.xb", "coast.xc"])))
        .refuses(
            "none",
            "nothing was granted",
            vec![("/statements", json!([]))],
        )
        .refuses(
            "run-out",
            "the grant has run out",
            edited("until", json!(NOW - 1)),
        )
        .refuses(
            "judicial",
            "the grant is for use in court",
            edited("use", json!("judicial")),
        )
        .refuses(
            "other-agency",
            "granted to another agency",
            edited("to", json!(["coast.xc"])),
        )
        .refuses(
            "not-the-originator",
            "granted by another desk",
            edited("desk", json!(REGION)),
        )
        .refuses(
            "other-message",
            "granted for another message",
            edited("subject", json!(SECOND)),
        )
        .refuses(
            "one-of-two",
            "of two enclosed messages one is not granted",
            vec![
                ("/header/encloses", json!([FIRST, SECOND])),
                (
                    "/known",
                    json!([
                        known(FIRST, PORT, json!([])),
                        known(SECOND, PORT, json!([]))
                    ]),
                ),
            ],
        )
}

fn own_message() -> Clause {
    let setup = vec![
        ("/header/encloses", json!([FIRST])),
        ("/known", json!([known(FIRST, CITY, json!([]))])),
    ];
    Clause::new("HND-2", "own", Ingress::Refuses, setup)
        .refuses(
            "not-own",
            "another desk's message",
            vec![("/known", json!([known(FIRST, PORT, json!([]))]))],
        )
        .refuses(
            "foreign",
            "the addressee's own message, which it has not granted to anybody",
            vec![
                ("/known", json!([known(FIRST, OPS, json!([]))])),
                (
                    "/header/addressees",
                    json!([{ "desk": PEER_SPOC, "role": "action" }]),
                ),
            ],
        )
}

fn marking_kept() -> Clause {
    let amber = json!([{ "axis": 1, "code": 2 }, { "axis": 3, "code": 1 }]);
    let marked = |marking: Value| vec![("/header/marking", marking)];
    Clause::new("HND-3", "marking", Ingress::Refuses, forwarding(amber))
        .passes(
            "stricter",
            marked(json!([{ "axis": 1, "code": 3 }, { "axis": 3, "code": 3 }])),
        )
        .refuses(
            "weaker",
            "TLP green for amber",
            marked(json!([{ "axis": 1, "code": 1 }, { "axis": 3, "code": 1 }])),
        )
        .refuses(
            "axis-dropped",
            "without the axis PAP",
            marked(json!([{ "axis": 1, "code": 2 }])),
        )
        .refuses("unmarked", "without any marking", marked(json!([])))
}

fn red() -> Clause {
    let amber = json!([{ "axis": 1, "code": 2 }]);
    let red = json!([{ "axis": 1, "code": 4 }]);
    Clause::new("HND-4", "red", Ingress::Refuses, forwarding(amber))
        .refuses(
            "granted",
            "TLP red, although granted",
            vec![
                ("/known", json!([known(FIRST, PORT, red.clone())])),
                ("/header/marking", red.clone()),
            ],
        )
        .refuses(
            "one-of-two",
            "one of two enclosed messages is TLP red",
            vec![
                ("/header/encloses", json!([FIRST, SECOND])),
                ("/header/marking", red.clone()),
                (
                    "/known",
                    json!([known(FIRST, PORT, json!([])), known(SECOND, PORT, red)]),
                ),
                (
                    "/statements",
                    json!([
                        grant(FIRST, PORT, &["border.xb"]),
                        grant(SECOND, PORT, &["border.xb"])
                    ]),
                ),
            ],
        )
}

fn strict() -> Clause {
    let strict = json!([{ "axis": 1, "code": 3 }]);
    let mut setup = forwarding(strict);
    setup.extend([
        ("/accord", Value::Null),
        addressed(&[(REGION, "action")]),
        ("/statements", json!([grant(FIRST, OPS, &["police.xa"])])),
        (
            "/known",
            json!([known(FIRST, OPS, json!([{ "axis": 1, "code": 3 }]))]),
        ),
    ]);
    let accord = json!({ "rules": super::scene::table(vec![]) });
    Clause::new("HND-5", "amber-strict", Ingress::None, setup)
        .refuses(
            "abroad",
            "leaves the agency",
            vec![
                ("/accord", accord.clone()),
                addressed(&[(PEER_SPOC, "action")]),
                ("/statements", json!([grant(FIRST, OPS, &["border.xb"])])),
            ],
        )
        .refuses(
            "also-abroad",
            "leaves the agency with a copy",
            vec![
                ("/accord", accord),
                addressed(&[(REGION, "action"), (PEER_SPOC, "info")]),
                (
                    "/statements",
                    json!([grant(FIRST, OPS, &["border.xb", "police.xa"])]),
                ),
            ],
        )
}

fn with_status(status: &str) -> Value {
    let mut known = known(FIRST, OPS, json!([]));
    known["status"] = json!(status);
    json!([known])
}

fn reply() -> Clause {
    let setup = vec![
        ("/header/in_reply_to", json!(FIRST)),
        ("/known", with_status("actual")),
    ];
    Clause::new("HND-6", "reply", Ingress::Refuses, setup)
        .passes("parent-not-known", vec![("/known", json!([]))])
        .refuses(
            "exercise",
            "actual in reply to an exercise",
            vec![("/known", with_status("exercise"))],
        )
        .refuses(
            "test",
            "actual in reply to a test",
            vec![("/known", with_status("test"))],
        )
}

fn forward_status() -> Clause {
    let set = |status: &str| {
        let mut known = known(FIRST, PORT, json!([]));
        known["status"] = json!(status);
        vec![("/known", json!([known]))]
    };
    Clause::new("HND-7", "forward", Ingress::Refuses, forwarding(json!([])))
        .refuses(
            "exercise",
            "an exercise enclosed in what is meant",
            set("exercise"),
        )
        .refuses("test", "a test enclosed in what is meant", set("test"))
}

fn superseding() -> Clause {
    let of = |desk: &str| vec![("/known", json!([known(FIRST, desk, json!([]))]))];
    let setup = vec![
        ("/header/supersedes", json!(FIRST)),
        ("/known", json!([known(FIRST, CITY, json!([]))])),
    ];
    Clause::new("HND-8", "supersedes", Ingress::Refuses, setup)
        .passes("not-known", vec![("/known", json!([]))])
        .refuses("unit-mate", "a message of another desk at home", of(PORT))
        .refuses("peer", "a message of the addressee", of(OPS))
}
