//! Estafette's relay: hop, store, engine, server.
pub mod hop;
