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
use crate::crypto::Hash;
use crate::encoding::Signed;
use crate::envelope::{Header, Role};
use crate::precedence::Precedence;
use crate::receipt::{Wanted, Words, extension};
use crate::statement::{Claim, Statement};
use crate::time::{HOUR_MS, MINUTE_MS, UnixMillis};
use chain::Chain;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mod chain;

pub use chain::{ChainPlan, PlannedStep};

/// Number of a step that no row names (ESC-13).
pub const UNNAMED_STEP: u8 = 0;

/// What runs out. Spec: escalation.md, Clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Clock {
    /// 0: until the addressee's relay has it.
    Transport,
    /// 1: until the desk has said anything.
    Acknowledge,
    /// 2: until it has answered.
    Answer,
}

/// Why a step was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// 0: nobody was on it for as long as the rule says.
    Silence,
    /// 1: everybody asked so far has declined or referred.
    Declined,
    /// 2: a responder has named that desk.
    Referred,
    /// 3: the addressee of a flash is not staffed.
    NotStaffed,
    /// 4: a desk has asked for it.
    Asked,
}

impl Clock {
    /// All, in order of their codes.
    pub const ALL: [Self; 3] = [Self::Transport, Self::Acknowledge, Self::Answer];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Transport => "transport",
            Self::Acknowledge => "acknowledge",
            Self::Answer => "answer",
        }
    }
}

impl Cause {
    /// All, in order of their codes.
    pub const ALL: [Self; 5] = [
        Self::Silence,
        Self::Declined,
        Self::Referred,
        Self::NotStaffed,
        Self::Asked,
    ];

    /// The word that people and JSON see.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silence => "silence",
            Self::Declined => "declined",
            Self::Referred => "referred",
            Self::NotStaffed => "not-staffed",
            Self::Asked => "asked",
        }
    }
}

/// How long a message of a precedence may take to the addressee's relay, in milliseconds (ESC-3).
#[must_use]
pub const fn transport_ms(precedence: Precedence) -> u64 {
    match precedence {
        Precedence::Flash => 2 * MINUTE_MS,
        Precedence::Immediate => 15 * MINUTE_MS,
        Precedence::Priority => HOUR_MS,
        Precedence::Routine => 8 * HOUR_MS,
    }
}

/// A time on both clocks of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Of the wall clock, for statements: it may be moved.
    pub wall: UnixMillis,
    /// Of the clock that never jumps; only differences mean anything (ESC-1).
    pub steady: UnixMillis,
}

impl Moment {
    /// This moment, or when the wall clock will show `wall`, whichever is later.
    fn or_at(self, wall: UnixMillis) -> Self {
        let ahead = wall.since(self.wall);
        Self {
            wall: self.wall.plus(ahead),
            steady: self.steady.plus(ahead),
        }
    }

    const fn plus(self, ms: u64) -> Self {
        Self {
            wall: self.wall.plus(ms),
            steady: self.steady.plus(ms),
        }
    }
}

/// Of a relay whose wall clock nobody has moved.
impl From<UnixMillis> for Moment {
    fn from(now: UnixMillis) -> Self {
        Self {
            wall: now,
            steady: now,
        }
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
    heads: Vec<Head>,
}

/// One addressee that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    desk: Desk,
    acts: bool,
    /// When its clocks began, by the wall clock.
    begun: Option<UnixMillis>,
    timers: Vec<Timer>,
    chain: Option<Chain>,
}

/// A clock that was not told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Timer {
    clock: Clock,
    /// By the clock that never jumps.
    at: UnixMillis,
    /// By the wall clock.
    due: UnixMillis,
    /// What ends it is there; it may be taken back.
    met: bool,
}

