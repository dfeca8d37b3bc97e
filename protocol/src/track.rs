//! What a set of statements proves about a message: a pure function of the set. Spec: statement.md,
//! Rungs.
//!
//! Takes statements whose signatures the caller has verified; the order in which they came makes no
//! difference.

use crate::address::{Agency, Desk};
use crate::code::Note;
use crate::crypto::Hash;
use crate::encoding::Signed;
use crate::envelope::{Header, Role};
use crate::receipt::{promise, taken_back};
use crate::statement::{Claim, Signer, Statement};
use crate::time::UnixMillis;
use std::collections::BTreeSet;

/// How far a message has got, lowest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// In the sender's outbox.
    Queued,
    /// At the sender's relay.
    Accepted,
    /// At the addressee's relay.
    Relayed,
    /// On a device of the desk.
    Delivered,
    /// Shown to an officer.
    Opened,
    /// Taken on by an officer.
    Acknowledged,
    /// Answered.
    Answered,
}

impl Rung {
    /// All, lowest first.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Accepted,
        Self::Relayed,
        Self::Delivered,
        Self::Opened,
        Self::Acknowledged,
        Self::Answered,
    ];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Accepted => "accepted",
            Self::Relayed => "relayed",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Acknowledged => "acknowledged",
            Self::Answered => "answered",
        }
    }
}

/// The statement that proves a rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The rung.
    pub rung: Rung,
    /// When, by the signer's clock.
    pub at: UnixMillis,
    /// Who signed.
    pub by: Signer,
    /// Hash of the statement.
    pub statement: Hash,
}

/// Why a desk does not have, or cannot read, a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A relay refused it.
    Refused {
        /// Registered code.
        code: u16,
        /// Identifier of the rule.
        clause: String,
        /// Who signed the refusal.
        by: Signer,
    },
    /// Its own relay dropped it before its time.
    Cancelled,
    /// Its own relay keeps it back until it is released.
    Held {
        /// The rule that demands it.
        clause: String,
        /// Until when it should be released.
        due: Option<UnixMillis>,
        /// Whether the relay has said that this time has passed.
        late: bool,
    },
    /// It expired before the desk had it.
    Expired,
    /// A device of the desk could not open it.
    Unreadable {
        /// Code of the stage.
        stage: u8,
    },
    /// Its agency's relay has it, and no device of the desk has a wrap yet.
    NotYetReadable,
    /// A rung above `accepted` and a refusal or `cancelled` are both proved (STA-13, STA-23).
    Contradiction,
}

impl Problem {
    /// Whether a device of the desk proves that its sender sent what nobody there can open.
    // HND-24
    #[must_use]
    pub const fn is_non_compliance(&self) -> bool {
        matches!(self, Self::Unreadable { stage } if is_non_compliant(*stage))
    }
}

/// Whether a message that fails to open at this stage was not sealed as it must be.
///
/// Those before are the relays' to find: an envelope that does not decode or is not signed.
// HND-24
#[must_use]
pub const fn is_non_compliant(stage: u8) -> bool {
    matches!(stage, 3..=6)
}

/// What is proved for one addressee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddresseeState {
    /// The desk.
    pub desk: Desk,
    /// What it is expected to do.
    pub role: Role,
    /// One proof for each rung proved, lowest first (STA-11).
    pub proofs: Vec<Proof>,
    /// What went wrong, where something did.
    pub problem: Option<Problem>,
    /// Until when the acknowledging officer promised to act (STA-19).
    pub until: Option<UnixMillis>,
    /// Whether accepted, relayed and delivered are all proved (STA-12).
    pub complete: bool,
}

impl AddresseeState {
    /// The highest rung proved (STA-10).
    #[must_use]
    pub fn rung(&self) -> Rung {
        self.proofs.last().map_or(Rung::Queued, |proof| proof.rung)
    }

    /// The proof of a rung.
    #[must_use]
    pub fn proof(&self, rung: Rung) -> Option<&Proof> {
        self.proofs.iter().find(|proof| proof.rung == rung)
    }
}

/// The state of every addressee, in the order of the header (STA-9).
///
/// Statements about another subject, or by a signer who is not entitled, are passed over.
#[must_use]
pub fn track(
    header: &Header,
    digest: &Hash,
    statements: &[Signed<Statement>],
) -> Vec<AddresseeState> {
    let mut valid: Vec<&Signed<Statement>> = statements
        .iter()
        .filter(|s| s.value().subject == *digest)
        .filter(|s| s.value().signer.is_entitled(&s.value().claim, header))
        .collect();
    // STA-11: the smallest (at, hash) proves a rung, whatever came first.
    valid.sort_by_key(|s| (s.value().at, s.hash()));
    valid.dedup_by_key(|s| s.hash());
    let one = |a: &crate::envelope::Addressee| addressee(header, &a.desk, a.role, &valid);
    header.addressees.iter().map(one).collect()
}

fn addressee(
    header: &Header,
    desk: &Desk,
    role: Role,
    valid: &[&Signed<Statement>],
) -> AddresseeState {
    let sender = header.sender.agency();
    let words: Vec<(Hash, &Statement)> = valid.iter().map(|s| (s.hash(), s.value())).collect();
    let said = Said {
        taken_back: taken_back(&words),
        home: desk.agency() == sender,
        sender,
        desk,
        valid,
        held: held(valid),
        let_go: valid.iter().any(|s| {
            matches!(s.value().claim, Claim::Released { .. }) && s.value().signer.desk.is_none()
        }),
    };
    let proofs = said.proofs();
    let proved = |rung: Rung| proofs.iter().any(|p| p.rung == rung);
    let complete = [Rung::Accepted, Rung::Relayed, Rung::Delivered]
        .into_iter()
        .all(proved);
    let problem = said.problem(&proofs);
    let until = promise(desk, &words);
    AddresseeState {
        desk: desk.clone(),
        role,
        proofs,
        problem,
        until,
        complete,
    }
}

