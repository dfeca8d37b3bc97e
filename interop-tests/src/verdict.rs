//! What an implementation answers to one vector.

use serde_json::Value;

/// The outcome of one case; valid cases compare the value, invalid ones stage and reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The input was accepted, with this output.
    Ok(Value),
    /// The input was refused.
    Err {
        /// Where it was refused: must match the vector.
        stage: &'static str,
        /// Why it was refused: should match the vector.
        reason: &'static str,
    },
    /// The operation, or something in the case, is not known to the implementation.
    Unsupported,
}
