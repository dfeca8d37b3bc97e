//! What the targets start from: the world of the tests with objects of every kind in it.

use estafette_protocol::accord::Accord;
use estafette_protocol::charter::Charter;
use estafette_protocol::crypto::{HopKey, Secret, SigningKey};
use estafette_protocol::directory::Directory;
use estafette_protocol::duty::{Duty, Entry, Shift};
use estafette_protocol::encoding::{Extensions, FixedBytes, Object, Signed, Text, encode};
use estafette_protocol::enrolment::{EnrolmentRequest, Invitation, InvitationSecret};
use estafette_protocol::envelope::{Header, RosterNumber, Sealed};
use estafette_protocol::escalation::{Cause, Clock};
use estafette_protocol::house::House;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::roster::Roster;
use estafette_protocol::rotation::Rotation;
use estafette_protocol::statement::{self, Claim, Judged, Signer, Statement};
use estafette_protocol::suspension::Suspension;
use estafette_protocol::testing::{TestAgency, TestDevice, World};
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use std::sync::LazyLock;

/// The time at which the scene plays.
pub const NOW: UnixMillis = UnixMillis(1_767_322_445_006);

/// The world of the tests and what happened in it.
pub struct Scene {
    /// Two agencies with an accord.
    pub world: World,
    /// What the relay of `police.xa` holds.
    pub directory: Directory,
    /// Messages: actual to two desks, exercise within one agency, test to one desk.
    pub sealed: Vec<Sealed>,
    /// Every claim once, about the first message, each by a signer who is entitled to it.
    pub statements: Vec<Signed<Statement>>,
    /// Signed objects of every published kind, among them successors, forks and foreign ones.
    pub published: Vec<Vec<u8>>,
    /// Every key that may sign anything, and one that may not.
    pub keys: Vec<SigningKey>,
    /// An invitation to `duty@spoc.police.xa`.
    pub invitation: Invitation,
    /// A request under it.
    pub request: EnrolmentRequest,
}

/// The scene, made once.
pub fn scene() -> &'static Scene {
    static SCENE: LazyLock<Scene> = LazyLock::new(Scene::new);
    &SCENE
}

impl Scene {
    fn new() -> Self {
        let mut world = World::new("fuzz", NOW).unwrap();
        let directory = world.directory(&world.police).unwrap();
        let sealed = messages(&mut world);
        let statements = statements(&world, sealed[0].parsed.header(), sealed[0].parsed.digest());
        let mut published = Vec::new();
        for agency in [&world.police, &world.border] {
            published.extend(world.objects(agency).into_iter().map(<[u8]>::to_vec));
            published.extend(successors(agency));
        }
        published.extend(successors_of_accord(&world));
        published.sort();
        published.dedup();
        let stranger = SigningKey::from_seed(&Secret::from_bytes([9; 32]));
        let keys = [&world.police, &world.border]
            .into_iter()
            .flat_map(keys)
            .chain([stranger.clone()])
            .collect();
        let invitation = invitation(&world.police);
        let hop_key = HopKey::from_bytes(&Secret::from_bytes([8; 32]).hop_public()).unwrap();
        let (desk, key) = (invitation.desk.clone(), stranger.verifying_key());
        let request = EnrolmentRequest::new(desk, key, hop_key, &invitation.secret);
        Self {
            world,
            directory,
            sealed,
            statements,
            published,
            keys,
            invitation,
            request,
        }
    }
}

fn messages(world: &mut World) -> Vec<Sealed> {
    let [police, border] = [&world.police, &world.border].map(|a| a.devices[0].clone());
    let desks = ["duty@ops.border.xb", "head@ops.border.xb"];
    let mut actual = world.header(&police, &desks, Precedence::Flash);
    actual.acknowledge_within = Some(HOUR_MS);
    actual.answer_within = Some(DAY_MS);
    let mut exercise = world.header(&border, &desks[1..], Precedence::Routine);
    exercise.status = Status::Exercise;
    exercise.exercise = Some(FixedBytes([4; 16]));
    exercise.acknowledge_within = Some(DAY_MS);
    let mut test = world.header(&border, &["duty@spoc.police.xa"], Precedence::Immediate);
    test.status = Status::Test;
    test.task_force = Some(Text::new("joint").unwrap());
    [(police, actual), (border.clone(), exercise), (border, test)]
        .into_iter()
        .map(|(from, header)| world.seal(&from, header, "red lorry").unwrap())
        .collect()
}

