//! `estafette demo`: two agencies on this machine, from nothing, with no network.
//!
//! Re-executes itself for every relay and desk, on the code paths that people use. What it claims
//! at the end is recomputed from statements whose signatures it verifies again.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, ValueEnum};

mod fault;
mod report;
mod script;
mod stage;
mod watch;

pub use fault::{FaultArgs, inject};
pub use stage::{AgencyStage, DeskStage, Programs, Stage, StageError, field};
pub use watch::Watch;

use report::Report;

/// Word by which the demo calls itself as `estafette-relay`.
pub const RELAY_WORD: &str = "__relay";
/// Word by which the demo calls itself to send what no honest client sends.
pub const FAULT_WORD: &str = "__fault";

/// Flags of `estafette demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Leave everything in this folder, which must not exist, for a look afterwards.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// What shall go wrong.
    #[arg(long, hide = true)]
    pub fault: Option<DemoFault>,
}

/// What can be made to go wrong, to show that the demo notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoFault {
    /// The killed relay is not started again.
    RelayDead,
    /// The receiving relay signs its receipts with a key that no roster lists.
    ReceiptKey,
}

/// Why the demo ends without a summary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The stage.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// An account.
    #[error(transparent)]
    Account(#[from] crate::account::AccountError),
    /// A store.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// A folder.
    #[error("{path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Something that had to come did not come in time.
    #[error("{0} did not come in time")]
    Missing(String),
}

/// Runs the demo and says whether everything that must be proved was.
#[must_use]
pub fn run(args: &DemoArgs, json: bool, language: String) -> ExitCode {
    let began = Instant::now();
    let mut report = Report::new(json, language);
    let played = prepare(args).and_then(|(dir, stage)| {
        let played = script::play(&stage, args.fault, &mut report);
        match &args.keep {
            Some(kept) => report.kept(kept),
            None => remove(&dir),
        }
        played
    });
    let elapsed_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match played {
        Ok(summary) => {
            report.summary(&summary, elapsed_ms);
            if summary.ok {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            report.failed(&error, elapsed_ms);
            ExitCode::FAILURE
        }
    }
}

fn prepare(args: &DemoArgs) -> Result<(PathBuf, Stage), DemoError> {
    let folder = |path: &PathBuf| {
        let path = path.clone();
        move |source| DemoError::Folder { path, source }
    };
    let dir = match &args.keep {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join(format!("estafette-demo-{}", std::process::id())),
    };
    std::fs::create_dir(&dir).map_err(folder(&dir))?;
    let program = std::env::current_exe()
        .map_err(folder(&dir))?
        .into_os_string();
    let programs = Programs {
        estafette: vec![program.clone()],
        relay: vec![program, OsString::from(RELAY_WORD)],
    };
    Ok((dir.clone(), Stage::new(dir, programs)))
}

fn remove(dir: &PathBuf) {
    // Left behind at worst in the system's folder for temporary files.
    let _ = std::fs::remove_dir_all(dir);
}
