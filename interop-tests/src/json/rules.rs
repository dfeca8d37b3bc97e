//! Rule tables as JSON, both ways: the tables of `spec/routing.md` by their names.

use super::header::{markings, read_marking};
use super::{Input, number, optional_hex};
use crate::verdict::Refusal;
use estafette_protocol::address::Desk;
use estafette_protocol::encoding::{Extensions, Text};
use estafette_protocol::rules::{Rate, Row, Rules, Step, TaskForce};
use serde_json::{Value, json};
use std::str::FromStr;

/// A rule table as JSON.
#[must_use]
pub fn rules(rules: &Rules) -> Value {
    json!({
        "framework": optional_hex(rules.framework.as_ref()),
        "rows": rules.rows.iter().map(row).collect::<Vec<_>>(),
        "task_forces": rules.task_forces.iter().map(task_force).collect::<Vec<_>>(),
    })
}

/// A rule table from JSON.
///
/// # Errors
/// When it is none.
pub fn read_rules(json: &Value) -> Result<Rules, Refusal> {
    let input = Input::of(json);
    Ok(Rules {
        framework: input.optional_array("framework")?,
        rows: input.list("rows", read_row)?,
        task_forces: input.list("task_forces", |json| {
            let input = Input::of(json);
            Ok(TaskForce {
                name: name(&input)?,
                members: input.list("members", read_desk)?,
            })
        })?,
        extensions: Extensions::default(),
    })
}

/// A desk from JSON.
///
/// # Errors
/// When it is none.
pub fn read_desk(json: &Value) -> Result<Desk, Refusal> {
    read_word(json)
}

fn row(row: &Row) -> Value {
    let optional = |value: Option<u64>| value.map_or(Value::Null, number);
    let step = |s: &Step| json!({ "after": number(s.after), "to": s.to.word() });
    json!({
        "name": row.name.as_str(),
        "formats": row.formats,
        "precedences": row.precedences.iter().map(|p| p.word()).collect::<Vec<_>>(),
        "statuses": row.statuses.iter().map(|s| s.word()).collect::<Vec<_>>(),
        "directions": row.directions.iter().map(|d| d.word()).collect::<Vec<_>>(),
        "path": row.path.word(),
        "release": row.release.word(),
        "copies": row.copies.iter().map(|c| c.word()).collect::<Vec<_>>(),
        "acknowledge_within": optional(row.acknowledge_within),
        "answer_within": optional(row.answer_within),
        "escalation": row.escalation.iter().map(step).collect::<Vec<_>>(),
        "release_within": optional(row.release_within),
        "exceptions": row.exceptions,
        "ceiling": row.ceiling.as_ref().map(|ceiling| markings(ceiling)),
        "lifetime": optional(row.lifetime),
        "addressees": row.addressees,
        "body_bytes": row.body_bytes,
        "rate": row.rate.map(|rate| json!({ "messages": rate.messages, "per": number(rate.per) })),
    })
}

fn task_force(task_force: &TaskForce) -> Value {
    json!({
        "name": task_force.name.as_str(),
        "members": task_force.members.iter().map(|d| d.as_str()).collect::<Vec<_>>(),
    })
}

fn read_row(json: &Value) -> Result<Row, Refusal> {
    let input = Input::of(json);
    let ceiling = input.optional("ceiling");
    let ceiling = ceiling.map(|_| input.list("ceiling", read_marking));
    let rate = input.optional("rate").map(|rate| {
        let rate = Input::of(rate);
        Ok::<_, Refusal>(Rate {
            messages: rate.number("messages")?,
            per: rate.number("per")?,
        })
    });
    Ok(Row {
        name: name(&input)?,
        formats: input.list("formats", super::read_number)?,
        precedences: input.list("precedences", read_word)?,
        statuses: input.list("statuses", read_word)?,
        directions: input.list("directions", read_word)?,
        path: input.parsed("path")?,
        release: input.parsed("release")?,
        copies: input.list("copies", read_word)?,
        acknowledge_within: input.optional_number("acknowledge_within")?,
        answer_within: input.optional_number("answer_within")?,
        escalation: input.list("escalation", |step| {
            let step = Input::of(step);
            Ok(Step {
                after: step.number("after")?,
                to: step.parsed("to")?,
            })
        })?,
        release_within: input.optional_number("release_within")?,
        exceptions: input.list("exceptions", super::read_number)?,
        ceiling: ceiling.transpose()?,
        lifetime: input.optional_number("lifetime")?,
        addressees: input.optional_number("addressees")?,
        body_bytes: input.optional_number("body_bytes")?,
        rate: rate.transpose()?,
    })
}

fn name(input: &Input<'_>) -> Result<Text, Refusal> {
    super::read_text(input.member("name")?)
}

fn read_word<T: FromStr>(json: &Value) -> Result<T, Refusal> {
    let word = json.as_str().and_then(|word| word.parse().ok());
    word.ok_or_else(|| Refusal::case("no such word"))
}
