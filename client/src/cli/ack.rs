//! `estafette ack`: take messages on, in one's own name; take that back. Safe to repeat.

use super::context::{Context, Unlocked};
use super::respond;
use super::say::{self, RemarkOptions, Taken};
use crate::clock;
use crate::courier::CourierError;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::view::{Row, Utterance};
use crate::words;
use clap::Args;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{Bytes, Signed};
use estafette_protocol::receipt::Standing;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// Acknowledge messages: somebody here is on it.
#[derive(Debug, Args)]
#[command(after_help = "\
Again without anything new it changes nothing; with --eta it renews the promise.
A promise that passes without an answer lapses, and the sender sees that.
Examples:
  estafette ack 112
  estafette ack 112 --eta 45m --officer 'Insp. Ahl' -m 'patrol on its way'
  estafette ack 112 113 --eta 2h
  estafette ack 112 --retract -m 'called away'")]
pub(super) struct Ack {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Promise to act or answer within
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration)]
    eta: Option<u64>,
    /// Take back what your desk has acknowledged
    #[arg(long, conflicts_with = "eta")]
    retract: bool,
    #[command(flatten)]
    remark: RemarkOptions,
}

impl Ack {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        // All are checked before any is acknowledged.
        let mut rows = Vec::new();
        for message in &messages {
            rows.push(self.check(&unlocked, message)?);
        }
        if self.retract {
            return self.take_back(context, &mut unlocked, (&messages, &rows));
        }
        let mut statements = Vec::new();
        for (message, row) in messages.iter().zip(&rows) {
            statements.extend(self.acknowledge(&unlocked, message, row)?);
        }
        let taken = say::hand_over(context, &mut unlocked, &statements)?;
        for message in &messages {
            report(context, &unlocked, &message.record.digest, taken)?;
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
            retract: false,
            remark: RemarkOptions::of(officer),
        };
        let row = ack.check(unlocked, &message)?;
        ack.acknowledge(unlocked, &message, &row).map(|_| ())
    }

    fn check(&self, unlocked: &Unlocked, message: &Message) -> Outcome<Row> {
        let row = respond::own_row(unlocked, message)?;
        let id = message.record.id;
        // RCP-4
        if row.standing == Standing::Closed || self.retract && row.standing == Standing::Answered {
            return Err(Failure::new(
                Exit::Refused,
                row.standing.word(),
                format!("{id} is {} (RCP-4)", row.standing.word()),
                "Nothing was acknowledged or taken back.",
                format!("estafette show {id}"),
            ));
        }
        Ok(row)
    }

    /// Signs and queues. Repeated without anything new, it changes nothing.
    fn acknowledge(
        &self,
        unlocked: &Unlocked,
        message: &Message,
        row: &Row,
    ) -> Outcome<Option<Bytes>> {
        let account = &unlocked.account;
        let says_more = self.eta.is_some() || !self.remark.is_empty();
        if row.is_on_it() && !says_more {
            let device = account.device();
            let own = message.statements.iter().filter(|signed| {
                let value = signed.value();
                value.signer.key == device && matches!(value.claim, Claim::Acknowledged { .. })
            });
            let newest = own.max_by_key(|signed| signed.value().at);
            let newest = newest.map(Signed::encode).transpose();
            return Ok(newest.map_err(CourierError::from)?.map(Bytes::from));
        }
        let bare = Claim::Acknowledged {
            until: None,
            remark: None,
        };
        say::not_too_often(unlocked, message, &bare)?;
        let claim = Claim::Acknowledged {
            until: self.eta.map(|eta| clock::now().plus(eta)),
            remark: self.remark.seal(unlocked, message, bare.tag())?,
        };
        say::sign(unlocked, message, claim).map(Some)
    }

    /// Takes back every acknowledgement of the desk that holds, whichever of its devices said so: an
    /// earlier one would hold again, and so would that of a device that was stolen.
    // RCP-1, RCP-2, RCP-10
    fn take_back(
        &self,
        context: &Context,
        unlocked: &mut Unlocked,
        (messages, rows): (&[Message], &[Row]),
    ) -> Outcome<Exit> {
        let mut said = Vec::new();
        for (message, row) in messages.iter().zip(rows) {
            for acknowledgement in to_take_back(message, row)? {
                let bare = Claim::Retracted {
                    acknowledgement,
                    remark: None,
                };
                let remark = self.remark.seal(unlocked, message, bare.tag())?;
                let claim = Claim::Retracted {
                    acknowledgement,
                    remark,
                };
                said.push((message, claim));
            }
        }
        let taken = say::speak(context, unlocked, &said)?;
        for message in messages {
            let (id, sender) = (message.record.id, &message.header.sender);
            let object = json!({"id": id, "sent": taken.sent, "background": taken.is_watched});
            context.output.object("retracted", object);
            context.output.talk(&format!(
                "✓ {id} acknowledgement taken back, {sender} will be told – {}.  Who else:  estafette refer {id} --to DESK",
                taken.says()
            ));
        }
        Ok(Exit::Done)
    }
}

/// Hashes of the desk's acknowledgements that hold, one at least.
fn to_take_back(message: &Message, row: &Row) -> Outcome<Vec<Hash>> {
    let held = row.acknowledgements();
    let id = message.record.id;
    match held.is_empty() {
        false => Ok(held),
        true => Err(Failure::new(
            Exit::Refused,
            "nothing-to-retract",
            format!("your desk has no acknowledgement of {id} that holds"),
            "Nothing was taken back.",
            format!("estafette track {id}"),
        )),
    }
}

fn report(context: &Context, unlocked: &Unlocked, digest: &Hash, taken: Taken) -> Outcome<()> {
    let Some(message) = unlocked.account.store.message(digest)? else {
        return Ok(());
    };
    let (output, id) = (context.output, message.record.id);
    let row = respond::own_row(unlocked, &message)?;
    let mut acks = row.words.iter().filter_map(|said| match said.what {
        Utterance::Acknowledged { .. } if said.holds => Some(said.at),
        _ => None,
    });
    let at: Option<UnixMillis> = acks.next();
    output.object(
        "acknowledged",
        json!({
            "id": id,
            "digest": hex::encode(digest.as_slice()),
            "at": at.map(words::time_rfc3339),
            "until": row.state.until.map(words::time_rfc3339),
            "sent": taken.sent,
            "background": taken.is_watched,
        }),
    );
    let at = at.map(|at| format!(" at {}", output.time(at)));
    let at = at.unwrap_or_default();
    output.talk(&format!(
        "✓ {id} acknowledged{at} – {}.  Answer:  estafette note - --reply-to {id} --to {}",
        taken.says(),
        message.header.sender
    ));
    Ok(())
}
