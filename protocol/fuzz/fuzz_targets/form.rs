//! See `estafette_fuzz::form`.
#![no_main]
estafette_fuzz::target!(form);
