use super::*;
use crate::encoding::{decode, encode};
use crate::time::HOUR_MS;
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_000 * DAY_MS);
const H: u64 = HOUR_MS;

fn duty(issued: UnixMillis, entry: Entry) -> Duty {
    let desk: Desk = "duty@spoc.police.xa".parse().unwrap();
    Duty {
        by: desk.clone(),
        desk,
        issued,
        entry,
        extensions: Extensions::default(),
    }
}

fn hours(shifts: &[(u64, u64)]) -> Duty {
    let shifts = shifts.iter().map(|(from, until)| Shift {
        from: NOW.plus(from * H),
        until: NOW.plus(until * H),
    });
    let zone = Text::new("Europe/Brussels").unwrap();
    let shifts = shifts.collect();
    duty(NOW, Entry::Hours { zone, shifts })
}

fn taken(issued: u64, until: u64) -> Duty {
    let until = NOW.plus(until);
    duty(NOW.plus(issued), Entry::Taken { until })
}

fn absent(issued: u64, until: u64) -> Duty {
    let entry = Entry::Absent {
        until: NOW.plus(until),
        deputy: None,
        summary: None,
    };
    duty(NOW.plus(issued), entry)
}

/// Covers DTY-1.
#[test]
fn duty_lasts_from_a_millisecond_to_31_days() {
    for (until, fits) in [
        (0, false),
        (1, true),
        (UNTIL_MS_MAX, true),
        (UNTIL_MS_MAX + 1, false),
    ] {
        assert_eq!(taken(0, until).check().is_ok(), fits, "{until}");
        assert_eq!(absent(0, until).check().is_ok(), fits, "{until}");
    }
    let back = duty(
        NOW,
        Entry::Taken {
            until: NOW.minus(1),
        },
    );
    assert_eq!(back.check(), Err(EncodingError::Field("DTY-1")));
}

/// Covers DTY-1.
#[test]
fn shifts_are_sorted_never_empty_and_touch_at_most() {
    assert_eq!(hours(&[(0, 8), (8, 16), (20, 24)]).check(), Ok(()));
    for shifts in [
        &[][..],
        &[(8, 8)],
        &[(8, 7)],
        &[(0, 8), (7, 16)],
        &[(8, 16), (0, 8)],
    ] {
        assert_eq!(
            hours(shifts).check(),
            Err(EncodingError::Field("DTY-1")),
            "{shifts:?}"
        );
    }
}

/// Covers DTY-8.
#[test]
fn later_word_holds_and_the_earlier_does_not_come_back() {
    let (taken, absent) = (taken(2, 4 * H), absent(1, 8 * H));
    let duties = Duties {
        hours: None,
        taken: Some(&taken),
        absent: Some(&absent),
    };
    assert_eq!(duties.staffing(NOW.plus(H)).word(), "staffed");
    assert_eq!(duties.staffing(NOW.plus(5 * H)), Staffing::Unknown);
}

/// Covers DTY-8.
#[test]
fn absence_holds_where_both_words_are_of_one_time() {
    let (taken, absent) = (taken(1, 8 * H), absent(1, 4 * H));
    let duties = Duties {
        hours: None,
        taken: Some(&taken),
        absent: Some(&absent),
    };
    let (since, until) = (NOW.plus(1), NOW.plus(4 * H));
    let expected = Staffing::Absent { since, until };
    assert_eq!(duties.staffing(NOW.plus(H)), expected);
}

/// Covers DTY-10 and DTY-13.
#[test]
fn gap_has_a_beginning_and_an_end_and_what_comes_after_the_hours_is_unknown() {
    let hours = hours(&[(8, 16), (20, 24)]);
    let duties = Duties {
        hours: Some(&hours),
        ..Duties::default()
    };
    let at = |hour: u64| duties.staffing(NOW.plus(hour * H));
    let gap = |since: Option<u64>, until: u64| Staffing::OffHours {
        since: since.map(|hour| NOW.plus(hour * H)),
        until: NOW.plus(until * H),
    };
    assert_eq!(at(0), gap(None, 8));
    assert_eq!(at(16), gap(Some(16), 20));
    assert!(!at(19).is_staffed() && at(20).is_staffed());
    assert_eq!(at(24), Staffing::Unknown);
    assert!(at(24).is_staffed());
}

proptest! {
    /// Covers DTY-1.
    #[test]
    fn duty_is_read_back_as_it_was_written(
        lengths in prop::collection::vec((0..100_u64, 1..100_u64), 1..SHIFTS_MAX),
    ) {
        let mut end = NOW;
        let shifts = lengths.into_iter().map(|(gap, length)| {
            let from = end.plus(gap);
            end = from.plus(length);
            Shift { from, until: end }
        });
        let (zone, shifts) = (Text::new("UTC").unwrap(), shifts.collect());
        let duty = duty(NOW, Entry::Hours { zone, shifts });
        let bytes = encode(&duty).unwrap();
        prop_assert_eq!(decode::<Duty>(&bytes).unwrap(), duty);
    }

    /// Covers DTY-13: at every time either a shift covers, or a gap is named, or the hours are over.
    #[test]
    fn gaps_and_shifts_leave_no_time_between_them(at in 0..40 * H) {
        let hours = hours(&[(8, 16), (16, 20), (30, 32)]);
        let duties = Duties { hours: Some(&hours), ..Duties::default() };
        let at = NOW.plus(at);
        let (from, until) = match duties.staffing(at) {
            Staffing::Staffed { until } => (None, until),
            Staffing::OffHours { since, until } => (since, Some(until)),
            _ => (Some(NOW.plus(32 * H)), None),
        };
        prop_assert!(from.is_none_or(|from| from <= at));
        prop_assert!(until.is_none_or(|until| at < until));
    }
}
