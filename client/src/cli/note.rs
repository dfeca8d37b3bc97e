//! `estafette note`: free text, byte for byte.

use super::context::{Context, Unlocked};
use super::send::{Letter, SendOptions};
use crate::compose::text;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use clap::Args;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Text;
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::precedence::Precedence;
use std::io::Read as _;
use std::path::PathBuf;

/// Longest text that is read; the format's own limit is a little lower.
const TEXT_BYTES_MAX: u64 = 458_001;

/// Send a note.
#[derive(Debug, Args)]
pub(super) struct Note {
    /// The text; - reads it from standard input
    #[arg(value_name = "TEXT", required_unless_present = "text_file")]
    text: Option<String>,
    /// Read the text from this file
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    text_file: Option<PathBuf>,
    /// One line that says what it is about
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The message that this one replies to
    #[arg(long, value_name = "ID")]
    reply_to: Option<String>,
    /// routine, priority, immediate or flash
    #[arg(long, value_name = "WORD", default_value = "routine")]
    precedence: Precedence,
    #[command(flatten)]
    options: SendOptions,
}

impl Note {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let form = self.form()?;
        let mut unlocked = context.unlock()?;
        let letter = Letter {
            form,
            precedence: self.precedence,
            acknowledge_within: self.options.ack_by,
            in_reply_to: self.parent(&unlocked)?,
        };
        self.options.send(context, &mut unlocked, letter)
    }

    fn parent(&self, unlocked: &Unlocked) -> Outcome<Option<Hash>> {
        let Some(id) = &self.reply_to else {
            return Ok(None);
        };
        let messages = unlocked.resolve(std::slice::from_ref(id))?;
        Ok(messages.first().map(|message| message.record.digest))
    }

    fn form(&self) -> Outcome<Form> {
        let subject = self.subject.as_deref().map(|subject| Field {
            number: 1,
            value: Value::Text(text(subject)),
        });
        let body = Field {
            number: 2,
            value: Value::Text(self.body()?),
        };
        Ok(Form {
            format: 6,
            version: 1,
            fields: subject.into_iter().chain([body]).collect(),
        })
    }

    fn body(&self) -> Outcome<Text> {
        let unreadable = |error: std::io::Error| {
            Failure::new(
                Exit::Failed,
                "text-unreadable",
                error.to_string(),
                "Nothing was sent.",
                "estafette note --text-file FILE --to DESK",
            )
        };
        let mut bytes = Vec::new();
        match (&self.text_file, self.text.as_deref()) {
            (Some(path), _) => {
                let file = std::fs::File::open(path).map_err(unreadable)?;
                file.take(TEXT_BYTES_MAX)
                    .read_to_end(&mut bytes)
                    .map_err(unreadable)?;
            }
            (None, Some("-")) => {
                let stdin = std::io::stdin();
                stdin
                    .take(TEXT_BYTES_MAX)
                    .read_to_end(&mut bytes)
                    .map_err(unreadable)?;
            }
            (None, text) => bytes.extend_from_slice(text.unwrap_or_default().as_bytes()),
        }
        let text = String::from_utf8(bytes)
            .ok()
            .and_then(|text| Text::new(text).ok());
        text.ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "text-unusable",
                "the text is not UTF-8, or holds a zero byte",
                "Nothing was sent; a note carries text byte for byte and nothing else.",
                "convert it:  iconv -t utf-8 FILE | estafette note - --to DESK",
            )
        })
    }
}
