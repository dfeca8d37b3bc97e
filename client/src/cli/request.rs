//! `estafette ask`: ask for information or action, with the time in which the answer is due.

use super::context::Context;
use super::send::{Letter, SendOptions, format_named, typed_time};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::fill::Moment;
use crate::words::parse_duration;
use clap::Args;
use estafette_protocol::format::{CodeList, Format};

/// Word of the field that says within what the answer is due.
const PROFILE: &str = "reply-profile";

/// Ask for information or action.
#[derive(Debug, Args)]
pub(super) struct Ask {
    /// The question; - reads it from standard input
    #[arg(value_name = "TEXT")]
    text: Option<String>,
    /// prevention, detection, investigation, protection, border-control or judicial
    #[arg(long, value_name = "WORD")]
    purpose: Option<String>,
    /// One line that says what it is about
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Ground of urgency, where the answer is due within less than 7 days
    #[arg(long, value_name = "WORD")]
    urgent: Option<String>,
    /// The facts behind the urgency
    #[arg(long, value_name = "TEXT")]
    because: Option<String>,
    /// What happened and which offence is suspected
    #[arg(long, value_name = "TEXT")]
    facts: Option<String>,
    /// Own case number
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    #[command(flatten)]
    options: SendOptions,
}

impl Ask {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let format = format_named(context, "request")?;
        let profiles = profiles(context, format);
        let profile = match &self.options.answer_by {
            Some(typed) => profiles
                .map(|list| profile(list, typed))
                .transpose()?
                .flatten(),
            None => None,
        };
        let longest = profiles.and_then(longest);
        let letter = Letter {
            text: self.text,
            defaults: longest.map(|word| (PROFILE, word)).into_iter().collect(),
            ..Letter::new(format)
        };
        let letter = letter.with([
            (PROFILE, profile),
            ("purpose", self.purpose),
            ("subject", self.subject),
            ("urgent-reason", self.urgent),
            ("urgent-because", self.because),
            ("facts", self.facts),
            ("case", self.case),
        ]);
        self.options.send(context, letter)
    }
}

fn profiles(context: &Context, format: &Format) -> Option<&'static CodeList> {
    let field = format.field_by_word(PROFILE)?;
    context.catalogue.list(field.codes.as_deref()?)
}

fn longest(list: &CodeList) -> Option<String> {
    let codes = list.codes.iter().filter(|code| !code.retired);
    let longest = codes.max_by_key(|code| code.duration_ms);
    longest.map(|code| code.word.clone())
}

/// The shortest profile that leaves as much time as was typed, else the longest.
fn profile(list: &CodeList, typed: &str) -> Outcome<Option<String>> {
    let within = match parse_duration(typed) {
        Ok(ms) => ms,
        Err(_) => {
            let now = clock::now();
            typed_time(&Moment::here(now), "answer-by", typed)?.since(now)
        }
    };
    let codes = list.codes.iter().filter(|code| !code.retired);
    let enough = codes.filter(|code| code.duration_ms.is_some_and(|ms| ms >= within));
    let shortest = enough.min_by_key(|code| code.duration_ms);
    Ok(shortest
        .map(|code| code.word.clone())
        .or_else(|| longest(list)))
}
