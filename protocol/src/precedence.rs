//! How urgent transport is, and whether a message is meant. Spec: envelope.md, Header.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How urgent transport is; has nothing to do with how long an answer may take.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Precedence {
    /// 0: when its turn comes.
    #[default]
    Routine,
    /// 1: before routine.
    Priority,
    /// 2: at once, on the urgent lane.
    Immediate,
    /// 3: before everything else.
    Flash,
}

impl Precedence {
    /// All, lowest first.
    pub const ALL: [Self; 4] = [Self::Routine, Self::Priority, Self::Immediate, Self::Flash];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Routine => "routine",
            Self::Priority => "priority",
            Self::Immediate => "immediate",
            Self::Flash => "flash",
        }
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Routine => 0,
            Self::Priority => 1,
            Self::Immediate => 2,
            Self::Flash => 3,
        }
    }

    /// Whether it travels on the urgent lane (SES-18).
    #[must_use]
    pub const fn is_urgent(self) -> bool {
        matches!(self, Self::Immediate | Self::Flash)
    }
}

impl FromStr for Precedence {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|p| p.word() == word)
            .ok_or(UnknownWord)
    }
}

/// Whether a message is meant: part of every label, so that one never opens as another.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Status {
    /// 0: meant.
    #[default]
    Actual,
    /// 1: part of a registered exercise.
    Exercise,
    /// 2: answered by machines.
    Test,
}

impl Status {
    /// All, in order of delivery.
    pub const ALL: [Self; 3] = [Self::Actual, Self::Exercise, Self::Test];

    /// The word in labels and for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Exercise => "exercise",
            Self::Test => "test",
        }
    }

    /// The code on the wire.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Actual => 0,
            Self::Exercise => 1,
            Self::Test => 2,
        }
    }

    /// The label of a purpose (CRY-8).
    #[must_use]
    pub fn label(self, purpose: &str) -> Vec<u8> {
        format!("estafette/1/{}/{purpose}", self.word()).into_bytes()
    }
}

impl FromStr for Status {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|s| s.word() == word)
            .ok_or(UnknownWord)
    }
}

/// The word is none of those defined. Whoever wrote it is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the word is none of those defined")]
pub struct UnknownWord;
