//! The published vectors are those that the generator makes, keep their shape, and are answered.

use estafette_interop::conform::adapter::Answered;
use estafette_interop::conform::files::{generate, tests};
use estafette_interop::conform::judge::{Outcome, judge};
use estafette_interop::vectors::answer;
use serde_json::Value;
use std::collections::BTreeMap;

/// The published files by name, manifest and schema left out.
pub(crate) fn published() -> Vec<(String, Value)> {
    let manifest = read("manifest.json");
    let entries = manifest["files"].as_array().unwrap().clone();
    let names = entries.iter().map(|entry| entry["path"].as_str().unwrap());
    names.map(|name| (name.to_owned(), read(name))).collect()
}

fn read(name: &str) -> Value {
    let path = super::root().join("spec/vectors").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn published_files_are_what_the_generator_makes() {
    for (name, text) in generate() {
        let path = super::root().join("spec/vectors").join(&name);
        let published = std::fs::read_to_string(path).unwrap();
        assert!(
            published == text,
            "{name}: run estafette-vectors and read the change"
        );
    }
}

#[test]
fn every_chapter_with_bytes_has_cases_and_no_fewer_invalid_than_valid() {
    let counts: BTreeMap<String, (usize, usize)> = published()
        .iter()
        .map(|(name, file)| {
            let invalid = tests(file)
                .filter(|test| test["result"] == "invalid")
                .count();
            (
                name.trim_end_matches(".json").to_owned(),
                (tests(file).count(), invalid),
            )
        })
        .collect();
    let chapters: Vec<&str> = counts.keys().map(String::as_str).collect();
    let expected = [
        "accord",
        "channel",
        "crypto",
        "duty",
        "encoding",
        "envelope",
        "escalation",
        "form",
        "identity",
        "receipt",
        "routing",
        "session",
        "statement",
    ];
    assert_eq!(chapters, expected);
    for (chapter, (all, invalid)) in counts {
        // What these decide has an answer for everything; they say by flags what must not be.
        if ["duty", "escalation", "receipt"].contains(&chapter.as_str()) {
            continue;
        }
        assert!(
            invalid * 2 >= all,
            "{chapter}: {invalid} of {all} are invalid"
        );
    }
}

#[test]
fn our_implementation_agrees_with_every_case() {
    for (name, file) in published() {
        for group in file["groups"].as_array().unwrap() {
            let operation = group["op"].as_str().unwrap();
            for test in group["tests"].as_array().unwrap() {
                let verdict = answer(operation, &group["shared"], &test["in"]);
                let outcome = judge(test, &Answered::Verdict(verdict));
                assert_eq!(
                    outcome,
                    Outcome::Pass { reason: None },
                    "{name}: {}",
                    test["id"]
                );
            }
        }
    }
}

#[test]
fn every_file_keeps_the_schema() {
    let schema = read("vectors.schema.json");
    for (name, file) in published() {
        if let Some(fault) = breaks(&schema, &schema, &file, &name) {
            panic!("{fault}");
        }
    }
}

#[test]
fn schema_refuses_what_is_not_a_vector_file() {
    let schema = read("vectors.schema.json");
    let good = read("crypto.json");
    let spoil = |path: &str, value: Value| {
        let mut file = good.clone();
        *file.pointer_mut(path).unwrap() = value;
        breaks(&schema, &schema, &file, "crypto").is_some()
    };
    assert!(spoil("/groups/0/tests/0/result", "acceptable".into()));
    assert!(spoil("/groups/0/tests/0/in", Value::Null));
    assert!(spoil(
        "/groups/0/tests/0",
        serde_json::json!({ "id": "crypto/x" })
    ));
    assert!(spoil("/wireVersion", 2.into()));
    assert!(spoil("/groups", serde_json::json!([])));
}

#[test]
fn every_invalid_case_names_a_valid_base_of_its_operation_and_known_flags() {
    for (name, file) in published() {
        let mut valid = BTreeMap::new();
        let mut ids = std::collections::BTreeSet::new();
        for (operation, test) in operations(&file) {
            let id = test["id"].as_str().unwrap();
            assert!(ids.insert(id), "{name}: {id} stands twice");
            assert!(
                id.starts_with(name.trim_end_matches("json").trim_end_matches('.')),
                "{id}"
            );
            if test["result"] == "valid" {
                valid.insert(id, operation);
            }
        }
        for (operation, test) in operations(&file) {
            for flag in test["flags"].as_array().into_iter().flatten() {
                let noted = file["notes"].get(flag.as_str().unwrap());
                assert!(noted.is_some(), "{}: {flag} has no note", test["id"]);
            }
            if test["result"] == "invalid" {
                let base = test["base"].as_str().unwrap();
                assert_eq!(valid.get(base), Some(&operation), "{}: {base}", test["id"]);
                assert_ne!(test["mutation"], "", "{}", test["id"]);
            }
        }
    }
}

fn operations(file: &Value) -> impl Iterator<Item = (&str, &Value)> {
    file["groups"].as_array().unwrap().iter().flat_map(|group| {
        let tests = group["tests"].as_array().unwrap().iter();
        tests.map(|test| (group["op"].as_str().unwrap(), test))
    })
}

/// What of a value breaks a schema, by the key words that ours uses; `pattern` is left to the tests
/// above.
fn breaks(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return breaks(root, target, value, path);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    };
    if !kinds.is_empty() && !kinds.contains(&kind(value)) {
        return Some(format!("{path} is no {kinds:?}"));
    }
    let wrong = |name: &str, holds: &dyn Fn(&Value) -> bool| {
        schema
            .get(name)
            .is_some_and(|rule| !holds(rule))
            .then(|| format!("{path} breaks {name}"))
    };
    let len = value.as_array().map_or(0, Vec::len);
    let scalar = wrong("const", &|rule| rule == value)
        .or_else(|| wrong("enum", &|rule| rule.as_array().unwrap().contains(value)))
        .or_else(|| wrong("minimum", &|rule| value.as_i64() >= rule.as_i64()))
        .or_else(|| wrong("minItems", &|rule| len >= rule.as_u64().unwrap() as usize));
    let all = schema["allOf"].as_array().into_iter().flatten();
    let branch = schema.get("if").map(|condition| {
        let met = breaks(root, condition, value, path).is_none();
        if met {
            &schema["then"]
        } else {
            &schema["else"]
        }
    });
    scalar
        .or_else(|| {
            all.chain(branch)
                .find_map(|one| breaks(root, one, value, path))
        })
        .or_else(|| members_break(root, schema, value, path))
        .or_else(|| {
            let items = schema.get("items")?;
            let mut elements = value.as_array()?.iter().enumerate();
            elements.find_map(|(at, one)| breaks(root, items, one, &format!("{path}[{at}]")))
        })
}

fn members_break(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    let members = value.as_object()?;
    let required = schema["required"].as_array().into_iter().flatten();
    let mut required = required.filter_map(Value::as_str);
    if let Some(missing) = required.find(|key| !members.contains_key(*key)) {
        return Some(format!("{path}.{missing} is missing"));
    }
    members.iter().find_map(|(key, member)| {
        let path = format!("{path}.{key}");
        match (
            schema["properties"].get(key),
            schema.get("additionalProperties"),
        ) {
            (Some(rule), _) => breaks(root, rule, member, &path),
            (None, Some(Value::Bool(false))) => Some(format!("{path} is not allowed")),
            (None, Some(rule)) => breaks(root, rule, member, &path),
            (None, None) => None,
        }
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
