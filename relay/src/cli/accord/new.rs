//! `accord new`: an accord drafted from options, from a file, or from both.

use std::path::{Path, PathBuf};

use clap::Args;
use estafette_protocol::accord::AcceptedFormat;
use estafette_protocol::address::Agency;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use estafette_protocol::rules::Rules;

use super::judge::{Framework, LIFETIME_DAYS, framework_path, load_framework};
use super::{check, load_bundles, report};
use crate::authority::accord::{AccordFile, Terms};
use crate::authority::table::{Head, Holder, RuleFile};
use crate::authority::{Authority, AuthorityError, Bundle};
use crate::cli::{AuthorityFolder, DefinitionsFolder, table};
use crate::definitions::load_named;
use crate::key_file;
use crate::output::{Exit, Failure, Output};
use crate::server::now;

const DAYS: u64 = 365;
const GRACE_DAYS: u64 = 30;

/// Drafts an accord with other agencies.
#[derive(Debug, Args)]
#[command(after_help = "\
An option says more than the [accord] of the file.
Examples:
  estafette-relay accord new xa-xb --with police-xb.bundle --format flag --format note \\
      --ceiling tlp:amber --ceiling class:restricted --days 365
  estafette-relay accord new --rules police.toml --with police-xb.bundle
  estafette-relay accord new harbour --rules harbour.toml --framework police.accord \\
      --with police-xb.bundle")]
pub(in crate::cli) struct New {
    /// The accord's name: a-z, 0-9 and hyphens.
    #[arg(required_unless_present = "rules")]
    name: Option<String>,
    /// The bundle of another party; repeat for several.
    #[arg(long, required = true, value_name = "BUNDLE")]
    with: Vec<PathBuf>,
    /// Who may tell whom what; the file may hold everything else, too.
    #[arg(long, value_name = "FILE.toml")]
    rules: Option<PathBuf>,
    /// The accord that this one tightens as an annex; default: what [accord] says.
    #[arg(long, value_name = "FILE.accord", requires = "rules")]
    framework: Option<PathBuf>,
    /// The strictest marking on an axis, such as tlp:amber; repeat for several.
    #[arg(long, value_name = "MARKING")]
    ceiling: Vec<String>,
    /// A format that the parties accept; repeat for several.
    #[arg(
        long = "format",
        required_unless_present = "rules",
        value_name = "FORMAT"
    )]
    formats: Vec<String>,
    /// For how long it is current [default: 365].
    #[arg(long, value_name = "DAYS")]
    days: Option<u64>,
    /// For how long after that it may still be used [default: 30].
    #[arg(long, value_name = "DAYS")]
    grace_days: Option<u64>,
    /// The longest life of a message [default: 30].
    #[arg(long, value_name = "DAYS")]
    lifetime_days: Option<u64>,
    /// The accord of this name that it replaces.
    #[arg(long, value_name = "FILE")]
    replaces: Option<PathBuf>,
    /// The file to write; default: NAME.accord.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    definitions: DefinitionsFolder,
    #[command(flatten)]
    authority: AuthorityFolder,
}

impl New {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        let dir = &self.authority.authority;
        let catalogue = load_named(self.definitions.definitions.as_deref())?;
        let file = match &self.rules {
            Some(path) => Some(RuleFile::load(path, Holder::Accord, &catalogue)?),
            None => None,
        };
        let terms = self.terms(file.as_ref(), &catalogue)?;
        let path = self.out.clone();
        let path = path.unwrap_or_else(|| format!("{}.accord", terms.name).into());
        let own = Authority::open(dir)?;
        let mut bundles = load_bundles(&self.with)?;
        bundles.push(own.bundle()?);
        if let Some(file) = &file {
            check_parties(&file.head, &bundles)?;
        }
        let accord = AccordFile::draft(terms, bundles, now());
        let accord = match (accord, &file, &self.rules) {
            (Err(AuthorityError::RulesInvalid { faults, .. }), Some(file), Some(path)) => {
                let lines = table::fault_lines(file, &faults);
                let many = check::many(faults.len());
                output.note(format_args!("{}: {many}{lines}", path.display()));
                return Err(check::invalid(path, faults.len(), "accord"));
            }
            (accord, ..) => accord?,
        };
        let accord = match &self.replaces {
            Some(before) => accord.replacing(&AccordFile::load(before)?)?,
            None => accord,
        };
        write(&path, &accord, output)?;
        tell_next((dir, own.agency()), &accord, &path, output);
        Ok(())
    }

    fn terms(&self, file: Option<&RuleFile>, catalogue: &Catalogue) -> Result<Terms, Failure> {
        let nothing = Head::default();
        let head = file.map_or(&nothing, |file| &file.head);
        let name = self.name.clone().or(head.name.clone());
        let formats = match self.formats.is_empty() {
            true => head.formats.clone(),
            false => read_formats(&self.formats, catalogue)?,
        };
        if formats.is_empty() {
            return Err(lacking("formats", "--format FORMAT"));
        }
        let ceiling = match self.ceiling.is_empty() {
            true => head.ceiling.clone().unwrap_or_default(),
            false => read_ceiling(&self.ceiling)?,
        };
        Ok(Terms {
            name: name.ok_or_else(|| lacking("name", "NAME"))?,
            formats,
            ceiling,
            days: self.days.or(head.days).unwrap_or(DAYS),
            grace_days: self.grace_days.or(head.grace_days).unwrap_or(GRACE_DAYS),
            lifetime_days: self
                .lifetime_days
                .or(head.lifetime_days)
                .unwrap_or(LIFETIME_DAYS),
            rules: file.map_or_else(Rules::default, |file| file.rules.clone()),
            framework: self.framework(file, catalogue)?,
        })
    }

    fn framework(
        &self,
        file: Option<&RuleFile>,
        catalogue: &Catalogue,
    ) -> Result<Option<super::SignedAccord>, Failure> {
        let (Some(file), Some(path)) = (file, &self.rules) else {
            return Ok(None);
        };
        let Some(path) = framework_path(file, path, self.framework.as_deref())? else {
            return Ok(None);
        };
        let signed = match load_framework(&path, catalogue)? {
            Framework::Accord(framework) => framework.signed_by_all(now())?,
            Framework::Table(_) => {
                let what = format!("{} is a table, and no accord yet", path.display());
                let why = "An annex tightens what its parties have signed. Nothing was written.";
                let next = "name the .accord with --framework FILE.accord";
                return Err(
                    Failure::new("framework-missing", what, why, next).with_exit(Exit::Refused)
                );
            }
        };
        match file
            .rules
            .framework
            .is_some_and(|hash| hash != signed.hash())
        {
            true => Err(Failure::new(
                "framework-differs",
                format!("{} is not the accord that the annex names", path.display()),
                "An annex names its framework by hash. Nothing was written.",
                "name the right one with --framework FILE.accord",
            )
            .with_exit(Exit::Refused)),
            false => Ok(Some(signed)),
        }
    }
}

