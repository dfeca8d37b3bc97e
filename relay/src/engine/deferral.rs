//! Messages that are held until their time, let go, or taken back before it. Spec: envelope.md,
//! Deferral; statement.md, Cancelling.
//!
//! What is held is in the journal and found by its time in the index, so that a restart forgets
//! nothing. Whether a message is taken at all is decided by admission.

use estafette_protocol::address::Desk;
use estafette_protocol::admission::{Refusal, Side};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::statement::{Claim, Statement};
use std::collections::BTreeSet;

use super::{Engine, EngineError};
use crate::index::Facts;
use crate::record::{Leaf, Mailbox, Record};
use crate::store::Store;

/// Held messages let go at one tick; the next tick follows at once.
const RELEASED_MAX: usize = 4_096;
/// Messages of one desk that are held, at most (ADM-27).
pub(super) const HELD_PER_DESK_MAX: usize = 256;

impl<S: Store> Engine<S> {
    /// Whether a message is to be held from now on (ENV-20).
    pub(super) fn is_early(&self, header: &Header) -> bool {
        header.not_before.is_some_and(|time| time > self.now)
    }

    // ADM-27
    pub(super) fn has_room_to_hold(&self, header: &Header) -> Result<(), Refusal> {
        let desk = header.sender.as_str();
        let full = |held: usize| held >= HELD_PER_DESK_MAX;
        match self.store.view().held_by(desk, HELD_PER_DESK_MAX) {
            Ok(held) if full(held) => Err(Refusal::new(ErrorCode::TooManyWaiting, "ADM-27")),
            _ => Ok(()),
        }
    }

    /// Of the mailboxes of a message that is held, those that get it at once (ENV-21).
    pub(super) fn at_once(&self, parsed: &Parsed, side: Side) -> BTreeSet<Mailbox> {
        let header = parsed.header();
        if side == Side::Ingress || header.is_addressed(&header.sender) {
            return BTreeSet::new();
        }
        let wraps = &parsed.envelope().wraps;
        let copies = wraps.iter().filter(|wrap| wrap.addressee == 0);
        copies.map(|wrap| self.reader(&wrap.device)).collect()
    }

    /// Lets go what is held no longer, or cancels it where its sender may not send any more.
    pub(super) fn release(&mut self) -> Result<(), EngineError> {
        for leaf in self.store.view().held(self.now.0, RELEASED_MAX)? {
            let Some(item) = self.store.view().item(leaf)? else {
                continue;
            };
            let (Facts::Envelope(facts), Some(hold)) = (&item.facts, &item.held) else {
                continue;
            };
            // ENV-22: what has expired is for `expire` to tell.
            if facts.expires_ms <= self.now.0 {
                continue;
            }
            let digest = FixedBytes(facts.digest);
            let sender = facts.sender.parse::<Desk>().ok();
            let own = sender.filter(|desk| desk.agency() == self.identity.agency);
            // ENV-23
            let barred = own.is_some_and(|desk| {
                let signer = FixedBytes(hold.signer);
                self.directory.is_barred(&desk.agency(), &signer, self.now)
            });
            if barred {
                self.call_off(leaf, &digest)?;
            } else {
                self.append(Record::Released { leaf }, None)?;
                self.follow(leaf)?;
                self.begin_watch_of(leaf)?;
            }
            self.make_room()?;
        }
        self.hand_on()
    }

    /// STA-20: whether a device's wish can still be met.
    pub(super) fn can_cancel(&self, value: &Statement) -> Result<(), ErrorCode> {
        if value.claim != Claim::Cancelled || value.signer.desk.is_none() {
            return Ok(());
        }
        let view = self.store.view();
        let leaf = view.seen(&value.subject.0).ok().flatten();
        let item = leaf.and_then(|leaf| view.item(leaf).ok().flatten());
        let ours = value.signer.agency == self.identity.agency;
        // REL-19
        let detained = item.as_ref().is_some_and(|item| item.detained.is_some());
        match item.and_then(|item| item.held) {
            _ if ours && detained => Ok(()),
            // A clock that is ahead of the last tick has let it go.
            Some(hold) if ours && hold.until_ms > self.now.0 => Ok(()),
            _ => Err(ErrorCode::NotHeld),
        }
    }

    /// Drops a held message: nobody but the sender's desk is offered it from now on, not even those
    /// who might have released it (STA-21, REL-17).
    pub(super) fn drop_kept(&mut self, leaf: Leaf) -> Result<(), EngineError> {
        self.append(Record::Cancelled { leaf }, None)?;
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(());
        };
        let sender = match &item.facts {
            Facts::Envelope(facts) => facts.sender.parse::<Desk>().ok(),
            _ => None,
        };
        let own = sender.map_or_else(Vec::new, |desk| self.desk_mailboxes(&desk));
        for slot in item.waiting {
            if own.contains(&slot.mailbox) {
                continue;
            }
            self.withdraw(&slot.mailbox, leaf);
            let mailbox = slot.mailbox;
            self.append(Record::Settled { leaf, mailbox }, None)?;
        }
        Ok(())
    }

    /// STA-21: drops a held message and says so.
    pub(super) fn call_off(&mut self, leaf: Leaf, digest: &Hash) -> Result<(), EngineError> {
        let detained = self.store.view().item(leaf)?;
        let detained = detained.is_some_and(|item| item.detained.is_some());
        self.drop_kept(leaf)?;
        let bytes = match self.store.read(leaf) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(leaf = leaf.0, %error, "a body cannot be read");
                return Ok(());
            }
        };
        let parsed = Parsed::decode(&bytes)?;
        let header = parsed.header();
        // Whoever was asked to release it need not look at it any more.
        let mailboxes = match detained {
            true => self.sender_and_releasers(header)?,
            false => self.desk_mailboxes(&header.sender),
        };
        self.state(header, digest, Claim::Cancelled, mailboxes)?;
        Ok(())
    }
}
