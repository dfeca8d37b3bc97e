//! `estafette extend`: more time for an answer; asked for by an addressee, given by the sender.

use super::context::{Context, Unlocked};
use super::respond;
use super::say::{self, RemarkOptions, Taken};
use super::send::typed_time;
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Moment;
use crate::store::Message;
use crate::view;
use crate::words;
use clap::Args;
use estafette_protocol::address::Desk;
use estafette_protocol::escalation::EXTENSION_MS_MAX;
use estafette_protocol::statement::Claim;
use estafette_protocol::time::UnixMillis;
use serde_json::json;

/// More time for an answer: ask for it as addressee, give it as sender.
#[derive(Debug, Args)]
#[command(after_help = "\
Asking moves no clock; only the sender's desk gives time, and never less than there was.
Examples:
  estafette extend 112 --until 'tomorrow 12:00' -m 'the register is being restored'
  estafette extend 112 --until +8h --for duty@ops.border.xb        your own request: you give it")]
pub(super) struct Extend {
    /// Small ids, or beginnings of digests
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Until when
    #[arg(long, value_name = "TIME")]
    until: String,
    /// For whom, of those who must act; as sender
    #[arg(long = "for", value_name = "DESK")]
    desk: Option<Desk>,
    #[command(flatten)]
    remark: RemarkOptions,
}

impl Extend {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let messages = unlocked.resolve(&self.ids)?;
        let moment = Moment::here(clock::now());
        let until = typed_time(&moment, "until", &self.until)?;
        let mut said = Vec::new();
        for message in &messages {
            said.push((message, self.claim(&unlocked, message, until)?));
        }
        let taken = say::speak(context, &mut unlocked, &said)?;
        for (message, claim) in &said {
            report(context, (message, claim), until, taken);
        }
        Ok(Exit::Done)
    }

    // ESC-4, ESC-24, ESC-25
    fn claim(&self, unlocked: &Unlocked, message: &Message, until: UnixMillis) -> Outcome<Claim> {
        check(message, until)?;
        if message.header.sender != *unlocked.desk() {
            respond::open_row(unlocked, message)?;
            if self.desk.is_some() {
                // Gives the reason: only the sender's desk gives time.
                respond::own_message(unlocked, message)?;
            }
            let bare = Claim::ExtensionAsked {
                until,
                remark: None,
            };
            let remark = self.remark.seal(unlocked, message, bare.tag())?;
            return Ok(Claim::ExtensionAsked { until, remark });
        }
        if !self.remark.is_empty() {
            return Err(Failure::new(
                Exit::Usage,
                "remark",
                "time that is given carries no text",
                "Nothing was said.",
                "the same command without -m and --officer, and  estafette note",
            ));
        }
        let asks = |row: &view::Row| row.asked_until.is_some() || !row.is_answered();
        let fits = (asks, "nobody is to answer any more");
        let row = respond::one_desk(message, self.desk.as_ref(), fits)?;
        if row.answer_due.is_some_and(|due| until <= due) {
            return Err(invalid(
                message,
                ("it would leave no more time than there is", "ESC-4"),
            ));
        }
        Ok(Claim::Extended {
            desk: row.state.desk,
            until,
        })
    }
}

fn check(message: &Message, until: UnixMillis) -> Outcome<()> {
    let ahead = until.since(clock::now());
    if message.header.answer_within.is_none() {
        return Err(invalid(message, ("no answer is due", "ESC-24")));
    }
    match ahead {
        1..=EXTENSION_MS_MAX => Ok(()),
        _ => Err(invalid(
            message,
            ("it has to lie ahead, by at most 365 days", "ESC-24"),
        )),
    }
}

fn invalid(message: &Message, (why, clause): (&str, &str)) -> Box<Failure> {
    let id = message.record.id;
    Failure::new(
        Exit::Refused,
        "extension-invalid",
        format!("no such extension for {id}: {why} ({clause})"),
        "Nothing was said.",
        format!("estafette track {id}"),
    )
}

fn report(
    context: &Context,
    (message, claim): (&Message, &Claim),
    until: UnixMillis,
    taken: Taken,
) {
    let (output, id) = (context.output, message.record.id);
    let desk = match claim {
        Claim::Extended { desk, .. } => Some(desk.as_str()),
        _ => None,
    };
    output.object(
        claim.word(),
        json!({
            "id": id, "until": words::time_rfc3339(until), "desk": desk,
            "sent": taken.sent, "background": taken.is_watched,
        }),
    );
    let (at, says, sender) = (output.time(until), taken.says(), &message.header.sender);
    output.talk(&match desk {
        Some(desk) => format!("✓ {id} {desk} has until {at} – {says}."),
        None => format!("✓ {id} {sender} is asked for time until {at} – {says}.  The clock runs on until it is given."),
    });
}
