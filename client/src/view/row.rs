//! One addressee as a person follows it: what is proved, what its words come to, how its clocks
//! stand. All of that is [`estafette_protocol::receipt`]'s to say; here it gets its words.

use super::side::Side;
use super::spoken::{Spoken, Utterance, spoken};
use super::{code_word, is_cancel_asked};
use crate::store::{Fate, Message, Origin};
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::Hash;
use estafette_protocol::envelope::{Role, Stage};
use estafette_protocol::escalation::{Clock, transport_ms};
use estafette_protocol::receipt::{Met, Receipt, Standing, StepTaken, receipts_here};
use estafette_protocol::statement::Remark;
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use estafette_protocol::track::{AddresseeState, Problem, Rung};
use std::collections::BTreeSet;

/// A deadline with less than this left is due soon, in milliseconds.
const SOON_MS: u64 = 5 * MINUTE_MS;

/// An addressee as a person follows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is proved.
    pub state: AddresseeState,
    /// What its words come to.
    pub standing: Standing,
    /// When its clocks began.
    pub begin: Option<UnixMillis>,
    /// When acknowledgement is due.
    pub due: Option<UnixMillis>,
    /// When an answer is due.
    pub answer_due: Option<UnixMillis>,
    /// When its relay should have had the message.
    pub transport_due: Option<UnixMillis>,
    /// What met the time to acknowledge: a word of the desk's own, or of another one of its chain.
    pub reacted: Option<Met>,
    /// What met the time to answer, likewise.
    pub settled: Option<Met>,
    /// Clocks that have run out (RCP-7); none where the message holds no more for this desk.
    pub overdue: Vec<Clock>,
    /// Clocks of which the sender's relay has signed that they ran out.
    pub told_overdue: Vec<Clock>,
    /// Steps of its chain that were taken.
    pub steps: Vec<StepTaken>,
    /// The latest time that it has asked for and not been given.
    pub asked_until: Option<UnixMillis>,
    /// When it was reminded, where it has said nothing since.
    pub reminded: Option<UnixMillis>,
    /// What its devices said, in its order.
    pub words: Vec<Spoken>,
    /// What is out of the ordinary.
    pub sides: Vec<Side>,
    /// Officer's name and text of the last word that has some.
    pub remark: Option<Remark>,
}

impl Row {
    /// Whether somebody at the desk is on it, or has answered.
    #[must_use]
    pub const fn is_on_it(&self) -> bool {
        matches!(self.standing, Standing::Acknowledged | Standing::Answered)
    }

    /// Whether the desk has answered.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        matches!(self.standing, Standing::Answered)
    }

    /// Whether the desk is to act: from the start, or because a step has led to it.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        match self.state.role {
            Role::Action => true,
            Role::Info | Role::Standby => self.begin.is_some(),
        }
    }

    /// The desks of the chain that it heads: itself, and those to which a step led.
    pub(super) fn responders(&self) -> impl Iterator<Item = &Desk> {
        let steps = self.steps.iter().map(|step| &step.to);
        std::iter::once(&self.state.desk).chain(steps)
    }

    /// Whether what the others of a chain say counts for this desk; of one that must act from the
    /// start its own chain counts.
    // RCP-11
    pub(super) fn is_in_chain_of(&self, head: &Self) -> bool {
        let counts = match self.state.role {
            Role::Action => head.state.desk == self.state.desk,
            Role::Info | Role::Standby => head.responders().any(|desk| *desk == self.state.desk),
        };
        counts && !head.steps.is_empty()
    }

    /// Hashes of the acknowledgements of all its devices that were not taken back.
    // RCP-1
    #[must_use]
    pub fn acknowledgements(&self) -> Vec<Hash> {
        let held = self.words.iter().filter(|said| {
            let is_ack = matches!(said.what, Utterance::Acknowledged { .. });
            is_ack && said.holds
        });
        held.map(|said| said.statement).collect()
    }

    /// The next deadline: to acknowledge or answer, or the one that the desk set itself where an
    /// answer is wanted. Where none is, an acknowledgement has no end (RCP-2).
    #[must_use]
    pub fn deadline(&self) -> Option<UnixMillis> {
        let dues = (self.due, self.answer_due, self.state.until);
        let met = (self.reacted.as_ref(), self.settled.as_ref());
        deadlines(self.standing, dues, met).into_iter().min()
    }

    /// Takes away what tells of clocks: the message holds no more for this desk.
    // ESC-5
    pub(super) fn stop(&mut self) {
        (self.due, self.answer_due, self.transport_due) = (None, None, None);
        self.overdue.clear();
        self.reminded = None;
        self.sides.retain(|side| !side.is_of_clock());
    }
}

