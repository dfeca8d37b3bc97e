//! The real binary and the real server, on loopback and in temporary folders.

#[path = "relay/cli.rs"]
mod cli;
#[path = "relay/server.rs"]
mod server;
#[path = "relay/support.rs"]
mod support;
