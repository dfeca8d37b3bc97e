//! Statements in: verified, judged against their message, stored; held where that is too early.
//! Spec: statement.md STA-1 to STA-4.

use super::{Courier, CourierError, Event, Verdict, state};
use crate::account::Account;
use crate::compose::promise;
use crate::store::{Message, StoreError};
use crate::view;
use estafette_protocol::code::{ErrorCode, Note};
use estafette_protocol::encoding::{Bytes, Signed};
use estafette_protocol::statement::{self, Claim, Statement};
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use estafette_protocol::track::is_non_compliant;

/// How far ahead a statement's time may be, in milliseconds (STA-7).
const AHEAD_MS_MAX: u64 = 5 * MINUTE_MS;

/// What is to be made of a statement now.
enum Judgement {
    /// It is stored, or was.
    Stored,
    /// Its message or signer is not known yet.
    Early,
    /// It is not good.
    Bad(ErrorCode),
}

impl Courier {
    pub(super) fn statement(
        &mut self,
        account: &mut Account,
        bytes: &[u8],
        now: UnixMillis,
    ) -> Result<Verdict, CourierError> {
        let Ok(signed) = statement::decode(bytes) else {
            return Ok(Verdict::Refuse(ErrorCode::StatementInvalid));
        };
        match self.judge(account, &signed, now)? {
            Judgement::Stored => Ok(Verdict::Take),
            Judgement::Bad(code) => Ok(Verdict::Refuse(code)),
            Judgement::Early => {
                // STA-4
                let writing = account.store.write()?;
                match writing.hold(&signed.value().subject, bytes, now) {
                    Ok(()) => Ok(Verdict::Take),
                    Err(StoreError::Full) => Ok(Verdict::Defer(ErrorCode::TooManyWaiting)),
                    Err(error) => Err(error.into()),
                }
            }
        }
    }

    /// Judges again what was held: a message or a roster has come.
    pub(super) fn settle_held(
        &mut self,
        account: &mut Account,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        let held = account.store.write()?.held(now)?;
        for (subject, statements) in held {
            let before = statements.len();
            let mut early: Vec<Bytes> = Vec::new();
            for bytes in statements {
                let Ok(signed) = statement::decode(bytes.as_slice()) else {
                    continue;
                };
                if matches!(self.judge(account, &signed, now)?, Judgement::Early) {
                    early.push(bytes);
                }
            }
            if early.len() != before {
                account.store.write()?.set_held(&subject, early)?;
            }
        }
        Ok(())
    }

    fn judge(
        &mut self,
        account: &Account,
        signed: &Signed<Statement>,
        now: UnixMillis,
    ) -> Result<Judgement, CourierError> {
        let value = signed.value();
        let signer = &value.signer;
        if value.at.since(now) > AHEAD_MS_MAX {
            return Ok(Judgement::Bad(ErrorCode::StatementInvalid));
        }
        // STA-1
        let Some(key) = account.directory.signer_key(signer) else {
            return Ok(Judgement::Early);
        };
        if !signed.verify(&key) {
            return Ok(Judgement::Bad(ErrorCode::StatementInvalid));
        }
        let directory = &account.directory;
        if directory.is_barred(&signer.agency, &signer.key, now) {
            return Ok(Judgement::Bad(ErrorCode::DeviceSuspended));
        }
        let Some(message) = account.store.message(&value.subject)? else {
            if is_notice(account, value) {
                if account.store.write()?.add_notice(signed, now)? {
                    let claim = value.claim.word();
                    self.event(Event::Noticed { claim });
                }
                return Ok(Judgement::Stored);
            }
            return Ok(Judgement::Early);
        };
        // STA-2
        if !signer.is_entitled(&value.claim, &message.header) {
            return Ok(Judgement::Bad(ErrorCode::StatementNotEntitled));
        }
        let writing = account.store.write()?;
        if writing.add_statement(signed)? {
            // A receipt or refusal takes the message out of the outbox.
            writing.pending()?;
            let id = message.record.id;
            let claim = value.claim.word();
            drop(writing);
            self.event(Event::Stated { id, claim });
            match &value.claim {
                Claim::Rewrapped { wrap } => {
                    let by_sender = value.signer.desk.as_ref() == Some(&message.header.sender);
                    self.use_rewrap(account, (&message, wrap), by_sender, now)?;
                }
                Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => {
                    self.may_rewrap |= judged.notes.contains(&Note::NOT_YET_READABLE);
                }
                _ => {}
            }
            if has_gone(account, &message, value, now) {
                state_answered(account, &message, now)?;
            }
        }
        Ok(Judgement::Stored)
    }
}

/// Whether a receipt says that an own message is on its way: accepted, and let go where it has to be
/// released first.
fn has_gone(account: &Account, message: &Message, value: &Statement, now: UnixMillis) -> bool {
    match value.claim {
        Claim::Accepted { .. } => view::releasers(account, message, now).is_empty(),
        Claim::Released { .. } => value.signer.desk.is_none(),
        _ => false,
    }
}

/// Whether a statement is told to this desk about a message that others exchange: to a gateway,
/// that one was not sealed as it must be, or went out by way of an exception or above its rate; to
/// whoever stands above the sender as well, that nobody has it or acts on it.
// ESC-2, HND-24, RTE-23
fn is_notice(account: &Account, value: &Statement) -> bool {
    let (directory, desk) = (&account.directory, account.desk());
    let roster = directory.newest_roster(directory.own());
    let is_gateway = roster.is_some_and(|roster| roster.value().is_gateway_desk(desk));
    match &value.claim {
        Claim::Unreadable { stage } => is_gateway && is_non_compliant(*stage),
        Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. } => {
            let told = [Note::EXCEPTION_USED, Note::ABOVE_RATE];
            is_gateway && judged.notes.iter().any(|note| told.contains(note))
        }
        Claim::Overdue { sender, .. } => {
            let entry = roster.and_then(|roster| roster.value().desk(sender));
            let superior = entry.and_then(|entry| entry.superior.as_ref());
            let by_own_relay = value.signer.desk.is_none()
                && value.signer.agency == *directory.own()
                && sender.agency() == *directory.own();
            by_own_relay && (is_gateway || superior == Some(desk) || sender == desk)
        }
        _ => false,
    }
}

/// Says of the message that this one replies to that it is answered, now that the answer is safe
/// with a relay; of a promised answer, that it is taken on until then. Only the device that sealed
/// the answer says so, to the desk that asked.
fn state_answered(
    account: &Account,
    answer: &Message,
    now: UnixMillis,
) -> Result<(), CourierError> {
    let Some(asked) = answer.header.in_reply_to else {
        return Ok(());
    };
    let device = account.device();
    let Some(question) = account.store.message(&asked)? else {
        return Ok(());
    };
    let form = account.store.form(&answer.record.digest)?;
    let promised = form.and_then(|form| promise(&form, account.catalogue));
    let claim = match promised {
        Some(until) => Claim::Acknowledged {
            until: Some(until),
            remark: None,
        },
        None => Claim::Answered {
            answer: answer.record.digest,
        },
    };
    let is_for_asker = answer.header.is_addressed(&question.header.sender);
    let may = account.signer().is_entitled(&claim, &question.header);
    let said = promised.is_none() && question.signed_here(&device, claim.word()).is_some();
    if answer.header.sender_key != device || !is_for_asker || !may || said {
        return Ok(());
    }
    let statement = state(account, asked, claim, now)?;
    Ok(account.store.write()?.add_own(&statement, |_| (), now)?)
}
