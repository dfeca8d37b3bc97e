//! The frame of a vector file: groups, cases, and what their flags mean.
//!
//! Every invalid case has one fault, names the valid case nearest to it, and is signed again where
//! the fault is not the signature itself.

use super::case::{AnswerFn, VECTOR_VERSION};
use super::notes::NOTES;
use crate::verdict::{Refusal, Verdict};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Cases of one operation that share values.
#[derive(Debug)]
pub(super) struct Group {
    chapter: &'static str,
    op: &'static str,
    shared: Value,
    tests: Vec<Value>,
}

/// What is wrong with an invalid case.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fault<'a> {
    /// Id of the valid case nearest to it, within the group.
    pub(super) base: &'a str,
    /// What was changed.
    pub(super) mutation: &'a str,
    /// The kind of fault: a key of the file's notes.
    pub(super) flag: &'a str,
    /// Where it must be refused.
    pub(super) stage: &'a str,
    /// Why, as a word of the registry.
    pub(super) reason: &'a str,
}

impl<'a> Fault<'a> {
    /// A fault in the bytes themselves.
    pub(super) const fn malformed(base: &'a str, mutation: &'a str, flag: &'a str) -> Self {
        Self {
            base,
            mutation,
            flag,
            stage: "decode",
            reason: "malformed",
        }
    }

    /// A fault in what the object says or who says it.
    pub(super) const fn new(
        base: &'a str,
        mutation: &'a str,
        flag: &'a str,
        stage: &'a str,
        reason: &'a str,
    ) -> Self {
        Self {
            base,
            mutation,
            flag,
            stage,
            reason,
        }
    }
}

impl Group {
    pub(super) const fn new(chapter: &'static str, op: &'static str, shared: Value) -> Self {
        Self {
            chapter,
            op,
            shared,
            tests: Vec::new(),
        }
    }

    /// Adds a case that must be accepted with `out`.
    pub(super) fn valid(&mut self, id: &str, req: &[&str], input: Value, out: Value) {
        let mut case = self.case(id, req, input);
        case.insert("result".to_owned(), "valid".into());
        case.insert("out".to_owned(), out);
        self.tests.push(case.into());
    }

    /// Adds a case that must be refused.
    pub(super) fn invalid(&mut self, id: &str, req: &[&str], fault: Fault<'_>, input: Value) {
        let mut case = self.case(id, req, input);
        let base = self.id(fault.base);
        let fields = json!({
            "base": base,
            "mutation": fault.mutation,
            "flags": [fault.flag],
            "result": "invalid",
            "stage": fault.stage,
            "reason": fault.reason,
            "releases": null,
        });
        if let Value::Object(fields) = fields {
            case.extend(fields);
        }
        self.tests.push(case.into());
    }

    fn case(&self, id: &str, req: &[&str], input: Value) -> Map<String, Value> {
        let mut case = Map::new();
        case.insert("id".to_owned(), self.id(id).into());
        case.insert("req".to_owned(), json!(req));
        case.insert("in".to_owned(), input);
        case
    }

    fn id(&self, id: &str) -> String {
        // The op says the chapter again, but for an op that is the chapter itself.
        let op = self.op.strip_prefix(self.chapter).unwrap_or(self.op);
        let op = op.trim_start_matches('-');
        if op.is_empty() {
            format!("{}/{id}", self.chapter)
        } else {
            format!("{}/{op}-{id}", self.chapter)
        }
    }

    /// Takes the exact reason of a refusal at decoding from our answer; the stage stays as written.
    fn take_down_reasons(&mut self, answer: AnswerFn) {
        for test in &mut self.tests {
            if test.get("stage").and_then(Value::as_str) != Some("decode") {
                continue;
            }
            let input = test.get("in").unwrap_or(&Value::Null);
            let verdict = answer(self.op, &self.shared, input);
            let (Verdict::Err(Refusal { reason, .. }), Value::Object(test)) = (verdict, test)
            else {
                continue;
            };
            if reason != "malformed" {
                test.insert("also".to_owned(), json!(["malformed"]));
            }
            test.insert("reason".to_owned(), reason.into());
        }
    }

    fn to_value(&self) -> Value {
        let id = format!("{}/{}", self.chapter, self.op);
        json!({ "id": id, "op": self.op, "shared": self.shared, "tests": self.tests })
    }
}

/// The whole file of a chapter.
pub(super) fn file(chapter: &str, answer: AnswerFn, mut groups: Vec<Group>) -> Value {
    for group in &mut groups {
        group.take_down_reasons(answer);
    }
    let tests = || groups.iter().flat_map(|group| &group.tests);
    let invalid = tests().filter(|test| test.get("base").is_some()).count();
    let clauses: BTreeSet<&str> = tests()
        .filter_map(|test| test.get("req")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let flags: BTreeSet<&str> = tests()
        .filter_map(|test| test.get("flags")?.get(0)?.as_str())
        .collect();
    let notes: Map<String, Value> = NOTES
        .iter()
        .filter(|(flag, _, _)| flags.contains(flag))
        .map(|(flag, description, effect)| {
            let note = json!({ "description": description, "effect": effect });
            ((*flag).to_owned(), note)
        })
        .collect();
    json!({
        "schema": "vectors.schema.json",
        "feature": chapter,
        "wireVersion": 1,
        "vectorVersion": VECTOR_VERSION,
        "spec": { "version": "1", "clauses": clauses },
        "generator": { "name": "estafette-vectors", "seed": "estafette vectors" },
        "numberOfTests": tests().count(),
        "numberOfInvalid": invalid,
        "notes": notes,
        "groups": groups.iter().map(Group::to_value).collect::<Vec<_>>(),
    })
}
