//! Envelopes in: judged, journalled once, queued, and answered. Spec: envelope.md, Admission.

use estafette_protocol::address::Agency;
use estafette_protocol::admission::{Refusal, Side, judge};
use estafette_protocol::code::{ErrorCode, Note, Retry};
use estafette_protocol::crypto::{Hash, VerifyingKey};
use estafette_protocol::encoding::{Extensions, FixedBytes, Text};
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{self, Claim, Judged, Signer, Statement};
use estafette_protocol::time::{DAY_MS, MINUTE_MS};
use std::collections::BTreeSet;

use super::links::Peer;
use super::prepare::Check;
use super::{Engine, EngineError, LinkId};
use crate::record::{self, Leaf, Mailbox, Record};
use crate::store::Store;

/// How long after a message's expiry statements about it are still carried, in milliseconds.
pub(super) const STATEMENTS_MS: u64 = 30 * DAY_MS;
/// The furthest that the expiry of an accepted message may be, in milliseconds (ENV-1, ADM-7).
const LIFETIME_MAX_MS: u64 = 31 * DAY_MS;
/// A wait that lets a missing roster arrive, in milliseconds.
const ROSTER_WAIT_MS: u64 = 1_000;
/// A wait that lets an administrator make space, in milliseconds.
const SPACE_WAIT_MS: u64 = MINUTE_MS;
/// A wait that lets a held message be let go, in milliseconds.
const HELD_WAIT_MS: u64 = 5 * MINUTE_MS;
/// Peers' clocks further than this from ours make receipts say so, in milliseconds.
const CLOCK_UNSURE_MS: u64 = 30_000;

impl<S: Store> Engine<S> {
    /// A device hands us a message (SES-6).
    pub(super) fn submitted(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        check: Check,
    ) -> Result<(), EngineError> {
        let Some((parsed, key)) = self.parsed(link, number, check) else {
            return Ok(());
        };
        let Some(Peer::Device { key: device, desk }) = self.peer(link) else {
            return Ok(());
        };
        // ADM-3: at egress the desk of the link's device.
        let own = parsed.header().sender == desk && parsed.header().sender_key == device;
        if !own {
            self.turn_away(link, number, &parsed, ErrorCode::SenderUnknown);
            return Ok(());
        }
        // ENV-10
        if !parsed.envelope().withheld.is_empty() {
            self.turn_away(link, number, &parsed, ErrorCode::Malformed);
            return Ok(());
        }
        let answer_to = Mailbox::Device(device.0);
        let envelope = (bytes, &*parsed, key);
        self.accept(link, number, envelope, Side::Egress, answer_to)
    }

    /// A peer hands us a message for our desks.
    pub(super) fn forwarded(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        check: Check,
    ) -> Result<(), EngineError> {
        let Some((parsed, key)) = self.parsed(link, number, check) else {
            return Ok(());
        };
        let Some(Peer::Relay { agency }) = self.peer(link) else {
            return Ok(());
        };
        let header = parsed.header();
        if header.sender.agency() != agency {
            self.turn_away(link, number, &parsed, ErrorCode::SenderUnknown);
            return Ok(());
        }
        if !header.addresses_agency(&self.identity.agency) {
            self.turn_away(link, number, &parsed, ErrorCode::NoRoute);
            return Ok(());
        }
        let answer_to = Mailbox::Peer(agency.as_str().to_owned());
        let envelope = (bytes, &*parsed, key);
        self.accept(link, number, envelope, Side::Ingress, answer_to)
    }

    /// Answers what is wrong with whoever hands the envelope over: the envelope itself may still
    /// come from where it should, so that nothing is signed or remembered about it.
    // ADM-25
    fn turn_away(&mut self, link: LinkId, number: u64, parsed: &Parsed, code: ErrorCode) {
        self.take(link, number);
        self.fault(link, code, Some(parsed.digest()), None);
    }

    fn parsed(
        &mut self,
        link: LinkId,
        number: u64,
        check: Check,
    ) -> Option<(Box<Parsed>, Option<VerifyingKey>)> {
        match check {
            Check::Envelope(Ok(parsed), key) => Some((parsed, key)),
            // ADM-1: without a digest there is nothing to sign a refusal about.
            _ => {
                self.take(link, number);
                self.fault(link, ErrorCode::Malformed, None, None);
                None
            }
        }
    }

