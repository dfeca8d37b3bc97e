//! The words of a desk: what it has said of a message, and what of that holds. Spec: receipt.md,
//! Words.

use super::Standing;
use crate::address::Desk;
use crate::crypto::{Hash, KeyId};
use crate::statement::{Claim, Statement};
use crate::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};

/// Until when an acknowledgement is in force; what has no end is the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InForce {
    /// Until then.
    Until(UnixMillis),
    /// Without an end.
    Open,
}

impl InForce {
    /// The end, where there is one.
    #[must_use]
    pub const fn until(self) -> Option<UnixMillis> {
        match self {
            Self::Until(until) => Some(until),
            Self::Open => None,
        }
    }
}

/// The words of one desk at a time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Its last word, and when it was said.
    last: Option<(UnixMillis, Word)>,
    /// When it first said anything that counts.
    pub first_at: Option<UnixMillis>,
    /// When it first answered.
    pub answered: Option<UnixMillis>,
    /// The latest promise of the acknowledgements that hold (RCP-3).
    pub promise: Option<UnixMillis>,
    /// Until when the latest acknowledgement in force is, where one is (RCP-2).
    pub in_force: Option<InForce>,
    /// The acknowledgements that were neither taken back nor given up since, in order.
    acknowledged: Vec<Acknowledged>,
    /// An acknowledgement was taken back.
    has_retracted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Acknowledged {
    by: KeyId,
    at: UnixMillis,
    until: Option<UnixMillis>,
    /// When it lapses: at its `until`, or when the answer is due (RCP-2).
    lapses: Option<UnixMillis>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Acknowledged,
    Declined,
    Referred(Desk),
}

impl Words {
    /// The words of a desk, among all statements about the message in any order.
    #[must_use]
    pub fn of(desk: &Desk, said: &[(Hash, &Statement)], wanted: Wanted, now: UnixMillis) -> Self {
        let own = said
            .iter()
            .filter(|(_, s)| s.signer.desk.as_ref() == Some(desk));
        let mut own: Vec<(Hash, &Statement)> = own.copied().collect();
        own.sort_by_key(|(hash, s)| (s.at, *hash));
        own.dedup_by_key(|(hash, _)| *hash);
        let taken_back = taken_back(said);
        let mut words = Self::default();
        // RCP-2: of each device the last one holds.
        let mut holds: BTreeMap<KeyId, Option<UnixMillis>> = BTreeMap::new();
        for (hash, statement) in own {
            let word = match &statement.claim {
                Claim::Acknowledged { .. } if taken_back.contains(&hash) => {
                    words.has_retracted = true;
                    continue;
                }
                Claim::Acknowledged { until, .. } => {
                    let (by, at) = (statement.signer.key, statement.at);
                    holds.insert(by, *until);
                    let lapses = until.iter().copied().chain(wanted.due()).min();
                    words.acknowledged.push(Acknowledged {
                        by,
                        at,
                        until: *until,
                        lapses,
                    });
                    Word::Acknowledged
                }
                Claim::Declined { .. } => Word::Declined,
                Claim::Referred { to, .. } => Word::Referred(to.clone()),
                Claim::Answered { .. } => {
                    words.answered.get_or_insert(statement.at);
                    words.first_at.get_or_insert(statement.at);
                    continue;
                }
                _ => continue,
            };
            words.first_at.get_or_insert(statement.at);
            if word != Word::Acknowledged {
                words.acknowledged.clear();
            }
            words.last = Some((statement.at, word));
        }
        words.promise = holds.values().flatten().max().copied();
        let ends = holds.into_values().map(|until| wanted.end_of(until));
        let in_force = |end: &InForce| end.until().is_none_or(|until| now <= until);
        let on_it = matches!(words.last, Some((_, Word::Acknowledged)));
        words.in_force = ends.filter(in_force).max().filter(|_| on_it);
        words
    }

    /// Whether the desk has said anything that ends its acknowledge clock.
    #[must_use]
    pub const fn has_reacted(&self) -> bool {
        self.first_at.is_some()
    }

    /// Whether its last word is that it will not act.
    #[must_use]
    pub const fn has_declined(&self) -> bool {
        self.declined_at().is_some()
    }

