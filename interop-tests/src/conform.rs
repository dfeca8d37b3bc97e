//! The conformance runner: puts cases to an adapter and judges its verdicts.
//!
//! Decides nothing about the protocol; it only compares. Spec: adapter.md, vectors/README.md.

pub mod adapter;
pub mod beside;
pub mod external;
pub mod files;
pub mod judge;
pub mod run;
