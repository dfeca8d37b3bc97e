//! `status` and `stop`: what a running relay says of itself, and its end.

use std::fmt::Write;

use serde_json::{Value, json};

use super::Folder;
use crate::admin::{Request, ask};
use crate::config;
use crate::output::{Failure, Output};

pub(super) fn show(folder: &Folder, output: &Output) -> Result<(), Failure> {
    let folder = config::Folder::new(&folder.dir);
    let status = ask(&folder, &Request::Status)?;
    let mut lines = describe(&status);
    let dir = folder.dir().display();
    if status.get("listed").and_then(Value::as_bool) == Some(false) {
        lines.push_str("\n  keys        not those that the newest roster lists: ");
        lines.push_str(match folder.next_key().exists() {
            true => "start the relay again",
            false => "add it to the roster",
        });
    }
    let forked = status.get("proofs").and_then(Value::as_object);
    let forked: Vec<&str> = forked
        .into_iter()
        .flatten()
        .map(|(a, _)| a.as_str())
        .collect();
    if !forked.is_empty() {
        let forked = forked.join(", ");
        // Writing to a string does not fail.
        let _ = write!(
            lines,
            "\n  forked      {forked}: estafette-relay roster proofs --relay {dir}"
        );
    }
    output.result("status", status, lines);
    Ok(())
}

pub(super) fn stop(folder: &Folder, output: &Output) -> Result<(), Failure> {
    let dir = config::Folder::new(&folder.dir);
    ask(&dir, &Request::Shutdown)?;
    let lines = format!("relay on {} is stopping", folder.dir.display());
    output.result("stop", json!({ "dir": folder.dir }), lines);
    Ok(())
}

fn describe(status: &Value) -> String {
    let text = |key: &str| match status.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "?".to_owned(),
    };
    let mut lines = format!("relay of {}", text("agency"));
    let rosters = status.get("rosters").and_then(Value::as_object);
    let rosters: Vec<_> = rosters
        .into_iter()
        .flatten()
        .map(|(agency, number)| format!("{agency} {number}"))
        .collect();
    let accords = list(status, "accords", |accord| {
        accord.as_str().map(str::to_owned)
    });
    let links = list(status, "links", |link| {
        let name = link.get("name")?.as_str()?;
        Some(
            format!("{} {name}", link.get("role")?.as_str()?)
                .trim_end()
                .to_owned(),
        )
    });
    let queues = list(status, "queues", |queue| {
        let mailbox = queue.get("mailbox")?.as_str()?;
        Some(format!("{mailbox} {}", queue.get("queued")?))
    });
    let none = |items: Vec<String>| match items.is_empty() {
        true => "none".to_owned(),
        false => items.join(", "),
    };
    // Writing to a string does not fail.
    let _ = write!(
        lines,
        "\n  rosters     {}\n  accords     {}\n  links       {}\n  queued      {} ({})\n  \
         unreadable  {}\n  records     {}\n  enrolments  {} waiting\n  disk        {}",
        none(rosters),
        none(accords),
        none(links),
        text("queued"),
        none(queues),
        match status.get("non_compliant").and_then(Value::as_u64) {
            None | Some(0) => "none was proved to be".to_owned(),
            Some(many) => format!("{many} proved to be: their senders sealed what nobody can open"),
        },
        text("records"),
        text("enrolments"),
        match status.get("short_of_space").and_then(Value::as_bool) {
            Some(true) => "short: only flash and statements are accepted",
            _ => "enough",
        },
    );
    lines
}

fn list(status: &Value, key: &str, show: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    let items = status.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(show).collect()
}
