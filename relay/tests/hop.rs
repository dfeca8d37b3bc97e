//! The hop over real loopback sockets, against honest and against hostile peers.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

#[path = "hop/raw.rs"]
mod raw;
#[path = "hop/restart.rs"]
mod restart;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use estafette_protocol::channel::{ChannelError, FRAME_BYTES_MAX, LaneWriter};
use estafette_relay::hop::{CloseCode, Endpoint, HopConfig, HopError, HopSecret, Lane, Link};
use quinn::{Connection, ConnectionError, VarInt};
use rustls::crypto::aws_lc_rs::kx_group;
use rustls::pki_types::CertificateDer;

const IPV4: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const IPV6: SocketAddr = SocketAddr::new(std::net::IpAddr::V6(Ipv6Addr::LOCALHOST), 0);

/// Long enough for a loaded machine; no test waits for it when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with a known key, and a client endpoint.
struct World {
    server: Endpoint,
    server_key: HopSecret,
    client: Endpoint,
}

impl World {
    fn new(address: SocketAddr, config: HopConfig) -> Self {
        let server_key = raw::key();
        let server = Endpoint::bind(address, server_key.clone(), config).expect("bind");
        let client = Endpoint::client(config).expect("client");
        Self {
            server,
            server_key,
            client,
        }
    }

    fn address(&self) -> SocketAddr {
        self.server.local_addr().expect("address")
    }

    async fn connect_as(&self, key: &HopSecret) -> Result<Link, HopError> {
        self.client
            .connect(&[self.address()], self.server_key.public(), key)
            .await
    }

    /// Returns both ends of a fresh link, the client's first.
    async fn link(&self) -> (Link, Link) {
        let near = self.connect_as(&raw::key()).await.expect("connect");
        let far = within(self.server.accept()).await.expect("accept");
        (near, far)
    }
}

async fn within<Outcome>(future: impl Future<Output = Outcome>) -> Outcome {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("test takes too long")
}

/// What a future yields without waiting.
async fn now<Outcome>(future: impl Future<Output = Outcome>) -> Option<Outcome> {
    tokio::select! {
        biased;
        outcome = future => Some(outcome),
        () = std::future::ready(()) => None,
    }
}

async fn expect_frame(link: &mut Link, lane: Lane, frame: &[u8]) {
    let (found_lane, found) = within(link.recv()).await.expect("frame");
    assert_eq!(found_lane, lane);
    assert!(found == frame, "frame of {} bytes differs", found.len());
}

async fn expect_close(connection: &Connection, code: CloseCode) {
    match within(connection.closed()).await {
        ConnectionError::ApplicationClosed(close) => {
            assert_eq!(
                close.error_code,
                VarInt::from_u32(code.0),
                "expected {code}"
            );
            assert!(close.reason.is_empty());
        }
        other => panic!("expected {code}, found {other}"),
    }
}

async fn check_exchange(address: SocketAddr) {
    let world = World::new(address, HopConfig::default());
    let client_key = raw::key();
    let mut near = world.connect_as(&client_key).await.expect("connect");
    let mut far = within(world.server.accept()).await.expect("accept");
    assert_eq!(far.peer_static(), client_key.public());
    assert_eq!(near.peer_static(), world.server_key.public());
    assert_eq!(near.handshake_hash(), far.handshake_hash());
    for lane in Lane::ALL {
        near.send(lane, Bytes::from_static(b"there"))
            .await
            .expect("send");
        expect_frame(&mut far, lane, b"there").await;
        far.send(lane, Bytes::from_static(b"and back"))
            .await
            .expect("send");
        expect_frame(&mut near, lane, b"and back").await;
    }
}

/// Covers CHN-34, CHN-35, CHN-37.
#[tokio::test]
async fn frames_cross_both_lanes_in_both_directions_over_ipv4() {
    check_exchange(IPV4).await;
}

/// Covers CHN-34, CHN-35, CHN-37.
#[tokio::test]
async fn frames_cross_both_lanes_in_both_directions_over_ipv6() {
    check_exchange(IPV6).await;
}

