//! How this implementation answers the escalation chapter.

use super::super::routing::answer::{Scene, header, read_side};
use crate::json::{self, Input, number};
use crate::verdict::{Answer, Refusal, Verdict};
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::encoding::{Signed, decode};
use estafette_protocol::envelope::Header;
use estafette_protocol::escalation::{
    ChainPlan, Effect, Moment, PlannedStep, Watch, check_extension,
};
use estafette_protocol::routing::{NotStaffed, chains};
use estafette_protocol::statement::{self, Statement};
use estafette_protocol::time::UnixMillis;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Answers a case of the chapter.
#[must_use]
pub fn answer(operation: &str, shared: &Value, input: &Value) -> Verdict {
    let input = Input::new(shared, input);
    match operation {
        "escalation-chains" => planned(&input).into(),
        "escalation-watch" => watched(&input).into(),
        "escalation-extension" => extended(&input).into(),
        _ => Verdict::Unsupported,
    }
}

fn planned(input: &Input<'_>) -> Answer {
    let scene = Scene::read(input)?;
    let not_staffed = input.list("not_staffed", |json| {
        let input = Input::of(json);
        Ok((
            input.parsed("desk")?,
            NotStaffed {
                stand_in: optional_desk(&input, "stand_in")?,
            },
        ))
    })?;
    let not_staffed: BTreeMap<Desk, NotStaffed> = not_staffed.into_iter().collect();
    let rosters = scene.rosters();
    let world = scene.world(&rosters);
    let plans = chains(&scene.header, &world, scene.side, |desk| {
        not_staffed.get(desk).cloned()
    });
    Ok(json!({ "chains": plans.iter().map(plan).collect::<Vec<_>>() }))
}

fn optional_desk(input: &Input<'_>, key: &str) -> Result<Option<Desk>, Refusal> {
    input.optional(key).map(|_| input.parsed(key)).transpose()
}

fn plan(plan: &ChainPlan) -> Value {
    let step = |step: &PlannedStep| {
        json!({
            "number": step.number,
            "after": number(step.after),
            "to": step.to.as_str(),
        })
    };
    json!({
        "head": plan.head.as_str(),
        "steps": plan.steps.iter().map(step).collect::<Vec<_>>(),
        "at_once": plan.at_once,
    })
}

fn read_plan(json: &Value) -> Result<ChainPlan, Refusal> {
    let input = Input::of(json);
    let steps = input.list("steps", |json| {
        let input = Input::of(json);
        Ok(PlannedStep {
            number: input.number("number")?,
            after: input.number("after")?,
            to: input.parsed("to")?,
        })
    })?;
    Ok(ChainPlan {
        head: input.parsed("head")?,
        steps,
        at_once: input.optional_number("at_once")?,
    })
}

/// A watch of one message, and all that was said of it so far.
struct Play {
    watch: Watch,
    own: Agency,
    not_before: Option<UnixMillis>,
    plans: Vec<ChainPlan>,
    header: Header,
    said: Vec<Signed<Statement>>,
}

fn watched(input: &Input<'_>) -> Answer {
    let header = short_header(input.member("header")?)?;
    let (own, side): (Agency, _) = (input.parsed("own")?, read_side(input)?);
    let mut play = Play {
        watch: Watch::new(&header, &own, side, input.parsed("precedence")?),
        own,
        not_before: header.not_before,
        plans: input.list("chains", read_plan)?,
        header,
        said: Vec::new(),
    };
    let mut effects = Vec::new();
    for event in input.list("events", Ok)? {
        effects.push(play.happens(&Input::of(event))?);
    }
    let next = play.watch.poll_timeout();
    Ok(json!({
        "effects": effects,
        "next": next.map(|at| number(at.0)),
    }))
}

