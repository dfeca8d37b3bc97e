//! A form and where it goes as a TOML document: what stdin gives, an editor changes, templates
//! and drafts keep. One reader, one writer.
//!
//! ```toml
//! format = "request"
//! version = 1
//!
//! [header]
//! to = ["duty@ops.border.xb"]
//! precedence = "priority"
//!
//! [form]
//! question = "Who keeps the vehicle?"
//!
//! [[form.vehicles]]
//! plate = "XA-123"
//! ```

use super::error::{FillError, Wrong};
use super::moment::Moment;
use super::{path, value};
use estafette_protocol::form::{Field, Value};
use estafette_protocol::format::{Catalogue, FieldDefinition, FieldType, Format, Path};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use toml::Value as Toml;

/// Most words of a code list that a document lists.
const CODES_MAX: usize = 16;
/// How each line begins by which an editor is told what is wrong.
pub(super) const ERROR_MARK: &str = "#! ";

/// A document.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// Word of the format.
    pub format: Option<String>,
    /// Version of the format; the newest where absent.
    pub version: Option<u16>,
    /// Where it goes, and how.
    pub head: Head,
    /// The fields.
    form: toml::Table,
}

/// Where a message goes and how, each as an option of the command line takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Head {
    /// Desks that must act.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Desks that are informed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub info: Vec<String>,
    /// How urgent transport is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precedence: Option<String>,
    /// Handling codes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub marking: Vec<String>,
    /// Acknowledge within.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_by: Option<String>,
    /// Answer within.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_by: Option<String>,
    /// Lives so long at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Not to be delivered before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defer: Option<String>,
    /// Digest of the message that this one answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Digest of the message that this one replaces or takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<String>,
    /// Digests of the messages that this one passes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub encloses: Vec<String>,
    /// Name of the exercise that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exercise: Option<String>,
    /// Name of the task force that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_force: Option<String>,
    /// The case in which copies at home are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// Whether machines answer it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style<'a> {
    /// What is filled in alone.
    Bare,
    /// With labels, help and the fields that are empty, as comments in a language.
    Explained(&'a str),
}

/// The keys of a document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    format: Option<String>,
    version: Option<u16>,
    #[serde(default)]
    header: Head,
    #[serde(default)]
    form: toml::Table,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// When it is no TOML, or has a key that documents do not have.
    pub fn parse(text: &str) -> Result<Self, FillError> {
        let keys: Result<Keys, _> = toml::from_str(text);
        let keys = keys.map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            let message = error
                .message()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            FillError::whole(Wrong::Document(format!("line {line}: {message}")))
        })?;
        Ok(Self {
            format: keys.format,
            version: keys.version,
            head: keys.header,
            form: keys.form,
        })
    }

    /// The format that it names.
    ///
    /// # Errors
    /// When it names none, or one that is not known.
    pub fn format_in<'a>(&self, catalogue: &'a Catalogue) -> Result<&'a Format, FillError> {
        let missing = || Wrong::Document("it names no format:  format = \"request\"".into());
        let word = self.format.as_deref();
        let word = word.ok_or_else(|| FillError::whole(missing()))?;
        let newest = catalogue.format_by_word(word);
        let found = match self.version {
            Some(version) => newest.and_then(|f| catalogue.format(f.format, version)),
            None => newest,
        };
        found.ok_or_else(|| {
            let word = crate::words::visible(word, false);
            FillError::whole(Wrong::Document(format!("format {word} is not known")))
        })
    }

    /// The fields, and the first thing that is wrong with them; what is wrong is left out.
    pub(super) fn fields(
        &self,
        catalogue: &Catalogue,
        format: &Format,
        moment: &Moment,
    ) -> (Vec<Field>, Option<FillError>) {
        let mut reading = Reading {
            catalogue,
            moment,
            wrong: None,
        };
        let fields = reading.fields(&format.fields, &self.form, &Path::default());
        (fields, reading.wrong)
    }

    /// Writes a document.
    #[must_use]
    pub fn write(
        catalogue: &Catalogue,
        format: &Format,
        head: &Head,
        fields: &[Field],
        style: Style<'_>,
    ) -> String {
        let mut writing = Writing {
            catalogue,
            style,
            text: String::new(),
        };
        let word = Toml::String(format.word.clone());
        if let Style::Explained(language) = style {
            writing.comment(&format!("{} – {}", format.label(language), format.word));
        }
        writing.push(&format!("format = {word}\nversion = {}\n", format.version));
        let head = toml::to_string(head).unwrap_or_default();
        if !head.is_empty() || style != Style::Bare {
            writing.push(&format!("\n[header]\n{head}"));
        }
        writing.push("\n[form]\n");
        writing.fields(&format.fields, fields, "form");
        writing.text
    }
}

