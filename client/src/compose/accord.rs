//! Under which accord a message goes, and for which task force.
//!
//! Decides by what is in force now; what the accord's table then demands is for `ruling.rs`.

use super::{ComposeError, Draft};
use crate::account::Account;
use estafette_protocol::accord::{AcceptedFormat, Accord};
use estafette_protocol::address::Agency;
use estafette_protocol::admission::Refusal;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::RosterNumber;
use estafette_protocol::rules::TaskForce;
use estafette_protocol::time::UnixMillis;

/// The accord that binds the own agency and those of the rosters, and accepts the format.
pub(super) fn find<'a>(
    account: &'a Account,
    draft: &Draft,
    rosters: &[RosterNumber],
    checked: bool,
    now: UnixMillis,
) -> Result<&'a Signed<Accord>, ComposeError> {
    let (directory, own) = (&account.directory, account.desk().agency());
    let foreign = rosters.iter().map(|roster| roster.agency.clone());
    let agencies: Vec<Agency> = foreign.chain([own.clone()]).collect();
    if let Some((accord, accepted, _)) = directory.accord_between(&agencies, draft.form.format, now)
    {
        return match is_known(account, draft, accepted) || !checked {
            true => Ok(accord),
            false => Err(ComposeError::FormatNotAccepted),
        };
    }
    let mut in_force = directory.accords_in_force(now).map(|(accord, _)| accord);
    let binding = |accord: &&Signed<Accord>| accord.value().binds(&agencies);
    match in_force.find(binding) {
        Some(_) if checked => Err(ComposeError::FormatNotAccepted),
        Some(accord) => Ok(accord),
        None => {
            let parties = directory.parties(now);
            let stranger = agencies
                .iter()
                .find(|a| !parties.contains(*a) && **a != own);
            let agency = stranger.or(agencies.first()).unwrap_or(&own).clone();
            // Unchecked, any accord will do for the relay to refuse it under.
            match directory.accords_in_force(now).next() {
                Some((accord, _)) if !checked => Ok(accord),
                _ => Err(ComposeError::NoAccord { own, agency }),
            }
        }
    }
}

/// The task force that a draft names, and the accord that has it: of several, one that the own desk
/// is a member of.
// TSK-1, TSK-2
pub(super) fn task_force<'a>(
    account: &'a Account,
    draft: &Draft,
    now: UnixMillis,
) -> Result<Option<(&'a Signed<Accord>, &'a TaskForce)>, ComposeError> {
    let Some(name) = &draft.task_force else {
        return Ok(None);
    };
    let directory = &account.directory;
    let named = directory.accords_in_force(now).filter_map(|(signed, _)| {
        let rules = directory.accord_rules(&signed.hash())?;
        Some((signed, rules.task_force(name)?))
    });
    let named: Vec<_> = named.collect();
    let is_member = |force: &TaskForce| force.members.contains(account.desk());
    let unknown = |clause| {
        let refusal = Refusal::new(ErrorCode::TaskForceUnknown, clause);
        ComposeError::Refused(refusal)
    };
    if named.is_empty() {
        return Err(unknown("TSK-1"));
    }
    let mine = named.into_iter().find(|(_, force)| is_member(force));
    Ok(Some(mine.ok_or_else(|| unknown("TSK-2"))?))
}

/// The accord of a task force, which has to accept the format.
pub(super) fn with_task_force<'a>(
    account: &Account,
    draft: &Draft,
    accord: &'a Signed<Accord>,
    checked: bool,
) -> Result<&'a Signed<Accord>, ComposeError> {
    let accepted = accord.value().newest_version(draft.form.format);
    match accepted.is_some_and(|accepted| is_known(account, draft, accepted)) || !checked {
        true => Ok(accord),
        false => Err(ComposeError::FormatNotAccepted),
    }
}

/// Whether the accord means the definition by which the form is filled in.
fn is_known(account: &Account, draft: &Draft, accepted: &AcceptedFormat) -> bool {
    let known = account
        .catalogue
        .format(draft.form.format, draft.form.version);
    known.is_some_and(|known| known.definition == accepted.definition)
}
