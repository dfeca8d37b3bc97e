//! See `estafette_fuzz::object`.
#![no_main]
estafette_fuzz::target!(object);
