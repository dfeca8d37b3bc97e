//! x
pub mod channel;