fn lacking(what: &str, option: &str) -> Failure {
    Failure::new(
        "usage",
        format!("the accord has no {what}"),
        "Neither an option nor [accord] of the file says it. Nothing was written.",
        format!("say {what} in [accord], or {option}"),
    )
    .with_exit(Exit::Usage)
}

/// Parties that the file names must be those whose bundles are here.
fn check_parties(head: &Head, bundles: &[Bundle]) -> Result<(), Failure> {
    let mut found: Vec<&Agency> = bundles.iter().map(Bundle::agency).collect();
    found.sort();
    if head.parties.is_empty() || head.parties.iter().eq(found.iter().copied()) {
        return Ok(());
    }
    let found: Vec<_> = found.iter().map(ToString::to_string).collect();
    let named: Vec<_> = head.parties.iter().map(ToString::to_string).collect();
    Err(Failure::new(
        "parties-differ",
        format!("bundles are here of {}", found.join(", ")),
        format!("[accord] names {}. Nothing was written.", named.join(", ")),
        "give the bundle of each other party with --with, or correct parties",
    )
    .with_exit(Exit::Usage))
}

fn write(path: &Path, accord: &AccordFile, output: &Output) -> Result<(), Failure> {
    if path.exists() {
        let what = format!("{} is there already", path.display());
        let next = "name another file with --out";
        return Err(Failure::new(
            "file-exists",
            what,
            "Nothing was written.",
            next,
        ));
    }
    key_file::replace(path, accord.to_text().as_bytes())?;
    report(accord, path, "drafted", output)
}

fn tell_next((dir, own): (&Path, &Agency), accord: &AccordFile, path: &Path, output: &Output) {
    let others = accord.accord().parties.iter().filter(|p| p.agency != *own);
    for party in others {
        let fingerprint = show_fingerprint(&party.root);
        output.note(format_args!(
            "  telephone {} and compare:  {fingerprint}",
            party.agency
        ));
    }
    output.note(format_args!(
        "  → estafette-relay accord sign {} --authority {}",
        path.display(),
        dir.display()
    ));
}

fn read_formats(words: &[String], catalogue: &Catalogue) -> Result<Vec<AcceptedFormat>, Failure> {
    let read = |word: &String| {
        let format = catalogue.format_by_word(word).ok_or_else(|| {
            let known: Vec<_> = catalogue
                .formats()
                .iter()
                .map(|f| f.word.as_str())
                .collect();
            let what = format!("no format \"{word}\"");
            let why = format!("Known: {}. Nothing was written.", known.join(", "));
            let next = "estafette-relay accord new --help";
            Failure::new("format-unknown", what, why, next).with_exit(Exit::Usage)
        })?;
        Ok(AcceptedFormat {
            format: format.format,
            version: format.version,
            definition: format.definition,
        })
    };
    words.iter().map(read).collect()
}

fn read_ceiling(words: &[String]) -> Result<Vec<Marking>, Failure> {
    let read = |word: &String| {
        Marking::from_words(word).ok_or_else(|| {
            let what = format!("no marking \"{word}\"");
            let why =
                "Such as tlp:amber, handling:h1, pap:green, class:restricted. Nothing was written.";
            let next = "estafette-relay accord new --help";
            Failure::new("marking-unknown", what, why, next).with_exit(Exit::Usage)
        })
    };
    words.iter().map(read).collect()
}
