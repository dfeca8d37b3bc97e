//! `roster approve`: devices that ask to join or for new keys, compared by fingerprint before they
//! are signed in.

use std::path::Path;

use estafette_protocol::crypto::{HopKey, VerifyingKey};
use estafette_protocol::encoding::Signed;
use estafette_protocol::enrolment::{device_fingerprint, show_fingerprint};
use estafette_protocol::rotation::Rotation;
use estafette_protocol::time::UnixMillis;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::admin::{Request, ask};
use crate::authority::Authority;
use crate::authority::Draft;
use crate::authority::draft::DraftDevice;
use crate::config::Folder;
use crate::output::{Exit, Failure, Output, show_time};
use crate::server::now;

/// A device that asks to join, as the relay tells.
#[derive(Debug, Clone, Deserialize)]
struct Asking {
    desk: String,
    key: String,
    hop_key: String,
    at_ms: u64,
    #[serde(default)]
    rotation: Option<String>,
}

/// The same, with its keys read and its fingerprint made here and not taken from the relay.
#[derive(Debug, Clone)]
struct Candidate {
    desk: String,
    key: VerifyingKey,
    hop_key: HopKey,
    fingerprint: String,
    at: UnixMillis,
    /// The signed wish of a device that is listed already.
    rotation: Option<Signed<Rotation>>,
}

pub(super) fn approve(
    dir: &Path,
    desk: Option<&str>,
    fingerprints: &[String],
    relay: &Path,
    output: &Output,
) -> Result<(), Failure> {
    let mut authority = Authority::open(dir)?;
    let desk = match desk {
        Some(name) => Some(authority.draft().desk_name(name)?.to_string()),
        None => None,
    };
    let mut candidates = waiting(&Folder::new(relay))?;
    candidates.retain(|candidate| !authority.draft().lists(&candidate.key));
    candidates.retain(|candidate| is_wished(authority.draft(), candidate));
    candidates.retain(|candidate| desk.as_ref().is_none_or(|desk| candidate.desk == *desk));
    if candidates.is_empty() && fingerprints.is_empty() {
        let value = json!({ "approved": [], "waiting": [] });
        output.result("approval", value, "no device asks to join");
        return Ok(());
    }
    let chosen = match fingerprints {
        [] => ask_person(&candidates, output)?,
        given => compare(&candidates, given)?,
    };
    for candidate in &chosen {
        let name = authority.draft().desk_name(&candidate.desk)?;
        let device = DraftDevice {
            key: candidate.key,
            hop_key: candidate.hop_key,
            enrolled: now(),
        };
        match &candidate.rotation {
            Some(rotation) => {
                let old = rotation.value().old;
                authority.draft_mut().replace_device(&old, device)?;
            }
            None => authority.draft_mut().add_device(&name, device)?,
        }
    }
    authority.save()?;
    let approved: Vec<Value> = chosen.iter().map(value).collect();
    let lines: Vec<_> = chosen
        .iter()
        .map(|c| {
            let replaces =
                replaces(c).map_or_else(String::new, |old| format!(" replaces {old} and"));
            let (id, desk) = (id(c), &c.desk);
            format!("device {id} of {desk}{replaces} is in the draft, not yet signed")
        })
        .collect();
    let lines = match lines.is_empty() {
        true => "no device was approved".to_owned(),
        false => lines.join("\n"),
    };
    output.result("approval", json!({ "approved": approved }), lines);
    if !chosen.is_empty() {
        let dir = dir.display();
        output.note(format_args!(
            "  → estafette-relay roster sign --authority {dir}"
        ));
    }
    Ok(())
}

/// Whether a rotation is what the device in the draft signed: the relay only passes it on.
// IDN-24
fn is_wished(draft: &Draft, candidate: &Candidate) -> bool {
    let Some(signed) = &candidate.rotation else {
        return true;
    };
    let wish = signed.value();
    let old = draft.device(&wish.desk, &wish.old);
    let is_signed = old.is_some_and(|old| Rotation::is_signed_by_both(signed, &old.key));
    let is_same = wish.key == candidate.key && wish.hop_key == candidate.hop_key;
    is_signed && is_same && candidate.desk == wish.desk.as_str()
}

