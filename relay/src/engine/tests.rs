//! Two relays and their devices, wired in memory over real stores.

use super::*;
use crate::index::SledOptions;
use crate::journal::JournalOptions;
use crate::store::{IndexKind, JournalStore, StoreOptions};
use estafette_protocol::crypto::{Secret, VerifyingKey};
use estafette_protocol::encoding::{Extensions, Signed, decode, encode};
use estafette_protocol::envelope::{Header, Parsed, Wrap, open};
use estafette_protocol::frame::Item;
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::Precedence;
use estafette_protocol::session::Session;
use estafette_protocol::statement::{self, Claim, Signer, Statement};
use estafette_protocol::testing::{TestAgency, TestDevice, World};
use estafette_protocol::track::{Problem, Rung, track};
use std::collections::VecDeque;
use std::path::Path;

mod accompany;
mod deferral;
mod dropped;
mod forwards;
mod hostile;
mod life;
mod readers;
mod release;
mod rules;
mod watching;

const NOW: UnixMillis = UnixMillis(1_767_322_445_006);

type Relay = Engine<JournalStore>;

fn relay(world: &World, agency: &TestAgency, dir: &Path, index: IndexKind) -> Relay {
    let mut engine = opened(agency, dir, index, NOW.into());
    for object in world.objects(agency) {
        engine.publish(NOW, object).unwrap();
    }
    engine.commit(NOW).unwrap();
    engine
}

/// A relay over whatever its folder holds.
fn opened(agency: &TestAgency, dir: &Path, index: IndexKind, now: Moment) -> Relay {
    let options = StoreOptions {
        journal: JournalOptions::default(),
        index,
    };
    let (store, _) = JournalStore::open(dir, options).unwrap();
    let identity = RelayIdentity {
        agency: agency.agency.clone(),
        hop_public: agency.relay_hop.hop_public(),
        statement_key: agency.relay_statement.clone(),
    };
    let root = (agency.agency.clone(), agency.root);
    Engine::open(identity, root, store, now).unwrap()
}

/// A device's end of a link, in its simplest form.
struct Desk {
    device: TestDevice,
    session: Session<()>,
    envelopes: Vec<Parsed>,
    wraps: Vec<Wrap>,
    statements: Vec<Signed<Statement>>,
    faults: Vec<Fault>,
    published: Vec<Vec<u8>>,
    /// Whether it signs `delivered` for what it gets.
    signs: bool,
    /// With which wait it puts envelopes off, if it does.
    defers: Option<u64>,
}

impl Desk {
    fn new(device: &TestDevice) -> Self {
        Self {
            device: device.clone(),
            session: Session::new(LinkRole::Device, LinkRole::Relay),
            envelopes: vec![],
            wraps: vec![],
            statements: vec![],
            faults: vec![],
            published: vec![],
            signs: true,
            defers: None,
        }
    }

    fn state(&mut self, subject: Hash, claim: Claim) -> Frame {
        self.state_at(NOW, subject, claim)
    }

    fn state_at(&mut self, at: UnixMillis, subject: Hash, claim: Claim) -> Frame {
        let signer = Signer {
            agency: self.device.desk.agency(),
            desk: Some(self.device.desk.clone()),
            key: self.device.key.verifying_key().id(),
        };
        let extensions = Extensions::default();
        let statement = Statement {
            subject,
            at,
            signer,
            claim,
            extensions,
        };
        let signed = statement::sign(statement, &self.device.key).unwrap();
        self.session.state(signed.encode().unwrap(), ())
    }

