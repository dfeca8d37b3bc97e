//! The world of the routing cases, and how one case differs from another.
//!
//! `police.xa` has a head, a gateway beside it and a region with a city, its ward and a port;
//! `border.xb` a gateway and an operations unit; `coast.xc` a gateway. Unless a case says
//! otherwise, the city asks the operations desk something, under an accord of one lax row.

use super::super::case::Case;
use serde_json::{Value, json};

/// A minute, an hour and a day, in milliseconds.
pub(in crate::vectors) const MINUTE: u64 = 60_000;
pub(in crate::vectors) const HOUR: u64 = 60 * MINUTE;
pub(in crate::vectors) const DAY: u64 = 24 * HOUR;
/// The time of every case that does not name another.
pub(in crate::vectors) const NOW: u64 = 1_750_000_000_000;

pub(in crate::vectors) const CITY: &str = "duty@city.police.xa";
pub(in crate::vectors) const REGION: &str = "duty@region.police.xa";
pub(in crate::vectors) const HEAD: &str = "duty@hq.police.xa";
pub(in crate::vectors) const SPOC: &str = "duty@spoc.police.xa";
pub(in crate::vectors) const NIGHT: &str = "night@spoc.police.xa";
pub(in crate::vectors) const PORT: &str = "duty@port.police.xa";
pub(in crate::vectors) const WARD: &str = "duty@ward.police.xa";
pub(in crate::vectors) const OPS: &str = "duty@ops.border.xb";
pub(in crate::vectors) const OPS_DEPUTY: &str = "deputy@ops.border.xb";
pub(in crate::vectors) const PEER_SPOC: &str = "duty@spoc.border.xb";
pub(in crate::vectors) const PEER_NIGHT: &str = "night@spoc.border.xb";
pub(in crate::vectors) const COAST: &str = "duty@spoc.coast.xc";

