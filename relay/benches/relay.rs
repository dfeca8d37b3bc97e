//! What a running relay takes: messages accepted durably, memory of a long queue, and the time from
//! desk to desk over two relays beside that of the `fdatasync`s it cannot do without.
//!
//! The relays are processes of their own; the load is made here, on the same cores. Wraps and body
//! are those of one sealed message, each header is new and signed: a relay opens neither.
//! `ESTAFETTE_BENCH_MESSAGES` sets the number of messages of the load, 100,000 unless it is set.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that fails should stop and say so"
)]

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use estafette_protocol::crypto::Hash;
use estafette_protocol::encoding::{Extensions, decode, encode};
use estafette_protocol::envelope::Parsed;
use estafette_protocol::frame::{Frame, Item, LinkRole};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::session::{Received, Session};
use estafette_protocol::statement::{self, Claim, Signer, Statement};
use estafette_protocol::testing::{TestAgency, TestDevice, World};
use estafette_protocol::time::UnixMillis;
use estafette_relay::config::{Config, Folder};
use estafette_relay::hop::{Endpoint, HopConfig, HopSecret, Lane, Link};
use estafette_relay::server::queue_object;

const DESKS: [&str; 4] = ["duty", "north", "south", "west"];
const BORDER: &str = "duty@ops.border.xb";
const WINDOW: usize = 64;
const PORTS: [u16; 2] = [46_471, 46_472];

struct Relay {
    child: Child,
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(u64::try_from(since.as_millis()).unwrap())
}

fn start(world: &World, agency: &TestAgency, dir: &Path, port: u16, index: &str) -> Relay {
    let folder = Folder::new(dir);
    fs::create_dir_all(dir).unwrap();
    let listen: SocketAddr = ([127, 0, 0, 1], port).into();
    let text = Config::template(
        &agency.agency,
        "relay-1",
        &[listen],
        &[listen.to_string()],
        Some(&agency.root),
    );
    let text = text.replace("index = \"memory\"", &format!("index = \"{index}\""));
    fs::write(folder.config(), text).unwrap();
    let key = format!(
        "format = 1\npurpose = \"relay\"\nhop = \"{}\"\nstatement = \"{}\"\n",
        hex::encode(agency.relay_hop.expose()),
        hex::encode(agency.relay_statement.to_seed().expose())
    );
    let mut options = fs::OpenOptions::new();
    let file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.key())
        .unwrap();
    std::io::Write::write_all(&mut &file, key.as_bytes()).unwrap();
    for object in world.objects(agency) {
        queue_object(&folder, object).unwrap();
    }
    let ready = dir.join("ready");
    let child = Command::new(env!("CARGO_BIN_EXE_estafette-relay"))
        .args(["serve", "--dir"])
        .arg(dir)
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while !ready.exists() {
        assert!(Instant::now() < until, "the relay is not ready");
        std::thread::sleep(Duration::from_millis(20));
    }
    Relay { child }
}

struct Desk {
    link: Link,
    session: Session<Instant>,
}

impl Desk {
    async fn open(
        endpoint: &Endpoint,
        agency: &TestAgency,
        device: &TestDevice,
        port: u16,
    ) -> Self {
        let relay: SocketAddr = ([127, 0, 0, 1], port).into();
        let secret = HopSecret::from_bytes(device.hop.expose());
        let server = agency.relay_hop.hop_public();
        let link = endpoint
            .connect(&[relay], server, &secret)
            .await
            .expect("connect");
        let session = Session::new(LinkRole::Device, LinkRole::Relay);
        let hello = session.hello(now(), vec![]);
        let mut desk = Self { link, session };
        desk.send(Lane::Ordinary, &hello).await;
        while !desk.session.is_open() {
            desk.next().await;
        }
        desk
    }

    async fn send(&self, lane: Lane, frame: &Frame) {
        self.link
            .send(lane, encode(frame).unwrap().into())
            .await
            .expect("send");
    }

