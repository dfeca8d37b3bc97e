//! Desks, keys and a message that all cases of the chapter start from.

#![expect(clippy::unwrap_used, reason = "only on values of our own making")]

use super::draft::Draft;
use crate::json::hex;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::{KeyId, SigningKey, XWingSecret};
use estafette_protocol::encoding::{Extensions, FixedBytes, Text, encode_unchecked};
use estafette_protocol::envelope::{Addressee, Envelope, Header, Reader, Role, RosterNumber};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::marking::Marking;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::testing::SeededRng;
use estafette_protocol::time::{DAY_MS, UnixMillis};
use serde_json::{Value as Json, json};

/// When the messages of the vectors were made: 2 January 2026.
pub(in crate::vectors) const CREATED: UnixMillis = UnixMillis(1_767_322_445_006);
/// Week of [`CREATED`], which numbers its prekeys.
pub(super) const PREKEY: u32 = 2922;

/// A device with two weeks' prekeys.
#[derive(Clone)]
pub(super) struct Device {
    pub(super) key: SigningKey,
    pub(super) prekeys: [(u32, XWingSecret); 2],
}

impl Device {
    fn generate(rng: &mut SeededRng) -> Self {
        let key = SigningKey::generate(rng);
        let prekeys = [PREKEY, PREKEY + 1].map(|id| (id, XWingSecret::generate(rng)));
        Self { key, prekeys }
    }

    pub(super) fn id(&self) -> KeyId {
        self.key.verifying_key().id()
    }

    pub(super) fn reader(&self, addressee: u8) -> Reader {
        let (prekey, secret) = &self.prekeys[0];
        Reader {
            addressee,
            device: self.id(),
            prekey: *prekey,
            key: secret.public().unwrap(),
        }
    }
}

/// Who there is.
pub(super) struct World {
    pub(super) sender: Device,
    /// A second device of the sender's desk.
    pub(super) deputy: Device,
    pub(super) duty: Device,
    pub(super) head: Device,
    /// A device of another desk, whose keys nobody lists for the sender's.
    pub(super) stranger: Device,
    pub(super) rng: SeededRng,
}

impl World {
    pub(super) fn new() -> Self {
        let mut rng = SeededRng::new("envelope");
        let [sender, deputy, duty, head, stranger] =
            std::array::from_fn(|_| Device::generate(&mut rng));
        Self {
            sender,
            deputy,
            duty,
            head,
            stranger,
            rng,
        }
    }

    /// A flash flag from xa to the duty desk of xb, informing its head.
    pub(super) fn draft(&mut self) -> Draft {
        self.draft_of(header(), &flag("white van, two men, north on E6"))
    }

    pub(super) fn draft_of(&mut self, header: Header, form: &Form) -> Draft {
        let readers = [self.sender.reader(0), self.duty.reader(1)];
        Draft::new(header, form, &readers, &self.sender.key, &mut self.rng)
    }

    /// What the duty desk's device knows.
    pub(super) fn shared(&self) -> Json {
        let keys = [&self.sender, &self.deputy];
        let prekeys = self.duty.prekeys.iter();
        json!({
            "sender_keys": keys.map(|d| hex(&d.key.verifying_key().to_bytes())),
            "device": hex(self.duty.id().as_slice()),
            "prekeys": prekeys
                .map(|(id, secret)| json!({ "id": id, "seed": hex(secret.seed().expose()) }))
                .collect::<Vec<_>>(),
        })
    }
}

pub(in crate::vectors) fn desk(text: &str) -> Desk {
    text.parse().unwrap()
}

pub(in crate::vectors) fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

/// The bytes of an envelope, whether or not it keeps the rules.
pub(super) fn bytes(envelope: &Envelope) -> Vec<u8> {
    encode_unchecked(envelope).unwrap()
}

/// A header that uses what most messages use.
pub(in crate::vectors) fn header() -> Header {
    let addressee = |desk: &str, role| Addressee {
        desk: self::desk(desk),
        role,
    };
    Header {
        suite: 1,
        status: Status::Actual,
        reference: FixedBytes(std::array::from_fn(|at| 0x70 + u8::try_from(at).unwrap())),
        sender: desk("duty@spoc.police.xa"),
        sender_key: FixedBytes([0; 16]),
        addressees: vec![
            addressee("duty@ops.border.xb", Role::Action),
            addressee("head@ops.border.xb", Role::Info),
        ],
        format: 1,
        format_version: 1,
        precedence: Precedence::Flash,
        marking: vec![Marking { axis: 1, code: 2 }, Marking { axis: 2, code: 1 }],
        in_reply_to: None,
        supersedes: None,
        encloses: vec![],
        accord: Some(FixedBytes([0xac; 32])),
        roster: FixedBytes([0x0a; 32]),
        rosters: vec![RosterNumber {
            agency: "border.xb".parse().unwrap(),
            number: 3,
        }],
        created: CREATED,
        not_before: None,
        expires: CREATED.plus(DAY_MS),
        acknowledge_within: Some(300_000),
        answer_within: None,
        attachments: vec![],
        retention: None,
        exercise: None,
        task_force: None,
        exception: None,
        body_bytes: 272,
        commitment: FixedBytes([0xc0; 32]),
        extensions: Extensions::default(),
    }
}

/// A flag: type 2, and a text.
pub(super) fn flag(text: &str) -> Form {
    let text = Value::Text(self::text(text));
    let fields = vec![
        Field {
            number: 1,
            value: Value::Code(2),
        },
        Field {
            number: 5,
            value: text,
        },
    ];
    Form {
        format: 1,
        version: 1,
        fields,
    }
}
