//! Every requirement of the specification is cited by code or a vector, or listed with a reason;
//! and nothing cites one that does not exist.

use super::files;
use std::collections::{BTreeMap, BTreeSet};

type Id = (String, u32);

/// Text of everything that may cite: code of all packages, and the vectors.
fn citing() -> Vec<(String, String)> {
    let folders = ["protocol", "relay", "client", "interop-tests"];
    let code = folders.into_iter().flat_map(|folder| files(folder, "rs"));
    let code = code.filter(|(name, _)| !name.ends_with("tests/spec.rs"));
    code.chain(files("spec/vectors", "json")).collect()
}

/// Prefixes declared in `spec/README.md`, with the chapter each belongs to.
fn prefixes() -> BTreeMap<String, String> {
    let readme = std::fs::read_to_string(super::root().join("spec/README.md")).unwrap();
    let named = |cell: &str| {
        let (_, rest) = cell.split_once('(').unwrap();
        rest.trim_end_matches(".md)").to_owned()
    };
    table(&readme, "## Requirement identifiers")
        .into_iter()
        .map(|(prefix, cell)| (prefix, named(&cell)))
        .collect()
}

/// First two columns of the table below a heading.
fn table(text: &str, heading: &str) -> Vec<(String, String)> {
    let (_, section) = text.split_once(heading).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    rows.skip(1)
        .map(|row| {
            let mut cells = row
                .trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned());
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect()
}

/// Identifiers at the start of a sentence, and the chapter that defines each.
fn defined() -> BTreeMap<Id, String> {
    let mut defined = BTreeMap::new();
    for (name, text) in files("spec", "md") {
        for line in text.lines() {
            let line = line.strip_prefix("- ").unwrap_or(line);
            let Some((head, _)) = line.split_once(':') else {
                continue;
            };
            if let Some(id) = identifier(head) {
                let twice = defined.insert(id, name.clone());
                assert_eq!(twice, None, "{head} is defined twice");
            }
        }
    }
    assert!(
        defined.len() > 200,
        "only {} requirements found",
        defined.len()
    );
    defined
}

/// `ENV-7` as prefix and number.
fn identifier(word: &str) -> Option<Id> {
    let (prefix, number) = word.split_once('-')?;
    let plain = prefix.len() == 3 && prefix.bytes().all(|b| b.is_ascii_uppercase());
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    (plain && digits).then(|| Some((prefix.to_owned(), number.parse().ok()?)))?
}

/// Identifiers cited in a text; `ENV-1 to ENV-3` cites three.
fn cited(text: &str, prefixes: &BTreeMap<String, String>) -> BTreeSet<Id> {
    let mut cited = BTreeSet::new();
    let (mut last, mut range) = (None, false);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    for word in words.filter(|word| !word.is_empty()) {
        match identifier(word).filter(|(prefix, _)| prefixes.contains_key(prefix)) {
            Some((prefix, number)) => {
                let first = match &last {
                    Some((start, first)) if range && *start == prefix => *first,
                    _ => number,
                };
                cited.extend((first..=number).map(|number| (prefix.clone(), number)));
                (last, range) = (Some((prefix, number)), false);
            }
            None if word == "to" => range = true,
            None => (last, range) = (None, false),
        }
    }
    cited
}

fn words(ids: impl IntoIterator<Item = Id>) -> Vec<String> {
    ids.into_iter()
        .map(|(prefix, number)| format!("{prefix}-{number}"))
        .collect()
}

#[test]
fn ranges_and_lists_are_read_as_people_mean_them() {
    let prefixes = BTreeMap::from([("ENV".to_owned(), String::new())]);
    let read = |text| words(cited(text, &prefixes));
    assert_eq!(read("// ENV-1 to ENV-3"), ["ENV-1", "ENV-2", "ENV-3"]);
    assert_eq!(read("ENV-2, ENV-5; SHA-256"), ["ENV-2", "ENV-5"]);
    assert_eq!(read("[\"ENV-9\",\"ENV-4\"]"), ["ENV-4", "ENV-9"]);
}

#[test]
fn every_prefix_is_declared_and_stands_in_its_chapter() {
    let prefixes = prefixes();
    for ((prefix, number), file) in defined() {
        let chapter = prefixes
            .get(&prefix)
            .unwrap_or_else(|| panic!("{prefix} is not declared"));
        assert_eq!(file, format!("spec/{chapter}.md"), "{prefix}-{number}");
    }
}

#[test]
fn nothing_cites_a_requirement_that_does_not_exist() {
    let (defined, prefixes) = (defined(), prefixes());
    for (name, text) in citing().into_iter().chain(files("spec", "md")) {
        let unknown = cited(&text, &prefixes)
            .into_iter()
            .filter(|id| !defined.contains_key(id));
        assert_eq!(words(unknown), [""; 0], "{name}");
    }
}

#[test]
fn every_requirement_is_cited_or_listed_with_a_reason() {
    let (defined, prefixes) = (defined(), prefixes());
    let readme = std::fs::read_to_string(super::root().join("spec/README.md")).unwrap();
    let listed = table(&readme, "## Not machine-checked");
    let cited: BTreeSet<Id> = citing()
        .iter()
        .flat_map(|(_, text)| cited(text, &prefixes))
        .collect();
    let mut missing: BTreeSet<Id> = defined
        .keys()
        .filter(|id| !cited.contains(*id))
        .cloned()
        .collect();
    for (id, reason) in listed {
        let id = identifier(&id).unwrap_or_else(|| panic!("{id} is no identifier"));
        assert!(
            defined.contains_key(&id),
            "{id:?} is listed, but not defined"
        );
        assert!(!reason.is_empty(), "{id:?} has no reason");
        assert!(missing.remove(&id), "{id:?} is listed, but cited");
    }
    assert_eq!(words(missing), [""; 0], "neither cited nor listed");
}
