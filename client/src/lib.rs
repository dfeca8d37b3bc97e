//! Estafette's client: account, archive, courier and command line.
pub mod durable;
pub mod key_file;
pub mod store;
