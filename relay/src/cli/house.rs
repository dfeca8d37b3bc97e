//! `house`: who may tell whom what within the agency, set in the draft and signed with the roster.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use estafette_protocol::format::Catalogue;
use estafette_protocol::rules::check_house;
use serde_json::json;

use super::accord::{invalid, many, row_count};
use super::{AuthorityFolder, DefinitionsFolder, table};
use crate::authority::Authority;
use crate::authority::table::{Holder, RuleFile};
use crate::definitions::load_named;
use crate::output::{Failure, Output};

#[derive(Debug, Subcommand)]
#[command(after_help = "\
Units stay with `roster add-unit`.
Examples:
  estafette-relay house check house.toml
  estafette-relay house set house.toml
  estafette-relay roster sign")]
pub(super) enum House {
    /// Judge a table, and the tree of units where the authority is here.
    #[command(after_help = "Example:\n  estafette-relay house check house.toml")]
    Check {
        /// The table, as spec/routing.md says under Human form.
        file: PathBuf,
        #[command(flatten)]
        definitions: DefinitionsFolder,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Take a table into the draft, in place of the one there; a file without rules takes it away.
    #[command(after_help = "Example:\n  estafette-relay house set house.toml")]
    Set {
        /// The table.
        file: PathBuf,
        #[command(flatten)]
        definitions: DefinitionsFolder,
        #[command(flatten)]
        authority: AuthorityFolder,
    },
    /// Show the tree and the table of the draft, and what is signed.
    #[command(after_help = "Example:\n  estafette-relay house show --json")]
    Show {
        #[command(flatten)]
        authority: AuthorityFolder,
    },
}

impl House {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Check {
                file,
                definitions,
                authority,
            } => {
                let catalogue = load_named(definitions.definitions.as_deref())?;
                let read = judged(file, &catalogue, output)?;
                let dir = &authority.authority;
                if Authority::is_there(dir) {
                    Authority::open(dir)?.draft().check_tree()?;
                }
                let value = json!({
                    "file": file,
                    "good": true,
                    "faults": [],
                    "rules": table::value(&read.rules, &catalogue),
                });
                let rows = row_count(read.rules.rows.len());
                let lines = table::lines(&read.rules, &catalogue);
                let path = file.display();
                output.result("check", value, format!("{path}: good, {rows}{lines}"));
                output.note(format_args!("  → estafette-relay house set {path}"));
                Ok(())
            }
            Self::Set {
                file,
                definitions,
                authority,
            } => {
                let catalogue = load_named(definitions.definitions.as_deref())?;
                set(&authority.authority, file, &catalogue, output)
            }
            Self::Show { authority } => show(&authority.authority, output),
        }
    }
}

/// Reads a table and judges it; lists every fault of a bad one.
fn judged(path: &Path, catalogue: &Catalogue, output: &Output) -> Result<RuleFile, Failure> {
    let file = RuleFile::load(path, Holder::House, catalogue)?;
    let faults = check_house(&file.rules);
    if faults.is_empty() {
        return Ok(file);
    }
    let value = json!({
        "file": path,
        "good": false,
        "faults": table::fault_values(&file, &faults),
        "rules": table::value(&file.rules, catalogue),
    });
    let lines = table::fault_lines(&file, &faults);
    let many = many(faults.len());
    output.result("check", value, format!("{}: {many}{lines}", path.display()));
    Err(invalid(path, faults.len(), "house"))
}

fn set(dir: &Path, path: &Path, catalogue: &Catalogue, output: &Output) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let file = judged(path, catalogue, output)?;
    let changed = authority.draft_rules().ok().as_ref() != Some(&file.rules);
    authority.set_rules(&file.rules)?;
    let rows = file.rules.rows.len();
    let value = json!({ "kind": "house", "rows": rows, "changed": changed });
    let lines = match (changed, rows) {
        (false, _) => "the draft held this table already".to_owned(),
        (true, 0) => "the draft holds no table, not yet signed".to_owned(),
        (true, rows) => format!(
            "a table of {} is in the draft, not yet signed",
            row_count(rows)
        ),
    };
    output.result("draft", value, lines);
    output.note(format_args!(
        "  → estafette-relay roster sign --authority {}",
        dir.display()
    ));
    Ok(())
}

fn show(dir: &Path, output: &Output) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let draft = authority.draft();
    draft.check_tree()?;
    let rules = authority.draft_rules()?;
    let catalogue = Catalogue::built_in();
    let signed = authority.house().map(|house| house.value());
    let is_signed = match signed {
        Some(house) => house.rules().is_ok_and(|signed| signed == rules),
        None => false,
    };
    let value = json!({
        "agency": authority.agency(),
        "house": signed.map(|house| house.number),
        "units": draft.units,
        "rules": table::value(&rules, catalogue),
        "rules_signed": is_signed,
    });
    let mut lines = format!("house of {}", authority.agency());
    for unit in &draft.units {
        let below = unit.superior.as_ref();
        let below = below.map_or_else(|| "the head".to_owned(), |above| format!("below {above}"));
        // Writing to a string does not fail.
        let _ = write!(lines, "\n  unit {} ({below})", unit.name);
    }
    lines.push_str(&table::lines(&rules, catalogue));
    lines.push_str(match (rules.rows.is_empty(), is_signed) {
        (true, true) => "\n  no table",
        (false, true) => "\n  the table is signed",
        (_, false) => "\n  not yet signed",
    });
    output.result("house", value, lines);
    Ok(())
}