/// A header of which only what a watch looks at is given.
fn short_header(given: &Value) -> Result<Header, Refusal> {
    let mut whole = json!({ "format": 1, "created": 0, "expires": 0 });
    if let (Value::Object(whole), Value::Object(given)) = (&mut whole, given) {
        whole.extend(given.clone());
    }
    header(&whole, false)
}

impl Play {
    fn happens(&mut self, event: &Input<'_>) -> Answer {
        let at = UnixMillis(event.number("at")?);
        let wall = event.optional_number("wall")?.map(UnixMillis);
        let now = Moment {
            wall: wall.unwrap_or(at),
            steady: at,
        };
        let before = self.watch.catch_up(&self.said, now);
        let mut after = self.take(event, now)?;
        after.extend(self.watch.advance(&self.said, now));
        let told = [self.in_order(before), self.in_order(after)].concat();
        Ok(told.iter().map(effect).collect())
    }

    fn in_order(&self, mut effects: Vec<Effect>) -> Vec<Effect> {
        let place = |effect: &Effect| {
            let (desk, late) = match effect {
                Effect::Overdue { desk, .. } => (desk, false),
                Effect::Escalate { desk, .. } => (desk, true),
            };
            let mut order = self.header.addressees.iter();
            (order.position(|one| one.desk == *desk), late)
        };
        effects.sort_by_key(place);
        effects
    }

    fn take(&mut self, event: &Input<'_>, now: Moment) -> Result<Vec<Effect>, Refusal> {
        if event.optional("start").is_some() {
            let plans = std::mem::take(&mut self.plans);
            return Ok(self.watch.start(&self.own, plans, self.not_before, now));
        }
        if event.optional("relayed").is_some() {
            let agency = event.parsed("relayed")?;
            self.watch.relayed(&agency, self.not_before, now);
        }
        let said = event.list("said", |bytes| {
            Ok(statement::decode(&json::read_bytes(bytes)?)?)
        })?;
        let entitled = |said: &Signed<Statement>| {
            let value = said.value();
            value.signer.is_entitled(&value.claim, &self.header)
        };
        self.said.extend(said.into_iter().filter(entitled));
        if event.optional("over").is_some() {
            let over = event.list("over", json::read_desk)?;
            self.watch.end(|desk| over.contains(desk));
        }
        if event.optional("expired").is_some() {
            let have_it = event.list("expired", json::read_desk)?;
            self.watch.expire(|desk| have_it.contains(desk));
        }
        let asked = event.optional("asked").map(|asked| {
            let asked = Input::of(asked);
            self.ask(&asked, now)
        });
        Ok(asked.transpose()?.unwrap_or_default())
    }

    fn ask(&mut self, asked: &Input<'_>, now: Moment) -> Result<Vec<Effect>, Refusal> {
        let (desk, by): (Desk, Desk) = (asked.parsed("desk")?, asked.parsed("by")?);
        let step = asked.optional_number("step")?;
        let allowed = self.watch.can_ask((&desk, step), &by, now);
        allowed.map_err(|(_, clause)| Refusal::new("policy", clause))?;
        Ok(self.watch.ask(&desk, step, now).into_iter().collect())
    }
}

fn effect(effect: &Effect) -> Value {
    match effect {
        Effect::Escalate {
            desk,
            step,
            to,
            cause,
        } => json!({ "escalate": {
            "desk": desk.as_str(),
            "step": step,
            "to": to.as_str(),
            "cause": cause.word(),
        } }),
        Effect::Overdue { desk, clock, due } => json!({ "overdue": {
            "desk": desk.as_str(),
            "clock": clock.word(),
            "due": number(due.0),
        } }),
    }
}

fn extended(input: &Input<'_>) -> Answer {
    let header: Header = decode(&input.bytes("header")?)?;
    let signed = statement::decode(&input.bytes("statement")?)?;
    let allowed = check_extension(&header, signed.value());
    allowed.map_err(|(_, clause)| Refusal::new("policy", clause))?;
    Ok(json!({}))
}
