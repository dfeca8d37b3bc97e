//! One line that lists show of a message.

use super::text;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::Catalogue;

/// Most characters of a summary.
const CHARACTERS_MAX: usize = 100;
/// Words of fields that say what a form is about before its text does.
const TITLES: [&str; 2] = ["subject", "title"];

/// Says in one line what a form is about: its title or text, after the word of its first code.
#[must_use]
pub fn summary(form: &Form, catalogue: &Catalogue) -> Text {
    let format = catalogue.format(form.format, form.version);
    let mut words: Vec<String> = Vec::new();
    let mut line = None;
    for field in &form.fields {
        let definition = format.and_then(|format| format.field(field.number));
        match &field.value {
            Value::Code(code) if words.is_empty() => {
                let list = definition.and_then(|d| catalogue.list(d.codes.as_deref()?));
                let word = list.and_then(|list| list.code(*code));
                words.push(word.map_or_else(|| code.to_string(), |code| code.word.clone()));
            }
            Value::Text(value) => {
                let first = value.as_str().lines().find(|line| !line.trim().is_empty());
                let word = definition.map_or("", |d| d.word.as_str());
                let text = format.and_then(|format| format.text.as_deref());
                let wanted = text == Some(word) && line.is_none() || TITLES.contains(&word);
                if wanted && let Some(first) = first {
                    line = Some(first.to_owned());
                }
            }
            _ => {}
        }
    }
    let all = words.into_iter().chain(line).collect::<Vec<_>>().join(": ");
    text(&all.chars().take(CHARACTERS_MAX).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use estafette_protocol::form::Field;

    fn form(format: u16, fields: &[(u16, Value)]) -> Form {
        let fields = fields.iter().cloned();
        Form {
            format,
            version: 1,
            fields: fields
                .map(|(number, value)| Field { number, value })
                .collect(),
        }
    }

    #[test]
    fn summary_says_type_and_first_line() {
        let flag = form(
            1,
            &[
                (1, Value::Code(2)),
                (2, Value::Text(text("bridge"))),
                (5, Value::Text(text("\ngrey van\nnorthbound"))),
            ],
        );
        assert_eq!(
            summary(&flag, Catalogue::built_in()).as_str(),
            "pursuit: grey van"
        );
    }

    #[test]
    fn subject_goes_before_text_and_long_lines_are_cut() {
        let note = form(
            6,
            &[
                (1, Value::Text(text("ferry"))),
                (2, Value::Text(text("body"))),
            ],
        );
        assert_eq!(summary(&note, Catalogue::built_in()).as_str(), "ferry");
        let long = form(6, &[(2, Value::Text(text(&"ü".repeat(500))))]);
        assert_eq!(
            summary(&long, Catalogue::built_in())
                .as_str()
                .chars()
                .count(),
            100
        );
    }
}
