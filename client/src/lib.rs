//! Estafette's client: account, archive, courier and command line.
pub mod account;
pub mod clock;
pub mod compose;
pub mod courier;
pub mod durable;
pub mod key_file;
pub mod passphrase;
pub mod prekeys;
pub mod store;
#[cfg(test)]
mod testing;