fn waiting(folder: &Folder) -> Result<Vec<Candidate>, Failure> {
    let answer = ask(folder, &Request::Enrolments)?;
    let malformed = || {
        let what = "the relay's answer makes no sense";
        Failure::new(
            "relay-answer",
            what,
            "Nothing was approved.",
            "estafette-relay --version",
        )
    };
    let asking = answer.get("enrolments").cloned().unwrap_or_default();
    let asking: Vec<Asking> = serde_json::from_value(asking).map_err(|_| malformed())?;
    let read = |asking: Asking| {
        let key = VerifyingKey::from_bytes(&bytes(&asking.key)?).ok()?;
        let hop_key = HopKey::from_bytes(&bytes(&asking.hop_key)?).ok()?;
        let rotation = match &asking.rotation {
            Some(text) => Some(Signed::decode(&hex::decode(text).ok()?).ok()?),
            None => None,
        };
        Some(Candidate {
            desk: asking.desk,
            fingerprint: show_fingerprint(&device_fingerprint(&key, &hop_key)),
            key,
            hop_key,
            at: UnixMillis(asking.at_ms),
            rotation,
        })
    };
    asking
        .into_iter()
        .map(|a| read(a).ok_or_else(malformed))
        .collect()
}

// IDN-28
fn ask_person(candidates: &[Candidate], output: &Output) -> Result<Vec<Candidate>, Failure> {
    let mut chosen = Vec::new();
    for candidate in candidates {
        let Candidate {
            desk, fingerprint, ..
        } = candidate;
        let at = show_time(candidate.at);
        let wish =
            replaces(candidate).map_or_else(String::new, |old| format!(", new keys for {old}"));
        output.note(format_args!("{desk}, asked {at}{wish}:  {fingerprint}"));
        let question = "Does the officer read out exactly this?";
        match output.confirm(question) {
            Some(true) => chosen.push(candidate.clone()),
            Some(false) => output.note("not approved"),
            None => return Err(nobody_to_ask(candidates)),
        }
    }
    Ok(chosen)
}

fn nobody_to_ask(candidates: &[Candidate]) -> Failure {
    let list: Vec<_> = candidates
        .iter()
        .map(|c| format!("{} {}", c.desk, c.fingerprint))
        .collect();
    Failure::new(
        "fingerprint-needed",
        format!("{} ask to join: {}", candidates.len(), list.join("; ")),
        "Who signs must compare with what the officer reads out. Nothing was approved.",
        "estafette-relay roster approve --relay DIR --fingerprint \"DIGITS\"",
    )
    .with_exit(Exit::Cancelled)
}

/// Every fingerprint given must be that of a device that asks, in all its digits.
fn compare(candidates: &[Candidate], given: &[String]) -> Result<Vec<Candidate>, Failure> {
    let digits = |text: &str| -> String {
        let hex = text.chars().filter(char::is_ascii_hexdigit);
        hex.map(|c| c.to_ascii_lowercase()).collect()
    };
    let mut chosen = Vec::new();
    for text in given {
        let wanted = digits(text);
        let found = candidates.iter().find(|c| digits(&c.fingerprint) == wanted);
        let found = found.ok_or_else(|| {
            let what = format!("no device that asks to join has the fingerprint {text}");
            let why = "Another device may have asked in its place. Nothing was approved.";
            let next =
                "have the officer read it again, or invite anew: estafette-relay roster invite";
            Failure::new("fingerprint-differs", what, why, next).with_exit(Exit::Trust)
        })?;
        chosen.push(found.clone());
    }
    Ok(chosen)
}

fn value(candidate: &Candidate) -> Value {
    json!({
        "desk": candidate.desk,
        "key": id(candidate),
        "fingerprint": candidate.fingerprint,
        "replaces": replaces(candidate),
    })
}

/// Identifier of the key that a rotation replaces.
fn replaces(candidate: &Candidate) -> Option<String> {
    let rotation = candidate.rotation.as_ref()?;
    Some(hex::encode(rotation.value().old.as_slice()))
}

fn id(candidate: &Candidate) -> String {
    hex::encode(candidate.key.id().as_slice())
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
