//! Whether desks are staffed, since when and until when, who stands in, and the gaps that are ahead.

use crate::account::Account;
use crate::cli::context::{Context, Unlocked};
use crate::clock;
use crate::duty::gaps;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::Reader;
use crate::words::{time_rfc3339, visible};
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::duty::{Entry, Shift, Staffing};
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde_json::{Value, json};

/// How far ahead gaps are shown, in milliseconds.
const AHEAD_MS: u64 = 7 * DAY_MS;
/// Most gaps that are shown.
const GAPS_MAX: usize = 10;

/// Whether a desk is staffed, as people and programs are told.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Staffed {
    desk: Desk,
    pub(in crate::cli) staffing: Staffing,
    pub(in crate::cli) stand_in: Option<Desk>,
    zone: Option<String>,
}

/// Looks at a desk now.
pub(in crate::cli) fn staffed(account: &Account, desk: &Desk, now: UnixMillis) -> Staffed {
    let directory = &account.directory;
    let staffing = directory.staffing(desk, now);
    let stand_in = match staffing.is_staffed() {
        true => None,
        false => directory.stand_in(desk, now),
    };
    Staffed {
        desk: desk.clone(),
        staffing,
        stand_in,
        zone: hours(account, desk).map(|(zone, _)| zone.to_owned()),
    }
}

impl Staffed {
    /// In words, without the desk.
    pub(in crate::cli) fn says(&self, reader: &Reader<'_>) -> String {
        let zones: Vec<&str> = self.zone.as_deref().into_iter().collect();
        let time = |at| reader.time_in_zones(at, &zones);
        let (since, until) = self.times();
        let mut parts = vec![match self.staffing {
            Staffing::Staffed { .. } => reader.say("duty-staffed"),
            Staffing::Absent { .. } => reader.say("duty-absent"),
            Staffing::OffHours { .. } => reader.say("duty-off-hours"),
            Staffing::Unknown => reader.say("duty-unknown"),
        }];
        parts.extend(since.map(|at| reader.fill("since", time(at))));
        parts.extend(until.map(|at| reader.fill("until", time(at))));
        match (&self.stand_in, self.staffing.is_staffed()) {
            (Some(desk), _) => parts.push(reader.fill("stand-in", desk)),
            (None, false) => parts.push(reader.say("no-stand-in")),
            (None, true) => {}
        }
        parts.join(", ")
    }

    /// For programs.
    pub(in crate::cli) fn json(&self) -> Value {
        let (since, until) = self.times();
        json!({
            "desk": self.desk.as_str(),
            "staffing": self.staffing.word(),
            "is_staffed": self.staffing.is_staffed(),
            "since": since.map(time_rfc3339),
            "until": until.map(time_rfc3339),
            "stand_in": self.stand_in.as_ref().map(Desk::as_str),
            "zone": self.zone,
        })
    }

    const fn times(&self) -> (Option<UnixMillis>, Option<UnixMillis>) {
        match self.staffing {
            Staffing::Staffed { until } => (None, until),
            Staffing::Absent { since, until } => (Some(since), Some(until)),
            Staffing::OffHours { since, until } => (since, Some(until)),
            Staffing::Unknown => (None, None),
        }
    }
}

/// Zone and shifts of a desk, where it has hours.
fn hours<'a>(account: &'a Account, desk: &Desk) -> Option<(&'a str, &'a [Shift])> {
    match &account.directory.duties(desk).hours?.entry {
        Entry::Hours { zone, shifts } => Some((zone.as_str(), shifts)),
        Entry::Taken { .. } | Entry::Absent { .. } => None,
    }
}

/// The own desk, its gaps, and its deputies.
pub(super) fn own(context: &Context, unlocked: &Unlocked) -> Outcome<Exit> {
    let account = &unlocked.account;
    one(context, unlocked, unlocked.desk());
    let deputies = account
        .enrolled_at()
        .map_or(&[][..], |entry| &entry.deputies);
    for desk in deputies {
        line(context, &staffed(account, desk, clock::now()), "deputy");
    }
    Ok(Exit::Done)
}

