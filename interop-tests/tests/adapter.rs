//! The runner against real processes: ours, and ones that misbehave.

use estafette_interop::conform::adapter::{Adapter, Answered};
use estafette_interop::conform::run::{Counts, Options, read_expected_failures, run};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const OURS: &str = env!("CARGO_BIN_EXE_estafette-adapter");

fn adapter(command: &[&str], streaming: bool) -> Adapter {
    let command = command.iter().map(|word| (*word).to_owned()).collect();
    Adapter::new(command, streaming, Duration::from_secs(20))
}

fn report(dir: &Path, options: &Options, adapter: &mut Adapter) -> (Counts, String) {
    let mut out = Vec::new();
    let counts = run(dir, options, adapter, &mut out).unwrap();
    (counts, String::from_utf8(out).unwrap())
}

fn only(chapter: &str) -> Options {
    Options {
        only: vec![chapter.to_owned()],
        ..Options::default()
    }
}

fn published() -> std::path::PathBuf {
    super::root().join("spec/vectors")
}

/// A folder with one file of the published vectors, changed.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(published().join(name)).unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    change(&mut file);
    std::fs::write(dir.path().join(name), file.to_string()).unwrap();
    let manifest = json!({ "files": [{ "path": name }] });
    std::fs::write(dir.path().join("manifest.json"), manifest.to_string()).unwrap();
    dir
}

#[test]
fn our_adapter_passes_every_case_in_one_process() {
    let options = Options::default();
    let (counts, report) = report(&published(), &options, &mut adapter(&[OURS], true));
    let cases: usize = super::vectors::published()
        .iter()
        .map(|(_, file)| estafette_interop::conform::files::tests(file).count())
        .sum();
    let passed = u32::try_from(cases).unwrap();
    assert_eq!(
        counts,
        Counts {
            passed,
            ..Counts::default()
        },
        "{report}"
    );
    assert!(
        report.ends_with(&format!("{passed} passed, 0 failed, 0 skipped\n")),
        "{report}"
    );
}

#[test]
fn our_adapter_passes_with_a_process_for_each_case() {
    let (counts, report) = report(&published(), &only("form"), &mut adapter(&[OURS], false));
    assert!(
        counts.passed > 0 && counts.failed == 0 && counts.skipped == 0,
        "{report}"
    );
}

#[test]
fn unknown_operation_ends_with_127_and_is_skipped() {
    let case = json!({ "op": "no-such-operation", "id": "x", "shared": {}, "in": {} });
    let unsupported = Answered::Verdict(estafette_interop::verdict::Verdict::Unsupported);
    assert_eq!(adapter(&[OURS], false).ask(&case).unwrap(), unsupported);
    assert_eq!(adapter(&[OURS], true).ask(&case).unwrap(), unsupported);
}

#[test]
fn spoilt_vectors_fail_and_the_case_is_named() {
    let spoilt: [(&str, &str, Value); 4] = [
        (
            "/groups/0/tests/0/out/id",
            "crypto/key-id-ed25519",
            "00".into(),
        ),
        (
            "/groups/0/tests/2/stage",
            "crypto/key-id-neutral",
            "signature".into(),
        ),
        (
            "/groups/0/tests/1/result",
            "crypto/key-id-x25519",
            "invalid".into(),
        ),
        ("/groups/1/tests/0/in/message", "crypto/verify", "00".into()),
    ];
    for (path, id, value) in spoilt {
        let dir = changed("crypto.json", |file| {
            *file.pointer_mut(path).unwrap() = value
        });
        let options = Options::default();
        let (counts, report) = report(dir.path(), &options, &mut adapter(&[OURS], true));
        assert_eq!(counts.failed, 1, "{path}: {report}");
        assert!(report.contains(&format!("fail {id}: ")), "{path}: {report}");
    }
}

#[test]
fn file_that_is_not_the_manifest_s_fails_even_where_its_cases_pass() {
    let dir = changed("crypto.json", |file| file["vectorVersion"] = "1.0.1".into());
    let hash = "00".repeat(32);
    let manifest = json!({ "files": [{ "path": "crypto.json", "sha256": hash }] });
    std::fs::write(dir.path().join("manifest.json"), manifest.to_string()).unwrap();
    let options = Options::default();
    let (counts, report) = report(dir.path(), &options, &mut adapter(&[OURS], true));
    assert_eq!(counts.failed, 1, "{report}");
    assert!(report.contains("fail crypto.json: "), "{report}");
}

#[test]
fn spoilt_byte_of_an_envelope_fails_and_the_case_is_named() {
    let dir = changed("envelope.json", |file| {
        let groups = file["groups"].as_array_mut().unwrap();
        let group = groups
            .iter_mut()
            .find(|g| g["id"] == "envelope/open")
            .unwrap();
        let envelope = &mut group["tests"][0]["in"]["envelope"];
        let mut bytes = hex::decode(envelope.as_str().unwrap()).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        *envelope = hex::encode(bytes).into();
    });
    let (counts, report) = report(dir.path(), &Options::default(), &mut adapter(&[OURS], true));
    assert_eq!(counts.failed, 1, "{report}");
    assert!(report.contains("fail envelope/open: "), "{report}");
}

