//! A rule table judged before it is in any accord: by the head of its file, and by what may be
//! assumed where the head says nothing.

use std::path::{Path, PathBuf};

use estafette_protocol::accord::{AcceptedFormat, Accord, Party};
use estafette_protocol::address::Agency;
use estafette_protocol::encoding::{FixedBytes, Text};
use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use estafette_protocol::rules::{Fault, check_accord};
use estafette_protocol::time::{DAY_MS, UnixMillis};

use crate::authority::AuthorityError;
use crate::authority::accord::AccordFile;
use crate::authority::table::{FrameworkName, Head, Holder, RuleFile};
use crate::output::{Exit, Failure};

/// The longest life of a message, in days, where nothing is said.
pub(super) const LIFETIME_DAYS: u64 = 30;

/// What a judgement found, and what it could not judge yet.
pub(super) struct Judged {
    pub(super) faults: Vec<Fault>,
    pub(super) assumed: Vec<&'static str>,
}

/// An accord that an annex is judged by: in force or on its way, or only a table yet.
pub(super) enum Framework {
    Accord(Box<AccordFile>),
    Table(Box<RuleFile>),
}

/// Judges the table of a file, as an annex where there is a framework.
pub(super) fn judge(file: &RuleFile, framework: Option<&Framework>) -> Result<Judged, Failure> {
    let mut assumed = Vec::new();
    if file.head == Head::default() {
        assumed.push("no [accord]: formats, ceiling and lifetime are judged when it is drafted");
    } else if file.head.formats.is_empty() {
        assumed.push("[accord] names no formats: they are judged when it is drafted");
    }
    let members = file.rules.task_forces.iter().flat_map(|t| &t.members);
    let mut parties: Vec<Agency> = members.map(|desk| desk.agency()).collect();
    if file.head.parties.is_empty() {
        if !parties.is_empty() {
            assumed.push("[accord] names no parties: members are judged when it is drafted");
        }
    } else {
        parties = file.head.parties.clone();
    }
    let base = match framework {
        None => None,
        Some(Framework::Accord(base)) => Some((base.accord().clone(), base.rules()?)),
        Some(Framework::Table(base)) => {
            let named = &base.head.parties;
            let parties = if named.is_empty() { &parties } else { named };
            Some((sample(base, parties), base.rules.clone()))
        }
    };
    if let (true, Some((base, _))) = (parties.is_empty(), &base) {
        parties = base.parties.iter().map(|p| p.agency.clone()).collect();
    }
    let accord = sample(file, &parties);
    let base = base.as_ref().map(|(accord, rules)| (accord, rules));
    Ok(Judged {
        faults: check_accord(&file.rules, &accord, base),
        assumed,
    })
}

/// An accord of this head, as far as a judgement of its table asks.
fn sample(file: &RuleFile, parties: &[Agency]) -> Accord {
    let head = &file.head;
    let nothing = FixedBytes([0; 32]);
    let rows = file.rules.rows.iter().flat_map(|row| &row.formats);
    let named = rows.map(|format| AcceptedFormat {
        format: *format,
        version: 1,
        definition: nothing,
    });
    let formats = match head.formats.is_empty() {
        true => named.collect(),
        false => head.formats.clone(),
    };
    let strictest = || {
        let axes = file
            .rules
            .rows
            .iter()
            .flat_map(|row| row.ceiling.iter().flatten());
        axes.map(|m| Marking {
            code: u16::MAX,
            ..*m
        })
        .collect()
    };
    let ceiling = match *head == Head::default() {
        true => strictest(),
        false => head.ceiling.clone().unwrap_or_default(),
    };
    let days = head.lifetime_days.unwrap_or(LIFETIME_DAYS);
    let party = |agency: &Agency| Party {
        agency: agency.clone(),
        root: nothing,
    };
    Accord {
        name: Text::default(),
        number: 1,
        previous: None,
        parties: parties.iter().map(party).collect(),
        formats,
        ceiling,
        not_before: UnixMillis(0),
        not_after: UnixMillis(u64::MAX),
        grace: 0,
        lifetime: days.saturating_mul(DAY_MS),
        rules: Default::default(),
        extensions: Default::default(),
    }
}

/// Where the framework of a file is, if the file is an annex: as given, else as its head says,
/// beside the file.
pub(super) fn framework_path(
    file: &RuleFile,
    path: &Path,
    given: Option<&Path>,
) -> Result<Option<PathBuf>, Failure> {
    match (given, &file.head.framework) {
        (Some(given), _) => Ok(Some(given.to_owned())),
        (None, None) => Ok(None),
        (None, Some(FrameworkName::File(name))) => {
            let beside = path.parent().unwrap_or(Path::new(""));
            Ok(Some(beside.join(name)))
        }
        (None, Some(FrameworkName::Hash(_))) => Err(Failure::new(
            "framework-missing",
            format!("{} names its framework by hash", path.display()),
            "An annex is judged by the accord that it tightens.",
            "say which file it is with --framework FILE.accord",
        )
        .with_exit(Exit::Unknown)),
    }
}

/// Reads a framework: an accord, or a table where the name ends in `.toml`.
pub(super) fn load_framework(path: &Path, catalogue: &Catalogue) -> Result<Framework, Failure> {
    if path
        .extension()
        .is_some_and(|extension| extension == "toml")
    {
        let file = RuleFile::load(path, Holder::Accord, catalogue)?;
        return Ok(Framework::Table(Box::new(file)));
    }
    let file = AccordFile::load(path).map_err(|error| match error {
        AuthorityError::Io { .. } => Failure::new(
            "framework-missing",
            format!("no framework at {}", path.display()),
            "An annex is judged by the accord that it tightens.",
            "say which file it is with --framework FILE.accord, or FILE.toml to check it",
        )
        .with_exit(Exit::Unknown),
        error => error.into(),
    })?;
    Ok(Framework::Accord(Box::new(file)))
}