    const fn declined_at(&self) -> Option<UnixMillis> {
        match self.last {
            Some((at, Word::Declined)) => Some(at),
            _ => None,
        }
    }

    /// When it said what ends its answer clock, where that stands.
    pub(super) fn settled_at(&self) -> Option<UnixMillis> {
        self.answered.into_iter().chain(self.declined_at()).min()
    }

    /// When it has acknowledged or answered for a desk that is in a chain with it since then.
    // RCP-11
    pub(crate) fn reacted_since(&self, since: UnixMillis) -> Option<UnixMillis> {
        let mut before = BTreeMap::new();
        let mut first = self.answered_since(since);
        for said in &self.acknowledged {
            if said.at <= since {
                // RCP-2: of each device the last one holds.
                before.insert(said.by, said.lapses);
            } else if said.until.is_none_or(|until| said.at <= until) {
                first = first.into_iter().chain([said.at]).min();
            }
        }
        let mut lapses = before.into_values();
        let is_on_it = lapses.any(|at| at.is_none_or(|at| since <= at));
        first.into_iter().chain(is_on_it.then_some(since)).min()
    }

    /// When it has answered for a desk that is in a chain with it since then.
    // RCP-11
    pub(crate) fn answered_since(&self, since: UnixMillis) -> Option<UnixMillis> {
        self.answered.map(|at| since.max(at))
    }

    /// The desk that its last word names.
    #[must_use]
    pub const fn referred_to(&self) -> Option<&Desk> {
        match &self.last {
            Some((_, Word::Referred(to))) => Some(to),
            _ => None,
        }
    }

    /// Whether its last word is that somebody else should act, or nobody.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.has_declined() || self.referred_to().is_some()
    }

    pub(super) fn standing(&self, closed: bool) -> Standing {
        match self.last.as_ref().map(|(_, word)| word) {
            _ if self.answered.is_some() => Standing::Answered,
            _ if closed => Standing::Closed,
            Some(Word::Declined) => Standing::Declined,
            Some(Word::Referred(_)) => Standing::Referred,
            Some(Word::Acknowledged) if self.in_force.is_some() => Standing::Acknowledged,
            Some(Word::Acknowledged) => Standing::Lapsed,
            None if self.has_retracted => Standing::Retracted,
            None => Standing::Waiting,
        }
    }
}

/// Whether an answer is wanted of a desk, which ends what it has promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// An acknowledgement is enough.
    Nothing,
    /// An answer, by this time where it is known.
    Answer(Option<UnixMillis>),
}

impl Wanted {
    const fn due(self) -> Option<UnixMillis> {
        match self {
            Self::Nothing => None,
            Self::Answer(due) => due,
        }
    }

    // RCP-2
    fn end_of(self, until: Option<UnixMillis>) -> InForce {
        if self == Self::Nothing {
            return InForce::Open;
        }
        let ends = until.into_iter().chain(self.due()).min();
        ends.map_or(InForce::Open, InForce::Until)
    }
}

/// Hashes of the acknowledgements that were taken back, each by a device of its own desk (RCP-1).
#[must_use]
pub fn taken_back(said: &[(Hash, &Statement)]) -> BTreeSet<Hash> {
    let acknowledgements = said
        .iter()
        .filter(|(_, s)| matches!(s.claim, Claim::Acknowledged { .. }));
    let by: BTreeMap<Hash, Option<&Desk>> = acknowledgements
        .map(|(hash, s)| (*hash, s.signer.desk.as_ref()))
        .collect();
    let named = said.iter().filter_map(|(_, s)| match &s.claim {
        Claim::Retracted {
            acknowledgement, ..
        } => Some((*acknowledgement, s.signer.desk.as_ref())),
        _ => None,
    });
    named
        .filter(|(hash, desk)| by.get(hash) == Some(desk))
        .map(|(hash, _)| hash)
        .collect()
}

/// The promise of a desk, whether or not its time is over (RCP-3).
pub(crate) fn promise(desk: &Desk, said: &[(Hash, &Statement)]) -> Option<UnixMillis> {
    Words::of(desk, said, Wanted::Nothing, UnixMillis(0)).promise
}
