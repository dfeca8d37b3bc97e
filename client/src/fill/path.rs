//! Places in a form: `vehicles.1.plate`, from what is typed to the value.

use super::error::{FillError, Wrong};
use estafette_protocol::form::{Field, Value};
use estafette_protocol::format::{Catalogue, FieldDefinition, FieldType, Format, Path, Step};

/// A field in a form, found by what was typed.
pub(super) struct Place<'a> {
    /// The field's definition.
    pub(super) definition: &'a FieldDefinition,
    /// For people.
    pub(super) path: Path,
    /// Number of each field on the way, and place in its list from 1; 0 where it is no list.
    pub(super) steps: Vec<(u16, usize)>,
    /// The place in the field's own list, where one was typed.
    pub(super) index: Option<usize>,
}

impl Place<'_> {
    /// Whether the field takes a list.
    pub(super) const fn is_list(&self) -> bool {
        self.definition.list_max.is_some()
    }
}

/// A step by number and word.
pub(super) fn step(number: u16, word: &str) -> Step {
    Step {
        number,
        word: Some(word.to_owned()),
        place: None,
    }
}

/// The path of a field of the form itself.
pub(super) fn top(definition: &FieldDefinition) -> Path {
    Path(vec![step(definition.number, &definition.word)])
}

/// Finds the field that was typed, by words or numbers.
pub(super) fn resolve<'a>(
    catalogue: &'a Catalogue,
    format: &'a Format,
    typed: &str,
) -> Result<Place<'a>, FillError> {
    let parts: Vec<&str> = typed.split('.').map(str::trim).collect();
    let mut fields: &[FieldDefinition] = &format.fields;
    let (mut path, mut steps) = (Path::default(), Vec::new());
    let mut at = 0;
    loop {
        let part = parts.get(at).copied().unwrap_or_default();
        let Some(definition) = field(fields, part) else {
            let typed = crate::words::visible(part, false);
            let words = near(&typed, fields);
            return Err(FillError::at(path, Wrong::Unknown { typed, words }));
        };
        at += 1;
        path.0.push(step(definition.number, &definition.word));
        let is_group = definition.kind == FieldType::Group;
        let left = parts.len() - at;
        // In a list a number is a place; for a group only where a field follows it.
        let number = parts.get(at).and_then(|part| part.parse::<usize>().ok());
        let is_place = definition.list_max.is_some() && (left > 1 || left == 1 && !is_group);
        let index = number.filter(|_| is_place);
        if let Some(index) = index {
            at += 1;
            if let Some(step) = path.0.last_mut() {
                step.place = Some(index);
            }
        }
        let in_list = definition.list_max.map_or(0, |_| index.unwrap_or(1));
        if at >= parts.len() {
            let own = if index.is_some() { in_list } else { 0 };
            steps.push((definition.number, own));
            return Ok(Place {
                definition,
                path,
                steps,
                index,
            });
        }
        let group = definition
            .group
            .as_deref()
            .and_then(|word| catalogue.group(word));
        let Some(group) = group else {
            let typed = crate::words::visible(typed, false);
            let words = vec![definition.word.clone()];
            return Err(FillError::at(path, Wrong::Unknown { typed, words }));
        };
        steps.push((definition.number, in_list));
        fields = &group.fields;
    }
}

fn field<'a>(fields: &'a [FieldDefinition], typed: &str) -> Option<&'a FieldDefinition> {
    let by_word = fields
        .iter()
        .find(|field| field.word.eq_ignore_ascii_case(typed));
    let number = typed.parse::<u16>().ok();
    by_word.or_else(|| fields.iter().find(|field| Some(field.number) == number))
}

/// The words of fields, those like the one typed first.
fn near(typed: &str, fields: &[FieldDefinition]) -> Vec<String> {
    let typed = typed.to_lowercase();
    let mut words = super::words(fields);
    let is_like = |word: &String| {
        let start = typed.chars().take(3).collect::<String>();
        !start.is_empty() && word.starts_with(&start) || word.contains(&typed)
    };
    words.sort_by_key(|word| !is_like(word));
    words
}

