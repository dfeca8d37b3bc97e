//! Runs vector files against an adapter and reports.

use super::adapter::Adapter;
use super::files::hash;
use super::judge::{Outcome, judge, unjudgeable};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result, Write};
use std::path::Path;

/// What to run and how to report.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Chapters to run; all when empty.
    pub only: Vec<String>,
    /// Cases that are expected to fail, with the reason.
    pub expected_failures: BTreeMap<String, String>,
    /// JSON lines instead of text.
    pub json: bool,
}

/// How many cases went how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// As expected.
    pub passed: u32,
    /// Not as expected, unexpected passes included.
    pub failed: u32,
    /// Failed as the list of expected failures says.
    pub expected_failures: u32,
    /// Not judged.
    pub skipped: u32,
    /// Of those passed, how many gave another reason.
    pub other_reasons: u32,
}

/// Reads a list of expected failures: a case's id and the reason on each line, `#` for comments.
///
/// # Errors
/// When a line has no reason.
pub fn read_expected_failures(text: &str) -> Result<BTreeMap<String, String>> {
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once(char::is_whitespace) {
            Some((id, reason)) => Ok((id.to_owned(), reason.trim().to_owned())),
            None => Err(Error::other(format!(
                "expected failure without a reason: {line}"
            ))),
        })
        .collect()
}

/// Runs the chapters of a folder.
///
/// # Errors
/// When files cannot be read, the adapter cannot be started, or there is no case to run.
pub fn run(
    dir: &Path,
    options: &Options,
    adapter: &mut Adapter,
    out: &mut dyn Write,
) -> Result<Counts> {
    let mut run = Run {
        options,
        total: Counts::default(),
        seen: BTreeSet::new(),
        out,
    };
    for entry in manifest(dir)? {
        let text = read(&dir.join(&entry.path))?;
        let file: Value = serde_json::from_str(&text)
            .map_err(|error| Error::other(format!("{}: {error}", entry.path)))?;
        let feature = file.get("feature").and_then(Value::as_str);
        let chapter = feature.unwrap_or(&entry.path).to_owned();
        if options.only.is_empty() || options.only.contains(&chapter) {
            if entry.hash.is_some_and(|named| named != hash(&text)) {
                run.total.failed += 1;
                run.line(
                    &entry.path,
                    "fail",
                    "is not the file that the manifest names",
                )?;
            }
            run.chapter(&chapter, &file, adapter)?;
        }
    }
    run.finish()
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path)
        .map_err(|error| Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// A file as the manifest names it.
struct Entry {
    path: String,
    hash: Option<String>,
}

fn manifest(dir: &Path) -> Result<Vec<Entry>> {
    let manifest: Value = serde_json::from_str(&read(&dir.join("manifest.json"))?)?;
    let files = manifest.get("files").and_then(Value::as_array);
    let text = |file: &Value, key: &str| Some(file.get(key)?.as_str()?.to_owned());
    let entries = files.into_iter().flatten().filter_map(|file| {
        let (path, hash) = (text(file, "path")?, text(file, "sha256"));
        Some(Entry { path, hash })
    });
    Ok(entries.collect())
}

struct Run<'a> {
    options: &'a Options,
    total: Counts,
    seen: BTreeSet<String>,
    out: &'a mut dyn Write,
}

impl Run<'_> {
    fn chapter(&mut self, chapter: &str, file: &Value, adapter: &mut Adapter) -> Result<()> {
        let mut counts = Counts::default();
        for group in file["groups"].as_array().into_iter().flatten() {
            for test in group["tests"].as_array().into_iter().flatten() {
                let outcome = match unjudgeable(test) {
                    Some(why) => Outcome::Skip(why),
                    None => {
                        let case = json!({
                            "op": group["op"],
                            "id": test["id"],
                            "shared": group["shared"],
                            "in": test["in"],
                        });
                        judge(test, &adapter.ask(&case)?)
                    }
                };
                self.count(test["id"].as_str().unwrap_or("?"), outcome, &mut counts)?;
            }
        }
        self.summary(chapter, counts)?;
        self.total.add(counts);
        Ok(())
    }

    fn count(&mut self, id: &str, outcome: Outcome, counts: &mut Counts) -> Result<()> {
        self.seen.insert(id.to_owned());
        let expected = self.options.expected_failures.get(id).cloned();
        match (outcome, expected) {
            (Outcome::Pass { .. }, Some(why)) => {
                counts.failed += 1;
                self.line(
                    id,
                    "fail",
                    &format!("passed, though listed as failing: {why}"),
                )
            }
            (Outcome::Pass { reason }, None) => {
                counts.passed += 1;
                let Some(reason) = reason else { return Ok(()) };
                counts.other_reasons += 1;
                self.line(id, "reason", &reason)
            }
            (Outcome::Fail(_), Some(why)) => {
                counts.expected_failures += 1;
                self.line(id, "xfail", &why)
            }
            (Outcome::Fail(how), None) => {
                counts.failed += 1;
                self.line(id, "fail", &how)
            }
            (Outcome::Skip(why), _) => {
                counts.skipped += 1;
                self.line(id, "skip", &why)
            }
        }
    }

    fn line(&mut self, id: &str, outcome: &str, detail: &str) -> Result<()> {
        if self.options.json {
            let line = json!({ "type": "case", "id": id, "outcome": outcome, "detail": detail });
            return writeln!(self.out, "{line}");
        }
        // Skips and reasons are counted; only what needs a look is named.
        match outcome {
            "fail" | "xfail" => writeln!(self.out, "{outcome} {id}: {detail}"),
            _ => Ok(()),
        }
    }

    fn summary(&mut self, name: &str, counts: Counts) -> Result<()> {
        if self.options.json {
            return writeln!(self.out, "{}", counts.to_json(name));
        }
        let Counts {
            passed,
            failed,
            expected_failures,
            skipped,
            other_reasons,
        } = counts;
        writeln!(
            self.out,
            "{name:<10} {passed} pass, {failed} fail, {expected_failures} xfail, {skipped} skip, \
             {other_reasons} other reasons"
        )
    }

    fn finish(mut self) -> Result<Counts> {
        let listed: Vec<String> = self.options.expected_failures.keys().cloned().collect();
        for id in listed {
            if !self.seen.contains(&id) && self.options.only.is_empty() {
                self.total.failed += 1;
                self.line(&id, "fail", "listed as failing, but there is no such case")?;
            }
        }
        if self.seen.is_empty() {
            return Err(Error::other("no case to run"));
        }
        self.summary("total", self.total)?;
        if !self.options.json {
            let Counts {
                passed,
                failed,
                expected_failures,
                skipped,
                ..
            } = self.total;
            let skipped = skipped + expected_failures;
            writeln!(
                self.out,
                "{passed} passed, {failed} failed, {skipped} skipped"
            )?;
        }
        Ok(self.total)
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.expected_failures += other.expected_failures;
        self.skipped += other.skipped;
        self.other_reasons += other.other_reasons;
    }

    fn to_json(self, name: &str) -> Value {
        json!({
            "type": if name == "total" { "total" } else { "chapter" },
            "name": name,
            "pass": self.passed,
            "fail": self.failed,
            "xfail": self.expected_failures,
            "skip": self.skipped,
            "other_reasons": self.other_reasons,
        })
    }
}
