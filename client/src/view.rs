//! What a message means for the person at this desk: whose turn it is, until when, what went wrong.
//!
//! Pure functions of a message's verified statements, the own desk and the time. Decides which list
//! a message is in; how it looks is decided by the commands.

use crate::store::{Content, Fate, Message, Origin};
use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Secret;
use estafette_protocol::envelope::{Role, Stage};
use estafette_protocol::precedence::Status;
use estafette_protocol::statement::{Claim, Remark, open_remark};
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use estafette_protocol::track::{AddresseeState, Problem, Rung};

mod links;

pub use links::{Effect, Links, Standing, is_withdrawal};

/// A deadline with less than this left is due soon, in milliseconds.
const SOON_MS: u64 = 5 * MINUTE_MS;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// The own desk's.
    Ours,
    /// Somebody else's.
    Theirs,
    /// Something is wrong.
    Problem,
    /// Whoever has acknowledged it works on it.
    Acknowledged,
    /// Nobody's.
    Nobody,
}

/// What is out of the ordinary with an addressee, beside the rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Little time is left.
    DueSoon,
    /// The time has passed.
    Overdue,
    /// It was acknowledged after its time.
    Late,
    /// The time for an answer has passed.
    AnswerOverdue,
    /// The promise of the acknowledgement has passed without an answer (STA-14).
    Lapsed,
    /// It will not arrive.
    Undeliverable {
        /// Why, as a word.
        reason: String,
        /// The rule that a relay named.
        clause: Option<String>,
    },
    /// It arrived and does not open.
    Unreadable {
        /// The stage that failed.
        stage: String,
    },
    /// It expired before it arrived.
    Expired,
    /// Proved to be taken and refused: both are shown (STA-13).
    Contradiction,
    /// Taken back before it was sent.
    Cancelled,
}

impl Side {
    /// The words of all, and those that stand for a whole message.
    pub const NAMES: [&'static str; 13] = [
        "due-soon",
        "overdue",
        "acknowledged-late",
        "answer-overdue",
        "lapsed-ack",
        "undeliverable",
        "unreadable",
        "expired",
        "contradiction",
        "cancelled",
        "superseded",
        "withdrawn",
        "without-effect",
    ];

    /// The word for all of its kind.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::Late => "acknowledged-late",
            Self::AnswerOverdue => "answer-overdue",
            Self::Lapsed => "lapsed-ack",
            Self::Undeliverable { .. } => "undeliverable",
            Self::Unreadable { .. } => "unreadable",
            Self::Expired => "expired",
            Self::Contradiction => "contradiction",
            Self::Cancelled => "cancelled",
        }
    }

    /// Why, where that is known.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Undeliverable { reason, clause } => Some(match clause {
                Some(clause) => format!("{reason} ({clause})"),
                None => reason.clone(),
            }),
            Self::Unreadable { stage } => Some(stage.clone()),
            _ => None,
        }
    }

    /// The word that people and JSON see.
    #[must_use]
    pub fn word(&self) -> String {
        match self.detail() {
            Some(detail) => format!("{}:{detail}", self.name()),
            None => self.name().to_owned(),
        }
    }

    /// Whether the message will get no further by itself.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        matches!(
            self,
            Self::Undeliverable { .. } | Self::Unreadable { .. } | Self::Expired | Self::Cancelled
        )
    }
}

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
    let turn = match standing {
        Standing::Holds => turn(&message, &rows, desk, now),
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
    let mut sides = Vec::new();
    sides.extend(fate(message));
    sides.extend(state.problem.as_ref().map(problem));
    match (due, state.proof(Rung::Acknowledged)) {
        (Some(due), None) if now > due => sides.push(Side::Overdue),
        (Some(due), None) if due.since(now) < SOON_MS => sides.push(Side::DueSoon),
        (Some(due), Some(proof)) if proof.at > due => sides.push(Side::Late),
        _ => {}
    }
    let is_answered = state.proof(Rung::Answered).is_some();
    if !is_answered && answer_due.is_some_and(|due| now > due) {
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

/// Until when an addressee that must act has to do so: the clock runs from `relayed`.
fn due(message: &Message, state: &AddresseeState, within: Option<u64>) -> Option<UnixMillis> {
    let within = within?;
    if state.role != Role::Action {
        return None;
    }
    let began = state.proof(Rung::Relayed).map(|proof| proof.at);
    // An addressee's device need not hold its relay's receipt; it was there before the device.
    let began = began.or(match message.record.origin {
        Origin::Received => Some(message.record.stored_at),
        Origin::Sent => None,
    });
    began.map(|began| began.plus(within))
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

fn turn(message: &Message, rows: &[Row], desk: &Desk, now: UnixMillis) -> Turn {
    let is_over = now > message.header.expires;
    if message.header.sender == *desk {
        return turn_of_sender(message, rows, is_over);
    }
    if matches!(message.record.content, Content::Unreadable(_)) {
        return Turn::Problem;
    }
    let Some(row) = rows.iter().find(|row| row.state.desk == *desk) else {
        return Turn::Nobody;
    };
    let unread = message.record.shown_at.is_none();
    let is_late = |side: &Side| matches!(side, Side::Lapsed | Side::AnswerOverdue);
    let wants_acknowledgement = row.state.role == Role::Action
        && message.header.acknowledge_within.is_some()
        && row.state.rung() < Rung::Acknowledged;
    if unread || wants_acknowledgement || row.sides.iter().any(is_late) {
        return Turn::Ours;
    }
    let wants_answer = row.answer_due.is_some() && row.state.rung() < Rung::Answered;
    match (row.state.rung(), is_over) {
        // It stays in sight until it is answered, or nothing of it is in force any more.
        (Rung::Acknowledged, over) if wants_answer || !over => Turn::Acknowledged,
        _ if wants_answer => Turn::Ours,
        _ => Turn::Nobody,
    }
}

fn turn_of_sender(message: &Message, rows: &[Row], is_over: bool) -> Turn {
    if message.record.fate == Fate::Cancelled {
        return Turn::Nobody;
    }
    let wrong = |row: &Row| {
        row.sides.iter().any(|side| {
            side.is_negative()
                || matches!(
                    side,
                    Side::Overdue | Side::AnswerOverdue | Side::Contradiction | Side::Lapsed
                )
        })
    };
    if rows.iter().any(wrong) {
        return Turn::Problem;
    }
    let mut acting = rows.iter().filter(|row| row.state.role == Role::Action);
    let lowest = lowest_rung(rows);
    let goal = goal(message);
    match lowest {
        Rung::Acknowledged if !is_over || goal == Rung::Answered => Turn::Acknowledged,
        _ if acting.any(|row| row.state.rung() < goal) => Turn::Theirs,
        _ => Turn::Nobody,
    }
}

/// The rung that the sender waits for.
fn goal(message: &Message) -> Rung {
    let header = &message.header;
    match (header.answer_within, header.acknowledge_within) {
        (Some(_), _) => Rung::Answered,
        (None, Some(_)) => Rung::Acknowledged,
        (None, None) => Rung::Delivered,
    }
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
