//! The accords of `spec/accords/` are good, mean what their comments claim, and can be signed.

use crate::support::World;
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{Direction, Row, check_house};
use estafette_relay::authority::table::{Holder, RuleFile, duration_text};
use std::fs;
use std::path::{Path, PathBuf};

const ACCORDS: [(&str, usize); 4] = [
    ("police.toml", 9),
    ("sirene.toml", 8),
    ("emergency.toml", 8),
    ("harbour.toml", 4),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/accords")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// A world with a copy of the accords in it.
fn world() -> World {
    let world = World::new();
    for (name, _) in ACCORDS {
        fs::write(world.path(name), text(name)).unwrap();
    }
    world
}

/// The deadlines of a row, as the comments put them.
fn deadlines(row: &Row) -> String {
    let within =
        |what: &str, ms: Option<u64>| ms.map(|ms| format!("{what} within {}", duration_text(ms)));
    let steps = row.escalation.iter();
    let steps = steps.map(|step| format!("{} after {}", step.to.word(), duration_text(step.after)));
    let all: Vec<_> = within("acknowledge", row.acknowledge_within)
        .into_iter()
        .chain(within("answer", row.answer_within))
        .chain(steps)
        .collect();
    match all.is_empty() {
        true => "no deadline".to_owned(),
        false => all.join(", "),
    }
}

#[test]
fn every_deadline_that_a_comment_claims_is_that_of_the_table() {
    let catalogue = Catalogue::built_in();
    assert_eq!(fs::read_dir(folder()).unwrap().count(), ACCORDS.len());
    for (name, claims) in ACCORDS {
        let text = text(name);
        let file = RuleFile::parse(Path::new(name), &text, Holder::Accord, catalogue).unwrap();
        let mut found = 0;
        for line in text.lines() {
            let claim = line
                .strip_prefix("#   ")
                .and_then(|claim| claim.split_once(": "));
            let Some((message, claim)) = claim else {
                continue;
            };
            let (format, rest) = message.split_once(" at ").unwrap();
            let (precedence, status) = rest.split_once(", ").unwrap();
            let format = catalogue.format_by_word(format).unwrap().format;
            let (precedence, status) = (precedence.parse().unwrap(), status.parse().unwrap());
            let row = file
                .rules
                .row(format, precedence, status, Direction::CrossBorder);
            assert_eq!(deadlines(row.unwrap()), claim, "{name}: {line}");
            found += 1;
        }
        assert_eq!(found, claims, "{name}");
    }
}

#[test]
fn every_accord_passes_its_check() {
    let world = world();
    for name in ["police.toml", "sirene.toml", "emergency.toml"] {
        let said = world.run(&format!("accord check {name}"));
        assert_eq!(said.code, 0, "{said:?}");
        assert!(
            said.stdout.starts_with(&format!("{name}: good, ")),
            "{said:?}"
        );
        assert!(
            said.stderr.contains("→ estafette-relay accord new"),
            "{said:?}"
        );
    }
    world.does("accord check harbour.toml --framework police.toml");
}

#[test]
fn annex_that_loosens_its_framework_is_refused_with_line_and_remedy() {
    let world = world();
    let good = text("harbour.toml");
    let cases = [
        (
            "answer-within = \"4h\"",
            "answer-within = \"9h\"",
            "it gives more time than the framework (RTE-46)",
        ),
        (
            "answer-within = \"4h\"\n",
            "",
            "it gives more time than the framework (RTE-46)",
        ),
        (
            "path = \"between-gateways\"\ncopies = [\"own-gateway\", \"peer-gateway\"]\nacknowledge",
            "path = \"direct\"\ncopies = [\"own-gateway\", \"peer-gateway\"]\nacknowledge",
            "its path is laxer than the framework's (RTE-46)",
        ),
        (
            "{ after = \"1h\", to = \"gateway\" }",
            "{ after = \"3h\", to = \"gateway\" }",
            "it leaves out or delays a step of the framework's (RTE-46)",
        ),
        ("lifetime-days = 7", "lifetime-days = 30\n", ""),
        (
            "class:restricted",
            "class:secret",
            "its ceiling is above the framework's (RTE-46)",
        ),
    ];
    for (from, to, fault) in cases {
        let loose = good.replacen(from, to, 1);
        assert_ne!(loose, good, "{from}");
        fs::write(world.path("harbour.toml"), &loose).unwrap();
        let said = world.run("accord check harbour.toml --framework police.toml");
        match fault {
            "" => assert_eq!(said.code, 0, "{said:?}"),
            fault => {
                assert_eq!(said.code, 7, "{to}: {said:?}");
                assert!(said.stdout.contains(fault), "{to}: {said:?}");
                assert!(said.stdout.contains("\n    → "), "{said:?}");
                assert!(
                    said.stderr
                        .starts_with("error[rules-invalid]: 1 fault in harbour.toml\n"),
                    "{said:?}"
                );
            }
        }
    }
}

#[test]
fn accord_and_annex_are_drafted_signed_and_put_in_force() {
    let world = world();
    for agency in ["police.xa", "border.xb"] {
        world.agency(agency);
    }
    let early = world.run(
        "accord new --rules harbour.toml --with border.xb.bundle --authority police.xa/authority",
    );
    assert_eq!(early.code, 11, "{early:?}");
    assert!(
        early.stderr.starts_with("error[framework-missing]: "),
        "{early:?}"
    );
    let _relays = ["police.xa", "border.xb"].map(|agency| world.serve(&format!("{agency}/relay")));
    for name in ["police", "harbour"] {
        let new = format!(
            "accord new --rules {name}.toml --with border.xb.bundle --authority police.xa/authority"
        );
        world.does(&new);
        if name == "police" {
            let unsigned = world.run(&new.replace("police.toml", "harbour.toml"));
            assert_eq!(unsigned.code, 7, "{unsigned:?}");
            assert!(
                unsigned.stderr.starts_with("error[accord-not-signed]: "),
                "{unsigned:?}"
            );
        }
        world.does(&format!(
            "accord sign {name}.accord --authority police.xa/authority"
        ));
        world.does(&format!(
            "accord countersign {name}.accord --with police.xa.bundle --authority border.xb/authority"
        ));
        for agency in ["police.xa", "border.xb"] {
            let done = world.does(&format!(
                "accord activate {name}.accord --relay {agency}/relay"
            ));
            assert!(done.contains("in force"), "{done}");
        }
    }
    let status = world.json("status --dir border.xb/relay");
    assert_eq!(status["accords"], serde_json::json!(["harbour", "police"]));
    let shown = world.does("accord show harbour.accord");
    assert!(shown.contains("\n  annex, tightens  "), "{shown}");
    assert!(
        shown.contains(
            "\n  rule request-urgent: request; immediate, flash; actual, exercise, test; cross-border\
             \n    path between-gateways; copies to own-gateway, peer-gateway\
             \n    acknowledge within 15m; answer within 4h; silent for 15m: to the deputy; \
             silent for 1h: to the gateway\n    at most 8 addressees\n"
        ),
        "{shown}"
    );
    let explained = world.does("accord explain police.accord request --precedence flash");
    assert!(
        explained.contains("\n  rule request-urgent: "),
        "{explained}"
    );
    assert!(explained.contains("answer within 8h"), "{explained}");
}

#[test]
fn house_to_begin_with_is_good_and_leaves_no_message_without_a_rule() {
    let path = folder().join("../house.toml");
    let text = fs::read_to_string(&path).unwrap();
    let catalogue = Catalogue::built_in();
    let file = RuleFile::parse(&path, &text, Holder::House, catalogue).unwrap();
    assert_eq!(check_house(&file.rules), []);
    for format in catalogue.formats() {
        for precedence in Precedence::ALL {
            for direction in Direction::ALL {
                let row = file
                    .rules
                    .row(format.format, precedence, Status::Actual, *direction);
                assert!(row.is_some(), "{} {direction:?}", format.word);
            }
        }
    }
}
