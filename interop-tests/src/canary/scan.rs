//! Looks for planted texts in files, whatever they are.
//!
//! Decides nothing about which files: it takes a folder and goes through all of it, block by block
//! with an overlap, so that a core file of any size needs little memory.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::needle::Needle;

const BLOCK_BYTES: usize = 1 << 20;

/// A planted text that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In which file.
    pub file: PathBuf,
    /// Which text, in which form.
    pub needle: String,
    /// Where.
    pub offset: u64,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} at byte {} of {}",
            self.needle,
            self.offset,
            self.file.display()
        )
    }
}

/// What was gone through, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scan {
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What was found.
    pub findings: Vec<Finding>,
}

impl Scan {
    /// Reads a file or everything below a folder.
    ///
    /// # Errors
    /// When something cannot be read: what was not read was not searched.
    pub fn path(&mut self, path: &Path, needles: &[Needle]) -> io::Result<()> {
        self.path_but(path, &[], needles)
    }

    /// Reads everything below a folder but what is below these.
    ///
    /// # Errors
    /// As [`Scan::path`].
    pub fn path_but(&mut self, path: &Path, but: &[PathBuf], needles: &[Needle]) -> io::Result<()> {
        if but.iter().any(|but| but == path) {
            return Ok(());
        }
        let kind = fs::symlink_metadata(path)?.file_type();
        if kind.is_dir() {
            let mut entries: Vec<PathBuf> = Vec::new();
            for entry in fs::read_dir(path)? {
                entries.push(entry?.path());
            }
            entries.sort();
            return entries
                .iter()
                .try_for_each(|entry| self.path_but(entry, but, needles));
        }
        // Sockets hold nothing.
        match kind.is_file() {
            true => self.file(path, needles),
            false => Ok(()),
        }
    }

    fn file(&mut self, path: &Path, needles: &[Needle]) -> io::Result<()> {
        self.files += 1;
        let overlap = needles.iter().map(|n| n.bytes.len()).max().unwrap_or(1) - 1;
        let starts = Starts::of(needles);
        let (mut file, mut buffer, mut offset) = (File::open(path)?, Vec::new(), 0_u64);
        loop {
            let kept = buffer.len();
            let read = (&mut file)
                .take(BLOCK_BYTES as u64)
                .read_to_end(&mut buffer)?;
            self.bytes += read as u64;
            for at in starts.candidates(&buffer) {
                for needle in needles
                    .iter()
                    .filter(|n| buffer[at..].starts_with(&n.bytes))
                {
                    // What lies wholly in the overlap was found with the block before.
                    if at + needle.bytes.len() > kept {
                        let (file, needle) = (path.to_owned(), needle.name.clone());
                        let offset = offset + at as u64;
                        self.findings.push(Finding {
                            file,
                            needle,
                            offset,
                        });
                    }
                }
            }
            if read < BLOCK_BYTES {
                return Ok(());
            }
            let done = buffer.len().saturating_sub(overlap);
            buffer.drain(..done);
            offset += done as u64;
        }
    }

    /// Whether each of these was found.
    #[must_use]
    pub fn has_all(&self, needles: &[Needle]) -> bool {
        needles
            .iter()
            .all(|n| self.findings.iter().any(|f| f.needle == n.name))
    }
}

/// The first two bytes of all needles, so that most of a file is passed over quickly.
struct Starts(Vec<bool>);

impl Starts {
    fn of(needles: &[Needle]) -> Self {
        let mut starts = vec![false; 1 << 16];
        for needle in needles {
            if let [first, second, ..] = needle.bytes[..] {
                starts[usize::from(u16::from_be_bytes([first, second]))] = true;
            }
        }
        Self(starts)
    }

    fn candidates<'a>(&'a self, buffer: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let pairs = buffer.windows(2).enumerate();
        let hits =
            pairs.filter(|(_, pair)| self.0[usize::from(pair[0]) << 8 | usize::from(pair[1])]);
        hits.map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::needle::needles;
    use super::*;

    #[test]
    fn each_form_is_found_once_wherever_a_block_ends() {
        let dir = tempfile::tempdir().unwrap();
        let needles = needles("test", "Zq7nothing like it anywhere else");
        for needle in &needles {
            for before in [
                0,
                1,
                BLOCK_BYTES - 40,
                BLOCK_BYTES - 2,
                BLOCK_BYTES,
                BLOCK_BYTES + 3,
            ] {
                let path = dir.path().join("file");
                fs::write(
                    &path,
                    [&vec![b'Z'; before], &needle.bytes[..], b"Zq7"].concat(),
                )
                .unwrap();
                let mut scan = Scan::default();
                scan.path(dir.path(), &needles).unwrap();
                let [found] = &scan.findings[..] else {
                    panic!("{} after {before}: {:?}", needle.name, scan.findings)
                };
                assert_eq!((&found.needle, found.offset), (&needle.name, before as u64));
            }
        }
    }

    #[test]
    fn text_with_one_letter_changed_is_not_found() {
        let dir = tempfile::tempdir().unwrap();
        let needles = needles("test", "Zq7nothing like it anywhere else");
        for needle in &needles {
            let mut other = needle.bytes.clone();
            *other.last_mut().unwrap() ^= 1;
            fs::write(dir.path().join("file"), &other).unwrap();
            let mut scan = Scan::default();
            scan.path(dir.path(), &needles).unwrap();
            assert_eq!(scan.findings, []);
            assert_eq!((scan.files, scan.bytes), (1, other.len() as u64));
        }
    }
}
