//! See `estafette_fuzz::text`.
#![no_main]
estafette_fuzz::target!(text);