    fn handle(&mut self, frame: Frame) -> Vec<Frame> {
        match self.session.handle(Ok(frame)) {
            Received::Frame(Frame::Deliver { number, item }) => {
                let mut out = vec![Frame::Taken {
                    numbers: vec![number],
                }];
                match item {
                    Item::Envelope(bytes)
                    | Item::Accompanied {
                        envelope: bytes, ..
                    } => {
                        let parsed = Parsed::decode(bytes.as_slice()).unwrap();
                        let digest = parsed.digest();
                        self.envelopes.push(parsed);
                        if let Some(wait) = self.defers {
                            return vec![Frame::Fault(Fault {
                                code: ErrorCode::RosterMissing.number(),
                                about: Some(digest),
                                retry_after: Some(wait),
                            })];
                        }
                        if self.signs {
                            out.push(self.state(digest, Claim::Delivered));
                        }
                    }
                    Item::Statement(bytes) => {
                        self.statements
                            .push(statement::decode(bytes.as_slice()).unwrap());
                    }
                    Item::Wrap { wrap, .. } => self.wraps.push(*wrap),
                }
                out
            }
            Received::Frame(Frame::Fault(fault)) => {
                self.faults.push(fault);
                vec![]
            }
            Received::Frame(Frame::Publish { object }) => {
                self.published.push(object.into_vec());
                vec![]
            }
            _ => vec![],
        }
    }
}

/// Relays A (police) and B (border), joined by link 0; each desk on a link of its own.
struct Rig {
    world: World,
    relays: Vec<Relay>,
    desks: Vec<(usize, LinkId, Desk)>,
    /// Frames on their way: to relay (index, link), bytes.
    wire: VecDeque<(usize, LinkId, Bytes)>,
    joined: bool,
    now: UnixMillis,
    closed: Vec<(usize, LinkId, ErrorCode)>,
    _dirs: Vec<tempfile::TempDir>,
}

const JOIN: LinkId = LinkId(0);

impl Rig {
    fn new(index: IndexKind) -> Self {
        Self::of(World::new("engine", NOW).unwrap(), index)
    }

    fn of(world: World, index: IndexKind) -> Self {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let relays = vec![
            relay(&world, &world.police, dirs[0].path(), index),
            relay(&world, &world.border, dirs[1].path(), index),
        ];
        let (wire, closed) = (VecDeque::new(), vec![]);
        let _dirs = dirs.into();
        Self {
            world,
            relays,
            desks: vec![],
            wire,
            joined: false,
            now: NOW,
            closed,
            _dirs,
        }
    }

    fn memory() -> Self {
        Self::new(IndexKind::Memory)
    }

    fn join(&mut self) {
        self.joined = true;
        let keys = [&self.world.police, &self.world.border].map(|a| a.relay_hop.hop_public());
        for at in 0..2 {
            self.connect(at, JOIN, keys[1 - at]);
        }
        self.run();
    }

    fn part(&mut self) {
        self.joined = false;
        for relay in &mut self.relays {
            relay
                .handle(self.now, Input::Disconnected { link: JOIN })
                .unwrap();
        }
    }

    fn connect(&mut self, at: usize, link: LinkId, peer_static: [u8; 32]) {
        let remote = IpAddr::from([127, 0, 0, 1]);
        self.relays[at]
            .handle(
                self.now,
                Input::Connected {
                    link,
                    peer_static,
                    remote,
                },
            )
            .unwrap();
    }

    fn desk(&mut self, at: usize, device: usize) -> usize {
        let agency = if at == 0 {
            &self.world.police
        } else {
            &self.world.border
        };
        let device = agency.devices[device].clone();
        let link = LinkId(1 + self.desks.len() as u64);
        let desk = Desk::new(&device);
        let hello = desk.session.hello(NOW, vec![]);
        self.desks.push((at, link, desk));
        self.connect(at, link, device.hop.hop_public());
        self.feed(at, link, &hello);
        self.run();
        self.desks.len() - 1
    }

    fn feed(&mut self, at: usize, link: LinkId, frame: &Frame) {
        self.wire
            .push_back((at, link, encode(frame).unwrap().into()));
    }

    /// Delivers frames until nothing moves.
    fn run(&mut self) {
        loop {
            while let Some((at, link, bytes)) = self.wire.pop_front() {
                let frame = Box::new(prepare(&bytes, &self.relays[at].directory()));
                self.relays[at]
                    .handle(self.now, Input::Frame { link, frame })
                    .unwrap();
            }
            for at in 0..2 {
                for action in self.relays[at].commit(self.now).unwrap() {
                    self.act(at, action);
                }
            }
            if self.wire.is_empty() {
                return;
            }
        }
    }

