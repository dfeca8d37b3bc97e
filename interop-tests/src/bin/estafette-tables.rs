//! Writes `spec/formats.md` and `spec/codes.md`, or with `--check` compares them.

use clap::Parser;
use estafette_interop::tables;
use std::io::{Result, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes the tables of formats, groups and code lists from their definitions.
#[derive(Parser)]
#[command(name = "estafette-tables", version)]
struct Arguments {
    /// Compare instead of writing; ends with 1 when a file differs.
    #[arg(long)]
    check: bool,
    /// Where the files lie.
    #[arg(long, default_value = "spec")]
    dir: PathBuf,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    let mut differing = 0u32;
    for (name, text) in tables::files() {
        let path = arguments.dir.join(name);
        if !arguments.check {
            std::fs::write(&path, &text)?;
            writeln!(out, "{name}: {} lines", text.lines().count())?;
        } else if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            differing = differing.saturating_add(1);
            writeln!(
                out,
                "{name} differs: run estafette-tables and read the change"
            )?;
        }
    }
    Ok(ExitCode::from(u8::from(differing > 0)))
}
