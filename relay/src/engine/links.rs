//! Links and what is handed over on them. Spec: session.md SES-7 to SES-18.

use estafette_protocol::address::{Agency, Desk};
use estafette_protocol::crypto::{Hash, HopKey, KeyId};
use estafette_protocol::directory::Audience;
use estafette_protocol::encoding::{FixedBytes, Object, decode, encode};
use estafette_protocol::envelope::{Envelope, Parsed};
use estafette_protocol::frame::{Frame, Holding, Item, LinkRole};
use estafette_protocol::session::Session;
use estafette_protocol::time::{MINUTE_MS, SECOND_MS, UnixMillis};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::{Engine, EngineError, LinkId};
use crate::hop::Lane;
use crate::index::{Facts, Turn, Waiting, is_urgent};
use crate::record::{Leaf, Mailbox, Record};
use crate::store::Store;

/// Shortest wait before an item that was put off is offered again, in milliseconds (SES-20).
const RETRY_MIN_MS: u64 = SECOND_MS;
/// Longest, whatever the peer asks for, in milliseconds (SES-20).
const RETRY_MAX_MS: u64 = 5 * MINUTE_MS;
/// Items offered on a link and not yet off its queue, at most.
const OFFERED_MAX: usize = 256;
/// How many more of them may be urgent, so that what is put off or unsigned holds up no flash.
const OFFERED_RESERVED: usize = 64;

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Peer {
    /// A device of our own agency.
    Device { key: KeyId, desk: Desk },
    /// A relay of a party.
    Relay { agency: Agency },
    /// A key that no roster lists.
    Stranger,
}

impl Peer {
    pub(super) const fn role(&self) -> LinkRole {
        match self {
            Self::Device { .. } => LinkRole::Device,
            Self::Relay { .. } => LinkRole::Relay,
            Self::Stranger => LinkRole::Stranger,
        }
    }

    pub(super) fn mailbox(&self) -> Option<Mailbox> {
        match self {
            Self::Device { key, .. } => Some(Mailbox::Device(key.0)),
            Self::Relay { agency } => Some(Mailbox::Peer(agency.as_str().to_owned())),
            Self::Stranger => None,
        }
    }

    pub(super) fn audience(&self) -> Option<Audience> {
        match self {
            Self::Device { .. } => Some(Audience::Device),
            Self::Relay { agency } => Some(Audience::Peer(agency.clone())),
            Self::Stranger => None,
        }
    }
}

/// What a numbered frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token {
    pub(super) leaf: Leaf,
    /// Whether it is the wrap of an envelope that the device has.
    pub(super) wrap: bool,
}

/// A link.
#[derive(Debug)]
pub(super) struct LinkState {
    pub(super) session: Session<Token>,
    pub(super) peer: Peer,
    pub(super) peer_static: [u8; 32],
    pub(super) remote: IpAddr,
    /// What the other side holds, as far as we know.
    pub(super) have: Vec<Holding>,
    /// Receipts to be said again on this link, for messages that came again.
    again: BTreeSet<Leaf>,
    /// Items sent on this link that are still in its queue.
    offered: BTreeSet<Token>,
    /// Of the others, those that the peer has put off, and until when.
    put_off: BTreeMap<Token, UnixMillis>,
    /// Names of what was offered, for faults about it.
    digests: BTreeMap<Hash, Token>,
    /// Whether `synced` has still to be sent.
    pub(super) sync_pending: bool,
}

impl LinkState {
    pub(super) fn new(
        session: Session<Token>,
        peer: Peer,
        peer_static: [u8; 32],
        remote: IpAddr,
    ) -> Self {
        let (offered, put_off, digests) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        let (have, again) = (Vec::new(), BTreeSet::new());
        Self {
            session,
            peer,
            peer_static,
            remote,
            have,
            again,
            offered,
            put_off,
            digests,
            sync_pending: false,
        }
    }

    /// Offers an item again later, after a retriable fault.
    // SES-20
    pub(super) fn postpone(&mut self, about: &Hash, now: UnixMillis, wait_ms: Option<u64>) {
        let Some(token) = self.digests.get(about).copied() else {
            return;
        };
        let wait_ms = wait_ms.map_or(RETRY_MIN_MS, |ms| ms.clamp(RETRY_MIN_MS, RETRY_MAX_MS));
        self.offered.remove(&token);
        self.put_off.insert(token, now.plus(wait_ms));
        self.session.release(|held| *held == token);
    }

    /// When the first item that was put off is to be offered again.
    pub(super) fn next_offer(&self) -> Option<UnixMillis> {
        self.put_off.values().copied().min()
    }

    /// Frees what was put off until `now`, and says whether there was anything.
    pub(super) fn resume(&mut self, now: UnixMillis) -> bool {
        let before = self.put_off.len();
        self.put_off.retain(|_, until| *until > now);
        self.put_off.len() < before
    }

    pub(super) fn forget(&mut self, token: Token) {
        self.offered.remove(&token);
        self.put_off.remove(&token);
        self.digests.retain(|_, held| *held != token);
    }

