//! Where silence leads from each addressee that must act. Spec: escalation.md, Chains.

use super::case::Case;
use super::{Match, World, row};
use crate::address::Desk;
use crate::admission::Side;
use crate::envelope::Header;
use crate::escalation::{ChainPlan, PlannedStep, UNNAMED_STEP};
use crate::precedence::{Precedence, Status};
use crate::roster::Roster;
use crate::rules::{Step, StepTo};

/// What a side knows of a desk that is not staffed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotStaffed {
    /// Who stands in (DTY-11).
    pub stand_in: Option<Desk>,
}

/// The chains of the judging agency's addressees that must act, in the order of the header.
///
/// `not_staffed` tells of a desk that is not staffed. A message of status test has none (ESC-17).
#[must_use]
pub fn chains(
    header: &Header,
    world: &World<'_>,
    side: Side,
    not_staffed: impl Fn(&Desk) -> Option<NotStaffed>,
) -> Vec<ChainPlan> {
    if header.status == Status::Test {
        return Vec::new();
    }
    let case = Case::new(header, world, side);
    let rows = case.matches().unwrap_or_default();
    let own = case.actions().filter(|desk| desk.agency() == *world.own);
    let chains = own.filter_map(|desk| {
        let roster = case.roster(world.own)?;
        let steps = steps_of(&case, &rows, desk);
        let mut plan = plan(&case, steps, roster, desk);
        // ESC-13
        let flash = header.precedence == Precedence::Flash;
        if let Some(absence) = not_staffed(desk).filter(|_| flash) {
            hurry(&case, steps, (roster, desk), &mut plan, absence.stand_in);
        }
        (!plan.steps.is_empty()).then_some(plan)
    });
    chains.collect()
}

fn plan(case: &Case<'_, '_>, steps: &[Step], roster: &Roster, desk: &Desk) -> ChainPlan {
    let numbered = (1..).zip(steps);
    let steps = numbered.filter_map(|(number, step)| {
        let leads = row::led_to(case, roster, desk, step.to);
        let to = match step.to {
            // In the order of the header.
            StepTo::Gateway => {
                let mut addressed = case.header.addressees.iter().map(|a| &a.desk);
                addressed.find(|desk| leads.contains(desk)).cloned()
            }
            StepTo::Deputy | StepTo::Superior => {
                leads.into_iter().find(|d| case.header.is_addressed(d))
            }
        };
        Some(PlannedStep {
            number,
            after: step.after,
            to: to?,
        })
    });
    ChainPlan {
        head: desk.clone(),
        steps: steps.collect(),
        at_once: None,
    }
}

/// The steps of the row that an addressee's chain follows.
fn steps_of<'w>(case: &Case<'_, 'w>, rows: &[Match<'w>], desk: &Desk) -> &'w [Step] {
    let mut rows = rows.iter();
    let row = rows.find(|one| case.actions_of(one.direction).any(|of| of == desk));
    row.map_or(&[], |one| &one.row.escalation)
}

/// Makes the step to a deputy the one that is taken at once, or adds one (ESC-13).
fn hurry(
    case: &Case<'_, '_>,
    steps: &[Step],
    (roster, desk): (&Roster, &Desk),
    plan: &mut ChainPlan,
    stand_in: Option<Desk>,
) {
    let fits = |to: &Desk| {
        let other = to != desk && *to != case.header.sender;
        other && case.header.is_addressed(to) && case.takes_part(roster, to)
    };
    let deputies = row::led_to(case, roster, desk, StepTo::Deputy);
    let Some(to) = stand_in.into_iter().chain(deputies).find(fits) else {
        return;
    };
    let mut numbered = (1..).zip(steps);
    let row_step = numbered.find(|(_, step)| step.to == StepTo::Deputy);
    let (number, after) = row_step.map_or((UNNAMED_STEP, 0), |(n, step)| (n, step.after));
    plan.steps.retain(|step| step.number != number);
    plan.steps.push(PlannedStep { number, after, to });
    plan.steps.sort_by_key(|step| step.number);
    plan.at_once = Some(number);
}
