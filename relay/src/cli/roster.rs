//! `roster`: an agency signs for its units, desks, devices and relays.

use std::path::Path;

use estafette_protocol::address::Agency;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::format::Catalogue;
use serde_json::json;

use super::{Roster, publish};
use crate::admin::{self, Reached};
use crate::authority::draft::{every_format_of, with_number};
use crate::authority::{Authority, AuthorityError, SignedNow};
use crate::config::Folder;
use crate::definitions::load_named;
use crate::key_file::{self, KeyFileError, Purpose};
use crate::output::{Exit, Failure, Output, show_time};
use crate::server::now;

mod approve;
mod exercise;
mod invite;
mod proofs;
mod relay;
mod rotate;
mod set_desk;
mod show;

pub(super) use exercise::{AddExercise, RemoveExercise};
pub(super) use rotate::{RotateKeys, RotateRoot};
pub(super) use set_desk::SetDesk;

impl Roster {
    pub(super) fn run(&self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Init {
                agency,
                root_key,
                gateway,
                authority,
            } => init(&authority.authority, agency, root_key, gateway, output),
            Self::AddUnit {
                unit,
                superior,
                gateway,
                head,
                authority,
            } => add_unit(
                &authority.authority,
                unit,
                (superior.as_deref(), *head),
                *gateway,
                output,
            ),
            Self::AddDesk {
                desk,
                formats,
                definitions,
                authority,
            } => {
                let catalogue = load_named(definitions.definitions.as_deref())?;
                add_desk(&authority.authority, desk, (formats, &catalogue), output)
            }
            Self::SetDesk(desk) => desk.run(output),
            Self::AddExercise(exercise) => exercise.run(output),
            Self::RemoveExercise(exercise) => exercise.run(output),
            Self::AddRelay { relay, authority } => relay::add(&authority.authority, relay, output),
            Self::Invite {
                desk,
                relay,
                hours,
                authority,
            } => invite::invite(&authority.authority, desk, relay, *hours, output),
            Self::Approve {
                desk,
                all: _,
                fingerprints,
                relay,
                authority,
            } => approve::approve(
                &authority.authority,
                desk.as_deref(),
                fingerprints,
                relay,
                output,
            ),
            Self::Revoke { key, authority } => revoke(&authority.authority, key, output),
            Self::Sign { days, authority } => sign(&authority.authority, *days, output),
            Self::RotateKeys(keys) => keys.run(output),
            Self::RotateRoot(root) => root.run(output),
            Self::Proofs { relay } => proofs::show(relay, output),
            Self::Show { authority } => show::show(&authority.authority, output),
            Self::Export { file, authority } => export(&authority.authority, file, output),
        }
    }
}

fn init(
    dir: &Path,
    agency: &Agency,
    root_key: &Path,
    gateway: &str,
    output: &Output,
) -> Result<(), Failure> {
    let is_new = !Authority::is_there(dir);
    let authority = if is_new {
        create(dir, agency, root_key, gateway)?
    } else {
        Authority::open(dir)?
    };
    if authority.agency() != agency {
        return Err(AuthorityError::OtherAgency {
            dir: dir.to_owned(),
            found: authority.agency().clone(),
        }
        .into());
    }
    let fingerprint = show_fingerprint(&authority.root());
    let value = json!({
        "agency": agency,
        "authority": dir,
        "root": hex::encode(authority.root().as_slice()),
        "fingerprint": fingerprint,
        "made": is_new,
    });
    let made = if is_new { "made" } else { "kept as it was" };
    let lines = format!(
        "authority of {agency} in {}: {made}\n  root fingerprint, to read aloud:  {fingerprint}",
        dir.display()
    );
    output.result("authority", value, lines);
    if is_new {
        output.note(format_args!(
            "  the root key is in {}: take it off this machine",
            root_key.display()
        ));
    }
    let dir = dir.display();
    output.note(format_args!(
        "  → estafette-relay roster add-relay --relay RELAY --authority {dir}"
    ));
    Ok(())
}

fn create(
    dir: &Path,
    agency: &Agency,
    root_key: &Path,
    gateway: &str,
) -> Result<Authority, Failure> {
    super::init::make_dir(dir)?;
    keep_apart(root_key, dir)?;
    let key = match key_file::read_agency_key(root_key, agency, Purpose::Root) {
        Err(KeyFileError::Missing { .. }) => {
            key_file::create_agency_key(root_key, agency, Purpose::Root)?
        }
        key => key?,
    };
    let full = match gateway.contains('.') {
        true => gateway.to_owned(),
        false => format!("{gateway}.{agency}"),
    };
    let unit = full.parse().map_err(|_| AuthorityError::Elsewhere {
        name: gateway.to_owned(),
        agency: agency.clone(),
    })?;
    Ok(Authority::create(dir, agency, &key, &unit, now())?)
}

/// Refuses a place for a root key that is within the authority's folder.
fn keep_apart(root_key: &Path, dir: &Path) -> Result<(), Failure> {
    let folder = root_key
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let within = match (folder.canonicalize(), dir.canonicalize()) {
        (Ok(folder), Ok(dir)) => folder.starts_with(dir),
        _ => false,
    };
    if within {
        return Err(Failure::new(
            "root-key-place",
            "the root key would be within the authority's folder",
            "The root outlives the keys that it appoints and is kept apart from them.",
            "name another place with --root-key FILE",
        )
        .with_exit(Exit::Usage));
    }
    Ok(())
}

