//! `estafette draft`: what was written and not sent, kept sealed in the account.

use super::context::{Context, Unlocked};
use super::send::{Letter, SendOptions};
use super::template::{change_text, wrong_with};
use crate::clock;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::fill::{Document, FillError};
use crate::store::{Kept, Shelf};
use crate::words::{duration, time_rfc3339, visible};
use clap::{Args, Subcommand};
use estafette_protocol::encoding::Text;
use serde_json::json;

/// What was written and not sent.
#[derive(Debug, Args)]
pub(super) struct DraftCommand {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List them
    List,
    /// Show one as a document
    Show {
        /// Its number
        number: String,
    },
    /// Change one in $VISUAL or $EDITOR
    Edit {
        /// Its number
        number: String,
    },
    /// Send one; options replace what it says
    Send {
        /// Its number
        number: String,
        #[command(flatten)]
        options: Box<SendOptions>,
    },
    /// Throw some away
    Drop {
        /// Their numbers
        #[arg(required = true)]
        numbers: Vec<String>,
    },
}

impl DraftCommand {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        let mut unlocked = context.unlock()?;
        match self.action.unwrap_or(Action::List) {
            Action::List => list(context, &unlocked),
            Action::Show { number } => {
                let kept = find(&unlocked, &number)?;
                context.output.raw(kept.text.as_str().as_bytes());
                Ok(Exit::Done)
            }
            Action::Edit { number } => change(context, &unlocked, &number),
            Action::Send { number, options } => send(context, &mut unlocked, &number, *options),
            Action::Drop { numbers } => {
                for number in &numbers {
                    find(&unlocked, number)?;
                }
                for number in &numbers {
                    unlocked
                        .account
                        .store
                        .write()?
                        .discard(Shelf::Drafts, number)?;
                    context.output.object("draft", json!({ "dropped": number }));
                    context.output.talk(&format!("✓ draft {number} dropped."));
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn list(context: &Context, unlocked: &Unlocked) -> Outcome<Exit> {
    let (kept, now) = (unlocked.account.store.shelf(Shelf::Drafts)?, clock::now());
    for kept in &kept {
        let number = kept.name.as_str();
        let document = Document::parse(kept.text.as_str()).unwrap_or_default();
        let format = document.format.unwrap_or_default();
        let to = document.head.to.join(",");
        let wrong = wrong_with(context, kept).map(|failure| failure.what);
        context.output.object(
            "draft",
            json!({
                "draft": number.parse::<u64>().ok(),
                "format": format,
                "to": document.head.to,
                "kept": time_rfc3339(kept.kept_at),
                "wrong": wrong,
            }),
        );
        let age = duration(now.since(kept.kept_at));
        let wrong = wrong.map_or_else(String::new, |wrong| format!("  ! {wrong}"));
        let line = format!("{number:>4}  {format:<12} {age:<10} to {to}{wrong}");
        context.output.line(line.trim_end());
    }
    if kept.is_empty() {
        context.output.talk("No drafts.");
    }
    Ok(Exit::Done)
}

fn change(context: &Context, unlocked: &Unlocked, number: &str) -> Outcome<Exit> {
    let kept = find(unlocked, number)?;
    let text = change_text(context, &kept)?;
    let text = Text::new(text).map_err(crate::store::StoreError::from)?;
    let writing = unlocked.account.store.write()?;
    writing.keep(Shelf::Drafts, kept.name.as_str(), text, clock::now())?;
    drop(writing);
    let wrong = wrong_with(context, &find(unlocked, number)?).map(|failure| failure.what);
    context
        .output
        .object("draft", json!({ "draft": number, "wrong": wrong }));
    if let Some(wrong) = wrong {
        context.output.talk(&format!("! {wrong}"));
    }
    context.output.talk(&format!(
        "✓ draft {number} kept.  Send it:  estafette draft send {number}"
    ));
    Ok(Exit::Done)
}

fn send(
    context: &Context,
    unlocked: &mut Unlocked,
    number: &str,
    options: SendOptions,
) -> Outcome<Exit> {
    let kept = find(unlocked, number)?;
    let broken = |error: FillError| {
        let next = format!("estafette draft edit {number}");
        let (word, what) = (error.wrong.word(), error.wrong.what());
        Failure::new(Exit::Usage, word, what, "Nothing was sent.", next)
    };
    let document = Document::parse(kept.text.as_str()).map_err(broken)?;
    let format = document.format_in(context.catalogue).map_err(broken)?;
    let letter = Letter {
        document: Some(document),
        draft: Some(kept.name.as_str().to_owned()),
        ..Letter::new(format)
    };
    options.send_from(context, unlocked, letter)
}

fn find(unlocked: &Unlocked, number: &str) -> Outcome<Kept> {
    let kept = unlocked.account.store.kept(Shelf::Drafts, number)?;
    kept.ok_or_else(|| {
        Failure::new(
            Exit::NoSuchId,
            "no-such-draft",
            format!("no draft {}", visible(number, false)),
            "Nothing was changed.",
            "estafette draft list",
        )
    })
}
