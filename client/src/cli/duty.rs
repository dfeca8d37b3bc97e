//! `estafette duty`: who stands behind a desk now, and saying so.
//!
//! A desk is a duty position and not a person. What is said here is signed, published by the own
//! relay and passed on, so that senders see it before they send. Spec: duty.md.

use super::context::{Context, Unlocked};
use super::device::{Taken, desk_named, hand_over, not_yet};
use super::send::typed_time;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome, explain};
use crate::fill::Moment;
use crate::store::StoreError;
use crate::words;
use clap::{Args, Subcommand};
use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Hash;
use estafette_protocol::duty::{Duty as Said, Entry, UNTIL_MS_MAX};
use estafette_protocol::encoding::{Extensions, Signed};

mod hours;
mod who;

pub(super) use who::staffed;

/// Who is on duty, and saying so.
#[derive(Debug, Args)]
#[command(after_help = "\
Without a command it shows your own desk and its deputies.
Examples:
  estafette duty
  estafette duty who border.xb
  estafette duty take 8h
  estafette duty absent --until 'tomorrow 08:00' --deputy night@spoc
  estafette duty hours --from 'Mon-Fri 08:00-18:00' --zone Europe/Rome --weeks 8
  estafette duty import shifts.ics")]
pub(super) struct DutyCommand {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show whether desks are staffed: of an agency, or one
    #[command(
        after_help = "Examples:\n  estafette duty who\n  estafette duty who border.xb --json\n  estafette duty who duty@ops.border.xb"
    )]
    Who {
        /// An agency or a desk; your own agency where it is left out
        #[arg(value_name = "AGENCY|DESK")]
        of: Option<String>,
    },
    /// Say that somebody is at the desk, whatever its hours say
    #[command(after_help = "Example:\n  estafette duty take 8h")]
    Take {
        /// For how long, at most 31 days
        #[arg(value_name = "TIME", value_parser = words::parse_duration)]
        time: u64,
        #[command(flatten)]
        of: OfDesk,
    },
    /// Say that nobody is, and who stands in
    #[command(
        after_help = "Example:\n  estafette duty absent --until 'tomorrow 08:00' --deputy night@spoc"
    )]
    Absent {
        /// Until when, at most 31 days ahead
        #[arg(long, value_name = "TIME")]
        until: String,
        /// Who stands in: a desk of your agency that is staffed
        #[arg(long, value_name = "DESK")]
        deputy: Option<String>,
        #[command(flatten)]
        of: OfDesk,
    },
    /// Say when the desk is staffed, week by week
    Hours(hours::Hours),
    /// Read that from a calendar file
    Import(hours::Import),
}

/// Whose duty it is.
#[derive(Debug, Clone, Args)]
struct OfDesk {
    /// For a desk below yours, or as single point of contact for any of your agency
    #[arg(long, value_name = "DESK")]
    desk: Option<String>,
}

impl OfDesk {
    fn desk(&self, unlocked: &Unlocked) -> Outcome<Desk> {
        match &self.desk {
            Some(name) => desk_named(&unlocked.account, name),
            None => Ok(unlocked.desk().clone()),
        }
    }
}

impl DutyCommand {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        match self.action {
            None => who::own(context, &unlocked),
            Some(Action::Who { of }) => who::run(context, &unlocked, of.as_deref()),
            Some(Action::Take { time, of }) => {
                let until = clock::now().plus(time);
                let desk = of.desk(&unlocked)?;
                say(context, &mut unlocked, &desk, Entry::Taken { until })
            }
            Some(Action::Absent { until, deputy, of }) => {
                let moment = Moment::here(clock::now());
                let until = typed_time(&moment, "until", &until)?;
                let deputy = deputy.map(|name| desk_named(&unlocked.account, &name));
                let entry = Entry::Absent {
                    until,
                    deputy: deputy.transpose()?,
                    summary: None,
                };
                let desk = of.desk(&unlocked)?;
                say(context, &mut unlocked, &desk, entry)
            }
            Some(Action::Hours(hours)) => hours.run(context, &mut unlocked),
            Some(Action::Import(import)) => import.run(context, &mut unlocked),
        }
    }
}

/// Publishes an entry and says what it comes to.
fn say(context: &Context, unlocked: &mut Unlocked, desk: &Desk, entry: Entry) -> Outcome<Exit> {
    publish(context, unlocked, desk, entry)?;
    who::one(context, unlocked, desk);
    Ok(Exit::Done)
}

