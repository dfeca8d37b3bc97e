//! Formats, groups and code lists of an agency's own, beside those of this edition.
//!
//! Reads `formats/*.toml`, `groups/*.toml` and `codes/*.toml` of a folder that has the shape of
//! `spec/`. Decides only which files are read and which one is at fault; whether a definition holds
//! is for [`Catalogue::extended`]. Spec: form.md, Definitions.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use estafette_protocol::format::{Catalogue, DefinitionError, Kind};

/// The folders of a folder of definitions.
const FOLDERS: [(&str, Kind); 3] = [
    ("formats", Kind::Format),
    ("groups", Kind::Group),
    ("codes", Kind::CodeList),
];

/// Why definitions cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DefinitionsError {
    /// The folder holds no folder of definitions.
    #[error("{} holds no formats, groups or codes", .0.display())]
    Empty(PathBuf),
    /// The disk said no.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A definition does not hold.
    #[error("{}: {source}", .path.display())]
    Definition {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: DefinitionError,
    },
}

/// A file of a definition.
struct Source {
    path: PathBuf,
    kind: Kind,
    text: String,
}

/// The definitions of this edition and those of the folders. A folder that is not there adds none.
///
/// # Errors
/// [`DefinitionsError`]; it names the file.
pub fn load(folders: &[PathBuf]) -> Result<Catalogue, DefinitionsError> {
    let mut sources = Vec::new();
    for folder in folders {
        read_folder(folder, &mut sources)?;
    }
    let files = sources.iter().map(|s| (s.kind, s.text.as_str()));
    let catalogue = Catalogue::built_in().extended(files);
    catalogue.map_err(|source| DefinitionsError::Definition {
        path: at_fault(&sources, &source),
        source,
    })
}

/// As [`load`], of a folder that was named: it must hold definitions.
///
/// # Errors
/// [`DefinitionsError`].
pub fn load_named(folder: Option<&Path>) -> Result<Catalogue, DefinitionsError> {
    let Some(folder) = folder else {
        return Ok(Catalogue::built_in().clone());
    };
    require(folder)?;
    load(&[folder.to_owned()])
}

/// Refuses a folder that holds no folder of definitions.
///
/// # Errors
/// [`DefinitionsError::Empty`].
pub fn require(folder: &Path) -> Result<(), DefinitionsError> {
    match FOLDERS.iter().any(|(name, _)| folder.join(name).is_dir()) {
        true => Ok(()),
        false => Err(DefinitionsError::Empty(folder.to_owned())),
    }
}

fn read_folder(folder: &Path, sources: &mut Vec<Source>) -> Result<(), DefinitionsError> {
    for (name, kind) in FOLDERS {
        let within = folder.join(name);
        let io = |source| DefinitionsError::Io {
            path: within.clone(),
            source,
        };
        let entries = match std::fs::read_dir(&within) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries.map_err(io)?,
        };
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(io)?.path());
        }
        paths.retain(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        });
        paths.sort();
        for path in paths {
            match std::fs::read_to_string(&path) {
                Ok(text) => sources.push(Source { path, kind, text }),
                Err(source) => return Err(DefinitionsError::Io { path, source }),
            }
        }
    }
    Ok(())
}

/// The file of the definition that does not hold: the last one of its kind and word, since of two
/// that contradict each other the later one is refused.
fn at_fault(sources: &[Source], error: &DefinitionError) -> PathBuf {
    let word = |source: &Source| {
        let table = source.text.parse::<toml::Table>().ok()?;
        Some(table.get("word")?.as_str()?.to_owned())
    };
    let mut of_kind = sources.iter().filter(|source| source.kind == error.kind);
    let found = of_kind.rfind(|source| word(source).unwrap_or_default() == error.word);
    found.map(|source| source.path.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: &str = "format = 1024\nversion = 1\nword = \"voyage\"\nform_bytes_max = 400\n\
        labels = { en = \"Voyage\" }\n[[field]]\nnumber = 1\nword = \"port\"\ntype = \"text\"\n";

    fn folder(format: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("formats")).unwrap();
        std::fs::write(folder.path().join("formats/voyage.toml"), format).unwrap();
        folder
    }

    #[test]
    fn a_file_adds_a_format_and_a_folder_that_is_not_there_adds_none() {
        let own = folder(FORMAT);
        let catalogue = load(&[own.path().to_owned(), own.path().join("none")]).unwrap();
        assert_eq!(catalogue.format_by_word("voyage").unwrap().format, 1024);
        assert!(catalogue.format_by_word("flag").is_some());
        assert!(matches!(
            load_named(Some(&own.path().join("formats"))),
            Err(DefinitionsError::Empty(_))
        ));
    }

    #[test]
    fn a_definition_that_does_not_hold_is_refused_by_its_file() {
        for broken in [
            FORMAT.replace("text", "texts"),
            FORMAT.replace("1024", "1"),
            "word = ".to_owned(),
        ] {
            let own = folder(&broken);
            let error = load_named(Some(own.path())).unwrap_err().to_string();
            assert!(error.contains("formats/voyage.toml: format"), "{error}");
        }
    }
}
