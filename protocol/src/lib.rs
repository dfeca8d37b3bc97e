//! Estafette's protocol as values, decisions and machines.
//!
//! ```text
//!   bytes ──► encoding ──► values          identity, accord, form, envelope, statement, duty
//!                            │
//!                            ▼
//!   now ──────────────► decisions          admission, routing, track, receipt: pure functions
//!                            │
//!                            ▼
//!   frames ───────────► machines           channel, session, escalation: handle(now, input) → actions
//! ```
//!
//! Nothing here reads a clock, a socket, a disk or an entropy pool: time and randomness are
//! arguments. The text of every module is the chapter of the same name in `spec/`.

#![warn(clippy::as_conversions)]

pub mod accord;
pub mod address;
pub mod admission;
pub mod channel;
pub mod charter;
pub mod code;
pub mod crypto;
pub mod directory;
pub mod duty;
pub mod encoding;
pub mod enrolment;
pub mod envelope;
pub mod escalation;
pub mod form;
pub mod format;
pub mod frame;
pub mod house;
pub mod marking;
pub mod precedence;
pub mod prekey;
pub mod receipt;
pub mod roster;
pub mod rotation;
pub mod routing;
pub mod rules;
pub mod session;
pub mod statement;
pub mod suspension;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod time;
pub mod track;
