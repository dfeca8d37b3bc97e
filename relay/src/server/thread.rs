//! The one thread that owns the engine: takes what waits, commits once, lets go what may leave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::Hash;
use estafette_protocol::directory::Directory;
use estafette_protocol::enrolment::Invitation;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};
use tokio::time::timeout;

use super::outbound::Outbound;
use super::{ServerError, intake, moment, now};
use crate::config::Folder;
use crate::engine::{Action, Engine, EngineError, Input, LinkId, PublishError, RelayIdentity};
use crate::hop::CloseCode;
use crate::store::{JournalStore, StoreOptions};

/// Messages that may wait for the engine, and that one commit takes.
const BATCH_LEN_MAX: usize = 512;
/// Bytes of frames that may wait for the engine: well within one group of the journal.
pub(super) const FRAME_BYTES_WAITING_MAX: usize = 32 * 1024 * 1024;
/// Longest time without a tick.
const TICK_MS_MAX: u64 = 1_000;

/// What reaches the engine's thread.
pub(super) enum Message {
    /// A link is up; the engine sends on this queue.
    Connected(Input, Outbound),
    /// A frame came; its share of the waiting room is given back once it is handled.
    Input(Input, Option<OwnedSemaphorePermit>),
    /// A link is gone.
    Disconnected(LinkId),
    /// An administrator wants something.
    Order(Order, Option<oneshot::Sender<Reply>>),
    /// End after everything that came before.
    Stop,
}

/// What an administrator may want of the engine.
#[derive(Debug)]
pub(super) enum Order {
    /// How the relay stands.
    Status,
    /// Take up a signed object.
    Publish(Vec<u8>),
    /// Remember an invitation.
    Invite(Box<Invitation>),
    /// Who waits to be signed in.
    Enrolments,
    /// Proofs that agencies signed two rosters for one place.
    Proofs,
    /// Look into the folder of published objects.
    Intake,
}