/// Covers CHN-35.
#[tokio::test]
async fn responder_speaks_first_on_the_urgent_lane() {
    let world = World::new(IPV4, HopConfig::default());
    let (mut near, far) = world.link().await;
    far.send(Lane::Urgent, Bytes::from_static(b"first"))
        .await
        .expect("send");
    expect_frame(&mut near, Lane::Urgent, b"first").await;
}

/// Covers CHN-40.
#[tokio::test]
async fn frame_of_the_full_size_crosses() {
    let world = World::new(IPV4, HopConfig::default());
    let (near, mut far) = world.link().await;
    let frame = Bytes::from(vec![0x5a; FRAME_BYTES_MAX]);
    near.send(Lane::Ordinary, frame.clone())
        .await
        .expect("send");
    expect_frame(&mut far, Lane::Ordinary, &frame).await;
    let oversized = Bytes::from(vec![0; FRAME_BYTES_MAX + 1]);
    let refusal = near.send(Lane::Ordinary, oversized).await;
    assert!(matches!(refusal, Err(HopError::FrameRefused(_))));
    let refusal = near.try_send(Lane::Ordinary, Bytes::new());
    assert_eq!(
        refusal,
        Err(HopError::FrameRefused(ChannelError::FrameEmpty))
    );
}

/// Covers CHN-44, CHN-50.
#[tokio::test]
async fn thousand_small_frames_arrive_in_order_before_a_clean_end() {
    let world = World::new(IPV4, HopConfig::default());
    let (near, mut far) = world.link().await;
    let sender = tokio::spawn(async move {
        for number in 0..1000_u32 {
            let frame = Bytes::copy_from_slice(&number.to_be_bytes());
            near.send(Lane::Ordinary, frame).await.expect("send");
        }
        near.finish().await.expect("finish");
    });
    for number in 0..1000_u32 {
        expect_frame(&mut far, Lane::Ordinary, &number.to_be_bytes()).await;
    }
    assert!(within(far.recv()).await.is_none());
    let end = within(far.closed()).await;
    assert_eq!(
        end,
        HopError::ClosedByPeer {
            code: CloseCode::CLOSED
        }
    );
    sender.await.expect("sender");
}

/// Covers CHN-50.
#[tokio::test]
async fn responder_finishes_a_link_in_good_order() {
    let world = World::new(IPV4, HopConfig::default());
    let (mut near, far) = world.link().await;
    far.send(Lane::Urgent, Bytes::from_static(b"last"))
        .await
        .expect("send");
    expect_frame(&mut near, Lane::Urgent, b"last").await;
    within(far.finish()).await.expect("finish");
    assert!(within(near.recv()).await.is_none());
    let end = within(near.closed()).await;
    assert_eq!(
        end,
        HopError::ClosedByPeer {
            code: CloseCode::CLOSED
        }
    );
}

/// Covers CHN-30.
#[tokio::test]
async fn dropped_link_is_a_truncation_to_the_peer() {
    let world = World::new(IPV4, HopConfig::default());
    let (near, mut far) = world.link().await;
    drop(near);
    assert!(within(far.recv()).await.is_none());
    assert_eq!(
        within(far.closed()).await,
        HopError::Channel(ChannelError::StreamTruncated)
    );
}

/// Covers CHN-51.
#[tokio::test]
async fn close_code_reaches_the_peer() {
    let world = World::new(IPV4, HopConfig::default());
    let (near, mut far) = world.link().await;
    let code = CloseCode(300);
    near.close(code);
    assert_eq!(within(near.closed()).await, HopError::ClosedHere { code });
    assert!(within(far.recv()).await.is_none());
    assert_eq!(within(far.closed()).await, HopError::ClosedByPeer { code });
    let late = far.send(Lane::Ordinary, Bytes::from_static(b"late")).await;
    assert_eq!(late, Err(HopError::ClosedByPeer { code }));
}

