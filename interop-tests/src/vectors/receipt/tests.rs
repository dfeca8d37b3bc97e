use super::{answer, file};
use crate::conform::adapter::Answered;
use crate::conform::judge::{Outcome, judge};
use crate::verdict::Verdict;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every valid case, with its group's members and what we answer.
fn valid() -> Vec<(Value, Value)> {
    let file = file();
    let groups = file["groups"].as_array().unwrap().iter();
    let cases = groups.flat_map(|group| {
        let tests = group["tests"].as_array().unwrap().iter();
        let valid = tests.filter(|test| test["result"] == "valid");
        valid.map(|test| (group["shared"].clone(), test.clone()))
    });
    cases.collect()
}

#[test]
fn every_standing_and_every_clock_overdue_late_and_told_is_shown() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for (_, test) in valid() {
        for addressee in test["out"]["addressees"].as_array().unwrap() {
            seen.insert(addressee["standing"].as_str().unwrap().to_owned());
            for list in ["overdue", "late", "told"] {
                for clock in addressee[list].as_array().unwrap() {
                    seen.insert(format!("{list} {}", clock.as_str().unwrap()));
                }
            }
        }
    }
    assert_eq!(seen.len(), 8 + 9, "{seen:?}");
    assert!(valid().len() >= 200, "{}", valid().len());
}

#[test]
fn changing_any_one_member_of_an_answer_fails() {
    for (shared, test) in valid() {
        let Verdict::Ok(out) = answer("receipt", &shared, &test["in"]) else {
            panic!("{} is refused", test["id"]);
        };
        let members = out["addressees"][0].as_object().unwrap();
        for member in members.keys() {
            let mut out = out.clone();
            out["addressees"][0][member] = json!("else");
            let outcome = judge(&test, &Answered::Verdict(Verdict::Ok(out)));
            assert!(
                matches!(outcome, Outcome::Fail(_)),
                "{}: {member}",
                test["id"]
            );
        }
    }
}
