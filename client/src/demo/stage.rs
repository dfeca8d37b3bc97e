//! Two agencies as real processes: each relay and each desk a child with a folder of its own.
//!
//! Drives the same command lines that people type; knows nothing of what they do inside.

use std::ffi::OsString;
use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use estafette_protocol::format::Catalogue;
use serde_json::Value;

/// How long a child may take to be ready, or a command to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait between two looks at a child.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Why the stage could not be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StageError {
    /// A command failed.
    #[error("`{command}` failed: {said}")]
    Command {
        /// What was run.
        command: String,
        /// The end of what it said.
        said: String,
    },
    /// A child did not become ready, or ended.
    #[error("{0} did not become ready")]
    NotReady(String),
    /// The system refused.
    #[error("{action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// How the two programs are called.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `estafette`.
    pub estafette: Vec<OsString>,
    /// `estafette-relay`.
    pub relay: Vec<OsString>,
}

/// An agency: its folders and, while it runs, its relay.
#[derive(Debug)]
pub struct AgencyStage {
    /// Its name.
    pub agency: String,
    /// The folder of its relay.
    pub relay_dir: PathBuf,
    /// The folder of its authority.
    pub authority_dir: PathBuf,
    /// What it exports to others.
    pub bundle: PathBuf,
    serve: Option<Child>,
}

/// A desk: its folder and, while it runs, its daemon.
#[derive(Debug)]
pub struct DeskStage {
    /// Its full name.
    pub desk: String,
    /// The account's folder.
    pub home: PathBuf,
    /// The file with the account's passphrase.
    pub passphrase_file: PathBuf,
    daemon: Option<Child>,
}

/// Where everything happens.
#[derive(Debug)]
pub struct Stage {
    dir: PathBuf,
    programs: Programs,
}

