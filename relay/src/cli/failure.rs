//! What each error means for the person at the keyboard: why, what is safe, and what to do.

use std::io::ErrorKind;

use crate::admin::AdminError;
use crate::authority::AuthorityError;
use crate::config::ConfigError;
use crate::definitions::DefinitionsError;
use crate::key_file::KeyFileError;
use crate::output::{Exit, Failure};
use crate::server::ServerError;
use crate::store::StoreError;

mod rules;

impl From<DefinitionsError> for Failure {
    fn from(error: DefinitionsError) -> Self {
        let what = error.to_string();
        let (word, next) = match &error {
            DefinitionsError::Empty(_) => (
                "definitions-missing",
                "--definitions DIR with a folder of the shape of spec/".to_owned(),
            ),
            DefinitionsError::Io { path, .. } | DefinitionsError::Definition { path, .. } => {
                ("definition-invalid", format!("correct {}", path.display()))
            }
        };
        let why = "No definition of that folder is used. Nothing was written.";
        Self::new(word, what, why, next).with_exit(Exit::Usage)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let what = error.to_string();
        match error {
            ConfigError::Missing { path } => {
                let dir = path.parent().unwrap_or(&path).display().to_string();
                let next =
                    format!("estafette-relay init --agency AGENCY --listen IP:PORT --dir {dir}");
                Self::new(
                    "no-relay",
                    what,
                    "The folder is no relay's; nothing was changed.",
                    next,
                )
            }
            ConfigError::UnknownKey { nearest, path, .. } => {
                let why = match nearest {
                    Some(nearest) => format!("Did you mean \"{nearest}\"? Nothing was started."),
                    None => "No key is like it. Nothing was started.".to_owned(),
                };
                let next = format!("correct {}", path.display());
                Self::new("config-key-unknown", what, why, next)
            }
            ConfigError::Malformed { path, .. }
            | ConfigError::Value { path, .. }
            | ConfigError::Io { path, .. } => {
                let next = format!("correct {}", path.display());
                Self::new(
                    "config-invalid",
                    what,
                    "Nothing was started or changed.",
                    next,
                )
            }
        }
        .with_exit(Exit::Usage)
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Self {
        let what = error.to_string();
        match error {
            KeyFileError::Exposed { path, .. } => Self::new(
                "key-exposed",
                what,
                "Whoever could read it may hold the key; it is not used.",
                format!("chmod 600 {}", path.display()),
            )
            .with_exit(Exit::Trust),
            KeyFileError::Exists { path } => Self::new(
                "key-exists",
                what,
                "A key is never written over; nothing was changed.",
                format!("move {} away, or name another file", path.display()),
            ),
            KeyFileError::Missing { path } => Self::new(
                "key-missing",
                what,
                "Without it nothing can be signed or proved.",
                format!("bring back {}, or begin anew with init", path.display()),
            ),
            KeyFileError::Malformed { path, .. } => Self::new(
                "key-malformed",
                what,
                "It was changed, or is another file.",
                format!("bring back {}", path.display()),
            )
            .with_exit(Exit::Trust),
            KeyFileError::Foreign { .. } => Self::new(
                "key-foreign",
                what,
                "Nothing was signed with it.",
                "name this agency's key file",
            )
            .with_exit(Exit::Trust),
            KeyFileError::Io { path, .. } => Self::new(
                "file-refused",
                what,
                "The system refused; what is there is as it was.",
                format!("check owner, mode and space of {}", path.display()),
            ),
        }
    }
}

impl From<AuthorityError> for Failure {
    fn from(error: AuthorityError) -> Self {
        let what = error.to_string();
        let plain =
            |word, why: &str, next: &str, exit| Self::new(word, &what, why, next).with_exit(exit);
        let unchanged = "Nothing was signed or changed.";
        match error {
            AuthorityError::Key(error) => error.into(),
            AuthorityError::NoAuthority { .. } => plain(
                "no-authority",
                "An agency signs from an authority folder; name it with --authority.",
                "estafette-relay roster init --agency AGENCY --authority DIR",
                Exit::Unknown,
            ),
            AuthorityError::OtherAgency { .. } => plain(
                "authority-of-another",
                unchanged,
                "name this agency's folder with --authority",
                Exit::Usage,
            ),
            AuthorityError::UnitUnknown(unit) => {
                let next = format!("estafette-relay roster add-unit {unit}");
                plain("unit-unknown", unchanged, &next, Exit::Unknown)
            }
            AuthorityError::DeskUnknown(desk) => {
                let next = format!("estafette-relay roster add-desk {desk}");
                plain("desk-unknown", unchanged, &next, Exit::Unknown)
            }
            AuthorityError::DeviceUnknown { .. } => plain(
                "device-unknown",
                "At least 8 digits must fit exactly one device. Nothing was revoked.",
                "estafette-relay roster show",
                Exit::Unknown,
            ),
            AuthorityError::NoRelay => plain(
                "no-relay",
                "A roster says where the agency's relays are. Nothing was signed.",
                "estafette-relay roster add-relay --relay DIR",
                Exit::Refused,
            ),
            AuthorityError::NothingSigned(_) => plain(
                "nothing-signed",
                "Others can only use what is signed.",
                "estafette-relay roster sign",
                Exit::Refused,
            ),
            error => rules::failure(&what, error),
        }
    }
}

/// Failures of files, and of what is signed and by whom.
fn signing(what: &str, error: AuthorityError) -> Failure {
    let plain =
        |word, why: &str, next: &str, exit| Failure::new(word, what, why, next).with_exit(exit);
    let unchanged = "Nothing was signed or changed.";
    match error {
        AuthorityError::RootDiffers { .. } => plain(
            "root-differs",
            "One of the files is not this agency's, or somebody swapped it. Nothing was signed.",
            "telephone the agency and compare fingerprints: estafette-relay roster show",
            Exit::Trust,
        ),
        AuthorityError::NotSigned { .. } => plain(
            "accord-not-signed",
            "An accord binds only when every party has signed it. Nothing was put in force.",
            "have that agency run: estafette-relay accord countersign FILE --with YOUR.bundle",
            Exit::Refused,
        ),
        AuthorityError::NotAParty { .. } => plain(
            "not-a-party",
            unchanged,
            "estafette-relay accord show FILE",
            Exit::Refused,
        ),
        AuthorityError::Directory(_) => plain(
            "refused",
            "Every relay would refuse it. Nothing was signed or published.",
            "have the file written again by the agency it comes from",
            Exit::Trust,
        ),
        AuthorityError::KeysFull(_) => plain(
            "keys-full",
            unchanged,
            "estafette-relay roster rotate-keys --accord --compromised, which drops the old ones",
            Exit::Refused,
        ),
        AuthorityError::Encoding(_) => plain(
            "rule-broken",
            "The rule is in the specification under that name. Nothing was signed.",
            "estafette-relay roster show",
            Exit::Refused,
        ),
        AuthorityError::Draft { path, .. } => {
            let next = format!("correct {}", path.display());
            plain("draft-invalid", unchanged, &next, Exit::Usage)
        }
        AuthorityError::Elsewhere { .. } | AuthorityError::Authority(_) => plain(
            "usage",
            "Names are such as spoc, duty@spoc or duty@spoc.police.xa. Nothing was changed.",
            "estafette-relay roster --help",
            Exit::Usage,
        ),
        AuthorityError::Io {
            path,
            kind: ErrorKind::NotFound,
            ..
        } => {
            let next = format!("name a file that is there, not {}", path.display());
            plain("file-missing", unchanged, &next, Exit::Unknown)
        }
        AuthorityError::Io { path, .. } => {
            let next = format!("check owner, mode and space of {}", path.display());
            plain("file-refused", "The system refused.", &next, Exit::Failed)
        }
        _ => plain(
            "file-malformed",
            unchanged,
            "name another file, or have it written again",
            Exit::Usage,
        ),
    }
}

impl From<AdminError> for Failure {
    fn from(error: AdminError) -> Self {
        let what = error.to_string();
        match error {
            AdminError::NotRunning { dir } => Self::new(
                "relay-not-running",
                what,
                "Only the running relay knows.",
                format!("estafette-relay serve --dir {}", dir.display()),
            )
            .with_exit(Exit::Unreachable),
            AdminError::Silent { dir, .. } => Self::new(
                "relay-silent",
                what,
                "Whether it has taken up the order is not known; giving it again does no harm.",
                format!("estafette-relay status --dir {}", dir.display()),
            )
            .with_exit(Exit::Unreachable),
            AdminError::Refused { code, .. } => Self::new(
                "relay-refuses",
                what,
                format!("Code {code}. What it held before is in force."),
                "estafette-relay status",
            )
            .with_exit(Exit::Refused),
            AdminError::Encoding(_) => Self::new(
                "rule-broken",
                what,
                "Nothing was sent.",
                "correct what was given",
            )
            .with_exit(Exit::Refused),
            AdminError::Queue(error) => error.into(),
        }
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        let what = error.to_string();
        match error {
            ServerError::NoRoot { .. } => Self::new(
                "no-root",
                what,
                "A relay serves one agency, known by the hash of its charter 0.",
                "estafette-relay roster add-relay --relay DIR --authority DIR",
            )
            .with_exit(Exit::Refused),
            ServerError::Key(error) => error.into(),
            ServerError::Store(error) => error.into(),
            ServerError::Listen { .. } => Self::new(
                "listen-refused",
                what,
                "Another program may listen there, or the address is not this machine's.",
                "correct listen in relay.toml, or stop the other program",
            )
            .with_exit(Exit::Usage),
            ServerError::Socket { .. } => Self::new(
                "socket-refused",
                what,
                "The path of a Unix socket has at most 107 bytes.",
                "choose a shorter --dir, or check its owner and mode",
            )
            .with_exit(Exit::Usage),
            ServerError::Engine(_) => Self::new(
                "store-failed",
                what,
                "The relay ended; everything acknowledged is in its journal.",
                "check the disk, then start it again",
            ),
            ServerError::Vanished | ServerError::Io { .. } => Self::new(
                "failed",
                what,
                "Everything acknowledged is in the journal.",
                "start it again",
            ),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        use crate::journal::JournalError;
        let what = error.to_string();
        match error {
            StoreError::Journal(JournalError::Locked { dir }) => Self::new(
                "locked",
                what,
                "One relay runs on a folder at a time; the other one is not disturbed.",
                format!(
                    "estafette-relay status --dir {}",
                    dir.parent().unwrap_or(&dir).display()
                ),
            ),
            StoreError::Journal(JournalError::Damaged { dir, .. }) => Self::new(
                "journal-damaged",
                what,
                "The relay does not serve from a journal that it can not trust.",
                format!("estafette-relay journal repair --dir {}", dir.display()),
            ),
            _ => Self::new(
                "store-failed",
                what,
                "Everything acknowledged is in the journal.",
                "check the disk, then start it again",
            ),
        }
    }
}
