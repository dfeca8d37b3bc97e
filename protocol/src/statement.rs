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
use crate::envelope::{Header, RosterNumber, Wrap};
use crate::marking::Marking;
use crate::precedence::Precedence;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Notes in a receipt, at most.
pub const NOTES_MAX: usize = 16;

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
        match &self.claim {
            Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => judged.check()?,
            Claim::Acknowledged {
                remark: Some(remark),
                ..
            }
            | Claim::Released {
                remark: Some(remark),
                ..
            }
            | Claim::ReleaseRefused {
                remark: Some(remark),
                ..
            } => {
                require(remark.as_slice().len() <= 1056, "STA-8")?;
            }
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
    /// The tag on the wire.
    #[must_use]
    pub const fn tag(&self) -> u8 {
        match self {
            Self::Accepted { .. } => 0,
            Self::Relayed { .. } => 1,
            Self::Delivered => 2,
            Self::Opened => 3,
            Self::Acknowledged { .. } => 4,
            Self::Answered { .. } => 5,
            Self::Unreadable { .. } => 6,
            Self::Refused { .. } => 7,
            Self::Expired { .. } => 8,
            Self::Cancelled => 9,
            Self::Released { .. } => 10,
            Self::ReleaseRefused { .. } => 11,
            Self::Held { .. } => 12,
            Self::Rewrapped { .. } => 13,
            Self::Granted { .. } => 14,
            Self::Reclassified { .. } => 15,
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
        )
    }
}

impl Signer {
    /// Whether this signer may make this claim about a message with this header (STA-2).
    ///
    /// Whether the signer's key is what the directory says is not decided here (STA-1).
    #[must_use]
    pub fn is_entitled(&self, claim: &Claim, header: &Header) -> bool {
        let addressees = header.addressees.iter().map(|a| &a.desk);
        self.is_entitled_between(claim, &header.sender, addressees)
    }

    /// As [`Signer::is_entitled`], by the sender and the addressed desks of the message.
    #[must_use]
    pub fn is_entitled_between<'a>(
        &self,
        claim: &Claim,
        sender: &Desk,
        addressees: impl Iterator<Item = &'a Desk> + Clone,
    ) -> bool {
        let own = sender.agency() == self.agency;
        let addressed = addressees.clone().any(|d| d.agency() == self.agency);
        let is_addressed = |desk: &Desk| addressees.clone().any(|d| d == desk);
        match (&self.desk, claim) {
            (
                None,
                Claim::Accepted { .. }
                | Claim::Cancelled
                | Claim::Released { .. }
                | Claim::Held { .. },
            ) => own,
            (None, Claim::Relayed { .. }) => addressed && !own,
            (None, Claim::Refused { .. }) => own || addressed,
            (None, Claim::Expired { desk }) => {
                is_addressed(desk) && (own || desk.agency() == self.agency)
            }
            (Some(desk), Claim::Delivered) => is_addressed(desk) || desk == sender,
            // STA-20
            (Some(desk), Claim::Cancelled) => desk == sender,
            (Some(desk), Claim::Granted { .. } | Claim::Reclassified { .. }) => desk == sender,
            (Some(desk), Claim::Released { .. } | Claim::ReleaseRefused { .. }) => {
                own && is_addressed(desk)
            }
            // HND-20
            (Some(desk), Claim::Rewrapped { wrap }) => {
                let at = usize::from(wrap.addressee).checked_sub(1);
                let reader = at.map_or(Some(sender), |at| addressees.clone().nth(at));
                reader.is_some_and(|reader| desk == sender || desk == reader)
            }
            (Some(desk), claim) if claim.is_of_device() => is_addressed(desk),
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
