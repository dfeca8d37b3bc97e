//! Plays scenarios over real processes: the `estafette` and `estafette-relay` beside this program.

use clap::{Parser, Subcommand};
use estafette_interop::scenario::endurance::Size;
use estafette_interop::scenario::{
    ScenarioError, Tally, cap, cap_forms, deadlines, deferral, endurance, programs, watch,
};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Scenarios over real processes.
#[derive(Parser)]
#[command(name = "estafette-scenario", version)]
struct Arguments {
    /// Leave everything in this folder, for a look afterwards.
    #[arg(long, global = true, value_name = "DIR")]
    keep: Option<PathBuf>,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    /// Many messages both ways while relays and daemons are killed.
    Endurance {
        /// Messages in all.
        #[arg(long, default_value_t = 500)]
        messages: usize,
        /// Kills of each relay, and of daemons.
        #[arg(long, default_value_t = 3)]
        kills: usize,
    },
    /// A relay killed while it holds messages for their time.
    Deferral,
    /// Silence that leads on, over kills and wall clocks that are moved.
    Deadlines,
    /// The live board on real terminals, driven by keys.
    Watch {
        /// Where the screens are kept.
        screens: PathBuf,
        /// Write what is seen there.
        #[arg(long)]
        update: bool,
    },
    /// Every file of a folder as a note, byte for byte.
    Cap {
        /// The folder.
        dir: PathBuf,
    },
    /// Every CAP alert of some folders to a form and back, for another reader to compare.
    CapForms {
        /// Where the exported files and `manifest.json` go.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// The folders.
        #[arg(required = true)]
        dirs: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    match play(&arguments, &mut out) {
        Ok(tally) => {
            // Whoever reads may be gone.
            let _ = writeln!(out, "{tally}");
            if tally.is_good() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "estafette-scenario: error: {error}");
            ExitCode::from(2)
        }
    }
}

fn play(arguments: &Arguments, out: &mut impl Write) -> Result<Tally, ScenarioError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| ScenarioError::Io { path, source }
    };
    // Needs no process.
    if let Scenario::CapForms { out: folder, dirs } = &arguments.scenario {
        return cap_forms::run(dirs, folder, out);
    }
    let this = std::env::current_exe().map_err(io(Path::new("estafette-scenario")))?;
    let programs = programs(this.parent().unwrap_or(&this))?;
    let folder = tempfile::tempdir().map_err(io(&std::env::temp_dir()))?;
    let dir = arguments.keep.clone();
    let dir = dir.unwrap_or_else(|| folder.path().to_owned());
    match &arguments.scenario {
        Scenario::Endurance { messages, kills } => {
            let size = Size {
                messages: *messages,
                kills: *kills,
            };
            endurance::run(size, dir, programs, out)
        }
        Scenario::Deferral => deferral::run(dir, programs, out),
        Scenario::Deadlines => deadlines::run(dir, programs, out),
        Scenario::Watch { screens, update } => {
            let kept = watch::Kept {
                folder: screens,
                update: *update,
            };
            watch::run((dir, programs), kept, out)
        }
        Scenario::Cap { dir: files } => cap::run(files, dir, programs, out),
        Scenario::CapForms { .. } => Ok(Tally::default()),
    }
}
