//! From the outbox to the link, and what the relay makes of it.

use super::{Action, Courier, CourierError, Event};
use crate::account::Account;
use crate::store::{Cargo, Fate, Pending};
use estafette_protocol::channel::Lane;
use estafette_protocol::code::{ErrorCode, Retry};
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{Bytes, encode};
use estafette_protocol::frame::Fault;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{self, Claim};
use estafette_protocol::time::{MINUTE_MS, SECOND_MS, UnixMillis};

/// Shortest wait after a retriable fault, in milliseconds (SES-20).
const RETRY_MS_MIN: u64 = SECOND_MS;
/// Longest wait that a fault may ask for, in milliseconds (SES-20).
const RETRY_MS_MAX: u64 = 5 * MINUTE_MS;

impl Courier {
    /// Sends what waits, as far as the window allows.
    pub(super) fn pump(
        &mut self,
        account: &mut Account,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        let names = account.store.outbox_names()?;
        if names.iter().all(|name| self.in_flight.contains_key(name)) {
            return Ok(());
        }
        let writing = account.store.write()?;
        for mut pending in writing.pending()? {
            if self.in_flight.contains_key(&pending.name)
                || pending.entry.retry_at.is_some_and(|at| now < at)
            {
                continue;
            }
            let header = &pending.message.header;
            let is_envelope = pending.entry.cargo == Cargo::Envelope;
            if is_envelope && now >= header.expires && !pending.entry.attempted {
                let expired = |record: &mut crate::store::Record| record.fate = Fate::ExpiredHere;
                writing.update(&pending.entry.subject, expired)?;
                writing.remove_pending(&pending.name)?;
                continue;
            }
            if self.session.room(header.precedence.is_urgent()) == 0 {
                continue;
            }
            // From here on the relay may have it: a message that was tried is not cancelled.
            // What a fault put off was answered, and is offered again for another reason.
            if pending.entry.attempted && pending.entry.retry_at.is_none() {
                let id = pending.message.record.id;
                self.event(Event::Resent { id });
            }
            if !pending.entry.attempted {
                pending.entry.attempted = true;
                writing.set_pending(&pending)?;
            }
            self.hand_over(account, &pending)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, account: &Account, pending: &Pending) -> Result<(), CourierError> {
        let subject = pending.entry.subject;
        let (frame, about) = match &pending.entry.cargo {
            Cargo::Envelope => {
                let Some(bytes) = account.store.envelope(&subject)? else {
                    tracing::error!("an envelope of the outbox is missing");
                    return Ok(());
                };
                (self.session.submit(bytes, pending.name.clone()), subject)
            }
            Cargo::Statement(bytes) => {
                let hash = statement::decode(bytes.as_slice()).map(|signed| signed.hash());
                let bytes = bytes.as_slice().to_vec();
                let frame = self.session.state(bytes, pending.name.clone());
                (frame, hash.unwrap_or(subject))
            }
        };
        // SES-18
        let lane = match pending.message.header.precedence {
            Precedence::Immediate | Precedence::Flash if self.urgent_open => Lane::Urgent,
            _ => Lane::Ordinary,
        };
        if self.has_published && lane == Lane::Ordinary {
            self.behind_publication.insert(pending.name.clone());
        }
        self.in_flight.insert(pending.name.clone(), about);
        let frame = encode(&frame)?;
        self.actions.push(Action::Send { lane, frame });
        Ok(())
    }

    /// These are durable at the relay. A message stays in the outbox all the same until its
    /// receipt or refusal has come.
    pub(super) fn taken(
        &mut self,
        account: &mut Account,
        names: &[String],
    ) -> Result<(), CourierError> {
        let outbox = account.store.write()?;
        for name in names {
            if self.behind_publication.remove(name) {
                self.urgent_open = true;
            }
            let pending = outbox.pending()?;
            let entry = pending.iter().find(|pending| pending.name == *name);
            let is_statement = entry.is_some_and(|p| matches!(p.entry.cargo, Cargo::Statement(_)));
            if let Some(entry) = entry.filter(|_| is_statement) {
                outbox.remove_pending(name)?;
                let said = self.in_flight.remove(name);
                let subject = entry.entry.subject;
                self.said.extend(said.map(|hash| (hash, subject)));
            }
        }
        Ok(())
    }

    /// The relay did not take one of our frames.
    pub(super) fn faulted(
        &mut self,
        account: &mut Account,
        fault: &Fault,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        let code = ErrorCode::from_number(fault.code);
        tracing::warn!(
            code = code.map_or("unknown", ErrorCode::word),
            "the relay reports a fault"
        );
        let named = self
            .in_flight
            .iter()
            .find(|(_, about)| Some(**about) == fault.about);
        let Some(name) = named.map(|(name, _)| name.clone()) else {
            let said = fault.about.and_then(|about| self.said.remove_entry(&about));
            if let Some((hash, subject)) = said {
                let id = unsay(account, &subject, &hash)?;
                self.event(Event::Fault { code, id });
                return Ok(());
            }
            self.refused_publication(account, fault)?;
            self.event(Event::Fault { code, id: None });
            return Ok(());
        };
        let writing = account.store.write()?;
        let pending = writing.pending()?;
        let Some(mut pending) = pending.into_iter().find(|p| p.name == name) else {
            self.event(Event::Fault { code, id: None });
            return Ok(());
        };
        let id = Some(pending.message.record.id);
        if code.is_some_and(|code| code.retry() == Retry::Later) {
            let wait = fault.retry_after.unwrap_or(0);
            let wait = wait.clamp(RETRY_MS_MIN, RETRY_MS_MAX);
            pending.entry.retry_at = Some(now.plus(wait));
            writing.set_pending(&pending)?;
            self.in_flight.remove(&name);
            // SES-20
            self.session.release(|held| *held == name);
        } else if pending.entry.cargo == Cargo::Envelope {
            let faulted = |record: &mut crate::store::Record| {
                record.fate = Fate::Faulted(fault.code);
            };
            writing.update(&pending.entry.subject, faulted)?;
            writing.remove_pending(&name)?;
        } else if let Cargo::Statement(bytes) = &pending.entry.cargo
            && is_refusable(bytes)
        {
            // REL-12: what the relay does not take was never said.
            writing.update(&pending.entry.subject, |record| {
                record.statements.retain(|held| held != bytes);
            })?;
            writing.remove_pending(&name)?;
            self.in_flight.remove(&name);
        }
        self.event(Event::Fault { code, id });
        Ok(())
    }
}

/// Forgets a statement that the relay did not take after all; gives the small id of its message.
fn unsay(account: &Account, subject: &Hash, hash: &Hash) -> Result<Option<u64>, CourierError> {
    let writing = account.store.write()?;
    let is_it = |bytes: &Bytes| {
        let signed = statement::decode(bytes.as_slice());
        signed.is_ok_and(|signed| signed.hash() == *hash) && is_refusable(bytes)
    };
    let mut id = None;
    writing.update(subject, |record| {
        record.statements.retain(|held| !is_it(held));
        id = Some(record.id);
    })?;
    Ok(id)
}

/// Whether a statement counts only where the relay takes it, rather than as this device's word.
fn is_refusable(bytes: &Bytes) -> bool {
    let signed = statement::decode(bytes.as_slice());
    signed.is_ok_and(|signed| {
        matches!(
            signed.value().claim,
            Claim::Released { .. }
                | Claim::ReleaseRefused { .. }
                | Claim::Rewrapped { .. }
                | Claim::Granted { .. }
                | Claim::Reclassified { .. }
                | Claim::Declined { .. }
                | Claim::Referred { .. }
                | Claim::Retracted { .. }
                | Claim::ExtensionAsked { .. }
                | Claim::Extended { .. }
                | Claim::Reminded { .. }
                | Claim::EscalationAsked { .. }
                | Claim::Closed { .. }
        )
    })
}
