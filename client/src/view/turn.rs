//! Whose turn it is with a message, seen from one desk.

use super::{Row, Side, covered_rung, is_cancel_asked};
use crate::store::{Content, Fate, Message};
use estafette_protocol::address::Desk;
use estafette_protocol::envelope::Role;
use estafette_protocol::precedence::Status;
use estafette_protocol::receipt::Standing;
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
    if let Some(turn) = settled(message, row, rows) {
        return if unread { Turn::Ours } else { turn };
    }
    let is_late = |side: &Side| matches!(side, Side::Lapsed | Side::AnswerOverdue);
    // Whoever had what was wrong confirms that it has the correction, a copy as well.
    let corrects = message.header.supersedes.is_some() && row.state.role == Role::Info;
    let wants_acknowledgement = (row.is_asked() || corrects)
        && message.header.acknowledge_within.is_some()
        && !row.is_on_it();
    let is_reminded = row.reminded.is_some();
    if unread || wants_acknowledgement || is_reminded || row.sides.iter().any(is_late) {
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

/// Whose turn it is whatever the clocks say: the desk has said its last word, the sender has, or
/// somebody else of the chain is on it or has answered.
fn settled(message: &Message, row: &Row, rows: &[Row]) -> Option<Turn> {
    let colleagues = message.header.sender.agency() == row.state.desk.agency();
    let covered = covered_rung(row, rows);
    let told =
        |row: &Row| !row.told_overdue.is_empty() && covered_rung(row, rows) < Rung::Acknowledged;
    match row.standing {
        Standing::Closed | Standing::Declined | Standing::Referred => return Some(Turn::Nobody),
        // ESC-2: whoever is told of a colleague's message that nobody takes on.
        _ if !row.is_asked() && colleagues && rows.iter().any(told) => {
            return Some(Turn::Problem);
        }
        _ => {}
    }
    let is_reminded = row.reminded.is_some();
    match covered {
        Rung::Answered if !is_reminded => Some(Turn::Nobody),
        Rung::Acknowledged if !is_reminded && !row.is_on_it() => Some(Turn::Acknowledged),
        _ => None,
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
    if rows.iter().any(|row| row.standing == Standing::Closed) {
        return Turn::Nobody;
    }
    if rows.iter().any(|row| is_wrong(row, rows)) {
        return Turn::Problem;
    }
    let acting = rows.iter().filter(|row| row.state.role == Role::Action);
    let reached: Vec<Rung> = acting.map(|row| covered_rung(row, rows)).collect();
    let lowest = reached.iter().min().copied().unwrap_or(Rung::Queued);
    let goal = goal(message);
    match lowest {
        Rung::Acknowledged if !is_over || goal == Rung::Answered => Turn::Acknowledged,
        _ if reached.iter().any(|rung| *rung < goal) => Turn::Theirs,
        _ => Turn::Nobody,
    }
}

/// Whether the sender has to look at an addressee: nothing will come of it by itself.
fn is_wrong(row: &Row, rows: &[Row]) -> bool {
    // Whoever is on it in the desk's place stands for it until an answer is due.
    let covered = !row.is_on_it() && covered_rung(row, rows) >= Rung::Acknowledged;
    row.sides.iter().any(|side| match side {
        Side::AnswerOverdue
        | Side::Contradiction
        | Side::NonCompliance
        | Side::NotRelayed
        | Side::RelaySilent
        | Side::ExtensionAsked { .. }
        | Side::Unreleased { late: true, .. } => true,
        Side::Overdue
        | Side::Lapsed
        | Side::Retracted
        | Side::Declined { .. }
        | Side::Referred { .. } => !covered,
        side => side.is_negative(),
    })
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
