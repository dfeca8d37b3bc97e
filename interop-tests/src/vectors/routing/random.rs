//! Random cases of `routing-decide`, for putting two implementations beside each other.
//!
//! Small numbers of everything, so that clauses meet: each case is a scene with a few random edits
//! of rows, rosters, header and statements. The same seed gives the same cases.

use super::scene::{
    CITY, COAST, DAY, HEAD, HOUR, NIGHT, NOW, OPS, OPS_DEPUTY, PEER_NIGHT, PEER_SPOC, PORT, REGION,
    SPOC, WARD, released, row, shared,
};
use estafette_protocol::crypto::sha256;
use serde_json::{Value, json};

const DESKS: [&str; 12] = [
    CITY, HEAD, NIGHT, OPS, OPS_DEPUTY, PEER_NIGHT, PEER_SPOC, PORT, REGION, SPOC, WARD, COAST,
];
const DIGESTS: [&str; 2] = [
    "1111111111111111111111111111111111111111111111111111111111111111",
    "2222222222222222222222222222222222222222222222222222222222222222",
];
const DRILL: &str = "0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d";
const PRECEDENCES: [&str; 4] = ["routine", "priority", "immediate", "flash"];
const STATUSES: [&str; 3] = ["actual", "exercise", "test"];
const COPIES: [&str; 4] = ["superior", "skipped", "own-gateway", "peer-gateway"];
const PATHS: [&str; 4] = ["direct", "by-level", "to-gateway", "between-gateways"];
const RELEASES: [&str; 4] = ["none", "superior", "gateway", "two-person"];

/// The `number`-th random case of a seed: the members of `in`.
#[must_use]
pub fn case(seed: u64, number: u64) -> Value {
    let mut dice = Dice {
        seed,
        number,
        drawn: 0,
        block: [0; 32],
    };
    let mut scene = shared();
    let crosses = dice.one_in(4) == 0;
    rosters(&mut dice, &mut scene);
    scene["header"] = header(&mut dice, crosses);
    scene["accord"] = match crosses {
        true => json!({ "rules": table(&mut dice, &["cross-border"], true) }),
        false => Value::Null,
    };
    let all: &[&str] = &["up", "down", "lateral", "cross-border"];
    let house = match dice.one_in(3) {
        0 => json!({ "framework": null, "rows": [], "task_forces": [] }),
        _ => table(&mut dice, all, false),
    };
    scene["house"]["rules"] = house;
    scene["known"] = known(&mut dice);
    scene["statements"] = statements(&mut dice);
    scene["sent"] = json!([
        { "table": "accord", "row": "a", "messages": dice.below(3) },
        { "table": "house", "row": "a", "messages": dice.below(3) },
    ]);
    if crosses && dice.one_in(2) == 0 {
        at_ingress(&mut scene);
    } else if dice.one_in(6) == 0 {
        scene["house"] = Value::Null;
    }
    scene
}

fn at_ingress(scene: &mut Value) {
    scene["own"] = json!("border.xb");
    scene["side"] = json!("ingress");
    scene["house"] = Value::Null;
    if let Some(rosters) = scene["rosters"].as_array_mut() {
        rosters.retain(|roster| roster["agency"] != "coast.xc");
    }
}

/// Dice that fall the same way for the same seed.
struct Dice {
    seed: u64,
    number: u64,
    drawn: u64,
    block: [u8; 32],
}

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        let at = usize::try_from(self.drawn % 32).unwrap_or(0);
        if at == 0 {
            let place = [self.seed, self.number, self.drawn]
                .map(u64::to_be_bytes)
                .concat();
            self.block = sha256(&[b"estafette routing dice", &place]).0;
        }
        self.drawn = self.drawn.saturating_add(1);
        u64::from(self.block.get(at).copied().unwrap_or(0)) % sides.max(1)
    }

    fn one_in(&mut self, sides: u64) -> u64 {
        self.below(sides)
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        let at = self.below(u64::try_from(of.len()).unwrap_or(1));
        of.get(usize::try_from(at).unwrap_or(0))
            .copied()
            .unwrap_or_else(|| of[0])
    }

    /// Each of these with a chance of one in `sides`, in their order.
    fn some(&mut self, of: &[&str], sides: u64) -> Vec<String> {
        let mut kept = of.to_vec();
        kept.retain(|_| self.below(sides) == 0);
        kept.into_iter().map(str::to_owned).collect()
    }

    /// As [`Dice::some`], and at least one.
    fn few(&mut self, of: &[&str], sides: u64) -> Vec<String> {
        let kept = self.some(of, sides);
        match kept.is_empty() {
            true => vec![self.pick(of).to_owned()],
            false => kept,
        }
    }

    fn maybe(&mut self, value: Value, sides: u64) -> Value {
        match self.below(sides) {
            0 => value,
            _ => Value::Null,
        }
    }
}

