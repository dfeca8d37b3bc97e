//! `estafette grant` and `estafette reclassify`: what the originator says of its message later on.

use super::context::{Context, Unlocked};
use super::say;
use super::send::{parse_marking, typed_time};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Moment;
use crate::store::Message;
use crate::view;
use crate::words;
use clap::Args;
use estafette_protocol::address::Agency;
use estafette_protocol::marking::Marking;
use estafette_protocol::statement::{Claim, Use};
use serde_json::json;

/// Most agencies of one grant.
const AGENCIES_MAX: usize = 16;

/// Allow that a message of yours is passed on, or used in court
#[derive(Debug, Args)]
pub(super) struct Grant {
    /// Small id, or the beginning of a digest
    #[arg(value_name = "ID")]
    id: String,
    /// Agency that it is granted to; repeat, or separate by commas
    #[arg(long, required = true, value_name = "AGENCY", value_delimiter = ',')]
    to: Vec<Agency>,
    /// For use in court, instead of passing it on
    #[arg(long)]
    judicial: bool,
    /// Until then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
}

/// Mark a message of yours anew
#[derive(Debug, Args)]
pub(super) struct Reclassify {
    /// Small id, or the beginning of a digest
    #[arg(value_name = "ID")]
    id: String,
    /// Its handling codes from now on; all of them
    #[arg(
        long, required = true, value_name = "AXIS:CODE", value_delimiter = ',',
        value_parser = parse_marking,
    )]
    marking: Vec<Marking>,
}

impl Grant {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let message = unlocked.resolve_one(&self.id)?;
        own(&unlocked, &message, "grants that")?;
        let on = match self.judicial {
            true => Use::Judicial,
            false => Use::Onward,
        };
        let mut to = self.to;
        to.sort();
        to.dedup();
        let until = self.until.as_deref().map(|typed| {
            let moment = Moment::here(clock::now());
            typed_time(&moment, "until", typed)
        });
        let until = until.transpose()?;
        if to.len() > AGENCIES_MAX || until.is_some_and(|until| until <= clock::now()) {
            return Err(Failure::new(
                Exit::Usage,
                "grant",
                "a grant is for 1 to 16 agencies, until a time to come",
                "Nothing was said.",
                "the same command with other agencies or another time",
            ));
        }
        if on == Use::Onward {
            onward(&message)?;
        }
        let names: Vec<String> = to.iter().map(ToString::to_string).collect();
        let claim = Claim::Granted { on, to, until };
        let bytes = say::sign(&unlocked, &message, claim)?;
        let taken = say::hand_over(context, &mut unlocked, std::slice::from_ref(&bytes))?;
        let id = message.record.id;
        context.output.object(
            "granted",
            json!({
                "id": id, "use": on.word(), "to": names, "sent": taken.sent,
                "until": until.map(words::time_rfc3339),
            }),
        );
        let for_what = match on {
            Use::Onward => "may be passed on to",
            Use::Judicial => "may be used in court by",
        };
        let until = until.map_or_else(String::new, |until| {
            format!(" until {}", context.output.time(until))
        });
        context.output.talk(&format!(
            "✓ {id} {for_what} {}{until} – {}.",
            names.join(", "),
            taken.says()
        ));
        Ok(Exit::Done)
    }
}

impl Reclassify {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        let message = unlocked.resolve_one(&self.id)?;
        own(&unlocked, &message, "marks it anew")?;
        let mut marking = self.marking;
        marking.sort_unstable();
        let axes = marking.len();
        marking.dedup_by_key(|one| one.axis);
        if marking.len() < axes {
            return Err(Failure::new(
                Exit::Usage,
                "marking",
                "a message has one code on each axis",
                "Nothing was said.",
                "the same command with one --marking for each axis",
            ));
        }
        let words = |marking: &[Marking]| {
            let words: Vec<String> = marking.iter().map(|one| one.words()).collect();
            match words.is_empty() {
                true => "nothing".to_owned(),
                false => words.join(" "),
            }
        };
        let (before, after) = (words(view::effective_marking(&message)), words(&marking));
        let claim = Claim::Reclassified { marking };
        let bytes = say::sign(&unlocked, &message, claim)?;
        let taken = say::hand_over(context, &mut unlocked, std::slice::from_ref(&bytes))?;
        let id = message.record.id;
        context.output.object(
            "reclassified",
            json!({"id": id, "before": before, "marking": after, "sent": taken.sent}),
        );
        context.output.talk(&format!(
            "✓ {id} is marked {after} from now on, before: {before} – {}.",
            taken.says()
        ));
        Ok(Exit::Done)
    }
}

/// Only the desk that sent a message says such things of it.
// HND-11, STA-2
fn own(unlocked: &Unlocked, message: &Message, verb: &str) -> Outcome<()> {
    let (sender, id) = (&message.header.sender, message.record.id);
    match sender == unlocked.desk() {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Refused,
            "not-the-originator",
            format!("{id} is a message of {sender}; only that desk {verb} (HND-11)"),
            "Nothing was said.",
            format!("estafette note 'Please …' --reply-to {id} --to {sender}"),
        )),
    }
}

/// What no grant lets pass on.
// HND-4
fn onward(message: &Message) -> Outcome<()> {
    let red = Marking::from_words("tlp:red");
    let is_red = view::effective_marking(message)
        .iter()
        .any(|one| red.is_some_and(|red| one.axis == red.axis && *one >= red));
    let id = message.record.id;
    match is_red {
        false => Ok(()),
        true => Err(Failure::new(
            Exit::Refused,
            "not-for-onward",
            format!("{id} is tlp:red, which nobody passes on (HND-4)"),
            "Nothing was said.",
            format!("estafette reclassify {id} --marking tlp:amber      if it may be less"),
        )),
    }
}
