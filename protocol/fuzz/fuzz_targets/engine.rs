//! See `estafette_fuzz::engine`.
#![no_main]
estafette_fuzz::target!(engine);