fn add_unit(
    dir: &Path,
    unit: &str,
    (superior, head): (Option<&str>, bool),
    gateway: bool,
    output: &Output,
) -> Result<(), Failure> {
    let mut authority = Authority::open(dir)?;
    let unit = authority.draft().unit_name(unit)?;
    let superior = match superior {
        Some(name) => Some(authority.draft().unit_name(name)?),
        None => None,
    };
    let draft = authority.draft_mut();
    let mut changed = draft.add_unit(&unit, superior.as_ref(), gateway)?;
    if head {
        changed |= draft.put_at_head(&unit)?;
    }
    authority.save()?;
    drafted(output, dir, "unit", &unit.to_string(), changed);
    Ok(())
}

fn add_desk(
    dir: &Path,
    desk: &str,
    (formats, catalogue): (&[String], &Catalogue),
    output: &Output,
) -> Result<(), Failure> {
    let mut authority = Authority::open(dir)?;
    let desk = authority.draft().desk_name(desk)?;
    let formats = match formats {
        [] => every_format_of(catalogue),
        given => given
            .iter()
            .map(|authority| with_number(authority, catalogue))
            .collect(),
    };
    let changed = authority.draft_mut().add_desk(&desk, &formats)?;
    authority.save()?;
    drafted(output, dir, "desk", &desk.to_string(), changed);
    Ok(())
}

/// Says that the draft has something, and that it is not signed yet.
fn drafted(output: &Output, dir: &Path, kind: &str, name: &str, changed: bool) {
    let value = json!({ "kind": kind, "name": name, "changed": changed });
    output.result("draft", value, drafted_line(kind, name, changed));
    sign_next(output, dir, changed);
}

fn drafted_line(kind: &str, name: &str, changed: bool) -> String {
    match changed {
        true => format!("{kind} {name} is in the draft, not yet signed"),
        false => format!("{kind} {name} was in the draft already"),
    }
}

fn sign_next(output: &Output, dir: &Path, changed: bool) {
    if changed {
        let dir = dir.display();
        output.note(format_args!(
            "  → estafette-relay roster sign --authority {dir}"
        ));
    }
}

fn revoke(dir: &Path, key: &str, output: &Output) -> Result<(), Failure> {
    let mut authority = Authority::open(dir)?;
    let (desk, device) = authority.draft_mut().revoke(key, now())?;
    authority.save()?;
    let id = hex::encode(device.key.id().as_slice());
    let value = json!({ "desk": desk, "key": id });
    let lines = format!("device {id} of {desk} is revoked in the draft, not yet signed");
    output.result("revoked", value, lines);
    output.note("  It can be used until the roster is signed.");
    let dir = dir.display();
    output.note(format_args!(
        "  → estafette-relay roster sign --authority {dir}"
    ));
    Ok(())
}

fn sign(dir: &Path, days: u64, output: &Output) -> Result<(), Failure> {
    let mut authority = Authority::open(dir)?;
    let signed = authority.sign(now(), days)?;
    bring(&authority, &signed, output)
}

/// Brings what was signed to the relays on this machine and says where it is now.
fn bring(authority: &Authority, signed: &SignedNow, output: &Output) -> Result<(), Failure> {
    let agency = authority.agency();
    let mut reached = Vec::new();
    let mut waiting = None;
    let mut changing = None;
    for relay in &authority.draft().relays {
        let Some(folder) = relay.folder.as_ref().map(Folder::new) else {
            reached.push((relay.name.clone(), "elsewhere"));
            continue;
        };
        let at = admin::publish(&folder, &signed.objects)?;
        if folder.next_key().exists() && at == Reached::Relay {
            changing = Some(folder.clone());
        }
        if at == Reached::Folder {
            waiting = Some(folder);
        }
        reached.push((relay.name.clone(), publish::word(at)));
    }
    let relays: Vec<_> = reached
        .iter()
        .map(|(name, at)| json!({ "name": name, "reached": at }))
        .collect();
    let value = json!({
        "agency": agency,
        "charter": authority.charter_number(),
        "roster": signed.roster,
        "house": signed.house,
        "not_after_ms": signed.not_after.0,
        "relays": relays,
    });
    let number = signed.roster;
    let until = show_time(signed.not_after);
    let mut lines = format!("roster {number} of {agency} signed, current until {until}");
    for (name, at) in &reached {
        let at = match *at {
            "relay" => "in force",
            "folder" => "waits for the relay to start",
            _ => "not on this machine",
        };
        lines.push_str(&format!("\n  relay {name}: {at}"));
    }
    output.result("signed", value, lines);
    for folder in [&waiting, &changing].into_iter().flatten() {
        let dir = folder.dir().display();
        if changing.as_ref() == Some(folder) {
            output.note("  The relay takes on its new keys when it starts again:");
            output.note(format_args!("  → estafette-relay stop --dir {dir}"));
        }
        output.note(format_args!("  → estafette-relay serve --dir {dir}"));
    }
    if reached.iter().any(|(_, at)| *at == "elsewhere") {
        output.note("  → estafette-relay roster export FILE, then on the relay: estafette-relay publish FILE");
    }
    Ok(())
}

fn export(dir: &Path, file: &Path, output: &Output) -> Result<(), Failure> {
    let authority = Authority::open(dir)?;
    let bundle = authority.bundle()?;
    key_file::replace(file, bundle.to_text().as_bytes())?;
    let fingerprint = show_fingerprint(&authority.root());
    let value = json!({
        "agency": authority.agency(),
        "file": file,
        "fingerprint": fingerprint,
        "roster": authority.roster().map(|roster| roster.value().number),
    });
    let lines = format!(
        "bundle of {} written to {}\n  root fingerprint, to read aloud:  {fingerprint}",
        authority.agency(),
        file.display()
    );
    output.result("bundle", value, lines);
    Ok(())
}
