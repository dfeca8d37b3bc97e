//! See `estafette_fuzz::routing`.
#![no_main]
estafette_fuzz::target!(routing);
