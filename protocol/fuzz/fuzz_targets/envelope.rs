//! See `estafette_fuzz::envelope`.
#![no_main]
estafette_fuzz::target!(envelope);
