//! Couriers against real relay engines, joined in memory.

use super::*;
use crate::compose::{Draft, plan, seal_plan, summary};
use crate::store::{Content, Sent};
use crate::testing::{self, TestAccount};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::Claim;
use estafette_protocol::testing::{TestAgency, World};
use estafette_protocol::track::Rung;
use estafette_relay::engine::{
    Action as RelayAction, Engine, Input, LinkId, RelayIdentity, prepare,
};
use estafette_relay::store::{JournalStore, StoreOptions};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

mod deferral;
mod duty;
mod life;
mod rules;

const PEER_LINK: LinkId = LinkId(1_000);

struct Relay {
    engine: Engine<JournalStore>,
    _folder: tempfile::TempDir,
}

struct Device {
    account: TestAccount,
    courier: Option<Courier>,
    /// Which relay serves it: 0 police, 1 border.
    relay: usize,
    events: Vec<Event>,
    /// Frames on their way to the relay.
    out: VecDeque<(Lane, Vec<u8>)>,
}

struct Net {
    world: World,
    now: UnixMillis,
    relays: [Relay; 2],
    devices: Vec<Device>,
    peers_joined: bool,
    /// Drops the next frames to devices for which it says so.
    lose: Option<fn(&Frame) -> bool>,
}

fn relay(world: &World, agency: &TestAgency) -> Relay {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = JournalStore::open(folder.path(), StoreOptions::default()).unwrap();
    let identity = RelayIdentity {
        agency: agency.agency.clone(),
        hop_public: agency.relay_hop.hop_public(),
        statement_key: agency.relay_statement.clone(),
    };
    let trust = (agency.agency.clone(), agency.root);
    let mut engine = Engine::open(identity, trust, store, world.now).unwrap();
    for object in world.objects(agency) {
        engine.publish(world.now, object).unwrap();
    }
    engine.commit(world.now).unwrap();
    Relay {
        engine,
        _folder: folder,
    }
}

impl Net {
    /// Police's device, both devices of the border's duty desk and the one of its head.
    fn new() -> Self {
        Self::of(World::new("courier", testing::NOW).unwrap())
    }

    /// The devices of the police, then those of the border.
    fn of(mut world: World) -> Self {
        // Bundles that the devices make themselves must be later than those of the world.
        let now = world.now.plus(1);
        for agency in [&mut world.police, &mut world.border] {
            agency.published.truncate(2);
        }
        let relays = [relay(&world, &world.police), relay(&world, &world.border)];
        let agencies = [(&world.police, 0), (&world.border, 1)];
        let devices = agencies.into_iter().flat_map(|(agency, relay)| {
            let devices = agency.devices.iter();
            devices.map(move |device| Device {
                account: testing::stranger(agency, device),
                courier: None,
                relay,
                events: Vec::new(),
                out: VecDeque::new(),
            })
        });
        let devices = devices.collect();
        Self {
            world,
            now,
            relays,
            devices,
            peers_joined: false,
            lose: None,
        }
    }

    fn joined() -> Self {
        Self::new().join()
    }

    fn join(self) -> Self {
        let mut net = self;
        net.join_peers();
        for at in 0..net.devices.len() {
            net.connect(at);
        }
        net.settle();
        net
    }

    fn join_peers(&mut self) {
        self.peers_joined = true;
        let keys = [&self.world.border, &self.world.police].map(|a| a.relay_hop.hop_public());
        for (relay, key) in keys.into_iter().enumerate() {
            self.input(relay, connected(PEER_LINK, key));
        }
    }

    fn connect(&mut self, at: usize) {
        let device = &mut self.devices[at];
        let (courier, actions) = Courier::open(&device.account, self.now).unwrap();
        device.courier = Some(courier);
        device.out.clear();
        let key = device.account.hop_key().public();
        let relay = device.relay;
        self.input(relay, connected(link_of(at), key));
        self.perform(at, actions);
    }

    fn disconnect(&mut self, at: usize) {
        self.devices[at].courier = None;
        let relay = self.devices[at].relay;
        self.input(relay, Input::Disconnected { link: link_of(at) });
    }

    fn input(&mut self, relay: usize, input: Input) {
        let engine = &mut self.relays[relay].engine;
        engine.handle(self.now, input).unwrap();
    }

    /// Lets everybody work until nobody has anything more to say.
    fn settle(&mut self) {
        for _ in 0..200 {
            let mut quiet = true;
            for at in 0..self.devices.len() {
                quiet &= !self.turn_of_device(at);
            }
            for relay in 0..self.relays.len() {
                quiet &= !self.turn_of_relay(relay);
            }
            if quiet {
                return;
            }
        }
        panic!("they never stop talking");
    }

