//! `estafette route`: the way that a message would take, without one.
//!
//! Judges by the rules and by what the own desk may originate; says nothing of a form.

use super::context::{Context, Unlocked};
use super::send::{Manner, exception, format_named, parse_marking, status};
use super::{network, way};
use crate::clock;
use crate::compose::{self, Clock, ComposeError, Draft, Plan, text};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::words;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::admission::{Refusal, Side};
use estafette_protocol::code::ErrorCode;
use estafette_protocol::envelope::Header;
use estafette_protocol::form::Form;
use estafette_protocol::format::Format;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::routing;
use estafette_protocol::rules::{Direction, Row, Rules};
use serde_json::{Value, json};

const EXAMPLES: &str = "\
Examples:
  estafette route flag --to duty@ops.border.xb
  estafette route request --to duty@ops.border.xb --precedence immediate --explain
  estafette route note --task-force heron --json
  estafette route alert --to duty@ops.border.xb --exception terrorism

A clause such as RTE-9 or REL-2 names the rule in spec/routing.md or spec/release.md.";

/// Show the way a message would take: path, copies, releases, standby desks and deadlines.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Route {
    /// Word of the format, such as request
    #[arg(value_name = "FORMAT")]
    format: String,
    /// Desk that must act; repeat, or separate by commas
    #[arg(long, value_name = "DESK", value_delimiter = ',')]
    to: Vec<Desk>,
    /// Desk that is informed
    #[arg(long, value_name = "DESK", value_delimiter = ',')]
    info: Vec<Desk>,
    /// routine, priority, immediate or flash
    #[arg(long, value_name = "WORD")]
    precedence: Option<Precedence>,
    /// Handling code, such as tlp:amber or class:restricted
    #[arg(long, value_name = "AXIS:CODE", value_delimiter = ',', value_parser = parse_marking)]
    marking: Vec<Marking>,
    /// For every other member of this task force
    #[arg(long, value_name = "NAME")]
    task_force: Option<String>,
    /// Leaves out copies at home in this case, such as terrorism
    #[arg(long, value_name = "CODE")]
    exception: Option<String>,
    /// As part of this exercise
    #[arg(long, value_name = "ID", conflicts_with = "test")]
    exercise: Option<String>,
    /// As a test
    #[arg(long)]
    test: bool,
    /// Also every row that does not match, and why
    #[arg(long)]
    explain: bool,
}

impl Route {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        network::require_enrolled(&mut unlocked)?;
        let format = format_named(context, &self.format)?;
        let draft = self.draft(context, &unlocked, format)?;
        let now = clock::now();
        let account = &unlocked.account;
        if self.explain {
            let unplanned = compose::route(account, &draft, false, now, &mut clock::random())?;
            explain(context, &unlocked, &unplanned.header);
        }
        let planned = compose::route(account, &draft, true, now, &mut clock::random());
        let plan = planned.map_err(|error| self.failure(error))?;
        admit(&unlocked, &plan.header)?;
        print(context, &plan, format);
        way::not_staffed(context, &unlocked, &plan);
        Ok(Exit::Done)
    }

    /// A refusal, with the way to see the rules behind it.
    fn failure(&self, error: ComposeError) -> Box<Failure> {
        let is_ruled = matches!(error, ComposeError::Unplanned { .. });
        let mut failure: Box<Failure> = error.without_route().into();
        if is_ruled && !self.explain {
            failure.next = "the same command with --explain".to_owned();
        }
        failure
    }

    fn draft(&self, context: &Context, unlocked: &Unlocked, format: &Format) -> Outcome<Draft> {
        let manner = Manner::of(format);
        let form = Form {
            format: format.format,
            version: format.version,
            fields: Vec::new(),
        };
        let asked = (self.exercise.as_deref(), self.test);
        let (status, exercise) = status(unlocked, asked, None, true)?;
        Ok(Draft {
            info: self.info.clone(),
            precedence: self.precedence.unwrap_or(manner.precedence),
            marking: self.marking.clone(),
            acknowledge_within: manner.acknowledge_within,
            usual_lifetime: manner.lifetime,
            status,
            exercise,
            task_force: self.task_force.as_deref().map(text),
            exception: exception(context, self.exception.as_deref())?,
            ..Draft::new(form, self.to.clone())
        })
    }
}

