//! Who networks while the board is up: this process, on a thread of its own, where no other one of
//! the account does; else that other one, which is asked how its link stands.
//!
//! The board itself only ever reads the store.

use super::silence::Link;
use super::terminal::abandon;
use crate::account::{Account, AccountError};
use crate::courier::CourierError;
use crate::driver::{Driver, DriverError, LinkState, Progress};
use crate::local::{Answer, Socket, poke};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// How long the board may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How often another process is asked how its link stands.
const ASK: Duration = Duration::from_secs(2);
/// How long to wait for the thread at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What the board is told. The link is said again and again, so that silence means something.
#[derive(Debug)]
pub enum News {
    /// How the link stands.
    Link(Link),
    /// The process is asked to end.
    End,
    /// The process goes on after it was stopped.
    Resumed,
    /// Nobody networks any more: something of this machine.
    Failed(FollowError),
}

/// Why nobody networks: something of this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The courier.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The thread, or its runtime.
    #[error("no thread for the network: {0}")]
    Thread(#[from] std::io::Error),
    /// The thread has ended.
    #[error("the thread of the network has ended")]
    Gone,
}

/// The thread that networks, or asks who does.
#[derive(Debug)]
pub struct Follower {
    news: Receiver<News>,
    pokes: mpsc::Sender<()>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts the thread, with an account that nothing else in this process changes.
    ///
    /// # Errors
    /// When the system has no thread.
    pub fn start(account: Account) -> Result<Self, FollowError> {
        let (tell, news) = std::sync::mpsc::channel();
        let (pokes, poked) = mpsc::channel(8);
        let ends = Arc::new(AtomicBool::new(false));
        let courier = Courier {
            account,
            tell,
            ends: Arc::clone(&ends),
        };
        let again = pokes.clone();
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        let (heard, farewell) = (courier.tell.clone(), Farewell(courier.tell.clone()));
        thread("signals").spawn(move || hear_signals(heard))?;
        let thread = thread("courier").spawn(move || {
            // Dropped last, whatever becomes of the courier.
            let _farewell = farewell;
            courier.run(&again, poked);
        })?;
        Ok(Self {
            news,
            pokes,
            ends,
            thread: Some(thread),
        })
    }

    /// Waits for news, so long at most.
    #[must_use]
    pub fn wait(&self, at_most: Duration) -> Option<News> {
        match self.news.recv_timeout(at_most) {
            Ok(news) => Some(news),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(News::Failed(FollowError::Gone)),
        }
    }

    /// The next news, where there is some.
    #[must_use]
    pub fn next(&self) -> Option<News> {
        match self.news.try_recv() {
            Ok(news) => Some(news),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(News::Failed(FollowError::Gone)),
        }
    }

    /// Has the outbox looked at, at once.
    pub fn poke(&self) {
        // A full queue means that a poke is on its way already.
        let _ = self.pokes.try_send(());
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        self.poke();
        let Some(thread) = self.thread.take() else {
            return;
        };
        // It says so at its end; whoever networks too long is left behind.
        while !thread.is_finished() {
            match self.news.recv_timeout(FAREWELL) {
                Ok(News::Failed(FollowError::Gone)) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return,
            }
        }
        let _ = thread.join();
    }
}

/// Says when dropped that the thread is at its end.
struct Farewell(Sender<News>);

impl Drop for Farewell {
    fn drop(&mut self) {
        // Whoever listened may be gone.
        let _ = self.0.send(News::Failed(FollowError::Gone));
    }
}

struct Courier {
    account: Account,
    tell: Sender<News>,
    ends: Arc<AtomicBool>,
}

impl Courier {
    fn run(mut self, pokes: &mpsc::Sender<()>, poked: mpsc::Receiver<()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let ended = match runtime {
            Ok(runtime) => {
                let ended = runtime.block_on(self.follow(pokes, poked));
                runtime.shutdown_background();
                ended
            }
            Err(error) => Err(error.into()),
        };
        if let Err(error) = ended {
            // Whoever listened may be gone.
            let _ = self.tell.send(News::Failed(error));
        }
    }

    async fn follow(
        &mut self,
        pokes: &mpsc::Sender<()>,
        mut poked: mpsc::Receiver<()>,
    ) -> Result<(), FollowError> {
        while !self.ends.load(Ordering::Relaxed) {
            if let Some(_lock) = self.account.try_lock()? {
                self.account.refresh()?;
                return self.network(pokes, poked).await;
            }
            // Whoever has the lock and does not answer is as silent as a relay.
            let link = match poke(&self.account.socket_path()) {
                Some(Answer::Up) => Link::Up,
                Some(Answer::Connecting) => Link::Connecting,
                Some(Answer::Down) | None => Link::Down,
            };
            let _ = self.tell.send(News::Link(link));
            let _ = tokio::time::timeout(ASK, poked.recv()).await;
        }
        Ok(())
    }

    /// Networks until the end. The lock is held by the caller.
    async fn network(
        &mut self,
        pokes: &mpsc::Sender<()>,
        poked: mpsc::Receiver<()>,
    ) -> Result<(), FollowError> {
        let mut driver = Driver::new(poked)?;
        // Without a socket the outbox is still looked at twice a second.
        let socket = Socket::bind(&self.account.socket_path()).ok();
        let state = driver.state();
        let serving = socket.map(|socket| tokio::spawn(socket.serve(pokes.clone(), state)));
        let (tell, ends) = (self.tell.clone(), Arc::clone(&self.ends));
        let mut goal = |_: &Account, progress: &mut Progress| {
            let link = match (progress.link, progress.synced) {
                (LinkState::Up, true) => Link::Up,
                (LinkState::Up | LinkState::Connecting, _) => Link::Connecting,
                (LinkState::Down(_), _) => Link::Down,
            };
            let _ = tell.send(News::Link(link));
            Ok::<_, CourierError>(ends.load(Ordering::Relaxed))
        };
        let ended = driver.run(&mut self.account, None, &mut goal).await;
        if let Some(serving) = serving {
            serving.abort();
            let _ = serving.await;
        }
        ended?;
        Ok(())
    }
}

/// Hears signals as long as the process is there: it has to end when it is asked to, whatever has
/// become of the network.
fn hear_signals(tell: Sender<News>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(signals(tell)),
        Err(error) => tracing::warn!(%error, "signals are left to the system"),
    }
}

/// Passes on that the process is asked to end, or goes on.
async fn signals(tell: Sender<News>) {
    let kinds = [
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::interrupt(),
    ];
    for kind in kinds {
        let tell = tell.clone();
        if let Ok(mut arrives) = signal(kind) {
            tokio::spawn(async move {
                if arrives.recv().await.is_some() {
                    let _ = tell.send(News::End);
                    // Whoever reads a terminal that is gone hears nothing.
                    tokio::time::sleep(GRACE).await;
                    abandon();
                }
            });
        }
    }
    let resumed = rustix::process::Signal::CONT.as_raw();
    if let Ok(mut arrives) = signal(SignalKind::from_raw(resumed)) {
        while arrives.recv().await.is_some() {
            let _ = tell.send(News::Resumed);
        }
    }
}
