//! The play: two agencies, two desks, and every way in which a text passes through them.
//!
//! A flag, its acknowledgement with a remark, an answer, a message that waits at both relays in
//! turn, and one that a relay refuses, panicking. Decides nothing about what was left behind.

use std::fs::{self, File, OpenOptions};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use estafette_client::demo::{AgencyStage, DeskStage, Programs, Stage};
use serde_json::Value;

use super::wire::{self, Passed};
use super::{CanaryError, Options, Report, panicking};

const POLICE: &str = "duty@spoc.police.xa";
const BORDER: &str = "duty@ops.border.xb";
/// How long a step may take; nothing waits for it when things go well.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The texts that are planted.
#[derive(Debug)]
pub struct Texts {
    /// In flags and notes.
    pub message: String,
    /// In the remark of an acknowledgement.
    pub remark: String,
}

/// What the play leaves besides files.
#[derive(Debug)]
pub struct Outcome {
    /// What passed in front of either relay.
    pub passed: [Passed; 2],
}

/// Everybody in the play.
#[derive(Debug)]
pub struct Cast<'a> {
    dir: PathBuf,
    stage: Stage,
    options: &'a Options,
    police: AgencyStage,
    border: AgencyStage,
    officer: DeskStage,
    colleague: DeskStage,
    passed: [Passed; 2],
}

impl<'a> Cast<'a> {
    /// Sets up both agencies, their relays at level trace behind wires, and a desk each.
    ///
    /// # Errors
    /// When something does not start.
    pub fn gather(
        dir: &Path,
        programs: Programs,
        options: &'a Options,
    ) -> Result<Self, CanaryError> {
        let stage = Stage::new(dir.to_owned(), programs);
        let mut police = stage.agency("police.xa", "spoc", &["duty"])?;
        let mut border = stage.agency("border.xb", "ops", &["duty"])?;
        stage.accord(&police, &border)?;
        let capture = dir.join("capture");
        let passed = [
            behind_wire(&police, &capture)?,
            behind_wire(&border, &capture)?,
        ];
        stage.serve(&mut police)?;
        stage.serve(&mut border)?;
        let mut officer = stage.join(&police, "duty@spoc", "officer")?;
        let mut colleague = stage.join(&border, "duty@ops", "colleague")?;
        stage.open(&mut officer)?;
        stage.open(&mut colleague)?;
        let dir = dir.to_owned();
        Ok(Self {
            dir,
            stage,
            options,
            police,
            border,
            officer,
            colleague,
            passed,
        })
    }

    /// Plays it all.
    ///
    /// # Errors
    /// When a step does not come to its end.
    pub fn play(mut self, texts: &Texts, report: &mut Report) -> Result<Outcome, CanaryError> {
        self.keys()?;
        self.conversation(texts, report)?;
        self.waiting(texts, report)?;
        self.panic(texts, report)?;
        Ok(Outcome {
            passed: self.passed,
        })
    }

    /// Waits until either desk has the other's keys.
    fn keys(&self) -> Result<(), CanaryError> {
        for (desk, to) in [(&self.officer, BORDER), (&self.colleague, POLICE)] {
            until("the other desk's keys", || {
                Ok(self
                    .run(desk, &["note", "probe", "--to", to, "--dry-run"])?
                    .0
                    == 0)
            })?;
        }
        Ok(())
    }

    fn conversation(&self, texts: &Texts, report: &mut Report) -> Result<(), CanaryError> {
        let flag = [
            "flag",
            &texts.message,
            "--to",
            BORDER,
            "--place",
            &texts.message,
        ];
        self.must(&self.officer, &flag)?;
        self.readable("1", texts, report)?;
        let ack = [
            "ack",
            "1",
            "--eta",
            "45m",
            "--officer",
            &texts.remark,
            "-m",
            &texts.remark,
        ];
        self.must(&self.colleague, &ack)?;
        self.rung("1", "acknowledged")?;
        let seen = self.must(&self.officer, &["track", "1", "--json"])?;
        report.check(seen.contains(&texts.remark), "the sender reads the remark");
        let note = [
            "note",
            &texts.message,
            "--subject",
            &texts.message,
            "--to",
            POLICE,
            "--reply-to",
            "1",
        ];
        self.must(&self.colleague, &note)?;
        self.rung("1", "answered")
    }

