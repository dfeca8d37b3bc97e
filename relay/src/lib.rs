//! Estafette's relay: one thread decides and writes, many tasks move bytes.
//!
//! ```text
//!   QUIC ─► hop ─► link task ── prepare ──► engine thread ─► store (journal, index)
//!                     ▲                          │ after the commit
//!                     └────────── actions ◄──────┘
//! ```
//!
//! The engine is synchronous and deterministic; nothing leaves before it is durable.

pub mod admin;
pub mod authority;
mod cli;
pub mod config;
pub mod definitions;
pub mod engine;
pub mod hop;
pub mod index;
pub mod journal;
pub mod key_file;
pub mod output;
pub mod peer;
pub mod record;
pub mod server;
pub mod store;

pub use cli::run;
