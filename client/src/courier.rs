//! What a device does with frames: the part of the courier that touches no network.
//!
//! ```text
//!   frame ──► Courier::handle ──► store, directory ──► frames to send, events
//!                 ▲
//!   outbox ──► Courier::tick
//! ```
//!
//! One courier serves one link. Decides what is stored before what is said: `delivered` and
//! `taken` only after the message is durable (STA-6, SES-8), sealed bytes leave only as they stand
//! in the outbox, and only `accepted` or `refused` takes a message out of it. What a frame may be
//! and how frames are numbered is [`estafette_protocol::session`]; when to connect is
//! [`crate::driver`]. An error is of the disk and final; whatever a relay sends is answered.

use crate::account::{Account, AccountError};
use crate::prekeys::{self, PrekeyError};
use crate::rotation;
use crate::store::StoreError;
use estafette_protocol::channel::Lane;
use estafette_protocol::code::ErrorCode;
use estafette_protocol::crypto::{CryptoRng, Hash};
use estafette_protocol::encoding::{EncodingError, Object as _, decode, encode};
use estafette_protocol::frame::{Fault, Frame, Hello, Item, LinkRole};
use estafette_protocol::prekey::PrekeyBundle;
use estafette_protocol::session::{Received, Session, frame_hash};
use estafette_protocol::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};

mod envelopes;
mod outbox;
mod publications;
mod rewraps;
mod statements;
mod stranger;
#[cfg(test)]
mod tests;

pub(crate) use envelopes::sender_key;
pub use envelopes::state;
pub use rewraps::{missing_readers, state_rewrap, without_reader};
pub use stranger::{Stranger, fingerprint};

/// Deliveries kept until an object that they need is published; no more can be outstanding.
const DEFERRED_MAX: usize = estafette_protocol::session::OUTSTANDING_MAX;

/// When a delivery that lacks something may come again, in milliseconds.
const DEFERRED_RETRY_MS: u64 = estafette_protocol::time::MINUTE_MS;

/// What the driver is to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send a frame.
    Send {
        /// On which lane.
        lane: Lane,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// Close the link after what was sent before.
    Close(ErrorCode),
    /// Something happened that a person or program may want to know.
    Event(Event),
}

/// What happened on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The relay has said hello; by this many milliseconds the clocks differ.
    Linked {
        /// The relay's clock less ours, in milliseconds; negative when ours is ahead.
        clock_offset_ms: i64,
    },
    /// All that waited has been received once.
    Synced,
    /// A message was stored, not yet readable.
    Stored {
        /// Its small id.
        id: u64,
    },
    /// A message became readable.
    Opened {
        /// Its small id.
        id: u64,
    },
    /// A message does not open.
    Unreadable {
        /// Its small id.
        id: u64,
        /// Code of the stage that failed.
        stage: u8,
    },
    /// What an earlier link left unanswered was handed to this one.
    Resent {
        /// The message's small id.
        id: u64,
    },
    /// A verified statement about a message was stored.
    Stated {
        /// The message's small id.
        id: u64,
        /// Word of the claim.
        claim: &'static str,
    },
    /// A gateway was told something of a message that this desk does not have.
    Noticed {
        /// Word of the claim.
        claim: &'static str,
    },
    /// The relay has the enrolment request; a roster-key holder has yet to sign.
    EnrolmentPending,
    /// The roster lists this device.
    Enrolled,
    /// The relay does not take the enrolment request.
    EnrolmentRefused {
        /// Why.
        code: Option<ErrorCode>,
    },
    /// Charter, roster, accord, prekeys or suspension: the directory has changed.
    DirectoryChanged,
    /// The relay answered one of our frames with a code.
    Fault {
        /// The code.
        code: Option<ErrorCode>,
        /// The message's small id, where the fault names one.
        id: Option<u64>,
    },
    /// We answered one of the relay's frames with a code.
    Refused {
        /// The code.
        code: ErrorCode,
    },
}

