//! Tables that nobody should sign, RTE-40 to RTE-46, and their bytes.

use super::super::case::{Case, Chapter};
use super::scene::{CITY, COAST, DAY, HOUR, MINUTE, OPS, home_row, row, table};
use crate::json::{hex, read_rules};
use estafette_protocol::encoding::{encode, encode_unchecked};
use estafette_protocol::rules::Rules;
use serde_json::{Value, json};

type Edit = (&'static str, Value);
/// Requirement, title, what is wrong, and where the table differs.
type Row = (&'static str, &'static str, &'static str, Vec<Edit>);

pub(super) fn add(chapter: &mut Chapter) {
    chapter.note(
        "Rule",
        "one thing that a rule demands is otherwise",
        "somebody is not told, or is told what he must not be",
    );
    chapter.group("rules-check", "rules-check", &json!({}), checks());
    chapter.group("rules-decode", "rules-decode", &json!({}), bytes());
}

fn accord(rules: Value) -> Value {
    let terms = json!({
        "parties": ["border.xb", "police.xa"],
        "formats": [1, 4],
        "ceiling": [{ "axis": 1, "code": 3 }],
        "lifetime": 7 * DAY,
    });
    json!({ "of": "accord", "rules": rules, "accord": terms })
}

fn checks() -> Vec<Case> {
    let mut cases = vec![
        Case::valid("check-no-rows", &["RTE-47"], accord(table(vec![]))),
        Case::valid(
            "check-accord",
            &["RTE-41", "RTE-42", "RTE-43", "RTE-44", "RTE-45", "RTE-47"],
            good(),
        ),
        Case::valid("check-house", &["RTE-47"], house()),
        Case::valid("check-annex", &["RTE-46"], annex()),
        Case::valid("check-annex-more", &["RTE-48"], annex_with_more()),
    ];
    let bases = [
        ("check-accord", good(), accord_faults()),
        ("check-house", house(), house_faults()),
        ("check-annex", annex(), annex_faults()),
    ];
    for (base, scene, faults) in bases {
        for (clause, title, fault, edits) in faults {
            let mut input = scene.clone();
            edits.iter().for_each(|edit| apply(&mut input, edit));
            let requirement: &'static [&'static str] = vec![clause].leak();
            let id = format!("{base}-{title}");
            let verdict = ("policy", clause);
            cases.push(Case::invalid(id, requirement, (base, fault), verdict, input).flag("Rule"));
        }
    }
    cases
}

fn apply(scene: &mut Value, (path, value): &Edit) {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    match scene.pointer_mut(parent) {
        Some(Value::Array(list)) => list.push(value.clone()),
        Some(Value::Object(members)) => drop(members.insert(key.to_owned(), value.clone())),
        _ => {}
    }
}

/// A row of requests, one of emergency flags, and a task force.
fn good() -> Value {
    let mut request = row("request");
    request["precedences"] = json!(["routine"]);
    request["acknowledge_within"] = json!(HOUR);
    request["answer_within"] = json!(DAY);
    request["escalation"] = json!([{ "after": HOUR, "to": "deputy" }]);
    request["ceiling"] = json!([{ "axis": 1, "code": 3 }]);
    request["lifetime"] = json!(7 * DAY);
    let mut flag = row("flag");
    flag["formats"] = json!([1]);
    flag["precedences"] = json!(["flash"]);
    flag["copies"] = json!(["skipped", "own-gateway", "peer-gateway"]);
    let mut rules = table(vec![flag, request]);
    rules["task_forces"] = json!([{ "name": "harbour", "members": [CITY, OPS] }]);
    accord(rules)
}

fn accord_faults() -> Vec<Row> {
    let mut twin = row("twin");
    twin["precedences"] = json!(["routine", "priority"]);
    let request = |key: &'static str, value: Value| vec![(key, value)];
    vec![
        (
            "RTE-41",
            "overlap",
            "a second row for routine requests",
            vec![("/rules/rows/-", twin)],
        ),
        (
            "RTE-42",
            "home-direction",
            "a row for messages at home",
            request("/rules/rows/1/directions", json!(["up", "cross-border"])),
        ),
        (
            "RTE-42",
            "format",
            "a format that the accord does not list",
            request("/rules/rows/1/formats", json!([4, 6])),
        ),
        (
            "RTE-43",
            "by-level",
            "by-level across a border",
            request("/rules/rows/1/path", json!("by-level")),
        ),
        (
            "RTE-43",
            "escalates-early",
            "a step before the acknowledgement is due",
            request(
                "/rules/rows/1/escalation",
                json!([{ "after": HOUR - 1, "to": "deputy" }]),
            ),
        ),
        (
            "RTE-43",
            "escalates-never-due",
            "escalation without acknowledge_within",
            request("/rules/rows/1/acknowledge_within", Value::Null),
        ),
        (
            "RTE-43",
            "answer-first",
            "an answer due before the acknowledgement",
            request("/rules/rows/1/answer_within", json!(MINUTE)),
        ),
        (
            "RTE-43",
            "release-within",
            "release_within without a release",
            request("/rules/rows/1/release_within", json!(HOUR)),
        ),
        (
            "RTE-43",
            "exception",
            "an exception with nothing to waive",
            request("/rules/rows/1/exceptions", json!([1])),
        ),
        (
            "RTE-43",
            "lifetime",
            "a lifetime above the accord's",
            request("/rules/rows/1/lifetime", json!(7 * DAY + 1)),
        ),
        (
            "RTE-43",
            "ceiling",
            "a ceiling above the accord's",
            request("/rules/rows/1/ceiling", json!([{ "axis": 1, "code": 4 }])),
        ),
        (
            "RTE-43",
            "ceiling-axis",
            "an axis that the accord's ceiling does not list",
            request("/rules/rows/1/ceiling", json!([{ "axis": 4, "code": 1 }])),
        ),
        (
            "RTE-44",
            "flag-path",
            "an emergency flag by the gateway",
            request("/rules/rows/0/path", json!("to-gateway")),
        ),
        (
            "RTE-44",
            "flag-release",
            "an emergency flag that waits for a release",
            request("/rules/rows/0/release", json!("two-person")),
        ),
        (
            "RTE-44",
            "flag-peer",
            "an emergency flag that the peer's gateway is not told of",
            request("/rules/rows/0/copies", json!(["skipped", "own-gateway"])),
        ),
        (
            "RTE-44",
            "flag-exception",
            "an emergency flag that an exception lets out of copies",
            vec![("/rules/rows/0/exceptions", json!([1]))],
        ),
        (
            "RTE-44",
            "flag-few",
            "an emergency flag to at most fifteen desks",
            vec![("/rules/rows/0/addressees", json!(15))],
        ),
        (
            "RTE-44",
            "flag-short",
            "an emergency flag shorter than flags may be",
            vec![("/rules/rows/0/body_bytes", json!(528))],
        ),
        (
            "RTE-44",
            "flag-skipped",
            "an emergency flag that skips people",
            request(
                "/rules/rows/0/copies",
                json!(["own-gateway", "peer-gateway"]),
            ),
        ),
        (
            "RTE-45",
            "stranger",
            "a member of another agency",
            request("/rules/task_forces/0/members", json!([CITY, COAST])),
        ),
        (
            "RTE-45",
            "strangers",
            "members of another agency alone",
            request(
                "/rules/task_forces/0/members",
                json!([COAST, "night@spoc.coast.xc"]),
            ),
        ),
    ]
    .into_iter()
    .map(|(clause, title, fault, edits)| (clause, title, fault, edits.into_iter().collect()))
    .collect()
}

fn house() -> Value {
    let mut abroad = row("abroad");
    abroad["path"] = json!("between-gateways");
    json!({ "of": "house", "rules": table(vec![abroad, home_row("home")]) })
}

fn house_faults() -> Vec<Row> {
    vec![
        (
            "RTE-41",
            "overlap",
            "a second row for what goes up",
            vec![("/rules/rows/-", home_row("up"))],
        ),
        (
            "RTE-42",
            "task-force",
            "a task force at home",
            vec![(
                "/rules/task_forces",
                json!([{ "name": "harbour", "members": [CITY, OPS] }]),
            )],
        ),
        (
            "RTE-42",
            "framework",
            "a framework of a house",
            vec![("/rules/framework", json!("00".repeat(32)))],
        ),
        (
            "RTE-43",
            "gateway-at-home",
            "a path by gateways at home",
            vec![("/rules/rows/1/path", json!("to-gateway"))],
        ),
        (
            "RTE-43",
            "peer-at-home",
            "a peer's gateway informed of what stays at home",
            vec![("/rules/rows/1/copies", json!(["peer-gateway"]))],
        ),
        (
            "RTE-44",
            "flag",
            "emergency flags by level",
            vec![
                ("/rules/rows/1/formats", json!([1])),
                ("/rules/rows/1/path", json!("by-level")),
            ],
        ),
    ]
}

/// The accord of [`good`] with everything that an annex may tighten.
fn framework() -> Value {
    let mut framework = good();
    let row = "/rules/rows/1";
    for (key, value) in [
        ("path", json!("to-gateway")),
        ("release", json!("gateway")),
        ("release_within", json!(HOUR)),
        ("copies", json!(["own-gateway"])),
        ("exceptions", json!([1, 2])),
        ("addressees", json!(8)),
        ("body_bytes", json!(4_112)),
        ("rate", json!({ "messages": 10, "per": HOUR })),
    ] {
        if let Some(Value::Object(row)) = framework.pointer_mut(row) {
            row.insert(key.to_owned(), value);
        }
    }
    framework
}

fn annex() -> Value {
    let mut annex = framework();
    annex["rules"]["framework"] = json!("11".repeat(32));
    let framework = framework();
    annex["framework"] = json!({ "rules": framework["rules"], "accord": framework["accord"] });
    annex
}

fn annex_with_more() -> Value {
    let mut annex = annex();
    let mut answers = row("answer");
    answers["formats"] = json!([5]);
    apply(&mut annex, &("/rules/rows/-", answers));
    annex["accord"]["formats"] = json!([1, 4, 5]);
    let rows = annex["rules"]["rows"].as_array_mut();
    rows.into_iter()
        .for_each(|rows| rows.sort_by_key(|row| row["name"].to_string()));
    annex
}

fn annex_faults() -> Vec<Row> {
    vec![
        (
            "RTE-46",
            "path",
            "a laxer path",
            vec![("/rules/rows/1/path", json!("direct"))],
        ),
        (
            "RTE-46",
            "release-other",
            "two persons instead of the gateway",
            vec![("/rules/rows/1/release", json!("two-person"))],
        ),
        (
            "RTE-46",
            "release",
            "a laxer release",
            vec![("/rules/rows/1/release", json!("superior"))],
        ),
        (
            "RTE-46",
            "copies",
            "a copy fewer",
            vec![("/rules/rows/1/copies", json!(["superior"]))],
        ),
        (
            "RTE-46",
            "step-dropped",
            "a step fewer",
            vec![("/rules/rows/1/escalation", json!([]))],
        ),
        (
            "RTE-46",
            "step-later",
            "a later step",
            vec![(
                "/rules/rows/1/escalation",
                json!([{ "after": HOUR + 1, "to": "deputy" }]),
            )],
        ),
        (
            "RTE-46",
            "exception",
            "an exception more",
            vec![("/rules/rows/1/exceptions", json!([1, 2, 3]))],
        ),
        (
            "RTE-46",
            "answer",
            "more time to answer",
            vec![("/rules/rows/1/answer_within", json!(DAY + 1))],
        ),
        (
            "RTE-46",
            "answer-dropped",
            "no time to answer",
            vec![("/rules/rows/1/answer_within", Value::Null)],
        ),
        (
            "RTE-46",
            "release-within",
            "more time to release",
            vec![("/rules/rows/1/release_within", json!(HOUR + 1))],
        ),
        (
            "RTE-46",
            "addressees",
            "more addressees",
            vec![("/rules/rows/1/addressees", json!(9))],
        ),
        (
            "RTE-46",
            "body",
            "a longer body",
            vec![("/rules/rows/1/body_bytes", Value::Null)],
        ),
        (
            "RTE-46",
            "rate",
            "a higher rate",
            vec![("/rules/rows/1/rate", json!({ "messages": 11, "per": HOUR }))],
        ),
        (
            "RTE-46",
            "rate-sooner",
            "the same rate in less time",
            vec![(
                "/rules/rows/1/rate",
                json!({ "messages": 10, "per": MINUTE }),
            )],
        ),
        (
            "RTE-46",
            "row-ceiling",
            "no ceiling where the framework's row has one",
            vec![("/rules/rows/1/ceiling", Value::Null)],
        ),
        (
            "RTE-46",
            "ceiling",
            "a ceiling above the framework's",
            vec![("/accord/ceiling", json!([{ "axis": 1, "code": 4 }]))],
        ),
        (
            "RTE-46",
            "lifetime",
            "a lifetime above the framework's",
            vec![("/accord/lifetime", json!(8 * DAY))],
        ),
        (
            "RTE-46",
            "party",
            "a party that is none of the framework's",
            vec![(
                "/accord/parties",
                json!(["border.xb", "coast.xc", "police.xa"]),
            )],
        ),
        (
            "RTE-46",
            "no-rows",
            "no rows",
            vec![("/rules/rows", json!([]))],
        ),
    ]
}

fn bytes() -> Vec<Case> {
    let rules = |input: &Value| read_rules(&input["rules"]).unwrap_or_default();
    let good = rules(&annex());
    let given = |bytes: &[u8]| json!({ "rules": hex(bytes) });
    let encoded = encode(&good).unwrap_or_default();
    let mut cases = vec![
        Case::valid(
            "decode-empty-table",
            &["RTE-40"],
            given(&encode(&Rules::default()).unwrap_or_default()),
        ),
        Case::valid("decode-annex", &["RTE-40"], given(&encoded)),
    ];
    let mut bad = |title: &str, fault: &str, reason: &str, bytes: &[u8]| {
        let id = format!("decode-{title}");
        let (base, verdict) = (("decode-annex", fault), ("decode", reason));
        cases.push(Case::invalid(id, &["RTE-40"], base, verdict, given(bytes)).flag("Rule"));
    };
    let broken = |edit: fn(&mut Rules)| {
        let mut rules = good.clone();
        edit(&mut rules);
        encode_unchecked(&rules).unwrap_or_default()
    };
    bad(
        "trailing",
        "a byte too many",
        "trailing",
        &[encoded.as_slice(), &[0]].concat(),
    );
    bad(
        "truncated",
        "the last byte is gone",
        "malformed",
        encoded
            .get(..encoded.len().saturating_sub(1))
            .unwrap_or_default(),
    );
    bad(
        "kind",
        "the kind of an accord",
        "kind",
        &[&[1, 21], encoded.get(2..).unwrap_or_default()].concat(),
    );
    bad(
        "row-order",
        "rows not in order of their names",
        "ENC-17",
        &broken(|r| r.rows.reverse()),
    );
    bad(
        "row-twice",
        "two rows of one name",
        "ENC-17",
        &broken(|r| r.rows.extend(r.rows.first().cloned())),
    );
    bad(
        "no-formats",
        "a row without formats",
        "RTE-40",
        &broken(|r| r.rows.iter_mut().for_each(|row| row.formats.clear())),
    );
    bad(
        "no-directions",
        "a row without directions",
        "RTE-40",
        &broken(|r| r.rows.iter_mut().for_each(|row| row.directions.clear())),
    );
    bad(
        "format-order",
        "formats not in order",
        "ENC-17",
        &broken(|r| r.rows.iter_mut().for_each(|row| row.formats = vec![4, 1])),
    );
    bad(
        "no-time",
        "an acknowledge_within of nothing",
        "RTE-40",
        &broken(|r| {
            r.rows
                .iter_mut()
                .for_each(|row| row.acknowledge_within = Some(0))
        }),
    );
    bad(
        "long-answer",
        "an answer_within of more than 365 days",
        "RTE-40",
        &broken(|r| {
            r.rows
                .iter_mut()
                .for_each(|row| row.answer_within = Some(365 * DAY + 1))
        }),
    );
    bad(
        "no-addressees",
        "no addressee allowed",
        "RTE-40",
        &broken(|r| r.rows.iter_mut().for_each(|row| row.addressees = Some(0))),
    );
    bad(
        "small-body",
        "a body below the smallest size class",
        "RTE-40",
        &broken(|r| r.rows.iter_mut().for_each(|row| row.body_bytes = Some(271))),
    );
    bad(
        "lone-member",
        "a task force of one",
        "RTE-40",
        &broken(|r| r.task_forces.iter_mut().for_each(|t| t.members.truncate(1))),
    );
    cases
}