    /// A message waits at the sender's relay, then at the addressee's; both are looked into.
    fn waiting(&mut self, texts: &Texts, report: &mut Report) -> Result<(), CanaryError> {
        self.colleague.kill();
        self.border.kill();
        let flag = ["flag", &texts.message, "--to", BORDER, "--wait", "accepted"];
        self.must(&self.officer, &flag)?;
        self.core("police", self.police.pid(), report)?;
        self.stage.serve(&mut self.border)?;
        self.rung("3", "relayed")?;
        self.core("border", self.border.pid(), report)?;
        self.stage.open(&mut self.colleague)?;
        self.readable("3", texts, report)
    }

    /// A relay refuses a message and panics over it; the next one refuses it in good order.
    fn panic(&mut self, texts: &Texts, report: &mut Report) -> Result<(), CanaryError> {
        self.police.kill();
        let mut relay = self.panicking()?;
        let note = [
            "note",
            &texts.message,
            "--to",
            BORDER,
            "--marking",
            "tlp:red",
            "--unchecked",
        ];
        self.must(&self.officer, &note)?;
        until("the end of the relay that panics", || {
            Ok(relay
                .try_wait()
                .map_err(CanaryError::io("wait for a relay"))?
                .is_some())
        })?;
        let log = fs::read_to_string(self.dir.join("panic.log"));
        let log = log.map_err(CanaryError::io("read a log"))?;
        let said = log.contains(panicking::SAID) && log.contains("stack backtrace");
        report.check(
            said,
            "the relay panicked in the engine, with a message in hand",
        );
        self.stage.serve(&mut self.police)?;
        let problem = || -> Result<bool, CanaryError> {
            let track = self.must(&self.officer, &["track", "4", "--json"])?;
            Ok(track.contains("marking-above-ceiling"))
        };
        until("the refusal", problem)?;
        report.check(
            true,
            "started again, it gives the signed refusal that it owed",
        );
        Ok(())
    }

    fn panicking(&self) -> Result<Child, CanaryError> {
        let ready = self.dir.join("panic.ready");
        let log = File::create(self.dir.join("panic.log"));
        let child = Command::new(&self.options.own)
            .arg("relay-that-panics")
            .arg("--dir")
            .arg(&self.police.relay_dir)
            .arg("--ready-file")
            .arg(&ready)
            .env("RUST_BACKTRACE", "full")
            .stdin(Stdio::null())
            .stderr(log.map_err(CanaryError::io("make a log"))?)
            .spawn()
            .map_err(CanaryError::io("start a relay"))?;
        until("a relay that panics", || Ok(ready.exists()))?;
        Ok(child)
    }

    fn core(&self, name: &str, pid: Option<u32>, report: &mut Report) -> Result<(), CanaryError> {
        if !self.options.cores {
            return Ok(());
        }
        let folder = self.dir.join("cores");
        fs::create_dir_all(&folder).map_err(CanaryError::io("make a folder"))?;
        let taken = core_of(pid.unwrap_or_default(), &folder.join(name))?;
        report.check(
            taken,
            &format!("core file of the {name} relay while it holds a message"),
        );
        Ok(())
    }

    /// The other side reads the text, byte for byte: where it may be.
    fn readable(&self, id: &str, texts: &Texts, report: &mut Report) -> Result<(), CanaryError> {
        self.rung(id, "delivered")?;
        let theirs = match id {
            "1" => "1",
            _ => "3",
        };
        until("the text", || {
            Ok(self.run(&self.colleague, &["show", theirs, "--raw"])?.1 == texts.message)
        })?;
        report.check(true, "the addressee's `show --raw` gives the text");
        Ok(())
    }

