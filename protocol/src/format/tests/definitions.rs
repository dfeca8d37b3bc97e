//! Which definitions hold.

#![expect(clippy::too_many_lines, reason = "tables of cases")]

use super::*;
use crate::crypto::sha256;

const LANGUAGES: [&str; 5] = ["ar", "de", "en", "es", "fr"];

#[test]
fn every_definition_of_this_edition_holds() {
    let files = Catalogue::files().iter();
    let files = files.map(|(kind, _, text)| (*kind, *text));
    Catalogue::default().extended(files).unwrap();
    let count = |of: Kind| {
        Catalogue::files()
            .iter()
            .filter(|(kind, ..)| *kind == of)
            .count()
    };
    let catalogue = Catalogue::built_in();
    assert_eq!(catalogue.formats().len(), count(Kind::Format));
    assert_eq!(catalogue.groups().count(), count(Kind::Group));
    assert_eq!(catalogue.lists().count(), count(Kind::CodeList));
    assert!(catalogue.format(1, 1).is_some() && catalogue.format(6, 1).is_some());
}

#[test]
fn every_label_of_this_edition_is_there_in_five_languages() {
    let catalogue = Catalogue::built_in();
    let in_all = |labels: &Labels, what: &str| {
        assert_eq!(labels.keys().collect::<Vec<_>>(), LANGUAGES, "{what}");
        assert!(
            labels.values().all(|label| !label.trim().is_empty()),
            "{what}"
        );
    };
    let of_fields = |fields: &[FieldDefinition], of: &str| {
        for field in fields {
            in_all(&field.labels, &format!("{of} {}", field.word));
            if !field.help.is_empty() {
                in_all(&field.help, &format!("{of} {}", field.word));
            }
        }
    };
    for format in catalogue.formats() {
        in_all(&format.labels, &format.word);
        of_fields(&format.fields, &format.word);
    }
    for group in catalogue.groups() {
        in_all(&group.labels, &group.word);
        of_fields(&group.fields, &group.word);
    }
    for list in catalogue.lists() {
        in_all(&list.labels, &list.word);
        for code in &list.codes {
            in_all(&code.labels, &format!("{} {}", list.word, code.word));
        }
    }
}