/// What admission would say of it whatever its form holds.
fn admit(unlocked: &Unlocked, header: &Header) -> Outcome<()> {
    let account = &unlocked.account;
    let entry = account.enrolled_at();
    if !entry.is_some_and(|entry| entry.may_originate(header.format, header.precedence)) {
        let refusal = Refusal::new(ErrorCode::AuthorityMissing, "ADM-14");
        return Err(ComposeError::Refused(refusal).into());
    }
    let accord = header.accord.as_ref();
    let accord =
        accord.and_then(|hash| account.directory.accord_by_hash(hash, header.created).ok());
    if accord.is_some_and(|(accord, _)| !accord.value().allows(&header.marking)) {
        let refusal = Refusal::new(ErrorCode::MarkingAboveCeiling, "ADM-15");
        return Err(ComposeError::Refused(refusal).into());
    }
    Ok(())
}

fn print(context: &Context, plan: &Plan, format: &Format) {
    let (output, header) = (context.output, &plan.header);
    let ruling = &plan.ruling;
    output.object(
        "route",
        json!({
            "format": format.word,
            "precedence": header.precedence.word(),
            "status": header.status.word(),
            "accord": plan.accord,
            "way": way::json(ruling),
            "acknowledge_within_ms": header.acknowledge_within,
            "answer_within_ms": header.answer_within,
            "lifetime_ms": ruling.lifetime,
        }),
    );
    let pair = |label: &str, value: &str| output.line(&format!("{label:<8} {value}"));
    pair("travels", header.precedence.word());
    pair(
        "accord",
        plan.accord.as_deref().unwrap_or("none, within the agency"),
    );
    match way::lines(ruling) {
        lines if lines.is_empty() => pair("row", "none: neither accord nor house has rules"),
        lines => lines.iter().for_each(|line| output.line(line)),
    }
    way::recipients(context, plan);
    let clocks = [
        ("ack by", Clock::Acknowledge, header.acknowledge_within),
        ("answer", Clock::Answer, header.answer_within),
    ];
    for (label, clock, within) in clocks {
        let Some(ms) = within else { continue };
        let row = way::deadline_of(ruling, clock, within);
        let row = row.map_or_else(String::new, |row| format!("  {row}"));
        let text = format!("{} after their relay has it{row}", words::duration(ms));
        pair(label, &text);
    }
    if let Some(longest) = ruling.lifetime {
        let longest = words::duration(longest);
        pair("lives", &format!("{longest} at most  (RTE-16)"));
    }
    way::tightened(context, ruling);
}

/// Every row of both tables, and why it is not for this message.
fn explain(context: &Context, unlocked: &Unlocked, header: &Header) {
    let account = &unlocked.account;
    let facts = compose::Facts::of(
        account,
        header,
        std::collections::BTreeMap::new(),
        header.created,
    );
    let world = facts.world();
    let matches = routing::matches(header, &world, Side::Egress).unwrap_or_default();
    let tables: [(&str, Option<&Rules>); 2] = [
        ("accord", world.accord.map(|(_, rules)| rules)),
        ("house", world.house.map(|(_, rules)| rules)),
    ];
    for (table, rules) in tables {
        for row in rules.map_or(&[][..], |rules| &rules.rows) {
            let is_match = matches.iter().any(|one| one.row == row);
            let differs = match is_match {
                true => Vec::new(),
                false => differences(row, header),
            };
            say(context, (table, row), is_match, &differs);
        }
    }
}

fn say(context: &Context, (table, row): (&str, &Row), is_match: bool, differs: &[&str]) {
    let name = row.name.as_str();
    let verdict: Value = json!({
        "table": table, "row": name, "matches": is_match, "differs": differs,
    });
    let output = context.output;
    output.object("row", verdict);
    let says = match is_match {
        true => "matches".to_owned(),
        false => format!("not for this {}", differs.join(" and ")),
    };
    let directions: Vec<&str> = row.directions.iter().map(|d| d.word()).collect();
    output.line(&format!(
        "? {name} of the {table} ({}): {says}",
        directions.join(", ")
    ));
}

/// What of a message a row is not for; its direction where all else fits.
fn differences(row: &Row, header: &Header) -> Vec<&'static str> {
    let parts = [
        ("format", row.formats.contains(&header.format)),
        ("precedence", row.precedences.contains(&header.precedence)),
        ("status", row.statuses.contains(&header.status)),
        (
            "direction",
            header.accord.is_some() || row.directions != [Direction::CrossBorder],
        ),
    ];
    let wrong = parts.into_iter().filter(|(_, fits)| !fits);
    let wrong: Vec<&str> = wrong.map(|(word, _)| word).collect();
    match wrong.is_empty() {
        true => vec!["direction"],
        false => wrong,
    }
}