    fn act(&mut self, at: usize, action: Action) {
        match action {
            Action::Send {
                link: JOIN, frame, ..
            } => {
                if self.joined {
                    self.wire.push_back((1 - at, JOIN, frame));
                }
            }
            Action::Send { link, frame, .. } => {
                let place = self
                    .desks
                    .iter()
                    .position(|(a, l, _)| (*a, *l) == (at, link));
                let Some(place) = place else { return };
                let replies = self.desks[place].2.handle(decode(&frame).unwrap());
                for reply in replies {
                    self.feed(at, link, &reply);
                }
            }
            Action::Close { link, code } => self.closed.push((at, link, code)),
            Action::Directory(_) => {}
        }
    }

    /// Submits an envelope from desk `from` and gives its digest.
    fn submit(&mut self, from: usize, parsed: &Parsed) -> Hash {
        let (at, link) = (self.desks[from].0, self.desks[from].1);
        let frame = self.desks[from]
            .2
            .session
            .submit(parsed.encode().unwrap(), ());
        self.feed(at, link, &frame);
        self.run();
        parsed.digest()
    }

    fn flag(&mut self, from: usize, to: &[&str], text: &str) -> Parsed {
        let device = self.desks[from].2.device.clone();
        let header = self.world.header(&device, to, Precedence::Flash);
        self.world.seal(&device, header, text).unwrap().parsed
    }

    fn rung(&self, desk: usize, parsed: &Parsed) -> Rung {
        let statements = &self.desks[desk].2.statements;
        track(parsed.header(), &parsed.digest(), statements)[0].rung()
    }
}

const BORDER: &str = "duty@ops.border.xb";

fn crossing(index: IndexKind) {
    let mut rig = Rig::new(index);
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    let parsed = rig.flag(police, &[BORDER], "two men, white van");
    let digest = rig.submit(police, &parsed);
    assert_eq!(rig.rung(police, &parsed), Rung::Delivered);
    let acknowledged = Claim::Acknowledged {
        until: None,
        remark: None,
    };
    let (at, link, desk) = &mut rig.desks[border];
    let (at, link, frame) = (*at, *link, desk.state(digest, acknowledged));
    rig.feed(at, link, &frame);
    rig.run();
    assert_eq!(rig.rung(police, &parsed), Rung::Acknowledged);
    assert!(track(parsed.header(), &digest, &rig.desks[police].2.statements)[0].complete);

    let desk = &rig.desks[border].2;
    let wrap = &desk.wraps[0];
    let secret = &desk.device.secrets[0].secret;
    let key: VerifyingKey = rig.world.police.devices[0].key.verifying_key();
    let device = desk.device.key.verifying_key().id();
    let opened = open(&desk.envelopes[0], &key, wrap, &device, secret).unwrap();
    assert_eq!(opened.form.text(5), Some("two men, white van"));
    // Only the desk's other device, which is not connected, still waits for its copy.
    assert_eq!(rig.relays[0].status(NOW).unwrap().queued, 0);
    assert!(rig.relays[1].status(NOW).unwrap().queued > 0);
}

#[test]
fn flag_crosses_the_border_and_every_rung_comes_back() {
    crossing(IndexKind::Memory);
}

#[test]
fn flag_crosses_the_border_over_sled_as_well() {
    crossing(IndexKind::Sled(SledOptions::default()));
}

#[test]
fn message_waits_for_the_peer_and_is_delivered_once() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    let parsed = rig.flag(police, &[BORDER], "stored");
    rig.submit(police, &parsed);
    assert_eq!(rig.rung(police, &parsed), Rung::Accepted);
    for _ in 0..3 {
        rig.join();
        rig.part();
    }
    assert_eq!(rig.rung(police, &parsed), Rung::Delivered);
    assert_eq!(rig.desks[border].2.envelopes.len(), 1);
}

