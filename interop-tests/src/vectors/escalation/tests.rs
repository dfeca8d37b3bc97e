use super::super::routing::random;
use super::{answer, file};
use crate::conform::adapter::Answered;
use crate::conform::judge::{Outcome, judge};
use crate::json::Input;
use crate::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn cases() -> Vec<(String, Value, Value)> {
    let file = file();
    let groups = file["groups"].as_array().unwrap().iter();
    let cases = groups.flat_map(|group| {
        let tests = group["tests"].as_array().unwrap().iter();
        tests.map(|test| {
            let operation = group["op"].as_str().unwrap().to_owned();
            (operation, group["shared"].clone(), test.clone())
        })
    });
    cases.collect()
}

#[test]
fn every_rule_that_bytes_can_show_has_cases_for_it_and_against_it() {
    let mut rules: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, _, test) in cases() {
        let against = test["result"] == "invalid" || test.get("flags").is_some();
        for rule in test["req"].as_array().unwrap() {
            let counts = rules.entry(rule.as_str().unwrap().to_owned()).or_default();
            if against {
                counts.1 += 1;
            } else {
                counts.0 += 1;
            }
        }
    }
    for number in [1, 2, 4, 5, 6, 10, 11, 12, 13, 16, 17, 20, 21, 22, 23, 24] {
        let (for_it, against) = rules[&format!("ESC-{number}")];
        assert!(
            for_it + against >= 2 && against >= 1,
            "ESC-{number}: {for_it}, {against}"
        );
    }
    assert!(cases().len() >= 200, "{}", cases().len());
}

/// An implementation that signs nothing, everything, or one effect less, is found out.
#[test]
fn changing_any_one_answer_fails_and_names_the_case() {
    for (operation, shared, test) in cases() {
        let id = &test["id"];
        let verdict = answer(&operation, &shared, &test["in"]);
        let outcome = judge(&test, &Answered::Verdict(verdict.clone()));
        assert_eq!(outcome, Outcome::Pass { reason: None }, "{id}");
        let changed = match verdict {
            Verdict::Err(_) => Verdict::Ok(json!({ "effects": [], "next": null, "chains": [] })),
            Verdict::Ok(_) => Verdict::Ok(json!({ "effects": [[{}]], "next": 7, "chains": [{}] })),
            Verdict::Unsupported => panic!("{id} is not supported"),
        };
        // An extension that is allowed has nothing more to say.
        if operation == "escalation-extension" && test["result"] == "valid" {
            continue;
        }
        let outcome = judge(&test, &Answered::Verdict(changed));
        assert!(matches!(outcome, Outcome::Fail(_)), "{id}: {outcome:?}");
    }
}

/// Covers RTE-14, ESC-13 and ESC-17.
#[test]
fn chains_of_random_messages_lead_to_others_who_are_addressed_at_home() {
    let mut steps_seen = 0;
    for number in 0..3_000 {
        let mut scene = random::case(3, number);
        let addressees = scene["header"]["addressees"].as_array().unwrap().clone();
        let away = addressees
            .iter()
            .map(|a| json!({ "desk": a["desk"], "stand_in": null }));
        scene["not_staffed"] = away.collect::<Vec<_>>().into();
        let Verdict::Ok(out) = answer("escalation-chains", &Value::Null, &scene) else {
            panic!("{number} is refused");
        };
        let own = Input::of(&scene).text("own").unwrap();
        let is_addressed = |desk: &Value| addressees.iter().any(|a| a["desk"] == *desk);
        for chain in out["chains"].as_array().unwrap() {
            let steps = chain["steps"].as_array().unwrap();
            let numbers: Vec<_> = steps.iter().map(|step| step["number"].as_u64()).collect();
            assert!(
                numbers.is_sorted() && !steps.is_empty(),
                "{number}: {chain}"
            );
            for step in steps {
                steps_seen += 1;
                let to = &step["to"];
                assert!(
                    is_addressed(to) && to != &chain["head"],
                    "{number}: {chain}"
                );
                assert_ne!(to, &scene["header"]["sender"], "{number}: {chain}");
                assert!(to.as_str().unwrap().ends_with(own), "{number}: {chain}");
            }
            if scene["header"]["precedence"] != "flash" {
                assert_eq!(chain["at_once"], Value::Null, "{number}");
            }
        }
        if scene["header"]["status"] == "test" {
            assert_eq!(out["chains"], json!([]), "{number}");
        }
    }
    assert!(steps_seen >= 100, "{steps_seen}");
}
