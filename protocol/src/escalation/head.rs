//! One addressee that is watched, and its clocks. Spec: escalation.md, Clocks.

use super::chain::Chain;
use super::{Clock, Effect, Moment};
use crate::address::Desk;
use crate::crypto::Hash;
use crate::encoding::Signed;
use crate::receipt::{Chains, Wanted, Words, extension};
use crate::statement::Statement;
use crate::time::UnixMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One addressee that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) desk: Desk,
    pub(super) acts: bool,
    /// When its agency's relay had it, or its clocks began, by the wall clock.
    pub(super) begun: Option<UnixMillis>,
    pub(super) timers: Vec<Timer>,
    pub(super) chain: Option<Chain>,
    /// The message is over for it (ESC-5).
    pub(super) ended: bool,
}

/// A clock that was not told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Timer {
    pub(super) clock: Clock,
    /// By the clock that never jumps.
    pub(super) at: UnixMillis,
    /// By the wall clock.
    due: UnixMillis,
    /// What ends it is there; it may be taken back.
    pub(super) met: bool,
}

impl Timer {
    pub(super) const fn new(clock: Clock, due: Moment) -> Self {
        Self {
            clock,
            at: due.steady,
            due: due.wall,
            met: false,
        }
    }
}

impl Head {
    pub(super) const fn new(desk: Desk, acts: bool) -> Self {
        Self {
            desk,
            acts,
            begun: None,
            timers: Vec::new(),
            chain: None,
            ended: false,
        }
    }

    pub(super) fn end(&mut self) {
        self.ended = true;
        self.timers.clear();
        self.chain.iter_mut().for_each(Chain::end);
    }

    /// Whether no clock of it runs.
    pub(super) fn is_idle(&self) -> bool {
        self.timers.is_empty() && self.chain.as_ref().is_none_or(Chain::is_over)
    }

    /// Says of each timer whether what ends it is there.
    pub(super) fn settle_timers(&mut self, said: &Said<'_>, now: Moment) {
        if self.timers.is_empty() {
            return;
        }
        let words = said.words(&self.desk);
        let fellows = self.fellows(said).into_iter();
        let fellows = fellows.map(|(desk, since)| (said.words(desk), since));
        let fellows: Vec<(&Words, UnixMillis)> = fellows.collect();
        let mut all = fellows.iter();
        let answered = all.any(|(words, since)| words.answered_since(*since).is_some());
        let mut all = fellows.iter();
        let reacted = all.any(|(words, since)| words.reacted_since(*since).is_some());
        // RCP-4: what is answered stays answered.
        if words.answered.is_some() || answered {
            self.timers.retain(|timer| timer.clock == Clock::Transport);
        }
        let answer_due = said.answer_due(&self.desk, now.wall);
        for timer in &mut self.timers {
            match timer.clock {
                Clock::Transport => {}
                Clock::Acknowledge => timer.met = words.has_reacted() || reacted,
                Clock::Answer => {
                    timer.met = words.has_declined();
                    // ESC-4
                    let later = answer_due.map_or(0, |due| due.since(timer.due));
                    timer.due = timer.due.plus(later);
                    timer.at = timer.at.plus(later);
                }
            }
        }
    }

    /// The desks whose words end its clocks too, and since when: those that steps of this relay led
    /// to, and of another one's as it has signed them.
    // RCP-11
    fn fellows<'a>(&'a self, said: &'a Said<'_>) -> Vec<(&'a Desk, UnixMillis)> {
        let told = said.chains.fellows(&self.desk, true).into_iter();
        let own = self.chain.iter().flat_map(Chain::taken);
        told.flatten().chain(own).collect()
    }

    /// The clocks that have run out, each once.
    // ESC-2, ESC-6
    pub(super) fn ring(&mut self, now: Moment) -> Vec<Effect> {
        let runs_out = |timer: &Timer| !timer.met && timer.at <= now.steady;
        let (out, left): (Vec<Timer>, _) = self.timers.iter().partition(|timer| runs_out(timer));
        self.timers = left;
        let overdue = out.into_iter().map(|timer| Effect::Overdue {
            desk: self.desk.clone(),
            clock: timer.clock,
            due: timer.due,
        });
        overdue.collect()
    }
}

/// What was said of a message, and by when it should be.
///
/// Sorted by desks at once: a message has many, and each is looked at by its own words alone.
pub(super) struct Said<'a> {
    words: BTreeMap<&'a Desk, Words>,
    /// Of whoever has said nothing.
    none: Words,
    /// The latest that the sender's desk has given each addressee (ESC-4).
    extended: BTreeMap<&'a Desk, UnixMillis>,
    /// The chains that relays have made, as they say.
    chains: Chains<'a>,
    answer_within: Option<u64>,
    /// When the clocks of each desk began, by the wall clock.
    begins: BTreeMap<Desk, UnixMillis>,
}

impl<'a> Said<'a> {
    pub(super) fn new(
        said: &'a [Signed<Statement>],
        (sender, answer_within): (&Desk, Option<u64>),
        begins: BTreeMap<Desk, UnixMillis>,
        now: UnixMillis,
    ) -> Self {
        let mut by_desk: BTreeMap<&Desk, Vec<(Hash, &Statement)>> = BTreeMap::new();
        let mut extended = BTreeMap::new();
        let mut chains = Chains::default();
        for signed in said {
            let value = signed.value();
            chains.hear(value);
            if let Some((of, until)) = extension(value, sender) {
                let latest = extended.entry(of).or_insert(until);
                *latest = until.max(*latest);
            }
            if let Some(desk) = &value.signer.desk {
                let own = by_desk.entry(desk).or_default();
                own.push((signed.hash(), value));
            }
        }
        let mut all = Self {
            words: BTreeMap::new(),
            none: Words::default(),
            extended,
            chains,
            answer_within,
            begins,
        };
        for (desk, own) in by_desk {
            let wanted = match answer_within {
                Some(_) => Wanted::Answer(all.answer_due(desk, now)),
                None => Wanted::Nothing,
            };
            let words = Words::of(desk, &own, wanted, now);
            all.words.insert(desk, words);
        }
        all
    }

    fn answer_due(&self, desk: &Desk, now: UnixMillis) -> Option<UnixMillis> {
        // A desk that is not among them is asked just now.
        let begin = self.begins.get(desk).copied();
        let begin = begin.or_else(|| self.chains.begin(desk)).unwrap_or(now);
        let due = begin.plus(self.answer_within?);
        let extended = self.extended.get(desk);
        Some(extended.map_or(due, |until| due.max(*until)))
    }

    pub(super) fn words(&self, desk: &Desk) -> &Words {
        self.words.get(desk).unwrap_or(&self.none)
    }
}
