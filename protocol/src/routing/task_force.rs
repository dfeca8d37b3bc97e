//! A message to a task force. Spec: routing.md, Task forces.

use super::case::Case;
use super::demand;
use crate::admission::{Refusal, Side};
use crate::code::ErrorCode;

pub(super) fn judge(case: &Case<'_, '_>) -> Result<(), Refusal> {
    let Some(name) = &case.header.task_force else {
        return Ok(());
    };
    // TSK-1
    let task_force = case
        .world
        .accord
        .and_then(|(_, rules)| rules.task_force(name))
        .ok_or(Refusal::new(ErrorCode::TaskForceUnknown, "TSK-1"))?;
    let members = &task_force.members;
    // TSK-2
    let sender = &case.header.sender;
    demand(
        members.contains(sender),
        ErrorCode::TaskForceUnknown,
        "TSK-2",
    )?;
    // TSK-3
    let mut others = members
        .iter()
        .filter(|desk| *desk != sender)
        .filter(|desk| case.side == Side::Egress || desk.agency() == *case.world.own);
    let all = others.all(|member| case.informs(|desk| desk == member));
    demand(all, ErrorCode::MemberMissing, "TSK-3")?;
    // TSK-4
    let only = case.actions().all(|desk| members.contains(desk));
    demand(only, ErrorCode::MemberMissing, "TSK-4")
}
