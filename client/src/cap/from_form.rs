//! A form of format 2 to an alert of CAP 1.2. Spec: cap.md.
//!
//! Decides which element each field is, and what an alert that was written by hand has for the
//! elements that CAP wants and a form has not: identifier, sender and the like from the header,
//! one `<info>` from the fields of the form. An exercise or test never becomes `Actual`.

use super::error::CapError;
use super::schema::{Element, INFO, ORIGIN, ORIGIN_WORD, Shape, Version};
use super::to_form::{by_words, code_by_word, definition, format, group, list, status, text};
use super::value;
use super::{Alert, Content, Node, NotCarried};
use estafette_protocol::form::{self, Field, Form, Value};
use estafette_protocol::format::{FieldDefinition, Group};
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;

/// What a message says of itself outside its form.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Names the message; without white space, commas, `<` and `&`.
    pub identifier: String,
    /// The desk that sent it.
    pub sender: String,
    /// When it was sent.
    pub sent: UnixMillis,
    /// Under which status it travelled.
    pub status: Status,
    /// The desks that it is addressed to.
    pub addresses: Vec<String>,
    /// Its marking, in words.
    pub marking: Vec<String>,
    /// Whether it takes the place of another message.
    pub supersedes: bool,
    /// That message, where it is at hand.
    pub superseded: Option<Superseded>,
}

/// A message that another one takes the place of.
#[derive(Debug, Clone)]
pub struct Superseded {
    /// The desk that sent it.
    pub sender: String,
    /// As in [`Facts::identifier`].
    pub identifier: String,
    /// When it was sent.
    pub sent: UnixMillis,
}

/// An alert of CAP 1.2 and what it does not hold.
#[derive(Debug, Clone)]
pub struct Exported {
    /// The alert.
    pub alert: Alert,
    /// Words of the filled fields that no element of CAP stands for.
    pub not_carried: Vec<String>,
}

/// Fields of a form that was written by hand, and the fields of `info` that they are there.
const BY_HAND: [(&str, &str); 6] = [
    ("title", "headline"),
    ("text", "description"),
    ("action", "instruction"),
    ("starts", "onset"),
    ("ends", "expires"),
    ("contact", "contact"),
];

/// The field that becomes `<event>` of a form that was written by hand.
const KIND: &str = "kind";

/// The alert that a form is.
///
/// # Errors
/// [`CapError::NotAnAlert`] and [`CapError::Field`].
pub fn from_form(form: &Form, facts: &Facts) -> Result<Exported, CapError> {
    let format = format()?;
    if form.format != format.format || form.version != format.version {
        return Err(CapError::NotAnAlert);
    }
    let origin = definition(&format.fields, ORIGIN_WORD)?;
    let given = match form.value(origin.number) {
        Some(Value::Group(fields)) => Some(fields.as_slice()),
        Some(_) => return Err(field_error(ORIGIN_WORD, "a group")),
        None => None,
    };
    let completed = complete(given, group(origin)?, facts)?;
    let mut nodes = elements(ORIGIN, &completed, &group(origin)?.fields)?;
    let info = definition(&format.fields, INFO.word)?;
    let mut used = vec![ORIGIN_WORD, INFO.word, KIND];
    match form.value(info.number) {
        Some(value) => nodes.extend(nodes_of(&INFO, info, value)?),
        None if has_own_words(form, &format.fields) => {
            let fields = by_hand(form, &format.fields, group(info)?)?;
            nodes.extend(nodes_of(&INFO, info, &Value::Group(fields))?);
            used.extend(BY_HAND.iter().map(|(word, _)| *word));
        }
        None => {}
    }
    let words = form.fields.iter().map(|field| {
        let definition = format.field(field.number);
        definition.map_or_else(|| field.number.to_string(), |d| d.word.clone())
    });
    let not_carried = words.filter(|word| !used.contains(&word.as_str()));
    Ok(Exported {
        alert: Alert {
            version: Version::V1_2,
            nodes,
            not_carried: NotCarried::default(),
        },
        not_carried: not_carried.collect(),
    })
}

fn field_error(word: &'static str, wanted: &'static str) -> CapError {
    CapError::Field { word, wanted }
}

