//! Commands that need no relay: what they say, and how they end.

use crate::program::{ended, estafette};
use estafette_client::account::Account;
use estafette_client::key_file::{Contents, Cost, SecretBytes};
use estafette_client::prekeys;
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::testing::World;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

const CHEAP: Cost = Cost {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
};

pub struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    /// An account of police.xa that its relay has told everything, and no relay anywhere.
    pub fn new(enrolled: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = estafette_client::clock::now();
        let mut world = World::new("command line", now).unwrap();
        let device = world.police.devices[0].clone();
        let contents = Contents {
            agency: world.police.agency.clone(),
            root: world.police.root,
            desk: device.desk.clone(),
            relay_addresses: vec![],
            relay_key: FixedBytes(world.police.relay_hop.hop_public()),
            signing: SecretBytes::from(&device.key.to_seed()),
            hop: SecretBytes::from(&device.hop),
            storage: SecretBytes::new([5; 32]),
            invitation: None,
            prekeys: vec![],
        };
        let home = folder.path().join("account");
        let mut account = Account::create(&home, contents, b"copper lantern", CHEAP).unwrap();
        if enrolled {
            // The world's own bundle of this device has no secrets here; ours is later.
            for object in world.objects(&world.police.clone()) {
                let _ = account.apply(object, now).unwrap();
            }
            prekeys::maintain(&mut account, now.plus(1), &mut world.rng).unwrap();
        }
        let passphrase = folder.path().join("passphrase");
        fs::write(&passphrase, "copper lantern\n").unwrap();
        fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();
        Self { folder }
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("account")
    }

    pub fn run(&self, args: &[&str]) -> (i32, String, String) {
        ended(&self.command(args).output().unwrap())
    }

    /// A command of this desk that is yet to be run.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = estafette(&self.home());
        command.arg("--no-daemon");
        command
            .arg("--passphrase-file")
            .arg(self.folder.path().join("passphrase"));
        command.args(args);
        command
    }
}

pub const DUTY: &str = "duty@ops.border.xb";

#[test]
fn nothing_is_there_before_joining() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("none");
    for args in [&[][..], &["list"], &["flag", "x", "--to", DUTY]] {
        let (code, out, err) = ended(&estafette(&home).args(args).output().unwrap());
        assert_eq!((code, out.as_str()), (4, ""), "{err}");
        assert!(err.starts_with("error[no-account]: "), "{err}");
        assert!(err.ends_with("→ estafette join INVITATION\n"), "{err}");
        assert_eq!(err.lines().count(), 3);
    }
    assert!(!home.exists());
}

#[test]
fn garbage_is_no_invitation_and_makes_no_account() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("none");
    for garbage in ["garbage", "est1", "est1aaaaaaaaaaaaaaaa", "est1\u{202e}"] {
        let output = estafette(&home).args(["join", garbage]).output().unwrap();
        let (code, _, err) = ended(&output);
        assert_eq!(code, 2, "{err}");
        assert!(err.starts_with("error[invitation]: "), "{err}");
    }
    assert!(!home.exists());
}

#[test]
fn empty_board_says_what_to_do_next_and_ends_well() {
    let desk = Desk::new(true);
    let (code, out, err) = desk.run(&[]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.starts_with("duty@spoc.police.xa   "), "{out}");
    assert!(out.contains("Nothing needs you, nothing is outstanding.\n→ estafette flag"));
    let (code, out, _) = desk.run(&["--json"]);
    let board: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert_eq!(board["v"], 1);
    assert_eq!(board["type"], "board");
    assert_eq!(board["needs_you"], 0);
    assert_eq!(desk.run(&["list"]), (0, String::new(), "Nothing.\n".into()));
}

#[test]
fn ascii_is_ascii() {
    let desk = Desk::new(true);
    for args in [
        &["--ascii"][..],
        &["list", "--ascii"],
        &["show", "9", "--ascii"],
    ] {
        let (_, out, err) = desk.run(args);
        assert!(out.is_ascii() && err.is_ascii(), "{out}{err}");
    }
}

#[test]
fn unknown_and_malformed_ids_have_a_code_of_their_own() {
    let desk = Desk::new(true);
    for verb in ["show", "track", "ack"] {
        for id in ["1", "abcdef", "-1x", "\u{1b}[31m"] {
            let (code, out, err) = desk.run(&[verb, "--", id]);
            assert_eq!((code, out.as_str()), (11, ""), "{verb} {id}: {err}");
            assert!(!err.contains('\u{1b}'));
        }
    }
    let (code, out, _) = desk.run(&["track", "7", "--json"]);
    let error: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (code, &error["exit"], &error["type"]),
        (11, &11.into(), &"error".into())
    );
}

