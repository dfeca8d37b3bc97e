use super::*;
use estafette_protocol::encoding::{FixedBytes, encode};
use estafette_protocol::precedence::Status;
use estafette_protocol::time::{DAY_MS, MINUTE_MS};

mod agenda;
mod recurrence;

const BRUSSELS: &str = "Europe/Brussels";

fn at(text: &str) -> UnixMillis {
    parse_time(text, BRUSSELS).unwrap()
}

fn weekly() -> Briefing {
    Briefing {
        title: Some("Border situation; weekly, all desks".to_owned()),
        agenda: Some("1. Arrivals\n2. Vehicles: grey van, \\ sightings".to_owned()),
        starts: at("2026-10-05T09:00"),
        ends: Some(at("2026-10-05T09:45")),
        recurrence: Some("FREQ=WEEKLY;BYDAY=MO".to_owned()),
        time_zone: Some(BRUSSELS.to_owned()),
        skipped: vec![at("2026-10-19T09:00")],
        place: Some("Room 4".to_owned()),
        link: Some("https://conference.example/4".to_owned()),
        join: Some("PIN 4711".to_owned()),
        participants: vec!["Prosecutor of Dresden".to_owned(), "Customs".to_owned()],
        chair: Some("Insp. Ahl".to_owned()),
        preparation: Some("Read the last three reports.".to_owned()),
        contact: Some("+32 2 555 01 02".to_owned()),
        reminders: vec![DAY_MS, 15 * MINUTE_MS],
    }
}

fn letterhead() -> Letterhead {
    let attendee = |desk: &str, role| Attendee {
        desk: desk.parse().unwrap(),
        role,
    };
    use estafette_protocol::envelope::Role;
    Letterhead {
        reference: FixedBytes([7; 16]),
        sender: "duty@spoc.police.xa".parse().unwrap(),
        attendees: vec![
            attendee("duty@ops.border.xb", Role::Action),
            attendee("head@ops.border.xb", Role::Info),
        ],
        created: at("2026-10-01T12:00"),
        sequence: 2,
        status: Status::Actual,
        marking: vec!["tlp:amber".to_owned()],
    }
}

/// Definitions with the fields that are used here, by the words that the real ones have.
fn format(word: &str) -> Format {
    let (number, fields): (u16, &[(u16, &str, &str)]) = match word {
        BRIEFING => (
            3,
            &[
                (2, "title", "text"),
                (3, "agenda", "text"),
                (4, "starts", "time"),
                (5, "ends", "time"),
                (6, "recurrence", "text"),
                (7, "time-zone", "text"),
                (8, "skipped", "time"),
                (9, "place", "text"),
                (10, "link", "text"),
                (11, "join", "text"),
                (12, "participants", "text"),
                (13, "chair", "text"),
                (15, "reminders", "duration"),
                (16, "preparation", "text"),
                (27, "contact", "text"),
            ],
        ),
        _ => (7, &[(1, "reason", "text"), (3, "occurrence", "time")]),
    };
    let mut text = format!(
        "format = {number}\nversion = 1\nword = \"{word}\"\nform_bytes_max = 65536\nlabels = {{}}\n"
    );
    for (number, word, kind) in fields {
        text.push_str(&format!(
            "[[field]]\nnumber = {number}\nword = \"{word}\"\ntype = \"{kind}\"\nlabels = {{}}\n"
        ));
    }
    let files = [(estafette_protocol::format::Kind::Format, text.as_str())];
    let catalogue = estafette_protocol::format::Catalogue::default();
    catalogue.extended(files).unwrap().formats()[0].clone()
}

#[test]
fn briefing_fills_a_form_and_is_read_out_of_it_again() {
    let format = format(BRIEFING);
    for briefing in [
        weekly(),
        Briefing {
            starts: at("2026-01-05T09:00"),
            ..Briefing::default()
        },
    ] {
        let form = briefing.to_form(&format).unwrap();
        assert!(encode(&form).is_ok());
        assert_eq!(Briefing::from_form(&form, &format).unwrap(), briefing);
    }
    let mut form = weekly().to_form(&format).unwrap();
    form.fields.retain(|field| field.number != 4);
    assert_eq!(
        Briefing::from_form(&form, &format),
        Err(CalendarError::NoStart)
    );
}