/// The fields outside `<info>`, those of the header where the form has none.
fn complete(given: Option<&[Field]>, group: &Group, facts: &Facts) -> Result<Vec<Field>, CapError> {
    let code = |field: &str, code: &str| {
        let found = code_by_word(&group.fields, field, code);
        found.map(|(number, code)| Field {
            number,
            value: Value::Code(code),
        })
    };
    let mut fields = match given {
        Some(fields) => fields.to_vec(),
        None => {
            let mut fields = from_header(group, facts)?;
            let kind = if facts.supersedes { "update" } else { "alert" };
            fields.extend(code("message-type", kind));
            fields
        }
    };
    // A drill on the live screen is what must never happen: the header's status has the last word.
    let definition = definition(&group.fields, "status")?;
    let said = form::value(&fields, definition.number);
    let term = said.and_then(|said| term(definition, said).ok());
    if term.and_then(status) != Some(facts.status) {
        fields.retain(|field| field.number != definition.number);
        fields.extend(code("status", facts.status.word()));
    }
    let scope = code("scope", "private");
    if let Some(scope) = scope
        && form::value(&fields, scope.number).is_none()
    {
        // Whoever was addressed, and nobody else.
        fields.push(scope);
        let texts = facts
            .addresses
            .iter()
            .map(|desk| text(desk, || wrong_text("addresses")));
        let addresses = Value::List(texts.collect::<Result<_, _>>()?);
        for field in by_words(group, [("addresses", addresses)])? {
            if form::value(&fields, field.number).is_none() {
                fields.push(field);
            }
        }
    }
    fields.sort_by_key(|field| field.number);
    Ok(fields)
}

fn wrong_text(word: &'static str) -> CapError {
    field_error(word, "a text")
}

fn from_header(group: &Group, facts: &Facts) -> Result<Vec<Field>, CapError> {
    let mut values = vec![
        (
            "identifier",
            text(&facts.identifier, || wrong_text("identifier"))?,
        ),
        ("sender", text(&facts.sender, || wrong_text("sender"))?),
        ("sent", Value::Time(facts.sent)),
    ];
    if !facts.marking.is_empty() {
        let marking = facts.marking.join(" ");
        values.push(("restriction", text(&marking, || wrong_text("restriction"))?));
    }
    if let Some(superseded) = &facts.superseded {
        let references = definition(&group.fields, "references")?;
        let parts = [
            (
                "sender",
                text(&superseded.sender, || wrong_text("references"))?,
            ),
            (
                "identifier",
                text(&superseded.identifier, || wrong_text("references"))?,
            ),
            ("sent", Value::Time(superseded.sent)),
        ];
        let reference = by_words(super::to_form::group(references)?, parts)?;
        values.push(("references", Value::List(vec![Value::Group(reference)])));
    }
    by_words(group, values)
}

/// Whether somebody wrote something in the form that an `<info>` can say.
fn has_own_words(form: &Form, fields: &[FieldDefinition]) -> bool {
    BY_HAND.iter().any(|(word, _)| {
        let definition = definition(fields, word).ok();
        definition.is_some_and(|definition| form.value(definition.number).is_some())
    })
}

/// The one `<info>` of a form that was written by hand. What the form does not say is `Unknown`.
fn by_hand(form: &Form, fields: &[FieldDefinition], info: &Group) -> Result<Vec<Field>, CapError> {
    let kind = definition(fields, KIND)?;
    let label = match form.value(kind.number) {
        Some(Value::Code(code)) => list(kind)?.code(*code).map(|code| code.label("en")),
        _ => None,
    };
    let label = label.ok_or_else(|| field_error(KIND, "a code of its list"))?;
    let mut values = vec![
        // The language of a form that was written by hand is not said anywhere.
        ("language", text("und", || wrong_text("language"))?),
        ("event", text(label, || wrong_text("event"))?),
    ];
    for (own, word) in BY_HAND {
        let number = definition(fields, own)?.number;
        values.extend(form.value(number).map(|value| (word, value.clone())));
    }
    let mut made = by_words(info, values)?;
    for word in ["urgency", "severity", "certainty"] {
        let unknown = code_by_word(&info.fields, word, "unknown");
        made.extend(unknown.map(|(number, code)| Field {
            number,
            value: Value::Code(code),
        }));
    }
    made.sort_by_key(|field| field.number);
    Ok(made)
}

/// The elements that fields are, in the order of the schema.
fn elements(
    elements: &'static [Element],
    fields: &[Field],
    definitions: &[FieldDefinition],
) -> Result<Vec<Node>, CapError> {
    let mut nodes = Vec::new();
    for element in elements {
        let definition = definition(definitions, element.word)?;
        let before = nodes.len();
        if let Some(value) = form::value(fields, definition.number) {
            nodes.extend(nodes_of(element, definition, value)?);
        }
        if nodes.len() > before || !element.is_mandatory(Version::V1_2) {
            continue;
        }
        let default = element.default;
        let default = default.ok_or_else(|| field_error(element.word, "filled in"))?;
        nodes.push(leaf(element, default.to_owned()));
    }
    Ok(nodes)
}

