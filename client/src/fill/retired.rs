//! Retired codes in a form that need not be complete.

use super::error::{FillError, Wrong};
use super::path;
use estafette_protocol::form::{Field, Value};
use estafette_protocol::format::{Catalogue, Fault, FieldDefinition, Format, Path};

/// The first code that may no longer be written, with its successor.
#[must_use]
pub fn retired(catalogue: &Catalogue, format: &Format, fields: &[Field]) -> Option<FillError> {
    within(catalogue, &format.fields, fields, &Path::default())
}

fn within(
    catalogue: &Catalogue,
    definitions: &[FieldDefinition],
    fields: &[Field],
    above: &Path,
) -> Option<FillError> {
    fields.iter().find_map(|field| {
        let definition = definitions.iter().find(|d| d.number == field.number)?;
        let mut path = above.clone();
        path.0.push(path::step(definition.number, &definition.word));
        field.value.values().iter().find_map(|value| match value {
            Value::Code(code) => {
                let list = catalogue.list(definition.codes.as_deref()?)?;
                let known = list.code(*code).filter(|code| code.retired)?;
                let successor = known.successor.and_then(|value| list.code(value));
                let fault = Fault::CodeRetired {
                    word: known.word.clone(),
                    list: list.word.clone(),
                    successor: successor.map(|code| code.word.clone()),
                };
                Some(FillError::at(path.clone(), Wrong::Format(fault)))
            }
            Value::Group(fields) => {
                let group = catalogue.group(definition.group.as_deref()?)?;
                within(catalogue, &group.fields, fields, &path)
            }
            _ => None,
        })
    })
}
