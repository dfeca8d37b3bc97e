//! Running `estafette` as people do.

use std::path::Path;
use std::process::{Command, Output};

/// The program under test, with an environment that says nothing.
pub fn estafette(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_estafette"));
    command
        .env_clear()
        .env("HOME", home)
        .env("LANG", "C.UTF-8")
        .env("ESTAFETTE_HOME", home)
        .env("TZ", "UTC");
    command
}

/// What a command printed and how it ended: `(code, stdout, stderr)`.
pub fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    (code, text(&output.stdout), text(&output.stderr))
}