impl Stage {
    /// Uses a folder.
    #[must_use]
    pub const fn new(dir: PathBuf, programs: Programs) -> Self {
        Self { dir, programs }
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes an agency with one unit and its desks, and a relay on a free loopback port.
    ///
    /// # Errors
    /// When a command fails.
    pub fn agency(
        &self,
        agency: &str,
        unit: &str,
        desks: &[&str],
    ) -> Result<AgencyStage, StageError> {
        let base = self.dir.join(agency);
        fs::create_dir_all(&base).map_err(io("make a folder"))?;
        let stage = AgencyStage {
            agency: agency.to_owned(),
            relay_dir: base.join("relay"),
            authority_dir: base.join("authority"),
            bundle: self.dir.join(format!("{agency}.bundle")),
            serve: None,
        };
        let listen = format!("127.0.0.1:{}", free_port()?);
        let root_key = base.join("ROOT.key");
        let relay = text(&stage.relay_dir);
        let authority = text(&stage.authority_dir);
        self.relay(&[
            "init", "--agency", agency, "--listen", &listen, "--dir", &relay,
        ])?;
        self.relay(&[
            "roster",
            "init",
            "--agency",
            agency,
            "--gateway",
            unit,
            "--root-key",
            &text(&root_key),
            "--authority",
            &authority,
        ])?;
        self.relay(&[
            "roster",
            "add-relay",
            "--relay",
            &relay,
            "--authority",
            &authority,
        ])?;
        for desk in desks {
            let desk = format!("{desk}@{unit}");
            self.relay(&["roster", "add-desk", &desk, "--authority", &authority])?;
        }
        self.sign(&stage)?;
        Ok(stage)
    }

    /// Signs an agency's draft and exports it.
    ///
    /// # Errors
    /// When a command fails.
    pub fn sign(&self, agency: &AgencyStage) -> Result<(), StageError> {
        let authority = text(&agency.authority_dir);
        self.relay(&["roster", "sign", "--authority", &authority])?;
        self.relay(&[
            "roster",
            "export",
            &text(&agency.bundle),
            "--authority",
            &authority,
        ])?;
        Ok(())
    }

    /// Adds a unit below another one, with a desk, to an agency.
    ///
    /// # Errors
    /// When a command fails.
    pub fn unit_below(
        &self,
        agency: &AgencyStage,
        (unit, superior): (&str, &str),
        desk: &str,
    ) -> Result<(), StageError> {
        let authority = text(&agency.authority_dir);
        let unit = ["roster", "add-unit", unit, "--superior", superior];
        self.relay(&[&unit[..], &["--authority", &authority]].concat())?;
        self.relay(&["roster", "add-desk", desk, "--authority", &authority])?;
        self.sign(agency)
    }

    /// Says who stands in for a desk.
    ///
    /// # Errors
    /// When a command fails.
    pub fn deputy(&self, agency: &AgencyStage, desk: &str, deputy: &str) -> Result<(), StageError> {
        let authority = text(&agency.authority_dir);
        let set = ["roster", "set-desk", desk, "--deputy", deputy];
        self.relay(&[&set[..], &["--authority", &authority]].concat())?;
        self.sign(agency)
    }

    /// Puts an accord between two agencies in force: every format, up to TLP:AMBER and restricted.
    ///
    /// # Errors
    /// When a command fails.
    pub fn accord(&self, one: &AgencyStage, other: &AgencyStage) -> Result<(), StageError> {
        self.accord_by(one, other, None)
    }

    /// The same with these rules, where some are given.
    ///
    /// # Errors
    /// When a command fails.
    pub fn accord_by(
        &self,
        one: &AgencyStage,
        other: &AgencyStage,
        rules: Option<&str>,
    ) -> Result<(), StageError> {
        let file = text(&self.dir.join("accord"));
        let table = self.dir.join("rules.toml");
        let (mine, theirs) = (text(&one.authority_dir), text(&other.authority_dir));
        let with = text(&other.bundle);
        let mut new = vec!["accord", "new", "xa-xb", "--with", &with];
        for format in Catalogue::built_in().formats() {
            new.extend(["--format", &format.word]);
        }
        new.extend(["--ceiling", "tlp:amber", "--ceiling", "class:restricted"]);
        let table = match rules {
            Some(rules) => {
                fs::write(&table, rules).map_err(io("write a rule table"))?;
                Some(text(&table))
            }
            None => None,
        };
        new.extend(table.iter().flat_map(|table| ["--rules", table]));
        new.extend(["--out", &file, "--authority", &mine]);
        self.relay(&new)?;
        self.relay(&["accord", "sign", &file, "--authority", &mine])?;
        let with = text(&one.bundle);
        self.relay(&[
            "accord",
            "countersign",
            &file,
            "--with",
            &with,
            "--authority",
            &theirs,
        ])?;
        for agency in [one, other] {
            self.relay(&[
                "accord",
                "activate",
                &file,
                "--relay",
                &text(&agency.relay_dir),
            ])?;
        }
        Ok(())
    }

    /// Starts an agency's relay and waits until it listens.
    ///
    /// # Errors
    /// When it does not.
    pub fn serve(&self, agency: &mut AgencyStage) -> Result<(), StageError> {
        let ready = self.dir.join(format!("{}.ready", agency.agency));
        let _ = fs::remove_file(&ready);
        let log = self.log(&agency.agency)?;
        let mut child = command(&self.programs.relay)
            .arg("serve")
            .arg("--dir")
            .arg(&agency.relay_dir)
            .arg("--ready-file")
            .arg(&ready)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(io("start a relay"))?;
        let until = Instant::now() + PATIENCE;
        while !ready.exists() {
            let ended = matches!(child.try_wait(), Ok(Some(_)) | Err(_));
            if ended || Instant::now() > until {
                end(&mut child);
                return Err(StageError::NotReady(format!(
                    "the relay of {}",
                    agency.agency
                )));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        agency.serve = Some(child);
        Ok(())
    }

    /// Enrols a device at a desk; the fingerprint is compared as two people would.
    ///
    /// # Errors
    /// When a command fails.
    pub fn join(
        &self,
        agency: &AgencyStage,
        desk: &str,
        name: &str,
    ) -> Result<DeskStage, StageError> {
        let base = self.dir.join(&agency.agency).join(name);
        fs::create_dir_all(&base).map_err(io("make a folder"))?;
        let stage = DeskStage {
            desk: format!("{desk}.{}", agency.agency),
            home: base.join("account"),
            passphrase_file: base.join("passphrase"),
            daemon: None,
        };
        write_secret(&stage.passphrase_file, "correct horse battery staple")?;
        let (relay, authority) = (text(&agency.relay_dir), text(&agency.authority_dir));
        let invited = self.relay(&[
            "--json",
            "roster",
            "invite",
            desk,
            "--relay",
            &relay,
            "--authority",
            &authority,
        ])?;
        let invitation = field(&invited, "invitation")?;
        let joined = self.estafette(&stage, &["--json", "join", &invitation])?;
        let fingerprint = field(&joined, "fingerprint")?;
        self.relay(&[
            "roster",
            "approve",
            desk,
            "--fingerprint",
            &fingerprint,
            "--relay",
            &relay,
            "--authority",
            &authority,
        ])?;
        self.sign(agency)?;
        self.estafette(&stage, &["join", &invitation, "--wait"])?;
        Ok(stage)
    }

    /// Starts a desk's daemon.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn open(&self, desk: &mut DeskStage) -> Result<(), StageError> {
        let log = self.log(&desk.desk)?;
        let mut child = self.client(desk);
        child
            .arg("daemon")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        desk.daemon = Some(child.stderr(log).spawn().map_err(io("start a desk"))?);
        Ok(())
    }

    /// Runs a command of `estafette` for a desk and gives what it printed.
    ///
    /// # Errors
    /// When it fails.
    pub fn estafette(&self, desk: &DeskStage, args: &[&str]) -> Result<String, StageError> {
        run(self.client(desk).args(args))
    }

    /// Runs the demo's own word for a desk.
    ///
    /// # Errors
    /// When it fails.
    pub fn inject(&self, desk: &DeskStage, word: &str, args: &[&str]) -> Result<(), StageError> {
        let mut command = command(&self.programs.estafette);
        command.arg(word).args(args).arg("--home").arg(&desk.home);
        run(command.arg("--passphrase-file").arg(&desk.passphrase_file)).map(|_| ())
    }

    /// Gives an agency's relay another statement key than the one that its roster lists.
    ///
    /// # Errors
    /// When the key file cannot be replaced.
    pub fn swap_statement_key(&self, agency: &AgencyStage) -> Result<(), StageError> {
        let path = agency.relay_dir.join("relay.key");
        let text = fs::read_to_string(&path).map_err(io("read a key file"))?;
        let other = format!("statement = \"{}\"", "5".repeat(64));
        let swap = |line: &str| match line.starts_with("statement") {
            true => other.clone(),
            false => line.to_owned(),
        };
        let swapped: Vec<String> = text.lines().map(swap).collect();
        fs::write(&path, swapped.join("\n")).map_err(io("write a key file"))
    }

    /// Runs a command of `estafette-relay` and gives what it printed.
    ///
    /// # Errors
    /// When it fails.
    pub fn relay(&self, args: &[&str]) -> Result<String, StageError> {
        run(command(&self.programs.relay).args(args))
    }

    fn client(&self, desk: &DeskStage) -> Command {
        let mut command = command(&self.programs.estafette);
        command
            .arg("--home")
            .arg(&desk.home)
            .arg("--passphrase-file")
            .arg(&desk.passphrase_file);
        command
    }

    fn log(&self, name: &str) -> Result<fs::File, StageError> {
        let path = self.dir.join(format!("{name}.log"));
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        file.map_err(io("make a log"))
    }
}

impl AgencyStage {
    /// Kills the relay as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.serve.take() {
            end(&mut child);
        }
    }

