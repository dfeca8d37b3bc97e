//! Cases of `form-definition-hash`: which definitions hold, and what hash they have.

use super::{BOX, SHIP, SIZES, VOYAGE};
use crate::vectors::case::Case;
use estafette_protocol::format::Catalogue;
use serde_json::{Value as Json, json};

/// The formats of the edition, by number and version.
pub(super) fn of_edition() -> Vec<Case> {
    let formats = Catalogue::built_in().formats().iter();
    let case = |number: u16, version: u16| json!({ "format": number, "version": version });
    let valid = formats.map(|format| {
        let id = format!("edition-{}-{}", format.word, format.version);
        Case::valid(id, &["FRM-3"], case(format.format, format.version))
    });
    let unknown = Case::invalid(
        "edition-format-unknown",
        &["FRM-3"],
        ("edition-flag-1", "format 1,023"),
        ("form", "format-unknown"),
        case(1_023, 1),
    );
    valid.chain([unknown]).collect()
}

/// A definition with one change.
fn changed(text: &str, from: &str, to: &str) -> String {
    text.replacen(from, to, 1)
}

pub(super) fn definitions() -> Vec<Case> {
    let whole = json!({ "toml": VOYAGE });
    let hash: &[&str] = &["FRM-3", "FRM-4"];
    let mut cases = vec![
        Case::valid("definition-voyage", hash, whole),
        // The hash is of the bytes: a comment changes it, in the format and in a group.
        Case::valid(
            "definition-comment",
            &["FRM-3"],
            json!({ "toml": format!("# another\n{VOYAGE}") }),
        ),
        Case::valid(
            "definition-comment-in-group",
            &["FRM-3"],
            json!({ "toml": VOYAGE, "groups": [SHIP, format!("{BOX}# another\n")] }),
        ),
        Case::valid(
            "definition-comment-in-list",
            &["FRM-3"],
            json!({ "toml": VOYAGE, "codes": [format!("{SIZES}# another\n")] }),
        ),
        Case::valid(
            "definition-group-not-named",
            &["FRM-3"],
            json!({ "toml": VOYAGE, "groups": [SHIP, BOX, changed(BOX, "\"box\"", "\"crate\"")] }),
        ),
    ];
    cases.extend(formats());
    cases.extend(groups());
    cases.extend(lists());
    cases
}

type Fault = (&'static str, &'static str, &'static str, &'static str);

fn faults(faults: &[Fault], rule: &'static str, input: impl Fn(&str, &str) -> Json) -> Vec<Case> {
    let requirements: &[&str] = match rule {
        "FRM-5" => &["FRM-5"],
        _ => &["FRM-4"],
    };
    let case = |(id, mutation, from, to): &Fault| {
        let id = format!("definition-{id}");
        let fault = (("definition-voyage", *mutation), ("form", rule));
        Case::invalid(id, requirements, fault.0, fault.1, input(from, to))
    };
    faults.iter().map(case).collect()
}

fn formats() -> Vec<Case> {
    let input = |from: &str, to: &str| json!({ "toml": changed(VOYAGE, from, to) });
    faults(FORMAT_FAULTS, "FRM-4", input)
}

fn groups() -> Vec<Case> {
    let in_ship =
        |from: &str, to: &str| json!({ "toml": VOYAGE, "groups": [changed(SHIP, from, to), BOX] });
    let in_box =
        |from: &str, to: &str| json!({ "toml": VOYAGE, "groups": [SHIP, changed(BOX, from, to)] });
    let missing = Case::invalid(
        "definition-group-missing",
        &["FRM-4"],
        (
            "definition-voyage",
            "the group that a group names is not there",
        ),
        ("form", "FRM-4"),
        json!({ "toml": VOYAGE, "groups": [SHIP] }),
    );
    let ship = faults(SHIP_FAULTS, "FRM-4", in_ship);
    [ship, faults(BOX_FAULTS, "FRM-4", in_box), vec![missing]].concat()
}

fn lists() -> Vec<Case> {
    let input =
        |from: &str, to: &str| json!({ "toml": VOYAGE, "codes": [changed(SIZES, from, to)] });
    faults(LIST_FAULTS, "FRM-5", input)
}

