//! Two agencies with their relays: an officer at police.xa, a colleague at border.xb, and further
//! desks there that nobody sits at.

use crate::transcript::Transcript;
use estafette_client::demo::{AgencyStage, DeskStage, Programs, RELAY_WORD, Stage, field};
use jiff::{Timestamp, ToSpan as _};
use serde_json::Value;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_estafette");
pub const BORDER: &str = "duty@ops.border.xb";
pub const OFFICER: &str = "duty@spoc.police.xa";
/// The deputy of that desk, where there are chains.
pub const NIGHT: &str = "night@ops.border.xb";
pub const PATROL: &str = "patrol@north.police.xa";
/// Six desks.
pub const MANY: &str = "duty@ops.border.xb,east@ops.border.xb,north@ops.border.xb,\
                        port@ops.border.xb,rail@ops.border.xb,west@ops.border.xb";
const FORMATS: [&str; 7] = [
    "flag",
    "alert",
    "briefing",
    "request",
    "answer",
    "note",
    "withdrawal",
];

pub struct World {
    folder: tempfile::TempDir,
    _relays: [AgencyStage; 2],
    pub officer: DeskStage,
    pub colleague: DeskStage,
    /// Below the officer's unit; where the accord has rules.
    pub patrol: Option<DeskStage>,
    /// The deputy of the colleague's desk; where there are chains.
    pub night: Option<DeskStage>,
    definitions: Option<PathBuf>,
}

impl World {
    /// With definitions, the agencies agree on their formats as well.
    pub fn new(definitions: Option<(&Path, &str)>) -> Self {
        Self::with(definitions, None)
    }

    /// With rules in the accord, and a patrol below the officer's unit.
    pub fn ruled(rules: &str) -> Self {
        Self::with(None, Some(rules))
    }

    /// With rules that lead from the colleague's desk to its deputy.
    pub fn chained(rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = OsString::from(PROGRAM);
        let programs = Programs {
            estafette: vec![program.clone()],
            relay: vec![program, RELAY_WORD.into()],
        };
        let stage = Stage::new(folder.path().to_owned(), programs);
        let mut police = stage.agency("police.xa", "spoc", &["duty"]).unwrap();
        let mut border = stage
            .agency("border.xb", "ops", &["duty", "night"])
            .unwrap();
        stage.deputy(&border, "duty@ops", "night@ops").unwrap();
        let agreed = (None, Some(rules));
        accord(&stage, (&police, &border), folder.path(), agreed);
        stage.serve(&mut police).unwrap();
        stage.serve(&mut border).unwrap();
        let officer = stage.join(&police, "duty@spoc", "officer").unwrap();
        let colleague = stage.join(&border, "duty@ops", "colleague").unwrap();
        let night = stage.join(&border, "night@ops", "night").unwrap();
        let world = Self {
            folder,
            patrol: None,
            night: Some(night),
            _relays: [police, border],
            officer,
            colleague,
            definitions: None,
        };
        let night = world.night.as_ref().unwrap();
        let readers = [
            (&world.officer, BORDER),
            (&world.officer, NIGHT),
            (&world.colleague, OFFICER),
            (&world.colleague, NIGHT),
            (night, BORDER),
        ];
        for (desk, other) in readers {
            until("the keys of the other desk", || {
                world.run(desk, &["sync"], None);
                let probe = ["note", "probe", "--to", other, "--dry-run"];
                world.run(desk, &probe, None).status.success()
            });
        }
        world
    }

