//! One authenticated connection: frames out, frames in, and why it ended.
//!
//! Spec: `spec/channel.md` sections 4 and 8.

use std::fmt;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use estafette_protocol::channel::{ChannelError, CloseCode, FRAME_BYTES_MAX, Lane};
use quinn::{Connection, VarInt};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::handshake::Authenticated;
use super::lane::{Entrance, Held, LaneTasks};
use super::{HopConfig, HopError, tls};

/// Time that a finishing link waits for the peer's acknowledgement.
// CHN-50
const FINISH_TIMEOUT: Duration = Duration::from_secs(3);

/// An authenticated connection to the holder of a known hop key.
///
/// Dropping a link closes it abruptly: what is queued is lost and the peer sees a truncation.
/// [`Link::finish`] is the orderly end.
pub struct Link {
    sender: LinkSender,
    ordinary: mpsc::Receiver<Held>,
    urgent: mpsc::Receiver<Held>,
    finish: watch::Sender<bool>,
    writers: Vec<JoinHandle<()>>,
    peer_static: [u8; 32],
    handshake_hash: [u8; 32],
}

/// The sending side of a link, for other tasks; it does not keep the link alive.
#[derive(Clone)]
pub struct LinkSender {
    ordinary: Entrance,
    urgent: Entrance,
    shared: Arc<Shared>,
}

/// What the tasks of a link share.
pub(super) struct Shared {
    pub(super) connection: Connection,
    end: OnceLock<HopError>,
    lanes_ended: AtomicUsize,
}

impl Link {
    /// Returns the hop key that the peer has proven to hold.
    #[must_use]
    pub const fn peer_static(&self) -> [u8; 32] {
        self.peer_static
    }

    /// Returns a hash that both sides of this link share and no other link has.
    #[must_use]
    pub const fn handshake_hash(&self) -> [u8; 32] {
        self.handshake_hash
    }

    /// Returns the peer's current network address; it proves nothing and may change.
    #[must_use]
    pub fn remote_addr(&self) -> SocketAddr {
        self.sender.shared.connection.remote_address()
    }

    /// Returns the current estimate of the round-trip time.
    #[must_use]
    pub fn round_trip_time(&self) -> Duration {
        self.sender.shared.connection.rtt()
    }

    /// Returns the sending side, for use by other tasks.
    #[must_use]
    pub fn sender(&self) -> LinkSender {
        self.sender.clone()
    }

    /// Queues a frame, waiting for room; see [`LinkSender::send`].
    ///
    /// # Errors
    /// [`HopError::FrameRefused`], or why the link ended.
    pub async fn send(&self, lane: Lane, frame: Bytes) -> Result<(), HopError> {
        self.sender.send(lane, frame).await
    }

    /// Queues a frame if there is room; see [`LinkSender::try_send`].
    ///
    /// # Errors
    /// [`HopError::QueueFull`], [`HopError::FrameRefused`], or why the link ended.
    pub fn try_send(&self, lane: Lane, frame: Bytes) -> Result<(), HopError> {
        self.sender.try_send(lane, frame)
    }

    /// Waits for the next frame, an urgent one first; `None` when no more can come.
    ///
    /// [`Link::closed`] then tells why.
    /// Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Option<(Lane, Bytes)> {
        tokio::select! {
            biased;
            Some(held) = self.urgent.recv() => Some((Lane::Urgent, held.frame)),
            Some(held) = self.ordinary.recv() => Some((Lane::Ordinary, held.frame)),
            else => None,
        }
    }

    /// Waits until the link has ended and tells why.
    ///
    /// Ask after [`Link::recv`] has returned `None`: an end in good order is told from a
    /// truncation by the final records, and those come after the last frame.
    pub async fn closed(&self) -> HopError {
        self.sender.closed().await
    }

    /// Ends the link at once with a code for the peer; what is queued is lost.
    pub fn close(&self, code: CloseCode) {
        self.sender.close(code);
    }

    /// Ends the link in good order: everything queued is sent and acknowledged by the peer's
    /// QUIC before the link closes.
    ///
    /// # Errors
    /// Why the link ended before that, or [`HopError::Lost`] if the peer did not acknowledge in
    /// 3 s; what was queued may be lost then.
    // CHN-50
    pub async fn finish(self) -> Result<(), HopError> {
        self.finish_with(CloseCode::CLOSED).await
    }

    /// As [`Link::finish`], but the peer is told `code`: a reason of the session.
    ///
    /// # Errors
    /// As [`Link::finish`].
    pub async fn finish_with(mut self, code: CloseCode) -> Result<(), HopError> {
        let shared = Arc::clone(&self.sender.shared);
        self.finish.send_replace(true);
        let writers = std::mem::take(&mut self.writers);
        let written = async {
            for writer in writers {
                let _ = writer.await;
            }
        };
        let acknowledged = timeout(FINISH_TIMEOUT, written).await.is_ok();
        if shared.has_ended() {
            return Err(shared.reason());
        }
        self.close(code);
        if acknowledged {
            Ok(())
        } else {
            Err(HopError::Lost)
        }
    }

    /// Starts the tasks of an authenticated connection.
    pub(super) fn start(
        authenticated: Authenticated,
        is_initiator: bool,
        config: &HopConfig,
    ) -> Result<Self, HopError> {
        let Authenticated {
            connection,
            mut channel,
            send,
            recv,
        } = authenticated;
        connection.set_receive_window(VarInt::from_u32(tls::RECEIVE_WINDOW_BYTES));
        tracing::debug!(peer = %connection.remote_address(), is_initiator, "link started");
        let (end, lanes_ended) = (OnceLock::new(), AtomicUsize::new(0));
        let shared = Arc::new(Shared {
            connection,
            end,
            lanes_ended,
        });
        let (finish, finishing) = watch::channel(false);
        let (ordinary, ordinary_end) =
            LaneTasks::prepare(&mut channel, Lane::Ordinary, config, &shared, &finishing)?;
        let (urgent, urgent_end) =
            LaneTasks::prepare(&mut channel, Lane::Urgent, config, &shared, &finishing)?;
        let writers = vec![
            tokio::spawn(ordinary.run(send, recv)),
            tokio::spawn(urgent.run_urgent(is_initiator)),
        ];
        Ok(Self {
            sender: LinkSender {
                ordinary: ordinary_end.0,
                urgent: urgent_end.0,
                shared,
            },
            ordinary: ordinary_end.1,
            urgent: urgent_end.1,
            finish,
            writers,
            peer_static: *channel.peer_static(),
            handshake_hash: *channel.handshake_hash(),
        })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close(CloseCode::CLOSED);
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Link")
            .field("remote_addr", &self.remote_addr())
            .finish_non_exhaustive()
    }
}

