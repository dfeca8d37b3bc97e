//! Cases of DTY-4 to DTY-7 and DTY-11: who stands in, and who must not be named.

use super::super::case::Case;
use super::scene::{H, absent, after, hours, input, off_hours, post, said, says, taken, with};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    [standing_in(), ways(), judged()]
        .into_iter()
        .flatten()
        .collect()
}

fn stands_in(id: &'static str, objects: &[Vec<u8>], unit: Option<&str>) -> Case {
    let stand_in = unit.map(|unit| post(unit).as_str().to_owned());
    let case = Case::valid(id, &["DTY-11"], input(objects)).expect("/stand_in", json!(stand_in));
    match unit {
        None => case.flag("Deputy"),
        Some(_) => case,
    }
}

fn away(unit: &str, deputy: &str) -> Vec<u8> {
    says(unit, absent(8 * H, Some(deputy)))
}

fn standing_in() -> Vec<Case> {
    let off = |unit| says(unit, off_hours());
    let gone = |unit| says(unit, absent(8 * H, None));
    vec![
        stands_in("staffed-needs-none", &[says("field", taken(8 * H))], None),
        stands_in("unknown-needs-none", &[], None),
        stands_in(
            "deputy-of-the-absence",
            &[away("field", "west")],
            Some("west"),
        ),
        stands_in("absence-without-a-deputy", &[gone("field")], None),
        stands_in("off-hours-first-deputy", &[off("field")], Some("north")),
        stands_in(
            "off-hours-second-deputy",
            &[off("field"), gone("north")],
            Some("south"),
        ),
        stands_in(
            "off-hours-first-deputy-off-too",
            &[off("field"), off("north")],
            Some("south"),
        ),
        stands_in(
            "off-hours-nobody",
            &[off("field"), gone("north"), gone("south")],
            None,
        ),
        stands_in(
            "off-hours-deputy-has-taken-it",
            &[off("field"), off("north"), says("north", taken(8 * H))],
            Some("north"),
        ),
        stands_in("off-hours-without-deputies", &[off("west")], None),
        Case::valid(
            "off-hours-of-a-desk-without-deputies",
            &["DTY-11"],
            with(input(&[off("west")]), "desk", post("west").as_str()),
        )
        .expect("/staffing", "off-hours".into())
        .expect("/stand_in", Value::Null)
        .flag("Deputy"),
        Case::valid(
            "deputy-once-the-absence-is-over",
            &["DTY-11"],
            with(input(&[away("field", "west")]), "at", after(8 * H).0),
        )
        .expect("/stand_in", Value::Null)
        .flag("Deputy"),
    ]
}

/// A deputy that is not staffed itself.
fn ways() -> Vec<Case> {
    let gone = |unit| says(unit, absent(8 * H, None));
    vec![
        stands_in(
            "deputy-s-deputy",
            &[away("field", "west"), away("west", "east")],
            Some("east"),
        ),
        stands_in(
            "deputy-off-hours-and-its-deputy",
            &[away("field", "north"), says("north", off_hours())],
            Some("south"),
        ),
        stands_in(
            "deputy-absent-without-a-deputy",
            &[away("field", "west"), gone("west")],
            None,
        ),
        stands_in(
            "way-of-three",
            &[
                away("field", "west"),
                away("west", "east"),
                away("east", "far"),
            ],
            Some("far"),
        ),
        stands_in(
            "way-of-four",
            &[
                away("field", "west"),
                away("west", "east"),
                away("east", "far"),
                away("far", "north"),
            ],
            Some("north"),
        ),
        stands_in(
            "way-of-five",
            &[
                away("field", "west"),
                away("west", "east"),
                away("east", "far"),
                away("far", "north"),
                away("north", "south"),
            ],
            None,
        ),
        stands_in(
            "way-back",
            &[away("field", "west"), away("west", "field")],
            None,
        ),
        stands_in(
            "way-round-without-the-desk",
            &[
                away("field", "west"),
                away("west", "east"),
                away("east", "west"),
            ],
            None,
        ),
        stands_in(
            "way-by-the-later-word",
            &[
                away("field", "west"),
                said("west", 2, absent(8 * H, Some("east"))),
                says("west", taken(8 * H)),
            ],
            Some("west"),
        ),
    ]
}

/// As the relay of the desk's agency judges.
fn judged() -> Vec<Case> {
    let judged = |objects: &[Vec<u8>]| with(input(objects), "judged", true);
    let good = |id, requirements, objects: &[Vec<u8>], unit: &str| {
        Case::valid(id, requirements, judged(objects))
            .expect("/stand_in", post(unit).as_str().into())
    };
    let bad = |id, requirements, base, mutation, reason, objects: &[Vec<u8>]| {
        let (fault, verdict) = ((base, mutation), ("policy", reason));
        Case::invalid(id, requirements, fault, verdict, judged(objects)).flag("Deputy")
    };
    let nowhere = away("field", "nowhere");
    let staffed = "judged-deputy-is-staffed";
    let unknown = "judged-deputy-of-which-nothing-is-known";
    vec![
        good(
            staffed,
            &["DTY-4", "DTY-5"],
            &[says("west", taken(8 * H)), away("field", "west")],
            "west",
        ),
        good(
            unknown,
            &["DTY-5", "DTY-10"],
            &[away("field", "west")],
            "west",
        ),
        good(
            "judged-deputy-within-a-shift",
            &["DTY-5"],
            &[says("west", hours(&[(8, 40)])), away("field", "west")],
            "west",
        ),
        Case::valid(
            "judged-without-a-deputy",
            &["DTY-5"],
            judged(&[says("field", absent(8 * H, None))]),
        )
        .expect("/staffing", "absent".into()),
        bad(
            "judged-deputy-not-listed",
            &["DTY-4"],
            unknown,
            "a deputy that the roster does not list",
            "deputy-unknown",
            std::slice::from_ref(&nowhere),
        ),
        bad(
            "judged-deputy-absent",
            &["DTY-5"],
            staffed,
            "the deputy is absent",
            "not-staffed",
            &[says("west", absent(8 * H, None)), away("field", "west")],
        ),
        bad(
            "judged-deputy-absent-with-a-deputy",
            &["DTY-5"],
            staffed,
            "the deputy is absent and names one of its own",
            "not-staffed",
            &[away("west", "east"), away("field", "west")],
        ),
        bad(
            "judged-deputy-off-hours",
            &["DTY-5"],
            "judged-deputy-within-a-shift",
            "outside the deputy's hours",
            "not-staffed",
            &[says("west", off_hours()), away("field", "west")],
        ),
        bad(
            "judged-way-back",
            &["DTY-6"],
            unknown,
            "the deputy is absent and names the desk",
            "deputy-cycle",
            &[away("west", "field"), away("field", "west")],
        ),
        bad(
            "judged-long-way-back",
            &["DTY-6"],
            unknown,
            "the desk is named at the end of the way",
            "deputy-cycle",
            &[
                away("west", "east"),
                away("east", "far"),
                away("far", "field"),
                away("field", "west"),
            ],
        ),
        // Others take what that relay passes on.
        Case::valid("passed-on-deputy-not-listed", &["DTY-7"], input(&[nowhere]))
            .expect("/staffing", "absent".into()),
        Case::valid(
            "passed-on-way-back",
            &["DTY-7"],
            input(&[away("west", "field"), away("field", "west")]),
        )
        .expect("/stand_in", Value::Null),
    ]
}
