//! Cases of `escalation-chains`: which addressee heads which chain, by the world of the routing
//! cases.

use super::super::case::{Case, Chapter};
use super::super::routing::scene::{
    COAST, DAY, Edit, HOUR, MINUTE, NIGHT, OPS, OPS_DEPUTY, PEER_NIGHT, PEER_SPOC, PORT, REGION,
    SPOC, addressed, apply, home_row, row, shared, table,
};
use serde_json::{Value, json};

mod further;

/// Half an hour to a deputy, an hour to the superior, two to a gateway desk.
const DEPUTY: (u64, &str) = (30 * MINUTE, "deputy");
const SUPERIOR: (u64, &str) = (HOUR, "superior");
const GATEWAY: (u64, &str) = (2 * HOUR, "gateway");

/// All who may be asked at the other side.
const THERE: [(&str, &str); 4] = [
    (OPS, "action"),
    (OPS_DEPUTY, "standby"),
    (PEER_NIGHT, "standby"),
    (PEER_SPOC, "standby"),
];

pub(super) fn add(chapter: &mut Chapter) {
    let mut group = |id, scene: &Value, cases: Vec<Chains>| {
        let cases = cases.into_iter().map(|case| case.case(scene)).collect();
        chapter.group(id, "escalation-chains", scene, cases);
    };
    group(
        "chains",
        &abroad(),
        [steps(), leads(), further::statuses()].concat(),
    );
    group("chains-not-staffed", &flash(), further::not_staffed());
    group("chains-at-home", &at_home(), further::home());
}

/// What differs from the group's scene, and the chains that must be.
#[derive(Clone)]
struct Chains {
    id: &'static str,
    requirements: &'static [&'static str],
    edits: Vec<Edit>,
    chains: Value,
    quiet: bool,
}

impl Chains {
    fn case(self, scene: &Value) -> Case {
        let mut whole = scene.clone();
        self.edits.iter().for_each(|edit| apply(&mut whole, edit));
        let members = whole.as_object().into_iter().flatten();
        let own = members.filter(|(key, value)| scene.get(key.as_str()) != Some(*value));
        let own: Value = own
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let id = format!("chains-{}", self.id);
        let case = Case::valid(id, self.requirements, own).expect("/chains", self.chains);
        if self.quiet { case.flag("Rule") } else { case }
    }
}

fn chains(
    id: &'static str,
    requirements: &'static [&'static str],
    edits: Vec<Edit>,
    chains: Vec<Value>,
) -> Chains {
    let (chains, quiet) = (chains.into(), false);
    Chains {
        id,
        requirements,
        edits,
        chains,
        quiet,
    }
}

/// About a chain or step that must not be.
fn without(
    id: &'static str,
    requirements: &'static [&'static str],
    edits: Vec<Edit>,
    chains: Vec<Value>,
) -> Chains {
    let quiet = true;
    Chains {
        quiet,
        ..self::chains(id, requirements, edits, chains)
    }
}

fn chain(head: &str, steps: &[(u8, u64, &str)]) -> Value {
    let steps = steps.iter();
    let steps =
        steps.map(|(number, after, to)| json!({ "number": number, "after": after, "to": to }));
    json!({ "head": head, "steps": steps.collect::<Vec<_>>(), "at_once": null })
}

fn at_once(head: &str, steps: &[(u8, u64, &str)], number: u8) -> Value {
    let mut chain = chain(head, steps);
    chain["at_once"] = number.into();
    chain
}

fn escalating(mut row: Value, steps: &[(u64, &str)]) -> Value {
    let steps = steps.iter();
    let steps: Vec<Value> = steps
        .map(|(after, to)| json!({ "after": after, "to": to }))
        .collect();
    row["acknowledge_within"] = json!(30 * MINUTE);
    row["escalation"] = steps.into();
    row
}

/// Steps of the accord's one row.
fn by_steps(steps: &[(u64, &str)]) -> Edit {
    let rows = vec![escalating(row("base"), steps)];
    ("/accord", json!({ "rules": table(rows) }))
}

/// Before the relay of `border.xb`, with a superior for the operations desk.
fn abroad() -> Value {
    let mut scene = shared();
    for edit in [
        ("/own", json!("border.xb")),
        ("/side", json!("ingress")),
        ("/house", Value::Null),
        ("/not_staffed", json!([])),
        ("/header/acknowledge_within", json!(30 * MINUTE)),
        ("/rosters/0/desks/1/superior", json!(PEER_NIGHT)),
        by_steps(&[DEPUTY, SUPERIOR, GATEWAY]),
        addressed(&THERE),
    ] {
        apply(&mut scene, &edit);
    }
    without_what_makes_no_difference(scene)
}