/// The deadlines that lie before a desk: of what is due to acknowledge, due to answer, promised, as
/// far as nothing has met them.
// RCP-2, RCP-7
fn deadlines(
    standing: Standing,
    (due, answer_due, promise): (Option<UnixMillis>, Option<UnixMillis>, Option<UnixMillis>),
    (reacted, settled): (Option<&Met>, Option<&Met>),
) -> Vec<UnixMillis> {
    let due = due.filter(|_| reacted.is_none());
    let answer_due = answer_due.filter(|_| settled.is_none());
    let ahead = match standing {
        Standing::Answered | Standing::Closed | Standing::Declined | Standing::Referred => {
            [None, None]
        }
        Standing::Acknowledged => [promise.filter(|_| answer_due.is_some()), answer_due],
        Standing::Lapsed | Standing::Retracted => [answer_due.or(due), None],
        Standing::Waiting => [due, answer_due],
    };
    ahead.into_iter().flatten().collect()
}

/// One row for each addressee, in the order of the header.
#[must_use]
pub fn rows(message: &Message, now: UnixMillis) -> Vec<Row> {
    let stored = match message.record.origin {
        // An addressee's device need not hold its relay's receipt; it was there before the device.
        Origin::Received => Some(message.record.stored_at),
        Origin::Sent => None,
    };
    let (header, digest) = (&message.header, &message.record.digest);
    let receipts = receipts_here(header, digest, &message.statements, stored, now);
    let said = spoken(message);
    let receipts = receipts.into_iter();
    receipts
        .map(|receipt| row(message, receipt, &said, now))
        .collect()
}

/// The same, where another message has taken the place of this one for some desks.
#[must_use]
pub fn rows_after(message: &Message, over: &BTreeSet<Desk>, now: UnixMillis) -> Vec<Row> {
    let mut rows = rows(message, now);
    let over = rows.iter_mut().filter(|row| over.contains(&row.state.desk));
    over.for_each(Row::stop);
    rows
}

fn row(message: &Message, receipt: Receipt, said: &[Spoken], now: UnixMillis) -> Row {
    let desk = &receipt.state.desk;
    let own = said.iter().filter(|one| one.by.desk.as_ref() == Some(desk));
    let words: Vec<Spoken> = own.cloned().collect();
    let sides = sides(message, &receipt, &words, now);
    let mut spoke = words
        .iter()
        .rev()
        .filter(|one| one.holds && one.what.is_word());
    let remark = spoke.find_map(|one| one.remark.clone());
    let reminded = reminded(message, &receipt, (said, &words));
    let mut row = Row {
        standing: receipt.standing,
        begin: receipt.begin,
        due: receipt.acknowledge_due,
        answer_due: receipt.answer_due,
        transport_due: receipt.transport_due,
        reacted: receipt.reacted,
        settled: receipt.settled,
        overdue: receipt.overdue,
        told_overdue: receipt.told_overdue,
        steps: receipt.steps,
        asked_until: receipt.asked_until,
        reminded,
        words,
        sides,
        remark,
        state: receipt.state,
    };
    row.sides.extend(reminded.map(|at| Side::Reminded { at }));
    row
}

