//! The client from outside: its command line, and both programs together as real processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests may panic"
)]

mod archive;
mod command_line;
mod end_to_end;
mod life;
mod program;
mod reading;
mod watch;
