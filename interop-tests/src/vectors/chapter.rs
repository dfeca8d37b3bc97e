//! The frame of a vector file: groups, cases, and what their flags mean.
//!
//! Every invalid case has one fault, names the valid case nearest to it, and is signed again where
//! the fault is not the signature itself.

use crate::verdict::{Refusal, Verdict};
use serde_json::{Map, Value, json};

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
            "also": [],
        });
        if let Value::Object(fields) = fields {
            case.extend(fields);
        }
        self.tests.push(case.into());
    }

    fn case(&self, id: &str, req: &[&str], input: Value) -> Map<String, Value> {
        let mut case = Map::new();
        case.insert("id".to_owned(), self.id(id).into());
        case.insert("flags".to_owned(), json!([]));
        case.insert("requires".to_owned(), json!([]));
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
            format!("{}/{op}/{id}", self.chapter)
        }
    }

    fn into_value(self) -> Value {
        json!({ "id": self.op, "op": self.op, "shared": self.shared, "tests": self.tests })
    }
}

/// The whole file of a chapter. `operations` says what each op takes and gives; `notes` says what
/// each flag means.
pub(super) fn file(
    chapter: &str,
    operations: &[(&str, &str)],
    notes: &[(&str, &str)],
    groups: Vec<Group>,
) -> Value {
    let count: usize = groups.iter().map(|group| group.tests.len()).sum();
    let clauses: std::collections::BTreeSet<String> = groups
        .iter()
        .flat_map(|group| &group.tests)
        .filter_map(|test| test.get("req")?.as_array())
        .flatten()
        .filter_map(|id| id.as_str().map(str::to_owned))
        .collect();
    let notes: Map<String, Value> = notes
        .iter()
        .map(|(flag, text)| ((*flag).to_owned(), json!({ "description": text })))
        .collect();
    let operations: Map<String, Value> = operations
        .iter()
        .map(|(op, text)| ((*op).to_owned(), (*text).into()))
        .collect();
    let groups: Vec<Value> = groups.into_iter().map(Group::into_value).collect();
    json!({
        "schema": format!("{chapter}.schema.json"),
        "chapter": chapter,
        "feature": chapter,
        "wireVersion": 1,
        "vectorVersion": "1.0.0",
        "spec": { "version": "1", "clauses": clauses },
        "numberOfTests": count,
        "operations": operations,
        "notes": notes,
        "groups": groups,
    })
}

/// Refused at a stage for a registered reason.
pub(super) fn refuse(stage: &str, reason: &str) -> Verdict {
    Verdict::Err(Refusal::new(stage, reason))
}

/// Refused for its bytes.
pub(super) fn malformed() -> Verdict {
    refuse("decode", "malformed")
}

/// The answer where a step either gives it or ends it.
pub(super) fn settle(result: Result<Value, Verdict>) -> Verdict {
    match result {
        Ok(value) => Verdict::Ok(value),
        Err(verdict) => verdict,
    }
}

/// A text member of a case; what a case lacks is not supported.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, Verdict> {
    let member = value.get(name).and_then(Value::as_str);
    member.ok_or(Verdict::Unsupported)
}

/// A member of hexadecimal bytes.
pub(super) fn bytes(value: &Value, name: &str) -> Result<Vec<u8>, Verdict> {
    hex::decode(text(value, name)?).map_err(|_| Verdict::Unsupported)
}

/// A member that is a list of hexadecimal bytes.
pub(super) fn list(value: &Value, name: &str) -> Result<Vec<Vec<u8>>, Verdict> {
    let members = value.get(name).and_then(Value::as_array);
    let members = members.ok_or(Verdict::Unsupported)?.iter();
    members
        .map(|member| {
            let text = member.as_str().ok_or(Verdict::Unsupported)?;
            hex::decode(text).map_err(|_| Verdict::Unsupported)
        })
        .collect()
}

/// A member that is a number.
pub(super) fn number(value: &Value, name: &str) -> Result<u64, Verdict> {
    let member = value.get(name).and_then(Value::as_u64);
    member.ok_or(Verdict::Unsupported)
}
