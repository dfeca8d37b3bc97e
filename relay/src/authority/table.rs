//! The human form of a rule table: TOML that people write, check and sign.
//!
//! Decides which words and keys a file may hold, that a fault names its line and what was probably
//! meant, and how a table is written again: what was read and written is the same table. Whether
//! the table contradicts itself is the protocol's. Spec: routing.md, Human form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use estafette_protocol::accord::AcceptedFormat;
use estafette_protocol::address::Agency;
use estafette_protocol::crypto::Hash;
use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use estafette_protocol::rules::{Direction, Fault, FaultKind, Rules};

use super::{AuthorityError, read_file};

mod keys;
mod raw;
mod read;
mod span;
mod value;
mod words;
mod write;

pub use span::{duration_text, parse_duration};
pub use words::{exception_text, format_text};
pub use write::to_toml;

/// What is wrong with a file, where, and what to do. Whoever wrote it has to act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} line {line}: {what}", path.display())]
pub struct TableError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What was probably meant, or what to do.
    pub remedy: String,
}

/// Whose table a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// An accord: rows across a border, task forces, a head.
    Accord,
    /// A house: rows within the agency and out of it.
    House,
}

impl Holder {
    /// The directions of a row that names none.
    #[must_use]
    pub const fn directions(self) -> &'static [Direction] {
        match self {
            Self::Accord => &[Direction::CrossBorder],
            Self::House => &[Direction::Up, Direction::Down, Direction::Lateral],
        }
    }
}

/// The accord that an annex tightens, as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameworkName {
    /// Its file; a relative one is looked for beside the file that names it.
    File(PathBuf),
    /// Its hash.
    Hash(Hash),
}

/// What a file says of the accord itself. A field that is not there is said elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Name of the accord.
    pub name: Option<String>,
    /// The agencies that it is between.
    pub parties: Vec<Agency>,
    /// The formats accepted, each pinned to its definition.
    pub formats: Vec<AcceptedFormat>,
    /// The strictest marking on each axis.
    pub ceiling: Option<Vec<Marking>>,
    /// For how many days it is current.
    pub days: Option<u64>,
    /// For how many days after that it may still be used.
    pub grace_days: Option<u64>,
    /// The longest life of a message, in days.
    pub lifetime_days: Option<u64>,
    /// The accord that this annex tightens.
    pub framework: Option<FrameworkName>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFile {
    /// What it says of the accord itself.
    pub head: Head,
    /// The table; its framework is set where the file names it by its hash.
    pub rules: Rules,
    rows: BTreeMap<String, usize>,
    task_forces: BTreeMap<String, usize>,
}

impl RuleFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can not be read, or [`TableError`].
    pub fn load(
        path: &Path,
        holder: Holder,
        catalogue: &Catalogue,
    ) -> Result<Self, AuthorityError> {
        let malformed = || AuthorityError::Malformed {
            path: path.to_owned(),
            expected: "a text in UTF-8",
        };
        let text = String::from_utf8(read_file(path)?).map_err(|_| malformed())?;
        Ok(Self::parse(path, &text, holder, catalogue)?)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// [`TableError`]: the first fault that was found.
    pub fn parse(
        path: &Path,
        text: &str,
        holder: Holder,
        catalogue: &Catalogue,
    ) -> Result<Self, TableError> {
        let source = span::Source { path, text };
        keys::check(source, holder)?;
        let raw = raw::File::parse(source)?;
        read::Reader {
            source,
            holder,
            catalogue,
        }
        .file(&raw)
    }

    /// The line of what a fault is about; 1 where it is about the whole table.
    #[must_use]
    pub fn line(&self, fault: &Fault) -> usize {
        let lines = match fault.kind {
            FaultKind::TaskForce(_) => &self.task_forces,
            _ => &self.rows,
        };
        lines.get(fault.of.as_str()).copied().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests;