    fn with(definitions: Option<(&Path, &str)>, rules: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = OsString::from(PROGRAM);
        let programs = Programs {
            estafette: vec![program.clone()],
            relay: vec![program, RELAY_WORD.into()],
        };
        let stage = Stage::new(folder.path().to_owned(), programs);
        let desks = ["duty", "east", "north", "port", "rail", "west"];
        let mut police = stage.agency("police.xa", "spoc", &["duty"]).unwrap();
        let mut border = stage.agency("border.xb", "ops", &desks).unwrap();
        if let Some((definitions, _)) = definitions {
            for (agency, desk) in [(&police, "duty@spoc"), (&border, "duty@ops")] {
                let authority = agency.authority_dir.to_str().unwrap();
                let definitions = definitions.to_str().unwrap();
                let args = ["roster", "add-desk", desk, "--authority", authority];
                let more = ["--definitions", definitions];
                stage.relay(&[&args[..], &more].concat()).unwrap();
                stage.sign(agency).unwrap();
            }
        }
        if rules.is_some() {
            let unit = ("north", "spoc");
            stage.unit_below(&police, unit, "patrol@north").unwrap();
        }
        let all = desks.map(|desk| format!("{desk}@ops"));
        let id = exercise(&stage, &police, &["duty@spoc".to_owned()], None);
        exercise(&stage, &border, &all, Some(&id));
        let agreed = (definitions, rules);
        accord(&stage, (&police, &border), folder.path(), agreed);
        stage.serve(&mut police).unwrap();
        stage.serve(&mut border).unwrap();
        let officer = stage.join(&police, "duty@spoc", "officer").unwrap();
        let colleague = stage.join(&border, "duty@ops", "colleague").unwrap();
        let patrol = rules.map(|_| stage.join(&police, "patrol@north", "patrol").unwrap());
        let world = Self {
            folder,
            patrol,
            night: None,
            _relays: [police, border],
            officer,
            colleague,
            definitions: definitions.map(|(path, _)| path.to_owned()),
        };
        let patrol = world.patrol.iter().flat_map(|patrol| {
            let readers = [BORDER, "duty@spoc.police.xa"];
            let theirs = [(&world.officer, PATROL), (&world.colleague, PATROL)];
            readers
                .map(|desk| (patrol, desk))
                .into_iter()
                .chain(theirs.into_iter().take(1))
        });
        let desks = [
            (&world.officer, BORDER),
            (&world.colleague, "duty@spoc.police.xa"),
        ];
        for (desk, other) in desks.into_iter().chain(patrol) {
            until("the keys of the other desk", || {
                world.run(desk, &["sync"], None);
                let probe = ["ask", "probe", "--purpose", "investigation", "--to", other];
                let probe = [&probe[..], &["--dry-run"]].concat();
                world.run(desk, &probe, None).status.success()
            });
        }
        world
    }

    /// Runs a command and writes down what it said.
    pub fn officer(&self, transcript: &mut Transcript, args: &[&str]) -> Output {
        let output = self.run(&self.officer, args, None);
        transcript.add("officer", args, None, &output);
        self.settle(&output);
        output
    }

    /// The same with standard input.
    pub fn officer_with(&self, transcript: &mut Transcript, args: &[&str], input: &str) -> Output {
        let output = self.run(&self.officer, args, Some(input));
        transcript.add("officer", args, Some(input), &output);
        self.settle(&output);
        output
    }

    pub fn colleague(&self, transcript: &mut Transcript, args: &[&str]) -> Output {
        let output = self.run(&self.colleague, args, None);
        transcript.add("colleague", args, None, &output);
        output
    }

    pub fn patrol(&self, transcript: &mut Transcript, args: &[&str]) -> Output {
        let output = self.run(self.patrol.as_ref().unwrap(), args, None);
        transcript.add("patrol", args, None, &output);
        output
    }

    pub fn night(&self, transcript: &mut Transcript, args: &[&str]) -> Output {
        let output = self.run(self.night.as_ref().unwrap(), args, None);
        transcript.add("night", args, None, &output);
        output
    }

    pub fn run(&self, desk: &DeskStage, args: &[&str], input: Option<&str>) -> Output {
        let mut command = Command::new(PROGRAM);
        command
            .env("LANG", "C.UTF-8")
            .env("TZ", "Asia/Kolkata")
            .env_remove("VISUAL")
            .env("EDITOR", self.folder.path().join("editor"))
            .args(["--no-daemon", "--home"])
            .arg(&desk.home)
            .arg("--passphrase-file")
            .arg(&desk.passphrase_file);
        if let Some(definitions) = &self.definitions {
            command.env("ESTAFETTE_DEFINITIONS", definitions);
        }
        command.args(args).stdin(Stdio::piped());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may have ended.
        let _ = child
            .stdin
            .take()
            .unwrap()
            .write_all(input.unwrap_or_default().as_bytes());
        child.wait_with_output().unwrap()
    }

    /// Waits until a desk has a message whose list line holds a text; gives its small id.
    pub fn arrived(&self, desk: &DeskStage, text: &str) -> String {
        let mut id = None;
        until(text, || {
            self.run(desk, &["sync"], None);
            let listed = self.run(desk, &["list", "--json"], None);
            let listed = String::from_utf8(listed.stdout).unwrap();
            let line = listed.lines().find(|line| line.contains(text));
            let line: Option<Value> = line.map(|line| serde_json::from_str(line).unwrap());
            id = line.map(|line| line["id"].to_string());
            id.is_some()
        });
        id.unwrap()
    }