fn without_what_makes_no_difference(mut scene: Value) -> Value {
    if let Some(members) = scene.as_object_mut() {
        for key in ["now", "known", "sent", "statements"] {
            members.remove(key);
        }
    }
    scene
}

fn flash() -> Value {
    let mut scene = abroad();
    apply(&mut scene, &("/header/precedence", json!("flash")));
    scene
}

/// Before the relay of `police.xa`, whose own rules have steps; nothing crosses a border.
fn at_home() -> Value {
    let mut scene = shared();
    let rows = vec![escalating(home_row("home"), &[DEPUTY, SUPERIOR, GATEWAY])];
    for edit in [
        ("/accord", Value::Null),
        ("/house/rules", table(rows)),
        ("/not_staffed", json!([])),
        ("/header/acknowledge_within", json!(30 * MINUTE)),
        // The port's deputy is the night desk, its superior the region's.
        ("/rosters/2/desks/2/superior", json!(REGION)),
        ("/rosters/2/desks/2/deputies", json!([NIGHT])),
        addressed(&[
            (PORT, "action"),
            (NIGHT, "standby"),
            (REGION, "standby"),
            (SPOC, "standby"),
        ]),
    ] {
        apply(&mut scene, &edit);
    }
    without_what_makes_no_difference(scene)
}

fn whole() -> Value {
    let (one, two, three) = (
        (1, DEPUTY.0, OPS_DEPUTY),
        (2, SUPERIOR.0, PEER_NIGHT),
        (3, GATEWAY.0, PEER_SPOC),
    );
    chain(OPS, &[one, two, three])
}

fn steps() -> Vec<Chains> {
    vec![
        chains(
            "all-steps",
            &["RTE-14"],
            // The gateway desk that comes first in the header is the superior too.
            vec![],
            vec![chain(
                OPS,
                &[
                    (1, DEPUTY.0, OPS_DEPUTY),
                    (2, SUPERIOR.0, PEER_NIGHT),
                    (3, GATEWAY.0, PEER_SPOC),
                ],
            )],
        ),
        without("no-steps", &["ESC-11"], vec![by_steps(&[])], vec![]),
        without(
            "no-rows",
            &["ESC-11"],
            vec![("/accord", json!({ "rules": table(vec![]) }))],
            vec![],
        ),
        without(
            "no-row-matches",
            &["ESC-11"],
            vec![("/header/format", json!(2))],
            vec![],
        ),
        chains(
            "one-step",
            &["RTE-14"],
            vec![by_steps(&[SUPERIOR])],
            vec![chain(OPS, &[(1, SUPERIOR.0, PEER_NIGHT)])],
        ),
        chains(
            "steps-at-one-time",
            &["RTE-14"],
            vec![by_steps(&[(HOUR, "deputy"), (HOUR, "superior")])],
            vec![chain(OPS, &[(1, HOUR, OPS_DEPUTY), (2, HOUR, PEER_NIGHT)])],
        ),
        chains(
            "four-steps",
            &["RTE-14"],
            vec![by_steps(&[DEPUTY, SUPERIOR, GATEWAY, (DAY, "deputy")])],
            vec![{
                let mut chain = whole();
                let more = json!({ "number": 4, "after": DAY, "to": OPS_DEPUTY });
                chain["steps"]
                    .as_array_mut()
                    .into_iter()
                    .for_each(|s| s.push(more.clone()));
                chain
            }],
        ),
        without(
            "deputy-not-addressed",
            &["RTE-14"],
            vec![addressed(&[
                (OPS, "action"),
                (PEER_NIGHT, "standby"),
                (PEER_SPOC, "standby"),
            ])],
            vec![chain(
                OPS,
                &[(2, SUPERIOR.0, PEER_NIGHT), (3, GATEWAY.0, PEER_SPOC)],
            )],
        ),
        without(
            "nobody-addressed",
            &["RTE-14"],
            vec![addressed(&[(OPS, "action")])],
            vec![],
        ),
        without(
            "no-superior",
            &["RTE-14"],
            vec![("/rosters/0/desks/1/superior", Value::Null)],
            vec![chain(
                OPS,
                &[(1, DEPUTY.0, OPS_DEPUTY), (3, GATEWAY.0, PEER_SPOC)],
            )],
        ),
    ]
}