    fn turn_of_device(&mut self, at: usize) -> bool {
        let device = &mut self.devices[at];
        if let Some(courier) = &mut device.courier {
            let mut rng = clock_free(&mut self.world);
            let actions = courier
                .tick(&mut device.account, self.now, &mut rng)
                .unwrap();
            self.perform(at, actions);
        }
        let frames = std::mem::take(&mut self.devices[at].out);
        let any = !frames.is_empty();
        for (_, frame) in frames {
            self.carry_to_relay(self.devices[at].relay, link_of(at), &frame);
        }
        any
    }

    fn carry_to_relay(&mut self, relay: usize, link: LinkId, frame: &[u8]) {
        let bytes = frame.to_vec().into();
        let prepared = prepare(&bytes, &self.relays[relay].engine.directory());
        let frame = Box::new(prepared);
        self.input(relay, Input::Frame { link, frame });
    }

    fn turn_of_relay(&mut self, relay: usize) -> bool {
        let actions = self.relays[relay].engine.commit(self.now).unwrap();
        let mut any = false;
        for action in actions {
            match action {
                RelayAction::Send { link, frame, .. } if link == PEER_LINK => {
                    any = true;
                    if self.peers_joined {
                        self.carry_to_relay(1 - relay, PEER_LINK, &frame);
                    }
                }
                RelayAction::Send { link, lane, frame } => {
                    any = true;
                    self.carry_to_device(usize::try_from(link.0).unwrap(), lane, &frame);
                }
                RelayAction::Close { link, .. } if link != PEER_LINK => {
                    self.devices[usize::try_from(link.0).unwrap()].courier = None;
                }
                _ => {}
            }
        }
        any
    }

    fn carry_to_device(&mut self, at: usize, lane: Lane, frame: &[u8]) {
        let decoded: Frame = decode(frame).unwrap();
        if self.lose.is_some_and(|lose| lose(&decoded)) {
            return;
        }
        let device = &mut self.devices[at];
        let Some(courier) = &mut device.courier else {
            return;
        };
        let mut rng = clock_free(&mut self.world);
        let frame = (lane, frame);
        let actions = courier
            .handle(&mut device.account, frame, self.now, &mut rng)
            .unwrap();
        self.perform(at, actions);
    }

    fn perform(&mut self, at: usize, actions: Vec<Action>) {
        let device = &mut self.devices[at];
        for action in actions {
            match action {
                Action::Send { lane, frame } => device.out.push_back((lane, frame)),
                Action::Close(code) => panic!("closed with {}", code.word()),
                Action::Event(event) => device.events.push(event),
            }
        }
    }

    fn flag(&mut self, at: usize, to: &[&str], precedence: Precedence, checked: bool) -> Hash {
        self.flag_at(at, to, (precedence, checked), None)
    }

    /// A flag that is held until a time, where one is given.
    fn flag_at(
        &mut self,
        at: usize,
        to: &[&str],
        (precedence, checked): (Precedence, bool),
        until: Option<UnixMillis>,
    ) -> Hash {
        let fields = vec![Field {
            number: 1,
            value: Value::Code(2),
        }];
        let form = Form {
            format: 1,
            version: 1,
            fields,
        };
        let action = to.iter().map(|desk| desk.parse().unwrap()).collect();
        let draft = Draft {
            precedence,
            acknowledge_within: Some(60_000),
            ..Draft::new(form, action)
        };
        self.send(at, &draft, checked, until)
    }

    /// Plans, seals and queues.
    fn send(&mut self, at: usize, draft: &Draft, checked: bool, until: Option<UnixMillis>) -> Hash {
        let account = &self.devices[at].account;
        let rng = &mut self.world.rng;
        let mut plan = plan(account, draft, checked, self.now, rng).unwrap();
        if let Some(until) = until {
            crate::deferral::defer(account, &mut plan, until).unwrap();
        }
        let sealed = seal_plan(account, &plan, &draft.form, checked, self.now, rng).unwrap();
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &draft.form,
            content_key: &sealed.content_key,
            sender_key: &account.signing_key().verifying_key(),
            summary: summary(&draft.form, account.catalogue),
        };
        account
            .store
            .write()
            .unwrap()
            .add_sent(&sent, self.now)
            .unwrap();
        sealed.parsed.digest()
    }

    /// A device says something of a message.
    fn say(&self, at: usize, digest: &Hash, claim: Claim) {
        let account = &self.devices[at].account;
        let statement = state(account, *digest, claim, self.now).unwrap();
        let writing = account.store.write().unwrap();
        writing.add_own(&statement, |_| (), self.now).unwrap();
    }

    fn rung(&self, at: usize, digest: &Hash) -> Rung {
        let message = self.devices[at]
            .account
            .store
            .message(digest)
            .unwrap()
            .unwrap();
        message.states()[0].rung()
    }

    fn outbox_len(&self, at: usize) -> usize {
        self.devices[at].account.store.outbox().unwrap().len()
    }
}

