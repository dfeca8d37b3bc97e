//! `estafette brief`: a joint briefing, one-off or by schedule, held by the relay where asked.

use super::context::Context;
use super::send::{Letter, SendOptions, format_named, typed_time};
use crate::calendar::{self, ICS_BYTES_MAX};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Moment;
use crate::words::{parse_duration, time_rfc3339, visible};
use clap::Args;
use estafette_protocol::form::Field;
use estafette_protocol::format::Format;
use estafette_protocol::time::UnixMillis;
use jiff::tz::TimeZone;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Call a joint briefing.
#[derive(Debug, Args)]
pub(super) struct Brief {
    /// The agenda; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// One line that says what it is about
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// When it begins, such as '2026-12-01 18:00 Europe/Rome'
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// When it ends
    #[arg(long, value_name = "TIME", conflicts_with = "lasts")]
    ends: Option<String>,
    /// How long it lasts, such as 45m
    #[arg(long = "for", value_name = "TIME", value_parser = parse_duration, id = "lasts", requires = "at")]
    lasts: Option<u64>,
    /// day, week, '2 weeks', month, weekday, days such as mon,thu, or a rule of RFC 5545
    #[arg(long, value_name = "RULE")]
    every: Option<String>,
    /// scheduled, one-off, operational, threat-picture or other
    #[arg(long, value_name = "WORD")]
    kind: Option<String>,
    /// Where
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// Where to join in
    #[arg(long, value_name = "URL")]
    link: Option<String>,
    /// A calendar file with one event to begin with; the options add to it
    #[arg(long, value_name = "FILE")]
    ics: Option<PathBuf>,
    #[command(flatten)]
    options: SendOptions,
}

impl Brief {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let moment = Moment::here(clock::now());
        let at = self.at.as_deref();
        let at = at.map(|typed| time_to_come(&moment, typed)).transpose()?;
        let ends = match (at, self.lasts) {
            (Some(at), Some(lasts)) => Some(time_rfc3339(at.plus(lasts))),
            _ => self.ends,
        };
        let zone = TimeZone::system();
        let zone = zone.iana_name().filter(|_| self.every.is_some());
        let kind = match self.every {
            Some(_) => "scheduled",
            None => "one-off",
        };
        let format = format_named(context, "briefing")?;
        let base = match &self.ics {
            Some(file) => from_file(context, file, format)?,
            None => Vec::new(),
        };
        let letter = Letter {
            text: self.text,
            base,
            defaults: vec![("kind", kind.to_owned())],
            ..Letter::new(format)
        };
        let letter = letter.with([
            ("title", self.title),
            ("starts", at.map(time_rfc3339)),
            ("ends", ends),
            ("recurrence", self.every.as_deref().map(rule)),
            ("time-zone", zone.map(str::to_owned)),
            ("kind", self.kind),
            ("place", self.place),
            ("link", self.link),
        ]);
        self.options.send(context, letter)
    }
}

/// The fields of a calendar file; says what of it they do not hold.
fn from_file(context: &Context, file: &Path, format: &Format) -> Outcome<Vec<Field>> {
    let name = visible(&file.to_string_lossy(), false);
    let at_most = u64::try_from(ICS_BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    let opened = std::fs::File::open(file);
    let read = opened.and_then(|file| {
        file.take(at_most.saturating_add(1))
            .read_to_string(&mut text)
    });
    read.map_err(|error| {
        Failure::new(
            Exit::Failed,
            "file-unreadable",
            format!("{name}: {error}"),
            "Nothing was sent.",
            "estafette brief --ics FILE --to DESK      with a file that you may read",
        )
    })?;
    let imported = calendar::from_ics(&text)?;
    if !imported.not_carried.is_empty() {
        let words: Vec<String> = imported
            .not_carried
            .iter()
            .map(|word| visible(word, false))
            .collect();
        context
            .output
            .talk(&format!("Not carried: {}", words.join(", ")));
    }
    Ok(imported.briefing.to_form(format)?.fields)
}

fn time_to_come(moment: &Moment, typed: &str) -> Outcome<UnixMillis> {
    let at = typed_time(moment, "at", typed)?;
    match at > moment.now {
        true => Ok(at),
        false => Err(Failure::new(
            Exit::Usage,
            "time",
            format!("--at {} has passed", visible(typed, false)),
            "Nothing was sent.",
            "the same command with --at 'tomorrow 09:00'",
        )),
    }
}

/// What people write for a rule, such as `2 weeks`; anything else is a rule itself, which its field
/// checks.
fn rule(every: &str) -> String {
    calendar::every(every).unwrap_or_else(|_| every.to_owned())
}
