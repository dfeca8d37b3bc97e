//! The clocks and chains of one message, whatever is said of it and however time passes.
//! Spec: escalation.md.
//!
//! The input is choices: who is addressed and where silence leads, then statements, receipts,
//! refusals, requests and jumps of either clock.

use crate::scene::{NOW, scene};
use crate::statement::make;
use crate::{Seeds, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::admission::Side;
use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::Signed;
use estafette_protocol::envelope::{Addressee, Header, Role};
use estafette_protocol::escalation::{ChainPlan, Clock, Effect, Moment, PlannedStep, Watch};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{Claim, Statement};
use estafette_protocol::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use std::collections::BTreeSet;

/// Takes what happens to a message.
pub fn run(data: &[u8]) {
    // Choices that run out end the input.
    let _ = Story::tell(&mut Unstructured::new(data));
}

/// A watch, and what has come of it.
struct Story {
    header: Header,
    digest: Hash,
    watch: Watch,
    plans: Vec<ChainPlan>,
    said: Vec<Signed<Statement>>,
    now: Moment,
    steps: BTreeSet<(Desk, u8)>,
    clocks: BTreeSet<(Desk, Clock)>,
}

impl Story {
    fn tell(u: &mut Unstructured<'_>) -> Result<()> {
        let mut story = Self::begin(u)?;
        while !u.is_empty() && !story.watch.is_over() {
            story.pass(u)?;
            let effects = story.happen(u)?;
            story.heed(effects);
            story.advance();
        }
        Ok(())
    }

    fn begin(u: &mut Unstructured<'_>) -> Result<Self> {
        let sealed = &scene().sealed[0].parsed;
        let mut header = sealed.header().clone();
        header.acknowledge_within = u.arbitrary::<bool>()?.then_some(HOUR_MS);
        header.answer_within = u.arbitrary::<bool>()?.then_some(DAY_MS);
        let (border, police) = ("ops.border.xb", "spoc.police.xa");
        let names = ["a", "b", "c"].map(|name| format!("{name}@{border}"));
        for name in names.into_iter().chain([format!("a@{police}")]) {
            let role = *u.choose(&[Role::Action, Role::Info, Role::Standby])?;
            let desk = name.parse().unwrap();
            header.addressees.push(Addressee { desk, role });
        }
        let side = *u.choose(&[Side::Egress, Side::Ingress])?;
        let own: Agency = match side {
            Side::Egress => "police.xa",
            Side::Ingress => "border.xb",
        }
        .parse()
        .unwrap();
        let plans = plans(&header, &own, u)?;
        let now = Moment::from(NOW);
        let precedence = *u.choose(&Precedence::ALL)?;
        let mut watch = Watch::new(&header, &own, side, precedence);
        let effects = watch.start(&own, plans.clone(), None, now);
        let mut story = Self {
            digest: sealed.digest(),
            header,
            watch,
            plans,
            said: Vec::new(),
            now,
            steps: BTreeSet::new(),
            clocks: BTreeSet::new(),
        };
        story.heed(effects);
        story.advance();
        Ok(story)
    }

    /// Time passes, for the wall clock perhaps not as much.
    fn pass(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        let passed = *u.choose(&[0, 1, MINUTE_MS, HOUR_MS, 3 * DAY_MS])?;
        let moved = *u.choose(&[passed, passed, passed, 0, passed + HOUR_MS])?;
        self.now.steady = self.now.steady.plus(passed);
        self.now.wall = self.now.wall.plus(moved);
        if let Some(due) = self.watch.poll_timeout().filter(|_| passed == 1) {
            self.now.steady = self.now.steady.max(due);
        }
        Ok(())
    }

    fn happen(&mut self, u: &mut Unstructured<'_>) -> Result<Vec<Effect>> {
        let desk = u.choose(&self.header.addressees)?.desk.clone();
        match u.int_in_range(0..=9)? {
            0 => self.watch.relayed(&desk.agency(), None, self.now),
            1 => self.watch.refused(&desk.agency()),
            2 => self.watch.end(|one| *one == desk),
            3 if u.ratio(1, 4)? => self.watch.expire(|one| *one != desk),
            4 => {
                let step = u.arbitrary::<Option<bool>>()?.map(u8::from);
                let by = u.choose(&self.header.addressees)?.desk.clone();
                let may = self.watch.can_ask((&desk, step), &by, self.now).is_ok();
                let asked = self.watch.ask(&desk, step, self.now);
                assert!(!may || asked.is_some(), "ESC-22");
                return Ok(asked.into_iter().collect());
            }
            _ => {
                if let Some(signed) = make(&self.header, &self.digest, u)? {
                    let value = signed.value();
                    let about = value.subject == self.digest;
                    if about && value.signer.is_entitled(&value.claim, &self.header) {
                        self.said.push(signed);
                    }
                }
            }
        }
        Ok(Vec::new())
    }

    fn advance(&mut self) {
        let mut reversed = self.said.clone();
        reversed.reverse();
        let mut other = self.watch.clone();
        let effects = self.watch.advance(&self.said, self.now);
        assert_eq!(other.advance(&reversed, self.now), effects, "RCP-5");
        assert_eq!(other, self.watch, "RCP-5");
        self.heed(effects);
        // Nothing is due any more, and looking again changes nothing.
        let due = self.watch.poll_timeout();
        assert!(due.is_none_or(|due| due > self.now.steady));
        assert_eq!(other.advance(&self.said, self.now), []);
        assert_eq!(other, self.watch);
        let kept = serde_json::to_vec(&self.watch).unwrap();
        let again: Watch = serde_json::from_slice(&kept).unwrap();
        assert_eq!(again, self.watch, "ESC-6");
        if self.says(&self.header.sender, |claim| {
            matches!(claim, Claim::Closed { .. })
        }) {
            assert!(self.watch.is_over(), "ESC-5");
        }
    }

    fn heed(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Escalate { desk, step, to, .. } => {
                    let mut plans = self.plans.iter();
                    let plan = plans.find(|plan| plan.head == desk).unwrap();
                    let mut steps = plan.steps.iter();
                    assert!(steps.any(|s| s.number == step && s.to == to));
                    assert!(self.steps.insert((desk, step)), "ESC-6");
                }
                Effect::Overdue { desk, clock, .. } => {
                    let answered = |claim: &Claim| matches!(claim, Claim::Answered { .. });
                    let met = clock != Clock::Transport && self.says(&desk, answered);
                    assert!(!met, "RCP-4");
                    assert!(self.clocks.insert((desk, clock)), "ESC-6");
                }
            }
        }
    }

    fn says(&self, desk: &Desk, what: impl Fn(&Claim) -> bool) -> bool {
        let mut said = self.said.iter().map(Signed::value);
        said.any(|s| s.signer.desk.as_ref() == Some(desk) && what(&s.claim))
    }
}