/// One desk, and its gaps.
pub(super) fn one(context: &Context, unlocked: &Unlocked, desk: &Desk) {
    let now = clock::now();
    line(context, &staffed(&unlocked.account, desk, now), "desk");
    match hours(&unlocked.account, desk) {
        Some((zone, shifts)) => print_gaps(context, (desk, zone), shifts, now),
        None => context
            .output
            .line(&format!("  {}", context.reader().say("no-hours"))),
    }
}

/// Hours that are not published.
pub(super) fn plan(context: &Context, (desk, zone): (&Desk, &str), shifts: &[Shift]) {
    let (output, reader) = (context.output, context.reader());
    for shift in shifts {
        output.object("shift", times(shift));
        let from = reader.time_in_zones(shift.from, &[zone]);
        let until = reader.time_in_zones(shift.until, &[zone]);
        output.line(&format!("  {from}  –  {until}"));
    }
    print_gaps(context, (desk, zone), shifts, clock::now());
}

/// What no shift covers within the days to come, and when the hours end.
// DTY-13
fn print_gaps(context: &Context, (desk, zone): (&Desk, &str), shifts: &[Shift], now: UnixMillis) {
    let (output, reader) = (context.output, context.reader());
    let end = shifts.last().map_or(now, |shift| shift.until);
    let found = gaps(shifts, now, now.plus(AHEAD_MS));
    for gap in found.iter().take(GAPS_MAX) {
        let mut object = times(gap);
        if let Value::Object(fields) = &mut object {
            fields.insert("desk".into(), json!(desk.as_str()));
        }
        output.object("gap", object);
        let from = reader.time_in_zones(gap.from, &[zone]);
        let until = reader.time_in_zones(gap.until, &[zone]);
        let says = reader.say("gap");
        output.line(&format!("  {}  {says}  {from}  –  {until}", reader.alarm()));
    }
    output.object(
        "hours",
        json!({"desk": desk.as_str(), "zone": zone, "end": time_rfc3339(end)}),
    );
    let end = reader.time_in_zones(end, &[zone]);
    output.line(&format!("  {}", reader.fill("hours-end", end)));
}

fn times(shift: &Shift) -> Value {
    json!({"from": time_rfc3339(shift.from), "until": time_rfc3339(shift.until)})
}

fn line(context: &Context, staffed: &Staffed, role: &str) {
    let (output, reader) = (context.output, context.reader());
    let mut object = staffed.json();
    if let Value::Object(fields) = &mut object {
        fields.insert("as".into(), json!(role));
    }
    output.object("duty", object);
    let says = reader.isolate(&staffed.says(&reader));
    output.line(&format!("{:<28} {says}", staffed.desk.as_str()));
}

/// The desks of an agency, or one.
pub(super) fn run(context: &Context, unlocked: &Unlocked, of: Option<&str>) -> Outcome<Exit> {
    let (account, now) = (&unlocked.account, clock::now());
    if let Some(name) = of.filter(|name| name.contains('@')) {
        let full = match name.split_once('@') {
            Some((_, unit)) if !unit.contains('.') => format!("{name}.{}", account.directory.own()),
            _ => name.to_owned(),
        };
        let desk = full.parse::<Desk>().ok();
        let listed = |desk: &Desk| crate::compose::desks(account).any(|known| known == desk);
        let desk = desk.filter(listed).ok_or_else(|| unknown(name))?;
        one(context, unlocked, &desk);
        return Ok(Exit::Done);
    }
    let agency = match of {
        Some(name) => name.parse::<Agency>().map_err(|_| unknown(name))?,
        None => account.directory.own().clone(),
    };
    let roster = account.directory.newest_roster(&agency);
    let roster = roster.ok_or_else(|| unknown(agency.as_str()))?;
    for entry in &roster.value().desks {
        line(context, &staffed(account, &entry.desk, now), "desk");
    }
    Ok(Exit::Done)
}

fn unknown(name: &str) -> Box<Failure> {
    Failure::new(
        Exit::NoSuchId,
        "desk-unknown",
        format!("no roster is held of {}", visible(name, false)),
        "Known are the agencies that your relay has an accord with, and the desks that they list.",
        "estafette sync      then  estafette duty who AGENCY",
    )
}
