//! The relay of police.xa as it runs, and everybody who speaks to it: a device of each of its two
//! desks, the relay of border.xb, and a stranger.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use estafette_protocol::code::{ErrorCode, Note};
use estafette_protocol::crypto::{Hash, Secret};
use estafette_protocol::encoding::{Extensions, encode};
use estafette_protocol::envelope::{Envelope, Header, Parsed, Sealed, Stage};
use estafette_protocol::frame::{Frame, Hello, Item, LinkRole};
use estafette_protocol::precedence::Precedence;
use estafette_protocol::statement::{self, Claim, Signer, Statement};
use estafette_protocol::testing::{TestDevice, World};
use estafette_protocol::time::{HOUR_MS, UnixMillis};
use estafette_relay::admin::{Request, ask};
use estafette_relay::config::{Config, Folder};
use estafette_relay::hop::{Endpoint, HopConfig, HopSecret};
use estafette_relay::key_file::read_relay_key;
use estafette_relay::server::{Server, queue_object};
use serde_json::{Value, json};

use crate::line::{Came, Line, PATIENCE};

pub const DUTY: &str = "duty@spoc.police.xa";
pub const NORTH: &str = "north@spoc.police.xa";
pub const BORDER: &str = "duty@ops.border.xb";

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Device,
    Peer,
    /// The peer, with a clock an hour ahead.
    EarlyPeer,
    Stranger,
    /// A device that sends no hello.
    Mute,
}

/// What the relay is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// An unsigned fault, and the link survives.
    Fault(ErrorCode),
    /// A signed refusal under a clause.
    Refused(ErrorCode, &'static str),
    /// A fault that puts it off: not taken, nothing signed.
    PutOff(ErrorCode),
    /// The end of the link.
    Closed(ErrorCode),
    /// Taken: there is nothing wrong that a relay can see.
    Accepted,
    /// The same receipt as the first time, byte for byte.
    Repeated,
    /// Taken, with a note in the receipt.
    Noted(Note),
    /// Taken, and the device that opens it signs at which stage it failed.
    Unreadable(Stage),
}

/// What the relay says about a message or a frame.
#[derive(Debug)]
pub enum Said {
    Fault(ErrorCode, Option<Hash>, Option<u64>),
    Statement(Box<Statement>, Vec<u8>),
    Closed(String),
}

pub struct Scene {
    pub world: World,
    pub config: Config,
    server: Server,
    endpoint: Endpoint,
    /// The precedence of good messages.
    pub precedence: Precedence,
    /// Receipts of good messages.
    pub receipts: BTreeMap<Hash, Vec<u8>>,
    /// The envelope accepted last, and those that wait at the relay for the peer and for the desk.
    pub last: Vec<u8>,
    pub for_peer: Vec<Hash>,
    pub for_desk: Vec<Hash>,
}

pub fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UnixMillis(u64::try_from(since.as_millis()).unwrap())
}

impl Scene {
    pub async fn open(dir: &Path, headroom_bytes: Option<u64>, precedence: Precedence) -> Self {
        let world = World::with("bad input", now(), &["duty", "north"], free_ports()).unwrap();
        let config = folder(&world, dir, headroom_bytes);
        let server = Server::start(config.clone()).await.unwrap();
        Self {
            world,
            config,
            server,
            endpoint: Endpoint::client(HopConfig::default()).unwrap(),
            precedence,
            receipts: BTreeMap::new(),
            last: Vec::new(),
            for_peer: Vec::new(),
            for_desk: Vec::new(),
        }
    }

    /// Connects, greets and waits until the relay has said what it has to say.
    pub async fn line(&self, by: By) -> Line {
        let (secret, role) = match by {
            By::Device | By::Mute => (self.duty().hop.expose().to_owned(), LinkRole::Device),
            By::Peer | By::EarlyPeer => (
                self.world.border.relay_hop.expose().to_owned(),
                LinkRole::Relay,
            ),
            By::Stranger => ([77; 32], LinkRole::Stranger),
        };
        let mut line = self.connect(&secret).await;
        if by == By::Mute {
            return line;
        }
        let ahead = if by == By::EarlyPeer { HOUR_MS } else { 0 };
        line.send(&hello(vec![1], role, now().plus(ahead))).await;
        let greeted = |came: &Came| match by {
            By::Device => matches!(came, Came::Synced),
            _ => matches!(came, Came::Hello),
        };
        loop {
            let came = line.next().await;
            assert!(!matches!(came, Came::Closed(_)), "{came:?}");
            if greeted(&came) {
                return line;
            }
        }
    }

