//! `roster proofs`: agencies that signed two rosters for one place, as a running relay keeps it.

use std::path::Path;

use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::enrolment::show_fingerprint;
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};

use crate::admin::{Request, ask};
use crate::config::Folder;
use crate::output::{Failure, Output, show_time};

// IDN-48
pub(super) fn show(relay: &Path, output: &Output) -> Result<(), Failure> {
    let answer = ask(&Folder::new(relay), &Request::Proofs)?;
    let proofs = answer.get("proofs").cloned().unwrap_or_default();
    let lines: Vec<String> = proofs
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(describe)
        .collect();
    let lines = match lines.as_slice() {
        [] => "no agency is known to have signed two rosters for one place".to_owned(),
        lines => lines.join("\n"),
    };
    let is_any = proofs.as_array().is_some_and(|proofs| !proofs.is_empty());
    output.result("proofs", json!({ "proofs": proofs }), lines);
    if is_any {
        output.note("  --json prints both rosters of each as signed, for whoever is to verify it.");
        output.note("  telephone the agency: one of its roster keys is misused");
    }
    Ok(())
}

fn describe(proof: &Value) -> Option<String> {
    let agency = proof.get("agency")?.as_str()?;
    let number = proof.get("number")?;
    let mut text = format!("{agency} signed two rosters for the place of {number}");
    for side in ["held", "refused"] {
        let roster = proof.get(side)?;
        let mut hash = [0; 32];
        hex::decode_to_slice(roster.get("hash")?.as_str()?, &mut hash).ok()?;
        let issued = show_time(UnixMillis(roster.get("issued_ms")?.as_u64()?));
        let number = roster.get("number")?;
        let hash = show_fingerprint(&FixedBytes(hash));
        text.push_str(&format!("\n  {side:<8} {number}, issued {issued}  {hash}"));
    }
    Some(text)
}