    /// Whether an envelope was offered and neither taken nor put off.
    pub(super) fn is_unanswered(&self, leaf: Leaf) -> bool {
        self.offered.contains(&Token { leaf, wrap: false })
    }

    fn is_offered(&self, token: Token) -> bool {
        self.offered.contains(&token) || self.put_off.contains_key(&token)
    }

    /// How much of the queue has been sent once and is still in it.
    fn offered_len(&self) -> usize {
        self.offered.len().saturating_add(self.put_off.len())
    }
}

impl<S: Store> Engine<S> {
    /// SES-3: by the static key alone.
    pub(super) fn recognise(&self, peer_static: &[u8; 32]) -> Peer {
        let Ok(key) = HopKey::from_bytes(peer_static) else {
            return Peer::Stranger;
        };
        if let Some((agency, entry, device)) = self.directory.device_by_hop_key(&key)
            && *agency == self.identity.agency
        {
            let id = device.key.id();
            if !self.directory.is_barred(agency, &id, self.now) {
                return Peer::Device {
                    key: id,
                    desk: entry.desk.clone(),
                };
            }
        }
        match self.directory.relay_by_hop_key(&key) {
            Some((agency, _)) if self.directory.parties(self.now).contains(agency) => Peer::Relay {
                agency: agency.clone(),
            },
            _ => Peer::Stranger,
        }
    }

    /// Publishes what the other side may see and lacks (SES-11, SES-12).
    pub(super) fn share(&mut self, link: LinkId) {
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        let Some(audience) = state.peer.audience() else {
            return;
        };
        if !state.session.is_open() {
            return;
        }
        let lacking = self.directory.lacking(&state.have, &audience, self.now);
        let frames: Vec<Frame> = lacking
            .iter()
            .map(|bytes| Frame::Publish {
                object: (*bytes).into(),
            })
            .collect();
        if !frames.is_empty() {
            state.have = self.directory.shown(&audience, self.now);
        }
        for frame in frames {
            self.send(link, Lane::Ordinary, &frame);
        }
    }

    /// Forgets that an item was offered to a mailbox that no longer waits for it.
    pub(super) fn withdraw(&mut self, mailbox: &Mailbox, leaf: Leaf) {
        if let Some(link) = self.by_mailbox.get(mailbox)
            && let Some(state) = self.links.get_mut(link)
        {
            state.forget(Token { leaf, wrap: false });
            state.forget(Token { leaf, wrap: true });
        }
    }

    /// Marks the link of a mailbox, so that the next commit looks for something to send.
    pub(super) fn stir(&mut self, mailboxes: &[Mailbox]) {
        let links = mailboxes
            .iter()
            .filter_map(|mailbox| self.by_mailbox.get(mailbox));
        self.stirred.extend(links);
    }

    /// Sends what waits, as far as the window allows (SES-7, SES-9).
    pub(super) fn pump(&mut self, link: LinkId) -> Result<(), EngineError> {
        let Some(state) = self.links.get(&link) else {
            return Ok(());
        };
        let Some(mailbox) = state.peer.mailbox() else {
            return Ok(());
        };
        if !state.session.is_open() {
            return Ok(());
        }
        self.repeat_receipts(link)?;
        let Some(state) = self.links.get(&link) else {
            return Ok(());
        };
        let offered = state.offered_len();
        let most = OFFERED_MAX.saturating_add(OFFERED_RESERVED);
        let room = state.session.room(true).min(most.saturating_sub(offered));
        if room > 0 {
            let waiting = self
                .store
                .view()
                .next(&mailbox, None, offered.saturating_add(room))?;
            for item in waiting {
                self.offer(link, &item)?;
            }
        }
        self.sync(link, &mailbox);
        Ok(())
    }

    /// Has a receipt sent at the next commit that its mailbox took long ago.
    pub(super) fn say_again(&mut self, link: LinkId, receipt: Leaf) {
        if let Some(state) = self.links.get_mut(&link) {
            state.again.insert(receipt);
            self.stirred.insert(link);
        }
    }

    fn repeat_receipts(&mut self, link: LinkId) -> Result<(), EngineError> {
        while let Some(state) = self.links.get_mut(&link)
            && state.session.room(true) > 0
            && let Some(leaf) = state.again.pop_first()
        {
            let turn = Turn { rank: 0, leaf };
            let handed = false;
            self.offer(link, &Waiting { turn, handed })?;
        }
        Ok(())
    }

    fn offer(&mut self, link: LinkId, waiting: &Waiting) -> Result<(), EngineError> {
        let (leaf, wrap) = (waiting.turn.leaf, waiting.handed);
        let token = Token { leaf, wrap };
        if self
            .links
            .get(&link)
            .is_none_or(|state| state.is_offered(token))
        {
            return Ok(());
        }
        let Some(facts) = self.store.view().item(leaf)?.map(|item| item.facts) else {
            return Ok(());
        };
        let urgent_lane = is_urgent(waiting.turn.rank);
        let urgent = urgent_lane || wrap || matches!(facts, Facts::Statement(_));
        let Some(state) = self.links.get(&link) else {
            return Ok(());
        };
        let full = !urgent && state.offered_len() >= OFFERED_MAX;
        if full || state.session.room(urgent) == 0 {
            return Ok(());
        }
        let peer = state.peer.clone();
        let Some(item) = self.item(&peer, leaf, &facts, wrap)? else {
            return Ok(());
        };
        let Some(state) = self.links.get_mut(&link) else {
            return Ok(());
        };
        state.offered.insert(token);
        let name = match &facts {
            Facts::Envelope(envelope) => envelope.digest,
            Facts::Statement(statement) => statement.hash,
            Facts::Object(object) => object.hash,
        };
        state.digests.insert(FixedBytes(name), token);
        let frame = state.session.deliver(item, token);
        let lane = if urgent_lane {
            Lane::Urgent
        } else {
            Lane::Ordinary
        };
        self.send(link, lane, &frame);
        Ok(())
    }

