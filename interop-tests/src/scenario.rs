//! Scenarios over real processes: two relays, two desks, on loopback and in one folder.
//!
//! The processes are those of [`estafette_client::demo::Stage`]; what they did is judged from
//! their stores alone, with every statement verified again. Decides what must hold at the end,
//! never how the programs get there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use estafette_client::account::AccountError;
use estafette_client::cap::CapError;
use estafette_client::compose::ComposeError;
use estafette_client::deferral::DeferralError;
use estafette_client::demo::{DemoError, Programs, StageError};
use estafette_client::store::StoreError;
use estafette_protocol::encoding::EncodingError;

pub mod cap;
pub mod cap_forms;
pub mod deadlines;
pub mod deferral;
pub mod desk;
pub mod endurance;
pub mod watch;
pub mod world;

/// Why a scenario could not be played to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// A process.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A process that was to be killed could not be stopped first.
    #[error("process {0} cannot be stopped")]
    NotStopped(String),
    /// An account, looked at from outside.
    #[error(transparent)]
    Watch(#[from] DemoError),
    /// An account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message that is not sealed.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// A message that is not deferred or taken back.
    #[error(transparent)]
    Deferral(#[from] DeferralError),
    /// A text that is no text.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A folder or file.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A screen that never shows what it must.
    #[error("no {text:?} on the screen:\n{screen}")]
    Unseen {
        /// What it should show.
        text: String,
        /// What it shows.
        screen: String,
    },
    /// An alert that is not converted.
    #[error("{}: {source}", .path.display())]
    Cap {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CapError,
    },
    /// Nothing was tried, so nothing can have passed.
    #[error("{0}")]
    Nothing(String),
}

impl ScenarioError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// What was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Checks that held.
    pub passed: u64,
    /// Checks that did not.
    pub failures: Vec<String>,
}

impl Tally {
    /// Counts a check.
    pub fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        match holds {
            true => self.passed += 1,
            false => self.failures.push(what()),
        }
    }

    /// Whether something was checked and all of it held.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failures.is_empty() && self.passed > 0
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for failure in &self.failures {
            writeln!(f, "failed: {failure}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failures.len())
    }
}

/// The two programs in a folder.
///
/// # Errors
/// [`ScenarioError::Nothing`] where one of them is not there.
pub fn programs(folder: &Path) -> Result<Programs, ScenarioError> {
    let program = |name: &str| -> Result<Vec<OsString>, ScenarioError> {
        let path = folder.join(name);
        match path.exists() {
            true => Ok(vec![path.into_os_string()]),
            false => Err(ScenarioError::Nothing(format!(
                "no {name} in {}; cargo build --workspace --bins",
                folder.display()
            ))),
        }
    };
    Ok(Programs {
        estafette: program("estafette")?,
        relay: program("estafette-relay")?,
    })
}
