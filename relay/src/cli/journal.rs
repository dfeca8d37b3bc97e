//! `journal repair`: what to do when a relay does not trust its journal.

use serde_json::json;

use super::Folder;
use crate::config;
use crate::journal::repair as repair_journal;
use crate::output::{Exit, Failure, Output};
use crate::store::StoreError;

pub(super) fn repair(folder: &Folder, output: &Output) -> Result<(), Failure> {
    // The store names its own folder, people name the relay's.
    let within = config::Folder::new(&folder.dir).journal();
    let dir = if within.is_dir() {
        within
    } else {
        folder.dir.clone()
    };
    if !dir.is_dir() {
        let what = format!("{} is not there", dir.display());
        let next = "name the relay's folder with --dir";
        let failure = Failure::new("no-journal", what, "Nothing was changed.", next);
        return Err(failure.with_exit(Exit::Unknown));
    }
    let Some(repair) = repair_journal(&dir).map_err(StoreError::from)? else {
        let lines = format!("journal in {} is whole; nothing was changed", dir.display());
        output.result("repair", json!({ "dir": dir, "damaged": false }), lines);
        return Ok(());
    };
    let lost = repair
        .lost
        .map(|lost| lost.records.saturating_sub(repair.kept.records));
    let value = json!({
        "dir": dir,
        "damaged": true,
        "segment": repair.segment,
        "offset": repair.offset,
        "kept_records": repair.kept.records,
        "lost_records": lost,
        "aside": repair.aside,
    });
    let lost = lost.map_or("an unknown number of".to_owned(), |lost| lost.to_string());
    let aside: Vec<_> = repair
        .aside
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let lines = format!(
        "cut {} off at byte {}: {} records kept, {lost} records lost\n  set aside: {}",
        repair.segment.display(),
        repair.offset,
        repair.kept.records,
        aside.join(", "),
    );
    output.result("repair", value, lines);
    output.note("  Keep what was set aside; peers send again what they were not told was taken.");
    Ok(())
}