    /// Process id of the relay, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.serve.as_ref().map(Child::id)
    }
}

impl DeskStage {
    /// Kills the daemon.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            end(&mut child);
        }
    }

    /// Process id of the daemon, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Child::id)
    }
}

impl Drop for AgencyStage {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Drop for DeskStage {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A string member of the last JSON line that was printed.
///
/// # Errors
/// When there is none.
pub fn field(printed: &str, name: &str) -> Result<String, StageError> {
    let lines = printed
        .lines()
        .rev()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let found = lines
        .into_iter()
        .find_map(|value| value.get(name)?.as_str().map(str::to_owned));
    found.ok_or_else(|| StageError::Command {
        command: format!("read {name}"),
        said: printed.to_owned(),
    })
}

fn command(program: &[OsString]) -> Command {
    let mut words = program.iter();
    let mut command = Command::new(words.next().cloned().unwrap_or_default());
    command.args(words);
    command
}

fn run(command: &mut Command) -> Result<String, StageError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(io("run a command"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let word = |word: &std::ffi::OsStr| {
        let word = word.to_string_lossy().into_owned();
        // An invitation admits whoever holds it.
        if word.starts_with("est1") {
            "INVITATION".to_owned()
        } else {
            word
        }
    };
    let words: Vec<String> = command.get_args().map(word).collect();
    // With --json a command says on stdout why it failed.
    let said = [&output.stderr, &output.stdout].map(|said| String::from_utf8_lossy(said));
    let said = said
        .iter()
        .map(|said| said.trim())
        .find(|said| !said.is_empty());
    let said = said.unwrap_or_default().to_owned();
    Err(StageError::Command {
        command: words.join(" "),
        said,
    })
}

/// Ends a child that we started and collects it.
fn end(child: &mut Child) {
    // It may have ended by itself; either way there is nothing left to do.
    let _ = child.kill();
    let _ = child.wait();
}

fn write_secret(path: &Path, secret: &str) -> Result<(), StageError> {
    use std::io::Write;
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = file.map_err(io("write a passphrase"))?;
    file.write_all(secret.as_bytes())
        .map_err(io("write a passphrase"))
}

fn free_port() -> Result<u16, StageError> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).map_err(io("find a free loopback port"))?;
    Ok(socket
        .local_addr()
        .map_err(io("find a free loopback port"))?
        .port())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn io(action: &str) -> impl FnOnce(std::io::Error) -> StageError {
    let action = action.to_owned();
    move |source| StageError::Io { action, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_command_is_told_with_its_reason_and_without_the_invitation() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo reason; exit 1", "est1secret"]);
        let told = run(&mut command).unwrap_err().to_string();
        assert_eq!(told, "`-c echo reason; exit 1 INVITATION` failed: reason");
    }
}
