//! Estafette's client: account, archive, courier and command line.
pub mod account;
pub mod cli;
pub mod clock;
pub mod compose;
pub mod courier;
pub mod driver;
pub mod durable;
pub mod exit;
pub mod failure;
pub mod key_file;
pub mod local;
pub mod output;
pub mod passphrase;
pub mod prekeys;
pub mod store;
#[cfg(test)]
mod testing;
pub mod view;
pub mod words;
