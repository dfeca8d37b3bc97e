//! The `estafette` binary; see [`estafette_client::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    estafette_client::cli::main()
}
