//! Statements in: verified, judged against their message, journalled and passed on.
//! Spec: statement.md.

use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, VerifyingKey};
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::{Header, Parsed};
use estafette_protocol::statement::{self, Claim, Statement};

use super::envelopes::STATEMENTS_MS;
use super::links::{Peer, Token};
use super::prepare::Check;
use super::{Engine, EngineError, LinkId};
use crate::record::{self, Leaf, Mailbox, Record};
use crate::store::Store;

/// Statements held for one envelope that has not come (STA-4).
const WAITING_PER_SUBJECT_MAX: usize = 64;
/// Statements held for envelopes that have not come, in all (STA-4).
const WAITING_MAX: usize = 65_536;
/// How long they are held, in milliseconds (STA-4).
const WAITING_MS: u64 = 24 * estafette_protocol::time::HOUR_MS;
/// How far ahead a statement's time may be, in milliseconds (STA-7).
const AHEAD_MAX_MS: u64 = 5 * estafette_protocol::time::MINUTE_MS;

impl<S: Store> Engine<S> {
    /// A device or a peer hands us a statement.
    pub(super) fn stated(
        &mut self,
        link: LinkId,
        number: u64,
        bytes: &[u8],
        check: Check,
    ) -> Result<(), EngineError> {
        let Check::Statement(Ok(signed), key) = check else {
            self.fault(link, ErrorCode::StatementInvalid, None, None);
            self.take(link, number);
            return Ok(());
        };
        let Some(peer) = self.peer(link) else {
            return Ok(());
        };
        let hash = signed.hash();
        match self.weigh(&peer, &signed, key) {
            Ok(()) => self.file(&peer, &signed, bytes)?,
            Err(ErrorCode::Duplicate) => {}
            Err(code) => self.fault(link, code, Some(hash), None),
        }
        // SES-8: whatever became of it, saying it again would change nothing.
        self.take(link, number);
        self.stirred.insert(link);
        Ok(())
    }

    /// STA-1, STA-3, STA-7: what does not need the message.
    fn weigh(
        &self,
        peer: &Peer,
        signed: &Signed<Statement>,
        key: Option<VerifyingKey>,
    ) -> Result<(), ErrorCode> {
        let value = signed.value();
        let from_peer = match peer {
            Peer::Device { key, desk } => {
                value.signer.key == *key && value.signer.desk.as_ref() == Some(desk)
            }
            Peer::Relay { agency } => value.signer.agency == *agency,
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
            Ok(None) => Ok(()),
            _ => Err(ErrorCode::Duplicate),
        }
    }

    fn file(
        &mut self,
        peer: &Peer,
        signed: &Signed<Statement>,
        bytes: &[u8],
    ) -> Result<(), EngineError> {
        let subject = signed.value().subject;
        let Some((leaf, parsed)) = self.message(&subject)? else {
            return self.hold(signed, bytes);
        };
        let header = parsed.header().clone();
        if !signed
            .value()
            .signer
            .is_entitled(&signed.value().claim, &header)
        {
            tracing::debug!(
                claim = signed.value().claim.word(),
                "signer is not entitled"
            );
            return Ok(());
        }
        let mailboxes = self.onward(peer, signed.value(), &header);
        let facts = record::Statement {
            precedence: header.precedence.code(),
            status: header.status.code(),
            expires_ms: header.expires.plus(STATEMENTS_MS).0,
            ..facts(signed)
        };
        self.stir(&mailboxes);
        self.append(
            Record::Statement {
                statement: facts,
                mailboxes,
            },
            Some(bytes),
        )?;
        self.heed(leaf, signed.value())
    }

    /// The message a statement is about, while its body is here.
    fn message(&self, subject: &Hash) -> Result<Option<(Leaf, Box<Parsed>)>, EngineError> {
        let Some(leaf) = self.store.view().seen(&subject.0)? else {
            return Ok(None);
        };
        let Ok(bytes) = self.store.read(leaf) else {
            return Ok(None);
        };
        Ok(Parsed::decode(&bytes)
            .ok()
            .map(|parsed| (leaf, Box::new(parsed))))
    }

    /// Where a statement goes next: towards the sender, and to the other devices of its own desk.
    fn onward(&self, peer: &Peer, value: &Statement, header: &Header) -> Vec<Mailbox> {
        let own = &self.identity.agency;
        let sender_agency = header.sender.agency();
        let mut mailboxes = match &sender_agency == own {
            true => self.desk_mailboxes(&header.sender),
            false => self.towards(&sender_agency),
        };
        if let Some(desk) = &value.signer.desk
            && desk.agency() == *own
            && !matches!(value.claim, Claim::Delivered)
        {
            mailboxes.extend(self.desk_mailboxes(desk));
        }
        // A copy on one's own desk proves no rung for anybody.
        if value.signer.desk.as_ref() == Some(&header.sender) {
            mailboxes.clear();
        }
        mailboxes.retain(|mailbox| Some(mailbox) != peer.mailbox().as_ref());
        mailboxes.sort();
        mailboxes.dedup();
        mailboxes
    }

    /// What a statement changes here (SES-10, custody).
    fn heed(&mut self, leaf: Leaf, value: &Statement) -> Result<(), EngineError> {
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
        if held >= WAITING_PER_SUBJECT_MAX || self.waiting_statements >= WAITING_MAX {
            tracing::debug!("too many statements wait for their envelopes");
            return Ok(());
        }
        self.waiting_statements = self.waiting_statements.saturating_add(1);
        let expires_ms = self.now.plus(WAITING_MS).0;
        let statement = record::Statement {
            expires_ms,
            ..facts(signed)
        };
        self.append(
            Record::Statement {
                statement,
                mailboxes: Vec::new(),
            },
            Some(bytes),
        )?;
        Ok(())
    }

    /// Passes on what waited for an envelope.
    pub(super) fn release_waiting(&mut self, parsed: &Parsed) -> Result<(), EngineError> {
        let header = parsed.header();
        let own = self.signer();
        let Some(envelope) = self.store.view().seen(&parsed.digest().0)? else {
            return Ok(());
        };
        for leaf in self.store.view().statements(&parsed.digest().0)? {
            let Ok(bytes) = self.store.read(leaf) else {
                continue;
            };
            let Ok(signed) = statement::decode(&bytes) else {
                continue;
            };
            let value = signed.value();
            if value.signer == own || !value.signer.is_entitled(&value.claim, header) {
                continue;
            }
            self.waiting_statements = self.waiting_statements.saturating_sub(1);
            let mailboxes = self.onward(&Peer::Stranger, value, header);
            let precedence = header.precedence.code();
            self.stir(&mailboxes);
            let await_desks = Vec::new();
            self.append(
                Record::Queued {
                    leaf,
                    precedence,
                    mailboxes,
                    await_desks,
                },
                None,
            )?;
            self.heed(envelope, value)?;
        }
        Ok(())
    }
}

fn facts(signed: &Signed<Statement>) -> record::Statement {
    record::Statement {
        hash: signed.hash().0,
        subject: signed.value().subject.0,
        kind: signed.value().claim.tag(),
        precedence: 0,
        status: 0,
        expires_ms: 0,
    }
}
