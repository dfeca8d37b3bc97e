//! Exit codes: what a script can tell from the number alone.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done, an empty list included; for sending: safely queued on disk.
    Done,
    /// 1: failed, unclassified.
    Failed,
    /// 2: usage.
    Usage,
    /// 3: cancelled, or input needed that nobody may be asked for.
    Cancelled,
    /// 4: key locked, or not enrolled.
    Locked,
    /// 5: trust failure: bad signature, changed or revoked key, tampered file.
    Trust,
    /// 6: the relay is not reached, where it was needed.
    Unreachable,
    /// 7: refused by policy.
    Refused,
    /// 8: still pending when the time was up.
    Pending,
    /// 9: a deadline has passed and someone is overdue.
    Overdue,
    /// 10: a negative end: refused by an addressee's agency, undeliverable or unreadable.
    Negative,
    /// 11: no such id, or several.
    NoSuchId,
    /// 130: interrupted.
    Interrupted,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Cancelled => 3,
            Self::Locked => 4,
            Self::Trust => 5,
            Self::Unreachable => 6,
            Self::Refused => 7,
            Self::Pending => 8,
            Self::Overdue => 9,
            Self::Negative => 10,
            Self::NoSuchId => 11,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