impl Timer {
    const fn new(clock: Clock, due: Moment) -> Self {
        Self {
            clock,
            at: due.steady,
            due: due.wall,
            met: false,
        }
    }
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
        let heads = heads.map(|a| Head {
            desk: a.desk.clone(),
            acts: a.role == Role::Action,
            begun: None,
            timers: Vec::new(),
            chain: None,
        });
        Self {
            sender: header.sender.clone(),
            precedence,
            acknowledge_within: header.acknowledge_within,
            answer_within: header.answer_within,
            egress,
            heads: heads.collect(),
        }
    }

    /// The message goes: transport clocks run, and the clocks of desks that this relay serves begin,
    /// not before `not_before`. `plans` are the chains of those desks.
    pub fn start(
        &mut self,
        own: &Agency,
        plans: Vec<ChainPlan>,
        not_before: Option<UnixMillis>,
        now: Moment,
    ) -> Vec<Effect> {
        let from = now.or_at(not_before.unwrap_or_default());
        // ESC-3
        let transport = Timer::new(Clock::Transport, from.plus(transport_ms(self.precedence)));
        for head in &mut self.heads {
            if head.desk.agency() != *own {
                head.timers.push(transport);
            }
        }
        self.begin(own, from);
        let mut effects = Vec::new();
        for plan in plans {
            let Some(head) = self.heads.iter_mut().find(|h| h.desk == plan.head) else {
                continue;
            };
            let (chain, at_once) = Chain::begin(plan, from);
            effects.extend(at_once.map(|step| step.effect(&head.desk)));
            head.chain = Some(chain);
        }
        effects
    }

    /// An agency's relay has the message, says its `relayed`: its clocks begin here too.
    pub fn relayed(&mut self, agency: &Agency, not_before: Option<UnixMillis>, now: Moment) {
        for head in &mut self.heads {
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
        for head in &mut self.heads {
            if !head.acts || head.begun.is_some() || head.desk.agency() != *agency {
                continue;
            }
            head.begun = Some(from.wall);
            let timers = timers.into_iter().filter(|_| self.egress);
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
            self.heads.clear();
            return Vec::new();
        }
        let said = Said::new(said, &self.sender, self.answer_within);
        let mut effects = Vec::new();
        for head in &mut self.heads {
            head.settle_timers(&said, now);
            effects.extend(head.ring(now));
            if let Some(chain) = &mut head.chain {
                let taken = chain.advance(&head.desk, head.begun, &said, now);
                effects.extend(taken.into_iter().map(|step| step.effect(&head.desk)));
            }
            // ESC-16
            if head.chain.as_ref().is_some_and(Chain::is_over) {
                head.chain = None;
            }
        }
        effects
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
            let silent = chain.silence(now) >= self.acknowledge_within.unwrap_or(0);
            return match silent {
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
        self.heads
            .retain(|head| head.desk.agency() != *agency || head.begun.is_some());
    }

    /// The message is over for the desks that fit: superseded, expired.
    // ESC-5
    pub fn end(&mut self, over: impl Fn(&Desk) -> bool) {
        self.heads.retain(|head| !over(&head.desk));
    }

    /// The message has expired: nobody can be given it any more, and what is answered late counts
    /// for the desks that have it alone.
    // ESC-5
    pub fn expire(&mut self, has_it: impl Fn(&Desk) -> bool) {
        self.end(|desk| !has_it(desk));
        for head in &mut self.heads {
            head.chain = None;
        }
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
        let begun = |head: &Head| head.begun.is_some() || !head.acts;
        let idle = |head: &Head| head.timers.is_empty() && head.chain.is_none();
        self.heads.iter().all(|head| idle(head) && begun(head))
    }

    /// The other responders of the chains that a desk responds in.
    // ESC-15
    #[must_use]
    pub fn fellows(&self, desk: &Desk) -> Vec<Desk> {
        let chains = self
            .heads
            .iter()
            .filter_map(|h| Some((h, h.chain.as_ref()?)));
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

impl Head {
    /// Says of each timer whether what ends it is there.
    fn settle_timers(&mut self, said: &Said<'_>, now: Moment) {
        let words = said.words(&self.desk, self.begun, now.wall);
        // RCP-4: what is answered stays answered.
        if words.answered.is_some() {
            self.timers.retain(|timer| timer.clock == Clock::Transport);
        }
        for timer in &mut self.timers {
            match timer.clock {
                Clock::Transport => {}
                Clock::Acknowledge => timer.met = words.has_reacted(),
                Clock::Answer => {
                    timer.met = words.has_declined();
                    // ESC-4
                    let due = said.answer_due(&self.desk, self.begun);
                    let later = due.map_or(0, |due| due.since(timer.due));
                    timer.due = timer.due.plus(later);
                    timer.at = timer.at.plus(later);
                }
            }
        }
    }

    fn ring(&mut self, now: Moment) -> Vec<Effect> {
        let runs_out = |timer: &Timer| !timer.met && timer.at <= now.steady;
        let (out, left) = self.timers.iter().partition(|timer| runs_out(timer));
        self.timers = left;
        let out: Vec<Timer> = out;
        out.into_iter()
            .map(|timer| Effect::Overdue {
                desk: self.desk.clone(),
                clock: timer.clock,
                due: timer.due,
            })
            .collect()
    }
}

/// What was said of a message, and by when it should be.
///
/// Sorted by desks at once: a message has many, and each is looked at by its own words alone.
struct Said<'a> {
    by_desk: BTreeMap<&'a Desk, Vec<(Hash, &'a Statement)>>,
    /// The latest that the sender's desk has given each addressee (ESC-4).
    extended: BTreeMap<&'a Desk, UnixMillis>,
    answer_within: Option<u64>,
}

impl<'a> Said<'a> {
    fn new(said: &'a [Signed<Statement>], sender: &Desk, answer_within: Option<u64>) -> Self {
        let mut by_desk: BTreeMap<&Desk, Vec<(Hash, &Statement)>> = BTreeMap::new();
        let mut extended = BTreeMap::new();
        for signed in said {
            let value = signed.value();
            let Some(desk) = &value.signer.desk else {
                continue;
            };
            if let Some((of, until)) = extension(value, sender) {
                let latest = extended.entry(of).or_insert(until);
                *latest = until.max(*latest);
            }
            by_desk
                .entry(desk)
                .or_default()
                .push((signed.hash(), value));
        }
        Self {
            by_desk,
            extended,
            answer_within,
        }
    }

    fn answer_due(&self, desk: &Desk, begun: Option<UnixMillis>) -> Option<UnixMillis> {
        let due = begun?.plus(self.answer_within?);
        Some(self.extended.get(desk).map_or(due, |until| due.max(*until)))
    }

    fn words(&self, desk: &Desk, begun: Option<UnixMillis>, now: UnixMillis) -> Words {
        let wanted = match self.answer_within {
            Some(_) => Wanted::Answer(self.answer_due(desk, begun)),
            None => Wanted::Nothing,
        };
        let own = self.by_desk.get(desk);
        Words::of(desk, own.map_or(&[][..], Vec::as_slice), wanted, now)
    }
}

#[cfg(test)]
mod tests;