    /// Connects with a hop key and says nothing.
    pub async fn connect(&self, secret: &[u8; 32]) -> Line {
        let key = read_relay_key(&self.config.folder.key()).unwrap();
        let secret = HopSecret::from_bytes(secret);
        let address = [self.config.listen[0]];
        let link = self
            .endpoint
            .connect(&address, key.hop.public(), &secret)
            .await;
        Line::new(link.unwrap())
    }

    pub fn duty(&self) -> TestDevice {
        self.world.police.devices[0].clone()
    }

    pub fn north(&self) -> TestDevice {
        self.world.police.devices[1].clone()
    }

    pub fn foreign(&self, at: usize) -> TestDevice {
        self.world.border.devices[at].clone()
    }

    /// A sealed flag, its header changed before it is sealed.
    pub fn seal(
        &mut self,
        from: &TestDevice,
        to: &[&str],
        edit: impl FnOnce(&mut Header),
    ) -> Sealed {
        let mut header = self.world.header(from, to, self.precedence);
        edit(&mut header);
        self.world.seal(from, header, "two men, white van").unwrap()
    }

    /// A message of the duty desk to border.xb, as the relay is handed it.
    pub fn ours(&mut self, edit: impl FnOnce(&mut Header)) -> Envelope {
        let from = self.duty();
        self.seal(&from, &[BORDER], edit).parsed.envelope().clone()
    }

    /// A message of border.xb to the duty desk, as its relay forwards it.
    pub fn theirs(&mut self, edit: impl FnOnce(&mut Header)) -> Envelope {
        let from = self.foreign(0);
        let sealed = self.seal(&from, &[DUTY], edit);
        sealed
            .parsed
            .envelope()
            .with_wraps(|wrap| wrap.addressee != 0)
    }

    /// A statement of a device.
    pub fn stated(&self, by: &TestDevice, subject: Hash, claim: Claim, at: UnixMillis) -> Vec<u8> {
        let agency = by.desk.agency();
        let signer = Signer {
            agency,
            desk: Some(by.desk.clone()),
            key: by.key.verifying_key().id(),
        };
        let extensions = Extensions::default();
        let statement = Statement {
            subject,
            at,
            signer,
            claim,
            extensions,
        };
        statement::sign(statement, &by.key)
            .unwrap()
            .encode()
            .unwrap()
    }

    /// Waits until the relay says something about `subject`, or reports a fault, or closes.
    pub async fn said(&self, line: &mut Line, subject: Option<Hash>) -> Said {
        loop {
            match line.next().await {
                Came::Fault(fault) => {
                    let code = ErrorCode::from_number(fault.code).expect("a registered code");
                    return Said::Fault(code, fault.about, fault.retry_after);
                }
                Came::Statement(statement, bytes) if Some(statement.subject) == subject => {
                    return Said::Statement(statement, bytes);
                }
                Came::Closed(word) => return Said::Closed(word),
                _ => {}
            }
        }
    }

    /// Sends a good message on a line; it must be taken.
    pub async fn good(&mut self, line: &mut Line, by: By) -> Note {
        let number = line.next_number();
        let (envelope, frame) = match by {
            By::Peer | By::EarlyPeer => {
                let envelope = encode(&self.theirs(|_| {})).unwrap();
                let item = Item::Envelope(envelope.clone().into());
                (envelope, Frame::Deliver { number, item })
            }
            _ => {
                let envelope = encode(&self.ours(|_| {})).unwrap();
                (
                    envelope.clone(),
                    Frame::Submit {
                        number,
                        envelope: envelope.into(),
                    },
                )
            }
        };
        line.send(&frame).await;
        self.accepted(line, by, envelope).await
    }

    /// Waits for the receipt of an envelope and notes where it waits now.
    pub async fn accepted(&mut self, line: &mut Line, by: By, envelope: Vec<u8>) -> Note {
        let digest = Parsed::decode(&envelope).unwrap().digest();
        let Said::Statement(statement, bytes) = self.said(line, Some(digest)).await else {
            panic!("no receipt of a good message")
        };
        let (Claim::Accepted { judged, .. } | Claim::Relayed { judged, .. }) = &statement.claim
        else {
            panic!("{:?}", statement.claim)
        };
        self.receipts.insert(digest, bytes);
        self.last = envelope;
        match by {
            By::Peer | By::EarlyPeer => self.for_desk.push(digest),
            _ => self.for_peer.push(digest),
        }
        judged.notes.first().copied().unwrap_or(Note(0))
    }

