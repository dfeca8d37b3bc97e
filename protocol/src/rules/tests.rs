//! Tests of the rule table: its limits, each fault beside the nearest good table, and that
//! tightening is accepted and loosening is not.

use super::*;
use crate::accord::{AcceptedFormat, Accord, Party};
use crate::encoding::{Extension, FixedBytes};
use crate::time::{HOUR_MS, UnixMillis};
use proptest::prelude::*;

mod annex;
mod random;

fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

fn desks(names: &[&str]) -> Vec<Desk> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// A row that is good in an accord and has something in every field.
fn full_row(name: &str) -> Row {
    Row {
        name: text(name),
        formats: vec![2, 4],
        precedences: vec![Precedence::Priority, Precedence::Flash],
        statuses: vec![Status::Actual, Status::Exercise],
        directions: vec![Direction::CrossBorder],
        path: Path::ToGateway,
        release: Release::Superior,
        copies: vec![Copies::OwnGateway],
        acknowledge_within: Some(HOUR_MS),
        answer_within: Some(8 * HOUR_MS),
        escalation: vec![Step {
            after: 2 * HOUR_MS,
            to: StepTo::Deputy,
        }],
        release_within: Some(HOUR_MS),
        exceptions: vec![1, 2],
        ceiling: Some(vec![Marking { axis: 1, code: 2 }]),
        lifetime: Some(DAY_MS),
        addressees: Some(8),
        body_bytes: Some(4_112),
        rate: Some(Rate {
            messages: 20,
            per: HOUR_MS,
        }),
    }
}

/// A row for the emergency flag, as RTE-44 asks.
fn flag_row() -> Row {
    Row {
        formats: vec![1],
        precedences: vec![Precedence::Flash],
        path: Path::Direct,
        release: Release::None,
        release_within: None,
        copies: vec![Copies::Skipped, Copies::OwnGateway, Copies::PeerGateway],
        exceptions: vec![],
        addressees: Some(16),
        ..full_row("flag")
    }
}

fn rules() -> Rules {
    Rules {
        framework: None,
        rows: vec![flag_row(), full_row("row")],
        task_forces: vec![TaskForce {
            name: text("line"),
            members: desks(&["duty@spoc.border.xb", "duty@spoc.police.xa"]),
        }],
        extensions: Extensions::default(),
    }
}

fn accord() -> Accord {
    let accepted = |format| AcceptedFormat {
        format,
        version: 1,
        definition: FixedBytes([0; 32]),
    };
    let party = |name: &str| Party {
        agency: name.parse().unwrap(),
        root: FixedBytes([0; 32]),
    };
    Accord {
        name: text("both"),
        number: 1,
        previous: None,
        parties: vec![party("border.xb"), party("police.xa")],
        formats: [1, 2, 4].map(accepted).to_vec(),
        ceiling: vec![Marking { axis: 1, code: 3 }],
        not_before: UnixMillis(0),
        not_after: UnixMillis(1),
        grace: 0,
        lifetime: 7 * DAY_MS,
        rules: Bytes::default(),
        extensions: Extensions::default(),
    }
}

/// A house's row for within the agency.
fn house_row() -> Row {
    Row {
        directions: vec![Direction::Up, Direction::Down, Direction::Lateral],
        path: Path::ByLevel,
        ..full_row("within")
    }
}

fn house(row: Row) -> Rules {
    Rules {
        rows: vec![row],
        ..Rules::default()
    }
}

