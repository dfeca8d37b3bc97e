//! Estafette's relay: one thread decides and writes, many tasks move bytes.
//!
//! ```text
//!   QUIC ─► hop ─► link task ── prepare ──► engine thread ─► store (journal, index)
//!                     ▲                          │ after the commit
//!                     └────────── actions ◄──────┘
//! ```
//!
//! The engine is synchronous and deterministic; nothing leaves before it is durable.

pub mod engine;
pub mod hop;
pub mod index;
pub mod journal;
pub mod record;
pub mod store;
