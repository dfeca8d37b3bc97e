//! See `estafette_fuzz::record`.
#![no_main]
estafette_fuzz::target!(record);
