//! `estafette flag`: the shortest path from an emergency to the desks that must act.

use super::context::Context;
use super::send::{Letter, SendOptions, format_named};
use crate::exit::Exit;
use crate::failure::Outcome;
use clap::Args;

/// Raise an emergency flag.
#[derive(Debug, Args)]
pub(super) struct Flag {
    /// What is happening, in at most 280 bytes
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// threat, pursuit, officer-in-danger, abduction, disaster or other
    #[arg(long = "type", value_name = "WORD")]
    kind: Option<String>,
    /// Where
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// Coordinates
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    position: Option<String>,
    /// Telephone number to call back
    #[arg(long, value_name = "NUMBER")]
    call_back: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Flag {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let letter = Letter {
            text: self.text,
            defaults: vec![("type", "other".into())],
            ..Letter::new(format_named(context, "flag")?)
        };
        let letter = letter.with([
            ("type", self.kind),
            ("place", self.place),
            ("position", self.position),
            ("call-back", self.call_back),
        ]);
        self.options.send(context, letter)
    }
}
