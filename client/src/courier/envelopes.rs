//! Messages in: verified, stored, stated `delivered`, and opened when the wrap comes.
//! Spec: envelope.md, Opening; statement.md STA-6.

use super::rewraps::is_stated;
use super::{Courier, CourierError, Event, Verdict};
use crate::account::Account;
use crate::compose::summary;
use crate::prekeys;
use crate::store::{Content, Message, Received, Record};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, VerifyingKey};
use estafette_protocol::encoding::{EncodingError, Extensions, Signed};
use estafette_protocol::envelope::{
    OpenError, Opened, Parsed, Role, Stage, Wrap, open, open_rewrapped,
};
use estafette_protocol::precedence::Status;
use estafette_protocol::statement::{Claim, REWRAP_POSITION, Statement, sign};
use estafette_protocol::time::UnixMillis;

/// Signs a statement of this device.
///
/// # Errors
/// When the claim breaks a limit.
pub fn state(
    account: &Account,
    subject: Hash,
    claim: Claim,
    now: UnixMillis,
) -> Result<Signed<Statement>, EncodingError> {
    let statement = Statement {
        subject,
        at: now,
        signer: account.signer(),
        claim,
        extensions: Extensions::default(),
    };
    sign(statement, &account.signing_key())
}

impl Courier {
    pub(super) fn envelope(
        &mut self,
        account: &mut Account,
        bytes: &[u8],
        now: UnixMillis,
    ) -> Result<Verdict, CourierError> {
        let Ok(parsed) = Parsed::decode(bytes) else {
            return Ok(Verdict::Refuse(ErrorCode::Malformed));
        };
        let header = parsed.header();
        if !header.is_addressed(account.desk()) && header.sender != *account.desk() {
            return Ok(Verdict::Refuse(ErrorCode::DeskUnknown));
        }
        let Some(key) = sender_key(account, &parsed, now) else {
            return Ok(Verdict::Defer(ErrorCode::RosterMissing));
        };
        if !parsed.verify(&key) {
            return Ok(Verdict::Refuse(ErrorCode::SignatureInvalid));
        }
        let delivered = state(account, parsed.digest(), Claim::Delivered, now)?;
        let received = Received {
            bytes,
            parsed: &parsed,
            sender_key: &key,
            delivered: &delivered,
        };
        let known = account.store.message(&parsed.digest())?.is_some();
        // STA-6: durable before `delivered` or `taken` leaves.
        let id = account.store.write()?.add_received(&received, now)?;
        if !known {
            self.event(Event::Stored { id });
            self.settle_held(account, now)?;
        }
        Ok(Verdict::Take)
    }

    pub(super) fn wrap(
        &mut self,
        account: &mut Account,
        digest: &Hash,
        wrap: &Wrap,
        now: UnixMillis,
    ) -> Result<Verdict, CourierError> {
        let Some(message) = account.store.message(digest)? else {
            return Ok(Verdict::Refuse(ErrorCode::WrapUnknown));
        };
        if message.record.content != Content::Sealed {
            return Ok(Verdict::Take);
        }
        // HND-21: handed out before the statement that brings it. What opens is good by the
        // commitment; what does not is nobody's word yet, and no proof against the sender.
        if wrap.position == REWRAP_POSITION
            && !is_stated(&message, wrap)
            && try_open(account, &message, wrap)?.is_err()
        {
            return Ok(Verdict::Take);
        }
        account.store.write()?.add_wrap(digest, wrap)?;
        self.open_with(account, &message, wrap, now)?;
        Ok(Verdict::Take)
    }

    /// Opens a message with the wrap that has just been stored.
    pub(super) fn open_with(
        &mut self,
        account: &Account,
        message: &Message,
        wrap: &Wrap,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        let id = message.record.id;
        match try_open(account, message, wrap)? {
            Ok(opened) => {
                let (form, summary) = (&opened.form, summary(&opened.form, account.catalogue));
                let (digest, key) = (&message.record.digest, &opened.content_key);
                account
                    .store
                    .write()?
                    .set_open(digest, form, key, summary)?;
                self.event(Event::Opened { id });
                answer_test(account, message, now)
            }
            Err(error) => {
                self.unreadable(account, message, error.stage, now)?;
                self.event(Event::Unreadable {
                    id,
                    stage: error.stage.code(),
                });
                Ok(())
            }
        }
    }

    // ENV-19
    fn unreadable(
        &self,
        account: &Account,
        message: &Message,
        stage: Stage,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        let stage = stage.code();
        let digest = message.record.digest;
        let change = |record: &mut Record| record.content = Content::Unreadable(stage);
        let claim = Claim::Unreadable { stage };
        if !account.signer().is_entitled(&claim, &message.header) {
            // A copy of the own desk's message: nobody waits for it.
            return Ok(account.store.write()?.update(&digest, change)?);
        }
        let statement = state(account, digest, claim, now)?;
        Ok(account.store.write()?.add_own(&statement, change, now)?)
    }
}

/// Takes a test on by itself, without an officer.
// EXR-6
fn answer_test(account: &Account, message: &Message, now: UnixMillis) -> Result<(), CourierError> {
    let claim = Claim::Acknowledged {
        until: None,
        remark: None,
    };
    let is_standby = message.role_of(account.desk()) == Some(Role::Standby);
    let said = message
        .signed_here(&account.device(), claim.word())
        .is_some();
    let is_test = message.header.status == Status::Test;
    if !is_test || is_standby || said || !account.signer().is_entitled(&claim, &message.header) {
        return Ok(());
    }
    let statement = state(account, message.record.digest, claim, now)?;
    Ok(account.store.write()?.add_own(&statement, |_| (), now)?)
}

/// The key of the sending device, by the roster that the header names or else the newest.
///
/// A device that joined late never held the named one; the relay judged by it (ADM-3).
pub(crate) fn sender_key(
    account: &Account,
    parsed: &Parsed,
    now: UnixMillis,
) -> Option<VerifyingKey> {
    let header = parsed.header();
    let directory = &account.directory;
    let named = directory.roster_by_hash(&header.roster, now).ok();
    let newest = directory.newest_roster(&header.sender.agency());
    let rosters = named.map(|(signed, _)| signed).into_iter().chain(newest);
    rosters
        .map(Signed::value)
        .find_map(|roster| roster.desk(&header.sender)?.device(&header.sender_key))
        .map(|device| device.key)
}

pub(super) fn try_open(
    account: &Account,
    message: &Message,
    wrap: &Wrap,
) -> Result<Result<Opened, OpenError>, CourierError> {
    let at = |stage| Ok(Err(OpenError { stage }));
    let Some(bytes) = account.store.envelope(&message.record.digest)? else {
        return at(Stage::Decode);
    };
    let Ok(parsed) = Parsed::decode(&bytes) else {
        return at(Stage::Decode);
    };
    let Ok(key) = VerifyingKey::from_bytes(&message.record.sender_key.0) else {
        return at(Stage::Signature);
    };
    let Some(secret) = prekeys::secret_for(account, wrap)? else {
        return at(Stage::Unwrap);
    };
    Ok(match wrap.position {
        REWRAP_POSITION => open_rewrapped(&parsed, &key, wrap, &wrap.device, &secret),
        _ => open(&parsed, &key, wrap, &wrap.device, &secret),
    })
}
