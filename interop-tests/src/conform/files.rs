//! The files of `spec/vectors`: vectors, manifest, checksums.

use crate::vectors;
use crate::vectors::case::VECTOR_VERSION;
use estafette_protocol::crypto::sha256;
use serde_json::{Value, json};

/// JSON Schema (draft-07) of a vector file.
const SCHEMA: &str = include_str!("vectors.schema.json");

/// Every generated file: name and content.
#[must_use]
pub fn generate() -> Vec<(String, String)> {
    let mut files = vec![("vectors.schema.json".to_owned(), SCHEMA.to_owned())];
    let mut entries = Vec::new();
    for (name, value) in vectors::files() {
        let path = format!("{name}.json");
        let text = pretty(&value);
        entries.push(json!({
            "path": path,
            "sha256": hash(&text),
            "tests": value["numberOfTests"],
            "invalid": value["numberOfInvalid"],
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

/// SHA-256 of a text, in hexadecimal.
#[must_use]
pub fn hash(text: &str) -> String {
    hex::encode(sha256(&[text.as_bytes()]).0)
}

fn pretty(value: &Value) -> String {
    // A `Value` always serialises.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