    fn rung(&self, id: &str, wanted: &str) -> Result<(), CanaryError> {
        let order = [
            "queued",
            "accepted",
            "relayed",
            "delivered",
            "opened",
            "acknowledged",
        ];
        let place = |word: &str| {
            order
                .iter()
                .position(|rung| *rung == word)
                .unwrap_or(order.len())
        };
        until(wanted, || {
            let track = self.must(&self.officer, &["track", id, "--json"])?;
            let line: Value = serde_json::from_str(track.lines().next().unwrap_or_default())
                .map_err(|error| CanaryError::Other(format!("track: {error}")))?;
            Ok(line["rung"]
                .as_str()
                .is_some_and(|rung| place(rung) >= place(wanted)))
        })
    }

    fn must(&self, desk: &DeskStage, args: &[&str]) -> Result<String, CanaryError> {
        match self.run(desk, args)? {
            (0, printed) => Ok(printed),
            // Which command, not with what: the words hold a planted text.
            (code, _) => Err(CanaryError::Other(format!(
                "`estafette {}` ended with {code}",
                args[0]
            ))),
        }
    }

    /// Runs a command, its talk and its log at level trace going to a file that is searched.
    fn run(&self, desk: &DeskStage, args: &[&str]) -> Result<(i32, String), CanaryError> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.dir.join("commands.log"));
        let output = Command::new(self.options.bin.join("estafette"))
            .args(["-vvv", "--no-daemon", "--no-input", "--home"])
            .arg(&desk.home)
            .arg("--passphrase-file")
            .arg(&desk.passphrase_file)
            .args(args)
            .stdin(Stdio::null())
            .stderr(log.map_err(CanaryError::io("make a log"))?)
            .output()
            .map_err(CanaryError::io("run estafette"))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.code().unwrap_or(-1), printed))
    }
}

/// Takes a core file of a running process; whether there is one then.
///
/// # Errors
/// When `gcore` is not there.
pub fn core_of(pid: u32, path: &Path) -> Result<bool, CanaryError> {
    let status = Command::new("gcore")
        .arg("-o")
        .arg(path)
        .arg(pid.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map_err(CanaryError::io("run gcore, of the package gdb"))?;
    let file = PathBuf::from(format!("{}.{pid}", path.display()));
    Ok(status.success() && file.metadata().is_ok_and(|file| file.len() > 1_000_000))
}

/// Turns a relay's log up, moves it to another port and lays a wire from where others reach it.
fn behind_wire(agency: &AgencyStage, capture: &Path) -> Result<Passed, CanaryError> {
    let path = agency.relay_dir.join("relay.toml");
    let text = fs::read_to_string(&path).map_err(CanaryError::io("read relay.toml"))?;
    let socket = UdpSocket::bind(("127.0.0.1", 0)).map_err(CanaryError::io("find a port"))?;
    let far = socket
        .local_addr()
        .map_err(CanaryError::io("find a port"))?;
    drop(socket);
    let mut near = None::<SocketAddr>;
    let moved = |line: &str| match line.strip_prefix("listen = [\"") {
        Some(rest) => {
            near = rest
                .split('"')
                .next()
                .and_then(|address| address.parse().ok());
            format!("listen = [\"{far}\"]\n")
        }
        None => format!(
            "{}\n",
            line.replace("level = \"info\"", "level = \"trace\"")
        ),
    };
    let text: String = text.lines().map(moved).collect();
    fs::write(&path, text).map_err(CanaryError::io("write relay.toml"))?;
    let near = near.ok_or_else(|| CanaryError::Other("relay.toml has no listen".to_owned()))?;
    fs::create_dir_all(capture).map_err(CanaryError::io("make a folder"))?;
    let file = capture.join(&agency.agency);
    wire::lay(near, far, &file).map_err(CanaryError::io("lay a wire"))
}

/// Waits until something holds, looking again and again: it is another process's work.
///
/// # Errors
/// When it does not in time, or looking fails.
pub fn until(
    what: &str,
    mut holds: impl FnMut() -> Result<bool, CanaryError>,
) -> Result<(), CanaryError> {
    let end = Instant::now() + PATIENCE;
    while !holds()? {
        if Instant::now() > end {
            return Err(CanaryError::Other(format!("{what} did not come in time")));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}
