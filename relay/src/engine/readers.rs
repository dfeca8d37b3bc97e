//! Who reads a message here, and what travels with it: wraps that were added later, statements of
//! the sender's desk, releases, and proofs that somebody was sent what nobody can open.
//! Spec: handling.md, Readers; statement.md, Direction of travel.

use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::Side;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, KeyId};
use estafette_protocol::envelope::{Header, Parsed, Role, Wrap};
use estafette_protocol::routing::releasers;
use estafette_protocol::statement::{Claim, Statement};
use estafette_protocol::track::is_non_compliant;
use std::collections::BTreeSet;

use super::rules::named;
use super::{Engine, EngineError};
use crate::index::{Facts, Item};
use crate::record::{Leaf, Mailbox, MarkedBy, Record};
use crate::store::Store;

/// Whether the desk of an addressee gets envelope and wrap as soon as the message goes: a standby
/// only once it was escalated to, which is when a queued record awaits it (STO-38).
// HND-23
pub(super) fn reads_at_once(header: &Header, addressee: u8) -> bool {
    let desk = header.desk(addressee).filter(|_| addressee != 0);
    desk.is_none_or(|desk| !is_standby(header, desk))
}

/// Whether a header names a desk as standby.
pub(super) fn is_standby(header: &Header, desk: &Desk) -> bool {
    let mut addressees = header.addressees.iter();
    addressees.any(|a| a.desk == *desk && a.role == Role::Standby)
}

/// Whether a desk stands by still: it was not escalated to.
// HND-23
pub(super) fn stands_by(item: &Item, desk: &Desk) -> bool {
    item.standby.iter().any(|one| one == desk.as_str())
}

/// Whether a statement proves that its message was not sealed as it must be (HND-24).
pub(super) fn proves_non_compliance(value: &Statement) -> bool {
    matches!(value.claim, Claim::Unreadable { stage } if is_non_compliant(stage))
}

/// Whether a statement travels from the sender's desk to everybody addressed (STA-24).
pub(super) fn travels_outwards(value: &Statement, sender: &Desk) -> bool {
    value.claim.is_of_sender() && value.signer.desk.as_ref() == Some(sender)
}

/// Whether a statement of the sender's desk is for a desk: some name whom they are for.
// STA-24
fn names(claim: &Claim, desk: &Desk) -> bool {
    match claim {
        Claim::Extended { desk: of, .. } | Claim::EscalationAsked { desk: of, .. } => of == desk,
        Claim::Reminded { desks } => desks.contains(desk),
        _ => true,
    }
}

impl<S: Store> Engine<S> {
    /// The devices of this agency's gateway desks.
    pub(super) fn gateway_mailboxes(&self) -> Vec<Mailbox> {
        let Some(roster) = self.directory.newest_roster(&self.identity.agency) else {
            return Vec::new();
        };
        let roster = roster.value();
        let desks = roster.desks.iter().map(|entry| &entry.desk);
        desks
            .filter(|desk| roster.is_gateway_desk(desk))
            .flat_map(|desk| self.desk_mailboxes(desk))
            .collect()
    }

    /// The devices of our desks that a message is for, those left out that stand by.
    pub(super) fn addressed_mailboxes(
        &self,
        header: &Header,
        stands_by: impl Fn(&Desk) -> bool,
    ) -> Vec<Mailbox> {
        let own = &self.identity.agency;
        let desks = header.addressees.iter().map(|a| &a.desk);
        desks
            .filter(|desk| desk.agency() == *own && !stands_by(desk))
            .flat_map(|desk| self.desk_mailboxes(desk))
            .collect()
    }

    /// Where a statement of the sender's desk goes: to everybody addressed, or to whom it names, as
    /// far as this relay serves them.
    // STA-24
    fn outwards(&self, item: &Item, header: &Header, claim: &Claim) -> Vec<Mailbox> {
        let named = |desk: &Desk| names(claim, desk);
        let mut mailboxes =
            self.addressed_mailboxes(header, |desk| stands_by(item, desk) || !named(desk));
        if header.sender.agency() == self.identity.agency {
            let desks = header.addressees.iter().map(|a| &a.desk);
            let agencies = desks.filter(|desk| named(desk)).map(Desk::agency);
            mailboxes.extend(self.peers(agencies));
        }
        // HND-21: no receipt, no key.
        if let Claim::Rewrapped { wrap } = claim {
            mailboxes.retain(|mailbox| *mailbox != Mailbox::Device(wrap.device.0));
        }
        mailboxes
    }

