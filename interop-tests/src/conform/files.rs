//! The files of `spec/vectors`: vectors, manifest, checksums.

use crate::vectors;
use crate::vectors::case::VECTOR_VERSION;
use estafette_protocol::crypto::sha256;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// JSON Schema (draft-07) of a vector file.
const SCHEMA: &str = include_str!("vectors.schema.json");

/// Every generated file: name and content.
#[must_use]
pub fn generate() -> Vec<(String, String)> {
    let mut files = vec![("vectors.schema.json".to_owned(), SCHEMA.to_owned())];
    let mut entries = Vec::new();
    for (name, chapter) in vectors::files() {
        let tests: Vec<&Value> = tests(&chapter).collect();
        let invalid = tests.iter().filter(|test| is_invalid(test)).count();
        let (path, text) = (format!("{name}.json"), pretty(&whole(name, &chapter)));
        entries.push(json!({
            "path": path,
            "sha256": hash(&text),
            "tests": tests.len(),
            "invalid": invalid,
        }));
        files.push((path, text));
    }
    let manifest = json!({
        "vectorVersion": VECTOR_VERSION,
        "wireVersion": 1,
        "specVersion": "1",
        "files": entries,
    });
    files.push(("manifest.json".to_owned(), pretty(&manifest)));
    let sums: String = files
        .iter()
        .map(|(name, text)| format!("{}  {name}\n", hash(text)))
        .collect();
    files.push(("SHA256SUMS".to_owned(), sums));
    files
}

/// The one frame of all files around a chapter's groups.
fn whole(name: &str, chapter: &Value) -> Value {
    let clauses: BTreeSet<&str> = tests(chapter)
        .filter_map(|test| test.get("req")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let member = |key: &str| chapter.get(key).cloned().unwrap_or_else(|| json!({}));
    json!({
        "schema": "vectors.schema.json",
        "feature": name,
        "wireVersion": 1,
        "vectorVersion": VECTOR_VERSION,
        "spec": { "version": "1", "clauses": clauses },
        "generator": { "name": "estafette-vectors" },
        "numberOfTests": tests(chapter).count(),
        "numberOfInvalid": tests(chapter).filter(|test| is_invalid(test)).count(),
        "operations": member("operations"),
        "notes": member("notes"),
        "groups": member("groups"),
    })
}

/// The cases of a file.
pub fn tests(file: &Value) -> impl Iterator<Item = &Value> {
    let groups = file.get("groups").and_then(Value::as_array);
    let groups = groups.into_iter().flatten();
    groups
        .filter_map(|group| group.get("tests")?.as_array())
        .flatten()
}

fn is_invalid(test: &Value) -> bool {
    test.get("result").and_then(Value::as_str) == Some("invalid")
}

/// SHA-256 of a text, in hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    hex::encode(sha256(&[text.as_bytes()]).0)
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