    /// What the relay knows and holds, without what every input changes: records and links.
    pub fn figures(&self) -> Value {
        let folder = &self.config.folder;
        let status = tokio::task::block_in_place(|| ask(folder, &Request::Status)).unwrap();
        let names = [
            "rosters",
            "accords",
            "queues",
            "enrolments",
            "short_of_space",
        ];
        names
            .into_iter()
            .map(|name| (name.to_owned(), status[name].clone()))
            .collect()
    }

    /// Waits until what the relay knows is what it knew before, and what it holds is what it
    /// accepted: what was taken is off its queue a moment later.
    pub async fn settled(&self, before: &Value, input: &str) {
        let mut wanted = before.clone();
        wanted["queues"] = self.queues();
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.figures();
            if found == wanted {
                return;
            }
            assert!(Instant::now() < until, "{input}: {found} is not {wanted}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn queues(&self) -> Value {
        let desk = hex::encode(self.duty().key.verifying_key().id().as_slice());
        let queues = [
            (desk, self.for_desk.len()),
            ("border.xb".to_owned(), self.for_peer.len()),
        ];
        let waiting = queues.into_iter().filter(|(_, queued)| *queued > 0);
        waiting
            .map(|(mailbox, queued)| json!({ "mailbox": mailbox, "queued": queued }))
            .collect()
    }

    /// Everything accepted is still there, for whom it is, and nothing else.
    pub async fn close(self) {
        let mut peer = self.line(By::Peer).await;
        let mut found = Vec::new();
        while found.len() < self.for_peer.len() {
            if let Came::Envelope(number, bytes) = peer.next().await {
                found.push(Parsed::decode(&bytes).unwrap().digest());
                peer.take(number).await;
            }
        }
        same(found, self.for_peer.clone());
        // What is not taken on one link is there again on the next.
        let mut desk = self.line_before_sync().await;
        let mut found = Vec::new();
        while found.len() < self.for_desk.len() {
            if let Came::Envelope(_, bytes) = desk.next().await {
                found.push(Parsed::decode(&bytes).unwrap().digest());
            }
        }
        same(found, self.for_desk.clone());
        drop((peer, desk));
        self.server.stop();
        self.server.wait().await.unwrap();
    }

    async fn line_before_sync(&self) -> Line {
        let secret: Secret = self.duty().hop;
        let line = self.connect(secret.expose()).await;
        line.send(&hello(vec![1], LinkRole::Device, now())).await;
        line
    }
}

pub fn hello(versions: Vec<u16>, role: LinkRole, now: UnixMillis) -> Frame {
    Frame::Hello(Box::new(Hello {
        versions,
        role,
        now,
        have: Vec::new(),
    }))
}

fn same(mut found: Vec<Hash>, mut wanted: Vec<Hash>) {
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
}

fn free_ports() -> [&'static str; 2] {
    // Rosters name where relays are; nobody is dialled there in these tests.
    ["127.0.0.1:1", "127.0.0.1:1"]
}

/// A relay's folder with the keys of the world.
fn folder(world: &World, dir: &Path, headroom_bytes: Option<u64>) -> Config {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let (agency, folder) = (&world.police, Folder::new(dir));
    std::fs::create_dir_all(dir).unwrap();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let listen: SocketAddr = socket.local_addr().unwrap();
    let text = Config::template(
        &agency.agency,
        "relay-1",
        &[listen],
        &[],
        Some(&agency.root),
    );
    let mut config = Config::parse(folder.clone(), &text).unwrap();
    config.store.journal.headroom_bytes = headroom_bytes.unwrap_or(0);
    std::fs::write(folder.config(), text).unwrap();
    let key = format!(
        "format = 1\npurpose = \"relay\"\nhop = \"{}\"\nstatement = \"{}\"\n",
        hex::encode(agency.relay_hop.expose()),
        hex::encode(agency.relay_statement.to_seed().expose())
    );
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(folder.key())
        .unwrap();
    file.write_all(key.as_bytes()).unwrap();
    for object in world.objects(agency) {
        queue_object(&folder, object).unwrap();
    }
    config
}
