//! Statements in: verified, judged against their message, journalled and passed on.
//! Spec: statement.md.

use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, VerifyingKey};
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::Parsed;
use estafette_protocol::statement::{self, Claim, Statement};
use estafette_protocol::time::UnixMillis;

use super::envelopes::STATEMENTS_MS;
use super::links::{Peer, Token};
use super::prepare::Check;
use super::readers::{proves_non_compliance, stands_by, travels_outwards};
use super::{Engine, EngineError, LinkId};
use crate::index::Facts;
use crate::record::{self, Leaf, Mailbox, Record};
use crate::store::Store;

/// Statements held for one envelope that has not come (STA-4).
const WAITING_PER_SUBJECT_MAX: usize = 64;
/// Statements held for envelopes that have not come, in all (STA-4).
const WAITING_MAX: usize = 65_536;
/// Times that one key may make one claim about one message (STA-17).
const CLAIMS_MAX: usize = 8;
/// The same for `expired` and `rewrapped`, of which there may be one for each reader (STA-17).
const ADDRESSEES_MAX: usize = 64;
/// The same for `escalated` and `overdue`, of which there may be some for each addressee (STA-17).
const STEPS_MAX: usize = 256;
/// How long they are held, in milliseconds (STA-4).
const WAITING_MS: u64 = 24 * estafette_protocol::time::HOUR_MS;
/// Items looked at in one step of a start.
const LIVE_MAX: usize = 1_024;
/// How far ahead a statement's time may be, in milliseconds (STA-7).
pub(super) const AHEAD_MAX_MS: u64 = 5 * estafette_protocol::time::MINUTE_MS;

/// What is known here of the message that a statement is about.
struct Subject {
    leaf: Leaf,
    sender: Desk,
    /// The addressed desks: all of them at egress, our own at ingress.
    desks: Vec<Desk>,
    precedence: u8,
    status: u8,
    expires: UnixMillis,
}

impl<S: Store> Engine<S> {
    /// A device or a peer hands us a statement.
    pub(super) fn stated(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        check: Check,
    ) -> Result<(), EngineError> {
        // SES-8: whatever becomes of it, saying it again would change nothing.
        self.take(link, number);
        let Check::Statement((Ok(signed), key)) = check else {
            self.fault(link, ErrorCode::StatementInvalid, None, None);
            return Ok(());
        };
        let Some(peer) = self.peer(link) else {
            return Ok(());
        };
        let hash = signed.hash();
        match self.weigh(&peer, &signed, key) {
            Ok(()) => self.file(&peer, &signed, bytes)?,
            Err(ErrorCode::Duplicate) => {}
            // Who passes on what another has said can not know what we can check.
            Err(_) if self.is_passed_on(&peer, signed.value()) => {}
            Err(code) if is_only_for_us_to_judge(&peer, signed.value(), code) => {}
            Err(code) => self.fault(link, code, Some(hash), None),
        }
        self.stirred.insert(link);
        Ok(())
    }

    /// STA-1, STA-3, STA-7: what does not need the message.
    fn weigh(
        &mut self,
        peer: &Peer,
        signed: &Signed<Statement>,
        key: Option<VerifyingKey>,
    ) -> Result<(), ErrorCode> {
        let value = signed.value();
        let from_peer = match peer {
            Peer::Device { key, desk } => {
                value.signer.key == *key && value.signer.desk.as_ref() == Some(desk)
            }
            Peer::Relay { agency } => {
                value.signer.agency == *agency || self.is_passed_on(peer, value)
            }
            Peer::Stranger => false,
        };
        if !from_peer {
            return Err(ErrorCode::StatementNotEntitled);
        }
        let is_signed = match key {
            Some(_) => true,
            None => self
                .directory
                .signer_key(&value.signer)
                .is_some_and(|key| signed.verify(&key)),
        };
        if !is_signed || value.at.since(self.now) > AHEAD_MAX_MS {
            return Err(ErrorCode::StatementInvalid);
        }
        if self
            .directory
            .is_barred(&value.signer.agency, &value.signer.key, self.now)
        {
            return Err(ErrorCode::DeviceSuspended);
        }
        match self.store.view().statement(&signed.hash().0) {
            Ok(None) => self.permit(peer, value),
            _ => Err(ErrorCode::Duplicate),
        }
    }

    /// What does need the message, as far as it is known.
    fn permit(&mut self, peer: &Peer, value: &Statement) -> Result<(), ErrorCode> {
        // REL-12: its own clauses say more than that it is not entitled.
        self.can_release(value)?;
        self.entitle(peer, value)?;
        self.bound(value)?;
        self.can_cancel(value)?;
        self.can_be_met(value)?;
        self.can_rewrap(value)
    }