    async fn next(&mut self) -> Received<Instant> {
        let Some((_, bytes)) = self.link.recv().await else {
            panic!("the link ended: {:?}", self.link.closed().await)
        };
        self.session.handle(Ok(decode(&bytes).unwrap()))
    }
}

/// A stream of envelopes that differ in reference and signature alone.
struct Source {
    world: World,
    device: TestDevice,
    sealed: Parsed,
}

impl Source {
    fn new(world: &mut World, device: &TestDevice, precedence: Precedence) -> Self {
        let header = world.header(device, &[BORDER], precedence);
        let sealed = world
            .seal(device, header, "two men, white van")
            .unwrap()
            .parsed;
        Self {
            world: world.clone(),
            device: device.clone(),
            sealed,
        }
    }

    fn next(&mut self) -> Vec<u8> {
        self.world
            .again(&self.device, &self.sealed)
            .unwrap()
            .encode()
            .unwrap()
    }
}

async fn load(mut desk: Desk, mut source: Source, messages: usize) -> Vec<Duration> {
    let mut taken = Vec::with_capacity(messages);
    let mut sent = 0;
    let mut pending = 0;
    while taken.len() < messages {
        while sent < messages && pending < WINDOW {
            let frame = desk.session.submit(source.next(), Instant::now());
            desk.send(Lane::Ordinary, &frame).await;
            sent += 1;
            pending += 1;
        }
        match desk.next().await {
            Received::Taken(tokens) => {
                pending -= tokens.len();
                taken.extend(tokens.iter().map(Instant::elapsed));
            }
            Received::Frame(Frame::Deliver { number, item }) => {
                if let Item::Statement(bytes) = item {
                    let claim = statement::decode(bytes.as_slice())
                        .unwrap()
                        .value()
                        .claim
                        .clone();
                    assert!(matches!(claim, Claim::Accepted { .. }), "{claim:?}");
                }
                desk.send(
                    Lane::Ordinary,
                    &Frame::Taken {
                        numbers: vec![number],
                    },
                )
                .await;
            }
            Received::Frame(Frame::Fault(fault)) => panic!("{fault:?}"),
            _ => {}
        }
    }
    taken
}

fn memory_mib(relay: &Relay, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", relay.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib / 1024
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

async fn throughput(world: &mut World, dir: &Path, index: &str, messages: usize) {
    let police = world.police.clone();
    let relay = start(world, &police, dir, PORTS[0], index);
    let endpoint = Endpoint::client(HopConfig::default()).unwrap();
    let before = memory_mib(&relay, "VmRSS");
    let mut desks = Vec::new();
    for device in &police.devices {
        let desk = Desk::open(&endpoint, &police, device, PORTS[0]).await;
        desks.push((desk, Source::new(world, device, Precedence::Routine)));
    }
    let each = messages / desks.len();
    let began = Instant::now();
    let tasks: Vec<_> = desks
        .into_iter()
        .map(|(desk, source)| tokio::spawn(load(desk, source, each)))
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let elapsed = began.elapsed();
    times.sort();
    println!(
        "accept ({index} index): {} messages, 256 in flight, {:.0} a second; p50 {:?}, p99 {:?}",
        times.len(),
        times.len() as f64 / elapsed.as_secs_f64(),
        percentile(&times, 50),
        percentile(&times, 99),
    );
    println!(
        "memory ({index} index): {before} MiB before, {} MiB with {} queued, {} MiB at the most",
        memory_mib(&relay, "VmRSS"),
        times.len(),
        memory_mib(&relay, "VmHWM"),
    );
}

/// The median time of an append of 4 KiB and its `fdatasync` where the relays' folders are.
fn fdatasync(dir: &Path) -> Duration {
    let mut file = fs::File::create(dir.join("fdatasync")).unwrap();
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let began = Instant::now();
            std::io::Write::write_all(&mut file, &[7; 4096]).unwrap();
            file.sync_data().unwrap();
            began.elapsed()
        })
        .collect();
    times.sort();
    percentile(&times, 50)
}

