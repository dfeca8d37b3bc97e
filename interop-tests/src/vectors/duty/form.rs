//! Cases of DTY-1: each field at and beyond its limit.

use super::super::case::Case;
use super::super::world::{self, NOW};
use super::scene::{H, absent, after, duty, hours, input, says, sign, taken};
use estafette_protocol::duty::{Duty, Entry, Shift};
use estafette_protocol::encoding::{Bytes, Extension, Extensions, FixedBytes};
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde_json::Value;

pub(super) fn cases() -> Vec<Case> {
    [good(), bad()].into_iter().flatten().collect()
}

fn zoned(zone: &str) -> Entry {
    let mut entry = hours(&[(0, 8)]);
    if let Entry::Hours { zone: own, .. } = &mut entry {
        *own = world::text(zone);
    }
    entry
}

/// So many shifts of half an hour, one an hour.
fn many(count: u64) -> Entry {
    let shift = |at: u64| Shift {
        from: UnixMillis(at * H),
        until: UnixMillis(at * H + H / 2),
    };
    Entry::Hours {
        zone: world::text("UTC"),
        shifts: (0..count).map(shift).collect(),
    }
}

fn handed_over() -> Entry {
    let mut entry = absent(8 * H, Some("north"));
    if let Entry::Absent { summary, .. } = &mut entry {
        *summary = Some(FixedBytes([0x5d; 32]));
    }
    entry
}

fn good() -> Vec<Case> {
    let good = |id, entry, word: &str| {
        Case::valid(id, &["DTY-1"], input(&[says("field", entry)])).expect("/staffing", word.into())
    };
    vec![
        good("hours", hours(&[(0, 8), (8, 16), (20, 28)]), "staffed"),
        good("hours-512-shifts", many(512), "unknown"),
        good("hours-zone-of-1", zoned("Z"), "unknown"),
        good("hours-zone-of-64", zoned(&"z".repeat(64)), "unknown"),
        good("taken", taken(8 * H), "staffed"),
        good("taken-31-days", taken(31 * DAY_MS), "staffed"),
        good("taken-a-millisecond", taken(1), "staffed"),
        good("absent", absent(8 * H, None), "absent"),
        good("absent-31-days", absent(31 * DAY_MS, None), "absent"),
        good(
            "absent-with-a-deputy",
            absent(8 * H, Some("north")),
            "absent",
        ),
        good("absent-with-a-note", handed_over(), "absent"),
    ]
}

fn bad() -> Vec<Case> {
    let case = |id, base, mutation, input: Value| {
        let (fault, verdict) = ((base, mutation), ("decode", "DTY-1"));
        Case::invalid(id, &["DTY-1"], fault, verdict, input).flag("OverLimit")
    };
    let bad = |id, base, mutation, entry| case(id, base, mutation, input(&[says("field", entry)]));
    let changed = |id, base, mutation, change: &dyn Fn(&mut Duty)| {
        let mut duty = duty("field", handed_over());
        change(&mut duty);
        case(id, base, mutation, input(&[sign(&duty, "xa field 1")]))
    };
    let tag = {
        let good = says("field", taken(8 * H));
        let until = postcard_time(after(8 * H));
        world::splice(
            &good,
            &[&[1], &until[..]].concat(),
            &[&[3], &until[..]].concat(),
        )
    };
    let extended = |critical| {
        let mut duty = duty("field", taken(8 * H));
        duty.extensions = Extensions(vec![Extension {
            id: 1,
            critical,
            value: Bytes::default(),
        }]);
        input(&[sign(&duty, "xa field 1")])
    };
    vec![
        bad("hours-no-shift", "hours", "no shift", hours(&[])),
        bad(
            "hours-513-shifts",
            "hours-512-shifts",
            "one more",
            many(513),
        ),
        bad("hours-no-zone", "hours-zone-of-1", "no zone", zoned("")),
        bad(
            "hours-zone-of-65",
            "hours-zone-of-64",
            "a zone of 65 bytes",
            zoned(&"z".repeat(65)),
        ),
        bad(
            "hours-empty-shift",
            "hours",
            "a shift that ends when it begins",
            hours(&[(8, 8)]),
        ),
        bad(
            "hours-shift-backwards",
            "hours",
            "a shift that ends before",
            hours(&[(8, 7)]),
        ),
        bad(
            "hours-overlap",
            "hours",
            "one begins before the other ends",
            hours(&[(0, 8), (7, 16)]),
        ),
        bad(
            "hours-unsorted",
            "hours",
            "the later shift first",
            hours(&[(8, 16), (0, 8)]),
        ),
        bad(
            "hours-twice",
            "hours",
            "one shift twice",
            hours(&[(0, 8), (0, 8)]),
        ),
        bad(
            "taken-no-time",
            "taken-a-millisecond",
            "until is issued",
            taken(0),
        ),
        bad(
            "taken-over-31-days",
            "taken-31-days",
            "a millisecond more",
            taken(31 * DAY_MS + 1),
        ),
        bad(
            "taken-until-the-past",
            "taken",
            "until lies before issued",
            Entry::Taken {
                until: NOW.minus(1),
            },
        ),
        bad(
            "absent-no-time",
            "absent",
            "until is issued",
            absent(0, None),
        ),
        bad(
            "absent-over-31-days",
            "absent-31-days",
            "a millisecond more",
            absent(31 * DAY_MS + 1, None),
        ),
        bad(
            "absent-deputy-itself",
            "absent-with-a-deputy",
            "the desk as its own deputy",
            absent(8 * H, Some("field")),
        ),
        changed(
            "absent-deputy-abroad",
            "absent-with-a-note",
            "a deputy of another agency",
            &|duty| {
                if let Entry::Absent { deputy, .. } = &mut duty.entry {
                    *deputy = Some(world::desk("north", "xb"));
                }
            },
        ),
        changed(
            "by-abroad",
            "absent-with-a-note",
            "`by` of another agency",
            &|duty| duty.by = world::desk("field", "xb"),
        ),
        Case::invalid(
            "entry-3",
            &["ENC-10"],
            ("taken", "entry of tag 3"),
            ("decode", "malformed"),
            input(&[tag]),
        )
        .flag("OverLimit"),
        Case::valid("extension", &["ENC-19"], extended(false)),
        Case::invalid(
            "extension-critical",
            &["ENC-19"],
            ("extension", "an unknown critical extension"),
            ("decode", "ENC-19"),
            extended(true),
        )
        .flag("OverLimit"),
    ]
}

/// A time as it stands in an object.
fn postcard_time(time: UnixMillis) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut left = time.0;
    while left >= 0x80 {
        bytes.push(left.to_le_bytes()[0] | 0x80);
        left >>= 7;
    }
    bytes.push(left.to_le_bytes()[0]);
    bytes
}
