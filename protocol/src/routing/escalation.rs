//! Where silence leads from each addressee that must act. Spec: escalation.md, Chains.

use super::case::Case;
use super::{Match, World, row};
use crate::address::Desk;
use crate::admission::Side;
use crate::envelope::Header;
use crate::escalation::{ChainPlan, PlannedStep, UNNAMED_STEP};
use crate::precedence::{Precedence, Status};
use crate::roster::Roster;
use crate::rules::StepTo;

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
        let mut plan = plan(&case, &rows, roster, desk);
        // ESC-13
        let flash = header.precedence == Precedence::Flash;
        if let Some(absence) = not_staffed(desk).filter(|_| flash) {
            hurry(&case, &rows, (roster, desk), &mut plan, absence.stand_in);
        }
        (!plan.steps.is_empty()).then_some(plan)
    });
    chains.collect()
}

fn plan(case: &Case<'_, '_>, rows: &[Match<'_>], roster: &Roster, desk: &Desk) -> ChainPlan {
    let row = rows
        .iter()
        .find(|one| case.actions_of(one.direction).any(|of| of == desk));
    let steps = row.map_or(&[][..], |one| &one.row.escalation);
    let numbered = (1..).zip(steps);
    let steps = numbered.filter_map(|(number, step)| {
        let leads = row::stand_ins(case, roster, desk, step.to);
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

/// Makes the step to a deputy the one that is taken at once, or adds one.
fn hurry(
    case: &Case<'_, '_>,
    rows: &[Match<'_>],
    (roster, desk): (&Roster, &Desk),
    plan: &mut ChainPlan,
    stand_in: Option<Desk>,
) {
    let addressed = |desk: &Desk| case.header.is_addressed(desk) && *desk != case.header.sender;
    let takes_part = |desk: &Desk| case.takes_part(roster, desk);
    let stand_in = stand_in.filter(|d| addressed(d) && takes_part(d));
    let deputies = row::stand_ins(case, roster, desk, StepTo::Deputy);
    let deputy = stand_in.or_else(|| deputies.into_iter().find(|d| addressed(d)));
    let Some(to) = deputy else { return };
    let row = rows
        .iter()
        .find(|one| case.actions_of(one.direction).any(|of| of == desk));
    let steps = row.map_or(&[][..], |one| &one.row.escalation);
    let numbered = (1_u8..).zip(steps);
    let mut to_deputy = numbered.filter(|(_, step)| step.to == StepTo::Deputy);
    let number = to_deputy.next().map_or(UNNAMED_STEP, |(number, _)| number);
    match plan.steps.iter_mut().find(|step| step.number == number) {
        Some(step) => step.to = to,
        None => plan.steps.insert(
            0,
            PlannedStep {
                number,
                after: 0,
                to,
            },
        ),
    }
    plan.at_once = Some(number);
}
