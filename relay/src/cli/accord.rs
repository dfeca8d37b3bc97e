//! `accord`: agreements between agencies, from a draft to force at the relays.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use estafette_protocol::accord::AcceptedFormat;
use estafette_protocol::address::Agency;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::format::Catalogue;
use estafette_protocol::marking::Marking;
use serde_json::json;

use super::{Accord, publish};
use crate::admin;
use crate::authority::accord::{AccordFile, Terms};
use crate::authority::{Authority, AuthorityError, Bundle};
use crate::config::Config;
use crate::definitions::load_named;
use crate::key_file;
use crate::output::{Exit, Failure, Output, show_time};
use crate::server::now;

impl Accord {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::New {
                name,
                with,
                ceiling,
                formats,
                days,
                grace_days,
                lifetime_days,
                replaces,
                out,
                definitions,
                authority,
            } => {
                let terms = Terms {
                    name: name.clone(),
                    formats: read_formats(
                        formats,
                        &load_named(definitions.definitions.as_deref())?,
                    )?,
                    ceiling: read_ceiling(ceiling)?,
                    days: *days,
                    grace_days: *grace_days,
                    lifetime_days: *lifetime_days,
                };
                let file = out
                    .clone()
                    .unwrap_or_else(|| format!("{name}.accord").into());
                let draft = draft(&authority.authority, terms, with, replaces.as_deref())?;
                new(&authority.authority, &draft, &file, output)
            }
            Self::Sign { file, authority } => sign(&authority.authority, file, output),
            Self::Countersign {
                file,
                with,
                authority,
            } => countersign(&authority.authority, file, with, output),
            Self::Activate { file, relay } => activate(file, relay, output),
            Self::Show { file } => show(file, output),
        }
    }
}

fn draft(
    dir: &Path,
    terms: Terms,
    with: &[PathBuf],
    replaces: Option<&Path>,
) -> Result<AccordFile, Failure> {
    let authority = Authority::open(dir)?;
    let mut bundles = load_bundles(with)?;
    bundles.push(authority.bundle()?);
    let accord = AccordFile::draft(terms, bundles, now())?;
    match replaces {
        Some(before) => Ok(accord.replacing(&AccordFile::load(before)?)?),
        None => Ok(accord),
    }
}

fn new(dir: &Path, accord: &AccordFile, file: &Path, output: &Output) -> Result<(), Failure> {
    if file.exists() {
        let what = format!("{} is there already", file.display());
        let next = "name another file with --out";
        return Err(Failure::new(
            "file-exists",
            what,
            "Nothing was written.",
            next,
        ));
    }
    key_file::replace(file, accord.to_text().as_bytes())?;
    report(accord, file, "drafted", output)?;
    let own = Authority::open(dir)?;
    for party in &accord.accord().parties {
        if party.agency != *own.agency() {
            let fingerprint = show_fingerprint(&party.root);
            output.note(format_args!(
                "  telephone {} and compare:  {fingerprint}",
                party.agency
            ));
        }
    }
    output.note(format_args!(
        "  → estafette-relay accord sign {} --authority {}",
        file.display(),
        dir.display()
    ));
    Ok(())
}

fn sign(dir: &Path, file: &Path, output: &Output) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let mut accord = AccordFile::load(file)?;
    authority.sign_accord(&mut accord)?;
    key_file::replace(file, accord.to_text().as_bytes())?;
    report(&accord, file, "signed", output)?;
    output.note(format_args!(
        "  → send {} to the other party, who runs: estafette-relay accord countersign",
        file.display()
    ));
    Ok(())
}

