//! Plants texts, plays, and looks for them; see [`estafette_interop::canary`].

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use estafette_interop::canary::{self, Options, controls, panicking};

/// Looks for planted texts in everything that Estafette leaves behind.
#[derive(Parser)]
#[command(name = "estafette-canary", version)]
struct Arguments {
    /// An empty folder in which everything is left; one for the time of the run otherwise.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Take core files too; needs gcore and the right to look into processes.
    #[arg(long)]
    cores: bool,
    #[command(subcommand)]
    part: Option<Part>,
}

/// Parts that this program plays in its own play.
#[derive(Subcommand)]
enum Part {
    /// The real server, which panics when it refuses a message.
    #[command(hide = true)]
    RelayThatPanics {
        #[arg(long)]
        dir: PathBuf,
        #[arg(long)]
        ready_file: PathBuf,
    },
    /// Holds what it reads until its input ends.
    #[command(hide = true)]
    Hold,
    /// Panics with a text.
    #[command(hide = true)]
    PanicWith { text: String },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match &arguments.part {
        Some(Part::RelayThatPanics { dir, ready_file }) => {
            match panicking::serve(dir, ready_file) {
                Ok(code) => code,
                Err(error) => failed(&error),
            }
        }
        Some(Part::Hold) => controls::holder(),
        #[expect(clippy::panic, reason = "what it is asked for")]
        Some(Part::PanicWith { text }) => panic!("{text}"),
        None => match search(&arguments) {
            Ok(code) => code,
            Err(error) => failed(&error),
        },
    }
}

fn search(arguments: &Arguments) -> Result<ExitCode, canary::CanaryError> {
    let io = canary::CanaryError::io;
    let own = std::env::current_exe().map_err(io("find this program"))?;
    let temporary = tempfile::tempdir().map_err(io("make a folder"))?;
    let dir = arguments
        .keep
        .clone()
        .unwrap_or_else(|| temporary.path().to_owned());
    let bin = own
        .parent()
        .map(std::path::Path::to_owned)
        .unwrap_or_default();
    let cores = arguments.cores;
    let report = canary::run(&Options {
        dir,
        bin,
        own,
        cores,
    })?;
    for line in &report.lines {
        say(line);
    }
    say(&format!(
        "{} passed, {} failed",
        report.passed, report.failed
    ));
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn failed(error: &canary::CanaryError) -> ExitCode {
    // Whoever reads may be gone.
    let _ = writeln!(std::io::stderr(), "estafette-canary: {error}");
    ExitCode::FAILURE
}

fn say(line: &str) {
    // Whoever reads may be gone.
    let _ = writeln!(std::io::stdout(), "{line}");
}
