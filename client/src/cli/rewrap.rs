//! `estafette rewrap`: a message for devices that joined after it was sealed.

use super::context::{Context, Unlocked};
use super::say;
use crate::clock;
use crate::courier::{missing_readers, state_rewrap};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use clap::Args;
use estafette_protocol::encoding::Bytes;
use serde_json::json;

/// Let devices read a message that joined after it was sealed
#[derive(Debug, Args)]
pub(super) struct Rewrap {
    /// Small id, or the beginning of a digest
    #[arg(value_name = "ID")]
    id: String,
}

impl Rewrap {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let message = unlocked.resolve_one(&self.id)?;
        check(&unlocked, &message)?;
        let statements = state_all(&unlocked, &message)?;
        let taken = say::hand_over(context, &mut unlocked, &statements)?;
        let (id, count) = (message.record.id, statements.len());
        context.output.object(
            "rewrapped",
            json!({"id": id, "devices": count, "sent": taken.sent}),
        );
        let says = match count {
            0 => format!("{id}: every device that could read it has its key already."),
            1 => format!("✓ {id} wrapped for one more device – {}.", taken.says()),
            n => format!("✓ {id} wrapped for {n} more devices – {}.", taken.says()),
        };
        context.output.talk(&says);
        Ok(Exit::Done)
    }
}

// HND-20
fn check(unlocked: &Unlocked, message: &Message) -> Outcome<()> {
    let (id, desk) = (message.record.id, unlocked.desk());
    if message.content_key().is_none() {
        return Err(Failure::new(
            Exit::Failed,
            "not-readable",
            format!("{id} cannot be read on this device"),
            "Nothing was said.",
            "estafette sync      then the same command again",
        ));
    }
    let is_party = message.header.sender == *desk || message.role_of(desk).is_some();
    match is_party {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Refused,
            "statement-not-entitled",
            format!("{id} is neither of your desk nor for it (HND-20)"),
            "Nothing was said.",
            format!("estafette track {id}"),
        )),
    }
}

/// For every desk where this one sent the message, else for this one alone.
fn state_all(unlocked: &Unlocked, message: &Message) -> Outcome<Vec<Bytes>> {
    let (account, now) = (&unlocked.account, clock::now());
    let desk = account.desk();
    let is_ours = message.header.sender == *desk;
    let mut statements = Vec::new();
    for reader in missing_readers(account, message, now)? {
        let is_own_desk = message.header.desk(reader.addressee) == Some(desk);
        if !is_ours && !is_own_desk {
            continue;
        }
        let said = state_rewrap(account, message, &reader, (now, &mut clock::random()))?;
        if let Some(said) = said {
            account.store.write()?.add_own(&said, |_| (), now)?;
            let bytes = said.encode().map_err(crate::courier::CourierError::from)?;
            statements.push(bytes.into());
        }
    }
    Ok(statements)
}
