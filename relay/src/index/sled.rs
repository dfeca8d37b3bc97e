//! The index in sled: disposable, never flushed before an acknowledgement.
//!
//! Lives in numbered generation folders, of which `CURRENT` names the one in use. A generation
//! that is missing, unreadable, of another format or not what its own sum says is not repaired but
//! left to the caller to build again. sled may panic on its own damaged files, so every call into
//! it is guarded; after any failure `CURRENT` is removed, and the next opening builds afresh.
//! Spec: `store.md`, chapter "Index".

use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::IndexError;
use super::fold::{Change, Fold, State, Table, Visit};
use super::memory::Memory;

/// How the index in sled is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SledOptions {
    /// Memory for sled's cache. Default: 32 MiB.
    pub cache_bytes: u64,
    /// An index at most this large is never built again for its size. Default: 512 MiB.
    pub grown_bytes: u64,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 32 * 1024 * 1024,
            grown_bytes: 512 * 1024 * 1024,
        }
    }
}

/// An ordered table in sled.
#[derive(Debug)]
pub(crate) struct Sled {
    dir: PathBuf,
    options: SledOptions,
    db: sled::Db,
}

impl Fold<Sled> {
    /// Opens the generation in use, if there is one.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] when it has to be built again, [`IndexError::Io`] otherwise.
    pub(crate) fn open(dir: &Path, options: SledOptions) -> Result<Option<Self>, IndexError> {
        let generation = match fs::read_to_string(dir.join(CURRENT)) {
            Ok(text) => text
                .trim_end()
                .parse::<u64>()
                .map_err(|_| IndexError::Damaged)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(IndexError::Damaged);
            }
            Err(error) => return Err(error.into()),
        };
        remove_others(dir, generation)?;
        if !dir.join(generation.to_string()).is_dir() {
            return Err(IndexError::Damaged);
        }
        let table = Sled::open(dir, generation, options)?;
        let state = table.state()?;
        // STO-24
        Self::load(table, state).map(Some)
    }

    /// Builds a new generation with the entries of `memory` and makes it the one in use.
    ///
    /// # Errors
    /// When it can not be written.
    // STO-26
    pub(crate) fn build(
        dir: &Path,
        options: SledOptions,
        memory: &Fold<Memory>,
    ) -> Result<Self, IndexError> {
        fs::create_dir_all(dir)?;
        let generation = generations(dir)?
            .into_iter()
            .max()
            .map_or(1, |last| last + 1);
        let table = Sled::open(dir, generation, options)?;
        table.fill(memory)?;
        let fold = Self::load(table, memory.state.clone())?;
        let aside = dir.join("CURRENT.new");
        let mut file = File::create(&aside)?;
        file.write_all(format!("{generation}\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, dir.join(CURRENT))?;
        File::open(dir)?.sync_all()?;
        remove_others(dir, generation)?;
        Ok(fold)
    }
}

impl Sled {
    fn open(dir: &Path, generation: u64, options: SledOptions) -> Result<Self, IndexError> {
        let config = sled::Config::new()
            .path(dir.join(generation.to_string()))
            .cache_capacity(options.cache_bytes)
            // sled collects its garbage only in this thread; nothing here waits for it.
            .flush_every_ms(Some(500));
        let db = guard(|| config.open()).inspect_err(|_| discard(dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            options,
            db,
        })
    }

    fn fill(&self, memory: &Fold<Memory>) -> Result<(), IndexError> {
        let (mut batch, mut len, mut outcome) = (sled::Batch::default(), 0, Ok(()));
        memory.table.scan_all(&mut |key, value| {
            batch.insert(key, value);
            len += 1;
            if len == BATCH_LEN {
                len = 0;
                let full = std::mem::take(&mut batch);
                outcome = self.guarded(|db| db.apply_batch(full));
            }
            outcome.is_ok()
        })?;
        outcome?;
        batch.insert(STATE_KEY, state_bytes(&memory.state));
        self.guarded(|db| db.apply_batch(batch))?;
        self.guarded(|db| db.flush())?;
        Ok(())
    }

    fn state(&self) -> Result<State, IndexError> {
        let bytes = self
            .guarded(|db| db.get(STATE_KEY))?
            .ok_or(IndexError::Damaged)?;
        match postcard::take_from_bytes::<(u16, State)>(&bytes) {
            Ok(((FORMAT, state), [])) => Ok(state),
            _ => Err(IndexError::Damaged),
        }
    }

    fn guarded<R>(&self, call: impl FnOnce(&sled::Db) -> sled::Result<R>) -> Result<R, IndexError> {
        guard(|| call(&self.db)).inspect_err(|_| discard(&self.dir))
    }
}

impl Table for Sled {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, IndexError> {
        Ok(self.guarded(|db| db.get(key))?.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], visit: Visit<'_>) -> Result<(), IndexError> {
        self.guarded(|db| {
            for entry in db.range(from..) {
                let (key, value) = entry?;
                if key.as_ref() != STATE_KEY && !visit(&key, &value) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn scan_all(&self, visit: Visit<'_>) -> Result<(), IndexError> {
        self.scan(&[], visit)
    }

    // STO-25
    fn write(&mut self, changes: &[Change], state: &State) -> Result<(), IndexError> {
        let mut batch = sled::Batch::default();
        for change in changes {
            match &change.new {
                Some(value) => batch.insert(change.key.as_slice(), value.as_slice()),
                None => batch.remove(change.key.as_slice()),
            }
        }
        batch.insert(STATE_KEY, state_bytes(state));
        self.guarded(|db| db.apply_batch(batch))
    }

    // STO-27
    fn is_grown(&self, live_bytes: u64) -> Result<bool, IndexError> {
        let bytes = self.guarded(sled::Db::size_on_disk)?;
        Ok(bytes > self.options.grown_bytes.max(live_bytes.saturating_mul(4)))
    }
}

/// Turns sled's errors and panics into ours.
fn guard<R>(call: impl FnOnce() -> sled::Result<R>) -> Result<R, IndexError> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(sled::Error::Io(source))) => Err(source.into()),
        Ok(Err(_)) | Err(_) => Err(IndexError::Damaged),
    }
}

/// Makes the next opening build afresh.
fn discard(dir: &Path) {
    // Best effort: when even this fails, the sum over all entries still tells.
    drop(fs::remove_file(dir.join(CURRENT)));
}

fn generations(dir: &Path) -> Result<Vec<u64>, IndexError> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(numbers)
}

fn remove_others(dir: &Path, current: u64) -> Result<(), IndexError> {
    for number in generations(dir)? {
        if number != current {
            fs::remove_dir_all(dir.join(number.to_string()))?;
        }
    }
    Ok(())
}

fn state_bytes(state: &State) -> Vec<u8> {
    // A tuple of integers always encodes; an empty state would be refused on opening.
    postcard::to_stdvec(&(FORMAT, state)).unwrap_or_default()
}

const CURRENT: &str = "CURRENT";
const FORMAT: u16 = 4;
const STATE_KEY: &[u8] = b"!state";
const BATCH_LEN: usize = 1000;
