//! What the addressees of a message have said, and how its clocks stand: a function of the set of
//! its valid statements and of now. Spec: receipt.md.
//!
//! Goes on where [`crate::track`] ends. Devices show it, and relays escalate by the same words.

use crate::address::Desk;
use crate::crypto::Hash;
use crate::encoding::Signed;
use crate::envelope::{Header, Role};
use crate::escalation::{Cause, Clock, transport_ms};
use crate::statement::{Claim, Statement};
use crate::time::UnixMillis;
use crate::track::{AddresseeState, Problem, Rung, track};
use std::collections::{BTreeMap, BTreeSet};

mod chains;
mod words;

pub(crate) use chains::Chains;
pub(crate) use words::promise;
pub use words::{InForce, Wanted, Words, taken_back};

/// What an addressee's words come to. Spec: receipt.md, Standing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It has said nothing.
    Waiting,
    /// An acknowledgement is in force.
    Acknowledged,
    /// An acknowledgement holds, and its time is over.
    Lapsed,
    /// Every acknowledgement was taken back.
    Retracted,
    /// It will not act.
    Declined,
    /// It names another desk.
    Referred,
    /// The sender's desk has closed the matter.
    Closed,
    /// It has answered.
    Answered,
}

impl Standing {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Acknowledged,
        Self::Lapsed,
        Self::Retracted,
        Self::Declined,
        Self::Referred,
        Self::Closed,
        Self::Answered,
    ];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Acknowledged => "acknowledged",
            Self::Lapsed => "lapsed",
            Self::Retracted => "retracted",
            Self::Declined => "declined",
            Self::Referred => "referred",
            Self::Closed => "closed",
            Self::Answered => "answered",
        }
    }
}

/// When an answer of a desk is due: its time after begin, or a later extension of the sender's
/// desk.
// ESC-4, RCP-6
#[must_use]
pub fn answer_due<'a>(
    desk: &Desk,
    (sender, begin): (&Desk, UnixMillis),
    within: u64,
    said: impl Iterator<Item = &'a Statement>,
) -> Option<UnixMillis> {
    let extended = said.filter_map(|s| extension(s, sender));
    let extended = extended.filter(|(of, _)| *of == desk);
    let until = extended.map(|(_, until)| until);
    until.chain([begin.plus(within)]).max()
}

/// The addressee that a statement of the sender's desk gives more time, and until when.
// ESC-4
pub(crate) fn extension<'a>(said: &'a Statement, sender: &Desk) -> Option<(&'a Desk, UnixMillis)> {
    match &said.claim {
        Claim::Extended { desk, until } if said.signer.desk.as_ref() == Some(sender) => {
            Some((desk, *until))
        }
        _ => None,
    }
}

/// A step that was taken, as its statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepTaken {
    /// Number of the step.
    pub step: u8,
    /// Where it leads.
    pub to: Desk,
    /// Why.
    pub cause: Cause,
    /// When.
    pub at: UnixMillis,
}

/// What met a clock: the earliest that does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// When.
    pub at: UnixMillis,
    /// Whose word it was: the desk's own, or that of another one of its chain (RCP-11).
    pub by: Desk,
}

/// What an addressee has said and how its clocks stand. Spec: receipt.md.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What is proved.
    pub state: AddresseeState,
    /// What its words come to.
    pub standing: Standing,
    /// When its clocks began.
    pub begin: Option<UnixMillis>,
    /// When an acknowledgement is due.
    pub acknowledge_due: Option<UnixMillis>,
    /// When an answer is due.
    pub answer_due: Option<UnixMillis>,
    /// When its relay's receipt was due, for an addressee of another agency.
    pub transport_due: Option<UnixMillis>,
    /// Clocks that have run out, in order of their codes (RCP-7).
    pub overdue: Vec<Clock>,
    /// Clocks of which the sender's relay has signed that they ran out, likewise.
    pub told_overdue: Vec<Clock>,
    /// Clocks that were met after they had run out, likewise (RCP-8).
    pub late: Vec<Clock>,
    /// What met its acknowledge clock: the first word that counts.
    pub reacted: Option<Met>,
    /// What met its answer clock, where that stands: an answer, or that it will not act.
    pub settled: Option<Met>,
    /// The latest promise.
    pub promise: Option<UnixMillis>,
    /// The desk that its last word names.
    pub referred_to: Option<Desk>,
    /// The latest time that it has asked for and not been given.
    pub asked_until: Option<UnixMillis>,
    /// The steps of its chain, by number, then by time.
    pub steps: Vec<StepTaken>,
}

/// The receipt of every addressee at a time, in the order of the header (RCP-5).
///
/// Statements about another subject, or by a signer who is not entitled, are passed over.
#[must_use]
pub fn receipts(
    header: &Header,
    digest: &Hash,
    statements: &[Signed<Statement>],
    now: UnixMillis,
) -> Vec<Receipt> {
    receipts_here(header, digest, statements, None, now)
}

