//! The definitions that this process knows: those of this edition, those in the account's folder,
//! and those of a folder that was named.
//!
//! They are read once and stay for the life of the process. Spec: form.md, Definitions.

use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use estafette_protocol::format::Catalogue;
use estafette_relay::definitions::{DefinitionsError, load, require};
use std::path::{Path, PathBuf};

/// The folder of an account's own definitions.
#[must_use]
pub fn folder(home: &Path) -> PathBuf {
    home.join("definitions")
}

/// The definitions for an account's folder and a folder that was named.
///
/// # Errors
/// A failure that names the file.
pub fn catalogue(home: &Path, named: Option<&Path>) -> Outcome<&'static Catalogue> {
    let own = folder(home);
    let mut folders = Vec::new();
    if own.is_dir() {
        folders.push(own);
    }
    if let Some(named) = named {
        require(named)?;
        folders.push(named.to_owned());
    }
    if folders.is_empty() {
        return Ok(Catalogue::built_in());
    }
    Ok(Box::leak(Box::new(load(&folders)?)))
}

impl From<DefinitionsError> for Box<Failure> {
    fn from(error: DefinitionsError) -> Self {
        let what = error.to_string();
        let next = match &error {
            DefinitionsError::Definition { path, .. } | DefinitionsError::Io { path, .. } => {
                format!("correct {0}, or move it away", path.display())
            }
            _ => "--definitions DIR with formats/, groups/ or codes/ in it".to_owned(),
        };
        let why =
            "Forms are not written or read by definitions that do not hold; nothing was sent.";
        Failure::new(Exit::Usage, "definition-invalid", what, why, next)
    }
}
