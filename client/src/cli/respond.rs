//! What the verbs of an addressee and of the sender's desk share: whose message it is, how it
//! stands, and the refusals that come before anything is signed, each with its clause.

use super::context::Unlocked;
use crate::clock;
use crate::compose;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::view::{self, Row};
use crate::words::visible;
use estafette_protocol::address::Desk;
use estafette_protocol::envelope::Role;
use estafette_protocol::receipt::Standing;

/// The row of the own desk, which is addressed and can read the message.
// STA-2
pub(super) fn own_row(unlocked: &Unlocked, message: &Message) -> Outcome<Row> {
    let (id, desk) = (message.record.id, unlocked.desk());
    let rows = view::rows(message, clock::now());
    let own = rows.into_iter().find(|row| row.state.desk == *desk);
    let Some(own) = own else {
        return Err(Failure::new(
            Exit::Refused,
            "statement-not-entitled",
            format!("{id} is not addressed to your desk (STA-2)"),
            "Nothing was said.",
            format!("estafette track {id}"),
        ));
    };
    match message.content_key() {
        Some(_) => Ok(own),
        None => Err(Failure::new(
            Exit::Failed,
            "not-readable",
            format!("{id} cannot be read on this device"),
            "Nobody speaks of what nobody here has read; nothing was said.",
            "estafette sync      then the same command again",
        )),
    }
}

/// The same, where the desk is to act, and the matter is open.
// RCP-4
pub(super) fn open_row(unlocked: &Unlocked, message: &Message) -> Outcome<Row> {
    let own = own_row(unlocked, message)?;
    let id = message.record.id;
    let (word, what) = match own.standing {
        Standing::Answered => ("answered", format!("{id} is answered already (RCP-4)")),
        Standing::Closed => ("closed", format!("{id} is closed (RCP-4)")),
        _ if !own.is_asked() => (
            "not-asked",
            format!("nothing is asked of your desk with {id}: it has a copy"),
        ),
        _ => return Ok(own),
    };
    Err(Failure::new(
        Exit::Refused,
        word,
        what,
        "Nothing was said.",
        format!("estafette show {id}"),
    ))
}

/// Only the desk that sent a message says such things of it.
// ESC-25, STA-2
pub(super) fn own_message(unlocked: &Unlocked, message: &Message) -> Outcome<()> {
    let (sender, id) = (&message.header.sender, message.record.id);
    match sender == unlocked.desk() {
        true => Ok(()),
        false => Err(Failure::new(
            Exit::Refused,
            "statement-not-entitled",
            format!("{id} is a message of {sender}; only that desk says so (ESC-25)"),
            "Nothing was said.",
            format!("estafette note TEXT --reply-to {id} --to {sender}"),
        )),
    }
}

/// A desk that some roster lists, or the failure that names a near one.
pub(super) fn listed(unlocked: &Unlocked, desk: &Desk, option: &str) -> Outcome<()> {
    let account = &unlocked.account;
    if compose::desks(account).any(|known| known == desk) {
        return Ok(());
    }
    let shown = visible(desk.as_str(), false);
    let nearest = compose::nearest(desk, compose::desks(account));
    let (why, next) = match nearest {
        Some(near) => (
            format!("Nothing was said.  Did you mean {near}?"),
            format!("the same command with {option} {near}"),
        ),
        None => (
            "Nothing was said.".to_owned(),
            "estafette duty who AGENCY".to_owned(),
        ),
    };
    Err(Failure::new(
        Exit::Refused,
        "desk-unknown",
        format!("no roster lists {shown} (ADM-12)"),
        why,
        next,
    ))
}

/// The addressee that is meant: the one that was named, or the only one of those that fit.
pub(super) fn one_desk(
    message: &Message,
    named: Option<&Desk>,
    (fits, what): (impl Fn(&Row) -> bool, &str),
) -> Outcome<Row> {
    let id = message.record.id;
    let rows = view::rows(message, clock::now());
    let mut acting: Vec<Row> = rows
        .into_iter()
        .filter(|row| row.state.role == Role::Action)
        .collect();
    let names: Vec<String> = acting
        .iter()
        .map(|row| row.state.desk.to_string())
        .collect();
    acting.retain(|row| named.map_or_else(|| fits(row), |desk| row.state.desk == *desk));
    match (acting.pop(), acting.is_empty()) {
        (Some(row), true) => Ok(row),
        (None, _) if named.is_none() => Err(Failure::new(
            Exit::Refused,
            "nobody-fits",
            format!("of those who must act on {id}, {what}"),
            "Nothing was said.",
            format!("estafette track {id}"),
        )),
        (None, _) => Err(Failure::new(
            Exit::Refused,
            "statement-not-entitled",
            format!("that desk need not act on {id} (STA-2)"),
            format!("Nothing was said.  Those who must: {}.", names.join(", ")),
            format!("the same command with --for {}", names.join(" or ")),
        )),
        (Some(_), false) => Err(Failure::new(
            Exit::Usage,
            "which-desk",
            format!("{id} has several that must act; which one is meant?"),
            "Nothing was said.",
            format!("the same command with --for {}", names.join(" or ")),
        )),
    }
}
