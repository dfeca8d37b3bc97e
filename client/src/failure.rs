//! Failures as people meet them: what happened, what is safe, and the next command.
//!
//! ```text
//!   error[desk-unknown]: dutty@ops.border.xb is not listed by its agency (ADM-12)
//!     Nothing was sent.  Did you mean duty@ops.border.xb?
//!     → estafette flag … --to duty@ops.border.xb
//! ```

use crate::account::AccountError;
use crate::compose::ComposeError;
use crate::courier::CourierError;
use crate::driver::DriverError;
use crate::exit::Exit;
use crate::key_file::KeyFileError;
use crate::passphrase::PassphraseError;
use crate::prekeys::PrekeyError;
use crate::store::StoreError;

/// A failure with all three of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// Stable word for scripts.
    pub word: &'static str,
    /// What happened.
    pub what: String,
    /// Why, and what is safe.
    pub why: String,
    /// What to do: a command, or a sentence that ends in one.
    pub next: String,
}

/// A failure's result; boxed, since failures are rare and long.
pub type Outcome<T> = Result<T, Box<Failure>>;

impl Failure {
    /// A failure.
    pub fn new(
        exit: Exit,
        word: &'static str,
        what: impl Into<String>,
        why: impl Into<String>,
        next: impl Into<String>,
    ) -> Box<Self> {
        Box::new(Self {
            exit,
            word,
            what: what.into(),
            why: why.into(),
            next: next.into(),
        })
    }
}

impl From<KeyFileError> for Box<Failure> {
    fn from(error: KeyFileError) -> Self {
        let what = error.to_string();
        let locked = |word, why: &str, next: String| {
            Failure::new(Exit::Locked, word, what.clone(), why, next)
        };
        match &error {
            KeyFileError::Missing(_) => locked(
                "no-account",
                "This machine is not enrolled at any desk.",
                "estafette join INVITATION".into(),
            ),
            KeyFileError::Exists(_) => locked(
                "account-exists",
                "The folder holds an account; its keys are never overwritten.",
                "estafette whoami      or choose another folder:  --home DIR".into(),
            ),
            KeyFileError::TooOpen { path, .. } => locked(
                "file-too-open",
                "A secret that others may read is not used.",
                format!("chmod 600 {}", path.display()),
            ),
            KeyFileError::Passphrase => locked(
                "passphrase-wrong",
                "Nothing was read; your messages are safe.",
                "try again; without the passphrase, join anew with a new invitation".into(),
            ),
            KeyFileError::Format | KeyFileError::Cost | KeyFileError::Contents(_) => locked(
                "key-file-unusable",
                "The key file is damaged, or of another version of this program.",
                "update this program, or join anew with a new invitation".into(),
            ),
            KeyFileError::Io { .. } => Failure::new(
                Exit::Failed,
                "disk",
                what,
                "Nothing was changed.",
                "check the disk and the folder's permissions",
            ),
        }
    }
}

impl From<PassphraseError> for Box<Failure> {
    fn from(error: PassphraseError) -> Self {
        let what = error.to_string();
        match error {
            PassphraseError::File(error) => error.into(),
            PassphraseError::NobodyToAsk => Failure::new(
                Exit::Cancelled,
                "passphrase-needed",
                what,
                "It is read from a terminal, a descriptor or a private file alone.",
                "--passphrase-file PATH      or  --passphrase-fd N",
            ),
            PassphraseError::Cancelled | PassphraseError::Differ | PassphraseError::Empty => {
                Failure::new(
                    Exit::Cancelled,
                    "passphrase-needed",
                    what,
                    "Nothing was changed.",
                    "run the same command again",
                )
            }
            PassphraseError::Descriptor { .. } => Failure::new(
                Exit::Usage,
                "passphrase-needed",
                what,
                "Nothing was changed.",
                "--passphrase-fd N with an open descriptor",
            ),
        }
    }
}

