//! The board off a terminal, and without any relay: lines, and how it ends.

use crate::command_line::{DUTY, Desk};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

/// The first lines that `watch` prints, and how it ends when it is asked to.
fn lines(desk: &Desk, args: &[&str], count: usize) -> (Vec<String>, Option<i32>) {
    let args = [&["watch", "--silent-after", "1s"], args].concat();
    let mut child = desk
        .command(&args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let lines = output.lines().take(count).map(Result::unwrap).collect();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    (lines, child.wait().unwrap().code())
}

fn desk_with_a_flag() -> Desk {
    let desk = Desk::new(true);
    let (code, _, err) = desk.run(&["flag", "grey\tvan", "--to", DUTY]);
    assert_eq!(code, 0, "{err}");
    desk
}

#[test]
fn off_a_terminal_a_change_is_a_line_of_columns_and_silence_is_one_too() {
    let desk = desk_with_a_flag();
    let (lines, code) = lines(&desk, &[], 2);
    let columns: Vec<Vec<&str>> = lines.iter().map(|l| l.split('\t').collect()).collect();
    assert!(columns.iter().all(|line| line.len() == 11), "{lines:?}");
    let wanted = [
        "there", "waiting", "1", "actual", "flash", "flag", DUTY, "queued",
    ];
    assert_eq!(columns[0][1..9], wanted);
    assert!(columns[0][10].ends_with("grey<U+0009>van"), "{lines:?}");
    assert_eq!(columns[1][1], "relay-silent");
    assert_eq!(code, Some(130));
}

#[test]
fn objects_have_a_version_and_a_type() {
    let desk = desk_with_a_flag();
    let (lines, code) = lines(&desk, &["--json"], 2);
    let objects: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for object in &objects {
        assert_eq!(
            (&object["v"], &object["type"]),
            (&1.into(), &"watch".into())
        );
    }
    assert_eq!(objects[0]["event"], "there");
    assert_eq!(objects[0]["addressees"][0]["rung"], "queued");
    assert_eq!(objects[1]["event"], "relay-silent");
    assert_eq!(code, Some(130));
}

#[test]
fn sentences_are_said_in_the_language_of_the_reader_and_draw_nothing() {
    let desk = desk_with_a_flag();
    let (lines, _) = lines(&desk, &["--reader", "--lang", "de"], 2);
    assert!(lines[0].starts_with("vorhanden: 1, Blitz, "), "{lines:?}");
    assert!(
        lines[1].starts_with("IHR RELAIS SCHWEIGT seit "),
        "{lines:?}"
    );
    let drawn = |line: &String| line.contains(['─', '│', '\u{1b}', '\u{7}']);
    assert!(!lines.iter().any(drawn), "{lines:?}");
}

#[test]
fn board_that_cannot_be_begun_says_why() {
    let desk = Desk::new(true);
    for args in [
        &["watch", "--exec", " "][..],
        &["watch", "--plain", "--reader"],
        &["watch", "--silent-after", "soon"],
        &["watch", "--until", "later"],
    ] {
        let (code, out, err) = desk.run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
    }
    let (code, _, err) = Desk::new(false).run(&["watch"]);
    assert_eq!(code, 4);
    assert!(err.starts_with("error[not-enrolled]: "), "{err}");
}