/// Empties a field.
pub(super) fn clear(fields: &mut Vec<Field>, place: &Place<'_>) {
    let Some(((number, own), way)) = place.steps.split_last() else {
        return;
    };
    let mut fields = fields;
    for (number, index) in way {
        let Some(held) = fields.iter_mut().find(|field| field.number == *number) else {
            return;
        };
        match group_of(&mut held.value, *index) {
            Some(inner) => fields = inner,
            None => return,
        }
    }
    match (fields.iter_mut().find(|f| f.number == *number), *own) {
        (
            Some(Field {
                value: Value::List(values),
                ..
            }),
            own @ 1..,
        ) => {
            if own <= values.len() {
                values.remove(own - 1);
            }
        }
        _ => fields.retain(|field| field.number != *number),
    }
}

/// Whether the field holds anything.
pub(super) fn is_filled(fields: &[Field], place: &Place<'_>) -> bool {
    let mut fields = fields;
    let Some(((number, _), way)) = place.steps.split_last() else {
        return false;
    };
    for (number, index) in way {
        let value = estafette_protocol::form::value(fields, *number);
        let inner = value.and_then(|value| value.values().get(index.saturating_sub(1)));
        match inner {
            Some(Value::Group(inner)) => fields = inner,
            _ => return false,
        }
    }
    let value = estafette_protocol::form::value(fields, *number);
    value.is_some_and(Value::is_filled)
}

/// Puts values in a field; groups on the way are made where they are missing.
pub(super) fn put(
    fields: &mut Vec<Field>,
    place: &Place<'_>,
    values: Vec<Value>,
    joins: bool,
) -> Result<(), FillError> {
    let Some(((number, _), way)) = place.steps.split_last() else {
        return Ok(());
    };
    let mut fields = fields;
    for (at, (number, index)) in way.iter().enumerate() {
        let held = held(fields, *number, *index > 0);
        let free = held.values().len() + 1;
        if *index > free {
            let path = Path(place.path.0.iter().take(at + 1).cloned().collect());
            let place = *index;
            return Err(FillError::at(path, Wrong::Place { place, free }));
        }
        if let Value::List(list) = held
            && *index == free
        {
            list.push(Value::Group(Vec::new()));
        }
        match group_of(held, *index) {
            Some(inner) => fields = inner,
            None => return Ok(()),
        }
    }
    if !place.is_list() {
        for value in values {
            let number = *number;
            super::put(fields, Field { number, value });
        }
        return Ok(());
    }
    let list = held(fields, *number, true);
    let Value::List(list) = list else {
        return Ok(());
    };
    let index = match place.index {
        Some(index) => index,
        None if joins => list.len() + 1,
        None => {
            list.clear();
            1
        }
    };
    let free = list.len() + 1;
    if index == 0 || index > free {
        let wrong = Wrong::Place { place: index, free };
        return Err(FillError::at(place.path.clone(), wrong));
    }
    let end = (index - 1 + usize::from(place.index.is_some())).min(list.len());
    list.splice(index - 1..end, values);
    Ok(())
}

/// The value of a field, made where it is missing: a list or a group.
fn held(fields: &mut Vec<Field>, number: u16, is_list: bool) -> &mut Value {
    let at = match fields.binary_search_by_key(&number, |field| field.number) {
        Ok(at) => at,
        Err(at) => {
            let value = match is_list {
                true => Value::List(Vec::new()),
                false => Value::Group(Vec::new()),
            };
            fields.insert(at, Field { number, value });
            at
        }
    };
    #[expect(clippy::indexing_slicing, reason = "found or made there just now")]
    let value = &mut fields[at].value;
    // One value where a list may stand becomes a list, so that another can join it.
    if is_list && !matches!(value, Value::List(_)) {
        let one = std::mem::replace(value, Value::Integer(0));
        *value = Value::List(vec![one]);
    }
    value
}

/// Takes groups and lists away that hold nothing.
pub(super) fn prune(fields: &mut Vec<Field>) {
    fields.retain_mut(|field| holds(&mut field.value));
}

fn holds(value: &mut Value) -> bool {
    match value {
        Value::Group(fields) => {
            prune(fields);
            !fields.is_empty()
        }
        Value::List(values) => {
            values.retain_mut(holds);
            !values.is_empty()
        }
        _ => true,
    }
}

/// The fields of a group, or of the group at a place of a list.
fn group_of(value: &mut Value, index: usize) -> Option<&mut Vec<Field>> {
    let value = match value {
        Value::List(values) => values.get_mut(index.checked_sub(1)?)?,
        one => one,
    };
    match value {
        Value::Group(fields) => Some(fields),
        _ => None,
    }
}
