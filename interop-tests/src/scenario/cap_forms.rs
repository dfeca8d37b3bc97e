//! CAP alerts to forms, over the wire encoding, and back to CAP 1.2: files for a reader that is
//! not ours to compare, and one more file for each field of a form with that field changed.
//!
//! Judges only that every alert converts and that what is to be refused is; whether nothing was
//! lost or moved is for the other reader (`interop-tests/cap/compare.py`).

use std::io::Write;
use std::path::{Path, PathBuf};

use estafette_client::cap::{self, Facts};
use estafette_protocol::encoding::{Text, decode, encode};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, Check, FieldDefinition};
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value as Json, json};

use super::{ScenarioError, Tally};

/// What the name of a file that must be refused holds.
const REFUSED: [&str; 2] = ["xee.cap", "/refused/"];
/// The alert whose every field is changed in turn.
const FULL: &str = "full-";

/// Converts every `.xml` and `.cap` of some folders and those in them.
///
/// # Errors
/// When a folder has no such file, or a file cannot be read or written.
pub fn run(
    folders: &[PathBuf],
    out_dir: &Path,
    out: &mut impl Write,
) -> Result<Tally, ScenarioError> {
    let mut paths = Vec::new();
    for folder in folders {
        let before = paths.len();
        find(folder, &mut paths)?;
        if paths.len() == before {
            let what = format!("no alert in {}", folder.display());
            return Err(ScenarioError::Nothing(what));
        }
    }
    std::fs::create_dir_all(out_dir).map_err(ScenarioError::io(out_dir))?;
    let (mut tally, mut rows) = (Tally::default(), Vec::new());
    for (place, path) in paths.iter().enumerate() {
        let bytes = std::fs::read(path).map_err(ScenarioError::io(path))?;
        let shown = path.display();
        let name = path.to_string_lossy();
        let refused = REFUSED.iter().any(|part| name.contains(part));
        match cap::convert(&bytes) {
            Err(error) => tally.check(refused, || format!("{shown} is refused: {error}")),
            Ok(_) if refused => tally.check(false, || format!("{shown} is not refused")),
            // A draft is shown and goes nowhere.
            Ok(converted) if converted.status.is_none() => tally.check(true, String::new),
            Ok(converted) => {
                let carried = decode::<Form>(&encode(&converted.form)?)?;
                tally.check(carried == converted.form, || {
                    format!("{shown} changed on the way")
                });
                let file = format!("{place}.xml");
                let status = converted.status.unwrap_or(Status::Test);
                write(&out_dir.join(&file), path, &carried, status)?;
                let changed = match name.contains(FULL) {
                    true => variants(&carried, (out_dir, path), place, status)?,
                    false => Vec::new(),
                };
                rows.push(json!({"original": name, "exported": file, "changed": changed}));
            }
        }
    }
    let manifest = out_dir.join("manifest.json");
    let text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    std::fs::write(&manifest, text).map_err(ScenarioError::io(&manifest))?;
    // Whoever reads may be gone.
    let _ = writeln!(out, "{} files, {} exported", paths.len(), rows.len());
    Ok(tally)
}

/// Files of alerts in a folder and those in it, in order.
fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<(), ScenarioError> {
    let listed = std::fs::read_dir(folder).map_err(ScenarioError::io(folder))?;
    let mut found: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    found.sort();
    for path in found {
        if path.is_dir() && !path.ends_with("expected") {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|e| e == "xml" || e == "cap") {
            paths.push(path);
        }
    }
    Ok(())
}

fn write(file: &Path, path: &Path, form: &Form, status: Status) -> Result<(), ScenarioError> {
    let facts = Facts {
        identifier: "0a1b2c".into(),
        sender: "duty@spoc.police.xa".into(),
        sent: UnixMillis(1_773_480_030_000),
        status,
        addresses: vec!["duty@port.xb".into()],
        marking: Vec::new(),
        supersedes: false,
        superseded: None,
    };
    let (text, _) = cap::export(form, &facts).map_err(|source| ScenarioError::Cap {
        path: path.to_owned(),
        source,
    })?;
    std::fs::write(file, text).map_err(ScenarioError::io(file))
}

/// Writes one file for every field with that field changed; gives each with its element.
fn variants(
    form: &Form,
    (out_dir, path): (&Path, &Path),
    place: usize,
    status: Status,
) -> Result<Vec<Json>, ScenarioError> {
    let Some(format) = Catalogue::built_in().format(form.format, form.version) else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    for (element, fields) in changed_fields(&form.fields, &format.fields, "") {
        let form = Form {
            fields,
            ..form.clone()
        };
        // The status of a message and that of its alert go together.
        let status = match element.as_str() {
            "status" => Status::Test,
            _ => status,
        };
        let file = format!("{place}-{}.xml", rows.len());
        write(&out_dir.join(&file), path, &form, status)?;
        rows.push(json!({"file": file, "element": element}));
    }
    Ok(rows)
}

