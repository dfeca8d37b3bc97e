//! Rules between the fields of a format or group (FRM-8).

use super::catalogue::Catalogue;
use super::code_list::Code;
use super::definition::{FieldDefinition, FieldType, by_word};
use super::error::{DefinitionFault, Fault};
use crate::form::{Field, Value, value};
use crate::time::UnixMillis;
use serde::Deserialize;

/// A rule that the fields of a form or group keep together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Keys")]
pub enum Rule {
    /// Where the code field `when` holds one of the codes `is`, the fields `needs` are filled.
    Need {
        /// Word of a code field.
        when: String,
        /// Words of its codes.
        is: Vec<String>,
        /// Words of fields.
        needs: Vec<String>,
    },
    /// At least one of the fields is filled.
    Choice {
        /// Words of fields.
        one_of: Vec<String>,
    },
    /// Of the time fields that are filled, none is before one named earlier.
    Order {
        /// Words of time fields.
        order: Vec<String>,
    },
}

/// The keys of a rule as they stand in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    when: Option<String>,
    is: Option<Vec<String>>,
    needs: Option<Vec<String>>,
    one_of: Option<Vec<String>>,
    order: Option<Vec<String>>,
}

impl TryFrom<Keys> for Rule {
    type Error = &'static str;

    fn try_from(keys: Keys) -> Result<Self, &'static str> {
        match (keys.when, keys.is, keys.needs, keys.one_of, keys.order) {
            (Some(when), Some(is), Some(needs), None, None) => Ok(Self::Need { when, is, needs }),
            (None, None, None, Some(one_of), None) => Ok(Self::Choice { one_of }),
            (None, None, None, None, Some(order)) => Ok(Self::Order { order }),
            _ => Err("a rule has when, is and needs, or one_of, or order"),
        }
    }
}

impl Rule {
    /// Checks that there are such fields and codes.
    // FRM-4
    pub(super) fn hold(
        &self,
        fields: &[FieldDefinition],
        catalogue: &Catalogue,
    ) -> Result<(), DefinitionFault> {
        let field = |word: &String| {
            let unknown = || DefinitionFault::FieldUnknown(word.clone());
            by_word(fields, word).ok_or_else(unknown)
        };
        let of_kind = |word: &String, kind| match field(word)?.kind == kind {
            true => Ok(()),
            false => Err(DefinitionFault::RuleType(word.clone())),
        };
        match self {
            Self::Need { when, is, needs } => {
                of_kind(when, FieldType::Code)?;
                let list = field(when)?.codes.as_ref();
                let list = list.and_then(|word| catalogue.list(word));
                for word in is {
                    let is_code =
                        list.is_some_and(|list| list.codes.iter().any(|c| c.word == *word));
                    if !is_code {
                        return Err(DefinitionFault::CodeUnknown(word.clone()));
                    }
                }
                needs.iter().try_for_each(|word| field(word).map(drop))
            }
            Self::Choice { one_of } => one_of.iter().try_for_each(|word| field(word).map(drop)),
            Self::Order { order } => {
                let mut words = order.iter();
                words.try_for_each(|word| of_kind(word, FieldType::Time))
            }
        }
    }

    /// Checks that filled fields keep the rule.
    // FRM-8
    pub(super) fn keep(
        &self,
        definitions: &[FieldDefinition],
        fields: &[Field],
        catalogue: &Catalogue,
    ) -> Result<(), Fault> {
        let filled = |word: &String| filled(definitions, fields, word);
        match self {
            Self::Need { when, is, needs } => {
                let Some(code) = held(definitions, fields, catalogue, (when, is)) else {
                    return Ok(());
                };
                match needs.iter().find(|word| filled(word).is_none()) {
                    Some(missing) => Err(Fault::Needed {
                        missing: missing.clone(),
                        when: when.clone(),
                        code: code.word.clone(),
                    }),
                    None => Ok(()),
                }
            }
            Self::Choice { one_of } => match one_of.iter().any(|word| filled(word).is_some()) {
                true => Ok(()),
                false => Err(Fault::NoneFilled {
                    one_of: one_of.clone(),
                }),
            },
            Self::Order { order } => in_order(definitions, fields, order),
        }
    }
}

/// What a filled field holds.
fn filled<'a>(
    definitions: &[FieldDefinition],
    fields: &'a [Field],
    word: &str,
) -> Option<&'a Value> {
    let definition = by_word(definitions, word)?;
    value(fields, definition.number).filter(|value| value.is_filled())
}

/// The first of the codes that the field holds.
fn held<'a>(
    definitions: &[FieldDefinition],
    fields: &[Field],
    catalogue: &'a Catalogue,
    (when, is): (&str, &[String]),
) -> Option<&'a Code> {
    let list = catalogue.list(by_word(definitions, when)?.codes.as_deref()?)?;
    let codes = filled(definitions, fields, when)?.values().iter();
    let mut codes = codes.filter_map(|value| match value {
        Value::Code(code) => list.code(*code),
        _ => None,
    });
    codes.find(|code| is.contains(&code.word))
}

fn in_order(
    definitions: &[FieldDefinition],
    fields: &[Field],
    order: &[String],
) -> Result<(), Fault> {
    let mut latest: Option<(UnixMillis, &String)> = None;
    for word in order {
        let Some(value) = filled(definitions, fields, word) else {
            continue;
        };
        let times = value.values().iter().filter_map(|value| match value {
            Value::Time(time) => Some(*time),
            _ => None,
        });
        let times: Vec<_> = times.collect();
        let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) else {
            continue;
        };
        match latest {
            Some((before, earlier)) if *first < before => {
                return Err(Fault::Disorder {
                    earlier: earlier.clone(),
                    later: word.clone(),
                });
            }
            Some((before, _)) if *last < before => {}
            _ => latest = Some((*last, word)),
        }
    }
    Ok(())
}
