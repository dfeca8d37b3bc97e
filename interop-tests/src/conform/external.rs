//! Public test vectors, put through the same entry points as our own data.
//!
//! Reads Wycheproof where it lies, and judges each case by its result and, where that is
//! `acceptable`, by the table in `external/table.rs`. How many cases of each flag were accepted and
//! refused is written down there too: a file that shrinks, or an entry point that grows lenient,
//! does not go unnoticed. Spec: crypto.md.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Error, Result, Write};
use std::path::Path;
use table::{REFUSED_THOUGH_ACCEPTABLE, TABLE};

mod primitives;
mod table;

/// What an entry point made of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// Accepted, with the result that the file says.
    Right,
    /// Accepted, with another result.
    Wrong,
    /// Refused.
    Refused,
    /// Nothing of the case reaches an entry point of ours.
    Nothing,
}

/// Cases of one flag in one file: accepted, refused, not applicable.
type Tally = BTreeMap<(&'static str, String), [usize; 3]>;

/// Runs everything below a folder.
///
/// # Errors
/// When a file is missing or cannot be read, or there is no case.
pub fn run(dir: &Path, out: &mut dyn Write) -> Result<bool> {
    let mut tally = Tally::new();
    let (mut passed, mut failed, mut skipped) = (0usize, 0usize, 0usize);
    for (name, primitive) in primitives::ALL {
        let path = dir.join("wycheproof").join(format!("{name}_test.json"));
        let named = |error: Error| Error::new(error.kind(), format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(named)?;
        let file: Value = serde_json::from_str(&text).map_err(|error| named(error.into()))?;
        let (mut ran, mut wrong, mut nothing) = (0usize, 0usize, 0usize);
        for (group, test) in tests(&file) {
            let made = primitive(group, test);
            ran += 1;
            nothing += usize::from(made == Made::Nothing);
            if let Some(how) = fault(test, made) {
                wrong += 1;
                writeln!(out, "fail wycheproof/{name}/{}: {how}", test["tcId"])?;
            }
            count(&mut tally, name, test, made);
        }
        if ran == 0 {
            return Err(Error::other(format!("{}: no case", path.display())));
        }
        writeln!(
            out,
            "{name:<18} {ran} cases, {wrong} failed, {nothing} not applicable"
        )?;
        (failed, skipped) = (failed + wrong, skipped + nothing);
        passed += ran - wrong - nothing;
    }
    let differing = differences(&tally);
    for difference in &differing {
        writeln!(out, "fail {difference}")?;
    }
    writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped")?;
    Ok(failed == 0 && differing.is_empty())
}

fn tests(file: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let groups = file["testGroups"].as_array().into_iter().flatten();
    groups.flat_map(|group| {
        let tests = group["tests"].as_array().into_iter().flatten();
        tests.map(move |test| (group, test))
    })
}

fn flags(test: &Value) -> Vec<&str> {
    let flags = test["flags"].as_array().into_iter().flatten();
    let flags: Vec<&str> = flags.filter_map(Value::as_str).collect();
    if flags.is_empty() { vec!["-"] } else { flags }
}

/// What is wrong with what was made of a case.
fn fault(test: &Value, made: Made) -> Option<String> {
    let result = test["result"].as_str().unwrap_or_default();
    let refusable = flags(test)
        .iter()
        .any(|flag| REFUSED_THOUGH_ACCEPTABLE.contains(flag));
    let right = match (result, made) {
        (_, Made::Nothing) => true,
        ("valid", made) => made == Made::Right,
        ("invalid", made) => made == Made::Refused,
        ("acceptable", made) if refusable => made == Made::Refused,
        ("acceptable", made) => made == Made::Right,
        _ => false,
    };
    (!right).then(|| format!("{result} {:?}, but {made:?}", flags(test)))
}

fn count(tally: &mut Tally, name: &'static str, test: &Value, made: Made) {
    for flag in flags(test) {
        let [accepted, refused, nothing] = tally.entry((name, flag.to_owned())).or_default();
        match made {
            Made::Right | Made::Wrong => *accepted += 1,
            Made::Refused => *refused += 1,
            Made::Nothing => *nothing += 1,
        }
    }
}

/// Where the counts are not those of the table.
fn differences(tally: &Tally) -> Vec<String> {
    let mut differing = Vec::new();
    for (name, flag, expected) in TABLE {
        let found = tally
            .get(&(*name, (*flag).to_owned()))
            .copied()
            .unwrap_or_default();
        if found != *expected {
            differing.push(format!(
                "{name} {flag}: accepted, refused, not applicable {found:?}, the table says {expected:?}"
            ));
        }
    }
    for ((name, flag), found) in tally {
        if !TABLE.iter().any(|(n, f, _)| n == name && f == flag) {
            differing.push(format!("{name} {flag}: {found:?}, not in the table"));
        }
    }
    differing
}
