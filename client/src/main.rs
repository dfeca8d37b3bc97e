//! The `estafette` binary; see [`estafette_client::cli`].

use clap::Parser;
use estafette_client::demo::{FAULT_WORD, FaultArgs, RELAY_WORD, inject};
use std::ffi::OsString;
use std::process::ExitCode;

/// What no honest client sends.
#[derive(Debug, Parser)]
struct Fault {
    #[command(flatten)]
    args: FaultArgs,
}

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    // The demo's relays are this program again, so that one file is enough to try everything.
    let word = args.nth(1);
    if word.as_ref().is_some_and(|word| word == RELAY_WORD) {
        let name = OsString::from("estafette-relay");
        return estafette_relay::run(std::iter::once(name).chain(args));
    }
    if word.is_some_and(|word| word == FAULT_WORD) {
        let name = OsString::from(FAULT_WORD);
        return inject(&Fault::parse_from(std::iter::once(name).chain(args)).args);
    }
    estafette_client::cli::main()
}
