//! Which desks are in a chain together, as the steps that were taken make it: what one of them says
//! ends the clocks of the others. Spec: receipt.md RCP-11.

use crate::address::Desk;
use crate::statement::{Claim, Statement};
use crate::time::UnixMillis;
use std::collections::BTreeMap;

/// The chains of a message: of each head the desks that steps led to, and since when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chains<'a>(BTreeMap<&'a Desk, BTreeMap<&'a Desk, UnixMillis>>);

impl<'a> Chains<'a> {
    /// The chains that all valid statements about the message make.
    pub(crate) fn of(said: impl Iterator<Item = &'a Statement>) -> Self {
        let mut chains = Self::default();
        for statement in said {
            chains.hear(statement);
        }
        chains
    }

    /// Takes a statement in; of others than `escalated` nothing comes.
    pub(crate) fn hear(&mut self, statement: &'a Statement) {
        if let Claim::Escalated { desk, to, .. } = &statement.claim {
            let led = self.0.entry(desk).or_default();
            let since = led.entry(to).or_insert(statement.at);
            *since = statement.at.min(*since);
        }
    }

    /// When the first step led to a desk.
    pub(crate) fn begin(&self, desk: &Desk) -> Option<UnixMillis> {
        let led = self.0.values().filter_map(|led| led.get(desk));
        led.min().copied()
    }

    /// Of each chain that a desk is in the others, whose words end its clocks too, and since when
    /// each is in it with the desk; of a desk that `acts` its own chain counts.
    pub(crate) fn fellows(&self, desk: &Desk, acts: bool) -> Vec<Vec<(&'a Desk, UnixMillis)>> {
        let mut chains = Vec::new();
        for (head, led) in &self.0 {
            let since = match (*head == desk, acts) {
                (true, _) => Some(UnixMillis(0)),
                (false, true) => None,
                (false, false) => led.get(desk).copied(),
            };
            let Some(since) = since else {
                continue;
            };
            let led = led.iter().map(|(to, at)| (*to, since.max(*at)));
            let all = led.chain([(*head, since)]);
            chains.push(all.filter(|(fellow, _)| *fellow != desk).collect());
        }
        chains
    }
}
