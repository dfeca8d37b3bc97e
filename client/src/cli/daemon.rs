//! `estafette daemon`: the resident courier, in the foreground.

use super::context::Context;
use super::network;
use crate::account::Account;
use crate::courier::{CourierError, Event};
use crate::driver::{Driver, LinkState, Progress};
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};
use crate::local::Socket;
use crate::output::Output;
use clap::Args;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// Stay connected.
#[derive(Debug, Args)]
pub(super) struct Daemon {
    /// End once nothing is left to send
    #[arg(long)]
    until_empty: bool,
    /// Leave the terminal's session, for a process started by another command
    #[arg(long, hide = true)]
    detached: bool,
}

impl Daemon {
    pub(super) fn run(self, context: &Context) -> Outcome<Exit> {
        if self.detached {
            // Not being a leader already is what makes this succeed; else it changes nothing.
            let _ = rustix::process::setsid();
        }
        let mut account = context.unlock()?.account;
        let Some(_lock) = account.try_lock()? else {
            return Err(Failure::new(
                Exit::Failed,
                "already-running",
                "another process of this account is on the network",
                "It sends and receives for all commands; nothing is lost.",
                "estafette sync",
            ));
        };
        account.refresh()?;
        let output = context.output;
        let until_empty = self.until_empty;
        let mut last = None;
        let mut goal = |account: &Account, progress: &mut Progress| {
            announce(output, progress, &mut last);
            Ok::<_, CourierError>(until_empty && account.store.is_idle()?)
        };
        network::runtime()?.block_on(async {
            let (pokes, poked) = mpsc::channel(8);
            let mut driver = Driver::new(poked)?;
            // Without a socket the outbox is still looked at twice a second.
            let socket = Socket::bind(&account.socket_path()).ok();
            let state = driver.state();
            let serving = socket.map(|socket| tokio::spawn(socket.serve(pokes, state)));
            let ended = tokio::select! {
                ended = driver.run(&mut account, None, &mut goal) => ended.map(|_| Exit::Done),
                () = interrupted() => Ok(Exit::Interrupted),
            };
            if let Some(serving) = serving {
                serving.abort();
                let _ = serving.await;
            }
            Ok(ended?)
        })
    }
}

async fn interrupted() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Says what happens, as data: a daemon's output is what other programs follow.
fn announce(output: Output, progress: &Progress, last: &mut Option<LinkState>) {
    if *last != Some(progress.link) {
        let (word, why) = match progress.link {
            LinkState::Connecting => ("connecting", None),
            LinkState::Down(error) => ("down", Some(error.to_string())),
            LinkState::Up => ("up", None),
        };
        output.object("link", json!({"state": word, "why": why}));
        output.talk(&format!(
            "relay {word}{}",
            why.map_or(String::new(), |w| format!(": {w}"))
        ));
        *last = Some(progress.link);
    }
    for event in &progress.events {
        let (word, id) = match event {
            Event::Opened { id } => ("received", Some(*id)),
            Event::Unreadable { id, .. } => ("unreadable", Some(*id)),
            Event::Resent { id } => ("resent", Some(*id)),
            Event::Stated { id, claim } => (*claim, Some(*id)),
            Event::Noticed { claim } => (*claim, None),
            Event::Fault { code, id } => (code.map_or("fault", |code| code.word()), *id),
            _ => continue,
        };
        output.object("event", json!({"event": word, "id": id}));
        let id = id.map_or(String::new(), |id| format!("{id} "));
        output.talk(&format!("{id}{word}"));
    }
}
