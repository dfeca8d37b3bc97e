//! Typed confirmation: what goes urgently to many is never sent by a slip, and a drill is not
//! confirmed by the words of the real thing.

use super::preview;
use crate::cli::context::Context;
use crate::compose::{Draft, Plan};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use estafette_protocol::precedence::Status;
use std::io::IsTerminal as _;

/// From so many addressed desks on a phrase has to be typed.
const DESKS_MIN: usize = 5;

/// Demands the phrase, where one is needed.
pub(super) fn confirm(
    context: &Context,
    (plan, draft): (&Plan, &Draft),
    exercise: Option<&str>,
    typed: Option<&str>,
) -> Outcome<()> {
    let Some(phrase) = phrase(plan, exercise) else {
        return Ok(());
    };
    let typed = match typed {
        Some(typed) => typed.to_owned(),
        None if context.input_allowed && std::io::stdin().is_terminal() => {
            preview::show(context, plan, draft);
            context.output.talk(&format!("Type  {phrase}  to send it."));
            let mut line = String::new();
            let _ = std::io::stdin().read_line(&mut line);
            line.trim().to_owned()
        }
        None => return Err(needed(plan, &phrase)),
    };
    match typed == phrase {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Cancelled,
            "not-confirmed",
            format!("what was typed is not  {phrase}"),
            "Nothing was sent.",
            format!("the same command with --confirm '{phrase}'"),
        )),
    }
}

/// What has to be typed: precedence and number of desks, or the name of the exercise.
fn phrase(plan: &Plan, exercise: Option<&str>) -> Option<String> {
    let header = &plan.header;
    let desks = header.addressees.len();
    if !header.precedence.is_urgent() || desks < DESKS_MIN {
        return None;
    }
    Some(match (header.status, exercise) {
        (Status::Actual, _) => format!("{} {desks}", header.precedence.word()),
        // EXR-5
        (Status::Exercise, Some(name)) => format!("exercise {name}"),
        (status, _) => format!("{} {desks}", status.word()),
    })
}

const fn article(status: Status) -> &'static str {
    match status {
        Status::Test => "a test",
        _ => "an exercise",
    }
}

fn needed(plan: &Plan, phrase: &str) -> Box<Failure> {
    let header = &plan.header;
    let (word, desks) = (header.precedence.word(), header.addressees.len());
    Failure::new(
        Exit::Cancelled,
        "confirmation-needed",
        match header.status {
            Status::Actual => format!("a {word} to {desks} desks has to be confirmed"),
            other => format!(
                "{} {word} to {desks} desks has to be confirmed",
                article(other)
            ),
        },
        "Nothing was sent; nobody can be asked here.",
        format!("the same command with --confirm '{phrase}'"),
    )
}