fn statements(
    world: &World,
    header: &Header,
    subject: estafette_protocol::crypto::Hash,
) -> Vec<Signed<Statement>> {
    let judged = || Judged {
        accord: header.accord,
        rosters: header.rosters.clone(),
        notes: vec![],
    };
    let desk = header.addressees[0].desk.clone();
    let [police, border] = [&world.police, &world.border];
    let by_relay = |agency: &TestAgency, claim| by(agency, None, claim, subject);
    let by_device = |claim| by(border, Some(&border.devices[0]), claim, subject);
    vec![
        by_relay(
            police,
            Claim::Accepted {
                leaf: 1,
                judged: judged(),
            },
        ),
        by_relay(
            border,
            Claim::Relayed {
                leaf: 2,
                judged: judged(),
            },
        ),
        by_device(Claim::Delivered),
        by_device(Claim::Opened),
        by_device(Claim::Acknowledged {
            until: Some(NOW.plus(DAY_MS)),
            remark: Some(vec![7; 160].into()),
        }),
        by_device(Claim::Answered {
            answer: FixedBytes([2; 32]),
        }),
        by_device(Claim::Unreadable { stage: 3 }),
        by_relay(
            border,
            Claim::Refused {
                code: 20,
                clause: Text::new("ADM-9").unwrap(),
                first: Some(FixedBytes([3; 32])),
            },
        ),
        by_relay(police, Claim::Expired { desk }),
        by_relay(police, Claim::Cancelled),
    ]
    .into_iter()
    .chain(of_clocks(world, header, subject))
    .collect()
}

/// What is said of clocks and chains.
fn of_clocks(
    world: &World,
    header: &Header,
    subject: estafette_protocol::crypto::Hash,
) -> Vec<Signed<Statement>> {
    let [police, border] = [&world.police, &world.border];
    let [head, to] = [0, 1].map(|at| header.addressees[at].desk.clone());
    let of_relays = [
        (
            border,
            Claim::Escalated {
                desk: head.clone(),
                step: 1,
                to: to.clone(),
                cause: Cause::Silence,
            },
        ),
        (
            police,
            Claim::Overdue {
                sender: header.sender.clone(),
                desk: head.clone(),
                clock: Clock::Acknowledge,
                precedence: header.precedence,
                due: NOW.plus(HOUR_MS),
            },
        ),
    ];
    let (remark, until) = (None, NOW.plus(2 * DAY_MS));
    let of_addressee = [
        Claim::Declined {
            ground: 1,
            remark: Some(vec![7; 160].into()),
        },
        Claim::Referred {
            to,
            remark: remark.clone(),
        },
        Claim::Retracted {
            acknowledgement: FixedBytes([4; 32]),
            remark: remark.clone(),
        },
        Claim::ExtensionAsked {
            until,
            remark: remark.clone(),
        },
    ];
    let of_sender = [
        Claim::Extended {
            desk: head.clone(),
            until,
        },
        Claim::Reminded {
            desks: vec![head.clone()],
        },
        Claim::EscalationAsked {
            desk: head,
            step: None,
        },
        Claim::Closed { remark },
    ];
    let relays = of_relays.map(|(agency, claim)| by(agency, None, claim, subject));
    let device = |agency: &TestAgency, claim| by(agency, Some(&agency.devices[0]), claim, subject);
    let addressee = of_addressee.map(|claim| device(border, claim));
    let sender = of_sender.map(|claim| device(police, claim));
    relays.into_iter().chain(addressee).chain(sender).collect()
}

fn by(
    agency: &TestAgency,
    device: Option<&TestDevice>,
    claim: Claim,
    subject: estafette_protocol::crypto::Hash,
) -> Signed<Statement> {
    let key = device.map_or(&agency.relay_statement, |device| &device.key);
    let signer = Signer {
        agency: agency.agency.clone(),
        desk: device.map(|device| device.desk.clone()),
        key: key.verifying_key().id(),
    };
    let statement = Statement {
        subject,
        at: NOW,
        signer,
        claim,
        extensions: Extensions::default(),
    };
    statement::sign(statement, key).unwrap()
}

fn keys(agency: &TestAgency) -> Vec<SigningKey> {
    let devices = agency.devices.iter().map(|device| device.key.clone());
    [
        &agency.root_key,
        &agency.roster_key,
        &agency.accord_key,
        &agency.relay_statement,
    ]
    .map(Clone::clone)
    .into_iter()
    .chain(devices)
    .collect()
}

