//! Whether a form fills its format: fields, types, limits, codes, rules and checks.

use super::catalogue::Catalogue;
use super::check::{Check, Verdict};
use super::code_list::CodeList;
use super::definition::{FieldDefinition, FieldType, Format, Group, by_number, by_word};
use super::error::{Doubt, Fault, FormatError, Path};
use super::rule::Rule;
use crate::encoding::{EncodingError, Object, encode};
use crate::form::{Field, Form, Value, value};

/// What a format and a group have in common.
#[derive(Clone, Copy)]
struct Table<'a> {
    fields: &'a [FieldDefinition],
    rules: &'a [Rule],
    override_field: Option<&'a str>,
}

impl<'a> From<&'a Format> for Table<'a> {
    fn from(format: &'a Format) -> Self {
        Self {
            fields: &format.fields,
            rules: &format.rules,
            override_field: None,
        }
    }
}

impl<'a> From<&'a Group> for Table<'a> {
    fn from(group: &'a Group) -> Self {
        Self {
            fields: &group.fields,
            rules: &group.rules,
            override_field: group.override_field.as_deref(),
        }
    }
}

impl Catalogue {
    /// Checks that a form fills its format (FRM-2, FRM-6, FRM-8, FRM-9) and says what is unusual.
    ///
    /// # Errors
    /// The first [`FormatError`]: missing fields first, then the fields in order, then the rules.
    pub fn check(&self, form: &Form) -> Result<Vec<Doubt>, FormatError> {
        let (number, version) = (form.format, form.version);
        let path = Path::default();
        let unknown = Fault::FormatUnknown {
            format: number,
            version,
        };
        let format = self.format(number, version);
        let format = format.ok_or_else(|| wrong(&path, unknown))?;
        // What nests too deep is refused before it is followed.
        form.check()
            .map_err(|error| wrong(&path, encoding(error)))?;
        self.check_fields(format.into(), &form.fields, &path)?;
        // FRM-6
        let max = format.form_bytes_max;
        let bytes = match encode(form) {
            Ok(bytes) => bytes.len(),
            Err(EncodingError::TooLong { len, .. }) => len,
            Err(error) => return Err(wrong(&path, encoding(error))),
        };
        if bytes > max.min(Form::BYTES_MAX) {
            return Err(wrong(&path, Fault::FormTooLong { bytes, max }));
        }
        Ok(self.doubts(form))
    }

    /// The texts of a form of which their checks warn, or which they refuse, for whoever reads it.
    // FRM-9
    #[must_use]
    pub fn doubts(&self, form: &Form) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        if let Some(format) = self.format(form.format, form.version)
            && form.check().is_ok()
        {
            self.doubt(&format.fields, &form.fields, &Path::default(), &mut doubts);
        }
        doubts
    }

    fn doubt(
        &self,
        definitions: &[FieldDefinition],
        fields: &[Field],
        path: &Path,
        doubts: &mut Vec<Doubt>,
    ) {
        for field in fields {
            let Some(definition) = by_number(definitions, field.number) else {
                continue;
            };
            for (path, value) in values(definition, &field.value, path) {
                match (value, definition.check) {
                    (Value::Text(text), Some(check)) => {
                        doubts.extend(doubted(check, text.as_str(), path));
                    }
                    (Value::Group(fields), _) => {
                        let group = definition.group.as_ref().and_then(|word| self.group(word));
                        let definitions = group.map_or(&[][..], |group| &group.fields);
                        self.doubt(definitions, fields, &path, doubts);
                    }
                    _ => {}
                }
            }
        }
    }

    fn check_fields(
        &self,
        table: Table<'_>,
        fields: &[Field],
        path: &Path,
    ) -> Result<(), FormatError> {
        // FRM-2
        let is_filled = |field: &FieldDefinition| {
            let value = value(fields, field.number);
            value.is_some_and(Value::is_filled)
        };
        let mut mandatory = table.fields.iter().filter(|field| field.mandatory);
        if let Some(missing) = mandatory.find(|field| !is_filled(field)) {
            let path = path.to(missing.number, Some(&missing.word));
            return Err(wrong(&path, Fault::Missing));
        }
        for field in fields {
            let definition = by_number(table.fields, field.number);
            let unknown = || wrong(&path.to(field.number, None), Fault::FieldUnknown);
            let definition = definition.ok_or_else(unknown)?;
            self.check_field(table, fields, definition, &field.value, path)?;
        }
        // FRM-8
        for rule in table.rules {
            let kept = rule.keep(table.fields, fields, self);
            kept.map_err(|fault| wrong(path, fault))?;
        }
        Ok(())
    }

    fn check_field(
        &self,
        table: Table<'_>,
        fields: &[Field],
        definition: &FieldDefinition,
        value: &Value,
        path: &Path,
    ) -> Result<(), FormatError> {
        let own = path.to(definition.number, Some(&definition.word));
        if let Value::List(values) = value {
            let values = values.len();
            match definition.list_max {
                None => return Err(wrong(&own, Fault::List)),
                Some(max) if values > max => {
                    return Err(wrong(&own, Fault::TooMany { values, max }));
                }
                Some(_) => {}
            }
        }
        for (path, value) in values(definition, value, path) {
            let judged = match value {
                Value::Text(text) if definition.kind == FieldType::Text => {
                    check_text(table, fields, definition, text.as_str())
                }
                Value::Code(code) if definition.kind == FieldType::Code => {
                    self.check_code(definition, *code)
                }
                Value::Group(fields) if definition.kind == FieldType::Group => {
                    let group = definition.group.as_ref().and_then(|word| self.group(word));
                    match group {
                        Some(group) => {
                            self.check_fields(group.into(), fields, &path)?;
                            Ok(())
                        }
                        None => Err(Fault::FieldUnknown),
                    }
                }
                value => of_type(definition.kind, value),
            };
            judged.map_err(|fault| wrong(&path, fault))?;
        }
        Ok(())
    }

    fn check_code(&self, definition: &FieldDefinition, code: u16) -> Result<(), Fault> {
        let list = definition.codes.as_deref();
        let list = list.and_then(|word| self.list(word));
        let unknown = |list: Option<&CodeList>| {
            let codes = list.map_or(&[][..], |list| &list.codes).iter();
            let words = codes.filter(|code| !code.retired);
            Fault::CodeUnknown {
                code,
                list: definition.codes.clone().unwrap_or_default(),
                words: words.map(|code| code.word.clone()).collect(),
            }
        };
        let Some((list, known)) = list.and_then(|list| Some((list, list.code(code)?))) else {
            return Err(unknown(list));
        };
        if !known.retired {
            return Ok(());
        }
        let successor = known.successor.and_then(|value| list.code(value));
        Err(Fault::CodeRetired {
            word: known.word.clone(),
            list: list.word.clone(),
            successor: successor.map(|code| code.word.clone()),
        })
    }
}

