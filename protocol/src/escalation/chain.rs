//! A chain: an addressee and the desks to which silence leads from it. Spec: escalation.md, Chains.

use super::{Cause, Effect, Moment, Said};
use crate::address::Desk;
use crate::receipt::{InForce, Words};
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};

/// Where silence leads from an addressee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainPlan {
    /// The addressee.
    pub head: Desk,
    /// The steps that lead to somebody, in the order of their numbers.
    pub steps: Vec<PlannedStep>,
    /// The number of the step that is taken at once, because the head is not staffed (ESC-13).
    pub at_once: Option<u8>,
}

/// One step, and the desk that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Its number in the row, from 1; 0 for one that no row names.
    pub number: u8,
    /// After how much silence, in milliseconds.
    pub after: u64,
    /// Where it leads.
    pub to: Desk,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chain {
    steps: Vec<Step>,
    /// When its silence may begin, by the clock that never jumps.
    from: UnixMillis,
    /// The step that is to be taken then.
    at_once: Option<u8>,
    /// Silence counted before `since`, in milliseconds.
    spent: u64,
    /// Since when nobody is on it, by the clock that never jumps; ahead of now while a promise
    /// runs, absent while somebody is on it without an end.
    since: Option<UnixMillis>,
    /// What was said before the beginning makes a step due with it.
    waits: bool,
    over: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    number: u8,
    after: u64,
    to: Desk,
    /// When it was taken, by the wall clock.
    taken: Option<UnixMillis>,
}

/// A step that was taken now.
pub(super) struct Taken {
    number: u8,
    to: Desk,
    cause: Cause,
}

impl Taken {
    pub(super) fn effect(self, head: &Desk) -> Effect {
        Effect::Escalate {
            desk: head.clone(),
            step: self.number,
            to: self.to,
            cause: self.cause,
        }
    }
}

impl Chain {
    /// Begins a chain at a time, which may lie ahead.
    pub(super) fn begin(plan: ChainPlan, from: Moment) -> Self {
        let steps = plan.steps.into_iter().map(|step| Step {
            number: step.number,
            after: step.after,
            to: step.to,
            taken: None,
        });
        Self {
            steps: steps.collect(),
            from: from.steady,
            at_once: plan.at_once,
            spent: 0,
            since: Some(from.steady),
            waits: false,
            over: false,
        }
    }

    /// Takes the step that waits for nothing but the beginning.
    // ESC-13
    pub(super) fn hurry(&mut self, now: Moment) -> Option<Taken> {
        if self.over || now.steady < self.from {
            return None;
        }
        let number = self.at_once.take()?;
        self.take(number, Cause::NotStaffed, now)
    }

    // ESC-16
    pub(super) fn end(&mut self) {
        self.over = true;
    }

    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    /// Whether it has begun, and nobody was on it for that long, in milliseconds.
    pub(super) fn was_silent_for(&self, ms: u64, now: Moment) -> bool {
        now.steady >= self.from && self.silence(now) >= ms
    }

    /// How long nobody was on it, in milliseconds.
    fn silence(&self, now: Moment) -> u64 {
        let running = self.since.map_or(0, |since| now.steady.since(since));
        self.spent.saturating_add(running)
    }

    /// The steps taken: where each leads, and when it was, by the wall clock.
    pub(super) fn taken(&self) -> impl Iterator<Item = (&Desk, UnixMillis)> {
        let steps = self.steps.iter();
        steps.filter_map(|step| Some((&step.to, step.taken?)))
    }

    /// The desks of the steps taken.
    pub(super) fn responders(&self) -> impl Iterator<Item = &Desk> {
        self.taken().map(|(to, _)| to)
    }

    /// The number of the step asked for, or of the next, where it was not taken.
    pub(super) fn next(&self, step: Option<u8>) -> Option<u8> {
        let mut left = self.steps.iter().filter(|step| step.taken.is_none());
        let next = left.find(|one| step.is_none_or(|number| one.number == number))?;
        (!self.over).then_some(next.number)
    }

