//! Bare `estafette`: what needs this desk, what it waits for, what is wrong, what was taken on.
//! Never networks.

use super::context::Context;
use super::list::{self, Listing};
use crate::clock;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::view::{Item, Turn};
use estafette_protocol::time::DAY_MS;
use serde_json::json;

/// Most messages of one part of the board.
const ITEMS_MAX: usize = 20;

pub(super) fn run(context: &Context) -> Outcome<Exit> {
    let unlocked = context.unlock()?;
    let (output, now) = (context.output, clock::now());
    let mut items = unlocked.items()?;
    list::sort(&mut items);
    // What expired a day ago is nothing to act on any more; lists still show it.
    let is_over = |item: &Item| {
        let is_due = item.due.is_some_and(|due| due > now);
        now > item.message.header.expires.plus(DAY_MS) && !is_due
    };
    let of = |turn: Turn| -> Vec<&Item> {
        let fits = |item: &&Item| item.turn == turn && (turn == Turn::Ours || !is_over(item));
        items.iter().filter(fits).collect()
    };
    let listing = Listing::new(context, &unlocked, now);
    let reader = listing.reader;
    let parts = [
        (reader.say("needs-you"), of(Turn::Ours)),
        (reader.say("waiting-for-others"), of(Turn::Theirs)),
        (reader.say("problems"), of(Turn::Problem)),
        (reader.say("taken-on"), of(Turn::Acknowledged)),
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
            "acknowledged": counts.get(3),
            "queued": queued,
        }),
    );
    output.line(&format!(
        "{}   {}   {}",
        unlocked.desk(),
        output.time(now),
        reader.isolate(&reader.fill("queued", queued)),
    ));
    if !enrolled {
        output.line("");
        output.line(&reader.isolate(&reader.say("not-enrolled")));
        output.line("→ estafette join --wait");
        return Ok(Exit::Done);
    }
    for (title, part) in parts.iter().filter(|(_, part)| !part.is_empty()) {
        output.line("");
        output.line(&format!("{} ({})", reader.isolate(title), part.len()));
        for item in part.iter().take(ITEMS_MAX) {
            listing.print(item)?;
        }
        if let more @ 1.. = part.len().saturating_sub(ITEMS_MAX) {
            let more = reader.isolate(&reader.fill("more", more));
            output.line(&format!("  … {more}   → estafette list"));
        }
    }
    if counts.iter().all(|count| *count == 0) {
        empty(context);
    }
    Ok(Exit::Done)
}

fn empty(context: &Context) {
    let (output, reader) = (context.output, context.reader());
    output.line("");
    output.line(&reader.isolate(&reader.say("all-quiet")));
    let hints = [
        ("estafette flag TEXT --to DESK", reader.say("raise-a-flag")),
        ("estafette sync", reader.say("look-for-new")),
    ];
    for (command, what) in hints {
        output.line(&format!("→ {command:<32}  {}", reader.isolate(&what)));
    }
}