fn connected(link: LinkId, peer_static: [u8; 32]) -> Input {
    Input::Connected {
        link,
        peer_static,
        remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn link_of(at: usize) -> LinkId {
    LinkId(u64::try_from(at).unwrap())
}

fn clock_free(world: &mut World) -> estafette_protocol::testing::SeededRng {
    let seed: [u8; 8] = world.rng.array();
    estafette_protocol::testing::SeededRng::new(&hex::encode(seed))
}

const DUTY: &str = "duty@ops.border.xb";

/// Covers SES-11, IDN-16: prekeys reach the other agency's devices by way of both relays.
#[test]
fn new_device_learns_the_directory_and_publishes_its_prekeys() {
    let net = Net::joined();
    for device in &net.devices {
        assert!(device.account.enrolled_at().is_some());
        assert!(device.events.contains(&Event::Synced));
        assert_eq!(device.account.keys.contents.prekeys.len(), 9);
    }
    let police = &net.devices[0].account.directory;
    for device in &net.world.border.devices {
        assert!(
            police
                .prekey_for(&device.key.verifying_key().id(), net.now)
                .is_ok()
        );
    }
}

#[test]
fn flag_climbs_to_delivered_and_both_devices_read_it() {
    let mut net = Net::joined();
    let digest = net.flag(0, &[DUTY], Precedence::Flash, true);
    assert_eq!(net.rung(0, &digest), Rung::Queued);
    net.settle();
    assert_eq!(net.rung(0, &digest), Rung::Delivered);
    assert_eq!(net.outbox_len(0), 0);
    for at in [1, 2] {
        let message = net.devices[at]
            .account
            .store
            .message(&digest)
            .unwrap()
            .unwrap();
        assert!(matches!(message.record.content, Content::Open(_)));
        assert_eq!(message.record.summary.as_str(), "pursuit");
        assert_eq!(net.outbox_len(at), 0);
    }
    assert!(net.devices[3].account.store.ids().unwrap().is_empty());
}

#[test]
fn acknowledgement_reaches_the_sender_and_the_other_device_of_the_desk() {
    let mut net = Net::joined();
    let digest = net.flag(0, &[DUTY], Precedence::Flash, true);
    net.settle();
    let account = &net.devices[1].account;
    let claim = Claim::Acknowledged {
        until: None,
        remark: None,
    };
    let statement = state(account, digest, claim, net.now).unwrap();
    let writing = account.store.write().unwrap();
    writing.add_own(&statement, |_| (), net.now).unwrap();
    drop(writing);
    net.settle();
    for at in [0, 2] {
        assert_eq!(net.rung(at, &digest), Rung::Acknowledged, "device {at}");
    }
    assert_eq!(net.outbox_len(1), 0);
}

#[test]
fn message_waits_in_the_outbox_until_there_is_a_link() {
    let mut net = Net::joined();
    net.disconnect(0);
    let digest = net.flag(0, &[DUTY], Precedence::Routine, true);
    net.settle();
    assert_eq!((net.rung(0, &digest), net.outbox_len(0)), (Rung::Queued, 1));
    net.connect(0);
    net.settle();
    assert_eq!(
        (net.rung(0, &digest), net.outbox_len(0)),
        (Rung::Delivered, 0)
    );
}

/// Covers SES-14, ADM-21.
#[test]
fn lost_receipt_is_asked_for_with_the_same_bytes() {
    let mut net = Net::joined();
    net.lose = Some(|frame| matches!(frame, Frame::Taken { .. } | Frame::Deliver { .. }));
    let digest = net.flag(0, &[DUTY], Precedence::Routine, true);
    let sealed = net.devices[0].account.store.envelope(&digest).unwrap();
    net.settle();
    assert_eq!((net.rung(0, &digest), net.outbox_len(0)), (Rung::Queued, 1));
    let resent = |net: &Net| {
        let events = net.devices[0].events.iter();
        events.filter(|e| matches!(e, Event::Resent { .. })).count()
    };
    assert_eq!(resent(&net), 0);
    net.lose = None;
    for at in 0..4 {
        net.disconnect(at);
        net.connect(at);
    }
    net.settle();
    assert_eq!(
        (net.rung(0, &digest), net.outbox_len(0)),
        (Rung::Delivered, 0)
    );
    assert_eq!(resent(&net), 1);
    assert_eq!(
        net.devices[0].account.store.envelope(&digest).unwrap(),
        sealed
    );
    assert_eq!(net.devices[1].account.store.ids().unwrap().len(), 1);
}

#[test]
fn refusal_of_the_own_relay_takes_the_message_out_of_the_outbox() {
    let mut net = Net::joined();
    let digest = net.flag(0, &["nobody@ops.border.xb"], Precedence::Flash, false);
    net.settle();
    let message = net.devices[0]
        .account
        .store
        .message(&digest)
        .unwrap()
        .unwrap();
    let refused = message.statements.iter().any(|s| {
        matches!(&s.value().claim, Claim::Refused { clause, .. } if clause.as_str() == "ADM-12")
    });
    assert!(refused);
    assert_eq!(net.outbox_len(0), 0);
}

/// Covers ENV-19.
#[test]
fn device_that_cannot_open_says_so() {
    let mut net = Net::joined();
    net.devices[1].account.keys.contents.prekeys.clear();
    net.devices[1].courier = None;
    net.disconnect(1);
    net.disconnect(2);
    let digest = net.flag(0, &[DUTY], Precedence::Flash, true);
    net.settle();
    // The bundle that the device makes on connecting is for others; its old secrets are gone.
    net.now = net.now.plus(1);
    net.connect(1);
    net.settle();
    let message = net.devices[0]
        .account
        .store
        .message(&digest)
        .unwrap()
        .unwrap();
    let unreadable = message.statements.iter();
    let unreadable =
        unreadable.filter(|s| matches!(s.value().claim, Claim::Unreadable { stage: 3 }));
    assert_eq!(unreadable.count(), 1);
}

/// Covers STA-4: nothing orders a statement behind its message on another lane.
#[test]
fn statement_before_its_message_is_held_and_counts_when_it_comes() {
    let mut net = Net::joined();
    net.disconnect(2);
    let digest = net.flag(0, &[DUTY], Precedence::Flash, true);
    net.settle();
    let (account, other) = (&net.devices[1].account, &net.devices[2].account);
    let claim = Claim::Acknowledged {
        until: None,
        remark: None,
    };
    let early = state(account, digest, claim, net.now)
        .unwrap()
        .encode()
        .unwrap();
    let (mut courier, _) = Courier::open(other, net.now).unwrap();
    let mut rng = clock_free(&mut net.world);
    let deliver = |number, item| encode(&Frame::Deliver { number, item }).unwrap();
    let bytes = net.devices[1]
        .account
        .store
        .envelope(&digest)
        .unwrap()
        .unwrap();
    let hello = Session::<u8>::new(LinkRole::Relay, LinkRole::Device).hello(net.now, vec![]);
    let frames = [
        encode(&hello).unwrap(),
        deliver(1, Item::Statement(early.into())),
        deliver(2, Item::Envelope(bytes.into())),
    ];
    for frame in frames {
        let account = &mut net.devices[2].account;
        courier
            .handle(account, (Lane::Ordinary, &frame), net.now, &mut rng)
            .unwrap();
    }
    assert_eq!(net.rung(2, &digest), Rung::Acknowledged);
}

#[test]
fn garbage_from_the_relay_is_answered_and_changes_nothing() {
    let mut net = Net::joined();
    let device = &mut net.devices[0];
    let courier = device.courier.as_mut().unwrap();
    let mut rng = clock_free(&mut net.world);
    let deliver = |number, item| encode(&Frame::Deliver { number, item }).unwrap();
    let frames = [
        vec![1, 2, 3],
        deliver(70, Item::Envelope(vec![9; 9].into())),
        deliver(71, Item::Statement(vec![9; 9].into())),
        encode(&Frame::Publish {
            object: vec![7].into(),
        })
        .unwrap(),
    ];
    for frame in frames {
        let frame = (Lane::Ordinary, frame.as_slice());
        let actions = courier
            .handle(&mut device.account, frame, net.now, &mut rng)
            .unwrap();
        let faults = actions.iter().filter(|action| match action {
            Action::Send { frame, .. } => matches!(decode(frame), Ok(Frame::Fault(_))),
            _ => false,
        });
        assert_eq!(faults.count(), 1);
    }
    assert!(device.account.store.ids().unwrap().is_empty());
}
