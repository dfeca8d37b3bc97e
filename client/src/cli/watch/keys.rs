//! What the keys of the board set off: the commands' own code.

use super::watching::Watching;
use crate::cli::ack::Ack;
use crate::cli::context::Context;
use crate::cli::show::note_shown;
use crate::cli::{Cli, carry_out};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::passphrase::Source;
use crate::watch::prompt::{Act, Prompt};
use crate::watch::terminal::Tty;
use crate::words;
use clap::Parser as _;
use estafette_protocol::crypto::Hash;
use std::io::BufRead as _;

impl Watching<'_> {
    /// Does what was filled in, and says so in one line.
    pub(super) fn act(&self, prompt: &Prompt) -> Outcome<String> {
        let values = prompt.values();
        let mut values = values.into_iter();
        let mut next = || values.next().filter(|value| !value.is_empty());
        match prompt.act {
            Act::Acknowledge => {
                let (eta, officer) = (next(), next());
                let eta = eta.map(|eta| words::parse_duration(&eta)).transpose();
                let eta = eta.map_err(|error| {
                    let next = "such as 45m, 2h30m or 1d";
                    let why = "Nothing was acknowledged.";
                    Failure::new(Exit::Usage, "duration", error.to_string(), why, next)
                })?;
                Ack::queue(&self.unlocked, &prompt.digest, (eta, officer))?;
                self.poke();
                Ok(self.reader().fill("watch-acknowledged", prompt.id))
            }
        }
    }

    /// Remembers that a message was shown.
    pub(super) fn opened(&self, digest: &Hash) -> Outcome<()> {
        let store = &self.unlocked.account.store;
        match store.message(digest)? {
            Some(message) if message.content_key().is_some() => {
                note_shown(&self.unlocked, &message)
            }
            _ => Ok(()),
        }
    }

    /// Hands the terminal to the questions of an answer, and waits for Enter at their end.
    pub(super) fn answer(&self, tty: &mut Tty, id: u64) -> std::io::Result<()> {
        let id = id.to_string();
        tty.lend(|| {
            let output = self.context.output;
            if let Err(failure) = self.command(&["answer", &id, "--form"]) {
                output.failure(&failure);
            }
            output.talk("");
            output.talk(&self.reader().say("watch-return"));
            let mut line = String::new();
            // At the end of the input there is nobody to wait for.
            let _ = std::io::stdin().lock().read_line(&mut line);
        })
    }

    /// Carries out a command as if it was typed; the passphrase is not asked for again.
    fn command(&self, words: &[&str]) -> Outcome<Exit> {
        let typed = std::iter::once("estafette").chain(words.iter().copied());
        let cli = Cli::try_parse_from(typed).map_err(|error| {
            let next = format!("estafette {} --help", words.first().unwrap_or(&""));
            Failure::new(
                Exit::Usage,
                "usage",
                error.to_string(),
                "Nothing was done.",
                next,
            )
        })?;
        let context = Context {
            source: Source::Held(self.unlocked.passphrase.clone()),
            ..self.context.clone()
        };
        match cli.command {
            Some(command) => carry_out(command, &context),
            None => Ok(Exit::Done),
        }
    }
}
