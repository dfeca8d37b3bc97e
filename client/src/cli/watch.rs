//! `estafette watch`: the live board on a terminal, or a line for each change.
//!
//! Decides in which shape the board is shown and what ends it. What is on it is
//! [`crate::watch`]'s; what its keys set off is the commands' own code.

use super::context::Context;
use super::network;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::watch::board::Until;
use crate::watch::hook::Hook;
use crate::words;
use clap::{Args, ValueEnum};
use std::io::IsTerminal as _;
use watching::{Terms, Watching};

mod keys;
mod live;
mod stream;
mod watching;

const EXAMPLES: &str = "\
Keys: arrows or j k, Enter opens, a acknowledges, r answers, d declines, f refers, x extends,
e escalates, n reminds, c closes, / filters, ? helps, q ends

Columns of --plain, parted by tabs:
  time  event  section  id  status  precedence  format  desk  state  due  about
Events: there new overdue changed done call relay-silent relay-heard

Examples:
  estafette watch --officer 'Insp. Ahl'
  estafette watch --reader --lang fr
  estafette watch --plain | cut -f2,4,11
  estafette watch --json --until ack
  estafette watch --exec '/usr/local/bin/siren --desk 4'

A program of --exec gets each event as one JSON object on its standard input, and as
ESTAFETTE_EVENT, _ID, _DIGEST, _SECTION, _WANTS, _STATUS, _PRECEDENCE, _FORMAT, _FROM, _DUE,
_CALL and _TONE what of it is no content. No shell reads any of it.";

/// The live board.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Watch {
    /// A line of columns for each change, for scripts; what there is off a terminal
    #[arg(long, conflicts_with = "reader")]
    plain: bool,
    /// A sentence for each change and nothing drawn, for a screen reader
    #[arg(long)]
    reader: bool,
    /// Run this program for each event; its arguments are parted by spaces
    #[arg(long, value_name = "CMD")]
    exec: Option<String>,
    /// End once nothing on the board waits for an acknowledgement, or for an answer
    #[arg(long, value_name = "WHAT")]
    until: Option<UntilWord>,
    /// The name that key a offers
    #[arg(long, value_name = "NAME")]
    officer: Option<String>,
    /// Say that your relay is silent after so long
    #[arg(long, value_name = "TIME", value_parser = words::parse_duration, default_value = "90s")]
    silent_after: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UntilWord {
    /// Nothing waits for an acknowledgement
    Ack,
    /// Nothing waits for an answer
    Answered,
}

/// In which shape the board is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Live,
    Json,
    Plain,
    Sentences,
}

impl Watch {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let shape = self.shape(context);
        let hook = match &self.exec {
            Some(line) => Some(Hook::parse(line).ok_or_else(no_program)?),
            None => None,
        };
        let mut unlocked = context.unlock()?;
        network::require_enrolled(&mut unlocked)?;
        let terms = Terms {
            until: self.until.map(|word| match word {
                UntilWord::Ack => Until::Acknowledged,
                UntilWord::Answered => Until::Answered,
            }),
            silent_after: self.silent_after,
            hook,
        };
        let mut watching = Watching::begin(context, unlocked, terms)?;
        let ended = match shape {
            Shape::Live => live::run(&mut watching, self.officer.unwrap_or_default()),
            Shape::Json => stream::run(&mut watching, stream::Shape::Json),
            Shape::Plain => stream::run(&mut watching, stream::Shape::Plain),
            Shape::Sentences => stream::run(&mut watching, stream::Shape::Sentences),
        };
        watching.end()?;
        ended
    }

    fn shape(&self, context: &Context) -> Shape {
        let keys = Output::is_terminal() && std::io::stdin().is_terminal();
        match (context.output.json, self.plain, self.reader) {
            (true, ..) => Shape::Json,
            (_, true, _) => Shape::Plain,
            (_, _, true) => Shape::Sentences,
            _ if keys && context.input_allowed => Shape::Live,
            _ => Shape::Plain,
        }
    }
}

fn no_program() -> Box<Failure> {
    Failure::new(
        Exit::Usage,
        "no-program",
        "--exec names no program",
        "Nothing was begun.",
        "estafette watch --exec '/usr/local/bin/siren --desk 4'",
    )
}
