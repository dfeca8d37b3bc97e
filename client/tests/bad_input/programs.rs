//! The table of what is wrong with files and folders, put to the real programs: how they end, that
//! they say so in three lines, and that everything is there once the cause is gone.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use estafette_client::demo::{AgencyStage, DeskStage, Programs, RELAY_WORD, Stage};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_estafette");
const NORTH: &str = "north@spoc.police.xa";
const TEXT: &str = "two men, white van";

/// A police force with a relay that does not run and an officer; one message waits at the relay.
struct Place {
    folder: tempfile::TempDir,
    stage: Stage,
    police: AgencyStage,
    officer: DeskStage,
}

/// What is wrong, what is run, and how it ends.
struct Row {
    input: &'static str,
    /// The file that is spoilt, below the folder of the play.
    file: &'static str,
    spoil: fn(&Path),
    run: fn(&Place) -> Output,
    code: i32,
    word: &'static str,
}

const ACCOUNT: &str = "police.xa/officer/account";
const KEY_FILE: &str = "police.xa/officer/account/key";
const PASSPHRASE: &str = "police.xa/officer/passphrase";
const RELAY_KEY: &str = "police.xa/relay/relay.key";
const RELAY_TOML: &str = "police.xa/relay/relay.toml";
const SEGMENT: &str = "police.xa/relay/journal/0000000001.segment";

const ROWS: &[Row] = &[
    row(
        "wrong passphrase",
        PASSPHRASE,
        |f| write(f, "another one"),
        whoami,
        4,
        "passphrase-wrong",
    ),
    row(
        "passphrase that others may read",
        PASSPHRASE,
        |f| mode(f, 0o644),
        whoami,
        4,
        "file-too-open",
    ),
    row(
        "key file that others may read",
        KEY_FILE,
        |f| mode(f, 0o640),
        whoami,
        4,
        "file-too-open",
    ),
    row(
        "key file with a byte changed",
        KEY_FILE,
        |f| flip(f, 200),
        whoami,
        4,
        "passphrase-wrong",
    ),
    row(
        "key file of another kind",
        KEY_FILE,
        |f| flip(f, 0),
        whoami,
        4,
        "key-file-unusable",
    ),
    row(
        "key file cut short",
        KEY_FILE,
        |f| cut(f, 20),
        whoami,
        4,
        "key-file-unusable",
    ),
    row("no key file", KEY_FILE, gone, whoami, 4, "no-account"),
    row(
        "archive file with a byte changed",
        ACCOUNT,
        spoil_archive,
        show,
        5,
        "store-broken",
    ),
    row(
        "relay.key that others may read",
        RELAY_KEY,
        |f| mode(f, 0o644),
        serve,
        5,
        "key-exposed",
    ),
    row(
        "relay.key that is none",
        RELAY_KEY,
        |f| write(f, "hop = 1\n"),
        serve,
        5,
        "key-malformed",
    ),
    row("no relay.key", RELAY_KEY, gone, serve, 1, "key-missing"),
    row(
        "unknown key in relay.toml",
        RELAY_TOML,
        |f| append(f, "lisen = []\n"),
        serve,
        2,
        "config-key-unknown",
    ),
    row("no relay.toml", RELAY_TOML, gone, serve, 2, "no-relay"),
    row(
        "segment with a byte changed",
        SEGMENT,
        |f| flip(f, 150),
        serve,
        1,
        "journal-damaged",
    ),
    row(
        "segment header changed",
        SEGMENT,
        |f| flip(f, 3),
        serve,
        1,
        "journal-damaged",
    ),
    row(
        "second relay on one folder",
        SEGMENT,
        |_| {},
        serve_twice,
        1,
        "locked",
    ),
    row(
        "no space for the journal",
        SEGMENT,
        |_| {},
        serve_without_space,
        1,
        "store-failed",
    ),
];

const fn row(
    input: &'static str,
    file: &'static str,
    spoil: fn(&Path),
    run: fn(&Place) -> Output,
    code: i32,
    word: &'static str,
) -> Row {
    Row {
        input,
        file,
        spoil,
        run,
        code,
        word,
    }
}

#[test]
fn programs_end_with_their_code_and_lose_nothing() {
    let mut place = place();
    let before = held(&mut place);
    let mut wrong = Vec::new();
    for row in ROWS {
        let (file, aside) = (
            place.folder.path().join(row.file),
            place.folder.path().join("aside"),
        );
        copy(&file, &aside);
        (row.spoil)(&file);
        let output = (row.run)(&place);
        wrong.extend(differs(row, &output));
        restore(&aside, &file);
    }
    assert!(wrong.is_empty(), "{} rows: {wrong:#?}", wrong.len());
    assert_eq!(held(&mut place), before);
}

