//! How this implementation answers the routing chapter.

use crate::json::{self, Input, number, read_header, read_rules};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::accord::{AcceptedFormat, Accord, Party};
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::Side;
use estafette_protocol::code::Note;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{Bytes, Extensions, FixedBytes, Text, decode};
use estafette_protocol::envelope::Header;
use estafette_protocol::house::{House, UnitEntry};
use estafette_protocol::roster::{Authority, DeskEntry, Exercise, Roster};
use estafette_protocol::routing::{Known, Table, Verdict as Decision, World, decide};
use estafette_protocol::rules::{Rules, check_accord, check_house};
use estafette_protocol::statement::{Claim, Signer, Statement, Use};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "routing-decide" => decided(&input).into(),
        "rules-check" => checked(&input).into(),
        "rules-decode" => decoded(&input).into(),
        _ => Verdict::Unsupported,
    }
}

/// Everything that a case gives to `decide`.
pub(in crate::vectors) struct Scene {
    pub(in crate::vectors) header: Header,
    pub(in crate::vectors) statements: Vec<Statement>,
    pub(in crate::vectors) own: Agency,
    pub(in crate::vectors) side: Side,
    pub(in crate::vectors) now: UnixMillis,
    pub(in crate::vectors) accord: Option<(Accord, Rules)>,
    pub(in crate::vectors) rosters: Vec<Roster>,
    pub(in crate::vectors) house: Option<(House, Rules)>,
    pub(in crate::vectors) known: BTreeMap<Hash, Known>,
    pub(in crate::vectors) sent: BTreeMap<(Table, String), u32>,
}

impl Scene {
    pub(in crate::vectors) fn read(input: &Input<'_>) -> Result<Self, Refusal> {
        let own: Agency = input.parsed("own")?;
        let side = read_side(input)?;
        let accord = input.optional("accord").map(|accord| {
            let rules = read_rules(Input::of(accord).member("rules")?)?;
            Ok::<_, Refusal>((blank_accord(), rules))
        });
        let accord = accord.transpose()?;
        let house = input.optional("house");
        let house = house.map(|house| read_house(house, &own)).transpose()?;
        Ok(Self {
            header: header(input.member("header")?, accord.is_some())?,
            statements: input.list("statements", read_statement)?,
            now: UnixMillis(input.optional_number("now")?.unwrap_or_default()),
            rosters: input.list("rosters", read_roster)?,
            known: input.list("known", read_known)?.into_iter().collect(),
            sent: input.list("sent", read_sent)?.into_iter().collect(),
            own,
            side,
            accord,
            house,
        })
    }

    /// The rosters by agency, for a world.
    pub(in crate::vectors) fn rosters(&self) -> BTreeMap<Agency, &Roster> {
        let rosters = self.rosters.iter();
        rosters
            .map(|roster| (roster.agency.clone(), roster))
            .collect()
    }

    pub(in crate::vectors) fn world<'a>(
        &'a self,
        rosters: &'a BTreeMap<Agency, &'a Roster>,
    ) -> World<'a> {
        World {
            own: &self.own,
            accord: self.accord.as_ref().map(|(accord, rules)| (accord, rules)),
            rosters,
            house: self.house.as_ref().map(|(house, rules)| (house, rules)),
            known: &self.known,
            sent: &self.sent,
        }
    }
}

/// Whose rules judge.
pub(in crate::vectors) fn read_side(input: &Input<'_>) -> Result<Side, Refusal> {
    match input.text("side")? {
        "egress" => Ok(Side::Egress),
        "ingress" => Ok(Side::Ingress),
        _ => Err(Refusal::case("no side")),
    }
}

