//! Plants random texts in messages and remarks, plays the whole way over real processes, and looks
//! for the texts in everything that is left behind: logs, stores, journals, datagrams, core files.
//!
//! They must be nowhere but with those who may read them. The same search must find them where
//! they are put in the open, or not finding them would say nothing. Spec: threat-model.md.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use estafette_client::demo::{Programs, StageError};

pub mod cast;
pub mod controls;
pub mod needle;
pub mod panicking;
pub mod scan;
pub mod wire;

use cast::{Cast, Outcome};
use needle::Needle;
use scan::Scan;

/// Why the search could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CanaryError {
    /// A process.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// The system refused.
    #[error("could not {action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something else that had to be there was not.
    #[error("{0}")]
    Other(String),
}

impl CanaryError {
    /// The system refused to do this.
    pub fn io(action: &str) -> impl FnOnce(io::Error) -> Self {
        let action = action.to_owned();
        move |source| Self::Io { action, source }
    }
}

/// What to play with.
#[derive(Debug)]
pub struct Options {
    /// An empty folder, in which everything is left.
    pub dir: PathBuf,
    /// Folder of `estafette` and `estafette-relay`.
    pub bin: PathBuf,
    /// This program, which plays a few small parts itself.
    pub own: PathBuf,
    /// Whether to take core files, which needs `gcore` and the right to look into processes.
    pub cores: bool,
}

/// Lines to print, and how many checks held.
#[derive(Debug, Default)]
pub struct Report {
    /// What was done, in order.
    pub lines: Vec<String>,
    /// Checks that held.
    pub passed: u64,
    /// Checks that did not.
    pub failed: u64,
}

impl Report {
    /// Counts a check and says what it was.
    pub fn check(&mut self, holds: bool, what: &str) {
        match holds {
            true => self.passed += 1,
            false => self.failed += 1,
        }
        self.lines.push(format!(
            "{} {what}",
            if holds { "ok     " } else { "FAILED " }
        ));
    }

    /// Whether something was checked and all of it held.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

/// Plays, searches, and shows that the search can find.
///
/// # Errors
/// When the play does not come to its end; nothing is proved then.
pub fn run(options: &Options) -> Result<Report, CanaryError> {
    let mut report = Report::default();
    let play = options.dir.join("play");
    let open = options.dir.join("open");
    for folder in [&play, &open] {
        fs::create_dir_all(folder).map_err(CanaryError::io("make a folder"))?;
    }
    let rng = &mut estafette_client::clock::random();
    let texts = cast::Texts {
        message: needle::draw(rng),
        remark: needle::draw(rng),
    };
    let mut needles = needle::needles("message", &texts.message);
    needles.extend(needle::needles("remark", &texts.remark));

    let program = |name: &str| vec![options.bin.join(name).into_os_string()];
    let mut estafette = program("estafette");
    estafette.push("-vvv".into());
    let programs = Programs {
        estafette,
        relay: program("estafette-relay"),
    };
    let outcome = Cast::gather(&play, programs, options)?.play(&texts, &mut report)?;

    searched(&play, &needles, options, &outcome, &mut report)?;
    controls::run(&open, &needles, &texts, options, &mut report)?;
    Ok(report)
}

/// What is searched, and the paths below the folder of the play that it stands for.
const PLACES: [(&str, &[&str]); 5] = [
    ("logs of relays, daemons, commands and a panic", &["logs"]),
    (
        "relay folders: journal, index, keys",
        &["police.xa/relay", "border.xb/relay"],
    ),
    (
        "client stores",
        &["police.xa/officer", "border.xb/colleague"],
    ),
    ("datagrams between clients and relays", &["capture"]),
    ("core files of relays that hold a message", &["cores"]),
];

fn searched(
    play: &Path,
    needles: &[Needle],
    options: &Options,
    outcome: &Outcome,
    report: &mut Report,
) -> Result<(), CanaryError> {
    let logs = play.join("logs");
    fs::create_dir_all(&logs).map_err(CanaryError::io("make a folder"))?;
    for entry in fs::read_dir(play).map_err(CanaryError::io("list the folder"))? {
        let path = entry.map_err(CanaryError::io("list the folder"))?.path();
        if path.extension().is_some_and(|e| e == "log")
            && let Some(name) = path.file_name()
        {
            fs::rename(&path, logs.join(name)).map_err(CanaryError::io("move a log"))?;
        }
    }
    let mut done = Vec::new();
    let mut places: Vec<_> = PLACES.map(|(what, paths)| (what, paths.to_vec())).into();
    places.push(("everything else", vec!["."]));
    for (what, paths) in places {
        if what.starts_with("core") && !options.cores {
            report.lines.push(format!("skipped {what}"));
            continue;
        }
        let mut scan = Scan::default();
        for path in paths {
            let path = match path {
                "." => play.to_owned(),
                below => play.join(below),
            };
            scan.path_but(&path, &done, needles)
                .map_err(CanaryError::io("search"))?;
            done.push(path);
        }
        let clean = scan.findings.is_empty() && scan.files > 0 && scan.bytes > 0;
        let counted = format!(
            "nothing in {} files, {} bytes: {what}",
            scan.files, scan.bytes
        );
        report.check(clean, &counted);
        let found = scan
            .findings
            .iter()
            .map(|finding| format!("FOUND   {finding}"));
        report.lines.extend(found);
    }
    let [police, border] = &outcome.passed;
    report.check(
        police.ends() >= 3 && border.ends() >= 1 && border.datagrams() > 20,
        &format!(
            "{} datagrams kept, to and from {} ends",
            police.datagrams() + border.datagrams(),
            police.ends() + border.ends()
        ),
    );
    Ok(())
}
