//! `estafette-relay`: hosts an agency's relay, and signs for the agency that hosts it.

use std::process::ExitCode;

fn main() -> ExitCode {
    estafette_relay::run(std::env::args_os())
}
