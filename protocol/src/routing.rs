//! Who may tell whom what, through whom, and who must know of it.
//!
//! `decide` is what both relays ask of an envelope that admission has let pass, and `plan` what a
//! device does before it seals: the same rows, pure and total. Signatures are the caller's to
//! check; nothing here looks at one. Spec: routing.md, release.md, handling.md.
//!
//! ```text
//!   header ─┐
//!   world ──┼─► rows ─► RTE ─► TSK ─► EXR ─► HND ─► REL ─► pass, hold or refuse
//!   statements ┘
//! ```

use crate::accord::Accord;
use crate::address::{Agency, Desk};
use crate::admission::{Refusal, Side};
use crate::code::{ErrorCode, Note};
use crate::crypto::Hash;
use crate::envelope::Header;
use crate::house::House;
use crate::marking::Marking;
use crate::precedence::{Precedence, Status};
use crate::roster::Roster;
use crate::rules::{Direction, Row, Rules};
use crate::statement::Statement;
use crate::time::UnixMillis;
use case::Case;
use std::collections::BTreeMap;

mod case;
mod escalation;
mod exercise;
mod handling;
mod plan;
mod release;
mod row;
mod task_force;

pub use escalation::{NotStaffed, chains};
pub use plan::{Added, Plan, Reason, plan};
pub use release::judge as judge_release;

/// What a side judges by.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    /// The judging agency.
    pub own: &'a Agency,
    /// The accord that the header names, with its table.
    pub accord: Option<(&'a Accord, &'a Rules)>,
    /// Rosters of the sender's agency and of the addressed agencies that this side judges.
    pub rosters: &'a BTreeMap<Agency, &'a Roster>,
    /// The own agency's house with its table; at egress only.
    pub house: Option<(&'a House, &'a Rules)>,
    /// Messages that the header replies to, supersedes or encloses, as far as they are known.
    pub known: &'a BTreeMap<Hash, Known>,
    /// How often the sender's desk has lately used a row that has a rate.
    pub sent: &'a BTreeMap<(Table, String), u32>,
}

/// Whose table a row is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// The accord's.
    Accord,
    /// The house's.
    House,
}

/// What is known of another message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The desk that sealed it.
    pub sender: Desk,
    /// Actual, exercise or test.
    pub status: Status,
    /// Its effective marking.
    pub marking: Vec<Marking>,
}

/// A row that matches a message, and for which of its directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a> {
    /// Whose table it is of.
    pub table: Table,
    /// The direction that it matches.
    pub direction: Direction,
    /// The row.
    pub row: &'a Row,
}

/// What `decide` says, where it does not refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The message may go.
    Pass {
        /// The precedence that it goes by (REL-14).
        precedence: Precedence,
        /// For the receipt, sorted.
        notes: Vec<Note>,
    },
    /// Egress keeps the message until it is released.
    Hold {
        /// Why it may not go: the refusal that ingress would sign.
        lacks: Refusal,
        /// For how long it may be held, in milliseconds: the shortest of the rows.
        within: Option<u64>,
        /// For the receipt, sorted.
        notes: Vec<Note>,
    },
}

/// Judges a message by the rules.
///
/// `statements` are releases of this message and grants about those that it encloses, their
/// signatures good and their keys not barred; whatever else is among them makes no difference, nor
/// does their order.
///
/// # Errors
/// The first clause that fails. Whoever sealed the message is at fault.
pub fn decide(
    header: &Header,
    statements: &[Statement],
    world: &World<'_>,
    side: Side,
    now: UnixMillis,
) -> Result<Verdict, Refusal> {
    let case = Case::new(header, world, side);
    let matches = case.matches()?;
    let mut notes = row::judge_all(&case, &matches)?;
    task_force::judge(&case)?;
    exercise::judge(&case, now)?;
    notes.extend(handling::judge(&case, statements, now)?);
    if header.exception.is_some() {
        notes.push(Note::EXCEPTION_USED);
    }
    notes.sort_unstable();
    notes.dedup();
    let releases = release::weigh(&case, &matches, statements)?;
    match (releases.lacks, side) {
        (None, _) => Ok(Verdict::Pass {
            precedence: releases.precedence.unwrap_or(header.precedence),
            notes,
        }),
        (Some(lacks), Side::Egress) => Ok(Verdict::Hold {
            lacks,
            within: releases.within,
            notes,
        }),
        (Some(lacks), Side::Ingress) => Err(lacks),
    }
}

/// The rows that a message is judged by, the accord's first.
///
/// # Errors
/// RTE-1.
pub fn matches<'a>(
    header: &Header,
    world: &World<'a>,
    side: Side,
) -> Result<Vec<Match<'a>>, Refusal> {
    Case::new(header, world, side).matches()
}

/// The desks addressed that may release the message, in the order of the header (REL-1).
#[must_use]
pub fn releasers(header: &Header, world: &World<'_>, side: Side) -> Vec<Desk> {
    let case = Case::new(header, world, side);
    let rows = case.matches().unwrap_or_default();
    release::addressed_releasers(&case, &rows)
}

fn demand(holds: bool, code: ErrorCode, clause: &'static str) -> Result<(), Refusal> {
    if holds {
        Ok(())
    } else {
        Err(Refusal::new(code, clause))
    }
}
