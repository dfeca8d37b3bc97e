//! A folder with agencies in it, set up by the commands that administrators use.

use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Long enough for a busy machine; nothing waits for it when things go well.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A temporary folder in which commands run.
pub struct World {
    dir: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command, given as one line, in the folder.
    pub fn run(&self, line: &str) -> Said {
        let output = self.command(line).stdin(Stdio::null()).output().unwrap();
        Said::from(output)
    }

    /// Runs a command that must do as asked; returns its stdout.
    pub fn does(&self, line: &str) -> String {
        let said = self.run(line);
        assert_eq!(said.code, 0, "{line}: {said:?}");
        said.stdout
    }

    /// Runs a command with `--json` that must do as asked.
    pub fn json(&self, line: &str) -> Value {
        let stdout = self.does(&format!("{line} --json"));
        let value: Value = serde_json::from_str(stdout.trim()).unwrap();
        assert_eq!(value["v"], 1, "{line}");
        value
    }

    /// Starts a relay and waits until it is ready.
    pub fn serve(&self, dir: &str) -> Relay {
        let mut child = self
            .command(&format!("serve --dir {dir}"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut ready).unwrap();
        Relay { child, ready }
    }

    /// Makes an agency with a relay, a desk and a signed roster.
    pub fn agency(&self, name: &str) {
        let port = free_port();
        self.does(&format!(
            "init --agency {name} --listen 127.0.0.1:{port} --dir {name}/relay"
        ));
        let authority = format!("--authority {name}/authority");
        self.does(&format!(
            "roster init --agency {name} {authority} --root-key {name}/ROOT.key"
        ));
        self.does(&format!(
            "roster add-relay --relay {name}/relay {authority}"
        ));
        self.does(&format!("roster add-desk duty@spoc {authority}"));
        self.does(&format!("roster sign {authority}"));
        self.does(&format!("roster export {name}.bundle {authority}"));
    }

    /// Makes an accord between two agencies and puts it in force at both relays.
    pub fn accord(&self, a: &str, b: &str) {
        self.does(&format!(
            "accord new both --with {b}.bundle --format flag --format note --ceiling tlp:amber \
             --authority {a}/authority"
        ));
        self.does(&format!(
            "accord sign both.accord --authority {a}/authority"
        ));
        self.does(&format!(
            "accord countersign both.accord --with {a}.bundle --authority {b}/authority"
        ));
        for agency in [a, b] {
            self.does(&format!(
                "accord activate both.accord --relay {agency}/relay"
            ));
        }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_estafette-relay"));
        command.args(line.split_whitespace());
        command.current_dir(self.dir.path());
        command
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A relay that runs as a process of its own; ended when dropped.
pub struct Relay {
    child: Child,
    pub ready: String,
}

impl Relay {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end and returns its exit code.
    pub fn exit_code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks again until the answer is there.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(since.elapsed() < DEADLINE, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().unwrap().permissions().mode() & 0o777
}
