//! A relay's folder and its one configuration file, `relay.toml`.
//!
//! Decides which settings there are, their defaults, and what is refused: a key that is not known
//! is an error with a suggestion, so that no setting is silently not applied. Keys carry their
//! unit. Secrets are never in here: they are in `relay.key`.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use estafette_protocol::address::{Agency, check_label};
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::roster::is_host_and_port;
use serde::Deserialize;

use crate::index::SledOptions;
use crate::journal::JournalOptions;
use crate::store::{IndexKind, StoreOptions};

mod keys;

pub use keys::nearest;

/// Why a configuration can not be used. The administrator has to act.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// There is no configuration in the folder: it is no relay's.
    #[error("{} is not there", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is no TOML, or a value has the wrong type.
    #[error("{} is not as it should be: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        message: String,
    },
    /// A key is not known.
    #[error("{} line {line}: unknown key \"{key}\"", path.display())]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, with its table.
        key: String,
        /// The known key that is most like it.
        nearest: Option<&'static str>,
    },
    /// A value is out of range.
    #[error("{}: {key} {rule}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The file can not be read or written.
    #[error("cannot use {}: {kind}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
}

/// The files of a relay's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(PathBuf);

impl Folder {
    /// Names a folder; it need not be there.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// The folder itself.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.0
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.0.join("relay.toml")
    }

    /// The relay's secrets.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.0.join("relay.key")
    }

    /// Secrets that wait to be listed by a roster (IDN-47).
    #[must_use]
    pub fn next_key(&self) -> PathBuf {
        self.0.join("relay.key.next")
    }

    /// The secrets before, for those who know no newer ones (IDN-49).
    #[must_use]
    pub fn replaced_key(&self) -> PathBuf {
        self.0.join("relay.key.replaced")
    }

    /// What the agency's authority has to know of the relay.
    #[must_use]
    pub fn public(&self) -> PathBuf {
        self.0.join("relay.public")
    }

    /// Journal and index.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.0.join("journal")
    }

    /// What was published while the relay did not run.
    #[must_use]
    pub fn published(&self) -> PathBuf {
        self.0.join("published")
    }

    /// The socket on which the running relay takes orders.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.0.join("admin.sock")
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Somebody must act.
    Error,
    /// Degraded, heals itself.
    Warn,
    /// Start, stop, links.
    #[default]
    Info,
    /// Each frame.
    Debug,
    /// Sizes and timers.
    Trace,
}

