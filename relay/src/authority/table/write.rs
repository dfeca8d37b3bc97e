//! From the table back to a file.

use std::fmt::Write;

use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{Copies, Direction, Release, Row, Rules, TaskForce};

use super::span::duration_text;
use super::words::{exception_text, format_text};
use super::{FrameworkName, Head, Holder};

/// Writes a table so that it reads as the same one. Extensions have no human form: they are
/// named in a comment and left out.
#[must_use]
pub fn to_toml(rules: &Rules, head: &Head, holder: Holder, catalogue: &Catalogue) -> String {
    let mut text = String::new();
    if !rules.extensions.0.is_empty() {
        line(&mut text, "# The extensions of this table are left out.");
    }
    write_head(&mut text, rules, head, catalogue);
    for row in &rules.rows {
        write_row(&mut text, row, holder, catalogue);
    }
    for task_force in &rules.task_forces {
        write_task_force(&mut text, task_force);
    }
    text
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn set(text: &mut String, key: &str, value: impl std::fmt::Display) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{key} = {value}");
}

fn quoted(word: impl std::fmt::Display) -> String {
    format!("\"{word}\"")
}

/// A word in quotation marks, a number without.
fn word_or_number(word: String) -> String {
    match word.bytes().all(|b| b.is_ascii_digit()) {
        true => word,
        false => quoted(word),
    }
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(", "))
}

fn markings(markings: &[Marking]) -> String {
    list(markings.iter().map(|marking| quoted(marking.words())))
}

fn begin(text: &mut String, table: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    line(text, table);
}

fn write_head(text: &mut String, rules: &Rules, head: &Head, catalogue: &Catalogue) {
    let hash = rules.framework.map(FrameworkName::Hash);
    let framework = head.framework.as_ref().or(hash.as_ref());
    if *head == Head::default() && framework.is_none() {
        return;
    }
    begin(text, "[accord]");
    if let Some(name) = &head.name {
        set(text, "name", quoted(name));
    }
    if !head.parties.is_empty() {
        set(text, "parties", list(head.parties.iter().map(quoted)));
    }
    if !head.formats.is_empty() {
        let formats = head.formats.iter();
        let words = formats.map(|f| word_or_number(format_text(f.format, catalogue)));
        set(text, "formats", list(words));
    }
    if let Some(ceiling) = &head.ceiling {
        set(text, "ceiling", markings(ceiling));
    }
    for (key, days) in [
        ("days", head.days),
        ("grace-days", head.grace_days),
        ("lifetime-days", head.lifetime_days),
    ] {
        if let Some(days) = days {
            set(text, key, days);
        }
    }
    match framework {
        Some(FrameworkName::File(file)) => {
            // As Rust quotes it, which is as TOML does.
            set(
                text,
                "framework",
                format!("{:?}", file.display().to_string()),
            );
        }
        Some(FrameworkName::Hash(hash)) => {
            set(text, "framework", quoted(hex::encode(hash.as_slice())));
        }
        None => {}
    }
}

fn write_row(text: &mut String, row: &Row, holder: Holder, catalogue: &Catalogue) {
    begin(text, "[[rule]]");
    set(text, "name", quoted(row.name.as_str()));
    let formats = row.formats.iter();
    let formats = formats.map(|number| word_or_number(format_text(*number, catalogue)));
    set(text, "formats", list(formats));
    if row.precedences != Precedence::ALL {
        let words = row.precedences.iter().map(|p| quoted(p.word()));
        set(text, "precedences", list(words));
    }
    if row.statuses != Status::ALL {
        set(
            text,
            "statuses",
            list(row.statuses.iter().map(|s| quoted(s.word()))),
        );
    }
    if row.directions != holder.directions() {
        let words = row.directions.iter().copied().map(Direction::word);
        set(text, "directions", list(words.map(quoted)));
    }
    set(text, "path", quoted(row.path.word()));
    if row.release != Release::None {
        set(text, "release", quoted(row.release.word()));
    }
    if !row.copies.is_empty() {
        let words = row.copies.iter().copied().map(Copies::word);
        set(text, "copies", list(words.map(quoted)));
    }
    write_times(text, row);
    if !row.exceptions.is_empty() {
        let codes = row.exceptions.iter();
        let words = codes.map(|code| word_or_number(exception_text(*code, catalogue)));
        set(text, "exceptions", list(words));
    }
    write_limits(text, row);
}

fn write_times(text: &mut String, row: &Row) {
    if let Some(ms) = row.acknowledge_within {
        set(text, "acknowledge-within", quoted(duration_text(ms)));
    }
    if let Some(ms) = row.answer_within {
        set(text, "answer-within", quoted(duration_text(ms)));
    }
    if !row.escalation.is_empty() {
        let steps = row.escalation.iter().map(|step| {
            let (after, to) = (duration_text(step.after), step.to.word());
            format!("{{ after = \"{after}\", to = \"{to}\" }}")
        });
        set(text, "escalation", list(steps));
    }
    if let Some(ms) = row.release_within {
        set(text, "release-within", quoted(duration_text(ms)));
    }
}

fn write_limits(text: &mut String, row: &Row) {
    if let Some(ceiling) = &row.ceiling {
        set(text, "ceiling", markings(ceiling));
    }
    if let Some(ms) = row.lifetime {
        set(text, "lifetime", quoted(duration_text(ms)));
    }
    if let Some(addressees) = row.addressees {
        set(text, "addressees", addressees);
    }
    if let Some(bytes) = row.body_bytes {
        set(text, "body-bytes", bytes);
    }
    if let Some(rate) = row.rate {
        let (messages, per) = (rate.messages, duration_text(rate.per));
        let rate = format!("{{ messages = {messages}, per = \"{per}\" }}");
        set(text, "rate", rate);
    }
}

fn write_task_force(text: &mut String, task_force: &TaskForce) {
    begin(text, "[[task-force]]");
    set(text, "name", quoted(task_force.name.as_str()));
    set(text, "members", list(task_force.members.iter().map(quoted)));
}
