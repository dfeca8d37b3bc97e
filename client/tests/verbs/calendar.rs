//! A briefing out of a calendar file and into one, and the reminder on the board.

use crate::world::{BORDER, World};
use jiff::{Timestamp, ToSpan as _};
use std::fs;

const TITLE: &str = "Northern crossing";

/// An event that starts in half an hour and is announced an hour before.
fn event() -> String {
    let stamp = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let starts = Timestamp::now() + 30.minutes();
    let lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example//EN",
        "BEGIN:VEVENT",
        "UID:1@example",
        &format!("DTSTAMP:{}", stamp(starts)),
        &format!("DTSTART:{}", stamp(starts)),
        &format!("DTEND:{}", stamp(starts + 45.minutes())),
        &format!("SUMMARY:{TITLE}"),
        "RRULE:FREQ=DAILY;COUNT=3",
        "X-COLOUR:red",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "DESCRIPTION:soon",
        "TRIGGER:-PT1H",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ];
    lines.join("\r\n")
}

#[test]
fn briefing_comes_out_of_a_calendar_file_and_goes_into_one() {
    let world = World::new(None);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.ics");
    fs::write(&file, event()).unwrap();
    let name = file.to_str().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let brief = ["brief", "--ics", name, "--to", BORDER, "--wait", "relayed"];
    let sent = world.run(&world.officer, &brief, None);
    let said = text(sent.stderr);
    assert_eq!(sent.status.code(), Some(0), "{said}");
    assert!(
        said.contains("Not carried: ") && said.contains("X-COLOUR"),
        "{said}"
    );
    let id = world.arrived(&world.colleague, TITLE);
    let board = text(world.run(&world.colleague, &["--lang", "de"], None).stdout);
    let reminded = board.split("ERINNERUNGEN").nth(1);
    assert!(reminded.is_some_and(|rest| rest.contains(TITLE)), "{board}");
    let export = ["export", &id, "--ics"];
    let written = text(world.run(&world.colleague, &export, None).stdout);
    for line in [
        "METHOD:PUBLISH",
        "RRULE:FREQ=DAILY;COUNT=3",
        "TRIGGER:-PT3600S",
    ] {
        assert!(written.contains(line), "{line}: {written}");
    }
    assert!(written.contains(&format!("SUMMARY:{TITLE}")), "{written}");
    // What is no briefing, and what is no calendar file, is told in three lines.
    fs::write(&file, "BEGIN:VCARD").unwrap();
    let refused = world.run(&world.officer, &brief, None);
    let said = text(refused.stderr);
    assert!(
        said.starts_with("error[") && said.lines().count() == 3,
        "{said}"
    );
    assert_ne!(refused.status.code(), Some(0));
    let note = ["note", "no briefing", "--to", BORDER, "--wait", "relayed"];
    world.run(&world.officer, &note, None);
    let note = world.arrived(&world.colleague, "no briefing");
    let refused = world.run(&world.colleague, &["export", &note, "--ics"], None);
    assert!(text(refused.stderr).starts_with("error[no-briefing]: "));
}
