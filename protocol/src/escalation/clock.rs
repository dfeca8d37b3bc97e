//! What runs out and why a step is taken, and the two clocks by which that is told. Spec:
//! escalation.md, Clocks.

use crate::precedence::Precedence;
use crate::time::{HOUR_MS, MINUTE_MS, UnixMillis};
use serde::{Deserialize, Serialize};

/// What runs out. Spec: escalation.md, Clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Clock {
    /// 0: until the addressee's relay has it.
    Transport,
    /// 1: until the desk has said anything.
    Acknowledge,
    /// 2: until it has answered.
    Answer,
}

/// Why a step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// 0: nobody was on it for as long as the rule says.
    Silence,
    /// 1: everybody asked so far has declined or referred.
    Declined,
    /// 2: a responder has named that desk.
    Referred,
    /// 3: the addressee of a flash is not staffed.
    NotStaffed,
    /// 4: a desk has asked for it.
    Asked,
}

impl Clock {
    /// All, in order of their codes.
    pub const ALL: [Self; 3] = [Self::Transport, Self::Acknowledge, Self::Answer];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Acknowledge => "acknowledge",
            Self::Answer => "answer",
        }
    }
}

impl Cause {
    /// All, in order of their codes.
    pub const ALL: [Self; 5] = [
        Self::Silence,
        Self::Declined,
        Self::Referred,
        Self::NotStaffed,
        Self::Asked,
    ];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Declined => "declined",
            Self::Referred => "referred",
            Self::NotStaffed => "not-staffed",
            Self::Asked => "asked",
        }
    }
}

/// How long a message of a precedence may take to the addressee's relay, in milliseconds (ESC-3).
#[must_use]
pub const fn transport_ms(precedence: Precedence) -> u64 {
    match precedence {
        Precedence::Flash => 2 * MINUTE_MS,
        Precedence::Immediate => 15 * MINUTE_MS,
        Precedence::Priority => HOUR_MS,
        Precedence::Routine => 8 * HOUR_MS,
    }
}

/// A time on both clocks of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Of the wall clock, for statements: it may be moved.
    pub wall: UnixMillis,
    /// Of the clock that never jumps; only differences mean anything (ESC-1).
    pub steady: UnixMillis,
}

impl Moment {
    /// This moment, or when the wall clock will show `wall`, whichever is later.
    pub(super) fn or_at(self, wall: UnixMillis) -> Self {
        let ahead = wall.since(self.wall);
        Self {
            wall: self.wall.plus(ahead),
            steady: self.steady.plus(ahead),
        }
    }

    /// The moment before.
    pub(super) const fn before(self) -> Self {
        Self {
            wall: self.wall.minus(1),
            steady: self.steady.minus(1),
        }
    }

    pub(super) const fn plus(self, ms: u64) -> Self {
        Self {
            wall: self.wall.plus(ms),
            steady: self.steady.plus(ms),
        }
    }
}

/// Of a relay whose wall clock nobody has moved.
impl From<UnixMillis> for Moment {
    fn from(now: UnixMillis) -> Self {
        Self {
            wall: now,
            steady: now,
        }
    }
}