/// Signs an entry, judges it as the relay will, and waits until the relay holds it.
pub(super) fn publish(
    context: &Context,
    unlocked: &mut Unlocked,
    desk: &Desk,
    entry: Entry,
) -> Outcome<()> {
    super::network::require_enrolled(unlocked)?;
    let duty = judged(unlocked, desk, entry)?;
    let hash = keep(unlocked, duty)?;
    match hand_over(context, unlocked, &[hash])? {
        Taken::Held => Ok(()),
        Taken::Refused(code) => Err(refused(code)),
        Taken::Waiting(reach) => {
            let output = context.output;
            output.talk(
                "✗ Not in force yet: it is kept, and published as soon as your relay is reached.",
            );
            Err(not_yet(reach))
        }
    }
}

/// The duty, found good by what is known here.
// DTY-1, DTY-3 to DTY-6
pub(super) fn judged(unlocked: &Unlocked, desk: &Desk, entry: Entry) -> Outcome<Said> {
    let (directory, now) = (&unlocked.account.directory, clock::now());
    let held = directory.duties(desk);
    let before = match &entry {
        Entry::Hours { .. } => held.hours,
        Entry::Taken { .. } => held.taken,
        Entry::Absent { .. } => held.absent,
    };
    // Later than what is held, whatever this machine's clock says.
    let issued = before.map_or(now, |before| now.max(before.issued.plus(1)));
    let until = match &entry {
        Entry::Hours { .. } => None,
        Entry::Taken { until } | Entry::Absent { until, .. } => Some(*until),
    };
    if until.is_some_and(|until| !(1..=UNTIL_MS_MAX).contains(&until.since(issued))) {
        return Err(Failure::new(
            Exit::Usage,
            "time",
            "a duty ends in the time to come, at most 31 days ahead (DTY-1)",
            "Nothing was published.",
            "the same command with another time",
        ));
    }
    let deputy = match &entry {
        Entry::Absent { deputy, .. } => deputy.as_ref(),
        Entry::Hours { .. } | Entry::Taken { .. } => None,
    };
    let fits = |deputy: &Desk| deputy != desk && deputy.agency() == desk.agency();
    if !deputy.is_none_or(fits) {
        return Err(refused(Some(ErrorCode::DeputyUnknown)));
    }
    let duty = Said {
        desk: desk.clone(),
        by: unlocked.desk().clone(),
        issued,
        entry,
        extensions: Extensions::default(),
    };
    match directory.check_deputy(&duty) {
        Ok(()) => Ok(duty),
        Err(error) => Err(refused(Some(error.code()))),
    }
}

fn keep(unlocked: &Unlocked, duty: Said) -> Outcome<Hash> {
    let account = &unlocked.account;
    let now = clock::now();
    let signed = Signed::sign(duty, &[&account.signing_key()]);
    let object = signed.and_then(|signed| signed.encode());
    let object = object.map_err(StoreError::from)?;
    Ok(account.store.write()?.add_publication(&object, now)?)
}

fn refused(code: Option<ErrorCode>) -> Box<Failure> {
    let word = code.map_or("refused", ErrorCode::word);
    let clause = match code {
        Some(ErrorCode::AuthorityMissing | ErrorCode::DeviceSuspended) => "DTY-2",
        Some(ErrorCode::DutyOlder | ErrorCode::CreatedInFuture) => "DTY-3",
        Some(ErrorCode::DeputyUnknown) => "DTY-4",
        Some(ErrorCode::NotStaffed) => "DTY-5",
        Some(ErrorCode::DeputyCycle) => "DTY-6",
        _ => "DTY-1",
    };
    let (what, next) = match code {
        Some(ErrorCode::AuthorityMissing) => (
            "your desk may not say that of that desk; only that desk, one above it and the single point of contact may",
            "telephone that desk, or your single point of contact",
        ),
        Some(ErrorCode::NotStaffed | ErrorCode::DeputyCycle | ErrorCode::DeputyUnknown) => (
            explain(word),
            "estafette duty who      then the same command with another desk as deputy",
        ),
        _ => (
            explain(word),
            "estafette sync      then the same command again",
        ),
    };
    Failure::new(
        Exit::Refused,
        word,
        format!("{what} ({clause})"),
        "Nothing was published.",
        next,
    )
}
