//! Lines of a message that is shown: pairs of label and value, and the blocks of its form.

use super::Reader;
use super::lines::{columns, pad, wrap};
use crate::words;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Doubt, FieldDefinition};
use std::collections::BTreeMap;

/// Columns by which what belongs to a block stands to the right of its heading.
const INDENT: usize = 2;
/// Most lines of a text that stands beside its label rather than below.
const BESIDE_MAX: usize = 3;

/// Lines, as they grow.
#[derive(Debug)]
pub struct Page<'a> {
    reader: Reader<'a>,
    lines: Vec<String>,
}

/// Where in a form one is: the path in numbers, and how far to the right.
#[derive(Debug, Clone, Default)]
struct Place {
    numbers: String,
    indent: usize,
}

impl Place {
    fn field(&self, number: u16) -> Self {
        let between = if self.numbers.is_empty() { "" } else { "/" };
        Self {
            numbers: format!("{}{between}{number}", self.numbers),
            indent: self.indent,
        }
    }

    fn value(&self, at: usize) -> Self {
        Self {
            numbers: format!("{}[{at}]", self.numbers),
            indent: self.indent,
        }
    }

    fn within(&self) -> Self {
        Self {
            numbers: self.numbers.clone(),
            indent: self.indent + INDENT,
        }
    }
}

type Doubts<'d> = BTreeMap<String, Vec<&'d Doubt>>;

impl<'a> Page<'a> {
    /// An empty page.
    #[must_use]
    pub const fn new(reader: Reader<'a>) -> Self {
        let lines = Vec::new();
        Self { reader, lines }
    }

    /// The lines.
    #[must_use]
    pub fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.lines.push(String::new());
    }

    /// Words of the program over the whole width.
    pub fn line(&mut self, text: &str) {
        for line in wrap(text, self.reader.width) {
            self.lines.push(self.reader.isolate(&line));
        }
    }

    /// A label and a value of one line.
    pub fn pair(&mut self, label: &str, value: &str) {
        self.beside(0, label, value);
    }

    /// A form: fields in order, groups as blocks, and what checks say of texts.
    // FRM-1, FRM-9
    pub fn form(&mut self, form: &Form) {
        let catalogue = self.reader.catalogue;
        let format = catalogue.format(form.format, form.version);
        let found = catalogue.doubts(form);
        let mut doubts = Doubts::new();
        for doubt in &found {
            doubts.entry(doubt.path.numbers()).or_default().push(doubt);
        }
        let definition = |number| format.and_then(|format| format.field(number));
        self.fields(&form.fields, &definition, &Place::default(), &doubts);
    }

    fn fields(
        &mut self,
        fields: &[Field],
        definition: &dyn Fn(u16) -> Option<&'a FieldDefinition>,
        place: &Place,
        doubts: &Doubts<'_>,
    ) {
        for field in fields {
            let definition = definition(field.number);
            let place = place.field(field.number);
            let label = self.reader.field(field.number, definition);
            let Value::List(values) = &field.value else {
                self.value(&label, &field.value, definition, (&place, doubts));
                continue;
            };
            if values.is_empty() {
                self.beside(place.indent, &label, "");
            }
            let is_group = matches!(values.first(), Some(Value::Group(_)));
            for (value, at) in values.iter().zip(1..) {
                // Groups say which of how many they are; values stand below one label.
                let label = match (is_group && values.len() > 1, at) {
                    (true, at) => format!("{label} {at}/{}", values.len()),
                    (false, 1) => label.clone(),
                    (false, _) => String::new(),
                };
                self.value(&label, value, definition, (&place.value(at), doubts));
            }
        }
    }

    fn value(
        &mut self,
        label: &str,
        value: &Value,
        definition: Option<&'a FieldDefinition>,
        (place, doubts): (&Place, &Doubts<'_>),
    ) {
        match value {
            Value::Group(fields) => {
                self.indented(place.indent, label);
                let catalogue = self.reader.catalogue;
                let group = definition.and_then(|d| catalogue.group(d.group.as_deref()?));
                let inner = |number| group.and_then(|group| group.field(number));
                self.fields(fields, &inner, &place.within(), doubts);
            }
            // No list is within a list (FRM-7).
            Value::List(_) => {}
            Value::Text(text) => self.text(place.indent, label, text.as_str()),
            value => {
                let words = self.reader.value(value, definition);
                self.beside(place.indent, label, &words);
            }
        }
        for doubt in doubts.get(&place.numbers).into_iter().flatten() {
            self.doubt(place.indent, doubt);
        }
    }

    fn doubt(&mut self, indent: usize, doubt: &Doubt) {
        let reader = self.reader;
        let says = match doubt.is_refused {
            true => reader.say("fails-check"),
            false => reader.say("unusual"),
        };
        let alarm = reader.alarm();
        let (title, reason) = (doubt.check.title(), &doubt.reason);
        self.beside(indent, "", &format!("{alarm} {says}: {title}: {reason}"));
    }

    /// A received text: beside its label where it is short, else below it with a mark at the left.
    fn text(&mut self, indent: usize, label: &str, text: &str) {
        let one_line = self.reader.foreign(text);
        let beside = wrap(&one_line, self.value_columns(indent));
        if !text.contains('\n') && beside.len() <= BESIDE_MAX {
            self.beside(indent, label, &one_line);
            return;
        }
        self.indented(indent, label);
        let bar = if self.reader.ascii { '|' } else { '│' };
        let left = indent + INDENT;
        let width = self.reader.width.saturating_sub(left + 2);
        for line in words::visible(text, true).split('\n') {
            let line = self.reader.foreign(&line.replace('\t', "    "));
            for part in wrap(&line, width) {
                let part = self.reader.isolate(&part);
                let line = format!("{}{bar} {part}", " ".repeat(left));
                self.lines.push(line.trim_end().to_owned());
            }
        }
    }

    fn indented(&mut self, indent: usize, text: &str) {
        let width = self.reader.width.saturating_sub(indent);
        for line in wrap(text, width) {
            let line = self.reader.isolate(&line);
            self.lines.push(format!("{}{line}", " ".repeat(indent)));
        }
    }

    fn beside(&mut self, indent: usize, label: &str, value: &str) {
        let reader = self.reader;
        let left = reader.label_columns();
        let spaces = " ".repeat(indent);
        let mut head = format!("{spaces}{}", pad(&reader.isolate(label), left));
        if columns(label) >= left {
            self.indented(indent, label);
            head = " ".repeat(indent + left);
        }
        for part in wrap(value, self.value_columns(indent)) {
            let line = format!("{head}{}", reader.isolate(&part));
            self.lines.push(line.trim_end().to_owned());
            head = " ".repeat(indent + left);
        }
    }

    const fn value_columns(&self, indent: usize) -> usize {
        let left = indent + self.reader.label_columns();
        self.reader.width.saturating_sub(left)
    }
}
