//! Rule tables in words and as JSON, for accords and houses alike.

use std::fmt::Write;

use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use estafette_protocol::rules::{Fault, Release, Row, Rules};
use serde_json::{Value, json};

use crate::authority::table::{RuleFile, duration_text, exception_text, format_text};

/// The rows and task forces of a table, each on lines of its own that begin with a line break.
pub(super) fn lines(rules: &Rules, catalogue: &Catalogue) -> String {
    let mut lines = String::new();
    for row in &rules.rows {
        lines.push_str(&row_lines(row, catalogue));
    }
    for task_force in &rules.task_forces {
        let members: Vec<_> = task_force.members.iter().map(ToString::to_string).collect();
        let name = task_force.name.as_str();
        let members = members.join(", ");
        // Writing to a string does not fail.
        let _ = write!(lines, "\n  task force {name}: {members}");
    }
    lines
}

pub(super) fn row_lines(row: &Row, catalogue: &Catalogue) -> String {
    let formats = row.formats.iter().map(|f| format_text(*f, catalogue));
    let parts = [
        join(formats),
        join(row.precedences.iter().map(|p| p.word().to_owned())),
        join(row.statuses.iter().map(|s| s.word().to_owned())),
        join(row.directions.iter().map(|d| d.word().to_owned())),
    ];
    let mut lines = format!("\n  rule {}: {}", row.name.as_str(), parts.join("; "));
    for part in [way(row, catalogue), times(row), limits(row)] {
        if !part.is_empty() {
            let _ = write!(lines, "\n    {}", part.join("; "));
        }
    }
    lines
}

fn join(words: impl IntoIterator<Item = String>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

fn way(row: &Row, catalogue: &Catalogue) -> Vec<String> {
    let mut parts = vec![format!("path {}", row.path.word())];
    if row.release != Release::None {
        let within = row.release_within.map(duration_text);
        let within = within.map_or_else(String::new, |time| format!(" within {time}"));
        parts.push(format!("release by {}{within}", row.release.word()));
    }
    if !row.copies.is_empty() {
        let copies = join(row.copies.iter().map(|c| c.word().to_owned()));
        let waived = row.exceptions.iter().map(|e| exception_text(*e, catalogue));
        let waived = match row.exceptions.is_empty() {
            true => String::new(),
            false => format!(
                " but for exception {}",
                waived.collect::<Vec<_>>().join(" or ")
            ),
        };
        parts.push(format!("copies to {copies}{waived}"));
    }
    parts
}

fn times(row: &Row) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(ms) = row.acknowledge_within {
        parts.push(format!("acknowledge within {}", duration_text(ms)));
    }
    if let Some(ms) = row.answer_within {
        parts.push(format!("answer within {}", duration_text(ms)));
    }
    let steps = row.escalation.iter().map(|step| {
        let after = duration_text(step.after);
        format!("silent for {after}: to the {}", step.to.word())
    });
    parts.extend(steps);
    parts
}

fn limits(row: &Row) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(ceiling) = &row.ceiling {
        parts.push(format!("up to {}", markings(ceiling)));
    }
    if let Some(ms) = row.lifetime {
        parts.push(format!("over after {}", duration_text(ms)));
    }
    if let Some(addressees) = row.addressees {
        parts.push(format!("at most {addressees} addressees"));
    }
    if let Some(bytes) = row.body_bytes {
        parts.push(format!("at most {bytes} bytes"));
    }
    if let Some(rate) = row.rate {
        let per = duration_text(rate.per);
        parts.push(format!("at most {} messages in {per}", rate.messages));
    }
    parts
}

/// Markings in words.
pub(super) fn markings(markings: &[Marking]) -> String {
    match markings.is_empty() {
        true => "no marking".to_owned(),
        false => join(markings.iter().map(|marking| marking.words())),
    }
}

/// A table as JSON.
pub(super) fn value(rules: &Rules, catalogue: &Catalogue) -> Value {
    let rows: Vec<_> = rules
        .rows
        .iter()
        .map(|row| row_value(row, catalogue))
        .collect();
    let task_forces = rules.task_forces.iter().map(
        |task_force| json!({ "name": task_force.name.as_str(), "members": task_force.members }),
    );
    json!({
        "framework": rules.framework.map(|hash| hex::encode(hash.as_slice())),
        "rows": rows,
        "task_forces": task_forces.collect::<Vec<_>>(),
    })
}

pub(super) fn row_value(row: &Row, catalogue: &Catalogue) -> Value {
    let formats = row.formats.iter().map(|f| format_text(*f, catalogue));
    let steps = row.escalation.iter();
    let steps = steps.map(|step| json!({ "after_ms": step.after, "to": step.to.word() }));
    let exceptions = row.exceptions.iter().map(|e| exception_text(*e, catalogue));
    let ceiling = row.ceiling.as_ref();
    let ceiling = ceiling.map(|all| all.iter().map(|m| m.words()).collect::<Vec<_>>());
    json!({
        "name": row.name.as_str(),
        "formats": formats.collect::<Vec<_>>(),
        "precedences": row.precedences.iter().map(|p| p.word()).collect::<Vec<_>>(),
        "statuses": row.statuses.iter().map(|s| s.word()).collect::<Vec<_>>(),
        "directions": row.directions.iter().map(|d| d.word()).collect::<Vec<_>>(),
        "path": row.path.word(),
        "release": row.release.word(),
        "copies": row.copies.iter().map(|c| c.word()).collect::<Vec<_>>(),
        "acknowledge_within_ms": row.acknowledge_within,
        "answer_within_ms": row.answer_within,
        "escalation": steps.collect::<Vec<_>>(),
        "release_within_ms": row.release_within,
        "exceptions": exceptions.collect::<Vec<_>>(),
        "ceiling": ceiling,
        "lifetime_ms": row.lifetime,
        "addressees": row.addressees,
        "body_bytes": row.body_bytes,
        "rate": row.rate.map(|rate| json!({ "messages": rate.messages, "per_ms": rate.per })),
    })
}

/// Faults of a file, each with its line and what to do, one to two lines.
pub(super) fn fault_lines(file: &RuleFile, faults: &[Fault]) -> String {
    let mut lines = String::new();
    for fault in faults {
        let line = file.line(fault);
        let _ = write!(lines, "\n  line {line}: {fault}\n    → {}", fault.remedy());
    }
    lines
}

/// The same as JSON.
pub(super) fn fault_values(file: &RuleFile, faults: &[Fault]) -> Vec<Value> {
    let value = |fault: &Fault| {
        json!({
            "line": file.line(fault),
            "of": fault.of.as_str(),
            "clause": fault.kind.clause(),
            "what": fault.to_string(),
            "remedy": fault.remedy(),
        })
    };
    faults.iter().map(value).collect()
}
