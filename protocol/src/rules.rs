//! The rule table: rows that agencies have agreed on or that an agency keeps at home.
//!
//! Decides what a table may hold and which row matches. What a table must not say is in
//! `rules/check.rs`; what a row demands of a message is for [`crate::routing`]. Spec: routing.md,
//! Rule table.

use crate::address::{Desk, check_label};
use crate::crypto::Hash;
use crate::encoding::{
    Bytes, EncodingError, Extensions, Object, Text, decode, encode, require, require_sorted,
};
use crate::marking::Marking;
use crate::precedence::{Precedence, Status};
use crate::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use serde::{Deserialize, Serialize};

mod annex;
mod check;

pub use check::{Fault, FaultKind, Reason, check_accord, check_house};

/// Rows of a table, at most.
pub const ROWS_MAX: usize = 64;
/// Task forces of a table, at most.
pub const TASK_FORCES_MAX: usize = 32;
/// Formats of a row, at most.
pub const FORMATS_MAX: usize = 32;
/// Steps of an escalation, at most.
pub const STEPS_MAX: usize = 4;
/// Exceptions of a row, at most.
pub const EXCEPTIONS_MAX: usize = 16;
/// Members of a task force, at most.
pub const MEMBERS_MAX: usize = 64;
/// Markings of a ceiling, at most.
pub const CEILING_MAX: usize = 8;
/// How many addressees a row may allow.
pub const ADDRESSEES: std::ops::RangeInclusive<u8> = 1..=64;
/// The shortest sealed body: the smallest size class and the tag.
pub const BODY_BYTES_MIN: u32 = 272;

/// Times of a row that are not named below: 1 second to 30 days.
pub const WITHIN_MS: std::ops::RangeInclusive<u64> = SECOND_MS..=30 * DAY_MS;
/// `answer_within`: 1 second to 365 days.
pub const ANSWER_WITHIN_MS: std::ops::RangeInclusive<u64> = SECOND_MS..=365 * DAY_MS;
/// `lifetime`: 1 minute to 30 days.
pub const LIFETIME_MS: std::ops::RangeInclusive<u64> = MINUTE_MS..=30 * DAY_MS;

/// The rules of an accord or a house. Spec: routing.md, Rule table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rules {
    /// The accord that this annex tightens; in an accord only.
    pub framework: Option<Hash>,
    /// The rows, sorted by name. None: whatever admission lets pass.
    pub rows: Vec<Row>,
    /// Named groups of desks, sorted by name; in an accord only.
    pub task_forces: Vec<TaskForce>,
    /// Room for growth.
    pub extensions: Extensions,
}

/// One rule: which messages it is for, and what it demands of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// People know the row by it.
    pub name: Text,
    /// Formats that it matches, sorted.
    pub formats: Vec<u16>,
    /// Precedences that it matches, sorted.
    pub precedences: Vec<Precedence>,
    /// Statuses that it matches, sorted.
    pub statuses: Vec<Status>,
    /// Directions that it matches, sorted.
    pub directions: Vec<Direction>,
    /// Through whom the message must go.
    pub path: Path,
    /// Who must let it go.
    pub release: Release,
    /// Who must be informed, sorted.
    pub copies: Vec<Copies>,
    /// The longest `acknowledge_within`, in milliseconds, 1 second to 30 days.
    pub acknowledge_within: Option<u64>,
    /// The longest `answer_within`, in milliseconds, 1 second to 365 days.
    pub answer_within: Option<u64>,
    /// To whom silence leads, sorted by time.
    pub escalation: Vec<Step>,
    /// How long the message may be held for its release, in milliseconds, 1 second to 30 days.
    pub release_within: Option<u64>,
    /// Codes of the exceptions that waive copies at home, sorted.
    pub exceptions: Vec<u16>,
    /// The strictest marking on each axis, where it is tighter than the accord's.
    pub ceiling: Option<Vec<Marking>>,
    /// The longest time from `created` to `expires`, in milliseconds, 1 minute to 30 days.
    pub lifetime: Option<u64>,
    /// Most addressees, 1 to 64.
    pub addressees: Option<u8>,
    /// Longest sealed body, in bytes, at least 272.
    pub body_bytes: Option<u32>,
    /// How often one desk may use the row.
    pub rate: Option<Rate>,
}

