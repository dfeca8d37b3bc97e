//! `estafette cap`: what a CAP alert becomes, without account, relay or network.

use super::context::Context;
use super::fields;
use crate::cap::{self, CapError, Converted, FILE_BYTES_MAX};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::render::Page;
use crate::words::visible;
use clap::Args;
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
    pub(super) fn run(&self, context: &Context) -> Outcome<Exit> {
        let output = context.output;
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
                "form": fields::json(&converted.form, context.catalogue),
                "not_carried": not_carried.collect::<Vec<_>>(),
            }),
        );
        print(context, &converted);
        if let Err(failure) = sendable {
            output.talk(&format!("It cannot be sent: {}", failure.what));
        }
        Ok(Exit::Done)
    }
}

fn print(context: &Context, converted: &Converted) {
    let output = context.output;
    let status = converted.status.map_or("none, it is a draft", |s| s.word());
    let version = converted.version.word();
    output.line(&format!("{:<18}CAP {version}", "File"));
    output.line(&format!("{:<18}{status}", "Status to send"));
    let mut page = Page::new(context.reader());
    page.form(&converted.form);
    page.into_lines().iter().for_each(|line| output.line(line));
    output.line("");
    not_carried(converted)
        .iter()
        .for_each(|line| output.line(line));
}

/// What of the file the form does not hold, in lines.
pub(super) fn not_carried(converted: &Converted) -> Vec<String> {
    if converted.not_carried.is_empty() {
        return vec!["Everything in the file is carried.".to_owned()];
    }
    let lines = converted.not_carried.iter().map(|(path, reason, count)| {
        let times = match count {
            0 | 1 => String::new(),
            count => format!(" ({count} times)"),
        };
        format!("  {}: {}{times}", visible(path, false), reason.words())
    });
    std::iter::once("Not carried:".to_owned())
        .chain(lines)
        .collect()
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