/// What an administrator is told: a value, or the code and text of a refusal.
pub(super) type Reply = Result<Value, (&'static str, String)>;

/// How the thread ended.
pub(super) type Ended = Result<(), EngineError>;

/// What the thread begins with.
pub(super) struct Start {
    pub(super) identity: RelayIdentity,
    /// Keys to go on with, if the newest roster lists them.
    pub(super) next: Option<RelayIdentity>,
    pub(super) root: Hash,
    pub(super) folder: Folder,
    pub(super) store: StoreOptions,
}

/// A thread that is ready.
pub(super) struct Started {
    pub(super) messages: mpsc::Sender<Message>,
    pub(super) directories: watch::Receiver<Arc<Directory>>,
    pub(super) ended: oneshot::Receiver<Ended>,
    /// Whether the next keys were taken on.
    pub(super) took_on: bool,
}

/// Starts the thread and waits until the engine has folded its store.
pub(super) async fn start(start: Start) -> Result<Started, ServerError> {
    let (messages, waiting) = mpsc::channel(BATCH_LEN_MAX);
    let (ready, is_ready) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let refuse = |error: std::io::Error| ServerError::Io {
        action: "start the engine's thread",
        kind: error.kind(),
    };
    let clock = Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(refuse)?;
    std::thread::Builder::new()
        .name("estafette-engine".to_owned())
        .spawn(move || {
            let opened = Thread::open(start, waiting, clock);
            match opened {
                Ok((thread, directories, took_on)) => {
                    // Without a receiver the server gave up, and the channel is closed with it.
                    let _ = ready.send(Ok((directories, took_on)));
                    let _ = end.send(thread.run());
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        })
        .map_err(refuse)?;
    let (directories, took_on) = is_ready.await.map_err(|_| ServerError::Vanished)??;
    Ok(Started {
        messages,
        directories,
        ended,
        took_on,
    })
}

struct Thread {
    engine: Engine<JournalStore>,
    folder: Folder,
    waiting: mpsc::Receiver<Message>,
    clock: Runtime,
    links: BTreeMap<LinkId, Outbound>,
    directories: watch::Sender<Arc<Directory>>,
    /// Told after the commit.
    replies: Vec<(oneshot::Sender<Reply>, Reply)>,
    /// Removed after the commit.
    taken: Vec<intake::Taken>,
}

impl Thread {
    fn open(
        mut start: Start,
        waiting: mpsc::Receiver<Message>,
        clock: Runtime,
    ) -> Result<(Self, watch::Receiver<Arc<Directory>>, bool), ServerError> {
        let (store, opening) = JournalStore::open(&start.folder.journal(), start.store)?;
        if let Some(torn) = &opening.torn {
            tracing::warn!(
                bytes = torn.bytes,
                complete = torn.complete,
                "torn tail cut off"
            );
        }
        if let Some(rebuilt) = &opening.rebuilt {
            tracing::info!(?rebuilt, "index built again");
        }
        let root = (start.identity.agency.clone(), start.root);
        let engine = Engine::open(start.identity, root, store, moment())?;
        let (directories, watching) = watch::channel(engine.directory());
        let mut thread = Self {
            engine,
            folder: start.folder,
            waiting,
            clock,
            links: BTreeMap::new(),
            directories,
            replies: Vec::new(),
            taken: Vec::new(),
        };
        loop {
            thread.take_in()?;
            let nothing = thread.taken.is_empty();
            thread.commit()?;
            if nothing {
                let next = start.next.take();
                let took_on = next.is_some_and(|next| thread.engine.take_on(next));
                return Ok((thread, watching, took_on));
            }
        }
    }

    /// Runs until told to stop, until nobody is left to tell it, or until the store fails.
    fn run(mut self) -> Ended {
        let mut batch = Vec::with_capacity(BATCH_LEN_MAX);
        let mut stuck = false;
        loop {
            let wait = self.wait(stuck);
            let receiving = self.waiting.recv_many(&mut batch, BATCH_LEN_MAX);
            let received = self
                .clock
                .block_on(async { timeout(wait, receiving).await });
            let mut stopping = matches!(received, Ok(0));
            for message in batch.drain(..) {
                stopping |= matches!(message, Message::Stop);
                self.take(message)?;
            }
            let due = self.engine.next_wake();
            if received.is_err() || due.is_some_and(|due| due <= now()) {
                self.engine.handle(moment(), Input::Tick)?;
                // What stays due after a tick waits like everything else.
                stuck = due.is_some() && self.engine.next_wake() == due;
            }
            self.commit()?;
            if stopping {
                return Ok(());
            }
        }
    }

    fn wait(&self, stuck: bool) -> Duration {
        let due = self.engine.next_wake().filter(|_| !stuck);
        let wait_ms = due.map_or(TICK_MS_MAX, |due| due.since(now()).min(TICK_MS_MAX));
        Duration::from_millis(wait_ms)
    }

    fn take(&mut self, message: Message) -> Ended {
        match message {
            Message::Connected(input, outbound) => {
                if let Input::Connected { link, .. } = &input {
                    self.links.insert(*link, outbound);
                }
                self.engine.handle(moment(), input)
            }
            Message::Input(input, _room) => self.engine.handle(moment(), input),
            Message::Disconnected(link) => {
                self.links.remove(&link);
                self.engine.handle(moment(), Input::Disconnected { link })
            }
            Message::Order(order, reply) => {
                let said = self.obey(order)?;
                if let Some(reply) = reply {
                    self.replies.push((reply, said));
                }
                Ok(())
            }
            Message::Stop => Ok(()),
        }
    }

    fn obey(&mut self, order: Order) -> Result<Reply, EngineError> {
        match order {
            Order::Status => {
                let status = self.engine.status(now())?;
                Ok(Ok(serde_json::to_value(status).unwrap_or_default()))
            }
            Order::Publish(object) => match self.engine.publish(now(), &object) {
                Ok(applied) => Ok(Ok(json!({
                    "kind": applied.kind,
                    "name": applied.name,
                    "number": applied.number,
                    "news": applied.news,
                }))),
                Err(PublishError::Directory(error)) => {
                    Ok(Err((error.code().word(), error.to_string())))
                }
                Err(PublishError::Engine(error)) => Err(error),
            },
            Order::Invite(invitation) => {
                self.engine.invite(now(), *invitation)?;
                Ok(Ok(json!({})))
            }
            Order::Enrolments => {
                let pending = self.engine.enrolments()?;
                Ok(Ok(json!({ "enrolments": pending })))
            }
            Order::Proofs => {
                let proofs = self.engine.proofs()?;
                Ok(Ok(json!({ "proofs": proofs })))
            }
            Order::Intake => {
                self.take_in()?;
                Ok(Ok(json!({ "files": self.taken.len() })))
            }
        }
    }

    fn take_in(&mut self) -> Ended {
        let taken = intake::take_in(&mut self.engine, &self.folder, now())?;
        self.taken.extend(taken);
        Ok(())
    }

    /// One durable group, then everything that may leave, in order.
    fn commit(&mut self) -> Ended {
        for action in self.engine.commit(moment())? {
            match action {
                Action::Send { link, lane, frame } => {
                    if let Some(outbound) = self.links.get(&link)
                        && !outbound.send(lane, frame)
                    {
                        tracing::warn!(link = link.0, "link does not read and is closed");
                        outbound.cut(CloseCode::from(ErrorCode::TooManyRequests));
                        self.links.remove(&link);
                    }
                }
                Action::Close { link, code } => {
                    if let Some(outbound) = self.links.remove(&link) {
                        outbound.finish(CloseCode::from(code));
                    }
                }
                Action::Directory(directory) => {
                    self.directories.send_replace(directory);
                }
            }
        }
        intake::settle(std::mem::take(&mut self.taken));
        for (reply, said) in self.replies.drain(..) {
            // Whoever asked may have gone.
            let _ = reply.send(said);
        }
        Ok(())
    }
}
