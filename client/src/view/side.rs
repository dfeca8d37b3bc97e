//! What is out of the ordinary with an addressee, in words that people and scripts see.

use estafette_protocol::address::Desk;
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::time::UnixMillis;

/// What is out of the ordinary with an addressee, beside the rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Little time is left.
    DueSoon,
    /// The time has passed.
    Overdue,
    /// The desk's first word came after its time.
    Late {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// The same, and the word was that the desk will not act, or that another one should.
    ReactedLate {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// The time for an answer has passed.
    AnswerOverdue,
    /// It was answered after its time.
    AnsweredLate {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// The desk said that it will not act after the time for an answer.
    DeclinedLate {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// Another desk of its chain took it on in its place after its time (RCP-11).
    CoveredLate {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// Another desk of its chain answered in its place after its time (RCP-11).
    AnsweredForLate {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// The addressee's relay should have it by now, and nothing says that it does.
    NotRelayed,
    /// The addressee's relay had it after its time.
    RelayedLate {
        /// By so many milliseconds.
        by_ms: u64,
    },
    /// The own relay should have taken it by now, and has not said that it did (RCP-9).
    RelaySilent,
    /// All acknowledgements were taken back.
    Retracted,
    /// The desk will not act.
    Declined {
        /// Code of the list `refusal-grounds`.
        ground: u16,
    },
    /// The desk names another one.
    Referred {
        /// Which.
        to: Desk,
    },
    /// A step was taken: another desk is asked to act.
    Escalated {
        /// Which.
        to: Desk,
        /// Why.
        cause: Cause,
    },
    /// The desk wants more time to answer, and nobody has given it.
    ExtensionAsked {
        /// Until when.
        until: UnixMillis,
    },
    /// The sender's desk still waits, and the desk has said nothing since.
    Reminded {
        /// When it said so.
        at: UnixMillis,
    },
    /// The sender's desk says that the matter is over.
    Closed,
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
    /// The own relay keeps it until its time (ENV-20).
    Held {
        /// Until when.
        until: UnixMillis,
    },
    /// The own relay keeps it until it is released (REL-11).
    Unreleased {
        /// The rule that demands it.
        clause: String,
        /// Until when it should be released.
        due: Option<UnixMillis>,
        /// Whether that time has passed.
        late: bool,
    },
    /// Its relay has it, and no device of the desk can read it yet (HND-22).
    NotYetReadable,
    /// It was not sealed as it must be, as a device of the desk proves (HND-25).
    NonCompliance,
    /// As held, and its relay has been asked to drop it, and has not said that it did (STA-22).
    Cancelling,
}

impl Side {
    /// The words of all, and those that stand for a whole message.
    pub const NAMES: [&'static str; 34] = [
        "due-soon",
        "overdue",
        "acknowledged-late",
        "reacted-late",
        "answer-overdue",
        "answered-late",
        "declined-late",
        "covered-late",
        "answered-for-late",
        "not-relayed",
        "relayed-late",
        "relay-silent",
        "retracted",
        "declined",
        "referred",
        "escalated",
        "extension-asked",
        "reminded",
        "closed",
        "lapsed-ack",
        "undeliverable",
        "unreadable",
        "expired",
        "contradiction",
        "cancelled",
        "held",
        "cancelling",
        "unreleased",
        "not-yet-readable",
        "non-compliance",
        "superseded",
        "withdrawn",
        "withdrawn-in-part",
        "without-effect",
    ];

    /// The word for all of its kind.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DueSoon => "due-soon",
            Self::Overdue => "overdue",
            Self::Late { .. } => "acknowledged-late",
            Self::ReactedLate { .. } => "reacted-late",
            Self::AnsweredLate { .. } => "answered-late",
            Self::DeclinedLate { .. } => "declined-late",
            Self::CoveredLate { .. } => "covered-late",
            Self::AnsweredForLate { .. } => "answered-for-late",
            Self::NotRelayed => "not-relayed",
            Self::RelayedLate { .. } => "relayed-late",
            Self::RelaySilent => "relay-silent",
            Self::Retracted => "retracted",
            Self::Declined { .. } => "declined",
            Self::Referred { .. } => "referred",
            Self::Escalated { .. } => "escalated",
            Self::ExtensionAsked { .. } => "extension-asked",
            Self::Reminded { .. } => "reminded",
            Self::Closed => "closed",
            Self::AnswerOverdue => "answer-overdue",
            Self::Lapsed => "lapsed-ack",
            Self::Undeliverable { .. } => "undeliverable",
            Self::Unreadable { .. } => "unreadable",
            Self::Expired => "expired",
            Self::Contradiction => "contradiction",
            Self::Cancelled => "cancelled",
            Self::Held { .. } => "held",
            Self::Cancelling => "cancelling",
            Self::Unreleased { .. } => "unreleased",
            Self::NotYetReadable => "not-yet-readable",
            Self::NonCompliance => "non-compliance",
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
            Self::Declined { ground } => Some(ground.to_string()),
            Self::Referred { to } => Some(to.to_string()),
            Self::Escalated { to, cause } => Some(format!("{to} ({})", cause.word())),
            Self::Unreleased { clause, late, .. } => Some(match late {
                true => format!("late ({clause})"),
                false => clause.clone(),
            }),
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

    /// The clock that was met late, and by how many milliseconds (RCP-8).
    #[must_use]
    pub const fn late(&self) -> Option<(Clock, u64)> {
        Some(match *self {
            Self::RelayedLate { by_ms } => (Clock::Transport, by_ms),
            Self::Late { by_ms } | Self::ReactedLate { by_ms } | Self::CoveredLate { by_ms } => {
                (Clock::Acknowledge, by_ms)
            }
            Self::AnsweredLate { by_ms }
            | Self::DeclinedLate { by_ms }
            | Self::AnsweredForLate { by_ms } => (Clock::Answer, by_ms),
            _ => return None,
        })
    }

    /// Whether the message will get no further by itself.
    #[must_use]
    pub const fn is_negative(&self) -> bool {
        matches!(
            self,
            Self::Undeliverable { .. } | Self::Unreadable { .. } | Self::Expired | Self::Cancelled
        )
    }

    /// Whether it tells of a clock that runs, or of what is expected of the desk.
    #[must_use]
    pub const fn is_of_clock(&self) -> bool {
        matches!(
            self,
            Self::DueSoon
                | Self::Overdue
                | Self::AnswerOverdue
                | Self::NotRelayed
                | Self::Lapsed
                | Self::ExtensionAsked { .. }
                | Self::Reminded { .. }
        )
    }
}