/// What is wrong with how a program ended, if anything is.
fn differs(row: &Row, output: &Output) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    // A relay logs before it ends; the error is the last three lines.
    let lines: Vec<&str> = said.lines().collect();
    let last = lines.split_at(lines.len().saturating_sub(3)).1;
    let is_three = match last {
        [what, why, next] => {
            what.starts_with(&format!("error[{}]: ", row.word))
                && why.starts_with("  ")
                && next.starts_with("  → ")
        }
        _ => false,
    };
    let as_expected = is_three && output.status.code() == Some(row.code);
    let Row {
        input, word, code, ..
    } = row;
    (!as_expected).then(|| format!("{input}: {} {said:?}, not {word} {code}", output.status))
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let program = OsString::from(PROGRAM);
    let programs = Programs {
        estafette: vec![program.clone()],
        relay: vec![program, RELAY_WORD.into()],
    };
    let stage = Stage::new(folder.path().to_owned(), programs);
    let mut police = stage
        .agency("police.xa", "spoc", &["duty", "north"])
        .unwrap();
    stage.serve(&mut police).unwrap();
    let officer = stage.join(&police, "duty@spoc", "officer").unwrap();
    let place = Place {
        folder,
        stage,
        police,
        officer,
    };
    // A flash is taken before anybody at the other desk can read it.
    let flag = estafette(&place, &["flag", TEXT, "--to", NORTH, "--wait", "accepted"]);
    assert!(flag.status.success(), "{flag:?}");
    let mut place = place;
    place.police.kill();
    place
}

/// What the officer reads and what the relay holds.
fn held(place: &mut Place) -> (Vec<u8>, Value, Value) {
    place.stage.serve(&mut place.police).unwrap();
    let dir = place.police.relay_dir.to_string_lossy().into_owned();
    let status = place
        .stage
        .relay(&["status", "--json", "--dir", &dir])
        .unwrap();
    let status: Value = serde_json::from_str(status.trim()).unwrap();
    place.police.kill();
    let raw = estafette(place, &["show", "1", "--raw"]);
    assert_eq!(raw.stdout, TEXT.as_bytes(), "{raw:?}");
    (
        raw.stdout,
        status["queues"].clone(),
        status["rosters"].clone(),
    )
}

fn estafette(place: &Place, args: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command
        .env("LANG", "C.UTF-8")
        .args(["--no-daemon", "--no-input", "--home"]);
    command
        .arg(&place.officer.home)
        .arg("--passphrase-file")
        .arg(&place.officer.passphrase_file);
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn whoami(place: &Place) -> Output {
    estafette(place, &["whoami"])
}

fn show(place: &Place) -> Output {
    estafette(place, &["show", "1"])
}

fn relay(place: &Place) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args([RELAY_WORD, "serve", "--dir"])
        .arg(&place.police.relay_dir);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

fn serve(place: &Place) -> Output {
    relay(place).output().unwrap()
}

fn serve_twice(place: &Place) -> Output {
    let ready = place.folder.path().join("first.ready");
    let mut first = relay(place)
        .arg("--ready-file")
        .arg(&ready)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("the first relay", || ready.exists());
    let second = serve(place);
    assert!(
        first.try_wait().unwrap().is_none(),
        "the first relay is not disturbed"
    );
    first.kill().unwrap();
    first.wait().unwrap();
    second
}

/// A relay whose files may not grow any more by much; a message makes it try.
fn serve_without_space(place: &Place) -> Output {
    let ready = place.folder.path().join("full.ready");
    let size = fs::metadata(place.folder.path().join(SEGMENT))
        .unwrap()
        .len();
    // The signal would end the process; without it the write fails, as on a full disk.
    let script = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"",
        size / 1_024 + 6
    );
    let config = place.folder.path().join(RELAY_TOML);
    let text = fs::read_to_string(&config).unwrap();
    write(
        &config,
        &text.replace("index = \"sled\"", "index = \"memory\""),
    );
    let relay = Command::new("bash")
        .args(["-c", &script, PROGRAM, RELAY_WORD, "serve", "--dir"])
        .arg(&place.police.relay_dir)
        .arg("--ready-file")
        .arg(&ready)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("a relay with little space", || ready.exists());
    let long = "x".repeat(20_000);
    let note = estafette(
        place,
        &["note", &long, "--to", NORTH, "--precedence", "flash"],
    );
    assert!(note.status.success(), "{note:?}");
    let ended = relay.wait_with_output().unwrap();
    // Nobody has signed for it, so that it is here still, and can be taken back.
    let cancel = estafette(place, &["outbox", "--json"]);
    assert!(
        String::from_utf8_lossy(&cancel.stdout).contains("\"id\":2"),
        "{cancel:?}"
    );
    write(&config, &text);
    ended
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).unwrap();
}

fn append(file: &Path, text: &str) {
    write(file, &(fs::read_to_string(file).unwrap() + text));
}

fn mode(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

fn gone(file: &Path) {
    fs::remove_file(file).unwrap();
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 1;
    fs::write(file, bytes).unwrap();
}

fn cut(file: &Path, bytes: usize) {
    let whole = fs::read(file).unwrap();
    fs::write(file, &whole[..bytes]).unwrap();
}

/// Changes a byte near the end of every file in the archive of messages.
fn spoil_archive(account: &Path) {
    let files = files(&account.join("store/messages"));
    assert!(!files.is_empty());
    for file in files {
        let size = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
        if size > 100 {
            flip(&file, size - 5);
        }
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

/// Sets a file or folder aside, with its modes.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

fn restore(aside: &Path, file: &Path) {
    if aside.is_dir() {
        fs::remove_dir_all(file).unwrap();
    }
    fs::rename(aside, file).unwrap();
}
