//! `estafette ack`: take messages on, in one's own name. Safe to repeat.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::clock;
use crate::courier::state;
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::{Cargo, Message};
use crate::words;
use clap::Args;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Bytes;
use estafette_protocol::statement::{Claim, Remark, seal_remark};
use estafette_protocol::time::UnixMillis;
use estafette_protocol::track::Rung;
use serde_json::json;
use std::time::Duration;

/// How long it waits for the relay to take the acknowledgement.
const TAKEN_WAIT: Duration = Duration::from_secs(8);
/// Claim tag of an acknowledgement, which its remark is bound to.
const ACKNOWLEDGED: u8 = 4;

/// Acknowledge messages.
#[derive(Debug, Args)]
pub(super) struct Ack {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Promise to act or answer within
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration)]
    eta: Option<u64>,
    /// Who takes it on
    #[arg(long, value_name = "NAME")]
    officer: Option<String>,
    /// One line for whoever can read the message
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
}

impl Ack {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        // All are checked before any is acknowledged.
        for message in &messages {
            self.check(&unlocked, message)?;
        }
        let mut statements = Vec::new();
        for message in &messages {
            statements.extend(self.acknowledge(&unlocked, message)?);
        }
        let patience = Patience {
            at_most: TAKEN_WAIT,
            gives_up: true,
        };
        let mut taken = |account: &Account, _: &mut Progress| {
            let outbox = account.store.outbox()?;
            let waits = |entry: &crate::store::Entry| match &entry.cargo {
                Cargo::Statement(bytes) => statements.contains(bytes),
                Cargo::Envelope => false,
            };
            Ok(!outbox.iter().any(waits))
        };
        let reach = network::wait(&mut unlocked.account, patience, &mut taken)?;
        let sent = reach == Reach::Reached;
        let is_watched = !sent && network::leave_courier(context, &unlocked)?;
        for message in &messages {
            report(
                context,
                &unlocked,
                &message.record.digest,
                (sent, is_watched),
            )?;
        }
        Ok(Exit::Done)
    }

    /// Acknowledges one message as the board's key does: signs and queues it, and leaves the
    /// sending to whoever networks.
    pub(super) fn queue(
        unlocked: &Unlocked,
        digest: &Hash,
        (eta, officer): (Option<u64>, Option<String>),
    ) -> Outcome<()> {
        let message = unlocked.account.store.message(digest)?;
        let message = message.ok_or(crate::store::StoreError::Missing)?;
        let ack = Self {
            ids: Vec::new(),
            eta,
            officer,
            message: None,
        };
        ack.check(unlocked, &message)?;
        ack.acknowledge(unlocked, &message).map(|_| ())
    }

    fn check(&self, unlocked: &Unlocked, message: &Message) -> Outcome<()> {
        let id = message.record.id;
        if message.role_of(unlocked.desk()).is_none() {
            return Err(Failure::new(
                Exit::Usage,
                "not-addressed",
                format!("{id} is not addressed to your desk"),
                "Nothing was acknowledged.",
                format!("estafette track {id}"),
            ));
        }
        if message.content_key().is_none() {
            return Err(Failure::new(
                Exit::Failed,
                "not-readable",
                format!("{id} cannot be read on this device"),
                "Nobody takes on what nobody here has read; nothing was acknowledged.",
                "estafette sync      then the same command again",
            ));
        }
        let line_end = |text: &Option<String>| text.as_deref().is_some_and(|t| t.contains('\n'));
        let len = |text: &Option<String>| text.as_deref().map_or(0, str::len);
        let too_long = len(&self.officer) + len(&self.message) > 1_021;
        if line_end(&self.officer) || line_end(&self.message) || too_long {
            return Err(Failure::new(
                Exit::Usage,
                "remark",
                "name and text are one line each, 1,021 bytes together",
                "Nothing was acknowledged.",
                format!("estafette note - --reply-to {id} --to DESK"),
            ));
        }
        Ok(())
    }

    /// Signs and queues. Repeated without anything new, it changes nothing.
    fn acknowledge(&self, unlocked: &Unlocked, message: &Message) -> Outcome<Option<Bytes>> {
        let account = &unlocked.account;
        let says_more = self.eta.is_some() || self.officer.is_some() || self.message.is_some();
        if proof_at(unlocked, message).is_some() && !says_more {
            let own = message.signed_here(&account.device(), "acknowledged");
            let own = own.map(estafette_protocol::encoding::Signed::encode);
            let own = own
                .transpose()
                .map_err(crate::courier::CourierError::from)?;
            return Ok(own.map(Bytes::from));
        }
        let now = clock::now();
        let claim = Claim::Acknowledged {
            until: self.eta.map(|eta| now.plus(eta)),
            remark: self.remark(account, message)?,
        };
        let statement = state(account, message.record.digest, claim, now)
            .map_err(crate::courier::CourierError::from)?;
        let shown = |record: &mut crate::store::Record| {
            record.shown_at = record.shown_at.or(Some(now));
        };
        account.store.write()?.add_own(&statement, shown, now)?;
        let bytes = statement
            .encode()
            .map_err(crate::courier::CourierError::from)?;
        Ok(Some(bytes.into()))
    }

    fn remark(&self, account: &Account, message: &Message) -> Outcome<Option<Bytes>> {
        let Some(key) = message.content_key() else {
            return Ok(None);
        };
        if self.officer.is_none() && self.message.is_none() {
            return Ok(None);
        }
        let remark = Remark {
            officer: self.officer.clone().unwrap_or_default(),
            text: self.message.clone().unwrap_or_default(),
        };
        let subject = (message.header.status, &message.record.digest, &key);
        let signer = (&account.device(), ACKNOWLEDGED);
        let sealed = seal_remark(&remark, subject, signer, &mut clock::random());
        sealed.map(Some).map_err(|error| {
            Failure::new(
                Exit::Usage,
                "remark",
                error.to_string(),
                "Nothing was acknowledged.",
                format!("estafette ack {} -m TEXT", message.record.id),
            )
        })
    }
}

fn proof_at(unlocked: &Unlocked, message: &Message) -> Option<UnixMillis> {
    let states = message.states();
    let own = states.iter().find(|state| state.desk == *unlocked.desk())?;
    own.proof(Rung::Acknowledged).map(|proof| proof.at)
}

fn report(
    context: &Context,
    unlocked: &Unlocked,
    digest: &Hash,
    (sent, is_watched): (bool, bool),
) -> Outcome<()> {
    let Some(message) = unlocked.account.store.message(digest)? else {
        return Ok(());
    };
    let (output, id) = (context.output, message.record.id);
    let at = proof_at(unlocked, &message);
    let how = match (sent, is_watched) {
        (true, _) => "your relay has it",
        (false, true) => "queued here, relay unreachable, will keep trying",
        (false, false) => "queued here, relay unreachable, goes out with the next command",
    };
    output.object(
        "acknowledged",
        json!({
            "id": id,
            "digest": hex::encode(digest.as_slice()),
            "at": at.map(words::time_rfc3339),
            "sent": sent,
            "background": is_watched,
        }),
    );
    let at = at.map(|at| format!(" at {}", output.time(at)));
    let at = at.unwrap_or_default();
    output.talk(&format!(
        "✓ {id} acknowledged{at} – {how}.  Answer:  estafette note - --reply-to {id} --to {}",
        message.header.sender
    ));
    Ok(())
}
