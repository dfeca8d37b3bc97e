use super::{answer, file, random};
use crate::conform::adapter::Answered;
use crate::conform::judge::{Outcome, judge};
use crate::verdict::{Refusal, Verdict};
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
fn there_are_enough_cases_of_every_clause() {
    let mut clauses: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (_, _, test) in cases() {
        for clause in test["req"].as_array().unwrap() {
            let count = clauses
                .entry(clause.as_str().unwrap().to_owned())
                .or_default();
            match test["result"] == "valid" {
                true => count.0 += 1,
                false => count.1 += 1,
            }
        }
    }
    let both = clauses
        .values()
        .filter(|(allowed, refused)| *allowed >= 1 && *refused >= 2);
    assert!(both.count() >= 30, "{clauses:?}");
    assert!(cases().len() >= 200, "{}", cases().len());
}

#[test]
fn flipping_any_one_verdict_fails_and_names_the_case() {
    for (operation, shared, test) in cases() {
        let verdict = answer(&operation, &shared, &test["in"]);
        assert_eq!(
            judge(&test, &Answered::Verdict(verdict.clone())),
            Outcome::Pass { reason: None },
            "{}",
            test["id"]
        );
        let flipped = match verdict {
            Verdict::Err(refusal) => [
                Verdict::Ok(json!({ "verdict": "pass", "precedence": "routine", "notes": [] })),
                Verdict::Err(Refusal::new(&refusal.stage, "RTE-48")),
            ],
            Verdict::Ok(mut out) => {
                let pass = out["verdict"] == "pass";
                out["verdict"] = json!(if pass { "hold" } else { "pass" });
                [
                    Verdict::Err(Refusal::new("policy", "RTE-1")),
                    Verdict::Ok(out),
                ]
            }
            Verdict::Unsupported => panic!("{} is not supported", test["id"]),
        };
        for (at, flipped) in flipped.into_iter().enumerate() {
            // A table has no third verdict, and bytes may be refused for a coarser reason.
            if at == 1 && operation != "routing-decide" {
                continue;
            }
            let outcome = judge(&test, &Answered::Verdict(flipped));
            assert!(
                matches!(outcome, Outcome::Fail(_)),
                "{}: {outcome:?}",
                test["id"]
            );
        }
    }
}

#[test]
fn random_cases_meet_many_clauses_and_pass_and_hold_too() {
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for number in 0..3_000 {
        let word = match answer("routing-decide", &Value::Null, &random::case(1, number)) {
            Verdict::Ok(out) => out["verdict"].as_str().unwrap().to_owned(),
            Verdict::Err(refusal) => refusal.reason,
            Verdict::Unsupported => panic!("{number} is not supported"),
        };
        *met.entry(word).or_default() += 1;
    }
    assert!(met.len() >= 30, "{met:?}");
    assert!(met["pass"] >= 50 && met["hold"] >= 50, "{met:?}");
}