    /// Waits until a message has got so far.
    pub fn reaches(&self, desk: &DeskStage, id: &str, rung: &str) {
        until(rung, || {
            self.run(desk, &["sync"], None);
            let track = self.run(desk, &["track", id, "--json"], None);
            let line = String::from_utf8(track.stdout).unwrap();
            let wanted = format!("\"rung\":\"{rung}\"");
            line.lines()
                .next()
                .is_some_and(|line| line.contains(&wanted))
        });
    }

    /// Waits, where a command has sent something, until the colleague has it: small ids follow the
    /// order of arrival, and what goes on two lanes has none.
    fn settle(&self, output: &Output) {
        if !String::from_utf8_lossy(&output.stderr).contains("receipt verified") {
            return;
        }
        until("the arrival of what was sent", || {
            self.run(&self.colleague, &["sync"], None);
            let came = self.listed(&self.colleague);
            let is_there = |sent: &Value| came.iter().any(|m| m["digest"] == sent["digest"]);
            let mut sent = self.listed(&self.officer).into_iter().filter(|message| {
                let to = message["to"].as_array().unwrap();
                let is_held = !message["not_before"].is_null();
                message["direction"] == "sent" && !is_held && to.iter().any(|desk| desk == BORDER)
            });
            sent.all(|message| is_there(&message))
        });
    }

    fn listed(&self, desk: &DeskStage) -> Vec<Value> {
        let listed = self.run(desk, &["list", "--json"], None);
        let listed = String::from_utf8(listed.stdout).unwrap();
        let lines = listed.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// The form of a message, for programs.
    pub fn form(&self, desk: &DeskStage, id: &str) -> Value {
        let shown = self.run(desk, &["show", id, "--json"], None);
        let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
        shown["form"].clone()
    }

    /// Makes the editor a shell script that is given the file.
    pub fn set_editor(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder.path().join("editor");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    }
}

/// Registers the exercise Orion at an agency; gives its id.
fn exercise(stage: &Stage, agency: &AgencyStage, desks: &[String], id: Option<&str>) -> String {
    let (from, until) = (Timestamp::now() - 1.hour(), Timestamp::now() + 24.hours());
    let time = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (from, until) = (time(from), time(until));
    let authority = agency.authority_dir.to_str().unwrap();
    let mut args = vec!["--json", "roster", "add-exercise", "Orion"];
    args.extend(["--from", &from, "--until", &until, "--authority", authority]);
    args.extend(desks.iter().flat_map(|desk| ["--desk", desk]));
    args.extend(id.iter().flat_map(|id| ["--id", id]));
    let printed = stage.relay(&args).unwrap();
    stage.sign(agency).unwrap();
    field(&printed, "id").unwrap()
}

fn accord(
    stage: &Stage,
    (one, other): (&AgencyStage, &AgencyStage),
    folder: &Path,
    (definitions, rules): (Option<(&Path, &str)>, Option<&str>),
) {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let file = text(&folder.join("all.accord"));
    let (mine, theirs) = (text(&one.authority_dir), text(&other.authority_dir));
    let (my_bundle, their_bundle) = (text(&one.bundle), text(&other.bundle));
    let mut args = vec!["accord", "new", "xa-xb", "--with", &their_bundle];
    let further = definitions.map(|(_, format)| format);
    for format in FORMATS.into_iter().chain(further) {
        args.extend(["--format", format]);
    }
    let table = folder.join("rules.toml");
    std::fs::write(&table, rules.unwrap_or_default()).unwrap();
    let table = text(&table);
    args.extend(rules.iter().flat_map(|_| ["--rules", &table]));
    // A ceiling that what is refused for its own sake does not reach.
    args.extend(rules.iter().flat_map(|_| ["--ceiling", "handling:h2"]));
    args.extend([
        "--ceiling",
        "tlp:amber",
        "--out",
        &file,
        "--authority",
        &mine,
    ]);
    let folder = definitions.map(|(path, _)| text(path));
    args.extend(
        folder
            .as_deref()
            .into_iter()
            .flat_map(|f| ["--definitions", f]),
    );
    stage.relay(&args).unwrap();
    stage
        .relay(&["accord", "sign", &file, "--authority", &mine])
        .unwrap();
    let args = [
        "accord",
        "countersign",
        &file,
        "--with",
        &my_bundle,
        "--authority",
        &theirs,
    ];
    stage.relay(&args).unwrap();
    for agency in [one, other] {
        let relay = text(&agency.relay_dir);
        stage
            .relay(&["accord", "activate", &file, "--relay", &relay])
            .unwrap();
    }
}

/// Waits until `holds`, looking again and again: what is waited for is another process's work.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}
