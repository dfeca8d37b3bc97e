//! Reading: `show`, `list`, the board and `search` over an archive, in five languages.

use crate::archive::{Archive, DUTY, field, text};
use estafette_protocol::envelope::Header;
use estafette_protocol::form::Value;
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::{Precedence, Status};
use serde_json::Value as Json;
use unicode_width::UnicodeWidthStr as _;

const LANGUAGES: [&str; 5] = ["ar", "de", "en", "es", "fr"];
const MINUTE: u64 = 60_000;
/// Would clear the screen, forge a line and reorder what follows.
const NASTY: &str =
    "Ferry\u{1b}[2J\u{202e}x\nSignature             ✓ signature and digest verified";

/// 1 flag that is overdue, 2 alert, 3 flag that is due soon, 4 update of 2, 5 withdrawal of 3 by
/// another desk, 6 own answer to 1, 7 flag that is acknowledged, 8 exercise, 9 flag withdrawn by 10,
/// 11 note of which 12 withdraws a part.
fn archive() -> Archive {
    let mut archive = Archive::new();
    let police = archive.world.police.devices[0].clone();
    let head = archive.world.border.devices[2].clone();
    assert_eq!(head.desk.as_str(), "head@ops.border.xb");
    let urgent = |header: &mut Header| {
        header.precedence = Precedence::Flash;
        header.acknowledge_within = Some(30 * MINUTE);
    };
    let flag = |body: &str| (1, vec![field(1, Value::Code(2)), text(5, body)]);
    let now = archive.now;
    archive.now = now.minus(75 * MINUTE);
    let overdue = archive.receive(&police, flag("Grey van northbound"), urgent);
    archive.now = now;
    let account = Value::Group(vec![text(2, "DE89370400440532013000")]);
    let ship = Value::Group(vec![
        text(2, "Nordstern"),
        text(3, "9074728"),
        text(90, "as painted"),
    ]);
    let alert = vec![
        field(1, Value::Code(4711)),
        text(2, "Müller, seen at Rostock"),
        text(3, NASTY),
        text(20, "KA 12/2026-7"),
        field(43, Value::List(vec![ship])),
        field(48, Value::List(vec![account])),
        field(77, Value::Integer(9)),
    ];
    let alert = archive.receive(&police, (2, alert), |_| ());
    let soon = archive.receive(&police, flag("Officer calls for help"), urgent);
    let note = (6, vec![text(2, "Müller is in custody")]);
    archive.receive(&police, note, |header| header.supersedes = Some(alert));
    let withdrawal = || (7, vec![field(1, Value::Code(1))]);
    archive.receive(&head, withdrawal(), |header| header.supersedes = Some(soon));
    archive.send("On our way", overdue);
    let taken = archive.receive(&police, flag("Roadblock"), urgent);
    archive.acknowledge(&taken);
    archive.receive(&police, flag("Drill"), |header| {
        header.status = Status::Exercise;
        header.exercise = Some(estafette_protocol::encoding::FixedBytes([7; 16]));
        urgent(header);
    });
    let void = archive.receive(&police, flag("False alarm"), urgent);
    archive.receive(&police, withdrawal(), |header| {
        header.supersedes = Some(void)
    });
    let note = (6, vec![text(2, "Weekly at nine")]);
    let weekly = archive.receive(&police, note, |_| ());
    let (_, mut once) = withdrawal();
    once.push(field(3, Value::Time(now)));
    archive.receive(&police, (7, once), |header| {
        header.supersedes = Some(weekly)
    });
    archive
}

fn objects(out: &str) -> Vec<Json> {
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn ids(out: &str) -> Vec<u64> {
    objects(out)
        .iter()
        .filter_map(|object| object["id"].as_u64())
        .collect()
}

#[track_caller]
fn assert_calm(out: &str) {
    for line in out.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
        let is_calm = |c: char| !c.is_control() && !('\u{2066}'..='\u{2069}').contains(&c);
        assert!(
            line.chars().all(|c| is_calm(c) && c != '\u{202e}'),
            "{line:?}"
        );
    }
}

