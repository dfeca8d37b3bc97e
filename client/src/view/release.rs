//! What was said of letting a message go: held, released, refused; and whose word it waits for.
//! Spec: release.md.
//!
//! Pure functions of a message's verified statements and what this device judges by.

use crate::account::Account;
use crate::compose::Facts;
use crate::store::{Fate, Message};
use estafette_protocol::address::Desk;
use estafette_protocol::admission::Side;
use estafette_protocol::crypto::{Hash, KeyId, Secret};
use estafette_protocol::encoding::Bytes;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::routing;
use estafette_protocol::statement::{Claim, Remark, Signer, open_remark};
use estafette_protocol::time::UnixMillis;
use std::collections::BTreeMap;

/// One thing that was said of letting a message go.
#[derive(Debug, Clone)]
pub struct Said {
    /// When, by the signer's clock.
    pub at: UnixMillis,
    /// By whom.
    pub by: Signer,
    /// What.
    pub what: Step,
    /// Officer's name and text, where this device can read them.
    pub remark: Option<Remark>,
}

/// A step on the way of a message that has to be released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The relay keeps it back; whether it says so for the second time, because nobody released it.
    Held {
        /// Nobody has released it in time.
        late: bool,
    },
    /// A desk releases it, or the relay has let it go, at this precedence.
    Released(Precedence),
    /// A desk does not release it: a code of the list `release-reasons`.
    Refused(u16),
}

impl Step {
    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held { late: false } => "held",
            Self::Held { late: true } => "held-late",
            Self::Released(_) => "released",
            Self::Refused(_) => "release-refused",
        }
    }
}

/// Everything that was said of letting a message go, in its order.
#[must_use]
pub fn releases(message: &Message) -> Vec<Said> {
    let mut said: Vec<(UnixMillis, Hash, Said)> = Vec::new();
    for signed in &message.statements {
        let value = signed.value();
        let (what, remark) = match &value.claim {
            Claim::Held { late, .. } => (Step::Held { late: *late }, None),
            Claim::Released { precedence, remark } => {
                (Step::Released(*precedence), remark.as_ref())
            }
            Claim::ReleaseRefused { reason, remark } => (Step::Refused(*reason), remark.as_ref()),
            _ => continue,
        };
        let (by, tag) = (value.signer.clone(), value.claim.tag());
        let remark = remark.and_then(|sealed| opened(message, sealed, (&by.key, tag)));
        let at = value.at;
        said.push((
            at,
            signed.hash(),
            Said {
                at,
                by,
                what,
                remark,
            },
        ));
    }
    said.sort_by_key(|(at, hash, _)| (*at, *hash));
    said.into_iter().map(|(_, _, said)| said).collect()
}

fn opened(message: &Message, sealed: &Bytes, signer: (&KeyId, u8)) -> Option<Remark> {
    let key = message.content_key()?;
    let subject: (Status, _, &Secret) = (message.header.status, &message.record.digest, &key);
    open_remark(sealed, subject, signer).ok()
}

/// The precedence that the relay let the message go by (REL-14); the header's where it says none.
#[must_use]
pub fn effective_precedence(message: &Message) -> Precedence {
    let own = message.header.sender.agency();
    let let_go = message.statements.iter().map(|signed| signed.value());
    let let_go = let_go.filter(|said| said.signer.desk.is_none() && said.signer.agency == own);
    let named = let_go.filter_map(|said| match said.claim {
        Claim::Released { precedence, .. } => Some(precedence),
        _ => None,
    });
    named.last().unwrap_or(message.header.precedence)
}

/// Who may release a message, as far as this device can judge; nobody where nobody has to.
#[must_use]
pub fn releasers(account: &Account, message: &Message, now: UnixMillis) -> Vec<Desk> {
    let header = &message.header;
    if header.sender.agency() != *account.directory.own() {
        return Vec::new();
    }
    let facts = Facts::of(account, header, BTreeMap::new(), now);
    routing::releasers(header, &facts.world(), Side::Egress)
}

/// Whether a message waits for a word of the own desk before it goes.
///
/// The relay offers what it holds to those alone who may release it, so that a device need not have
/// been told that it is held.
#[must_use]
pub fn awaits(account: &Account, message: &Message, now: UnixMillis) -> bool {
    let desk = account.desk();
    let is_open = now <= message.header.expires
        && message.header.sender != *desk
        && message.record.fate == Fate::Ordinary
        && !is_settled(message, desk);
    is_open && releasers(account, message, now).contains(desk)
}

/// Whether the own desk has spoken, or the relay has let the message go or dropped it.
fn is_settled(message: &Message, desk: &Desk) -> bool {
    let statements = message.statements.iter().map(|signed| signed.value());
    let mut last = statements.filter(|said| {
        let by_relay = said.signer.desk.is_none();
        let ours = said.signer.desk.as_ref() == Some(desk);
        match &said.claim {
            Claim::Released { .. } => by_relay || ours,
            Claim::ReleaseRefused { .. } => ours,
            Claim::Refused { .. } | Claim::Cancelled | Claim::Relayed { .. } => by_relay,
            Claim::Expired { .. } => true,
            _ => false,
        }
    });
    last.next().is_some()
}
