//! See `estafette_fuzz::channel`.
#![no_main]
estafette_fuzz::target!(channel);
