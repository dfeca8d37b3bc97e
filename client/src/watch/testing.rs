//! The archive of the border's duty desk, filled by hand, with a clock that stands still.

use super::board::{Board, Sources};
use crate::render::Reader;
use crate::store::{Origin, Record, Sent, Store};
use crate::testing::NOW;
use crate::view::Links;
use estafette_protocol::address::Desk;
use estafette_protocol::crypto::{Hash, Secret, SigningKey};
use estafette_protocol::encoding::{Extensions, FixedBytes, Text};
use estafette_protocol::envelope::{Header, Sealed};
use estafette_protocol::form::{Field, Form, Value};
use estafette_protocol::format::Catalogue;
use estafette_protocol::precedence::{Precedence, Status};
use estafette_protocol::statement::{Claim, Judged, Remark, Signer, Statement, seal_remark, sign};
use estafette_protocol::testing::{SeededRng, TestDevice, World};
use estafette_protocol::time::{HOUR_MS, MINUTE_MS, SECOND_MS, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const OWN: &str = "duty@ops.border.xb";
pub(crate) const OTHER: &str = "duty@spoc.police.xa";

/// A desk's archive, and everybody who can say something.
pub(crate) struct Scene {
    pub(crate) now: UnixMillis,
    pub(crate) store: Store,
    pub(crate) desk: Desk,
    world: World,
    sealed: BTreeMap<Hash, Sealed>,
    _folder: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            now: NOW,
            store: Store::open(folder.path(), Secret::from_bytes([1; 32])).unwrap(),
            desk: OWN.parse().unwrap(),
            world: World::new("watch", NOW).unwrap(),
            sealed: BTreeMap::new(),
            _folder: folder,
        }
    }

    /// A reader in English, with the columns of a terminal.
    pub(crate) fn reader(width: usize) -> Reader<'static> {
        Reader {
            catalogue: Catalogue::built_in(),
            language: "en",
            utc: true,
            ascii: false,
            isolates: false,
            width,
        }
    }

    pub(crate) fn board(&self, now: UnixMillis) -> Board {
        let messages = self.store.messages().unwrap();
        let links = Links::new(&messages, &BTreeSet::new(), now);
        let sources = Sources {
            messages: &messages,
            links: &links,
            desk: &self.desk,
        };
        Board::new(sources, now, &|item| Self::reader(80).gist(item, None))
    }

    /// A flash flag from the police, to be acknowledged within 15 minutes.
    pub(crate) fn flag(&mut self, text: &str) -> Hash {
        self.received(text, |header| {
            header.acknowledge_within = Some(15 * MINUTE_MS);
        })
    }

    /// The same as an exercise.
    pub(crate) fn exercise(&mut self, text: &str) -> Hash {
        self.received(text, |header| {
            header.status = Status::Exercise;
            header.exercise = Some(FixedBytes([3; 16]));
            header.acknowledge_within = Some(15 * MINUTE_MS);
        })
    }

    /// A question from the police, to be answered within 8 hours.
    pub(crate) fn question(&mut self, text: &str) -> Hash {
        self.received(text, |header| {
            header.precedence = Precedence::Priority;
            header.acknowledge_within = Some(HOUR_MS);
            header.answer_within = Some(8 * HOUR_MS);
        })
    }

    pub(crate) fn received(&mut self, text: &str, change: impl FnOnce(&mut Header)) -> Hash {
        let police = self.world.police.devices[0].clone();
        let digest = self.message(&police, OWN, (text, change));
        let stored_at = self.now;
        let received = |record: &mut Record| {
            record.origin = Origin::Received;
            record.stored_at = stored_at;
        };
        let writing = self.store.write().unwrap();
        writing.update(&digest, received).unwrap();
        drop(writing);
        self.relayed(&digest, self.now);
        let delivered = self.now;
        self.own_says(&digest, Claim::Delivered, delivered);
        digest
    }

    /// A flash flag of this desk to the police, to be acknowledged within 15 minutes.
    pub(crate) fn sent(&mut self, text: &str) -> Hash {
        let own = self.world.border.devices[0].clone();
        let change = |header: &mut Header| header.acknowledge_within = Some(15 * MINUTE_MS);
        self.message(&own, OTHER, (text, change))
    }

    fn message(
        &mut self,
        from: &TestDevice,
        to: &str,
        (text, change): (&str, impl FnOnce(&mut Header)),
    ) -> Hash {
        self.world.now = self.now;
        let mut header = self.world.header(from, &[to], Precedence::Flash);
        header.created = self.now.minus(2 * SECOND_MS);
        change(&mut header);
        let sealed = self.world.seal(from, header, text).unwrap();
        let field = |number, value| Field { number, value };
        let form = Form {
            format: 1,
            version: 1,
            fields: vec![
                field(1, Value::Code(1)),
                field(5, Value::Text(Text::new(text).unwrap())),
            ],
        };
        let sent = Sent {
            parsed: &sealed.parsed,
            form: &form,
            content_key: &sealed.content_key,
            sender_key: &from.key.verifying_key(),
            summary: Text::new(text).unwrap(),
        };
        let writing = self.store.write().unwrap();
        writing.add_sent(&sent, self.now).unwrap();
        drop(writing);
        let digest = sealed.parsed.digest();
        self.sealed.insert(digest, sealed);
        digest
    }

    /// Both relays have it: the sender's a second before.
    pub(crate) fn relayed(&mut self, digest: &Hash, at: UnixMillis) {
        let judged = Judged::default;
        let sender = self.sealed[digest].parsed.header().sender.agency();
        let (leaf, mine) = (1, sender.as_str() == "border.xb");
        let accepted = Claim::Accepted {
            leaf,
            judged: judged(),
        };
        let relayed = Claim::Relayed {
            leaf,
            judged: judged(),
        };
        self.relay_says(digest, mine, accepted, at.minus(SECOND_MS));
        self.relay_says(digest, !mine, relayed, at);
    }

    /// The relay of the border, or that of the police, says something.
    pub(crate) fn relay_says(&mut self, digest: &Hash, border: bool, claim: Claim, at: UnixMillis) {
        let agency = match border {
            true => &self.world.border,
            false => &self.world.police,
        };
        let (name, key) = (agency.agency.to_string(), agency.relay_statement.clone());
        self.say(digest, (&name, None), &key, (claim, at));
    }

    /// This desk says something.
    pub(crate) fn own_says(&mut self, digest: &Hash, claim: Claim, at: UnixMillis) {
        let key = self.world.border.devices[0].key.clone();
        self.say(digest, ("border.xb", Some(OWN)), &key, (claim, at));
    }

    /// The desk of the police says something.
    pub(crate) fn other_says(&mut self, digest: &Hash, claim: Claim, at: UnixMillis) {
        let key = self.world.police.devices[0].key.clone();
        self.say(digest, ("police.xa", Some(OTHER)), &key, (claim, at));
    }

    /// This desk acknowledges, with a promise of 45 minutes.
    pub(crate) fn acknowledge(&mut self, digest: &Hash, at: UnixMillis) {
        let key = self.world.border.devices[0].key.clone();
        let claim = self.acknowledged(digest, &key, ("Insp. Ahl", "on our way"), at);
        self.own_says(digest, claim, at);
        let shown = |record: &mut Record| record.shown_at = Some(at);
        let writing = self.store.write().unwrap();
        writing.update(digest, shown).unwrap();
    }

    /// The desk of the police acknowledges, with a promise of 45 minutes.
    pub(crate) fn other_acknowledges(&mut self, digest: &Hash, at: UnixMillis) {
        let key = self.world.police.devices[0].key.clone();
        let claim = self.acknowledged(digest, &key, ("Sgt. Berg", ""), at);
        self.other_says(digest, claim, at);
    }

    fn acknowledged(
        &self,
        digest: &Hash,
        key: &SigningKey,
        (officer, text): (&str, &str),
        at: UnixMillis,
    ) -> Claim {
        let sealed = &self.sealed[digest];
        let remark = Remark {
            officer: officer.to_owned(),
            text: text.to_owned(),
        };
        let status = sealed.parsed.header().status;
        let subject = (status, digest, &sealed.content_key);
        let mut claim = Claim::Acknowledged {
            until: Some(at.plus(45 * MINUTE_MS)),
            remark: None,
        };
        let signer = (&key.verifying_key().id(), claim.tag());
        let remark = seal_remark(&remark, subject, signer, &mut SeededRng::new("remark")).unwrap();
        if let Claim::Acknowledged { remark: place, .. } = &mut claim {
            *place = Some(remark);
        }
        claim
    }

    fn say(
        &self,
        digest: &Hash,
        (agency, desk): (&str, Option<&str>),
        key: &SigningKey,
        (claim, at): (Claim, UnixMillis),
    ) {
        let statement = Statement {
            subject: *digest,
            at,
            signer: Signer {
                agency: agency.parse().unwrap(),
                desk: desk.map(|desk| desk.parse().unwrap()),
                key: key.verifying_key().id(),
            },
            claim,
            extensions: Extensions::default(),
        };
        let signed = sign(statement, key).unwrap();
        let writing = self.store.write().unwrap();
        writing.add_statement(&signed).unwrap();
    }
}
