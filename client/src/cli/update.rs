//! `estafette update`: a message again, changed, in place of the one before.

use super::context::{Context, Unlocked};
use super::send::{Letter, SendOptions, digest_text, head_like, own_message};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Head;
use crate::store::Message;
use crate::words;
use clap::Args;
use estafette_protocol::form::Form;
use estafette_protocol::format::Format;

/// Send a message of yours again, changed, in place of the one before.
#[derive(Debug, Args)]
pub(super) struct Update {
    /// Small id of the message, or the beginning of its digest
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The new text; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Update {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let Some(id) = &self.id else {
            return Err(reference_needed("update"));
        };
        let mut unlocked = context.unlock()?;
        let before = unlocked.resolve_one(id)?;
        own_message(&unlocked, &before)?;
        let (format, form) = form_of(context, &unlocked, &before)?;
        let letter = Letter {
            text: self.text,
            base: form.fields,
            head: head_after(&before),
            ..Letter::new(format)
        };
        self.options.send_from(context, &mut unlocked, letter)
    }
}

/// The head of a message in place of another: the same desks, the same deadlines.
pub(super) fn head_after(before: &Message) -> Head {
    let header = &before.header;
    let duration = |ms: Option<u64>| ms.map(|ms| format!("{}s", ms.div_ceil(1_000).max(1)));
    Head {
        ack_by: duration(header.acknowledge_within),
        answer_by: duration(header.answer_within),
        supersedes: Some(digest_text(&before.record.digest)),
        reply_to: header.in_reply_to.as_ref().map(digest_text),
        ..head_like(header)
    }
}

fn form_of(
    context: &Context,
    unlocked: &Unlocked,
    message: &Message,
) -> Outcome<(&'static Format, Form)> {
    let form = unlocked.account.store.form(&message.record.digest)?;
    let header = &message.header;
    let format = context
        .catalogue
        .format(header.format, header.format_version);
    let id = message.record.id;
    format.zip(form).ok_or_else(|| {
        Failure::new(
            Exit::Failed,
            "not-readable",
            format!("the form of {id} cannot be read here"),
            "Nothing was sent.",
            format!("estafette show {id}"),
        )
    })
}

/// No message was named.
pub(super) fn reference_needed(verb: &str) -> Box<Failure> {
    let verb = words::visible(verb, false);
    Failure::new(
        Exit::Usage,
        "reference-needed",
        format!("which message? {verb} needs its id"),
        "Nothing was sent.",
        format!("estafette list      then  estafette {verb} ID"),
    )
}
