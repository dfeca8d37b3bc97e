//! What was said of a message after it went: by those who are to act, by the desk that sent it, and
//! by the relays that watch its clocks. Spec: statement.md, receipt.md.

use crate::store::Message;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::{Hash, Secret};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::precedence::Status;
use estafette_protocol::receipt::taken_back;
use estafette_protocol::statement::{Claim, Remark, Signer, Statement, open_remark};
use estafette_protocol::time::UnixMillis;

/// One thing that was said.
#[derive(Debug, Clone)]
pub struct Spoken {
    /// When, by the signer's clock.
    pub at: UnixMillis,
    /// By whom.
    pub by: Signer,
    /// What.
    pub what: Utterance,
    /// Officer's name and text, where this device can read them.
    pub remark: Option<Remark>,
    /// Whether it was not taken back (RCP-1).
    pub holds: bool,
    /// Hash of the statement.
    pub statement: Hash,
}

/// What can be said after a message went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Utterance {
    /// An officer takes it on.
    Acknowledged {
        /// Until when.
        until: Option<UnixMillis>,
    },
    /// It is answered.
    Answered,
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
    /// An acknowledgement is taken back.
    Retracted,
    /// The desk wants more time.
    ExtensionAsked {
        /// Until when.
        until: UnixMillis,
    },
    /// The sender's desk gives more time.
    Extended {
        /// To whom.
        desk: Desk,
        /// Until when.
        until: UnixMillis,
    },
    /// The sender's desk still waits.
    Reminded {
        /// For whom.
        desks: Vec<Desk>,
    },
    /// Somebody wants a step to be taken.
    EscalationAsked {
        /// Of whose chain.
        desk: Desk,
    },
    /// A step was taken.
    Escalated {
        /// Of whose chain.
        desk: Desk,
        /// Where it leads.
        to: Desk,
        /// Why.
        cause: Cause,
    },
    /// A clock has run out.
    Overdue {
        /// Whose.
        desk: Desk,
        /// Which.
        clock: Clock,
    },
    /// The sender's desk says that the matter is over.
    Closed,
}

impl Utterance {
    /// The words of all.
    pub const WORDS: [&'static str; 12] = [
        "acknowledged",
        "answered",
        "declined",
        "referred",
        "retracted",
        "extension-asked",
        "extended",
        "reminded",
        "escalation-asked",
        "escalated",
        "overdue",
        "closed",
    ];

    fn of(claim: &Claim) -> Option<Self> {
        Some(match claim {
            Claim::Acknowledged { until, .. } => Self::Acknowledged { until: *until },
            Claim::Answered { .. } => Self::Answered,
            Claim::Declined { ground, .. } => Self::Declined { ground: *ground },
            Claim::Referred { to, .. } => Self::Referred { to: to.clone() },
            Claim::Retracted { .. } => Self::Retracted,
            Claim::ExtensionAsked { until, .. } => Self::ExtensionAsked { until: *until },
            Claim::Extended { desk, until } => Self::Extended {
                desk: desk.clone(),
                until: *until,
            },
            Claim::Reminded { desks } => Self::Reminded {
                desks: desks.clone(),
            },
            Claim::EscalationAsked { desk, .. } => Self::EscalationAsked { desk: desk.clone() },
            Claim::Escalated {
                desk, to, cause, ..
            } => Self::Escalated {
                desk: desk.clone(),
                to: to.clone(),
                cause: *cause,
            },
            Claim::Overdue { desk, clock, .. } => Self::Overdue {
                desk: desk.clone(),
                clock: *clock,
            },
            Claim::Closed { .. } => Self::Closed,
            _ => return None,
        })
    }

    /// The word that people and JSON see: that of the claim.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Acknowledged { .. } => "acknowledged",
            Self::Answered => "answered",
            Self::Declined { .. } => "declined",
            Self::Referred { .. } => "referred",
            Self::Retracted => "retracted",
            Self::ExtensionAsked { .. } => "extension-asked",
            Self::Extended { .. } => "extended",
            Self::Reminded { .. } => "reminded",
            Self::EscalationAsked { .. } => "escalation-asked",
            Self::Escalated { .. } => "escalated",
            Self::Overdue { .. } => "overdue",
            Self::Closed => "closed",
        }
    }

    /// Whether it is a word of an addressee (receipt.md, Words), or its answer.
    #[must_use]
    pub const fn is_word(&self) -> bool {
        matches!(
            self,
            Self::Acknowledged { .. }
                | Self::Answered
                | Self::Declined { .. }
                | Self::Referred { .. }
        )
    }
}

/// Everything that was said of a message after it went, in its order.
#[must_use]
pub fn spoken(message: &Message) -> Vec<Spoken> {
    let statements = message.statements.iter();
    let statements: Vec<(Hash, &Statement)> = statements.map(|s| (s.hash(), s.value())).collect();
    let taken_back = taken_back(&statements);
    let mut all: Vec<Spoken> = statements
        .iter()
        .filter_map(|(hash, said)| {
            Some(Spoken {
                at: said.at,
                by: said.signer.clone(),
                what: Utterance::of(&said.claim)?,
                remark: remark(message, said),
                holds: !taken_back.contains(hash),
                statement: *hash,
            })
        })
        .collect();
    all.sort_by_key(|said| (said.at, said.statement));
    all
}

/// Officer's name and text of a statement, where this device can read them.
fn remark(message: &Message, said: &Statement) -> Option<Remark> {
    let sealed = said.claim.remark()?;
    let key = message.content_key()?;
    let subject: (Status, _, &Secret) = (message.header.status, &message.record.digest, &key);
    open_remark(sealed, subject, (&said.signer.key, said.claim.tag())).ok()
}
