//! A message of an exercise. Spec: routing.md, Exercises.

use super::case::Case;
use super::demand;
use crate::address::Desk;
use crate::admission::Refusal;
use crate::code::ErrorCode;
use crate::roster::{Exercise, Roster};
use crate::time::UnixMillis;

pub(super) fn judge(case: &Case<'_, '_>, now: UnixMillis) -> Result<(), Refusal> {
    let Some(id) = &case.header.exercise else {
        return Ok(());
    };
    let rosters: Vec<&Roster> = std::iter::once(case.home.clone())
        .chain(case.foreign_agencies())
        .filter_map(|agency| case.roster(&agency))
        .collect();
    // EXR-1
    let known: Option<Vec<&Exercise>> = rosters.iter().map(|roster| roster.exercise(id)).collect();
    let known = known.ok_or(Refusal::new(ErrorCode::ExerciseUnknown, "EXR-1"))?;
    // EXR-2
    let open = known
        .iter()
        .all(|exercise| now >= exercise.not_before && now <= exercise.not_after);
    demand(open, ErrorCode::ExerciseOver, "EXR-2")?;
    let takes_part = |desk: &Desk| {
        let roster = case.roster(&desk.agency());
        roster.is_none_or(|roster| case.takes_part(roster, desk))
    };
    // EXR-3
    let sender = takes_part(&case.header.sender);
    demand(sender, ErrorCode::ExerciseUnknown, "EXR-3")?;
    // EXR-4
    let all = case.header.addressees.iter().all(|a| takes_part(&a.desk));
    demand(all, ErrorCode::ExerciseUnknown, "EXR-4")
}
