//! Single values in words: codes by label, times, durations, places; unknown ones by number.

use super::Reader;
use estafette_protocol::envelope::Role;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::{CodeList, FieldDefinition, Format};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};

/// The code list of each axis of markings (ENV-6).
const MARKING_LISTS: [(u16, &str); 4] = [
    (1, "tlp"),
    (2, "handling"),
    (3, "pap"),
    (4, "classification"),
];

impl Reader<'_> {
    /// What a field is called; one that is not known by its number.
    // FRM-1
    #[must_use]
    pub fn field(&self, number: u16, definition: Option<&FieldDefinition>) -> String {
        match definition {
            Some(definition) => self.label(&definition.labels, &definition.word),
            None => self.fill("unknown-field", number),
        }
    }

    /// A value that is neither a list nor a group, in one line.
    #[must_use]
    pub fn value(&self, value: &Value, definition: Option<&FieldDefinition>) -> String {
        match value {
            Value::Text(text) => self.foreign(text.as_str()),
            Value::Integer(number) => number.to_string(),
            Value::Code(code) => {
                let list = definition.and_then(|d| self.catalogue.list(d.codes.as_deref()?));
                self.code(list, *code)
            }
            Value::Time(at) => self.time_in_full(*at),
            Value::Duration(ms) => self.duration(*ms),
            Value::Position(position) => match self.ascii {
                true => position.decimal(),
                false => format!("{}  ({})", position.decimal(), position.sexagesimal()),
            },
            Value::List(_) | Value::Group(_) => String::new(),
        }
    }

    /// A code by its label and, where the label does not hold it, its term; one that is not known
    /// by its value.
    // FRM-1
    #[must_use]
    pub fn code(&self, list: Option<&CodeList>, value: u16) -> String {
        let Some(code) = list.and_then(|list| list.code(value)) else {
            return self.fill("unknown-code", value);
        };
        let label = self.label(&code.labels, &code.word);
        let term = code.term.as_deref().map(|term| self.foreign(term));
        let is_new = |term: &String| !label.to_lowercase().contains(&term.to_lowercase());
        match term.filter(is_new) {
            Some(term) => format!("{label} ({term})"),
            None => label,
        }
    }

    /// A code of a header by its label alone.
    fn header_code(&self, list: &str, value: u16, word: &str) -> String {
        let code = self.catalogue.list(list).and_then(|list| list.code(value));
        code.map_or_else(
            || word.to_owned(),
            |code| self.label(&code.labels, &code.word),
        )
    }

    /// A precedence.
    #[must_use]
    pub fn precedence(&self, precedence: Precedence) -> String {
        self.header_code("precedences", precedence.code().into(), precedence.word())
    }

    /// A status.
    #[must_use]
    pub fn status(&self, status: Status) -> String {
        self.header_code("statuses", status.code().into(), status.word())
    }

    /// A role.
    #[must_use]
    pub fn role(&self, role: Role) -> String {
        let (value, word) = match role {
            Role::Action => (0, "action"),
            Role::Info => (1, "info"),
            Role::Standby => (2, "standby"),
        };
        self.header_code("roles", value, word)
    }

    /// A marking; one on an axis that is not known by its numbers.
    #[must_use]
    pub fn marking(&self, marking: Marking) -> String {
        let list = MARKING_LISTS.iter().find(|(axis, _)| *axis == marking.axis);
        let list = list.and_then(|(_, word)| self.catalogue.list(word));
        match list.filter(|list| list.code(marking.code).is_some()) {
            Some(list) => self.code(Some(list), marking.code),
            None => self.fill("unknown-marking", marking.words()),
        }
    }

    /// What a format is called; one that is not known by its number.
    #[must_use]
    pub fn format(&self, number: u16, version: u16) -> String {
        match self.catalogue.format(number, version) {
            Some(format) => self.label(&format.labels, &format.word),
            None => self.fill("unknown-format", format!("{number}.{version}")),
        }
    }

    /// The line that lists show of a message, with the words of its first codes as labels.
    ///
    /// A summary is kept with the words of codes, which are the same in every language.
    #[must_use]
    pub fn summary(&self, summary: &str, form: Option<&Form>) -> String {
        let known =
            form.and_then(|form| Some((form, self.catalogue.format(form.format, form.version)?)));
        let Some((form, format)) = known else {
            return self.foreign(summary);
        };
        let (mut labels, mut rest) = (Vec::new(), summary);
        for (word, label) in self.codes(form, format) {
            let Some(after) = rest.strip_prefix(word) else {
                break;
            };
            match after.strip_prefix(": ") {
                Some(after) => rest = after,
                None if after.is_empty() => rest = after,
                None => break,
            }
            labels.push(label);
        }
        labels.push(self.foreign(rest));
        labels.retain(|part| !part.is_empty());
        labels.join(": ")
    }

    /// Word and label of the codes of a form, in order.
    fn codes<'f>(
        &'f self,
        form: &'f Form,
        format: &'f Format,
    ) -> impl Iterator<Item = (&'f str, String)> {
        form.fields.iter().filter_map(|field| {
            let Value::Code(value) = &field.value else {
                return None;
            };
            let list = self
                .catalogue
                .list(format.field(field.number)?.codes.as_deref()?)?;
            let code = list.code(*value)?;
            Some((code.word.as_str(), self.label(&code.labels, &code.word)))
        })
    }
}
