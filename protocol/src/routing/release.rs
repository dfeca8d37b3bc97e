//! Who must let a message go, and whether they have. Spec: release.md.

use super::case::Case;
use super::{Match, World, demand, row};
use crate::address::Desk;
use crate::admission::{Refusal, Side};
use crate::code::ErrorCode;
use crate::envelope::{Header, Role};
use crate::precedence::Precedence;
use crate::rules::Release;
use crate::statement::{Claim, Statement};
use std::collections::BTreeSet;

/// What the releases come to.
pub(super) struct Weighed {
    /// Why the message may not go yet.
    pub(super) lacks: Option<Refusal>,
    /// The lowest precedence that counted releases name (REL-14).
    pub(super) precedence: Option<Precedence>,
    /// The shortest time for which a row lets the message be held, in milliseconds.
    pub(super) within: Option<u64>,
}

/// Weighs the releases for every row that demands one (REL-9).
pub(super) fn weigh(
    case: &Case<'_, '_>,
    rows: &[Match<'_>],
    statements: &[Statement],
) -> Result<Weighed, Refusal> {
    let mut weighed = Weighed {
        lacks: None,
        precedence: None,
        within: None,
    };
    let mut releases: Vec<(&Statement, &Desk, Precedence)> = statements
        .iter()
        .filter_map(|said| match (&said.claim, &said.signer.desk) {
            (Claim::Released { precedence, .. }, Some(desk)) => Some((said, desk, *precedence)),
            _ => None,
        })
        .collect();
    releases.sort_by_key(|(said, desk, precedence)| (said.at, *desk, *precedence));
    for one in rows.iter().filter(|one| is_demanded(case, one.row.release)) {
        let may = releasers(case, one.row.release);
        let needed = needed(one.row.release);
        // REL-1
        demand(may.len() >= needed, ErrorCode::ReleaserMissing, "REL-1")?;
        // REL-8
        let refused = statements.iter().any(|said| {
            matches!(said.claim, Claim::ReleaseRefused { .. })
                && said
                    .signer
                    .desk
                    .as_ref()
                    .is_some_and(|desk| may.contains(&desk))
        });
        demand(!refused, ErrorCode::ReleaseRefused, "REL-8")?;
        let judged = releases.iter().map(|(_, desk, precedence)| {
            let judged = judge_one(case, rows, one.row.release, desk, *precedence);
            (*desk, *precedence, judged)
        });
        let (good, bad): (Vec<_>, Vec<_>) = judged.partition(|(_, _, judged)| judged.is_ok());
        let desks: BTreeSet<&Desk> = good.iter().map(|(desk, _, _)| *desk).collect();
        if desks.len() >= needed {
            let lowest = good.iter().map(|(_, precedence, _)| *precedence).min();
            weighed.precedence = weighed.precedence.into_iter().chain(lowest).min();
            continue;
        }
        weighed.within = weighed
            .within
            .into_iter()
            .chain(one.row.release_within)
            .min();
        // REL-9
        let first = bad.into_iter().find_map(|(_, _, judged)| judged.err());
        let clause = if desks.is_empty() { "REL-2" } else { "REL-7" };
        let lacks = first.unwrap_or(Refusal::new(ErrorCode::ReleaseMissing, clause));
        weighed.lacks = weighed.lacks.or(Some(lacks));
    }
    Ok(weighed)
}

/// Judges one release or refusal of a release by itself, as egress does when it comes (REL-12).
///
/// # Errors
/// The clause that it breaks; REL-2 where no row demands a release. Its signer is at fault.
pub fn judge(
    header: &Header,
    said: &Statement,
    world: &World<'_>,
    side: Side,
) -> Result<(), Refusal> {
    let case = Case::new(header, world, side);
    let rows = case.matches()?;
    let (precedence, desk) = match (&said.claim, &said.signer.desk) {
        (Claim::Released { precedence, .. }, Some(desk)) => (*precedence, desk),
        // Whoever may not release at all may not refuse it either.
        (Claim::ReleaseRefused { .. }, Some(desk)) => (Precedence::Routine, desk),
        _ => return Err(Refusal::new(ErrorCode::ReleaseInvalid, "REL-2")),
    };
    let mut verdict = Err(Refusal::new(ErrorCode::ReleaseMissing, "REL-2"));
    for one in rows
        .iter()
        .filter(|one| is_demanded(&case, one.row.release))
    {
        // It is good when it counts for one of the rows.
        verdict = judge_one(&case, &rows, one.row.release, desk, precedence);
        if verdict.is_ok() {
            break;
        }
    }
    verdict
}

// REL-3 to REL-6
fn judge_one(
    case: &Case<'_, '_>,
    rows: &[Match<'_>],
    release: Release,
    desk: &Desk,
    precedence: Precedence,
) -> Result<(), Refusal> {
    let header = case.header;
    let own = *desk == header.sender;
    demand(!own, ErrorCode::ReleaseInvalid, "REL-3")?;
    let entry = case.home_roster().and_then(|roster| roster.desk(desk));
    let may = entry.is_some_and(|entry| entry.may_originate(header.format, precedence));
    let named = names(case, release, desk);
    demand(may && named, ErrorCode::AuthorityMissing, "REL-4")?;
    let addressed = case.informs(|other| other == desk);
    demand(addressed, ErrorCode::ReleaseInvalid, "REL-5")?;
    // REL-6
    if precedence > header.precedence {
        let mut raised = header.clone();
        raised.precedence = precedence;
        let raised = Case::new(&raised, case.world, case.side);
        let accepts = raised.matches().and_then(|above| {
            row::judge_all(&raised, &above)?;
            // Who releases by a milder row must not pass a stricter one by raising.
            let own = demanded(case, rows);
            let kept = demanded(&raised, &above).is_subset(&own);
            demand(kept, ErrorCode::Replan, "REL-6")
        });
        demand(accepts.is_ok(), ErrorCode::Replan, "REL-6")?;
    }
    Ok(())
}

/// The releases that rows demand of this sender.
fn demanded(case: &Case<'_, '_>, rows: &[Match<'_>]) -> BTreeSet<Release> {
    let releases = rows.iter().map(|one| one.row.release);
    releases
        .filter(|release| is_demanded(case, *release))
        .collect()
}

/// Whether a release is demanded of this sender.
fn is_demanded(case: &Case<'_, '_>, release: Release) -> bool {
    let sender = &case.header.sender;
    match release {
        Release::None => false,
        Release::Superior => case.superior_unit(sender).is_some(),
        Release::Gateway => !case.is_gateway_desk(sender),
        Release::TwoPerson => true,
    }
}

const fn needed(release: Release) -> usize {
    match release {
        Release::None => 0,
        Release::Superior | Release::Gateway => 1,
        Release::TwoPerson => 2,
    }
}

/// Whether a row's release names a desk of the sender's agency.
fn names(case: &Case<'_, '_>, release: Release, desk: &Desk) -> bool {
    match release {
        Release::None => false,
        Release::Superior => {
            let superior = case.superior_unit(&case.header.sender);
            superior.is_some_and(|unit| desk.unit() == unit)
        }
        Release::Gateway => case.is_gateway_desk(desk),
        Release::TwoPerson => true,
    }
}

/// Whether a desk may release at some precedence, addressed or not.
pub(super) fn may_release(case: &Case<'_, '_>, release: Release, desk: &Desk) -> bool {
    let roster = case.home_roster();
    let entry = roster.and_then(|roster| roster.desk(desk));
    *desk != case.header.sender
        && names(case, release, desk)
        && entry.is_some_and(|e| e.may_originate(case.header.format, Precedence::Routine))
}

/// How many desks a row's release still wants addressed.
pub(super) fn wanted(case: &Case<'_, '_>, release: Release) -> usize {
    if is_demanded(case, release) {
        needed(release).saturating_sub(releasers(case, release).len())
    } else {
        0
    }
}

fn releasers<'a>(case: &Case<'a, '_>, release: Release) -> Vec<&'a Desk> {
    let told = case
        .header
        .addressees
        .iter()
        .filter(|a| a.role != Role::Standby);
    told.map(|a| &a.desk)
        .filter(|desk| may_release(case, release, desk))
        .collect()
}

pub(super) fn addressed_releasers(case: &Case<'_, '_>, rows: &[Match<'_>]) -> Vec<Desk> {
    let demanded = demanded(case, rows).into_iter();
    let desks: BTreeSet<&Desk> = demanded.flat_map(|r| releasers(case, r)).collect();
    desks.into_iter().cloned().collect()
}
