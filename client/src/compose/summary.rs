//! One line that lists show of a message.

use super::text;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::Catalogue;

/// Most characters of a summary.
const CHARACTERS_MAX: usize = 100;

/// Says in one line what a form is about: its subject or text, after the words of its codes.
#[must_use]
pub fn summary(form: &Form) -> Text {
    let catalogue = Catalogue::built_in();
    let format = catalogue.format(form.format, form.version);
    let mut words: Vec<String> = Vec::new();
    let mut line = None;
    for field in &form.fields {
        let definition = format.and_then(|format| format.field(field.number));
        match &field.value {
            Value::Code(code) => {
                let list = definition.and_then(|d| catalogue.list(d.codes.as_deref()?));
                let word = list.and_then(|list| list.code(*code));
                words.push(word.map_or_else(|| code.to_string(), |code| code.word.clone()));
            }
            Value::Text(value) => {
                let first = value.as_str().lines().find(|line| !line.trim().is_empty());
                let word = definition.map_or("", |d| d.word.as_str());
                let wanted = word == "text" && line.is_none() || word == "subject";
                if wanted {
                    line = first.map(str::to_owned);
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
        assert_eq!(summary(&flag).as_str(), "pursuit: grey van");
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
        assert_eq!(summary(&note).as_str(), "ferry");
        let long = form(6, &[(2, Value::Text(text(&"ü".repeat(500))))]);
        assert_eq!(summary(&long).as_str().chars().count(), 100);
    }
}
