//! The tasks that move one lane's frames between a link and its QUIC stream.
//!
//! Each direction of each lane has a task, a queue bounded in frames and in bytes, and nothing
//! else: a slow consumer stops the reading of its own lane only.
//! Spec: `spec/channel.md` sections 4, 5 and 8.

use std::sync::Arc;

use bytes::Bytes;
use estafette_protocol::channel::{Channel, ChannelError, Lane, LaneReader, LaneWriter};
use quinn::{Connection, ReadError, RecvStream, SendStream, WriteError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::link::Shared;
use super::{HopConfig, HopError};

/// Stream bytes gathered before one write to QUIC.
const WRITE_BYTES: usize = 64 * 1024;

/// QUIC priority of the urgent lane over the ordinary one.
// CHN-38
const URGENT_PRIORITY: i32 = 10;

/// Stream bytes taken from QUIC at a time.
const READ_BYTES: usize = 64 * 1024;

/// A frame in a queue, with its share of the queue's bytes.
pub(super) struct Held {
    pub(super) frame: Bytes,
    _share: OwnedSemaphorePermit,
}

/// The entrance of a queue of frames, bounded in number and in bytes.
#[derive(Clone)]
pub(super) struct Entrance {
    frames: mpsc::Sender<Held>,
    bytes: Arc<Semaphore>,
    bytes_max: usize,
}

/// Makes a queue of frames.
fn queue(len_max: usize, bytes_max: usize) -> (Entrance, mpsc::Receiver<Held>) {
    let bytes_max = bytes_max.clamp(1, Semaphore::MAX_PERMITS.min(u32::MAX as usize));
    let (frames, exit) = mpsc::channel(len_max.max(1));
    let bytes = Arc::new(Semaphore::new(bytes_max));
    (
        Entrance {
            frames,
            bytes,
            bytes_max,
        },
        exit,
    )
}

impl Entrance {
    /// Waits for room and puts a frame into the queue; `false` if the queue is closed.
    pub(super) async fn put(&self, frame: Bytes) -> bool {
        let share = Arc::clone(&self.bytes).acquire_many_owned(self.share(&frame));
        match share.await {
            Ok(share) => self
                .frames
                .send(Held {
                    frame,
                    _share: share,
                })
                .await
                .is_ok(),
            Err(_) => false,
        }
    }

    /// Puts a frame into the queue if there is room at once.
    pub(super) fn try_put(&self, frame: Bytes) -> Result<(), HopError> {
        let share = Arc::clone(&self.bytes)
            .try_acquire_many_owned(self.share(&frame))
            .map_err(|_| HopError::QueueFull)?;
        self.frames
            .try_send(Held {
                frame,
                _share: share,
            })
            .map_err(|_| HopError::QueueFull)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.frames.is_closed()
    }

    fn share(&self, frame: &Bytes) -> u32 {
        u32::try_from(frame.len().min(self.bytes_max)).unwrap_or(u32::MAX)
    }
}

/// What the tasks of one lane need, before its stream is there.
pub(super) struct LaneTasks {
    writer: LaneWriter,
    reader: LaneReader,
    outgoing: mpsc::Receiver<Held>,
    incoming: Entrance,
    finish: watch::Receiver<bool>,
    shared: Arc<Shared>,
}

impl LaneTasks {
    /// Takes a lane from the channel; returns its tasks and the link's ends of its queues.
    pub(super) fn prepare(
        channel: &mut Channel,
        lane: Lane,
        config: &HopConfig,
        shared: &Arc<Shared>,
        finish: &watch::Receiver<bool>,
    ) -> Result<(Self, (Entrance, mpsc::Receiver<Held>)), HopError> {
        let (sealer, opener) = channel
            .stream(lane.stream_id())
            .map_err(HopError::Channel)?;
        let (entrance, outgoing) = queue(config.queue_len_max, config.queue_bytes_max);
        let (incoming, exit) = queue(config.queue_len_max, config.queue_bytes_max);
        let tasks = Self {
            writer: LaneWriter::new(sealer),
            reader: LaneReader::new(opener, config.frame_bytes_max),
            outgoing,
            incoming,
            finish: finish.clone(),
            shared: Arc::clone(shared),
        };
        Ok((tasks, (entrance, exit)))
    }

    /// Reads and writes the lane until both directions ended; ends with the writing.
    pub(super) async fn run(self, send: SendStream, recv: RecvStream) {
        let Self {
            writer,
            reader,
            outgoing,
            incoming,
            finish,
            shared,
        } = self;
        tokio::spawn(read_lane(reader, recv, incoming, Arc::clone(&shared)));
        write_lane(writer, send, outgoing, finish, shared).await;
    }

    /// Opens or awaits the stream of the urgent lane, then runs it.
    // CHN-35, CHN-36
    pub(super) async fn run_urgent(mut self, is_initiator: bool) {
        let connection = self.shared.connection.clone();
        let streams = if is_initiator {
            self.open(&connection).await
        } else {
            // The initiator opens it at once, so a link that is to finish waits for it, too.
            connection.accept_bi().await.ok()
        };
        let Some((send, recv)) = streams else {
            return;
        };
        if !self.is_lane(&send) {
            return;
        }
        if !is_initiator {
            tokio::spawn(refuse_streams(Arc::clone(&self.shared)));
        }
        // A stream can refuse a priority only when it is closed, which the lane notices itself.
        let _ = send.set_priority(URGENT_PRIORITY);
        self.run(send, recv).await;
    }

    async fn open(&mut self, connection: &Connection) -> Option<(SendStream, RecvStream)> {
        let (mut send, recv) = connection.open_bi().await.ok()?;
        let mut out = Vec::new();
        self.writer.open(&mut out).ok()?;
        send.write_all(&out).await.ok()?;
        Some((send, recv))
    }

    fn is_lane(&self, send: &SendStream) -> bool {
        let stream_id = u64::from(send.id());
        let is_lane = stream_id == Lane::Urgent.stream_id();
        if !is_lane {
            self.shared
                .fail(ChannelError::StreamUnexpected { stream_id });
        }
        is_lane
    }
}

/// Ends the link when the peer opens a stream that is no lane.
// CHN-36
async fn refuse_streams(shared: Arc<Shared>) {
    if let Ok((send, _)) = shared.connection.accept_bi().await {
        shared.fail(ChannelError::StreamUnexpected {
            stream_id: u64::from(send.id()),
        });
    }
}

/// Sends the frames of a queue until the link is told to finish, then the final record.
async fn write_lane(
    mut writer: LaneWriter,
    mut stream: SendStream,
    mut queue: mpsc::Receiver<Held>,
    mut finish: watch::Receiver<bool>,
    shared: Arc<Shared>,
) {
    loop {
        let first = tokio::select! {
            biased;
            held = queue.recv() => held,
            () = told(&mut finish) => {
                // What is queued already is still sent; `recv` ends after it.
                queue.close();
                queue.recv().await
            }
            () = shared.ended() => return,
        };
        let Some(first) = first else {
            break;
        };
        match pack(&mut writer, first, &mut queue) {
            // The frames keep their share of the queue until QUIC has taken the bytes.
            Ok((out, _frames)) => {
                if !write(&mut stream, out, &shared).await {
                    return;
                }
            }
            Err(error) => return shared.fail(error),
        }
    }
    let mut out = Vec::new();
    if let Err(error) = writer.finish(&mut out) {
        return shared.fail(error);
    }
    // CHN-29, CHN-50
    if write(&mut stream, out.into(), &shared).await && stream.finish().is_ok() {
        let _ = stream.stopped().await;
    }
}

/// Hands sealed bytes to QUIC; `false` if the lane has ended.
async fn write(stream: &mut SendStream, bytes: Bytes, shared: &Shared) -> bool {
    match stream.write_chunk(bytes).await {
        Ok(()) => true,
        // CHN-30: a peer that stops a lane will not see its final record.
        Err(WriteError::Stopped(_)) => {
            shared.fail(ChannelError::StreamTruncated);
            false
        }
        Err(_) => false,
    }
}

/// Waits until the link is told to finish, or is gone.
async fn told(finish: &mut watch::Receiver<bool>) {
    let _ = finish.wait_for(|finish| *finish).await;
}

/// Packs a frame and whatever waits behind it into records for one write.
// CHN-44
fn pack(
    writer: &mut LaneWriter,
    first: Held,
    queue: &mut mpsc::Receiver<Held>,
) -> Result<(Bytes, Vec<Held>), ChannelError> {
    let mut out = Vec::new();
    writer.push(&first.frame, &mut out)?;
    let mut frames = vec![first];
    while out.len() < WRITE_BYTES {
        let Ok(held) = queue.try_recv() else {
            break;
        };
        writer.push(&held.frame, &mut out)?;
        frames.push(held);
    }
    writer.flush(&mut out)?;
    Ok((out.into(), frames))
}

/// Receives the frames of a stream until its final record, and puts them into a queue.
// CHN-39, CHN-45
async fn read_lane(
    mut reader: LaneReader,
    mut stream: RecvStream,
    queue: Entrance,
    shared: Arc<Shared>,
) {
    loop {
        let end = match stream.read_chunk(READ_BYTES, true).await {
            Ok(Some(chunk)) => match reader.push(&chunk.bytes) {
                Ok(()) => None,
                Err(error) => return shared.fail(error),
            },
            Ok(None) | Err(ReadError::Reset(_)) => Some(reader.end()),
            Err(_) => return,
        };
        loop {
            match reader.poll() {
                Ok(Some(frame)) => {
                    if !queue.put(frame.into()).await {
                        return;
                    }
                }
                Ok(None) => break,
                Err(error) => return shared.fail(error),
            }
        }
        match end {
            Some(Ok(())) => return shared.lane_ended(),
            // CHN-30
            Some(Err(error)) => return shared.fail(error),
            None => {}
        }
    }
}