fn sides(message: &Message, receipt: &Receipt, words: &[Spoken], now: UnixMillis) -> Vec<Side> {
    let state = &receipt.state;
    let mut sides = Vec::new();
    sides.extend(fate(message));
    sides.extend(is_relay_silent(message, state, now).then_some(Side::RelaySilent));
    sides.extend(state.problem.as_ref().map(problem));
    let non_compliance = state.problem.as_ref();
    let non_compliance = non_compliance.is_some_and(Problem::is_non_compliance);
    sides.extend(non_compliance.then_some(Side::NonCompliance));
    if let Some(until) = held_until(message, state, now) {
        sides.push(Side::Held { until });
        sides.extend(is_cancel_asked(message).then_some(Side::Cancelling));
        return sides;
    }
    sides.extend(clocks(receipt, words, now));
    sides.extend(said(receipt, words));
    sides
}

/// How the clocks stand.
// RCP-7, RCP-8
fn clocks(receipt: &Receipt, words: &[Spoken], now: UnixMillis) -> Vec<Side> {
    let mut sides = Vec::new();
    let overdue = |clock| receipt.overdue.contains(&clock);
    sides.extend(overdue(Clock::Transport).then_some(Side::NotRelayed));
    sides.extend(overdue(Clock::Acknowledge).then_some(Side::Overdue));
    let state = &receipt.state;
    let dues = (receipt.acknowledge_due, receipt.answer_due, state.until);
    let met = (receipt.reacted.as_ref(), receipt.settled.as_ref());
    let mut ahead = deadlines(receipt.standing, dues, met).into_iter();
    let soon = ahead.any(|due| due >= now && due.since(now) < SOON_MS);
    sides.extend(soon.then_some(Side::DueSoon));
    sides.extend(overdue(Clock::Answer).then_some(Side::AnswerOverdue));
    sides.extend(
        receipt
            .late
            .iter()
            .map(|clock| late(*clock, receipt, words)),
    );
    sides
}

/// A clock that was met after it had run out: by what, and how late.
// RCP-8
fn late(clock: Clock, receipt: &Receipt, words: &[Spoken]) -> Side {
    let mut heard = words.iter().filter(|one| one.holds && one.what.is_word());
    let relayed = receipt.state.proof(Rung::Relayed).map(|proof| proof.at);
    let (due, met) = match clock {
        Clock::Transport => (receipt.transport_due, None),
        Clock::Acknowledge => (receipt.acknowledge_due, receipt.reacted.as_ref()),
        Clock::Answer => (receipt.answer_due, receipt.settled.as_ref()),
    };
    let by = met.map(|met| &met.by);
    let met = met.map(|met| met.at).or(relayed);
    let by_ms = due.zip(met).map_or(0, |(due, met)| met.since(due));
    let is_own = by.is_none_or(|by| *by == receipt.state.desk);
    match clock {
        Clock::Transport => Side::RelayedLate { by_ms },
        // RCP-11
        Clock::Acknowledge if !is_own => Side::CoveredLate { by_ms },
        Clock::Answer if !is_own => Side::AnsweredForLate { by_ms },
        Clock::Acknowledge => match heard.next().map(|one| &one.what) {
            Some(Utterance::Declined { .. } | Utterance::Referred { .. }) => {
                Side::ReactedLate { by_ms }
            }
            _ => Side::Late { by_ms },
        },
        Clock::Answer => {
            let answered = heard.any(|one| Some(one.at) == met && one.what == Utterance::Answered);
            match answered {
                true => Side::AnsweredLate { by_ms },
                false => Side::DeclinedLate { by_ms },
            }
        }
    }
}