/// Covers CHN-16, CHN-20.
#[tokio::test]
async fn wrong_server_key_fails_the_handshake() {
    let world = World::new(IPV4, HopConfig::default());
    let wrong = raw::key().public();
    let outcome = world
        .client
        .connect(&[world.address()], wrong, &raw::key())
        .await;
    assert_eq!(outcome.err(), Some(HopError::HandshakeFailed));
}

/// Covers CHN-17.
#[tokio::test]
async fn low_order_server_key_is_never_dialled() {
    let world = World::new(IPV4, HopConfig::default());
    let outcome = world
        .client
        .connect(&[world.address()], [0; 32], &raw::key())
        .await;
    assert_eq!(
        outcome.err(),
        Some(HopError::Channel(ChannelError::KeyInvalid))
    );
}

/// Covers CHN-8, CHN-13, CHN-14: with the same hop keys, only the exporter differs.
#[tokio::test]
async fn man_in_the_middle_of_tls_fails_the_first_message() {
    let world = World::new(IPV4, HopConfig::default());
    let (_middle, address) = raw::man_in_the_middle(world.address());
    let outcome = world
        .client
        .connect(&[address], world.server_key.public(), &raw::key())
        .await;
    assert_eq!(outcome.err(), Some(HopError::HandshakeFailed));
}

/// Covers CHN-5: a certificate is public, so only the handshake signature shows its owner.
#[tokio::test]
async fn server_that_does_not_hold_its_certificate_key_is_refused() {
    let (_socket, address) = raw::certificate_thief();
    let client = Endpoint::client(HopConfig::default()).expect("client");
    let outcome = client
        .connect(&[address], raw::key().public(), &raw::key())
        .await;
    assert_eq!(outcome.err(), Some(HopError::Incompatible));
}

/// Covers CHN-3.
#[tokio::test]
async fn classical_key_agreement_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let outcome = raw::connect_with(world.address(), kx_group::X25519, b"estafette/1").await;
    assert!(matches!(outcome, Err(ConnectionError::ConnectionClosed(_))));
}

/// Covers CHN-2.
#[tokio::test]
async fn other_application_protocol_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let outcome = raw::connect_with(world.address(), kx_group::X25519MLKEM768, b"h3").await;
    assert!(matches!(outcome, Err(ConnectionError::ConnectionClosed(_))));
}

/// Covers CHN-1.
#[tokio::test]
async fn other_quic_version_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let outcome = raw::connect_with_version(world.address(), 0xff00_001d).await;
    assert!(matches!(outcome, Err(ConnectionError::VersionMismatch)));
}

/// Covers CHN-4, CHN-6: the client offers one signature scheme and no certificate.
#[tokio::test]
async fn server_shows_one_certificate_and_asks_for_none() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let identity = connection.peer_identity().expect("certificate");
    let chain = identity
        .downcast::<Vec<CertificateDer<'static>>>()
        .expect("chain");
    assert_eq!(chain.len(), 1);
}

/// Covers CHN-7.
#[tokio::test]
async fn nothing_is_resumed() {
    let world = World::new(IPV4, HopConfig::default());
    assert!(!raw::resumes(world.address()).await);
}

/// Covers CHN-7, CHN-47.
#[tokio::test]
async fn few_streams_and_no_datagrams_are_granted() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    assert_eq!(connection.max_datagram_size(), None);
    assert!(now(connection.open_uni()).await.is_none());
    for _ in 0..16 {
        assert!(now(connection.open_bi()).await.is_some());
    }
    assert!(now(connection.open_bi()).await.is_none());
}

/// Covers CHN-49.
#[tokio::test]
async fn stranger_can_make_the_server_hold_little() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (mut send, _recv) = connection.open_bi().await.expect("stream");
    let mut accepted = 0;
    while let Some(written) = now(send.write(&[0; 4096])).await {
        accepted += written.expect("write");
    }
    assert_eq!(accepted, 64 * 1024);
}

/// Covers CHN-48.
#[tokio::test]
async fn silence_of_the_peer_is_a_loss() {
    let idle_timeout = Duration::from_millis(500);
    let keep_alive_interval = Duration::from_secs(10);
    let config = HopConfig {
        idle_timeout,
        keep_alive_interval,
        ..HopConfig::default()
    };
    let world = World::new(IPV4, config);
    let (near, mut far) = world.link().await;
    assert_eq!(within(near.closed()).await, HopError::Lost);
    assert!(within(far.recv()).await.is_none());
    assert_eq!(within(far.closed()).await, HopError::Lost);
}

