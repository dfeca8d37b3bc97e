//! How this implementation answers cases that put published objects to a directory.

use super::chapter::{bytes, list, number, refuse, text};
use super::encoding::refused;
use crate::verdict::Verdict;
use estafette_protocol::address::Agency;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::directory::{Directory, DirectoryError, Standing};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::time::UnixMillis;
use serde_json::Value;

/// The agency whose directory a group shares.
pub(super) fn agency(shared: &Value) -> Result<Agency, Verdict> {
    text(shared, "agency")?
        .parse()
        .map_err(|_| Verdict::Unsupported)
}

/// A time of a case.
pub(super) fn time(value: &Value, name: &str) -> Result<UnixMillis, Verdict> {
    number(value, name).map(UnixMillis)
}

/// Bytes of a fixed length.
pub(super) fn fixed<const N: usize>(value: &Value, name: &str) -> Result<FixedBytes<N>, Verdict> {
    let bytes = bytes(value, name)?;
    let bytes = bytes.try_into().map_err(|_| Verdict::Unsupported)?;
    Ok(FixedBytes(bytes))
}

/// The directory after the shared objects, then those of the case; the first one refused ends it.
pub(super) fn directory(shared: &Value, input: &Value) -> Result<Directory, Verdict> {
    let mut directory = Directory::new(agency(shared)?, fixed(shared, "root")?);
    let before = time(shared, "now")?;
    for object in list(shared, "objects")? {
        let applied = directory.apply(&object, before);
        applied.map_err(|_| Verdict::Unsupported)?;
    }
    let now = time(input, "now")?;
    for object in list(input, "objects")? {
        directory.apply(&object, now).map_err(|e| stage(&e))?;
    }
    Ok(directory)
}

/// A refusal of a look-up, which is always for its time.
pub(super) fn stale(code: ErrorCode) -> Verdict {
    refuse("freshness", code.word())
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
fn stage(error: &DirectoryError) -> Verdict {
    use DirectoryError as E;
    let stage = match error {
        E::Encoding(error) => return refused(error),
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
        | E::PrekeysOlder
        | E::CreatedInFuture
        | E::Expired => "freshness",
        _ => "policy",
    };
    refuse(stage, error.code().word())
}