fn rosters(dice: &mut Dice, scene: &mut Value) {
    let rosters = scene["rosters"].as_array_mut();
    for roster in rosters.into_iter().flatten() {
        let agency = roster["agency"].as_str().unwrap_or_default().to_owned();
        let own: Vec<&str> = DESKS
            .into_iter()
            .filter(|desk| desk.ends_with(&agency))
            .collect();
        for entry in roster["desks"].as_array_mut().into_iter().flatten() {
            let desk = entry["desk"].as_str().unwrap_or_default().to_owned();
            let others: Vec<&str> = own.iter().copied().filter(|other| *other != desk).collect();
            if !others.is_empty() {
                if dice.below(3) == 0 {
                    entry["superior"] = json!(dice.pick(&others));
                }
                let deputies = dice.some(&others, 4);
                entry["deputies"] = deputies.into_iter().take(4).collect();
            }
            let precedence = dice.pick(&PRECEDENCES);
            let format = 4 + dice.below(5) / 4;
            let other = 9 - format;
            entry["authorities"] = json!([
                { "format": format.min(other), "precedence": precedence },
                { "format": format.max(other), "precedence": precedence },
            ]);
        }
        if dice.below(3) > 0 {
            let mut participants = dice.few(&own, 2);
            participants.sort();
            let (from, until) = (NOW - HOUR, NOW - 1 + dice.below(6) * HOUR);
            roster["exercises"] = json!([{
                "id": DRILL, "not_before": from, "not_after": until,
                "participants": participants,
            }]);
        }
    }
}

fn table(dice: &mut Dice, directions: &[&str], forces: bool) -> Value {
    // Rows that share nothing: one for each of two formats.
    let rows: Vec<Value> = [("a", 4), ("b", 5)]
        .into_iter()
        .take(if dice.below(8) == 0 { 0 } else { 2 })
        .map(|(name, format)| random_row(dice, name, format, directions))
        .collect();
    let members = dice.few(&DESKS, 5);
    let force = json!({ "name": "harbour", "members": sorted(members, CITY) });
    let forces = if forces { vec![force] } else { vec![] };
    json!({ "framework": null, "rows": rows, "task_forces": forces })
}

fn random_row(dice: &mut Dice, name: &str, format: u16, directions: &[&str]) -> Value {
    let mut row = row(name);
    row["formats"] = json!([format]);
    row["precedences"] = ordered(dice.few(&PRECEDENCES, 2).as_slice(), &PRECEDENCES);
    if dice.below(3) > 0 {
        row["precedences"] = json!(PRECEDENCES);
    }
    row["statuses"] = json!(STATUSES);
    row["directions"] = json!(directions);
    row["path"] = json!(if dice.below(4) > 0 {
        "direct"
    } else {
        dice.pick(&PATHS)
    });
    row["release"] = json!(if dice.below(2) == 0 {
        "none"
    } else {
        dice.pick(&RELEASES)
    });
    row["copies"] = dice.some(&COPIES, 6).into();
    row["acknowledge_within"] = dice.maybe(json!(HOUR), 8);
    row["answer_within"] = dice.maybe(json!(DAY), 9);
    let steps = ["deputy", "superior", "gateway"];
    if dice.below(4) == 0 {
        row["escalation"] = json!([{ "after": HOUR, "to": dice.pick(&steps) }]);
    }
    let within = HOUR * (1 + dice.below(2));
    row["release_within"] = dice.maybe(json!(within), 2);
    if dice.below(2) == 0 {
        row["exceptions"] = json!([1]);
    }
    let code = dice.below(5);
    row["ceiling"] = dice.maybe(json!([{ "axis": 1, "code": code }]), 6);
    row["lifetime"] = dice.maybe(json!(DAY), 8);
    row["addressees"] = dice.maybe(json!(3), 8);
    row["body_bytes"] = dice.maybe(json!(272), 8);
    let per = HOUR;
    row["rate"] = dice.maybe(json!({ "messages": 2, "per": per }), 5);
    row
}

/// The same words in the order of `all`.
fn ordered(words: &[String], all: &[&str]) -> Value {
    let kept = all.iter().filter(|word| words.iter().any(|w| w == *word));
    kept.copied().map(str::to_owned).collect()
}

