//! x
pub mod hop;