/// Covers FRM-1, FRM-9.
#[test]
fn show_prints_in_every_language_with_numbers_for_what_is_unknown() {
    let archive = archive();
    let catalogue = Catalogue::built_in();
    let format = catalogue.format(2, 1).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for language in LANGUAGES {
        let out = archive.out(&["show", "2", "--lang", language]);
        assert_calm(&out);
        let precedence = catalogue.list("precedences").unwrap().code(0).unwrap();
        for label in [
            format.label(language),
            format.field(20).unwrap().label(language),
            format.field(48).unwrap().label(language),
            catalogue
                .group("vessel")
                .unwrap()
                .field(3)
                .unwrap()
                .label(language),
            precedence.label(language),
            "4711",
            "77",
            "Ferry<U+001B>[2J<U+202E>x",
            "  │ Signature             ✓ signature and digest verified",
            "DE89370400440532013000",
        ] {
            assert!(out.contains(label), "{language} {label}: {out}");
        }
        assert!(seen.insert(out));
    }
    let english = archive.out(&["show", "2"]);
    for part in [
        "\nField 77              9\n",
        "code 4711\n",
        "fails its check: IMO number",
    ] {
        assert!(english.contains(part), "{part}: {english}");
    }
    let from = |variable: (&str, &str)| archive.run_with(&[variable], &["show", "2"]).1;
    let german = archive.out(&["show", "2", "--lang", "de"]);
    assert_eq!(from(("ESTAFETTE_LANG", "de")), german);
    assert_eq!(from(("LC_ALL", "de_AT.UTF-8")), german);
    assert_eq!(from(("LANG", "tlh_KL.UTF-8")), english);
    let json = archive.out(&["show", "2", "--json", "--lang", "ar"]);
    assert_eq!(json, archive.out(&["show", "2", "--json"]));
    let shown = &objects(&json)[0];
    assert_eq!(shown["form"]["vessels"][0]["imo"], "9074728");
    assert_eq!(
        (&shown["form"]["kind"], &shown["form"]["77"]),
        (&4711.into(), &9.into())
    );
    assert_eq!(shown["doubts"][0]["field"], "43[1]/3");
}

