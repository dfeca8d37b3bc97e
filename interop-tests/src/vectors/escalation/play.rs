//! A message in the eyes of one relay, event by event, with what must be signed written by hand.
//!
//! `duty@ops.border.xb` heads a chain of three steps, to its deputy after 5 minutes, to its superior
//! after 15 and to a gateway desk after 30. Times are of a minute's parts after the start.

use super::super::case::{Case, Chapter};
use super::super::statement::forms::{NOW, SUBJECT, says};
use super::{asking, clocks, silence, words};
use crate::json::{hex, number};
use estafette_protocol::statement::Claim;
use estafette_protocol::time::{MINUTE_MS, UnixMillis};
use serde_json::{Value, json};

pub(super) type Who = (&'static str, Option<&'static str>);

pub(super) const SENDER: Who = ("police.xa", Some("duty@spoc.police.xa"));
pub(super) const DUTY: Who = ("border.xb", Some("duty@ops.border.xb"));
pub(super) const DEPUTY: Who = ("border.xb", Some("deputy@ops.border.xb"));
pub(super) const CHIEF: Who = ("border.xb", Some("chief@hq.border.xb"));
pub(super) const GATE: Who = ("border.xb", Some("night@spoc.border.xb"));
pub(super) const STRANGER: Who = ("border.xb", Some("desk@port.border.xb"));
pub(super) const COAST: Who = ("coast.xc", Some("duty@spoc.coast.xc"));
pub(super) const HOME: Who = ("police.xa", Some("desk@city.police.xa"));

/// A minute, and times after the start in minutes.
pub(super) const M: u64 = MINUTE_MS;

pub(super) fn add(chapter: &mut Chapter) {
    let ingress = json!({
        "own": "border.xb",
        "side": "ingress",
        "precedence": "immediate",
        "header": header(&[
            (CHIEF, "standby"), (DEPUTY, "standby"), (DUTY, "action"), (GATE, "standby"),
        ]),
        "chains": [chain(&[(1, 5 * M, DEPUTY), (2, 15 * M, CHIEF), (3, 30 * M, GATE)])],
    });
    let plays = [silence::plays(), words::plays(), asking::plays()];
    let cases = plays.into_iter().flatten().map(Play::case);
    let op = "escalation-watch";
    chapter.group("watch", op, &ingress, cases.collect());
    let egress = json!({
        "own": "police.xa",
        "side": "egress",
        "precedence": "priority",
        "header": header(&[(DEPUTY, "standby"), (DUTY, "action"), (GATE, "info")]),
        "chains": [],
    });
    let cases = clocks::plays().into_iter().map(Play::case);
    chapter.group("watch-egress", op, &egress, cases.collect());
}

/// Who is addressed by the gateway of `police.xa`, which wants an acknowledgement in 5 minutes.
pub(super) fn header(addressees: &[(Who, &str)]) -> Value {
    let addressees = addressees.iter();
    let addressees = addressees.map(|(who, role)| json!({ "desk": who.1, "role": role }));
    json!({
        "sender": SENDER.1,
        "addressees": addressees.collect::<Vec<_>>(),
        "acknowledge_within": 5 * M,
        "answer_within": null,
        "not_before": null,
    })
}

/// The chain of `duty@ops.border.xb`.
pub(super) fn chain(steps: &[(u8, u64, Who)]) -> Value {
    let steps = steps.iter();
    let steps =
        steps.map(|(number, after, to)| json!({ "number": number, "after": after, "to": to.1 }));
    json!({ "head": DUTY.1, "steps": steps.collect::<Vec<_>>(), "at_once": null })
}

/// What is signed: a step of the chain.
pub(super) fn step(number: u8, to: Who, cause: &str) -> Value {
    json!({ "escalate": { "desk": DUTY.1, "step": number, "to": to.1, "cause": cause } })
}

/// What is signed: that a clock has run out.
pub(super) fn overdue(desk: Who, clock: &str, due: u64) -> Value {
    json!({ "overdue": { "desk": desk.1, "clock": clock, "due": NOW.0 + due } })
}

/// A time of the plays.
pub(super) const fn time(at: u64) -> UnixMillis {
    UnixMillis(NOW.0 + at)
}

pub(super) const fn acknowledged(until: Option<u64>) -> Claim {
    let until = match until {
        Some(until) => Some(time(until)),
        None => None,
    };
    Claim::Acknowledged {
        until,
        remark: None,
    }
}

pub(super) const fn answered() -> Claim {
    Claim::Answered { answer: SUBJECT }
}