    pub(super) fn take(&mut self, number: u8, cause: Cause, now: Moment) -> Option<Taken> {
        let mut left = self.steps.iter_mut().filter(|step| step.taken.is_none());
        let step = left.find(|step| step.number == number)?;
        step.taken = Some(now.wall);
        Some(Taken {
            number,
            to: step.to.clone(),
            cause,
        })
    }

    /// When the next step is due, by the clock that never jumps.
    pub(super) fn next_at(&self) -> Option<UnixMillis> {
        if self.over {
            return None;
        }
        let left = self.steps.iter().filter(|step| step.taken.is_none());
        let after = left.map(|step| step.after).min();
        let due = |after: u64| Some(self.since?.plus(after.saturating_sub(self.spent)));
        let begins = (self.at_once.is_some() || self.waits).then_some(self.from);
        after.and_then(due).into_iter().chain(begins).min()
    }

    /// Takes the steps that are due, each once.
    pub(super) fn advance(&mut self, head: &Desk, said: &Said<'_>, now: Moment) -> Vec<Taken> {
        if self.over {
            return Vec::new();
        }
        self.waits = now.steady < self.from && self.moves_on(&self.words(head, said)).is_some();
        if now.steady < self.from {
            return Vec::new();
        }
        let mut taken: Vec<Taken> = self.hurry(now).into_iter().collect();
        loop {
            let step = self.listen(head, said, now);
            let step = step.or_else(|| self.due(now));
            let Some((number, cause)) = step else {
                return taken;
            };
            taken.extend(self.take(number, cause, now));
        }
    }

    /// Notes since when nobody is on it: what was counted before is kept, and nothing is written
    /// while a silence only lasts.
    // ESC-10
    fn note(&mut self, in_force: Option<InForce>, now: Moment) {
        let Some(end) = in_force else {
            let lasts = self.since.filter(|since| *since <= now.steady);
            self.since = lasts.or(Some(now.steady));
            return;
        };
        self.spent = self.silence(now);
        let until = end.until();
        self.since = until.map(|until| now.steady.plus(until.since(now.wall)));
    }

    // ESC-11
    fn due(&self, now: Moment) -> Option<(u8, Cause)> {
        let silence = self.silence(now);
        let mut left = self.steps.iter().filter(|step| step.taken.is_none());
        let due = left.find(|step| step.after <= silence)?;
        (!self.over).then_some((due.number, Cause::Silence))
    }

    /// The words of the responders.
    fn words<'a>(&self, head: &Desk, said: &'a Said<'_>) -> Vec<&'a Words> {
        let responders = std::iter::once(head).chain(self.responders());
        responders.map(|desk| said.words(desk)).collect()
    }

    /// Hears whether anybody is on it, and until when; gives the step that follows at once.
    fn listen(&mut self, head: &Desk, said: &Said<'_>, now: Moment) -> Option<(u8, Cause)> {
        let words = self.words(head, said);
        // ESC-16
        if words.iter().any(|words| words.answered.is_some()) {
            self.over = true;
            return None;
        }
        let in_force = words.iter().filter_map(|words| words.in_force);
        let in_force = in_force.reduce(Ord::max);
        self.note(in_force, now);
        self.moves_on(&words)
    }

    /// The step that follows at once from what the responders have said last.
    // ESC-12
    fn moves_on(&self, words: &[&Words]) -> Option<(u8, Cause)> {
        let mut referred = words.iter().filter_map(|words| words.referred_to());
        let left = |to: &Desk| {
            let mut steps = self.steps.iter();
            let step = steps.find(|step| step.taken.is_none() && step.to == *to)?;
            Some((step.number, Cause::Referred))
        };
        let named = referred.find_map(left);
        let forsaken = words.iter().all(|words| words.is_off());
        let next = || Some((self.next(None)?, Cause::Declined));
        named.or_else(|| forsaken.then(next).flatten())
    }
}