/// What was said of a message, seen from one addressee.
struct Said<'a> {
    sender: Agency,
    desk: &'a Desk,
    /// Whether the desk is of the sender's agency.
    home: bool,
    valid: &'a [&'a Signed<Statement>],
    /// That the egress relay holds it, or has.
    held: Option<Problem>,
    /// Whether the egress relay has let it go since.
    let_go: bool,
    /// Acknowledgements that the desk has taken back.
    taken_back: BTreeSet<Hash>,
}

/// That the egress relay holds the message, as it said last: only relays say so (STA-2).
fn held(valid: &[&Signed<Statement>]) -> Option<Problem> {
    valid.iter().rev().find_map(|s| match &s.value().claim {
        Claim::Held { clause, due, late } => Some(Problem::Held {
            clause: clause.as_str().to_owned(),
            due: *due,
            late: *late,
        }),
        _ => None,
    })
}

impl Said<'_> {
    fn proofs(&self) -> Vec<Proof> {
        let first = |rung: Rung| {
            let mut valid = self.valid.iter();
            let first = valid
                .find(|s| !self.taken_back.contains(&s.hash()) && self.proves(s.value(), rung))?;
            let value = first.value();
            Some(Proof {
                rung,
                at: value.at,
                by: value.signer.clone(),
                statement: first.hash(),
            })
        };
        Rung::ALL.into_iter().filter_map(first).collect()
    }

    fn proves(&self, statement: &Statement, rung: Rung) -> bool {
        let by_desk = statement.signer.desk.as_ref() == Some(self.desk);
        match (&statement.claim, rung) {
            (Claim::Accepted { .. }, Rung::Accepted) => true,
            // Within one agency: what was held has got no further before it was let go.
            (Claim::Accepted { .. }, Rung::Relayed) => self.home && self.held.is_none(),
            (Claim::Released { .. }, Rung::Relayed) => {
                self.home && self.held.is_some() && statement.signer.desk.is_none()
            }
            (Claim::Relayed { .. }, Rung::Relayed) => statement.signer.agency == self.desk.agency(),
            (Claim::Delivered, Rung::Delivered)
            | (Claim::Opened, Rung::Opened)
            | (Claim::Acknowledged { .. }, Rung::Acknowledged)
            | (Claim::Answered { .. }, Rung::Answered) => by_desk,
            _ => false,
        }
    }

    // STA-18
    fn problem(&self, proofs: &[Proof]) -> Option<Problem> {
        let proved = |rung: Rung| proofs.iter().any(|p| p.rung >= rung);
        // STA-26: whoever may release it has it while it is held.
        let read = self.home && self.held.is_some();
        if let Some(refusal) = self.refusal() {
            // STA-13
            let got = proved(Rung::Relayed) && (self.let_go || !read);
            return Some(if got { Problem::Contradiction } else { refusal });
        }
        if self.is_cancelled() {
            // STA-23: within one agency `accepted` proves `relayed`, and is no contradiction.
            let got = !self.home && proved(Rung::Relayed) || proved(Rung::Delivered) && !read;
            return Some(match got {
                true => Problem::Contradiction,
                false => Problem::Cancelled,
            });
        }
        if !proved(Rung::Delivered) && self.is_expired() {
            return Some(Problem::Expired);
        }
        if let Some(held) = self.held.clone().filter(|_| !self.let_go) {
            return Some(held);
        }
        let unreadable = self.unreadable().filter(|_| !proved(Rung::Opened));
        let unread = !proved(Rung::Delivered) && self.is_not_yet_readable();
        unreadable.or_else(|| unread.then_some(Problem::NotYetReadable))
    }

    /// The first refusal in order of (at, hash): the egress relay refuses for all, an ingress relay
    /// for its own desks.
    fn refusal(&self) -> Option<Problem> {
        self.values().find_map(|s| match &s.claim {
            Claim::Refused { code, clause, .. } => {
                let by = &s.signer.agency;
                let concerns = *by == self.sender || *by == self.desk.agency();
                concerns.then(|| Problem::Refused {
                    code: *code,
                    clause: clause.as_str().to_owned(),
                    by: s.signer.clone(),
                })
            }
            _ => None,
        })
    }

    // STA-22: the relay's word, not the device's wish.
    fn is_cancelled(&self) -> bool {
        let mut values = self.values();
        values.any(|s| s.claim == Claim::Cancelled && s.signer.desk.is_none())
    }

    fn is_expired(&self) -> bool {
        let mut values = self.values();
        values.any(|s| matches!(&s.claim, Claim::Expired { desk } if desk == self.desk))
    }

    fn unreadable(&self) -> Option<Problem> {
        self.values().find_map(|s| match &s.claim {
            Claim::Unreadable { stage } if s.signer.desk.as_ref() == Some(self.desk) => {
                Some(Problem::Unreadable { stage: *stage })
            }
            _ => None,
        })
    }

    fn is_not_yet_readable(&self) -> bool {
        self.values().any(|s| match &s.claim {
            Claim::Accepted { judged, .. } => {
                self.home && judged.notes.contains(&Note::NOT_YET_READABLE)
            }
            Claim::Relayed { judged, .. } => {
                s.signer.agency == self.desk.agency()
                    && judged.notes.contains(&Note::NOT_YET_READABLE)
            }
            _ => false,
        })
    }

    fn values(&self) -> impl Iterator<Item = &Statement> {
        self.valid.iter().map(|s| s.value())
    }
}

#[cfg(test)]
mod tests;
