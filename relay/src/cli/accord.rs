//! `accord`: agreements between agencies, from a draft to force at the relays.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use estafette_protocol::accord::Accord as Agreement;
use estafette_protocol::address::Agency;
use estafette_protocol::encoding::Signed;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::format::Catalogue;
use serde_json::json;

use super::{Accord, publish, table};
use crate::admin;
use crate::authority::accord::AccordFile;
use crate::authority::table::format_text;
use crate::authority::{Authority, AuthorityError, Bundle};
use crate::config::Config;
use crate::key_file;
use crate::output::{Failure, Output, show_time};
use crate::server::now;

mod check;
mod judge;
mod new;

pub(super) use check::{Check, Explain, invalid, many, row_count};
pub(super) use new::New;

type SignedAccord = Signed<Agreement>;

impl Accord {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::New(new) => new.run(output),
            Self::Check(check) => check.run(output),
            Self::Explain(explain) => explain.run(output),
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
    let catalogue = Catalogue::built_in();
    let formats = accord.formats.iter();
    let formats: Vec<_> = formats.map(|f| format_text(f.format, catalogue)).collect();
    let rules = file.rules()?;
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
        "rules": table::value(&rules, catalogue),
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
    let ceiling = table::markings(&accord.ceiling);
    let until = show_time(accord.not_after);
    let formats = formats.join(", ");
    let _ = write!(
        lines,
        "\n  formats {formats}; up to {ceiling}; until {until}"
    );
    if let Some(hash) = rules.framework {
        let hash = show_fingerprint(&hash);
        let _ = write!(lines, "\n  annex, tightens  {hash}");
    }
    lines.push_str(&table::lines(&rules, catalogue));
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
