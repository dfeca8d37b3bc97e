//! Cases of DTY-8, DTY-10 and DTY-13: what the duties of a desk come to at a time.

use super::super::case::Case;
use super::super::world::NOW;
use super::scene::{H, absent, after, hours, input, said, says, shift, taken, with};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    [by_hours(), by_word()].into_iter().flatten().collect()
}

/// What a desk has come to: its staffing, since and until.
fn comes_to(case: Case, word: &str, since: Option<UnixMillis>, until: Option<UnixMillis>) -> Case {
    let time = |time: Option<UnixMillis>| json!(time.map(|time| time.0));
    let case = case
        .expect("/staffing", word.into())
        .expect("/since", time(since))
        .expect("/until", time(until));
    match word {
        "off-hours" | "unknown" => case.flag("Gap"),
        _ => case,
    }
}

fn at(objects: &[Vec<u8>], at: UnixMillis) -> Value {
    with(input(objects), "at", at.0)
}

fn by_hours() -> Vec<Case> {
    // Three shifts: the first two touch, then comes a gap of eight hours.
    let shifts = says("field", hours(&[(8, 16), (16, 24), (32, 40)]));
    let case = |id, hour_at: UnixMillis, word, since, until| {
        let given = at(std::slice::from_ref(&shifts), hour_at);
        comes_to(
            Case::valid(id, &["DTY-10", "DTY-13"], given),
            word,
            since,
            until,
        )
    };
    let (off, on) = ("off-hours", "staffed");
    vec![
        case(
            "before-the-first-shift",
            shift(1),
            off,
            None,
            Some(shift(8)),
        ),
        case(
            "just-before-a-shift",
            shift(8).minus(1),
            off,
            None,
            Some(shift(8)),
        ),
        case("as-a-shift-begins", shift(8), on, None, Some(shift(16))),
        case("within-a-shift", shift(12), on, None, Some(shift(16))),
        case("as-shifts-touch", shift(16), on, None, Some(shift(24))),
        case(
            "just-before-a-gap",
            shift(24).minus(1),
            on,
            None,
            Some(shift(24)),
        ),
        case(
            "as-a-gap-begins",
            shift(24),
            off,
            Some(shift(24)),
            Some(shift(32)),
        ),
        case(
            "within-a-gap",
            shift(30),
            off,
            Some(shift(24)),
            Some(shift(32)),
        ),
        case("as-a-gap-ends", shift(32), on, None, Some(shift(40))),
        case("as-the-last-shift-ends", shift(40), "unknown", None, None),
        case(
            "long-after-the-last-shift",
            shift(4_000),
            "unknown",
            None,
            None,
        ),
        comes_to(
            Case::valid("nothing-said", &["DTY-10"], input(&[])),
            "unknown",
            None,
            None,
        ),
        comes_to(
            Case::valid(
                "of-a-desk-that-nobody-knows",
                &["DTY-10"],
                with(input(&[]), "desk", "duty@nowhere.police.xa"),
            ),
            "unknown",
            None,
            None,
        ),
    ]
}

fn by_word() -> Vec<Case> {
    let case = |id, objects: &[Vec<u8>], when, word, since, until| {
        comes_to(
            Case::valid(id, &["DTY-8"], at(objects, when)),
            word,
            since,
            until,
        )
    };
    let open = says("field", hours(&[(8, 40)]));
    let shut = says("field", hours(&[(0, 8), (40, 48)]));
    let until = |hour| Some(after(hour * H));
    vec![
        case(
            "taken-now",
            &[says("field", taken(8 * H))],
            NOW,
            "staffed",
            None,
            until(8),
        ),
        case(
            "taken-off-hours",
            &[shut.clone(), says("field", taken(8 * H))],
            NOW,
            "staffed",
            None,
            until(8),
        ),
        case(
            "taken-is-over",
            &[says("field", taken(8 * H))],
            after(8 * H),
            "unknown",
            None,
            None,
        ),
        case(
            "taken-nearly-over",
            &[says("field", taken(8 * H))],
            after(8 * H - 1),
            "staffed",
            None,
            until(8),
        ),
        case(
            "taken-is-over-off-hours",
            &[shut.clone(), says("field", taken(8 * H))],
            after(8 * H),
            "off-hours",
            Some(shift(8)),
            Some(shift(40)),
        ),
        case(
            "absent-now",
            &[says("field", absent(8 * H, None))],
            NOW,
            "absent",
            Some(NOW),
            until(8),
        ),
        case(
            "absent-within-a-shift",
            &[open.clone(), says("field", absent(8 * H, None))],
            after(H),
            "absent",
            Some(NOW),
            until(8),
        ),
        case(
            "absent-is-over",
            &[open, says("field", absent(8 * H, None))],
            after(8 * H),
            "staffed",
            None,
            Some(shift(40)),
        ),
        case(
            "absent-nearly-over",
            &[says("field", absent(8 * H, None))],
            after(8 * H - 1),
            "absent",
            Some(NOW),
            until(8),
        ),
        case(
            "absent-after-taken",
            &[
                said("field", 2, taken(8 * H)),
                says("field", absent(4 * H, None)),
            ],
            NOW,
            "absent",
            Some(NOW),
            until(4),
        ),
        case(
            "taken-after-absent",
            &[
                said("field", 2, absent(8 * H, None)),
                says("field", taken(4 * H)),
            ],
            NOW,
            "staffed",
            None,
            until(4),
        ),
        case(
            "both-of-one-time",
            &[
                says("field", taken(8 * H)),
                says("field", absent(4 * H, None)),
            ],
            NOW,
            "absent",
            Some(NOW),
            until(4),
        ),
        // What does not hold any more does not come back when the later one is over.
        case(
            "taken-over-absent-does-not-come-back",
            &[
                said("field", 2, absent(8 * H, None)),
                says("field", taken(4 * H)),
            ],
            after(5 * H),
            "unknown",
            None,
            None,
        ),
        case(
            "absent-over-taken-does-not-come-back",
            &[
                said("field", 2, taken(8 * H)),
                says("field", absent(4 * H, None)),
            ],
            after(5 * H),
            "unknown",
            None,
            None,
        ),
        case(
            "absent-over-in-a-gap",
            &[shut, says("field", absent(4 * H, None))],
            after(5 * H),
            "off-hours",
            Some(shift(8)),
            Some(shift(40)),
        ),
        case(
            "of-another-desk",
            &[says("north", absent(8 * H, None))],
            NOW,
            "unknown",
            None,
            None,
        ),
    ]
}