/// All the ways to change one value below some fields, each with the element that it changes.
fn changed_fields(
    fields: &[Field],
    definitions: &[FieldDefinition],
    path: &str,
) -> Vec<(String, Vec<Field>)> {
    let mut all = Vec::new();
    for (at, field) in fields.iter().enumerate() {
        let definition = definitions.iter().find(|d| d.number == field.number);
        let Some(definition) = definition else {
            continue;
        };
        for (element, value) in changed_field(&field.value, definition, path) {
            let mut fields = fields.to_vec();
            if let Some(field) = fields.get_mut(at) {
                field.value = value;
            }
            all.push((element, fields));
        }
    }
    all
}

fn changed_field(value: &Value, definition: &FieldDefinition, path: &str) -> Vec<(String, Value)> {
    let name = element_name(&definition.word, path);
    // One element holds all of these.
    let is_one = matches!(
        definition.word.as_str(),
        "addresses" | "incidents" | "references"
    );
    let mut all = Vec::new();
    for (at, one) in value.values().iter().enumerate() {
        let element = match (definition.list_max, is_one) {
            (Some(_), false) => format!("{path}{name}[{}]", at + 1),
            _ => format!("{path}{name}"),
        };
        for (element, one) in changed_value(one, definition, element) {
            let value = match value {
                Value::List(values) => {
                    let mut values = values.clone();
                    if let Some(value) = values.get_mut(at) {
                        *value = one;
                    }
                    Value::List(values)
                }
                _ => one,
            };
            all.push((element, value));
        }
    }
    all
}

fn changed_value(
    value: &Value,
    definition: &FieldDefinition,
    element: String,
) -> Vec<(String, Value)> {
    let one = match value {
        Value::Text(text) => changed_text(text.as_str(), definition.check),
        Value::Integer(number) => Some(Value::Integer(number + 1)),
        Value::Time(at) => Some(Value::Time(at.plus(60_000))),
        Value::Code(code) => other_code(*code, definition).map(Value::Code),
        Value::Position(position) => {
            let mut position = *position;
            position.latitude += 10;
            Some(Value::Position(position))
        }
        Value::Group(fields) => {
            let word = definition.group.as_deref().unwrap_or_default();
            let group = Catalogue::built_in().group(word);
            let definitions = group.map_or(&[][..], |group| &group.fields);
            let is_element = !matches!(word, "polygon" | "circle" | "cap-reference" | "cap-origin");
            let below = match (word, is_element) {
                ("cap-origin", _) => String::new(),
                (_, true) => format!("{element}/"),
                (_, false) => String::new(),
            };
            let changed = changed_fields(fields, definitions, &below).into_iter();
            let named = changed.map(|(below, fields)| match is_element || word == "cap-origin" {
                true => (below, Value::Group(fields)),
                false => (element.clone(), Value::Group(fields)),
            });
            return named.collect();
        }
        Value::Duration(_) | Value::List(_) => None,
    };
    one.map(|value| (element, value)).into_iter().collect()
}

fn changed_text(text: &str, check: Option<Check>) -> Option<Value> {
    let text = match check {
        Some(Check::Decimal) => format!("{text}5").replace("05", "0.5"),
        Some(Check::Language) => "fr-XB".to_owned(),
        Some(Check::Sha1) => text.replace('a', "b"),
        _ => format!("{text}changed"),
    };
    Text::new(text).ok().map(Value::Text)
}

fn other_code(code: u16, definition: &FieldDefinition) -> Option<u16> {
    // The one status besides that of the full alert that a message travels under alone.
    if definition.codes.as_deref() == Some("cap-statuses") {
        let list = Catalogue::built_in().list("cap-statuses")?;
        return list.code_by_word("test").map(|code| code.value);
    }
    let list = Catalogue::built_in().list(definition.codes.as_deref()?)?;
    let mut others = list.codes.iter().filter(|other| other.value != code);
    others.next().map(|other| other.value)
}

/// The element of a field by the rule of form.md, on its own, not by the table of the client.
fn element_name(word: &str, path: &str) -> String {
    let parent = path.trim_end_matches('/').rsplit('/').next();
    let parent = parent.map_or("", |part| part.split('[').next().unwrap_or(part));
    match (word, parent) {
        ("message-type", _) => "msgType".into(),
        ("content", _) => "derefUri".into(),
        ("description", "area") => "areaDesc".into(),
        ("description", "resource") => "resourceDesc".into(),
        ("name", "eventCode" | "parameter" | "geocode") => "valueName".into(),
        // Says nothing in CAP: it must change nothing.
        ("kind" | "unchecked-because", _) => "nothing".into(),
        _ => {
            let mut name = String::new();
            for (at, part) in word.split('-').enumerate() {
                let (first, rest) = part.split_at(1.min(part.len()));
                name.push_str(&if at > 0 {
                    first.to_ascii_uppercase()
                } else {
                    first.to_owned()
                });
                name.push_str(rest);
            }
            name
        }
    }
}
