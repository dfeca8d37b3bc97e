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

/// What a desk that is escalated to is told of what was said before.
const TOLD_LATER: [u8; 10] = [
    Claim::ACKNOWLEDGED,
    Claim::ANSWERED,
    Claim::GRANTED,
    Claim::RECLASSIFIED,
    Claim::DECLINED,
    Claim::REFERRED,
    Claim::RETRACTED,
    Claim::EXTENDED,
    Claim::CLOSED,
    Claim::ESCALATED,
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

    /// Offers a message to the devices of a desk that it is escalated to, with what was said of it
    /// before.
    // HND-23
    pub(super) fn call_in(
        &mut self,
        leaf: Leaf,
        item: &Item,
        (head, to): (&Desk, &Desk),
    ) -> Result<(), EngineError> {
        let name = to.as_str().to_owned();
        if !item.standby.contains(&name) || item.erased {
            return Ok(());
        }
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
            await_desks: vec![name],
        };
        self.append(queued, None)?;
        let told = self.desk_mailboxes(to);
        let of_chain = |said: &Statement| match &said.claim {
            Claim::Escalated { desk, .. } => desk == head,
            _ => true,
        };
        for (statement, _) in self.said_about(&digest, &TOLD_LATER, of_chain)? {
            self.queue(statement, item.precedence(), told.clone())?;
        }
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
        let told = [
            Claim::ACKNOWLEDGED,
            Claim::ANSWERED,
            Claim::DECLINED,
            Claim::REFERRED,
            Claim::RETRACTED,
        ];
        if desk.agency() != self.identity.agency || !told.contains(&value.claim.tag()) {
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
