//! The running relay: sockets and tasks around one thread that decides and writes.
//!
//! ```text
//!   accept, dial ─► link task ── prepare ──► bounded channel ──► engine thread
//!                      ▲                                             │ one commit for all
//!                      └───────── bounded queue per link ◄───────────┘ that waited
//! ```
//!
//! Decides how work reaches the engine and how what it decided leaves. Everything is bounded: a
//! link that does not read is closed rather than waited for, and a busy engine makes links stop
//! reading their sockets. What frames mean is the engine's. Spec: session.md.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use estafette_protocol::escalation::Moment;
use estafette_protocol::time::UnixMillis;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::config::{Config, Folder};
use crate::engine::{EngineError, RelayIdentity};
use crate::hop::{Endpoint, HopConfig, HopError};
use crate::key_file::{KeyFileError, RelayKey};
use crate::peer;
use crate::store::StoreError;

mod admin;
mod hub;
mod intake;
mod keys;
mod links;
mod outbound;
mod places;
mod thread;

pub(crate) use hub::Hub;
pub use intake::{queue_invitation, queue_object};
use thread::{Ended, Order};

/// How long links may take to end in good order.
const LINKS_END_TIMEOUT: Duration = Duration::from_secs(5);
/// How often the folder of published objects is looked into.
const INTAKE_INTERVAL: Duration = Duration::from_secs(30);

/// Why a server does not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The relay does not know its agency's root yet.
    #[error("{} names no root", config.display())]
    NoRoot {
        /// The configuration.
        config: PathBuf,
    },
    /// The relay's keys can not be used.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The store does not open; another process may run on it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine can not go on.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// An address can not be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the hop said.
        source: HopError,
    },
    /// The admin socket can not be made.
    #[error("cannot make {}: {kind}", path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// The engine's thread ended without saying why.
    #[error("the engine ended without a word")]
    Vanished,
    /// The system refused.
    #[error("cannot {action}: {kind}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        kind: io::ErrorKind,
    },
}

/// A running relay.
#[derive(Debug)]
pub struct Server {
    local_addrs: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    supervisor: JoinHandle<Result<(), ServerError>>,
}

impl Server {
    /// Starts a relay within the runtime of the caller; it is ready when this returns.
    ///
    /// # Errors
    /// [`ServerError`]; nothing of it runs then.
    pub async fn start(config: Config) -> Result<Self, ServerError> {
        let found = keys::read(&config.folder)?;
        let (stop, stopping) = watch::channel(false);
        let (hub, opened) = start_engine(&config, &found, stopping).await?;
        let keys = found.settled(&config.folder, opened.took_on);
        let prepared = keys.and_then(|keys| Ok((prepare(&config, &keys)?, keys)));
        let ((listeners, dialer, socket), keys) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                // The engine's thread ends, and frees the folder, before anybody is told.
                drop(hub);
                let _ = opened.ended.await;
                return Err(error);
            }
        };
        let local_addrs = listeners.iter().filter_map(Endpoint::local_addr).collect();
        let (running, gone) = mpsc::channel(1);
        for listener in listeners {
            spawn(&running, hub.clone().accept_links(listener));
        }
        spawn(&running, peer::keep_links(hub.clone(), dialer, keys));
        spawn(&running, admin::serve(hub.clone(), socket, stop.clone()));
        let supervisor = Supervisor {
            hub,
            stop: stop.clone(),
            ended: opened.ended,
            gone,
            folder: config.folder,
        };
        Ok(Self {
            local_addrs,
            stop,
            supervisor: tokio::spawn(supervisor.run()),
        })
    }

    /// The addresses that are listened on, with the ports that were picked.
    #[must_use]
    pub fn local_addrs(&self) -> &[SocketAddr] {
        &self.local_addrs
    }

    /// Begins a clean end; [`Server::wait`] says when it is over.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until the relay has ended: by [`Server::stop`], by an administrator, or by a failure.
    ///
    /// # Errors
    /// Why it ended by itself.
    pub async fn wait(self) -> Result<(), ServerError> {
        self.supervisor.await.unwrap_or(Err(ServerError::Vanished))
    }

    /// Something to stop the relay with while another waits for it.
    pub fn stopper(&self) -> impl Fn() + Send + 'static {
        let stop = self.stop.clone();
        move || {
            stop.send_replace(true);
        }
    }
}