fn decided(input: &Input<'_>) -> Answer {
    let scene = Scene::read(input)?;
    let rosters = scene.rosters();
    let world = scene.world(&rosters);
    let numbers = |notes: &[Note]| notes.iter().map(|note| note.0).collect::<Vec<_>>();
    match decide(
        &scene.header,
        &scene.statements,
        &world,
        scene.side,
        scene.now,
    ) {
        Ok(Decision::Pass { precedence, notes }) => Ok(json!({
            "verdict": "pass",
            "precedence": precedence.word(),
            "notes": numbers(&notes),
        })),
        Ok(Decision::Hold {
            lacks,
            within,
            notes,
        }) => Ok(json!({
            "verdict": "hold",
            "code": lacks.code.word(),
            "clause": lacks.clause,
            "within": within.map_or(Value::Null, number),
            "notes": numbers(&notes),
        })),
        Err(refusal) => Err(Refusal::new("policy", refusal.clause)),
    }
}

fn checked(input: &Input<'_>) -> Answer {
    let rules = read_rules(input.member("rules")?)?;
    let faults = match input.text("of")? {
        "house" => check_house(&rules),
        "accord" => {
            let accord = terms(&Input::of(input.member("accord")?))?;
            let framework = input.optional("framework").map(|framework| {
                let framework = Input::of(framework);
                let accord = terms(&Input::of(framework.member("accord")?))?;
                Ok::<_, Refusal>((accord, read_rules(framework.member("rules")?)?))
            });
            let framework: Option<(Accord, Rules)> = framework.transpose()?;
            let framework = framework.as_ref().map(|(accord, rules)| (accord, rules));
            check_accord(&rules, &accord, framework)
        }
        _ => return Err(Refusal::case("neither accord nor house")),
    };
    match faults.iter().map(|fault| fault.kind.clause()).min() {
        None => Ok(json!({})),
        Some(clause) => Err(Refusal::new("policy", clause)),
    }
}

fn decoded(input: &Input<'_>) -> Answer {
    let rules: Rules = decode(&input.bytes("rules")?)?;
    Ok(json!({ "rules": json::rules(&rules) }))
}

/// Only parties, formats, ceiling and lifetime make a difference to a rule table.
fn terms(input: &Input<'_>) -> Result<Accord, Refusal> {
    let parties = input.list("parties", |agency| {
        let agency = agency.as_str().and_then(|agency| agency.parse().ok());
        Ok(Party {
            agency: agency.ok_or_else(|| Refusal::case("no agency"))?,
            root: FixedBytes([0; 32]),
        })
    })?;
    let formats = input.list("formats", |format| {
        Ok(AcceptedFormat {
            format: json::read_number(format)?,
            version: 1,
            definition: FixedBytes([0; 32]),
        })
    })?;
    Ok(Accord {
        parties,
        formats,
        ceiling: input.list("ceiling", json::read_marking)?,
        lifetime: input.number("lifetime")?,
        ..blank_accord()
    })
}

fn blank_accord() -> Accord {
    Accord {
        name: Text::default(),
        number: 1,
        previous: None,
        parties: vec![],
        formats: vec![],
        ceiling: vec![],
        not_before: UnixMillis(0),
        not_after: UnixMillis(u64::MAX),
        grace: 0,
        lifetime: u64::MAX,
        rules: Bytes::default(),
        extensions: Extensions::default(),
    }
}

/// A header as `read_header` takes it, with what makes no difference filled in.
pub(in crate::vectors) fn header(given: &Value, crosses: bool) -> Result<Header, Refusal> {
    let zeros = "00".repeat(32);
    let mut whole = json!({
        "suite": 1, "reference": "00".repeat(16), "format_version": 1, "roster": zeros,
        "accord": crosses.then_some(&zeros), "status": "actual", "precedence": "routine",
    });
    if let (Value::Object(whole), Value::Object(given)) = (&mut whole, given) {
        whole.extend(given.clone());
    }
    read_header(&whole)
}

fn read_roster(json: &Value) -> Result<Roster, Refusal> {
    let input = Input::of(json);
    let gateways = input.list("gateways", |unit| {
        let unit = unit.as_str().and_then(|unit| unit.parse().ok());
        unit.ok_or_else(|| Refusal::case("no unit"))
    })?;
    Ok(Roster {
        agency: input.parsed("agency")?,
        number: 1,
        previous: None,
        charter: FixedBytes([0; 32]),
        issued: UnixMillis(0),
        not_after: UnixMillis(u64::MAX),
        grace: 0,
        gateways,
        relays: vec![],
        desks: input.list("desks", read_entry)?,
        revoked: vec![],
        exercises: input.list("exercises", read_exercise)?,
        extensions: Extensions::default(),
    })
}

