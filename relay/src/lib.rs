//! x

pub mod index;
pub mod journal;
pub mod record;
pub mod store;
