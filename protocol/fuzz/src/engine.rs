//! A relay that hears whatever devices, peers and strangers send. Spec: session.md, envelope.md,
//! statement.md.
//!
//! The input is choices: links come and go, frames of the scene arrive, some changed, some signed
//! anew, and time passes. What a peer sends is answered and never an error of the relay.

use crate::directory::object;
use crate::frame::frames;
use crate::scene::{NOW, scene};
use crate::{Seeds, journal, mutate, noise};
use arbitrary::{Result, Unstructured};
use estafette_protocol::encoding::{decode, encode};
use estafette_protocol::envelope::Parsed;
use estafette_protocol::frame::{Fault, Frame, Hello, Item, LinkRole, VERSION};
use estafette_protocol::time::{DAY_MS, HOUR_MS, UnixMillis};
use estafette_relay::engine::{Action, Engine, Input, LinkId, RelayIdentity, prepare};
use estafette_relay::store::{JournalStore, Store, StoreOptions};
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::LazyLock;

const SEGMENT: &str = "0000000001.segment";
/// A device and a peer of the relay, its peer again, a stranger.
const LINKS: u64 = 4;

type Relay = Engine<JournalStore>;

/// Takes what happens to a relay.
pub fn run(data: &[u8]) {
    let dir = journal::folder();
    fs::write(dir.path().join(SEGMENT), &*FOUNDED).unwrap();
    let mut relay = open(dir.path(), NOW);
    // Choices that run out end the day.
    let now = happen(&mut relay, &mut Unstructured::new(data)).unwrap_or(NOW.plus(400 * DAY_MS));
    relay.commit(now).unwrap();
    let (directory, bytes) = (relay.directory(), relay.store().journal().bytes());
    drop(relay);
    if bytes % 8 == 0 {
        // What was decided is in the journal.
        assert_eq!(
            open(dir.path(), now).directory().holdings(),
            directory.holdings()
        );
    }
}

/// The journal of a relay that holds the scene's objects.
static FOUNDED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let dir = journal::folder();
    let mut relay = open(dir.path(), NOW);
    for object in scene().world.objects(&scene().world.police) {
        relay.publish(NOW, object).unwrap();
    }
    relay.invite(NOW, scene().invitation.clone()).unwrap();
    relay.commit(NOW).unwrap();
    drop(relay);
    fs::read(dir.path().join(SEGMENT)).unwrap()
});

fn open(dir: &Path, now: UnixMillis) -> Relay {
    let police = &scene().world.police;
    let identity = RelayIdentity {
        agency: police.agency.clone(),
        hop_public: police.relay_hop.hop_public(),
        statement_key: police.relay_statement.clone(),
    };
    let (store, _) = JournalStore::open(dir, StoreOptions::default()).unwrap();
    Engine::open(identity, (police.agency.clone(), police.root), store, now).unwrap()
}

fn happen(relay: &mut Relay, u: &mut Unstructured<'_>) -> Result<UnixMillis> {
    let kinds = frames();
    let mut now = NOW;
    for link in 0..LINKS {
        connect(relay, link, now);
        receive(relay, link, &hello(link), now);
    }
    while !u.is_empty() {
        let link = u.int_in_range(0..=LINKS - 1)?;
        match u.int_in_range(0..=15)? {
            0 => {
                connect(relay, link, now);
                receive(relay, link, &hello(link), now);
            }
            1 => relay
                .handle(now, Input::Disconnected { link: LinkId(link) })
                .unwrap(),
            2 => {
                now = now.plus(*u.choose(&[1, 30_000, HOUR_MS, 2 * DAY_MS, 31 * DAY_MS])?);
                relay.handle(now, Input::Tick).unwrap();
            }
            _ => {
                let frame = frame(&kinds, u)?;
                receive(relay, link, &frame, now);
            }
        }
        if u.arbitrary()? {
            commit(relay, now);
        }
    }
    Ok(now)
}

fn connect(relay: &mut Relay, link: u64, now: UnixMillis) {
    let world = &scene().world;
    let peer_static = match link {
        0 => world.police.devices[0].hop.hop_public(),
        1 | 2 => world.border.relay_hop.hop_public(),
        _ => *scene().request.hop_key.as_bytes(),
    };
    let (link, remote) = (LinkId(link), IpAddr::from([127, 0, 0, 1]));
    relay.handle(now, Input::Disconnected { link }).unwrap();
    relay
        .handle(
            now,
            Input::Connected {
                link,
                peer_static,
                remote,
            },
        )
        .unwrap();
}

fn hello(link: u64) -> Vec<u8> {
    let role = match link {
        0 => LinkRole::Device,
        1 | 2 => LinkRole::Relay,
        _ => LinkRole::Stranger,
    };
    let hello = Hello {
        versions: vec![VERSION],
        role,
        now: NOW,
        have: vec![],
    };
    encode(&Frame::Hello(Box::new(hello))).unwrap()
}

fn receive(relay: &mut Relay, link: u64, bytes: &[u8], now: UnixMillis) {
    let frame = Box::new(prepare(&bytes.to_vec().into(), &relay.directory()));
    relay
        .handle(
            now,
            Input::Frame {
                link: LinkId(link),
                frame,
            },
        )
        .unwrap();
}

fn commit(relay: &mut Relay, now: UnixMillis) {
    for action in relay.commit(now).unwrap() {
        if let Action::Send { frame, .. } = action {
            assert!(decode::<Frame>(&frame).is_ok());
        }
    }
    let view = relay.store().view();
    assert!(view.queues().iter().all(|(_, queued)| *queued > 0));
}

fn frame(kinds: &[Frame], u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let scene = scene();
    let number = u.int_in_range(0..=9)?;
    let sealed = &u.choose(&scene.sealed)?.parsed;
    let statement = u.choose(&scene.statements)?.encode().unwrap();
    let frame = match u.int_in_range(0..=7)? {
        0 => Frame::Submit {
            number,
            envelope: envelope(sealed, u)?.into(),
        },
        1 => Frame::Deliver {
            number,
            item: Item::Envelope(envelope(sealed, u)?.into()),
        },
        2 => Frame::Statement {
            number,
            statement: statement.into(),
        },
        3 => Frame::Deliver {
            number,
            item: Item::Statement(statement.into()),
        },
        4 => Frame::Publish {
            object: object(u)?.into(),
        },
        5 => Frame::Taken {
            numbers: vec![number, u.int_in_range(0..=40)?],
        },
        6 => Frame::Fault(Fault {
            code: u.int_in_range(0..=100)?,
            about: Some(sealed.digest()),
            retry_after: u.arbitrary()?,
        }),
        _ => u.choose(kinds)?.clone(),
    };
    let mut bytes = encode(&frame).unwrap();
    if u.ratio(1, 4)? {
        mutate(&mut bytes, u)?;
    }
    Ok(bytes)
}

fn envelope(parsed: &Parsed, u: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mask: u8 = if u.ratio(3, 4)? { 255 } else { u.arbitrary()? };
    let fewer = parsed
        .envelope()
        .with_wraps(|wrap| mask >> (wrap.position % 8) & 1 == 1);
    Ok(encode(&fewer).unwrap())
}

/// Choices.
pub fn seeds() -> Seeds {
    (0..32)
        .map(|number| noise(&format!("engine {number}"), 256))
        .collect()
}
