//! What a relay decides: input in, records into the store, ordered actions out.
//!
//! Synchronous and deterministic: the same inputs at the same times give the same records and
//! actions. [`Engine::handle`] gathers; [`Engine::commit`] makes one durable group of what was
//! gathered and only then gives what may leave. An error of the store is final: the process ends,
//! and the next one folds the journal again. Spec: session.md, envelope.md, statement.md.

use bytes::Bytes;
use estafette_protocol::address::Agency;
use estafette_protocol::code::{ErrorCode, Retry};
use estafette_protocol::crypto::{Hash, SigningKey};
use estafette_protocol::directory::Directory;
use estafette_protocol::encoding::EncodingError;
use estafette_protocol::enrolment::Invitation;
use estafette_protocol::escalation::Moment;
use estafette_protocol::frame::{Fault, Frame, Hello, LinkRole};
use estafette_protocol::session::{Received, Session};
use estafette_protocol::time::UnixMillis;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use crate::hop::Lane;
use crate::index::IndexError;
use crate::journal::JournalError;
use crate::record::{Leaf, Mailbox, Record};
use crate::store::{Store, StoreError};

mod accompany;
mod clock;
mod deferral;
mod detention;
mod enrol;
mod envelopes;
mod expiry;
mod links;
mod objects;
mod prepare;
mod readers;
mod rotation;
mod rules;
mod statements;
mod status;
#[cfg(test)]
mod tests;
mod watching;

pub use enrol::PendingEnrolment;
pub use objects::PublishError;
pub use prepare::{Prepared, prepare};
pub use status::{ForkProof, LinkStatus, QueueStatus, Status};

use clock::Clocks;
use links::{LinkState, Peer, Token};
use objects::Publishing;
use rules::Rates;

/// Bytes of bodies and watches after which the store commits before the next input. A group holds 64 MiB.
const GATHERED_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Names a link for as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// Who a relay is.
#[derive(Debug, Clone)]
pub struct RelayIdentity {
    /// Its agency.
    pub agency: Agency,
    /// Its public hop key.
    pub hop_public: [u8; 32],
    /// Signs its statements.
    pub statement_key: SigningKey,
}

/// What happens to a relay.
#[derive(Debug)]
pub enum Input {
    /// A channel is up with the holder of this hop key.
    Connected {
        /// Its name from now on.
        link: LinkId,
        /// The peer's hop key, proved by the handshake.
        peer_static: [u8; 32],
        /// Where it comes from.
        remote: IpAddr,
    },
    /// A frame came, decoded and verified as far as that needs no engine.
    Frame {
        /// On which link.
        link: LinkId,
        /// The frame.
        frame: Box<Prepared>,
    },
    /// The channel is gone.
    Disconnected {
        /// Which.
        link: LinkId,
    },
    /// Time has passed.
    Tick,
}

/// What a relay does, in this order, once what it follows from is durable.
#[derive(Debug)]
pub enum Action {
    /// Send a frame.
    Send {
        /// On which link.
        link: LinkId,
        /// On which lane.
        lane: Lane,
        /// The frame's bytes.
        frame: Bytes,
    },
    /// Close a link, after what was sent before.
    Close {
        /// Which.
        link: LinkId,
        /// Why.
        code: ErrorCode,
    },
    /// The directory changed: verify and dial by this one from now on.
    Directory(Arc<Directory>),
}

/// Why an engine cannot go on; the process must end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// What is watched of a message cannot be read or written: another version of this relay wrote
    /// it, or the journal is damaged.
    #[error("the watch of leaf {leaf} cannot be read or written")]
    Watch {
        /// The leaf of the message.
        leaf: u64,
    },
    /// What we made ourselves could not be encoded.
    #[error("own object: {0}")]
    Encoding(#[from] EncodingError),
}