    fn accept(
        &mut self,
        link: LinkId,
        number: u64,
        (bytes, parsed, key): (&[u8], &Parsed, Option<VerifyingKey>),
        side: Side,
        answer_to: Mailbox,
    ) -> Result<(), EngineError> {
        let digest = parsed.digest();
        if self.repeat(link, &digest, &answer_to)? {
            self.take(link, number);
            return Ok(());
        }
        // ADM-24, before a refusal that would itself take space.
        if self.short_of_space && parsed.header().precedence != Precedence::Flash {
            let code = ErrorCode::LowSpace;
            self.fault(link, code, Some(digest), Some(SPACE_WAIT_MS));
            return Ok(());
        }
        let is_signed = |wanted: &VerifyingKey| key == Some(*wanted) || parsed.verify(wanted);
        let own = &self.identity.agency;
        let judged = judge(parsed, &self.directory, own, side, self.now, is_signed)
            .map(|admitted| admitted.judged);
        match judged.and_then(|judged| self.admit(parsed).map(|()| judged)) {
            Ok(judged) => {
                self.keep(bytes, parsed, side, judged, vec![answer_to])?;
                self.take(link, number);
                Ok(())
            }
            Err(refusal) if refusal.code.retry() == Retry::Later => {
                // SES-8: a retriable refusal is a fault, and the item stays with its sender.
                let wait_ms = match refusal.code {
                    ErrorCode::TooManyWaiting => HELD_WAIT_MS,
                    _ => ROSTER_WAIT_MS,
                };
                self.fault(link, refusal.code, Some(digest), Some(wait_ms));
                Ok(())
            }
            Err(refusal) => {
                self.refuse(parsed, refusal, None, vec![answer_to])?;
                self.take(link, number);
                Ok(())
            }
        }
    }

    /// ADM-20 and ADM-27, which need the store.
    fn admit(&self, parsed: &Parsed) -> Result<(), Refusal> {
        let header = parsed.header();
        let seen = self
            .store
            .view()
            .reference(header.sender.as_str(), &header.reference.0);
        if matches!(seen, Ok(Some(first)) if first != parsed.digest().0) {
            return Err(Refusal::new(ErrorCode::ReferenceReused, "ADM-20"));
        }
        self.has_room_to_hold(header)
    }

    /// ADM-21: the same digest gets the same receipt or refusal.
    fn repeat(
        &mut self,
        link: LinkId,
        digest: &Hash,
        answer_to: &Mailbox,
    ) -> Result<bool, EngineError> {
        let view = self.store.view();
        let known = view.seen(&digest.0)?.is_some();
        let refusal = view.refusal(&digest.0)?;
        if !known && refusal.is_none() {
            return Ok(false);
        }
        let own = match refusal {
            Some(leaf) => Some(leaf),
            None => self.own_receipt(digest)?,
        };
        let Some(leaf) = own else { return Ok(true) };
        let Some(item) = self.store.view().item(leaf)? else {
            return Ok(true);
        };
        let waits = item.waiting.iter().any(|slot| slot.mailbox == *answer_to);
        if !item.erased && !waits {
            // It was taken once, so that nothing has to be written down to say it again.
            self.say_again(link, leaf);
        }
        Ok(true)
    }

    fn own_receipt(&self, digest: &Hash) -> Result<Option<Leaf>, EngineError> {
        for leaf in self.store.view().statements(&digest.0)? {
            let Ok(bytes) = self.store.read(leaf) else {
                continue;
            };
            let Ok(signed) = statement::decode(&bytes) else {
                continue;
            };
            let value = signed.value();
            let receipt = matches!(value.claim, Claim::Accepted { .. } | Claim::Relayed { .. });
            // By whichever key the relay had then (IDN-47).
            let (own, desk) = (&self.identity.agency, &value.signer.desk);
            if receipt && value.signer.agency == *own && desk.is_none() {
                return Ok(Some(leaf));
            }
        }
        Ok(None)
    }

    fn keep(
        &mut self,
        bytes: &[u8],
        parsed: &Parsed,
        side: Side,
        mut judged: Judged,
        answer_to: Vec<Mailbox>,
    ) -> Result<(), EngineError> {
        let header = parsed.header();
        let mut mailboxes = self.mailboxes(parsed, side, &answer_to);
        let early = header.not_before.filter(|_| self.is_early(header));
        let mut later = Vec::new();
        if early.is_some() {
            let at_once = self.at_once(parsed, side);
            (mailboxes, later) = mailboxes.into_iter().partition(|m| at_once.contains(m));
        }
        let own = &self.identity.agency;
        let awaited = header.addressees.iter().map(|a| &a.desk);
        let await_desks = awaited
            .filter(|desk| side == Side::Egress || desk.agency() == *own)
            .map(|desk| desk.as_str().to_owned())
            .collect();
        let envelope = record::Envelope {
            digest: parsed.digest().0,
            sender: header.sender.as_str().to_owned(),
            reference: header.reference.0,
            precedence: header.precedence.code(),
            status: header.status.code(),
            expires_ms: header.expires.0,
        };
        let record = Record::Envelope {
            envelope,
            mailboxes: mailboxes.clone(),
            await_desks,
        };
        let leaf = self.append(record, Some(bytes))?.unwrap_or_default();
        if let Some(until) = early {
            // ENV-20: in the same group as the envelope.
            let held = Record::Held {
                leaf,
                until_ms: until.0,
                signer: header.sender_key.0,
                mailboxes: later,
            };
            self.append(held, None)?;
        }
        let leaf = leaf.0;
        self.stir(&mailboxes);
        if self.is_clock_unsure() {
            judged.notes.push(Note::CLOCK_UNSURE);
            judged.notes.sort_unstable();
        }
        let (claim, to) = match side {
            Side::Egress => (
                Claim::Accepted { leaf, judged },
                self.desk_mailboxes(&header.sender),
            ),
            Side::Ingress => (Claim::Relayed { leaf, judged }, answer_to),
        };
        self.state(header, &parsed.digest(), claim, to)?;
        self.release_waiting(parsed)
    }

