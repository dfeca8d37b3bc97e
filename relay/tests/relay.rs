//! The real binary and the real server, on loopback and in temporary folders.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests may panic"
)]

#[path = "relay/accords.rs"]
mod accords;
#[path = "relay/cli.rs"]
mod cli;
#[path = "relay/life.rs"]
mod life;
#[path = "relay/rules.rs"]
mod rules;
#[path = "relay/server.rs"]
mod server;
#[path = "relay/support.rs"]
mod support;
