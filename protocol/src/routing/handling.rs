//! What markings and grants allow: forwards, replies, what supersedes. Spec: handling.md, Onward.

use super::case::Case;
use super::{Known, demand};
use crate::address::Agency;
use crate::admission::{Refusal, Side};
use crate::code::{ErrorCode, Note};
use crate::crypto::Hash;
use crate::marking::Marking;
use crate::statement::{Claim, Statement, Use};
use crate::time::UnixMillis;

/// Axis of TLP (ENV-6).
const TLP: u16 = 1;
/// TLP amber+strict, and whatever is stricter.
const AMBER_STRICT: u16 = 3;
/// TLP red, and whatever is stricter.
const RED: u16 = 4;

pub(super) fn judge(
    case: &Case<'_, '_>,
    statements: &[Statement],
    now: UnixMillis,
) -> Result<Option<Note>, Refusal> {
    let header = case.header;
    let known: Vec<(&Hash, Option<&Known>)> = header
        .encloses
        .iter()
        .map(|digest| (digest, case.world.known.get(digest)))
        .collect();
    let unknown = known.iter().any(|(_, known)| known.is_none());
    // HND-1, HND-9
    let all = case.side == Side::Ingress || !unknown;
    demand(all, ErrorCode::EnclosureUnknown, "HND-1")?;
    let known: Vec<(&Hash, &Known)> = known
        .into_iter()
        .filter_map(|(digest, known)| Some((digest, known?)))
        .collect();
    let others = || {
        known
            .iter()
            .filter(|(_, known)| known.sender != header.sender)
    };
    // HND-2
    let granted = others().all(|(digest, known)| {
        let mut statements = statements.iter();
        statements.any(|said| is_grant(case, said, digest, known, now))
    });
    demand(granted, ErrorCode::GrantMissing, "HND-2")?;
    // HND-3
    let kept = |marking: &Marking| {
        let own = header.marking.iter().find(|own| own.axis == marking.axis);
        own.map_or(0, |own| own.code) >= marking.code
    };
    let strict = known
        .iter()
        .all(|(_, known)| known.marking.iter().all(kept));
    demand(strict, ErrorCode::MarkingWeakened, "HND-3")?;
    // HND-4
    let tlp = |known: &Known| known.marking.iter().find(|m| m.axis == TLP).map(|m| m.code);
    let red = others().any(|(_, known)| tlp(known) >= Some(RED));
    demand(!red, ErrorCode::NotForOnward, "HND-4")?;
    // HND-5
    let strict = others().any(|(_, known)| tlp(known) >= Some(AMBER_STRICT));
    let at_home = header.agencies().all(|agency| agency == case.home);
    demand(!strict || at_home, ErrorCode::NotForOnward, "HND-5")?;
    // HND-6
    let parent = header
        .in_reply_to
        .as_ref()
        .and_then(|d| case.world.known.get(d));
    let same = parent.is_none_or(|parent| parent.status == header.status);
    demand(same, ErrorCode::StatusChanged, "HND-6")?;
    // HND-7
    let same = known.iter().all(|(_, known)| known.status == header.status);
    demand(same, ErrorCode::StatusChanged, "HND-7")?;
    // HND-8
    let older = header
        .supersedes
        .as_ref()
        .and_then(|d| case.world.known.get(d));
    let own = older.is_none_or(|older| older.sender == header.sender);
    demand(own, ErrorCode::NotTheOriginator, "HND-8")?;
    Ok(unknown.then_some(Note::GRANT_UNVERIFIED))
}

// HND-2
fn is_grant(
    case: &Case<'_, '_>,
    said: &Statement,
    digest: &Hash,
    known: &Known,
    now: UnixMillis,
) -> bool {
    let Claim::Granted { on, to, until } = &said.claim else {
        return false;
    };
    let originator = known.sender.agency();
    let covered = |agency: &Agency| *agency == originator || to.contains(agency);
    *on == Use::Onward
        && said.subject == *digest
        && said.signer.desk.as_ref() == Some(&known.sender)
        && until.is_none_or(|until| now <= until)
        && case.header.agencies().all(|agency| covered(&agency))
}