const FORMAT_FAULTS: &[Fault] = &[
    (
        "unknown-key",
        "a key that nobody knows",
        "format = 1024",
        "colour = 1\nformat = 1024",
    ),
    (
        "format-override",
        "an override, which only a group has",
        "format = 1024",
        "override = \"why\"\nformat = 1024",
    ),
    (
        "unknown-field-key",
        "such a key in a field",
        "word = \"crew\"",
        "word = \"crew\"\ncolour = 1",
    ),
    (
        "unknown-rule-key",
        "such a key in a rule",
        "needs =",
        "colour = 1\nneeds =",
    ),
    ("no-word", "word missing", "word = \"voyage\"\n", ""),
    (
        "no-labels",
        "labels missing",
        "labels = { en = \"Voyage\" }\n",
        "",
    ),
    (
        "type",
        "a type that does not exist",
        "\"position\"",
        "\"polygon\"",
    ),
    (
        "format-66000",
        "format 66,000",
        "format = 1024",
        "format = 66000",
    ),
    (
        "not-toml",
        "an equals sign missing",
        "version = 1",
        "version 1",
    ),
    ("number-twice", "a number twice", "number = 2", "number = 1"),
    ("word-twice", "a word twice", "\"why\"", "\"crew\""),
    (
        "code-without-list",
        "a code without a list",
        "codes = \"sizes\"\n",
        "",
    ),
    (
        "list-unknown",
        "a list that is not there",
        "codes = \"sizes\"",
        "codes = \"colours\"",
    ),
    (
        "group-without-word",
        "a group without its word",
        "group = \"ship\"\n",
        "",
    ),
    (
        "group-unknown",
        "a group that is not there",
        "group = \"ship\"",
        "group = \"boat\"",
    ),
    (
        "codes-of-integer",
        "codes of a number",
        "\"integer\"",
        "\"integer\"\ncodes = \"sizes\"",
    ),
    (
        "group-of-integer",
        "a group of a number",
        "\"integer\"",
        "\"integer\"\ngroup = \"ship\"",
    ),
    (
        "check-of-integer",
        "a check of a number",
        "\"integer\"",
        "\"integer\"\ncheck = \"imo\"",
    ),
    (
        "bytes-of-integer",
        "bytes_max of a number",
        "\"integer\"",
        "\"integer\"\nbytes_max = 9",
    ),
    (
        "when-unknown",
        "a rule about a field that is not there",
        "when = \"size\"",
        "when = \"colour\"",
    ),
    (
        "when-integer",
        "a rule about codes of a number",
        "when = \"size\"",
        "when = \"crew\"",
    ),
    (
        "is-unknown",
        "a rule about a code that is not there",
        "is = [\"large\"]",
        "is = [\"red\"]",
    ),
    (
        "needs-unknown",
        "a rule that needs a field that is not there",
        "[\"why\", \"crew\"]",
        "[\"how\"]",
    ),
    (
        "rule-of-half",
        "a rule without its codes",
        "is = [\"large\"]\n",
        "",
    ),
    (
        "rule-of-both",
        "a rule of two kinds",
        "is = [\"large\"]\n",
        "is = [\"large\"]\norder = [\"leaves\"]\n",
    ),
    (
        "order-of-integer",
        "an order of a number",
        "[\"leaves\", ",
        "[\"crew\", ",
    ),
    (
        "order-unknown",
        "an order of a field that is not there",
        "[\"leaves\", ",
        "[\"left\", ",
    ),
];

const SHIP_FAULTS: &[Fault] = &[
    (
        "group-unknown-key",
        "a version of a group",
        "word = \"ship\"",
        "word = \"ship\"\nversion = 1",
    ),
    (
        "override-unknown",
        "an override by a field that is not there",
        "override = \"reason\"",
        "override = \"excuse\"",
    ),
    (
        "check-unknown",
        "a check that there is not",
        "check = \"imo\"",
        "check = \"colour\"",
    ),
    (
        "choice-unknown",
        "a choice of a field that is not there",
        "[\"imo\", \"name\"]",
        "[\"number\"]",
    ),
    (
        "circle-of-one",
        "a group that names itself",
        "group = \"box\"",
        "group = \"ship\"",
    ),
];

const BOX_FAULTS: &[Fault] = &[
    (
        "circle-of-two",
        "two groups that name each other",
        "type = \"text\"\ncheck = \"container\"",
        "type = \"group\"\ngroup = \"ship\"",
    ),
    (
        "group-number-twice",
        "a number twice in a group",
        "number = 2",
        "number = 1",
    ),
];

const LIST_FAULTS: &[Fault] = &[
    (
        "list-value-twice",
        "a value twice",
        "value = 2",
        "value = 1",
    ),
    (
        "list-word-twice",
        "a word twice, but for case",
        "\"large\"",
        "\"Small\"",
    ),
    (
        "list-term-twice",
        "a term twice",
        "word = \"large\"",
        "word = \"large\"\nterm = \"s\"",
    ),
    (
        "list-unknown-key",
        "a key that nobody knows",
        "value = 2",
        "value = 2\ncolour = 1",
    ),
    (
        "list-value-66000",
        "value 66,000",
        "value = 2",
        "value = 66000",
    ),
    (
        "list-successor-unknown",
        "a successor that is not there",
        "successor = 2",
        "successor = 7",
    ),
];
