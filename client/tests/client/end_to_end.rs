//! Both programs together, as real processes on loopback: two agencies, two desks.

use crate::program::ended;
use estafette_client::demo::{AgencyStage, DeskStage, Programs, RELAY_WORD, Stage};
use serde_json::Value;
use std::ffi::OsString;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const POLICE: &str = "duty@spoc.police.xa";
const BORDER: &str = "duty@ops.border.xb";

struct World {
    _folder: tempfile::TempDir,
    stage: Stage,
    police: AgencyStage,
    border: AgencyStage,
    officer: DeskStage,
    colleague: DeskStage,
}

fn world() -> World {
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
    // One desk has a resident courier, the other connects for each command.
    stage.open(&mut colleague).unwrap();
    World {
        _folder: folder,
        stage,
        police,
        border,
        officer,
        colleague,
    }
}

fn run(desk: &DeskStage, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_estafette"));
    command.env("LANG", "C.UTF-8").arg("--home").arg(&desk.home);
    command.arg("--passphrase-file").arg(&desk.passphrase_file);
    command.args(args).output().unwrap()
}

fn code(desk: &DeskStage, args: &[&str]) -> i32 {
    let (code, out, err) = ended(&run(desk, args));
    assert!(code >= 0, "{args:?}: {out}{err}");
    code
}

fn rung(desk: &DeskStage, id: &str) -> String {
    let out = ended(&run(desk, &["track", id, "--json"])).1;
    let track: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    track["rung"].as_str().unwrap().to_owned()
}

/// Waits until `holds`, looking again and again: what is waited for is another process's work.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(90);
    while !holds() {
        assert!(Instant::now() < end, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn flag_is_acknowledged_and_answered_across_a_border_and_an_outage() {
    let mut world = world();
    // The officer has the colleague's keys once both relays have passed them on.
    until("the colleague's keys", || {
        code(&world.officer, &["sync"]);
        code(
            &world.officer,
            &["note", "probe", "--to", BORDER, "--dry-run"],
        ) == 0
    });
    let text = "Grey van northbound";
    let flag = [
        "flag", text, "--to", BORDER, "--type", "pursuit", "--wait", "relayed",
    ];
    assert_eq!(code(&world.officer, &flag), 0);
    assert_eq!(rung(&world.officer, "1"), "relayed");

    until("the flag, readable", || {
        run(&world.colleague, &["show", "1", "--raw"]).stdout == text.as_bytes()
    });
    assert_eq!(code(&world.colleague, &["sync"]), 0);
    assert_eq!(code(&world.colleague, &["show", "1", "--verify"]), 0);
    let ack = ["ack", "1", "--eta", "45m", "--officer", "Insp. Ahl"];
    assert_eq!(code(&world.colleague, &ack), 0);
    assert_eq!(code(&world.colleague, &["ack", "1"]), 0);
    until("the acknowledgement", || {
        code(&world.officer, &["sync"]);
        rung(&world.officer, "1") == "acknowledged"
    });
    let track = ended(&run(&world.officer, &["track", "1"])).1;
    // However wide the terminal is.
    let track = track.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        track.contains("by Insp. Ahl") && track.contains("✓ verified"),
        "{track}"
    );

    // A text that would like to move the cursor arrives byte for byte, and is shown tamed.
    let nasty = "one\u{1b}[2J\r\u{202e}two\nthree \u{fffd} مطاردة\t.";
    let note = [
        "note",
        nasty,
        "--to",
        POLICE,
        "--reply-to",
        "1",
        "--wait",
        "relayed",
    ];
    assert_eq!(code(&world.colleague, &note), 0);
    until("the answer", || {
        code(&world.officer, &["sync"]);
        rung(&world.officer, "1") == "answered"
    });
    assert_eq!(
        run(&world.officer, &["show", "2", "--raw"]).stdout,
        nasty.as_bytes()
    );
    let shown = ended(&run(&world.officer, &["show", "2"])).1;
    assert!(
        shown.contains("  │ one<U+001B>[2J<U+000D><U+202E>two\n  │ three"),
        "{shown}"
    );

    // A script learns from the number alone that nobody took it on in time.
    let silent = [
        "flag",
        "x",
        "--to",
        BORDER,
        "--ack-by",
        "1s",
        "--wait",
        "acknowledged",
    ];
    assert_eq!(code(&world.officer, &silent), 9);

    outage(&mut world);
}

/// What is sent while the own relay is down leaves by itself when it is back.
fn outage(world: &mut World) {
    world.police.kill();
    let (code_now, _, err) = ended(&run(&world.officer, &["note", "later", "--to", BORDER]));
    assert_eq!(code_now, 0);
    assert!(
        err.starts_with("✓ 4 queued – relay unreachable, will keep trying (exit 0)."),
        "{err}"
    );
    assert_eq!(rung(&world.officer, "4"), "queued");
    assert_eq!(code(&world.officer, &["outbox", "cancel", "4"]), 0);
    let (code_now, _, _) = ended(&run(&world.officer, &["note", "later", "--to", BORDER]));
    assert_eq!(code_now, 0);
    world.stage.serve(&mut world.police).unwrap();
    until("the note's receipt", || {
        rung(&world.officer, "5") != "queued"
    });
    until("the note", || {
        let out = ended(&run(&world.colleague, &["list", "--json"])).1;
        out.lines().any(|line| line.contains("\"later\""))
    });
    // The courier that was left behind ends by itself: its lock is free again.
    let account = || {
        let passphrase = std::fs::read(&world.officer.passphrase_file).unwrap();
        estafette_client::account::Account::open(&world.officer.home, &passphrase).unwrap()
    };
    until("the end of the courier", || {
        account().try_lock().unwrap().is_some()
    });
    let _ = &world.border;
}