/// Covers CHN-19.
#[tokio::test]
async fn silent_client_is_dropped_at_the_handshake_deadline() {
    let handshake_timeout = Duration::from_millis(300);
    let world = World::new(
        IPV4,
        HopConfig {
            handshake_timeout,
            ..HopConfig::default()
        },
    );
    let (_socket, connection) = raw::connect(world.address()).await;
    expect_close(&connection, CloseCode::HANDSHAKE_TIMEOUT).await;
}

/// Covers CHN-16.
#[tokio::test]
async fn garbage_instead_of_the_first_message_fails_the_handshake() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (mut send, _recv) = connection.open_bi().await.expect("stream");
    let mut garbage = vec![0, 48];
    garbage.extend_from_slice(&[0x55; 48]);
    send.write_all(&garbage).await.expect("write");
    expect_close(&connection, CloseCode::HANDSHAKE_FAILED).await;
}

/// Covers CHN-17.
#[tokio::test]
async fn low_order_ephemeral_key_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (mut send, _recv) = connection.open_bi().await.expect("stream");
    let mut message = vec![0, 48];
    message.extend_from_slice(&[0; 48]);
    send.write_all(&message).await.expect("write");
    expect_close(&connection, CloseCode::KEY_INVALID).await;
}

/// Covers CHN-12: the length alone is enough to refuse.
#[tokio::test]
async fn first_message_of_another_length_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (mut send, _recv) = connection.open_bi().await.expect("stream");
    send.write_all(b"GE").await.expect("write");
    expect_close(&connection, CloseCode::HANDSHAKE_MALFORMED).await;
}

/// Covers CHN-28.
#[tokio::test]
async fn garbage_after_the_handshake_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (_channel, mut send, _recv) =
        raw::authenticate(&connection, world.server_key.public()).await;
    let mut far = within(world.server.accept()).await.expect("accept");
    send.write_all(&[0, 17]).await.expect("write");
    send.write_all(&[0x55; 17]).await.expect("write");
    expect_close(&connection, CloseCode::RECORD_INVALID).await;
    assert!(within(far.recv()).await.is_none());
    assert_eq!(
        within(far.closed()).await,
        HopError::Channel(ChannelError::RecordInvalid)
    );
}

/// Covers CHN-41.
#[tokio::test]
async fn frame_above_the_limit_is_refused_at_its_length() {
    let config = HopConfig {
        frame_bytes_max: 1000,
        ..HopConfig::default()
    };
    let world = World::new(IPV4, config);
    let (near, mut far) = world.link().await;
    near.send(Lane::Ordinary, Bytes::from(vec![1; 1000]))
        .await
        .expect("send");
    expect_frame(&mut far, Lane::Ordinary, &[1; 1000]).await;
    near.send(Lane::Ordinary, Bytes::from(vec![1; 1001]))
        .await
        .expect("send");
    let end = within(near.closed()).await;
    assert_eq!(
        end,
        HopError::ClosedByPeer {
            code: CloseCode::FRAME_OVERSIZED
        }
    );
}

/// Covers CHN-30.
#[tokio::test]
async fn stream_without_final_record_is_a_truncation() {
    for reset in [false, true] {
        let world = World::new(IPV4, HopConfig::default());
        let (_socket, connection) = raw::connect(world.address()).await;
        let (mut channel, mut send, _recv) =
            raw::authenticate(&connection, world.server_key.public()).await;
        let mut far = within(world.server.accept()).await.expect("accept");
        let (sealer, _opener) = channel.stream(0).expect("stream");
        let mut writer = LaneWriter::new(sealer);
        let mut out = Vec::new();
        writer.push(b"not all", &mut out).expect("push");
        writer.flush(&mut out).expect("flush");
        send.write_all(&out).await.expect("write");
        expect_frame(&mut far, Lane::Ordinary, b"not all").await;
        if reset {
            send.reset(VarInt::from_u32(0)).expect("reset");
        } else {
            send.finish().expect("finish");
        }
        expect_close(&connection, CloseCode::STREAM_TRUNCATED).await;
        assert!(within(far.recv()).await.is_none());
        let end = within(far.closed()).await;
        assert_eq!(end, HopError::Channel(ChannelError::StreamTruncated));
    }
}

