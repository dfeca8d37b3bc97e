//! `spec/formats.md` and `spec/codes.md`: the definitions as tables for people.
//!
//! Made from the same TOML files as validation and rendering; `estafette-tables --check` compares.

use estafette_protocol::format::{Catalogue, CodeList, FieldDefinition, FieldType, Format, Rule};
use std::fmt::Write;

/// Both files, by name.
#[must_use]
pub fn files() -> [(&'static str, String); 2] {
    let catalogue = Catalogue::built_in();
    [
        ("formats.md", formats(catalogue)),
        ("codes.md", codes(catalogue)),
    ]
}

fn formats(catalogue: &Catalogue) -> String {
    let mut page = String::from(
        "# Formats and groups\n\n\
         Made from [`formats/`](formats) and [`groups/`](groups), which also hold labels and help \
         in five languages. What the columns mean is said in [form](form.md).\n",
    );
    for format in catalogue.formats() {
        heading(&mut page, format);
        fields(&mut page, &format.fields);
        rules(&mut page, &format.rules);
    }
    page.push_str("\n# Groups\n");
    for group in catalogue.groups() {
        let label = group.label("en");
        line(
            &mut page,
            &format!("\n## {label}: `{}` {{#{}}}\n", group.word, group.word),
        );
        fields(&mut page, &group.fields);
        rules(&mut page, &group.rules);
        if let Some(word) = &group.override_field {
            line(
                &mut page,
                &format!("\nA check of this group is overridden where `{word}` is filled."),
            );
        }
    }
    page
}

fn heading(page: &mut String, format: &Format) {
    let (number, version) = (format.format, format.version);
    let (label, word, max) = (format.label("en"), &format.word, format.form_bytes_max);
    line(
        page,
        &format!("\n## {number} {label}: `{word}` {{#{word}}}\n"),
    );
    line(page, &format!("Version {version}, at most {max} bytes.\n"));
}

fn fields(page: &mut String, fields: &[FieldDefinition]) {
    line(
        page,
        "| number | word | holds | mandatory | label |\n|---|---|---|---|---|",
    );
    for field in fields {
        let mandatory = if field.mandatory { "yes" } else { "" };
        let (number, word, label) = (field.number, &field.word, field.label("en"));
        let holds = holds(field);
        line(
            page,
            &format!("| {number} | {word} | {holds} | {mandatory} | {label} |"),
        );
    }
}

/// Type and limits of a field.
fn holds(field: &FieldDefinition) -> String {
    let mut words = match (field.kind, &field.codes, &field.group) {
        (FieldType::Code, Some(list), _) => format!("code of [{list}](codes.md#{list})"),
        (FieldType::Group, _, Some(group)) => format!("[{group}](#{group})"),
        (FieldType::Text, _, _) => format!("text, {} bytes", field.text_bytes_max()),
        (kind, _, _) => kind.word().to_owned(),
    };
    if let Some(check) = field.check {
        let _ = write!(words, ", check `{}`", check.word());
    }
    if let Some(max) = field.list_max {
        let _ = write!(words, ", up to {max}");
    }
    words
}

fn rules(page: &mut String, rules: &[Rule]) {
    if !rules.is_empty() {
        page.push('\n');
    }
    for rule in rules {
        let rule = match rule {
            Rule::Need { when, is, needs } => format!(
                "where `{when}` is {}, {} must be filled",
                quoted(is, " or "),
                quoted(needs, " and ")
            ),
            Rule::Choice { one_of } => format!("one of {} must be filled", quoted(one_of, ", ")),
            Rule::Order { order } => format!("in this order: {}", quoted(order, ", ")),
        };
        line(page, &format!("- {rule}"));
    }
}

fn quoted(words: &[String], between: &str) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(between)
}

fn codes(catalogue: &Catalogue) -> String {
    let mut page = String::from(
        "# Code lists\n\nMade from [`codes/`](codes), which also holds the labels in five \
         languages.\n",
    );
    for list in catalogue.lists() {
        code_list(&mut page, list);
    }
    page
}

fn code_list(page: &mut String, list: &CodeList) {
    let (label, word) = (list.label("en"), &list.word);
    line(page, &format!("\n## {label}: `{word}` {{#{word}}}\n"));
    let source = list.source.as_deref();
    let source = source.map_or(String::new(), |source| format!(" Source: {source}."));
    line(page, &format!("Version {}.{source}\n", list.version));
    line(page, "| value | word | term | label |\n|---|---|---|---|");
    for code in &list.codes {
        let term = code.term.as_deref().unwrap_or_default();
        let successor = code.successor.and_then(|value| list.code(value));
        let retired = match (code.retired, successor) {
            (true, Some(successor)) => format!(", retired: use `{}`", successor.word),
            (true, None) => ", retired".to_owned(),
            (false, _) => String::new(),
        };
        let (value, word, label) = (code.value, &code.word, code.label("en"));
        line(
            page,
            &format!("| {value} | {word} | {term} | {label}{retired} |"),
        );
    }
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}
