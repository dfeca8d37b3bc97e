//! What one row demands of a message. Spec: routing.md RTE-3 to RTE-23.

use super::case::Case;
use super::{Match, demand};
use crate::address::{Desk, Unit};
use crate::admission::Refusal;
use crate::code::{ErrorCode, Note};
use crate::envelope::Role;
use crate::precedence::Precedence;
use crate::roster::Roster;
use crate::rules::{Copies, Direction, Path, StepTo};
use std::collections::BTreeSet;

/// Judges by every row in turn (RTE-2, RTE-22).
pub(super) fn judge_all(case: &Case<'_, '_>, rows: &[Match<'_>]) -> Result<Vec<Note>, Refusal> {
    let mut notes = Vec::new();
    for one in rows {
        path(case, one)?;
        copies(case, one)?;
        deadlines(case, one)?;
        standbys(case, one)?;
        limits(case, one)?;
        notes.extend(rate(case, one)?);
    }
    // RTE-6, where no row can allow it.
    let allowed = !rows.is_empty() || case.header.exception.is_none();
    demand(allowed, ErrorCode::ExceptionNotAllowed, "RTE-6")?;
    Ok(notes)
}

// RTE-3 to RTE-5
fn path(case: &Case<'_, '_>, one: &Match<'_>) -> Result<(), Refusal> {
    let wrong = |holds, clause| demand(holds, ErrorCode::PathWrong, clause);
    match one.row.path {
        Path::Direct => Ok(()),
        Path::ByLevel => {
            let mut actions = case.actions_of(one.direction);
            wrong(actions.all(|desk| case.way(desk).is_empty()), "RTE-3")
        }
        Path::ToGateway | Path::BetweenGateways => {
            let mut actions = case.actions_of(Direction::CrossBorder);
            let good = |desk: &Desk| {
                case.roster(&desk.agency())
                    .is_none_or(|roster| roster.is_gateway_desk(desk))
            };
            wrong(actions.all(good), "RTE-4")?;
            let between = one.row.path == Path::BetweenGateways;
            wrong(
                !between || case.is_gateway_desk(&case.header.sender),
                "RTE-5",
            )
        }
    }
}

// RTE-6 to RTE-11
fn copies(case: &Case<'_, '_>, one: &Match<'_>) -> Result<(), Refusal> {
    let exception = case.header.exception;
    let allowed = exception.is_none_or(|code| one.row.exceptions.contains(&code));
    demand(allowed, ErrorCode::ExceptionNotAllowed, "RTE-6")?;
    let wanted = |copy| one.row.copies.contains(&copy);
    let missing = |holds, clause| demand(holds, ErrorCode::CopyMissing, clause);
    if exception.is_none() {
        let superior = case.superior_unit(&case.header.sender);
        let superior = superior.filter(|_| wanted(Copies::Superior));
        missing(
            superior.iter().all(|unit| informs_unit(case, unit)),
            "RTE-7",
        )?;
        let skipped = skipped(case, one);
        missing(skipped.iter().all(|unit| informs_unit(case, unit)), "RTE-8")?;
        let own = !wanted(Copies::OwnGateway)
            || case.is_gateway_desk(&case.header.sender)
            || case
                .home_roster()
                .is_none_or(|roster| informs_gateway(case, roster));
        missing(own, "RTE-9")?;
    }
    if wanted(Copies::PeerGateway) {
        let told = case.foreign_agencies().iter().all(|agency| {
            let roster = case.roster(agency);
            roster.is_none_or(|roster| informs_gateway(case, roster))
        });
        missing(told, "RTE-10")?;
    }
    Ok(())
}

/// The units that a row wants informed because they are skipped.
pub(super) fn skipped(case: &Case<'_, '_>, one: &Match<'_>) -> BTreeSet<Unit> {
    let wanted = one.row.copies.contains(&Copies::Skipped);
    let actions = case.actions_of(one.direction).filter(|_| wanted);
    actions.flat_map(|desk| case.way(desk)).collect()
}

// RTE-11
fn informs_unit(case: &Case<'_, '_>, unit: &Unit) -> bool {
    let staffed = case
        .home_roster()
        .is_some_and(|roster| case.is_there(roster, |desk| desk.unit() == *unit));
    !staffed || case.header.sender.unit() == *unit || case.informs(|desk| desk.unit() == *unit)
}

// RTE-11
fn informs_gateway(case: &Case<'_, '_>, roster: &Roster) -> bool {
    let staffed = case.is_there(roster, |desk| roster.is_gateway_desk(desk));
    !staffed || case.informs(|desk| roster.is_gateway_desk(desk))
}

// RTE-12, RTE-13
fn deadlines(case: &Case<'_, '_>, one: &Match<'_>) -> Result<(), Refusal> {
    let kept = |most: Option<u64>, own: Option<u64>| {
        most.is_none_or(|most| own.is_some_and(|own| own <= most))
    };
    let missing = |holds, clause| demand(holds, ErrorCode::DeadlineMissing, clause);
    let (row, header) = (one.row, case.header);
    missing(
        kept(row.acknowledge_within, header.acknowledge_within),
        "RTE-12",
    )?;
    missing(kept(row.answer_within, header.answer_within), "RTE-13")
}

/// The desks that one step of an escalation may lead to from an addressee.
pub(super) fn led_to(case: &Case<'_, '_>, roster: &Roster, desk: &Desk, to: StepTo) -> Vec<Desk> {
    let entry = roster.desk(desk);
    let mut desks: Vec<Desk> = match to {
        StepTo::Deputy => entry.map_or_else(Vec::new, |entry| entry.deputies.clone()),
        StepTo::Superior => entry.and_then(|e| e.superior.clone()).into_iter().collect(),
        StepTo::Gateway => {
            let desks = roster.desks.iter().map(|entry| &entry.desk);
            let others = desks.filter(|d| *d != desk && roster.is_gateway_desk(d));
            others.cloned().collect()
        }
    };
    desks.retain(|desk| *desk != case.header.sender && case.takes_part(roster, desk));
    desks
}

// RTE-14, RTE-15
fn standbys(case: &Case<'_, '_>, one: &Match<'_>) -> Result<(), Refusal> {
    for step in &one.row.escalation {
        for desk in case.actions_of(one.direction) {
            let Some(roster) = case.roster(&desk.agency()) else {
                continue;
            };
            let leads = led_to(case, roster, desk, step.to);
            let there = leads.is_empty() || leads.iter().any(|d| case.header.is_addressed(d));
            demand(there, ErrorCode::StandbyMissing, "RTE-14")?;
        }
    }
    let agencies: BTreeSet<_> = case.actions().map(Desk::agency).collect();
    let mut standbys = case
        .header
        .addressees
        .iter()
        .filter(|a| a.role == Role::Standby);
    let fits = standbys.all(|a| agencies.contains(&a.desk.agency()));
    demand(fits, ErrorCode::StandbyWrong, "RTE-15")
}

// RTE-16 to RTE-19
fn limits(case: &Case<'_, '_>, one: &Match<'_>) -> Result<(), Refusal> {
    let (row, header) = (one.row, case.header);
    let lifetime = header.expires.since(header.created);
    let short = row.lifetime.is_none_or(|most| lifetime <= most);
    demand(short, ErrorCode::LifetimeTooLong, "RTE-16")?;
    let few = row
        .addressees
        .is_none_or(|most| header.addressees.len() <= usize::from(most));
    demand(few, ErrorCode::TooManyAddressees, "RTE-17")?;
    let brief = row.body_bytes.is_none_or(|most| header.body_bytes <= most);
    demand(brief, ErrorCode::BodyTooLong, "RTE-18")?;
    let within = row
        .ceiling
        .as_ref()
        .is_none_or(|ceiling| header.marking.iter().all(|m| m.is_within(ceiling)));
    demand(within, ErrorCode::MarkingAboveCeiling, "RTE-19")
}

// RTE-20
fn rate(case: &Case<'_, '_>, one: &Match<'_>) -> Result<Option<Note>, Refusal> {
    let Some(rate) = one.row.rate else {
        return Ok(None);
    };
    let key = (one.table, one.row.name.as_str().to_owned());
    let sent = case.world.sent.get(&key).copied().unwrap_or(0);
    if sent < rate.messages {
        return Ok(None);
    }
    let flash = case.header.precedence == Precedence::Flash;
    demand(flash, ErrorCode::RateExceeded, "RTE-20")?;
    Ok(Some(Note::ABOVE_RATE))
}