/// Covers CHN-30.
#[tokio::test]
async fn stopped_stream_is_a_truncation() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (_channel, _send, mut recv) =
        raw::authenticate(&connection, world.server_key.public()).await;
    let far = within(world.server.accept()).await.expect("accept");
    recv.stop(VarInt::from_u32(0)).expect("stop");
    let frame = Bytes::from_static(b"into the void");
    let end = within(async {
        loop {
            if let Err(end) = far.send(Lane::Ordinary, frame.clone()).await {
                break end;
            }
        }
    });
    assert_eq!(end.await, HopError::Channel(ChannelError::StreamTruncated));
}

/// Covers CHN-50: a link may be finished before the peer's urgent lane has arrived.
#[tokio::test]
async fn link_finished_at_once_ends_cleanly() {
    let world = World::new(IPV4, HopConfig::default());
    for _ in 0..10 {
        let (mut near, far) = world.link().await;
        within(far.finish()).await.expect("finish");
        assert!(within(near.recv()).await.is_none());
        let end = within(near.closed()).await;
        assert_eq!(
            end,
            HopError::ClosedByPeer {
                code: CloseCode::CLOSED
            }
        );
    }
}

/// Covers CHN-36.
#[tokio::test]
async fn stream_that_is_no_lane_is_refused() {
    let world = World::new(IPV4, HopConfig::default());
    let (_socket, connection) = raw::connect(world.address()).await;
    let (mut channel, _send, _recv) =
        raw::authenticate(&connection, world.server_key.public()).await;
    for stream_id in [4, 8] {
        let (mut send, _recv) = connection.open_bi().await.expect("stream");
        let (sealer, _opener) = channel.stream(stream_id).expect("stream");
        let mut out = Vec::new();
        LaneWriter::new(sealer).open(&mut out).expect("open");
        send.write_all(&out).await.expect("write");
    }
    expect_close(&connection, CloseCode::STREAM_UNEXPECTED).await;
}

/// Covers CHN-46.
#[tokio::test]
async fn handshakes_of_one_source_are_bounded() {
    let config = HopConfig {
        handshakes_per_source_max: 1,
        ..HopConfig::default()
    };
    let world = World::new(IPV4, config);
    let (_socket, _silent) = raw::connect(world.address()).await;
    let outcome = world.connect_as(&raw::key()).await;
    assert_eq!(outcome.err(), Some(HopError::Busy));
}

/// Covers CHN-9: a scarce place is given only to a validated address, which costs a round trip.
#[tokio::test]
async fn scarce_places_are_given_after_a_retry() {
    let config = HopConfig {
        handshakes_per_source_max: 2,
        ..HopConfig::default()
    };
    let world = World::new(IPV4, config);
    let (_socket, _silent) = raw::connect(world.address()).await;
    let (near, mut far) = world.link().await;
    near.send(Lane::Ordinary, Bytes::from_static(b"in"))
        .await
        .expect("send");
    expect_frame(&mut far, Lane::Ordinary, b"in").await;
}