/// Why a courier cannot go on: something of this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CourierError {
    /// The account.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The own prekeys.
    #[error(transparent)]
    Prekeys(#[from] PrekeyError),
    /// Something made here does not encode.
    #[error("an own object: {0}")]
    Encoding(#[from] EncodingError),
}

/// A delivery and where its answer goes.
#[derive(Debug, Clone)]
struct Delivery {
    lane: Lane,
    number: u64,
    item: Item,
}

/// How a delivery was dealt with.
enum Verdict {
    /// It is durable, or is known.
    Take,
    /// It can never be taken: the relay is told, and need not send it again.
    Refuse(ErrorCode),
    /// Something that it needs may still be published.
    Defer(ErrorCode),
}

/// One end of a link to the own relay.
#[derive(Debug)]
pub struct Courier {
    session: Session<String>,
    /// Outbox entries handed to this link, by name, with the digest that a fault would name.
    in_flight: BTreeMap<String, Hash>,
    /// Statements that the relay took on this link, by hash, with their messages: a fault about one
    /// may come by another lane, and later.
    said: BTreeMap<Hash, Hash>,
    deferred: Vec<Delivery>,
    synced: bool,
    /// The relay has read our hello, and nothing that it must read first is under way.
    urgent_open: bool,
    /// Hashes of what was published on this link and has not come back.
    published: BTreeSet<Hash>,
    /// The link is of the next key: nothing is handed over before it is taken on (IDN-42).
    is_changing: bool,
    /// Names of entries sent on the ordinary lane after we published on it.
    behind_publication: BTreeSet<String>,
    has_published: bool,
    /// A receipt or the directory has changed who could read what this device sealed.
    may_rewrap: bool,
    actions: Vec<Action>,
}

impl Courier {
    /// Begins a link of an enrolled device; gives the first frame to send.
    ///
    /// # Errors
    /// When the own hello cannot be encoded.
    pub fn open(account: &Account, now: UnixMillis) -> Result<(Self, Vec<Action>), CourierError> {
        let session = Session::new(LinkRole::Device, LinkRole::Relay);
        let hello = session.hello(now, account.directory.holdings());
        let mut courier = Self {
            session,
            in_flight: BTreeMap::new(),
            said: BTreeMap::new(),
            deferred: Vec::new(),
            synced: false,
            urgent_open: false,
            published: BTreeSet::new(),
            is_changing: false,
            behind_publication: BTreeSet::new(),
            has_published: false,
            may_rewrap: true,
            actions: Vec::new(),
        };
        courier.send(Lane::Ordinary, &hello)?;
        let actions = courier.take_actions();
        Ok((courier, actions))
    }

    /// The same on a link of the keys that wait for a roster.
    ///
    /// # Errors
    /// When the own hello cannot be encoded.
    pub fn open_as_next(
        account: &Account,
        now: UnixMillis,
    ) -> Result<(Self, Vec<Action>), CourierError> {
        let (mut courier, actions) = Self::open(account, now)?;
        courier.is_changing = true;
        Ok((courier, actions))
    }

    /// Whether the relay's hello has come. Frames of the urgent lane have to wait until then.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.session.is_open()
    }

    /// Whether everything that waited has been received once.
    #[must_use]
    pub const fn is_synced(&self) -> bool {
        self.synced
    }

    /// Whether the relay owes an answer.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.session.outstanding().next().is_some()
    }

    /// Takes a frame.
    ///
    /// # Errors
    /// [`CourierError`], which is of this machine and ends the link.
    pub fn handle(
        &mut self,
        account: &mut Account,
        (lane, bytes): (Lane, &[u8]),
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Action>, CourierError> {
        let frame = decode::<Frame>(bytes).map_err(|_| frame_hash(bytes));
        match self.session.handle(frame) {
            Received::Hello(hello) => self.greet(account, &hello, now, rng)?,
            Received::Taken(names) => self.taken(account, &names)?,
            Received::Fault(fault) => self.send(Lane::Ordinary, &Frame::Fault(fault))?,
            Received::Close(code) => self.actions.push(Action::Close(code)),
            Received::Frame(frame) => self.act(account, (lane, frame), now, rng)?,
            _ => {}
        }
        if self.session.is_open() && !self.is_changing {
            self.rewrap_due(account, now, rng)?;
        }
        self.hand_over_all(account, now)?;
        Ok(self.take_actions())
    }

    /// Looks for something new in the outbox, and keeps prekeys up.
    ///
    /// # Errors
    /// As for [`Courier::handle`].
    pub fn tick(
        &mut self,
        account: &mut Account,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<Action>, CourierError> {
        if self.session.is_open() {
            self.maintain_prekeys(account, now, rng)?;
        }
        self.hand_over_all(account, now)?;
        Ok(self.take_actions())
    }

    fn hand_over_all(
        &mut self,
        account: &mut Account,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        if self.session.is_open() && !self.is_changing {
            self.pump_publications(account)?;
            self.pump(account, now)?;
        }
        Ok(())
    }

    fn act(
        &mut self,
        account: &mut Account,
        (lane, frame): (Lane, Frame),
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<(), CourierError> {
        // The relay publishes, delivers and syncs only after it has read our hello.
        self.urgent_open |= !self.has_published;
        match frame {
            Frame::Deliver { number, item } => {
                let delivery = Delivery { lane, number, item };
                self.deliver(account, delivery, now)
            }
            Frame::Publish { object } => self.published(account, object.as_slice(), now, rng),
            Frame::Synced => {
                self.synced = true;
                self.retry_deferred(account, now)?;
                self.event(Event::Synced);
                Ok(())
            }
            Frame::Fault(fault) => self.faulted(account, &fault, now),
            _ => Ok(()),
        }
    }

    fn greet(
        &mut self,
        account: &mut Account,
        hello: &Hello,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<(), CourierError> {
        let ahead = i64::try_from(hello.now.since(now)).unwrap_or(i64::MAX);
        let behind = i64::try_from(now.since(hello.now)).unwrap_or(i64::MAX);
        self.event(Event::Linked {
            clock_offset_ms: ahead.saturating_sub(behind),
        });
        self.maintain_prekeys(account, now, rng)?;
        // SES-11
        let name = hex::encode(account.device().as_slice());
        let held = hello.have.iter();
        let mut held = held.filter(|h| h.kind == PrekeyBundle::KIND && h.name.as_str() == name);
        let (own, _) = account.directory.prekeys(&account.device()).unzip();
        let lacks = own.is_some_and(|own| !held.any(|held| held.number >= own.issued.0));
        if lacks && !self.has_published && !self.is_changing {
            let bundle = prekeys::published(account).map(<[u8]>::to_vec);
            self.publish(bundle.unwrap_or_default())?;
        }
        Ok(())
    }

    fn maintain_prekeys(
        &mut self,
        account: &mut Account,
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<(), CourierError> {
        if self.is_changing {
            return Ok(());
        }
        match prekeys::maintain(account, now, rng) {
            Ok(Some(bundle)) => self.publish(bundle),
            Ok(None) => Ok(()),
            // The clock went back or the roster has changed: the next bundle will be good again.
            Err(PrekeyError::Directory(error)) => {
                tracing::warn!(%error, "prekeys cannot be renewed");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn publish(&mut self, object: Vec<u8>) -> Result<(), CourierError> {
        // What is sealed to a prekey may not overtake it: lanes are not ordered.
        self.has_published = true;
        self.urgent_open = false;
        self.behind_publication.clear();
        let object = object.into();
        self.send(Lane::Ordinary, &Frame::Publish { object })
    }

    // SES-13
    fn published(
        &mut self,
        account: &mut Account,
        object: &[u8],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<(), CourierError> {
        let is_back = self.is_back(account, object)?;
        match account.apply(object, now)? {
            Ok(true) => {
                self.settle_enrolment(account)?;
                self.settle_rotation(account, rng)?;
                self.maintain_prekeys(account, now, rng)?;
                self.retry_deferred(account, now)?;
                self.settle_held(account, now)?;
                self.may_rewrap = true;
                self.event(Event::DirectoryChanged);
                Ok(())
            }
            Ok(false) => Ok(()),
            // What the relay took up may have been overtaken here by a roster.
            Err(error) if is_back => {
                tracing::debug!(%error, "an own object is not taken up");
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "a published object is refused");
                self.fault(error.code(), Some(frame_hash(object)))
            }
        }
    }

    /// The invitation's secret has done its work once a roster lists the device.
    fn settle_enrolment(&self, account: &mut Account) -> Result<(), CourierError> {
        if account.keys.contents.invitation.is_some() && account.enrolled_at().is_some() {
            account.keys.contents.invitation = None;
            account.save_keys()?;
        }
        Ok(())
    }

    /// Takes on new keys once a roster lists them. The link stays that of the old ones until the
    /// relay closes it, or was of the new ones from its beginning.
    fn settle_rotation(
        &mut self,
        account: &mut Account,
        rng: &mut impl CryptoRng,
    ) -> Result<(), CourierError> {
        if rotation::settle(account, rng)? {
            match self.is_changing {
                true => self.is_changing = false,
                false => self.actions.push(Action::Close(ErrorCode::Replaced)),
            }
        }
        Ok(())
    }

    fn deliver(
        &mut self,
        account: &mut Account,
        delivery: Delivery,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        let verdict = match &delivery.item {
            Item::Envelope(bytes) => self.envelope(account, bytes.as_slice(), now)?,
            Item::Wrap { digest, wrap } => self.wrap(account, digest, wrap, now)?,
            Item::Statement(bytes) => self.statement(account, bytes.as_slice(), now)?,
            // SES-25: between relays alone.
            Item::Accompanied { .. } => Verdict::Refuse(ErrorCode::FrameNotAllowed),
        };
        match verdict {
            Verdict::Take => self.take(&delivery),
            Verdict::Refuse(code) => {
                let about = about(&delivery.item);
                self.fault(code, Some(about))?;
                // SES-8: the refusal is what was made of it.
                self.take(&delivery)
            }
            Verdict::Defer(_) if !self.synced && self.deferred.len() < DEFERRED_MAX => {
                self.deferred.push(delivery);
                Ok(())
            }
            Verdict::Defer(code) => {
                // Nobody is at fault: it counts against nobody, and may come again.
                self.event(Event::Refused { code });
                let fault = Fault {
                    code: code.number(),
                    about: Some(about(&delivery.item)),
                    retry_after: Some(DEFERRED_RETRY_MS),
                };
                self.send(Lane::Ordinary, &Frame::Fault(fault))
            }
        }
    }

    fn retry_deferred(
        &mut self,
        account: &mut Account,
        now: UnixMillis,
    ) -> Result<(), CourierError> {
        for delivery in std::mem::take(&mut self.deferred) {
            self.deliver(account, delivery, now)?;
        }
        Ok(())
    }

    /// On the lane on which it came: nothing said on the other one depends on it.
    fn take(&mut self, delivery: &Delivery) -> Result<(), CourierError> {
        let numbers = vec![delivery.number];
        self.send(delivery.lane, &Frame::Taken { numbers })
    }

    fn fault(&mut self, code: ErrorCode, about: Option<Hash>) -> Result<(), CourierError> {
        self.event(Event::Refused { code });
        match self.session.fault(code, about) {
            Received::Close(code) => {
                self.actions.push(Action::Close(code));
                Ok(())
            }
            _ => {
                let retry_after = None;
                let code = code.number();
                self.send(
                    Lane::Ordinary,
                    &Frame::Fault(Fault {
                        code,
                        about,
                        retry_after,
                    }),
                )
            }
        }
    }

    fn send(&mut self, lane: Lane, frame: &Frame) -> Result<(), CourierError> {
        let frame = encode(frame)?;
        self.actions.push(Action::Send { lane, frame });
        Ok(())
    }

    fn event(&mut self, event: Event) {
        self.actions.push(Action::Event(event));
    }

    fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }
}

/// What a fault about a delivery names: the message, or the frame's content.
fn about(item: &Item) -> Hash {
    match item {
        Item::Envelope(bytes)
        | Item::Accompanied {
            envelope: bytes, ..
        } => {
            let parsed = estafette_protocol::envelope::Parsed::decode(bytes.as_slice());
            parsed.map_or_else(|_| frame_hash(bytes.as_slice()), |parsed| parsed.digest())
        }
        Item::Wrap { digest, .. } => *digest,
        Item::Statement(bytes) => {
            let signed = estafette_protocol::statement::decode(bytes.as_slice());
            signed.map_or_else(|_| frame_hash(bytes.as_slice()), |signed| signed.hash())
        }
    }
}
