//! An alert to a form of format 2. Spec: cap.md.
//!
//! Decides by the definitions alone which field an element fills and which code a term is; what
//! no field or code holds exactly is an error or named, never guessed.

use super::error::CapError;
use super::schema::{Element, FORMAT, INFO, ORIGIN, ORIGIN_WORD, Shape};
use super::value;
use super::{Alert, Content, Node, NotCarried, Reason};
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::{Catalogue, CodeList, FieldDefinition, Format, Group, Verdict};
use estafette_protocol::precedence::Status;
use std::collections::BTreeMap;

/// Stands in the field that overrides a check: an alert is carried as its source wrote it.
const AS_IT_STANDS: &str = "As it stands in the CAP message.";
/// Word of the field that says what the alert is about, and its codes.
const KIND: &str = "kind";
const KIND_PUBLIC: &str = "public-warning";
const KIND_OTHER: &str = "other";

/// The form that an alert becomes, and all that it does not hold.
///
/// # Errors
/// [`CapError`], which names the element and its line.
pub fn to_form(alert: &Alert) -> Result<(Form, NotCarried), CapError> {
    let format = format()?;
    let mut making = Making {
        not_carried: alert.not_carried.clone(),
    };
    let (infos, origin): (Vec<&Node>, Vec<&Node>) = alert
        .nodes
        .iter()
        .partition(|node| node.element.name == INFO.name);
    let definition = definition(&format.fields, ORIGIN_WORD)?;
    let origin = making.group(origin, (group(definition)?, ORIGIN), "")?;
    let is_public = origin.iter().any(is_public);
    let mut fields = BTreeMap::from([(definition.number, Value::Group(origin))]);
    if !infos.is_empty() {
        let (number, value) = making.field(&infos, &format.fields, "")?;
        fields.insert(number, value);
    }
    let kind = if is_public { KIND_PUBLIC } else { KIND_OTHER };
    if let Some((number, code)) = code_by_word(&format.fields, KIND, kind) {
        fields.insert(number, Value::Code(code));
    }
    let form = Form {
        format: format.format,
        version: format.version,
        fields: sorted(fields),
    };
    Ok((form, making.not_carried))
}

/// The status under which an alert of a CAP status travels; none for a draft, which never does.
///
/// `System` is said by one machine to another and asks nobody to act: a test here.
#[must_use]
pub fn status(term: &str) -> Option<Status> {
    match term {
        "Actual" => Some(Status::Actual),
        "Exercise" => Some(Status::Exercise),
        "Test" | "System" => Some(Status::Test),
        _ => None,
    }
}

/// What is being made, beside the fields.
struct Making {
    not_carried: NotCarried,
}

