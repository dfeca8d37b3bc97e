//! Who is told what of a clock or step, and who is called in. Spec: escalation.md ESC-2, ESC-14,
//! ESC-15.

use estafette_protocol::address::Desk;
use estafette_protocol::envelope::Parsed;
use estafette_protocol::escalation::Clock;
use estafette_protocol::statement::{Claim, Statement};
use std::collections::BTreeSet;

use super::digest_of;
use crate::engine::{Engine, EngineError};
use crate::index::Item;
use crate::record::{Leaf, Mailbox, Record};
use crate::store::Store;

/// What the desks of a chain hear of each other (ESC-15).
const SHARED: [u8; 5] = [
    Claim::ACKNOWLEDGED,
    Claim::ANSWERED,
    Claim::DECLINED,
    Claim::REFERRED,
    Claim::RETRACTED,
];
/// What a desk that stood by is told beside that of what was said before.
const TOLD_LATER: [u8; 4] = [
    Claim::GRANTED,
    Claim::RECLASSIFIED,
    Claim::EXTENDED,
    Claim::CLOSED,
];

impl<S: Store> Engine<S> {
    // ESC-15
    pub(super) fn told_of_step(&self, sender: &Desk, desks: &[Desk]) -> BTreeSet<Mailbox> {
        let agency = sender.agency();
        let sender = match agency == self.identity.agency {
            true => self.desk_mailboxes(sender),
            false => self.towards(&agency),
        };
        let desks = desks.iter().flat_map(|desk| self.desk_mailboxes(desk));
        sender.into_iter().chain(desks).collect()
    }

    // ESC-2
    pub(super) fn told_of_overdue(&self, sender: &Desk, clock: Clock) -> BTreeSet<Mailbox> {
        let mut told: BTreeSet<Mailbox> = self.desk_mailboxes(sender).into_iter().collect();
        if clock != Clock::Answer {
            let roster = self.directory.newest_roster(&sender.agency());
            let entry = roster.and_then(|roster| roster.value().desk(sender));
            let superior = entry.and_then(|entry| entry.superior.as_ref());
            told.extend(
                superior
                    .into_iter()
                    .flat_map(|desk| self.desk_mailboxes(desk)),
            );
            told.extend(self.gateway_mailboxes());
        }
        told
    }

    /// Offers a message to the devices of a desk that it is escalated to, where it stood by, with
    /// what was said of it before.
    // ESC-15, HND-23
    pub(super) fn call_in(
        &mut self,
        leaf: Leaf,
        item: &Item,
        (head, to): (&Desk, &Desk),
    ) -> Result<(), EngineError> {
        let Some(digest) = digest_of(item).filter(|_| !item.erased) else {
            return Ok(());
        };
        let mut kinds = [&SHARED[..], &[Claim::ESCALATED]].concat();
        if item.standby.iter().any(|one| one == to.as_str()) {
            self.hand_out(leaf, item, to)?;
            kinds.extend(TOLD_LATER);
        }
        let told = self.desk_mailboxes(to);
        let of_chain = |said: &Statement| match &said.claim {
            Claim::Escalated { desk, .. } => desk == head,
            _ => true,
        };
        for (statement, _) in self.said_about(&digest, &kinds, of_chain)? {
            self.queue(statement, item.precedence(), told.clone())?;
        }
        Ok(())
    }

    fn hand_out(&mut self, leaf: Leaf, item: &Item, to: &Desk) -> Result<(), EngineError> {
        let (Some(digest), Ok(bytes)) = (digest_of(item), self.store.read(leaf)) else {
            return Ok(());
        };
        let parsed = Parsed::decode(&bytes)?;
        let header = parsed.header();
        let is_theirs = |addressee: u8| header.desk(addressee) == Some(to);
        let wraps = parsed.envelope().wraps.iter();
        let wraps = wraps.filter(|wrap| is_theirs(wrap.addressee));
        let mut readers: BTreeSet<Mailbox> = wraps.map(|wrap| self.reader(&wrap.device)).collect();
        // HND-21
        let kinds = [Claim::REWRAPPED];
        for (_, signed) in self.said_about(&digest, &kinds, |_| true)? {
            if let Claim::Rewrapped { wrap } = &signed.value().claim
                && is_theirs(wrap.addressee)
            {
                readers.insert(Mailbox::Device(wrap.device.0));
            }
        }
        let mailboxes: Vec<Mailbox> = readers.into_iter().collect();
        self.stir(&mailboxes);
        let queued = Record::Queued {
            leaf,
            precedence: item.precedence(),
            mailboxes,
            await_desks: vec![to.as_str().to_owned()],
        };
        self.append(queued, None)?;
        Ok(())
    }

    /// The devices of the other desks of this agency that respond with a desk to a message.
    // ESC-15
    pub(in crate::engine) fn fellow_mailboxes(
        &self,
        leaf: Leaf,
        value: &Statement,
    ) -> Result<Vec<Mailbox>, EngineError> {
        let Some(desk) = &value.signer.desk else {
            return Ok(Vec::new());
        };
        if desk.agency() != self.identity.agency || !SHARED.contains(&value.claim.tag()) {
            return Ok(Vec::new());
        }
        let fellows = self.watch(leaf)?.map(|watch| watch.fellows(desk));
        let fellows = fellows.unwrap_or_default();
        Ok(fellows
            .iter()
            .flat_map(|d| self.desk_mailboxes(d))
            .collect())
    }
}
