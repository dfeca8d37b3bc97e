//! How this implementation answers cases that put published objects to a directory.

use crate::json::{Input, read_bytes};
use crate::verdict::Refusal;
use estafette_protocol::address::Agency;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::directory::{Directory, DirectoryError, Standing};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::time::UnixMillis;

/// The agency whose directory a group shares.
pub(super) fn agency(input: Input<'_>) -> Result<Agency, Refusal> {
    input.parsed("agency")
}

/// A time of a case.
pub(super) fn time(input: Input<'_>, name: &str) -> Result<UnixMillis, Refusal> {
    input.number(name).map(UnixMillis)
}

/// The directory after what it held, then after the objects of the case; the first one refused
/// ends it.
pub(super) fn directory(input: Input<'_>) -> Result<Directory, Refusal> {
    let root = FixedBytes(input.array("root")?);
    let mut directory = Directory::new(agency(input)?, root);
    let before = time(input, "held_since")?;
    for object in input.list("held", read_bytes)? {
        let applied = directory.apply(&object, before);
        applied.map_err(|error| Refusal::case(error.to_string()))?;
    }
    let now = time(input, "now")?;
    for object in input.list("objects", read_bytes)? {
        directory.apply(&object, now).map_err(|e| refused(&e))?;
    }
    Ok(directory)
}

/// A refusal of a look-up, which is always for its time.
pub(super) fn stale(code: ErrorCode) -> Refusal {
    Refusal::new("freshness", code.word())
}

/// The word of a standing.
pub(super) const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Current => "current",
        Standing::Stale => "stale",
        Standing::Superseded => "superseded",
    }
}

/// Stage and reason of a refusal.
pub(super) fn refused(error: &DirectoryError) -> Refusal {
    use DirectoryError as E;
    let stage = match error {
        E::Encoding(error) => return Refusal::from(*error),
        E::CharterUnknown(_)
        | E::CharterChainBroken { .. }
        | E::RosterMissing(_)
        | E::DeskUnknown
        | E::DeviceUnknown => "trust",
        E::SignatureInvalid | E::AccordNotSigned(_) => "signature",
        E::RosterOlder { .. }
        | E::RosterForked { .. }
        | E::RosterExpired
        | E::AccordReplaced
        | E::FrameworkUnknown
        | E::PrekeysOlder
        | E::DutyOlder
        | E::CreatedInFuture
        | E::Expired => "freshness",
        _ => "policy",
    };
    Refusal::new(stage, error.code().word())
}
