//! What administrators type and read when they say who may tell whom what.

use crate::support::World;
use std::fs;

const FAULTY: &str = "\
[accord]
name = \"both\"
formats = [\"flag\", \"note\"]

[[rule]]
name = \"all\"
formats = [\"flag\", \"note\"]
copies = [\"own-gateway\"]

[[rule]]
name = \"ask\"
formats = [\"request\", \"note\"]
path = \"by-level\"
escalation = [{ after = \"5m\", to = \"deputy\" }]

[[task-force]]
name = \"green-line\"
members = [\"duty@spoc.police.xa\", \"duty@spoc.border.xb\"]
";

#[test]
fn every_fault_is_listed_with_row_clause_and_what_to_do() {
    let world = World::new();
    fs::write(world.path("both.toml"), FAULTY).unwrap();
    let said = world.run("accord check both.toml");
    assert_eq!(said.code, 7);
    assert_eq!(
        said.stdout,
        "both.toml: 6 faults\n  \
         line 6: all: matches some of the same messages as ask (RTE-41)\n    \
         → take a format, precedence, status or direction out of one of the two\n  \
         line 6: all: an emergency flag informs skipped and own-gateway (RTE-44)\n    \
         → add skipped and own-gateway to copies\n  \
         line 6: all: an emergency flag across a border informs peer-gateway (RTE-44)\n    \
         → add peer-gateway to copies\n  \
         line 11: ask: by-level cannot cross a border (RTE-43)\n    \
         → say path = \"direct\", \"to-gateway\" or \"between-gateways\"\n  \
         line 11: ask: it escalates and has no acknowledge-within (RTE-43)\n    \
         → say acknowledge-within, no later than the first step, or leave escalation out\n  \
         line 11: ask: it names a format that the accord does not list (RTE-42)\n    \
         → list the format in the accord, or leave it out of the row\n"
    );
    assert_eq!(
        said.stderr,
        "error[rules-invalid]: 6 faults in both.toml\n  \
         Every relay would refuse it. Nothing was signed or changed.\n  \
         → correct what is listed, then: estafette-relay accord check both.toml\n"
    );
    let json = world.run("accord check both.toml --json");
    let value: serde_json::Value = serde_json::from_str(json.stdout.trim()).unwrap();
    assert_eq!(value["good"], false);
    assert_eq!(value["faults"][3]["clause"], "RTE-43");
    assert_eq!(value["faults"][3]["line"], 11);
    let named = FAULTY.replace(
        "formats = [\"flag\", \"note\"]\n\n",
        "formats = [\"flag\", \"note\"]\nparties = [\"police.xa\", \"police.xc\"]\n",
    );
    fs::write(world.path("both.toml"), named).unwrap();
    let said = world.run("accord check both.toml");
    assert!(
        said.stdout
            .contains("green-line: a member is no desk of a party (RTE-45)"),
        "{said:?}"
    );
    fs::write(
        world.path("both.toml"),
        FAULTY.replace("own-gateway", "own-gatewy"),
    )
    .unwrap();
    let said = world.run("accord check both.toml");
    assert_eq!(said.code, 2);
    assert_eq!(
        said.stderr,
        "error[rules-malformed]: both.toml line 8: unknown word \"own-gatewy\"\n  \
         Did you mean \"own-gateway\"? Nothing was signed or changed.\n  \
         → correct line 8 of both.toml\n"
    );
}

#[test]
fn accord_with_a_faulty_table_or_other_parties_is_not_drafted() {
    let world = World::new();
    for agency in ["police.xa", "border.xb"] {
        world.agency(agency);
    }
    fs::write(world.path("both.toml"), FAULTY).unwrap();
    let new =
        "accord new --rules both.toml --with border.xb.bundle --authority police.xa/authority";
    let said = world.run(new);
    assert_eq!(said.code, 7, "{said:?}");
    assert!(
        said.stderr
            .contains("\n  line 11: ask: by-level cannot cross a border (RTE-43)\n")
    );
    assert!(!world.path("both.accord").exists());
    let head = "[accord]\nparties = [\"police.xa\", \"police.xc\"]\nformats = [\"note\"]\n";
    fs::write(world.path("both.toml"), head).unwrap();
    let said = world.run(new);
    assert_eq!(
        (said.code, &said.stderr[..12]),
        (2, "error[usage]"),
        "{said:?}"
    );
    let said = world.run(&new.replace("new", "new both"));
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        said.stderr
            .starts_with("error[parties-differ]: bundles are here of border.xb, police.xa\n")
    );
    // Options say what the file does not, and more than what it does.
    let rules = "[[rule]]\nname = \"all\"\nformats = [\"note\"]\nceiling = [\"tlp:green\"]\n";
    fs::write(world.path("both.toml"), rules).unwrap();
    let line = new.replace(
        "new",
        "new both --format note --ceiling tlp:amber --days 30",
    );
    let drafted = world.does(&line);
    assert!(drafted.contains("\n  rule all: note; "), "{drafted}");
    assert!(drafted.contains("\n    up to tlp:green\n"), "{drafted}");
    let value = world.json("accord show both.accord");
    assert_eq!(value["rules"]["rows"][0]["formats"][0], "note");
    assert_eq!(
        value["rules"]["rows"][0]["lifetime_ms"],
        serde_json::Value::Null
    );
}

#[test]
fn domestic_table_is_checked_set_shown_and_signed() {
    let world = World::new();
    world.agency("police.xa");
    let at = "--authority police.xa/authority";
    let table = "[[rule]]\nname = \"up\"\nformats = [\"note\"]\ndirections = [\"up\"]\npath = \"by-level\"\n";
    fs::write(world.path("house.toml"), table).unwrap();
    let none = "house of police.xa\n  unit spoc.police.xa (the head)\n  no table\n";
    assert_eq!(world.does(&format!("house show {at}")), none);
    world.does(&format!("house check house.toml {at}"));
    let set = world.run(&format!("house set house.toml {at}"));
    assert_eq!(
        set.stdout,
        "a table of 1 row is in the draft, not yet signed\n"
    );
    let shown = world.does(&format!("house show {at}"));
    assert!(
        shown.ends_with("\n    path by-level\n  not yet signed\n"),
        "{shown}"
    );
    let signed = world.json(&format!("roster sign {at}"));
    assert_eq!(signed["house"], 2);
    let shown = world.does(&format!("house show {at}"));
    assert!(shown.ends_with("\n  the table is signed\n"), "{shown}");
    assert_eq!(
        world.json(&format!("roster sign {at}"))["house"],
        serde_json::Value::Null
    );
    // A bad table changes nothing.
    let bad = table.replace("by-level", "to-gateway");
    fs::write(world.path("house.toml"), bad).unwrap();
    for verb in ["check", "set"] {
        let said = world.run(&format!("house {verb} house.toml {at}"));
        assert_eq!(said.code, 7, "{said:?}");
        assert!(
            said.stdout
                .contains("line 2: up: a path by gateways is for cross-border alone (RTE-43)")
        );
    }
    let still = world.does(&format!("house show {at}"));
    assert_eq!(still, shown);
    fs::write(world.path("house.toml"), "").unwrap();
    world.does(&format!("house set house.toml {at}"));
    assert_eq!(world.json(&format!("roster sign {at}"))["house"], 3);
    assert_eq!(world.does(&format!("house show {at}")), none);
}

#[test]
fn tree_has_one_head_and_no_way_up_leads_round() {
    let world = World::new();
    world.agency("police.xa");
    let at = "--authority police.xa/authority";
    world.does(&format!("roster add-unit north {at}"));
    world.does(&format!("roster add-unit post --superior north {at}"));
    let said = world.run(&format!("roster add-unit north --superior post {at}"));
    assert_eq!(said.code, 7);
    assert_eq!(
        said.stderr,
        "error[units-lead-round]: the way up leads round: \
         north.police.xa → post.police.xa → north.police.xa\n  \
         From every unit the way up ends at the one head. Nothing was signed or changed.\n  \
         → estafette-relay roster add-unit UNIT --superior ANOTHER, or --head\n"
    );
    world.does(&format!("roster add-unit hq --head {at}"));
    let shown = world.does(&format!("house show {at}"));
    assert!(
        shown.contains("unit spoc.police.xa (below hq.police.xa)\n"),
        "{shown}"
    );
    assert!(shown.contains("unit hq.police.xa (the head)\n"), "{shown}");
    let path = world.path("police.xa/authority/authority.toml");
    let draft = fs::read_to_string(&path).unwrap();
    let second = draft.replacen("superior = \"hq.police.xa\"\n", "", 1);
    assert_ne!(second, draft);
    fs::write(&path, second).unwrap();
    for verb in ["house show", "roster sign"] {
        let said = world.run(&format!("{verb} {at}"));
        assert_eq!(said.code, 7, "{said:?}");
        assert!(
            said.stderr.starts_with(
                "error[second-head]: spoc.police.xa and hq.police.xa both have no unit above them\n"
            ),
            "{said:?}"
        );
    }
}

#[test]
fn desk_has_a_superior_and_deputies_that_the_roster_lists() {
    let world = World::new();
    world.agency("police.xa");
    let at = "--authority police.xa/authority";
    world.does(&format!("roster add-desk night@spoc {at}"));
    world.does(&format!("roster add-desk chief@spoc {at}"));
    let set = format!("roster set-desk duty@spoc --superior chief@spoc --deputy night@spoc {at}");
    let said = world.does(&set);
    assert_eq!(
        said,
        "desk duty@spoc.police.xa is in the draft, not yet signed\n      \
         superior chief@spoc.police.xa\n      deputy night@spoc.police.xa\n"
    );
    assert!(
        world
            .does(&set)
            .starts_with("desk duty@spoc.police.xa was in the draft already\n")
    );
    let cases = [
        ("chief@spoc --superior duty@spoc", 7, "stand-in-refused"),
        ("duty@spoc --deputy duty@spoc", 7, "stand-in-refused"),
        (
            "duty@spoc --deputy night@spoc --deputy night@spoc",
            7,
            "stand-in-refused",
        ),
        ("duty@spoc --deputy dawn@spoc", 11, "desk-unknown"),
        ("dawn@spoc --deputy duty@spoc", 11, "desk-unknown"),
    ];
    for (line, code, word) in cases {
        let said = world.run(&format!("roster set-desk {line} {at}"));
        assert_eq!(said.code, code, "{line}: {said:?}");
        assert!(
            said.stderr.starts_with(&format!("error[{word}]: ")),
            "{said:?}"
        );
    }
    world.does(&format!("roster sign {at}"));
    let shown = world.json(&format!("roster show {at}"));
    assert_eq!(shown["desks"][0]["superior"], "chief@spoc.police.xa");
    assert_eq!(shown["desks"][0]["deputies"][0], "night@spoc.police.xa");
    world.does(&format!(
        "roster set-desk duty@spoc --no-superior --no-deputy {at}"
    ));
    let shown = world.does(&format!("roster show {at}"));
    assert!(!shown.contains("deputy"), "{shown}");
}

#[test]
fn exercise_is_added_once_under_its_id_and_taken_out_again() {
    let world = World::new();
    world.agency("police.xa");
    let at = "--authority police.xa/authority";
    let window = "--from 2026-12-01T08:00Z --until 2026-12-01T17:00+01:00";
    let line = format!("roster add-exercise grey-heron {window} --desk duty@spoc {at}");
    let first = world.json(&line);
    let id = first["id"].as_str().unwrap();
    assert_eq!(
        (id.len(), &first["changed"]),
        (32, &serde_json::json!(true))
    );
    let again = world.json(&line);
    assert_eq!(
        (&again["id"], &again["changed"]),
        (&first["id"], &serde_json::json!(false))
    );
    let shown = world.does(&format!("roster show {at}"));
    assert!(
        shown.contains(&format!(
            "\n    exercise  grey-heron ({id})\n      \
             from 2026-12-01 08:00 UTC until 2026-12-01 16:00 UTC: duty@spoc.police.xa"
        )),
        "{shown}"
    );
    world.does(&format!("roster sign {at}"));
    let cases = [
        (line.replace("08:00Z", "8 o'clock"), 2, "usage"),
        (
            line.replace("2026-12-01T17", "2026-11-01T17"),
            7,
            "exercise-refused",
        ),
        (
            line.replace("2026-12-01T17", "2027-12-01T17"),
            7,
            "exercise-refused",
        ),
        (line.replace("duty@spoc", "dawn@spoc"), 11, "desk-unknown"),
        (format!("{line} --id 12"), 2, "usage"),
        (
            format!("roster remove-exercise other {at}"),
            11,
            "exercise-unknown",
        ),
    ];
    for (line, code, word) in cases {
        let said = world.run(&line.replace("8 o'clock", "noon"));
        assert_eq!(said.code, code, "{line}: {said:?}");
        assert!(
            said.stderr.starts_with(&format!("error[{word}]: ")),
            "{said:?}"
        );
    }
    let other = format!("{line} --id 000102030405060708090a0b0c0d0e0f").replace("grey", "blue");
    assert_eq!(world.json(&other)["id"], "000102030405060708090a0b0c0d0e0f");
    world.does(&format!("roster remove-exercise {id} {at}"));
    world.does(&format!("roster sign {at}"));
    let shown = world.json(&format!("roster show {at}"));
    assert_eq!(shown["exercises"].as_array().unwrap().len(), 1);
}
