//! What every task of a server shares: the way to the engine, the directory, and the end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use estafette_protocol::directory::Directory;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::places::Places;
use super::thread::{FRAME_BYTES_WAITING_MAX, Message, Order, Reply};
use crate::engine::{Input, LinkId, prepare};

/// A handle that each task clones.
#[derive(Clone)]
pub(crate) struct Hub {
    messages: mpsc::Sender<Message>,
    directories: watch::Receiver<Arc<Directory>>,
    stopping: watch::Receiver<bool>,
    /// Room for frames that wait for the engine, in bytes.
    frame_bytes: Arc<Semaphore>,
    next_link: Arc<AtomicU64>,
    pub(super) places: Arc<Places>,
    /// Links that are up, by the other side's hop key.
    linked: Arc<Mutex<BTreeMap<[u8; 32], usize>>>,
}

impl Hub {
    pub(super) fn new(
        messages: mpsc::Sender<Message>,
        directories: watch::Receiver<Arc<Directory>>,
        stopping: watch::Receiver<bool>,
        links_max: usize,
    ) -> Self {
        Self {
            messages,
            directories,
            stopping,
            frame_bytes: Arc::new(Semaphore::new(FRAME_BYTES_WAITING_MAX)),
            next_link: Arc::new(AtomicU64::new(1)),
            places: Arc::new(Places::new(links_max)),
            linked: Arc::default(),
        }
    }

    /// Every directory from now on.
    pub(crate) fn directories(&self) -> watch::Receiver<Arc<Directory>> {
        self.directories.clone()
    }

    /// The directory in force.
    pub(super) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directories.borrow())
    }

    /// Becomes true when the server is told to stop.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.clone()
    }

    /// Whether a link with the holder of this hop key is up.
    pub(crate) fn is_linked(&self, peer_static: &[u8; 32]) -> bool {
        let linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        linked.contains_key(peer_static)
    }

    /// Notes that a link with this hop key begins or ends.
    pub(super) fn note_link(&self, peer_static: &[u8; 32], is_up: bool) {
        let mut linked = self.linked.lock().unwrap_or_else(PoisonError::into_inner);
        let count = linked.entry(*peer_static).or_default();
        *count = match is_up {
            true => count.saturating_add(1),
            false => count.saturating_sub(1),
        };
        if *count == 0 {
            linked.remove(peer_static);
        }
    }

    pub(super) fn next_link(&self) -> LinkId {
        LinkId(self.next_link.fetch_add(1, Ordering::Relaxed))
    }

    /// Hands a frame to the engine, waiting for room; `false` when the engine is gone.
    pub(super) async fn frame(&self, link: LinkId, frame: Bytes) -> bool {
        let share = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.frame_bytes)
            .acquire_many_owned(share)
            .await
        else {
            return false;
        };
        let frame = Box::new(prepare(&frame, &self.directory()));
        let input = Input::Frame { link, frame };
        self.send(Message::Input(input, Some(room))).await
    }

    /// Hands the engine's thread a message, waiting for room; `false` when it is gone.
    pub(super) async fn send(&self, message: Message) -> bool {
        self.messages.send(message).await.is_ok()
    }

    /// Gives the engine an administrator's order and waits for what it says.
    pub(super) async fn order(&self, order: Order) -> Option<Reply> {
        let (reply, said) = oneshot::channel();
        if !self.send(Message::Order(order, Some(reply))).await {
            return None;
        }
        said.await.ok()
    }

    /// Gives the engine an order whose outcome is only logged.
    pub(super) async fn order_quietly(&self, order: Order) {
        self.send(Message::Order(order, None)).await;
    }

    /// Ends the engine's thread after everything that waits.
    pub(super) async fn stop_engine(&self) {
        self.send(Message::Stop).await;
    }

    /// Waits until no link is left.
    pub(crate) async fn links_ended(&self) {
        self.places.empty().await;
    }
}
