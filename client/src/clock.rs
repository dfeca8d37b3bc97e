//! The only place where the client reads the clock or the system's randomness.

use estafette_protocol::crypto::CryptoRng;
use estafette_protocol::time::UnixMillis;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time by this machine's clock.
#[must_use]
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    UnixMillis(u64::try_from(ms).unwrap_or(u64::MAX))
}

/// The system's randomness; a system without any ends the process.
#[must_use]
pub fn random() -> impl CryptoRng {
    rand_core::UnwrapErr(getrandom::SysRng)
}
