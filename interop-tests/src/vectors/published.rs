//! What every chapter's file must hold to, and that the published one is what the generator makes.

#![cfg(test)]

use super::{accord, encoding, identity};
use crate::verdict::Verdict;
use serde_json::Value;
use std::collections::BTreeMap;

/// How a chapter answers one case: operation, shared values, input.
type Answer = fn(&str, &Value, &Value) -> Verdict;

const CHAPTERS: [(&str, fn() -> Value, Answer); 3] = [
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

#[test]
fn every_flag_of_the_notes_is_used() {
    for (chapter, file, _) in CHAPTERS {
        let file = file();
        let text = file["groups"].to_string();
        for flag in file["notes"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("[\"{flag}\"]")), "{chapter}: {flag}");
        }
    }
}

/// Compares with the published files; `UPDATE_VECTORS=1` writes them instead.
#[test]
fn published_files_are_current() {
    for (chapter, file, _) in CHAPTERS {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/vectors");
        let path = format!("{folder}/{chapter}.json");
        let text = format!("{:#}\n", file());
        if std::env::var_os("UPDATE_VECTORS").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap();
        assert!(
            published == text,
            "{path} is not what the generator makes: run with UPDATE_VECTORS=1"
        );
    }
}
