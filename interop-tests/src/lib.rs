//! Estafette's conformance suite: what `spec/vectors` holds, how it is made, and how any
//! implementation is put to it.
//!
//! ```text
//!   vectors ──► estafette-vectors ──► spec/vectors/*.json      made here, from fixed seeds
//!      │                                   │
//!      ▼                                   ▼
//!   estafette-adapter ◄── cases ── estafette-conform           any adapter in its place
//!            └───────── verdicts ──────────►┘
//! ```
//!
//! Beside it, [`scenario`]: what both programs do together as real processes.
//!
//! Spec: adapter.md and vectors/README.md.

#![allow(
    clippy::indexing_slicing,
    clippy::too_many_lines,
    reason = "a JSON value gives null for what is not there; vectors are long lists of cases"
)]

pub mod canary;
pub mod conform;
pub mod json;
pub mod scenario;
pub mod tables;
pub mod vectors;
pub mod verdict;