/// What the words of the desk come to, and where its silence has led.
fn said(receipt: &Receipt, words: &[Spoken]) -> Vec<Side> {
    let mut sides = Vec::new();
    let ground = || {
        words.iter().rev().find_map(|one| match one.what {
            Utterance::Declined { ground } => Some(ground),
            _ => None,
        })
    };
    match receipt.standing {
        Standing::Closed => sides.push(Side::Closed),
        Standing::Declined => sides.extend(ground().map(|ground| Side::Declined { ground })),
        Standing::Referred => {
            let to = receipt.referred_to.clone();
            sides.extend(to.map(|to| Side::Referred { to }));
        }
        // STA-14
        Standing::Lapsed => sides.push(Side::Lapsed),
        Standing::Retracted => sides.push(Side::Retracted),
        Standing::Waiting | Standing::Acknowledged | Standing::Answered => {}
    }
    for step in &receipt.steps {
        sides.push(Side::Escalated {
            to: step.to.clone(),
            cause: step.cause,
        });
    }
    let is_open = !matches!(receipt.standing, Standing::Answered | Standing::Closed);
    let asked = receipt.asked_until.filter(|_| is_open);
    sides.extend(asked.map(|until| Side::ExtensionAsked { until }));
    sides
}

fn reminded(
    message: &Message,
    receipt: &Receipt,
    (said, words): (&[Spoken], &[Spoken]),
) -> Option<UnixMillis> {
    if matches!(
        receipt.standing,
        Standing::Answered | Standing::Closed | Standing::Declined | Standing::Referred
    ) {
        return None;
    }
    let reminders = said.iter().filter(|one| {
        let by_sender = one.by.desk.as_ref() == Some(&message.header.sender);
        let for_it = |desks: &[Desk]| desks.contains(&receipt.state.desk);
        by_sender && matches!(&one.what, Utterance::Reminded { desks } if for_it(desks))
    });
    let newest = reminders.map(|one| one.at).max()?;
    let heard = words
        .iter()
        .any(|one| one.what.is_word() && one.at >= newest);
    (!heard).then_some(newest)
}

/// Whether the own relay should have taken the message by now and has not.
// RCP-9
fn is_relay_silent(message: &Message, state: &AddresseeState, now: UnixMillis) -> bool {
    let header = &message.header;
    let taken_by = header.created.plus(transport_ms(header.precedence));
    let ours = message.record.origin == Origin::Sent && message.record.fate == Fate::Ordinary;
    ours && state.rung() == Rung::Queued && state.problem.is_none() && now > taken_by
}

/// Until when the sender's relay keeps the message, where it does: it has said that it has it, and
/// nothing says that it let it go.
fn held_until(message: &Message, state: &AddresseeState, now: UnixMillis) -> Option<UnixMillis> {
    let until = message.header.not_before.filter(|until| now < *until)?;
    let own = message.header.sender.agency() == state.desk.agency();
    // Within one agency `accepted` proves `relayed`.
    let most = if own { Rung::Relayed } else { Rung::Accepted };
    let rung = state.rung();
    let kept = rung >= Rung::Accepted && rung <= most && state.problem.is_none();
    (kept && message.record.fate == Fate::Ordinary).then_some(until)
}

fn fate(message: &Message) -> Option<Side> {
    let undeliverable = |reason: &str| Side::Undeliverable {
        reason: reason.to_owned(),
        clause: None,
    };
    match message.record.fate {
        Fate::Ordinary => None,
        Fate::Cancelled => Some(Side::Cancelled),
        Fate::ExpiredHere => Some(undeliverable("expired-in-outbox")),
        Fate::Faulted(code) => Some(undeliverable(code_word(code))),
    }
}

fn problem(problem: &Problem) -> Side {
    match problem {
        Problem::Refused { code, clause, .. } => Side::Undeliverable {
            reason: code_word(*code).to_owned(),
            clause: Some(clause.clone()),
        },
        Problem::Cancelled => Side::Cancelled,
        Problem::Held { clause, due, late } => Side::Unreleased {
            clause: clause.clone(),
            due: *due,
            late: *late,
        },
        Problem::NotYetReadable => Side::NotYetReadable,
        Problem::Expired => Side::Expired,
        Problem::Unreadable { stage } => match Stage::from_code(*stage) {
            Some(stage) => super::unreadable(stage),
            None => Side::Unreadable {
                stage: "unknown".into(),
            },
        },
        Problem::Contradiction => Side::Contradiction,
    }
}
