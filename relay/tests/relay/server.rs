//! The server in this process, and links to it that behave and misbehave.

use crate::support::{DEADLINE, World, free_port};
use bytes::Bytes;
use estafette_protocol::crypto::{HopKey, Secret, SigningKey};
use estafette_protocol::encoding::{decode, encode};
use estafette_protocol::enrolment::{EnrolmentRequest, Invitation};
use estafette_protocol::frame::{Enrolment, Frame, Hello, LinkRole};
use estafette_protocol::time::UnixMillis;
use estafette_relay::config::Config;
use estafette_relay::hop::{CloseCode, Endpoint, HopConfig, HopError, HopSecret, Lane, Link};
use estafette_relay::key_file::read_relay_key;
use estafette_relay::server::{Server, ServerError};
use std::net::SocketAddr;
use tokio::time::timeout;

fn config(world: &World) -> Config {
    Config::load(&world.path("police.xa/relay")).unwrap()
}

/// Starts a relay. A lock outlives its owner for as long as another test's child has not yet begun
/// its own program, so that one that is held is tried again.
async fn start(config: &Config) -> Server {
    let since = std::time::Instant::now();
    loop {
        match Server::start(config.clone()).await {
            Err(ServerError::Store(_)) if since.elapsed() < DEADLINE => {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            started => return started.unwrap(),
        }
    }
}

/// A device, or somebody who claims to be one.
struct Visitor {
    endpoint: Endpoint,
    secret: HopSecret,
}

impl Visitor {
    fn new(seed: u8) -> Self {
        Self {
            endpoint: Endpoint::client(HopConfig::default()).unwrap(),
            secret: HopSecret::from_bytes(&[seed; 32]),
        }
    }

    async fn connect(&self, config: &Config) -> Link {
        let relay = read_relay_key(&config.folder.key()).unwrap();
        let addresses: [SocketAddr; 1] = [config.listen[0]];
        let dialled = self
            .endpoint
            .connect(&addresses, relay.hop.public(), &self.secret);
        dialled.await.unwrap()
    }

    async fn greet(&self, config: &Config, role: LinkRole) -> Link {
        let link = self.connect(config).await;
        let hello = Hello {
            versions: vec![1],
            role,
            now: UnixMillis(1),
            have: Vec::new(),
        };
        send(&link, &Frame::Hello(Box::new(hello))).await;
        link
    }
}

async fn send(link: &Link, frame: &Frame) {
    let bytes = Bytes::from(encode(frame).unwrap());
    link.send(Lane::Ordinary, bytes).await.unwrap();
}

async fn receive(link: &mut Link) -> Option<Frame> {
    let received = timeout(DEADLINE, link.recv()).await.expect("in time");
    received.map(|(_, bytes)| decode(&bytes).unwrap())
}

/// Waits for the end and returns the word that the relay gave.
async fn end(link: &mut Link) -> String {
    while receive(link).await.is_some() {}
    match timeout(DEADLINE, link.closed()).await.expect("in time") {
        HopError::ClosedByPeer { code } => code.to_string(),
        other => other.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn server_starts_again_on_its_folder_and_never_twice_at_a_time() {
    let world = World::new();
    world.agency("police.xa");
    for _ in 0..2 {
        let server = start(&config(&world)).await;
        assert_eq!(server.local_addrs(), config(&world).listen);
        let second = Server::start(config(&world)).await;
        assert!(matches!(second, Err(ServerError::Store(_))), "{second:?}");
        server.stop();
        timeout(DEADLINE, server.wait()).await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_start_leaves_the_folder_free() {
    let world = World::new();
    world.agency("police.xa");
    let taken = std::net::UdpSocket::bind(config(&world).listen[0]).unwrap();
    let refused = Server::start(config(&world)).await;
    assert!(
        matches!(refused, Err(ServerError::Listen { .. })),
        "{refused:?}"
    );
    drop(taken);
    let server = start(&config(&world)).await;
    server.stop();
    timeout(DEADLINE, server.wait()).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn server_listens_on_ipv4_and_ipv6_and_says_so_when_it_stops() {
    let world = World::new();
    world.agency("police.xa");
    let mut config = config(&world);
    config
        .listen
        .push(format!("[::1]:{}", free_port()).parse().unwrap());
    let server = start(&config).await;
    assert_eq!(server.local_addrs(), config.listen);
    let visitor = Visitor::new(7);
    let mut ipv4 = visitor.greet(&config, LinkRole::Stranger).await;
    config.listen.reverse();
    let mut ipv6 = visitor.greet(&config, LinkRole::Stranger).await;
    for link in [&mut ipv4, &mut ipv6] {
        assert!(matches!(receive(link).await, Some(Frame::Hello(_))));
    }
    server.stop();
    for link in [&mut ipv4, &mut ipv6] {
        assert_eq!(end(link).await, "shutting-down");
    }
    timeout(DEADLINE, server.wait()).await.unwrap().unwrap();
}

/// Covers SES-3, SES-4, SES-5.
#[tokio::test(flavor = "multi_thread")]
async fn stranger_can_only_enrol_and_garbage_costs_it_its_link_alone() {
    let world = World::new();
    world.agency("police.xa");
    let config = config(&world);
    let server = start(&config).await;
    let visitor = Visitor::new(7);
    let mut liar = visitor.greet(&config, LinkRole::Device).await;
    assert_eq!(end(&mut liar).await, "role-wrong");
    let mut rude = visitor.connect(&config).await;
    send(&rude, &Frame::Synced).await;
    assert_eq!(end(&mut rude).await, "hello-missing");
    let mut link = visitor.greet(&config, LinkRole::Stranger).await;
    assert!(matches!(receive(&mut link).await, Some(Frame::Hello(_))));
    let publish = Frame::Publish {
        object: vec![1, 17].into(),
    };
    send(&link, &publish).await;
    match receive(&mut link).await {
        Some(Frame::Fault(fault)) => assert_eq!(fault.code, 73),
        other => panic!("{other:?}"),
    }
    // Fifteen faults are answered, the sixteenth ends the link and no other.
    let other = Visitor::new(8);
    let mut bystander = other.greet(&config, LinkRole::Stranger).await;
    assert!(matches!(
        receive(&mut bystander).await,
        Some(Frame::Hello(_))
    ));
    for n in 0..15_u8 {
        let garbage = Bytes::from(vec![n; 1 + usize::from(n) * 1_000]);
        link.send(Lane::Urgent, garbage).await.unwrap();
    }
    assert_eq!(end(&mut link).await, "malformed");
    send(&bystander, &Frame::Synced).await;
    assert!(matches!(
        receive(&mut bystander).await,
        Some(Frame::Fault(_))
    ));
    server.stop();
    timeout(DEADLINE, server.wait()).await.unwrap().unwrap();
}

/// Covers IDN-27, IDN-28.
#[tokio::test(flavor = "multi_thread")]
async fn invited_device_is_signed_in_by_its_fingerprint() {
    let world = World::new();
    world.agency("police.xa");
    let config = config(&world);
    let server = start(&config).await;
    let at = "--relay police.xa/relay --authority police.xa/authority";
    let run = async |line: String| tokio::task::block_in_place(|| world.run(&line));
    let text = run(format!("roster invite duty@spoc {at}")).await.stdout;
    let invitation = Invitation::from_text(&text).unwrap();
    let visitor = Visitor::new(7);
    let key = SigningKey::from_seed(&Secret::from_bytes([9; 32])).verifying_key();
    let hop_key = HopKey::from_bytes(&visitor.secret.public()).unwrap();
    let request = EnrolmentRequest::new(invitation.desk.clone(), key, hop_key, &invitation.secret);
    let fingerprint = estafette_protocol::enrolment::show_fingerprint(&request.fingerprint());
    let digits = fingerprint.replace(' ', "");
    let nobody = run(format!("roster approve {at} --fingerprint {digits}")).await;
    assert_eq!(nobody.code, 5, "{nobody:?}");
    let mut link = visitor.greet(&config, LinkRole::Stranger).await;
    assert!(matches!(receive(&mut link).await, Some(Frame::Hello(_))));
    let enrol = Frame::Enrol {
        request: encode(&request).unwrap().into(),
    };
    send(&link, &enrol).await;
    let pending = Frame::Enrolled {
        outcome: Enrolment::Pending,
    };
    assert_eq!(receive(&mut link).await, Some(pending));
    let unseen = run(format!("roster approve {at}")).await;
    assert_eq!(unseen.code, 3);
    assert!(unseen.stderr.contains(&fingerprint), "{unseen:?}");
    let wrong = run(format!(
        "roster approve {at} --fingerprint {}",
        &digits[..8]
    ))
    .await;
    assert_eq!(wrong.code, 5);
    let approved = run(format!(
        "roster approve duty@spoc {at} --fingerprint {digits}"
    ))
    .await;
    assert_eq!(approved.code, 0, "{approved:?}");
    let signed = run("roster sign --authority police.xa/authority".to_owned()).await;
    assert_eq!(signed.code, 0, "{signed:?}");
    let done = Frame::Enrolled {
        outcome: Enrolment::Done,
    };
    assert_eq!(receive(&mut link).await, Some(done));
    assert_eq!(end(&mut link).await, "replaced");
    let mut device = visitor.greet(&config, LinkRole::Device).await;
    assert!(matches!(receive(&mut device).await, Some(Frame::Hello(_))));
    assert!(matches!(
        receive(&mut device).await,
        Some(Frame::Publish { .. })
    ));
    device.close(CloseCode::CLOSED);
    server.stop();
    timeout(DEADLINE, server.wait()).await.unwrap().unwrap();
}
