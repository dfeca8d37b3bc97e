//! `estafette device`: the devices of a desk, one taken out at once, and new keys for this one.

use super::context::{Context, Unlocked};
use super::network::{self, Patience, Reach};
use crate::account::Account;
use crate::driver::Progress;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use clap::{Args, Subcommand};
use estafette_protocol::address::Desk;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{Hash, KeyId};
use std::time::Duration;

mod list;
mod rotate;
mod suspend;

/// How long the relay may take to say that it holds what was published.
const HELD_WAIT: Duration = Duration::from_secs(10);

/// The devices of a desk.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  estafette device list
  estafette device suspend 9f3a22c1 --reason stolen
  estafette device suspend night@north --reason compromised --confirm
  estafette device rotate")]
pub(super) struct Device {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the devices of a desk and how each stands
    #[command(
        after_help = "Examples:\n  estafette device list\n  estafette device list night@north"
    )]
    List {
        /// A desk of your agency; default: your own
        desk: Option<String>,
    },
    /// Take a device out at once, for seven days
    Suspend(suspend::Suspend),
    /// Give this device new keys
    #[command(after_help = "\
The old keys stay in use until a holder of the roster key has approved the new ones.
Example:
  estafette device rotate")]
    Rotate,
}

impl Device {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        match self.action.unwrap_or(Action::List { desk: None }) {
            Action::List { desk } => list::run(context, desk.as_deref()),
            Action::Suspend(suspend) => suspend.run(context),
            Action::Rotate => rotate::run(context),
        }
    }
}

/// A desk of the own agency, from `label@unit` or its full name.
pub(super) fn desk_named(account: &Account, text: &str) -> Outcome<Desk> {
    let own = account.directory.own();
    let full = match text.split_once('@') {
        Some((_, unit)) if !unit.contains('.') => format!("{text}.{own}"),
        _ => text.to_owned(),
    };
    let roster = account.directory.newest_roster(own);
    let desk = full.parse::<Desk>().ok();
    let listed = desk.filter(|desk| roster.is_some_and(|r| r.value().desk(desk).is_some()));
    listed.ok_or_else(|| {
        Failure::new(
            Exit::NoSuchId,
            "desk-unknown",
            format!("{own} lists no desk {}", crate::words::visible(text, false)),
            "Nothing was changed.",
            "estafette device list DESK      with a desk of your own agency",
        )
    })
}

/// How the relay took what was published.
pub(super) enum Taken {
    /// It holds all of it.
    Held,
    /// It refused one for good.
    Refused(Option<ErrorCode>),
    /// It has not said anything yet.
    Waiting(Reach),
}

/// Waits until the relay holds or refuses what was published.
pub(super) fn hand_over(
    context: &Context,
    unlocked: &mut Unlocked,
    hashes: &[Hash],
) -> Outcome<Taken> {
    let mut refused = None;
    let mut taken = |account: &Account, _: &mut Progress| {
        let mut waits = false;
        for hash in hashes {
            if let Some(publication) = account.store.publication(hash)? {
                refused = refused.or(publication.refused);
                waits |= publication.refused.is_none();
            }
        }
        Ok(!waits)
    };
    let patience = Patience {
        at_most: HELD_WAIT,
        gives_up: true,
    };
    let reach = network::wait(&mut unlocked.account, patience, &mut taken)?;
    if let Some(code) = refused {
        let writing = unlocked.account.store.write()?;
        for hash in hashes {
            writing.remove_publication(hash)?;
        }
        return Ok(Taken::Refused(ErrorCode::from_number(code)));
    }
    if reach == Reach::Reached {
        return Ok(Taken::Held);
    }
    network::leave_courier(context, unlocked)?;
    Ok(Taken::Waiting(reach))
}

/// The failure of what the relay has not taken yet.
pub(super) fn not_yet(reach: Reach) -> Box<Failure> {
    reach.failure(0).unwrap_or_else(|| {
        Failure::new(
            Exit::Pending,
            "still-pending",
            "your relay has not said that it holds it",
            "It is kept and published on every link until it does.",
            "estafette sync",
        )
    })
}

/// A key as people read it, and give it back: its first digits tell devices apart.
fn short(key: &KeyId) -> String {
    hex::encode(key.as_slice()).chars().take(12).collect()
}