const fn leaf(element: &'static Element, content: String) -> Node {
    Node {
        element,
        line: 0,
        content: Content::Text(content),
    }
}

/// The elements that one field is.
fn nodes_of(
    element: &'static Element,
    definition: &FieldDefinition,
    value: &Value,
) -> Result<Vec<Node>, CapError> {
    let values = value.values();
    let wrong = |wanted| field_error(element.word, wanted);
    let whole = match element.shape {
        Shape::Words => {
            let texts = values.iter().map(as_text).collect::<Option<Vec<_>>>();
            let words = value::words_text(texts.ok_or_else(|| wrong("texts"))?.into_iter());
            Some(words.ok_or_else(|| wrong("words that quotes can enclose"))?)
        }
        Shape::References(parts) => Some(references(parts, definition, values)?),
        _ => None,
    };
    match whole {
        Some(text) if text.is_empty() => return Ok(Vec::new()),
        Some(text) => return Ok(vec![leaf(element, text)]),
        None => {}
    }
    if values.len() > 1 && !element.repeats {
        return Err(wrong("one value"));
    }
    let mut nodes = Vec::new();
    for value in values {
        let content = match (element.shape, value) {
            (Shape::Group(below), Value::Group(fields)) => {
                Content::Nodes(elements(below, fields, &group(definition)?.fields)?)
            }
            _ => Content::Text(leaf_text(element, definition, value)?),
        };
        nodes.push(Node {
            element,
            line: 0,
            content,
        });
    }
    Ok(nodes)
}

fn leaf_text(
    element: &'static Element,
    definition: &FieldDefinition,
    value: &Value,
) -> Result<String, CapError> {
    let wrong = |wanted| field_error(element.word, wanted);
    match (element.shape, value) {
        (Shape::Text | Shape::Decimal, Value::Text(text)) => Ok(text.as_str().to_owned()),
        (Shape::Code, value) => term(definition, value).map(str::to_owned),
        (Shape::Time, Value::Time(at)) => {
            value::time_text(*at).ok_or_else(|| wrong("a time before the year 10000"))
        }
        (Shape::Integer, Value::Integer(number)) => Ok(number.to_string()),
        (Shape::Points(word), Value::Group(fields)) => {
            let points = part(definition, fields, word)?.map_or(&[][..], Value::values);
            let points = points.iter().map(as_point).collect::<Option<Vec<_>>>();
            Ok(points.ok_or_else(|| wrong("points"))?.join(" "))
        }
        (Shape::Circle(centre, radius), Value::Group(fields)) => {
            let centre = part(definition, fields, centre)?.and_then(as_point);
            let radius = part(definition, fields, radius)?.and_then(as_text);
            let circle = centre.zip(radius);
            let (centre, radius) = circle.ok_or_else(|| wrong("a point and a radius"))?;
            Ok(format!("{centre} {radius}"))
        }
        _ => Err(wrong("of its type")),
    }
}

fn references(
    parts: &'static [Element],
    definition: &FieldDefinition,
    values: &[Value],
) -> Result<String, CapError> {
    let wrong = || {
        field_error(
            "references",
            "sender, identifier and time without commas or spaces",
        )
    };
    let mut words = Vec::new();
    for value in values {
        let Value::Group(fields) = value else {
            return Err(wrong());
        };
        let nodes = elements(parts, fields, &group(definition)?.fields)?;
        let texts = nodes.into_iter().map(|node| match node.content {
            Content::Text(text) => text,
            Content::Nodes(_) => String::new(),
        });
        let texts: Vec<String> = texts.collect();
        if texts
            .iter()
            .any(|text| text.is_empty() || text.contains([',', '"']))
        {
            return Err(wrong());
        }
        words.push(texts.join(","));
    }
    value::words_text(words.iter().map(String::as_str)).ok_or_else(wrong)
}

/// What a field of a group holds, by its word.
fn part<'a>(
    definition: &FieldDefinition,
    fields: &'a [Field],
    word: &str,
) -> Result<Option<&'a Value>, CapError> {
    let found = super::to_form::definition(&group(definition)?.fields, word)?;
    Ok(form::value(fields, found.number))
}

/// CAP's spelling of a code.
fn term(definition: &FieldDefinition, value: &Value) -> Result<&'static str, CapError> {
    let wrong = || field_error("code", "a code that CAP has");
    let Value::Code(code) = value else {
        return Err(wrong());
    };
    let code = list(definition)?.code(*code);
    code.and_then(|code| code.term.as_deref()).ok_or_else(wrong)
}

fn as_text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text.as_str()),
        _ => None,
    }
}

fn as_point(value: &Value) -> Option<String> {
    match value {
        Value::Position(position) => Some(value::position_text(*position)),
        _ => None,
    }
}
