//! What a set of statements proves about a message: a pure function of the set. Spec: statement.md,
//! Rungs.
//!
//! Takes statements whose signatures the caller has verified; the order in which they came makes no
//! difference.

use crate::address::{Agency, Desk};
use crate::crypto::Hash;
use crate::encoding::Signed;
use crate::envelope::{Header, Role};
use crate::statement::{Claim, Signer, Statement};
use crate::time::UnixMillis;

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
    /// It expired before the desk had it.
    Expired,
    /// A device of the desk could not open it.
    Unreadable {
        /// Code of the stage.
        stage: u8,
    },
    /// A rung above `accepted` and a refusal or `cancelled` are both proved (STA-13, STA-23).
    Contradiction,
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

    /// Whether the promise has passed without the answer that the header asks for (STA-14).
    #[must_use]
    pub fn is_lapsed(&self, header: &Header, now: UnixMillis) -> bool {
        header.answer_within.is_some()
            && self.until.is_some_and(|until| now > until)
            && self.proof(Rung::Answered).is_none()
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
    let domestic = desk.agency() == header.sender.agency();
    let mut proofs: Vec<Proof> = Vec::new();
    for rung in Rung::ALL {
        let proves = |s: &&&Signed<Statement>| proves(s.value(), rung, desk, domestic);
        if let Some(first) = valid.iter().find(proves) {
            let value = first.value();
            let (at, by) = (value.at, value.signer.clone());
            proofs.push(Proof {
                rung,
                at,
                by,
                statement: first.hash(),
            });
        }
    }
    let proved = |rung: Rung| proofs.iter().any(|p| p.rung == rung);
    let complete = [Rung::Accepted, Rung::Relayed, Rung::Delivered]
        .into_iter()
        .all(proved);
    let problem = problem(&header.sender.agency(), desk, &proofs, valid);
    let until = valid
        .iter()
        .find_map(|s| match (&s.value().claim, &s.value().signer.desk) {
            (Claim::Acknowledged { until, .. }, Some(by)) if by == desk => *until,
            _ => None,
        });
    AddresseeState {
        desk: desk.clone(),
        role,
        proofs,
        problem,
        until,
        complete,
    }
}

fn proves(statement: &Statement, rung: Rung, desk: &Desk, domestic: bool) -> bool {
    let by_desk = statement.signer.desk.as_ref() == Some(desk);
    match (&statement.claim, rung) {
        (Claim::Accepted { .. }, Rung::Accepted) => true,
        (Claim::Accepted { .. }, Rung::Relayed) => domestic,
        (Claim::Relayed { .. }, Rung::Relayed) => statement.signer.agency == desk.agency(),
        (Claim::Delivered, Rung::Delivered)
        | (Claim::Opened, Rung::Opened)
        | (Claim::Acknowledged { .. }, Rung::Acknowledged)
        | (Claim::Answered { .. }, Rung::Answered) => by_desk,
        _ => false,
    }
}

fn problem(
    sender: &Agency,
    desk: &Desk,
    proofs: &[Proof],
    valid: &[&Signed<Statement>],
) -> Option<Problem> {
    let proved = |rung: Rung| proofs.iter().any(|p| p.rung >= rung);
    let refusal = valid
        .iter()
        .map(|s| s.value())
        .find_map(|s| match &s.claim {
            Claim::Refused { code, clause, .. } => {
                // The egress relay refuses for all; an ingress relay for its own desks.
                let egress = s.signer.agency == *sender;
                let concerns = egress || s.signer.agency == desk.agency();
                let clause = clause.as_str().to_owned();
                concerns.then(|| Problem::Refused {
                    code: *code,
                    clause,
                    by: s.signer.clone(),
                })
            }
            _ => None,
        });
    // STA-18: the first in order of (at, hash), and before what follows.
    if let Some(refusal) = refusal {
        // STA-13
        return Some(if proved(Rung::Relayed) {
            Problem::Contradiction
        } else {
            refusal
        });
    }
    // STA-22: the relay's word, not the device's wish.
    let cancelled = |s: &&&Signed<Statement>| {
        matches!(s.value().claim, Claim::Cancelled) && s.value().signer.desk.is_none()
    };
    if valid.iter().any(|s| cancelled(&s)) {
        // STA-23: within one agency `accepted` proves `relayed`, and is no contradiction.
        let foreign = desk.agency() != *sender && proved(Rung::Relayed);
        return Some(if foreign || proved(Rung::Delivered) {
            Problem::Contradiction
        } else {
            Problem::Cancelled
        });
    }
    let expired = |s: &Statement| matches!(&s.claim, Claim::Expired { desk: d } if d == desk);
    if !proved(Rung::Delivered) && valid.iter().any(|s| expired(s.value())) {
        return Some(Problem::Expired);
    }
    let unreadable = valid
        .iter()
        .map(|s| s.value())
        .find_map(|s| match &s.claim {
            Claim::Unreadable { stage } if s.signer.desk.as_ref() == Some(desk) => {
                Some(Problem::Unreadable { stage: *stage })
            }
            _ => None,
        });
    if proved(Rung::Opened) {
        None
    } else {
        unreadable
    }
}

#[cfg(test)]
mod tests;
