//! Whether a message is meant: actual, of an exercise, or a test.
//!
//! What follows a message has its status (HND-6, HND-7). An exercise is one that the own agency has
//! registered; whether everybody takes part in it is for the rules.

use crate::cli::context::Unlocked;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::store::Message;
use crate::words::visible;
use estafette_protocol::crypto::sha256;
use estafette_protocol::encoding::{FixedBytes, Signed};
use estafette_protocol::precedence::Status;
use estafette_protocol::roster::Roster;

/// The status of a message, and its exercise: as asked for, else that of what it follows.
pub(in crate::cli) fn status(
    unlocked: &Unlocked,
    (exercise, test): (Option<&str>, bool),
    parent: Option<&Message>,
    checked: bool,
) -> Outcome<(Status, Option<FixedBytes<16>>)> {
    let inherited = parent.map(|message| (message.header.status, message.header.exercise));
    let asked = match (exercise, test) {
        (Some(_), _) => Some(Status::Exercise),
        (None, true) => Some(Status::Test),
        (None, false) => None,
    };
    let differs = |status: Status| {
        Failure::new(
            Exit::Usage,
            "status-differs",
            format!("what this message follows is {} (HND-6)", status.word()),
            "Nothing was sent; what follows a message has its status.",
            "the same command without --exercise and --test",
        )
    };
    match (asked, inherited) {
        (None, inherited) => Ok(inherited.unwrap_or((Status::Actual, None))),
        (Some(asked), Some((status, _))) if asked != status => Err(differs(status)),
        (Some(asked), inherited) => {
            let id = exercise.map(|typed| registered(unlocked, typed, checked));
            let own = (asked, id.transpose()?);
            match inherited {
                Some(inherited) if inherited != own => Err(differs(inherited.0)),
                _ => Ok(own),
            }
        }
    }
}

/// The id of an exercise that the own roster registers under this name or id.
// EXR-1
fn registered(unlocked: &Unlocked, typed: &str, checked: bool) -> Outcome<FixedBytes<16>> {
    let directory = &unlocked.account.directory;
    let roster = directory.newest_roster(directory.own()).map(Signed::value);
    if let Some(id) = roster.and_then(|roster| find(roster, typed)) {
        return Ok(id);
    }
    if !checked {
        let hash = sha256(&[typed.as_bytes()]);
        return Ok(FixedBytes(
            hash.0.first_chunk().copied().unwrap_or_default(),
        ));
    }
    let known = roster.map_or(&[][..], |roster| &roster.exercises);
    let known: Vec<String> = known
        .iter()
        .map(|exercise| visible(exercise.name.as_str(), false))
        .collect();
    let known = match known.is_empty() {
        true => "none".to_owned(),
        false => known.join(", "),
    };
    Err(Failure::new(
        Exit::Refused,
        "exercise-unknown",
        format!(
            "{} has registered no exercise {} (EXR-1)",
            directory.own(),
            visible(typed, false)
        ),
        format!("Nothing was sent.  Registered: {known}."),
        "ask your administrator to register it; then  estafette sync",
    ))
}

fn find(roster: &Roster, typed: &str) -> Option<FixedBytes<16>> {
    let is_it = |name: &str, id: &FixedBytes<16>| {
        name.eq_ignore_ascii_case(typed)
            || hex::encode(id.as_slice()).eq_ignore_ascii_case(typed.trim())
    };
    let mut known = roster.exercises.iter();
    let found = known.find(|exercise| is_it(exercise.name.as_str(), &exercise.id));
    found.map(|exercise| exercise.id)
}