/// A charter, rosters, house, prekeys, suspension, rotation and duties after the first ones, and a
/// fork.
fn successors(agency: &TestAgency) -> Vec<Vec<u8>> {
    let later = NOW.plus(1);
    let held: Signed<Charter> = Signed::decode(&agency.published[0]).unwrap();
    let charter = Charter::next(&held, later);
    let held: Signed<Roster> = Signed::decode(&agency.published[1]).unwrap();
    let roster = Roster::next(&held, later);
    let mut fork = Roster::next(&held, later);
    fork.desks.pop();
    let held: Signed<House> = Signed::decode(&agency.house).unwrap();
    let house = House::next(&held, later);
    let device = &agency.devices[0];
    let suspension = Suspension {
        agency: agency.agency.clone(),
        device: agency.devices.last().unwrap().key.verifying_key().id(),
        desk: agency.devices.last().unwrap().desk.clone(),
        by: device.desk.clone(),
        reason: 1,
        at: NOW,
    };
    let new = SigningKey::from_seed(&Secret::from_bytes([6; 32]));
    let rotation = Rotation {
        desk: device.desk.clone(),
        old: device.key.verifying_key().id(),
        key: new.verifying_key(),
        hop_key: HopKey::from_bytes(&Secret::from_bytes([5; 32]).hop_public()).unwrap(),
        at: NOW,
    };
    vec![
        signed(charter, &[&agency.root_key]),
        signed(roster, &[&agency.roster_key]),
        signed(fork, &[&agency.roster_key]),
        signed(house, &[&agency.roster_key]),
        signed(suspension, &[&device.key]),
        signed(rotation, &[&device.key, &new]),
    ]
    .into_iter()
    .chain(duties(agency))
    .collect()
}

/// Every entry of a duty, by the first device of the first desk, and an absence of the last.
fn duties(agency: &TestAgency) -> Vec<Vec<u8>> {
    let [first, last] = [agency.devices.first(), agency.devices.last()].map(Option::unwrap);
    let deputy = (first.desk != last.desk).then(|| last.desk.clone());
    let shift = Shift {
        from: NOW,
        until: NOW.plus(8 * HOUR_MS),
    };
    let until = NOW.plus(DAY_MS);
    let absent = |deputy| Entry::Absent {
        until,
        deputy,
        summary: None,
    };
    let hours = Entry::Hours {
        zone: Text::new("Europe/Lisbon").unwrap(),
        shifts: vec![shift],
    };
    let entries = [
        (first, hours),
        (first, Entry::Taken { until }),
        (first, absent(deputy)),
        (last, absent(None)),
    ];
    let signed = entries.map(|(of, entry)| {
        let duty = Duty {
            desk: of.desk.clone(),
            by: first.desk.clone(),
            issued: NOW,
            entry,
            extensions: Extensions::default(),
        };
        signed(duty, &[&first.key])
    });
    signed.into()
}

fn successors_of_accord(world: &World) -> Vec<Vec<u8>> {
    let held: Signed<Accord> = Signed::decode(&world.accord).unwrap();
    let next = Accord::next(&held);
    let [police, border] = [&world.police.accord_key, &world.border.accord_key];
    vec![
        signed(next.clone(), &[police]),
        signed(next, &[police, border]),
    ]
}

fn invitation(agency: &TestAgency) -> Invitation {
    Invitation {
        agency: agency.agency.clone(),
        root: agency.root,
        addresses: agency.roster.relays[0].addresses.clone(),
        relay_key: agency.roster.relays[0].hop_key,
        desk: agency.devices[0].desk.clone(),
        expires: NOW.plus(DAY_MS),
        secret: InvitationSecret::from_bytes([5; 16]),
    }
}

fn signed<T: Object>(value: T, keys: &[&SigningKey]) -> Vec<u8> {
    Signed::sign(value, keys).unwrap().encode().unwrap()
}

/// A header with every optional field filled in.
pub fn full_header() -> Vec<u8> {
    let scene = scene();
    let mut header = scene.sealed[0].parsed.header().clone();
    let hash = scene.sealed[1].parsed.digest();
    header.in_reply_to = Some(hash);
    header.supersedes = Some(hash);
    header.encloses = vec![hash];
    header.not_before = Some(NOW);
    header.acknowledge_within = Some(DAY_MS);
    header.answer_within = Some(DAY_MS);
    header.retention = Some(DAY_MS);
    header.exception = Some(1);
    header.task_force = Some(Text::new("joint").unwrap());
    header.marking = vec![estafette_protocol::marking::Marking { axis: 1, code: 2 }];
    header.attachments = vec![estafette_protocol::envelope::Attachment { hash, bytes: 5 }];
    header.rosters = vec![RosterNumber {
        agency: scene.world.border.agency.clone(),
        number: 1,
    }];
    encode(&header).unwrap()
}