impl From<StoreError> for Box<Failure> {
    fn from(error: StoreError) -> Self {
        let what = error.to_string();
        match error {
            StoreError::Broken { .. } | StoreError::Encoding(_) => Failure::new(
                Exit::Trust,
                "store-broken",
                what,
                "A file of the archive was changed or damaged; the others are not touched.",
                "restore the folder, or join anew with a new invitation",
            ),
            StoreError::Missing => Failure::new(
                Exit::NoSuchId,
                "no-such-id",
                what,
                "Nothing was changed.",
                "estafette list",
            ),
            StoreError::Full => Failure::new(
                Exit::Failed,
                "store-full",
                what,
                "Nothing was changed.",
                "estafette sync",
            ),
            StoreError::Io { .. } => Failure::new(
                Exit::Failed,
                "disk",
                what,
                "What was stored before is safe.",
                "check the disk and the folder's permissions",
            ),
        }
    }
}

impl From<AccountError> for Box<Failure> {
    fn from(error: AccountError) -> Self {
        let what = error.to_string();
        match error {
            AccountError::KeyFile(error) => error.into(),
            AccountError::Store(error) => error.into(),
            AccountError::NoHome => Failure::new(
                Exit::Usage,
                "no-home",
                what,
                "There is no place for an account.",
                "--home DIR      or set ESTAFETTE_HOME",
            ),
            AccountError::Io { .. } => Failure::new(
                Exit::Failed,
                "disk",
                what,
                "Nothing was changed.",
                "check the folder's permissions",
            ),
        }
    }
}

impl From<CourierError> for Box<Failure> {
    fn from(error: CourierError) -> Self {
        match error {
            CourierError::Account(error) | CourierError::Prekeys(PrekeyError::Account(error)) => {
                error.into()
            }
            CourierError::Store(error) => error.into(),
            other => Failure::new(
                Exit::Failed,
                "internal",
                other.to_string(),
                "What was stored before is safe.",
                "run the same command again with -v",
            ),
        }
    }
}

impl From<DriverError> for Box<Failure> {
    fn from(error: DriverError) -> Self {
        match error {
            DriverError::Courier(error) => error.into(),
            DriverError::Endpoint(error) => Failure::new(
                Exit::Unreachable,
                "no-network",
                error.to_string(),
                "What is queued stays queued.",
                "estafette sync",
            ),
        }
    }
}

impl From<ComposeError> for Box<Failure> {
    fn from(error: ComposeError) -> Self {
        let nothing = "Nothing was sent.";
        if let Some(refusal) = error.refusal() {
            let what = match &error {
                ComposeError::Refused(_) | ComposeError::Unplanned { .. } => {
                    explain(refusal.code.word()).to_owned()
                }
                other => other.to_string(),
            };
            let what = format!("{what} ({})", refusal.clause);
            let (why, next) = match &error {
                ComposeError::DeskUnknown {
                    nearest: Some(nearest),
                    ..
                } => (
                    format!("{nothing}  Did you mean {nearest}?"),
                    format!("the same command with --to {nearest}"),
                ),
                ComposeError::WrapMissing(_) => (
                    format!("{nothing}  A flash or immediate is taken without, and says so."),
                    "estafette sync      then the same command again".to_owned(),
                ),
                ComposeError::Unplanned { route, .. } => (
                    format!("{nothing}  Your relay would refuse it by the same rule."),
                    format!("estafette route {route} --explain"),
                ),
                _ => (
                    format!("{nothing}  Your relay would refuse it by the same rule."),
                    "change the message, or ask your administrator; after a change: estafette sync"
                        .to_owned(),
                ),
            };
            return Failure::new(Exit::Refused, refusal.code.word(), what, why, next);
        }
        let what = error.to_string();
        match error {
            ComposeError::NotEnrolled => Failure::new(
                Exit::Locked,
                "not-enrolled",
                what,
                "A holder of the roster key has yet to sign this device in.",
                "estafette join --wait      or  estafette whoami  for the fingerprint to read out",
            ),
            ComposeError::NoAddressee => Failure::new(
                Exit::Usage,
                "no-addressee",
                what,
                nothing,
                "the same command with --to DESK",
            ),
            _ => Failure::new(
                Exit::Usage,
                "draft",
                what,
                nothing,
                "change the message      estafette help",
            ),
        }
    }
}

