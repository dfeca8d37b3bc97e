//! Accords with rule tables, and annexes that tighten them.

#![expect(clippy::expect_used, reason = "only on values of our own making")]

use super::super::chapter::{Fault, Group};
use super::super::world;
use super::force::{BOTH, arriving, good, in_force, peer};
use estafette_protocol::accord::Accord;
use estafette_protocol::encoding::{FixedBytes, encode_unchecked};
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::rules::{Direction, Path, Row, Rules};
use estafette_protocol::testing::plain_row;
use estafette_protocol::time::DAY_MS;

fn row() -> Row {
    let formats: Vec<u16> = good().formats.iter().map(|f| f.format).take(1).collect();
    Row {
        precedences: vec![Precedence::Routine],
        statuses: vec![Status::Actual],
        path: Path::ToGateway,
        copies: vec![],
        answer_within: Some(DAY_MS),
        ..plain_row("all", &formats).expect("a name that fits")
    }
}

fn ruled(name: &str, rules: &Rules) -> Accord {
    Accord {
        name: world::text(name),
        rules: rules.to_bytes().unwrap_or_default(),
        ..good()
    }
}

fn table(row: Row) -> Rules {
    Rules {
        rows: vec![row],
        ..Rules::default()
    }
}

pub(super) fn rules(group: &mut Group) {
    let framework = ruled("framework", &table(row()));
    let base = world::sign(&framework, &BOTH);
    let held = super::force::held();
    let all = |accords: &[&Accord]| {
        let mut accords: Vec<&Accord> = accords.to_vec();
        accords.sort_by(|a, b| a.name.cmp(&b.name));
        accords.retain(|accord| accord.name != held.name);
        in_force(&accords)
    };
    group.valid(
        "with-rules",
        &["ACC-6", "RTE-47"],
        arriving(&[&peer(), &base]),
        all(&[&framework]),
    );
    let refused = |base, mutation, reason| {
        let stage = if reason == "accord-unknown" {
            "freshness"
        } else {
            "policy"
        };
        Fault::new(base, mutation, "RulesUnknown", stage, reason)
    };
    let wrong = |edit: fn(&mut Row)| {
        let mut row = row();
        edit(&mut row);
        world::sign(&ruled("framework", &table(row)), &BOTH)
    };
    let level = wrong(|row| row.path = Path::ByLevel);
    let fault = refused("with-rules", "by-level across a border", "rules-invalid");
    group.invalid(
        "rules-contradict",
        &["RTE-47"],
        fault,
        arriving(&[&peer(), &level]),
    );
    let home = wrong(|row| row.directions = vec![Direction::Up]);
    let fault = refused("with-rules", "a row for messages at home", "rules-invalid");
    group.invalid(
        "rules-unreachable",
        &["RTE-47"],
        fault,
        arriving(&[&peer(), &home]),
    );
    let mut nothing = row();
    nothing.formats.clear();
    let rules = encode_unchecked(&table(nothing)).unwrap_or_default();
    let unread = Accord {
        rules: rules.into(),
        ..ruled("framework", &table(row()))
    };
    let empty = world::sign(&unread, &BOTH);
    let fault = refused(
        "with-rules",
        "a row without formats",
        "accord-rules-unknown",
    );
    group.invalid(
        "rules-no-table",
        &["RTE-40"],
        fault,
        arriving(&[&peer(), &empty]),
    );
    annexes(group, &framework, &base);
}

fn annexes(group: &mut Group, framework: &Accord, base: &[u8]) {
    let hash = world::signed(framework.clone(), &BOTH).hash();
    let annexed = |edit: fn(&mut Row)| {
        let mut row = row();
        edit(&mut row);
        let rules = Rules {
            framework: Some(hash),
            ..table(row)
        };
        ruled("annex", &rules)
    };
    let annex = annexed(|row| row.answer_within = Some(DAY_MS / 3));
    let tighter = world::sign(&annex, &BOTH);
    let objects: [&[u8]; 3] = [&peer(), base, &tighter];
    group.valid(
        "annex",
        &["RTE-46", "ACC-11"],
        arriving(&objects),
        in_force(&[&annex, framework]),
    );
    let fault =
        |mutation, reason, stage| Fault::new("annex", mutation, "RulesUnknown", stage, reason);
    let laxer = world::sign(&annexed(|row| row.answer_within = None), &BOTH);
    group.invalid(
        "annex-laxer",
        &["RTE-46", "RTE-47"],
        fault(
            "no answer due where the framework has one",
            "rules-invalid",
            "policy",
        ),
        arriving(&[&peer(), base, &laxer]),
    );
    group.invalid(
        "annex-alone",
        &["RTE-47"],
        fault("the framework is not held", "accord-unknown", "freshness"),
        arriving(&[&peer(), &tighter]),
    );
    let elsewhere = Rules {
        framework: Some(FixedBytes([0x11; 32])),
        ..table(row())
    };
    let other = world::sign(&ruled("annex", &elsewhere), &BOTH);
    group.invalid(
        "annex-of-another",
        &["RTE-47"],
        fault(
            "another framework, which is not held",
            "accord-unknown",
            "freshness",
        ),
        arriving(&[&peer(), base, &other]),
    );
}