/// One thing that differs: where, and what stands there.
pub(in crate::vectors) type Edit = (&'static str, Value);

/// A clause with a scene that it lets pass, and scenes that it does not.
pub(in crate::vectors) struct Clause {
    id: &'static str,
    title: &'static str,
    setup: Vec<Edit>,
    at_ingress: Ingress,
    also: Vec<(&'static str, Vec<Edit>)>,
    refused: Vec<(&'static str, &'static str, Vec<Edit>)>,
}

/// What ingress makes of the scenes of a clause.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::vectors) enum Ingress {
    /// It refuses the same.
    Refuses,
    /// It cannot judge the clause, and passes.
    Passes,
    /// The message crosses no border.
    None,
    /// Only ingress refuses; egress holds.
    Alone,
}

impl Clause {
    pub(in crate::vectors) const fn new(
        id: &'static str,
        title: &'static str,
        at_ingress: Ingress,
        setup: Vec<Edit>,
    ) -> Self {
        Self {
            id,
            title,
            setup,
            at_ingress,
            also: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// A further scene that passes.
    pub(in crate::vectors) fn passes(mut self, title: &'static str, edits: Vec<Edit>) -> Self {
        self.also.push((title, edits));
        self
    }

    /// A scene that is refused, and what is wrong in it.
    pub(in crate::vectors) fn refuses(
        mut self,
        title: &'static str,
        fault: &'static str,
        edits: Vec<Edit>,
    ) -> Self {
        self.refused.push((title, fault, edits));
        self
    }

    pub(in crate::vectors) fn cases(self) -> Vec<Case> {
        let requirement: &'static [&'static str] = vec![self.id].leak();
        let stem = format!("{}-{}", self.id.to_lowercase(), self.title);
        let scene = |edits: &[Edit]| {
            let mut whole = shared();
            self.setup
                .iter()
                .chain(edits)
                .for_each(|edit| apply(&mut whole, edit));
            whole
        };
        let valid = |id: &str, scene: &Value| Case::valid(id, requirement, changed(scene));
        let refusal = |id: &str, base: &str, fault: &str, scene: &Value| {
            let (base, verdict) = ((base, fault), ("policy", self.id));
            Case::invalid(id, requirement, base, verdict, changed(scene)).flag("Rule")
        };
        let mut cases = Vec::new();
        let both = self.at_ingress != Ingress::None;
        let far = format!("{stem}-ingress");
        let near = scene(&[]);
        cases.push(valid(&stem, &near));
        if both {
            cases.push(valid(&far, &ingress(near)));
        }
        for (title, edits) in &self.also {
            let near = scene(edits);
            cases.push(valid(&format!("{stem}-{title}"), &near));
            if both {
                cases.push(valid(&format!("{stem}-{title}-ingress"), &ingress(near)));
            }
        }
        for (title, fault, edits) in &self.refused {
            let near = scene(edits);
            let id = format!("{stem}-{title}");
            let far_id = format!("{id}-ingress");
            match self.at_ingress {
                Ingress::Alone => cases.push(valid(&id, &near)),
                _ => cases.push(refusal(&id, &stem, fault, &near)),
            }
            match self.at_ingress {
                Ingress::Refuses | Ingress::Alone => {
                    cases.push(refusal(&far_id, &far, fault, &ingress(near)));
                }
                Ingress::Passes => cases.push(valid(&far_id, &ingress(near))),
                Ingress::None => {}
            }
        }
        cases
    }
}

/// The same before the relay of `border.xb`: without the house, with the rosters that it judges by.
fn ingress(mut scene: Value) -> Value {
    let rosters = scene["rosters"].as_array().into_iter().flatten();
    let theirs = rosters.filter(|roster| roster["agency"] != "coast.xc");
    let theirs: Vec<Value> = theirs.cloned().collect();
    for (key, value) in [
        ("own", json!("border.xb")),
        ("side", json!("ingress")),
        ("house", Value::Null),
        ("rosters", theirs.into()),
    ] {
        scene[key] = value;
    }
    // What a house's rows have been used for is the other side's business.
    if let Some(sent) = scene["sent"].as_array_mut() {
        sent.retain(|sent| sent["table"] != "house");
    }
    scene
}

/// The members that differ from what all cases share.
pub(in crate::vectors) fn changed(scene: &Value) -> Value {
    let shared = shared();
    let members = scene.as_object().into_iter().flatten();
    let own = members.filter(|(key, value)| shared.get(key.as_str()) != Some(*value));
    own.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

pub(in crate::vectors) fn apply(scene: &mut Value, (path, value): &Edit) {
    let (parent, key) = path.rsplit_once('/').unwrap_or(("", path));
    match scene.pointer_mut(parent) {
        Some(Value::Array(list)) if key == "-" => list.push(value.clone()),
        Some(Value::Array(list)) => {
            let at = key.parse().ok();
            if let Some(place) = at.and_then(|at: usize| list.get_mut(at)) {
                *place = value.clone();
            }
        }
        Some(Value::Object(members)) => {
            members.insert(key.to_owned(), value.clone());
        }
        _ => {}
    }
}

pub(in crate::vectors) fn to(desk: &str, role: &str) -> Value {
    json!({ "desk": desk, "role": role })
}

/// Addressees in the order of a header.
pub(in crate::vectors) fn addressed(desks: &[(&str, &str)]) -> Edit {
    let mut desks = desks.to_vec();
    desks.sort_unstable();
    let list: Vec<Value> = desks.iter().map(|(desk, role)| to(desk, role)).collect();
    ("/header/addressees", list.into())
}

pub(in crate::vectors) fn shared() -> Value {
    json!({
        "own": "police.xa",
        "side": "egress",
        "now": NOW,
        "accord": { "rules": table(vec![row("base")]) },
        "rosters": [
            roster("border.xb", &[(OPS, None, &[OPS_DEPUTY]), (OPS_DEPUTY, None, &[]),
                (PEER_SPOC, None, &[]), (PEER_NIGHT, None, &[])]),
            roster("coast.xc", &[(COAST, None, &[])]),
            roster("police.xa", &[(CITY, None, &[]), (HEAD, None, &[]), (PORT, None, &[]),
                (REGION, None, &[]), (SPOC, None, &[]), (NIGHT, None, &[]), (WARD, None, &[])]),
        ],
        "house": { "units": units(), "rules": table(vec![]) },
        "known": [],
        "sent": [],
        "header": {
            "sender": CITY,
            "addressees": [to(OPS, "action")],
            "format": 4,
            "precedence": "routine",
            "status": "actual",
            "marking": [],
            "in_reply_to": null,
            "supersedes": null,
            "encloses": [],
            "created": NOW - 1_000,
            "expires": NOW - 1_000 + DAY,
            "acknowledge_within": null,
            "answer_within": null,
            "exercise": null,
            "task_force": null,
            "exception": null,
            "body_bytes": 272,
        },
        "statements": [],
    })
}

pub(in crate::vectors) fn table(rows: Vec<Value>) -> Value {
    json!({ "framework": null, "rows": rows, "task_forces": [] })
}

/// A row for everything that crosses the border and is meant, and that demands nothing.
pub(in crate::vectors) fn row(name: &str) -> Value {
    json!({
        "name": name,
        "formats": [4],
        "precedences": ["routine", "priority", "immediate", "flash"],
        "statuses": ["actual"],
        "directions": ["cross-border"],
        "path": "direct",
        "release": "none",
        "copies": [],
        "acknowledge_within": null,
        "answer_within": null,
        "escalation": [],
        "release_within": null,
        "exceptions": [],
        "ceiling": null,
        "lifetime": null,
        "addressees": null,
        "body_bytes": null,
        "rate": null,
    })
}

/// The same for what stays at home.
pub(in crate::vectors) fn home_row(name: &str) -> Value {
    let mut row = row(name);
    row["directions"] = json!(["up", "down", "lateral"]);
    row
}

fn units() -> Value {
    let unit = |unit: &str, superior: Option<&str>| {
        let name = |label: &str| format!("{label}.police.xa");
        json!({ "unit": name(unit), "superior": superior.map(name) })
    };
    json!([
        unit("city", Some("region")),
        unit("hq", None),
        unit("port", Some("region")),
        unit("region", Some("hq")),
        unit("spoc", Some("hq")),
        unit("ward", Some("city")),
    ])
}

type Desk<'a> = (&'a str, Option<&'a str>, &'a [&'a str]);

fn roster(agency: &str, desks: &[Desk<'_>]) -> Value {
    let mut desks = desks.to_vec();
    desks.sort_unstable();
    let entry = |(desk, superior, deputies): &Desk<'_>| {
        json!({
            "desk": desk,
            "authorities": [{ "format": 4, "precedence": "flash" }],
            "superior": superior,
            "deputies": deputies,
        })
    };
    json!({
        "agency": agency,
        "gateways": [format!("spoc.{agency}")],
        "desks": desks.iter().map(entry).collect::<Vec<_>>(),
        "exercises": [],
    })
}

/// Where a desk stands in the shared rosters, for edits of its entry.
pub(in crate::vectors) const CITY_ENTRY: &str = "/rosters/2/desks/0";
pub(in crate::vectors) const SPOC_ENTRY: &str = "/rosters/2/desks/4";
pub(in crate::vectors) const OPS_ENTRY: &str = "/rosters/0/desks/1";

/// A statement of a desk.
pub(in crate::vectors) fn released(desk: &str, precedence: &str) -> Value {
    json!({ "desk": desk, "at": NOW, "claim": "released", "precedence": precedence })
}
