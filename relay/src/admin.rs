//! The admin socket: what an administrator of the same machine may ask a running relay.
//!
//! One JSON object a line in both directions, on a Unix socket that only the relay's user may open.
//! Decides the shape of requests and answers, and asks them. A relay that does not run is no error
//! for what can wait: it is left in the folder of published objects (see `server::intake`).
//!
//! ```text
//!   → {"verb":"publish","object":"01…"}      ← {"ok":{"kind":17,"name":"police.xa",…}}
//!   → {"verb":"status"}                      ← {"error":{"code":"malformed","text":"…"}}
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use estafette_protocol::encoding::{EncodingError, encode};
use estafette_protocol::enrolment::Invitation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::Folder;
use crate::key_file::KeyFileError;
use crate::server::{queue_invitation, queue_object};

/// Longest line: a signed object in hexadecimal and what is around it.
pub(crate) const LINE_BYTES_MAX: u64 = 2 * 1_114_000 + 4_096;
const ANSWER_BYTES_MAX: u64 = 64 * 1024 * 1024;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// What an administrator asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// How the relay stands.
    Status,
    /// Take up a signed object, in hexadecimal.
    Publish {
        /// The object.
        object: String,
    },
    /// Remember an invitation, in hexadecimal.
    Invite {
        /// The invitation.
        invitation: String,
    },
    /// Who waits to be signed in.
    Enrolments,
    /// Proofs that agencies signed two rosters for one place.
    Proofs,
    /// Look into the folder of published objects.
    Intake,
    /// End in good order.
    Shutdown,
}

impl std::fmt::Debug for Request {
    /// The verb alone: an invitation holds a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Status => "Status",
            Self::Publish { .. } => "Publish(…)",
            Self::Invite { .. } => "Invite(…)",
            Self::Enrolments => "Enrolments",
            Self::Proofs => "Proofs",
            Self::Intake => "Intake",
            Self::Shutdown => "Shutdown",
        })
    }
}

/// What the relay answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// As asked.
    Ok(Value),
    /// Refused.
    Error {
        /// A registered code's word.
        code: String,
        /// The reason, for people.
        text: String,
    },
}

/// Why an order did not reach the relay, or was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// No relay runs on the folder.
    #[error("no relay runs on {}", dir.display())]
    NotRunning {
        /// The relay's folder.
        dir: PathBuf,
    },
    /// The relay does not answer as it should.
    #[error("the relay on {} does not answer: {kind}", dir.display())]
    Silent {
        /// The relay's folder.
        dir: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The relay refuses.
    #[error("the relay refuses: {text}")]
    Refused {
        /// A registered code's word.
        code: String,
        /// The reason, for people.
        text: String,
    },
    /// What was to be sent breaks a rule.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// What can wait could not be left for the relay.
    #[error(transparent)]
    Queue(#[from] KeyFileError),
}

/// Whether what was published is in force or waits for the relay to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The running relay has taken it up.
    Relay,
    /// The relay does not run; it takes it up when it starts.
    Folder,
}

/// Asks a running relay.
///
/// # Errors
/// [`AdminError`].
pub fn ask(folder: &Folder, request: &Request) -> Result<Value, AdminError> {
    let silent = |error: io::Error| AdminError::Silent {
        dir: folder.dir().to_owned(),
        kind: error.kind(),
    };
    let mut stream = UnixStream::connect(folder.socket()).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AdminError::NotRunning {
            dir: folder.dir().to_owned(),
        },
        _ => silent(error),
    })?;
    stream
        .set_read_timeout(Some(ANSWER_TIMEOUT))
        .map_err(silent)?;
    stream
        .set_write_timeout(Some(ANSWER_TIMEOUT))
        .map_err(silent)?;
    let mut line = serde_json::to_string(request).map_err(|error| silent(error.into()))?;
    line.push('\n');
    stream.write_all(line.as_bytes()).map_err(silent)?;
    let mut answer = String::new();
    let mut reader = BufReader::new(stream.take(ANSWER_BYTES_MAX));
    reader.read_line(&mut answer).map_err(silent)?;
    match serde_json::from_str(&answer).map_err(|error| silent(error.into()))? {
        Answer::Ok(value) => Ok(value),
        Answer::Error { code, text } => Err(AdminError::Refused { code, text }),
    }
}

/// Publishes signed objects in order: to the running relay, or for its next start.
///
/// # Errors
/// [`AdminError`]; objects before the one refused are taken up.
pub fn publish(folder: &Folder, objects: &[Vec<u8>]) -> Result<Reached, AdminError> {
    for (done, object) in objects.iter().enumerate() {
        let request = Request::Publish {
            object: hex::encode(object),
        };
        match ask(folder, &request) {
            Ok(_) => {}
            Err(AdminError::NotRunning { .. }) => {
                for object in objects.iter().skip(done) {
                    queue_object(folder, object)?;
                }
                return Ok(Reached::Folder);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Reached::Relay)
}

/// Tells a relay of an invitation: at once, or for its next start.
///
/// # Errors
/// [`AdminError`].
pub fn invite(folder: &Folder, invitation: &Invitation) -> Result<Reached, AdminError> {
    let request = Request::Invite {
        invitation: hex::encode(encode(invitation)?),
    };
    match ask(folder, &request) {
        Ok(_) => Ok(Reached::Relay),
        Err(AdminError::NotRunning { .. }) => {
            queue_invitation(folder, invitation)?;
            Ok(Reached::Folder)
        }
        Err(error) => Err(error),
    }
}
