//! Where a passphrase comes from: the terminal, an open file descriptor, or a private file.
//!
//! Never from an argument or the environment, where other processes and histories see it.

use crate::key_file::{KeyFileError, read_private};
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Longest passphrase, in bytes.
const BYTES_MAX: u64 = 1_024;

/// A passphrase; wiped when dropped, never shown.
pub type Passphrase = Zeroizing<Vec<u8>>;

/// Where a passphrase comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum Source {
    /// A question on the terminal.
    Prompt,
    /// All that can be read from this descriptor.
    Descriptor(u32),
    /// All of this file, which only its owner may read.
    File(PathBuf),
    /// It was got before, by the command that goes on with another one.
    Held(Passphrase),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Prompt => "Prompt",
            Self::Descriptor(_) => "Descriptor",
            Self::File(_) => "File",
            Self::Held(_) => "Held",
        })
    }
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// There is no terminal to ask on, or asking was forbidden.
    #[error("a passphrase is needed and nobody can be asked for it")]
    NobodyToAsk,
    /// The person left.
    #[error("no passphrase was given")]
    Cancelled,
    /// The two entries differ.
    #[error("the two passphrases differ")]
    Differ,
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty")]
    Empty,
    /// The file cannot be used.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The descriptor cannot be read.
    #[error("file descriptor {descriptor}: {source}")]
    Descriptor {
        /// Its number.
        descriptor: u32,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Source {
    /// Gets the passphrase; `twice` asks again on a terminal, for a new key file.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read(&self, twice: bool, input_allowed: bool) -> Result<Passphrase, PassphraseError> {
        let passphrase = match self {
            Self::Prompt => prompt(twice, input_allowed)?,
            Self::Descriptor(descriptor) => {
                read_descriptor(*descriptor).map_err(|source| PassphraseError::Descriptor {
                    descriptor: *descriptor,
                    source,
                })?
            }
            Self::File(path) => read_private(path, BYTES_MAX)?,
            Self::Held(passphrase) => passphrase.clone(),
        };
        let passphrase = without_line_end(passphrase);
        match passphrase.is_empty() {
            true => Err(PassphraseError::Empty),
            false => Ok(passphrase),
        }
    }
}

fn prompt(twice: bool, input_allowed: bool) -> Result<Passphrase, PassphraseError> {
    if !input_allowed || !std::io::stdin().is_terminal() {
        return Err(PassphraseError::NobodyToAsk);
    }
    let ask = |question: &str| {
        rpassword::prompt_password(question)
            .map(|text| Zeroizing::new(text.into_bytes()))
            .map_err(|_| PassphraseError::Cancelled)
    };
    if !twice {
        return ask("Passphrase: ");
    }
    let first = ask("New passphrase: ")?;
    match first == ask("The same again: ")? {
        true => Ok(first),
        false => Err(PassphraseError::Differ),
    }
}

fn read_descriptor(descriptor: u32) -> std::io::Result<Passphrase> {
    let mut bytes = Zeroizing::new(Vec::new());
    if descriptor == 0 {
        std::io::stdin().take(BYTES_MAX).read_to_end(&mut bytes)?;
    } else {
        let file = File::open(format!("/dev/fd/{descriptor}"))?;
        file.take(BYTES_MAX).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn without_line_end(mut passphrase: Passphrase) -> Passphrase {
    if passphrase.last() == Some(&b'\n') {
        passphrase.pop();
        if passphrase.last() == Some(&b'\r') {
            passphrase.pop();
        }
    }
    passphrase
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn file_gives_its_content_without_the_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        std::fs::write(&path, b"copper lantern \r\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let read = Source::File(path.clone()).read(false, false).unwrap();
        assert_eq!(*read, b"copper lantern ");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = Source::File(path).read(false, false).unwrap_err();
        assert!(matches!(
            error,
            PassphraseError::File(KeyFileError::TooOpen { .. })
        ));
    }

    #[test]
    fn nobody_is_asked_where_input_is_forbidden() {
        let error = Source::Prompt.read(false, false).unwrap_err();
        assert!(matches!(error, PassphraseError::NobodyToAsk));
    }
}