/// As [`receipts`], on a device that stored the message then: it counts the clocks of an addressee
/// that must act from there on where it holds no proof of their begin (RCP-6).
#[must_use]
pub fn receipts_here(
    header: &Header,
    digest: &Hash,
    statements: &[Signed<Statement>],
    stored: Option<UnixMillis>,
    now: UnixMillis,
) -> Vec<Receipt> {
    let states = track(header, digest, statements);
    let valid = statements.iter().filter(|s| {
        let value = s.value();
        value.subject == *digest && value.signer.is_entitled(&value.claim, header)
    });
    let mut valid: Vec<(Hash, &Statement)> = valid.map(|s| (s.hash(), s.value())).collect();
    valid.sort_by_key(|(hash, s)| (s.at, *hash));
    valid.dedup_by_key(|(hash, _)| *hash);
    let chains = Chains::of(valid.iter().map(|(_, s)| *s));
    let view = View {
        header,
        chains,
        said: &valid,
        stored,
        now,
    };
    let own: Vec<Own> = states.into_iter().map(|state| view.own(state)).collect();
    let words = own.iter().map(|own| (own.state.desk.clone(), &own.words));
    let words: BTreeMap<Desk, &Words> = words.collect();
    own.iter().map(|own| view.receipt(own, &words)).collect()
}

/// An addressee by its own words alone.
struct Own {
    state: AddresseeState,
    begin: Option<UnixMillis>,
    answer_due: Option<UnixMillis>,
    words: Words,
}

/// A message with all that was said of it.
struct View<'a> {
    header: &'a Header,
    chains: Chains<'a>,
    said: &'a [(Hash, &'a Statement)],
    /// When this device stored it, where that stands for a begin that is not proved.
    stored: Option<UnixMillis>,
    now: UnixMillis,
}

