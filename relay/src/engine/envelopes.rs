//! Envelopes in: judged, journalled once, queued, and answered. Spec: envelope.md, Admission.

use estafette_protocol::address::Agency;
use estafette_protocol::admission::{Refusal, Side};
use estafette_protocol::code::{ErrorCode, Note, Retry};
use estafette_protocol::crypto::{Hash, KeyId, VerifyingKey};
use estafette_protocol::encoding::{Extensions, FixedBytes, Signed, Text};
use estafette_protocol::envelope::{Addressee, Header, Parsed, Role};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::routing::Verdict;
use estafette_protocol::statement::{self, Claim, Judged, Signer, Statement};
use estafette_protocol::time::{DAY_MS, MINUTE_MS, UnixMillis};
use std::collections::BTreeSet;

use super::links::Peer;
use super::prepare::{Check, CheckedEnvelope};
use super::readers::reads_at_once;
use super::rules::{Arrival, Passed, settle_notes};
use super::{Engine, EngineError, LinkId};
use crate::index::{Facts, Item};
use crate::record::{self, Leaf, Mailbox, MarkedBy, Record};
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
/// A wait that lets a rate allow another message, in milliseconds.
const RATE_WAIT_MS: u64 = MINUTE_MS;

impl<S: Store> Engine<S> {
    /// A device hands us a message (SES-6).
    pub(super) fn submitted(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        check: Check,
    ) -> Result<(), EngineError> {
        let Some((parsed, key)) = self.parsed(link, number, check.envelope()) else {
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
        let arrival = Arrival {
            parsed: &parsed,
            side: Side::Egress,
            key,
            said: &[],
        };
        self.accept(link, number, bytes, &arrival, answer_to)
    }

    /// A peer hands us a message for our desks, and nothing with it.
    pub(super) fn offered(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        check: Check,
    ) -> Result<(), EngineError> {
        let Some((parsed, key)) = self.parsed(link, number, check.envelope()) else {
            return Ok(());
        };
        self.forwarded(link, number, (bytes, &parsed, key), &[])
    }

    /// A peer hands us a message for our desks, with what it is to be judged by.
    pub(super) fn forwarded(
        &mut self,
        link: LinkId,
        number: u64,
        (bytes, parsed, key): (&[u8], &Parsed, Option<VerifyingKey>),
        said: &[Signed<Statement>],
    ) -> Result<(), EngineError> {
        let Some(Peer::Relay { agency }) = self.peer(link) else {
            return Ok(());
        };
        let header = parsed.header();
        if header.sender.agency() != agency {
            self.turn_away(link, number, parsed, ErrorCode::SenderUnknown);
            return Ok(());
        }
        if !header.addresses_agency(&self.identity.agency) {
            self.turn_away(link, number, parsed, ErrorCode::NoRoute);
            return Ok(());
        }
        let answer_to = Mailbox::Peer(agency.as_str().to_owned());
        let arrival = Arrival {
            parsed,
            side: Side::Ingress,
            key,
            said,
        };
        self.accept(link, number, bytes, &arrival, answer_to)
    }

    /// Answers what is wrong with whoever hands the envelope over: the envelope itself may still
    /// come from where it should, so that nothing is signed or remembered about it.
    // ADM-25
    fn turn_away(&mut self, link: LinkId, number: u64, parsed: &Parsed, code: ErrorCode) {
        self.take(link, number);
        self.fault(link, code, Some(parsed.digest()), None);
    }

    pub(super) fn parsed(
        &mut self,
        link: LinkId,
        number: u64,
        checked: Option<CheckedEnvelope>,
    ) -> Option<(Box<Parsed>, Option<VerifyingKey>)> {
        match checked {
            Some((Ok(parsed), key)) => Some((parsed, key)),
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
        bytes: &[u8],
        arrival: &Arrival<'_>,
        answer_to: Mailbox,
    ) -> Result<(), EngineError> {
        let parsed = arrival.parsed;
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
        match self.judge(arrival)? {
            Ok(passed) => {
                self.keep(bytes, arrival, passed, answer_to)?;
                self.take(link, number);
                Ok(())
            }
            Err(refusal) if refusal.code.retry() == Retry::Later => {
                // SES-8: a retriable refusal is a fault, and the item stays with its sender.
                let wait_ms = match refusal.code {
                    ErrorCode::TooManyWaiting => HELD_WAIT_MS,
                    ErrorCode::RateExceeded => RATE_WAIT_MS,
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
    pub(super) fn admit(&self, parsed: &Parsed) -> Result<(), Refusal> {
        let header = parsed.header();
        let seen = self
            .store
            .view()
            .reference(header.sender.as_str(), &header.reference.0);
        if matches!(seen, Ok(Some(first)) if first != parsed.digest().0) {
            return Err(Refusal::new(ErrorCode::ReferenceReused, "ADM-20"));
        }
        match self.is_early(header) {
            true => self.has_room_to_hold(header),
            false => Ok(()),
        }
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
        arrival: &Arrival<'_>,
        passed: Passed,
        answer_to: Mailbox,
    ) -> Result<(), EngineError> {
        let Arrival { parsed, side, .. } = *arrival;
        let header = parsed.header();
        let mailboxes = self.mailboxes(parsed, side, std::slice::from_ref(&answer_to));
        let early = header.not_before.filter(|_| self.is_early(header));
        let at_once = match &passed.verdict {
            Verdict::Hold { .. } => Some(self.to_releasers(parsed, &passed.releasers)),
            Verdict::Pass { .. } => early.map(|_| self.at_once(parsed, side)),
        };
        let (mailboxes, later): (Vec<_>, Vec<_>) = mailboxes
            .into_iter()
            .partition(|m| at_once.as_ref().is_none_or(|at_once| at_once.contains(m)));
        let (precedence, within) = match &passed.verdict {
            Verdict::Pass { precedence, .. } => (*precedence, None),
            Verdict::Hold { within, .. } => (header.precedence, *within),
        };
        let leaf = self.write(bytes, arrival, precedence, mailboxes.clone())?;
        let notes = &passed.judged.notes;
        let above = notes.contains(&Note::ABOVE_RATE);
        self.use_rates(leaf, &header.sender, passed.rows, above)?;
        self.stir(&mailboxes);
        let signer = header.sender_key.0;
        let due = within.map(|within| self.now.plus(within));
        // ENV-20, REL-11: in the same group as the envelope.
        if let Verdict::Hold { .. } = &passed.verdict {
            let due_ms = due.map(|due| due.0);
            let mailboxes = later;
            let detained = Record::Detained {
                leaf,
                due_ms,
                signer,
                mailboxes,
            };
            self.append(detained, None)?;
        } else if let Some(until) = early {
            let (until_ms, mailboxes) = (until.0, later);
            let held = Record::Held {
                leaf,
                until_ms,
                signer,
                mailboxes,
            };
            self.append(held, None)?;
        }
        self.receipt(arrival, leaf, passed.judged, answer_to)?;
        if let Verdict::Hold { lacks, .. } = &passed.verdict {
            let clause = Text::new(lacks.clause)?;
            let late = false;
            let to = self.sender_and_releasers(header)?;
            self.state(
                header,
                &parsed.digest(),
                Claim::Held { clause, due, late },
                to,
            )?;
        }
        self.keep_accompanying(parsed, precedence, arrival.said)?;
        let goes = matches!(passed.verdict, Verdict::Pass { .. }) && early.is_none();
        if goes {
            self.begin_watch(leaf, parsed)?;
        }
        self.release_waiting(parsed)
    }

    /// Journals an accepted envelope with what is to be known of it without its body.
    fn write(
        &mut self,
        bytes: &[u8],
        arrival: &Arrival<'_>,
        precedence: Precedence,
        mailboxes: Vec<Mailbox>,
    ) -> Result<Leaf, EngineError> {
        let Arrival { parsed, side, .. } = *arrival;
        let header = parsed.header();
        let own = &self.identity.agency;
        let served = header
            .addressees
            .iter()
            .filter(|a| side == Side::Egress || a.desk.agency() == *own);
        // HND-23
        let (standby, awaited): (Vec<_>, Vec<_>) = served.partition(|a| a.role == Role::Standby);
        let names = |desks: Vec<&Addressee>| -> Vec<String> {
            let names = desks.iter().map(|a| a.desk.as_str().to_owned());
            names.collect()
        };
        let envelope = record::Envelope {
            digest: parsed.digest().0,
            sender: header.sender.as_str().to_owned(),
            reference: header.reference.0,
            precedence: precedence.code(),
            status: header.status.code(),
            expires_ms: header.expires.0,
        };
        let record = Record::Envelope {
            envelope,
            mailboxes,
            await_desks: names(awaited),
        };
        let leaf = self.append(record, Some(bytes))?.unwrap_or_default();
        if !standby.is_empty() {
            let desks = names(standby);
            self.append(Record::Standby { leaf, desks }, None)?;
        }
        if !header.marking.is_empty() {
            let by = MarkedBy::default();
            let marking = header.marking.iter().map(|m| (m.axis, m.code)).collect();
            self.append(Record::Marked { leaf, by, marking }, None)?;
        }
        let digests = self.unfolded(header)?.into_iter().map(|d| d.0).collect();
        if !header.encloses.is_empty() {
            self.append(Record::Encloses { leaf, digests }, None)?;
        }
        Ok(leaf)
    }

    /// Signs that an envelope is accepted or relayed.
    fn receipt(
        &mut self,
        arrival: &Arrival<'_>,
        leaf: Leaf,
        mut judged: Judged,
        answer_to: Mailbox,
    ) -> Result<(), EngineError> {
        let header = arrival.parsed.header();
        if self.clocks.is_unsure(self.now) {
            judged.notes.push(Note::CLOCK_UNSURE);
        }
        settle_notes(&mut judged.notes);
        // RTE-23
        let telling = [Note::EXCEPTION_USED, Note::ABOVE_RATE];
        let gateways = match telling.iter().any(|note| judged.notes.contains(note)) {
            true => self.gateway_mailboxes(),
            false => Vec::new(),
        };
        let leaf = leaf.0;
        let (claim, mut to) = match arrival.side {
            Side::Egress => (
                Claim::Accepted { leaf, judged },
                self.desk_mailboxes(&header.sender),
            ),
            Side::Ingress => (Claim::Relayed { leaf, judged }, vec![answer_to]),
        };
        to.extend(gateways);
        to.sort();
        to.dedup();
        self.state(header, &arrival.parsed.digest(), claim, to)?;
        Ok(())
    }

    pub(super) fn refuse(
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
        // A header that is refused may claim to reach for ever.
        let latest = self.now.plus(LIFETIME_MAX_MS);
        let about = record::Statement {
            subject: subject.0,
            precedence: header.precedence.code(),
            status: header.status.code(),
            expires_ms: header.expires.min(latest).plus(STATEMENTS_MS).0,
            ..record::Statement::default()
        };
        self.state_as(about, claim, mailboxes)
    }

    /// As [`Engine::state`], about a message of which the body may be gone.
    pub(super) fn state_about(
        &mut self,
        item: &Item,
        claim: Claim,
        mailboxes: BTreeSet<Mailbox>,
    ) -> Result<(), EngineError> {
        let Facts::Envelope(facts) = &item.facts else {
            return Ok(());
        };
        let about = record::Statement {
            subject: facts.digest,
            precedence: item.precedence(),
            status: facts.status,
            expires_ms: UnixMillis(facts.expires_ms)
                .max(self.now)
                .plus(STATEMENTS_MS)
                .0,
            ..record::Statement::default()
        };
        self.state_as(about, claim, mailboxes.into_iter().collect())?;
        Ok(())
    }

    fn state_as(
        &mut self,
        about: record::Statement,
        claim: Claim,
        mailboxes: Vec<Mailbox>,
    ) -> Result<Option<Leaf>, EngineError> {
        let (at, signer) = (self.now, self.signer());
        let extensions = Extensions::default();
        let statement = Statement {
            subject: FixedBytes(about.subject),
            at,
            signer,
            claim,
            extensions,
        };
        let (kind, signer) = (statement.claim.tag(), statement.signer.key);
        let signed = statement::sign(statement, &self.identity.statement_key)?;
        let facts = record::Statement {
            hash: signed.hash().0,
            signer: signer.0,
            kind,
            ..about
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
            let desk = header.desk(wrap.addressee);
            let ours = desk.is_some_and(|desk| desk.agency() == *own);
            // HND-23
            if ours && reads_at_once(header, wrap.addressee) {
                mailboxes.insert(self.reader(&wrap.device));
            }
        }
        if side == Side::Egress {
            mailboxes.extend(self.peers(header.agencies()));
        }
        // The submitting device has the message already.
        mailboxes
            .into_iter()
            .filter(|mailbox| !from.contains(mailbox))
            .collect()
    }

    /// Where what is sealed to a device's key waits: for the key that is in its place now.
    // IDN-43
    pub(super) fn reader(&self, device: &KeyId) -> Mailbox {
        let now = self.directory.successor(device);
        Mailbox::Device(now.unwrap_or(*device).0)
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
}
