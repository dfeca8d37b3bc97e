//! Whether a desk is staffed, and who stands in for it. Spec: duty.md.

use super::{Applied, CLOCK_AHEAD_MS, Directory, DirectoryError, Held};
use crate::address::{Agency, Desk};
use crate::duty::{Duties, Duty, Entry, Staffing};
use crate::time::UnixMillis;
use std::sync::Arc;

/// How many desks a way of stand-ins may have (DTY-11).
const STAND_INS_MAX: usize = 4;

impl Directory {
    pub(super) fn apply_duty(
        &mut self,
        held: Held<Duty>,
        now: UnixMillis,
    ) -> Result<Applied, DirectoryError> {
        let duty = held.value();
        let (desk, issued) = (&duty.desk, duty.issued);
        let (name, place) = (duty_name(duty), (desk.clone(), duty.entry.tag()));
        let before = self.duties.get(&place);
        if before.is_some_and(|before| before.hash() == held.hash()) {
            return Ok(held.applied(name, issued.0, false));
        }
        // DTY-2
        let listed = self.roster_of(&desk.agency())?.desk(desk).is_some();
        if !listed {
            return Err(DirectoryError::DeskUnknown);
        }
        self.check_by(&held.signed, (desk, &duty.by), now)?;
        // DTY-3
        if issued > now.plus(CLOCK_AHEAD_MS) {
            return Err(DirectoryError::CreatedInFuture);
        }
        if before.is_some_and(|before| issued <= before.value().issued) {
            return Err(DirectoryError::DutyOlder);
        }
        let applied = held.applied(name, issued.0, true);
        self.duties.insert(place, Arc::new(held));
        Ok(applied)
    }

    /// Judges whom an absence names as deputy, as the relay of its agency does before it takes the
    /// absence up.
    ///
    /// # Errors
    /// The deputy is not listed, not staffed, or leads back to the desk. Whoever signed is at fault.
    // DTY-4 to DTY-7
    pub fn check_deputy(&self, duty: &Duty) -> Result<(), DirectoryError> {
        let Entry::Absent {
            deputy: Some(deputy),
            ..
        } = &duty.entry
        else {
            return Ok(());
        };
        if self.roster_of(&deputy.agency())?.desk(deputy).is_none() {
            return Err(DirectoryError::DeputyUnknown);
        }
        let mut way = vec![&duty.desk];
        let mut next = Some(deputy);
        while let Some(desk) = next {
            if *desk == duty.desk {
                return Err(DirectoryError::DeputyCycle);
            }
            if way.contains(&desk) {
                break;
            }
            way.push(desk);
            next = self.deputy_of(desk, duty.issued);
        }
        match self.staffing(deputy, duty.issued).is_staffed() {
            true => Ok(()),
            false => Err(DirectoryError::NotStaffed),
        }
    }

    /// The deputy that an absence of a desk in force names.
    fn deputy_of(&self, desk: &Desk, at: UnixMillis) -> Option<&Desk> {
        match &self.duties(desk).absence(at)?.entry {
            Entry::Absent { deputy, .. } => deputy.as_ref(),
            _ => None,
        }
    }

    /// The newest duties of a desk.
    #[must_use]
    pub fn duties(&self, desk: &Desk) -> Duties<'_> {
        let newest = |tag: u8| {
            let held = self.duties.get(&(desk.clone(), tag));
            held.map(|held| held.value())
        };
        Duties {
            hours: newest(0),
            taken: newest(1),
            absent: newest(2),
        }
    }

    /// Whether a desk is staffed at a time.
    #[must_use]
    pub fn staffing(&self, desk: &Desk, at: UnixMillis) -> Staffing {
        self.duties(desk).staffing(at)
    }

    /// Who acts for a desk that is not staffed.
    // DTY-11
    #[must_use]
    pub fn stand_in(&self, desk: &Desk, at: UnixMillis) -> Option<Desk> {
        let mut way = vec![desk.clone()];
        for _ in 0..STAND_INS_MAX {
            let last = way.last()?;
            let next = match self.staffing(last, at) {
                Staffing::Staffed { .. } | Staffing::Unknown => break,
                Staffing::Absent { .. } => self.deputy_of(last, at).cloned(),
                Staffing::OffHours { .. } => self.staffed_deputy(last, at),
            };
            let next = next.filter(|next| !way.contains(next))?;
            way.push(next);
        }
        let last = way.pop()?;
        let stands = !way.is_empty() && self.staffing(&last, at).is_staffed();
        stands.then_some(last)
    }

    fn staffed_deputy(&self, desk: &Desk, at: UnixMillis) -> Option<Desk> {
        let roster = self.newest_roster(&desk.agency())?.value();
        let mut deputies = roster.desk(desk)?.deputies.iter();
        let deputy = deputies.find(|deputy| self.staffing(deputy, at).is_staffed());
        deputy.cloned()
    }

    /// Forgets the duties of desks that the newest roster does not list.
    pub(super) fn prune_duties(&mut self, agency: &Agency) {
        let Some(shelf) = self.rosters.get(agency) else {
            return;
        };
        let newest = shelf.newest.value();
        self.duties
            .retain(|(desk, _), _| desk.agency() != *agency || newest.desk(desk).is_some());
    }
}

/// Name of a duty in a holding: its desk and entry.
// DTY-9
pub(super) fn duty_name(duty: &Duty) -> String {
    format!("{}/{}", duty.desk, duty.entry.word())
}
