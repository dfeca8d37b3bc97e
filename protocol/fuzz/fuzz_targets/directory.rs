//! See `estafette_fuzz::directory`.
#![no_main]
estafette_fuzz::target!(directory);
