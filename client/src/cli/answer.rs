//! `estafette answer`: in full, in part, nothing held, refused, referred or delayed.

use super::context::{Context, Unlocked};
use super::send::{Letter, SendOptions, digest_text, format_named, head_like};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Head;
use crate::store::Message;
use clap::Args;

/// Answer a message.
#[derive(Debug, Args)]
pub(super) struct Answer {
    /// Small id of the message, or the beginning of its digest
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// The text; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    #[command(flatten)]
    outcome: OutcomeOptions,
    /// Why: of a delay its reason, else the text
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
struct OutcomeOptions {
    /// Everything asked for
    #[arg(long)]
    full: bool,
    /// Part of it
    #[arg(long)]
    partial: bool,
    /// Nothing is held
    #[arg(long)]
    nothing_held: bool,
    /// Refused, on a ground such as 6(1)(f)(i) or national-security
    #[arg(long, value_name = "GROUND")]
    refused: Option<String>,
    /// Referred to the desk that is competent
    #[arg(long, value_name = "DESK")]
    referred_to: Option<String>,
    /// Delayed until then
    #[arg(long, value_name = "TIME")]
    delayed_until: Option<String>,
}

impl OutcomeOptions {
    /// The code of the outcome, and the field that it brings along.
    fn fields(self) -> Vec<(&'static str, String)> {
        let outcome = |word: &str| ("outcome", word.to_owned());
        if let Some(ground) = self.refused {
            return vec![outcome("refused"), ("refusal-ground", ground)];
        }
        if let Some(desk) = self.referred_to {
            return vec![outcome("referred"), ("referred-to", desk)];
        }
        if let Some(time) = self.delayed_until {
            return vec![outcome("delayed"), ("delayed-until", time)];
        }
        let words = [
            (self.full, "full"),
            (self.partial, "partial"),
            (self.nothing_held, "nothing-held"),
        ];
        let chosen = words.into_iter().find(|(is_chosen, _)| *is_chosen);
        chosen.map(|(_, word)| outcome(word)).into_iter().collect()
    }
}

impl Answer {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let Some(id) = &self.id else {
            return Err(super::update::reference_needed("answer"));
        };
        let format = format_named(context, "answer")?;
        let mut unlocked = context.unlock()?;
        let question = unlocked.resolve_one(id)?;
        check(&unlocked, &question)?;
        let is_delayed = self.outcome.delayed_until.is_some();
        let (text, reason) = match (is_delayed, self.text) {
            (true, text) => (text, self.because),
            (false, None) => (self.because, None),
            (false, text) => (text, None),
        };
        let header = &question.header;
        let letter = Letter {
            text,
            shortcuts: self.outcome.fields(),
            head: Head {
                to: vec![header.sender.to_string()],
                info: Vec::new(),
                reply_to: Some(digest_text(&question.record.digest)),
                ..head_like(header)
            },
            ..Letter::new(format)
        };
        let letter = letter.with([("delay-reason", reason)]);
        self.options.send_from(context, &mut unlocked, letter)
    }
}

/// Only who was asked answers, and only what was read.
fn check(unlocked: &Unlocked, question: &Message) -> Outcome<()> {
    let id = question.record.id;
    let refuse = |word, what: String, next: String| {
        Err(Failure::new(
            Exit::Refused,
            word,
            what,
            "Nothing was sent.",
            next,
        ))
    };
    if question.header.sender == *unlocked.desk() {
        let what = format!("{id} is your own message");
        return refuse("own-message", what, format!("estafette track {id}"));
    }
    if question.role_of(unlocked.desk()).is_none() {
        let what = format!("{id} is not addressed to your desk");
        return refuse("not-addressed", what, format!("estafette track {id}"));
    }
    if question.content_key().is_none() {
        let what = format!("{id} cannot be read on this device");
        let next = "estafette sync      then the same command again".to_owned();
        return refuse("not-readable", what, next);
    }
    Ok(())
}
