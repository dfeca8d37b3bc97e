//! See `estafette_fuzz::statement`.
#![no_main]
estafette_fuzz::target!(statement);
