//! Compares a verdict with what a case expects. Spec: vectors/README.md, Verdicts.

use super::adapter::Answered;
use crate::verdict::{Refusal, Verdict};
use serde_json::Value;

/// Outcome of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// As expected; `reason` where the stage is right and the reason is another one.
    Pass {
        /// The reason given instead of the expected.
        reason: Option<String>,
    },
    /// Not as expected.
    Fail(String),
    /// Not judged.
    Skip(String),
}

/// Members that this runner understands; a case with another one is skipped.
const MEMBERS: [&str; 15] = [
    "id",
    "req",
    "base",
    "mutation",
    "flags",
    "requires",
    "in",
    "result",
    "out",
    "trace",
    "stage",
    "reason",
    "also",
    "releases",
    "withdrawn",
];

/// Chapters whose clauses a refusal must name exactly.
const TOLD: [&str; 6] = ["ESC-", "EXR-", "HND-", "REL-", "RTE-", "TSK-"];

/// Why a case is not put to the adapter at all.
#[must_use]
pub fn unjudgeable(test: &Value) -> Option<String> {
    let members = test.as_object()?;
    if members.contains_key("withdrawn") {
        return Some("withdrawn".to_owned());
    }
    let unknown = members.keys().find(|key| !MEMBERS.contains(&key.as_str()));
    unknown.map(|key| format!("member {key} is not known"))
}

/// Judges an answer.
#[must_use]
pub fn judge(test: &Value, answered: &Answered) -> Outcome {
    let verdict = match answered {
        Answered::Verdict(verdict) => verdict,
        Answered::Crash(how) => return Outcome::Fail(how.clone()),
        Answered::Timeout => return Outcome::Fail("no answer in time".to_owned()),
    };
    let member = |key: &str| test.get(key).unwrap_or(&Value::Null);
    match (member("result").as_str(), verdict) {
        (_, Verdict::Unsupported) => Outcome::Skip("not supported".to_owned()),
        (Some("valid"), Verdict::Ok(given)) => accepted(member("out"), member("trace"), given),
        (Some("valid"), Verdict::Err(Refusal { stage, reason })) => {
            Outcome::Fail(format!("is valid, but was refused at {stage} ({reason})"))
        }
        (Some("invalid"), Verdict::Ok(_)) => Outcome::Fail("is invalid, but was accepted".into()),
        (Some("invalid"), Verdict::Err(refusal)) => refused(test, refusal),
        (result, _) => Outcome::Skip(format!("result {result:?} is not known")),
    }
}

fn accepted(out: &Value, trace: &Value, given: &Value) -> Outcome {
    if let Some(path) = difference(out, given, "ok", true) {
        return Outcome::Fail(path);
    }
    // Of the trace only what the adapter chose to give.
    let given = given.get("trace").and_then(Value::as_object);
    let traced = given.into_iter().flatten().filter_map(|(key, given)| {
        let expected = trace.get(key)?;
        difference(expected, given, &format!("trace.{key}"), false)
    });
    traced
        .into_iter()
        .next()
        .map_or(Outcome::Pass { reason: None }, Outcome::Fail)
}

fn refused(test: &Value, refusal: &Refusal) -> Outcome {
    let text = |key: &str| test.get(key).and_then(Value::as_str).unwrap_or_default();
    if refusal.stage != text("stage") {
        return Outcome::Fail(format!(
            "refused at {} ({}) where {} ({}) is expected",
            refusal.stage,
            refusal.reason,
            text("stage"),
            text("reason")
        ));
    }
    let also = test.get("also").and_then(Value::as_array);
    let mut also = also.into_iter().flatten().filter_map(Value::as_str);
    let same = refusal.reason == text("reason") || also.any(|reason| reason == refusal.reason);
    // The clause is what a sender is told, so that another one is another verdict.
    if !same
        && TOLD
            .iter()
            .any(|chapter| text("reason").starts_with(chapter))
    {
        let (given, expected) = (&refusal.reason, text("reason"));
        return Outcome::Fail(format!("refused by {given} where {expected} is expected"));
    }
    Outcome::Pass {
        reason: (!same).then(|| refusal.reason.clone()),
    }
}

/// Where two values differ; with `partly`, members that only `given` has do not count.
fn difference(expected: &Value, given: &Value, path: &str, partly: bool) -> Option<String> {
    match (expected, given) {
        (Value::Object(expected), Value::Object(members)) => {
            let missing = expected.iter().find_map(|(key, value)| {
                let path = format!("{path}.{key}");
                match members.get(key) {
                    Some(given) => difference(value, given, &path, false),
                    None => Some(format!("{path} is missing")),
                }
            });
            let extra = members
                .keys()
                .find(|key| !partly && !expected.contains_key(*key));
            missing.or_else(|| extra.map(|key| format!("{path}.{key} is not expected")))
        }
        (Value::Array(expected), Value::Array(values)) if expected.len() == values.len() => {
            let mut pairs = expected.iter().zip(values).enumerate();
            pairs.find_map(|(at, (expected, given))| {
                difference(expected, given, &format!("{path}[{at}]"), false)
            })
        }
        _ if expected == given => None,
        _ => Some(format!(
            "{path} is {}, expected {}",
            short(given),
            short(expected)
        )),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(64) {
        Some((at, _)) => format!(
            "{}… ({} characters)",
            text.get(..at).unwrap_or(""),
            text.len()
        ),
        None => text,
    }
}
