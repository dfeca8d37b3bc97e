//! Cases of `admit` about what a relay holds: the accord's terms, authority, and objects that came
//! later.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "tables of cases, on values of our own making"
)]

use super::{Court, Draft, NOW, given};
use crate::vectors::case::Case;
use estafette_protocol::accord::Accord;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{FixedBytes, Signed};
use estafette_protocol::envelope::Header;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::roster::Revocation;
use estafette_protocol::suspension::Suspension;
use estafette_protocol::time::{DAY_MS, HOUR_MS};

/// What the accord and the sender's authority allow.
pub(super) fn terms(draft: &Draft) -> Vec<Case> {
    let case = |id, requirements, mutation, reason, change: &dyn Fn(&mut Header)| {
        let mut draft = draft.clone();
        change(&mut draft.header);
        let input = given(&draft.envelope(), NOW, &[]);
        let fault = (("admit-egress", mutation), ("policy", reason));
        Case::invalid(id, requirements, fault.0, fault.1, input)
    };
    let mut week = draft.clone();
    week.header.expires = NOW.plus(7 * DAY_MS);
    let mut marked = draft.clone();
    marked.header.marking = [(1, 2), (3, 0), (4, 1)]
        .map(|(axis, code)| Marking { axis, code })
        .to_vec();
    let ok = |id, requirements, draft: &Draft| {
        Case::valid(id, requirements, given(&draft.envelope(), NOW, &[]))
    };
    vec![
        ok("admit-7-days", &["ADM-16"], &week),
        ok("admit-at-ceiling", &["ADM-15", "ACC-3"], &marked),
        case(
            "admit-format",
            &["ADM-13"],
            "format 6, which the accord does not list",
            "ADM-13",
            &|h| h.format = 6,
        ),
        case(
            "admit-format-version",
            &["ADM-13"],
            "version 2 of the format",
            "ADM-13",
            &|h| h.format_version = 2,
        ),
        case(
            "admit-marking",
            &["ADM-15", "ACC-3"],
            "one code above the ceiling",
            "ADM-15",
            &|h| h.marking[0].code = 3,
        ),
        case(
            "admit-marking-axis",
            &["ADM-15", "ACC-3"],
            "an axis that the ceiling does not name",
            "ADM-15",
            &|h| h.marking = vec![Marking { axis: 3, code: 1 }],
        ),
        case(
            "admit-8-days",
            &["ADM-16"],
            "expires 1 ms after 7 days",
            "ADM-16",
            &|h| h.expires = h.created.plus(7 * DAY_MS + 1),
        ),
    ]
}

