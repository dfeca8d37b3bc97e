//! Puts an implementation to the vectors through its adapter.

use clap::{Parser, Subcommand, ValueEnum};
use estafette_interop::conform::adapter::Adapter;
use estafette_interop::conform::run::{Options, read_expected_failures, run};
use estafette_interop::conform::{beside, external};
use std::io::{Result, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Conformance runner for the Estafette protocol.
#[derive(Parser)]
#[command(name = "estafette-conform", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the test vectors against an adapter (spec/adapter.md).
    Vectors(Vectors),
    /// Put random cases of the rules to an adapter and to our own implementation.
    Beside(Beside),
    /// Put public vectors (Wycheproof) through our own entry points.
    External {
        /// Folder that holds `wycheproof/`.
        dir: PathBuf,
    },
}

#[derive(clap::Args)]
struct Vectors {
    /// Where the vectors lie.
    #[arg(long, default_value = "spec/vectors")]
    dir: PathBuf,
    /// Run this chapter only; may be given again.
    #[arg(long, value_name = "CHAPTER")]
    only: Vec<String>,
    /// Cases that are expected to fail: id and reason on each line.
    #[arg(long, value_name = "FILE")]
    xfails: Option<PathBuf>,
    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    report: Report,
    /// Keep one process for all cases instead of one for each.
    #[arg(long)]
    stream: bool,
    /// Seconds until a case counts as failed.
    #[arg(long, value_name = "SECONDS", default_value_t = 20)]
    timeout: u64,
    /// The adapter and its arguments.
    #[arg(last = true, required = true, value_name = "ADAPTER")]
    adapter: Vec<String>,
}

#[derive(clap::Args)]
struct Beside {
    /// How many cases.
    #[arg(long, default_value_t = 10_000)]
    cases: u64,
    /// The same seed gives the same cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The adapter and its arguments.
    #[arg(last = true, required = true, value_name = "ADAPTER")]
    adapter: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Report {
    Text,
    Json,
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let done = match command {
        Command::Vectors(arguments) => vectors(arguments),
        Command::Beside(arguments) => {
            let timeout = Duration::from_secs(20);
            let mut adapter = Adapter::new(arguments.adapter, true, timeout);
            let mut out = std::io::stdout().lock();
            beside::run(arguments.seed, arguments.cases, &mut adapter, &mut out)
        }
        Command::External { dir } => external::run(&dir, &mut std::io::stdout().lock()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            // Nowhere to report a failing standard error.
            let _ = writeln!(std::io::stderr(), "estafette-conform: error: {error}");
            ExitCode::from(2)
        }
    }
}

fn vectors(arguments: Vectors) -> Result<bool> {
    let expected_failures = match &arguments.xfails {
        Some(path) => read_expected_failures(&std::fs::read_to_string(path)?)?,
        None => Default::default(),
    };
    let json = arguments.report == Report::Json;
    let options = Options {
        only: arguments.only,
        expected_failures,
        json,
    };
    let timeout = Duration::from_secs(arguments.timeout);
    let mut adapter = Adapter::new(arguments.adapter, arguments.stream, timeout);
    let mut out = std::io::stdout().lock();
    let counts = run(&arguments.dir, &options, &mut adapter, &mut out)?;
    Ok(counts.failed == 0)
}