    fn refuse(
        &mut self,
        parsed: &Parsed,
        refusal: Refusal,
        first: Option<Hash>,
        answer_to: Vec<Mailbox>,
    ) -> Result<(), EngineError> {
        let header = parsed.header();
        let first = match refusal.code {
            ErrorCode::ReferenceReused => {
                let view = self.store.view();
                view.reference(header.sender.as_str(), &header.reference.0)?
                    .map(FixedBytes)
            }
            _ => first,
        };
        let clause = Text::new(refusal.clause)?;
        let claim = Claim::Refused {
            code: refusal.code.number(),
            clause,
            first,
        };
        let digest = parsed.digest();
        tracing::debug!(
            code = refusal.code.word(),
            clause = refusal.clause,
            "refused"
        );
        if let Some(statement) = self.state(header, &digest, claim, answer_to)? {
            self.append(Record::Refused { statement }, None)?;
        }
        Ok(())
    }

    /// Signs, journals and queues a statement of this relay; it leaves only after the commit of the
    /// batch that it is part of (STA-5).
    pub(super) fn state(
        &mut self,
        header: &Header,
        subject: &Hash,
        claim: Claim,
        mailboxes: Vec<Mailbox>,
    ) -> Result<Option<Leaf>, EngineError> {
        let (at, signer) = (self.now, self.signer());
        let extensions = Extensions::default();
        let statement = Statement {
            subject: *subject,
            at,
            signer,
            claim,
            extensions,
        };
        let (kind, signer) = (statement.claim.tag(), statement.signer.key);
        let latest = self.now.plus(LIFETIME_MAX_MS);
        let signed = statement::sign(statement, &self.identity.statement_key)?;
        let facts = record::Statement {
            hash: signed.hash().0,
            subject: subject.0,
            signer: signer.0,
            kind,
            precedence: header.precedence.code(),
            status: header.status.code(),
            // A header that is refused may claim to reach for ever.
            expires_ms: header.expires.min(latest).plus(STATEMENTS_MS).0,
        };
        self.stir(&mailboxes);
        let record = Record::Statement {
            statement: facts,
            mailboxes,
        };
        self.append(record, Some(&signed.encode()?))
    }

    pub(super) fn signer(&self) -> Signer {
        let key = self.identity.statement_key.verifying_key().id();
        Signer {
            agency: self.identity.agency.clone(),
            desk: None,
            key,
        }
    }

    pub(super) fn peer(&self, link: LinkId) -> Option<Peer> {
        self.links.get(&link).map(|state| state.peer.clone())
    }

    /// Where an accepted envelope waits: our devices that have a wrap, and at egress the peers.
    fn mailboxes(&self, parsed: &Parsed, side: Side, from: &[Mailbox]) -> Vec<Mailbox> {
        let header = parsed.header();
        let own = &self.identity.agency;
        let mut mailboxes: BTreeSet<Mailbox> = BTreeSet::new();
        for wrap in &parsed.envelope().wraps {
            if header
                .desk(wrap.addressee)
                .is_some_and(|desk| desk.agency() == *own)
            {
                // IDN-43
                let device = self.directory.successor(&wrap.device);
                mailboxes.insert(Mailbox::Device(device.unwrap_or(wrap.device).0));
            }
        }
        if side == Side::Egress {
            let peers = header.agencies().filter(|agency| agency != own);
            mailboxes.extend(peers.map(|agency| Mailbox::Peer(agency.as_str().to_owned())));
        }
        // The submitting device has the message already.
        mailboxes
            .into_iter()
            .filter(|mailbox| !from.contains(mailbox))
            .collect()
    }

    /// The mailboxes of all devices of one of our desks.
    pub(super) fn desk_mailboxes(&self, desk: &estafette_protocol::address::Desk) -> Vec<Mailbox> {
        let roster = self.directory.newest_roster(&desk.agency());
        let entry = roster.and_then(|roster| roster.value().desk(desk));
        let devices = entry.map_or(&[][..], |entry| &entry.devices);
        devices
            .iter()
            .map(|device| Mailbox::Device(device.key.id().0))
            .collect()
    }

    /// Where a statement about a message of this sender goes next.
    pub(super) fn towards(&self, agency: &Agency) -> Vec<Mailbox> {
        vec![Mailbox::Peer(agency.as_str().to_owned())]
    }

    // SES-19
    fn is_clock_unsure(&self) -> bool {
        let mut offsets: Vec<i64> = self.clock_offsets.values().copied().collect();
        offsets.sort_unstable();
        let median = offsets.get(offsets.len() / 2).copied().unwrap_or(0);
        median.unsigned_abs() > CLOCK_UNSURE_MS
    }
}