/// Covers FRM-4, FRM-5.
#[test]
fn a_definition_that_does_not_hold_is_refused_by_name() {
    use DefinitionFault as Fault;
    let word = |word: &str| word.to_owned();
    let field = |field: &str, key| (field.to_owned(), key);
    let useless = |(field, key)| Fault::KeyUseless { field, key };
    let missing = |(field, key)| Fault::KeyMissing { field, key };
    for (kind, from, to, fault) in [
        (
            Kind::Format,
            "number = 2",
            "number = 1",
            Fault::NumberTwice(1),
        ),
        (
            Kind::Format,
            "\"why\"",
            "\"crew\"",
            Fault::WordTwice(word("crew")),
        ),
        (
            Kind::Format,
            "codes = \"sizes\"\n",
            "",
            missing(field("size", "codes")),
        ),
        (
            Kind::Format,
            "group = \"ship\"\n",
            "",
            missing(field("ships", "group")),
        ),
        (
            Kind::Format,
            "form_bytes_max = 400",
            "form_bytes_max = 400\ntext = \"because\"",
            Fault::FieldUnknown(word("because")),
        ),
        (
            Kind::Format,
            "form_bytes_max = 400",
            "form_bytes_max = 400\ntext = \"crew\"",
            useless(field("crew", "text")),
        ),
        (
            Kind::Format,
            "\"integer\"",
            "\"integer\"\nbytes_max = 1",
            useless(field("crew", "bytes_max")),
        ),
        (
            Kind::Format,
            "\"integer\"",
            "\"integer\"\ncodes = \"sizes\"",
            useless(field("crew", "codes")),
        ),
        (
            Kind::Format,
            "\"integer\"",
            "\"integer\"\ngroup = \"ship\"",
            useless(field("crew", "group")),
        ),
        (
            Kind::Format,
            "\"integer\"",
            "\"integer\"\ncheck = \"vin\"",
            useless(field("crew", "check")),
        ),
        (
            Kind::Format,
            "codes = \"sizes\"",
            "codes = \"colours\"",
            Fault::ListUnknown(word("colours")),
        ),
        (
            Kind::Format,
            "group = \"ship\"",
            "group = \"boat\"",
            Fault::GroupUnknown(word("boat")),
        ),
        (
            Kind::Format,
            "when = \"size\"",
            "when = \"colour\"",
            Fault::FieldUnknown(word("colour")),
        ),
        (
            Kind::Format,
            "when = \"size\"",
            "when = \"crew\"",
            Fault::RuleType(word("crew")),
        ),
        (
            Kind::Format,
            "is = [\"large\"]",
            "is = [\"red\"]",
            Fault::CodeUnknown(word("red")),
        ),
        (
            Kind::Format,
            "[\"why\", \"crew\"]",
            "[\"how\"]",
            Fault::FieldUnknown(word("how")),
        ),
        (
            Kind::Format,
            "[\"leaves\", ",
            "[\"crew\", ",
            Fault::RuleType(word("crew")),
        ),
        (
            Kind::Format,
            "[\"leaves\", ",
            "[\"left\", ",
            Fault::FieldUnknown(word("left")),
        ),
        (
            Kind::Group,
            "[\"imo\", \"name\"]",
            "[\"number\"]",
            Fault::FieldUnknown(word("number")),
        ),
        (
            Kind::Group,
            "override = \"reason\"",
            "override = \"excuse\"",
            Fault::FieldUnknown(word("excuse")),
        ),
        (
            Kind::Group,
            "\"container\"\ntype = \"text\"\ncheck = \"container\"",
            "\"container\"\ntype = \"group\"\ngroup = \"ship\"",
            Fault::Circle(word("box")),
        ),
        (
            Kind::CodeList,
            "value = 2",
            "value = 1",
            Fault::NumberTwice(1),
        ),
        (
            Kind::CodeList,
            "\"large\"",
            "\"Small\"",
            Fault::WordTwice(word("Small")),
        ),
        (
            Kind::CodeList,
            "term = \"L\"",
            "term = \"s\"",
            Fault::WordTwice(word("s")),
        ),
        (
            Kind::CodeList,
            "successor = 2",
            "successor = 7",
            Fault::SuccessorUnknown(7),
        ),
    ] {
        let error = with(kind, from, to).unwrap_err();
        assert_eq!((error.kind, &error.fault), (kind, &fault), "{to}");
        assert!(error.to_string().ends_with(&format!("({})", kind.clause())));
    }
}

/// Covers FRM-4.
#[test]
fn a_definition_with_an_unknown_key_is_refused_by_name_and_line() {
    for (kind, from, to) in [
        (Kind::Format, "format = 1024", "colour = 1\nformat = 1024"),
        (
            Kind::Format,
            "format = 1024",
            "override = \"why\"\nformat = 1024",
        ),
        (
            Kind::Format,
            "word = \"crew\"",
            "word = \"crew\"\ncolour = 1",
        ),
        (Kind::Format, "\"duration\"", "\"instant\""),
        (Kind::Format, "is = [\"large\"]\n", ""),
        (
            Kind::Format,
            "is = [\"large\"]\n",
            "is = [\"large\"]\norder = []\n",
        ),
        (
            Kind::Format,
            "is = [\"large\"]\n",
            "is = [\"large\"]\ncolour = 1\n",
        ),
        (Kind::Format, "version = 1", "version = 70000"),
        (Kind::Format, "version = 1\n", ""),
        (Kind::Group, "check = \"imo\"", "check = \"colour\""),
        (Kind::Group, "word = \"box\"", "word = \"box\"\nversion = 1"),
        (Kind::CodeList, "value = 2", "value = 2\ncolour = 1"),
        (Kind::CodeList, "source", "sauce"),
    ] {
        let error = with(kind, from, to).unwrap_err();
        assert!(
            matches!(error.fault, DefinitionFault::Unreadable(_)),
            "{error}"
        );
        assert!(
            !error.word.is_empty() && error.to_string().contains("line"),
            "{error}"
        );
    }
    let error = Catalogue::default().extended([(Kind::Group, "word = ")]);
    assert_eq!(error.unwrap_err().word, "");
}

