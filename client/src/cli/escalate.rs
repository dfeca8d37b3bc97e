//! `estafette escalate`: ask for a step of the chain now.

use super::context::{Context, Unlocked};
use super::respond;
use super::say;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::view::{self, Row};
use crate::words;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::receipt::Standing;
use estafette_protocol::statement::Claim;
use serde_json::json;

/// Ask for the next step of the chain now, or for a certain one.
#[derive(Debug, Args)]
#[command(after_help = "\
The steps are those of the rules that were agreed: estafette route FORMAT --to DESK shows them.
As sender one may ask once the time to acknowledge has passed in silence; whoever is asked to act,
at any time.
Examples:
  estafette escalate 112
  estafette escalate 112 --step 2
  estafette escalate 112 --for duty@ops.border.xb")]
pub(super) struct Escalate {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Which step, from 1; the next one where it is left out
    #[arg(long, value_name = "N")]
    step: Option<u8>,
    /// Whose chain, of those who must act
    #[arg(long = "for", value_name = "DESK")]
    desk: Option<Desk>,
}

impl Escalate {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        let mut said = Vec::new();
        for message in &messages {
            said.push((message, self.claim(&unlocked, message)?));
        }
        let taken = say::speak(context, &mut unlocked, &said)?;
        for (message, claim) in &said {
            let Claim::EscalationAsked { desk, step } = claim else {
                continue;
            };
            let id = message.record.id;
            let object = json!({"id": id, "desk": desk.as_str(), "step": step, "sent": taken.sent});
            context.output.object("escalation-asked", object);
            context.output.talk(&format!(
                "✓ {id} asked: the relay of {} decides; not escalated until  estafette track {id}  says so – {}.",
                desk.agency(),
                taken.says()
            ));
        }
        Ok(Exit::Done)
    }

    fn claim(&self, unlocked: &Unlocked, message: &Message) -> Outcome<Claim> {
        let head = self.head(unlocked, message)?;
        self.exists(unlocked, message, &head)?;
        if message.header.sender == *unlocked.desk() {
            silent(message, &head)?;
        }
        Ok(Claim::EscalationAsked {
            desk: head.state.desk,
            step: self.step,
        })
    }

    /// The addressee whose chain is meant.
    // ESC-23
    fn head(&self, unlocked: &Unlocked, message: &Message) -> Outcome<Row> {
        let own = unlocked.desk();
        if message.header.sender == *own {
            let fits = (|row: &Row| !row.is_on_it(), "nobody is silent");
            return respond::one_desk(message, self.desk.as_ref(), fits);
        }
        respond::own_row(unlocked, message)?;
        let responds =
            |row: &Row| row.state.desk == *own || row.steps.iter().any(|step| step.to == *own);
        let row = respond::one_desk(
            message,
            self.desk.as_ref(),
            (responds, "your desk is in no chain (ESC-23)"),
        )?;
        match responds(&row) {
            true => Ok(row),
            false => Err(Failure::new(
                Exit::Refused,
                "statement-not-entitled",
                format!("your desk does not answer for {} (ESC-23)", row.state.desk),
                "Nothing was said; the sender's desk may ask, and those who are asked to act.",
                format!("estafette track {}", message.record.id),
            )),
        }
    }

    /// Whether there is such a step that was not taken.
    // ESC-16, ESC-22
    fn exists(&self, unlocked: &Unlocked, message: &Message, head: &Row) -> Outcome<()> {
        let now = clock::now();
        let chain = view::chain(&unlocked.account, message, &head.state.desk, now);
        let steps = chain.map_or_else(Vec::new, |chain| chain.steps);
        let taken = |number: u8| head.steps.iter().any(|step| step.step == number);
        let rows = view::rows(message, now);
        let is_over = head.standing == Standing::Closed
            || view::covered_rung(head, &rows) == estafette_protocol::track::Rung::Answered;
        let left: Vec<String> = steps
            .iter()
            .filter(|step| !taken(step.number) && !is_over)
            .map(|step| format!("{} to {}", step.number, step.to))
            .collect();
        let wanted = |number: u8| self.step.is_none_or(|step| step == number);
        let mut open = steps.iter().filter(|step| !taken(step.number) && !is_over);
        if open.any(|step| wanted(step.number)) {
            return Ok(());
        }
        let id = message.record.id;
        let why = match left.is_empty() {
            true => "Nothing was said; no step is left.".to_owned(),
            false => format!("Nothing was said.  Left are {}.", left.join(", ")),
        };
        Err(Failure::new(
            Exit::Refused,
            "step-unknown",
            format!("{id} has no such step that was not taken (ESC-22)"),
            why,
            format!("estafette remind {id}      or by telephone:  estafette show {id} --phone"),
        ))
    }
}

// ESC-21
fn silent(message: &Message, head: &Row) -> Outcome<()> {
    let (id, now) = (message.record.id, clock::now());
    let due = match (message.header.acknowledge_within, head.due) {
        (None, _) => return Ok(()),
        (Some(_), Some(due)) if now >= due && !head.is_on_it() => return Ok(()),
        (Some(_), due) => due,
    };
    let why = match due {
        Some(due) if now < due => format!(
            "Nothing was said; it can be asked for from {} on.",
            words::time(due, false)
        ),
        Some(_) => "Nothing was said; somebody there is on it.".to_owned(),
        None => "Nothing was said; their relay has not said that it has it.".to_owned(),
    };
    Err(Failure::new(
        Exit::Refused,
        "step-early",
        format!("the time to acknowledge {id} has not passed in silence (ESC-21)"),
        why,
        format!("estafette track {id}      or by telephone:  estafette show {id} --phone"),
    ))
}
