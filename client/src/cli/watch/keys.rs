//! What the keys of the board set off: the commands' own code.

use super::watching::Watching;
use crate::cli::ack::Ack;
use crate::cli::context::Context;
use crate::cli::show::note_shown;
use crate::cli::{Cli, carry_out};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::passphrase::Source;
use crate::watch::prompt::{Act, Asks, Prompt};
use crate::watch::terminal::Tty;
use crate::words;
use clap::Parser as _;
use estafette_protocol::crypto::Hash;
use std::io::BufRead as _;

impl Watching<'_> {
    /// Does what was filled in, and says so in one line.
    pub(super) fn act(&self, prompt: &Prompt) -> Outcome<String> {
        if prompt.act == Act::Acknowledge {
            return self.acknowledge(prompt);
        }
        self.command(&words_of(prompt), true)?;
        Ok(self.reader().fill("watch-said", prompt.id))
    }

    /// Waits for nobody: what is signed is on its way.
    fn acknowledge(&self, prompt: &Prompt) -> Outcome<String> {
        let eta = prompt.value(Asks::Eta).map(words::parse_duration);
        let eta = eta.transpose().map_err(|error| {
            let next = "such as 45m, 2h30m or 1d";
            let why = "Nothing was acknowledged.";
            Failure::new(Exit::Usage, "duration", error.to_string(), why, next)
        })?;
        let officer = prompt.value(Asks::Officer).map(str::to_owned);
        Ack::queue(&self.unlocked, &prompt.digest, (eta, officer))?;
        self.poke();
        Ok(self.reader().fill("watch-acknowledged", prompt.id))
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
            let words = ["answer", &id, "--form"].map(str::to_owned);
            if let Err(failure) = self.command(&words, false) {
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
    fn command(&self, words: &[String], quiet: bool) -> Outcome<Exit> {
        let typed = std::iter::once("estafette").chain(words.iter().map(String::as_str));
        let cli = Cli::try_parse_from(typed).map_err(|error| {
            let verb = words.first().map_or("", String::as_str);
            let what = error.to_string();
            let what = what.lines().next().unwrap_or_default().to_owned();
            let next = format!("estafette {verb} --help");
            Failure::new(Exit::Usage, "usage", what, "Nothing was done.", next)
        })?;
        let mut context = Context {
            source: Source::Held(self.unlocked.passphrase.clone()),
            ..self.context.clone()
        };
        context.output.quiet |= quiet;
        match cli.command {
            Some(command) => carry_out(command, &context),
            None => Ok(Exit::Done),
        }
    }
}

/// The command that a prompt stands for. What was filled in is never taken for an option.
fn words_of(prompt: &Prompt) -> Vec<String> {
    let verb = match prompt.act {
        Act::Acknowledge => "ack",
        Act::Decline => "decline",
        Act::Refer => "refer",
        Act::Extend => "extend",
        Act::Escalate => "escalate",
        Act::Close => "close",
        Act::Remind => "remind",
    };
    let options = prompt.lines.iter().filter_map(|line| {
        let option = match line.asks {
            Asks::Eta => "eta",
            Asks::Officer => "officer",
            Asks::Text => "message",
            Asks::Ground => "reason",
            Asks::RightDesk => "to",
            Asks::Until => "until",
            Asks::Step => "step",
            Asks::WhichDesk => "for",
        };
        let value = prompt.value(line.asks)?;
        Some(format!("--{option}={value}"))
    });
    let words = [verb.to_owned(), prompt.id.to_string()];
    words.into_iter().chain(options).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::prompt::Line;
    use estafette_protocol::encoding::FixedBytes;

    #[test]
    fn what_is_filled_in_is_a_command_and_none_of_it_an_option() {
        let line = |asks, value: &str| Line {
            asks,
            value: value.to_owned(),
            choices: Vec::new(),
        };
        let prompt = |act, lines| Prompt {
            act,
            digest: FixedBytes([1; 32]),
            id: 112,
            lines,
            at: 0,
        };
        let texts = vec![
            line(Asks::Ground, "jeopardy"),
            line(Asks::Text, "--officer x"),
            line(Asks::Officer, " "),
        ];
        let words = words_of(&prompt(Act::Decline, texts));
        let wanted = [
            "decline",
            "112",
            "--reason=jeopardy",
            "--message=--officer x",
        ];
        assert_eq!(words, wanted);
        let desk = "night@ops.border.xb";
        let all = [
            prompt(Act::Decline, vec![line(Asks::Ground, "jeopardy")]),
            prompt(Act::Refer, vec![line(Asks::RightDesk, desk)]),
            prompt(
                Act::Extend,
                vec![line(Asks::Until, "+8h"), line(Asks::WhichDesk, desk)],
            ),
            prompt(
                Act::Escalate,
                vec![line(Asks::Step, "2"), line(Asks::WhichDesk, desk)],
            ),
            prompt(
                Act::Close,
                vec![line(Asks::Text, "found"), line(Asks::Officer, "Ahl")],
            ),
            prompt(Act::Remind, Vec::new()),
        ];
        for prompt in all {
            let typed = std::iter::once("estafette".to_owned()).chain(words_of(&prompt));
            let parsed = Cli::try_parse_from(typed);
            assert!(parsed.is_ok(), "{:?}", prompt.act);
        }
    }
}