impl LinkSender {
    /// Queues a frame, waiting for room; the order within a lane is kept.
    ///
    /// Success means queued, not received: only the peer's answer proves that.
    ///
    /// # Errors
    /// [`HopError::FrameRefused`], or why the link ended.
    pub async fn send(&self, lane: Lane, frame: Bytes) -> Result<(), HopError> {
        check_frame(&frame)?;
        if self.entrance(lane).put(frame).await {
            Ok(())
        } else {
            Err(self.shared.reason())
        }
    }

    /// Queues a frame if there is room at once.
    ///
    /// # Errors
    /// [`HopError::QueueFull`], [`HopError::FrameRefused`], or why the link ended.
    pub fn try_send(&self, lane: Lane, frame: Bytes) -> Result<(), HopError> {
        check_frame(&frame)?;
        let entrance = self.entrance(lane);
        if self.shared.has_ended() || entrance.is_closed() {
            return Err(self.shared.reason());
        }
        entrance.try_put(frame)
    }

    /// Ends the link at once with a code for the peer; what is queued is lost.
    pub fn close(&self, code: CloseCode) {
        self.shared.close(HopError::ClosedHere { code }, code);
    }

    /// Waits until the link has ended and tells why.
    pub async fn closed(&self) -> HopError {
        self.shared.connection.closed().await;
        self.shared.reason()
    }

    // CHN-37
    const fn entrance(&self, lane: Lane) -> &Entrance {
        match lane {
            Lane::Ordinary => &self.ordinary,
            Lane::Urgent => &self.urgent,
        }
    }
}

impl fmt::Debug for LinkSender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LinkSender").finish_non_exhaustive()
    }
}

impl Shared {
    /// Closes the connection because the peer broke a rule.
    pub(super) fn fail(&self, error: ChannelError) {
        self.close(HopError::Channel(error), error.close_code());
    }

    /// Waits until the connection has ended.
    pub(super) async fn ended(&self) {
        self.connection.closed().await;
    }

    /// Notes that the peer has ended a lane in good order.
    pub(super) fn lane_ended(&self) {
        self.lanes_ended.fetch_add(1, Ordering::AcqRel);
    }

    fn has_ended(&self) -> bool {
        self.connection.close_reason().is_some()
    }

    fn close(&self, why: HopError, code: CloseCode) {
        // Whoever ended the connection first has given the reason.
        if !self.has_ended() && self.end.set(why).is_ok() {
            tracing::debug!(peer = %self.connection.remote_address(), %why, "link closed");
        }
        // CHN-51
        self.connection.close(VarInt::from_u32(code.0), b"");
    }

    fn reason(&self) -> HopError {
        if let Some(why) = self.end.get() {
            return *why;
        }
        let why = self
            .connection
            .close_reason()
            .map(HopError::after_handshake);
        match why {
            // CHN-30: the peer says that all is well, but its lanes have not ended.
            Some(HopError::ClosedByPeer {
                code: CloseCode::CLOSED,
            }) if self.lanes_ended.load(Ordering::Acquire) < Lane::ALL.len() => {
                HopError::Channel(ChannelError::StreamTruncated)
            }
            Some(why) => why,
            None => HopError::ClosedHere {
                code: CloseCode::CLOSED,
            },
        }
    }
}

fn check_frame(frame: &Bytes) -> Result<(), HopError> {
    match frame.len() {
        0 => Err(HopError::FrameRefused(ChannelError::FrameEmpty)),
        found if found > FRAME_BYTES_MAX => {
            let limit = FRAME_BYTES_MAX;
            Err(HopError::FrameRefused(ChannelError::FrameOversized {
                found,
                limit,
            }))
        }
        _ => Ok(()),
    }
}