impl Making {
    /// The fields of a group from the elements that it stands for.
    fn group(
        &mut self,
        nodes: Vec<&Node>,
        (group, elements): (&Group, &'static [Element]),
        path: &str,
    ) -> Result<Vec<Field>, CapError> {
        let mut by_name: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
        for node in nodes {
            by_name.entry(node.element.name).or_default().push(node);
        }
        let mut fields = BTreeMap::new();
        for nodes in by_name.values() {
            let is_empty = |node: &&Node| matches!(&node.content, Content::Text(t) if t.is_empty());
            if nodes.iter().all(is_empty) {
                // It is written empty again: nothing is lost.
                continue;
            }
            let (number, value) = self.field(nodes, &group.fields, path)?;
            fields.insert(number, value);
        }
        for element in elements {
            let found = definition(&group.fields, element.word)?;
            if found.mandatory && !fields.contains_key(&found.number) {
                fields.extend(self.default(element, found, path)?);
            }
        }
        if fields
            .iter()
            .any(|(number, value)| is_refused(group, *number, value))
            && let Some(word) = &group.override_field
        {
            fields.insert(
                definition(&group.fields, word)?.number,
                text(AS_IT_STANDS, || CapError::NotCap)?,
            );
        }
        Ok(sorted(fields))
    }

    /// What is carried for an element that an older CAP let be absent.
    fn default(
        &mut self,
        element: &'static Element,
        definition: &FieldDefinition,
        path: &str,
    ) -> Result<Option<(u16, Value)>, CapError> {
        let Some(default) = element.default else {
            return Ok(None);
        };
        let node = Node {
            element,
            line: 0,
            content: Content::Text(default.to_owned()),
        };
        let path = format!("{path}{}", element.name);
        self.lose(&path, Some(Reason::Default));
        self.field(&[&node], std::slice::from_ref(definition), "")
            .map(Some)
    }

    /// The field that the nodes of one element fill.
    fn field(
        &mut self,
        nodes: &[&Node],
        fields: &[FieldDefinition],
        path: &str,
    ) -> Result<(u16, Value), CapError> {
        let mut values = Vec::new();
        let mut filled = None;
        for node in nodes {
            let found = definition(fields, node.element.word)?;
            values.extend(self.values(node, found, path)?);
            filled = Some(found);
        }
        let found = filled.ok_or(CapError::NotCap)?;
        let value = match (found.list_max, values.len()) {
            (None, 1) => values.pop().ok_or(CapError::NotCap)?,
            _ => Value::List(values),
        };
        Ok((found.number, value))
    }

    /// The values that one node is.
    fn values(
        &mut self,
        node: &Node,
        definition: &FieldDefinition,
        path: &str,
    ) -> Result<Vec<Value>, CapError> {
        let path = format!("{path}{}", node.element.name);
        let wrong = |wanted| CapError::Value {
            line: node.line,
            path: path.clone(),
            wanted,
        };
        let content = match &node.content {
            Content::Nodes(nodes) => {
                let below = format!("{path}/");
                let elements = node.element.elements();
                let table = (group(definition)?, elements);
                let fields = self.group(nodes.iter().collect(), table, &below)?;
                return Ok(vec![Value::Group(fields)]);
            }
            Content::Text(content) => content.as_str(),
        };
        let one = match node.element.shape {
            Shape::Text | Shape::Group(_) => text(content, || wrong("a text"))?,
            Shape::Code => Value::Code(self.code(content, definition, node, &path)?),
            Shape::Time => {
                let found = value::time(content);
                let (at, lost) = found.ok_or_else(|| wrong("a time with its offset from UTC"))?;
                self.lose(&path, lost);
                Value::Time(at)
            }
            Shape::Integer => {
                let number = content.parse().ok().filter(|_| !content.starts_with('+'));
                Value::Integer(number.ok_or_else(|| wrong("a whole number"))?)
            }
            Shape::Decimal => {
                let number = value::decimal(content);
                let number = number.ok_or_else(|| wrong("a decimal number"))?;
                text(&number, || wrong("a decimal number"))?
            }
            Shape::Words => {
                let words = value::words(content);
                let words = words.ok_or_else(|| wrong("words with their quotes closed"))?;
                let texts = words.iter().map(|word| text(word, || wrong("words")));
                return texts.collect();
            }
            Shape::References(parts) => {
                return self.references(content, (parts, definition), &wrong, &path);
            }
            Shape::Points(word) => {
                let wrong = || wrong("points of latitude and longitude");
                let points = content.split_ascii_whitespace();
                let points = points.map(|point| self.position(point, &path).ok_or_else(wrong));
                let points = Value::List(points.collect::<Result<_, _>>()?);
                let fields = [(word, points)];
                Value::Group(by_words(group(definition)?, fields)?)
            }
            Shape::Circle(centre, radius) => {
                let wrong = || wrong("a point and a radius");
                let parts = content.split_ascii_whitespace().collect::<Vec<_>>();
                let [point, distance] = parts[..] else {
                    return Err(wrong());
                };
                let point = self.position(point, &path).ok_or_else(wrong)?;
                let distance = value::decimal(distance).ok_or_else(wrong)?;
                let fields = [(centre, point), (radius, text(&distance, wrong)?)];
                Value::Group(by_words(group(definition)?, fields)?)
            }
        };
        Ok(vec![one])
    }

    fn position(&mut self, point: &str, path: &str) -> Option<Value> {
        let (position, lost) = value::position(point)?;
        self.lose(path, lost);
        Some(Value::Position(position))
    }

    fn references(
        &mut self,
        content: &str,
        (parts, definition): (&'static [Element], &FieldDefinition),
        wrong: &dyn Fn(&'static str) -> CapError,
        path: &str,
    ) -> Result<Vec<Value>, CapError> {
        let wrong = || wrong("references of the form sender,identifier,sent");
        let words = value::words(content).ok_or_else(wrong)?;
        let group = group(definition)?;
        let mut references = Vec::new();
        for word in words {
            let found: Vec<&str> = word.split(',').collect();
            if found.len() != parts.len() || found.iter().any(|part| part.is_empty()) {
                return Err(wrong());
            }
            let mut fields = Vec::new();
            for (element, part) in parts.iter().zip(found) {
                let value = match element.shape {
                    Shape::Time => {
                        let (at, lost) = value::time(part).ok_or_else(wrong)?;
                        self.lose(path, lost);
                        Value::Time(at)
                    }
                    _ => text(part, wrong)?,
                };
                fields.push((element.word, value));
            }
            references.push(Value::Group(by_words(group, fields)?));
        }
        Ok(references)
    }

    fn code(
        &mut self,
        term: &str,
        definition: &FieldDefinition,
        node: &Node,
        path: &str,
    ) -> Result<u16, CapError> {
        let list = list(definition)?;
        // CAP 1.1 and 1.2 say of certainty what the word of 1.0 is to be taken for.
        let is_replaced = node.element.name == "certainty" && term == "Very Likely";
        let term = if is_replaced { "Likely" } else { term };
        let mut codes = list.codes.iter().filter(|code| !code.retired);
        let found = codes
            .clone()
            .find(|code| code.term.as_deref() == Some(term));
        let Some(found) = found else {
            let terms: Vec<&str> = codes
                .by_ref()
                .filter_map(|code| code.term.as_deref())
                .collect();
            return Err(CapError::Code {
                line: node.line,
                path: path.to_owned(),
                codes: terms.join(", "),
            });
        };
        self.lose(path, is_replaced.then_some(Reason::Replaced));
        Ok(found.value)
    }

    fn lose(&mut self, path: &str, reason: Option<Reason>) {
        if let Some(reason) = reason {
            self.not_carried.add(path.to_owned(), reason);
        }
    }
}

/// The format of alerts.
pub(super) fn format() -> Result<&'static Format, CapError> {
    let format = Catalogue::built_in().format_by_word(FORMAT);
    format.ok_or(CapError::NotAnAlert)
}

/// The field of a word. A test demands that the definitions have every word of the schema.
pub(super) fn definition<'a>(
    fields: &'a [FieldDefinition],
    word: &str,
) -> Result<&'a FieldDefinition, CapError> {
    let found = fields.iter().find(|field| field.word == word);
    found.ok_or(CapError::NotAnAlert)
}