fn read_entry(json: &Value) -> Result<DeskEntry, Refusal> {
    let input = Input::of(json);
    let superior: Option<Desk> = input
        .optional("superior")
        .map(|_| input.parsed("superior"))
        .transpose()?;
    Ok(DeskEntry {
        desk: input.parsed("desk")?,
        authorities: input.list("authorities", |json| {
            let input = Input::of(json);
            Ok(Authority {
                format: input.number("format")?,
                precedence: input.parsed("precedence")?,
            })
        })?,
        superior,
        deputies: input.list("deputies", json::read_desk)?,
        devices: vec![],
    })
}

fn read_exercise(json: &Value) -> Result<Exercise, Refusal> {
    let input = Input::of(json);
    Ok(Exercise {
        id: FixedBytes(input.array("id")?),
        name: Text::default(),
        not_before: UnixMillis(input.number("not_before")?),
        not_after: UnixMillis(input.number("not_after")?),
        participants: input.list("participants", json::read_desk)?,
    })
}

fn read_house(json: &Value, agency: &Agency) -> Result<(House, Rules), Refusal> {
    let input = Input::of(json);
    let units = input.list("units", |json| {
        let input = Input::of(json);
        let superior = input
            .optional("superior")
            .map(|_| input.parsed("superior"))
            .transpose()?;
        Ok(UnitEntry {
            unit: input.parsed("unit")?,
            superior,
        })
    })?;
    let house = House {
        agency: agency.clone(),
        number: 1,
        previous: None,
        issued: UnixMillis(0),
        units,
        rules: Bytes::default(),
        extensions: Extensions::default(),
    };
    Ok((house, read_rules(input.member("rules")?)?))
}

fn read_known(json: &Value) -> Result<(Hash, Known), Refusal> {
    let input = Input::of(json);
    let known = Known {
        sender: input.parsed("sender")?,
        status: input.parsed("status")?,
        marking: input.list("marking", json::read_marking)?,
    };
    Ok((FixedBytes(input.array("digest")?), known))
}

fn read_sent(json: &Value) -> Result<((Table, String), u32), Refusal> {
    let input = Input::of(json);
    let table = match input.text("table")? {
        "accord" => Table::Accord,
        "house" => Table::House,
        _ => return Err(Refusal::case("no table")),
    };
    Ok((
        (table, input.text("row")?.to_owned()),
        input.number("messages")?,
    ))
}

fn read_statement(json: &Value) -> Result<Statement, Refusal> {
    let input = Input::of(json);
    let desk: Desk = input.parsed("desk")?;
    let claim = match input.text("claim")? {
        "released" => Claim::Released {
            precedence: input.parsed("precedence")?,
            remark: None,
        },
        "release-refused" => Claim::ReleaseRefused {
            reason: 1,
            remark: None,
        },
        "granted" => Claim::Granted {
            on: match input.text("use")? {
                "onward" => Use::Onward,
                "judicial" => Use::Judicial,
                _ => return Err(Refusal::case("no use")),
            },
            to: input.list("to", |agency| {
                let agency = agency.as_str().and_then(|agency| agency.parse().ok());
                agency.ok_or_else(|| Refusal::case("no agency"))
            })?,
            until: input.optional_number("until")?.map(UnixMillis),
        },
        _ => Claim::Delivered,
    };
    Ok(Statement {
        subject: input
            .optional_array("subject")?
            .unwrap_or(FixedBytes([0; 32])),
        at: UnixMillis(input.number("at")?),
        signer: Signer {
            agency: desk.agency(),
            desk: Some(desk),
            key: FixedBytes([0; 16]),
        },
        claim,
        extensions: Extensions::default(),
    })
}