/// A relay's decisions over a store.
#[derive(Debug)]
pub struct Engine<S> {
    identity: RelayIdentity,
    directory: Arc<Directory>,
    store: S,
    now: UnixMillis,
    clocks: Clocks,
    links: BTreeMap<LinkId, LinkState>,
    by_mailbox: BTreeMap<Mailbox, LinkId>,
    /// Links on which something may have to be sent at the next commit.
    stirred: BTreeSet<LinkId>,
    actions: Vec<Action>,
    /// Numbered frames to be answered at the next commit.
    takes: BTreeMap<LinkId, Vec<u64>>,
    /// Whether records were appended since the last commit.
    dirty: bool,
    /// Bytes of the bodies appended since the store's last commit.
    gathered_bytes: usize,
    short_of_space: bool,
    enrolment_times: BTreeMap<IpAddr, Vec<UnixMillis>>,
    invitations: BTreeMap<String, Invitation>,
    publishing: Publishing,
    /// Statements whose envelope has not come (STA-4).
    held: BTreeSet<Leaf>,
    /// How often each desk has lately used the rows that have a rate.
    rates: Rates,
    /// Messages of which a device has proved that nobody there can open them.
    non_compliant: u64,
}

impl<S: Store> Engine<S> {
    /// Folds a store into an engine.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn open(
        identity: RelayIdentity,
        (agency, root): (Agency, Hash),
        store: S,
        now: impl Into<Moment>,
    ) -> Result<Self, EngineError> {
        let given = now.into();
        let last_at = UnixMillis(store.last_at_ms());
        let clocks = Clocks::open(given, Self::last_stepped(&store)?, last_at);
        let now = clocks.now().max(last_at);
        let mut engine = Self {
            identity,
            directory: Arc::new(Directory::new(agency, root)),
            store,
            now,
            clocks,
            links: BTreeMap::new(),
            by_mailbox: BTreeMap::new(),
            stirred: BTreeSet::new(),
            actions: Vec::new(),
            takes: BTreeMap::new(),
            dirty: false,
            gathered_bytes: 0,
            short_of_space: false,
            enrolment_times: BTreeMap::new(),
            invitations: BTreeMap::new(),
            publishing: Publishing::default(),
            held: BTreeSet::new(),
            rates: Rates::default(),
            non_compliant: 0,
        };
        engine.reload_objects()?;
        engine.reload_rates()?;
        engine.reload_held()?;
        engine.append(Record::Opened, None)?;
        engine.short_of_space = engine.store.is_short_of_space()?;
        Ok(engine)
    }

    /// The directory in force.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    /// The store, for what only an operator asks.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// When [`Input::Tick`] is due.
    #[must_use]
    pub fn next_wake(&self) -> Option<UnixMillis> {
        let view = self.store.view();
        let times = [view.next_due_ms(), view.next_held_ms(), view.next_late_ms()];
        let due = times.into_iter().filter_map(|time| time.ok().flatten());
        let offers = self.links.values().filter_map(LinkState::next_offer);
        let watched = view.next_watched_ms().ok().flatten();
        let watched = watched.map(|at| self.clocks.wall_at(UnixMillis(at)));
        offers.chain(due.map(UnixMillis)).chain(watched).min()
    }

    /// Takes an input. Nothing leaves before [`Engine::commit`].
    ///
    /// # Errors
    /// Only when the store fails; whatever a peer sends is answered, not an error.
    pub fn handle(&mut self, now: impl Into<Moment>, input: Input) -> Result<(), EngineError> {
        self.read_clocks(now.into())?;
        self.make_room()?;
        match input {
            Input::Connected {
                link,
                peer_static,
                remote,
            } => {
                self.connect(link, &peer_static, remote);
                Ok(())
            }
            Input::Frame { link, frame } => self.receive(link, *frame),
            Input::Disconnected { link } => {
                self.disconnect(link);
                Ok(())
            }
            Input::Tick => {
                self.resume();
                self.forget_rates();
                self.release()?;
                self.tell_late()?;
                self.ring()?;
                self.expire()
            }
        }
    }

    /// Makes room for one input more, or one message more of those that are due: it must always fit.
    /// What is durable early leaves no earlier.
    // STO-13
    fn make_room(&mut self) -> Result<(), EngineError> {
        if self.gathered_bytes > GATHERED_MAX_BYTES {
            self.store.commit()?;
            self.gathered_bytes = 0;
        }
        Ok(())
    }

    /// Makes what was gathered durable, then gives what may leave, in order.
    ///
    /// # Errors
    /// When the store fails; nothing may leave then.
    pub fn commit(&mut self, now: impl Into<Moment>) -> Result<Vec<Action>, EngineError> {
        self.read_clocks(now.into())?;
        if self.dirty {
            self.store.commit()?;
            (self.dirty, self.gathered_bytes) = (false, 0);
            self.short_of_space = self.store.is_short_of_space()?;
        }
        self.flush_takes();
        for link in std::mem::take(&mut self.stirred) {
            self.pump(link)?;
        }
        self.tend()?;
        Ok(std::mem::take(&mut self.actions))
    }

    /// Housekeeping. A damaged segment that it meets can not give space back, but is no reason to
    /// stop: what is asked of it says so when it is read.
    fn tend(&mut self) -> Result<(), EngineError> {
        match self.store.tend() {
            Err(StoreError::Journal(
                error @ (JournalError::Damaged { .. } | JournalError::BodyDamaged { .. }),
            )) => tracing::error!(%error, "a segment is damaged and is left as it is"),
            tended => drop(tended?),
        }
        Ok(())
    }

    fn receive(&mut self, link: LinkId, prepared: Prepared) -> Result<(), EngineError> {
        let Some(state) = self.links.get_mut(&link) else {
            return Ok(());
        };
        match state.session.handle(prepared.frame) {
            Received::Hello(hello) => self.greet(link, &hello),
            Received::Taken(tokens) => {
                self.stirred.insert(link);
                tokens
                    .into_iter()
                    .try_for_each(|token| self.taken(link, token))
            }
            Received::Fault(fault) => {
                self.send(link, Lane::Ordinary, &Frame::Fault(fault));
                Ok(())
            }
            Received::Close(code) => {
                self.close(link, code);
                Ok(())
            }
            Received::Frame(frame) => self.act(link, frame, prepared.check),
            _ => Ok(()),
        }
    }

    fn act(
        &mut self,
        link: LinkId,
        frame: Frame,
        check: prepare::Check,
    ) -> Result<(), EngineError> {
        use estafette_protocol::frame::Item;
        match frame {
            Frame::Submit { number, envelope } => {
                self.submitted(link, number, envelope.as_slice(), check)
            }
            Frame::Deliver {
                number,
                item: Item::Envelope(bytes),
            } => self.offered(link, number, bytes.as_slice(), check),
            Frame::Deliver {
                number,
                item: Item::Accompanied { envelope, .. },
            } => {
                let prepare::Check::Accompanied(envelope_check, statements) = check else {
                    return Ok(());
                };
                let check = (envelope_check, statements);
                self.accompanied(link, number, envelope.as_slice(), check)
            }
            Frame::Statement {
                number,
                statement: bytes,
            }
            | Frame::Deliver {
                number,
                item: Item::Statement(bytes),
            } => self.stated(link, number, bytes.as_slice(), check),
            Frame::Deliver {
                item: Item::Wrap { .. },
                ..
            } => {
                self.fault(link, ErrorCode::FrameNotAllowed, None, None);
                Ok(())
            }
            Frame::Publish { object } => self.published(link, object.as_slice()),
            Frame::Enrol { request } => self.enrol(link, request.as_slice()),
            Frame::Fault(fault) => {
                self.faulted(link, &fault);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A peer's fault about something we sent: what it only puts off is offered again (SES-20).
    fn faulted(&mut self, link: LinkId, fault: &Fault) {
        let code = ErrorCode::from_number(fault.code);
        let word = code.map_or("unknown", ErrorCode::word);
        tracing::debug!(link = link.0, code = word, "peer reports a fault");
        let later = code.map_or(fault.retry_after.is_some(), |c| c.retry() == Retry::Later);
        if let (Some(state), Some(about), true) = (self.links.get_mut(&link), fault.about, later) {
            state.postpone(&about, self.now, fault.retry_after);
            self.stirred.insert(link);
        }
    }

    /// Offers again what peers have put off until now (SES-20).
    fn resume(&mut self) {
        let now = self.now;
        let links = self.links.iter_mut();
        let resumed = links.filter_map(|(link, state)| state.resume(now).then_some(*link));
        self.stirred.extend(resumed);
    }

    fn append(&mut self, record: Record, body: Option<&[u8]>) -> Result<Option<Leaf>, EngineError> {
        self.dirty = true;
        let body_bytes = body.map_or(0, <[u8]>::len);
        // Of all heads, those with a watch alone can be long.
        let watch_bytes = match &record {
            Record::Watched { watch, .. } => watch.len(),
            _ => 0,
        };
        let bytes = body_bytes.saturating_add(watch_bytes);
        self.gathered_bytes = self.gathered_bytes.saturating_add(bytes);
        Ok(self.store.append(self.now.0, record, body)?)
    }

    fn connect(&mut self, link: LinkId, peer_static: &[u8; 32], remote: IpAddr) {
        let peer = self.recognise(peer_static);
        let session: Session<Token> = Session::new(LinkRole::Relay, peer.role());
        let state = LinkState::new(session, peer, *peer_static, remote);
        if let Some(mailbox) = state.peer.mailbox()
            && let Some(older) = self.by_mailbox.insert(mailbox, link)
        {
            // SES-15: the newer link is kept.
            self.close(older, ErrorCode::Replaced);
        }
        let have = match &state.peer {
            Peer::Device { .. } => self.directory.holdings(),
            // SES-23
            Peer::Relay { agency, .. } => self.directory.holdings_of(agency),
            Peer::Stranger => Vec::new(),
        };
        let hello = state.session.hello(self.now, have);
        self.links.insert(link, state);
        if self.is_suspended(peer_static) {
            self.close(link, ErrorCode::DeviceSuspended);
            return;
        }
        self.send(link, Lane::Ordinary, &hello);
    }

    fn greet(&mut self, link: LinkId, hello: &Hello) -> Result<(), EngineError> {
        let Some(state) = self.links.get_mut(&link) else {
            return Ok(());
        };
        state.have.clone_from(&hello.have);
        state.sync_pending = matches!(state.peer, Peer::Device { .. });
        if let Peer::Relay { agency, .. } = &state.peer {
            let agency = agency.clone();
            self.hear_time(&agency, hello.now)?;
        }
        self.share(link);
        self.stirred.insert(link);
        Ok(())
    }

    fn disconnect(&mut self, link: LinkId) {
        let Some(state) = self.links.remove(&link) else {
            return;
        };
        self.stirred.remove(&link);
        if let Some(mailbox) = state.peer.mailbox()
            && self.by_mailbox.get(&mailbox) == Some(&link)
        {
            self.by_mailbox.remove(&mailbox);
        }
    }

    fn send(&mut self, link: LinkId, lane: Lane, frame: &Frame) {
        match estafette_protocol::encoding::encode(frame) {
            Ok(bytes) => self.actions.push(Action::Send {
                link,
                lane,
                frame: bytes.into(),
            }),
            Err(error) => tracing::error!(%error, "own frame cannot be encoded"),
        }
    }

    fn close(&mut self, link: LinkId, code: ErrorCode) {
        tracing::debug!(link = link.0, code = code.word(), "closing");
        // What was taken is said, or the same faults would be made on every link to come.
        if let Some(numbers) = self.takes.remove(&link) {
            self.say_taken(link, &numbers);
        }
        self.actions.push(Action::Close { link, code });
        self.disconnect(link);
    }

    /// Counts a fault against the peer and tells it.
    fn fault(
        &mut self,
        link: LinkId,
        code: ErrorCode,
        about: Option<Hash>,
        retry_after: Option<u64>,
    ) {
        let Some(state) = self.links.get_mut(&link) else {
            return;
        };
        let later = code.retry() == Retry::Later;
        match state.session.fault(code, about) {
            Received::Close(code) if !later => self.close(link, code),
            _ => {
                let fault = Fault {
                    code: code.number(),
                    about,
                    retry_after,
                };
                // By the lane of what is taken, before it: whoever is told that a frame is taken knows
                // by then that it was refused.
                self.send(link, Lane::Urgent, &Frame::Fault(fault));
            }
        }
    }

    /// Answers a numbered frame, at the next commit (SES-8).
    fn take(&mut self, link: LinkId, number: u64) {
        self.takes.entry(link).or_default().push(number);
    }

    fn flush_takes(&mut self) {
        for (link, numbers) in std::mem::take(&mut self.takes) {
            if self.links.contains_key(&link) {
                self.say_taken(link, &numbers);
            }
        }
    }

    fn say_taken(&mut self, link: LinkId, numbers: &[u64]) {
        for numbers in numbers.chunks(256) {
            let numbers = numbers.to_vec();
            self.send(link, Lane::Urgent, &Frame::Taken { numbers });
        }
    }
}
