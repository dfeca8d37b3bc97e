//! What the files of these chapters must hold to, and that our implementation agrees with them.

use super::case::AnswerFn;
use super::{accord, encoding, identity};
use crate::verdict::Verdict;
use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::encoding::{EncodingError, Object, SignedObject, decode};
use estafette_protocol::house::House;
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::roster::Roster;
use estafette_protocol::rotation::Rotation;
use estafette_protocol::suspension::Suspension;
use serde_json::Value;
use std::collections::BTreeMap;

type Maker = fn() -> Value;

const CHAPTERS: [(&str, Maker, AnswerFn); 3] = [
    ("encoding", encoding::file, encoding::answer),
    ("identity", identity::file, identity::answer),
    ("accord", accord::file, accord::answer),
];

fn cases(file: &Value) -> Vec<(String, Value, Value)> {
    let groups = file["groups"].as_array().unwrap();
    let of_group = |group: &Value| {
        let tests = group["tests"].as_array().unwrap().clone();
        let op = group["op"].as_str().unwrap().to_owned();
        let shared = group["shared"].clone();
        tests
            .into_iter()
            .map(move |test| (op.clone(), shared.clone(), test))
    };
    groups.iter().flat_map(of_group).collect()
}

#[test]
fn our_implementation_agrees_with_every_case() {
    let mut wrong = Vec::new();
    for (_, file, answer) in CHAPTERS {
        for (op, shared, case) in cases(&file()) {
            let id = case["id"].as_str().unwrap();
            let expected = if case["result"] == "valid" {
                format!("ok {}", case["out"])
            } else {
                format!("{} {}", case["stage"], case["reason"])
            };
            let found = match answer(&op, &shared, &case["in"]) {
                Verdict::Ok(out) => format!("ok {out}"),
                Verdict::Err(refusal) => format!("{:?} {:?}", refusal.stage, refusal.reason),
                Verdict::Unsupported => "unsupported".to_owned(),
            };
            if found != expected {
                wrong.push(format!("{id}: {found}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_invalid_case_names_a_valid_base_of_its_group_and_a_noted_flag() {
    for (chapter, file, _) in CHAPTERS {
        let file = file();
        let cases = cases(&file);
        let results: BTreeMap<_, _> = cases
            .iter()
            .map(|(op, _, case)| (case["id"].as_str().unwrap(), (op, &case["result"])))
            .collect();
        assert_eq!(results.len(), cases.len(), "{chapter}: an id is used twice");
        assert_eq!(file["numberOfTests"], cases.len());
        let (valid, invalid): (Vec<_>, Vec<_>) = cases
            .iter()
            .partition(|(_, _, case)| case["result"] == "valid");
        assert!(invalid.len() >= valid.len(), "{chapter}");
        for (op, _, case) in invalid {
            let base = results[case["base"].as_str().unwrap()];
            assert_eq!(base, (op, &Value::from("valid")), "{}", case["id"]);
            let flag = case["flags"][0].as_str().unwrap();
            assert!(file["notes"].get(flag).is_some(), "{flag} is not noted");
        }
    }
}

/// The rule that the last object of a case breaks by itself, where it breaks one.
fn rule_broken(case: &Value) -> Option<&'static str> {
    let objects = case["in"]["objects"].as_array()?;
    let bytes = hex::decode(objects.last()?.as_str()?).unwrap();
    let outer: SignedObject = decode(&bytes).ok()?;
    let inner = outer.object.as_slice();
    let error = match outer.inner_kind().ok()? {
        Charter::KIND => decode::<Charter>(inner).err(),
        Roster::KIND => decode::<Roster>(inner).err(),
        House::KIND => decode::<House>(inner).err(),
        PrekeyBundle::KIND => decode::<PrekeyBundle>(inner).err(),
        Suspension::KIND => decode::<Suspension>(inner).err(),
        Rotation::KIND => decode::<Rotation>(inner).err(),
        Accord::KIND => decode::<Accord>(inner).err(),
        _ => None,
    };
    match error? {
        EncodingError::Field(rule) => Some(rule),
        _ => None,
    }
}

#[test]
fn a_malformed_object_breaks_the_rule_that_its_case_cites() {
    let mut broken = 0;
    for (_, file, _) in CHAPTERS {
        for (_, _, case) in cases(&file()) {
            if let Some(rule) = rule_broken(&case) {
                broken += 1;
                assert_eq!(case["req"], serde_json::json!([rule]), "{}", case["id"]);
            }
        }
    }
    assert!(broken > 50, "{broken}");
}
