//! Houses: the tree, who signs, and numbers.

use super::super::chapter::{Fault, Group};
use super::super::world;
use super::{CHAPTER, arriving, shared, with};
use estafette_protocol::encoding::FixedBytes;
use estafette_protocol::house::{House, UnitEntry};
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{Direction, Path as RulePath, Row, Rules};
use estafette_protocol::testing::plain_row;
use serde_json::{Value, json};

const KEY: [&str; 1] = ["xa roster"];

fn out(house: &House) -> Value {
    json!({ "number": house.number, "hash": world::hex_hash(house) })
}

fn changed(change: impl FnOnce(&mut House)) -> House {
    let mut house = world::house();
    change(&mut house);
    house
}

fn put(house: &mut House, label: &str, superior: Option<&str>) {
    let unit = world::unit(label, "xa");
    let superior = superior.map(|label| world::unit(label, "xa"));
    house.units.retain(|entry| entry.unit != unit);
    house.units.push(UnitEntry { unit, superior });
    house.units.sort_by(|a, b| a.unit.cmp(&b.unit));
}

pub(super) fn houses() -> Group {
    let charter = world::sign_charter(&world::charter("xa"), "xa");
    let mut group = Group::new(CHAPTER, "identity-house", shared(&[charter]));
    let one = world::sign(&world::house(), &KEY);
    group.valid(
        "first",
        &["IDN-14", "IDN-35"],
        arriving(&[&one]),
        out(&world::house()),
    );
    let superiors = ["region.police.xa", "hq.police.xa"];
    let asked = with(arriving(&[&one]), json!({ "unit": "field.police.xa" }));
    let answer = with(out(&world::house()), json!({ "superiors": superiors }));
    group.valid("superiors", &["IDN-14"], asked, answer);
    let alone = changed(|h| h.units.retain(|entry| entry.superior.is_none()));
    let bytes = world::sign(&alone, &KEY);
    group.valid("one-unit", &["IDN-14"], arriving(&[&bytes]), out(&alone));
    trees(&mut group);
    chain(&mut group, &one);
    group
}

fn trees(group: &mut Group) {
    let cases = [
        (
            "no-head",
            "IDN-14",
            "the head under a unit of its own",
            "Tree",
            changed(|h| put(h, "hq", Some("spoc"))),
        ),
        (
            "two-heads",
            "IDN-14",
            "a second unit without superior",
            "Tree",
            changed(|h| put(h, "spoc", None)),
        ),
        (
            "cycle",
            "IDN-14",
            "two units above each other",
            "Tree",
            changed(|h| put(h, "region", Some("field"))),
        ),
        (
            "cycle-of-one",
            "IDN-14",
            "a unit above itself",
            "Tree",
            changed(|h| put(h, "spoc", Some("spoc"))),
        ),
        (
            "superior-unknown",
            "IDN-14",
            "a superior that the house lacks",
            "Tree",
            changed(|h| put(h, "spoc", Some("nowhere"))),
        ),
        (
            "units-unsorted",
            "ENC-17",
            "units in descending order",
            "Unsorted",
            changed(|h| h.units.reverse()),
        ),
        (
            "unit-twice",
            "ENC-17",
            "a unit twice",
            "Duplicate",
            changed(|h| h.units.extend(h.units.last().cloned())),
        ),
        (
            "units-none",
            "IDN-30",
            "no unit",
            "OverLimit",
            changed(|h| h.units.clear()),
        ),
        (
            "unit-foreign",
            "IDN-30",
            "a unit of another agency",
            "Inconsistent",
            changed(|h| {
                let unit = world::unit("zone", "xb");
                let superior = Some(world::unit("hq", "xa"));
                h.units.push(UnitEntry { unit, superior });
            }),
        ),
        (
            "number-0",
            "IDN-30",
            "number 0",
            "OverLimit",
            changed(|h| h.number = 0),
        ),
        (
            "previous-in-first",
            "IDN-30",
            "a previous hash",
            "Inconsistent",
            changed(|h| h.previous = Some(FixedBytes([0; 32]))),
        ),
    ];
    for (id, clause, mutation, flag, house) in cases {
        let bytes = world::sign(&house, &KEY);
        let fault = Fault::malformed("first", mutation, flag);
        group.invalid(id, &[clause], fault, arriving(&[&bytes]));
    }
    rules(group);
}