    /// STA-2 and STA-15, once the message is known.
    pub(super) fn entitle(&self, peer: &Peer, value: &Statement) -> Result<(), ErrorCode> {
        let Ok(Some(subject)) = self.subject(&value.subject) else {
            return Ok(());
        };
        let (signer, sender) = (&value.signer, &subject.sender);
        self.has_a_say(value, subject.leaf)?;
        // HND-24: its sender's relay says what a device of another agency has proved.
        if self.is_passed_on(peer, value) {
            let bytes = self.store.read(subject.leaf).ok();
            let parsed = bytes.and_then(|bytes| Parsed::decode(&bytes).ok());
            let entitled = |parsed: Parsed| signer.is_entitled(&value.claim, parsed.header());
            return match parsed.is_none_or(entitled) {
                true => Ok(()),
                false => Err(ErrorCode::StatementNotEntitled),
            };
        }
        let desks = subject.desks.iter();
        let own = &self.identity.agency;
        // STA-15
        let ours = [&sender.agency(), &signer.agency].contains(&own);
        let theirs = signer.agency == sender.agency();
        // HND-20 is judged by the whole header.
        let by_header = matches!(value.claim, Claim::Rewrapped { .. });
        let entitled = || match self.header_of(value, subject.leaf) {
            Some(parsed) => signer.is_entitled(&value.claim, parsed.header()),
            // STA-16: at ingress it is not known any more whom else a reminder may name.
            None if self.names_more(value, sender) => signer.desk.as_ref() == Some(sender),
            None => by_header || signer.is_entitled_between(&value.claim, sender, desks),
        };
        if (ours || theirs) && entitled() {
            Ok(())
        } else {
            Err(ErrorCode::StatementNotEntitled)
        }
    }

    /// Whether a reminder names desks of another agency than the sender's, and than this one.
    fn names_more(&self, value: &Statement, sender: &Desk) -> bool {
        let own = &self.identity.agency;
        let Claim::Reminded { desks } = &value.claim else {
            return false;
        };
        sender.agency() != *own && desks.iter().any(|desk| desk.agency() != *own)
    }

    /// A desk that stands by has not got the message.
    // ESC-18
    fn has_a_say(&self, value: &Statement, leaf: Leaf) -> Result<(), ErrorCode> {
        let word = matches!(
            value.claim,
            Claim::Acknowledged { .. }
                | Claim::Answered { .. }
                | Claim::Declined { .. }
                | Claim::Referred { .. }
                | Claim::Retracted { .. }
                | Claim::ExtensionAsked { .. }
        );
        let Some(desk) = value.signer.desk.as_ref().filter(|_| word) else {
            return Ok(());
        };
        let item = self.store.view().item(leaf).ok().flatten();
        let waits = item.is_some_and(|item| stands_by(&item, desk));
        match waits && desk.agency() == self.identity.agency {
            true => Err(ErrorCode::StatementNotEntitled),
            false => Ok(()),
        }
    }

    /// The message, where a claim about it depends on roles, or on desks of other agencies.
    fn header_of(&self, value: &Statement, leaf: Leaf) -> Option<Parsed> {
        let depends = matches!(
            value.claim,
            Claim::Escalated { .. }
                | Claim::Extended { .. }
                | Claim::Reminded { .. }
                | Claim::EscalationAsked { .. }
        );
        let bytes = depends.then(|| self.store.read(leaf).ok()).flatten()?;
        Parsed::decode(&bytes).ok()
    }

    /// Whether the sender's relay hands over what a device of an addressee has proved (HND-24): all
    /// that can be known before the message is, is that it was not the device's own relay.
    fn is_passed_on(&self, peer: &Peer, value: &Statement) -> bool {
        let Peer::Relay { agency } = peer else {
            return false;
        };
        if !proves_non_compliance(value) {
            return false;
        }
        match self.subject(&value.subject).ok().flatten() {
            Some(subject) => subject.sender.agency() == *agency,
            None => value.signer.agency != *agency,
        }
    }

