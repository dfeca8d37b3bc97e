//! See `estafette_fuzz::journal`.
#![no_main]
estafette_fuzz::target!(journal);
