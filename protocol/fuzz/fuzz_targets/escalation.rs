//! See `estafette_fuzz::escalation`.
#![no_main]
estafette_fuzz::target!(escalation);
