//! `estafette cap`: what a CAP alert becomes, without account, relay or network.

use super::{context, fields};
use crate::cap::{self, CapError, Converted, FILE_BYTES_MAX};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::output::Output;
use crate::render::Page;
use crate::words::visible;
use clap::Args;
use estafette_protocol::format::Catalogue;
use serde_json::json;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Show the form that a CAP alert becomes, and what of the file it does not hold.
#[derive(Debug, Args)]
pub(super) struct Cap {
    /// The file, CAP 1.0, 1.1 or 1.2; - reads standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl Cap {
    pub(super) fn run(&self, output: Output, language: &str) -> Outcome<Exit> {
        let converted = convert_file(&self.file)?;
        let sendable = converted.sendable();
        let not_carried = converted.not_carried.iter().map(|(path, reason, count)| {
            json!({"element": path, "reason": reason.word(), "count": count})
        });
        output.object(
            "cap",
            json!({
                "cap_version": converted.version.word(),
                "status": converted.status.map(|status| status.word()),
                "sendable": sendable.is_ok(),
                "why_not": sendable.as_ref().err().map(|failure| &failure.what),
                "form": fields::json(&converted.form, Catalogue::built_in()),
                "not_carried": not_carried.collect::<Vec<_>>(),
            }),
        );
        print(output, &converted, language);
        if let Err(failure) = sendable {
            output.talk(&format!("It cannot be sent: {}", failure.what));
        }
        Ok(Exit::Done)
    }
}

fn print(output: Output, converted: &Converted, language: &str) {
    let status = converted.status.map_or("none, it is a draft", |s| s.word());
    let version = converted.version.word();
    output.line(&format!("{:<22}CAP {version}", "File"));
    output.line(&format!("{:<22}{status}", "Status to send"));
    let reader = context::reader(output, Catalogue::built_in(), language);
    let mut page = Page::new(reader);
    page.form(&converted.form);
    for line in page.into_lines() {
        output.line(&line);
    }
    output.line("");
    if converted.not_carried.is_empty() {
        output.line("Everything in the file is carried.");
        return;
    }
    output.line("Not carried:");
    for (path, reason, count) in converted.not_carried.iter() {
        let times = if count > 1 {
            format!(" ({count} times)")
        } else {
            String::new()
        };
        let path = visible(path, false);
        output.line(&format!("  {path}: {}{times}", reason.words()));
    }
}

/// Reads and converts a file, of which no more is read than an alert may have.
///
/// # Errors
/// Three lines that name the file.
pub(super) fn convert_file(file: &Path) -> Outcome<Converted> {
    let name = visible(&file.to_string_lossy(), false);
    let bytes = read(file).map_err(|error| {
        Failure::new(
            Exit::Failed,
            "cap-unreadable",
            format!("{name}: {error}"),
            "Nothing was read.",
            "estafette cap FILE      with a file that you may read",
        )
    })?;
    cap::convert(&bytes).map_err(|error| named(error, &name))
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let at_most = u64::try_from(FILE_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin()
            .lock()
            .take(at_most)
            .read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(file)?
            .take(at_most)
            .read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The failure of one file, in all its lines.
fn named(error: CapError, name: &str) -> Box<Failure> {
    let mut failure: Box<Failure> = error.into();
    failure.what = format!("{name}: {}", failure.what);
    failure.next = failure.next.replace("FILE", name);
    failure
}
