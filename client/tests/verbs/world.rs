//! Two agencies with their relays: an officer at police.xa, a colleague at border.xb, and further
//! desks there that nobody sits at.

use crate::transcript::Transcript;
use estafette_client::demo::{AgencyStage, DeskStage, Programs, RELAY_WORD, Stage};
use serde_json::Value;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_estafette");
pub const BORDER: &str = "duty@ops.border.xb";
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
    definitions: Option<PathBuf>,
}

impl World {
    /// With definitions, the agencies agree on their formats as well.
    pub fn new(definitions: Option<(&Path, &str)>) -> Self {
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
        accord(&stage, (&police, &border), folder.path(), definitions);
        stage.serve(&mut police).unwrap();
        stage.serve(&mut border).unwrap();
        let officer = stage.join(&police, "duty@spoc", "officer").unwrap();
        let colleague = stage.join(&border, "duty@ops", "colleague").unwrap();
        let world = Self {
            folder,
            _relays: [police, border],
            officer,
            colleague,
            definitions: definitions.map(|(path, _)| path.to_owned()),
        };
        for (desk, other) in [
            (&world.officer, BORDER),
            (&world.colleague, "duty@spoc.police.xa"),
        ] {
            until("the keys of the other desk", || {
                world.run(desk, &["sync"], None);
                let probe = ["note", "probe", "--to", other, "--dry-run"];
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

fn accord(
    stage: &Stage,
    (one, other): (&AgencyStage, &AgencyStage),
    folder: &Path,
    definitions: Option<(&Path, &str)>,
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
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}
