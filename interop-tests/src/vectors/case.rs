//! How a vector file is put together: chapters of groups of cases.
//!
//! What a case expects where it is valid is what our implementation answers, taken down when the
//! file is made; where it is invalid, stage and reason are written by hand beside the fault.
//! Shape: spec/vectors/README.md.

#![expect(
    clippy::panic,
    reason = "a case that contradicts itself is a defect of the generator"
)]

use crate::verdict::Verdict;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Version of the vectors; new cases raise the minor part.
pub const VECTOR_VERSION: &str = "1.0.0";

/// Answers a case: operation, `shared`, `in`.
pub type AnswerFn = fn(&str, &Value, &Value) -> Verdict;

/// A chapter's file.
#[derive(Debug)]
pub struct Chapter {
    name: &'static str,
    answer: AnswerFn,
    notes: Map<String, Value>,
    groups: Vec<Value>,
    ids: BTreeSet<String>,
    /// Cases that our answer contradicts.
    faults: Vec<String>,
}

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    id: String,
    members: Map<String, Value>,
    requirements: &'static [&'static str],
    is_valid: bool,
    expected: Vec<(String, Value)>,
}

impl Case {
    /// A case that is accepted.
    #[must_use]
    pub fn valid(
        id: impl Into<String>,
        requirements: &'static [&'static str],
        input: Value,
    ) -> Self {
        let mut members = Map::new();
        members.insert("in".to_owned(), input);
        Self {
            id: id.into(),
            members,
            requirements,
            is_valid: true,
            expected: Vec::new(),
        }
    }

    /// Says by hand what our answer must have at a JSON pointer, before it is taken down.
    #[must_use]
    pub fn expect(mut self, pointer: impl Into<String>, value: Value) -> Self {
        self.expected.push((pointer.into(), value));
        self
    }

    /// A case with exactly one fault: the nearest valid case, what was changed, and the stage and
    /// reason of the refusal.
    #[must_use]
    pub fn invalid(
        id: impl Into<String>,
        requirements: &'static [&'static str],
        (base, mutation): (&str, &str),
        (stage, reason): (&str, &str),
        input: Value,
    ) -> Self {
        let case = Self {
            is_valid: false,
            ..Self::valid(id, requirements, input)
        };
        let case = case
            .with("base", base.into())
            .with("mutation", mutation.into())
            .with("stage", stage.into())
            .with("reason", reason.into());
        // Bytes that cannot be read need no finer word.
        match (stage, reason) {
            ("decode", "malformed" | "public-key" | "suite-unknown") => case,
            ("decode", _) => case.also(&["malformed"]),
            _ => case,
        }
    }

    /// Names further reasons that are as good, where the order of checks is free.
    #[must_use]
    pub fn also(self, reasons: &[&str]) -> Self {
        self.with("also", reasons.into())
    }

    /// Names what kind of fault this is, from the file's notes.
    #[must_use]
    pub fn flag(self, flag: &str) -> Self {
        self.with("flags", json!([flag]))
    }

    /// Marks a case that only an implementation with injected randomness can answer.
    #[must_use]
    pub fn derand(self) -> Self {
        self.with("requires", json!(["derand"]))
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.members.insert(key.to_owned(), value);
        self
    }
}

impl Chapter {
    /// An empty chapter.
    #[must_use]
    pub fn new(name: &'static str, answer: AnswerFn) -> Self {
        Self {
            name,
            answer,
            notes: Map::new(),
            groups: Vec::new(),
            ids: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    /// Explains a flag: what is attacked and what an implementation that falls for it loses.
    pub fn note(&mut self, flag: &str, description: &str, effect: &str) {
        let note = json!({ "description": description, "effect": effect });
        self.notes.insert(flag.to_owned(), note);
    }

    /// Adds the cases of one operation.
    pub fn group(&mut self, id: &str, operation: &str, shared: &Value, cases: Vec<Case>) {
        let tests: Vec<Value> = cases
            .into_iter()
            .map(|case| self.take(operation, shared, case))
            .collect();
        let id = format!("{}/{id}", self.name);
        self.groups
            .push(json!({ "id": id, "op": operation, "shared": shared, "tests": tests }));
    }

    /// The chapter's part of its file; `conform::files` adds the frame of all files.
    #[must_use]
    pub fn file(self) -> Value {
        if !self.faults.is_empty() {
            panic!("{}", self.faults.join("\n"));
        }
        json!({ "notes": self.notes, "groups": self.groups })
    }

    fn take(&mut self, operation: &str, shared: &Value, case: Case) -> Value {
        let id = format!("{}/{}", self.name, case.id);
        if !self.ids.insert(id.clone()) {
            panic!("{id}: two cases of one id");
        }
        let mut members = case.members;
        if case.is_valid {
            let input = members.get("in").unwrap_or(&Value::Null);
            let verdict = (self.answer)(operation, shared, input);
            let Verdict::Ok(mut out) = verdict else {
                let fault = format!("{id}: expected to be accepted, but {verdict:?}");
                self.faults.push(fault);
                return Value::Null;
            };
            for (pointer, expected) in &case.expected {
                let found = out.pointer(pointer).unwrap_or(&Value::Null);
                if found != expected {
                    let fault = format!("{id}: expected {pointer} to be {expected}, but {found}");
                    self.faults.push(fault);
                }
            }
            if let Some(trace) = out.as_object_mut().and_then(|out| out.remove("trace")) {
                members.insert("trace".to_owned(), trace);
            }
            members.insert("out".to_owned(), out);
        } else {
            members.insert("releases".to_owned(), Value::Null);
            let base = members.get("base").and_then(Value::as_str);
            let base = base.unwrap_or_default();
            members.insert("base".to_owned(), format!("{}/{base}", self.name).into());
        }
        let result = if case.is_valid { "valid" } else { "invalid" };
        members.insert("result".to_owned(), result.into());
        members.insert("req".to_owned(), case.requirements.into());
        members.insert("id".to_owned(), id.into());
        Value::Object(members)
    }
}