#[test]
fn file_carries_a_briefing_there_and_back() {
    let briefing = weekly();
    let ics = to_ics(&briefing, &letterhead(), Method::Request).unwrap();
    for line in ics.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "{line}");
    }
    let whole = icalendar::parser::unfold(&ics);
    for line in [
        "METHOD:REQUEST",
        "UID:07070707070707070707070707070707@police.xa",
        "SEQUENCE:2",
        "DTSTAMP:20261001T100000Z",
        "DTSTART;TZID=Europe/Brussels:20261005T090000",
        "DTEND;TZID=Europe/Brussels:20261005T094500",
        "RRULE:FREQ=WEEKLY;BYDAY=MO",
        "EXDATE;TZID=Europe/Brussels:20261019T090000",
        "SUMMARY:Border situation\\; weekly\\, all desks",
        "LOCATION:Room 4",
        "TRIGGER:-PT86400S",
        "TRIGGER:-PT900S",
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Brussels",
        // The clocks of 29 March and 25 October.
        "DTSTART:20260329T020000",
        "DTSTART:20261025T030000",
        "TZOFFSETFROM:+0200",
        "CLASS:CONFIDENTIAL",
        "ORGANIZER;CN=duty@spoc.police.xa:estafette:duty@spoc.police.xa",
    ] {
        assert!(
            whole.lines().any(|found| found == line),
            "{line} in\n{whole}"
        );
    }
    // RFC 5545, 3.6.5 and 3.6.6: zones and alarms have neither; and the same is made again.
    assert_eq!(whole.matches("\nUID:").count(), 1);
    assert_eq!(whole.matches("\nDTSTAMP:").count(), 1);
    assert_eq!(
        ics,
        to_ics(&briefing, &letterhead(), Method::Request).unwrap()
    );
    let imported = from_ics(&ics).unwrap();
    assert_eq!(imported.briefing, briefing);
    assert_eq!(imported.uid.as_deref(), Some(letterhead().uid().as_str()));
    assert_eq!(imported.not_carried, ["CLASS"]);
}

#[test]
fn single_briefing_is_written_in_utc_and_published_to_nobody() {
    let briefing = Briefing {
        recurrence: None,
        skipped: vec![],
        ..weekly()
    };
    let exercise = Letterhead {
        status: Status::Exercise,
        marking: vec![],
        ..letterhead()
    };
    let ics = to_ics(&briefing, &exercise, Method::Publish).unwrap();
    assert!(ics.contains("DTSTART:20261005T070000Z"), "{ics}");
    assert!(ics.contains("SUMMARY:EXERCISE: Border"), "{ics}");
    assert!(
        !ics.contains("ATTENDEE") && !ics.contains("VTIMEZONE"),
        "{ics}"
    );
    let mut back = from_ics(&ics).unwrap().briefing;
    back.title = back.title.map(|t| t.replacen("EXERCISE: ", "", 1));
    assert_eq!(back, briefing);
    let cancel = to_ics(&briefing, &exercise, Method::Cancel).unwrap();
    assert!(cancel.contains("STATUS:CANCELLED") && !cancel.contains("VALARM"));
    assert_eq!(from_ics(&cancel), Err(ImportError::Cancels));
}

#[test]
fn until_is_written_as_a_moment() {
    for (given, written) in [
        ("UNTIL=20261109T080000Z", "UNTIL=20261109T080000Z"),
        ("UNTIL=20261109T090000", "UNTIL=20261109T080000Z"),
        ("UNTIL=20261109", "UNTIL=20261109T225959Z"),
    ] {
        let briefing = Briefing {
            recurrence: Some(format!("FREQ=WEEKLY;{given}")),
            ..weekly()
        };
        let ics = to_ics(&briefing, &letterhead(), Method::Publish).unwrap();
        let line = format!("RRULE:FREQ=WEEKLY;{written}");
        assert!(ics.contains(&line), "{ics}");
    }
}

#[test]
fn foreign_text_adds_no_line_to_the_file() {
    let hostile = "x\r\nATTENDEE:mailto:evil@example.org\rBEGIN:VALARM\u{1b}[2J".to_owned();
    let briefing = Briefing {
        title: Some(hostile.clone()),
        agenda: Some(hostile.clone()),
        place: Some(hostile.clone()),
        link: Some(hostile.clone()),
        contact: Some(hostile.clone()),
        participants: vec![hostile],
        ..weekly()
    };
    let ics = to_ics(&briefing, &letterhead(), Method::Publish).unwrap();
    let whole = icalendar::parser::unfold(&ics);
    assert!(!whole.lines().any(|line| line.starts_with("ATTENDEE")));
    assert!(
        !whole.contains(['\r', '\u{1b}']) || !whole.replace("\r\n", "").contains(['\r', '\u{1b}'])
    );
    assert_eq!(whole.matches("BEGIN:VALARM\r\n").count(), 2);
    assert!(from_ics(&ics).is_ok());
}

