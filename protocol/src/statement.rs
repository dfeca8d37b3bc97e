//! Small signed objects about one message: receipts, refusals, non-delivery. Spec: statement.md.
//!
//! Decides what a statement is and who is entitled to which claim. What a set of statements proves
//! is for [`crate::track`].

use crate::address::{Agency, Desk};
use crate::code::Note;
use crate::crypto::{Hash, KeyId, SigningKey};
use crate::encoding::{
    Bytes, EncodingError, Extensions, Object, Signed, Text, require, require_sorted,
};
use crate::envelope::{Header, Role, RosterNumber, Wrap};
use crate::escalation::{Cause, Clock};
use crate::marking::Marking;
use crate::precedence::Precedence;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Notes in a receipt, at most.
pub const NOTES_MAX: usize = 16;

/// Desks that one reminder names, at most: as many as fit.
pub const REMINDED_MAX: usize = 32;

/// The position of a wrap that was added later: none of those that the digest counts.
pub const REWRAP_POSITION: u8 = u8::MAX;

mod remark;

pub use remark::{Remark, RemarkError, open_remark, seal_remark};

/// A statement. Travels as a signed object with exactly one signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Digest of the message it is about.
    pub subject: Hash,
    /// When it was made, by its signer's clock.
    pub at: UnixMillis,
    /// Who says so.
    pub signer: Signer,
    /// What is said.
    pub claim: Claim,
    /// Room for growth.
    pub extensions: Extensions,
}

