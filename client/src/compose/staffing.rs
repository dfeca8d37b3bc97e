//! Whether those who must act are there, and who stands in. Spec: duty.md, Staffed.

use crate::account::Account;
use estafette_protocol::address::Desk;
use estafette_protocol::duty::Staffing;
use estafette_protocol::envelope::{Addressee, Header, Role};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::time::UnixMillis;

/// A desk that must act and is not staffed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// The desk.
    pub desk: Desk,
    /// Since when and until when.
    pub staffing: Staffing,
    /// Who stands in.
    pub stand_in: Option<Desk>,
    /// Whether the stand-in was addressed for that reason.
    pub is_added: bool,
}

/// Who of those that must act is not staffed; of a flash their stand-ins are addressed as standby.
// DTY-12
pub(super) fn settle(account: &Account, header: &mut Header, now: UnixMillis) -> Vec<Absence> {
    let at = header.not_before.unwrap_or(now).max(now);
    let mut absences = absences(account, header, at);
    if header.precedence != Precedence::Flash {
        return absences;
    }
    for absence in &mut absences {
        let Some(stand_in) = &absence.stand_in else {
            continue;
        };
        let takes_part = takes_part(account, header, stand_in);
        if takes_part && !header.is_addressed(stand_in) && *stand_in != header.sender {
            header.addressees.push(Addressee {
                desk: stand_in.clone(),
                role: Role::Standby,
            });
            absence.is_added = true;
        }
    }
    // ENV-2
    header.addressees.sort_by(|a, b| a.desk.cmp(&b.desk));
    absences
}

fn absences(account: &Account, header: &Header, at: UnixMillis) -> Vec<Absence> {
    let directory = &account.directory;
    let acting = header.addressees.iter().filter(|a| a.role == Role::Action);
    let absences = acting.filter_map(|addressee| {
        let staffing = directory.staffing(&addressee.desk, at);
        // DTY-10
        (!staffing.is_staffed()).then(|| Absence {
            desk: addressee.desk.clone(),
            staffing,
            stand_in: directory.stand_in(&addressee.desk, at),
            is_added: false,
        })
    });
    absences.collect()
}

/// Whether an exercise may reach a desk (EXR-5).
fn takes_part(account: &Account, header: &Header, desk: &Desk) -> bool {
    let Some(id) = &header.exercise else {
        return true;
    };
    let roster = account.directory.newest_roster(&desk.agency());
    let exercise = roster.and_then(|roster| roster.value().exercise(id));
    exercise.is_some_and(|exercise| exercise.participants.contains(desk))
}
