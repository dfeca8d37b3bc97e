//! The editor: a document is written where no disk keeps it, changed, and read again.

use super::document::ERROR_MARK;
use crate::durable;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where files are kept in memory alone, by preference.
const IN_MEMORY: [&str; 1] = ["/dev/shm"];

/// Lets a person change a text in `$VISUAL` or `$EDITOR`; `wrong` stands above it as comments.
///
/// # Errors
/// What the system says, or that no editor is set.
pub fn edit(text: &str, wrong: Option<&str>, home: &Path) -> io::Result<String> {
    let editor = ["VISUAL", "EDITOR"]
        .into_iter()
        .filter_map(std::env::var_os);
    let editor = editor.into_iter().find(|editor| !editor.is_empty());
    let editor = editor.ok_or_else(|| io::Error::other("neither VISUAL nor EDITOR is set"))?;
    let folder = Folder::new(home)?;
    let path = folder.0.join("message.toml");
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    for line in wrong.into_iter().flat_map(str::lines) {
        writeln!(file, "{ERROR_MARK}{line}")?;
    }
    file.write_all(text.as_bytes())?;
    drop(file);
    // An editor may be a command with arguments.
    let status = Command::new("sh")
        .arg("-c")
        .arg("exec $ESTAFETTE_EDITOR \"$1\"")
        .arg("sh")
        .arg(&path)
        .env("ESTAFETTE_EDITOR", editor)
        .status()?;
    if !status.success() {
        return Err(io::Error::other("the editor did not end well"));
    }
    let changed = std::fs::read_to_string(&path)?;
    let kept = changed.lines().filter(|line| !line.starts_with(ERROR_MARK));
    let mut kept = kept.collect::<Vec<_>>().join("\n");
    kept.push('\n');
    Ok(kept)
}

/// A folder for one file; goes when this does.
struct Folder(PathBuf);

impl Folder {
    fn new(home: &Path) -> io::Result<Self> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let memory = runtime.into_iter().chain(IN_MEMORY.map(PathBuf::from));
        let base = memory.into_iter().find(|path| path.is_dir());
        let base = base.unwrap_or_else(|| home.to_owned());
        let mut name = [0; 8];
        getrandom::fill(&mut name).map_err(io::Error::other)?;
        let path = base.join(format!("estafette-{}", hex::encode(name)));
        durable::create_folder(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