/// Covers CHN-45: without a consumer a sender gets only as far as the bounds allow.
#[tokio::test]
async fn sender_never_runs_far_ahead_of_a_slow_consumer() {
    const FRAMES: usize = 20;
    // Both queues with the frames in hand, QUIC's send buffer and window, in frames of 1 MB.
    const AHEAD_MAX: usize = 2 + 2 + 9 + 2;
    let config = HopConfig {
        queue_bytes_max: 1_000_000,
        ..HopConfig::default()
    };
    let world = World::new(IPV4, config);
    let (near, mut far) = world.link().await;
    let frame = Bytes::from(vec![7; 1_000_000]);
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let sender = near.sender();
    let copy = frame.clone();
    let sending = tokio::spawn(async move {
        for _ in 0..FRAMES {
            sender
                .send(Lane::Ordinary, copy.clone())
                .await
                .expect("send");
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    for received in 0..FRAMES {
        assert!(sent.load(Ordering::SeqCst) <= received + AHEAD_MAX);
        expect_frame(&mut far, Lane::Ordinary, &frame).await;
    }
    sending.await.expect("sender");
}

/// Covers CHN-45: no task runs between these calls, so nothing leaves the queue.
#[tokio::test]
async fn full_queue_refuses_without_waiting() {
    let world = World::new(IPV4, HopConfig::default());
    let (near, _far) = world.link().await;
    let frame = Bytes::from(vec![7; 1_000_000]);
    for _ in 0..4 {
        near.try_send(Lane::Ordinary, frame.clone()).expect("room");
    }
    assert_eq!(
        near.try_send(Lane::Ordinary, frame.clone()),
        Err(HopError::QueueFull)
    );
    near.try_send(Lane::Urgent, frame)
        .expect("room in the other lane");
}

/// Covers CHN-38, CHN-39.
#[tokio::test]
async fn urgent_frame_passes_an_ordinary_lane_that_never_rests() {
    let world = World::new(IPV4, HopConfig::default());
    let (near, mut far) = world.link().await;
    let bulk = near.sender();
    let flood = tokio::spawn(async move {
        let frame = Bytes::from(vec![7; 500_000]);
        while bulk.send(Lane::Ordinary, frame.clone()).await.is_ok() {}
    });
    let (lane, _) = within(far.recv()).await.expect("frame");
    assert_eq!(lane, Lane::Ordinary);
    near.send(Lane::Urgent, Bytes::from_static(b"flash"))
        .await
        .expect("send");
    let urgent = within(async {
        loop {
            let (lane, frame) = far.recv().await.expect("frame");
            if lane == Lane::Urgent {
                break frame;
            }
        }
    });
    assert_eq!(urgent.await, Bytes::from_static(b"flash"));
    drop(near);
    flood.await.expect("flood");
}

#[tokio::test]
async fn connect_goes_on_to_the_next_address() {
    let handshake_timeout = Duration::from_secs(5);
    let world = World::new(
        IPV4,
        HopConfig {
            handshake_timeout,
            ..HopConfig::default()
        },
    );
    // A bound socket that never answers.
    let silent = std::net::UdpSocket::bind(IPV4).expect("bind");
    let addresses = [silent.local_addr().expect("address"), world.address()];
    let outcome = world
        .client
        .connect(&addresses, world.server_key.public(), &raw::key())
        .await;
    assert_eq!(
        outcome.expect("connect").peer_static(),
        world.server_key.public()
    );
}

#[tokio::test]
async fn connect_reports_addresses_that_do_not_answer() {
    let handshake_timeout = Duration::from_millis(300);
    let client = Endpoint::client(HopConfig {
        handshake_timeout,
        ..HopConfig::default()
    });
    let client = client.expect("client");
    let silent = std::net::UdpSocket::bind(IPV4).expect("bind");
    let address = silent.local_addr().expect("address");
    let outcome = client
        .connect(&[address], raw::key().public(), &raw::key())
        .await;
    assert_eq!(outcome.err(), Some(HopError::Unreachable));
    let outcome = client.connect(&[], raw::key().public(), &raw::key()).await;
    assert_eq!(outcome.err(), Some(HopError::Unreachable));
}

#[tokio::test]
async fn closed_endpoint_ends_its_links_and_accepts_no_more() {
    let world = World::new(IPV4, HopConfig::default());
    let (mut near, _far) = world.link().await;
    within(world.server.close()).await;
    assert!(within(near.recv()).await.is_none());
    assert!(within(world.server.accept()).await.is_none());
    world.client.close().await;
    let outcome = world.connect_as(&raw::key()).await;
    assert_eq!(outcome.err(), Some(HopError::EndpointClosed));
}
