//! `estafette withdraw`: takes a message back; every recipient is told, and acknowledges.

use super::context::Context;
use super::send::{Letter, SendOptions, digest_text, format_named, head_like, own_message};
use super::update::reference_needed;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::fill::Head;
use clap::Args;

/// Take a message of yours back.
#[derive(Debug, Args)]
pub(super) struct Withdraw {
    /// Small id of the message, or the beginning of its digest
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Why, for whoever reads it; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// cancelled, sent-in-error, no-longer-relevant, superseded, exercise-ended or other
    #[arg(long, value_name = "WORD")]
    reason: Option<String>,
    /// Only this occurrence of a briefing
    #[arg(long, value_name = "TIME")]
    occurrence: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Withdraw {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let Some(id) = &self.id else {
            return Err(reference_needed("withdraw"));
        };
        let format = format_named(context, "withdrawal")?;
        let mut unlocked = context.unlock()?;
        let before = unlocked.resolve_one(id)?;
        own_message(&unlocked, &before)?;
        let letter = Letter {
            text: self.text,
            head: Head {
                supersedes: Some(digest_text(&before.record.digest)),
                ..head_like(&before.header)
            },
            ..Letter::new(format)
        };
        let letter = letter.with([("reason", self.reason), ("occurrence", self.occurrence)]);
        self.options.send_from(context, &mut unlocked, letter)
    }
}
