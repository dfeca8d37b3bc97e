//! `estafette demo` ends well, and notices what goes wrong.

use estafette_client::render::columns;
use serde_json::Value;
use std::process::Command;

/// Runs the demo; gives whether it ended well, and its last line.
fn demo(args: &[&str]) -> (bool, Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(super::build::folder().join("estafette"));
    command
        .env("TMPDIR", folder.path())
        .args(["demo", "--json"])
        .args(args);
    let output = command.output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    let last = out.lines().last().unwrap_or_else(|| panic!("{error}"));
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "the demo leaves something behind");
    (output.status.success(), serde_json::from_str(last).unwrap())
}

#[test]
fn demo_proves_what_it_shows() {
    let (good, summary) = demo(&[]);
    assert!(good, "{summary}");
    assert_eq!(
        (&summary["type"], &summary["ok"]),
        (&"summary".into(), &true.into())
    );
    for figure in ["sent", "delivered", "acknowledged", "answered", "refused"] {
        assert!(summary[figure].as_u64().unwrap() > 0, "{figure}: {summary}");
    }
    for figure in ["stored_and_forwarded", "escalated", "late"] {
        assert_eq!(summary[figure], 1, "{figure}: {summary}");
    }
}

#[test]
fn demo_notices_that_a_killed_relay_does_not_come_back() {
    let (good, summary) = demo(&["--fault", "relay-dead"]);
    assert_eq!((good, &summary["ok"]), (false, &false.into()), "{summary}");
    assert!(summary["delivered"].as_u64().unwrap() > 0, "{summary}");
    assert_eq!(summary["stored_and_forwarded"], 0, "{summary}");
}

#[test]
fn demo_does_not_count_receipts_under_a_key_that_no_roster_lists() {
    let (good, summary) = demo(&["--fault", "receipt-key"]);
    assert_eq!((good, &summary["ok"]), (false, &false.into()), "{summary}");
}

#[test]
fn demo_reads_in_arabic_within_80_columns() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(super::build::folder().join("estafette"))
        .args(["demo", "--lang", "ar"])
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    for line in said.lines() {
        assert!(columns(line) <= 80, "{line}");
    }
    // Labels of the alert's fields and codes, rungs, and the words of the demo.
    for words in ["الإلحاح", "شديدة", "مُسلَّمة", "ثبت كل شيء"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
