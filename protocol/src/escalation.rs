//! By when somebody must act, and where silence leads: what a relay watches of one message.
//!
//! A machine that its relay writes down after every step: [`Watch::advance`] takes the time and all
//! that was said, and gives what is to be signed. It measures by a clock that never jumps, and
//! speaks of the wall clock's time. Who is led where is [`crate::routing::chains`]'s to say, and what
//! counts as an acknowledgement [`crate::receipt`]'s. Spec: escalation.md.
//!
//! ```text
//!   accepted ─► transport ─► overdue              egress
//!   relayed ──► acknowledge, answer ─► overdue    egress
//!   relayed ──► silence ─► step ─► escalated      the addressee's relay
//! ```

use crate::address::{Agency, Desk};
use crate::admission::Side;
use crate::code::ErrorCode;
use crate::encoding::Signed;
use crate::envelope::{Header, Role};
use crate::precedence::Precedence;
use crate::statement::{Claim, Statement};
use crate::time::{DAY_MS, UnixMillis};
use chain::Chain;
use head::{Head, Said, Timer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod chain;
mod clock;
mod head;

pub use chain::{ChainPlan, PlannedStep};
pub use clock::{Cause, Clock, Moment, transport_ms};

/// Number of a step that no row names (ESC-13).
pub const UNNAMED_STEP: u8 = 0;

/// How far ahead more time to answer may reach, in milliseconds (ESC-24).
pub const EXTENSION_MS_MAX: u64 = 365 * DAY_MS;

/// Whether the sender's desk may give more time to answer as a statement says; of other claims
/// nothing is asked.
///
/// # Errors
/// Code and clause; whoever signed is at fault.
// ESC-24
pub fn check_extension(
    header: &Header,
    statement: &Statement,
) -> Result<(), (ErrorCode, &'static str)> {
    let Claim::Extended { until, .. } = statement.claim else {
        return Ok(());
    };
    let ahead = until.since(statement.at);
    match header.answer_within.is_some() && (1..=EXTENSION_MS_MAX).contains(&ahead) {
        true => Ok(()),
        false => Err((ErrorCode::ExtensionInvalid, "ESC-24")),
    }
}

/// What is to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A step is taken: `escalated`, and the message for the desk that it leads to.
    Escalate {
        /// The head of the chain.
        desk: Desk,
        /// Number of the step.
        step: u8,
        /// Where it leads.
        to: Desk,
        /// Why.
        cause: Cause,
    },
    /// A clock has run out: `overdue`.
    Overdue {
        /// The addressee.
        desk: Desk,
        /// Which clock.
        clock: Clock,
        /// When it was due, by the wall clock.
        due: UnixMillis,
    },
}

/// What a relay watches of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    sender: Desk,
    precedence: Precedence,
    acknowledge_within: Option<u64>,
    answer_within: Option<u64>,
    egress: bool,
    started: bool,
    heads: Vec<Head>,
}

impl Watch {
    /// What a relay of `own` watches of a message at this side. Nothing runs yet.
    #[must_use]
    pub fn new(header: &Header, own: &Agency, side: Side, precedence: Precedence) -> Self {
        let egress = side == Side::Egress;
        let heads = header.addressees.iter().filter(|a| match a.role {
            Role::Action => egress || a.desk.agency() == *own,
            Role::Info => egress && a.desk.agency() != *own,
            Role::Standby => false,
        });
        let heads = heads.map(|a| Head::new(a.desk.clone(), a.role == Role::Action));
        Self {
            sender: header.sender.clone(),
            precedence,
            acknowledge_within: header.acknowledge_within,
            answer_within: header.answer_within,
            egress,
            started: false,
            heads: heads.collect(),
        }
    }

    /// The message goes: transport clocks run, and the clocks of desks that this relay serves begin,
    /// not before `not_before`. `plans` are the chains of those desks. Going again changes nothing.
    pub fn start(
        &mut self,
        own: &Agency,
        plans: Vec<ChainPlan>,
        not_before: Option<UnixMillis>,
        now: Moment,
    ) -> Vec<Effect> {
        if std::mem::replace(&mut self.started, true) {
            return Vec::new();
        }
        let from = now.or_at(not_before.unwrap_or_default());
        // ESC-3
        let transport = Timer::new(Clock::Transport, from.plus(transport_ms(self.precedence)));
        for head in self.running() {
            if head.desk.agency() != *own && head.begun.is_none() {
                head.timers.push(transport);
            }
        }
        self.begin(own, from);
        let mut effects = Vec::new();
        for plan in plans {
            let mut heads = self.running();
            let Some(head) = heads.find(|h| h.acts && h.desk == plan.head) else {
                continue;
            };
            let mut chain = Chain::begin(plan, from);
            let at_once = chain.hurry(now);
            effects.extend(at_once.map(|step| step.effect(&head.desk)));
            head.chain = Some(chain);
        }
        effects
    }

