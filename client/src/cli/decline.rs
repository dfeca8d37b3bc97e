//! `estafette decline` and `estafette refer`: this desk will not act, or another one is right.

use super::context::{Context, Unlocked};
use super::respond;
use super::say::{self, RemarkOptions, Taken};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::words::visible;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::statement::Claim;
use serde_json::{Value, json};

/// Word of the code list of grounds.
const GROUNDS: &str = "refusal-grounds";

/// Say that your desk will not act; the next desk is asked at once if nobody else of the chain is on it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette decline 112 --reason not-available
  estafette decline 112 113 --reason jeopardy --officer 'Insp. Ahl' -m 'ongoing operation'
A request is answered in full by:  estafette answer 112 --refused …")]
pub(super) struct Decline {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Why, such as not-available, request-deficient or jeopardy
    #[arg(long, value_name = "GROUND")]
    reason: String,
    #[command(flatten)]
    remark: RemarkOptions,
}

/// Name the desk that is the right one; where the rules lead there, it is asked at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Where the message was sealed for that desk (standby), it gets it at once; else the sender reads whom
to ask.
Examples:
  estafette refer 112 --to night@ops.border.xb
  estafette refer 112 --to customs@hq.border.xb -m 'goods, not persons'")]
pub(super) struct Refer {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// The right desk
    #[arg(long, value_name = "DESK")]
    to: Desk,
    #[command(flatten)]
    remark: RemarkOptions,
}

impl Decline {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let ground = ground(context, &self.reason)?;
        let messages = unlocked.resolve(&self.ids)?;
        let bare = Claim::Declined {
            ground,
            remark: None,
        };
        let mut said = Vec::new();
        for message in &messages {
            respond::open_row(&unlocked, message)?;
            let remark = self.remark.seal(&unlocked, message, bare.tag())?;
            said.push((message, Claim::Declined { ground, remark }));
        }
        let taken = say::speak(context, &mut unlocked, &said)?;
        let list = context.catalogue.list(GROUNDS);
        let word = list
            .and_then(|list| list.code(ground))
            .map(|code| code.word.as_str());
        for message in &messages {
            let more = json!({"ground": ground, "reason": word});
            report(context, message, ("declined", more), taken);
        }
        Ok(Exit::Done)
    }
}

impl Refer {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        respond::listed(&unlocked, &self.to, "--to")?;
        let bare = Claim::Referred {
            to: self.to.clone(),
            remark: None,
        };
        let mut said = Vec::new();
        for message in &messages {
            respond::open_row(&unlocked, message)?;
            self.check(&unlocked, message)?;
            let remark = self.remark.seal(&unlocked, message, bare.tag())?;
            let to = self.to.clone();
            said.push((message, Claim::Referred { to, remark }));
        }
        let taken = say::speak(context, &mut unlocked, &said)?;
        for message in &messages {
            let more = json!({
                "to": self.to.as_str(),
                "addressed": message.header.is_addressed(&self.to),
            });
            report(context, message, ("referred", more), taken);
        }
        Ok(Exit::Done)
    }

    fn check(&self, unlocked: &Unlocked, message: &Message) -> Outcome<()> {
        let id = message.record.id;
        if self.to != *unlocked.desk() && self.to != message.header.sender {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Usage,
            "refer",
            format!("{id} cannot be referred to {}", self.to),
            "Nothing was said; the right desk is another one than yours and the sender's.",
            "the same command with another --to",
        ))
    }
}

/// A ground by its word or number.
fn ground(context: &Context, typed: &str) -> Outcome<u16> {
    let list = context.catalogue.list(GROUNDS);
    let number = typed.parse::<u16>().ok();
    let code = list.and_then(|list| {
        let by_number = number.and_then(|number| list.code(number));
        by_number.or_else(|| list.code_by_word(typed))
    });
    code.map(|code| code.value).ok_or_else(|| {
        let words = list.map_or_else(Vec::new, |list| {
            list.codes.iter().map(|code| code.word.as_str()).collect()
        });
        Failure::new(
            Exit::Usage,
            "reason",
            format!("{} is no ground", visible(typed, false)),
            format!("Nothing was said.  One of: {}.", words.join(", ")),
            "the same command with --reason GROUND",
        )
    })
}

fn report(context: &Context, message: &Message, (word, more): (&str, Value), taken: Taken) {
    let (id, sender) = (message.record.id, &message.header.sender);
    let mut object = json!({"id": id, "sent": taken.sent, "background": taken.is_watched});
    if let (Value::Object(fields), Value::Object(more)) = (&mut object, more) {
        fields.extend(more);
    }
    context.output.object(word, object);
    context.output.talk(&format!(
        "✓ {id} {word}, {sender} will be told – {}.  Watch it:  estafette track {id}",
        taken.says()
    ));
}
