//! What a message means for the person at this desk: whose turn it is, until when, what went wrong.
//!
//! Pure functions of a message's verified statements, the own desk and the time. Decides which list
//! a message is in; how it looks is decided by the commands.

use crate::store::{Fate, Message, Origin};
use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Secret;
use estafette_protocol::envelope::{Role, Stage};
use estafette_protocol::precedence::Status;
use estafette_protocol::statement::{Claim, Remark, open_remark};
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use estafette_protocol::track::{AddresseeState, Problem, Rung};

mod links;
mod marking;
mod release;
mod side;
mod turn;

pub use links::{Effect, Links, Standing, is_in_part, is_withdrawal};
pub use marking::{effective_marking, grants, is_granted, known};
pub use release::{Said, Step, awaits, effective_precedence, releasers, releases};
pub use side::Side;
pub use turn::Turn;

/// A deadline with less than this left is due soon, in milliseconds.
const SOON_MS: u64 = 5 * MINUTE_MS;

/// An addressee as a person follows it.
#[derive(Debug, Clone)]
pub struct Row {
    /// What is proved.
    pub state: AddresseeState,
    /// When acknowledgement is due.
    pub due: Option<UnixMillis>,
    /// When an answer is due.
    pub answer_due: Option<UnixMillis>,
    /// What is out of the ordinary.
    pub sides: Vec<Side>,
    /// Officer's name and text of the acknowledgement that counts.
    pub remark: Option<Remark>,
}

/// A message as a person meets it in lists.
#[derive(Debug, Clone)]
pub struct Item {
    /// The message.
    pub message: Message,
    /// Its addressees.
    pub rows: Vec<Row>,
    /// Whose turn it is.
    pub turn: Turn,
    /// The deadline that comes first among those that concern `turn`.
    pub due: Option<UnixMillis>,
    /// Whether it still holds.
    pub standing: Standing,
    /// What comes of it that it names another as replaced.
    pub effect: Option<Effect>,
    /// Whether it waits for the own desk's release before it goes.
    pub awaits_release: bool,
}

impl Item {
    /// What is out of the ordinary with the message or any addressee, each thing once.
    #[must_use]
    pub fn sides(&self) -> Vec<Side> {
        let mut sides: Vec<Side> = Vec::new();
        sides.extend(self.message.unreadable_at().map(unreadable));
        for side in self.rows.iter().flat_map(|row| &row.sides) {
            if !sides.contains(side) {
                sides.push(side.clone());
            }
        }
        sides
    }

    /// The words for what other messages say of this one, or it of them without effect.
    #[must_use]
    pub fn marks(&self) -> Vec<&'static str> {
        let without_effect = self.effect.filter(|effect| effect.is_none());
        let without_effect = without_effect.map(|_| "without-effect");
        self.standing
            .name()
            .into_iter()
            .chain(without_effect)
            .collect()
    }
}

/// Looks at a message with the eyes of a desk.
#[must_use]
pub fn item(message: Message, desk: &Desk, links: &Links, now: UnixMillis) -> Item {
    let rows = rows(&message, now);
    let digest = message.record.digest;
    let standing = links.standing(&digest);
    let awaits_release = links.awaits_release(&digest);
    let turn = match standing {
        _ if awaits_release => Turn::Ours,
        Standing::Holds | Standing::InPart(_) => turn::turn(&message, &rows, desk, now),
        // Whatever replaces it has a turn of its own.
        Standing::Superseded(_) | Standing::Withdrawn(_) => Turn::Nobody,
    };
    let is_own = message.header.sender == *desk;
    let concerns = |row: &&Row| turn != Turn::Nobody && (is_own || row.state.desk == *desk);
    let due = rows.iter().filter(concerns).filter_map(deadline).min();
    let effect = links.effect(&digest);
    Item {
        message,
        rows,
        turn,
        due,
        standing,
        effect,
        awaits_release,
    }
}

/// The next deadline of an addressee: to acknowledge or answer, or the one that it set itself.
fn deadline(row: &Row) -> Option<UnixMillis> {
    match row.state.rung() {
        Rung::Answered => None,
        Rung::Acknowledged => row.answer_due.or(row.state.until),
        _ => [row.due, row.answer_due].into_iter().flatten().min(),
    }
}

/// One row for each addressee, in the order of the header.
#[must_use]
pub fn rows(message: &Message, now: UnixMillis) -> Vec<Row> {
    let states = message.states();
    states
        .into_iter()
        .map(|state| row(message, state, now))
        .collect()
}

fn row(message: &Message, state: AddresseeState, now: UnixMillis) -> Row {
    let due = due(message, &state, message.header.acknowledge_within);
    let answer_due = due_answer(message, &state);
    let held = held_until(message, &state, now);
    let mut sides = Vec::new();
    sides.extend(fate(message));
    sides.extend(state.problem.as_ref().map(problem));
    let non_compliance = state.problem.as_ref();
    let non_compliance = non_compliance.is_some_and(Problem::is_non_compliance);
    sides.extend(non_compliance.then_some(Side::NonCompliance));
    sides.extend(held.map(|until| Side::Held { until }));
    if held.is_some() && is_cancel_asked(message) {
        sides.push(Side::Cancelling);
    }
    match (due, state.proof(Rung::Acknowledged)) {
        _ if held.is_some() => {}
        (Some(due), None) if now > due => sides.push(Side::Overdue),
        (Some(due), None) if due.since(now) < SOON_MS => sides.push(Side::DueSoon),
        (Some(due), Some(proof)) if proof.at > due => sides.push(Side::Late),
        _ => {}
    }
    let is_answered = state.proof(Rung::Answered).is_some();
    if held.is_none() && !is_answered && answer_due.is_some_and(|due| now > due) {
        sides.push(Side::AnswerOverdue);
    }
    // STA-14
    let wants_answer = message.header.answer_within.is_some();
    if wants_answer && !is_answered && state.until.is_some_and(|until| now > until) {
        sides.push(Side::Lapsed);
    }
    let remark = remark(message, &state);
    Row {
        state,
        due,
        answer_due,
        sides,
        remark,
    }
}