/// Members of a task force, the sender often among them, at least two.
fn sorted(mut desks: Vec<String>, usual: &str) -> Vec<String> {
    for desk in [usual, OPS] {
        if !desks.iter().any(|d| d == desk) && (desks.len() < 2 || desk == usual) {
            desks.push(desk.to_owned());
        }
    }
    desks.sort();
    desks
}

fn header(dice: &mut Dice, crosses: bool) -> Value {
    let home: Vec<&str> = DESKS
        .into_iter()
        .filter(|d| d.ends_with(".police.xa"))
        .collect();
    let sender = if dice.below(2) == 0 {
        CITY
    } else {
        dice.pick(&home)
    };
    let all: &[&str] = if crosses { &DESKS } else { &home };
    let mut addressees: Vec<(String, &str)> = Vec::new();
    for desk in all {
        if *desk != sender && dice.below(5) < 2 {
            let role = match dice.below(6) {
                0..=2 => "info",
                3 => "standby",
                _ => "action",
            };
            addressees.push(((*desk).to_owned(), role));
        }
    }
    let must = if crosses {
        OPS
    } else {
        dice.pick(&[REGION, HEAD, SPOC, WARD])
    };
    addressees.retain(|(desk, _)| *desk != must);
    if must != sender {
        addressees.push((must.to_owned(), "action"));
    } else {
        addressees.retain(|(desk, _)| desk != NIGHT);
        addressees.push((NIGHT.to_owned(), "action"));
    }
    addressees.sort();
    let list = addressees
        .iter()
        .map(|(desk, role)| json!({ "desk": desk, "role": role }));
    let list: Vec<Value> = list.collect();
    let status = if dice.below(7) == 0 {
        "exercise"
    } else {
        "actual"
    };
    let enclosed = if dice.below(6) == 0 {
        dice.few(&DIGESTS, 2)
    } else {
        vec![]
    };
    let marking = match dice.below(3) {
        0 => json!([{ "axis": 1, "code": dice.below(5) }]),
        _ => json!([]),
    };
    let (parent, older) = (dice.pick(&DIGESTS), dice.pick(&DIGESTS));
    let (force, code) = (
        dice.pick(&["harbour", "harbour", "port"]),
        1 + dice.below(4) / 3,
    );
    json!({
        "sender": sender,
        "addressees": list,
        "format": 4 + dice.below(8) / 7,
        "precedence": dice.pick(&PRECEDENCES),
        "status": status,
        "marking": marking,
        "in_reply_to": dice.maybe(json!(parent), 4),
        "supersedes": dice.maybe(json!(older), 6),
        "encloses": enclosed,
        "created": NOW - 1_000,
        "expires": NOW - 1_000 + DAY + dice.below(8) / 7,
        "acknowledge_within": dice.maybe(json!(HOUR), 2),
        "answer_within": dice.maybe(json!(DAY), 2),
        "exercise": if status == "exercise" { json!(DRILL) } else { Value::Null },
        "task_force": dice.maybe(json!(force), 14),
        "exception": dice.maybe(json!(code), 9),
        "body_bytes": 272 + 256 * (dice.below(6) / 5),
    })
}

fn known(dice: &mut Dice) -> Value {
    let mut known = Vec::new();
    for digest in DIGESTS {
        if dice.below(5) > 0 {
            let marking = match dice.below(3) {
                0 => json!([{ "axis": 1, "code": dice.below(5) }]),
                _ => json!([]),
            };
            let status = if dice.below(5) == 0 {
                "exercise"
            } else {
                "actual"
            };
            let sender = if dice.below(3) == 0 {
                CITY
            } else {
                dice.pick(&DESKS)
            };
            known.push(json!({
                "digest": digest, "sender": sender, "status": status, "marking": marking,
            }));
        }
    }
    known.into()
}

fn statements(dice: &mut Dice) -> Value {
    let mut statements = Vec::new();
    for _ in 0..dice.below(5) {
        let desk = dice.pick(&DESKS);
        let mut said = match dice.below(6) {
            0 => json!({ "desk": desk, "claim": "release-refused" }),
            1 | 2 => json!({
                "desk": desk,
                "claim": "granted",
                "subject": dice.pick(&DIGESTS),
                "use": dice.pick(&["onward", "onward", "judicial"]),
                "to": ["border.xb", "coast.xc", "police.xa"],
                "until": dice.maybe(json!(NOW - 1), 5),
            }),
            3 => json!({ "desk": desk, "claim": "acknowledged" }),
            _ => released(desk, dice.pick(&PRECEDENCES)),
        };
        said["at"] = json!(NOW - dice.below(3));
        statements.push(said);
    }
    statements.into()
}