    /// STA-17: how often one key may make one claim about one message.
    pub(super) fn bound(&self, value: &Statement) -> Result<(), ErrorCode> {
        let most = match value.claim {
            Claim::Expired { .. } | Claim::Rewrapped { .. } => ADDRESSEES_MAX,
            Claim::Escalated { .. } | Claim::Overdue { .. } => STEPS_MAX,
            _ => CLAIMS_MAX,
        };
        let view = self.store.view();
        let made = view
            .statements(&value.subject.0)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|leaf| view.item(leaf).ok().flatten())
            .filter(|item| match &item.facts {
                Facts::Statement(made) => {
                    (made.signer, made.kind) == (value.signer.key.0, value.claim.tag())
                }
                _ => false,
            });
        if made.take(most).count() < most {
            Ok(())
        } else {
            Err(ErrorCode::StatementNotEntitled)
        }
    }

    pub(super) fn file(
        &mut self,
        peer: &Peer,
        signed: &Signed<Statement>,
        bytes: &[u8],
    ) -> Result<(), EngineError> {
        let value = signed.value();
        let Some(subject) = self.subject(&value.subject)? else {
            return self.hold(signed, bytes);
        };
        let mailboxes = self.onward(peer, value, &subject)?;
        let statement = record::Statement {
            precedence: subject.precedence,
            status: subject.status,
            expires_ms: subject.expires.max(self.now).plus(STATEMENTS_MS).0,
            ..facts(signed)
        };
        self.stir(&mailboxes);
        self.append(
            Record::Statement {
                statement,
                mailboxes,
            },
            Some(bytes),
        )?;
        self.count_non_compliance(subject.leaf, value, &subject.sender)?;
        self.mark(subject.leaf, value, &signed.hash())?;
        self.offer_rewrapped(subject.leaf, value)?;
        self.heed(subject.leaf, value)?;
        self.hear(subject.leaf, value)
    }

    /// The message a statement is about: known as long as its digest is remembered, because
    /// answers and acknowledgements may come when the body is long gone (STA-16).
    fn subject(&self, digest: &Hash) -> Result<Option<Subject>, EngineError> {
        let Some(leaf) = self.store.view().seen(&digest.0)? else {
            return Ok(None);
        };
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(None);
        };
        let precedence = item.precedence();
        let Facts::Envelope(envelope) = item.facts else {
            return Ok(None);
        };
        let Ok(sender) = envelope.sender.parse() else {
            return Ok(None);
        };
        let desks = item.awaited.iter().chain(&item.settled);
        Ok(Some(Subject {
            leaf,
            sender,
            desks: desks.filter_map(|desk| desk.parse().ok()).collect(),
            precedence,
            status: envelope.status,
            expires: UnixMillis(envelope.expires_ms),
        }))
    }

    /// Where a statement goes next: towards the sender, and to the other devices of its own desk.
    fn onward(
        &self,
        peer: &Peer,
        value: &Statement,
        subject: &Subject,
    ) -> Result<Vec<Mailbox>, EngineError> {
        let own = &self.identity.agency;
        let sender_agency = subject.sender.agency();
        let mut mailboxes = match &sender_agency == own {
            true => self.desk_mailboxes(&subject.sender),
            false => self.towards(&sender_agency),
        };
        if let Some(desk) = &value.signer.desk
            && desk.agency() == *own
            && !matches!(value.claim, Claim::Delivered)
        {
            mailboxes.extend(self.desk_mailboxes(desk));
        }
        // A copy on one's own desk proves no rung for anybody.
        let own_copy = value.signer.desk.as_ref() == Some(&subject.sender);
        if travels_outwards(value, &subject.sender) {
            // STA-24
            if sender_agency != *own {
                mailboxes.clear();
            }
            mailboxes.extend(self.outwards_now(subject.leaf, value, &subject.desks)?);
        } else if own_copy && value.claim != Claim::Cancelled {
            mailboxes.clear();
        }
        mailboxes.extend(self.fellow_mailboxes(subject.leaf, value)?);
        // HND-21: no receipt, no key.
        if let Claim::Rewrapped { wrap } = &value.claim {
            mailboxes.retain(|mailbox| *mailbox != Mailbox::Device(wrap.device.0));
        }
        if self.is_passed_on(peer, value) {
            mailboxes = self.gateway_mailboxes();
        } else {
            let (leaf, sender) = (subject.leaf, &subject.sender);
            mailboxes.extend(self.tell_of_non_compliance(leaf, value, sender, &subject.desks)?);
        }
        mailboxes.retain(|mailbox| Some(mailbox) != peer.mailbox().as_ref());
        mailboxes.sort();
        mailboxes.dedup();
        Ok(mailboxes)
    }

    /// What a statement changes here (SES-10, STA-21, custody).
    fn heed(&mut self, leaf: Leaf, value: &Statement) -> Result<(), EngineError> {
        if value.claim == Claim::Cancelled && value.signer.desk.is_some() {
            return self.call_off(leaf, &value.subject);
        }
        let release = matches!(
            value.claim,
            Claim::Released { .. } | Claim::ReleaseRefused { .. }
        );
        if release && value.signer.desk.is_some() {
            return self.heed_release(leaf, &value.subject);
        }
        // STA-6: the wrap is queued against this statement, and never before it.
        let (Claim::Delivered, Some(desk)) = (&value.claim, &value.signer.desk) else {
            return Ok(());
        };
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(());
        };
        let desk = desk.as_str().to_owned();
        if item.awaited.contains(&desk) {
            self.append(Record::Delivered { leaf, desk }, None)?;
        }
        let mailbox = Mailbox::Device(value.signer.key.0);
        if item
            .waiting
            .iter()
            .any(|slot| slot.mailbox == mailbox && !slot.handed)
        {
            if let Some(link) = self.by_mailbox.get(&mailbox)
                && let Some(state) = self.links.get_mut(link)
            {
                state.forget(Token { leaf, wrap: false });
            }
            self.stir(std::slice::from_ref(&mailbox));
            self.append(Record::Handed { leaf, mailbox }, None)?;
        }
        Ok(())
    }

    /// STA-4: journalled, and passed on when the envelope comes.
    fn hold(&mut self, signed: &Signed<Statement>, bytes: &[u8]) -> Result<(), EngineError> {
        let subject = signed.value().subject;
        let held = self.store.view().statements(&subject.0)?.len();
        if held >= WAITING_PER_SUBJECT_MAX || self.held.len() >= WAITING_MAX {
            tracing::debug!("too many statements wait for their envelopes");
            return Ok(());
        }
        let expires_ms = self.now.plus(WAITING_MS).0;
        let statement = record::Statement {
            expires_ms,
            ..facts(signed)
        };
        let record = Record::Statement {
            statement,
            mailboxes: Vec::new(),
        };
        let leaf = self.append(record, Some(bytes))?;
        self.held.extend(leaf);
        Ok(())
    }

    /// Passes on what waited for an envelope.
    pub(super) fn release_waiting(&mut self, parsed: &Parsed) -> Result<(), EngineError> {
        for leaf in self.store.view().statements(&parsed.digest().0)? {
            if !self.held.remove(&leaf) {
                continue;
            }
            let Ok(bytes) = self.store.read(leaf) else {
                continue;
            };
            let Ok(signed) = statement::decode(&bytes) else {
                continue;
            };
            // From now on it lives as long as any other.
            self.append(Record::Erased { leaf }, None)?;
            let peer = self.source(signed.value(), &parsed.header().sender.agency());
            if self.permit(&peer, signed.value()).is_ok() {
                self.file(&peer, &signed, &bytes)?;
            }
        }
        Ok(())
    }

    /// Whom a statement came from, when that was not written down.
    fn source(&self, value: &Statement, sender: &Agency) -> Peer {
        let (key, agency) = (value.signer.key, value.signer.agency.clone());
        let own = &self.identity.agency;
        match &value.signer.desk {
            Some(desk) if agency == *own => Peer::Device {
                key,
                desk: desk.clone(),
            },
            // HND-24: to us it can only have come by way of the sender's relay.
            Some(_) if proves_non_compliance(value) && sender != own => Peer::Relay {
                agency: sender.clone(),
            },
            _ => Peer::Relay { agency },
        }
    }

    /// Finds the statements that still wait for their envelopes.
    pub(super) fn reload_held(&mut self) -> Result<(), EngineError> {
        let mut after = None;
        loop {
            let leaves = self.store.view().live(after, LIVE_MAX)?;
            let Some(last) = leaves.last() else {
                return Ok(());
            };
            after = Some(*last);
            for leaf in leaves {
                let view = self.store.view();
                if let Some(item) = view.item(leaf)?
                    && let Facts::Statement(facts) = &item.facts
                    && !item.refuses
                    && view.seen(&facts.subject)?.is_none()
                {
                    self.held.insert(leaf);
                }
            }
        }
    }
}

/// Whether a peer passes on what only this relay can judge: whether there is such a step now.
// ESC-20
fn is_only_for_us_to_judge(peer: &Peer, value: &Statement, code: ErrorCode) -> bool {
    let asked = matches!(value.claim, Claim::EscalationAsked { .. });
    let passed_on = matches!(peer, Peer::Relay { .. }) && value.signer.desk.is_some();
    asked && passed_on && [ErrorCode::StepEarly, ErrorCode::StepUnknown].contains(&code)
}

pub(super) fn facts(signed: &Signed<Statement>) -> record::Statement {
    record::Statement {
        hash: signed.hash().0,
        subject: signed.value().subject.0,
        signer: signed.value().signer.key.0,
        kind: signed.value().claim.tag(),
        precedence: 0,
        status: 0,
        expires_ms: 0,
    }
}