fn due_answer(message: &Message, state: &AddresseeState) -> Option<UnixMillis> {
    due(message, state, message.header.answer_within)
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

/// Whether a device of the sender's desk has asked for the message to be dropped.
#[must_use]
pub fn is_cancel_asked(message: &Message) -> bool {
    let statements = message.statements.iter().map(|s| s.value());
    let mut cancelled = statements.filter(|s| s.claim == Claim::Cancelled);
    cancelled.any(|s| s.signer.desk.is_some())
}

/// Whether the sender's relay has said that it dropped the message before its time (STA-22).
#[must_use]
pub fn is_dropped(message: &Message) -> bool {
    let own = message.header.sender.agency();
    let mut statements = message.statements.iter().map(|s| s.value());
    statements
        .any(|s| s.claim == Claim::Cancelled && s.signer.desk.is_none() && s.signer.agency == own)
}

/// Until when an addressee that must act has to do so: the clock runs from `relayed`, or from
/// `not_before` where that is later.
// ENV-24
fn due(message: &Message, state: &AddresseeState, within: Option<u64>) -> Option<UnixMillis> {
    let within = within?;
    if state.role != Role::Action {
        return None;
    }
    // REL-16: what is held is not let go.
    if matches!(state.problem, Some(Problem::Held { .. })) {
        return None;
    }
    let began = state.proof(Rung::Relayed).map(|proof| proof.at);
    // An addressee's device need not hold its relay's receipt; it was there before the device.
    let began = began.or(match message.record.origin {
        Origin::Received => Some(message.record.stored_at),
        Origin::Sent => None,
    });
    let not_before = message.header.not_before.unwrap_or_default();
    began.map(|began| began.max(not_before).plus(within))
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

/// The word of a registered code.
#[must_use]
pub fn code_word(code: u16) -> &'static str {
    ErrorCode::from_number(code).map_or("unknown-code", ErrorCode::word)
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
            Some(stage) => unreadable(stage),
            None => Side::Unreadable {
                stage: "unknown".into(),
            },
        },
        Problem::Contradiction => Side::Contradiction,
    }
}

fn unreadable(stage: Stage) -> Side {
    Side::Unreadable {
        stage: stage.word().to_owned(),
    }
}

/// The remark of the acknowledgement that counts for a desk.
fn remark(message: &Message, state: &AddresseeState) -> Option<Remark> {
    let proof = state.proof(Rung::Acknowledged)?;
    let key = message.content_key()?;
    let statement = message.statements.iter();
    let statement = statement.map(|s| (s.hash(), s.value()));
    let (_, value) = statement
        .into_iter()
        .find(|(hash, _)| *hash == proof.statement)?;
    let Claim::Acknowledged {
        remark: Some(remark),
        ..
    } = &value.claim
    else {
        return None;
    };
    let subject: (Status, _, &Secret) = (message.header.status, &message.record.digest, &key);
    let signer = (&value.signer.key, value.claim.tag());
    open_remark(remark, subject, signer).ok()
}

/// How waiting for a rung stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every desk that must act has reached it.
    Reached,
    /// Not yet.
    Pending,
    /// Not yet, and somebody's time has passed.
    Overdue,
    /// The own relay has refused the message.
    Refused(Side),
    /// Some desk will never reach it.
    Negative(Side),
}

/// Judges whether every desk that must act has reached a rung.
#[must_use]
pub fn judge(message: &Message, rows: &[Row], wanted: Rung) -> Verdict {
    let acting: Vec<&Row> = rows
        .iter()
        .filter(|r| r.state.role == Role::Action)
        .collect();
    let negative = acting.iter().flat_map(|row| &row.sides);
    if let Some(side) = negative.into_iter().find(|side| side.is_negative()) {
        let own = message.header.sender.agency();
        let by_egress = acting.iter().any(|row| match &row.state.problem {
            Some(Problem::Refused { by, .. }) => by.agency == own,
            _ => message.record.fate != Fate::Ordinary,
        });
        return match by_egress {
            true => Verdict::Refused(side.clone()),
            false => Verdict::Negative(side.clone()),
        };
    }
    if acting.iter().all(|row| row.state.rung() >= wanted) {
        return Verdict::Reached;
    }
    let overdue = acting.iter().any(|row| row.sides.contains(&Side::Overdue));
    match overdue && wanted >= Rung::Acknowledged {
        true => Verdict::Overdue,
        false => Verdict::Pending,
    }
}

/// The lowest rung of those that must act: what is true of all of them.
#[must_use]
pub fn lowest_rung(rows: &[Row]) -> Rung {
    let acting = rows.iter().filter(|row| row.state.role == Role::Action);
    acting
        .map(|row| row.state.rung())
        .min()
        .unwrap_or(Rung::Queued)
}

#[cfg(test)]
mod tests;
