//! What waits to leave on one link: a bounded queue that the engine never waits for.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::hop::{CloseCode, Lane, LinkSender};

/// Frames that may wait for one lane of a link.
const QUEUE_LEN_MAX: usize = 16_384;
/// Bytes that may wait for a link: all that may be outstanding, and a directory's worth.
const QUEUE_BYTES_MAX: usize = 128 * 1024 * 1024;
/// How long what was queued before an end may take to leave.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

type Waiting = (Bytes, OwnedSemaphorePermit);

/// The engine's end of a link's queue.
#[derive(Debug)]
pub(super) struct Outbound {
    ordinary: mpsc::Sender<Waiting>,
    urgent: mpsc::Sender<Waiting>,
    bytes: Arc<Semaphore>,
    end: oneshot::Sender<CloseCode>,
    link: LinkSender,
}

/// The link task's end.
#[derive(Debug)]
pub(super) struct Pumps {
    tasks: [JoinHandle<()>; 2],
    /// Resolves when the engine ends the link.
    pub(super) end: oneshot::Receiver<CloseCode>,
}

/// Makes the queue of a link and the tasks that empty it.
pub(super) fn outbound(link: LinkSender) -> (Outbound, Pumps) {
    let (ordinary, from_ordinary) = mpsc::channel(QUEUE_LEN_MAX);
    let (urgent, from_urgent) = mpsc::channel(QUEUE_LEN_MAX);
    let (end, ended) = oneshot::channel();
    let tasks = [
        tokio::spawn(pump(link.clone(), Lane::Ordinary, from_ordinary)),
        tokio::spawn(pump(link.clone(), Lane::Urgent, from_urgent)),
    ];
    let bytes = Arc::new(Semaphore::new(QUEUE_BYTES_MAX));
    let outbound = Outbound {
        ordinary,
        urgent,
        bytes,
        end,
        link,
    };
    (outbound, Pumps { tasks, end: ended })
}

impl Outbound {
    /// Queues a frame if there is room; `false` means that the link is to be closed.
    pub(super) fn send(&self, lane: Lane, frame: Bytes) -> bool {
        let share = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let Ok(share) = Arc::clone(&self.bytes).try_acquire_many_owned(share) else {
            return false;
        };
        let queue = match lane {
            Lane::Ordinary => &self.ordinary,
            Lane::Urgent => &self.urgent,
        };
        match queue.try_send((frame, share)) {
            // A queue without its pump belongs to a link that has ended: its task says so.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => true,
            Err(mpsc::error::TrySendError::Full(_)) => false,
        }
    }

    /// Ends the link after what was queued before.
    pub(super) fn finish(self, code: CloseCode) {
        // A link task that is gone has ended the link itself.
        let _ = self.end.send(code);
    }

    /// Ends the link at once: it does not read.
    pub(super) fn cut(&self, code: CloseCode) {
        self.link.close(code);
    }
}

impl Pumps {
    /// Waits until everything queued has been handed to the link. The engine's end must be gone.
    pub(super) async fn drain(self) {
        let emptied = async {
            for task in self.tasks {
                let _ = task.await;
            }
        };
        let _ = timeout(DRAIN_TIMEOUT, emptied).await;
    }

    /// Gives up what is queued.
    pub(super) fn abandon(self) {
        for task in self.tasks {
            task.abort();
        }
    }
}

async fn pump(link: LinkSender, lane: Lane, mut queue: mpsc::Receiver<Waiting>) {
    while let Some((frame, _share)) = queue.recv().await {
        if link.send(lane, frame).await.is_err() {
            return;
        }
    }
}
