//! How waiting for a rung stands.

use super::{Row, Side, covered_rung};
use crate::store::{Fate, Message};
use estafette_protocol::envelope::Role;
use estafette_protocol::escalation::Clock;
use estafette_protocol::receipt::Standing;
use estafette_protocol::track::{Problem, Rung};

/// How waiting for a rung stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every desk that must act has reached it, or somebody to whom its silence has led.
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
    let is_short = |row: &&&Row| covered_rung(row, rows) < wanted;
    let short: Vec<&&Row> = acting.iter().filter(is_short).collect();
    if short.is_empty() {
        return Verdict::Reached;
    }
    let wants_word = wanted >= Rung::Acknowledged;
    let off = short.iter().filter(|row| !is_hoped_for(row, rows));
    let mut sides = off.flat_map(|row| &row.sides);
    let side = sides.find(|side| matches!(side, Side::Declined { .. } | Side::Referred { .. }));
    if let Some(side) = side.filter(|_| wants_word) {
        return Verdict::Negative(side.clone());
    }
    let is_overdue = |row: &&&Row| match wanted {
        Rung::Acknowledged => row.overdue.contains(&Clock::Acknowledge),
        _ => !row.overdue.is_empty(),
    };
    match wants_word && short.iter().any(is_overdue) {
        true => Verdict::Overdue,
        false => Verdict::Pending,
    }
}

/// Whether somebody to whom a desk's silence or refusal has led has yet to say anything.
fn is_hoped_for(row: &Row, rows: &[Row]) -> bool {
    let leads = |other: &&Row| row.steps.iter().any(|step| step.to == other.state.desk);
    let mut others = rows.iter().filter(leads);
    others.any(|other| matches!(other.standing, Standing::Waiting | Standing::Retracted))
}