    fn running(&mut self) -> impl Iterator<Item = &mut Head> {
        self.heads.iter_mut().filter(|head| !head.ended)
    }

    /// An agency's relay has the message, says its `relayed`: its clocks begin here too.
    pub fn relayed(&mut self, agency: &Agency, not_before: Option<UnixMillis>, now: Moment) {
        for head in self.running() {
            if head.desk.agency() == *agency {
                head.timers.retain(|timer| timer.clock != Clock::Transport);
            }
        }
        self.begin(agency, now.or_at(not_before.unwrap_or_default()));
    }

    fn begin(&mut self, agency: &Agency, from: Moment) {
        let timers = [
            (Clock::Acknowledge, self.acknowledge_within),
            (Clock::Answer, self.answer_within),
        ];
        let egress = self.egress;
        for head in self.running() {
            if head.begun.is_some() || head.desk.agency() != *agency {
                continue;
            }
            head.begun = Some(from.wall);
            let timers = timers.into_iter().filter(|_| egress && head.acts);
            let within = timers.filter_map(|(clock, within)| Some((clock, within?)));
            let timers = within.map(|(clock, within)| Timer::new(clock, from.plus(within)));
            head.timers.extend(timers);
        }
    }

    /// Time has passed, or something was said: `said` is every valid statement about the message
    /// that this relay holds, in any order. Gives what is to be signed, once.
    pub fn advance(&mut self, said: &[Signed<Statement>], now: Moment) -> Vec<Effect> {
        let closed = |s: &Signed<Statement>| {
            let value = s.value();
            let by_sender = value.signer.desk.as_ref() == Some(&self.sender);
            by_sender && matches!(value.claim, Claim::Closed { .. })
        };
        // ESC-5
        if said.iter().any(closed) {
            self.end(|_| true);
            return Vec::new();
        }
        let begins = self.begins();
        let said = Said::new(said, (&self.sender, self.answer_within), begins, now.wall);
        let mut effects = Vec::new();
        for head in self.heads.iter_mut().filter(|head| !head.ended) {
            head.settle_timers(&said, now);
            effects.extend(head.ring(now));
            if let Some(chain) = &mut head.chain {
                let taken = chain.advance(&head.desk, &said, now);
                let is_longer = !taken.is_empty();
                effects.extend(taken.into_iter().map(|step| step.effect(&head.desk)));
                // RCP-11: whoever is asked now may have spoken before.
                if is_longer {
                    head.settle_timers(&said, now);
                }
            }
        }
        effects
    }

    /// Tells what ran out before now, before anything that happens now is heard: `said` is what was
    /// said until then.
    // ESC-6
    pub fn catch_up(&mut self, said: &[Signed<Statement>], now: Moment) -> Vec<Effect> {
        match self.poll_timeout().is_some_and(|at| at < now.steady) {
            true => self.advance(said, now.before()),
            false => Vec::new(),
        }
    }

    /// When the clocks of each desk began: of one that must act, with the message; of another one,
    /// with the first step that led to it (receipt.md, Time).
    fn begins(&self) -> BTreeMap<Desk, UnixMillis> {
        let chains = self.heads.iter().filter_map(|head| head.chain.as_ref());
        let mut begins = BTreeMap::new();
        for (to, at) in chains.flat_map(Chain::taken) {
            let first = begins.entry(to.clone()).or_insert(at);
            *first = at.min(*first);
        }
        let acting = self.heads.iter().filter(|head| head.acts);
        begins.extend(acting.filter_map(|head| Some((head.desk.clone(), head.begun?))));
        begins
    }