/// The group of a field.
pub(super) fn group(definition: &FieldDefinition) -> Result<&'static Group, CapError> {
    let word = definition.group.as_deref();
    let group = word.and_then(|word| Catalogue::built_in().group(word));
    group.ok_or(CapError::NotAnAlert)
}

/// The code list of a field.
pub(super) fn list(definition: &FieldDefinition) -> Result<&'static CodeList, CapError> {
    let word = definition.codes.as_deref();
    let list = word.and_then(|word| Catalogue::built_in().list(word));
    list.ok_or(CapError::NotAnAlert)
}

/// A field and a code of it by their words.
pub(super) fn code_by_word(
    fields: &[FieldDefinition],
    field: &str,
    code: &str,
) -> Option<(u16, u16)> {
    let definition = definition(fields, field).ok()?;
    let code = list(definition).ok()?.code_by_word(code)?;
    Some((definition.number, code.value))
}

/// Fields of a group by their words.
pub(super) fn by_words<'w>(
    group: &Group,
    values: impl IntoIterator<Item = (&'w str, Value)>,
) -> Result<Vec<Field>, CapError> {
    let mut fields = BTreeMap::new();
    for (word, value) in values {
        fields.insert(definition(&group.fields, word)?.number, value);
    }
    Ok(sorted(fields))
}

fn sorted(fields: BTreeMap<u16, Value>) -> Vec<Field> {
    let fields = fields.into_iter();
    fields
        .map(|(number, value)| Field { number, value })
        .collect()
}

pub(super) fn text(text: &str, wrong: impl Fn() -> CapError) -> Result<Value, CapError> {
    let text = Text::new(text.to_owned()).map_err(|_| wrong())?;
    Ok(Value::Text(text))
}

/// Whether the check of a field refuses what stands in it.
fn is_refused(group: &Group, number: u16, value: &Value) -> bool {
    let check = group.field(number).and_then(|field| field.check);
    match (check, value) {
        (Some(check), Value::Text(text)) => {
            matches!(check.judge(text.as_str()), Verdict::Refused(_))
        }
        _ => false,
    }
}

/// Whether a field of the origin says that the alert is for everybody.
fn is_public(field: &Field) -> bool {
    let scope = format()
        .and_then(|format| definition(&format.fields, ORIGIN_WORD))
        .and_then(group);
    let public = scope
        .ok()
        .and_then(|group| code_by_word(&group.fields, "scope", "public"));
    public.is_some_and(|(number, code)| field.number == number && field.value == Value::Code(code))
}

/// Words of the schema that the definitions do not have, or have as something else.
#[cfg(test)]
pub(super) fn missing_words() -> Vec<String> {
    fn look(elements: &[Element], group: &Group, missing: &mut Vec<String>) {
        for element in elements {
            let path = format!("{}/{}", group.word, element.word);
            let Ok(found) = definition(&group.fields, element.word) else {
                missing.push(path);
                continue;
            };
            let list_wanted =
                element.repeats || matches!(element.shape, Shape::Words | Shape::References(_));
            if list_wanted != found.list_max.is_some() {
                missing.push(format!("{path} as a list: {list_wanted}"));
            }
            match element.shape {
                Shape::Code if list(found).is_err() => missing.push(format!("{path} as a code")),
                Shape::Group(below) | Shape::References(below) => {
                    match super::to_form::group(found) {
                        Ok(group) => look(below, group, missing),
                        Err(_) => missing.push(format!("{path} as a group")),
                    }
                }
                _ => {}
            }
        }
    }
    let mut missing = Vec::new();
    let format = format().unwrap();
    for (word, elements) in [(ORIGIN_WORD, ORIGIN), (INFO.word, INFO.elements())] {
        let found = definition(&format.fields, word).unwrap();
        look(elements, group(found).unwrap(), &mut missing);
    }
    missing
}
