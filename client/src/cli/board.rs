//! Bare `estafette`: what needs this desk, what it waits for, what is wrong. Never networks.

use super::context::Context;
use super::list;
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::view::{Item, Turn};
use estafette_protocol::time::DAY_MS;
use serde_json::json;

/// Most lines of one part of the board.
const LINES_MAX: usize = 20;

pub(super) fn run(context: &Context) -> Outcome<Exit> {
    let unlocked = context.unlock()?;
    let (output, now) = (context.output, clock::now());
    let mut items = unlocked.items()?;
    list::sort(&mut items);
    // What expired a day ago is nothing to act on any more; lists still show it.
    let is_over = |item: &Item| now > item.message.header.expires.plus(DAY_MS);
    let of = |turn: Turn| -> Vec<&Item> {
        let fits = |item: &&Item| item.turn == turn && (turn == Turn::Ours || !is_over(item));
        items.iter().filter(fits).collect()
    };
    let parts = [
        ("NEEDS YOU", of(Turn::Ours)),
        ("WAITING FOR OTHERS", of(Turn::Theirs)),
        ("PROBLEMS", of(Turn::Problem)),
    ];
    let queued = unlocked.account.store.outbox_names()?.len();
    let enrolled = unlocked.account.enrolled_at().is_some();
    let counts: Vec<usize> = parts.iter().map(|(_, items)| items.len()).collect();
    output.object(
        "board",
        json!({
            "desk": unlocked.desk().as_str(),
            "enrolled": enrolled,
            "needs_you": counts.first(),
            "waiting": counts.get(1),
            "problems": counts.get(2),
            "queued": queued,
        }),
    );
    output.line(&format!(
        "{}   {}   queued {queued}",
        unlocked.desk(),
        output.time(now)
    ));
    if !enrolled {
        output.line("");
        output.line("This device waits to be signed into the roster.");
        output.line("→ estafette join --wait");
        return Ok(Exit::Done);
    }
    for (title, part) in &parts {
        if part.is_empty() {
            continue;
        }
        output.line("");
        output.line(&format!("{title} ({})", part.len()));
        for item in part.iter().take(LINES_MAX) {
            list::print(output, item, unlocked.desk(), now);
        }
        if part.len() > LINES_MAX {
            output.line("  … estafette list");
        }
    }
    if counts.iter().all(|count| *count == 0) {
        output.line("");
        output.line("Nothing needs you, nothing is outstanding.");
        output.line("→ estafette flag TEXT --to DESK      raise a flag");
        output.line("→ estafette sync                     look for something new");
    }
    Ok(Exit::Done)
}