/// The values of a field, each with its path.
fn values<'a>(
    definition: &FieldDefinition,
    value: &'a Value,
    path: &Path,
) -> impl Iterator<Item = (Path, &'a Value)> {
    let own = path.to(definition.number, Some(&definition.word));
    let is_list = matches!(value, Value::List(_));
    let values = value.values().iter().enumerate();
    values.map(move |(at, value)| match is_list {
        true => (own.at(at + 1), value),
        false => (own.clone(), value),
    })
}

// FRM-2, FRM-9
fn check_text(
    table: Table<'_>,
    fields: &[Field],
    definition: &FieldDefinition,
    text: &str,
) -> Result<(), Fault> {
    let (bytes, max) = (text.len(), definition.text_bytes_max());
    if bytes > max {
        return Err(Fault::TooLong { bytes, max });
    }
    let Some(check) = definition.check else {
        return Ok(());
    };
    let Verdict::Refused(reason) = check.judge(text) else {
        return Ok(());
    };
    let reasoned = table.override_field.and_then(|word| {
        let field = by_word(table.fields, word)?;
        value(fields, field.number).filter(|value| value.is_filled())
    });
    match reasoned {
        Some(_) => Ok(()),
        None => Err(Fault::Checked {
            check,
            reason,
            override_field: table.override_field.map(str::to_owned),
        }),
    }
}

const fn of_type(kind: FieldType, value: &Value) -> Result<(), Fault> {
    match (kind, value) {
        (FieldType::Integer, Value::Integer(_))
        | (FieldType::Time, Value::Time(_))
        | (FieldType::Duration, Value::Duration(_))
        | (FieldType::Position, Value::Position(_)) => Ok(()),
        _ => Err(Fault::Type { wanted: kind }),
    }
}

fn doubted(check: Check, text: &str, path: Path) -> Option<Doubt> {
    let (reason, is_refused) = match check.judge(text) {
        Verdict::Fine => return None,
        Verdict::Warns(reason) => (reason, false),
        Verdict::Refused(reason) => (reason, true),
    };
    Some(Doubt {
        path,
        check,
        reason,
        is_refused,
    })
}

fn wrong(path: &Path, fault: Fault) -> FormatError {
    FormatError {
        path: path.clone(),
        fault,
    }
}

const fn encoding(error: EncodingError) -> Fault {
    match error {
        EncodingError::Field(rule) => Fault::Encoding(rule),
        _ => Fault::Encoding("FRM-7"),
    }
}