/// Covers FRM-3.
#[test]
fn the_definition_hash_is_over_the_format_and_its_groups_in_order() {
    let known = catalogue();
    let definition = known.format(1024, 1).unwrap().definition;
    let parts = [VOYAGE.as_bytes(), BOX.as_bytes(), SHIP.as_bytes()];
    assert_eq!(definition, sha256(&parts));
    let other = |kind, from, to| {
        with(kind, from, to)
            .unwrap()
            .format(1024, 1)
            .unwrap()
            .definition
    };
    assert_ne!(other(Kind::Group, "\"Box\"", "\"Crate\""), definition);
    assert_eq!(other(Kind::CodeList, "\"Large\"", "\"Big\""), definition);
}

#[test]
fn what_is_known_already_changes_nothing_and_what_contradicts_it_is_refused() {
    let known = catalogue();
    let again = known.extended(files()).unwrap();
    assert_eq!(again.formats().len(), 1);
    for (kind, text) in files() {
        let error = known.extended([(kind, format!("# \n{text}").as_str())]);
        assert_eq!(
            error.unwrap_err().fault,
            DefinitionFault::Conflict,
            "{kind}"
        );
    }
    let other_word = VOYAGE
        .replace("\"voyage\"", "\"trip\"")
        .replace("version = 1", "version = 2");
    let other_number = VOYAGE.replace("1024", "1025");
    for text in [other_word, other_number] {
        let error = known.extended([(Kind::Format, text.as_str())]).unwrap_err();
        assert_eq!(error.fault, DefinitionFault::Conflict);
    }
}

#[test]
fn a_further_version_stands_beside_and_a_newer_list_takes_the_place() {
    let known = catalogue();
    let second = VOYAGE.replace("version = 1", "version = 2");
    let both = known.extended([(Kind::Format, second.as_str())]).unwrap();
    assert!(both.format(1024, 1).is_some());
    assert_eq!(both.format_by_word("voyage").map(|f| f.version), Some(2));
    let newer = SIZES.replace("version = 1", "version = 2")
        + "[[code]]\nvalue = 9\nword = \"vast\"\nlabels = {}\n";
    let grown = known.extended([(Kind::CodeList, newer.as_str())]).unwrap();
    assert!(grown.list("sizes").unwrap().code(9).is_some());
    let back = grown.extended([(Kind::CodeList, SIZES)]).unwrap();
    assert!(back.list("sizes").unwrap().code(9).is_some());
    for (from, to, value) in [
        ("word = \"small\"", "word = \"tiny\"", 1),
        ("value = 1", "value = 7", 1),
    ] {
        let changed = newer.replace(from, to);
        let error = known
            .extended([(Kind::CodeList, changed.as_str())])
            .unwrap_err();
        assert_eq!(error.fault, DefinitionFault::MeaningChanged(value));
    }
}

/// Covers FRM-5.
#[test]
fn a_code_is_found_by_word_or_term_in_any_case() {
    let known = catalogue();
    let list = known.list("sizes").unwrap();
    for typed in ["large", "Large", "L", "l"] {
        assert_eq!(
            list.code_by_word(typed).map(|code| code.value),
            Some(2),
            "{typed}"
        );
    }
    assert!(list.code_by_word("larg").is_none());
    let near = |typed| {
        list.near(typed)
            .iter()
            .map(|code| code.value)
            .collect::<Vec<_>>()
    };
    assert_eq!(near("larg"), [2]);
    assert_eq!(near("petit"), [1]);
    assert_eq!(near("smal"), [1]);
    assert_eq!(near("larbe"), [2]);
    assert_eq!(near("hug"), Vec::<u16>::new());
    assert_eq!(near(""), Vec::<u16>::new());
}

#[test]
fn labels_fall_back_to_english_and_the_word() {
    let known = catalogue();
    let format = known.format(1024, 1).unwrap();
    assert_eq!(format.label("fr"), "Traversée");
    assert_eq!(format.label("fi"), "Voyage");
    assert_eq!(format.field(1).unwrap().label("fr"), "Taille");
    assert_eq!(format.field(2).unwrap().label("fr"), "leaves");
}
