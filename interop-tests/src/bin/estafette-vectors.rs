//! Writes `spec/vectors`, or with `--check` compares it.

use clap::Parser;
use estafette_interop::conform::files;
use std::io::{Result, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Makes the test vectors from their fixed seeds.
#[derive(Parser)]
#[command(name = "estafette-vectors", version)]
struct Arguments {
    /// Compare instead of writing; ends with 1 when a file differs.
    #[arg(long)]
    check: bool,
    /// Where the files lie.
    #[arg(long, default_value = "spec/vectors")]
    dir: PathBuf,
}

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    let mut differing = 0u32;
    let made = files::generate();
    for entry in std::fs::read_dir(&arguments.dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") && !made.iter().any(|(made, _)| *made == name) {
            differing = differing.saturating_add(1);
            writeln!(out, "{name} is made by nothing: remove it")?;
        }
    }
    for (name, text) in made {
        let path = arguments.dir.join(&name);
        if !arguments.check {
            std::fs::write(&path, &text)?;
            writeln!(out, "{} {name}", files::hash(&text))?;
        } else if std::fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            differing = differing.saturating_add(1);
            writeln!(
                out,
                "{name} differs: run estafette-vectors and read the change"
            )?;
        }
    }
    Ok(ExitCode::from(u8::from(differing > 0)))
}