pub(super) const fn declined() -> Claim {
    Claim::Declined {
        ground: 1,
        remark: None,
    }
}

pub(super) fn referred(to: Who) -> Claim {
    Claim::Referred {
        to: to
            .1
            .unwrap_or_default()
            .parse()
            .unwrap_or_else(|_| unreachable!()),
        remark: None,
    }
}

/// A message's time before a relay.
pub(super) struct Play {
    id: &'static str,
    requirements: &'static [&'static str],
    members: Value,
    events: Vec<Value>,
    effects: Vec<Value>,
    next: Option<u64>,
    fault: Option<(&'static str, &'static str, &'static str)>,
    quiet: bool,
}

impl Play {
    pub(super) fn new(id: &'static str, requirements: &'static [&'static str]) -> Self {
        Self {
            id,
            requirements,
            members: json!({}),
            events: Vec::new(),
            effects: Vec::new(),
            next: None,
            fault: None,
            quiet: false,
        }
    }

    /// A play that starts at once.
    pub(super) fn started(id: &'static str, requirements: &'static [&'static str]) -> Self {
        Self::new(id, requirements).start(0, &[])
    }

    /// With another member than the group's.
    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.members[key] = value;
        self
    }

    /// About that what must not be signed.
    pub(super) const fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    fn event(mut self, at: u64, mut event: Value, effects: &[Value]) -> Self {
        event["at"] = time(at).0.into();
        self.events.push(event);
        self.effects.push(effects.into());
        self
    }

    /// The wall clock shows another time at the last event.
    pub(super) fn wall(mut self, at: u64) -> Self {
        if let Some(event) = self.events.last_mut() {
            event["wall"] = time(at).0.into();
        }
        self
    }

    pub(super) fn start(self, at: u64, effects: &[Value]) -> Self {
        self.event(at, json!({ "start": true }), effects)
    }

    pub(super) fn tick(self, at: u64, effects: &[Value]) -> Self {
        self.event(at, json!({ "tick": true }), effects)
    }

    pub(super) fn relayed(self, at: u64, agency: &str, effects: &[Value]) -> Self {
        self.event(at, json!({ "relayed": agency }), effects)
    }

    /// The desk's first device says something as it is taken.
    pub(super) fn says(self, at: u64, who: Who, claim: Claim, effects: &[Value]) -> Self {
        let said = says(who, 1, at, claim);
        self.said(at, &[said], effects)
    }

    pub(super) fn said(self, at: u64, said: &[Vec<u8>], effects: &[Value]) -> Self {
        let said: Vec<Value> = said.iter().map(|bytes| hex(bytes)).collect();
        self.event(at, json!({ "said": said }), effects)
    }

    pub(super) fn asks(self, at: u64, by: Who, number: Option<u8>, effects: &[Value]) -> Self {
        let asked = json!({ "desk": DUTY.1, "step": number, "by": by.1 });
        self.event(at, json!({ "asked": asked }), effects)
    }

    pub(super) fn over(self, at: u64, desks: &[Who], effects: &[Value]) -> Self {
        let desks: Vec<_> = desks.iter().map(|who| who.1).collect();
        self.event(at, json!({ "over": desks }), effects)
    }

    pub(super) fn expired(self, at: u64, have_it: &[Who], effects: &[Value]) -> Self {
        let desks: Vec<_> = have_it.iter().map(|who| who.1).collect();
        self.event(at, json!({ "expired": desks }), effects)
    }

    /// When anything is due next; without this, nothing is.
    pub(super) const fn next(mut self, at: u64) -> Self {
        self.next = Some(at);
        self
    }

    /// The request among the events must be refused.
    pub(super) const fn refused(
        mut self,
        clause: &'static str,
        base: &'static str,
        mutation: &'static str,
    ) -> Self {
        self.fault = Some((clause, base, mutation));
        self
    }

    pub(super) fn case(self) -> Case {
        let mut input = self.members;
        input["events"] = self.events.into();
        let id = format!("watch-{}", self.id);
        if let Some((clause, base, mutation)) = self.fault {
            let base = format!("watch-{base}");
            let (fault, verdict) = ((base.as_str(), mutation), ("policy", clause));
            return Case::invalid(id, self.requirements, fault, verdict, input).flag("Asked");
        }
        let next = self.next.map(|at| number(time(at).0));
        let case = Case::valid(id, self.requirements, input)
            .expect("/effects", self.effects.into())
            .expect("/next", json!(next));
        if self.quiet { case.flag("Quiet") } else { case }
    }
}