/// The wall clock.
#[must_use]
pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since.map_or(0, |since| since.as_millis());
    UnixMillis(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// The wall clock, and one that nobody can move and that goes on while the machine sleeps.
// ESC-1
#[must_use]
pub fn moment() -> Moment {
    let steady = clock_gettime(ClockId::Boottime);
    let ms = |count: i64, per: u64| u64::try_from(count).unwrap_or(0).saturating_mul(per);
    let nanos = u64::try_from(steady.tv_nsec).unwrap_or(0);
    Moment {
        wall: now(),
        steady: UnixMillis(ms(steady.tv_sec, 1_000).saturating_add(nanos / 1_000_000)),
    }
}

/// What the engine's thread left behind.
struct Opened {
    ended: oneshot::Receiver<Ended>,
    /// Whether the engine goes on with the keys that waited.
    took_on: bool,
}

async fn start_engine(
    config: &Config,
    keys: &keys::Found,
    stopping: watch::Receiver<bool>,
) -> Result<(Hub, Opened), ServerError> {
    let root = config.root.ok_or_else(|| ServerError::NoRoot {
        config: config.folder.config(),
    })?;
    let identity = |key: &RelayKey| RelayIdentity {
        agency: config.agency.clone(),
        hop_public: key.hop.public(),
        statement_key: key.statement.clone(),
    };
    let start = thread::Start {
        identity: identity(&keys.key),
        next: keys.next.as_ref().map(identity),
        root,
        folder: config.folder.clone(),
        store: config.store,
    };
    let started = thread::start(start).await?;
    let opened = Opened {
        ended: started.ended,
        took_on: started.took_on,
    };
    let hub = Hub::new(
        started.messages,
        started.directories,
        stopping,
        config.links_max,
    );
    Ok((hub, opened))
}

type Prepared = (Vec<Endpoint>, Endpoint, tokio::net::UnixListener);

fn prepare(config: &Config, keys: &peer::OwnKeys) -> Result<Prepared, ServerError> {
    let mut listeners = Vec::new();
    for address in &config.listen {
        let refuse = |source| ServerError::Listen {
            address: *address,
            source,
        };
        let hop = HopConfig::default();
        let (key, replaced) = (keys.key.clone(), keys.replaced.clone());
        let listener = Endpoint::bind_replacing(*address, key, replaced, hop);
        listeners.push(listener.map_err(refuse)?);
    }
    let dialer = Endpoint::client(HopConfig::default()).map_err(|_| ServerError::Io {
        action: "set up dialling",
        kind: io::ErrorKind::Other,
    })?;
    let socket = admin::bind(&config.folder.socket())?;
    Ok((listeners, dialer, socket))
}

/// Starts a task that holds `running` for as long as it lasts.
fn spawn(running: &mpsc::Sender<()>, task: impl Future<Output = ()> + Send + 'static) {
    let running = running.clone();
    tokio::spawn(async move {
        task.await;
        drop(running);
    });
}

/// Waits for the end, then ends everything in order.
struct Supervisor {
    hub: Hub,
    stop: watch::Sender<bool>,
    ended: oneshot::Receiver<Ended>,
    /// Closed when accepting, dialling and administration have ended.
    gone: mpsc::Receiver<()>,
    folder: Folder,
}

impl Supervisor {
    async fn run(mut self) -> Result<(), ServerError> {
        let mut stopping = self.stop.subscribe();
        let early = loop {
            tokio::select! {
                ended = &mut self.ended => break Some(ended),
                () = peer::told(&mut stopping) => break None,
                () = sleep(INTAKE_INTERVAL) => self.hub.order_quietly(Order::Intake).await,
            }
        };
        // Stop accepting and dialling; links are told `shutting-down` by their own tasks.
        self.stop.send_replace(true);
        let _ = timeout(LINKS_END_TIMEOUT, self.gone.recv()).await;
        let _ = timeout(LINKS_END_TIMEOUT, self.hub.links_ended()).await;
        let ended = match early {
            Some(ended) => ended,
            None => {
                self.hub.stop_engine().await;
                self.ended.await
            }
        };
        let _ = std::fs::remove_file(self.folder.socket());
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(ServerError::Vanished),
        }
    }
}
