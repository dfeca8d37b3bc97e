//! `estafette correct`: one command that tells everybody who got a message that it was wrong.
//!
//! Takes the message back at the precedence that it had, so that the correction is as fast as the
//! error was; whoever got it has to acknowledge, and `track` says who has.

use super::context::{Context, Unlocked};
use super::send::{Letter, SendOptions, digest_text, format_named, head_like, own_message};
use super::update::reference_needed;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::fill::Head;
use crate::store::Message;
use crate::view;
use crate::words;
use clap::Args;
use estafette_protocol::envelope::Role;

/// Why a message is corrected, unless the writer says otherwise.
const REASON: &str = "sent-in-error";

/// Tell everybody who got a message of yours that it was wrong, as fast as it went.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a text it says, in your language, that the message was sent in error and that nobody should
act on it. Everybody who got it is addressed and has to acknowledge; estafette track shows who has.
Examples:
  estafette correct 112 --dry-run
  estafette correct 112
  estafette correct 112 'False alarm: the bridge is open' --lang fr
  estafette correct 112 --confirm 'flash 6'")]
pub(super) struct Correct {
    /// Small id of the message, or the beginning of its digest
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// What holds instead; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Correct {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let Some(id) = &self.id else {
            return Err(reference_needed("correct"));
        };
        let format = format_named(context, "withdrawal")?;
        let mut unlocked = context.unlock()?;
        let before = unlocked.resolve_one(id)?;
        own_message(&unlocked, &before)?;
        let text = match self.text {
            Some(text) => text,
            None => template(context, &unlocked, &before)?,
        };
        let letter = Letter {
            text: Some(text),
            head: head(&before),
            ..Letter::new(format)
        };
        let letter = letter.with([("reason", Some(REASON.to_owned()))]);
        self.options.send_from(context, &mut unlocked, letter)
    }
}

/// Everybody who got it: those that had to act, those to whom its silence has led, and copies.
fn head(before: &Message) -> Head {
    let rows = view::rows(before, clock::now());
    let escalated = rows
        .iter()
        .filter(|row| row.state.role == Role::Standby && row.is_asked());
    let escalated = escalated.map(|row| row.state.desk.to_string());
    let mut head = head_like(&before.header);
    head.to.extend(escalated);
    Head {
        precedence: Some(view::effective_precedence(before).word().to_owned()),
        supersedes: Some(digest_text(&before.record.digest)),
        ..head
    }
}

/// What it says where its writer says nothing.
fn template(context: &Context, unlocked: &Unlocked, before: &Message) -> Outcome<String> {
    let reader = context.reader();
    let form = unlocked.account.store.form(&before.record.digest)?;
    let summary = reader.summary(before.record.summary.as_str(), form.as_ref());
    let header = &before.header;
    let format = reader.format(header.format, header.format_version);
    let what = format!("{format}, {}: {summary}", words::time(header.created, true));
    Ok(reader.fill("correction", what))
}
