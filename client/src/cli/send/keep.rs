//! Keeping what was written and not sent: no word that somebody typed is lost to a mistake.

use super::Work;
use crate::cli::context::{Context, Unlocked};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::Style;
use estafette_protocol::encoding::Text;
use serde_json::json;

/// Keeps it, as was asked for; says what is still wrong with it.
pub(super) fn ask(
    context: &Context,
    unlocked: &Unlocked,
    work: &Work,
    wrong: Option<Box<Failure>>,
) -> Outcome<Exit> {
    let number = store(unlocked, work)?;
    let wrong = wrong.or_else(|| work.checked(context).err());
    let wrong = wrong.map(|failure| failure.what);
    let output = context.output;
    output.object("draft", json!({ "draft": number, "wrong": wrong }));
    if let Some(wrong) = wrong {
        output.talk(&format!("! {wrong}"));
    }
    output.talk(&format!(
        "✓ kept as draft {number}, nothing was sent.  Send it:  estafette draft send {number}"
    ));
    Ok(Exit::Done)
}

/// Keeps it after a failure, which then says so.
pub(super) fn after(mut failure: Box<Failure>, unlocked: &Unlocked, work: &Work) -> Box<Failure> {
    // Not even a draft can be kept: the failure itself matters more.
    if let Ok(number) = store(unlocked, work) {
        failure.why = format!("{}  Kept as draft {number}.", failure.why);
        failure.next = format!("{}      or  estafette draft edit {number}", failure.next);
    }
    failure
}

fn store(unlocked: &Unlocked, work: &Work) -> Outcome<u64> {
    let text = Text::new(work.document(Style::Bare));
    let text = text.map_err(crate::store::StoreError::from)?;
    let writing = unlocked.account.store.write()?;
    Ok(writing.keep_draft(text, clock::now())?)
}
