//! Who stands in for whom, and which exercises an agency takes part in.

use super::super::super::chapter::{Fault, Group};
use super::super::super::world;
use super::super::arriving;
use super::{KEY, changed, out};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::roster::{Exercise, Roster};
use estafette_protocol::time::DAY_MS;

/// A change of the good roster below.
type Edit = fn(&mut Roster);

/// The field's superior is the head, and the gateway stands in for both.
fn staffed(roster: &mut Roster) {
    let (hq, spoc) = (world::desk("hq", "xa"), world::desk("spoc", "xa"));
    if let [field, head, _] = roster.desks.as_mut_slice() {
        field.superior = Some(hq.clone());
        field.deputies = vec![spoc.clone(), hq.clone()];
        head.deputies = vec![spoc.clone()];
    }
    roster.exercises = vec![Exercise {
        id: FixedBytes([7; 16]),
        name: world::text("Harbour 26"),
        not_before: world::NOW,
        not_after: world::NOW.plus(90 * DAY_MS),
        participants: vec![hq, spoc],
    }];
}

fn drill(roster: &mut Roster, change: impl Fn(&mut Exercise)) {
    roster.exercises.iter_mut().for_each(change);
}

pub(super) fn duties(group: &mut Group) {
    let good = changed(staffed);
    let bytes = world::sign(&good, &KEY);
    group.valid(
        "staffed",
        &["IDN-39"],
        arriving(&[&bytes]),
        out(&good, "current"),
    );
    let cases: [(&str, &str, &str, Edit); 13] = [
        (
            "superior-itself",
            "IDN-39",
            "a desk that is its own superior",
            |r| {
                r.desks[0].superior = Some(r.desks[0].desk.clone());
            },
        ),
        (
            "superior-not-listed",
            "IDN-39",
            "a superior that the roster does not list",
            |r| {
                r.desks[0].superior = Some(world::desk("watch", "xa"));
            },
        ),
        (
            "superior-foreign",
            "IDN-39",
            "a superior of another agency",
            |r| {
                r.desks[0].superior = Some(world::desk("hq", "xb"));
            },
        ),
        (
            "superiors-in-a-circle",
            "IDN-39",
            "two desks that are each other's superior",
            |r| {
                r.desks[1].superior = Some(r.desks[0].desk.clone());
            },
        ),
        (
            "deputy-itself",
            "IDN-39",
            "a desk that is its own deputy",
            |r| {
                r.desks[1].deputies = vec![r.desks[1].desk.clone()];
            },
        ),
        (
            "deputy-not-listed",
            "IDN-39",
            "a deputy that the roster does not list",
            |r| {
                r.desks[1].deputies = vec![world::desk("watch", "xa")];
            },
        ),
        ("deputy-twice", "IDN-30", "a deputy twice", |r| {
            r.desks[1].deputies = vec![r.desks[2].desk.clone(); 2];
        }),
        (
            "exercise-unnamed",
            "IDN-30",
            "an exercise without a name",
            |r| {
                drill(r, |e| e.name = world::text(""));
            },
        ),
        (
            "exercise-without-window",
            "IDN-30",
            "an exercise that ends when it begins",
            |r| {
                drill(r, |e| e.not_after = e.not_before);
            },
        ),
        (
            "exercise-too-long",
            "IDN-30",
            "an exercise of 90 days and 1 ms",
            |r| {
                drill(r, |e| e.not_after = e.not_after.plus(1));
            },
        ),
        (
            "exercise-without-participants",
            "IDN-30",
            "an exercise in which nobody takes part",
            |r| {
                drill(r, |e| e.participants.clear());
            },
        ),
        (
            "exercise-foreign-participant",
            "IDN-30",
            "a participant of another agency",
            |r| {
                drill(r, |e| e.participants.push(world::desk("spoc", "xb")));
            },
        ),
        ("exercise-twice", "ENC-17", "an exercise twice", |r| {
            r.exercises.extend(r.exercises.first().cloned());
        }),
    ];
    for (id, clause, mutation, edit) in cases {
        let bad = changed(|roster| {
            staffed(roster);
            edit(roster);
        });
        let bytes = world::sign(&bad, &KEY);
        let fault = Fault::malformed("staffed", mutation, "Inconsistent");
        group.invalid(id, &[clause], fault, arriving(&[&bytes]));
    }
}