#[test]
fn repeated_submission_gets_the_same_receipt() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let parsed = rig.flag(police, &[BORDER], "again");
    rig.submit(police, &parsed);
    let first = rig.desks[police].2.statements.clone();
    rig.submit(police, &parsed);
    let all = &rig.desks[police].2.statements;
    assert_eq!(first.len(), 1);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].encode().unwrap(), all[1].encode().unwrap());
}

fn refusal(rig: &Rig, desk: usize, parsed: &Parsed) -> (u16, String) {
    let states = track(
        parsed.header(),
        &parsed.digest(),
        &rig.desks[desk].2.statements,
    );
    match states[0].problem.clone() {
        Some(Problem::Refused { code, clause, .. }) => (code, clause),
        other => panic!("{other:?} {:?}", rig.desks[desk].2.faults),
    }
}

#[test]
fn refusals_are_signed_and_name_their_clause() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    rig.join();
    let device = rig.desks[police].2.device.clone();
    type Change = fn(&mut Header);
    let changes: [(&str, Change); 7] = [
        ("ADM-12", |h| {
            h.addressees[0].desk = "nobody@ops.border.xb".parse().unwrap()
        }),
        ("ADM-15", |h| h.marking = vec![Marking { axis: 1, code: 4 }]),
        ("ADM-13", |h| h.format = 99),
        ("ADM-8", |h| {
            h.created = NOW.minus(2000);
            h.expires = NOW.minus(1000);
        }),
        ("ADM-7", |h| h.created = NOW.plus(600_000)),
        ("ADM-9", |h| {
            h.accord = Some(estafette_protocol::encoding::FixedBytes([9; 32]))
        }),
        ("ADM-2", |h| h.suite = 2),
    ];
    for (clause, change) in changes {
        let mut header = rig.world.header(&device, &[BORDER], Precedence::Routine);
        change(&mut header);
        let parsed = rig.world.seal(&device, header, "text").unwrap().parsed;
        rig.submit(police, &parsed);
        assert_eq!(refusal(&rig, police, &parsed).1, clause);
    }
}

#[test]
fn second_digest_under_a_reference_is_refused_naming_the_first() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let first = rig.flag(police, &[BORDER], "one");
    rig.submit(police, &first);
    let device = rig.desks[police].2.device.clone();
    let header = first.header().clone();
    let second = rig.world.seal(&device, header, "two").unwrap().parsed;
    rig.submit(police, &second);
    assert_eq!(refusal(&rig, police, &second), (20, "ADM-20".to_owned()));
    let last = rig.desks[police]
        .2
        .statements
        .last()
        .unwrap()
        .value()
        .claim
        .clone();
    assert!(matches!(last, Claim::Refused { first: Some(d), .. } if d == first.digest()));
}

#[test]
fn no_wrap_is_handed_out_without_a_receipt() {
    let mut rig = Rig::memory();
    let (police, border) = (rig.desk(0, 0), rig.desk(1, 0));
    rig.join();
    rig.desks[border].2.signs = false;
    let parsed = rig.flag(police, &[BORDER], "unsigned");
    rig.submit(police, &parsed);
    let desk = &rig.desks[border].2;
    assert_eq!((desk.envelopes.len(), desk.wraps.len()), (1, 0));
    assert!(desk.envelopes[0].envelope().wraps.is_empty());
}

#[test]
fn flash_behind_ten_thousand_routine_messages_is_the_next_one_delivered() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let device = rig.desks[police].2.device.clone();
    let header = rig.world.header(&device, &[BORDER], Precedence::Routine);
    let routine = rig.world.seal(&device, header, "routine").unwrap().parsed;
    let (at, link) = (rig.desks[police].0, rig.desks[police].1);
    for _ in 0..10_000 {
        let next = rig.world.again(&device, &routine).unwrap();
        let frame = rig.desks[police]
            .2
            .session
            .submit(next.encode().unwrap(), ());
        rig.feed(at, link, &frame);
    }
    rig.run();
    let peer = Mailbox::Peer("border.xb".to_owned());
    assert_eq!(rig.relays[0].store().view().queued(&peer), 10_000);
    let flash = rig.flag(police, &[BORDER], "flash");
    rig.submit(police, &flash);
    let border = rig.desk(1, 0);
    rig.join();
    let envelopes = &rig.desks[border].2.envelopes;
    assert_eq!(envelopes.len(), 10_001);
    assert_eq!(envelopes[0].digest(), flash.digest());
}

