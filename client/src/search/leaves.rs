//! The single values of a form, each with the way to it.

use crate::render::Reader;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, FieldDefinition};

/// A value that is neither list nor group. `Debug` shows no content.
#[derive(Debug, Clone)]
pub struct Leaf<'a> {
    /// The fields on the way to it, from the form inwards; its own is the last.
    pub steps: Vec<Step<'a>>,
    /// The definition of its field.
    pub definition: Option<&'a FieldDefinition>,
    /// The value.
    pub value: &'a Value,
}

/// A field on the way to a value.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// Its number.
    pub number: u16,
    /// Its definition.
    pub definition: Option<&'a FieldDefinition>,
    /// Place of the value in its list, from 1.
    pub place: Option<usize>,
}

impl Leaf<'_> {
    /// The way in words, such as `persons[1]/documents[2]/number`; numbers for what is unknown.
    #[must_use]
    pub fn path(&self) -> String {
        let word = |step: &Step<'_>| match step.definition {
            Some(definition) => definition.word.clone(),
            None => step.number.to_string(),
        };
        self.joined("/", word)
    }

    /// The way in labels of the reader's language.
    #[must_use]
    pub fn label(&self, reader: &Reader<'_>) -> String {
        self.joined(" / ", |step| reader.field(step.number, step.definition))
    }

    fn joined(&self, between: &str, word: impl Fn(&Step<'_>) -> String) -> String {
        let steps = self.steps.iter().map(|step| match step.place {
            Some(place) => format!("{}[{place}]", word(step)),
            None => word(step),
        });
        steps.collect::<Vec<_>>().join(between)
    }

    /// Whether it stands in a group.
    #[must_use]
    pub const fn is_in_group(&self) -> bool {
        self.steps.len() > 1
    }
}

/// The single values of a form in order.
#[must_use]
pub fn leaves<'a>(form: &'a Form, catalogue: &'a Catalogue) -> Vec<Leaf<'a>> {
    let format = catalogue.format(form.format, form.version);
    let definition = |number| format.and_then(|format| format.field(number));
    let mut leaves = Vec::new();
    gather(&form.fields, &definition, catalogue, &[], &mut leaves);
    leaves
}

fn gather<'a>(
    fields: &'a [Field],
    definition: &dyn Fn(u16) -> Option<&'a FieldDefinition>,
    catalogue: &'a Catalogue,
    before: &[Step<'a>],
    leaves: &mut Vec<Leaf<'a>>,
) {
    for field in fields {
        let definition = definition(field.number);
        let is_list = matches!(field.value, Value::List(_));
        for (value, at) in field.value.values().iter().zip(1..) {
            let mut steps = before.to_vec();
            steps.push(Step {
                number: field.number,
                definition,
                place: is_list.then_some(at),
            });
            let Value::Group(fields) = value else {
                leaves.push(Leaf {
                    steps,
                    definition,
                    value,
                });
                continue;
            };
            let group = definition.and_then(|d| catalogue.group(d.group.as_deref()?));
            let inner = |number| group.and_then(|group| group.field(number));
            gather(fields, &inner, catalogue, &steps, leaves);
        }
    }
}