/// Reading fields out of a table.
struct Reading<'a> {
    catalogue: &'a Catalogue,
    moment: &'a Moment,
    wrong: Option<FillError>,
}

impl Reading<'_> {
    fn fields(
        &mut self,
        definitions: &[FieldDefinition],
        table: &toml::Table,
        path: &Path,
    ) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        for (key, held) in table {
            let number = key.parse::<u16>().ok();
            let by_key = |d: &&FieldDefinition| d.word == *key || Some(d.number) == number;
            let Some(definition) = definitions.iter().find(by_key) else {
                let typed = crate::words::visible(key, false);
                let words = super::words(definitions);
                self.note(FillError::at(path.clone(), Wrong::Unknown { typed, words }));
                continue;
            };
            let mut own = path.clone();
            own.0.push(path::step(definition.number, &definition.word));
            if let Some(value) = self.value(definition, held, &own, true) {
                let number = definition.number;
                super::put(&mut fields, Field { number, value });
            }
        }
        fields
    }

    fn value(
        &mut self,
        definition: &FieldDefinition,
        held: &Toml,
        path: &Path,
        list_allowed: bool,
    ) -> Option<Value> {
        let read = match held {
            Toml::Array(values) if list_allowed => {
                let values = values.iter().zip(1_usize..).filter_map(|(held, place)| {
                    let mut at = path.clone();
                    if let Some(step) = at.0.last_mut() {
                        step.place = Some(place);
                    }
                    self.value(definition, held, &at, false)
                });
                return Some(Value::List(values.collect()));
            }
            Toml::Table(table) if definition.kind == FieldType::Group => {
                let catalogue = self.catalogue;
                let group = definition
                    .group
                    .as_deref()
                    .and_then(|word| catalogue.group(word));
                let fields = group.map_or(&[][..], |group| &group.fields);
                let fields = self.fields(fields, table, path);
                return (!fields.is_empty()).then_some(Value::Group(fields));
            }
            // What is left empty is not filled in.
            Toml::String(text) if text.is_empty() => return None,
            Toml::String(text) => self.typed(definition, text),
            Toml::Integer(number) => self.number(definition, *number),
            Toml::Datetime(time) => self.typed(definition, &time.to_string()),
            _ => Err(Wrong::value(
                format!("wants {}", definition.kind.word()),
                "Write it in quotation marks.",
            )),
        };
        match read {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.note(FillError::at(path.clone(), wrong));
                None
            }
        }
    }

    fn typed(&self, definition: &FieldDefinition, text: &str) -> Result<Value, Wrong> {
        value::read(self.catalogue, definition, text, self.moment)
    }

    /// A number is one, or the value of a code, or a duration in milliseconds.
    fn number(&self, definition: &FieldDefinition, number: i64) -> Result<Value, Wrong> {
        let unsigned = u64::try_from(number).ok();
        match (definition.kind, unsigned) {
            (FieldType::Integer, Some(number)) => Ok(Value::Integer(number)),
            (FieldType::Duration, Some(number)) => Ok(Value::Duration(number)),
            (FieldType::Code, Some(number)) if u16::try_from(number).is_ok() => {
                Ok(Value::Code(u16::try_from(number).unwrap_or_default()))
            }
            _ => self.typed(definition, &number.to_string()),
        }
    }

    fn note(&mut self, error: FillError) {
        self.wrong.get_or_insert(error);
    }
}

/// Writing fields as tables.
struct Writing<'a> {
    catalogue: &'a Catalogue,
    style: Style<'a>,
    text: String,
}

