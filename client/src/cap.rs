//! The Common Alerting Protocol: alerts of CAP 1.0, 1.1 and 1.2 to forms of format 2 and back.
//!
//! ```text
//!   bytes ──read──► Alert ──to_form──► Form        what does not fit is named: NotCarried
//!   bytes ◄─write── Alert ◄─from_form── Form       CAP 1.2, with the header's facts
//! ```
//!
//! Decides what an alert of the public becomes between agencies; needs no account, no clock and
//! no network. One table, `schema`, says which element is which field, in both directions.
//! Spec: cap.md.

mod convert;
mod decode;
mod error;
mod from_form;
mod read;
mod schema;
mod to_form;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use convert::{Converted, convert, export};
pub use decode::FILE_BYTES_MAX;
pub use error::CapError;
pub use from_form::{Exported, Facts, Superseded, from_form};
pub use read::{DEPTH_MAX, ELEMENTS_MAX, read};
pub use schema::{Element, Version};
pub use to_form::{status, to_form};
pub use write::write;

use std::collections::BTreeMap;

/// An alert as a file holds it: elements that CAP has, each where it may stand.
#[derive(Clone)]
pub struct Alert {
    /// The version it was written in.
    pub version: Version,
    /// The elements in `<alert>`.
    pub nodes: Vec<Node>,
    /// What is not among them.
    pub not_carried: NotCarried,
}

/// An element and what it holds.
#[derive(Clone)]
pub struct Node {
    /// Which element.
    pub element: &'static Element,
    /// The line where it begins; 0 for one that no file has held.
    pub line: usize,
    /// What it holds.
    pub content: Content,
}

/// What an element holds.
#[derive(Clone)]
pub enum Content {
    /// Text, without white space around it.
    Text(String),
    /// Elements.
    Nodes(Vec<Node>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => f.write_str("Text(…)"),
            Self::Nodes(nodes) => nodes.fmt(f),
        }
    }
}

impl std::fmt::Debug for Alert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alert")
            .field("version", &self.version)
            .field("nodes", &self.nodes)
            .finish_non_exhaustive()
    }
}

/// Shows names, never what an alert says.
impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.element.name, self.content)
    }
}

/// Why something of a file is not in its form, or not as it stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A digital signature: it covers the bytes of the file, which are not sent.
    Signature,
    /// An element of another namespace.
    Foreign,
    /// An element that CAP does not have, or not there.
    Unknown,
    /// An attribute; CAP has none.
    Attribute,
    /// Text between elements.
    Text,
    /// An element that holds nothing.
    Empty,
    /// Parts of a second.
    Fraction,
    /// Digits of a coordinate after the sixth decimal.
    Digits,
    /// A word of CAP 1.0 that CAP 1.1 replaced; the new one is carried.
    Replaced,
    /// An element that CAP 1.0 let be absent; its default is carried.
    Default,
}

impl Reason {
    /// The stable word for scripts.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Foreign => "foreign",
            Self::Unknown => "unknown",
            Self::Attribute => "attribute",
            Self::Text => "text",
            Self::Empty => "empty",
            Self::Fraction => "fraction",
            Self::Digits => "digits",
            Self::Replaced => "replaced",
            Self::Default => "default",
        }
    }

    /// The reason in a few words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Signature => "a signature covers the file, not the form",
            Self::Foreign => "not of CAP",
            Self::Unknown => "no element of CAP in this place",
            Self::Attribute => "CAP has no attributes",
            Self::Text => "text between elements",
            Self::Empty => "holds nothing",
            Self::Fraction => "parts of a second",
            Self::Digits => "digits after the sixth decimal",
            Self::Replaced => "Very Likely of CAP 1.0 is carried as Likely",
            Self::Default => "absent, as CAP 1.0 allows; carried as Other",
        }
    }
}

/// What is not carried: where it stood, why, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotCarried(BTreeMap<(String, Reason), usize>);

impl NotCarried {
    /// Adds what stood somewhere.
    pub(crate) fn add(&mut self, path: String, reason: Reason) {
        *self.0.entry((path, reason)).or_default() += 1;
    }

    /// Each place and reason with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Reason, usize)> {
        let rows = self.0.iter();
        rows.map(|((path, reason), count)| (path.as_str(), *reason, *count))
    }

    /// Whether all was carried.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
