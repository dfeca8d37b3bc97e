//! Task forces and exercises: TSK-1 to TSK-4, EXR-1 to EXR-4.

use super::scene::{
    CITY, Clause, DAY, HEAD, HOUR, Ingress, NOW, OPS, PEER_NIGHT, PEER_SPOC, PORT, REGION, SPOC,
    addressed,
};
use serde_json::{Value, json};

const DRILL: &str = "0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d";
const OTHER: &str = "0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e0e";
const FORCES: &str = "/accord/rules/task_forces";

pub(super) fn clauses() -> Vec<Clause> {
    vec![
        named(),
        member(),
        all_members(),
        only_members(),
        registered(),
        window(),
        sender_takes_part(),
        addressees_take_part(),
    ]
}

fn force(members: &[&str]) -> (&'static str, Value) {
    let mut members = members.to_vec();
    members.sort_unstable();
    (FORCES, json!([{ "name": "harbour", "members": members }]))
}

fn harbour(members: &[&str]) -> Vec<(&'static str, Value)> {
    vec![force(members), ("/header/task_force", json!("harbour"))]
}

fn named() -> Clause {
    Clause::new("TSK-1", "named", Ingress::Refuses, harbour(&[CITY, OPS]))
        .refuses(
            "unknown",
            "a name that the accord does not list",
            vec![("/header/task_force", json!("port"))],
        )
        .refuses("none", "the accord lists none", vec![(FORCES, json!([]))])
}

fn member() -> Clause {
    Clause::new("TSK-2", "sender", Ingress::Refuses, harbour(&[CITY, OPS]))
        .refuses(
            "outsider",
            "sent by a desk that is no member",
            vec![("/header/sender", json!(PORT))],
        )
        .refuses(
            "superior",
            "sent by a member's superior",
            vec![("/header/sender", json!(REGION))],
        )
}

fn all_members() -> Clause {
    let mut setup = harbour(&[CITY, OPS, PEER_SPOC]);
    setup.push(addressed(&[(OPS, "action"), (PEER_SPOC, "info")]));
    Clause::new("TSK-3", "members", Ingress::Refuses, setup)
        .refuses(
            "left-out",
            "a member is not addressed",
            vec![addressed(&[(OPS, "action")])],
        )
        .refuses(
            "stands-by",
            "a member only stands by",
            vec![addressed(&[(OPS, "action"), (PEER_SPOC, "standby")])],
        )
        .refuses(
            "joined",
            "a member that joined is not addressed",
            vec![force(&[CITY, OPS, PEER_SPOC, PEER_NIGHT])],
        )
}

fn only_members() -> Clause {
    let mut setup = harbour(&[CITY, OPS]);
    setup.push(addressed(&[(OPS, "action"), (PEER_SPOC, "info")]));
    Clause::new("TSK-4", "others", Ingress::Refuses, setup)
        .refuses(
            "abroad",
            "another desk of the peer must act",
            vec![addressed(&[(OPS, "action"), (PEER_SPOC, "action")])],
        )
        .refuses(
            "at-home",
            "another desk at home must act",
            vec![addressed(&[(OPS, "action"), (PORT, "action")])],
        )
}

fn exercise(id: &str, from: u64, until: u64, participants: &[&str]) -> Value {
    let mut participants = participants.to_vec();
    participants.sort_unstable();
    json!([{ "id": id, "not_before": from, "not_after": until, "participants": participants }])
}

fn drill() -> Vec<(&'static str, Value)> {
    let window = (NOW - HOUR, NOW + HOUR);
    vec![
        ("/accord/rules/rows/0/statuses", json!(["exercise"])),
        ("/header/status", json!("exercise")),
        ("/header/exercise", json!(DRILL)),
        (
            "/rosters/0/exercises",
            exercise(DRILL, window.0, window.1, &[OPS, PEER_SPOC]),
        ),
        (
            "/rosters/2/exercises",
            exercise(DRILL, window.0, window.1, &[CITY, SPOC]),
        ),
    ]
}

fn registered() -> Clause {
    Clause::new("EXR-1", "registered", Ingress::Refuses, drill())
        .refuses(
            "other",
            "an exercise that nobody has registered",
            vec![("/header/exercise", json!(OTHER))],
        )
        .refuses(
            "one-side",
            "the addressee's agency has not registered it",
            vec![("/rosters/0/exercises", json!([]))],
        )
        .refuses(
            "other-side",
            "the sender's agency has not registered it",
            vec![("/rosters/2/exercises", json!([]))],
        )
}

fn window() -> Clause {
    let of = |from, until| exercise(DRILL, from, until, &[OPS, PEER_SPOC]);
    Clause::new("EXR-2", "window", Ingress::Refuses, drill())
        .passes("first-instant", vec![("/now", json!(NOW - HOUR))])
        .passes("last-instant", vec![("/now", json!(NOW + HOUR))])
        .refuses(
            "early",
            "a millisecond before it begins",
            vec![("/now", json!(NOW - HOUR - 1))],
        )
        .refuses(
            "late",
            "a millisecond after it has ended",
            vec![("/now", json!(NOW + HOUR + 1))],
        )
        .refuses(
            "one-window",
            "the addressee's agency ended it yesterday",
            vec![("/rosters/0/exercises", of(NOW - 2 * DAY, NOW - DAY))],
        )
}

fn sender_takes_part() -> Clause {
    Clause::new("EXR-3", "sender", Ingress::Refuses, drill())
        .refuses(
            "port",
            "sent by a desk that takes no part",
            vec![("/header/sender", json!(PORT))],
        )
        .refuses(
            "head",
            "sent by the head, which takes no part",
            vec![("/header/sender", json!(HEAD))],
        )
}

fn addressees_take_part() -> Clause {
    let mut setup = drill();
    setup.push(addressed(&[(OPS, "action"), (PEER_SPOC, "info")]));
    Clause::new("EXR-4", "addressees", Ingress::Refuses, setup)
        .passes(
            "gateway-takes-no-part",
            vec![
                ("/accord/rules/rows/0/copies", json!(["own-gateway"])),
                (
                    "/rosters/2/exercises",
                    exercise(DRILL, NOW - HOUR, NOW + HOUR, &[CITY]),
                ),
            ],
        )
        .refuses(
            "info",
            "a desk that takes no part is informed",
            vec![addressed(&[(OPS, "action"), (PEER_NIGHT, "info")])],
        )
        .refuses(
            "standby",
            "a desk that takes no part stands by",
            vec![addressed(&[(OPS, "action"), (PEER_NIGHT, "standby")])],
        )
        .refuses(
            "action",
            "a desk that takes no part must act",
            vec![addressed(&[(PEER_NIGHT, "action")])],
        )
}
