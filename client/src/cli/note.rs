//! `estafette note`: free text, byte for byte.

use super::context::Context;
use super::send::{Letter, SendOptions, digest_text, format_named};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use clap::Args;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Longest text that is read; the format's own limit is a little lower.
const TEXT_BYTES_MAX: u64 = 458_001;

/// Send a note.
#[derive(Debug, Args)]
pub(super) struct Note {
    /// The text; - reads it from standard input
    #[arg(value_name = "TEXT")]
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
    #[command(flatten)]
    options: SendOptions,
}

impl Note {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let text = match &self.text_file {
            Some(path) => Some(read(path)?),
            None => self.text,
        };
        let mut unlocked = context.unlock()?;
        let mut letter = Letter {
            text,
            ..Letter::new(format_named(context, "note")?)
        };
        if let Some(id) = &self.reply_to {
            let parent = unlocked.resolve_one(id)?;
            letter.head.reply_to = Some(digest_text(&parent.record.digest));
        }
        let letter = letter.with([("subject", self.subject)]);
        self.options.send_from(context, &mut unlocked, letter)
    }
}

fn read(path: &Path) -> Outcome<String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(TEXT_BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|error| {
        Failure::new(
            Exit::Failed,
            "text-unreadable",
            error.to_string(),
            "Nothing was sent.",
            "estafette note --text-file FILE --to DESK",
        )
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::new(
            Exit::Usage,
            "text-unusable",
            "the text is not UTF-8, or holds a zero byte",
            "Nothing was sent; a note carries text byte for byte and nothing else.",
            "convert it:  iconv -t utf-8 FILE | estafette note - --to DESK",
        )
    })
}
