//! Public alerts as text: every file of a folder goes from one agency to the other by the command
//! lines that people type, and comes out byte for byte.

use std::io::Write;
use std::path::{Path, PathBuf};

use estafette_client::demo::Programs;

use super::world::World;
use super::{ScenarioError, Tally};

/// Sends every file of a folder and compares what arrived.
///
/// # Errors
/// When the folder has no file, or a process fails.
pub fn run(
    files: &Path,
    dir: PathBuf,
    programs: Programs,
    out: &mut impl Write,
) -> Result<Tally, ScenarioError> {
    let listed = std::fs::read_dir(files).map_err(ScenarioError::io(files))?;
    let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    if paths.is_empty() {
        return Err(ScenarioError::Nothing(format!(
            "no file in {}",
            files.display()
        )));
    }
    let mut world = World::set_up(dir, programs)?;
    let mut tally = Tally::default();
    let mut bytes = 0;
    for path in &paths {
        let original = std::fs::read(path).map_err(ScenarioError::io(path))?;
        let arrived = carry(&mut world, path)?;
        bytes += original.len();
        tally.check(arrived.as_bytes() == original, || {
            format!(
                "{} arrived with {} bytes of {}",
                path.display(),
                arrived.len(),
                original.len()
            )
        });
    }
    // Whoever reads may be gone.
    let _ = writeln!(
        out,
        "{} files, {bytes} bytes, from agency to agency",
        paths.len()
    );
    Ok(tally)
}

/// One file, out of one desk and into the other; gives what the other one is shown.
fn carry(world: &mut World, path: &Path) -> Result<String, ScenarioError> {
    let World {
        stage,
        sides: [police, border],
    } = world;
    let file = path.to_string_lossy();
    let to = border.desk.desk.as_str();
    stage.estafette(&police.desk, &["note", "--text-file", &file, "--to", to])?;
    let digest = police.post.last_sent()?;
    let id = border.post.received(&digest)?.to_string();
    Ok(stage.estafette(&border.desk, &["show", &id, "--raw"])?)
}
