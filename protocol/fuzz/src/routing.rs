//! Rule tables, and what is decided and planned by them. Spec: routing.md, release.md, handling.md.
//!
//! The first byte of the input says how: 0, the rest is a table; else the rest are choices that
//! make rows and change a message of the scene.

use crate::scene::{NOW, scene};
use crate::{Seeds, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::accord::Accord;
use estafette_protocol::address::Agency;
use estafette_protocol::admission::Side;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{Extensions, Object, Signed, Text, decode, encode};
use estafette_protocol::envelope::{Header, Role};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::roster::Roster;
use estafette_protocol::routing::{Known, World, decide, plan};
use estafette_protocol::rules::{
    Copies, Direction, Path, Rate, Release, Row, Rules, Step, StepTo, check_accord, check_house,
};
use estafette_protocol::statement::{Claim, Statement};
use estafette_protocol::time::{DAY_MS, HOUR_MS};
use std::collections::BTreeMap;

/// Takes a table, or decides by one.
pub fn run(data: &[u8]) {
    match data.split_first() {
        Some((0, bytes)) => table(bytes),
        // Choices that run out end the input.
        Some((_, rest)) => drop(judge(&mut Unstructured::new(rest))),
        None => {}
    }
}

fn table(bytes: &[u8]) {
    let Ok(rules) = decode::<Rules>(bytes) else {
        return;
    };
    assert!(bytes.len() <= Rules::BYTES_MAX);
    assert_eq!(encode(&rules).as_deref(), Ok(bytes));
    let faults = check_accord(&rules, &accord(), None);
    if !check_house(&rules).is_empty() || !faults.is_empty() {
        return;
    }
    // RTE-41
    for format in rules.rows.iter().flat_map(|row| &row.formats) {
        for precedence in Precedence::ALL {
            for status in Status::ALL {
                let matches =
                    |row: &&Row| row.matches(*format, precedence, status, Direction::CrossBorder);
                assert!(rules.rows.iter().filter(matches).count() <= 1);
            }
        }
    }
}

fn accord() -> Accord {
    let signed: Signed<Accord> = Signed::decode(&scene().world.accord).unwrap();
    signed.value().clone()
}

fn judge(u: &mut Unstructured<'_>) -> Result<()> {
    let (accord_rules, house_rules) = (rules(u)?, rules(u)?);
    let sealed = u.choose(&scene().sealed)?;
    let header = changed(sealed.parsed.header(), u)?;
    let directory = &scene().directory;
    let rosters: BTreeMap<Agency, &Roster> = directory
        .agencies()
        .filter_map(|agency| Some((agency.clone(), directory.newest_roster(agency)?.value())))
        .collect();
    let accord = accord();
    let known = known(&header, u)?;
    let sent = BTreeMap::new();
    let house = directory
        .house_with_rules()
        .map(|(house, _)| (house, &house_rules));
    let world = World {
        own: directory.own(),
        accord: header.accord.is_some().then_some((&accord, &accord_rules)),
        rosters: &rosters,
        house,
        known: &known,
        sent: &sent,
    };
    let side = if u.arbitrary()? {
        Side::Egress
    } else {
        Side::Ingress
    };
    let mut said = statements(u)?;
    let verdict = decide(&header, &said, &world, side, NOW);
    said.reverse();
    assert_eq!(verdict, decide(&header, &said, &world, side, NOW));
    // RTE-30
    if let Ok(plan) = plan(&header, &world, NOW) {
        let mut planned = header;
        planned.addressees = plan.addressees;
        planned.acknowledge_within = plan.acknowledge_within;
        planned.answer_within = plan.answer_within;
        assert!(decide(&planned, &[], &world, Side::Egress, NOW).is_ok());
    }
    Ok(())
}

fn changed(header: &Header, u: &mut Unstructured<'_>) -> Result<Header> {
    let mut header = header.clone();
    header.precedence = *u.choose(&Precedence::ALL)?;
    header.format = u.int_in_range(1..=3)?;
    for addressee in &mut header.addressees {
        addressee.role = *u.choose(&[Role::Action, Role::Info, Role::Standby])?;
    }
    header.acknowledge_within = u.arbitrary()?;
    header.answer_within = u.arbitrary()?;
    header.exception = u.arbitrary()?;
    header.marking = vec![Marking {
        axis: u.int_in_range(0..=4)?,
        code: u.int_in_range(0..=5)?,
    }];
    if u.ratio(1, 4)? {
        header.encloses = vec![scene().sealed[0].parsed.digest()];
    }
    Ok(header)
}

fn known(header: &Header, u: &mut Unstructured<'_>) -> Result<BTreeMap<Hash, Known>> {
    let mut known = BTreeMap::new();
    for digest in &header.encloses {
        if u.arbitrary()? {
            let sender = u.choose(&scene().sealed)?.parsed.header().sender.clone();
            let status = *u.choose(&Status::ALL)?;
            let marking = header.marking.clone();
            known.insert(
                *digest,
                Known {
                    sender,
                    status,
                    marking,
                },
            );
        }
    }
    Ok(known)
}

fn statements(u: &mut Unstructured<'_>) -> Result<Vec<Statement>> {
    let mut said = Vec::new();
    for _ in 0..u.int_in_range(0..=3)? {
        let mut statement = u.choose(&scene().statements)?.value().clone();
        if u.arbitrary()? {
            statement.claim = Claim::Released {
                precedence: *u.choose(&Precedence::ALL)?,
                remark: None,
            };
        }
        said.push(statement);
    }
    Ok(said)
}

fn rules(u: &mut Unstructured<'_>) -> Result<Rules> {
    let mut rows = Vec::new();
    for number in 0..u.int_in_range(0..=3)? {
        rows.push(row(number, u)?);
    }
    Ok(Rules {
        rows,
        ..Rules::default()
    })
}

fn row(number: u8, u: &mut Unstructured<'_>) -> Result<Row> {
    let some = |u: &mut Unstructured<'_>, value: u64| -> Result<Option<u64>> {
        Ok(u.arbitrary::<bool>()?.then_some(value))
    };
    let copies = Copies::ALL.iter().copied();
    let kept: u8 = u.arbitrary()?;
    let copies = copies.enumerate().filter(|(at, _)| kept & (1 << at) != 0);
    Ok(Row {
        name: Text::new(format!("r{number}")).unwrap(),
        formats: vec![u.int_in_range(1..=3)?],
        precedences: Precedence::ALL.to_vec(),
        statuses: Status::ALL.to_vec(),
        directions: Direction::ALL.to_vec(),
        path: *u.choose(Path::ALL)?,
        release: *u.choose(Release::ALL)?,
        copies: copies.map(|(_, copy)| copy).collect(),
        acknowledge_within: some(u, HOUR_MS)?,
        answer_within: some(u, DAY_MS)?,
        escalation: vec![Step {
            after: HOUR_MS,
            to: *u.choose(StepTo::ALL)?,
        }],
        release_within: some(u, HOUR_MS)?,
        exceptions: vec![u.arbitrary()?],
        ceiling: None,
        lifetime: some(u, DAY_MS)?,
        addressees: u.arbitrary::<Option<u8>>()?,
        body_bytes: None,
        rate: u.arbitrary::<bool>()?.then_some(Rate {
            messages: 1,
            per: HOUR_MS,
        }),
    })
}

/// A table with rows.
pub fn table_seed() -> Vec<u8> {
    let mut u = [7_u8; 256];
    u.iter_mut()
        .zip(0..=u8::MAX)
        .for_each(|(byte, n)| *byte = n);
    let rules = rules(&mut Unstructured::new(&u)).unwrap_or_default();
    let rules = Rules {
        extensions: Extensions::default(),
        ..rules
    };
    encode(&rules).unwrap_or_default()
}

/// A table, and choices.
pub fn seeds() -> Seeds {
    let table = table_seed();
    let choices =
        (1..33_u8).map(|n| [&[n], noise(&format!("routing {n}"), 256).as_slice()].concat());
    [[&[0], table.as_slice()].concat()]
        .into_iter()
        .chain(choices)
        .collect()
}
