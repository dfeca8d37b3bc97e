//! `estafette alert`: an imminent or emerging threat, a wanted or missing person, an object.

use super::cap::{convert_file, not_carried};
use super::context::Context;
use super::send::{Letter, SendOptions, format_named};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Head;
use clap::Args;
use estafette_protocol::form::Field;
use estafette_protocol::precedence::Status;
use std::path::{Path, PathBuf};

/// Send an alert.
#[derive(Debug, Args)]
pub(super) struct Alert {
    /// What it is about; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// A CAP file to begin with; the options add to it
    #[arg(long, value_name = "FILE")]
    cap: Option<PathBuf>,
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
        let (base, head) = match &self.cap {
            Some(file) => from_cap(context, file, self.options.exercise.is_some())?,
            None => (Vec::new(), Head::default()),
        };
        let letter = Letter {
            text: self.text,
            base,
            head,
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

/// The fields of a CAP file, and whether it is meant.
fn from_cap(context: &Context, file: &Path, named: bool) -> Outcome<(Vec<Field>, Head)> {
    let converted = convert_file(file)?;
    let status = converted.sendable()?;
    if status == Status::Exercise && !named {
        return Err(Failure::new(
            Exit::Usage,
            "cap-exercise",
            "the file is part of an exercise, and does not say of which",
            "Nothing was sent.",
            "estafette alert --cap FILE --exercise NAME --to DESK",
        ));
    }
    not_carried(&converted)
        .iter()
        .for_each(|line| context.output.talk(line));
    let head = Head {
        test: status == Status::Test,
        ..Head::default()
    };
    Ok((converted.form.fields, head))
}
