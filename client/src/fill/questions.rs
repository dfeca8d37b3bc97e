//! One question for each field, on lines: on a terminal as well as from a pipe.
//!
//! Decides what is asked and in which order, and asks again what was answered wrongly. An empty
//! line passes a field over, a full stop ends the questions of a form or group that need no answer.

use super::Filling;
use super::error::{FillError, Wrong};
use estafette_protocol::format::{FieldDefinition, FieldType};

/// Ends the questions that need no answer.
const END: &str = ".";

/// Who is asked.
pub trait Asker {
    /// Says something.
    fn say(&mut self, line: &str);
    /// Reads a line; `None` when there will be no more.
    fn line(&mut self) -> Option<String>;
}

/// The input ended before everything was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended;

/// Asks for every field that holds nothing yet.
///
/// # Errors
/// `Ended`, when the input ends while a field that must be filled is not.
pub fn ask(filling: &mut Filling<'_>, asker: &mut dyn Asker, language: &str) -> Result<(), Ended> {
    let format = filling.format();
    asker.say(&format!("{} – {}", format.label(language), format.word));
    let plain = format.fields.iter().filter(|f| f.kind != FieldType::Group);
    let order = |field: &&FieldDefinition| !field.mandatory;
    let mut plain: Vec<&FieldDefinition> = plain.collect();
    plain.sort_by_key(order);
    let mut hurries = false;
    for field in plain {
        let held = estafette_protocol::form::value(filling.fields(), field.number);
        if held.is_some() || hurries && !field.mandatory {
            continue;
        }
        hurries |= field_question(filling, asker, field, &field.word, language)?;
    }
    groups(filling, asker, language)
}

/// Asks for one field; says whether the person has had enough.
fn field_question(
    filling: &mut Filling<'_>,
    asker: &mut dyn Asker,
    field: &FieldDefinition,
    path: &str,
    language: &str,
) -> Result<bool, Ended> {
    let star = if field.mandatory { " *" } else { "" };
    let mut question = format!("{}{star}", super::field_name(field, language));
    if let Some(help) = field.help.get(language).or_else(|| field.help.get("en")) {
        question.push_str(&format!("\n  {help}"));
    }
    let list = field
        .codes
        .as_deref()
        .and_then(|word| filling.catalogue().list(word));
    if let Some(list) = list {
        let usable = list.codes.iter().filter(|code| !code.retired);
        let codes = usable.map(|code| match code.label(language) {
            label if label.to_lowercase() == code.word => code.word.clone(),
            label => format!("{} ({label})", code.word),
        });
        let codes: Vec<String> = codes.collect();
        match codes.len() > 20 {
            true => question.push_str(&format!("\n  a code of {}", list.word)),
            false => question.push_str(&format!("\n  {}", codes.join(" | "))),
        }
    }
    asker.say(&question);
    let mut answered = false;
    loop {
        let Some(line) = asker.line() else {
            return if field.mandatory && !answered {
                Err(Ended)
            } else {
                Ok(true)
            };
        };
        let line = line.trim();
        if line.is_empty() || line == END {
            if field.mandatory && !answered {
                asker.say("  must be filled");
                continue;
            }
            return Ok(line == END);
        }
        match filling.set(path, line) {
            Ok(()) => answered = true,
            Err(error) => {
                say_wrong(asker, &error);
                continue;
            }
        }
        if field.list_max.is_none() {
            return Ok(false);
        }
        asker.say("  another one, or an empty line");
    }
}

/// Offers the groups, as many of each as the person wants; a pasted identifier finds its own.
fn groups(filling: &mut Filling<'_>, asker: &mut dyn Asker, language: &str) -> Result<(), Ended> {
    let groups = filling.format().fields.iter();
    let groups: Vec<&FieldDefinition> = groups.filter(|f| f.kind == FieldType::Group).collect();
    if groups.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = groups.iter().map(|group| group.word.as_str()).collect();
    loop {
        asker.say(&format!(
            "Add one of {}; or paste a number or a place; or an empty line",
            words.join(", ")
        ));
        let Some(line) = asker.line() else {
            return Ok(());
        };
        let line = line.trim();
        if line.is_empty() || line == END {
            return Ok(());
        }
        let number = line.parse::<u16>().ok();
        let chosen = groups
            .iter()
            .find(|group| group.word.eq_ignore_ascii_case(line) || Some(group.number) == number);
        match chosen {
            Some(group) => group_questions(filling, asker, group, language)?,
            None => match filling.paste(line, language) {
                Ok(said) => asker.say(&format!("  {said}")),
                Err(error) => say_wrong(asker, &error),
            },
        }
    }
}

fn group_questions(
    filling: &mut Filling<'_>,
    asker: &mut dyn Asker,
    group: &FieldDefinition,
    language: &str,
) -> Result<(), Ended> {
    let catalogue = filling.catalogue();
    let inner = group
        .group
        .as_deref()
        .and_then(|word| catalogue.group(word));
    let Some(inner) = inner else { return Ok(()) };
    let prefix = match group.list_max {
        Some(_) => {
            let held = estafette_protocol::form::value(filling.fields(), group.number);
            let place = held.map_or(0, |value| value.values().len()) + 1;
            format!("{}.{place}", group.word)
        }
        None => group.word.clone(),
    };
    for field in &inner.fields {
        // A group within a group is for the editor or --set.
        if field.kind == FieldType::Group {
            continue;
        }
        let path = format!("{prefix}.{}", field.word);
        if field_question(filling, asker, field, &path, language)? {
            break;
        }
    }
    Ok(())
}

fn say_wrong(asker: &mut dyn Asker, error: &FillError) {
    let right = error.wrong.right();
    let what = match &error.wrong {
        Wrong::Format(fault) => fault.to_string(),
        wrong => wrong.what(),
    };
    asker.say(&format!("  {what}.  {right}"));
}
