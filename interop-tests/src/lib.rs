//! x
pub mod vectors;
pub mod verdict;
