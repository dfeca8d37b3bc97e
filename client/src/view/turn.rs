//! Whose turn it is with a message, seen from one desk.

use super::{Row, Side, is_cancel_asked, lowest_rung};
use crate::store::{Content, Fate, Message};
use estafette_protocol::address::Desk;
use estafette_protocol::envelope::Role;
use estafette_protocol::precedence::Status;
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::{Problem, Rung};

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

pub(super) fn turn(message: &Message, rows: &[Row], desk: &Desk, now: UnixMillis) -> Turn {
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
    // EXR-6: a machine has answered it.
    if message.header.status == Status::Test && row.state.rung() >= Rung::Acknowledged {
        return Turn::Nobody;
    }
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
    // As asked for; a relay that drops it of its own accord is a problem (ENV-23).
    let dropped = |row: &Row| row.state.problem == Some(Problem::Cancelled);
    let held = |row: &Row| {
        row.sides
            .iter()
            .any(|side| matches!(side, Side::Held { .. }))
    };
    let asked = is_cancel_asked(message) && rows.iter().all(dropped);
    if asked || rows.iter().all(held) {
        return Turn::Nobody;
    }
    let wrong = |row: &Row| {
        row.sides.iter().any(|side| {
            side.is_negative()
                || matches!(
                    side,
                    Side::Overdue
                        | Side::AnswerOverdue
                        | Side::Contradiction
                        | Side::Lapsed
                        | Side::NonCompliance
                        | Side::Unreleased { late: true, .. }
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
