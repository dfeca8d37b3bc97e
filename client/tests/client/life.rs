//! Keys change and devices leave while real processes send each other mail.

use crate::program::ended;
use estafette_client::demo::{AgencyStage, DeskStage, Programs, RELAY_WORD, Stage};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const BORDER: &str = "duty@ops.border.xb";

struct World {
    _folder: tempfile::TempDir,
    stage: Stage,
    _police: AgencyStage,
    border: AgencyStage,
    officer: DeskStage,
    colleague: DeskStage,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = OsString::from(env!("CARGO_BIN_EXE_estafette"));
        let programs = Programs {
            estafette: vec![program.clone()],
            relay: vec![program, RELAY_WORD.into()],
        };
        let stage = Stage::new(folder.path().to_owned(), programs);
        let mut police = stage.agency("police.xa", "spoc", &["duty"]).unwrap();
        let mut border = stage.agency("border.xb", "ops", &["duty"]).unwrap();
        stage.accord(&police, &border).unwrap();
        stage.serve(&mut police).unwrap();
        stage.serve(&mut border).unwrap();
        let officer = stage.join(&police, "duty@spoc", "officer").unwrap();
        let mut colleague = stage.join(&border, "duty@ops", "colleague").unwrap();
        stage.open(&mut colleague).unwrap();
        Self {
            _folder: folder,
            stage,
            _police: police,
            border,
            officer,
            colleague,
        }
    }

    /// The authority of the border, as its administrator uses it.
    fn authority(&self, args: &[&str]) {
        let authority = text(&self.border.authority_dir);
        let args = [args, &["--authority", authority]].concat();
        self.stage.relay(&args).unwrap();
    }

    /// A flag that arrives, as its signed receipts say.
    fn mail(&self, text: &str) {
        until("the colleague's keys", || {
            run(&self.officer, &["sync"]).status.success()
                && run(&self.officer, &["note", "?", "--to", BORDER, "--dry-run"])
                    .status
                    .success()
        });
        let flag = ["flag", text, "--to", BORDER, "--type", "pursuit"];
        let sent = ended(&run(
            &self.officer,
            &[&flag[..], &["--wait", "delivered"]].concat(),
        ));
        assert_eq!(sent.0, 0, "{text}: {}{}", sent.1, sent.2);
        self.reads(text);
    }

    fn reads(&self, text: &str) {
        until(text, || {
            let found = json(&self.colleague, &["search", text, "--json"]);
            found.iter().any(|line| line["id"].is_u64())
        });
    }

    fn devices(&self) -> Vec<Value> {
        json(&self.colleague, &["device", "list", "--json"])
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn run(desk: &DeskStage, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_estafette"));
    command.env("LANG", "C.UTF-8").arg("--home").arg(&desk.home);
    command.arg("--passphrase-file").arg(&desk.passphrase_file);
    command.args(args).output().unwrap()
}

fn json(desk: &DeskStage, args: &[&str]) -> Vec<Value> {
    let out = ended(&run(desk, args)).1;
    let lines = out.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Waits until `holds`, looking again and again: what is waited for is another process's work.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(90);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn rotate_device(world: &World) {
    let asked = json(&world.colleague, &["device", "rotate", "--json"]);
    assert_eq!(asked[0]["state"], "pending");
    assert_eq!(world.devices()[0]["state"], "rotating");
    let fingerprint = asked[0]["fingerprint"].as_str().unwrap();
    let relay = text(&world.border.relay_dir);
    let approve = ["roster", "approve", "duty@ops", "--relay", relay];
    world.authority(&[&approve[..], &["--fingerprint", fingerprint]].concat());
    world.stage.sign(&world.border).unwrap();
    until("the new keys", || {
        let devices = world.devices();
        let is = |at: usize, key: &str, state: &str| {
            devices[at]["device"] == asked[0][key] && devices[at]["state"] == state
        };
        devices.len() == 2 && is(0, "new", "current") && is(1, "old", "revoked")
    });
}

fn rotate_relay(world: &mut World) {
    let relay = text(&world.border.relay_dir).to_owned();
    world.colleague.kill();
    world.stage.relay(&["rotate", "--dir", &relay]).unwrap();
    world.authority(&["roster", "add-relay", "--relay", &relay]);
    world.stage.sign(&world.border).unwrap();
    let listed = || world.stage.relay(&["status", "--json", "--dir", &relay]);
    assert!(listed().unwrap().contains("\"listed\":false"));
    world.stage.relay(&["stop", "--dir", &relay]).unwrap();
    // In good order: everybody is told before it is gone.
    let socket = world.border.relay_dir.join("admin.sock");
    until("the end of the relay", || !socket.exists());
    world.border.kill();
    world.stage.serve(&mut world.border).unwrap();
    assert!(listed_now(world, &relay));
    // The courier was away meanwhile and knows but the old key of its relay.
    world.stage.open(&mut world.colleague).unwrap();
}

fn listed_now(world: &World, relay: &str) -> bool {
    let status = world.stage.relay(&["status", "--json", "--dir", relay]);
    status.unwrap().contains("\"listed\":true")
}

fn suspend(world: &World) {
    let phone = world
        .stage
        .join(&world.border, "duty@ops", "phone")
        .unwrap();
    let mut key = String::new();
    until("the second device", || {
        let devices = world.devices();
        let mut others = devices
            .iter()
            .filter(|d| d["state"] == "current" && d["this"] == false);
        key = others
            .next()
            .map_or_else(String::new, |d| d["device"].as_str().unwrap().into());
        !key.is_empty()
    });
    assert!(run(&phone, &["sync"]).status.success());
    let suspend = ["device", "suspend", &key[..8], "--reason", "stolen"];
    let asked = ended(&run(
        &world.colleague,
        &[&suspend[..], &["--no-input"]].concat(),
    ));
    assert_eq!(asked.0, 3, "{}", asked.2);
    assert!(asked.2.contains("Nothing was suspended."), "{}", asked.2);
    let done = ended(&run(
        &world.colleague,
        &[&suspend[..], &["--confirm"]].concat(),
    ));
    assert_eq!(done.0, 0, "{}", done.2);
    assert!(
        done.2.contains("suspended, in force at your relay until"),
        "{}",
        done.2
    );
    let devices = world.devices();
    let out = devices
        .iter()
        .find(|d| d["device"] == key.as_str())
        .unwrap();
    assert_eq!(
        (&out["state"], &out["reason"]),
        (&"suspended".into(), &"stolen".into())
    );
    let refused = ended(&run(&phone, &["sync"]));
    assert_eq!(refused.0, 5, "{}", refused.2);
    assert!(refused.2.contains("revoked or suspended"), "{}", refused.2);
}

#[test]
fn mail_flows_and_stays_readable_while_every_key_is_changed() {
    let mut world = World::new();
    let folder = world.border.authority_dir.parent().unwrap().to_owned();
    let (root, new_root) = (folder.join("ROOT.key"), folder.join("ROOT-2.key"));
    world.mail("with first keys");
    rotate_device(&world);
    world.mail("with new device keys");
    rotate_relay(&mut world);
    world.mail("with new relay keys");
    world.authority(&["roster", "rotate-keys", "--root-key", text(&root)]);
    world.mail("with new roster keys");
    let with = ["--root-key", text(&root), "--new-root-key", text(&new_root)];
    world.authority(&[&["roster", "rotate-root"], &with[..]].concat());
    world.mail("with new root keys");
    let authority = text(&world.border.authority_dir);
    let keys = [
        "roster",
        "rotate-keys",
        "--authority",
        authority,
        "--root-key",
    ];
    let old = world.stage.relay(&[&keys[..], &[text(&root)]].concat());
    assert!(old.is_err());
    world.authority(&[
        "roster",
        "rotate-keys",
        "--roster",
        "--root-key",
        text(&new_root),
    ]);
    world.mail("under the new root");
    world.reads("with first keys");
    suspend(&world);
    world.mail("to who is left");
}
