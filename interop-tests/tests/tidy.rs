//! What no compiler says about the sources.

use super::{files, root};
use estafette_protocol::code::{Blame, ErrorCode, Retry};

/// Longest part of a source file that is no test, in lines.
const LINES_MAX: usize = 600;

/// Files that may be longer, with the reason.
const LONGER: [(&str, usize, &str); 0] = [];

const PACKAGES: [&str; 4] = ["protocol", "relay", "client", "interop-tests"];

fn sources() -> Vec<(String, String)> {
    PACKAGES
        .into_iter()
        .flat_map(|package| files(package, "rs"))
        .collect()
}

/// Modules that exist for tests alone: `#[cfg(test)] mod NAME;` of another file.
fn test_modules() -> Vec<String> {
    let mut modules = Vec::new();
    for (name, text) in sources() {
        let stem = name.trim_end_matches(".rs");
        let folder = match stem.rsplit_once('/') {
            Some((folder, "lib" | "main")) => folder,
            _ => stem,
        };
        for part in text.split("#[cfg(test)]\nmod ").skip(1) {
            if let Some((module, _)) = part.lines().next().unwrap_or_default().split_once(';') {
                modules.push(format!("{folder}/{module}"));
            }
        }
    }
    modules
}

/// The lines before the tests of a file.
fn without_tests(text: &str) -> &str {
    text.split_once("\n#[cfg(test)]\nmod tests {")
        .map_or(text, |(before, _)| before)
}

#[test]
fn protocol_names_nothing_of_the_outside_world() {
    let forbidden = [
        "async ",
        ".await",
        "tokio",
        "Instant::now",
        "SystemTime",
        "HashMap",
        "HashSet",
        "println!",
        "eprintln!",
        "std::fs",
        "TcpStream",
        "UdpSocket",
        "ToSocketAddrs",
        "std::env",
        "thread::",
        "getrandom",
    ];
    for (name, text) in files("protocol/src", "rs") {
        if name.contains("/tests") {
            continue;
        }
        for line in without_tests(&text).lines().map(str::trim) {
            let code = line.split("//").next().unwrap_or_default();
            for word in forbidden {
                assert!(!code.contains(word), "{name} names {word}: {line}");
            }
        }
    }
}

#[test]
fn no_file_is_longer_than_one_reads_at_once() {
    let modules = test_modules();
    for (name, text) in sources() {
        let in_module = |module: &String| name.starts_with(module.as_str());
        if name.contains("/tests/") || modules.iter().any(in_module) {
            continue;
        }
        let lines = without_tests(&text).lines().count();
        let allowed = LONGER.iter().find(|(file, ..)| *file == name);
        let max = allowed.map_or(LINES_MAX, |(_, max, _)| *max);
        assert!(lines <= max, "{name} has {lines} lines that are no tests");
    }
}

#[test]
fn nothing_is_left_undone() {
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
    ];
    // ISO 4217 and ICAO 9303 have a code of three X.
    let others = ["spec", ".ci", ".github"]
        .into_iter()
        .flat_map(|folder| files(folder, "md"))
        .filter(|(name, _)| !name.ends_with("spec/codes.md"));
    for (name, text) in sources().into_iter().chain(others) {
        for mark in &marks {
            assert!(!text.contains(mark.as_str()), "{name} holds {mark}");
        }
    }
}

#[test]
fn no_module_hides_in_mod_rs_and_no_test_is_switched_off() {
    let ignore = ["#[ig", "nore"].concat();
    let should_panic = ["#[should", "_panic"].concat();
    for (name, text) in sources() {
        assert!(!name.ends_with("/mod.rs"), "{name}");
        for switch in [&ignore, &should_panic] {
            assert!(!text.contains(switch.as_str()), "{name} holds {switch}");
        }
    }
}

#[test]
fn every_file_of_these_tests_is_a_module_of_them() {
    let main = std::fs::read_to_string(root().join("interop-tests/tests/main.rs")).unwrap();
    for (name, _) in files("interop-tests/tests", "rs") {
        let module = name
            .trim_start_matches("interop-tests/tests/")
            .trim_end_matches(".rs");
        let named = main.contains(&format!("mod {module};"));
        assert!(
            named || module == "main" || module.contains('/'),
            "{name} does not run"
        );
    }
}

#[test]
fn changelog_has_an_unreleased_section() {
    let text = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    let (_, rest) = text.split_once("\n## Unreleased\n").expect("there is one");
    assert!(rest.contains("### Security") && rest.contains("### Added"));
}

#[test]
fn every_dependency_is_the_workspace_s() {
    for package in PACKAGES {
        let path = root().join(package).join("Cargo.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let mut in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && line.contains('=') && !line.starts_with('#') {
                assert!(line.contains("workspace = true"), "{package}: {line}");
            }
        }
    }
}

#[test]
fn every_module_of_protocol_names_a_chapter_that_exists() {
    for (name, text) in files("protocol/src", "rs") {
        let head: String = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let words = head.split(|c: char| !c.is_ascii_alphanumeric() && !"-_./".contains(c));
        let named = words
            .map(|word| word.trim_end_matches('.'))
            .filter(|w| w.ends_with(".md"));
        for chapter in named {
            let path = chapter.trim_start_matches("spec/");
            assert!(
                root().join("spec").join(path).is_file(),
                "{name} names {chapter}"
            );
        }
    }
}

#[test]
fn registry_and_code_list_the_same_error_codes() {
    let text = std::fs::read_to_string(root().join("spec/registry.md")).unwrap();
    let (_, section) = text
        .split_once("## Error codes")
        .expect("the heading is there");
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1);
    let listed: Vec<Vec<String>> = rows
        .map(|row| {
            row.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect();
    assert_eq!(listed.len(), ErrorCode::ALL.len());
    for (row, code) in listed.iter().zip(ErrorCode::ALL) {
        assert_eq!(row[0], code.number().to_string());
        assert_eq!(row[1], code.word());
        let blame = match code.blame() {
            Blame::Sender => ["sender", "sender's clock"],
            Blame::Receiver => ["receiver", "relay"],
            Blame::Either => ["either", "either"],
            Blame::Nobody => ["nobody", "nobody"],
        };
        assert!(
            blame.contains(&row[2].as_str()),
            "{}: {}",
            code.word(),
            row[2]
        );
        let retry = match code.retry() {
            Retry::Never => "never",
            Retry::AfterUpdate => "after an update",
            Retry::Later => "later",
        };
        assert_eq!(row[3], retry, "{}", code.word());
        assert_eq!(ErrorCode::from_number(code.number()), Some(*code));
    }
}
