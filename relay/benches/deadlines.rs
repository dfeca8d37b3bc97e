//! What deadlines cost a relay that watches many: to accept them, to start with them, to tick while
//! nothing is due, and to take a step.
//!
//! One relay over a real journal, in this process; the messages come as from a peer. Of one sealed
//! message, each header is new and signed. `ESTAFETTE_BENCH_DEADLINES` sets how many are pending,
//! 100,000 unless it is set. Ratios compare within one run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a benchmark that fails should stop and say so"
)]

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use estafette_protocol::encoding::encode;
use estafette_protocol::envelope::{Addressee, Header, Parsed, Role};
use estafette_protocol::frame::{Frame, Item, LinkRole};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::rules::{Rules, Step, StepTo};
use estafette_protocol::session::Session;
use estafette_protocol::testing::{World, plain_row, rules};
use estafette_protocol::time::{HOUR_MS, MINUTE_MS, UnixMillis};
use estafette_relay::engine::{Engine, Input, LinkId, RelayIdentity, prepare};
use estafette_relay::store::{JournalStore, Store, StoreOptions};

const NOW: UnixMillis = UnixMillis(1_767_322_445_006);
const BORDER: &str = "duty@ops.border.xb";
const DEPUTY: &str = "head@ops.border.xb";
const LINK: LinkId = LinkId(1);
/// Frames that one commit takes.
const BATCH: usize = 256;
/// Ticks over which one is measured.
const TICKS: u32 = 1_000;

type Relay = Engine<JournalStore>;

fn table() -> Rules {
    let mut row = plain_row("request", &[4]).unwrap();
    row.copies = vec![];
    row.acknowledge_within = Some(30 * MINUTE_MS);
    row.escalation = vec![Step {
        after: 30 * MINUTE_MS,
        to: StepTo::Deputy,
    }];
    let mut plain = plain_row("plain", &[6]).unwrap();
    plain.copies = vec![];
    rules(vec![plain, row])
}

fn world() -> World {
    let mut world = World::with_rules("deadlines", NOW, &table()).unwrap();
    let amended = world.border.amend(|roster| {
        for entry in &mut roster.desks {
            if entry.desk.as_str() == BORDER {
                entry.deputies = vec![DEPUTY.parse().unwrap()];
            }
        }
    });
    amended.unwrap();
    world
}

fn open(world: &World, dir: &Path, now: UnixMillis) -> Relay {
    let (store, _) = JournalStore::open(dir, StoreOptions::default()).unwrap();
    let agency = &world.border;
    let identity = RelayIdentity {
        agency: agency.agency.clone(),
        hop_public: agency.relay_hop.hop_public(),
        statement_key: agency.relay_statement.clone(),
    };
    Engine::open(identity, (agency.agency.clone(), agency.root), store, now).unwrap()
}

fn begun(world: &World, dir: &Path) -> Relay {
    let mut relay = open(world, dir, NOW);
    for object in world.objects(&world.border) {
        relay.publish(NOW, object).unwrap();
    }
    let connected = Input::Connected {
        link: LINK,
        peer_static: world.police.relay_hop.hop_public(),
        remote: IpAddr::from([127, 0, 0, 1]),
    };
    relay.handle(NOW, connected).unwrap();
    let session = Session::<()>::new(LinkRole::Relay, LinkRole::Relay);
    feed(&mut relay, NOW, &session.hello(NOW, vec![]));
    drop(relay.commit(NOW).unwrap());
    relay
}

fn feed(relay: &mut Relay, now: UnixMillis, frame: &Frame) {
    let frame = Box::new(prepare(&encode(frame).unwrap().into(), &relay.directory()));
    relay
        .handle(now, Input::Frame { link: LINK, frame })
        .unwrap();
}

/// A message, with or without a deadline and somebody who stands by.
fn first(world: &mut World, watched: bool) -> Parsed {
    let device = world.police.devices.first().unwrap().clone();
    let mut header: Header = world.header(&device, &[BORDER], Precedence::Routine);
    header.format = if watched { 4 } else { 6 };
    header.acknowledge_within = watched.then_some(30 * MINUTE_MS);
    header.addressees.push(Addressee {
        desk: DEPUTY.parse().unwrap(),
        role: if watched { Role::Standby } else { Role::Info },
    });
    header.addressees.sort();
    world.seal(&device, header, "where is it?").unwrap().parsed
}

