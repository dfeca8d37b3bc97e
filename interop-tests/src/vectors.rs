//! The vectors of every chapter: how they are made, and how this implementation answers them.
//!
//! Each chapter has a module with `file()`, the content of `spec/vectors/<chapter>.json`, and
//! `answer()`, the adapter that puts one case to our code.
//! Spec: `spec/vectors/`.

pub mod accord;
pub mod encoding;
pub mod identity;

mod apply;
mod bad;
mod chapter;
mod published;
#[expect(
    clippy::expect_used,
    reason = "makes good objects from constants; tests run all of it"
)]
mod world;
