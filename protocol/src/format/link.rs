//! Whether definitions that name each other hold together, and the hash of a format with its
//! groups.

use super::catalogue::Catalogue;
use super::definition::{FieldDefinition, FieldType, Format, Group, by_word};
use super::error::DefinitionFault;
use super::rule::Rule;
use crate::crypto::{Hash, sha256};
use std::collections::BTreeSet;

impl Catalogue {
    // FRM-4
    pub(super) fn hold_group(&self, group: &Group) -> Result<(), DefinitionFault> {
        self.hold_fields(&group.fields, &group.rules)?;
        if let Some(word) = &group.override_field
            && by_word(&group.fields, word).is_none()
        {
            return Err(DefinitionFault::FieldUnknown(word.clone()));
        }
        match self.groups_of(&group.fields).contains(group.word.as_str()) {
            true => Err(DefinitionFault::Circle(group.word.clone())),
            false => Ok(()),
        }
    }

    // FRM-4
    pub(super) fn hold_format(&self, format: &Format) -> Result<(), DefinitionFault> {
        self.hold_fields(&format.fields, &format.rules)?;
        let Some(word) = &format.text else {
            return Ok(());
        };
        let field = by_word(&format.fields, word);
        let field = field.ok_or_else(|| DefinitionFault::FieldUnknown(word.clone()))?;
        match field.kind == FieldType::Text && field.list_max.is_none() {
            true => Ok(()),
            false => Err(DefinitionFault::KeyUseless {
                field: word.clone(),
                key: "text",
            }),
        }
    }

    // FRM-4
    fn hold_fields(
        &self,
        fields: &[FieldDefinition],
        rules: &[Rule],
    ) -> Result<(), DefinitionFault> {
        let (mut numbers, mut words) = (BTreeSet::new(), BTreeSet::new());
        for field in fields {
            if !numbers.insert(field.number) {
                return Err(DefinitionFault::NumberTwice(field.number));
            }
            if !words.insert(&field.word) {
                return Err(DefinitionFault::WordTwice(field.word.clone()));
            }
            self.hold_field(field)?;
        }
        rules.iter().try_for_each(|rule| rule.hold(fields, self))
    }

    fn hold_field(&self, field: &FieldDefinition) -> Result<(), DefinitionFault> {
        let is_text = field.kind == FieldType::Text;
        let name = || field.word.clone();
        for (key, is_there, is_of_use) in [
            (
                "codes",
                field.codes.is_some(),
                field.kind == FieldType::Code,
            ),
            (
                "group",
                field.group.is_some(),
                field.kind == FieldType::Group,
            ),
            ("check", field.check.is_some(), is_text),
            ("bytes_max", field.bytes_max.is_some(), is_text),
        ] {
            if is_there && !is_of_use {
                return Err(DefinitionFault::KeyUseless { field: name(), key });
            }
            if is_of_use && !is_there && !is_text {
                return Err(DefinitionFault::KeyMissing { field: name(), key });
            }
        }
        match (&field.codes, &field.group) {
            (Some(word), _) if self.list(word).is_none() => {
                Err(DefinitionFault::ListUnknown(word.clone()))
            }
            (_, Some(word)) if self.group(word).is_none() => {
                Err(DefinitionFault::GroupUnknown(word.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Words of the groups that fields name, directly or through another group.
    fn groups_of<'a>(&'a self, fields: &'a [FieldDefinition]) -> BTreeSet<&'a str> {
        let named =
            |fields: &'a [FieldDefinition]| fields.iter().filter_map(|f| f.group.as_deref());
        let mut words = BTreeSet::new();
        let mut left: Vec<&str> = named(fields).collect();
        while let Some(word) = left.pop() {
            if words.insert(word) {
                left.extend(
                    self.group(word)
                        .into_iter()
                        .flat_map(|group| named(&group.fields)),
                );
            }
        }
        words
    }

    // FRM-3
    pub(super) fn definition_hash(&self, format: &Format) -> Hash {
        let groups = self.groups_of(&format.fields);
        let groups = groups.into_iter().filter_map(|word| self.group(word));
        let parts = groups.map(|group| group.source.as_bytes());
        let parts: Vec<&[u8]> = std::iter::once(format.source.as_bytes())
            .chain(parts)
            .collect();
        sha256(&parts)
    }
}
