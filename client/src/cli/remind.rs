//! `estafette remind`: the sender's desk still waits, and says so to those it waits for.

use super::context::{Context, Unlocked};
use super::respond;
use super::say;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::store::Message;
use crate::view::{self, Row};
use clap::{Args, ValueEnum};
use estafette_protocol::address::Desk;
use estafette_protocol::receipt::Standing;
use estafette_protocol::statement::{Claim, REMINDED_MAX};
use serde_json::json;

/// Remind those who must act and have not answered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette remind 112
  estafette remind 112 113 --only overdue")]
pub(super) struct Remind {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Whom alone
    #[arg(long, value_enum, value_name = "WHO")]
    only: Option<Only>,
}

/// Who is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// Those whose time has passed
    Overdue,
}

impl Remind {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        let mut said = Vec::new();
        for message in &messages {
            let desks = self.desks(&unlocked, message)?;
            for desks in desks.chunks(REMINDED_MAX) {
                let desks = desks.to_vec();
                said.push((message, Claim::Reminded { desks }));
            }
        }
        let taken = say::speak(context, &mut unlocked, &said)?;
        for message in &messages {
            let id = message.record.id;
            let desks = said.iter().flat_map(|(of, claim)| match claim {
                Claim::Reminded { desks } if of.record.id == id => desks.as_slice(),
                _ => &[],
            });
            let desks: Vec<&str> = desks.map(Desk::as_str).collect();
            let object = json!({"id": id, "desks": desks, "sent": taken.sent});
            context.output.object("reminded", object);
            context.output.talk(&match desks.is_empty() {
                true => format!("{id}: nobody to remind."),
                false => format!(
                    "✓ {id} {} will be reminded – {}.  Watch it:  estafette track {id}",
                    desks.join(", "),
                    taken.says()
                ),
            });
        }
        Ok(Exit::Done)
    }

    /// Those that are asked, by the header or by a step, and of whom something is still due.
    fn desks(&self, unlocked: &Unlocked, message: &Message) -> Outcome<Vec<Desk>> {
        respond::own_message(unlocked, message)?;
        let waits = |row: &Row| match row.standing {
            Standing::Answered | Standing::Closed | Standing::Declined | Standing::Referred => {
                false
            }
            Standing::Acknowledged => row.answer_due.is_some(),
            Standing::Waiting | Standing::Lapsed | Standing::Retracted => true,
        };
        let wanted = |row: &Row| match self.only {
            Some(Only::Overdue) => !row.overdue.is_empty() || row.standing == Standing::Lapsed,
            None => true,
        };
        let rows = view::rows(message, clock::now()).into_iter();
        let rows = rows.filter(|row| row.is_asked() && waits(row) && wanted(row));
        let mut desks: Vec<Desk> = rows.map(|row| row.state.desk).collect();
        desks.sort();
        Ok(desks)
    }
}
