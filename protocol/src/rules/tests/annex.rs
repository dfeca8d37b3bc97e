//! Tests of annexes: each way of being laxer, beside the nearest that is not.

use super::*;

const TIME: &str = "it gives more time than the framework";

const LIMIT: &str = "a limit is above the framework's";

const RATE: &str = "its rate is above the framework's";

const STEP: &str = "it leaves out or delays a step of the framework's";

const CEILING: &str = "its ceiling is above that of the framework's row";

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

const LAXER: [(&str, Edit, Edit); 19] = [
    (
        "its path is laxer than the framework's",
        |r| r.path = Path::BetweenGateways,
        |r| r.path = Path::Direct,
    ),
    (
        "its release is another than the framework's",
        |r| r.release = Release::Superior,
        |r| r.release = Release::TwoPerson,
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
        STEP,
        |r| r.escalation[0].after -= 1,
        |r| r.escalation[0].after += 1,
    ),
    (
        STEP,
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
    (STEP, |_| (), |r| r.escalation[0].to = StepTo::Gateway),
    (
        TIME,
        |r| r.acknowledge_within = Some(HOUR_MS - 1),
        |r| r.acknowledge_within = Some(HOUR_MS + 1),
    ),
    (
        TIME,
        |r| r.answer_within = Some(8 * HOUR_MS - 1),
        |r| r.answer_within = Some(8 * HOUR_MS + 1),
    ),
    (
        TIME,
        |r| r.release_within = Some(HOUR_MS - 1),
        |r| r.release_within = None,
    ),
    (TIME, |_| (), |r| r.acknowledge_within = None),
    (
        LIMIT,
        |r| r.lifetime = Some(DAY_MS - 1),
        |r| r.lifetime = Some(DAY_MS + 1),
    ),
    (LIMIT, |r| r.addressees = Some(7), |r| r.addressees = None),
    (
        LIMIT,
        |r| r.body_bytes = Some(272),
        |r| r.body_bytes = Some(4_113),
    ),
    (
        RATE,
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
        RATE,
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
    (RATE, |_| (), |r| r.rate = None),
    (
        CEILING,
        |r| r.ceiling = Some(vec![]),
        |r| r.ceiling = Some(vec![Marking { axis: 1, code: 3 }]),
    ),
    (
        CEILING,
        |r| r.ceiling = Some(vec![Marking { axis: 1, code: 1 }]),
        |r| r.ceiling = None,
    ),
];

/// Covers RTE-46.
#[test]
fn row_of_an_annex_is_never_laxer() {
    for (why, good, bad) in LAXER {
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

/// Covers RTE-46: to whomever the framework leads twice, the annex leads twice, no later.
#[test]
fn steps_to_one_place_are_held_each_to_its_own() {
    let with = |hours: &[u64]| {
        let step = |hour: &u64| Step {
            after: hour * HOUR_MS,
            to: StepTo::Deputy,
        };
        let mut rules = rules();
        rules.rows[1].escalation = hours.iter().map(step).collect();
        rules
    };
    let (accord, base) = (accord(), with(&[2, 4]));
    let cases: [(&[u64], bool); 6] = [
        (&[2, 4], true),
        (&[1, 4], true),
        (&[1, 2, 3], true),
        (&[1], false),
        (&[1, 5], false),
        (&[3, 4], false),
    ];
    for (hours, good) in cases {
        let faults = said(&check_accord(&with(hours), &accord, Some((&accord, &base))));
        match good {
            true => assert_eq!(faults, Vec::<String>::new(), "{hours:?}"),
            false => assert_eq!(faults, [format!("row: {STEP} (RTE-46)")], "{hours:?}"),
        }
    }
}
