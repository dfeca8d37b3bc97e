//! Which days a rule names, and which moments these are.

use super::*;
use crate::calendar::occurrences::timestamp;
use jiff::civil::DateTime;

/// Start, rule and days.
const CASES: [(&str, &str, &str); 15] = [
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

/// Days as python-dateutil 2.9 gives them, apart from what COUNT and UNTIL leave.
#[test]
fn rules_name_the_days_that_another_implementation_names() {
    for (start, rule, expected) in CASES {
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
                let zoned = timestamp(one.starts).unwrap().to_zoned(zone.clone());
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

#[test]
fn every_is_read_as_people_write_it() {
    for (text, rule) in [
        ("day", "FREQ=DAILY"),
        ("weekly", "FREQ=WEEKLY"),
        ("2 weeks", "FREQ=WEEKLY;INTERVAL=2"),
        ("3d", "FREQ=DAILY;INTERVAL=3"),
        ("month", "FREQ=MONTHLY"),
        ("weekday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("mon, Thu", "FREQ=WEEKLY;BYDAY=MO,TH"),
        ("freq=monthly;byday=2tu", "FREQ=MONTHLY;BYDAY=2TU"),
    ] {
        assert_eq!(every(text).unwrap(), rule);
        assert!(rule.parse::<Rule>().is_ok());
    }
    for text in [
        "",
        "0 weeks",
        "m",
        "fortnight",
        "2 mon",
        "mon;tue",
        "5",
        "é",
    ] {
        assert_eq!(every(text), Err(RuleError::Every), "{text}");
    }
    assert!(matches!(
        every("FREQ=SECONDLY"),
        Err(RuleError::Value("FREQ"))
    ));
}
