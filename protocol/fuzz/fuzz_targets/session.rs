//! See `estafette_fuzz::session`.
#![no_main]
estafette_fuzz::target!(session);
