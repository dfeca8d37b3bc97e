//! See `estafette_fuzz::frame`.
#![no_main]
estafette_fuzz::target!(frame);
