//! Estafette's client: what an officer's device stores, sends and shows.
//!
//! ```text
//!   cli ──► compose ──► store (archive, outbox) ◄── courier ◄── driver ──► hop ──► own relay
//!    │         │            ▲                          │
//!    └── view ─┴── account ─┴──── directory ◄──────────┘
//! ```
//!
//! [`courier`] decides what is done with frames and touches no network; [`driver`] moves them.
//! Nothing is said to be further than a verified statement proves.

pub mod account;
mod base64;
pub mod calendar;
pub mod cap;
pub mod cli;
pub mod clock;
pub mod compose;
pub mod courier;
pub mod deferral;
pub mod definitions;
pub mod demo;
pub mod driver;
pub mod durable;
pub mod duty;
pub mod enclosure;
pub mod exit;
pub mod failure;
pub mod fill;
pub mod key_file;
pub mod labels;
pub mod local;
pub mod output;
pub mod passphrase;
pub mod prekeys;
pub mod render;
pub mod rotation;
pub mod schema;
pub mod search;
pub mod store;
pub mod view;
pub mod watch;
pub mod words;

#[cfg(test)]
mod testing;