async fn desk_to_desk(world: &mut World, dir: &Path) {
    let (police, border) = (world.police.clone(), world.border.clone());
    let _egress = start(world, &police, &dir.join("police"), PORTS[0], "memory");
    let _ingress = start(world, &border, &dir.join("border"), PORTS[1], "memory");
    let endpoint = Endpoint::client(HopConfig::default()).unwrap();
    let mut sender = Desk::open(&endpoint, &police, &police.devices[0], PORTS[0]).await;
    let device = &border.devices[0];
    let mut reader = Desk::open(&endpoint, &border, device, PORTS[1]).await;
    let mut source = Source::new(world, &police.devices[0], Precedence::Flash);
    let (mut stored, mut readable) = (Vec::new(), Vec::new());
    // The first crossing waits for the relays to find each other.
    for round in 0..201 {
        let began = Instant::now();
        let frame = sender.session.submit(source.next(), began);
        sender.send(Lane::Urgent, &frame).await;
        loop {
            tokio::select! {
                received = reader.next() => {
                    let Received::Frame(Frame::Deliver { number, item }) = received else { continue };
                    reader.send(Lane::Urgent, &Frame::Taken { numbers: vec![number] }).await;
                    match item {
                        Item::Envelope(bytes) => {
                            if round > 0 { stored.push(began.elapsed()); }
                            let digest = Parsed::decode(bytes.as_slice()).unwrap().digest();
                            let frame = delivered(&mut reader, device, digest);
                            reader.send(Lane::Urgent, &frame).await;
                        }
                        Item::Wrap { .. } => break,
                        Item::Statement(_) | Item::Accompanied { .. } => {}
                    }
                }
                received = sender.next() => {
                    if let Received::Frame(Frame::Deliver { number, .. }) = received {
                        sender.send(Lane::Urgent, &Frame::Taken { numbers: vec![number] }).await;
                    }
                }
            }
        }
        if round > 0 {
            readable.push(began.elapsed());
        }
    }
    stored.sort();
    readable.sort();
    let sync = fdatasync(dir);
    println!(
        "desk to desk over two relays, one in flight: stored p50 {:?} p99 {:?} (2 commits), \
         readable p50 {:?} p99 {:?} (3 commits); one fdatasync of 4 KiB here: p50 {sync:?}",
        percentile(&stored, 50),
        percentile(&stored, 99),
        percentile(&readable, 50),
        percentile(&readable, 99),
    );
}

fn delivered(desk: &mut Desk, device: &TestDevice, subject: Hash) -> Frame {
    let key = device.key.verifying_key().id();
    let signer = Signer {
        agency: device.desk.agency(),
        desk: Some(device.desk.clone()),
        key,
    };
    let (claim, extensions) = (Claim::Delivered, Extensions::default());
    let statement = Statement {
        subject,
        at: now(),
        signer,
        claim,
        extensions,
    };
    let signed = statement::sign(statement, &device.key).unwrap();
    desk.session.state(signed.encode().unwrap(), Instant::now())
}

fn main() {
    let messages = std::env::var("ESTAFETTE_BENCH_MESSAGES")
        .ok()
        .and_then(|n| n.parse().ok());
    let messages = messages.unwrap_or(100_000);
    let addresses = PORTS.map(|port| format!("127.0.0.1:{port}"));
    let addresses = [addresses[0].as_str(), addresses[1].as_str()];
    let mut world = World::with("relay bench", now(), &DESKS, addresses).unwrap();
    let dir: PathBuf = std::env::temp_dir().join(format!("estafette-bench-{}", std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        desk_to_desk(&mut world, &dir).await;
        for index in ["memory", "sled"] {
            throughput(&mut world, &dir.join(index), index, messages).await;
        }
    });
    fs::remove_dir_all(&dir).unwrap();
}