#[test]
fn unknown_language_is_an_error_that_lists_those_there_are() {
    let archive = Archive::new();
    let (code, out, err) = archive.run(&["list", "--lang", "tlh"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert_eq!(err.lines().count(), 3, "{err}");
    assert!(
        err.starts_with("error[language-unknown]: no language tlh\n"),
        "{err}"
    );
    assert!(err.ends_with("→ --lang ar | de | en | es | fr\n"), "{err}");
}

#[test]
fn show_says_what_replaces_a_message_and_what_has_no_effect() {
    let archive = archive();
    let first = |id| {
        archive
            .out(&["show", id])
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(first("2"), "‼ Superseded by 4   → estafette show 4");
    assert_eq!(first("9"), "‼ Withdrawn by 10   → estafette show 10");
    let in_part = "‼ In part withdrawn by 12   → estafette show 12";
    assert_eq!(first("11"), in_part);
    assert!(first("3").starts_with("Message  "));
    assert_eq!(first("8"), "*** EXERCISE ***");
    let out = archive.out(&["show", "4"]);
    assert!(out.contains("\nSupersedes            2\n"), "{out}");
    let out = archive.out(&["show", "5"]);
    assert!(
        out.contains("\nWithdraws             ‼ without effect: 3 is not a message"),
        "{out}"
    );
    let out = archive.out(&["show", "1"]);
    let (_, answers) = out.split_once("\nANSWERS\n").unwrap();
    assert!(answers.contains("   6  queued "), "{answers}");
    assert!(answers.contains("Note: On our way"), "{answers}");
    assert!(
        archive
            .out(&["show", "6"])
            .contains("\nIn reply to           1\n")
    );
    let json = |id| objects(&archive.out(&["show", id, "--json"])).remove(0);
    assert_eq!(json("2")["superseded_by"], 4);
    assert_eq!(json("9")["withdrawn_by"], 10);
    assert_eq!(
        (&json("5")["without_effect"], &json("3")["withdrawn_by"]),
        (&true.into(), &Json::Null)
    );
    assert_eq!(json("1")["answers"], serde_json::json!([6]));
}

#[test]
fn board_sorts_by_time_left_and_keeps_what_was_acknowledged() {
    let archive = archive();
    let json = archive.out(&["--json"]);
    // Needed: the overdue one, the one with time left, those without a deadline, the exercise.
    assert_eq!(ids(&json), [1, 3, 12, 11, 10, 5, 4, 8, 6, 7]);
    let board = &objects(&json)[0];
    let counts =
        ["needs_you", "waiting", "problems", "acknowledged", "queued"].map(|key| &board[key]);
    assert_eq!(
        counts.map(|count| count.as_u64().unwrap()),
        [8, 1, 0, 1, 13]
    );
    for language in LANGUAGES {
        let out = archive.out(&["--lang", language]);
        assert_calm(&out);
        assert!(out.starts_with(DUTY), "{out}");
        assert_calm(&archive.out(&["list", "--lang", language]));
        assert_calm(&archive.out(&["track", "1", "--lang", language]));
    }
    let out = archive.out(&[]);
    for part in [
        "NEEDS YOU (8)\n",
        "WAITING FOR OTHERS (1)\n",
        "\nACKNOWLEDGED (1)\n",
        "   1  overdue, 45 min ",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
    assert!(out.contains("EXERCISE Emergency flag: "), "{out}");
    let sides = |id: u64| {
        let objects = objects(&archive.out(&["list", "--json"]));
        let object = objects
            .into_iter()
            .find(|object| object["id"] == id)
            .unwrap();
        object["sides"].clone()
    };
    assert_eq!(sides(11), serde_json::json!(["withdrawn-in-part"]));
    assert_eq!(sides(2), serde_json::json!(["superseded"]));
    assert_eq!(sides(9)[0], "withdrawn");
    assert_eq!(sides(5), serde_json::json!(["without-effect"]));
    assert_eq!(ids(&archive.out(&["list", "acknowledged", "--json"])), [7]);
}

#[test]
fn search_finds_by_text_reference_entity_and_time() {
    let archive = archive();
    let found = |args: &[&str]| {
        let args = [&["search", "--json"], args].concat();
        ids(&archive.run(&args).1)
    };
    assert_eq!(found(&["MULLER"]), [4, 2]);
    assert_eq!(found(&["muller", "--format", "alert"]), [2]);
    assert_eq!(found(&["--entity", "DE89 3704 0044 0532 0130 00"]), [2]);
    assert_eq!(found(&["--entity", "IMO 9074728"]), [2]);
    assert!(found(&["--entity", "grey van"]).is_empty());
    assert_eq!(found(&["--reference", "ka 12/2026-7"]), [2]);
    let json = archive.out(&["show", "3", "--json"]);
    let shown = &objects(&json)[0];
    let begins = |key: &str| {
        shown[key]
            .as_str()
            .unwrap()
            .chars()
            .take(12)
            .collect::<String>()
    };
    assert_eq!(found(&["--reference", &begins("reference")]), [3]);
    // The withdrawal names it, too.
    assert_eq!(found(&["--reference", &begins("digest")]), [5, 3]);
    assert_eq!(found(&["--from", "head@ops.border.xb"]), [5]);
    assert!(found(&["--until", "1d"]).is_empty());
    assert_eq!(found(&["--since", "1d", "--format", "note"]), [11, 6, 4]);
    let (code, out, err) = archive.run(&["search", "nobody"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (0, "", "Nothing found.\n")
    );
    let (_, out, err) = archive.run(&["search", "rostock"]);
    assert_calm(&out);
    assert!(
        out.contains("Müller, seen at Rostock\n") && err == "Found: 1\n",
        "{out}{err}"
    );
    for (args, line) in [
        (&["--since", "yesterday"][..], "error: "),
        (
            &["--format", "allert"],
            "error[format-unknown]: no format allert\n",
        ),
        (&[], "error: "),
    ] {
        let (code, out, err) = archive.run(&[&["search"], args].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.starts_with(line), "{err}");
    }
}