/// A refusal of the own relay's rules in a sentence.
#[must_use]
pub fn explain(word: &'static str) -> &'static str {
    match word {
        "sender-unknown" => "your desk is not in the roster that the message names",
        "device-unknown" => "this device is not in the roster that the message names",
        "device-suspended" => "this device is suspended or revoked",
        "created-in-future" => "this machine's clock is more than five minutes ahead",
        "expired" => "the message has expired",
        "accord-unknown" => "the accord is not in force",
        "not-a-party" => "an addressed agency is no party of the accord",
        "roster-stale" => "a roster is too old to be used",
        "roster-missing" => "a roster has not arrived yet",
        "desk-unknown" => "an addressed desk is not in its agency's roster",
        "format-not-accepted" => "the accord does not accept this format",
        "authority-missing" => "your desk may not send this format at this precedence",
        "marking-above-ceiling" => "the marking is stricter than the accord allows",
        "lifetime-too-long" => "the message would live longer than the accord allows",
        "wrap-missing" => "a desk would have no device that can read it",
        "wrap-unknown" => "a device is no longer in its desk's roster",
        "prekey-unknown" => "a device's key is no longer published",
        "reference-reused" => "another message stands under the same reference",
        "rule-missing" => "no rule lets such a message go that way",
        "path-wrong" => "the rule demands another path, by level or through the gateways",
        "exception-not-allowed" => "the rule does not allow this exception",
        "copy-missing" => "somebody who must be informed cannot be addressed",
        "deadline-missing" => "the rule demands a deadline, or a shorter one",
        "standby-missing" => "nobody is addressed to whom silence would lead",
        "standby-wrong" => "a standby desk is of no agency that must act",
        "too-many-addressees" => "the rule does not allow so many addressees",
        "body-too-long" => "the rule does not allow so long a message",
        "rate-exceeded" => "your desk has sent as many of these as the rule allows for now",
        "task-force-unknown" => "no accord in force has this task force with your desk in it",
        "member-missing" => "the task force has other members than those who must act",
        "exercise-unknown" => "your desk, or one that is addressed, takes no part in the exercise",
        "exercise-over" => "the exercise has not begun, or is over",
        "releaser-missing" => "nobody can be addressed who may release it",
        "release-missing" => "the release that the rule demands is missing",
        "release-invalid" => "a desk that may not release this has done so",
        "replan" => "a higher precedence demands another plan",
        "release-refused" => "the desk that should have released it has refused",
        "enclosure-unknown" => "your relay does not know a message that is enclosed",
        "grant-missing" => "its originator has not granted that it is passed on",
        "marking-weakened" => "the marking is weaker than that of what is enclosed",
        "not-for-onward" => "its marking forbids that it is passed on",
        "status-changed" => "what follows a message has to have its status",
        "not-the-originator" => "only the desk that sent a message replaces it",
        "statement-not-entitled" => "your desk may not say that of it",
        "step-early" => "the time to acknowledge has not passed yet",
        "step-unknown" => "there is no such step that was not taken",
        "extension-invalid" => "such an extension is not possible",
        "duty-older" => "something newer is known of the desk",
        "deputy-unknown" => "the deputy is no other desk of your agency's roster",
        "not-staffed" => "nobody is at the deputy's desk",
        "deputy-cycle" => "the deputy has your desk as its own deputy",
        "low-space" => "the relay is short of disk space",
        other => other,
    }
}
