//! `estafette close`: the matter is over, says the desk that sent the message.

use super::context::Context;
use super::respond;
use super::say::{self, RemarkOptions};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::view::{Utterance, spoken};
use clap::Args;
use estafette_protocol::statement::Claim;
use serde_json::json;

/// Close messages of yours: no clock runs any more, and nobody need answer.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette close 112
  estafette close 112 113 --officer 'Insp. Ahl' -m 'found, thank you'")]
pub(super) struct Close {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    remark: RemarkOptions,
}

impl Close {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        let bare = Claim::Closed { remark: None };
        let mut said = Vec::new();
        for message in &messages {
            respond::own_message(&unlocked, message)?;
            // Once is enough: nothing reopens it (RCP-4).
            if spoken(message)
                .iter()
                .all(|one| one.what != Utterance::Closed)
            {
                let remark = self.remark.seal(&unlocked, message, bare.tag())?;
                said.push((message, Claim::Closed { remark }));
            }
        }
        let taken = say::speak(context, &mut unlocked, &said)?;
        for message in &messages {
            let id = message.record.id;
            let object = json!({"id": id, "sent": taken.sent, "background": taken.is_watched});
            context.output.object("closed", object);
            context.output.talk(&format!(
                "✓ {id} closed, everybody addressed will be told – {}.",
                taken.says()
            ));
        }
        Ok(Exit::Done)
    }
}
