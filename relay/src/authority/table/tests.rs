//! Tests of the human form: what is written reads as the same table, and faults name their place.

use super::*;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{
    Copies, Path as RulePath, Rate, Release, Row, Step, StepTo, TaskForce,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const SECOND: u64 = 1_000;
const DAY: u64 = 86_400 * SECOND;

fn within() -> impl Strategy<Value = u64> {
    prop_oneof![
        SECOND..=30 * DAY,
        (1..=720_u64).prop_map(|h| h * 3_600 * SECOND)
    ]
}

fn some<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    subsequence(all, 1..=all.len())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (within(), select(StepTo::ALL)).prop_map(|(after, to)| Step { after, to });
    btree_set(step, 0..=4).prop_map(|steps| steps.into_iter().collect())
}

fn ceiling() -> impl Strategy<Value = Option<Vec<Marking>>> {
    let by_axis = proptest::collection::btree_map(1..9_u16, 0..7_u16, 0..=8);
    let sorted = by_axis.prop_map(|codes| {
        let codes = codes.into_iter();
        codes.map(|(axis, code)| Marking { axis, code }).collect()
    });
    option::of(sorted)
}

fn row() -> impl Strategy<Value = Row> {
    let who = (
        btree_set(0..2_000_u16, 1..=32),
        some(&Precedence::ALL),
        some(&Status::ALL),
        some(Direction::ALL),
        select(RulePath::ALL),
        select(Release::ALL),
        subsequence(Copies::ALL, 0..=4),
    );
    let times = (
        option::of(within()),
        option::of(SECOND..=365 * DAY),
        steps(),
        option::of(within()),
        btree_set(any::<u16>(), 0..=16),
    );
    let limits = (
        ceiling(),
        option::of(60 * SECOND..=30 * DAY),
        option::of(1..=64_u8),
        option::of(272..=u32::MAX),
        option::of((1..=u32::MAX, within())),
    );
    (who, times, limits).prop_map(|(who, times, limits)| Row {
        name: Text::default(),
        formats: who.0.into_iter().collect(),
        precedences: who.1,
        statuses: who.2,
        directions: who.3,
        path: who.4,
        release: who.5,
        copies: who.6,
        acknowledge_within: times.0,
        answer_within: times.1,
        escalation: times.2,
        release_within: times.3,
        exceptions: times.4.into_iter().collect(),
        ceiling: limits.0,
        lifetime: limits.1,
        addressees: limits.2,
        body_bytes: limits.3,
        rate: limits.4.map(|(messages, per)| Rate { messages, per }),
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let names = btree_set("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", 0..8);
    let members = btree_set("[a-z]{1,9}@[a-z]{1,9}\\.[a-z]{1,9}\\.x[a-z]", 2..=8);
    let task_forces = vec(members, 0..4);
    let framework = option::of(any::<[u8; 32]>());
    (names, vec(row(), 8), task_forces, framework).prop_map(|(names, rows, groups, framework)| {
        let names = names.into_iter().map(|name| Text::new(name).unwrap());
        let rows = names.zip(rows).map(|(name, row)| Row { name, ..row });
        let task_forces = groups
            .into_iter()
            .enumerate()
            .map(|(at, members)| TaskForce {
                name: Text::new(format!("group-{at}")).unwrap(),
                members: {
                    let mut members: Vec<_> = members.iter().map(|m| m.parse().unwrap()).collect();
                    members.sort();
                    members
                },
            });
        Rules {
            framework: framework.map(FixedBytes),
            rows: rows.collect(),
            task_forces: task_forces.collect(),
            extensions: Default::default(),
        }
    })
}

fn parse(text: &str) -> Result<RuleFile, TableError> {
    let path = Path::new("table.toml");
    RuleFile::parse(path, text, Holder::Accord, Catalogue::built_in())
}

proptest! {
    #[test]
    fn what_is_written_reads_as_the_same_table(rules in rules()) {
        let catalogue = Catalogue::built_in();
        prop_assume!(rules.to_bytes().is_ok());
        let text = to_toml(&rules, &Head::default(), Holder::Accord, catalogue);
        prop_assert_eq!(&parse(&text).unwrap().rules, &rules, "{}", text);
        let rows = Rules { framework: None, task_forces: Vec::new(), ..rules };
        let text = to_toml(&rows, &Head::default(), Holder::House, catalogue);
        let path = Path::new("house.toml");
        let read = RuleFile::parse(path, &text, Holder::House, catalogue).unwrap();
        prop_assert_eq!(&read.rules, &rows, "{}", text);
    }

    #[test]
    fn times_read_as_they_were_written(ms in 1..=u64::MAX / 2) {
        prop_assert_eq!(parse_duration(&duration_text(ms)), Some(ms));
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "\\PC{0,80}") {
        let _ = parse(&text);
        let _ = parse_duration(&text);
    }
}

#[test]
fn times_are_read_as_people_write_them() {
    let good = [
        ("5m", 300),
        ("8h", 28_800),
        ("3d", 259_200),
        ("1h30m", 5_400),
        ("90s", 90),
    ];
    for (text, seconds) in good {
        assert_eq!(parse_duration(text), Some(seconds * SECOND), "{text}");
    }
    for bad in [
        "",
        "5",
        "m",
        "5 m",
        "30m1h",
        "5m5m",
        "-5m",
        "5w",
        "99999999999999999999d",
    ] {
        assert_eq!(parse_duration(bad), None, "{bad}");
    }
}

#[test]
fn head_reads_as_it_was_written() {
    let text = "[accord]\nname = \"xa-xb\"\nparties = [\"border.xb\", \"police.xa\"]\n\
        formats = [\"flag\", \"note\"]\nceiling = [\"tlp:amber\", \"class:restricted\"]\n\
        days = 365\ngrace-days = 30\nlifetime-days = 7\nframework = \"police.accord\"\n";
    let file = parse(text).unwrap();
    assert_eq!(file.head.formats.len(), 2);
    let again = to_toml(
        &file.rules,
        &file.head,
        Holder::Accord,
        Catalogue::built_in(),
    );
    assert_eq!(again, text);
    let hash: Hash = FixedBytes([7; 32]);
    let named = text.replace("police.accord", &hex::encode([7; 32]));
    assert_eq!(parse(&named).unwrap().rules.framework, Some(hash));
}

/// A line more in a row, what is wrong with it, and what to do.
const FAULTS: [(&str, &str, &str); 23] = [
    (
        "path = \"between-gateway\"",
        "unknown word \"between-gateway\"",
        "did you mean \"between-gateways\"?",
    ),
    (
        "pathh = \"direct\"",
        "unknown key \"pathh\"",
        "did you mean \"path\"?",
    ),
    (
        "copies = [\"own-gatway\"]",
        "unknown word \"own-gatway\"",
        "did you mean \"own-gateway\"?",
    ),
    (
        "precedences = [\"flsh\"]",
        "unknown word \"flsh\"",
        "did you mean \"flash\"?",
    ),
    ("statuses = []", "statuses names none", "name at least one"),
    (
        "ceiling = [\"tlp:ambr\"]",
        "unknown word \"tlp:ambr\"",
        "did you mean \"tlp:amber\"?",
    ),
    (
        "ceiling = [\"tlp:red\", \"tlp:amber\"]",
        "ceiling (by axis) names the same twice",
        "leave one of the two out",
    ),
    (
        "answer-within = \"8 hours\"",
        "answer-within: \"8 hours\" is no time",
        "say such as 30s, 5m, 8h, 3d or 1h30m",
    ),
    (
        "acknowledge-within = \"31d\"",
        "acknowledge-within is 31d",
        "say 1s to 30d",
    ),
    ("addressees = 65", "addressees is 65", "say 1 to 64"),
    (
        "body-bytes = 100",
        "body-bytes is 100",
        "say 272 to 4294967295",
    ),
    ("exceptions = [70000]", "70000 is no code", "say 0 to 65535"),
    (
        "escalation = [{ after = \"5m\", to = \"depty\" }]",
        "unknown word \"depty\"",
        "did you mean \"deputy\"?",
    ),
    (
        "escalation = [{ after = \"5m\", too = \"deputy\" }]",
        "unknown key \"too\"",
        "did you mean \"to\"?",
    ),
    (
        "rate = { messages = 0, per = \"1h\" }",
        "messages is 0",
        "say 1 to 4294967295",
    ),
    ("rate = { messages = 1 }", "missing field `per`", "say it"),
    (
        "directions = \"up\"",
        "invalid type: string \"up\", expected a sequence",
        "write it as TOML: key = value",
    ),
    (
        "[[rule]]\nname = \"one\"\nformats = [1]",
        "\"one\" is on line 2 already",
        "give it a name of its own",
    ),
    (
        "[[task-force]]\nname = \"t\"\nmembers = [\"a@b.c.xa\"]",
        "a task force of fewer than two",
        "name 2 to 64 desks",
    ),
    (
        "[[task-force]]\nname = \"t\"\nmembers = [\"a@b.c.xa\", \"A@b\"]",
        "\"A@b\" is not as it should be",
        "such as duty@spoc.police.xa",
    ),
    (
        "[accord]\nname = \"A\"",
        "\"A\" is no name of an accord",
        "use 1 to 64 of a-z, 0-9 and hyphens",
    ),
    (
        "[accord]\nformats = [999]",
        "format 999 is not defined",
        "name the folder of its definition with --definitions",
    ),
    (
        "[acord]\nname = \"a\"",
        "unknown key \"acord\"",
        "did you mean \"accord\"?",
    ),
];

#[test]
fn faults_name_their_line_and_what_was_meant() {
    for (line, what, remedy) in FAULTS {
        let text = format!("[[rule]]\nname = \"one\"\nformats = [\"flag\"]\n{line}\n");
        let fault = parse(&text).unwrap_err();
        assert_eq!((fault.what.as_str(), fault.remedy.as_str()), (what, remedy));
        assert!((4..=6).contains(&fault.line), "{line}: line {}", fault.line);
    }
    let misspelt = parse("[[rule]]\nname = \"One\"\nformats = [\"flg\"]\n").unwrap_err();
    assert_eq!(
        misspelt.to_string(),
        "table.toml line 2: \"One\" is no name"
    );
    let misspelt =
        parse("[[rule]]\nname = \"one\"\nformats = [\n\"flag\",\n\"nte\"]\n").unwrap_err();
    assert_eq!(
        misspelt.to_string(),
        "table.toml line 5: unknown word \"nte\""
    );
    assert_eq!(misspelt.remedy, "did you mean \"note\"?");
}

#[test]
fn house_has_neither_head_nor_task_forces() {
    for text in [
        "[accord]\nname = \"a\"\n",
        "[[task-force]]\nname = \"t\"\nmembers = []\n",
    ] {
        let path = Path::new("house.toml");
        let fault = RuleFile::parse(path, text, Holder::House, Catalogue::built_in()).unwrap_err();
        assert!(fault.remedy.contains("belongs into an accord"), "{fault}");
    }
}

#[test]
fn longest_table_is_read_and_a_longer_one_refused() {
    let row = |at: usize| {
        let formats: Vec<_> = (0..32)
            .map(|format| (at * 32 + format).to_string())
            .collect();
        format!(
            "[[rule]]\nname = \"row-{at}\"\nformats = [{}]\n",
            formats.join(", ")
        )
    };
    let table = |rows: usize| (0..rows).map(row).collect::<String>();
    assert_eq!(parse(&table(64)).unwrap().rules.rows.len(), 64);
    assert_eq!(parse(&table(65)).unwrap_err().what, "more than 64 rules");
    let members: Vec<_> = (0..64)
        .map(|at| {
            format!(
                "\"{}{at:03}@{}.{}.xa\"",
                "d".repeat(29),
                "u".repeat(32),
                "a".repeat(32)
            )
        })
        .collect();
    let group = |at: usize| {
        format!(
            "[[task-force]]\nname = \"g{at}\"\nmembers = [{}]\n",
            members.join(", ")
        )
    };
    let groups: String = (0..32).map(group).collect();
    assert!(parse(&groups).unwrap_err().what.contains("RTE-40"));
}