/// How a message runs through the chain of command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// 0: to a unit above the sender's.
    Up,
    /// 1: to a unit below it.
    Down,
    /// 2: to another unit of the agency, or the same.
    Lateral,
    /// 3: to another agency.
    CrossBorder,
}

/// Through whom a message must go, laxest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Path {
    /// 0: straight to the addressee.
    Direct,
    /// 1: no unit on the way may be skipped.
    ByLevel,
    /// 2: to the gateway of the other agency.
    ToGateway,
    /// 3: from gateway to gateway.
    BetweenGateways,
}

/// Who must let a message go, laxest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Release {
    /// 0: nobody.
    None,
    /// 1: a desk of the superior unit.
    Superior,
    /// 2: a gateway desk.
    Gateway,
    /// 3: two desks.
    TwoPerson,
}

/// Whom a message must inform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Copies {
    /// 0: the sender's superior unit.
    Superior,
    /// 1: every unit on the way.
    Skipped,
    /// 2: the sender's gateway.
    OwnGateway,
    /// 3: the gateway of each other agency.
    PeerGateway,
}

/// One step of an escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// How long after `relayed`, in milliseconds, 1 second to 30 days.
    pub after: u64,
    /// To whom.
    pub to: StepTo,
}

/// To whom a step of an escalation leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StepTo {
    /// 0: a deputy of the addressee.
    Deputy,
    /// 1: its superior.
    Superior,
    /// 2: a gateway desk of its agency.
    Gateway,
}

/// How often one desk may use a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Messages, from 1.
    pub messages: u32,
    /// In this time, in milliseconds, 1 second to 30 days.
    pub per: u64,
}

/// A named group of desks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskForce {
    /// Its name, a label.
    pub name: Text,
    /// Its members, sorted, 2 to 64.
    pub members: Vec<Desk>,
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// All, in order of their codes.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word that people and JSON see.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::precedence::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                let mut all = Self::ALL.iter().copied();
                all.find(|one| one.word() == word).ok_or(crate::precedence::UnknownWord)
            }
        }
    };
}

words!(Direction { Up = "up", Down = "down", Lateral = "lateral", CrossBorder = "cross-border" });
words!(Path {
    Direct = "direct",
    ByLevel = "by-level",
    ToGateway = "to-gateway",
    BetweenGateways = "between-gateways",
});
words!(Release { None = "none", Superior = "superior", Gateway = "gateway", TwoPerson = "two-person" });
words!(Copies {
    Superior = "superior",
    Skipped = "skipped",
    OwnGateway = "own-gateway",
    PeerGateway = "peer-gateway",
});
words!(StepTo { Deputy = "deputy", Superior = "superior", Gateway = "gateway" });

impl Object for Rules {
    const KIND: u8 = 25;
    const BYTES_MAX: usize = 49_152;

    fn check(&self) -> Result<(), EncodingError> {
        require(self.rows.len() <= ROWS_MAX, "RTE-40")?;
        require_sorted(self.rows.iter().map(|row| &row.name), "ENC-17")?;
        for row in &self.rows {
            row.check()?;
        }
        require(self.task_forces.len() <= TASK_FORCES_MAX, "RTE-40")?;
        require_sorted(self.task_forces.iter().map(|t| &t.name), "ENC-17")?;
        for task_force in &self.task_forces {
            require(check_label(task_force.name.as_str()).is_ok(), "RTE-40")?;
            require(
                (2..=MEMBERS_MAX).contains(&task_force.members.len()),
                "RTE-40",
            )?;
            require_sorted(&task_force.members, "ENC-17")?;
        }
        self.extensions.check()
    }
}

