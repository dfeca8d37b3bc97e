//! What a message means for the person at this desk: whose turn it is, until when, what went wrong.
//!
//! Pure functions of a message's verified statements, the own desk and the time. Decides which list
//! a message is in; how it looks is decided by the commands.

use crate::store::Message;
use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::envelope::{Role, Stage};
use estafette_protocol::receipt::Standing;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Rung;
use std::collections::BTreeMap;

mod chain;
mod links;
mod marking;
mod release;
mod row;
mod side;
mod spoken;
mod turn;
mod verdict;

pub use chain::chain;
pub use links::{Effect, Links, Validity, is_in_part, is_withdrawal};
pub use marking::{effective_marking, grants, is_granted, known};
pub use release::{Said, Step, awaits, effective_precedence, releasers, releases};
pub use row::{Row, rows, rows_after};
pub use side::Side;
pub use spoken::{Spoken, Utterance, spoken};
pub use turn::Turn;
pub use verdict::{Verdict, judge};

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
    pub validity: Validity,
    /// What comes of it that it names another as replaced.
    pub effect: Option<Effect>,
    /// Whether it waits for the own desk's release before it goes.
    pub awaits_release: bool,
}

impl Item {
    /// The time that is counted down to: the next deadline, or where there is none the next promise
    /// that lies ahead. What was promised where no answer is wanted never runs out (RCP-2).
    #[must_use]
    pub fn counts_down_to(&self, now: UnixMillis) -> Option<UnixMillis> {
        let taken_on = |row: &&Row| row.standing == Standing::Acknowledged;
        let promises = self.rows.iter().filter(taken_on);
        let ahead = promises.filter_map(|row| row.state.until);
        self.due
            .or_else(|| ahead.filter(|until| *until > now).min())
    }

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
        self.validity
            .name()
            .into_iter()
            .chain(without_effect)
            .collect()
    }
}

/// Looks at a message with the eyes of a desk.
#[must_use]
pub fn item(message: Message, desk: &Desk, links: &Links, now: UnixMillis) -> Item {
    let digest = message.record.digest;
    let rows = rows_after(&message, links.over(&digest), now);
    let validity = links.validity(&digest);
    let awaits_release = links.awaits_release(&digest);
    let turn = match validity {
        _ if awaits_release => Turn::Ours,
        Validity::Holds | Validity::InPart(_) => turn::turn(&message, &rows, desk, now),
        // Whatever replaces it has a turn of its own.
        Validity::Superseded(_) | Validity::Withdrawn(_) => Turn::Nobody,
    };
    let is_own = message.header.sender == *desk;
    let concerns = |row: &&Row| turn != Turn::Nobody && (is_own || row.state.desk == *desk);
    let due = rows.iter().filter(concerns).filter_map(Row::deadline).min();
    let effect = links.effect(&digest);
    Item {
        message,
        rows,
        turn,
        due,
        validity,
        effect,
        awaits_release,
    }
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

/// The word of a registered code.
#[must_use]
pub fn code_word(code: u16) -> &'static str {
    ErrorCode::from_number(code).map_or("unknown-code", ErrorCode::word)
}

fn unreadable(stage: Stage) -> Side {
    Side::Unreadable {
        stage: stage.word().to_owned(),
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

/// How far a desk got, or whoever acts in its place: a desk of its chain that is on it, and where
/// it is in several, one of each.
// RCP-11
#[must_use]
pub fn covered_rung(row: &Row, rows: &[Row]) -> Rung {
    let others = rows
        .iter()
        .filter(|other| other.state.desk != row.state.desk);
    let others = others.filter(|other| other.is_on_it());
    let others = others.map(|other| (&other.state.desk, other.state.rung()));
    let on_it: BTreeMap<&Desk, Rung> = others.collect();
    let chains = rows.iter().filter(|head| row.is_in_chain_of(head));
    let fellows = chains.map(|head| head.responders().filter_map(|desk| on_it.get(desk)).max());
    let others = fellows.map(|rung| rung.copied().unwrap_or(Rung::Queued));
    let own = match row.standing {
        // What is taken back or over is nobody's word.
        Standing::Declined | Standing::Referred | Standing::Lapsed => {
            row.state.rung().min(Rung::Opened)
        }
        _ => row.state.rung(),
    };
    others.min().unwrap_or(own).max(own)
}

#[cfg(test)]
mod tests;
