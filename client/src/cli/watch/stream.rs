//! A line for each change: columns for scripts, objects for programs, sentences for the ear.

use super::watching::Watching;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::output::Output;
use crate::watch::telling::Happened;
use std::time::Duration;

/// How long to wait between two looks: the news of the link come more often.
const TICK: Duration = Duration::from_secs(1);

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Json,
    Plain,
    Sentences,
}

pub(super) fn run(watching: &mut Watching<'_>, shape: Shape) -> Outcome<Exit> {
    loop {
        let happened = watching.look()?;
        let (teller, now) = (watching.teller(), clock::now());
        let output = watching.context.output;
        for one in happened {
            let Some(happened) = watching.happened(one) else {
                continue;
            };
            match shape {
                Shape::Json => output.object("watch", teller.object(happened, now)),
                Shape::Plain => output.line(&teller.columns(happened, now)),
                Shape::Sentences => {
                    let next = next(happened);
                    output.line(&format!("{}{next}", teller.sentence(happened, now)));
                    ring(happened);
                }
            }
        }
        if let Some(failure) = watching.hook_failure.take() {
            output.talk(&failure);
        }
        if let Some(exit) = watching.ends {
            return Ok(exit);
        }
        watching.rest(TICK)?;
    }
}

/// The command by which somebody takes it on.
fn next(happened: Happened<'_>) -> String {
    match happened {
        Happened::Calls(_, entry) if entry.item.awaits_release => {
            format!("   → estafette release {}", entry.id())
        }
        Happened::Calls(_, entry) => format!("   → estafette ack {} --eta 45m", entry.id()),
        _ => String::new(),
    }
}

fn ring(happened: Happened<'_>) {
    if !Output::is_terminal() {
        return;
    }
    let bells = match happened {
        Happened::Calls(call, _) => call.tone.bells(),
        Happened::Silent(_) => 1,
        _ => 0,
    };
    Output::bell(bells);
}
