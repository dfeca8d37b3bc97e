//! What an accord may hold.

use super::super::chapter::{Fault, Group};
use super::super::world;
use super::force::{BOTH, arriving, good, in_force, peer};
use estafette_protocol::accord::{Accord, Party};
use estafette_protocol::encoding::{Bytes, Extension, Extensions, FixedBytes, Object};
use estafette_protocol::time::{DAY_MS, MINUTE_MS};

fn changed(change: impl FnOnce(&mut Accord)) -> Accord {
    let mut accord = good();
    change(&mut accord);
    accord
}

fn named(name: &str) -> Accord {
    changed(|a| a.name = world::text(name))
}

pub(super) fn objects(group: &mut Group) {
    let valid = [
        ("good", good()),
        ("name-longest", named(&"a".repeat(64))),
        ("lifetime-shortest", changed(|a| a.lifetime = MINUTE_MS)),
        ("lifetime-longest", changed(|a| a.lifetime = 30 * DAY_MS)),
        ("ceiling-none", changed(|a| a.ceiling.clear())),
    ];
    for (id, accord) in valid {
        let bytes = world::sign(&accord, &BOTH);
        let input = arriving(&[&peer(), &bytes]);
        // The peer's charter is known by the accord that the group's directory holds.
        group.valid(id, &["ACC-1", "ACC-8"], input, in_force(&[&accord]));
    }
    for (id, clause, mutation, flag, accord) in limits().into_iter().chain(lists()) {
        let bytes = world::sign(&accord, &BOTH);
        let fault = Fault::malformed("good", mutation, flag);
        group.invalid(id, &[clause], fault, arriving(&[&peer(), &bytes]));
    }
    let trailing = [&world::object(&good())[..], &[0]].concat();
    let bytes = world::sign_bytes(Accord::KIND, &trailing, &BOTH);
    let fault = Fault::malformed("good", "a byte after the accord, signed", "Trailing");
    group.invalid("trailing", &["ENC-14"], fault, arriving(&[&peer(), &bytes]));
    let ruled = changed(|a| a.rules = vec![0].into());
    let bytes = world::sign(&ruled, &BOTH);
    let fault = Fault::new(
        "good",
        "one byte of rules",
        "RulesUnknown",
        "policy",
        "accord-rules-unknown",
    );
    group.invalid("rules", &["ACC-6"], fault, arriving(&[&peer(), &bytes]));
}

type Bad = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Accord,
);

fn limits() -> Vec<Bad> {
    vec![
        ("name-empty", "ACC-8", "no name", "OverLimit", named("")),
        (
            "name-too-long",
            "ACC-8",
            "a name of 65 bytes",
            "OverLimit",
            named(&"a".repeat(65)),
        ),
        (
            "name-upper-case",
            "ACC-8",
            "a capital letter in the name",
            "OverLimit",
            named("Two-borders"),
        ),
        (
            "name-space",
            "ACC-8",
            "a space in the name",
            "OverLimit",
            named("two borders"),
        ),
        (
            "number-0",
            "ACC-8",
            "number 0",
            "OverLimit",
            changed(|a| a.number = 0),
        ),
        (
            "previous-in-first",
            "ACC-8",
            "a previous hash",
            "Inconsistent",
            changed(|a| a.previous = Some(FixedBytes([0; 32]))),
        ),
        (
            "previous-missing",
            "ACC-8",
            "number 2 without previous hash",
            "Inconsistent",
            changed(|a| a.number = 2),
        ),
        (
            "not-after-first",
            "ACC-8",
            "not_after equal to not_before",
            "Inconsistent",
            changed(|a| a.not_after = a.not_before),
        ),
        (
            "grace-too-long",
            "ACC-8",
            "a grace of 90 days and 1 ms",
            "OverLimit",
            changed(|a| a.grace = 90 * DAY_MS + 1),
        ),
        (
            "lifetime-too-short",
            "ACC-8",
            "a lifetime of 59,999 ms",
            "OverLimit",
            changed(|a| a.lifetime = MINUTE_MS - 1),
        ),
        (
            "lifetime-too-long",
            "ACC-8",
            "a lifetime of 30 days and 1 ms",
            "OverLimit",
            changed(|a| a.lifetime = 30 * DAY_MS + 1),
        ),
    ]
}

fn lists() -> Vec<Bad> {
    let party = |letter: u8| {
        let agency = format!("{}.xa", char::from(letter)).parse().ok()?;
        let root = FixedBytes([letter; 32]);
        Some(Party { agency, root })
    };
    let seventeen = |a: &mut Accord| a.parties = (b'a'..=b'q').filter_map(party).collect();
    let critical = Extension {
        id: 1,
        critical: true,
        value: Bytes::default(),
    };
    let accepted = good().formats.first().copied();
    vec![
        (
            "party-alone",
            "ACC-8",
            "one party",
            "OverLimit",
            changed(|a| a.parties.truncate(1)),
        ),
        (
            "parties-17",
            "ACC-8",
            "seventeen parties",
            "OverLimit",
            changed(seventeen),
        ),
        (
            "parties-unsorted",
            "ENC-17",
            "parties in descending order",
            "Unsorted",
            changed(|a| a.parties.reverse()),
        ),
        (
            "party-twice",
            "ENC-17",
            "a party twice",
            "Duplicate",
            changed(|a| a.parties.extend(a.parties.last().cloned())),
        ),
        (
            "formats-none",
            "ACC-8",
            "no format",
            "OverLimit",
            changed(|a| a.formats.clear()),
        ),
        (
            "formats-65",
            "ACC-8",
            "sixty-five formats",
            "OverLimit",
            changed(|a| {
                let formats = (1..=65).filter_map(|format| {
                    accepted.map(|mut f| {
                        f.format = format;
                        f
                    })
                });
                a.formats = formats.collect();
            }),
        ),
        (
            "formats-unsorted",
            "ENC-17",
            "formats in descending order",
            "Unsorted",
            changed(|a| a.formats.reverse()),
        ),
        (
            "format-twice",
            "ENC-17",
            "a format and version with two definitions",
            "Duplicate",
            changed(|a| a.formats.iter_mut().for_each(|f| f.format = 1)),
        ),
        (
            "ceiling-unsorted",
            "ENC-17",
            "axes in descending order",
            "Unsorted",
            changed(|a| a.ceiling.reverse()),
        ),
        (
            "ceiling-twice",
            "ENC-17",
            "an axis twice",
            "Duplicate",
            changed(|a| a.ceiling.iter_mut().for_each(|m| m.axis = 1)),
        ),
        (
            "extension-critical",
            "ENC-19",
            "a critical extension",
            "CriticalUnknown",
            changed(|a| a.extensions = Extensions(vec![critical])),
        ),
    ]
}
