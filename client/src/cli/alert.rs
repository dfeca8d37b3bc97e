//! `estafette alert`: an imminent or emerging threat, a wanted or missing person, an object.

use super::context::Context;
use super::send::{Letter, SendOptions, format_named};
use crate::exit::Exit;
use crate::failure::Outcome;
use clap::Args;

/// Send an alert.
#[derive(Debug, Args)]
pub(super) struct Alert {
    /// What it is about; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// imminent-threat, emerging-threat, wanted-person, missing-person, object, … or other
    #[arg(long, value_name = "WORD")]
    kind: Option<String>,
    /// One line that says what it is about
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What is asked of who reads it
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    /// Since when
    #[arg(long, value_name = "TIME")]
    starts: Option<String>,
    /// Until when
    #[arg(long, value_name = "TIME")]
    ends: Option<String>,
    /// Own case number
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Alert {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let letter = Letter {
            text: self.text,
            ..Letter::new(format_named(context, "alert")?)
        };
        let letter = letter.with([
            ("kind", self.kind),
            ("title", self.title),
            ("action", self.action),
            ("starts", self.starts),
            ("ends", self.ends),
            ("case", self.case),
        ]);
        self.options.send(context, letter)
    }
}
