use super::*;
use crate::words::parse_duration;

/// Thursday, 26 March 2026, 12:00 in Rome.
const NOW: UnixMillis = UnixMillis(1_774_522_800_000);

fn rome() -> TimeZone {
    zone("Europe/Rome").unwrap()
}

fn hours(ms: u64) -> u64 {
    ms / parse_duration("1h").unwrap()
}

fn text(shift: &Shift) -> (String, String) {
    let say = |at| {
        let (day, clock, _) = crate::words::clock_in(at, "Europe/Rome").unwrap();
        format!("{day} {clock}")
    };
    (say(shift.from), say(shift.until))
}

#[test]
fn weekly_hours_keep_their_clock_where_summer_time_begins() {
    let shifts = weekly("Mon-Fri 08:00-18:00", &rome(), 1, NOW).unwrap();
    assert_eq!(shifts.len(), 5);
    let (from, until) = text(&shifts[0]);
    assert_eq!(
        (from.as_str(), until.as_str()),
        ("2026-03-26 08:00", "2026-03-26 18:00")
    );
    let (from, _) = text(&shifts[2]);
    assert_eq!(from, "2026-03-30 08:00");
    // The Sunday between has 23 hours.
    assert_eq!(hours(shifts[2].from.since(shifts[1].from)), 71);
    assert_eq!(
        shifts[4].until.since(shifts[4].from),
        parse_duration("10h").unwrap()
    );
}

#[test]
fn night_shift_ends_on_the_next_day_and_round_the_clock_is_one_shift() {
    let nights = weekly("daily 22:00-06:00", &rome(), 1, NOW).unwrap();
    assert_eq!(text(&nights[0]).1, "2026-03-27 06:00");
    let always = weekly("daily 00:00-24:00", &rome(), 2, NOW).unwrap();
    assert_eq!(always.len(), 1);
    assert!(gaps(&always, NOW, always[0].until).is_empty());
    let split = "Fri-Mon 08:00-12:00, Fri-Mon 12:00-16:00, Tue 09:00-10:00";
    assert_eq!(weekly(split, &rome(), 1, NOW).unwrap().len(), 5);
}

#[test]
fn hours_that_cannot_be_are_refused() {
    let wrong = |hours: &str, weeks| weekly(hours, &rome(), weeks, NOW).unwrap_err();
    for hours in [
        "",
        "Mon",
        "Mon 8-18",
        "Mon-Foo 08:00-09:00",
        "Mon 08:00-25:00",
    ] {
        assert_eq!(wrong(hours, 1), HoursError::Written, "{hours}");
    }
    assert_eq!(
        wrong("Mon 08:00-12:00, Mon 11:00-13:00", 1),
        HoursError::Overlap
    );
    // Of the first day nothing lies ahead.
    assert_eq!(wrong("daily 08:00-12:00", 100), HoursError::TooMany(699));
    assert_eq!(wrong("Mon 08:00-12:00", 0), HoursError::Nothing);
    assert_eq!(zone("Rome").unwrap_err(), HoursError::Zone("Rome".into()));
}

/// Covers DTY-13.
#[test]
fn time_that_no_shift_covers_is_a_gap_and_so_is_what_lies_after_the_last() {
    let shifts = weekly("Thu-Fri 08:00-18:00", &rome(), 1, NOW).unwrap();
    let until = NOW.plus(3 * DAY_MS);
    let found: Vec<_> = gaps(&shifts, NOW, until).iter().map(text).collect();
    let wanted = [
        ("2026-03-26 18:00", "2026-03-27 08:00"),
        ("2026-03-27 18:00", "2026-03-29 13:00"),
    ];
    let wanted = wanted.map(|(from, until)| (from.to_owned(), until.to_owned()));
    assert_eq!(found, wanted);
}

#[test]
fn plan_of_shifts_is_read_from_a_calendar_with_its_zone() {
    let ics = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n\
        BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Rome:20260326T080000\r\n\
        DTEND;TZID=Europe/Rome:20260326T180000\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:2\r\nDTSTART;TZID=Europe/Rome:20260330T220000\r\n\
        DTEND;TZID=Europe/Rome:20260331T060000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let (shifts, zone) = imported(ics, 8, NOW).unwrap();
    assert_eq!(zone.as_deref(), Some("Europe/Rome"));
    assert_eq!(shifts.len(), 4);
    assert_eq!(text(&shifts[3]).1, "2026-03-31 06:00");
    assert_eq!(
        imported("x", 8, NOW).unwrap_err(),
        HoursError::File(ImportError::NotIcs)
    );
}
