//! Fields by number and label, as people are told of them.

use estafette_protocol::format::{Catalogue, FieldDefinition, Format, Path};

/// A field's number and label, and its word where that is another: `3 Question (question)`.
#[must_use]
pub fn field_name(definition: &FieldDefinition, language: &str) -> String {
    let label = definition.label(language);
    match label.to_lowercase() == definition.word {
        true => format!("{} {label}", definition.number),
        false => format!("{} {label} ({})", definition.number, definition.word),
    }
}

/// A path by the numbers and labels of its fields: `42 Vehicles [1] / 2 Number plate (plate)`.
#[must_use]
pub fn name(catalogue: &Catalogue, format: &Format, path: &Path, language: &str) -> String {
    let mut fields: &[FieldDefinition] = &format.fields;
    let mut names = Vec::new();
    for step in &path.0 {
        let by_number = fields.iter().find(|field| field.number == step.number);
        let word = step.word.as_deref();
        let definition =
            by_number.or_else(|| fields.iter().find(|f| Some(f.word.as_str()) == word));
        let mut name = match (definition, word) {
            (Some(definition), _) => field_name(definition, language),
            (None, Some(word)) => word.to_owned(),
            (None, None) => step.number.to_string(),
        };
        if let Some(place) = step.place {
            name.push_str(&format!(" [{place}]"));
        }
        names.push(name);
        let group = definition.and_then(|d| catalogue.group(d.group.as_deref()?));
        fields = group.map_or(&[], |group| &group.fields);
    }
    names.join(" / ")
}
