//! The definitions that one knows: those of this edition and those added to them.

use super::code_list::CodeList;
use super::definition::{Format, Group};
use super::error::{DefinitionError, DefinitionFault};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// What a file defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A format.
    Format,
    /// A group.
    Group,
    /// A code list.
    CodeList,
}

/// Formats, groups and code lists that one knows.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// Sorted by number and version.
    formats: Vec<Format>,
    groups: BTreeMap<String, Group>,
    lists: BTreeMap<String, CodeList>,
}

/// Kind, name and text of each file of `spec/formats`, `spec/groups` and `spec/codes`.
const FILES: &[(Kind, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/definitions.rs"));

static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| {
    let files = FILES.iter().map(|(kind, _, text)| (*kind, *text));
    // A test demands that every definition of this edition holds.
    Catalogue::default().extended(files).unwrap_or_default()
});

impl Kind {
    /// The requirement that a definition of this kind keeps.
    #[must_use]
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Format | Self::Group => "FRM-4",
            Self::CodeList => "FRM-5",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "format",
            Self::Group => "group",
            Self::CodeList => "code list",
        })
    }
}

impl Catalogue {
    /// The definitions of this edition.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Kind, name and text of each file that the definitions of this edition come from.
    #[must_use]
    pub const fn files() -> &'static [(Kind, &'static str, &'static str)] {
        FILES
    }

    /// These definitions and those of further files, in any order.
    ///
    /// A further version of a format stands beside the others; a newer version of a code list
    /// takes the place of the older one. What is known already changes nothing.
    ///
    /// # Errors
    /// The first definition that does not hold, or that is another one of what is known.
    pub fn extended<'a>(
        &self,
        files: impl IntoIterator<Item = (Kind, &'a str)>,
    ) -> Result<Self, DefinitionError> {
        let mut catalogue = self.clone();
        for (kind, text) in files {
            match kind {
                Kind::Format => catalogue.add_format(text)?,
                Kind::Group => catalogue.add_group(text)?,
                Kind::CodeList => catalogue.add_list(text)?,
            }
        }
        catalogue.linked()
    }

    /// All formats, by number and version.
    #[must_use]
    pub fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// A format by number and version.
    #[must_use]
    pub fn format(&self, format: u16, version: u16) -> Option<&Format> {
        let key = (format, version);
        self.formats.iter().find(|f| (f.format, f.version) == key)
    }

    /// The newest version of a format by its word.
    #[must_use]
    pub fn format_by_word(&self, word: &str) -> Option<&Format> {
        self.formats.iter().rfind(|format| format.word == word)
    }

    /// A group by its word.
    #[must_use]
    pub fn group(&self, word: &str) -> Option<&Group> {
        self.groups.get(word)
    }

    /// All groups, by word.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// A code list by its word.
    #[must_use]
    pub fn list(&self, word: &str) -> Option<&CodeList> {
        self.lists.get(word)
    }

    /// All code lists, by word.
    pub fn lists(&self) -> impl Iterator<Item = &CodeList> {
        self.lists.values()
    }

    fn add_format(&mut self, text: &str) -> Result<(), DefinitionError> {
        let mut format: Format = read(Kind::Format, text)?;
        text.clone_into(&mut format.source);
        let key = (format.format, format.version);
        let conflicts = |known: &Format| match (known.format, known.version) == key {
            true => known.source != format.source,
            // Number and word belong together, whatever the version.
            false => (known.format == format.format) != (known.word == format.word),
        };
        if self.formats.iter().any(conflicts) {
            return Err(error(Kind::Format, &format.word, DefinitionFault::Conflict));
        }
        let at = self
            .formats
            .binary_search_by_key(&key, |f| (f.format, f.version));
        if let Err(at) = at {
            self.formats.insert(at, format);
        }
        Ok(())
    }

    fn add_group(&mut self, text: &str) -> Result<(), DefinitionError> {
        let mut group: Group = read(Kind::Group, text)?;
        text.clone_into(&mut group.source);
        match self.groups.get(&group.word) {
            Some(known) if known.source != group.source => {
                Err(error(Kind::Group, &group.word, DefinitionFault::Conflict))
            }
            _ => {
                self.groups.insert(group.word.clone(), group);
                Ok(())
            }
        }
    }

    fn add_list(&mut self, text: &str) -> Result<(), DefinitionError> {
        let mut list: CodeList = read(Kind::CodeList, text)?;
        text.clone_into(&mut list.text);
        let fault = |fault| error(Kind::CodeList, &list.word, fault);
        list.hold().map_err(fault)?;
        if let Some(known) = self.lists.get(&list.word) {
            let (newer, older) = match list.version.cmp(&known.version) {
                std::cmp::Ordering::Equal if list.text == known.text => return Ok(()),
                std::cmp::Ordering::Equal => return Err(fault(DefinitionFault::Conflict)),
                std::cmp::Ordering::Greater => (&list, known),
                std::cmp::Ordering::Less => (known, &list),
            };
            newer.keeps(older).map_err(fault)?;
            if newer.version == known.version {
                return Ok(());
            }
        }
        self.lists.insert(list.word.clone(), list);
        Ok(())
    }

    /// Checks every definition against the others and computes the hashes of the formats.
    fn linked(mut self) -> Result<Self, DefinitionError> {
        for group in self.groups.values() {
            let fault = |fault| error(Kind::Group, &group.word, fault);
            self.hold_group(group).map_err(fault)?;
        }
        let mut hashes = Vec::new();
        for format in &self.formats {
            let fault = |fault| error(Kind::Format, &format.word, fault);
            self.hold_format(format).map_err(fault)?;
            hashes.push(self.definition_hash(format));
        }
        for (format, hash) in self.formats.iter_mut().zip(hashes) {
            format.definition = hash;
        }
        Ok(self)
    }
}

fn error(kind: Kind, word: &str, fault: DefinitionFault) -> DefinitionError {
    let word = word.to_owned();
    DefinitionError { kind, word, fault }
}

fn read<T: DeserializeOwned>(kind: Kind, text: &str) -> Result<T, DefinitionError> {
    toml::from_str(text).map_err(|fault| {
        let table = text.parse::<toml::Table>().ok();
        let word = table.as_ref().and_then(|table| table.get("word")?.as_str());
        let before = fault.span().and_then(|span| text.get(..span.start));
        let message = match before {
            Some(before) => format!(
                "line {}: {}",
                before.lines().count().max(1),
                fault.message()
            ),
            None => fault.message().to_owned(),
        };
        let fault = DefinitionFault::Unreadable(message);
        error(kind, word.unwrap_or_default(), fault)
    })
}
