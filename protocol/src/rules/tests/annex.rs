//! Tests of annexes: each way of being laxer, beside the nearest that is not.

use super::*;

/// The row of an annex, equal to its framework's, after an edit.
fn faults(edit: Edit) -> Vec<String> {
    let base = rules();
    let mut own = rules();
    edit(&mut own.rows[1]);
    let accord = accord();
    let faults = check_accord(&own, &accord, Some((&accord, &base)));
    let annex = faults
        .iter()
        .filter(|fault| matches!(fault.kind, FaultKind::Annex(_)));
    annex.map(ToString::to_string).collect()
}

/// Covers RTE-46.
#[test]
fn row_of_an_annex_is_never_laxer() {
    let time = "it gives more time than the framework";
    let limit = "a limit is above the framework's";
    let rate = "its rate is above the framework's";
    let step = "it leaves out or delays a step of the framework's";
    let ceiling = "its ceiling is above that of the framework's row";
    let cases: [(&str, Edit, Edit); 19] = [
        (
            "its path is laxer than the framework's",
            |r| r.path = Path::BetweenGateways,
            |r| r.path = Path::Direct,
        ),
        (
            "its release is laxer than the framework's",
            |r| r.release = Release::TwoPerson,
            |r| r.release = Release::None,
        ),
        (
            "it leaves out a copy of the framework's",
            |r| r.copies = Copies::ALL.to_vec(),
            |r| r.copies = vec![Copies::Superior],
        ),
        (
            "it allows an exception that the framework does not",
            |r| r.exceptions = vec![2],
            |r| r.exceptions = vec![2, 3],
        ),
        (
            step,
            |r| r.escalation[0].after -= 1,
            |r| r.escalation[0].after += 1,
        ),
        (
            step,
            |r| {
                r.escalation.insert(
                    0,
                    Step {
                        after: HOUR_MS,
                        to: StepTo::Gateway,
                    },
                )
            },
            |r| r.escalation.clear(),
        ),
        (step, |_| (), |r| r.escalation[0].to = StepTo::Gateway),
        (
            time,
            |r| r.acknowledge_within = Some(HOUR_MS - 1),
            |r| r.acknowledge_within = Some(HOUR_MS + 1),
        ),
        (
            time,
            |r| r.answer_within = Some(8 * HOUR_MS - 1),
            |r| r.answer_within = Some(8 * HOUR_MS + 1),
        ),
        (
            time,
            |r| r.release_within = Some(HOUR_MS - 1),
            |r| r.release_within = None,
        ),
        (time, |_| (), |r| r.acknowledge_within = None),
        (
            limit,
            |r| r.lifetime = Some(DAY_MS - 1),
            |r| r.lifetime = Some(DAY_MS + 1),
        ),
        (limit, |r| r.addressees = Some(7), |r| r.addressees = None),
        (
            limit,
            |r| r.body_bytes = Some(272),
            |r| r.body_bytes = Some(4_113),
        ),
        (
            rate,
            |r| {
                r.rate = Some(Rate {
                    messages: 19,
                    per: HOUR_MS,
                })
            },
            |r| {
                r.rate = Some(Rate {
                    messages: 21,
                    per: HOUR_MS,
                })
            },
        ),
        (
            rate,
            |r| {
                r.rate = Some(Rate {
                    messages: 20,
                    per: DAY_MS,
                })
            },
            |r| {
                r.rate = Some(Rate {
                    messages: 20,
                    per: HOUR_MS - 1,
                })
            },
        ),
        (rate, |_| (), |r| r.rate = None),
        (
            ceiling,
            |r| r.ceiling = Some(vec![]),
            |r| r.ceiling = Some(vec![Marking { axis: 1, code: 3 }]),
        ),
        (
            ceiling,
            |r| r.ceiling = Some(vec![Marking { axis: 1, code: 1 }]),
            |r| r.ceiling = None,
        ),
    ];
    for (why, good, bad) in cases {
        assert_eq!(faults(good), Vec::<String>::new(), "{why}");
        assert_eq!(faults(bad), [format!("row: {why} (RTE-46)")]);
    }
}

/// Covers RTE-46.
#[test]
fn annex_stays_within_parties_ceiling_and_lifetime_and_keeps_having_rows() {
    let base = (accord(), rules());
    let judge =
        |accord: &Accord, own: &Rules| said(&check_accord(own, accord, Some((&base.0, &base.1))));
    let mut own = accord();
    own.parties[0].agency = "border.xc".parse().unwrap();
    assert!(
        judge(&own, &base.1)
            .contains(&"a party of the annex is none of its framework (RTE-46)".to_owned())
    );
    let mut own = accord();
    own.ceiling = vec![Marking { axis: 1, code: 4 }];
    assert_eq!(
        judge(&own, &base.1),
        ["its ceiling is above the framework's (RTE-46)"]
    );
    own.ceiling = vec![Marking { axis: 1, code: 2 }];
    assert_eq!(judge(&own, &base.1), Vec::<String>::new());
    own.lifetime = 7 * DAY_MS + 1;
    assert_eq!(
        judge(&own, &base.1),
        ["its lifetime is above the framework's (RTE-46)"]
    );
    let none = Rules::default();
    assert_eq!(
        judge(&accord(), &none),
        ["it has no rows, and its framework has some (RTE-46)"]
    );
}

/// Covers RTE-46, RTE-48.
#[test]
fn annex_may_leave_rows_out_and_have_rows_of_its_own() {
    let base = (accord(), rules());
    let mut own = rules();
    own.rows.truncate(1);
    let mut further = full_row("further");
    further.formats = vec![7];
    further.path = Path::Direct;
    further.release = Release::None;
    further.release_within = None;
    own.rows.push(further);
    own.rows.sort_by(|a, b| a.name.cmp(&b.name));
    let mut annex = accord();
    annex.formats.push(AcceptedFormat {
        format: 7,
        version: 1,
        definition: FixedBytes([0; 32]),
    });
    let faults = check_accord(&own, &annex, Some((&base.0, &base.1)));
    assert_eq!(said(&faults), Vec::<String>::new());
}

/// Covers RTE-46: one row of an annex is held to each row of the framework that it meets.
#[test]
fn row_that_meets_two_of_the_framework_is_held_to_both() {
    let mut base = rules();
    let mut strict = full_row("strict");
    strict.precedences = vec![Precedence::Routine];
    strict.answer_within = Some(2 * HOUR_MS);
    base.rows.push(strict);
    let mut own = rules();
    own.rows[1].precedences = vec![Precedence::Routine, Precedence::Priority];
    let accord = accord();
    let faults = check_accord(&own, &accord, Some((&accord, &base)));
    assert_eq!(
        said(&faults),
        ["row: it gives more time than the framework (RTE-46)"]
    );
    own.rows[1].answer_within = Some(2 * HOUR_MS);
    let faults = check_accord(&own, &accord, Some((&accord, &base)));
    assert_eq!(said(&faults), Vec::<String>::new());
}