    /// The item as this peer gets it (ENV-10, SES-10). `None` when it can never be handed over.
    fn item(
        &mut self,
        peer: &Peer,
        leaf: Leaf,
        facts: &Facts,
        wrap: bool,
    ) -> Result<Option<Item>, EngineError> {
        let bytes = match self.store.read(leaf) {
            Ok(bytes) => bytes,
            Err(error) => {
                tracing::error!(leaf = leaf.0, %error, "a body cannot be read");
                return Ok(None);
            }
        };
        let Facts::Envelope(_) = facts else {
            return Ok(Some(Item::Statement(bytes.into())));
        };
        match peer {
            Peer::Device { key, .. } if wrap => {
                let parsed = Parsed::decode(&bytes)?;
                let digest = parsed.digest();
                let own = self.wrap_for(&parsed, key)?;
                Ok(own.map(|wrap| Item::Wrap {
                    digest,
                    wrap: Box::new(wrap),
                }))
            }
            Peer::Device { .. } => {
                let envelope: Envelope = decode(&bytes)?;
                let bare = envelope.with_wraps(|_| false);
                Ok(Some(Item::Envelope(encode(&bare)?.into())))
            }
            Peer::Relay { agency } => {
                let parsed = Parsed::decode(&bytes)?;
                let theirs = parsed.envelope().with_wraps(|wrap| {
                    parsed
                        .header()
                        .desk(wrap.addressee)
                        .is_some_and(|d| d.agency() == *agency)
                });
                let envelope = encode(&theirs)?.into();
                let statements = match self.store.view().item(leaf)? {
                    Some(item) => self.accompaniment(&item, &parsed)?,
                    None => Vec::new(),
                };
                Ok(Some(match statements.is_empty() {
                    true => Item::Envelope(envelope),
                    false => Item::Accompanied {
                        envelope,
                        statements,
                    },
                }))
            }
            Peer::Stranger => Ok(None),
        }
    }

    // SES-17
    fn sync(&mut self, link: LinkId, mailbox: &Mailbox) {
        let queued = self.store.view().queued(mailbox);
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        let sent = u64::try_from(state.offered_len()).unwrap_or(u64::MAX);
        if state.sync_pending && queued <= sent {
            state.sync_pending = false;
            self.send(link, Lane::Ordinary, &Frame::Synced);
        }
    }

    /// The other side has an item durably (SES-8, SES-10).
    pub(super) fn taken(&mut self, link: LinkId, token: Token) -> Result<(), EngineError> {
        let Some(state) = self.links.get_mut(&link) else {
            return Ok(());
        };
        let Some(mailbox) = state.peer.mailbox() else {
            return Ok(());
        };
        let device = matches!(state.peer, Peer::Device { .. });
        let item = self.store.view().item(token.leaf)?;
        let waits = item
            .iter()
            .flat_map(|item| &item.waiting)
            .any(|slot| slot.mailbox == mailbox);
        let envelope = matches!(item.map(|item| item.facts), Some(Facts::Envelope(_)));
        if device && envelope && !token.wrap {
            // It leaves the queue only with the device's `delivered` and its wrap.
            return Ok(());
        }
        state.forget(token);
        if waits {
            let leaf = token.leaf;
            self.append(Record::Settled { leaf, mailbox }, None)?;
        }
        Ok(())
    }

    /// Whether this is the hop key of a device of our own that a suspension names.
    // IDN-40
    pub(super) fn is_suspended(&self, peer_static: &[u8; 32]) -> bool {
        let key = HopKey::from_bytes(peer_static).ok();
        let device = key.and_then(|key| self.directory.device_by_hop_key(&key));
        device.is_some_and(|(agency, _, device)| {
            let own = *agency == self.identity.agency;
            own && self.directory.is_barred(agency, &device.key.id(), self.now)
        })
    }

    /// Closes the links of keys that have lost or gained a role.
    pub(super) fn recognise_again(&mut self) {
        let changed: Vec<LinkId> = self
            .links
            .iter()
            .filter(|(_, state)| self.recognise(&state.peer_static) != state.peer)
            .map(|(link, _)| *link)
            .collect();
        for link in changed {
            self.regreet(link);
        }
    }
}

/// Bytes of a kind, where they are that kind.
pub(super) fn decode_kind<T: Object>(bytes: &[u8]) -> Option<T> {
    decode(bytes).ok()
}