#[test]
fn another_reason_is_counted_apart_and_another_stage_fails() {
    let dir = changed("crypto.json", |file| {
        file["groups"][0]["tests"][2]["reason"] = "something-else".into();
    });
    let (counts, _) = report(dir.path(), &Options::default(), &mut adapter(&[OURS], true));
    assert_eq!((counts.failed, counts.other_reasons), (0, 1));
}

#[test]
fn unknown_member_and_withdrawn_case_are_skipped_and_counted() {
    let dir = changed("crypto.json", |file| {
        file["groups"][0]["tests"][0]["colour"] = "red".into();
        file["groups"][0]["tests"][1]["withdrawn"] = json!({ "in": "1.1.0", "why": "wrong" });
    });
    let (counts, _) = report(dir.path(), &Options::default(), &mut adapter(&[OURS], true));
    assert_eq!((counts.failed, counts.skipped), (0, 2));
}

#[test]
fn expected_failure_that_passes_is_a_failure_and_one_without_a_reason_is_refused() {
    assert!(read_expected_failures("crypto/verify\n").is_err());
    let text = "# ours\n\ncrypto/verify not yet\ncrypto/verify-r-bit wrong stage\n";
    let expected_failures = read_expected_failures(text).unwrap();
    let dir = changed("crypto.json", |file| {
        let tests = file["groups"][1]["tests"].as_array_mut().unwrap();
        let flipped = tests
            .iter_mut()
            .find(|t| t["id"] == "crypto/verify-r-bit")
            .unwrap();
        flipped["stage"] = "decode".into();
    });
    let options = Options {
        expected_failures,
        ..Options::default()
    };
    let (counts, report) = report(dir.path(), &options, &mut adapter(&[OURS], true));
    assert_eq!(
        (counts.failed, counts.expected_failures),
        (1, 1),
        "{report}"
    );
    assert!(
        report.contains("fail crypto/verify: passed, though listed"),
        "{report}"
    );
}

#[cfg(unix)]
#[test]
fn crash_nonsense_and_silence_are_failures_and_the_run_goes_on() {
    let crash = ["sh", "-c", "exit 3"];
    let nonsense = ["sh", "-c", "echo accepted; cat >/dev/null"];
    let empty = ["true"];
    for streaming in [false, true] {
        for command in [&crash[..], &nonsense[..], &empty[..]] {
            let mut adapter = adapter(command, streaming);
            let (counts, report) = report(&published(), &only("crypto"), &mut adapter);
            assert!(
                counts.failed > 0 && counts.passed == 0,
                "{command:?}: {report}"
            );
        }
    }
    let silent = ["sh", "-c", "sleep 60"].map(str::to_owned).to_vec();
    let mut silent = Adapter::new(silent, true, Duration::from_millis(50));
    let case = json!({ "op": "crypto-label", "id": "x", "shared": {}, "in": {} });
    assert_eq!(silent.ask(&case).unwrap(), Answered::Timeout);
    let quick = ["sh", "-c", "cat >/dev/null; exit 127"];
    let (counts, _) = report(&published(), &only("crypto"), &mut adapter(&quick, false));
    assert!(counts.failed == 0 && counts.passed == 0 && counts.skipped > 0);
}

#[test]
fn folder_without_cases_and_unknown_chapter_are_errors() {
    let mut out = Vec::new();
    let options = only("no-such-chapter");
    assert!(
        run(
            &published(),
            &options,
            &mut adapter(&[OURS], true),
            &mut out
        )
        .is_err()
    );
    let empty = tempfile::tempdir().unwrap();
    let options = Options::default();
    assert!(
        run(
            empty.path(),
            &options,
            &mut adapter(&[OURS], true),
            &mut out
        )
        .is_err()
    );
}

/// A folder with a case or none for each of Wycheproof's files that we read.
fn external(cases: usize, result: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("wycheproof");
    std::fs::create_dir(&folder).unwrap();
    let low_order = json!({
        "tcId": 1,
        "flags": ["LowOrderPublic"],
        "public": "00".repeat(32),
        "private": "11".repeat(32),
        "shared": "00".repeat(32),
        "result": result,
    });
    for name in [
        "x25519",
        "ed25519",
        "mlkem_768",
        "chacha20_poly1305",
        "hkdf_sha256",
    ] {
        let file = json!({ "testGroups": [{ "tests": vec![low_order.clone(); cases] }] });
        std::fs::write(folder.join(format!("{name}_test.json")), file.to_string()).unwrap();
    }
    dir
}

#[test]
fn external_data_without_a_case_or_a_file_is_an_error() {
    use estafette_interop::conform::external::run;
    let none = external(0, "valid");
    assert!(run(none.path(), &mut Vec::new()).is_err());
    std::fs::remove_dir_all(none.path().join("wycheproof")).unwrap();
    assert!(run(none.path(), &mut Vec::new()).is_err());
}

#[test]
fn external_case_judged_otherwise_and_another_number_of_cases_fail() {
    use estafette_interop::conform::external::run;
    let mut out = Vec::new();
    assert!(!run(external(1, "valid").path(), &mut out).unwrap());
    let text = String::from_utf8(out).unwrap();
    assert!(text.contains("fail wycheproof/x25519/1: valid"), "{text}");
    let mut out = Vec::new();
    assert!(!run(external(1, "acceptable").path(), &mut out).unwrap());
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains("fail wycheproof/x25519/1"), "{text}");
    assert!(text.contains("fail x25519 LowOrderPublic: "), "{text}");
}