#[test]
fn restarted_relay_knows_what_it_knew() {
    let world = World::new("restart", NOW).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let first = relay(&world, &world.police, dir.path(), IndexKind::Memory);
    let status = first.status(NOW).unwrap();
    drop(first);
    let options = StoreOptions {
        journal: JournalOptions::default(),
        index: IndexKind::Memory,
    };
    let (store, _) = JournalStore::open(dir.path(), options).unwrap();
    let identity = RelayIdentity {
        agency: world.police.agency.clone(),
        hop_public: world.police.relay_hop.hop_public(),
        statement_key: world.police.relay_statement.clone(),
    };
    let root = (world.police.agency.clone(), world.police.root);
    let again = Engine::open(identity, root, store, NOW).unwrap();
    let status_again = again.status(NOW).unwrap();
    assert_eq!(status_again.rosters, status.rosters);
    assert_eq!(status_again.accords, ["xa-xb"]);
    assert_eq!(*again.directory(), world.directory(&world.police).unwrap());
}

#[test]
fn undelivered_message_expires_with_a_signed_statement() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let parsed = rig.flag(police, &[BORDER], "late");
    rig.submit(police, &parsed);
    let later = parsed.header().expires.plus(1);
    // The transport clock of a flash comes first.
    let overdue = NOW.plus(120_000);
    assert_eq!(rig.relays[0].next_wake(), Some(overdue));
    rig.tick(0, overdue);
    assert_eq!(rig.relays[0].next_wake(), Some(parsed.header().expires));
    rig.relays[0].handle(later, Input::Tick).unwrap();
    rig.run();
    let states = track(
        parsed.header(),
        &parsed.digest(),
        &rig.desks[police].2.statements,
    );
    assert_eq!(states[0].problem, Some(Problem::Expired));
}

#[test]
fn domestic_message_needs_no_peer() {
    let mut rig = Rig::memory();
    let (duty, head) = (rig.desk(1, 0), rig.desk(1, 2));
    let parsed = rig.flag(duty, &["head@ops.border.xb"], "inside");
    rig.submit(duty, &parsed);
    assert_eq!(rig.desks[head].2.envelopes.len(), 1);
    assert_eq!(rig.rung(duty, &parsed), Rung::Delivered);
    assert!(
        track(
            parsed.header(),
            &parsed.digest(),
            &rig.desks[duty].2.statements
        )[0]
        .complete
    );
}

#[test]
fn stranger_is_kept_to_enrolment_and_garbage_does_not_break_the_link() {
    let mut rig = Rig::memory();
    let police = rig.desk(0, 0);
    let (at, link) = (rig.desks[police].0, rig.desks[police].1);
    rig.wire
        .push_back((at, link, Bytes::from_static(b"garbage")));
    rig.run();
    assert_eq!(rig.desks[police].2.faults.len(), 1);
    let parsed = rig.flag(police, &[BORDER], "still here");
    rig.submit(police, &parsed);
    assert_eq!(rig.rung(police, &parsed), Rung::Accepted);
    let stranger = Secret::from_bytes([7; 32]).hop_public();
    rig.connect(0, LinkId(77), stranger);
    let hello = Session::<()>::new(LinkRole::Device, LinkRole::Relay).hello(NOW, vec![]);
    rig.feed(0, LinkId(77), &hello);
    while let Some((at, link, bytes)) = rig.wire.pop_front() {
        let frame = Box::new(prepare(&bytes, &rig.relays[at].directory()));
        rig.relays[at]
            .handle(NOW, Input::Frame { link, frame })
            .unwrap();
    }
    let actions = rig.relays[0].commit(NOW).unwrap();
    let closed = actions
        .iter()
        .any(|a| matches!(a, Action::Close { code, .. } if *code == ErrorCode::RoleWrong));
    assert!(closed);
}