/// A relay's settings, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The relay's folder.
    pub folder: Folder,
    /// The agency that hosts the relay.
    pub agency: Agency,
    /// The relay's label in rosters.
    pub name: String,
    /// Sockets that are listened on.
    pub listen: Vec<SocketAddr>,
    /// Where others reach the relay, `host:port`; rosters and invitations carry them.
    pub addresses: Vec<String>,
    /// Hash of the agency's charter 0, once it is known.
    pub root: Option<Hash>,
    /// How the store is kept.
    pub store: StoreOptions,
    /// How logs are written.
    pub log_format: LogFormat,
    /// How much is logged.
    pub log_level: LogLevel,
    /// Most links at a time.
    pub links_max: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    agency: Agency,
    #[serde(default = "default_name")]
    name: String,
    listen: Vec<String>,
    #[serde(default)]
    addresses: Vec<String>,
    root: Option<String>,
    #[serde(default)]
    index: RawIndex,
    #[serde(default)]
    journal: RawJournal,
    #[serde(default)]
    log: RawLog,
    #[serde(default)]
    limits: RawLimits,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawIndex {
    // Faster, and smaller below some hundred thousand queued items; sled is for longer queues.
    #[default]
    Memory,
    Sled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawJournal {
    segment_bytes: u64,
    headroom_bytes: u64,
}

impl Default for RawJournal {
    fn default() -> Self {
        let options = JournalOptions::default();
        Self {
            segment_bytes: options.segment_bytes,
            headroom_bytes: options.headroom_bytes,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLog {
    format: LogFormat,
    level: LogLevel,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    links_max: usize,
}

impl Default for RawLimits {
    fn default() -> Self {
        Self { links_max: 4_096 }
    }
}

/// Smallest segment: a group of one envelope must fit well.
const SEGMENT_BYTES_MIN: u64 = 4 * 1024 * 1024;

impl Config {
    /// Reads the configuration of a relay's folder.
    ///
    /// # Errors
    /// [`ConfigError`], which names the file, the key and the rule.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let folder = Folder::new(dir);
        let path = folder.config();
        let text = fs::read_to_string(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ConfigError::Missing { path: path.clone() },
            kind => ConfigError::Io {
                path: path.clone(),
                kind,
            },
        })?;
        Self::parse(folder, &text)
    }

    /// Reads a configuration's text.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(folder: Folder, text: &str) -> Result<Self, ConfigError> {
        let path = folder.config();
        keys::check(&path, text)?;
        let raw: Raw = toml::from_str(text).map_err(|error| ConfigError::Malformed {
            path: path.clone(),
            message: error.to_string().trim_end().replace('\n', "\n  "),
        })?;
        raw.check(folder, &path)
    }

    /// The text of a new configuration.
    #[must_use]
    pub fn template(
        agency: &Agency,
        name: &str,
        listen: &[SocketAddr],
        addresses: &[String],
        root: Option<&Hash>,
    ) -> String {
        let list = |items: Vec<String>| {
            let quoted: Vec<_> = items.iter().map(|item| format!("\"{item}\"")).collect();
            quoted.join(", ")
        };
        let listen = list(listen.iter().map(ToString::to_string).collect());
        let addresses = list(addresses.to_vec());
        let journal = JournalOptions::default();
        let root = root_line(root);
        format!(
            "# An Estafette relay. A key that is not known is an error, so nothing is silently ignored.\n\
             agency = \"{agency}\"\n\
             # The relay's label in the agency's roster.\n\
             name = \"{name}\"\n\
             # Sockets to listen on, UDP. An IPv6 socket serves IPv6 only: list one of each.\n\
             listen = [{listen}]\n\
             # Where others reach this relay; rosters and invitations carry these.\n\
             addresses = [{addresses}]\n\
             # Hash of the agency's charter 0; `roster add-relay` sets it.\n\
             {root}\n\
             # \"memory\" builds the index at every start, about a second for 100,000 queued\n\
             # items; \"sled\" keeps it on disk, for queues that memory does not hold.\n\
             index = \"memory\"\n\
             \n\
             [journal]\n\
             segment_bytes = {segment}\n\
             # Below this many free bytes only flash and statements are accepted.\n\
             headroom_bytes = {headroom}\n\
             \n\
             [log]\n\
             # \"text\" or \"json\"; error, warn, info, debug or trace.\n\
             format = \"text\"\n\
             level = \"info\"\n\
             \n\
             [limits]\n\
             links_max = {links_max}\n",
            segment = journal.segment_bytes,
            headroom = journal.headroom_bytes,
            links_max = RawLimits::default().links_max,
        )
    }

    /// A configuration's text with its root set; everything else stays as it was written.
    #[must_use]
    pub fn with_root(text: &str, root: &Hash) -> String {
        let line = root_line(Some(root));
        let is_root = |line: &str| {
            let line = line.trim_start_matches(['#', ' ']);
            line.split_once('=')
                .is_some_and(|(key, _)| key.trim() == "root")
        };
        let mut lines: Vec<&str> = text.lines().collect();
        match lines.iter_mut().find(|line| is_root(line)) {
            Some(old) => *old = &line,
            // A key of the file itself stands before its first table.
            None => lines.insert(0, &line),
        }
        let mut text = lines.join("\n");
        text.push('\n');
        text
    }
}

impl Raw {
    fn check(self, folder: Folder, path: &Path) -> Result<Config, ConfigError> {
        let refuse = |key, rule| ConfigError::Value {
            path: path.to_owned(),
            key,
            rule,
        };
        check_label(&self.name)
            .map_err(|_| refuse("name", "is 1 to 32 of a-z, 0-9 and hyphens"))?;
        let listen: Result<Vec<SocketAddr>, _> =
            self.listen.iter().map(|text| text.parse()).collect();
        let listen =
            listen.map_err(|_| refuse("listen", "holds addresses such as 0.0.0.0:4640"))?;
        if !(1..=8).contains(&listen.len()) {
            return Err(refuse("listen", "holds 1 to 8 addresses"));
        }
        if self.addresses.len() > 8 || !self.addresses.iter().all(|a| is_host_and_port(a)) {
            return Err(refuse("addresses", "holds at most 8 of host:port"));
        }
        let root = match &self.root {
            Some(text) => {
                let rule = "is 64 hexadecimal digits: the hash of charter 0";
                Some(parse_hash(text).ok_or_else(|| refuse("root", rule))?)
            }
            None => None,
        };
        if self.journal.segment_bytes < SEGMENT_BYTES_MIN {
            return Err(refuse("journal.segment_bytes", "is at least 4194304"));
        }
        if self.limits.links_max == 0 {
            return Err(refuse("limits.links_max", "is at least 1"));
        }
        let mut journal = JournalOptions::default();
        journal.segment_bytes = self.journal.segment_bytes;
        journal.headroom_bytes = self.journal.headroom_bytes;
        let index = match self.index {
            RawIndex::Sled => IndexKind::Sled(SledOptions::default()),
            RawIndex::Memory => IndexKind::Memory,
        };
        Ok(Config {
            folder,
            agency: self.agency,
            name: self.name,
            listen,
            addresses: self.addresses,
            root,
            store: StoreOptions { journal, index },
            log_format: self.log.format,
            log_level: self.log.level,
            links_max: self.limits.links_max,
        })
    }
}

/// A hash from 64 hexadecimal digits.
#[must_use]
pub fn parse_hash(text: &str) -> Option<Hash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
    Some(FixedBytes(bytes))
}

fn root_line(root: Option<&Hash>) -> String {
    match root {
        Some(root) => format!("root = \"{}\"", hex::encode(root.as_slice())),
        None => "# root = \"\"".to_owned(),
    }
}

fn default_name() -> String {
    "relay".to_owned()
}

#[cfg(test)]
mod tests;