/// What changes in the directory.
pub(super) fn directory(court: &Court, draft: &Draft) -> Vec<Case> {
    let (border, police) = (&court.world.border, &court.world.police);
    let good = draft.envelope();
    let suspension = |device: usize, by: usize| {
        let value = Suspension {
            agency: border.agency.clone(),
            device: border.devices[device].key.verifying_key().id(),
            desk: border.devices[device].desk.clone(),
            by: border.devices[by].desk.clone(),
            reason: 1,
            at: NOW,
        };
        Signed::sign(value, &[&border.devices[by].key])
            .unwrap()
            .encode()
            .unwrap()
    };
    let newer = Court::roster(police, |_| {}).encode().unwrap();
    let revoking = Court::roster(border, |roster| {
        let id = border.devices[0].key.verifying_key().id();
        for desk in &mut roster.desks {
            desk.devices.retain(|device| device.key.id() != id);
        }
        roster.revoked = vec![Revocation { key: id, at: NOW }];
    });
    let routine = Court::roster(border, |roster| {
        for authority in roster
            .desks
            .iter_mut()
            .flat_map(|desk| &mut desk.authorities)
        {
            authority.precedence = Precedence::Routine;
        }
    });
    let under = |roster: Hash, change: &dyn Fn(&mut Header)| {
        let mut draft = draft.clone();
        draft.header.roster = roster;
        change(&mut draft.header);
        draft.envelope()
    };
    let mut old_accord = draft.clone();
    old_accord.header.accord = Some(
        Signed::<Accord>::decode(&court.world.accord)
            .unwrap()
            .hash(),
    );
    old_accord.header.expires = NOW.plus(6 * DAY_MS);
    let old_accord = old_accord.envelope();
    let mut long = draft.clone();
    long.header.expires = NOW.plus(6 * DAY_MS);
    let long = long.envelope();
    // ADM-26
    let deferred = |roster: Option<Hash>| {
        let mut draft = draft.clone();
        draft.header.roster = roster.unwrap_or(draft.header.roster);
        draft.header.not_before = Some(NOW.plus(4 * DAY_MS));
        draft.header.expires = NOW.plus(6 * DAY_MS);
        draft.envelope()
    };
    let (on_time, late) = (NOW.plus(72 * HOUR_MS), NOW.plus(72 * HOUR_MS + 1));
    let authority = |precedence| {
        let roster = routine.encode().unwrap();
        let envelope = under(routine.hash(), &|h| h.precedence = precedence);
        given(&envelope, NOW, &[roster])
    };
    let bad = |id, requirements, base, mutation, verdict, input| {
        Case::invalid(id, requirements, (base, mutation), verdict, input)
    };
    vec![
        Case::valid(
            "admit-superseded-roster",
            &["ADM-11"],
            given(&long, on_time, std::slice::from_ref(&newer)),
        ),
        Case::valid(
            "admit-deferred",
            &["ENV-20"],
            given(&deferred(None), NOW, &[]),
        ),
        Case::valid(
            "admit-deferred-past-its-rosters",
            &["ADM-26"],
            given(&deferred(None), late, std::slice::from_ref(&newer)),
        ),
        Case::valid(
            "admit-deferred-roster-not-held",
            &["ADM-26"],
            given(&deferred(Some(FixedBytes([8; 32]))), late, &[]),
        ),
        bad(
            "admit-deferred-roster-not-held-yet",
            &["ADM-26"],
            "admit-deferred-roster-not-held",
            "1 ms sooner",
            ("freshness", "ADM-11"),
            given(&deferred(Some(FixedBytes([8; 32]))), on_time, &[]),
        ),
        bad(
            "admit-deferred-device-gone",
            &["ADM-26", "ADM-4"],
            "admit-deferred-past-its-rosters",
            "the roster that stands in for the sender's no longer lists the device",
            ("trust", "ADM-4"),
            given(&deferred(None), late, &[revoking.encode().unwrap()]),
        ),
        Case::valid(
            "admit-superseded-accord",
            &["ADM-9", "ACC-5"],
            given(&old_accord, on_time, &[]),
        ),
        Case::valid(
            "admit-authority",
            &["ADM-14"],
            authority(Precedence::Routine),
        ),
        Case::valid(
            "admit-other-device-suspended",
            &["ADM-5"],
            given(&good, NOW, &[suspension(1, 0)]),
        ),
        bad(
            "admit-roster-replaced",
            &["ADM-11", "IDN-13"],
            "admit-superseded-roster",
            "1 ms later",
            ("freshness", "ADM-11"),
            given(&long, late, &[newer]),
        ),
        bad(
            "admit-accord-replaced",
            &["ADM-9", "ACC-5"],
            "admit-superseded-accord",
            "1 ms later",
            ("freshness", "ADM-9"),
            given(&old_accord, late, &[]),
        ),
        bad(
            "admit-authority-missing",
            &["ADM-14"],
            "admit-authority",
            "precedence priority",
            ("policy", "ADM-14"),
            authority(Precedence::Priority),
        ),
        bad(
            "admit-suspended",
            &["ADM-5"],
            "admit-other-device-suspended",
            "the sending device is suspended",
            ("policy", "ADM-5"),
            given(&good, NOW, &[suspension(0, 1)]),
        ),
        bad(
            "admit-revoked",
            &["ADM-5", "IDN-13"],
            "admit-egress",
            "a newer roster revokes the sending device, and the header names the older one",
            ("policy", "ADM-5"),
            given(&good, NOW, &[revoking.encode().unwrap()]),
        ),
        bad(
            "admit-device-gone",
            &["ADM-4"],
            "admit-egress",
            "the header names the newer roster, which no longer lists the sending device",
            ("trust", "ADM-4"),
            given(
                &under(revoking.hash(), &|_| {}),
                NOW,
                &[revoking.encode().unwrap()],
            ),
        ),
    ]
}
