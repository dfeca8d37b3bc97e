//! The live board: what needs this desk, what it waits for and what is wrong, counting down.
//!
//! ```text
//!   courier ──► store ──► archive ──► board ──► screen ──► draw ──► terminal
//!      │                                │  └──► change ──► stream, hook
//!      └──► silence                     └─────► alarm
//! ```
//!
//! [`board`], [`alarm`], [`silence`] and [`change`] are pure: they take the time and give what
//! follows.

pub mod alarm;
pub mod archive;
pub mod board;
pub mod change;
pub mod courier;
pub mod detail;
pub mod draw;
pub mod hook;
pub mod prompt;
pub mod screen;
pub mod silence;
pub mod telling;
pub mod terminal;
#[cfg(test)]
pub(crate) mod testing;
