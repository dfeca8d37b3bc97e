//! `estafette duty hours` and `duty import`: when a desk is staffed, week by week or by a calendar.

use super::{OfDesk, publish, who};
use crate::calendar::ICS_BYTES_MAX;
use crate::cli::context::{Context, Unlocked};
use crate::clock;
use crate::duty::{HoursError, imported, weekly, zone};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use clap::Args;
use estafette_protocol::duty::{Entry, Shift};
use estafette_protocol::encoding::Text;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Say when the desk is staffed, week by week.
#[derive(Debug, Args)]
#[command(after_help = "\
Times are of the zone, summer time included. What no shift covers is shown as a gap.
Examples:
  estafette duty hours --from 'Mon-Fri 08:00-18:00' --zone Europe/Rome --weeks 8
  estafette duty hours --from 'daily 22:00-06:00' --zone Europe/Rome
  estafette duty hours --from 'Mon-Fri 08:00-18:00, Sat 09:00-12:00' --dry-run")]
pub(super) struct Hours {
    /// Days and times, such as 'Mon-Fri 08:00-18:00, Sat 09:00-12:00'
    #[arg(long, value_name = "HOURS")]
    from: String,
    #[command(flatten)]
    plan: Plan,
}

/// Read the hours of the desk from a calendar file.
#[derive(Debug, Args)]
#[command(after_help = "\
Each event is a shift, with its recurrence; one without an end lasts 8 hours.
Examples:
  estafette duty import shifts.ics --dry-run
  estafette duty import shifts.ics --weeks 4")]
pub(super) struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    plan: Plan,
}

#[derive(Debug, Args)]
struct Plan {
    /// Time zone such as Europe/Rome [default: that of this machine, or of the file]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// For so many weeks
    #[arg(long, value_name = "N", default_value = "8")]
    weeks: u32,
    /// Show the shifts and gaps, and publish nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    of: OfDesk,
}

impl Hours {
    pub(super) fn run(self, context: &Context, unlocked: &mut Unlocked) -> Outcome<Exit> {
        let name = self
            .plan
            .zone
            .clone()
            .or_else(here)
            .unwrap_or_else(|| "UTC".to_owned());
        let shifts = zone(&name)
            .and_then(|zone| weekly(&self.from, &zone, self.plan.weeks, clock::now()))
            .map_err(|error| {
                failure(
                    &error,
                    "duty hours --from 'Mon-Fri 08:00-18:00' --zone Europe/Rome",
                )
            })?;
        self.plan.publish(context, unlocked, (name, shifts))
    }
}

impl Import {
    pub(super) fn run(self, context: &Context, unlocked: &mut Unlocked) -> Outcome<Exit> {
        let text = read(&self.file)?;
        let next = "duty import FILE --dry-run";
        let read = imported(&text, self.plan.weeks, clock::now());
        let (shifts, named) = read.map_err(|error| failure(&error, next))?;
        let name = self.plan.zone.clone().or(named).or_else(here);
        let name = name.unwrap_or_else(|| "UTC".to_owned());
        zone(&name).map_err(|error| failure(&error, next))?;
        self.plan.publish(context, unlocked, (name, shifts))
    }
}

impl Plan {
    fn publish(
        &self,
        context: &Context,
        unlocked: &mut Unlocked,
        (zone, shifts): (String, Vec<Shift>),
    ) -> Outcome<Exit> {
        let desk = self.of.desk(unlocked)?;
        if self.dry_run {
            who::plan(context, (&desk, &zone), &shifts);
            context.output.talk("Nothing was published.");
            return Ok(Exit::Done);
        }
        let zone = Text::new(zone).map_err(crate::store::StoreError::from)?;
        publish(context, unlocked, &desk, Entry::Hours { zone, shifts })?;
        who::one(context, unlocked, &desk);
        Ok(Exit::Done)
    }
}

/// The name of this machine's zone, where it has one.
fn here() -> Option<String> {
    let zone = jiff::tz::TimeZone::system();
    zone.iana_name().map(str::to_owned)
}

fn failure(error: &HoursError, next: &str) -> Box<Failure> {
    Failure::new(
        Exit::Usage,
        "hours",
        error.to_string(),
        "Nothing was published.",
        format!("estafette {next}"),
    )
}

fn read(path: &Path) -> Outcome<String> {
    let unreadable = |what: String| {
        Failure::new(
            Exit::Failed,
            "file-unreadable",
            what,
            "Nothing was published.",
            "estafette duty import FILE",
        )
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(ICS_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let file = std::fs::File::open(path);
    let read = file.and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| unreadable("the file is not UTF-8".to_owned()))
}