impl View<'_> {
    fn own(&self, state: AddresseeState) -> Own {
        let desk = &state.desk;
        let header = self.header;
        let begin = self.begin(&state);
        let answer_due = begin.zip(header.answer_within).and_then(|(begin, within)| {
            let said = self.said.iter().map(|(_, s)| *s);
            answer_due(desk, (&header.sender, begin), within, said)
        });
        let wanted = match header.answer_within {
            Some(_) => Wanted::Answer(answer_due),
            None => Wanted::Nothing,
        };
        let words = Words::of(desk, self.said, wanted, self.now);
        Own {
            state,
            begin,
            answer_due,
            words,
        }
    }

    fn receipt(&self, own: &Own, all: &BTreeMap<Desk, &Words>) -> Receipt {
        let (state, words) = (&own.state, &own.words);
        let (begin, answer_due) = (own.begin, own.answer_due);
        let desk = &state.desk;
        let within = self.header.acknowledge_within;
        let acknowledge_due = begin.zip(within).map(|(begin, within)| begin.plus(within));
        let closed = self.claims().any(|c| matches!(c, Claim::Closed { .. }));
        let transport_due = self.transport_due(desk);
        let (reacted, settled) = self.met(state, words, all);
        let clocks = Clocks {
            transport: (transport_due, state.proof(Rung::Relayed).map(|p| p.at)),
            acknowledge: (acknowledge_due, reacted.as_ref().map(|met| met.at)),
            answer: (answer_due, settled.as_ref().map(|met| met.at)),
        };
        let stopped = closed || is_over(state) || state.role == Role::Standby && begin.is_none();
        let mut overdue = clocks.overdue(self.now);
        // A higher rung says that it got there, if not when.
        overdue.retain(|clock| *clock != Clock::Transport || state.rung() < Rung::Relayed);
        let (late, told_overdue) = (clocks.late(), self.told_overdue(desk));
        let asked = self.asked_until(desk);
        Receipt {
            standing: words.standing(closed),
            begin,
            acknowledge_due,
            answer_due,
            transport_due,
            overdue: if stopped { Vec::new() } else { overdue },
            told_overdue,
            late,
            reacted,
            settled,
            promise: words.promise,
            referred_to: words.referred_to().cloned(),
            asked_until: asked.filter(|until| answer_due.is_none_or(|due| *until > due)),
            steps: self.steps(desk),
            state: state.clone(),
        }
    }

    /// What met the clocks acknowledge and answer of an addressee.
    // RCP-11
    fn met(
        &self,
        state: &AddresseeState,
        own: &Words,
        all: &BTreeMap<Desk, &Words>,
    ) -> (Option<Met>, Option<Met>) {
        let chains = self.chains.fellows(&state.desk, state.role == Role::Action);
        let first = |own: Option<UnixMillis>, of: fn(&Words, UnixMillis) -> Option<UnixMillis>| {
            let of_chain = |fellows: &Vec<(&Desk, UnixMillis)>| {
                let said = fellows.iter();
                let said = said
                    .filter_map(|(by, since)| Some((of(all.get(*by)?, *since)?, (*by).clone())));
                said.min_by_key(|(at, _)| *at)
            };
            // Nobody stands for it in a chain of which nobody else has said anything.
            let others: Option<Vec<_>> = chains.iter().map(of_chain).collect();
            let others = others.into_iter().flatten().max_by_key(|(at, _)| *at);
            // The desk's own comes first of what was said at one time.
            let own = own.map(|at| (at, state.desk.clone()));
            let met = own.into_iter().chain(others).min_by_key(|(at, _)| *at);
            met.map(|(at, by)| Met { at, by })
        };
        (
            first(own.first_at, Words::reacted_since),
            first(own.settled_at(), Words::answered_since),
        )
    }

    fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.said.iter().map(|(_, s)| &s.claim)
    }

    // RCP-6
    fn begin(&self, state: &AddresseeState) -> Option<UnixMillis> {
        let not_before = self.header.not_before.unwrap_or_default();
        if state.role == Role::Action {
            let relayed = state.proof(Rung::Relayed).map(|proof| proof.at);
            let stored = self.stored.filter(|_| !is_over(state));
            return Some(relayed.or(stored)?.max(not_before));
        }
        let mut escalated = self
            .said
            .iter()
            .filter(|(_, s)| matches!(&s.claim, Claim::Escalated { to, .. } if *to == state.desk));
        escalated.next().map(|(_, s)| s.at)
    }

    // RCP-7
    fn transport_due(&self, desk: &Desk) -> Option<UnixMillis> {
        let header = self.header;
        let addressee = header.addressees.iter().find(|a| a.desk == *desk)?;
        if addressee.role == Role::Standby || desk.agency() == header.sender.agency() {
            return None;
        }
        let by_relay = || self.said.iter().filter(|(_, s)| s.signer.desk.is_none());
        let released = by_relay().find_map(|(_, s)| match s.claim {
            Claim::Released { precedence, .. } => Some((s.at, precedence)),
            _ => None,
        });
        let accepted = by_relay().find_map(|(_, s)| match s.claim {
            Claim::Accepted { .. } => Some((s.at, header.precedence)),
            _ => None,
        });
        let (at, precedence) = released.or(accepted)?;
        let from = at.max(header.not_before.unwrap_or_default());
        Some(from.plus(transport_ms(precedence)))
    }

    fn told_overdue(&self, desk: &Desk) -> Vec<Clock> {
        let told = self.claims().filter_map(|claim| match claim {
            Claim::Overdue {
                desk: of, clock, ..
            } if of == desk => Some(*clock),
            _ => None,
        });
        let told: BTreeSet<Clock> = told.collect();
        told.into_iter().collect()
    }

    fn asked_until(&self, desk: &Desk) -> Option<UnixMillis> {
        let own = self
            .said
            .iter()
            .filter(|(_, s)| s.signer.desk.as_ref() == Some(desk));
        own.filter_map(|(_, s)| match s.claim {
            Claim::ExtensionAsked { until, .. } => Some(until),
            _ => None,
        })
        .max()
    }

    fn steps(&self, desk: &Desk) -> Vec<StepTaken> {
        let steps = self.said.iter().filter_map(|(_, s)| match &s.claim {
            Claim::Escalated {
                desk: head,
                step,
                to,
                cause,
            } if head == desk => Some(StepTaken {
                step: *step,
                to: to.clone(),
                cause: *cause,
                at: s.at,
            }),
            _ => None,
        });
        let mut steps: Vec<StepTaken> = steps.collect();
        steps.sort_by_key(|step| step.step);
        steps
    }
}

/// Whether nothing can be expected of an addressee any more, or not yet.
fn is_over(state: &AddresseeState) -> bool {
    matches!(
        state.problem,
        Some(
            Problem::Refused { .. } | Problem::Cancelled | Problem::Expired | Problem::Held { .. }
        )
    )
}

/// Each clock with its due and what met it.
struct Clocks {
    transport: (Option<UnixMillis>, Option<UnixMillis>),
    acknowledge: (Option<UnixMillis>, Option<UnixMillis>),
    answer: (Option<UnixMillis>, Option<UnixMillis>),
}

impl Clocks {
    fn all(&self) -> [(Clock, Option<UnixMillis>, Option<UnixMillis>); 3] {
        [
            (Clock::Transport, self.transport.0, self.transport.1),
            (Clock::Acknowledge, self.acknowledge.0, self.acknowledge.1),
            (Clock::Answer, self.answer.0, self.answer.1),
        ]
    }

    // RCP-7
    fn overdue(&self, now: UnixMillis) -> Vec<Clock> {
        let over = self.all().into_iter();
        let over = over.filter(|(_, due, met)| met.is_none() && due.is_some_and(|due| now > due));
        over.map(|(clock, ..)| clock).collect()
    }

    // RCP-8
    fn late(&self) -> Vec<Clock> {
        let late = self.all().into_iter();
        let late = late.filter(|(_, due, met)| due.zip(*met).is_some_and(|(due, met)| met > due));
        late.map(|(clock, ..)| clock).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests;