fn said(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn in_accord(rules: &Rules) -> Vec<String> {
    said(&check_accord(rules, &accord(), None))
}

/// Covers RTE-40.
#[test]
fn table_round_trips_and_says_which_row_matches() {
    let rules = rules();
    assert_eq!(read_rules(&rules.to_bytes().unwrap()).unwrap(), rules);
    assert_eq!(Rules::default().to_bytes().unwrap(), Bytes::default());
    assert_eq!(read_rules(&Bytes::default()).unwrap(), Rules::default());
    assert!(read_rules(&vec![1].into()).is_err());
    let row = |format, precedence, status, direction| {
        rules
            .row(format, precedence, status, direction)
            .map(|row| row.name.as_str())
    };
    let cross = Direction::CrossBorder;
    assert_eq!(
        row(4, Precedence::Flash, Status::Actual, cross),
        Some("row")
    );
    assert_eq!(
        row(1, Precedence::Flash, Status::Actual, cross),
        Some("flag")
    );
    assert_eq!(row(3, Precedence::Flash, Status::Actual, cross), None);
    assert_eq!(row(4, Precedence::Routine, Status::Actual, cross), None);
    assert_eq!(row(4, Precedence::Flash, Status::Test, cross), None);
    assert_eq!(
        row(4, Precedence::Flash, Status::Actual, Direction::Up),
        None
    );
    assert!(rules.task_force(&text("line")).is_some());
    assert!(rules.task_force(&text("lines")).is_none());
}

#[test]
fn words_are_each_their_own_and_in_the_order_of_their_codes() {
    fn check<T: std::str::FromStr + PartialEq + Ord + std::fmt::Debug + Copy>(
        all: &[T],
        word: fn(T) -> &'static str,
    ) where
        T::Err: std::fmt::Debug,
    {
        assert!(all.is_sorted());
        for one in all {
            assert_eq!(word(*one).parse::<T>().unwrap(), *one);
        }
        assert!("other".parse::<T>().is_err());
    }
    check(Direction::ALL, Direction::word);
    check(Path::ALL, Path::word);
    check(Release::ALL, Release::word);
    check(Copies::ALL, Copies::word);
    check(StepTo::ALL, StepTo::word);
}

type Edit = fn(&mut Row);

const LIMITS: [(&str, Edit, Edit); 25] = [
    (
        "name",
        |r| r.name = text(&"a".repeat(32)),
        |r| r.name = text(&"a".repeat(33)),
    ),
    ("name", |r| r.name = text("a-b"), |r| r.name = text("a_b")),
    (
        "formats",
        |r| r.formats = (0..32).collect(),
        |r| r.formats = (0..33).collect(),
    ),
    ("formats", |r| r.formats = vec![9], |r| r.formats.clear()),
    (
        "formats",
        |r| r.formats = vec![2, 4],
        |r| r.formats = vec![4, 2],
    ),
    (
        "formats",
        |r| r.formats = vec![2, 3],
        |r| r.formats = vec![2, 2],
    ),
    (
        "precedences",
        |r| r.precedences.truncate(1),
        |r| r.precedences.clear(),
    ),
    (
        "statuses",
        |r| r.statuses.truncate(1),
        |r| r.statuses.clear(),
    ),
    (
        "statuses",
        |r| r.statuses = Status::ALL.to_vec(),
        |r| r.statuses.reverse(),
    ),
    (
        "directions",
        |r| r.directions = Direction::ALL.to_vec(),
        |r| r.directions.clear(),
    ),
    (
        "copies",
        |r| r.copies = Copies::ALL.to_vec(),
        |r| r.copies = vec![Copies::OwnGateway; 2],
    ),
    (
        "acknowledge",
        |r| r.acknowledge_within = Some(SECOND_MS),
        |r| r.acknowledge_within = Some(SECOND_MS - 1),
    ),
    (
        "answer",
        |r| r.answer_within = Some(365 * DAY_MS),
        |r| r.answer_within = Some(365 * DAY_MS + 1),
    ),
    (
        "escalation",
        |r| r.escalation = steps(4),
        |r| r.escalation = steps(5),
    ),
    (
        "escalation",
        |r| r.escalation[0].after = 30 * DAY_MS,
        |r| r.escalation[0].after = 30 * DAY_MS + 1,
    ),
    (
        "release",
        |r| r.release_within = Some(30 * DAY_MS),
        |r| r.release_within = Some(30 * DAY_MS + 1),
    ),
    (
        "exceptions",
        |r| r.exceptions = (0..16).collect(),
        |r| r.exceptions = (0..17).collect(),
    ),
    (
        "ceiling",
        |r| r.ceiling = Some(axes(8)),
        |r| r.ceiling = Some(axes(9)),
    ),
    (
        "lifetime",
        |r| r.lifetime = Some(MINUTE_MS),
        |r| r.lifetime = Some(MINUTE_MS - 1),
    ),
    (
        "addressees",
        |r| r.addressees = Some(64),
        |r| r.addressees = Some(65),
    ),
    (
        "body",
        |r| r.body_bytes = Some(272),
        |r| r.body_bytes = Some(271),
    ),
    (
        "addressees",
        |r| r.addressees = Some(1),
        |r| r.addressees = Some(0),
    ),
    (
        "ceiling",
        |r| r.ceiling = Some(vec![]),
        |r| {
            r.ceiling = Some(vec![Marking { axis: 1, code: 1 }; 2]);
        },
    ),
    (
        "rate",
        |r| {
            r.rate = Some(Rate {
                messages: 1,
                per: SECOND_MS,
            })
        },
        |r| {
            r.rate = Some(Rate {
                messages: 0,
                per: SECOND_MS,
            });
        },
    ),
    (
        "rate",
        |r| r.rate = None,
        |r| {
            r.rate = Some(Rate {
                messages: 1,
                per: 999,
            })
        },
    ),
];

/// Covers RTE-40: each limit, with the last good value before it.
#[test]
fn row_within_its_limits_is_encoded_and_one_beyond_is_not() {
    for (what, good, bad) in LIMITS {
        let encoded = |edit: Edit| {
            let mut row = full_row("row");
            edit(&mut row);
            house(row).to_bytes()
        };
        assert!(encoded(good).is_ok(), "{what}: {:?}", encoded(good));
        assert!(encoded(bad).is_err(), "{what}");
    }
}

fn steps(number: u64) -> Vec<Step> {
    let to = StepTo::Deputy;
    (1..=number)
        .map(|at| Step {
            after: at * HOUR_MS,
            to,
        })
        .collect()
}

fn axes(number: u16) -> Vec<Marking> {
    (1..=number).map(|axis| Marking { axis, code: 1 }).collect()
}

/// Covers RTE-40.
#[test]
fn table_within_its_limits_is_encoded_and_one_beyond_is_not() {
    let rows = |number: usize| Rules {
        rows: (0..number)
            .map(|at| full_row(&format!("row-{at:02}")))
            .collect(),
        ..Rules::default()
    };
    assert!(rows(64).to_bytes().is_ok() && rows(65).to_bytes().is_err());
    let mut twice = rows(2);
    twice.rows[1].name = twice.rows[0].name.clone();
    assert!(twice.to_bytes().is_err());
    let groups = |number: usize, members: usize| {
        let member = |at: usize| format!("d{at:02}@spoc.police.xa").parse().unwrap();
        let group = |at: usize| TaskForce {
            name: text(&format!("group-{at:02}")),
            members: (0..members).map(member).collect(),
        };
        Rules {
            task_forces: (0..number).map(group).collect(),
            ..Rules::default()
        }
    };
    for (number, members, good) in [
        (32, 2, true),
        (33, 2, false),
        (1, 64, true),
        (1, 65, false),
        (1, 1, false),
    ] {
        let bytes = groups(number, members).to_bytes();
        assert_eq!(bytes.is_ok(), good, "{number} of {members}");
    }
    let mut unsorted = groups(1, 2);
    unsorted.task_forces[0].members.reverse();
    assert!(unsorted.to_bytes().is_err());
    let extended = |critical| Rules {
        extensions: Extensions(vec![Extension {
            id: 9,
            critical,
            value: Bytes::default(),
        }]),
        ..rules()
    };
    assert!(extended(false).to_bytes().is_ok() && extended(true).to_bytes().is_err());
    // 65 desks of the longest name for each of 32 groups are more than an accord holds.
    let mut long = groups(32, 64);
    for group in &mut long.task_forces {
        let tail = format!("{}.{}.xa", "u".repeat(32), "a".repeat(32));
        let member = |at: usize| format!("{}{at:02}@{tail}", "d".repeat(30)).parse().unwrap();
        group.members = (0..64).map(member).collect();
    }
    assert!(long.to_bytes().is_err());
}

/// Covers RTE-41, RTE-42.
#[test]
fn rows_overlap_only_where_all_four_meet_and_each_must_be_reachable() {
    assert_eq!(in_accord(&rules()), Vec::<String>::new());
    let second = |edit: Edit| {
        let mut other = full_row("second");
        edit(&mut other);
        let mut rules = rules();
        rules.rows.push(other);
        in_accord(&rules)
    };
    let overlap = "row: matches some of the same messages as second (RTE-41)";
    assert_eq!(second(|_| ()), [overlap]);
    let apart: [Edit; 3] = [
        |row| row.formats = vec![1],
        |row| row.precedences = vec![Precedence::Routine, Precedence::Immediate],
        |row| row.statuses = vec![Status::Test],
    ];
    for edit in apart {
        // A row for flags would meet the other one unless it differs in precedence, too.
        let faults = second(edit);
        assert!(
            !faults.iter().any(|f| f.contains("row: matches")),
            "{faults:?}"
        );
    }
    let meets: [Edit; 3] = [
        |row| row.formats = vec![4, 7],
        |row| row.precedences = vec![Precedence::Routine, Precedence::Flash],
        |row| row.statuses = vec![Status::Exercise, Status::Test],
    ];
    for edit in meets {
        assert!(second(edit).contains(&overlap.to_owned()));
    }
    let faults = second(|row| {
        row.statuses = vec![Status::Test];
        row.formats = vec![3];
    });
    assert_eq!(
        faults,
        ["second: it names a format that the accord does not list (RTE-42)"]
    );
    let faults = second(|row| {
        row.statuses = vec![Status::Test];
        row.directions = vec![Direction::Up, Direction::CrossBorder];
        row.path = Path::Direct;
    });
    assert_eq!(
        faults,
        ["second: an accord's rows are for cross-border alone (RTE-42)"]
    );
    let mut framed = house(house_row());
    assert_eq!(said(&check_house(&framed)), Vec::<String>::new());
    framed.framework = Some(FixedBytes([1; 32]));
    let fault = "a house has neither a framework nor task forces (RTE-42)";
    assert_eq!(said(&check_house(&framed)), [fault]);
    framed.framework = None;
    framed.task_forces = rules().task_forces;
    assert_eq!(said(&check_house(&framed)), [fault]);
}

const CONTRADICTIONS: [(&str, Edit, Edit); 8] = [
    (
        "it escalates and has no acknowledge-within",
        |r| (r.acknowledge_within, r.escalation) = (None, vec![]),
        |r| r.acknowledge_within = None,
    ),
    (
        "it escalates before its acknowledge-within is over",
        |r| r.escalation[0].after = HOUR_MS,
        |r| r.escalation[0].after = HOUR_MS - 1,
    ),
    (
        "its answer-within is shorter than its acknowledge-within",
        |r| r.answer_within = Some(HOUR_MS),
        |r| r.answer_within = Some(HOUR_MS - 1),
    ),
    (
        "it has a release-within and no release",
        |r| (r.release, r.release_within) = (Release::None, None),
        |r| r.release = Release::None,
    ),
    (
        "it has exceptions and no copies at home that they could waive",
        |r| r.copies = vec![Copies::Superior, Copies::PeerGateway],
        |r| r.copies = vec![Copies::PeerGateway],
    ),
    (
        "its lifetime is above the accord's",
        |r| r.lifetime = Some(7 * DAY_MS),
        |r| r.lifetime = Some(7 * DAY_MS + 1),
    ),
    (
        "its ceiling is above the accord's",
        |r| r.ceiling = Some(vec![Marking { axis: 1, code: 3 }]),
        |r| r.ceiling = Some(vec![Marking { axis: 1, code: 4 }]),
    ),
    (
        "by-level cannot cross a border",
        |r| r.path = Path::BetweenGateways,
        |r| r.path = Path::ByLevel,
    ),
];

/// Covers RTE-43: each contradiction beside the nearest good row.
#[test]
fn row_that_demands_what_cannot_hold_together_is_refused() {
    for (why, good, bad) in CONTRADICTIONS {
        let faults = |edit: Edit| {
            let mut rules = rules();
            edit(&mut rules.rows[1]);
            in_accord(&rules)
        };
        assert_eq!(faults(good), Vec::<String>::new(), "{why}");
        assert_eq!(faults(bad), [format!("row: {why} (RTE-43)")]);
    }
    let within: [(&str, Edit, Edit); 3] = [
        (
            "a path by gateways is for cross-border alone",
            |r| r.path = Path::Direct,
            |r| r.path = Path::ToGateway,
        ),
        (
            "peer-gateway is for cross-border alone",
            |r| r.copies = vec![Copies::OwnGateway],
            |r| r.copies = vec![Copies::OwnGateway, Copies::PeerGateway],
        ),
        (
            "by-level cannot cross a border",
            |r| r.directions = vec![Direction::Up],
            |r| r.directions = vec![Direction::Up, Direction::CrossBorder],
        ),
    ];
    for (why, good, bad) in within {
        let faults = |edit: Edit| {
            let mut row = house_row();
            edit(&mut row);
            said(&check_house(&house(row)))
        };
        assert_eq!(faults(good), Vec::<String>::new(), "{why}");
        assert_eq!(faults(bad), [format!("within: {why} (RTE-43)")]);
    }
}

const ROOM: &str = "an emergency flag has room for whom it informs and for what it says";

/// Covers RTE-44: what a flag's row must say, and that the nearest other row need not.
#[test]
fn nothing_stands_in_the_way_of_an_emergency_flag() {
    let cases: [(&str, Edit); 7] = [
        ("an emergency flag informs them without exception", |r| {
            r.exceptions = vec![1];
        }),
        (ROOM, |r| r.addressees = Some(15)),
        (ROOM, |r| r.body_bytes = Some(1_039)),
        ("an emergency flag goes straight: its path is direct", |r| {
            r.path = Path::ToGateway;
        }),
        ("an emergency flag waits for no release", |r| {
            r.release = Release::Gateway;
        }),
        ("an emergency flag informs skipped and own-gateway", |r| {
            r.copies = vec![Copies::OwnGateway, Copies::PeerGateway];
        }),
        (
            "an emergency flag across a border informs peer-gateway",
            |r| {
                r.copies = vec![Copies::Skipped, Copies::OwnGateway];
            },
        ),
    ];
    let others: [Edit; 3] = [
        |row| row.formats = vec![2],
        |row| row.precedences = vec![Precedence::Immediate],
        |row| row.statuses = vec![Status::Exercise],
    ];
    for (why, edit) in cases {
        let faults = |other: Edit| {
            let mut row = flag_row();
            edit(&mut row);
            other(&mut row);
            in_accord(&house(row))
        };
        assert_eq!(faults(|_| ()), [format!("flag: {why} (RTE-44)")]);
        for other in others {
            assert_eq!(faults(other), Vec::<String>::new(), "{why}");
        }
    }
    let mut row = flag_row();
    row.directions = vec![Direction::Up];
    row.copies = vec![Copies::Skipped, Copies::OwnGateway];
    assert_eq!(said(&check_house(&house(row))), Vec::<String>::new());
}

/// Covers RTE-45.
#[test]
fn members_of_a_task_force_are_desks_of_parties() {
    let mut rules = rules();
    rules.task_forces[0].members = desks(&["duty@spoc.border.xc", "duty@spoc.police.xa"]);
    assert_eq!(
        in_accord(&rules),
        ["line: a member is no desk of a party (RTE-45)"]
    );
}

#[test]
fn every_fault_says_what_to_do() {
    let mut bad = rules();
    bad.rows[0].path = Path::ByLevel;
    bad.rows[1].formats = vec![1, 99];
    bad.rows[1].lifetime = Some(8 * DAY_MS);
    bad.task_forces[0].members = desks(&["duty@spoc.border.xc", "duty@spoc.police.xa"]);
    let faults = check_accord(&bad, &accord(), None);
    let clauses: std::collections::BTreeSet<_> = faults.iter().map(|f| f.kind.clause()).collect();
    assert_eq!(
        clauses.into_iter().collect::<Vec<_>>(),
        ["RTE-41", "RTE-42", "RTE-43", "RTE-44", "RTE-45"]
    );
    assert!(faults.iter().all(|fault| !fault.remedy().is_empty()));
}

proptest! {
    /// Covers RTE-41: a table without faults has at most one row for every combination.
    #[test]
    fn random_table_without_faults_never_matches_twice(seed in any::<u64>()) {
        let rules = random::table(seed);
        prop_assert!(rules.to_bytes().is_ok());
        let faults = check_accord(&rules, &random::accord(), None);
        let overlaps = faults.iter().any(|f| matches!(f.kind, FaultKind::Overlap(_)));
        let mut most = 0;
        for format in 0..8 {
            for (precedence, status, direction) in random::combinations() {
                let matching = rules.rows.iter();
                let matching = matching.filter(|r| r.matches(format, precedence, status, direction));
                most = most.max(matching.count());
            }
        }
        prop_assert_eq!(overlaps, most > 1);
    }

    /// Covers RTE-46: what tightens is an annex, and what loosens in one place is none.
    #[test]
    fn table_tightened_at_random_is_an_annex_and_loosened_once_is_not(seed in any::<u64>()) {
        let base = random::good_table(seed);
        let accord = random::accord();
        let framework = Some((&accord, &base));
        prop_assert_eq!(said(&check_accord(&base, &accord, None)), Vec::<String>::new());
        prop_assert_eq!(said(&check_accord(&base, &accord, framework)), Vec::<String>::new());
        let tighter = random::tightened(&base, seed);
        prop_assert_eq!(said(&check_accord(&tighter, &accord, framework)), Vec::<String>::new());
        for (what, looser) in random::loosened(&base, seed) {
            let faults = check_accord(&looser, &accord, framework);
            let annex = faults.iter().any(|f| matches!(f.kind, FaultKind::Annex(_)));
            prop_assert!(annex, "{}: {:?}", what, faults);
        }
    }
}