/// Reads the table in `rules` of an accord or house, which may be empty.
///
/// # Errors
/// When it is not canonical or breaks a limit (RTE-40).
pub(crate) fn read_rules(bytes: &Bytes) -> Result<Rules, EncodingError> {
    match bytes.as_slice() {
        [] => Ok(Rules::default()),
        bytes => decode(bytes),
    }
}

impl Rules {
    /// The bytes for `rules` of an accord or house; none for a table that says nothing.
    ///
    /// # Errors
    /// When the table breaks a limit (RTE-40).
    pub fn to_bytes(&self) -> Result<Bytes, EncodingError> {
        if *self == Self::default() {
            return Ok(Bytes::default());
        }
        Ok(encode(self)?.into())
    }

    /// The row that matches, of which a table that was checked has at most one (RTE-41).
    #[must_use]
    pub fn row(
        &self,
        format: u16,
        precedence: Precedence,
        status: Status,
        direction: Direction,
    ) -> Option<&Row> {
        self.rows
            .iter()
            .find(|row| row.matches(format, precedence, status, direction))
    }

    /// The task force of a name.
    #[must_use]
    pub fn task_force(&self, name: &Text) -> Option<&TaskForce> {
        self.task_forces.iter().find(|t| t.name == *name)
    }
}

impl Row {
    /// Whether the row is for such a message.
    #[must_use]
    pub fn matches(
        &self,
        format: u16,
        precedence: Precedence,
        status: Status,
        direction: Direction,
    ) -> bool {
        self.formats.contains(&format)
            && self.precedences.contains(&precedence)
            && self.statuses.contains(&status)
            && self.directions.contains(&direction)
    }

    // RTE-40
    fn check(&self) -> Result<(), EncodingError> {
        require(check_label(self.name.as_str()).is_ok(), "RTE-40")?;
        require((1..=FORMATS_MAX).contains(&self.formats.len()), "RTE-40")?;
        require_sorted(&self.formats, "ENC-17")?;
        let some = !self.precedences.is_empty()
            && !self.statuses.is_empty()
            && !self.directions.is_empty();
        require(some, "RTE-40")?;
        require_sorted(&self.precedences, "ENC-17")?;
        require_sorted(&self.statuses, "ENC-17")?;
        require_sorted(&self.directions, "ENC-17")?;
        require_sorted(&self.copies, "ENC-17")?;
        self.check_times()?;
        require(self.exceptions.len() <= EXCEPTIONS_MAX, "RTE-40")?;
        require_sorted(&self.exceptions, "ENC-17")?;
        if let Some(ceiling) = &self.ceiling {
            require(ceiling.len() <= CEILING_MAX, "RTE-40")?;
            require_sorted(ceiling.iter().map(|m| m.axis), "ENC-17")?;
        }
        require(
            self.addressees.is_none_or(|n| ADDRESSEES.contains(&n)),
            "RTE-40",
        )?;
        require(
            self.body_bytes.is_none_or(|n| n >= BODY_BYTES_MIN),
            "RTE-40",
        )?;
        require(self.rate.is_none_or(|rate| rate.messages >= 1), "RTE-40")
    }

    fn check_times(&self) -> Result<(), EncodingError> {
        let within = |time: Option<u64>| time.is_none_or(|ms| WITHIN_MS.contains(&ms));
        require(within(self.acknowledge_within), "RTE-40")?;
        let answer = |ms: u64| ANSWER_WITHIN_MS.contains(&ms);
        require(self.answer_within.is_none_or(answer), "RTE-40")?;
        require(self.escalation.len() <= STEPS_MAX, "RTE-40")?;
        require_sorted(&self.escalation, "ENC-17")?;
        let steps = self.escalation.iter();
        require(
            steps
                .map(|step| step.after)
                .all(|ms| WITHIN_MS.contains(&ms)),
            "RTE-40",
        )?;
        require(within(self.release_within), "RTE-40")?;
        let lifetime = |ms: u64| LIFETIME_MS.contains(&ms);
        require(self.lifetime.is_none_or(lifetime), "RTE-40")?;
        require(within(self.rate.map(|rate| rate.per)), "RTE-40")
    }
}

#[cfg(test)]
mod tests;