fn leads() -> Vec<Chains> {
    let to_gateway = |to| chain(OPS, &[(1, GATEWAY.0, to)]);
    let gateway = || by_steps(&[GATEWAY]);
    let deputies = |desks: &[&str]| ("/rosters/0/desks/1/deputies", json!(desks));
    vec![
        chains(
            "deputies-in-the-order-of-the-roster",
            &["RTE-14"],
            vec![by_steps(&[DEPUTY]), deputies(&[PEER_SPOC, OPS_DEPUTY])],
            vec![chain(OPS, &[(1, DEPUTY.0, PEER_SPOC)])],
        ),
        chains(
            "first-deputy-not-addressed",
            &["RTE-14"],
            vec![
                by_steps(&[DEPUTY]),
                deputies(&[PEER_SPOC, OPS_DEPUTY]),
                addressed(&[(OPS, "action"), (OPS_DEPUTY, "standby")]),
            ],
            vec![chain(OPS, &[(1, DEPUTY.0, OPS_DEPUTY)])],
        ),
        chains(
            "deputy-that-is-informed",
            &["RTE-14"],
            vec![
                by_steps(&[DEPUTY]),
                addressed(&[(OPS, "action"), (OPS_DEPUTY, "info")]),
            ],
            vec![chain(OPS, &[(1, DEPUTY.0, OPS_DEPUTY)])],
        ),
        chains(
            "deputy-that-must-act-too",
            &["RTE-14"],
            vec![
                by_steps(&[DEPUTY]),
                addressed(&[(OPS, "action"), (OPS_DEPUTY, "action")]),
            ],
            vec![chain(OPS, &[(1, DEPUTY.0, OPS_DEPUTY)])],
        ),
        chains(
            "gateway-desks-in-the-order-of-the-header",
            &["RTE-14"],
            vec![gateway()],
            vec![to_gateway(PEER_SPOC)],
        ),
        chains(
            "first-gateway-desk-not-addressed",
            &["RTE-14"],
            vec![
                gateway(),
                addressed(&[(OPS, "action"), (PEER_NIGHT, "standby")]),
            ],
            vec![to_gateway(PEER_NIGHT)],
        ),
        chains(
            "head-that-is-a-gateway-desk",
            &["RTE-14"],
            vec![
                gateway(),
                addressed(&[(PEER_SPOC, "action"), (PEER_NIGHT, "standby")]),
            ],
            vec![chain(PEER_SPOC, &[(1, GATEWAY.0, PEER_NIGHT)])],
        ),
        without(
            "head-that-is-the-only-gateway-desk",
            &["RTE-14"],
            vec![gateway(), addressed(&[(PEER_SPOC, "action")])],
            vec![],
        ),
        chains(
            "two-steps-to-one-desk",
            &["RTE-14"],
            vec![
                by_steps(&[SUPERIOR, GATEWAY]),
                addressed(&[(OPS, "action"), (PEER_NIGHT, "standby")]),
            ],
            vec![chain(
                OPS,
                &[(1, SUPERIOR.0, PEER_NIGHT), (2, GATEWAY.0, PEER_NIGHT)],
            )],
        ),
        chains(
            "two-heads",
            &["RTE-14"],
            vec![
                gateway(),
                addressed(&[
                    (OPS, "action"),
                    (OPS_DEPUTY, "action"),
                    (PEER_SPOC, "standby"),
                ]),
            ],
            vec![
                chain(OPS_DEPUTY, &[(1, GATEWAY.0, PEER_SPOC)]),
                chain(OPS, &[(1, GATEWAY.0, PEER_SPOC)]),
            ],
        ),
        without(
            "informed-desks-head-nothing",
            &["ESC-10"],
            vec![addressed(&[(OPS, "info"), (OPS_DEPUTY, "standby")])],
            vec![],
        ),
        without(
            "desks-of-another-agency",
            &["ESC-11"],
            vec![addressed(&[(COAST, "action"), (OPS_DEPUTY, "info")])],
            vec![],
        ),
        without(
            "roster-not-held",
            &["RTE-21"],
            vec![("/rosters", json!([]))],
            vec![],
        ),
        without(
            "desk-not-listed",
            &["RTE-21"],
            vec![
                by_steps(&[DEPUTY]),
                ("/header/addressees/1/desk", json!("new@ops.border.xb")),
            ],
            vec![],
        ),
    ]
}