/// Rules that are no table, and a table that contradicts itself.
fn rules(group: &mut Group) {
    let Ok(plain) = plain_row("home", &[1]) else {
        return;
    };
    let mut row = Row {
        precedences: vec![Precedence::Routine],
        statuses: vec![Status::Actual],
        directions: vec![Direction::Up],
        path: RulePath::ByLevel,
        copies: vec![],
        ..plain
    };
    let table = |row: &Row| {
        let rows = vec![row.clone()];
        let rules = Rules {
            rows,
            ..Rules::default()
        };
        rules.to_bytes().unwrap_or_default()
    };
    let ruled = |rules| world::sign(&changed(move |h| h.rules = rules), &KEY);
    let good = changed(|h| h.rules = table(&row));
    let bytes = world::sign(&good, &KEY);
    group.valid("with-rules", &["RTE-47"], arriving(&[&bytes]), out(&good));
    let fault =
        |base, mutation, reason| Fault::new(base, mutation, "RulesUnknown", "policy", reason);
    let none = fault("first", "one byte of rules", "accord-rules-unknown");
    group.invalid(
        "rules",
        &["RTE-40"],
        none,
        arriving(&[&ruled(vec![0].into())]),
    );
    row.path = RulePath::ToGateway;
    let wrong = fault("with-rules", "a path by gateways at home", "rules-invalid");
    group.invalid(
        "rules-contradict",
        &["RTE-47"],
        wrong,
        arriving(&[&ruled(table(&row))]),
    );
}

fn chain(group: &mut Group, one: &[u8]) {
    let second = House::next(&world::signed(world::house(), &KEY), world::NOW.plus(1));
    let two = world::sign(&second, &KEY);
    group.valid("second", &["IDN-35"], arriving(&[one, &two]), out(&second));
    let fault =
        |base, mutation, flag, stage, reason| Fault::new(base, mutation, flag, stage, reason);
    let wrong = world::sign(&world::house(), &["xa accord"]);
    let signer = fault(
        "first",
        "signed by an accord key",
        "WrongSigner",
        "signature",
        "signature-invalid",
    );
    group.invalid("wrong-signer", &["IDN-35"], signer, arriving(&[&wrong]));
    let older = fault(
        "second",
        "the first again after the second",
        "Older",
        "freshness",
        "roster-older",
    );
    group.invalid(
        "first-after-second",
        &["IDN-35"],
        older,
        arriving(&[one, &two, one]),
    );
    let fork = world::sign(&changed(|h| h.issued = world::NOW.plus(1)), &KEY);
    let forked = fault(
        "first",
        "another house 1 after it",
        "Forked",
        "freshness",
        "roster-forked",
    );
    group.invalid("first-forked", &["IDN-35"], forked, arriving(&[one, &fork]));
    let mut elsewhere = second;
    elsewhere.previous = Some(FixedBytes([0; 32]));
    let bytes = world::sign(&elsewhere, &KEY);
    let broken = fault(
        "second",
        "another previous hash",
        "ChainBroken",
        "freshness",
        "roster-forked",
    );
    group.invalid(
        "second-after-another",
        &["IDN-35"],
        broken,
        arriving(&[one, &bytes]),
    );
    let foreign = House {
        agency: world::agency("xb"),
        units: vec![UnitEntry {
            unit: world::unit("hq", "xb"),
            superior: None,
        }],
        ..world::house()
    };
    let bytes = world::sign(&foreign, &["xb roster"]);
    let other = fault(
        "one-unit",
        "the house of another agency",
        "NotPublished",
        "policy",
        "object-unknown",
    );
    group.invalid("foreign", &["IDN-15"], other, arriving(&[&bytes]));
}