fn event(lines: &str) -> Result<Imported, ImportError> {
    let lines = lines.replace('\n', "\r\n");
    from_ics(&format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ))
}

#[test]
fn file_of_another_program_becomes_a_briefing_and_says_what_it_loses() {
    let imported = event(
        "DTSTART;TZID=Europe/Brussels:20261005T090000\nDURATION:PT45M\nRRULE:FREQ=WEEKLY;WKST=MO;BYDAY=MO;UNTIL=20261231T225959Z\n\
         EXDATE;TZID=Europe/Brussels:20261012T090000,20261019T090000\nSUMMARY:Weekly\\, all\nDESCRIPTION:One\\nTwo\n\
         ORGANIZER;CN=\"Ahl, Insp.\":mailto:ahl@example.org\nATTENDEE;CN=Customs:mailto:customs@example.org\n\
         ATTENDEE:mailto:x@example.org\nGEO:50.8;4.3\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\nPRIORITY:5\n\
         BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:x\nEND:VALARM\n\
         BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER;RELATED=END:-PT5M\nDESCRIPTION:x\nEND:VALARM",
    );
    let Imported {
        briefing,
        not_carried,
        ..
    } = imported.unwrap();
    assert_eq!(briefing.starts, at("2026-10-05T09:00"));
    assert_eq!(briefing.ends, Some(at("2026-10-05T09:45")));
    assert_eq!(
        briefing.skipped,
        [at("2026-10-12T09:00"), at("2026-10-19T09:00")]
    );
    assert_eq!(briefing.time_zone.as_deref(), Some(BRUSSELS));
    assert_eq!(briefing.title.as_deref(), Some("Weekly, all"));
    assert_eq!(briefing.agenda.as_deref(), Some("One\nTwo"));
    assert_eq!(briefing.chair.as_deref(), Some("Ahl, Insp."));
    assert_eq!(briefing.participants, ["Customs", "x@example.org"]);
    assert_eq!(briefing.reminders, [15 * MINUTE_MS]);
    assert_eq!(
        not_carried,
        ["GEO", "PRIORITY", "VALARM", "X-MICROSOFT-CDO-BUSYSTATUS"]
    );
}

#[test]
fn what_would_become_another_briefing_is_refused_by_name() {
    let error = |lines: &str| event(lines).unwrap_err();
    let start = "DTSTART:20261005T070000Z";
    let with = |line: &str| error(&format!("{start}\n{line}"));
    assert_eq!(error("SUMMARY:x"), ImportError::NoStart);
    assert_eq!(
        error("DTSTART;VALUE=DATE:20261005"),
        ImportError::WholeDay("DTSTART".to_owned())
    );
    assert_eq!(
        error("DTSTART:20261005T070000"),
        ImportError::Floating("DTSTART".to_owned())
    );
    assert_eq!(
        error("DTSTART:tomorrow"),
        ImportError::Time("DTSTART".to_owned())
    );
    assert_eq!(
        error("DTSTART;TZID=W. Europe Standard Time:20261005T070000"),
        ImportError::ZoneUnknown("W. Europe Standard Time".to_owned())
    );
    assert_eq!(with("RDATE:20261006T070000Z"), ImportError::ExtraDates);
    assert_eq!(
        with("RECURRENCE-ID:20261005T070000Z"),
        ImportError::Override
    );
    assert!(matches!(
        with("RRULE:FREQ=DAILY;BYHOUR=3"),
        ImportError::Rule(_)
    ));
    assert!(matches!(
        with("RRULE:FREQ=WEEKLY;BYDAY=TU"),
        ImportError::Briefing(CalendarError::StartNotInRule)
    ));
    assert_eq!(with("STATUS:CANCELLED"), ImportError::Cancels);
    assert_eq!(from_ics("hello"), Err(ImportError::NotIcs));
    assert_eq!(
        from_ics("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        Err(ImportError::NoEvent)
    );
    let two = "BEGIN:VEVENT\r\nEND:VEVENT\r\n".repeat(2);
    assert_eq!(
        from_ics(&format!("BEGIN:VCALENDAR\r\n{two}END:VCALENDAR\r\n")),
        Err(ImportError::Several(2))
    );
    assert_eq!(
        from_ics(&"BEGIN:A\r\n".repeat(100_000)),
        Err(ImportError::TooLarge)
    );
    let long = "x".repeat(ICS_BYTES_MAX + 1);
    assert_eq!(from_ics(&long), Err(ImportError::TooLarge));
}