/// Who makes a statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Signer {
    /// The signer's agency.
    pub agency: Agency,
    /// The signer's desk; absent for a relay.
    pub desk: Option<Desk>,
    /// The key of the signature.
    pub key: KeyId,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Claim {
    /// The sender's relay holds the message durably.
    Accepted {
        /// Number in the relay's log.
        leaf: u64,
        /// What the relay judged by.
        judged: Judged,
    },
    /// The addressee's relay holds the message durably.
    Relayed {
        /// Number in the relay's log.
        leaf: u64,
        /// What the relay judged by.
        judged: Judged,
    },
    /// The device has stored the envelope durably.
    Delivered,
    /// The device has shown the message for the first time.
    Opened,
    /// An officer has taken the message on.
    Acknowledged {
        /// Until when the officer promises to answer or act.
        until: Option<UnixMillis>,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// The message is answered.
    Answered {
        /// Digest of the answer.
        answer: Hash,
    },
    /// The device cannot open the message.
    Unreadable {
        /// Code of the stage that failed.
        stage: u8,
    },
    /// A relay does not take the message.
    Refused {
        /// Registered code.
        code: u16,
        /// Identifier of the rule.
        clause: Text,
        /// For `reference-reused`: the first digest under the reference.
        first: Option<Hash>,
    },
    /// The message expired before the desk had it.
    Expired {
        /// The desk that did not get it.
        desk: Desk,
    },
    /// The message is taken back before its time: asked for by a device, done by the egress relay.
    Cancelled,
    /// The message may go: said by a device that may release it; done, by the egress relay.
    Released {
        /// The precedence that it is released to; the relay's is the effective one.
        precedence: Precedence,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// The message may not go.
    ReleaseRefused {
        /// Code of the list `release-reasons`.
        reason: u16,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// The egress relay keeps the message back until it is released.
    Held {
        /// The rule that demands it.
        clause: Text,
        /// Until when it should be released.
        due: Option<UnixMillis>,
        /// Whether that time has passed.
        late: bool,
    },
    /// A further reader.
    Rewrapped {
        /// The content key for one more device; its position is 255.
        wrap: Box<Wrap>,
    },
    /// The originator allows a use of its message.
    Granted {
        /// Which.
        on: Use,
        /// The agencies that it is granted to, sorted.
        to: Vec<Agency>,
        /// Until when.
        until: Option<UnixMillis>,
    },
    /// The originator marks its message anew.
    Reclassified {
        /// The marking from now on, sorted by axis.
        marking: Vec<Marking>,
    },
    /// The addressee's relay asks a further desk to act.
    Escalated {
        /// The addressee that heads the chain.
        desk: Desk,
        /// Number of the step in its row, from 1; 0 for one that no row names (ESC-13).
        step: u8,
        /// The desk that is asked.
        to: Desk,
        /// Why.
        cause: Cause,
    },
    /// A clock of an addressee has run out, says the sender's relay.
    Overdue {
        /// The sender's desk, for whoever does not hold the message.
        sender: Desk,
        /// The addressee.
        desk: Desk,
        /// Which clock.
        clock: Clock,
        /// The message's effective precedence, likewise.
        precedence: Precedence,
        /// When it was due.
        due: UnixMillis,
    },
    /// The desk will not act.
    Declined {
        /// Code of the list `refusal-grounds`.
        ground: u16,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// The desk names another one as the right one.
    Referred {
        /// The other desk, addressed or not.
        to: Desk,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// An acknowledgement is taken back.
    Retracted {
        /// Hash of the acknowledging statement.
        acknowledgement: Hash,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// The desk asks for more time to answer.
    ExtensionAsked {
        /// Until when.
        until: UnixMillis,
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
    /// The sender's desk gives an addressee more time to answer.
    Extended {
        /// The addressee.
        desk: Desk,
        /// Until when.
        until: UnixMillis,
    },
    /// The sender's desk still waits.
    Reminded {
        /// For whom, sorted, at most 32.
        desks: Vec<Desk>,
    },
    /// A desk asks for a step of a chain to be taken now.
    EscalationAsked {
        /// The addressee that heads the chain.
        desk: Desk,
        /// Which step; the next where absent.
        step: Option<u8>,
    },
    /// The matter is over, says the sender's desk.
    Closed {
        /// Officer's name and free text, sealed.
        remark: Option<Bytes>,
    },
}

/// What an originator allows. Spec: handling.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Use {
    /// 0: to pass the message on.
    Onward,
    /// 1: to use it in court.
    Judicial,
}

impl Use {
    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Onward => "onward",
            Self::Judicial => "judicial",
        }
    }
}

/// What a relay judged by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Judged {
    /// The accord.
    pub accord: Option<Hash>,
    /// The rosters, sorted by agency.
    pub rosters: Vec<RosterNumber>,
    /// What was stale or unsure, sorted.
    pub notes: Vec<Note>,
}

impl Object for Statement {
    const KIND: u8 = 34;
    const BYTES_MAX: usize = 4096;

    fn check(&self) -> Result<(), EncodingError> {
        let desk_fits = self
            .signer
            .desk
            .as_ref()
            .is_none_or(|d| d.agency() == self.signer.agency);
        require(desk_fits, "STA-1")?;
        if let Some(remark) = self.claim.remark() {
            require(remark.as_slice().len() <= 1056, "STA-8")?;
        }
        match &self.claim {
            Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => judged.check()?,
            Claim::Refused { clause, .. } | Claim::Held { clause, .. } => {
                require(clause.as_str().len() <= 16, "ENC-13")?;
            }
            Claim::Rewrapped { wrap } => require(wrap.position == REWRAP_POSITION, "HND-20")?,
            Claim::Granted { to, .. } => {
                require((1..=16).contains(&to.len()), "HND-2")?;
                require_sorted(to, "ENC-17")?;
            }
            Claim::Reclassified { marking } => {
                require(marking.len() <= 8, "ENV-6")?;
                require_sorted(marking.iter().map(|m| m.axis), "ENV-6")?;
            }
            Claim::Reminded { desks } => {
                require((1..=REMINDED_MAX).contains(&desks.len()), "ENC-13")?;
                require_sorted(desks, "ENC-17")?;
            }
            _ => {}
        }
        self.extensions.check()
    }
}

impl Judged {
    fn check(&self) -> Result<(), EncodingError> {
        require(
            self.rosters.len() <= 17 && self.notes.len() <= NOTES_MAX,
            "ENC-13",
        )?;
        require_sorted(self.rosters.iter().map(|r| &r.agency), "ENC-17")?;
        require_sorted(&self.notes, "ENC-17")
    }
}

impl Claim {
    /// Tag of `delivered`.
    pub const DELIVERED: u8 = 2;
    /// Tag of `acknowledged`.
    pub const ACKNOWLEDGED: u8 = 4;
    /// Tag of `answered`.
    pub const ANSWERED: u8 = 5;
    /// Tag of `unreadable`.
    pub const UNREADABLE: u8 = 6;
    /// Tag of `released`.
    pub const RELEASED: u8 = 10;
    /// Tag of `release-refused`.
    pub const RELEASE_REFUSED: u8 = 11;
    /// Tag of `rewrapped`.
    pub const REWRAPPED: u8 = 13;
    /// Tag of `granted`.
    pub const GRANTED: u8 = 14;
    /// Tag of `reclassified`.
    pub const RECLASSIFIED: u8 = 15;
    /// Tag of `escalated`.
    pub const ESCALATED: u8 = 16;
    /// Tag of `overdue`.
    pub const OVERDUE: u8 = 17;
    /// Tag of `declined`.
    pub const DECLINED: u8 = 18;
    /// Tag of `referred`.
    pub const REFERRED: u8 = 19;
    /// Tag of `retracted`.
    pub const RETRACTED: u8 = 20;
    /// Tag of `extension-asked`.
    pub const EXTENSION_ASKED: u8 = 21;
    /// Tag of `extended`.
    pub const EXTENDED: u8 = 22;
    /// Tag of `reminded`.
    pub const REMINDED: u8 = 23;
    /// Tag of `closed`.
    pub const CLOSED: u8 = 25;

    /// The tag on the wire.
    #[must_use]
    pub const fn tag(&self) -> u8 {
        match self {
            Self::Accepted { .. } => 0,
            Self::Relayed { .. } => 1,
            Self::Delivered => Self::DELIVERED,
            Self::Opened => 3,
            Self::Acknowledged { .. } => Self::ACKNOWLEDGED,
            Self::Answered { .. } => Self::ANSWERED,
            Self::Unreadable { .. } => Self::UNREADABLE,
            Self::Refused { .. } => 7,
            Self::Expired { .. } => 8,
            Self::Cancelled => 9,
            Self::Released { .. } => Self::RELEASED,
            Self::ReleaseRefused { .. } => Self::RELEASE_REFUSED,
            Self::Held { .. } => 12,
            Self::Rewrapped { .. } => Self::REWRAPPED,
            Self::Granted { .. } => Self::GRANTED,
            Self::Reclassified { .. } => Self::RECLASSIFIED,
            Self::Escalated { .. } => Self::ESCALATED,
            Self::Overdue { .. } => Self::OVERDUE,
            Self::Declined { .. } => Self::DECLINED,
            Self::Referred { .. } => Self::REFERRED,
            Self::Retracted { .. } => Self::RETRACTED,
            Self::ExtensionAsked { .. } => Self::EXTENSION_ASKED,
            Self::Extended { .. } => Self::EXTENDED,
            Self::Reminded { .. } => Self::REMINDED,
            Self::EscalationAsked { .. } => 24,
            Self::Closed { .. } => Self::CLOSED,
        }
    }

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accepted { .. } => "accepted",
            Self::Relayed { .. } => "relayed",
            Self::Delivered => "delivered",
            Self::Opened => "opened",
            Self::Acknowledged { .. } => "acknowledged",
            Self::Answered { .. } => "answered",
            Self::Unreadable { .. } => "unreadable",
            Self::Refused { .. } => "refused",
            Self::Expired { .. } => "expired",
            Self::Cancelled => "cancelled",
            Self::Released { .. } => "released",
            Self::ReleaseRefused { .. } => "release-refused",
            Self::Held { .. } => "held",
            Self::Rewrapped { .. } => "rewrapped",
            Self::Granted { .. } => "granted",
            Self::Reclassified { .. } => "reclassified",
            Self::Escalated { .. } => "escalated",
            Self::Overdue { .. } => "overdue",
            Self::Declined { .. } => "declined",
            Self::Referred { .. } => "referred",
            Self::Retracted { .. } => "retracted",
            Self::ExtensionAsked { .. } => "extension-asked",
            Self::Extended { .. } => "extended",
            Self::Reminded { .. } => "reminded",
            Self::EscalationAsked { .. } => "escalation-asked",
            Self::Closed { .. } => "closed",
        }
    }

    /// Whether only a device of an addressed desk says so.
    #[must_use]
    pub const fn is_of_device(&self) -> bool {
        matches!(
            self,
            Self::Delivered
                | Self::Opened
                | Self::Acknowledged { .. }
                | Self::Answered { .. }
                | Self::Unreadable { .. }
                | Self::Declined { .. }
                | Self::Referred { .. }
                | Self::Retracted { .. }
                | Self::ExtensionAsked { .. }
        )
    }

    /// Officer's name and free text, sealed, where the claim has some.
    #[must_use]
    pub const fn remark(&self) -> Option<&Bytes> {
        match self {
            Self::Acknowledged { remark, .. }
            | Self::Released { remark, .. }
            | Self::ReleaseRefused { remark, .. }
            | Self::Declined { remark, .. }
            | Self::Referred { remark, .. }
            | Self::Retracted { remark, .. }
            | Self::ExtensionAsked { remark, .. }
            | Self::Closed { remark } => remark.as_ref(),
            _ => None,
        }
    }

    /// Whether it travels from the sender's desk to everybody addressed (STA-24), where a device of
    /// the sender's desk has made it.
    #[must_use]
    pub const fn is_of_sender(&self) -> bool {
        matches!(
            self,
            Self::Rewrapped { .. }
                | Self::Granted { .. }
                | Self::Reclassified { .. }
                | Self::Extended { .. }
                | Self::Reminded { .. }
                | Self::EscalationAsked { .. }
                | Self::Closed { .. }
        )
    }
}

impl Signer {
    /// Whether this signer may make this claim about a message with this header (STA-2).
    ///
    /// Whether the signer's key is what the directory says is not decided here (STA-1), nor whether
    /// what the claim says fits the time (ESC-21 to ESC-24).
    #[must_use]
    pub fn is_entitled(&self, claim: &Claim, header: &Header) -> bool {
        let addressees = header.addressees.iter().map(|a| &a.desk);
        let acts = |desk: &Desk| {
            let mut acting = header.addressees.iter().filter(|a| a.role == Role::Action);
            acting.any(|a| a.desk == *desk)
        };
        let role_fits = match claim {
            Claim::Escalated { desk, .. }
            | Claim::Extended { desk, .. }
            | Claim::EscalationAsked { desk, .. } => acts(desk),
            _ => true,
        };
        role_fits && self.is_entitled_between(claim, &header.sender, addressees)
    }

    /// As [`Signer::is_entitled`], by the sender and the addressed desks of the message alone.
    #[must_use]
    pub fn is_entitled_between<'a>(
        &self,
        claim: &Claim,
        sender: &Desk,
        addressees: impl Iterator<Item = &'a Desk> + Clone,
    ) -> bool {
        match &self.desk {
            None => self.relay_is_entitled(claim, sender, addressees),
            Some(desk) => self.device_is_entitled(desk, claim, sender, addressees),
        }
    }

    fn relay_is_entitled<'a>(
        &self,
        claim: &Claim,
        sender: &Desk,
        addressees: impl Iterator<Item = &'a Desk> + Clone,
    ) -> bool {
        let own = sender.agency() == self.agency;
        let addressed = || addressees.clone().any(|d| d.agency() == self.agency);
        let is_addressed = |desk: &Desk| addressees.clone().any(|d| d == desk);
        match claim {
            Claim::Accepted { .. }
            | Claim::Cancelled
            | Claim::Released { .. }
            | Claim::Held { .. } => own,
            Claim::Relayed { .. } => addressed() && !own,
            Claim::Refused { .. } => own || addressed(),
            Claim::Expired { desk } => is_addressed(desk) && (own || desk.agency() == self.agency),
            Claim::Escalated { desk, to, .. } => {
                let ours = |desk: &Desk| desk.agency() == self.agency && is_addressed(desk);
                ours(desk) && ours(to) && desk != to
            }
            Claim::Overdue {
                sender: of, desk, ..
            } => own && of == sender && is_addressed(desk),
            _ => false,
        }
    }

    fn device_is_entitled<'a>(
        &self,
        desk: &Desk,
        claim: &Claim,
        sender: &Desk,
        addressees: impl Iterator<Item = &'a Desk> + Clone,
    ) -> bool {
        let own = sender.agency() == self.agency;
        let is_addressed = |desk: &Desk| addressees.clone().any(|d| d == desk);
        match claim {
            Claim::Delivered => is_addressed(desk) || desk == sender,
            // STA-20
            Claim::Cancelled
            | Claim::Granted { .. }
            | Claim::Reclassified { .. }
            | Claim::Closed { .. } => desk == sender,
            Claim::Released { .. } | Claim::ReleaseRefused { .. } => own && is_addressed(desk),
            // HND-20
            Claim::Rewrapped { wrap } => {
                let at = usize::from(wrap.addressee).checked_sub(1);
                let reader = at.map_or(Some(sender), |at| addressees.clone().nth(at));
                reader.is_some_and(|reader| desk == sender || desk == reader)
            }
            // ESC-25
            Claim::Extended { desk: of, .. } => desk == sender && is_addressed(of),
            Claim::Reminded { desks } => desk == sender && desks.iter().all(is_addressed),
            Claim::EscalationAsked { desk: of, .. } => {
                let colleague = is_addressed(desk) && of.agency() == self.agency;
                is_addressed(of) && (desk == sender || colleague)
            }
            claim if claim.is_of_device() => is_addressed(desk),
            _ => false,
        }
    }
}

/// Signs a statement.
///
/// # Errors
/// When the statement breaks a limit, or `signer.key` is not the key's identifier.
pub fn sign(statement: Statement, key: &SigningKey) -> Result<Signed<Statement>, EncodingError> {
    require(statement.signer.key == key.verifying_key().id(), "STA-1")?;
    Signed::sign(statement, &[key])
}

/// Decodes a statement and checks that its one signature is by the key that it names.
///
/// # Errors
/// When the bytes are not canonical, or there is not exactly one signature of that key. Whether the
/// signature is good is for [`Signed::verify`] with the key that the directory gives.
pub fn decode(bytes: &[u8]) -> Result<Signed<Statement>, EncodingError> {
    let signed = Signed::<Statement>::decode(bytes)?;
    let keys: Vec<KeyId> = signed.signatures().iter().map(|s| s.key).collect();
    require(keys == [signed.value().signer.key], "STA-1")?;
    Ok(signed)
}

#[cfg(test)]
mod tests;
