//! A terminal: one bash to which blocks are typed, and what it printed.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longest that a command may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// Said after every command.
const MARK: &str = "<that was it>";

/// A bash and its output so far.
pub struct Terminal {
    bash: Child,
    input: ChildStdin,
    lines: Receiver<String>,
    /// Everything that was typed and printed.
    pub screen: String,
}

impl Terminal {
    /// Opens a terminal in a folder, with the programs of another one on its path.
    pub fn open(folder: &Path, programs: &Path) -> Self {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display());
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc"]).current_dir(folder);
        bash.env_clear()
            .env("PATH", path)
            .env("HOME", folder)
            .env("LANG", "C.UTF-8");
        bash.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit());
        let mut bash = bash.spawn().unwrap();
        let mut input = bash.stdin.take().unwrap();
        writeln!(input, "exec 2>&1").unwrap();
        let output = BufReader::new(bash.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self {
            bash,
            input,
            lines,
            screen: String::new(),
        }
    }

    /// Types a command and waits until it ends well; gives what it printed.
    pub fn type_in(&mut self, command: &str) -> String {
        self.screen.push_str(&format!("$ {command}\n"));
        writeln!(self.input, "{command}\necho \"{MARK} $?\"").unwrap();
        let end = Instant::now() + PATIENCE;
        let mut printed = String::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = match self.lines.recv_timeout(left) {
                Ok(line) => line,
                Err(RecvTimeoutError::Timeout) => panic!("no end of this:\n{}", self.screen),
                Err(RecvTimeoutError::Disconnected) => panic!("bash has gone:\n{}", self.screen),
            };
            if let Some(code) = line.strip_prefix(MARK) {
                assert_eq!(
                    code.trim(),
                    "0",
                    "the last command failed:\n{}",
                    self.screen
                );
                return printed;
            }
            self.screen.push_str(&format!("{line}\n"));
            printed.push_str(&format!("{line}\n"));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Whatever still runs in the background ends with its terminal.
        let _ = writeln!(self.input, "kill $(jobs -p) 2> /dev/null; wait; exit");
        let _ = self.bash.wait();
    }
}
