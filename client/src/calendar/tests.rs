use super::*;
use crate::store::{Content, Fate, Message, Origin, Record};
use agenda::entries;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{FixedBytes, encode};
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::testing::World;
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use jiff::civil::DateTime;

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

/// Days as python-dateutil 2.9 gives them, apart from what COUNT and UNTIL leave.
#[test]
fn rules_name_the_days_that_another_implementation_names() {
    let cases = [
        (
            "20260101T090000",
            "FREQ=DAILY;COUNT=5",
            "20260101 20260102 20260103 20260104 20260105",
        ),
        (
            "20260101T090000",
            "FREQ=DAILY;INTERVAL=3;COUNT=4",
            "20260101 20260104 20260107 20260110",
        ),
        (
            "20260105T090000",
            "FREQ=DAILY;BYDAY=MO,WE,FR;COUNT=6",
            "20260105 20260107 20260109 20260112 20260114 20260116",
        ),
        (
            "20260107T090000",
            "FREQ=WEEKLY;COUNT=4",
            "20260107 20260114 20260121 20260128",
        ),
        (
            "20260107T090000",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SU;COUNT=7",
            "20260107 20260111 20260119 20260121 20260125 20260202 20260204",
        ),
        (
            "20260131T090000",
            "FREQ=MONTHLY;COUNT=5",
            "20260131 20260331 20260531 20260731 20260831",
        ),
        (
            "20260113T090000",
            "FREQ=MONTHLY;BYDAY=2TU;COUNT=4",
            "20260113 20260210 20260310 20260414",
        ),
        (
            "20260130T090000",
            "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5",
            "20260130 20260227 20260327 20260424 20260529",
        ),
        (
            "20260105T090000",
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=MO;COUNT=7",
            "20260105 20260112 20260119 20260126 20260302 20260309 20260316",
        ),
        (
            "20260129T090000",
            "FREQ=MONTHLY;BYDAY=5TH;COUNT=4",
            "20260129 20260430 20260730 20261029",
        ),
        (
            "20260105T090000",
            "FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=5",
            "20260105 20260130 20260202 20260227 20260302",
        ),
        (
            "20240229T090000",
            "FREQ=YEARLY;COUNT=3",
            "20240229 20280229 20320229",
        ),
        (
            "20260101T090000",
            "FREQ=DAILY;UNTIL=20260103T090000",
            "20260101 20260102 20260103",
        ),
        (
            "20260101T090000",
            "FREQ=DAILY;UNTIL=20260103T075959Z",
            "20260101 20260102",
        ),
        (
            "20260101T090000",
            "FREQ=DAILY;UNTIL=20260103",
            "20260101 20260102 20260103",
        ),
    ];
    for (start, rule, expected) in cases {
        let local = DateTime::strptime("%Y%m%dT%H%M%S", start).unwrap();
        let briefing = Briefing {
            starts: local_time(local, BRUSSELS).unwrap(),
            recurrence: Some(rule.to_owned()),
            time_zone: Some(BRUSSELS.to_owned()),
            ..Briefing::default()
        };
        briefing.check().unwrap();
        let occurrences = Occurrences::of(&briefing).unwrap();
        let zone = occurrences.zone().clone();
        let found: Vec<String> = occurrences
            .iter()
            .map(|one| {
                let zoned = occurrences::timestamp(one.starts)
                    .unwrap()
                    .to_zoned(zone.clone());
                assert_eq!(zoned.time(), local.time(), "{rule}");
                zoned.strftime("%Y%m%d").to_string()
            })
            .collect();
        assert_eq!(found.join(" "), expected, "{rule}");
    }
}

#[test]
fn local_time_stays_the_same_through_summer_time() {
    let briefing = weekly();
    let occurrences = Occurrences::of(&briefing).unwrap();
    let all = occurrences.between(briefing.starts, at("2026-11-10T00:00"), 99);
    let starts: Vec<String> = all
        .iter()
        .map(|one| crate::words::time_rfc3339(one.starts))
        .collect();
    // The clocks go back on 25 October; the 19th is left out.
    assert_eq!(
        starts,
        [
            "2026-10-05T07:00:00Z",
            "2026-10-12T07:00:00Z",
            "2026-10-26T08:00:00Z",
            "2026-11-02T08:00:00Z",
            "2026-11-09T08:00:00Z",
        ]
    );
    assert_eq!(all[2].ends, Some(all[2].starts.plus(45 * MINUTE_MS)));
    let next = occurrences.next_after(at("2026-10-12T09:00")).unwrap();
    assert_eq!(next.starts, at("2026-10-26T09:00"));
    assert!(occurrences.is_one(at("2026-10-19T09:00")));
    assert!(!occurrences.is_one(at("2026-10-20T09:00")));
}

