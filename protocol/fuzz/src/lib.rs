//! What the fuzz targets do: each module is one target, named after the concept whose bytes it takes.
//!
//! ```text
//!   object      every kind of object, bare and signed        envelope   a sealed message
//!   statement   statements, entitlement, tracking, remarks   form       forms and definitions
//!   text        what people type                             directory  what agencies publish
//!   frame       frames out of any chunks                     session    one end of a link
//!   channel     handshake, records, lanes                    engine     a relay that hears frames
//!   journal     segments on a disk                           record     heads on a disk
//!   routing     rule tables, and what is decided by them
//!   escalation  clocks and chains of one message
//! ```
//!
//! A target asserts what the chapter of its name promises, not only that nothing panics. Its input
//! is either bytes as they stand on the wire, or choices that mutate something valid: signatures
//! and checksums stop mere noise at the door. `.ci/fuzz` runs them.

use arbitrary::{Result, Unstructured};
use std::fs;
use std::path::Path;

pub mod channel;
pub mod directory;
pub mod engine;
pub mod envelope;
pub mod escalation;
pub mod form;
pub mod frame;
pub mod journal;
pub mod object;
pub mod record;
pub mod routing;
pub mod scene;
pub mod session;
pub mod statement;
pub mod text;

/// Inputs to begin with.
pub type Seeds = Vec<Vec<u8>>;

/// One target: its name, what it does, what it begins with.
pub type Target = (&'static str, fn(&[u8]), fn() -> Seeds);

/// Every target; those that read a peer's bytes first.
pub const TARGETS: &[Target] = &[
    ("object", object::run, object::seeds),
    ("envelope", envelope::run, envelope::seeds),
    ("engine", engine::run, engine::seeds),
    ("directory", directory::run, directory::seeds),
    ("channel", channel::run, channel::seeds),
    ("frame", frame::run, frame::seeds),
    ("session", session::run, session::seeds),
    ("statement", statement::run, statement::seeds),
    ("form", form::run, form::seeds),
    ("text", text::run, text::seeds),
    ("journal", journal::run, journal::seeds),
    ("record", record::run, record::seeds),
    ("routing", routing::run, routing::seeds),
    ("escalation", escalation::run, escalation::seeds),
];

/// Where a target writes its seeds before it begins, when the environment says so.
pub const SEEDS_FOLDER: &str = "FUZZ_SEEDS";

/// Defines the entry points of a fuzz target's binary.
#[macro_export]
macro_rules! target {
    ($concept:ident) => {
        libfuzzer_sys::fuzz_target!(
            init: $crate::write_seeds($crate::$concept::seeds),
            |data: &[u8]| $crate::$concept::run(data)
        );
    };
}

/// Writes a target's seeds into the folder that [`SEEDS_FOLDER`] names, if it names one.
pub fn write_seeds(seeds: fn() -> Seeds) {
    let Some(folder) = std::env::var_os(SEEDS_FOLDER) else {
        return;
    };
    fs::create_dir_all(&folder).unwrap();
    for (number, seed) in seeds().iter().enumerate() {
        fs::write(Path::new(&folder).join(format!("seed-{number:04}")), seed).unwrap();
    }
}

/// Every byte string of `spec/vectors`.
fn vectors() -> Seeds {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/vectors");
    let mut found = Seeds::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            let text = fs::read_to_string(path).unwrap();
            gather(&serde_json::from_str(&text).unwrap(), &mut found);
        }
    }
    found.sort();
    found.dedup();
    found
}

fn gather(value: &serde_json::Value, found: &mut Seeds) {
    use serde_json::Value;
    match value {
        Value::String(text) => found.extend(hex::decode(text).ok().filter(|b| !b.is_empty())),
        Value::Array(values) => values.iter().for_each(|value| gather(value, found)),
        Value::Object(values) => values.values().for_each(|value| gather(value, found)),
        _ => {}
    }
}

/// Changes bytes in up to four places, or not at all.
fn mutate(bytes: &mut Vec<u8>, u: &mut Unstructured<'_>) -> Result<()> {
    for _ in 0..u.int_in_range(0..=4)? {
        if bytes.is_empty() {
            return Ok(());
        }
        let at = u.choose_index(bytes.len())?;
        match u.int_in_range(0..=5)? {
            0 => bytes[at] ^= 1 << u.int_in_range(0..=7)?,
            1 => bytes[at] = u.arbitrary()?,
            2 => bytes.truncate(at),
            3 => {
                let end = (at + u.int_in_range(1..=64)?).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let len = u.int_in_range(1..=16)?;
                let new = u.bytes(len)?.to_vec();
                bytes.splice(at..at, new);
            }
            _ => {
                let end = (at + u.int_in_range(1..=64)?).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    Ok(())
}

/// Bytes that stand for choices: enough of them that nothing runs out at once.
fn noise(seed: &str, len: usize) -> Vec<u8> {
    let mut rng = estafette_protocol::testing::SeededRng::new(seed);
    (0..len).map(|_| rng.array::<1>()[0]).collect()
}

#[cfg(test)]
mod tests;