/// A chain of up to three steps for each desk of an agency that acts.
fn plans(header: &Header, own: &Agency, u: &mut Unstructured<'_>) -> Result<Vec<ChainPlan>> {
    let desks: Vec<&Addressee> = header.addressees.iter().collect();
    let ours: Vec<&&Addressee> = desks.iter().filter(|a| a.desk.agency() == *own).collect();
    let mut plans = Vec::new();
    for head in ours.iter().filter(|a| a.role == Role::Action) {
        let mut steps = Vec::new();
        for number in 1..=u.int_in_range(0..=3)? {
            steps.push(PlannedStep {
                number,
                after: u64::from(number) * HOUR_MS,
                to: u.choose(&ours)?.desk.clone(),
            });
        }
        let at_once = u.arbitrary::<bool>()?.then_some(1);
        if !steps.is_empty() {
            let head = head.desk.clone();
            plans.push(ChainPlan {
                head,
                steps,
                at_once,
            });
        }
    }
    Ok(plans)
}

/// Choices.
pub fn seeds() -> Seeds {
    (0..48)
        .map(|number| noise(&format!("escalation {number}"), 384))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seeds reach what they are for: steps by silence, and every clock.
    #[test]
    fn seeds_take_steps_and_let_clocks_run_out() {
        let (mut steps, mut clocks) = (0, BTreeSet::new());
        for seed in seeds() {
            let mut u = Unstructured::new(&seed);
            let Ok(mut story) = Story::begin(&mut u) else {
                continue;
            };
            while !u.is_empty() && !story.watch.is_over() {
                if story.pass(&mut u).is_err() {
                    break;
                }
                let Ok(effects) = story.happen(&mut u) else {
                    break;
                };
                story.heed(effects);
                story.advance();
            }
            steps += story.steps.len();
            clocks.extend(story.clocks.into_iter().map(|(_, clock)| clock));
        }
        assert!(steps > 10, "{steps}");
        assert_eq!(clocks.into_iter().collect::<Vec<_>>(), Clock::ALL);
    }
}
