//! One case of a vector file, and the order of its members.

use serde_json::{Map, Value, json};

use super::noise::sha256;

/// A case under construction.
pub(super) struct Case(Map<String, Value>);

impl Case {
    /// A case that must be accepted with `out`.
    pub(super) fn valid(id: &str, req: &[&str], input: Value, out: Value) -> Self {
        let mut case = Self::new(id, req, input);
        case.set("result", "valid".into());
        case.set("out", out);
        case
    }

    /// A case that differs from `base` by exactly one fault.
    pub(super) fn invalid(
        id: &str,
        (base, mutation): (&str, &str),
        (stage, reason): (&str, &str),
        req: &[&str],
        input: Value,
    ) -> Self {
        let mut case = Self::new(id, req, input);
        case.set("base", format!("{CHAPTER}/{base}").into());
        case.set("mutation", mutation.into());
        case.set("result", "invalid".into());
        case.set("stage", stage.into());
        case.set("reason", reason.into());
        case.set("releases", Value::Null);
        case
    }

    /// Adds intermediates, which nobody has to check.
    pub(super) fn trace(mut self, trace: Value) -> Self {
        self.set("trace", trace);
        self
    }

    /// States what may have reached the application before the fault.
    pub(super) fn releases(mut self, plaintext: &[u8]) -> Self {
        self.set("releases", hex::encode(sha256(plaintext)).into());
        self
    }

    fn new(id: &str, req: &[&str], input: Value) -> Self {
        let mut case = Self(Map::new());
        case.set("id", format!("{CHAPTER}/{id}").into());
        case.set("req", json!(req));
        case.set("in", input);
        case
    }

    fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

/// A group of cases of one operation that share values.
pub(super) fn group(id: &str, op: &str, shared: Value, cases: Vec<Case>) -> Value {
    let tests: Vec<Value> = cases.into_iter().map(|case| case.0.into()).collect();
    json!({ "id": id, "op": op, "shared": shared, "tests": tests })
}

const CHAPTER: &str = "channel";