fn countersign(dir: &Path, file: &Path, with: &[PathBuf], output: &Output) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let mut accord = AccordFile::load(file)?;
    let bundles = load_bundles(with)?;
    let others: Vec<_> = bundles.iter().map(fingerprint_of).collect();
    for bundle in bundles {
        let agency = bundle.agency().clone();
        accord.put_bundle(bundle);
        if !accord.is_signed_by(&agency, now())? {
            let name = accord.accord().name.as_str().to_owned();
            return Err(AuthorityError::NotSigned { agency, name }.into());
        }
    }
    authority.sign_accord(&mut accord)?;
    key_file::replace(file, accord.to_text().as_bytes())?;
    report(&accord, file, "countersigned", output)?;
    for (agency, fingerprint) in others {
        output.note(format_args!(
            "  telephone {agency} and compare:  {fingerprint}"
        ));
    }
    output.note(format_args!(
        "  → both parties: estafette-relay accord activate {} --relay DIR",
        file.display()
    ));
    Ok(())
}

fn activate(file: &Path, relay: &Path, output: &Output) -> Result<(), Failure> {
    let accord = AccordFile::load(file)?;
    let config = Config::load(relay)?;
    let root = config
        .root
        .ok_or_else(|| crate::server::ServerError::NoRoot {
            config: config.folder.config(),
        })?;
    let objects = accord.objects_for(&config.agency, root, now())?;
    let reached = admin::publish(&config.folder, &objects)?;
    let name = accord.accord().name.as_str();
    let value = json!({ "name": name, "reached": publish::word(reached) });
    let lines = format!(
        "accord {name}: {}",
        publish::describe(reached, &config.folder)
    );
    output.result("activated", value, lines);
    Ok(())
}

fn show(file: &Path, output: &Output) -> Result<(), Failure> {
    let accord = AccordFile::load(file)?;
    report(&accord, file, "shown", output)
}

fn report(file: &AccordFile, path: &Path, done: &str, output: &Output) -> Result<(), Failure> {
    let accord = file.accord();
    let signed = |agency: &Agency| file.is_signed_by(agency, now()).unwrap_or(false);
    let parties: Vec<_> = accord
        .parties
        .iter()
        .map(|party| {
            json!({
                "agency": party.agency,
                "fingerprint": show_fingerprint(&party.root),
                "signed": signed(&party.agency),
            })
        })
        .collect();
    let formats: Vec<_> = accord.formats.iter().map(format_word).collect();
    let ceiling: Vec<_> = accord
        .ceiling
        .iter()
        .map(|marking| marking.words())
        .collect();
    let value = json!({
        "name": accord.name.as_str(),
        "number": accord.number,
        "file": path,
        "parties": parties,
        "formats": formats,
        "ceiling": ceiling,
        "not_before_ms": accord.not_before.0,
        "not_after_ms": accord.not_after.0,
    });
    let name = accord.name.as_str();
    let mut lines = format!("accord {name} {done}: {}", path.display());
    for party in &accord.parties {
        let mark = if signed(&party.agency) {
            "signed"
        } else {
            "not signed"
        };
        let fingerprint = show_fingerprint(&party.root);
        // Writing to a string does not fail.
        let _ = write!(lines, "\n  {} ({mark})  {fingerprint}", party.agency);
    }
    let ceiling = match ceiling.is_empty() {
        true => "no marking".to_owned(),
        false => ceiling.join(", "),
    };
    let until = show_time(accord.not_after);
    let formats = formats.join(", ");
    let _ = write!(
        lines,
        "\n  formats {formats}; up to {ceiling}; until {until}"
    );
    output.result("accord", value, lines);
    Ok(())
}

fn load_bundles(files: &[PathBuf]) -> Result<Vec<Bundle>, Failure> {
    let load = |file: &PathBuf| Bundle::load(file, now()).map_err(Failure::from);
    files.iter().map(load).collect()
}

fn fingerprint_of(bundle: &Bundle) -> (Agency, String) {
    (bundle.agency().clone(), show_fingerprint(&bundle.root()))
}

fn format_word(accepted: &AcceptedFormat) -> String {
    let known = Catalogue::built_in().format(accepted.format, accepted.version);
    known.map_or_else(|| accepted.format.to_string(), |known| known.word.clone())
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