#[test]
fn time_that_summer_time_leaves_out_or_doubles_is_one_moment() {
    let daily = |start: &str| {
        let briefing = Briefing {
            starts: at(start),
            recurrence: Some("FREQ=DAILY;COUNT=3".to_owned()),
            time_zone: Some(BRUSSELS.to_owned()),
            ..Briefing::default()
        };
        let all = Occurrences::of(&briefing).unwrap();
        all.iter()
            .map(|one| crate::words::time_rfc3339(one.starts))
            .collect::<Vec<_>>()
    };
    // 29 March 2026: 02:30 is not there, and is said by the offset from before.
    assert_eq!(
        daily("2026-03-28T02:30"),
        [
            "2026-03-28T01:30:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-30T00:30:00Z"
        ]
    );
    // 25 October 2026: 02:30 is there twice, and the first counts.
    assert_eq!(
        daily("2026-10-24T02:30"),
        [
            "2026-10-24T00:30:00Z",
            "2026-10-25T00:30:00Z",
            "2026-10-26T01:30:00Z"
        ]
    );
}

#[test]
fn rules_that_a_briefing_cannot_have_are_named() {
    let error = |text: &str| text.parse::<Rule>().unwrap_err().to_string();
    for (text, says) in [
        (
            "",
            "a rule is parts such as FREQ=WEEKLY;BYDAY=MO, each at most once",
        ),
        ("INTERVAL=2", "a rule needs FREQ"),
        ("FREQ=HOURLY", "FREQ has a value that it cannot have"),
        (
            "FREQ=DAILY;FREQ=DAILY",
            "a rule is parts such as FREQ=WEEKLY;BYDAY=MO, each at most once",
        ),
        (
            "FREQ=DAILY;BYMONTH=2",
            "BYMONTH cannot be used; FREQ, INTERVAL, COUNT, UNTIL and BYDAY can",
        ),
        (
            "FREQ=DAILY;INTERVAL=0",
            "INTERVAL has a value that it cannot have",
        ),
        (
            "FREQ=DAILY;COUNT=-1",
            "COUNT has a value that it cannot have",
        ),
        (
            "FREQ=DAILY;UNTIL=2026-01-01",
            "UNTIL has a value that it cannot have",
        ),
        (
            "FREQ=DAILY;COUNT=1;UNTIL=20260101",
            "COUNT and UNTIL exclude each other",
        ),
        (
            "FREQ=WEEKLY;BYDAY=2MO",
            "BYDAY has a value that it cannot have",
        ),
        (
            "FREQ=MONTHLY;BYDAY=6MO",
            "BYDAY has a value that it cannot have",
        ),
        (
            "FREQ=MONTHLY;BYDAY=é",
            "BYDAY has a value that it cannot have",
        ),
    ] {
        assert_eq!(error(text), says, "{text}");
    }
    assert!("freq=weekly;wkst=mo".parse::<Rule>().is_ok());
    let never = |rule: &str| Briefing {
        starts: at("2026-01-05T09:00"),
        recurrence: Some(rule.to_owned()),
        ..Briefing::default()
    };
    // A Monday and every seventh day from it is never a Tuesday.
    let none = never("FREQ=DAILY;INTERVAL=7;BYDAY=TU");
    assert_eq!(none.check(), Err(CalendarError::StartNotInRule));
    assert_eq!(Occurrences::of(&none).unwrap().iter().count(), 0);
    let other = never("FREQ=WEEKLY;BYDAY=TU");
    assert_eq!(other.check(), Err(CalendarError::StartNotInRule));
    let mut wrong = weekly();
    wrong.skipped = vec![at("2026-10-20T09:00")];
    assert_eq!(
        wrong.check(),
        Err(CalendarError::NoOccurrence(wrong.skipped[0]))
    );
    wrong.time_zone = Some("Europe/Atlantis".to_owned());
    assert!(matches!(wrong.check(), Err(CalendarError::ZoneUnknown(_))));
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
    assert_eq!(from_ics("hello"), Err(ImportError::NoEvent));
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

/// Messages of an archive, without their envelopes.
struct Archive {
    world: World,
    messages: Vec<(Message, Form)>,
}

impl Archive {
    fn new() -> Self {
        let world = World::new("calendar", at("2026-10-01T12:00")).unwrap();
        let messages = vec![];
        Self { world, messages }
    }

    fn add(&mut self, desk: &str, supersedes: Option<Hash>, form: Form) -> Hash {
        let device = self.world.border.devices[0].clone();
        let to = &["duty@spoc.police.xa"];
        let mut header = self.world.header(&device, to, Precedence::Routine);
        header.sender = desk.parse().unwrap();
        header.supersedes = supersedes;
        header.body_bytes = 272;
        let id = self.messages.len() as u64 + 1;
        let digest = FixedBytes([u8::try_from(id).unwrap(); 32]);
        let record = Record {
            id,
            digest,
            origin: Origin::Received,
            header: encode(&header).unwrap().into(),
            sender_key: FixedBytes([0; 32]),
            stored_at: header.created,
            content: Content::Sealed,
            wrap: None,
            summary: Text::default(),
            shown_at: None,
            fate: Fate::Ordinary,
            statements: vec![],
        };
        let statements = vec![];
        let message = Message {
            record,
            header,
            statements,
        };
        self.messages.push((message, form));
        digest
    }

    fn brief(&mut self, supersedes: Option<Hash>, briefing: &Briefing) -> Hash {
        let form = briefing.to_form(&format(BRIEFING)).unwrap();
        self.add("duty@ops.border.xb", supersedes, form)
    }

    fn withdraw(&mut self, desk: &str, what: Hash, occurrence: Option<UnixMillis>) {
        let occurrence = occurrence.map(|at| Field {
            number: 3,
            value: Value::Time(at),
        });
        let reason = Field {
            number: 1,
            value: Value::Text(Text::new("x").unwrap()),
        };
        let form = Form {
            format: 7,
            version: 1,
            fields: [reason].into_iter().chain(occurrence).collect(),
        };
        self.add(desk, Some(what), form);
    }

    fn entries(&self) -> Vec<Entry> {
        let formats = [format(BRIEFING), format(WITHDRAWAL)];
        let find = |form: &Form| formats.iter().find(|f| f.format == form.format);
        entries(self.messages.clone(), &find)
    }
}

#[test]
fn newest_version_stands_under_the_first_reference_without_what_was_withdrawn() {
    let mut archive = Archive::new();
    let first = archive.brief(None, &weekly());
    let other = archive.brief(None, &weekly());
    let duty = "duty@ops.border.xb";
    let monday = at("2026-10-12T09:00");
    archive.withdraw(duty, first, Some(monday));
    // Another desk's word takes nothing out.
    archive.withdraw("head@ops.border.xb", other, None);
    let entries = archive.entries();
    assert_eq!(entries.len(), 2);
    assert_eq!((entries[0].sequence, entries[1].sequence), (1, 0));
    assert!(!entries[1].withdrawn);
    let occurrences = Occurrences::of(&entries[0].briefing).unwrap();
    let next = occurrences.next_after(weekly().starts).unwrap();
    assert_eq!(next.starts, at("2026-10-26T09:00"));
    let moved = Briefing {
        place: Some("Room 5".to_owned()),
        ..weekly()
    };
    let second = archive.brief(Some(first), &moved);
    let entries = archive.entries();
    assert_eq!(entries.len(), 2);
    let newest = entries.iter().find(|e| e.message.record.digest == second);
    let newest = newest.unwrap();
    assert_eq!(newest.reference, archive.messages[0].0.header.reference);
    assert_eq!(newest.sequence, 2);
    assert_eq!(newest.briefing.place.as_deref(), Some("Room 5"));
    archive.withdraw(duty, second, None);
    let withdrawn = archive.entries().into_iter().find(|e| e.withdrawn).unwrap();
    assert_eq!(Letterhead::of(&withdrawn).sequence, 3);
}

#[test]
fn reminder_is_due_from_its_time_to_the_start() {
    let mut archive = Archive::new();
    let digest = archive.brief(None, &weekly());
    let entries = archive.entries();
    let starts = at("2026-10-12T09:00");
    let due = |now: UnixMillis| {
        let all = reminders_due(&entries, now);
        assert!(all.iter().all(|r| (r.id, r.digest) == (1, digest)));
        all.iter()
            .map(|r| (r.occurrence.starts, r.before_ms))
            .collect::<Vec<_>>()
    };
    assert_eq!(due(starts.minus(DAY_MS + 1)), []);
    assert_eq!(due(starts.minus(DAY_MS)), [(starts, DAY_MS)]);
    assert_eq!(due(starts.minus(HOUR_MS)), [(starts, DAY_MS)]);
    assert_eq!(
        due(starts.minus(15 * MINUTE_MS)),
        [(starts, 15 * MINUTE_MS)]
    );
    assert_eq!(due(starts.minus(1)), [(starts, 15 * MINUTE_MS)]);
    assert_eq!(due(starts), []);
    // The 19th is left out.
    assert_eq!(due(at("2026-10-19T08:59")), []);
    archive.withdraw("duty@ops.border.xb", digest, None);
    let withdrawn = archive.entries();
    assert_eq!(reminders_due(&withdrawn, starts.minus(1)), []);
}
