//! `accord check` and `accord explain`: a table judged and read before anyone signs it.

use std::path::{Path, PathBuf};

use clap::Args;
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{Direction, Row, Rules};
use serde_json::json;

use super::judge::{Judged, framework_path, judge, load_framework};
use crate::authority::accord::AccordFile;
use crate::authority::table::{Holder, RuleFile, format_text};
use crate::cli::{DefinitionsFolder, table};
use crate::config::nearest;
use crate::definitions::load_named;
use crate::output::{Exit, Failure, Output};

/// Judges a rule table before anyone signs it: every fault with its line and what to do.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette-relay accord check police.toml
  estafette-relay accord check harbour.toml --framework police.accord")]
pub(in crate::cli) struct Check {
    /// The table, as spec/routing.md says under Human form.
    file: PathBuf,
    /// The accord that it tightens, or its table; default: what [accord] says.
    #[arg(long, value_name = "FILE")]
    framework: Option<PathBuf>,
    #[command(flatten)]
    definitions: DefinitionsFolder,
}

/// Says by which row of an accord or table a message goes, and what that row demands.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette-relay accord explain police.toml request --precedence flash
  estafette-relay accord explain xa-xb.accord flag --precedence flash --status exercise")]
pub(in crate::cli) struct Explain {
    /// An accord, or a table whose name ends in .toml.
    file: PathBuf,
    /// The format of the message.
    format: String,
    /// Its precedence; default: each.
    #[arg(long)]
    precedence: Option<String>,
    /// Its status; default: each.
    #[arg(long)]
    status: Option<String>,
    #[command(flatten)]
    definitions: DefinitionsFolder,
}

impl Check {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let catalogue = load_named(self.definitions.definitions.as_deref())?;
        let file = RuleFile::load(&self.file, Holder::Accord, &catalogue)?;
        let framework = framework_path(&file, &self.file, self.framework.as_deref())?;
        let framework = match &framework {
            Some(path) => Some(load_framework(path, &catalogue)?),
            None => None,
        };
        let Judged { faults, assumed } = judge(&file, framework.as_ref())?;
        let path = self.file.display();
        let value = json!({
            "file": self.file,
            "good": faults.is_empty(),
            "faults": table::fault_values(&file, &faults),
            "assumed": assumed,
            "rules": table::value(&file.rules, &catalogue),
        });
        if faults.is_empty() {
            let rows = row_count(file.rules.rows.len());
            let lines = table::lines(&file.rules, &catalogue);
            output.result("check", value, format!("{path}: good, {rows}{lines}"));
            for assumed in assumed {
                output.note(format_args!("  {assumed}"));
            }
            output.note(format_args!(
                "  → estafette-relay accord new --rules {path} --with BUNDLE"
            ));
            return Ok(());
        }
        let lines = table::fault_lines(&file, &faults);
        output.result(
            "check",
            value,
            format!("{path}: {}{lines}", many(faults.len())),
        );
        Err(invalid(&self.file, faults.len(), "accord"))
    }
}

pub(in crate::cli) fn row_count(number: usize) -> String {
    match number {
        1 => "1 row".to_owned(),
        number => format!("{number} rows"),
    }
}

pub(in crate::cli) fn many(faults: usize) -> String {
    match faults {
        1 => "1 fault".to_owned(),
        number => format!("{number} faults"),
    }
}

/// The failure after every fault was listed.
pub(in crate::cli) fn invalid(file: &Path, faults: usize, verb: &str) -> Failure {
    let file = file.display();
    Failure::new(
        "rules-invalid",
        format!("{} in {file}", many(faults)),
        "Every relay would refuse it. Nothing was signed or changed.",
        format!("correct what is listed, then: estafette-relay {verb} check {file}"),
    )
    .with_exit(Exit::Refused)
}

impl Explain {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let catalogue = load_named(self.definitions.definitions.as_deref())?;
        let format = self.format(&catalogue)?;
        let precedences = one_of(
            self.precedence.as_deref(),
            &Precedence::ALL,
            Precedence::word,
        )?;
        let statuses = one_of(self.status.as_deref(), &Status::ALL, Status::word)?;
        let rules = self.rules(&catalogue)?;
        let mut found: Vec<&Row> = Vec::new();
        let mut missing = Vec::new();
        for status in &statuses {
            for precedence in &precedences {
                match rules.row(format, *precedence, *status, Direction::CrossBorder) {
                    Some(row) if found.iter().any(|held| held.name == row.name) => {}
                    Some(row) => found.push(row),
                    None => missing.push(format!("{} {}", precedence.word(), status.word())),
                }
            }
        }
        let word = format_text(format, &catalogue);
        let values: Vec<_> = found
            .iter()
            .map(|row| table::row_value(row, &catalogue))
            .collect();
        let value = json!({ "format": word, "rows": values, "missing": missing });
        let mut lines = format!("{word} by {}", self.file.display());
        for row in &found {
            lines.push_str(&table::row_lines(row, &catalogue));
        }
        if rules.rows.is_empty() {
            lines.push_str("\n  no rows: whatever the accord lists may go");
        } else if !missing.is_empty() {
            lines.push_str("\n  no row, so refused with rule-missing: ");
            lines.push_str(&missing.join(", "));
        }
        output.result("explained", value, lines);
        Ok(())
    }

    fn rules(&self, catalogue: &Catalogue) -> Result<Rules, Failure> {
        let is_table = self.file.extension().is_some_and(|e| e == "toml");
        Ok(match is_table {
            true => RuleFile::load(&self.file, Holder::Accord, catalogue)?.rules,
            false => AccordFile::load(&self.file)?.rules()?,
        })
    }

    fn format(&self, catalogue: &Catalogue) -> Result<u16, Failure> {
        let known = catalogue.format_by_word(&self.format);
        let number = known.map(|known| known.format).or(self.format.parse().ok());
        let all: Vec<_> = catalogue
            .formats()
            .iter()
            .map(|f| f.word.as_str())
            .collect();
        number.ok_or_else(|| unknown(&self.format, &all))
    }
}

/// The one that a word names, or all.
fn one_of<T: Copy>(
    word: Option<&str>,
    all: &[T],
    text: fn(T) -> &'static str,
) -> Result<Vec<T>, Failure> {
    let Some(word) = word else {
        return Ok(all.to_vec());
    };
    let found = all.iter().find(|one| text(**one) == word);
    let known: Vec<_> = all.iter().map(|one| text(*one)).collect();
    Ok(vec![*found.ok_or_else(|| unknown(word, &known))?])
}

fn unknown(word: &str, known: &[&str]) -> Failure {
    let why = match nearest(word, known) {
        Some(nearest) => format!("Did you mean \"{nearest}\"?"),
        None => format!("Known: {}.", known.join(", ")),
    };
    let next = "estafette-relay accord explain --help";
    Failure::new(
        "word-unknown",
        format!("unknown word \"{word}\""),
        why,
        next,
    )
    .with_exit(Exit::Usage)
}