    pub(super) fn peers(&self, agencies: impl Iterator<Item = Agency>) -> BTreeSet<Mailbox> {
        agencies
            .filter(|agency| *agency != self.identity.agency)
            .map(|agency| Mailbox::Peer(agency.as_str().to_owned()))
            .collect()
    }

    /// Where a statement that travels outwards goes now: nowhere, while its message is kept back or
    /// once it was dropped.
    /// Where the body is gone, it goes to the desks that are known without it (STA-16).
    pub(super) fn outwards_now(
        &self,
        leaf: Leaf,
        value: &Statement,
        desks: &[Desk],
    ) -> Result<Vec<Mailbox>, EngineError> {
        if let Some((item, parsed)) = self.going(leaf)? {
            return Ok(self.outwards(&item, parsed.header(), &value.claim));
        }
        let item = self.store.view().item(leaf)?;
        let Some(item) = item.filter(|item| !item.is_kept_back()) else {
            return Ok(Vec::new());
        };
        let desks = || desks.iter().filter(|desk| names(&value.claim, desk));
        let mut mailboxes = self.peers(desks().map(Desk::agency));
        let reading = desks().filter(|desk| !stands_by(&item, desk));
        mailboxes.extend(reading.flat_map(|desk| self.own_mailboxes(desk)));
        Ok(mailboxes.into_iter().collect())
    }

    fn own_mailboxes(&self, desk: &Desk) -> Vec<Mailbox> {
        match desk.agency() == self.identity.agency {
            true => self.desk_mailboxes(desk),
            false => Vec::new(),
        }
    }

    /// A message that is not kept back, as long as its body is here.
    fn going(&self, leaf: Leaf) -> Result<Option<(Item, Parsed)>, EngineError> {
        let item = self.store.view().item(leaf)?;
        let going = |item: &Item| !item.is_kept_back() && !item.erased;
        let Some(item) = item.filter(going) else {
            return Ok(None);
        };
        let Ok(bytes) = self.store.read(leaf) else {
            return Ok(None);
        };
        Ok(Some((item, Parsed::decode(&bytes)?)))
    }