impl Writing<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn comment(&mut self, text: &str) {
        for line in text.lines() {
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            // Writing to a string does not fail.
            let _ = writeln!(self.text, "# {line}");
        }
    }

    /// Plain values first: in TOML a table takes all that follows it.
    fn fields(&mut self, definitions: &[FieldDefinition], fields: &[Field], table: &str) {
        for field in fields {
            if !definitions.iter().any(|d| d.number == field.number) {
                self.comment(&format!("field {} is not known here", field.number));
            }
        }
        let is_top = table == "form";
        let of = |definition: &FieldDefinition| {
            estafette_protocol::form::value(fields, definition.number)
        };
        for definition in definitions {
            let line = of(definition).and_then(|value| self.line(definition, value));
            match (line, self.style) {
                (None, _) if definition.kind == FieldType::Group => {}
                (Some(line), Style::Bare) => self.push(&format!("{line}\n")),
                (Some(line), Style::Explained(language)) => {
                    self.explain(definition, language);
                    self.push(&format!("{line}\n"));
                }
                (None, Style::Explained(language)) if is_top => {
                    self.explain(definition, language);
                    let open = if definition.list_max.is_some() {
                        "[]"
                    } else {
                        "\"\""
                    };
                    self.push(&format!("#{} = {open}\n", definition.word));
                }
                (None, _) => {}
            }
        }
        for definition in definitions {
            match (of(definition), self.style) {
                (Some(value), _) => self.groups(definition, value, table),
                (None, Style::Explained(language))
                    if is_top && definition.kind == FieldType::Group =>
                {
                    self.offer(definition, table, language);
                }
                (None, _) => {}
            }
        }
    }

    /// A field that holds no group, as one line.
    fn line(&self, definition: &FieldDefinition, value: &Value) -> Option<String> {
        let one = |value: &Value| {
            let text = value::typed(self.catalogue, definition, value)?;
            Some(match value {
                Value::Integer(_) => number(&text),
                Value::Duration(_) | Value::Code(_) if is_number(&text, definition) => text,
                _ => string(&text),
            })
        };
        let written = match value {
            Value::Group(_) => return None,
            Value::List(values) if values.iter().any(|v| matches!(v, Value::Group(_))) => {
                return None;
            }
            Value::List(values) => {
                let values: Vec<String> = values.iter().filter_map(one).collect();
                format!("[{}]", values.join(", "))
            }
            value => one(value)?,
        };
        Some(format!("{} = {written}", definition.word))
    }

    fn groups(&mut self, definition: &FieldDefinition, value: &Value, table: &str) {
        let catalogue = self.catalogue;
        let group = definition
            .group
            .as_deref()
            .and_then(|word| catalogue.group(word));
        let Some(group) = group else { return };
        let table = format!("{table}.{}", definition.word);
        let is_list = matches!(value, Value::List(_));
        for value in value.values() {
            let Value::Group(fields) = value else {
                continue;
            };
            match is_list {
                true => self.push(&format!("\n[[{table}]]\n")),
                false => self.push(&format!("\n[{table}]\n")),
            }
            self.fields(&group.fields, fields, &table);
        }
    }

    fn explain(&mut self, definition: &FieldDefinition, language: &str) {
        let mut head = super::field_name(definition, language);
        if definition.mandatory {
            head.push_str(" *");
        }
        self.push("\n");
        self.comment(&head);
        if let Some(help) = definition
            .help
            .get(language)
            .or_else(|| definition.help.get("en"))
        {
            self.comment(help);
        }
        let list = definition
            .codes
            .as_deref()
            .and_then(|word| self.catalogue.list(word));
        if let Some(list) = list {
            let usable = list.codes.iter().filter(|code| !code.retired);
            let words: Vec<&str> = usable.map(|code| code.word.as_str()).collect();
            let more = match words.len().saturating_sub(CODES_MAX) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let words: Vec<&str> = words.into_iter().take(CODES_MAX).collect();
            self.comment(&format!("{}{more}", words.join(" | ")));
        }
    }

    /// An empty group, for whoever wants to fill it.
    fn offer(&mut self, definition: &FieldDefinition, table: &str, language: &str) {
        let catalogue = self.catalogue;
        let group = definition
            .group
            .as_deref()
            .and_then(|word| catalogue.group(word));
        let words = group.map_or(Vec::new(), |group| super::words(&group.fields));
        self.explain(definition, language);
        self.comment(&words.join(", "));
        let head = format!("{table}.{}", definition.word);
        match definition.list_max {
            Some(_) => self.push(&format!("#[[{head}]]\n")),
            None => self.push(&format!("#[{head}]\n")),
        }
    }
}

/// Whether a value that is no text is written as a number.
fn is_number(text: &str, definition: &FieldDefinition) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits && matches!(definition.kind, FieldType::Code | FieldType::Duration)
}

/// A number, in quotation marks where TOML has none so large.
fn number(text: &str) -> String {
    match text.parse::<i64>() {
        Ok(_) => text.to_owned(),
        Err(_) => string(text),
    }
}

/// A text as it is read again; one of several lines stands as it is where that is safe.
fn string(text: &str) -> String {
    let is_plain = |c: char| c == '\n' || c == '\t' || !c.is_control();
    let stands = text.contains('\n')
        && text.chars().all(is_plain)
        && !text.contains("'''")
        && !text.ends_with('\'');
    match stands {
        true => format!("'''\n{text}'''"),
        false => Toml::String(text.to_owned()).to_string(),
    }
}