    /// Whether a device may ask for a step of a desk's chain now.
    ///
    /// # Errors
    /// Code and clause; whoever asks is at fault.
    // ESC-21 to ESC-23
    pub fn can_ask(
        &self,
        (desk, step): (&Desk, Option<u8>),
        by: &Desk,
        now: Moment,
    ) -> Result<(), (ErrorCode, &'static str)> {
        let chain = self.heads.iter().find(|head| head.desk == *desk);
        let chain = chain.and_then(|head| head.chain.as_ref());
        let unknown = (ErrorCode::StepUnknown, "ESC-22");
        let chain = chain.filter(|chain| chain.next(step).is_some());
        let chain = chain.ok_or(unknown)?;
        if *by == self.sender {
            let within = self.acknowledge_within.unwrap_or(0);
            return match chain.was_silent_for(within, now) {
                true => Ok(()),
                false => Err((ErrorCode::StepEarly, "ESC-21")),
            };
        }
        match by == desk || chain.responders().any(|desk| desk == by) {
            true => Ok(()),
            false => Err((ErrorCode::StatementNotEntitled, "ESC-23")),
        }
    }

    /// Takes the step that was asked for; nothing where there is none (ESC-20).
    pub fn ask(&mut self, desk: &Desk, step: Option<u8>, now: Moment) -> Option<Effect> {
        let head = self.heads.iter_mut().find(|head| head.desk == *desk)?;
        let chain = head.chain.as_mut()?;
        let number = chain.next(step)?;
        let taken = chain.take(number, Cause::Asked, now)?;
        Some(taken.effect(&head.desk))
    }

    /// An agency refuses the message: it is over for the desks there, unless its relay has it, which
    /// makes the refusal a contradiction (STA-13).
    // ESC-5
    pub fn refused(&mut self, agency: &Agency) {
        let mut heads = self.heads.iter_mut();
        let refused = |head: &&mut Head| head.desk.agency() == *agency && head.begun.is_none();
        heads.by_ref().filter(refused).for_each(Head::end);
    }

    /// The message is over for the desks that fit: superseded, cancelled, expired.
    // ESC-5
    pub fn end(&mut self, over: impl Fn(&Desk) -> bool) {
        for head in self.heads.iter_mut().filter(|head| over(&head.desk)) {
            head.end();
        }
    }

    /// The message has expired: nobody can be given it any more, and what is said late counts for
    /// the desks that have it alone.
    // ESC-5
    pub fn expire(&mut self, has_it: impl Fn(&Desk) -> bool) {
        self.end(|desk| !has_it(desk));
        let chains = self.heads.iter_mut().filter_map(|head| head.chain.as_mut());
        chains.for_each(Chain::end);
    }

    /// When [`Watch::advance`] is due, by the clock that never jumps.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<UnixMillis> {
        let timers = self.heads.iter().flat_map(|head| &head.timers);
        let timers = timers.filter(|timer| !timer.met).map(|timer| timer.at);
        let chains = self.heads.iter().filter_map(|head| head.chain.as_ref());
        let steps = chains.filter_map(Chain::next_at);
        timers.chain(steps).min()
    }

    /// Whether nothing can happen any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        let begun = |head: &Head| head.begun.is_some() || !head.acts && self.started;
        self.heads
            .iter()
            .all(|head| head.ended || head.is_idle() && begun(head))
    }

    /// The other responders of the chains that a desk responds in, over or not.
    // ESC-15
    #[must_use]
    pub fn fellows(&self, desk: &Desk) -> Vec<Desk> {
        let heads = self.heads.iter();
        let chains = heads.filter_map(|head| Some((head, head.chain.as_ref()?)));
        let of = |(head, chain): &(&Head, &Chain)| {
            head.desk == *desk || chain.responders().any(|one| one == desk)
        };
        let desks = chains.filter(of).flat_map(|(head, chain)| {
            let responders = chain.responders().cloned();
            std::iter::once(head.desk.clone()).chain(responders)
        });
        let mut desks: Vec<Desk> = desks.filter(|one| one != desk).collect();
        desks.sort();
        desks.dedup();
        desks
    }

    /// The responders of the chain that a desk heads: that desk, and those of the steps taken.
    #[must_use]
    pub fn responders(&self, head: &Desk) -> Vec<Desk> {
        let mut heads = self.heads.iter().filter(|one| one.desk == *head);
        let chain = heads.find_map(|one| one.chain.as_ref());
        let led = chain.into_iter().flat_map(Chain::responders).cloned();
        let mut desks: Vec<Desk> = std::iter::once(head.clone()).chain(led).collect();
        desks.sort();
        desks.dedup();
        desks
    }

    /// The message's effective precedence.
    #[must_use]
    pub const fn precedence(&self) -> Precedence {
        self.precedence
    }

    /// The sender's desk.
    #[must_use]
    pub const fn sender(&self) -> &Desk {
        &self.sender
    }
}

#[cfg(test)]
mod tests;