/// Accepts so many; gives the time that the relay alone took.
fn accept(world: &mut World, relay: &mut Relay, message: &Parsed, count: usize) -> Duration {
    let mut numbers = 0;
    let device = world.police.devices.first().unwrap().clone();
    let mut took = Duration::ZERO;
    for batch in (0..count).step_by(BATCH) {
        let size = BATCH.min(count - batch);
        let frames: Vec<Frame> = (0..size)
            .map(|_| {
                let again = world.again(&device, message).unwrap();
                let theirs = again.envelope().with_wraps(|wrap| wrap.addressee != 0);
                numbers += 1;
                Frame::Deliver {
                    number: numbers,
                    item: Item::Envelope(encode(&theirs).unwrap().into()),
                }
            })
            .collect();
        let began = Instant::now();
        for frame in &frames {
            feed(relay, NOW, frame);
        }
        drop(relay.commit(NOW).unwrap());
        took += began.elapsed();
    }
    took
}

fn tick(relay: &mut Relay, now: UnixMillis, ticks: u32) -> Duration {
    let began = Instant::now();
    for _ in 0..ticks {
        relay.handle(now, Input::Tick).unwrap();
        drop(relay.commit(now).unwrap());
    }
    began.elapsed() / ticks
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Relays with as many messages as each name says, and what the last accepted number was.
struct Loads {
    plain: Relay,
    few: Relay,
    many: Relay,
}

/// Fills three relays; says what accepting costs.
fn fill(world: &mut World, dirs: [&Path; 3], (count, few): (usize, usize)) -> Loads {
    let (plain, watched) = (first(world, false), first(world, true));
    let [plain_dir, few_dir, many_dir] = dirs;
    let mut without = begun(world, plain_dir);
    let took_plain = accept(world, &mut without, &plain, count);
    let mut small = begun(world, few_dir);
    accept(world, &mut small, &watched, few);
    let mut many = begun(world, many_dir);
    let took_watched = accept(world, &mut many, &watched, count);
    println!(
        "accept: {:.1} us with a deadline, {:.1} us without; ratio {:.2}",
        micros(took_watched) / count as f64,
        micros(took_plain) / count as f64,
        took_watched.as_secs_f64() / took_plain.as_secs_f64()
    );
    Loads {
        plain: without,
        few: small,
        many,
    }
}

/// Takes every step that is due.
fn fire(relay: &mut Relay, due: UnixMillis, count: usize) {
    let left = |relay: &Relay| relay.store().view().next_watched_ms().unwrap();
    let began = Instant::now();
    let (mut ticks, mut longest) = (0_u32, Duration::ZERO);
    while left(relay).is_some_and(|at| at <= due.0) {
        longest = longest.max(tick(relay, due, 1));
        ticks += 1;
    }
    println!(
        "fire: {:.1} us a step, {count} steps in {ticks} ticks, the longest of {:.1} ms",
        micros(began.elapsed()) / count as f64,
        longest.as_secs_f64() * 1e3
    );
}

fn main() {
    let count = std::env::var("ESTAFETTE_BENCH_DEADLINES");
    let count: usize = count.map_or(100_000, |count| count.parse().unwrap());
    let few = (count / 100).max(1);
    let mut world = world();
    let dirs = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let dirs = dirs.each_ref().map(tempfile::TempDir::path);
    let mut loads = fill(&mut world, dirs, (count, few));

    let quiet = NOW.plus(MINUTE_MS);
    let idle_few = micros(tick(&mut loads.few, quiet, TICKS));
    let idle_many = micros(tick(&mut loads.many, quiet, TICKS));
    println!(
        "tick with nothing due: {idle_many:.2} us with {count} pending, {idle_few:.2} us with {few}; ratio {:.2}",
        idle_many / idle_few
    );

    drop((loads.plain, loads.many));
    let [plain_dir, _, many_dir] = dirs;
    let start = |dir: &Path| {
        let began = Instant::now();
        let relay = open(&world, dir, quiet);
        (relay, began.elapsed().as_secs_f64())
    };
    let ((plain, start_plain), (mut many, start_watched)) = (start(plain_dir), start(many_dir));
    drop(plain);
    println!(
        "start: {start_watched:.2} s with {count} deadlines, {start_plain:.2} s with as many messages that have none; ratio {:.2}",
        start_watched / start_plain
    );

    let due = NOW.plus(30 * MINUTE_MS);
    fire(&mut many, due, count);
    let after = tick(&mut many, due.plus(HOUR_MS), TICKS);
    println!("tick afterwards: {:.2} us", micros(after));
}