#[test]
fn wrong_passphrase_and_open_files_are_told_apart() {
    let desk = Desk::new(true);
    fs::write(desk.folder.path().join("passphrase"), "wrong\n").unwrap();
    let (code, _, err) = desk.run(&["list"]);
    assert_eq!(code, 4);
    assert!(err.starts_with("error[passphrase-wrong]: "), "{err}");
    let key = desk.home().join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, err) = desk.run(&["list"]);
    assert_eq!(code, 4);
    let chmod = format!("→ chmod 600 {}\n", key.display());
    assert!(err.ends_with(&chmod), "{err}");
    let without = ended(&estafette(&desk.home()).arg("list").output().unwrap());
    assert_eq!(without.0, 3, "{}", without.2);
}

#[test]
fn dry_run_names_recipients_and_sends_nothing() {
    let desk = Desk::new(true);
    let (code, out, err) = desk.run(&["flag", "x", "--to", DUTY, "--dry-run", "--utc"]);
    assert_eq!((code, err.as_str()), (0, "Nothing was sent.\n"));
    assert!(
        out.starts_with("action   duty@ops.border.xb  (2 devices)\n"),
        "{out}"
    );
    assert!(out.contains("accord   xa-xb\n"), "{out}");
    assert_eq!(desk.run(&["outbox"]).2, "The outbox is empty.\n");
}

#[test]
fn what_the_relay_would_refuse_is_refused_here_with_its_clause() {
    let desk = Desk::new(true);
    let cases: [(&[&str], &str, &str); 4] = [
        (
            &["--to", "dutty@ops.border.xb"],
            "desk-unknown",
            "Did you mean duty@ops.border.xb?",
        ),
        (&["--to", "duty@hq.customs.xc"], "desk-unknown", "ADM-12"),
        (
            &["--to", DUTY, "--marking", "tlp:red"],
            "marking-above-ceiling",
            "ADM-15",
        ),
        (
            &[
                "--to",
                DUTY,
                "--expires",
                "30d",
                "--marking",
                "class:secret",
            ],
            "marking-above-ceiling",
            "ADM-15",
        ),
    ];
    for (args, word, says) in cases {
        for dry in [&["--dry-run"][..], &[]] {
            let all = [&["flag", "x"], args, dry].concat();
            let (code, out, err) = desk.run(&all);
            assert_eq!((code, out.as_str()), (7, ""), "{err}");
            assert!(err.starts_with(&format!("error[{word}]: ")), "{err}");
            assert!(err.contains(says), "{err}");
        }
    }
    assert_eq!(desk.run(&["outbox"]).2, "The outbox is empty.\n");
}

#[test]
fn usage_errors_have_code_2() {
    let desk = Desk::new(true);
    let long = "x".repeat(281);
    let cases: [&[&str]; 7] = [
        &["flag", "x"],
        &["flag", "x", "--to", "nobody"],
        &["flag", "x", "--to", DUTY, "--type", "party"],
        &["flag", "x", "--to", DUTY, "--ack-by", "soon"],
        &["flag", &long, "--to", DUTY],
        &["note", "--to", DUTY],
        &["flag", "x", "--to", "duty@spoc.police.xa"],
    ];
    for args in cases {
        let (code, _, err) = desk.run(args);
        assert_eq!(code, 2, "{args:?}: {err}");
    }
}

#[test]
fn device_that_is_not_enrolled_sends_nothing() {
    let desk = Desk::new(false);
    let (code, _, err) = desk.run(&["flag", "x", "--to", DUTY]);
    assert_eq!(code, 4);
    assert!(err.starts_with("error[not-enrolled]: "), "{err}");
    let (code, out, _) = desk.run(&[]);
    assert_eq!(code, 0);
    assert!(out.contains("waits to be signed into the roster"), "{out}");
}

/// "Sent" never looks like "delivered": what has not left says so, and ends well.
#[test]
fn flag_without_a_relay_is_queued_and_can_be_taken_back_or_not() {
    let desk = Desk::new(true);
    let (code, out, err) = desk.run(&["flag", "queued canary", "--to", DUTY]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    let line = "✓ 1 queued – relay unreachable, goes out with the next command (exit 0).  \
                Watch it:  estafette track 1   Phone instead:  estafette show 1 --phone\n";
    assert_eq!(err, line);
    let (_, out, _) = desk.run(&["track", "1", "--json"]);
    let track: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&track["rung"], &track["desk"]),
        (&"queued".into(), &DUTY.into())
    );
    let (code, out, _) = desk.run(&["show", "1", "--raw"]);
    assert_eq!((code, out.as_str()), (0, "queued canary"));
    let (code, _, err) = desk.run(&["outbox", "cancel", "1"]);
    assert_eq!(
        (code, err.as_str()),
        (0, "✓ 1 cancelled, nothing was sent.\n")
    );
    assert_eq!(desk.run(&["outbox", "cancel", "1"]).0, 1);
    let (code, _, err) = desk.run(&[
        "flag",
        "x",
        "--to",
        DUTY,
        "--wait",
        "accepted",
        "--timeout",
        "1s",
    ]);
    assert_eq!(code, 6, "{err}");
    assert_eq!(desk.run(&["sync"]).0, 6);
}
