//! What messages of the archive are to each other: replaced, withdrawn, answered.
//!
//! A header names what it answers and what it replaces by digest. Only the desk that sent a message
//! may take it back, and only with a message of the same status: an exercise withdraws nothing that
//! is meant. Spec: envelope.md, Header.

use crate::store::{Fate, Message};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Problem;
use std::collections::{BTreeMap, BTreeSet};

/// The format of a message that takes another back (form.md).
const WITHDRAWAL: u16 = 7;

/// Whether a message still holds, and which one says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validity {
    /// It holds.
    #[default]
    Holds,
    /// The message of this small id replaces it.
    Superseded(u64),
    /// The message of this small id takes it back.
    Withdrawn(u64),
    /// The message of this small id takes a part of it back, or cannot be read: the rest holds.
    InPart(u64),
}

impl Validity {
    /// The word that people and JSON see beside a message that no longer holds.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Holds => None,
            Self::Superseded(_) => Some("superseded"),
            Self::Withdrawn(_) => Some("withdrawn"),
            Self::InPart(_) => Some("withdrawn-in-part"),
        }
    }
}

/// What comes of it that a message names another as replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It replaces the message of this small id.
    Replaces(u64),
    /// Nothing: the message of this small id is of another desk or status.
    OtherDesk(u64),
    /// Nothing: it did not go out.
    NotSent(u64),
    /// Nothing yet: it is held.
    NotYet(u64),
    /// The other message is not in this archive.
    NotHere,
}

impl Effect {
    /// Whether it is known to change nothing.
    #[must_use]
    pub const fn is_none(self) -> bool {
        matches!(self, Self::OtherDesk(_) | Self::NotSent(_))
    }
}

/// How the messages of an archive belong together.
#[derive(Debug, Clone, Default)]
pub struct Links {
    validities: BTreeMap<Hash, Validity>,
    effects: BTreeMap<Hash, Effect>,
    answers: BTreeMap<Hash, Vec<Hash>>,
    awaiting: BTreeSet<Hash>,
    over: BTreeMap<Hash, BTreeSet<Desk>>,
}

/// No desk.
static NOBODY: BTreeSet<Desk> = BTreeSet::new();

impl Links {
    /// Looks at all messages, oldest first; `in_part` names the withdrawals of a part alone.
    #[must_use]
    pub fn new(messages: &[Message], in_part: &BTreeSet<Hash>, now: UnixMillis) -> Self {
        let known = messages.iter().map(|m| (m.record.digest, m));
        let known: BTreeMap<Hash, &Message> = known.collect();
        let mut links = Self::default();
        for message in messages {
            let digest = message.record.digest;
            if let Some(parent) = message.header.in_reply_to {
                links.answers.entry(parent).or_default().push(digest);
            }
            if let Some(replaced) = message.header.supersedes {
                let effect = effect(message, known.get(&replaced).copied(), now);
                links.effects.insert(digest, effect);
                if let Effect::Replaces(_) = effect {
                    let id = message.record.id;
                    let validity = match (is_withdrawal(message), in_part.contains(&digest)) {
                        (true, true) => Validity::InPart(id),
                        (true, false) => Validity::Withdrawn(id),
                        (false, _) => Validity::Superseded(id),
                    };
                    links.judge(replaced, validity);
                    // ESC-5
                    let whole = !matches!(validity, Validity::InPart(_));
                    let desks = message.header.addressees.iter().filter(|_| whole);
                    let over = links.over.entry(replaced).or_default();
                    over.extend(desks.map(|addressee| addressee.desk.clone()));
                }
            }
        }
        links
    }

    /// The same, with the messages that wait for the own desk's release.
    #[must_use]
    pub fn awaiting(self, awaiting: BTreeSet<Hash>) -> Self {
        Self { awaiting, ..self }
    }

    /// Whether a message waits for the own desk's release.
    #[must_use]
    pub fn awaits_release(&self, digest: &Hash) -> bool {
        self.awaiting.contains(digest)
    }

    /// The desks for which another message has taken the place of this one: its clocks are over.
    #[must_use]
    pub fn over(&self, digest: &Hash) -> &BTreeSet<Desk> {
        self.over.get(digest).unwrap_or(&NOBODY)
    }

    /// A withdrawal of the whole is the last word; of what else there is the newest one counts.
    fn judge(&mut self, digest: Hash, validity: Validity) {
        let known = self.validities.entry(digest).or_default();
        let is_less = matches!(
            (*known, validity),
            (Validity::Withdrawn(_), _) | (Validity::Superseded(_), Validity::InPart(_))
        );
        if !is_less {
            *known = validity;
        }
    }

    /// Whether a message still holds.
    #[must_use]
    pub fn validity(&self, digest: &Hash) -> Validity {
        self.validities.get(digest).copied().unwrap_or_default()
    }

    /// What comes of a message that names another as replaced.
    #[must_use]
    pub fn effect(&self, digest: &Hash) -> Option<Effect> {
        self.effects.get(digest).copied()
    }

    /// Digests of the messages that answer a message, oldest first.
    #[must_use]
    pub fn answers(&self, digest: &Hash) -> &[Hash] {
        self.answers.get(digest).map_or(&[], Vec::as_slice)
    }
}

/// Whether a withdrawal takes back a part of a message alone: it names a time, that of the one
/// occurrence that is off. Of one that cannot be read nobody knows.
#[must_use]
pub fn is_in_part(form: Option<&Form>) -> bool {
    let is_time = |field: &Field| matches!(field.value, Value::Time(_));
    form.is_none_or(|form| form.fields.iter().any(is_time))
}

/// Whether a message takes another back rather than saying it anew.
#[must_use]
pub const fn is_withdrawal(message: &Message) -> bool {
    message.header.format == WITHDRAWAL
}

fn effect(message: &Message, target: Option<&Message>, now: UnixMillis) -> Effect {
    let Some(target) = target else {
        return Effect::NotHere;
    };
    let id = target.record.id;
    let (ours, theirs) = (&message.header, &target.header);
    if (&ours.sender, ours.status) != (&theirs.sender, theirs.status) {
        return Effect::OtherDesk(id);
    }
    let states = message.states();
    let is_stopped = |problem: &Option<Problem>| {
        matches!(
            problem,
            Some(Problem::Refused { .. } | Problem::Expired | Problem::Cancelled)
        )
    };
    let nowhere = !states.is_empty() && states.iter().all(|state| is_stopped(&state.problem));
    if nowhere || message.record.fate != Fate::Ordinary {
        return Effect::NotSent(id);
    }
    match ours.not_before.is_some_and(|until| until > now) {
        true => Effect::NotYet(id),
        false => Effect::Replaces(id),
    }
}
