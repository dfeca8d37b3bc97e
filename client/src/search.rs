//! Search over one's own archive: which messages, and where in them.
//!
//! ```text
//!   message ──► header fits? ──► form, leaf by leaf ──► text, reference, entity: all that are asked
//! ```
//!
//! Decides what counts as found. Texts are compared without case and accents; numbers with a form
//! of their own as their checks write them, so that an IBAN is found with and without spaces.
//! Nothing of a query leaves the device. Spec: form.md FRM-9.

mod leaves;
#[cfg(test)]
mod tests;

pub use leaves::{Leaf, Step, leaves};

use crate::render::fold;
use crate::store::Message;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::form::{Form, Value};
use estafette_protocol::format::{Catalogue, normalise_plate};
use estafette_protocol::time::UnixMillis;

/// Fewest characters by which a digest or reference is found, and a number within a text.
const CHARACTERS_MIN: usize = 6;

/// What is looked for: what a message must fit in every part that is given.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// In any field.
    pub text: Option<String>,
    /// Beginning of a reference or digest, or a whole text such as the number of a case.
    pub reference: Option<String>,
    /// Name or number of an entity.
    pub entity: Option<String>,
    /// Sending desk or agency.
    pub from: Option<String>,
    /// Number of the format.
    pub format: Option<u16>,
    /// Made not before.
    pub since: Option<UnixMillis>,
    /// Made not after.
    pub until: Option<UnixMillis>,
}

impl Query {
    /// Whether the header fits; only then need the form be read.
    #[must_use]
    pub fn fits(&self, message: &Message) -> bool {
        let header = &message.header;
        let sender = header.sender.as_str();
        let is_from = |from: &String| {
            let from = from.trim().to_lowercase();
            let agency = header.sender.agency().to_string();
            sender == from
                || agency == from
                || sender.ends_with(&format!(".{from}"))
                || sender.ends_with(&format!("@{from}"))
                || sender.split('@').next() == Some(&from)
        };
        self.from.as_ref().is_none_or(is_from)
            && self.format.is_none_or(|format| header.format == format)
            && self.since.is_none_or(|since| header.created >= since)
            && self.until.is_none_or(|until| header.created <= until)
    }

    /// Where in the form it was found; `None` where some part of the query is not there.
    #[must_use]
    pub fn find<'a>(
        &self,
        message: &Message,
        form: Option<&'a Form>,
        catalogue: &'a Catalogue,
    ) -> Option<Vec<Leaf<'a>>> {
        let leaves = form.map_or_else(Vec::new, |form| leaves(form, catalogue));
        let mut found: Vec<Leaf<'a>> = Vec::new();
        let mut parts: Vec<Vec<Leaf<'a>>> = Vec::new();
        if let Some(text) = &self.text {
            let wanted = Wanted::new(text);
            parts.push(filter(&leaves, |leaf| wanted.is_text(leaf, catalogue)));
        }
        if let Some(entity) = &self.entity {
            let wanted = Wanted::new(entity);
            parts.push(filter(&leaves, |leaf| wanted.is_entity(leaf)));
        }
        if parts.iter().any(Vec::is_empty) {
            return None;
        }
        if let Some(reference) = &self.reference {
            let wanted = Wanted::new(reference);
            let cases = filter(&leaves, |leaf| wanted.is_whole(leaf));
            if cases.is_empty() && !wanted.names(message) {
                return None;
            }
            parts.push(cases);
        }
        for leaf in parts.into_iter().flatten() {
            if found.iter().all(|known| known.path() != leaf.path()) {
                found.push(leaf);
            }
        }
        Some(found)
    }
}

fn filter<'a>(leaves: &[Leaf<'a>], fits: impl Fn(&Leaf<'a>) -> bool) -> Vec<Leaf<'a>> {
    leaves.iter().filter(|leaf| fits(leaf)).cloned().collect()
}

/// A part of a query in the ways in which it is compared.
struct Wanted<'q> {
    typed: &'q str,
    folded: String,
    closed: String,
}

impl<'q> Wanted<'q> {
    fn new(typed: &'q str) -> Self {
        Self {
            typed,
            folded: fold(typed),
            closed: closed(typed),
        }
    }

    /// Whether a leaf holds it anywhere.
    fn is_text(&self, leaf: &Leaf<'_>, catalogue: &Catalogue) -> bool {
        match leaf.value {
            Value::Text(text) => {
                let has_digit = self.closed.chars().any(|c| c.is_ascii_digit());
                let is_number = has_digit && self.closed.chars().count() >= CHARACTERS_MIN;
                self.is_in(text.as_str())
                    || self.is_same(leaf, text.as_str())
                    || is_number && closed(text.as_str()).contains(&self.closed)
            }
            Value::Code(code) => {
                let list = leaf
                    .definition
                    .and_then(|d| catalogue.list(d.codes.as_deref()?));
                list.and_then(|list| list.code(*code)).is_some_and(|code| {
                    let names = code.labels.values().map(String::as_str);
                    let names = names
                        .chain([code.word.as_str()])
                        .chain(code.term.as_deref());
                    names.into_iter().any(|name| self.is_in(name))
                })
            }
            Value::Integer(number) => number.to_string() == self.folded,
            Value::Position(position) => position.decimal().contains(&self.folded),
            _ => false,
        }
    }

    /// Whether a leaf of a group names it: the same number, or a name that holds it.
    fn is_entity(&self, leaf: &Leaf<'_>) -> bool {
        let Value::Text(text) = leaf.value else {
            return false;
        };
        leaf.is_in_group()
            && (self.is_same(leaf, text.as_str())
                || self.is_whole(leaf)
                || leaf.definition.is_none_or(|d| d.check.is_none()) && self.is_in(text.as_str()))
    }

    /// Whether a leaf is just this, but for case, spaces and punctuation.
    fn is_whole(&self, leaf: &Leaf<'_>) -> bool {
        match leaf.value {
            Value::Text(text) => !self.closed.is_empty() && closed(text.as_str()) == self.closed,
            _ => false,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        !self.folded.is_empty() && fold(text).contains(&self.folded)
    }

    /// Whether a leaf's check, or the rules for plates, take both for the same.
    fn is_same(&self, leaf: &Leaf<'_>, text: &str) -> bool {
        let check = leaf.definition.and_then(|definition| definition.check);
        match check {
            Some(check) => check.normalise(self.typed) == check.normalise(text),
            None => normalise_plate(self.typed) == normalise_plate(text),
        }
    }

    /// Whether it begins the reference or a digest that the header or the message has.
    fn names(&self, message: &Message) -> bool {
        let is_hex = self.closed.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hex || self.closed.len() < CHARACTERS_MIN {
            return false;
        }
        let header = &message.header;
        let digests = [
            Some(message.record.digest),
            header.in_reply_to,
            header.supersedes,
        ];
        begins(&header.reference, &self.closed)
            || digests
                .iter()
                .flatten()
                .any(|digest| begins(digest, &self.closed))
    }
}

fn begins<const N: usize>(bytes: &FixedBytes<N>, beginning: &str) -> bool {
    hex::encode(bytes.as_slice()).starts_with(beginning)
}

/// Letters and digits alone, without case and accents.
fn closed(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}
