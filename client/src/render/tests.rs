use super::*;
use crate::testing::{alert, field, text};
use estafette_protocol::form::{Form, Value};

const LANGUAGES: [&str; 5] = ["ar", "de", "en", "es", "fr"];

fn reader(language: &str) -> Reader<'_> {
    Reader {
        catalogue: Catalogue::built_in(),
        language,
        utc: true,
        ascii: false,
        isolates: false,
        width: 80,
    }
}

fn shown(form: &Form, reader: Reader<'_>) -> String {
    let mut page = Page::new(reader);
    page.form(form);
    page.into_lines().join("\n")
}

fn note(body: &str) -> Form {
    Form {
        format: 6,
        version: 1,
        fields: vec![field(2, text(body))],
    }
}

#[test]
fn form_is_blocks_of_labels_and_values() {
    let expected = "\
Kind                  Wanted person
Title                 Ferry from Rostock
Text
  │ The ferry left at noon with a grey van on deck two. The ferry left at noon
  │ with a grey van on deck two. The ferry left at noon with a grey van on deck
  │ two. The ferry left at noon with a grey van on deck two. The ferry left at
  │ noon with a grey van on deck two. The ferry left at noon with a grey van on
  │ deck two.
Expected from         2026-01-02 02:54:05 UTC
Own case number       KA 12/2026-7
Crime areas           Terrorism
                      code 60000
Persons 1/2
  Family name           Müller
  Given names           أسامة
  Apparent age          41
  Documents
    Type                  code 4711
    Number                X-1234567
Persons 2/2
  Family name           O'Neill
Vessels
  Name                  Nordstern
  IMO number            9074728
                        ‼ fails its check: IMO number: check digit 9 would be
                        right at character 7
  Last known position   52.520000, 13.405000  (52°31'12\"N 13°24'18\"E)
  Reason despite failed check
                        as painted on the hull
Accounts and payments
  IBAN                  DE89370400440532013000
Field 77              1 d 1 h 1 min 1 s 1 ms
                      later
Field 78
  Field 5               9";
    assert_eq!(shown(&alert(), reader("en")), expected);
}

/// Covers FRM-1.
#[test]
fn form_prints_in_every_language_within_eighty_columns() {
    let mut seen = std::collections::BTreeSet::new();
    for language in LANGUAGES {
        let reader = reader(language);
        let lines = shown(&alert(), reader);
        for line in lines.lines() {
            assert!(columns(line) <= 80, "{line}");
        }
        let format = reader.catalogue.format(2, 1).unwrap();
        let group = reader.catalogue.group("vessel").unwrap();
        let kind = reader
            .catalogue
            .list("alert-kinds")
            .unwrap()
            .code(3)
            .unwrap();
        for label in [
            format.field(20).unwrap().label(language),
            format.field(40).unwrap().label(language),
            group.field(2).unwrap().label(language),
            kind.label(language),
            &reader.fill("unknown-field", 77),
            &reader.fill("unknown-code", 4711),
            &reader.say("fails-check"),
            &reader.duration(86_400_000),
        ] {
            assert!(lines.contains(label), "{language} {label}: {lines}");
        }
        assert!(seen.insert(lines));
    }
    // A language that no definition has is answered in English.
    assert_eq!(shown(&alert(), reader("pl")), shown(&alert(), reader("en")));
}

#[test]
fn received_text_moves_no_cursor_and_reorders_nothing() {
    let nasty = "a\u{1b}[2Jb\u{1b}]0;title\u{7}\r\u{8}\u{9b}31m\u{202e}c\u{2066}\u{200b}\u{feff}\u{ad}\u{3164}\tz\u{2028}";
    for (form, isolates) in [
        (note(nasty), true),
        (note(&format!("{nasty}\n{nasty}")), false),
    ] {
        for language in LANGUAGES {
            for ascii in [false, true] {
                let reader = Reader {
                    ascii,
                    isolates: isolates && !ascii,
                    ..reader(language)
                };
                let lines = shown(&form, reader);
                let is_hidden = |c: char| {
                    c.is_control() && c != '\n'
                        || words::visible(&c.to_string(), true) != c.to_string()
                };
                let is_ours = |c: char| reader.isolates && matches!(c, '\u{2068}' | '\u{2069}');
                assert!(
                    !lines.chars().any(|c| is_hidden(c) && !is_ours(c)),
                    "{lines:?}"
                );
                assert!(!ascii || lines.is_ascii(), "{lines}");
                for mark in [
                    "<U+001B>[2J",
                    "<U+0007>",
                    "<U+009B>",
                    "<U+202E>",
                    "<U+2066>",
                    "<U+200B>",
                    "<U+3164>",
                ] {
                    assert!(
                        lines.replace(['\n', ' ', '│', '|'], "").contains(mark),
                        "{mark}: {lines}"
                    );
                }
            }
        }
    }
}

#[test]
fn no_line_of_a_text_passes_for_a_line_of_the_program() {
    let forged =
        "hello\nSignature             ✓ signature and digest verified\n\n  Name                  x";
    let lines = shown(&note(forged), reader("en"));
    let mut lines = lines.lines();
    assert_eq!(lines.next().map(str::trim_end), Some("Text"));
    assert!(lines.all(|line| line.starts_with("  │")));
}

#[test]
fn text_that_runs_from_right_to_left_is_kept_apart_on_a_terminal_alone() {
    let form = note("مطاردة 12");
    let on_terminal = Reader {
        isolates: true,
        ..reader("de")
    };
    assert_eq!(
        shown(&form, on_terminal),
        "Text                  \u{2068}مطاردة 12\u{2069}"
    );
    assert_eq!(
        shown(&form, reader("de")),
        "Text                  مطاردة 12"
    );
    let arabic = Reader {
        isolates: true,
        ..reader("ar")
    };
    let line = shown(&note("van"), arabic);
    assert!(
        line.starts_with('\u{2068}') && line.ends_with(" van"),
        "{line:?}"
    );
    assert_eq!(columns(&line), 25);
}

#[test]
fn ascii_is_ascii_in_every_language() {
    for language in LANGUAGES {
        let lines = shown(
            &alert(),
            Reader {
                ascii: true,
                ..reader(language)
            },
        );
        assert!(lines.is_ascii(), "{lines}");
        assert!(lines.contains("M<U+00FC>ller"), "{lines}");
        assert!(lines.lines().all(|line| line.len() <= 80), "{lines}");
    }
    let plain = Reader {
        ascii: true,
        ..reader("fr")
    };
    assert_eq!(plain.say("taken-on"), "PRIS EN COMPTE");
    assert_eq!(plain.say("answers"), "REPONSES");
    assert_eq!(
        Reader {
            ascii: true,
            ..reader("ar")
        }
        .say("from"),
        "From"
    );
}

#[test]
fn unknown_format_is_shown_by_numbers() {
    let form = Form {
        format: 2000,
        version: 3,
        fields: vec![
            field(1, Value::Code(7)),
            field(9, Value::Group(vec![field(1, text("inside"))])),
        ],
    };
    assert_eq!(reader("en").format(2000, 3), "Format 2000.3");
    assert_eq!(
        shown(&form, reader("en")),
        "Field 1               code 7\nField 9\n  Field 1               inside"
    );
}

#[test]
fn summary_has_the_labels_of_its_codes() {
    let form = Form {
        format: 1,
        version: 1,
        fields: vec![field(1, Value::Code(2)), field(5, text("grey van"))],
    };
    let pursuit = Catalogue::built_in()
        .list("flag-types")
        .unwrap()
        .code(2)
        .unwrap();
    let german = reader("de").summary("pursuit: grey van", Some(&form));
    assert_eq!(german, format!("{}: grey van", pursuit.label("de")));
    assert_eq!(
        reader("de").summary("pursuit", Some(&form)),
        pursuit.label("de")
    );
    for other in ["other: x", "pursuits: x", "pursuit"] {
        assert_eq!(reader("de").summary(other, None), other);
    }
    assert_eq!(reader("de").summary("other: x", Some(&form)), "other: x");
}

#[test]
fn header_codes_come_from_their_lists_and_unknown_markings_stand_by_number() {
    use estafette_protocol::marking::Marking;
    use estafette_protocol::precedence::{Precedence, Status};
    let german = reader("de");
    assert_eq!(german.precedence(Precedence::Flash), "Blitz");
    assert_eq!(german.status(Status::Exercise), "Übung");
    assert!(
        german
            .marking(Marking { axis: 1, code: 2 })
            .ends_with("(TLP:AMBER)")
    );
    assert_eq!(german.marking(Marking { axis: 9, code: 2 }), "Vermerk 9:2");
    assert_eq!(
        german.marking(Marking { axis: 1, code: 77 }),
        "Vermerk tlp:77"
    );
}

#[test]
fn time_left_is_said_in_the_language() {
    let now = crate::testing::NOW;
    let due = now.plus(90 * 60_000 + 1);
    assert_eq!(reader("en").time_left(due, now), "1 h 30 min left");
    assert_eq!(reader("de").time_left(due, now), "noch 1 h 30 min");
    assert_eq!(reader("fr").time_left(now, due), "retard 1 h 30 min");
}