    /// Sends after a message that was let go what was said of it while it was kept back.
    // STA-24, REL-15
    pub(super) fn follow(&mut self, leaf: Leaf) -> Result<(), EngineError> {
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(());
        };
        let waiting: Vec<Mailbox> = item.waiting.iter().map(|s| s.mailbox.clone()).collect();
        self.stir(&waiting);
        let Facts::Envelope(facts) = &item.facts else {
            return Ok(());
        };
        let kinds = [
            Claim::RELEASED,
            Claim::UNREADABLE,
            Claim::REWRAPPED,
            Claim::GRANTED,
            Claim::RECLASSIFIED,
            Claim::EXTENDED,
            Claim::REMINDED,
            Claim::CLOSED,
        ];
        let said = self.said_about(&named(&facts.digest), &kinds, |_| true)?;
        if said.is_empty() {
            return Ok(());
        }
        let Some((item, parsed)) = self.going(leaf)? else {
            return Ok(());
        };
        let header = parsed.header();
        for (statement, signed) in said {
            let value = signed.value();
            let mut mailboxes = match &value.claim {
                Claim::Released { .. } if value.signer.desk.is_some() => {
                    self.addressed_mailboxes(header, |desk| stands_by(&item, desk))
                }
                _ if travels_outwards(value, &header.sender) => {
                    self.outwards(&item, header, &value.claim)
                }
                // HND-24
                _ if proves_non_compliance(value) => {
                    let desks = header.addressees.iter().map(|a| &a.desk);
                    self.passed_on(value, &header.sender, desks)
                        .into_iter()
                        .collect()
                }
                _ => Vec::new(),
            };
            mailboxes.retain(|m| *m != Mailbox::Device(value.signer.key.0));
            if !mailboxes.is_empty() {
                self.queue(statement, item.precedence(), mailboxes)?;
            }
            self.offer_rewrapped(leaf, value)?;
        }
        Ok(())
    }

    pub(super) fn queue(
        &mut self,
        leaf: Leaf,
        precedence: u8,
        mailboxes: Vec<Mailbox>,
    ) -> Result<(), EngineError> {
        self.stir(&mailboxes);
        let record = Record::Queued {
            leaf,
            precedence,
            mailboxes,
            await_desks: Vec::new(),
        };
        self.append(record, None)?;
        Ok(())
    }

    /// HND-20: whether a wrap is for a reader that the newest roster lists.
    pub(super) fn can_rewrap(&self, value: &Statement) -> Result<(), ErrorCode> {
        let Claim::Rewrapped { wrap } = &value.claim else {
            return Ok(());
        };
        let refused = Err(ErrorCode::StatementNotEntitled);
        let seen = self.store.view().seen(&value.subject.0).ok().flatten();
        let Some(leaf) = seen else { return Ok(()) };
        let body = self.store.read(leaf).ok();
        let parsed = body.and_then(|bytes| Parsed::decode(&bytes).ok());
        // Without its body a message has no readers any more.
        let Some(parsed) = parsed else { return refused };
        let header = parsed.header();
        let Some(desk) = header.desk(wrap.addressee) else {
            return refused;
        };
        let agency = desk.agency();
        let listed = match self.directory.newest_roster(&agency) {
            Some(roster) => {
                let entry = roster.value().desk(desk);
                entry.is_some_and(|entry| entry.device(&wrap.device).is_some())
            }
            // Another addressee's: its own relay judges.
            None => agency != self.identity.agency,
        };
        let barred = self.directory.is_barred(&agency, &wrap.device, self.now);
        let entitled = value.signer.is_entitled(&value.claim, header);
        match listed && !barred && entitled {
            true => Ok(()),
            false => refused,
        }
    }

    /// Offers a message to a device that a wrap was added for.
    // HND-21
    pub(super) fn offer_rewrapped(
        &mut self,
        leaf: Leaf,
        value: &Statement,
    ) -> Result<(), EngineError> {
        let Claim::Rewrapped { wrap } = &value.claim else {
            return Ok(());
        };
        let going = self.going(leaf)?;
        let kept = going.is_none();
        // REL-11: whoever may release a message reads it while it is held.
        let detained = || self.detained(&value.subject);
        let Some((item, parsed)) = (match going {
            Some(going) => Some(going),
            None => detained()?.map(|(item, _, parsed)| (item, parsed)),
        }) else {
            return Ok(());
        };
        let header = parsed.header();
        let desk = header.desk(wrap.addressee);
        if kept && wrap.addressee != 0 {
            let may = self.in_world(header, |w| releasers(header, w, Side::Egress))?;
            let may = may.unwrap_or_default();
            if !desk.is_some_and(|desk| may.contains(desk)) {
                return Ok(());
            }
        }
        let ours = desk.is_some_and(|desk| desk.agency() == self.identity.agency);
        if !ours || desk.is_some_and(|desk| stands_by(&item, desk)) {
            return Ok(());
        }
        let mailbox = Mailbox::Device(wrap.device.0);
        self.queue(leaf, item.precedence(), vec![mailbox.clone()])?;
        if self.has_receipt(&value.subject, &wrap.device)? {
            self.append(Record::Handed { leaf, mailbox }, None)?;
        }
        Ok(())
    }

    /// Whether a device has signed `delivered` for a message.
    fn has_receipt(&self, digest: &Hash, device: &KeyId) -> Result<bool, EngineError> {
        let view = self.store.view();
        for leaf in view.statements(&digest.0)? {
            if let Some(Facts::Statement(facts)) = view.item(leaf)?.map(|item| item.facts)
                && (facts.kind, facts.signer) == (Claim::DELIVERED, device.0)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The wrap of a device: the one that the sender's desk added last, else the one in the
    /// envelope, else the one that its own desk added last.
    // HND-21
    pub(super) fn wrap_for(
        &self,
        parsed: &Parsed,
        device: &KeyId,
    ) -> Result<Option<Wrap>, EngineError> {
        let for_it = |said: &Statement| matches!(&said.claim, Claim::Rewrapped { wrap } if wrap.device == *device);
        let added = self.said_about(&parsed.digest(), &[Claim::REWRAPPED], for_it)?;
        let header = parsed.header();
        let by_sender = |said: &Statement| said.signer.desk.as_ref() == Some(&header.sender);
        let newest = added
            .into_iter()
            .map(|(_, signed)| (by_sender(signed.value()), signed))
            .max_by_key(|(by_sender, signed)| (*by_sender, signed.value().at, signed.hash()));
        let newest = newest.and_then(|(by_sender, signed)| match &signed.value().claim {
            Claim::Rewrapped { wrap } => Some((by_sender, (**wrap).clone())),
            _ => None,
        });
        if let Some((true, wrap)) = newest {
            return Ok(Some(wrap));
        }
        let mut wraps = parsed.envelope().wraps.iter();
        // IDN-43
        let is_own = |of: &KeyId| of == device || self.directory.successor(of) == Some(*device);
        let seen = self.store.view().seen(&parsed.digest().0)?;
        let item = seen.map_or(Ok(None), |leaf| self.store.view().item(leaf))?;
        let waits = |addressee: u8| {
            let desk = header.desk(addressee).filter(|_| addressee != 0);
            let item = item.as_ref();
            item.zip(desk)
                .is_some_and(|(item, desk)| stands_by(item, desk))
        };
        let own = wraps.find(|w| is_own(&w.device) && !waits(w.addressee));
        Ok(own.cloned().or(newest.map(|(_, wrap)| wrap)))
    }

    /// Writes down how the originator marks a message from now on (HND-11).
    pub(super) fn mark(
        &mut self,
        leaf: Leaf,
        value: &Statement,
        hash: &Hash,
    ) -> Result<(), EngineError> {
        let Claim::Reclassified { marking } = &value.claim else {
            return Ok(());
        };
        let by = MarkedBy {
            at_ms: value.at.0,
            hash: hash.0,
        };
        let marking = marking.iter().map(|m| (m.axis, m.code)).collect();
        self.append(Record::Marked { leaf, by, marking }, None)?;
        Ok(())
    }

    /// Where a proof of non-compliance goes besides to the sender.
    // HND-24
    pub(super) fn tell_of_non_compliance(
        &self,
        leaf: Leaf,
        value: &Statement,
        sender: &Desk,
        desks: &[Desk],
    ) -> Result<Vec<Mailbox>, EngineError> {
        if !proves_non_compliance(value) {
            return Ok(Vec::new());
        }
        let mut mailboxes = self.gateway_mailboxes();
        let item = self.store.view().item(leaf)?;
        if item.is_some_and(|item| !item.is_kept_back()) {
            mailboxes.extend(self.passed_on(value, sender, desks));
        }
        Ok(mailboxes)
    }

    /// The other agencies that egress passes a proof of non-compliance on to.
    fn passed_on<'a>(
        &self,
        value: &Statement,
        sender: &Desk,
        desks: impl IntoIterator<Item = &'a Desk>,
    ) -> BTreeSet<Mailbox> {
        let own = sender.agency() == self.identity.agency;
        let others = desks.into_iter().map(Desk::agency);
        let others = others.filter(|agency| own && *agency != value.signer.agency);
        self.peers(others)
    }

    /// Counts a proof of non-compliance, once for a message.
    // HND-24
    pub(super) fn count_non_compliance(
        &mut self,
        leaf: Leaf,
        value: &Statement,
        sender: &Desk,
    ) -> Result<(), EngineError> {
        let own = &self.identity.agency;
        let concerns = value.signer.agency == *own || sender.agency() == *own;
        if !proves_non_compliance(value) || !concerns {
            return Ok(());
        }
        let item = self.store.view().item(leaf)?;
        if item.is_none_or(|item| item.non_compliant) {
            return Ok(());
        }
        self.non_compliant = self.non_compliant.saturating_add(1);
        self.append(Record::NonCompliant { leaf }, None)?;
        Ok(())
    }
}
